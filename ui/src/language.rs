//! The languages of the screens, and which of them is spoken.

mod table;

pub(crate) use table::SIGNAGE;
pub use table::{LANGUAGES, Language};

/// The position of a language in [`LANGUAGES`].
pub(crate) fn position(code: &str) -> Option<usize> {
    LANGUAGES.iter().position(|language| language.code == code)
}

/// Speaks this language from now on. The written one has no translation file and is Slint's empty name.
pub(crate) fn select(position: usize) {
    let code = if position == 0 { "" } else { LANGUAGES[position].code };
    if let Err(cause) = slint::select_bundled_translation(code) {
        log::warn!("language {code:?} is not built in: {cause}");
    }
}
