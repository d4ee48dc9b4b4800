//! Receipts: what a phone carries away, and that only the locker can make it.

use locker_protocol::receipt::{
    MAX_MOVES, MAX_RECEIPT_BYTES, MAX_RECEIPT_CHARS, Move, Moved, ReceiptError, Recorded, Taken,
};
use locker_protocol::seal::seal;
use locker_protocol::{CompartmentId, JournalId, Label, LockerId, ParcelId, Pass, Receipt, TenantId};

use crate::samples;
use crate::signer::Signer;

fn largest() -> Receipt {
    largest_of(Recorded::Sent { parcel: ParcelId(u64::MAX), compartment: CompartmentId(u16::MAX) })
}

fn largest_of(what: Recorded) -> Receipt {
    Receipt {
        locker: LockerId(u32::MAX),
        journal: JournalId([0xff; 16]),
        seq: u64::MAX,
        unix_s: u64::MAX,
        from_hub: false,
        what,
    }
}

fn stop(moves: usize) -> Receipt {
    let one = Move { parcel: ParcelId(u64::MAX), compartment: CompartmentId(u16::MAX), what: Moved::In };
    largest_of(Recorded::Stop { tenant: TenantId(u32::MAX), moves: vec![one; moves] })
}

#[test]
fn a_receipt_is_read_as_it_was_made() {
    let journal_key = Signer::of(1);
    for (name, receipt) in samples::receipts() {
        let text = receipt.to_text(&journal_key);
        assert_eq!(Receipt::from_text(&text, &journal_key.verifier()).as_ref(), Ok(&receipt), "{name}");
    }
}

#[test]
fn the_largest_receipt_fits_a_qr_code_that_phones_read_from_a_small_screen() {
    let journal_key = Signer::of(1);
    let text = largest().to_text(&journal_key);
    // QR version 10 at level M holds 311 alphanumeric characters (ISO/IEC 18004, table of capacities).
    assert!(text.len() <= 311, "{} characters", text.len());
    assert_eq!(Receipt::from_text(&text, &journal_key.verifier()), Ok(largest()));
}

#[test]
fn forty_parcels_of_a_courier_are_one_receipt_and_fit_a_qr_code() {
    let journal_key = Signer::of(1);
    let receipt = stop(MAX_MOVES);
    assert!(seal(&receipt, &journal_key).len() <= MAX_RECEIPT_BYTES);
    let text = receipt.to_text(&journal_key);
    // QR version 19 at level L holds 1,153 alphanumeric characters, version 22 at level M 1,134 (ISO/IEC 18004).
    assert!(text.len() <= MAX_RECEIPT_CHARS, "{} characters", text.len());
    assert_eq!(Receipt::from_text(&text, &journal_key.verifier()), Ok(receipt));
    let parcels = vec![ParcelId(u64::MAX); MAX_MOVES];
    let collected = largest_of(Recorded::Collected { compartment: CompartmentId(u16::MAX), parcels });
    assert!(seal(&collected, &journal_key).len() <= MAX_RECEIPT_BYTES);
    let taken = Taken { parcel: ParcelId(u64::MAX), compartment: CompartmentId(u16::MAX) };
    let visit = largest_of(Recorded::Visit { taken: vec![taken; MAX_MOVES] });
    assert!(seal(&visit, &journal_key).len() <= MAX_RECEIPT_BYTES);
}

#[test]
fn a_receipt_of_more_moves_than_agreed_is_not_understood() {
    let journal_key = Signer::of(1);
    let small = Move { parcel: ParcelId(1), compartment: CompartmentId(1), what: Moved::In };
    let what = Recorded::Stop { tenant: TenantId(1), moves: vec![small; MAX_MOVES + 1] };
    let text = largest_of(what).to_text(&journal_key);
    assert_eq!(Receipt::from_text(&text, &journal_key.verifier()), Err(ReceiptError::NotUnderstood));
}

#[test]
fn a_receipt_says_which_lockers_key_is_to_be_tried() {
    for (name, receipt) in samples::receipts() {
        let text = receipt.to_text(&Signer::of(1));
        assert_eq!(Receipt::claimed_locker(&text), Some(receipt.locker), "{name}");
    }
    for text in ["", "JJD0099", &samples::passes()[0].1.to_text(&Signer::of(1))] {
        assert_eq!(Receipt::claimed_locker(text), None);
    }
}

#[test]
fn a_receipt_of_another_locker_is_forged() {
    let text = largest().to_text(&Signer::of(2));
    assert_eq!(Receipt::from_text(&text, &Signer::of(1).verifier()), Err(ReceiptError::Forged));
}

#[test]
fn another_character_anywhere_in_a_receipt_is_refused() {
    let journal_key = Signer::of(1);
    let text = samples::receipts()[0].1.to_text(&journal_key);
    for place in 0..text.len() {
        for other in ["0", "Q", ":"] {
            if text[place..].starts_with(other) {
                continue;
            }
            let changed = format!("{}{other}{}", &text[..place], &text[place + 1..]);
            assert!(Receipt::from_text(&changed, &journal_key.verifier()).is_err(), "{other} at {place}");
        }
    }
}

/// It may be held before the scanner: it opens nothing and is no label.
#[test]
fn a_receipt_is_neither_a_pass_nor_a_label() {
    let key = Signer::of(1);
    let text = largest().to_text(&key);
    assert!(Pass::from_text(&text, &key.verifier()).is_err());
    assert!(Label::new(&text).is_err());
    let pass = samples::passes()[0].1.to_text(&key);
    assert_eq!(Receipt::from_text(&pass, &key.verifier()), Err(ReceiptError::Forged));
}

#[test]
fn what_is_no_receipt_at_all_is_told_from_a_forgery() {
    let verifier = Signer::of(1).verifier();
    for text in ["", "JJD0099", &"A".repeat(MAX_RECEIPT_CHARS + 2)] {
        assert_eq!(Receipt::from_text(text, &verifier), Err(ReceiptError::NotAReceipt), "{text}");
    }
    let other = base45::encode(seal(&samples::witnesses()[0].1, &Signer::of(1)));
    assert_eq!(Receipt::from_text(&other, &verifier), Err(ReceiptError::Forged));
}

#[test]
fn its_number_is_read_aloud_and_differs_from_its_neighbours() {
    let number = |seq| Receipt { seq, ..largest() }.number();
    assert_eq!(number(1).len(), 6);
    let numbers: std::collections::HashSet<String> = (1..=10_000).map(number).collect();
    assert_eq!(numbers.len(), 10_000);
}
