use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use slint::{ComponentHandle, Global, Model, ModelRc, SharedString, Timer, TimerMode, VecModel};

use crate::controls::{self, Control};
use crate::kiosk::Pending;
use crate::repeats::RepeatGuard;
use crate::screens::{self, Act, KioskWindow, Place};
use crate::typing::{CODE_DIGITS, Stroke, Typing};
use crate::{Cabinet, Focus, Intent, NowMs, Scene, ScreenOptions, Seen, language};

/// After an intent without an answer the screen says "One moment".
const PATIENCE: Duration = Duration::from_millis(300);
/// And after this long the buttons return: nobody is shut out by an answer that was lost.
const GIVE_BACK: Duration = Duration::from_secs(10);
/// At most one sign of life in this time.
const ACTIVE_EVERY_MS: u64 = 1_000;

type Listener = Rc<dyn Fn(Intent)>;

/// Keeps the screens, the keys and the program in step.
pub(crate) struct Presenter {
    window: slint::Weak<KioskWindow>,
    clock: NowMs,
    cabinet: Option<Cabinet>,
    home_language: usize,
    home_larger: bool,
    lower_doors: bool,
    state: RefCell<State>,
    digits: Rc<VecModel<SharedString>>,
    listener: RefCell<Option<Listener>>,
    patience: Timer,
    clipped: RefCell<Vec<String>>,
    active_at_ms: Cell<Option<u64>>,
}

struct State {
    /// What the program said last.
    scene: Scene,
    /// What is drawn: the scene, or "One moment" over it.
    waiting: bool,
    /// An intent has gone out that no scene has answered.
    unanswered: bool,
    typing: Typing,
    /// What was typed is complete and has gone out; what comes next begins anew.
    handed_over: bool,
    focus: Option<usize>,
    guard: RepeatGuard,
    language: usize,
    larger: bool,
}

/// Rows of the focus order, as the screens number them.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    Actions,
    Keypad,
    Strip,
}

struct Stop {
    row: Row,
    index: usize,
    control: Control,
}

impl Presenter {
    pub(crate) fn new(window: &KioskWindow, options: &ScreenOptions, home_language: usize) -> Rc<Self> {
        let digits = Rc::new(VecModel::from(vec![SharedString::new(); CODE_DIGITS]));
        window.set_digits(ModelRc::from(Rc::clone(&digits)));
        let presenter = Rc::new(Self {
            window: window.as_weak(),
            clock: options.clock.clone(),
            cabinet: options.cabinet.clone(),
            home_language,
            home_larger: options.larger_text,
            lower_doors: options.lower_doors,
            state: RefCell::new(State {
                scene: Scene::default(),
                waiting: false,
                unanswered: false,
                typing: Typing::default(),
                handed_over: false,
                focus: None,
                guard: RepeatGuard::new(options.repeat_guard_ms),
                language: home_language,
                larger: options.larger_text,
            }),
            digits,
            listener: RefCell::default(),
            patience: Timer::default(),
            clipped: RefCell::default(),
            active_at_ms: Cell::default(),
        });

        let kiosk = screens::Kiosk::get(window);
        let weak = Rc::downgrade(&presenter);
        kiosk.on_act(with(&weak, |presenter, act: Act| presenter.touch(act)));
        kiosk.on_key(with(&weak, |presenter, text: SharedString| presenter.key(&text)));
        kiosk.on_clipped(with(&weak, |presenter, text: SharedString| presenter.note_clipped(&text)));
        presenter.speak_language();
        presenter.refresh();
        presenter
    }

    /// The screen's time.
    #[cfg(feature = "glass")]
    pub(crate) fn now(&self) -> Duration {
        Duration::from_millis((self.clock)())
    }

    pub(crate) fn listen(&self, listener: Listener) {
        *self.listener.borrow_mut() = Some(listener);
    }

