//! Passes: how big, how they look beside labels, and that only the hub can make them.

use locker_protocol::change::{Announcement, Order, Role, Staff, TemperatureRange};
use locker_protocol::pass::{MAX_PASS_BYTES, MAX_PASS_CHARS, MAX_RECIPIENT_BYTES, PassError};
use locker_protocol::seal::{Sealed, seal};
use locker_protocol::{
    CodeTag, Label, LabelTag, LockerId, OrderId, ParcelId, Pass, RecipientId, Right, Size, StaffId, TenantId,
};
use proptest::prelude::*;

use crate::fuzz::fixed;
use crate::samples;
use crate::seals::{announcements, labels, staff};
use crate::signer::Signer;

fn rights() -> impl Strategy<Value = Right> {
    prop_oneof![
        (any::<u64>(), any::<Option<u64>>()).prop_map(|(recipient, label)| Right::Collect {
            recipient: RecipientId(recipient),
            label: label.map(LabelTag),
        }),
        announcements().prop_map(|announcement| Right::Deposit { announcement }),
        staff().prop_map(|staff| Right::SignIn { staff }),
    ]
}

fn passes() -> impl Strategy<Value = Pass> {
    let expires = proptest::option::of(0..=i64::MAX.cast_unsigned());
    (any::<u32>(), expires, rights()).prop_map(|(locker, expires_unix_s, right)| Pass {
        locker: LockerId(locker),
        expires_unix_s,
        right,
    })
}

#[test]
fn the_largest_recipients_pass_fits_a_qr_code_of_version_7() {
    let right = Right::Collect { recipient: RecipientId(u64::MAX), label: Some(LabelTag(u64::MAX)) };
    let pass = Pass { locker: LockerId(u32::MAX), expires_unix_s: None, right };
    let bytes = pass.to_bytes(&Signer::of(1));
    assert!(bytes.len() <= MAX_RECIPIENT_BYTES, "{} bytes", bytes.len());
    // QR version 7 at level M holds 178 alphanumeric characters (ISO/IEC 18004, table of capacities).
    assert!(pass.to_text(&Signer::of(1)).len() <= 178);
}

#[test]
fn the_largest_deposit_pass_is_no_longer_than_any_pass_may_be() {
    let announcement = Announcement {
        parcel: ParcelId(u64::MAX),
        tenant: TenantId(u32::MAX),
        label: Label::new(&"W".repeat(Label::MAX_LENGTH)).unwrap(),
        label_tag: LabelTag(u64::MAX),
        recipient: RecipientId(u64::MAX),
        code: CodeTag([0xff; 32]),
        size: Size::L,
        retention_s: u32::MAX,
        reachable: true,
        order: Some(Order { id: OrderId(u32::MAX), parcels: u8::MAX }),
        keep: Some(TemperatureRange { low_tenths_c: i16::MIN, high_tenths_c: i16::MAX }),
    };
    // Until the year 2106.
    let expires_unix_s = Some(u64::from(u32::MAX));
    let pass = Pass { locker: LockerId(u32::MAX), expires_unix_s, right: Right::Deposit { announcement } };
    let bytes = pass.to_bytes(&Signer::of(1));
    assert!(bytes.len() <= MAX_PASS_BYTES, "{} bytes", bytes.len());
    assert_eq!(Pass::from_text(&pass.to_text(&Signer::of(1)), &Signer::of(1).verifier()), Ok(pass));
}

#[test]
fn the_largest_staff_pass_is_no_longer_than_any_pass_may_be() {
    let staff = Staff {
        staff: StaffId(u32::MAX),
        tenant: TenantId(u32::MAX),
        role: Role::Technician,
        pin: Some(CodeTag([0xff; 32])),
    };
    let expires_unix_s = Some(i64::MAX.cast_unsigned());
    let pass = Pass { locker: LockerId(u32::MAX), expires_unix_s, right: Right::SignIn { staff } };
    assert!(pass.to_bytes(&Signer::of(1)).len() <= MAX_PASS_BYTES);
}

