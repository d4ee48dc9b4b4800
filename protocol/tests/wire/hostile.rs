//! What bytes can do that nobody of ours made: nothing.

use std::fmt::Debug;

use locker_protocol::claim::Claim;
use locker_protocol::enrol::{EnrolAnswer, EnrolRequest, TransportCertificate};
use locker_protocol::link::{ToKiosk, ToSync};
use locker_protocol::pass::PassError;
use locker_protocol::seal::{MAX_SEALED_BYTES, SealError, from_bytes, to_bytes, unseal};
use locker_protocol::uplink::{
    Batch, Changes, Held, Hello, HelloAnswer, MAX_BATCH_ENTRIES, MAX_CHANGES, SealedBytes, TokenAnswer,
    TokenProof, TokenRequest,
};
use locker_protocol::{Entry, Event, Label, Numbered, Pass, PickupCode, Right};
use minicbor::{Decode, Encode};
use proptest::prelude::*;

use crate::fuzz::{Break, breaks, broken, fixed};
use crate::samples;
use crate::signer::Signer;

/// What decodes must be what its own bytes decode to again: a reader never makes up a value that cannot be written.
fn read<T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = from_bytes::<T>(bytes) {
        assert_eq!(from_bytes::<T>(&to_bytes(&value)).unwrap(), value);
    }
}

fn read_everything(bytes: &[u8]) {
    read::<Entry>(bytes);
    read::<Event>(bytes);
    read::<Numbered>(bytes);
    read::<Right>(bytes);
    read::<ToKiosk>(bytes);
    read::<ToSync>(bytes);
    read::<EnrolRequest>(bytes);
    read::<EnrolAnswer>(bytes);
    read::<TransportCertificate>(bytes);
    read::<Hello>(bytes);
    read::<HelloAnswer>(bytes);
    read::<Batch>(bytes);
    read::<Held>(bytes);
    read::<Changes>(bytes);
    read::<TokenRequest>(bytes);
    read::<TokenProof>(bytes);
    read::<TokenAnswer>(bytes);
    let verifier = Signer::of(1).verifier();
    assert!(unseal::<Numbered>(bytes, &verifier).is_err());
}

fn read_every_text(text: &str) {
    assert!(Pass::from_text(text, &Signer::of(1).verifier()).is_err());
    let _ = Pass::looks_like_one(text);
    if let Ok(claim) = Claim::parse(text) {
        assert_eq!(Claim::parse(&claim.text()).unwrap(), claim);
    }
    if let Ok(code) = PickupCode::parse(text) {
        assert_eq!(PickupCode::parse(&code.digits()).unwrap(), code);
    }
    if let Ok(label) = Label::new(text) {
        assert!((1..=Label::MAX_LENGTH).contains(&label.as_str().len()));
        assert!(label.as_str().ends_with(label.tail()));
    }
}

proptest! {
    #![proptest_config(fixed(4_000))]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_everything(&bytes);
    }

    #[test]
    fn arbitrary_texts_are_read_or_refused(text in "\\PC{0,80}", digits in "[0-9 -]{8,14}") {
        read_every_text(&text);
        read_every_text(&digits);
    }

    #[test]
    fn texts_of_the_pass_alphabet_are_refused(text in "[0-9A-Z $%*+./:-]{0,400}") {
        read_every_text(&text);
    }
}

proptest! {
    #![proptest_config(fixed(400))]

    /// Starts from good bytes, so that the breaks reach every reader's inside.
    #[test]
    fn broken_messages_are_read_or_refused(breaks in breaks()) {
        fn every<T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug>(
            samples: &[(&str, T)],
            breaks: &[Break],
        ) {
            for (_, sample) in samples {
                read::<T>(&broken(&to_bytes(sample), breaks));
            }
        }
        every(&samples::entries(), &breaks);
        every(&samples::events(), &breaks);
        every(&samples::changes(), &breaks);
        every(&samples::numbered(), &breaks);
        every(&samples::rights(), &breaks);
        every(&samples::to_kiosk(), &breaks);
        every(&samples::to_sync(), &breaks);
        every(&samples::enrol_requests(), &breaks);
        every(&samples::enrol_answers(), &breaks);
        every(&samples::hellos(), &breaks);
        every(&samples::hello_answers(), &breaks);
        every(&samples::batches(), &breaks);
        every(&samples::token_requests(), &breaks);
        every(&samples::token_answers(), &breaks);
    }
}

