//! Fingers and keys: what they press, and what that does.

use std::rc::Rc;

use slint::SharedString;
use slint::platform::Key;

use super::{Presenter, small};
use crate::controls::{self, Control, Strip};
use crate::language_choice;
use crate::lists::Shown;
use crate::screens::{self, Act};
use crate::typing::Stroke;
use crate::{Intent, Scene, language};

/// Rows of the focus order, as the screens number them.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Row {
    Actions,
    Keypad,
    Strip,
}

impl Row {
    pub(super) fn number(self) -> i32 {
        match self {
            Self::Actions => 0,
            Self::Keypad => 1,
            Self::Strip => 2,
        }
    }
}

/// Where Tab stops.
pub(super) struct Stop {
    pub(super) row: Row,
    pub(super) index: usize,
    pub(super) control: Control,
}

impl Presenter {
    /// A button was touched.
    pub(super) fn touch(self: &Rc<Self>, touched: &screens::Control) {
        self.somebody_is_here();
        let name = format!("{:?} {} {}", touched.act, touched.name, touched.line);
        if !self.state.borrow_mut().guard.counts(&name, (self.clock)()) {
            return;
        }
        let control = self.stops().into_iter().map(|stop| stop.control).find(|control| {
            let flat = control.clone().flat();
            flat.act == touched.act && flat.name == touched.name && flat.line == touched.line
        });
        if let Some(control) = control {
            self.act(&control);
        }
    }

    fn act(self: &Rc<Self>, control: &Control) {
        match control.act {
            Act::Language => {
                if let Some(language) = control.language {
                    self.state.borrow_mut().language = language;
                }
                self.speak_language();
                self.choose_language(None);
            }
            Act::Languages => self.choose_language(Some(0)),
            Act::MoreLanguages => {
                let next = self.state.borrow().choosing.map_or(0, |page| page.wrapping_add(1));
                self.choose_language(Some(next));
            }
            Act::BackFromLanguages => self.choose_language(None),
            Act::LargerText => {
                {
                    let mut state = self.state.borrow_mut();
                    state.larger = !state.larger;
                }
                self.refresh();
                self.sign_of_life();
            }
            Act::Listen => {
                let spoken = self.seen().spoken;
                let language = language::LANGUAGES[self.state.borrow().language].code;
                self.tell(Intent::Listen { spoken, language });
            }
            Act::Pick => {
                let picked = self.shown_lines().first + control.line;
                self.emit(Intent::Pick(u32::try_from(picked).unwrap_or(u32::MAX)));
            }
            Act::NextPage => self.turn_page(),
            act => {
                if let Some(intent) = controls::intent(act) {
                    self.emit(intent);
                }
            }
        }
    }

    /// The next lines of the list; where there are none, the next page, or the first lines again.
    fn turn_page(self: &Rc<Self>) {
        let shown = self.shown_lines();
        let (lines, (_, pages)) = {
            let state = self.state.borrow();
            (state.scene.lines(), state.scene.page())
        };
        match shown.next(lines) {
            None if pages > 1 => return self.emit(Intent::NextPage),
            next => self.state.borrow_mut().first_line = next.unwrap_or(0),
        }
        self.refresh();
        self.sign_of_life();
    }

    /// The lines of a list that are on the screen.
    pub(super) fn shown_lines(&self) -> Shown {
        let state = self.state.borrow();
        let most = match state.shown() {
            Scene::TechnicianHome { .. } => self.asked(|kiosk| kiosk.invoke_troubles_per_page(false)),
            Scene::InventoryDone { .. } => self.asked(|kiosk| kiosk.invoke_troubles_per_page(true)),
            _ => self.asked(|kiosk| kiosk.invoke_lines_per_page()),
        };
        Shown { first: state.first_line, most: most.max(1) }
    }

    /// Lays the screen of all languages over the scene, or takes it away.
    fn choose_language(self: &Rc<Self>, page: Option<usize>) {
        {
            let mut state = self.state.borrow_mut();
            state.choosing = page;
            state.focus = None;
        }
        self.refresh();
        self.sign_of_life();
    }

    /// A key of a keyboard or keypad, or of the keypad on the screen.
    pub(super) fn key(self: &Rc<Self>, text: &str) {
        // The key that wakes does nothing else.
        if self.wake() {
            return;
        }
        let counts = self.state.borrow_mut().guard.counts(text, (self.clock)());
        if !counts {
            return;
        }
        let is = |key: Key| text == SharedString::from(key).as_str();
        if is(Key::Tab) {
            self.move_focus(true);
        } else if is(Key::Backtab) {
            self.move_focus(false);
        } else if is(Key::Return) {
            self.enter();
        } else if is(Key::Escape) {
            self.go_back();
        } else {
            let typing = self.state.borrow().typing_now();
            match stroke(text) {
                Some(stroke) if typing => self.stroke(stroke),
                Some(Stroke::Erase) => self.go_back(),
                Some(_) => self.act_by_key(text),
                None => {}
            }
        }
    }

