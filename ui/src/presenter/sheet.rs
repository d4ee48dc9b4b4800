//! Tells the screens what they are to draw.

use slint::{Global, Model, ModelRc, SharedString, VecModel};

use super::{Presenter, small};
use crate::controls::{self, Control};
use crate::screens;
use crate::typing::CODE_DIGITS;

impl Presenter {
    /// Everything.
    pub(super) fn refresh(&self) {
        let Some(window) = self.window.upgrade() else { return };
        let kiosk = screens::Kiosk::get(&window);
        // First what the places depend on.
        kiosk.set_larger(self.state.borrow().larger);
        let (actions, strip) = (self.actions(), self.strip());
        kiosk.set_buttons(small(actions.iter().filter(|control| !control.row).count()));
        {
            let state = self.state.borrow();
            let shown = state.shown();
            kiosk.set_whereabouts(match (&self.settings.cabinet, shown.door()) {
                (Some(cabinet), Some(door)) => cabinet.whereabouts(door),
                _ => screens::Whereabouts::default(),
            });
            let mut scene = shown.flat(self.shown_lines());
            if state.choosing_shown().is_some() {
                scene = screens::SceneData { kind: screens::Kind::Languages, ..Default::default() };
            }
            kiosk.set_scene(scene);
            if let Some(keypad) = news(kiosk.get_keypad(), controls::keypad(state.typing_shown())) {
                kiosk.set_keypad(keypad);
            }
        }
        if let Some(actions) = news(kiosk.get_actions(), actions) {
            kiosk.set_actions(actions);
        }
        if let Some(strip) = news(kiosk.get_strip(), strip) {
            kiosk.set_strip(strip);
        }
        self.refresh_typing();
        self.refresh_focus();
    }

    pub(super) fn refresh_typing(&self) {
        let Some(window) = self.window.upgrade() else { return };
        let state = self.state.borrow();
        let shown = state.typing.shown();
        for cell in 0..CODE_DIGITS {
            let digit = state.typing.code().and_then(|digits| digits.get(cell..=cell)).unwrap_or_default();
            if self.digits.row_data(cell).is_none_or(|now| now != digit) {
                self.digits.set_row_data(cell, digit.into());
            }
        }
        let kiosk = screens::Kiosk::get(&window);
        kiosk.set_typed(if state.typing.code().is_some() { SharedString::new() } else { shown.into() });
        kiosk.set_field(state.typing.field());
    }

    pub(super) fn refresh_focus(&self) {
        let Some(window) = self.window.upgrade() else { return };
        let kiosk = screens::Kiosk::get(&window);
        let focus = self.state.borrow().focus;
        let at = focus.and_then(|at| self.stops().into_iter().nth(at));
        let (row, index) = at.map_or((-1, -1), |stop| (stop.row.number(), small(stop.index)));
        kiosk.set_focus_row(row);
        kiosk.set_focus_index(index);
    }
}

/// The row of buttons, where it is not what is there already: a new row would let go of the button that a finger is on.
fn news(there: ModelRc<screens::Control>, controls: Vec<Control>) -> Option<ModelRc<screens::Control>> {
    let controls: Vec<screens::Control> = controls.into_iter().map(Control::flat).collect();
    let same = there.iter().eq(controls.iter().cloned());
    (!same).then(|| ModelRc::new(VecModel::from(controls)))
}
