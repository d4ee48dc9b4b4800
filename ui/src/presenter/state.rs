//! What is on the screen, and why.

use super::Settings;
use super::patience::Patience;
use crate::repeats::RepeatGuard;
use crate::typing::Typing;
use crate::{Scene, ScreenOptions};

pub(super) struct State {
    /// What the program said last.
    pub(super) scene: Scene,
    /// Whether the program owes an answer.
    pub(super) patience: Patience,
    pub(super) typing: Typing,
    /// What was typed is complete and has gone out; what comes next begins anew.
    handed_over: bool,
    pub(super) focus: Option<usize>,
    pub(super) guard: RepeatGuard,
    pub(super) language: usize,
    /// The page of the screen of all languages, while it lies over the scene.
    pub(super) choosing: Option<usize>,
    pub(super) larger: bool,
    pub(super) lower_doors: bool,
    /// The first line of a list that is on the screen.
    pub(super) first_line: usize,
    /// Dark.
    pub(super) blank: bool,
    /// How often all has moved aside a little.
    pub(super) drifted: usize,
}

impl State {
    pub(super) fn new(options: &ScreenOptions, language: usize) -> Self {
        Self {
            scene: Scene::default(),
            patience: Patience::Answered,
            typing: Typing::default(),
            handed_over: false,
            focus: None,
            guard: RepeatGuard::new(options.repeat_guard_ms),
            language,
            choosing: None,
            larger: options.larger_text,
            lower_doors: false,
            first_line: 0,
            blank: false,
            drifted: 0,
        }
    }

    /// The program says something.
    pub(super) fn take(&mut self, scene: Scene, settings: &Settings) {
        let same_kind = std::mem::discriminant(&scene) == std::mem::discriminant(&self.scene);
        // A repeated scene, or a count-down on its way and back, must not take digits from a slow hand.
        let interrupted = matches!(scene, Scene::StillThere { .. }) && self.typing.is_typing();
        let kept = interrupted || (!self.handed_over && self.typing.fits(&scene));
        if !kept {
            self.typing = Typing::for_scene(&scene);
            self.handed_over = false;
        }
        if !same_kind || scene.page() != self.scene.page() || self.first_line >= scene.lines() {
            self.first_line = 0;
        }
        if !same_kind {
            self.focus = None;
            self.choosing = None;
            if matches!(scene, Scene::Home { .. }) {
                // Nothing of the last person stays.
                self.language = settings.home_language;
                self.larger = settings.home_larger;
                self.lower_doors = false;
            }
        }
        self.patience = Patience::Answered;
        self.scene = scene;
    }

    pub(super) fn hand_over(&mut self) {
        self.handed_over = true;
    }

    /// What is drawn: the scene, or what the screen says by itself.
    pub(super) fn shown(&self) -> &Scene {
        match self.patience {
            Patience::Answered | Patience::Unanswered => &self.scene,
            Patience::OneMoment => &Scene::Working,
            Patience::Silent => &Scene::Repaired,
        }
    }

    /// The page of languages that lies over the scene now.
    pub(super) fn choosing_shown(&self) -> Option<usize> {
        self.choosing.filter(|_| !self.patience.speaks())
    }

    /// Digits are kept over a count-down, but no keypad is shown then.
    pub(super) fn typing_shown(&self) -> &Typing {
        let own = self.choosing.is_none() && !self.patience.speaks();
        if own && self.typing.fits(&self.scene) { &self.typing } else { &Typing::Nothing }
    }

    pub(super) fn typing_now(&self) -> bool {
        self.typing_shown().is_typing()
    }
}