    fn act_by_key(self: &Rc<Self>, key: &str) {
        if let Some(stop) = self.stops().into_iter().find(|stop| stop.control.key == key) {
            self.act(&stop.control);
        }
    }

    fn go_back(self: &Rc<Self>) {
        let back = |act: Act| matches!(act, Act::Back | Act::BackFromLanguages);
        if let Some(stop) = self.stops().into_iter().find(|stop| back(stop.control.act)) {
            self.act(&stop.control);
        }
    }

    fn stroke(self: &Rc<Self>, stroke: Stroke) {
        let intent = self.state.borrow_mut().typing.stroke(stroke);
        if matches!(intent, Some(Intent::Digits(_) | Intent::SignIn { .. })) {
            self.state.borrow_mut().hand_over();
        }
        self.refresh_typing();
        match intent {
            Some(intent) => self.emit(intent),
            None => self.sign_of_life(),
        }
    }

    fn enter(self: &Rc<Self>) {
        let focus = self.state.borrow().focus;
        let Some(stop) = focus.and_then(|at| self.stops().into_iter().nth(at)) else {
            if self.state.borrow().typing_now() {
                self.stroke(Stroke::Confirm);
            }
            return;
        };
        match (stop.control.act, stroke(&stop.control.key)) {
            (Act::Digit | Act::Erase | Act::Confirm, Some(stroke)) => self.stroke(stroke),
            _ => self.act(&stop.control),
        }
    }

    fn move_focus(&self, forward: bool) {
        let count = self.stops().len();
        if count > 0 {
            let mut state = self.state.borrow_mut();
            state.focus = Some(match (state.focus, forward) {
                (None, true) => 0,
                (None, false) => count - 1,
                (Some(at), true) => (at + 1) % count,
                (Some(at), false) => (at + count - 1) % count,
            });
        }
        self.refresh_focus();
        self.sign_of_life();
    }

    /// The buttons of what is shown.
    pub(super) fn actions(&self) -> Vec<Control> {
        let state = self.state.borrow();
        match state.choosing_shown() {
            Some(page) => {
                let per_page = self.asked(|kiosk| kiosk.invoke_choices_per_page());
                language_choice::page(&self.settings.languages, state.language, page, per_page)
            }
            None => controls::actions(state.shown(), self.shown_lines()),
        }
    }

    /// The buttons that are always there; while a language is chosen, only the languages are.
    pub(super) fn strip(&self) -> Vec<Control> {
        let state = self.state.borrow();
        if state.choosing_shown().is_some() {
            return vec![];
        }
        let strip = Strip {
            languages: &self.settings.languages,
            language: state.language,
            lower_doors: self.settings.lower_doors.then_some(state.lower_doors),
            voice: self.settings.voice,
            slots: self.asked(|kiosk| kiosk.invoke_strip_slots()),
            longest_name: &|count| self.asked(|kiosk| kiosk.invoke_longest_name(small(count))),
        };
        controls::strip(state.typing_shown(), &strip)
    }

    /// A count that the layout knows.
    fn asked(&self, ask: impl Fn(&screens::Kiosk<'_>) -> i32) -> usize {
        let Some(window) = self.window.upgrade() else { return 0 };
        usize::try_from(ask(&slint::Global::get(&window))).unwrap_or(0)
    }

    /// Everything that can be pressed now, in the order in which Tab goes.
    pub(super) fn stops(&self) -> Vec<Stop> {
        let keypad = controls::keypad(self.state.borrow().typing_shown());
        let row = |row: Row, controls: Vec<Control>| {
            controls
                .into_iter()
                .enumerate()
                .filter(|(_, control)| control.act != Act::None)
                .map(move |(index, control)| Stop { row, index, control })
        };
        row(Row::Keypad, keypad)
            .chain(row(Row::Actions, self.actions()))
            .chain(row(Row::Strip, self.strip()))
            .collect()
    }
}

/// What a key does where digits are typed.
fn stroke(text: &str) -> Option<Stroke> {
    if text == SharedString::from(Key::Backspace).as_str() {
        return Some(Stroke::Erase);
    }
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some('*'), None) => Some(Stroke::Erase),
        (Some('#'), None) => Some(Stroke::Confirm),
        (Some(digit), None) if digit.is_ascii_digit() => Some(Stroke::Digit(digit)),
        _ => None,
    }
}
