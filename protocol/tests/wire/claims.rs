//! The claim as a person types it.

use locker_protocol::claim::Claim;
use proptest::prelude::*;

use crate::fuzz::fixed;

proptest! {
    #![proptest_config(fixed(1_000))]

    #[test]
    fn a_claim_is_read_as_it_was_shown_and_as_it_was_misread(secret in any::<[u8; Claim::LENGTH]>()) {
        let claim = Claim(secret);
        let text = claim.text();
        prop_assert_eq!(text.len(), 26);
        prop_assert!(!text.contains(['I', 'L', 'O', 'U']));
        let grouped = text.as_bytes().chunks(4).map(|four| std::str::from_utf8(four).unwrap());
        let misread = [
            text.to_lowercase(),
            text.replace('0', "O"),
            text.replace('1', "l"),
            text.replace('1', "I").replace('0', "o"),
            grouped.clone().collect::<Vec<_>>().join(" "),
            grouped.collect::<Vec<_>>().join("-"),
        ];
        for typed in misread {
            prop_assert_eq!(&Claim::parse(&typed).unwrap(), &claim, "{}", typed);
        }
        for length in 0..26 {
            prop_assert!(Claim::parse(&text[..length]).is_err());
        }
        let longer = text + "0";
        prop_assert!(Claim::parse(&longer).is_err());
    }
}

/// 26 characters have 130 bits, the secret 128: the last two are zero, so that a claim has one text.
#[test]
fn the_two_bits_too_many_are_zero() {
    let text = Claim([0; 16]).text();
    assert!(Claim::parse(&text).is_ok());
    for last in ["1", "2", "3"] {
        assert!(Claim::parse(&format!("{}{last}", &text[..25])).is_err());
    }
}

#[test]
fn a_claim_is_not_shown_in_a_log() {
    assert_eq!(format!("{:?}", Claim([7; 16])), "Claim(..)");
}
