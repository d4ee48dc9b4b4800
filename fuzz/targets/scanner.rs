//! Whatever a scanner sends. The input: one byte for its kind, one for where its bytes are cut in two, then the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use locker_hw::scanner::{Kind, LONGEST_TEXT, Scan};

fuzz_target!(|data: &[u8]| {
    let [kind, cut, ref bytes @ ..] = *data else { return };
    let kind = [Kind::Gm65, Kind::Newland, Kind::Honeywell, Kind::Keyboard][usize::from(kind % 4)];
    let scans = kind.scans_in(&[bytes]);
    for scan in &scans {
        if let Scan::Text(text) = scan {
            assert!((1..=LONGEST_TEXT).contains(&text.chars().count()));
            assert!(!text.chars().any(|character| character.is_control() && character != '\u{1d}'));
        }
    }
    let (before, behind) = bytes.split_at(usize::from(cut).min(bytes.len()));
    assert_eq!(kind.scans_in(&[before, behind]), scans, "where the bytes are cut changes nothing");
});
