//! Pickup codes and PINs: what a slip of the finger does.

use locker_protocol::code::{BadCode, DIGITS, is_pin, pin_tag};
use locker_protocol::{PickupCode, StaffId};
use proptest::prelude::*;

use crate::fuzz::fixed;
use crate::signer::PlainTag;

fn codes() -> impl Strategy<Value = PickupCode> {
    any::<[u32; DIGITS - 1]>()
        .prop_map(|numbers| PickupCode::from_random(numbers.map(|n| u8::try_from(n % 10).unwrap())).unwrap())
}

proptest! {
    #![proptest_config(fixed(2_000))]

    #[test]
    fn a_code_is_read_as_it_was_shown(code in codes()) {
        let digits = code.digits();
        let shown = format!("{} {}-{}", &digits[..3], &digits[3..6], &digits[6..]);
        prop_assert_eq!(PickupCode::parse(&digits), Ok(code.clone()));
        prop_assert_eq!(PickupCode::parse(&shown), Ok(code));
    }

    /// All ninety wrong digits and all neighbour swaps of each code.
    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_found(code in codes()) {
        let right = code.digits();
        for place in 0..DIGITS {
            for digit in b'0'..=b'9' {
                let mut typed = right.clone().into_bytes();
                typed[place] = digit;
                let typed = String::from_utf8(typed).unwrap();
                prop_assert_eq!(PickupCode::parse(&typed).is_ok(), typed == right, "{} for {}", typed, right);
            }
        }
        for place in 0..DIGITS - 1 {
            let mut typed = right.clone().into_bytes();
            typed.swap(place, place + 1);
            let typed = String::from_utf8(typed).unwrap();
            prop_assert_eq!(PickupCode::parse(&typed).is_ok(), typed == right, "{} for {}", typed, right);
        }
    }
}

/// Damm's thesis (2004), its example: 572 has the check digit 4.
#[test]
fn the_check_digit_is_damms() {
    assert_eq!(PickupCode::from_random([0, 0, 0, 0, 0, 0, 5, 7, 2]).unwrap().digits(), "0000005724");
}

#[test]
fn what_is_not_ten_digits_is_told_from_a_slip() {
    for text in ["", "123456789", "12345678901", "12345a7890", "１２３４５６７８９０", "0000000000\u{0}"]
    {
        assert_eq!(PickupCode::parse(text), Err(BadCode::NotTenDigits), "{text:?}");
    }
    assert_eq!(PickupCode::parse("0000005725"), Err(BadCode::Mistyped));
    assert_eq!(PickupCode::from_random([0, 0, 0, 0, 0, 0, 0, 0, 10]), None);
}

/// What is tagged is the ten digits, however they were typed: the hub tags the same text.
#[test]
fn blanks_and_dashes_do_not_change_the_tag() {
    let tag = |text| PickupCode::parse(text).unwrap().tag(&PlainTag);
    assert_eq!(tag("000 000-5724"), tag("0000005724"));
}

#[test]
fn a_pin_counts_for_one_person() {
    assert_ne!(pin_tag(StaffId(1), "2345", &PlainTag), pin_tag(StaffId(12), "345", &PlainTag));
    assert_ne!(pin_tag(StaffId(1), "2345", &PlainTag), pin_tag(StaffId(2), "2345", &PlainTag));
    for pin in ["0000", "12345678"] {
        assert!(is_pin(pin));
    }
    for text in ["", "123", "123456789", "12a4", "１２３４", " 1234"] {
        assert!(!is_pin(text), "{text:?}");
    }
}

#[test]
fn a_code_is_not_shown_in_a_log() {
    let code = PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    assert_eq!(format!("{code:?}"), "PickupCode(..)");
}
