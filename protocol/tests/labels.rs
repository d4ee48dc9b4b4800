//! Labels: the same parcel is the same text whatever its symbol, and a check digit finds what was misread.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use locker_protocol::Label;
use locker_protocol::label::{CheckDigit, LabelKind, MAX_SCANNED_BYTES, recognize};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    label: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    read: String,
    kind: String,
    label: String,
    check: String,
    source: String,
}

fn vectors() -> Vec<Vector> {
    let vectors: Vectors = toml::from_str(include_str!("../labels.toml")).unwrap();
    vectors.label
}

const KINDS: [(LabelKind, &str); 7] = [
    (LabelKind::S10, "s10"),
    (LabelKind::Sscc, "sscc"),
    (LabelKind::SerialItem, "serial_item"),
    (LabelKind::InPost, "in_post"),
    (LabelKind::Dhl, "dhl"),
    (LabelKind::Ups, "ups"),
    (LabelKind::Opaque, "opaque"),
];
const CHECKS: [(CheckDigit, &str); 3] =
    [(CheckDigit::Right, "right"), (CheckDigit::Wrong, "wrong"), (CheckDigit::Absent, "absent")];

fn word<T: PartialEq>(words: &[(T, &'static str)], of: &T) -> &'static str {
    words.iter().find(|(value, _)| value == of).unwrap().1
}

#[test]
fn every_label_of_the_collection_is_told_and_written_in_its_one_way() {
    for vector in vectors() {
        let found = recognize(&vector.read).expect(&vector.read);
        let found = (word(&KINDS, &found.kind), found.label.as_str(), word(&CHECKS, &found.check));
        assert_eq!(found, (&*vector.kind, &*vector.label, &*vector.check), "{}", vector.read);
        let sources = ["tracking_number_data", "s10", "gs1", "yodel", "inpost", "computed", "derived"];
        assert!(sources.contains(&&*vector.source), "{} has no source", vector.read);
    }
}

#[test]
fn the_collection_has_labels_of_every_kind_and_every_check() {
    let vectors = vectors();
    for (_, kind) in KINDS {
        assert!(vectors.iter().any(|vector| vector.kind == kind), "{kind}");
    }
    for (kind, check) in [("s10", "wrong"), ("sscc", "wrong"), ("serial_item", "wrong"), ("ups", "wrong")] {
        assert!(vectors.iter().any(|vector| vector.kind == kind && vector.check == check), "{kind} {check}");
    }
}

#[test]
fn a_label_announced_as_it_was_typed_is_that_of_the_same_parcel() {
    for vector in vectors() {
        let canonical = recognize(&vector.read).unwrap().label;
        if let Ok(typed) = Label::new(&vector.read) {
            assert!(typed.is_of_same_parcel(&canonical), "{}", vector.read);
        }
    }
    let other = Label::new("RB123456785GB").unwrap();
    assert!(!Label::new("RB123456785US").unwrap().is_of_same_parcel(&other));
    assert!(!Label::new("Shelf 12").unwrap().is_of_same_parcel(&Label::new("shelf 12").unwrap()));
}

#[test]
fn what_is_no_label_is_said_to_be_none() {
    let long = "7".repeat(MAX_SCANNED_BYTES + 1);
    for text in ["", "  ", "]C1", "\u{1d}", "a\u{7}b", "Paket für Ana", &"x".repeat(65), &long] {
        assert!(recognize(text).is_err(), "{text:?}");
    }
    assert!(recognize(&"x".repeat(Label::MAX_LENGTH)).is_ok());
}

fn fixed(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x1abe1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Whatever scanners send: pieces of good labels, of what surrounds them, and of nothing.
fn scanned() -> impl Strategy<Value = String> {
    let pieces: Vec<String> = vectors()
        .into_iter()
        .flat_map(|vector| {
            let half = vector.label.len() / 2;
            [vector.label[..half].to_owned(), vector.label[half..].to_owned(), vector.read, vector.label]
        })
        .chain(
            [
                "]C1", "]d2", "]Q3", "]C", "\u{1d}", "00", "01", "21", "(", ")", " ", "%", "%1D", "/",
                "https://", "JJD",
            ]
            .map(str::to_owned),
        )
        .collect();
    let piece = prop_oneof![6 => proptest::sample::select(pieces), 1 => "[ -~\u{1d}]{0,6}", 1 => "\\PC{0,3}"];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(fixed(6_000))]

    #[test]
    fn whatever_is_scanned_has_one_text_that_is_a_label_and_stays_so(text in scanned()) {
        if let Ok(found) = recognize(&text) {
            let label = found.label.as_str();
            prop_assert_eq!(&Label::new(label).unwrap(), &found.label);
            let again = recognize(label).unwrap();
            prop_assert_eq!(&again.label, &found.label);
            let (before, after) = (word(&CHECKS, &found.check), word(&CHECKS, &again.check));
            prop_assert!(before == after || found.kind != again.kind, "{} is {}, then {}", label, before, after);
        }
    }

    #[test]
    fn another_digit_in_a_containers_number_is_found(digits in "[0-9]{17}", place in 0..18_usize, by in 1..10_u8) {
        let good = completed(&format!("00{digits}"));
        let found = recognize(&with_another_digit(&good, 2 + place, by)).unwrap();
        prop_assert_eq!(found.kind, LabelKind::Sscc);
        prop_assert_eq!(found.check, CheckDigit::Wrong);
    }

    /// Eleven less the remainder is written 5 for the remainders 0 and 6 alike: what changes one into the other is all that
    /// the rule of S10 cannot see.
    #[test]
    fn another_digit_in_a_postal_number_is_found(
        digits in "[0-9]{8}", place in 0..9_usize, by in 1..10_u8,
    ) {
        let good = completed_as(&format!("RB{digits}"), "GB");
        let changed = with_another_digit(&good, 2 + place, by);
        let (before, after) = (remainder(&good[2..10]), remainder(&changed[2..10]));
        let unseen = place < 8 && matches!((before, after), (0, 6) | (6, 0));
        let found = recognize(&changed).unwrap();
        prop_assert_eq!(found.check == CheckDigit::Wrong, !unseen, "{} after {}", changed, good);
    }

    /// Every second digit counts twice, so that 5 more makes no difference there: all that the rule of UPS cannot see.
    #[test]
    fn another_digit_in_a_number_of_ups_is_found(digits in "[0-9]{15}", place in 0..16_usize, by in 1..10_u8) {
        let good = completed(&format!("1Z{digits}"));
        let found = recognize(&with_another_digit(&good, 2 + place, by)).unwrap();
        let unseen = place % 2 == 1 && place < 15 && by == 5;
        prop_assert_eq!(found.check == CheckDigit::Wrong, !unseen);
    }
}

/// The one digit that makes the label right.
fn completed_as(before: &str, after: &str) -> String {
    let right: Vec<_> = (0..10)
        .map(|digit| format!("{before}{digit}{after}"))
        .filter(|text| recognize(text).unwrap().check == CheckDigit::Right)
        .collect();
    let [one] = &right[..] else { panic!("{before}_{after}: {right:?}") };
    one.clone()
}

fn completed(before: &str) -> String {
    completed_as(before, "")
}

fn with_another_digit(text: &str, place: usize, by: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[place] = b'0' + (bytes[place] - b'0' + by) % 10;
    String::from_utf8(bytes).unwrap()
}

fn remainder(digits: &str) -> u32 {
    let weights = [8, 6, 4, 2, 3, 5, 9, 7];
    digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum::<u32>() % 11
}
