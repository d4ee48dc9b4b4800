//! Every word on the screens is translated, and can be drawn; and where one is not, nothing is built.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../build/translations/mod.rs"]
mod translations;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use locker_ui::{LANGUAGES, Language};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn catalogue(code: &str) -> translations::po::Catalogue {
    let source = std::fs::read_to_string(here(&format!("lang/{code}/LC_MESSAGES/locker-ui.po"))).unwrap();
    translations::po::parse(&source).unwrap()
}

/// All that may stand on a screen in this language.
fn said(language: &Language) -> Vec<String> {
    if language.code == LANGUAGES[0].code {
        let mut said = vec![];
        for file in std::fs::read_dir(here("screens")).unwrap() {
            let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for word in translations::screens::words(&source).unwrap() {
                said.push(word.text);
                said.extend(word.plural);
            }
        }
        said
    } else {
        catalogue(language.code).entries.into_iter().flat_map(|entry| entry.forms).collect()
    }
}

/// The embedded font of a family in a weight.
fn font(family: &str, weight: &str) -> Vec<u8> {
    let file = family.replace(' ', "");
    std::fs::read(here(&format!("fonts/{file}_{weight}.ttf"))).unwrap()
}

/// The letters that the embedded font of a family has, in the weight.
fn glyphs(family: &str, weight: &str) -> BTreeSet<char> {
    let bytes = font(family, weight);
    let font = FontRef::new(&bytes).unwrap();
    font.charmap().mappings().filter_map(|(letter, _)| char::from_u32(letter)).collect()
}

#[test]
fn every_letter_has_a_glyph_in_its_language() {
    for weight in ["400Regular", "700Bold"] {
        let signage = glyphs(LANGUAGES[0].font_family, weight);
        for language in &LANGUAGES {
            let own = glyphs(language.font_family, weight);
            let mut letters: BTreeSet<char> =
                ('0'..='9').chain(['\u{2022}']).chain(language.name.chars()).collect();
            letters.extend(said(language).iter().flat_map(|text| text.chars()));
            letters.remove(&'\n');
            letters.retain(|letter| !own.contains(letter) && !signage.contains(letter));
            assert!(
                letters.is_empty(),
                "{} in {weight} leaves {letters:?} blank: run just fonts",
                language.code
            );
        }
    }
}

/// What a text's box has above and below the base line, in em, where the language's letters and digits share the line: as
/// high as the language's font says, with the base line moved from the middle by half of what ascent exceeds descent.
fn line(own: &FontRef, signage: &FontRef) -> (f32, f32) {
    let of = |font: &FontRef| {
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let em = f32::from(metrics.units_per_em);
        (metrics.ascent / em, -metrics.descent / em, metrics.leading / em)
    };
    let ((ascent, descent, gap), (digits_ascent, digits_descent, _)) = (of(own), of(signage));
    let height = ascent + descent + gap;
    let base = (height + ascent.max(digits_ascent) - descent.max(digits_descent)) / 2.0;
    (base, height - base)
}