    pub(crate) fn take(&self, pending: Pending) {
        if let (Some(night), Some(window)) = (pending.night, self.window.upgrade()) {
            screens::Kiosk::get(&window).set_night(night);
        }
        if let Some(chosen) = pending.lower_doors {
            self.set_lower_doors(chosen);
        }
        if let Some(scene) = pending.scene {
            self.show(scene);
        }
    }

    /// Whether "Lower doors" counts, for this person.
    pub(crate) fn set_lower_doors(&self, chosen: bool) {
        if let Some(window) = self.window.upgrade() {
            screens::Kiosk::get(&window).set_lower_doors(chosen);
        }
    }

    pub(crate) fn show(&self, scene: Scene) {
        self.patience.stop();
        let mut relearn = false;
        {
            let mut state = self.state.borrow_mut();
            let same_kind = std::mem::discriminant(&scene) == std::mem::discriminant(&state.scene);
            // A repeated scene, or a count-down on its way and back, must not take digits from a slow hand.
            let interrupted = matches!(scene, Scene::StillThere { .. }) && state.typing.is_typing();
            let kept = interrupted || (!state.handed_over && state.typing.fits(&scene));
            if !kept {
                state.typing = Typing::for_scene(&scene);
                state.handed_over = false;
            }
            if !same_kind {
                state.focus = None;
                if matches!(scene, Scene::Home { .. }) {
                    // Nothing of the last person stays.
                    relearn = state.language != self.home_language;
                    state.language = self.home_language;
                    state.larger = self.home_larger;
                }
            }
            state.unanswered = false;
            state.waiting = false;
            state.scene = scene;
        }
        if relearn {
            self.speak_language();
        }
        self.refresh();
    }

    /// A button was touched.
    fn touch(self: &Rc<Self>, act: Act) {
        let name = format!("{act:?}");
        let counts = self.state.borrow_mut().guard.counts(&name, (self.clock)());
        if counts {
            self.act(act);
        }
    }

    fn act(self: &Rc<Self>, act: Act) {
        match act {
            Act::Language => {
                {
                    let mut state = self.state.borrow_mut();
                    state.language = language::after(state.language);
                }
                self.speak_language();
                self.refresh();
                self.sign_of_life();
            }
            Act::LargerText => {
                {
                    let mut state = self.state.borrow_mut();
                    state.larger = !state.larger;
                }
                self.refresh();
                self.sign_of_life();
            }
            act => {
                if let Some(intent) = controls::intent(act) {
                    self.emit(intent);
                }
            }
        }
    }

