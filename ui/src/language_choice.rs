//! Which languages can be chosen where: some by a button of their own, the others on a screen of their own.

use crate::controls::Control;
use crate::language::LANGUAGES;
use crate::screens::Act;

/// Languages that have a button of their own, beside the one that leads to all.
const MOST_BESIDE_ALL: usize = 2;
/// And where no such button is needed.
const MOST_ALONE: usize = 3;
/// The keys of languages' own buttons.
const OWN_KEYS: [&str; 2] = ["0", "#"];
/// The key of the button that leads to all languages, or of the only other language.
const FIRST_KEY: &str = "9";

/// What the strip has room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Buttons for languages, at least 1.
    pub(crate) buttons: usize,
    /// The longest name, in characters.
    pub(crate) longest_name: usize,
}

/// The buttons of the strip that change the language. `offered` and `current` are positions in [`LANGUAGES`].
pub(crate) fn in_strip(offered: &[usize], current: usize, room: Room) -> Vec<Control> {
    let others: Vec<usize> = offered.iter().copied().filter(|language| *language != current).collect();
    let fits = |language: &usize| LANGUAGES[*language].name.chars().count() <= room.longest_name;
    if others.is_empty() {
        return vec![];
    }
    if others.len() <= room.buttons.min(MOST_ALONE) && others.iter().all(fits) {
        return others
            .iter()
            .zip([FIRST_KEY].iter().chain(&OWN_KEYS))
            .map(|(language, key)| Control::of_language(*language, *key))
            .collect();
    }
    let beside = room.buttons.saturating_sub(1).min(MOST_BESIDE_ALL);
    others
        .iter()
        .filter(|language| fits(language))
        .take(beside)
        .zip(OWN_KEYS)
        .map(|(language, key)| Control::of_language(*language, key))
        .chain([Control::new(Act::Languages, FIRST_KEY)])
        .collect()
}

/// A page of the screen of all languages: names, the way back, and on to the next page where there is one.
pub(crate) fn page(offered: &[usize], current: usize, page: usize, per_page: usize) -> Vec<Control> {
    // One digit a name.
    let per_page = per_page.clamp(1, 9);
    let pages = offered.len().div_ceil(per_page).max(1);
    let names = offered.iter().skip(page % pages * per_page).take(per_page).enumerate();
    let mut controls: Vec<Control> = names
        .map(|(slot, language)| Control {
            slot: crate::presenter::small(slot),
            chosen: *language == current,
            ..Control::of_language(*language, (slot + 1).to_string())
        })
        .collect();
    controls.push(Control { slot: -1, ..Control::new(Act::BackFromLanguages, "*") });
    if pages > 1 {
        controls.push(Control { slot: -2, ..Control::new(Act::MoreLanguages, "0") });
    }
    controls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts_and_keys(controls: &[Control]) -> Vec<(Act, &str)> {
        controls.iter().map(|control| (control.act, control.key.as_str())).collect()
    }

    #[test]
    fn one_other_language_is_one_touch_away() {
        let room = Room { buttons: 1, longest_name: 12 };
        assert_eq!(acts_and_keys(&in_strip(&[0, 1], 0, room)), [(Act::Language, "9")]);
        assert_eq!(acts_and_keys(&in_strip(&[0], 0, room)), []);
    }

    #[test]
    fn a_name_without_room_is_found_on_the_screen_of_all() {
        let room = Room { buttons: 3, longest_name: 3 };
        assert_eq!(acts_and_keys(&in_strip(&[0, 1], 0, room)), [(Act::Languages, "9")]);
    }

    #[test]
    fn every_page_keeps_the_way_back_and_the_pages_go_round() {
        let offered = [0, 1, 0, 1, 0];
        let first = page(&offered, 0, 0, 2);
        assert_eq!(
            acts_and_keys(&first),
            [
                (Act::Language, "1"),
                (Act::Language, "2"),
                (Act::BackFromLanguages, "*"),
                (Act::MoreLanguages, "0")
            ]
        );
        assert_eq!(page(&offered, 0, 2, 2).len(), 3, "one name on the last page");
        assert_eq!(page(&offered, 0, 3, 2), first);
        assert!(first[0].chosen && !first[1].chosen);
    }
}
