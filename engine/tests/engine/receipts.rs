//! A sender carries a receipt away: signed by the locker, and only of what is on record.

use locker_crypto::{VerifyingKey, label_tag};
use locker_engine::{Event, Happening, Intent, Picture, Size, View};
use locker_hw::bus::{DoorState, UnlockAnswer};
use locker_protocol::change::ReturnAnnouncement;
use locker_protocol::event::Outcome;
use locker_protocol::receipt::{MAX_RECEIPT_CHARS, Recorded};
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
