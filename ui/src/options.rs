use std::sync::Arc;

use crate::{Cabinet, UiError, language};

/// Monotonic milliseconds.
pub type NowMs = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Where the screen is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Display {
    /// The display of this machine: a window, or the whole screen where there is no window system.
    Window,
    /// Nowhere: pixels are kept in memory and a socket shows them.
    #[cfg(feature = "glass")]
    Glass(std::path::PathBuf),
    /// A window, and a socket that shows it and touches it.
    #[cfg(feature = "glass")]
    WindowWithGlass(std::path::PathBuf),
    /// Nowhere, and nobody looks but this program ([`crate::Kiosk::snapshot`]).
    #[cfg(feature = "glass")]
    Offscreen,
}

/// What a screen is made like.
#[derive(Clone)]
pub struct ScreenOptions {
    /// Where it is drawn.
    pub display: Display,
    /// Width and height in pixels. A window starts with it; a screen without a display has it.
    pub pixels: (u32, u32),
    /// Where a window's upper left corner is to be, in pixels of the desk, where the window system lets it.
    pub position: Option<(i32, i32)>,
    /// Width of the lit area in millimetres (50 to 1,000). Everything is laid out from it.
    pub width_mm: f32,
    /// The language that each person is met in: a code of [`crate::LANGUAGES`].
    pub language: String,
    /// The languages that can be chosen, the most wanted first: codes of [`crate::LANGUAGES`].
    pub languages: Vec<String>,
    /// Dark ground, as by night.
    pub night: bool,
    /// Start with larger text. It returns to this after each person.
    pub larger_text: bool,
    /// Nothing moves: your door on the map does not pulse.
    pub reduced_motion: bool,
    /// Offer "Lower doors" in the permanent strip.
    pub lower_doors: bool,
    /// Offer "Listen" in the permanent strip: somebody hears [`crate::Intent::Listen`] and can speak.
    pub voice: bool,
    /// The whole screen, with no cursor. A screen without a window system is so in any case.
    pub full_screen: bool,
    /// Nobody has been here for so long: the screen goes dark until the next touch, key or scene. None keeps it lit.
    pub blank_after_ms: Option<u64>,
    /// The same key again within this time is a slip of the finger (0 to 500 ms).
    pub repeat_guard_ms: u64,
    /// The front of the cabinet. None draws no map.
    pub cabinet: Option<Cabinet>,
    /// The clock that time-outs of the screen are read from.
    pub clock: NowMs,
}

impl ScreenOptions {
    /// A 10.1" screen of 1280 x 800 in English by day.
    #[must_use]
    pub fn new(display: Display, clock: NowMs) -> Self {
        Self {
            display,
            pixels: (1280, 800),
            position: None,
            width_mm: 218.0,
            language: language::LANGUAGES[0].code.to_owned(),
            languages: language::LANGUAGES.iter().map(|known| known.code.to_owned()).collect(),
            night: false,
            larger_text: false,
            reduced_motion: false,
            lower_doors: false,
            voice: false,
            full_screen: cfg!(all(feature = "linuxkms", not(feature = "desktop"))),
            blank_after_ms: None,
            repeat_guard_ms: 120,
            cabinet: None,
            clock,
        }
    }

    /// The positions of the first language and of all that can be chosen, when all of it can be done.
    ///
    /// # Errors
    /// A size that no screen has, or a language without screens.
    pub(crate) fn checked_languages(&self) -> Result<(usize, Vec<usize>), UiError> {
        let (width, height) = self.pixels;
        let sane = |pixels: u32| (200..=8192).contains(&pixels);
        if !sane(width) || !sane(height) || !(50.0..=1000.0).contains(&self.width_mm) {
            return Err(UiError::Size { width, height, width_mm: self.width_mm });
        }
        let position = |asked: &String| {
            language::position(asked).ok_or_else(|| UiError::Language {
                asked: asked.clone(),
                known: language::LANGUAGES.map(|language| language.code).join(", "),
            })
        };
        let first = position(&self.language)?;
        let mut all = self.languages.iter().map(position).collect::<Result<Vec<usize>, UiError>>()?;
        // Whoever chose another can come back; and nothing is offered twice.
        if !all.contains(&first) {
            all.insert(0, first);
        }
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|language| seen.insert(*language));
        Ok((first, all))
    }
}
