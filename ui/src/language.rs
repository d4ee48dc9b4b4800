/// The languages of the screens: code, and name in its own words. The first is the one the words are written in.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("es", "Español")];

/// The position of a language in [`LANGUAGES`].
pub(crate) fn position(code: &str) -> Option<usize> {
    LANGUAGES.iter().position(|(known, _)| *known == code)
}

/// The language that the strip's button chooses next.
pub(crate) fn after(position: usize) -> usize {
    (position + 1) % LANGUAGES.len()
}

/// Speaks this language from now on. The written one has no translation file and is Slint's empty name.
pub(crate) fn select(position: usize) {
    let code = if position == 0 { "" } else { LANGUAGES[position].0 };
    if let Err(cause) = slint::select_bundled_translation(code) {
        log::warn!("language {code:?} is not built in: {cause}");
    }
}
