//! Ids and labels as people and files write them.

use std::collections::HashSet;

use locker_protocol::id::BadHex;
use locker_protocol::parcel::BadLabel;
use locker_protocol::{CaseId, Hash, JournalId, Label, LockerId, ParcelId};
use proptest::prelude::*;

use crate::fuzz::fixed;

#[test]
fn the_first_100_000_cases_are_shown_differently_and_in_one_form() {
    let shown: HashSet<String> = (0..100_000).map(|number| CaseId(number).to_string()).collect();
    assert_eq!(shown.len(), 100_000);
    for text in shown {
        let (front, back) = text.split_once('-').unwrap();
        assert_eq!((front.len(), back.len()), (3, 2), "{text}");
        assert!(text.bytes().all(|byte| b"23456789CDFGHJKMNPQRTVWXY-".contains(&byte)), "{text}");
    }
}

#[test]
fn the_number_of_a_case_that_somebody_reads_aloud_is_found_again() {
    for number in [0, 1, 7, 24, 25, 4_711, 99_999, CaseId::SHOWN_APART - 1, CaseId::SHOWN_APART, u32::MAX] {
        let shown = CaseId(number).to_string();
        let typed = shown.to_lowercase().replace('-', " ");
        for text in [shown, typed] {
            assert_eq!(CaseId::shown_remainder(&text), Some(number % CaseId::SHOWN_APART), "{text}");
        }
    }
    for text in ["", "4K7-2", "4K7-299", "4K7-2O", "1K7-29", "4K7-2ä"] {
        assert_eq!(CaseId::shown_remainder(text), None, "{text}");
    }
}

#[test]
fn parcels_made_here_are_told_from_the_hubs() {
    let here = ParcelId::made_here(LockerId(u32::MAX), 7);
    assert!(here.is_made_here());
    assert_eq!(here.to_string(), "u7");
    assert_ne!(here, ParcelId::made_here(LockerId(1), 7));
    assert!(!ParcelId(7).is_made_here());
    assert_eq!(ParcelId(7).to_string(), "p7");
}

proptest! {
    #![proptest_config(fixed(500))]

    #[test]
    fn an_id_of_bytes_is_read_as_it_was_written(bytes in any::<[u8; 16]>()) {
        let journal = JournalId(bytes);
        prop_assert_eq!(journal.to_string().parse::<JournalId>(), Ok(journal));
        prop_assert_eq!(JournalId::try_from(&bytes[..]), Ok(journal));
    }

    #[test]
    fn a_label_is_kept_without_its_surrounding_blanks(text in "[!-~]([ -~]{0,62}[!-~])?") {
        let scanned = Label::new(&format!(" {text}\r\n")).unwrap();
        prop_assert_eq!(scanned.as_str(), text);
    }
}

#[test]
fn an_id_of_another_length_or_in_capitals_is_refused() {
    assert_eq!("00".repeat(15).parse::<JournalId>(), Err(BadHex { expected: 16 }));
    assert_eq!("00".repeat(17).parse::<JournalId>(), Err(BadHex { expected: 16 }));
    assert_eq!("AA".repeat(32).parse::<Hash>(), Err(BadHex { expected: 32 }));
    assert_eq!("0".repeat(31).parse::<JournalId>(), Err(BadHex { expected: 16 }));
}

#[test]
fn a_text_that_is_no_label_says_why() {
    assert_eq!(Label::new("  \r\n"), Err(BadLabel { length: 0, unprintable: false }));
    assert_eq!(Label::new(&"x".repeat(65)), Err(BadLabel { length: 65, unprintable: false }));
    assert_eq!(Label::new("a\tb"), Err(BadLabel { length: 3, unprintable: true }));
    assert_eq!(Label::new("Straße"), Err(BadLabel { length: 7, unprintable: true }));
    assert_eq!(Label::new("abc").unwrap().tail(), "abc");
    assert_eq!(Label::new("abcdef").unwrap().tail(), "cdef");
}