    /// A key of a keyboard or keypad, or of the keypad on the screen.
    fn key(self: &Rc<Self>, text: &str) {
        let counts = self.state.borrow_mut().guard.counts(text, (self.clock)());
        if !counts {
            return;
        }
        let is = |key: slint::platform::Key| text == SharedString::from(key).as_str();
        use slint::platform::Key;
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
            let stroke = match text {
                "*" => Some(Stroke::Erase),
                "#" => Some(Stroke::Confirm),
                _ if is(Key::Backspace) => Some(Stroke::Erase),
                _ => {
                    let mut characters = text.chars();
                    match (characters.next(), characters.next()) {
                        (Some(digit), None) if digit.is_ascii_digit() => Some(Stroke::Digit(digit)),
                        _ => None,
                    }
                }
            };
            match stroke {
                Some(stroke) if typing => self.stroke(stroke),
                Some(Stroke::Erase) => self.go_back(),
                Some(_) => self.act_by_key(text),
                None => {}
            }
        }
    }

    fn act_by_key(self: &Rc<Self>, key: &str) {
        let act = self.stops().into_iter().find(|stop| stop.control.key == key).map(|stop| stop.control.act);
        if let Some(act) = act {
            self.act(act);
        }
    }

    fn go_back(self: &Rc<Self>) {
        if self.stops().iter().any(|stop| stop.control.act == Act::Back) {
            self.act(Act::Back);
        }
    }

    fn stroke(self: &Rc<Self>, stroke: Stroke) {
        let intent = self.state.borrow_mut().typing.stroke(stroke);
        if matches!(intent, Some(Intent::Digits(_) | Intent::SignIn { .. })) {
            self.state.borrow_mut().handed_over = true;
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
        match stop.control.act {
            Act::Digit | Act::Erase | Act::Confirm => {
                let stroke = match stop.control.key.chars().next() {
                    Some(digit) if digit.is_ascii_digit() => Stroke::Digit(digit),
                    Some('*') => Stroke::Erase,
                    _ => Stroke::Confirm,
                };
                self.stroke(stroke);
            }
            act => self.act(act),
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

    fn sign_of_life(&self) {
        let now = (self.clock)();
        let due = self.active_at_ms.get().is_none_or(|at| now.saturating_sub(at) >= ACTIVE_EVERY_MS);
        if due {
            self.active_at_ms.set(Some(now));
            self.tell(Intent::Active);
        }
    }

    fn emit(self: &Rc<Self>, intent: Intent) {
        self.state.borrow_mut().unanswered = true;
        let weak = Rc::downgrade(self);
        self.patience.start(TimerMode::SingleShot, PATIENCE, move || {
            if let Some(presenter) = weak.upgrade() {
                presenter.say_one_moment();
            }
        });
        self.tell(intent);
    }

    fn tell(&self, intent: Intent) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(intent);
        }
    }

    fn say_one_moment(self: &Rc<Self>) {
        {
            let mut state = self.state.borrow_mut();
            if !state.unanswered {
                return;
            }
            state.waiting = true;
        }
        self.refresh();
        let weak = Rc::downgrade(self);
        self.patience.start(TimerMode::SingleShot, GIVE_BACK, move || {
            if let Some(presenter) = weak.upgrade() {
                log::warn!("an intent has had no answer for {} s", GIVE_BACK.as_secs());
                let scene = presenter.state.borrow().scene.clone();
                presenter.show(scene);
            }
        });
    }

    fn speak_language(&self) {
        let position = self.state.borrow().language;
        language::select(position);
        if let Some(window) = self.window.upgrade() {
            screens::Kiosk::get(&window).set_family(language::LANGUAGES[position].font_family.into());
        }
    }

    fn note_clipped(&self, text: &str) {
        let mut clipped = self.clipped.borrow_mut();
        if clipped.len() < 32 {
            clipped.push(text.to_owned());
        }
    }

    pub(crate) fn take_clipped(&self) -> Vec<String> {
        self.clipped.take()
    }

    /// Tells the screens everything.
    fn refresh(&self) {
        let Some(window) = self.window.upgrade() else { return };
        let kiosk = screens::Kiosk::get(&window);
        {
            let state = self.state.borrow();
            let shown = state.shown();
            let typing = state.typing_shown();
            kiosk.set_larger(state.larger);
            kiosk.set_next_language(language_name(language::after(state.language)));
            kiosk.set_whereabouts(match (&self.cabinet, shown.door()) {
                (Some(cabinet), Some(door)) => cabinet.whereabouts(door),
                _ => screens::Whereabouts::default(),
            });
            kiosk.set_scene(shown.flat());
            kiosk.set_actions(model(controls::actions(shown)));
            kiosk.set_keypad(model(controls::keypad(typing)));
            kiosk.set_strip(model(controls::strip(typing, self.lower_doors)));
        }
        self.refresh_typing();
        self.refresh_focus();
    }

    fn refresh_typing(&self) {
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

    fn refresh_focus(&self) {
        let Some(window) = self.window.upgrade() else { return };
        let kiosk = screens::Kiosk::get(&window);
        let focus = self.state.borrow().focus;
        let at = focus.and_then(|at| self.stops().into_iter().nth(at));
        let (row, index) = at.map_or((-1, -1), |stop| (stop.row.number(), small(stop.index)));
        kiosk.set_focus_row(row);
        kiosk.set_focus_index(index);
    }

    /// Everything that can be pressed now, in the order in which Tab goes.
    fn stops(&self) -> Vec<Stop> {
        let state = self.state.borrow();
        let typing = state.typing_shown();
        let row = |row: Row, controls: Vec<Control>| {
            controls
                .into_iter()
                .enumerate()
                .filter(|(_, control)| control.act != Act::None)
                .map(move |(index, control)| Stop { row, index, control })
        };
        row(Row::Keypad, controls::keypad(typing))
            .chain(row(Row::Actions, controls::actions(state.shown())))
            .chain(row(Row::Strip, controls::strip(typing, self.lower_doors)))
            .collect()
    }

    /// What somebody meets who does not see the pixels.
    pub(crate) fn seen(&self) -> Seen {
        let Some(window) = self.window.upgrade() else { return Seen::default() };
        let kiosk = screens::Kiosk::get(&window);
        let focus_at = self.state.borrow().focus;
        let mut said: Vec<String> = Vec::new();
        for fact in [
            kiosk.invoke_banner(),
            kiosk.invoke_progress(),
            kiosk.invoke_title(),
            kiosk.invoke_sentence(),
            kiosk.invoke_claim_spoken(),
            kiosk.invoke_where_spoken(),
            kiosk.invoke_field_name(),
            kiosk.invoke_typing_spoken(),
        ] {
            let fact = fact.replace('\n', " ");
            if !fact.is_empty() {
                let ends = fact.ends_with(['.', '?', '!', ':']);
                said.push(if ends { fact } else { format!("{fact}.") });
            }
        }
        let mut focus = Vec::new();
        for (at, stop) in self.stops().into_iter().enumerate() {
            let control = stop.control;
            let label = if control.act == Act::Digit {
                control.key.clone()
            } else {
                let label = kiosk.invoke_label(control.act);
                if !control.key.is_empty() && stop.row != Row::Keypad {
                    said.push(kiosk.invoke_spoken(label.clone(), control.key.as_str().into()).to_string());
                }
                label.to_string()
            };
            let index = small(stop.index);
            let place = match stop.row {
                Row::Actions => kiosk.invoke_action_place(index),
                Row::Keypad => kiosk.invoke_keypad_place(index),
                Row::Strip => kiosk.invoke_strip_place(index),
            };
            focus.push(place.focus(label, control.key, focus_at == Some(at)));
        }
        Seen { spoken: said.join(" "), focus, revision: 0 }
    }
}

/// A callback that does nothing once the presenter has gone.
fn with<Argument>(
    presenter: &Weak<Presenter>,
    act: impl Fn(&Rc<Presenter>, Argument) + 'static,
) -> impl Fn(Argument) + 'static {
    let presenter = presenter.clone();
    move |argument| {
        if let Some(presenter) = presenter.upgrade() {
            act(&presenter, argument);
        }
    }
}

impl State {
    fn shown(&self) -> &Scene {
        if self.waiting { &Scene::Working } else { &self.scene }
    }

    /// Digits are kept over a count-down, but no keypad is shown then.
    fn typing_shown(&self) -> &Typing {
        if !self.waiting && self.typing.fits(&self.scene) { &self.typing } else { &Typing::Nothing }
    }

    fn typing_now(&self) -> bool {
        self.typing_shown().is_typing()
    }
}

impl Row {
    fn number(self) -> i32 {
        match self {
            Self::Actions => 0,
            Self::Keypad => 1,
            Self::Strip => 2,
        }
    }
}

impl Place {
    fn focus(self, label: String, key: String, focused: bool) -> Focus {
        Focus { label, key, focused, x: self.x, y: self.y, width: self.w, height: self.h }
    }
}

fn language_name(position: usize) -> SharedString {
    language::LANGUAGES[position].name.into()
}

fn small(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

fn model(controls: Vec<Control>) -> ModelRc<screens::Control> {
    let controls: Vec<screens::Control> = controls
        .into_iter()
        .map(|control| screens::Control { act: control.act, key: control.key.into() })
        .collect();
    ModelRc::new(VecModel::from(controls))
}
