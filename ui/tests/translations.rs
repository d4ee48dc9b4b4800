//! Every word on the screens is translated, and can be drawn.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use skrifa::{FontRef, MetadataProvider};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The texts between `@tr("` and its end, with their plural.
fn written() -> BTreeMap<String, Option<String>> {
    let mut words = BTreeMap::new();
    for file in std::fs::read_dir(here("screens")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for call in source.split("@tr(\"").skip(1) {
            let (word, rest) = call.split_once('"').unwrap();
            let plural =
                rest.trim_start().strip_prefix("| \"").map(|rest| rest.split_once('"').unwrap().0.to_owned());
            words.insert(word.to_owned(), plural);
        }
    }
    assert!(words.len() > 80, "the screens' words were not found");
    words
}

/// The entries of a `.po` file: word, plural, translations.
fn translated(language: &str) -> BTreeMap<String, (Option<String>, Vec<String>)> {
    let file = std::fs::read_to_string(here(&format!("lang/{language}/LC_MESSAGES/locker-ui.po"))).unwrap();
    let mut entries: BTreeMap<String, (Option<String>, Vec<String>)> = BTreeMap::new();
    let mut current = String::new();
    for line in file.lines() {
        let Some((key, text)) = line.split_once(" \"") else { continue };
        let text = text.strip_suffix('"').unwrap().to_owned();
        match key {
            "msgid" => current = text,
            "msgid_plural" => entries.entry(current.clone()).or_default().0 = Some(text),
            _ => entries.entry(current.clone()).or_default().1.push(text),
        }
    }
    entries.remove("");
    entries
}

fn holes(text: &str) -> usize {
    text.matches('{').count()
}

#[test]
fn every_word_has_its_spanish_and_nothing_else_has() {
    let spanish = translated("es");
    let written = written();
    for (word, plural) in &written {
        let (known_plural, forms) = spanish.get(word).unwrap_or_else(|| panic!("no Spanish for {word:?}"));
        assert_eq!(known_plural, plural, "of {word:?}");
        assert_eq!(forms.len(), if plural.is_some() { 2 } else { 1 }, "forms of {word:?}");
        for form in forms {
            assert!(!form.trim().is_empty(), "no Spanish for {word:?}");
            assert_eq!(holes(form), holes(word), "{word:?} and {form:?} are filled in differently");
        }
    }
    let unused: Vec<_> = spanish.keys().filter(|word| !written.contains_key(*word)).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

/// The letters that the embedded font of a family has, in the weight.
fn glyphs(family: &str, weight: &str) -> BTreeSet<char> {
    let file = family.replace(' ', "");
    let bytes = std::fs::read(here(&format!("fonts/{file}_{weight}.ttf"))).unwrap();
    let font = FontRef::new(&bytes).unwrap();
    font.charmap().mappings().filter_map(|(letter, _)| char::from_u32(letter)).collect()
}

#[test]
fn every_letter_has_a_glyph_in_its_language() {
    let (english, languages) = locker_ui::LANGUAGES.split_first().unwrap();
    for weight in ["400Regular", "700Bold"] {
        let signage = glyphs(english.font_family, weight);
        let mut letters: BTreeSet<char> = ('0'..='9').chain(['\u{2022}']).collect();
        letters.extend(written().keys().flat_map(|word| word.chars()));
        let missing: Vec<_> = letters.difference(&signage).collect();
        assert!(missing.is_empty(), "{weight} would leave {missing:?} blank");
        for language in languages {
            let own = glyphs(language.font_family, weight);
            let mut letters: BTreeSet<char> = language.name.chars().collect();
            for (_, forms) in translated(language.code).values() {
                letters.extend(forms.iter().flat_map(|form| form.chars()));
            }
            let missing: Vec<_> =
                letters.iter().filter(|letter| !own.contains(letter) && !signage.contains(letter)).collect();
            assert!(
                missing.is_empty(),
                "{} in {weight} would leave {missing:?} blank: just fonts",
                language.code
            );
        }
    }
}

#[test]
fn no_screen_blames_or_waits() {
    for word in written().keys() {
        let lower = word.to_lowercase();
        for never in ["error", "invalid", "please wait"] {
            assert!(!lower.contains(never), "{word:?}");
        }
        assert!(word.split_whitespace().count() <= 20, "{word:?} is too long to read in the rain");
    }
}
