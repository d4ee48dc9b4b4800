//! First the intent, then the pulse, then the observation, then the outcome; and what a restart makes of each.

use locker_engine::event::Outcome;
use locker_engine::{Contents, Event, Happening, Intent, Place, View};
use locker_hw::bus::{DoorState, UnlockAnswer};
use locker_protocol::link::ToKiosk;
use locker_protocol::{CompartmentId, ParcelId, Right};

use crate::rig::{ANA, LOCKER, Rig, entries};

#[test]
fn a_parcel_goes_in_and_comes_out_by_its_code() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    let channel = rig.deposit(&label);
    let door = CompartmentId(u16::from(channel));
    assert_eq!(rig.engine.state().parcels[&ParcelId(1)].place, Place::Inside(door));

    rig.happens(Happening::Typed(code.digits()));
    assert_eq!(rig.view(), View::Opening { door, index: 1, of: 1 });
    assert_eq!(rig.answer_pulse(UnlockAnswer::Sent), channel);
    rig.door(channel, DoorState::Open, 3_000);
    rig.door(channel, DoorState::Closed, 500);
    assert_eq!(
        rig.view(),
        View::Done { reopen: Some(door), left_inside: false, kept: 0, order: None, receipt: true }
    );
    assert!(matches!(rig.engine.state().parcels[&ParcelId(1)].place, Place::Out(_)));
    assert_eq!(rig.engine.state().contents(door), Contents::Holds(vec![ParcelId(1)]), "may be put back");
    rig.door(channel, DoorState::Closed, 121_000);
    assert_eq!(rig.engine.state().contents(door), Contents::Empty);
}

#[test]
fn no_pulse_leaves_before_its_intent_is_on_disk() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    rig.deposit(&label);
    rig.happens(Happening::Typed(code.digits()));
    let pulses = rig.bus.pulses.borrow();
    assert_eq!(pulses.len(), 2);
    for pulse in pulses.iter() {
        let last = &pulse.on_disk[pulse.on_disk.len() - 2..];
        assert!(matches!(last[0], Event::Began { .. }), "{last:?}");
        let Event::Tried { opening, attempt } = last[1] else { panic!("{last:?}") };
        assert_eq!(pulse.unlock.attempt, (opening.0 << 8) | u64::from(attempt));
    }
}

#[test]
fn a_stop_between_intent_and_observation_leaves_the_parcel_doubtful_and_its_rights_kept() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    let channel = rig.deposit(&label);
    let door = CompartmentId(u16::from(channel));
    rig.happens(Happening::Typed(code.digits()));
    let pulses = rig.pulses();

    let mut rig = rig.restart();
    rig.all_doors(DoorState::Closed);
    assert_eq!(rig.pulses(), pulses, "nothing is pulsed at start");
    assert_eq!(rig.engine.state().parcels[&ParcelId(1)].place, Place::Doubtful(door));
    assert!(matches!(rig.engine.state().contents(door), Contents::Unknown { .. }));
    rig.happens(Happening::Typed(code.digits()));
    assert_eq!(rig.answer_pulse(UnlockAnswer::Sent), channel, "the same code opens the same door");
}

#[test]
fn a_door_found_open_after_a_stop_goes_on_with_its_opening() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    let channel = rig.deposit(&label);
    rig.happens(Happening::Typed(code.digits()));
    rig.answer_pulse(UnlockAnswer::Sent);
    rig.door(channel, DoorState::Open, 1_000);

    let mut rig = rig.restart();
    rig.all_doors(DoorState::Closed);
    let mut rig = rig.restart();
    rig.door(channel, DoorState::Open, 500);
    assert!(rig.engine.state().openings.is_empty(), "closed while nobody looked: that opening is over");
    let ended: Vec<_> = entries(rig.folder.path())
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Ended { outcome, .. } => Some(outcome),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [Outcome::Closed, Outcome::Interrupted]);
}