proptest! {
    #![proptest_config(fixed(500))]

    #[test]
    fn every_pass_is_read_as_it_was_made_and_looks_like_one(pass in passes()) {
        let signer = Signer::of(1);
        let text = pass.to_text(&signer);
        prop_assert!(text.len() <= MAX_PASS_CHARS);
        prop_assert!(Pass::looks_like_one(&text));
        prop_assert_eq!(&Pass::from_text(&text, &signer.verifier()), &Ok(pass));
        // Scanners and labels lose blanks at the ends: there are none to lose.
        prop_assert_eq!(text.trim(), &text);
        prop_assert!(Label::new(&text).is_err());
    }

    #[test]
    fn no_label_looks_like_a_pass(label in labels()) {
        prop_assert!(!Pass::looks_like_one(label.as_str()));
    }

    #[test]
    fn another_hubs_pass_is_forged_but_looks_like_one(pass in passes()) {
        let text = pass.to_text(&Signer::of(2));
        prop_assert!(Pass::looks_like_one(&text));
        prop_assert_eq!(Pass::from_text(&text, &Signer::of(1).verifier()), Err(PassError::Forged));
    }
}

/// Even the beginning of a real pass, cut to the longest label.
#[test]
fn no_label_of_64_characters_looks_like_a_pass() {
    for (name, pass) in samples::passes() {
        let text = pass.to_text(&Signer::of(1));
        let label = Label::new(&text[..Label::MAX_LENGTH]).unwrap();
        assert!(!Pass::looks_like_one(label.as_str()), "{name}");
    }
}

#[test]
fn another_character_anywhere_in_a_pass_is_refused() {
    let signer = Signer::of(1);
    for (name, pass) in samples::passes() {
        let text = pass.to_text(&signer);
        for place in 0..text.len() {
            for other in ["0", "Q", ":", "a", "é"] {
                if text[place..].starts_with(other) {
                    continue;
                }
                let changed = format!("{}{other}{}", &text[..place], &text[place + 1..]);
                assert!(Pass::from_text(&changed, &signer.verifier()).is_err(), "{name}: {other} at {place}");
            }
        }
    }
}

/// RFC 9285: a last pair above 255 is no byte. A decoder that cuts it off would give one pass several texts.
#[test]
fn a_pass_has_one_text() {
    let signer = Signer::of(1);
    let odd = (0..).map(|n| Pass {
        locker: LockerId(1),
        expires_unix_s: None,
        right: Right::Collect { recipient: RecipientId(1 << (8 * (n % 4))), label: None },
    });
    let pass = odd.take(8).find(|pass| pass.to_bytes(&signer).len() % 2 == 1).unwrap();
    let text = pass.to_text(&signer);
    let (front, pair) = text.split_at(text.len() - 2);
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let value = |byte| digits.iter().position(|digit| *digit == byte).unwrap();
    let last = value(pair.as_bytes()[0]) + 45 * value(pair.as_bytes()[1]) + 256;
    let second = format!("{front}{}{}", char::from(digits[last % 45]), char::from(digits[last / 45]));
    assert_eq!(Pass::from_text(&text, &signer.verifier()), Ok(pass));
    assert_eq!(Pass::from_text(&second, &signer.verifier()), Err(PassError::NotAPass));
}

/// The hub's own signature under something else is no pass.
#[test]
fn a_signed_message_of_another_purpose_is_no_pass() {
    let signer = Signer::of(1);
    let text = base45::encode(seal(&samples::token_proofs()[0].1, &signer));
    assert_eq!(Pass::from_text(&text, &signer.verifier()), Err(PassError::Forged));
}

#[test]
fn a_pass_with_a_right_that_this_version_does_not_know_is_not_understood() {
    struct Claims;
    impl<C> minicbor::Encode<C> for Claims {
        fn encode<W: minicbor::encode::Write>(
            &self,
            to: &mut minicbor::Encoder<W>,
            _: &mut C,
        ) -> Result<(), minicbor::encode::Error<W::Error>> {
            // {3: "1", -65537: << [9, []] >>}
            to.map(2)?.u32(3)?.str("1")?.i32(-65_537)?.bytes(&[0x82, 0x09, 0x80])?.ok()
        }
    }
    impl<'b, C> minicbor::Decode<'b, C> for Claims {
        fn decode(_: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
            Ok(Self)
        }
    }
    impl Sealed for Claims {
        const PURPOSE: &'static str = "locker/1/pass";
    }
    let signer = Signer::of(1);
    let text = base45::encode(seal(&Claims, &signer));
    assert_eq!(Pass::from_text(&text, &signer.verifier()), Err(PassError::NotUnderstood));
}
