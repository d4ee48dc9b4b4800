//! A program that does not answer: the screen says so by itself, and is never dead.

use std::rc::Rc;
use std::time::Duration;

use slint::TimerMode;

use super::Presenter;
use crate::Intent;

/// After an intent without an answer the screen says "One moment".
const ONE_MOMENT_AFTER: Duration = Duration::from_millis(300);
/// And after this much longer that the locker is being repaired, until the program says something again.
const SILENT_AFTER: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Nothing is owed.
    Answered,
    /// An intent has gone out.
    Unanswered,
    /// "One moment" is on the screen.
    OneMoment,
    /// "This locker is being repaired" is.
    Silent,
}

impl Patience {
    /// Whether it is the screen that speaks, not the program.
    pub(super) fn speaks(self) -> bool {
        matches!(self, Self::OneMoment | Self::Silent)
    }
}

impl Presenter {
    /// Begins to wait for an answer.
    pub(super) fn wait(self: &Rc<Self>) {
        self.after(ONE_MOMENT_AFTER, Self::say_one_moment);
    }

    /// The program has dealt with what was wanted, and shows what it showed.
    pub(super) fn answered(&self) {
        self.patience.stop();
        let before = std::mem::replace(&mut self.state.borrow_mut().patience, Patience::Answered);
        if before.speaks() {
            self.refresh();
        }
    }

    fn say_one_moment(self: &Rc<Self>) {
        if self.state.borrow().patience != Patience::Unanswered {
            return;
        }
        self.state.borrow_mut().patience = Patience::OneMoment;
        self.refresh();
        self.after(SILENT_AFTER, Self::say_being_repaired);
    }

    fn say_being_repaired(self: &Rc<Self>) {
        log::error!("an intent has had no answer for {} s", SILENT_AFTER.as_secs());
        self.state.borrow_mut().patience = Patience::Silent;
        self.refresh();
        self.ask_again();
    }

    /// An intent may have been lost: a sign of life now and then is answered, too, as soon as somebody listens again.
    fn ask_again(self: &Rc<Self>) {
        if self.state.borrow().patience == Patience::Silent {
            self.after(SILENT_AFTER, Self::ask_again);
            self.tell(Intent::Active);
        }
    }

    fn after(self: &Rc<Self>, time: Duration, act: fn(&Rc<Self>)) {
        let weak = Rc::downgrade(self);
        self.patience.start(TimerMode::SingleShot, time, move || {
            if let Some(presenter) = weak.upgrade() {
                act(&presenter);
            }
        });
    }
}