#[test]
fn the_same_code_after_a_restart_finds_the_door_still_open() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    let channel = rig.deposit(&label);
    let door = CompartmentId(u16::from(channel));
    rig.happens(Happening::Typed(code.digits()));
    rig.answer_pulse(UnlockAnswer::Sent);
    rig.door(channel, DoorState::Open, 1_000);

    let mut rig = rig.restart();
    rig.door(channel, DoorState::Open, 500);
    assert_eq!(rig.view(), View::Home { left_open: Some(door), sending: false, takes_in: true });
    rig.door(channel, DoorState::Closed, 500);
    assert!(matches!(rig.engine.state().parcels[&ParcelId(1)].place, Place::Out(_)));
    let window = rig.engine.state().compartments[&door].reopen;
    assert!(window.is_some());
    // The reopen window is whole again after another restart.
    let mut rig = rig.restart();
    rig.all_doors(DoorState::Closed);
    rig.door(channel, DoorState::Closed, 119_000);
    assert!(matches!(rig.engine.state().contents(door), Contents::Holds(_)));
    rig.door(channel, DoorState::Closed, 2_000);
    assert_eq!(rig.engine.state().contents(door), Contents::Empty);
}

#[test]
fn every_event_goes_up_once_and_in_order_and_again_only_when_it_was_not_held() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    rig.deposit(&label);
    rig.happens(Happening::Typed(code.digits()));
    rig.happens(Happening::Tick);
    let batches = rig.take_batches();
    let numbers: Vec<u64> =
        batches.iter().flat_map(|batch| (batch.first..).take(batch.entries.len())).collect();
    let head = entries(rig.folder.path()).len() as u64;
    assert_eq!(numbers, (1..=head).collect::<Vec<_>>());
    rig.happens(Happening::Tick);
    assert!(rig.take_batches().is_empty(), "the hub holds all");
}

#[test]
fn a_hub_restored_from_a_backup_is_sent_again_what_it_forgot() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(&label);
    rig.happens(Happening::Tick);
    rig.take_batches();
    // It says at the beginning of the session that it holds nothing.
    rig.greet();
    rig.happens(Happening::Tick);
    let batches = rig.take_batches();
    assert_eq!(batches[0].first, 1);
    let sent: usize = batches.iter().map(|batch| batch.entries.len()).sum();
    assert_eq!(sent, entries(rig.folder.path()).len());
}

#[test]
fn a_batch_that_the_hub_does_not_take_is_not_repeated_at_once() {
    let mut rig = Rig::enrolled();
    rig.announce(1);
    rig.happens(Happening::Tick);
    let said = rig.batches();
    let [batch] = &said[..] else { panic!("{said:?}") };
    for _ in 0..10 {
        let held = rig.acknowledgement(batch, 0);
        rig.happens(Happening::Sync(ToKiosk::Held { held }));
    }
    assert!(rig.batches().is_empty());
    rig.now_ms += 61_000;
    rig.happens(Happening::Tick);
    assert_eq!(rig.batches().len(), 1);
}

#[test]
fn a_pass_opens_every_door_of_its_person_one_after_another() {
    let mut rig = Rig::enrolled();
    let (first, _) = rig.announce(1);
    let (second, _) = rig.announce(2);
    let first = rig.deposit(&first);
    let second = rig.deposit(&second);
    let pass = rig.pass(LOCKER, Right::Collect { recipient: ANA, label: None });
    rig.happens(Happening::Scanned(pass));
    assert!(matches!(rig.view(), View::List { parcels: 2, doors: 2, .. }));
    rig.happens(Happening::Touched(Intent::GoOn));
    let mut opened = Vec::new();
    for _ in 0..2 {
        let channel = rig.answer_pulse(UnlockAnswer::Sent);
        opened.push(channel);
        rig.door(channel, DoorState::Open, 1_000);
        rig.door(channel, DoorState::Closed, 500);
    }
    opened.sort_unstable();
    let mut expected = [first, second];
    expected.sort_unstable();
    assert_eq!(opened, expected);
    assert!(matches!(rig.view(), View::Done { .. }));
}