#[test]
fn bytes_after_the_end_of_a_message_are_refused() {
    for (name, event) in samples::events() {
        let mut bytes = to_bytes(&event);
        bytes.push(0);
        assert!(from_bytes::<Event>(&bytes).is_err(), "{name}");
    }
}

#[test]
fn lists_longer_than_agreed_are_refused() {
    let list = |count| vec![SealedBytes(vec![7]); count];
    for count in [0, 1, MAX_CHANGES, MAX_CHANGES + 1, 10 * MAX_CHANGES] {
        let fits = count <= MAX_CHANGES;
        assert_eq!(
            from_bytes::<Changes>(&to_bytes(&Changes { changes: list(count) })).is_ok(),
            fits,
            "{count}"
        );
        let message = ToKiosk::Changes { changes: list(count) };
        assert_eq!(from_bytes::<ToKiosk>(&to_bytes(&message)).is_ok(), fits, "{count}");
    }
    for count in [MAX_BATCH_ENTRIES, MAX_BATCH_ENTRIES + 1] {
        let mut batch = samples::batches().remove(0).1;
        batch.entries = vec![batch.entries[0].clone(); count];
        assert_eq!(from_bytes::<Batch>(&to_bytes(&batch)).is_ok(), count <= MAX_BATCH_ENTRIES, "{count}");
    }
}

/// A header of a header of a header: each is a byte string in a countersignature of the one before, so that no limit
/// on the nesting of CBOR counts them.
#[test]
fn headers_within_headers_neither_exhaust_the_stack_nor_the_memory() {
    fn byte_string(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = minicbor::Encoder::new(Vec::new());
        encoder.bytes(bytes).unwrap();
        encoder.into_writer()
    }
    let mut header = vec![0xa0];
    while header.len() < 60_000 {
        // {7: [protected, {}, signature]}
        header = [&[0xa1, 0x07, 0x83][..], &byte_string(&header), &[0xa0, 0x41, 0x00]].concat();
    }
    let signer = Signer::of(1);
    let inside_protected = [&[0x84][..], &byte_string(&header), &[0xa0, 0x41, 0x00, 0x41, 0x00]].concat();
    let inside_unprotected =
        [&[0x84, 0x43, 0xa1, 0x01, 0x27][..], &header, &[0x41, 0x00, 0x41, 0x00]].concat();
    for bytes in [inside_protected, inside_unprotected] {
        assert!(matches!(unseal::<Numbered>(&bytes, &signer.verifier()), Err(SealError::NotSealed)));
    }
}

#[test]
fn nested_arrays_are_refused_wherever_they_stand() {
    for depth in [10, 1_000, 100_000] {
        let nest = vec![0x81; depth];
        read_everything(&nest);
        read_everything(&[&[0x84][..], &nest].concat());
        read_everything(&[&[0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0][..], &nest].concat());
        read_everything(&[&[0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0, 0x41, 0x00][..], &nest].concat());
        // An unknown field at the end of a message is passed over, whatever it holds.
        read_everything(&[&[0x89, 0x01, 0x02, 0x03][..], &nest].concat());
        let indefinite = vec![0x9f; depth];
        read_everything(&[&[0x89, 0x01, 0x02, 0x03][..], &indefinite].concat());
    }
}

#[test]
fn a_message_longer_than_any_is_refused_unread() {
    let bytes = vec![0; MAX_SEALED_BYTES + 1];
    let refused = unseal::<Numbered>(&bytes, &Signer::of(1).verifier());
    assert_eq!(refused, Err(SealError::TooLong { bytes: MAX_SEALED_BYTES + 1 }));
}

#[test]
fn texts_of_4_kb_and_of_control_bytes_are_neither_pass_nor_label_nor_code_nor_claim() {
    let controls: String = (0..32).chain([127]).map(char::from).collect();
    for text in ["A".repeat(4_096), "0".repeat(4_096), controls.repeat(4), controls, "\u{1f4e6}".repeat(20)] {
        assert_eq!(Pass::from_text(&text, &Signer::of(1).verifier()), Err(PassError::NotAPass));
        assert!(!Pass::looks_like_one(&text));
        assert!(Label::new(&text).is_err());
        assert!(PickupCode::parse(&text).is_err());
        assert!(Claim::parse(&text).is_err());
    }
}