#[test]
fn no_letter_is_cut_off_above_or_below_its_line() {
    for weight in ["400Regular", "700Bold"] {
        let signage = font(LANGUAGES[0].font_family, weight);
        let signage = FontRef::new(&signage).unwrap();
        for language in &LANGUAGES {
            let own = font(language.font_family, weight);
            let own = FontRef::new(&own).unwrap();
            let (above, below) = line(&own, &signage);
            let em = f32::from(own.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
            let glyphs = own.glyph_metrics(Size::unscaled(), LocationRef::default());
            let letters: BTreeSet<char> = said(language).iter().flat_map(|text| text.chars()).collect();
            for letter in letters {
                let Some(bounds) = own.charmap().map(letter).and_then(|glyph| glyphs.bounds(glyph)) else {
                    continue;
                };
                let fits = bounds.y_max / em <= above + 0.01 && bounds.y_min / em >= -below - 0.01;
                assert!(
                    fits,
                    "{letter} of {} in {weight}: {bounds:?} in {above} and {below} em",
                    language.code
                );
            }
        }
    }
}

#[test]
fn the_embedded_fonts_are_small() {
    let mut together = 0;
    for file in std::fs::read_dir(here("fonts")).unwrap() {
        let file = file.unwrap();
        if file.path().extension().is_some_and(|extension| extension == "ttf") {
            let bytes = file.metadata().unwrap().len();
            assert!(bytes < 300_000, "{:?} has {bytes} bytes", file.file_name());
            together += bytes;
        }
    }
    assert!(together > 0 && together < 600_000, "the fonts have {together} bytes");
}

#[test]
fn no_screen_blames_or_waits() {
    for language in &LANGUAGES {
        for text in said(language) {
            assert!(text.split_whitespace().count() <= 20, "{text:?} is too long to read in the rain");
            let lower = text.to_lowercase();
            for never in [
                "error",
                "invalid",
                "please wait",
                "fehler",
                "ungültig",
                "erreur",
                "błąd",
                "fout",
                "помилка",
                "错误",
                "خطأ",
            ] {
                assert!(!lower.contains(never), "{text:?}");
            }
        }
    }
}

#[test]
fn every_language_says_every_word() {
    let codes: Vec<_> = LANGUAGES[1..].iter().map(|language| language.code).collect();
    let complaints = translations::complaints(&here("screens"), &here("lang"), &codes).unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

const SCREEN: &str = "component Screen {\n\
     // @tr(\"said in a comment only\")\n\
     property <string> one: @tr(\"Open door {}\", 7);\n\
     property <string> two: @tr(\"{n} parcel of {}\" | \"{n} parcels of {}\" % count, 9);\n\
     property <string> three: @tr(\"He said \\\"no\\\"\");\n\
 }\n";

const POLISH: &str = r#"msgid ""
msgstr ""
"Language: pl\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgid "Open door {}"
msgstr "Otwórz skrytkę {}"

msgid "{n} parcel of {}"
msgid_plural "{n} parcels of {}"
msgstr[0] "jedna paczka z {}"
msgstr[1] "{n} paczki z {}"
msgstr[2] "{n} paczek z {}"

msgid "He said \"no\""
msgstr "Powiedział \"nie\""
"#;

/// What the build says about a screen and its Polish, where `old` in the Polish is replaced by `new`.
fn built_with(old: &str, new: &str) -> Vec<String> {
    assert!(POLISH.contains(old), "{old:?}");
    let folder = tempfile::tempdir().unwrap();
    let (screens, lang) = (folder.path().join("screens"), folder.path().join("lang"));
    std::fs::create_dir_all(&screens).unwrap();
    std::fs::create_dir_all(lang.join("pl/LC_MESSAGES")).unwrap();
    std::fs::write(screens.join("screen.slint"), SCREEN).unwrap();
    std::fs::write(lang.join("pl/LC_MESSAGES/locker-ui.po"), POLISH.replace(old, new)).unwrap();
    let complaints = translations::complaints(&screens, &lang, &["pl"]).unwrap();
    let short = |complaint: &translations::Complaint| {
        format!("{}:{}: {}", complaint.file.file_name().unwrap().display(), complaint.line, complaint.what)
    };
    complaints.iter().map(short).collect()
}

#[test]
fn a_complete_translation_is_built() {
    assert_eq!(built_with("", ""), [""; 0]);
    // A text over two lines, a note for translators, and another order are as good.
    assert_eq!(built_with("msgstr \"Otwórz skrytkę {}\"", "msgstr \"Otwórz \"\n\"skrytkę {0}\""), [""; 0]);
    assert_eq!(built_with("msgid \"He", "# An example.\nmsgid \"He"), [""; 0]);
}

#[test]
fn a_missing_translation_stops_the_build() {
    let complaints = built_with("msgid \"Open door {}\"\nmsgstr \"Otwórz skrytkę {}\"\n", "");
    let [complaint] = &complaints[..] else { panic!("{complaints:?}") };
    assert!(complaint.starts_with("locker-ui.po:14: \"Open door {}\" is not translated ("), "{complaint}");
    assert!(complaint.contains("screen.slint:3 says it): add it"), "{complaint}");
}

#[test]
fn a_translation_with_a_fault_stops_the_build() {
    for (old, new, complaint) in [
        (
            "\"Otwórz skrytkę {}\"",
            "\"\"",
            "locker-ui.po:6: \"Open door {}\" is translated by nothing: say it",
        ),
        ("skrytkę {}", "skrytkę", "locker-ui.po:6: \"Otwórz skrytkę\" for \"Open door {}\": needs 1 of {}"),
        (
            "skrytkę {}",
            "skrytkę {1}",
            "locker-ui.po:6: \"Otwórz skrytkę {1}\" for \"Open door {}\": needs 1 of {}",
        ),
        (
            "skrytkę {}",
            "skrytkę {numer}",
            "locker-ui.po:6: \"Otwórz skrytkę {numer}\" for \"Open door {}\": nothing fills {numer}",
        ),
        (
            "skrytkę {}",
            "skrytkę {n} {}",
            "locker-ui.po:6: \"Otwórz skrytkę {n} {}\" for \"Open door {}\": nothing fills {n}",
        ),
        (
            "{n} paczek",
            "dużo paczek",
            "locker-ui.po:9: \"dużo paczek z {}\" for \"{n} parcel of {}\": needs {n}",
        ),
        (
            "msgstr[2] \"{n} paczek z {}\"\n",
            "",
            "locker-ui.po:9: \"{n} parcel of {}\" has 2 forms, not 3: give each",
        ),
        ("parcels of {}", "packets of {}", "locker-ui.po:9: the plural of \"{n} parcel of {}\" is"),
        ("msgid \"Open", "#, fuzzy\nmsgid \"Open", "locker-ui.po:7: \"Open door {}\" is marked fuzzy"),
        (
            "msgid \"He",
            "msgid \"Scan\"\nmsgstr \"Skanuj\"\n\nmsgid \"He",
            "locker-ui.po:15: no screen says \"Scan\" any more: remove it",
        ),
        (
            "msgid \"He",
            "msgid \"Open door {}\"\nmsgstr \"Otwórz {}\"\n\nmsgid \"He",
            "locker-ui.po:15: \"Open door {}\" is translated twice",
        ),
        (
            "msgid \"He",
            "#~ msgid \"Scan\"\n\nmsgid \"He",
            "locker-ui.po:15: an obsolete translation: remove it",
        ),
        ("msgid \"He", "msgctxt \"door\"\nmsgid \"He", "locker-ui.po:15: msgctxt is not understood here"),
        (
            "Otwórz skrytkę {}\"",
            "Otwórz skrytkę {}",
            "locker-ui.po:7: a text in quotes does not end on its line",
        ),
        (
            "\"Plural-Forms: nplurals=3",
            "\"Forms: nplurals=3",
            "locker-ui.po:1: the header needs Plural-Forms",
        ),
        ("nplurals=3", "nplurals=2", "locker-ui.po:1: Plural-Forms gives form 2 for 0, but nplurals is 2"),
        ("nplurals=3", "nplurals=4", "locker-ui.po:1: Plural-Forms never gives form 3"),
        ("n==1 ? 0 :", "n==1 & 0 :", "locker-ui.po:1: "),
    ] {
        let complaints = built_with(old, new);
        assert!(complaints.iter().any(|found| found.starts_with(complaint)), "{complaint}\n{complaints:#?}");
    }
}

#[test]
fn a_language_without_words_stops_the_build_and_words_without_a_language() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("xx")).unwrap();
    let complaints = translations::complaints(&here("screens"), folder.path(), &["pl"]).unwrap();
    let whats: Vec<_> = complaints.iter().map(|complaint| complaint.what.as_str()).collect();
    assert!(whats[0].starts_with("no language has this folder"), "{whats:?}");
    assert!(whats[1].starts_with("the words of \"pl\" are missing"), "{whats:?}");
    assert_eq!(whats.len(), 2);
}
