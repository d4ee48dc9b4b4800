//! A table by itself: the build reads it, too, to know which translations there must be.

/// A language that every word of the screens is translated into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// What the configuration calls it: ISO 639-1, and the name of its folder in `lang/`.
    pub code: &'static str,
    /// Its name in its own words and letters.
    pub name: &'static str,
    /// Written from right to left: the screens are mirrored.
    pub right_to_left: bool,
    /// The family that has its letters. Digits, and whatever else it lacks, are drawn in the signage font.
    pub font_family: &'static str,
}

/// The font of digits, door numbers and Latin letters.
pub(crate) const SIGNAGE: &str = "Atkinson Hyperlegible Next";

const fn latin(code: &'static str, name: &'static str) -> Language {
    Language { code, name, right_to_left: false, font_family: SIGNAGE }
}

/// The languages of the screens. The first is the one the words are written in.
pub const LANGUAGES: [Language; 13] = [
    latin("en", "English"),
    latin("es", "Español"),
    latin("ca", "Català"),
    latin("nl", "Nederlands"),
    latin("fr", "Français"),
    latin("de", "Deutsch"),
    latin("pl", "Polski"),
    latin("pt", "Português"),
    latin("it", "Italiano"),
    latin("lv", "Latviešu"),
    Language { code: "uk", name: "Українська", right_to_left: false, font_family: "Noto Sans" },
    Language { code: "zh", name: "中文", right_to_left: false, font_family: "Noto Sans SC" },
    Language { code: "ar", name: "العربية", right_to_left: true, font_family: "Noto Sans Arabic" },
];
