//! Keeps the screens, the keys and the program in step.

mod hands;
mod patience;
mod rest;
mod seen;
mod sheet;
mod state;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
#[cfg(feature = "glass")]
use std::time::Duration;

use slint::{ComponentHandle, Global, ModelRc, SharedString, Timer, VecModel};

use crate::kiosk::Pending;
use crate::screens::{self, KioskWindow};
use crate::typing::CODE_DIGITS;
use crate::{Cabinet, Intent, NowMs, Scene, ScreenOptions, language};
use patience::Patience;
use state::State;

/// At most one sign of life in this time.
const ACTIVE_EVERY_MS: u64 = 1_000;
/// Texts without room that are kept for whoever asks.
const MOST_CLIPPED: usize = 32;

type Listener = Rc<dyn Fn(Intent)>;

/// What a screen was made with.
struct Settings {
    cabinet: Option<Cabinet>,
    home_language: usize,
    languages: Vec<usize>,
    home_larger: bool,
    lower_doors: bool,
    voice: bool,
    blank_after_ms: Option<u64>,
}

pub(crate) struct Presenter {
    window: slint::Weak<KioskWindow>,
    clock: NowMs,
    settings: Settings,
    state: RefCell<State>,
    digits: Rc<VecModel<SharedString>>,
    listener: RefCell<Option<Listener>>,
    patience: Timer,
    blanking: Timer,
    drifting: Timer,
    clipped: RefCell<Vec<String>>,
    active_at_ms: Cell<Option<u64>>,
}

impl Presenter {
    pub(crate) fn new(
        window: &KioskWindow,
        options: &ScreenOptions,
        home_language: usize,
        languages: Vec<usize>,
    ) -> Rc<Self> {
        let digits = Rc::new(VecModel::from(vec![SharedString::new(); CODE_DIGITS]));
        window.set_digits(ModelRc::from(Rc::clone(&digits)));
        let presenter = Rc::new(Self {
            window: window.as_weak(),
            clock: options.clock.clone(),
            settings: Settings {
                cabinet: options.cabinet.clone(),
                home_language,
                languages,
                home_larger: options.larger_text,
                lower_doors: options.lower_doors,
                voice: options.voice,
                blank_after_ms: options.blank_after_ms,
            },
            state: RefCell::new(State::new(options, home_language)),
            digits,
            listener: RefCell::default(),
            patience: Timer::default(),
            blanking: Timer::default(),
            drifting: Timer::default(),
            clipped: RefCell::default(),
            active_at_ms: Cell::default(),
        });

        let kiosk = screens::Kiosk::get(window);
        let weak = Rc::downgrade(&presenter);
        kiosk.on_act(with(&weak, |presenter, control: screens::Control| presenter.touch(&control)));
        kiosk.on_key(with(&weak, |presenter, text: SharedString| presenter.key(&text)));
        kiosk.on_clipped(with(&weak, |presenter, text: SharedString| presenter.note_clipped(&text)));
        let woken = weak.clone();
        kiosk.on_woken(move || {
            if let Some(presenter) = woken.upgrade() {
                presenter.wake();
            }
        });
        presenter.speak_language();
        presenter.refresh();
        presenter.somebody_is_here();
        presenter.drift();
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

    pub(crate) fn take(self: &Rc<Self>, pending: Pending) {
        if let (Some(night), Some(window)) = (pending.night, self.window.upgrade()) {
            screens::Kiosk::get(&window).set_night(night);
        }
        match pending.scene {
            Some(scene) => self.show(scene),
            None if pending.answered => self.answered(),
            None => {}
        }
        // After the scene: leaving home forgets what was chosen, and the program knows better.
        if let Some(chosen) = pending.lower_doors {
            self.set_lower_doors(chosen);
        }
    }

    /// Whether "Lower doors" counts, for this person.
    pub(crate) fn set_lower_doors(&self, chosen: bool) {
        self.state.borrow_mut().lower_doors = chosen;
        self.refresh();
    }

    pub(crate) fn show(self: &Rc<Self>, scene: Scene) {
        self.patience.stop();
        let news = self.state.borrow().scene != scene;
        let is_home = matches!(scene, Scene::Home { .. });
        let language_before = self.state.borrow().language;
        self.state.borrow_mut().take(scene, &self.settings);
        if self.state.borrow().language != language_before {
            self.speak_language();
        }
        if news && !is_home {
            self.wake();
        }
        if !is_home {
            self.stand_still();
        }
        self.refresh();
    }

    fn sign_of_life(&self) {
        let now = (self.clock)();
        let due = self.active_at_ms.get().is_none_or(|at| now.saturating_sub(at) >= ACTIVE_EVERY_MS);
        if due {
            self.active_at_ms.set(Some(now));
            self.tell(Intent::Active);
        }
    }

    /// Tells the program what the person wants, and waits for its answer.
    fn emit(self: &Rc<Self>, intent: Intent) {
        self.state.borrow_mut().patience = Patience::Unanswered;
        self.wait();
        self.tell(intent);
    }

    fn tell(&self, intent: Intent) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(intent);
        }
    }

    fn speak_language(&self) {
        let position = self.state.borrow().language;
        language::select(position);
        if let Some(window) = self.window.upgrade() {
            let kiosk = screens::Kiosk::get(&window);
            let language = language::LANGUAGES[position];
            kiosk.set_mirrored(language.right_to_left);
            kiosk.set_family(language.font_family.into());
        }
    }

    fn note_clipped(&self, text: &str) {
        let mut clipped = self.clipped.borrow_mut();
        if clipped.len() < MOST_CLIPPED {
            clipped.push(text.to_owned());
        }
    }

    pub(crate) fn take_clipped(&self) -> Vec<String> {
        self.clipped.take()
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

/// An index as Slint counts; no screen has more than a few.
pub(crate) fn small(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}
