//! Which font draws what the signage font has no glyph for.

use slint::fontique_011::{fontique::GenericFamily, shared_collection};

use crate::language::{LANGUAGES, SIGNAGE};

/// Puts the embedded fonts behind the signage font, and in front of any font of the system: a screen looks the same on
/// every machine, and a language's name can be read on the screens of all the others.
///
/// Slint asks these two generic families, in this order, for what the chosen family lacks. Called once the first component
/// has registered the fonts.
pub(crate) fn fall_back_to_embedded() {
    let mut collection = shared_collection();
    let mut families = vec![SIGNAGE];
    families
        .extend(LANGUAGES.iter().map(|language| language.font_family).filter(|family| *family != SIGNAGE));
    let ids: Vec<_> = families
        .into_iter()
        .filter_map(|family| {
            let id = collection.family_id(family);
            if id.is_none() {
                log::warn!("the font {family:?} is not built in");
            }
            id
        })
        .collect();
    for generic in [GenericFamily::SansSerif, GenericFamily::SystemUi] {
        collection.set_generic_families(generic, ids.iter().copied());
    }
}
