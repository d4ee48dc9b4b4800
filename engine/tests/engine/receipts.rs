//! Senders, couriers and recipients carry receipts away: signed by the locker, and only of what is on record.

use locker_crypto::{VerifyingKey, label_tag};
use locker_engine::{Event, Happening, Intent, Picture, Size, View};
use locker_hw::bus::{DoorState, UnlockAnswer};
use locker_protocol::change::ReturnAnnouncement;
use locker_protocol::event::Outcome;
use locker_protocol::receipt::{MAX_RECEIPT_CHARS, Moved, Recorded};
use locker_protocol::{Change, Label, ParcelId, Receipt, TenantId};

use crate::rig::{LOCKER, Rig, entries};

/// A locker at which a return may be sent, and the return's label.
fn rig_for_a_return() -> (Rig, String) {
    let mut rig = Rig::enrolled();
    let label = Label::new("RETURN00001").unwrap();
    let announcement = ReturnAnnouncement {
        parcel: ParcelId(5),
        tenant: TenantId(1),
        label_tag: label_tag(&label),
        label: label.clone(),
        code: None,
        size: None,
    };
    let change = rig.sealed(Change::AnnounceReturn { announcement });
    rig.changes(vec![change]);
    (rig, label.as_str().to_owned())
}

#[test]
fn what_was_sent_has_a_receipt_that_names_its_record_and_is_signed_by_the_locker() {
    let (mut rig, label) = rig_for_a_return();
    rig.happens(Happening::Scanned(label));
    rig.happens(Happening::Touched(Intent::ChooseSize(Size::S)));
    let channel = rig.answer_pulse(UnlockAnswer::Sent);
    rig.door(channel, DoorState::Open, 1_000);
    rig.door(channel, DoorState::Closed, 500);
    let Some(Picture::Sent { door, receipt: text, number }) = rig.picture() else {
        panic!("{:?}", rig.picture())
    };
    assert!(text.len() <= MAX_RECEIPT_CHARS);
    let receipt = Receipt::from_text(&text, &VerifyingKey(rig.journal_key())).unwrap();
    assert_eq!((receipt.locker, receipt.number()), (LOCKER, number));
    assert_eq!(receipt.what, Recorded::Sent { parcel: ParcelId(5), compartment: door });
    let named = entries(rig.folder.path())
        .into_iter()
        .find(|entry| (entry.journal, entry.seq) == (receipt.journal, receipt.seq))
        .expect("the record that it names is on disk");
    assert!(matches!(named.event, Event::Ended { outcome: Outcome::Closed, .. }), "{named:?}");
    assert_eq!((named.at.unix_s, named.at.from_hub), (receipt.unix_s, receipt.from_hub));
}

#[test]
fn a_door_that_never_opened_gives_no_receipt() {
    let (mut rig, label) = rig_for_a_return();
    rig.happens(Happening::Scanned(label));
    rig.happens(Happening::Touched(Intent::ChooseSize(Size::S)));
    let (mut answered, mut channel) = (0, 0);
    // Three doors, 8 s each, and each read every 100 ms.
    for _ in 0..300 {
        if rig.pulses() > answered {
            answered = rig.pulses();
            channel = rig.answer_pulse(UnlockAnswer::Sent);
        }
        rig.door(channel, DoorState::Closed, 100);
    }
    assert!(matches!(rig.view(), View::NothingSent { .. }), "{:?}", rig.picture());
}

/// A code that is not known while the hub cannot be heard may be one that the hub has given since.
#[test]
fn the_screen_says_so_when_only_the_hub_could_tell() {
    use locker_engine::NotAccepted;
    use locker_protocol::link::ToKiosk;
    let mut rig = Rig::enrolled();
    let refused = |rig: &mut Rig| {
        rig.happens(Happening::Typed("1234567894".to_owned()));
        match rig.view() {
            View::NotAccepted { why } => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&mut rig), NotAccepted::NoMatch);
    rig.happens(Happening::Sync(ToKiosk::Offline));
    rig.now_ms += 61_000;
    assert_eq!(refused(&mut rig), NotAccepted::CannotCheck);
    rig.happens(Happening::Sync(ToKiosk::Online));
    assert_eq!(refused(&mut rig), NotAccepted::NoMatch);
}

#[test]
fn a_couriers_stop_ends_with_a_receipt_of_what_went_in_that_names_the_signing_out() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(5);
    let badge = rig.badge();
    rig.happens(Happening::Scanned(badge));
    rig.happens(Happening::Scanned(label.as_str().to_owned()));
    let channel = rig.answer_pulse(UnlockAnswer::Sent);
    rig.door(channel, DoorState::Open, 1_000);
    rig.door(channel, DoorState::Closed, 500);
    rig.happens(Happening::Touched(Intent::Finish));
    let Some(Picture::StopDone { stop, receipt: text, number }) = rig.picture() else {
        panic!("{:?}", rig.picture())
    };
    assert_eq!((stop.stored, stop.taken_out, stop.left_over), (1, 0, 0));
    let receipt = Receipt::from_text(&text, &VerifyingKey(rig.journal_key())).unwrap();
    assert_eq!((receipt.locker, receipt.number()), (LOCKER, number));
    let Recorded::Stop { tenant, moves } = receipt.what.clone() else { panic!("{receipt:?}") };
    assert_eq!((tenant, moves.len()), (TenantId(1), 1));
    assert_eq!((moves[0].parcel, moves[0].what), (ParcelId(5), Moved::In));
    let named = named_by(&rig, &receipt);
    assert!(matches!(named, Event::SignedOut { stored: 1, .. }), "{named:?}");
}

#[test]
fn a_recipients_receipt_names_the_end_of_their_opening() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(5);
    let channel = rig.deposit(&label);
    rig.happens(Happening::Typed(code.digits()));
    rig.answer_pulse(UnlockAnswer::Sent);
    rig.door(channel, DoorState::Open, 1_000);
    rig.door(channel, DoorState::Closed, 500);
    rig.happens(Happening::Touched(Intent::ShowReceipt));
    let Some(Picture::Receipt { receipt: text, number }) = rig.picture() else {
        panic!("{:?}", rig.picture())
    };
    let receipt = Receipt::from_text(&text, &VerifyingKey(rig.journal_key())).unwrap();
    assert_eq!(receipt.number(), number);
    let Recorded::Collected { parcels, .. } = receipt.what.clone() else { panic!("{receipt:?}") };
    assert_eq!(parcels, [ParcelId(5)]);
    let named = named_by(&rig, &receipt);
    assert!(matches!(named, Event::Ended { outcome: Outcome::Closed, .. }), "{named:?}");
}

/// The record on disk that a receipt names.
fn named_by(rig: &Rig, receipt: &Receipt) -> Event {
    entries(rig.folder.path())
        .into_iter()
        .find(|entry| (entry.journal, entry.seq) == (receipt.journal, receipt.seq))
        .expect("the record that it names is on disk")
        .event
}
