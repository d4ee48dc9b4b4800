//! When nobody is here: the screen goes dark after a while, and what it shows all day never stands quite still.

use std::rc::Rc;
use std::time::Duration;

use slint::{Global, TimerMode};

use super::Presenter;
use crate::Scene;
use crate::screens;

/// At home, everything moves aside this often.
const DRIFT_EVERY: Duration = Duration::from_secs(180);
/// Where everything stands, in pixels, one place after the other: a ring around the middle. Wider than the thinnest
/// line, so that no pixel is part of one all day.
const DRIFT: [(i8, i8); 9] = [(0, 0), (4, 0), (4, 4), (0, 4), (-4, 4), (-4, 0), (-4, -4), (0, -4), (4, -4)];

impl Presenter {
    /// A touch, a key, or news: the time without anybody begins anew.
    pub(super) fn somebody_is_here(self: &Rc<Self>) {
        let Some(after_ms) = self.settings.blank_after_ms else { return };
        let weak = Rc::downgrade(self);
        self.blanking.start(TimerMode::SingleShot, Duration::from_millis(after_ms), move || {
            if let Some(presenter) = weak.upgrade() {
                presenter.set_blank(true);
            }
        });
    }

    /// Whether the screen was dark; it is not any more.
    pub(super) fn wake(self: &Rc<Self>) -> bool {
        let was_blank = self.state.borrow().blank;
        if was_blank {
            self.set_blank(false);
        }
        self.somebody_is_here();
        was_blank
    }

    fn set_blank(&self, blank: bool) {
        self.state.borrow_mut().blank = blank;
        if let Some(window) = self.window.upgrade() {
            screens::Kiosk::get(&window).set_blank(blank);
        }
    }

    /// Begins to move what stands on the screen all day.
    pub(super) fn drift(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.drifting.start(TimerMode::Repeated, DRIFT_EVERY, move || {
            if let Some(presenter) = weak.upgrade() {
                let at_home = matches!(presenter.state.borrow().scene, Scene::Home { .. });
                if at_home {
                    let next = (presenter.state.borrow().drifted + 1) % DRIFT.len();
                    presenter.stand_at(next);
                }
            }
        });
    }

    /// Where somebody is served, nothing moves.
    pub(super) fn stand_still(&self) {
        self.stand_at(0);
    }

    fn stand_at(&self, place: usize) {
        self.state.borrow_mut().drifted = place;
        if let Some(window) = self.window.upgrade() {
            let kiosk = screens::Kiosk::get(&window);
            let (x, y) = self.drifted();
            kiosk.set_drift_x(x);
            kiosk.set_drift_y(y);
        }
    }

    /// How far everything stands from where it was drawn first, in pixels.
    pub(super) fn drifted(&self) -> (f32, f32) {
        let (x, y) = DRIFT[self.state.borrow().drifted % DRIFT.len()];
        (f32::from(x), f32::from(y))
    }
}
