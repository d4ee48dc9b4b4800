//! What couriers do wrong, and two of them at once: each has its words, and none does harm.

use locker_core::{CourierNote, Input, Intent, NotAccepted, PassProblem, Place, Presented, View};
use locker_protocol::event::{Answer, Door, Outcome, WhyLeftOver};
use locker_protocol::{Change, CompartmentId, Event, Label, LabelTag, ParcelId, Pass, Right, Size, StaffId};

use crate::bench::Bench;
use crate::people;
use crate::visits::ready;

/// The note on the courier's screen, or beside an open door.
fn note(bench: &Bench) -> CourierNote {
    match &bench.view {
        View::Courier { note, .. } | View::DoorOpen { note, .. } => *note,
        other => panic!("{other:?}"),
    }
}

fn with_a_door_open() -> (Bench, u16) {
    let mut bench = ready();
    bench.announce(3);
    bench.announce(5);
    bench.announce(9);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    (bench, door)
}

#[test]
fn two_couriers_badges_in_turn_leave_the_first_one_signed_in() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    for _ in 0..2 {
        bench.give(people::show_badge(12));
        assert_eq!(note(&bench), CourierNote::OtherCourier);
        bench.give(people::show_badge(11));
    }
    assert!(!bench.has_recorded(|event| matches!(event, Event::SignedIn { staff: StaffId(12) })));
    bench.deposit(3);
    bench.give(people::touch(Intent::Finish));
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_badge(12));
    assert!(bench.has_recorded(|event| matches!(event, Event::SignedIn { staff: StaffId(12) })));
}

#[test]
fn another_couriers_badge_beside_an_open_door_is_answered_there() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::show_badge(12));
    assert_eq!(note(&bench), CourierNote::OtherCourier);
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn a_deposit_pass_of_yesterday_opens_nothing() {
    let mut bench = ready();
    bench.give(Input::HubTime { unix_s: 2_000_000 });
    let right = || Right::Deposit { announcement: people::announcement(3) };
    let until = |expires| {
        let pass = Pass { locker: people::LOCKER, expires_unix_s: Some(expires), right: right() };
        Input::Presented(Presented::Pass(pass))
    };
    bench.give(until(1_900_000));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::PassExpired });
    assert!(bench.unlocks.is_empty());
    // Whoever is signed in is told so as well, and goes on.
    bench.give(people::show_badge(11));
    bench.give(until(1_900_000));
    assert_eq!(note(&bench), CourierNote::Refused(NotAccepted::PassExpired));
    assert!(bench.unlocks.is_empty());
    bench.give(until(2_100_000));
    bench.takes();
    assert!(matches!(bench.place(3), Place::Inside(_)));
}

#[test]
fn a_pass_of_another_locker_is_not_called_a_label() {
    let (mut bench, door) = with_a_door_open();
    bench.give(Input::Presented(Presented::PassRefused(PassProblem::OtherLocker)));
    assert_eq!(note(&bench), CourierNote::Refused(NotAccepted::OtherLocker), "beside the open door");
    bench.closes(door);
    bench.give(Input::Presented(Presented::PassRefused(PassProblem::Forged)));
    assert_eq!(note(&bench), CourierNote::Refused(NotAccepted::CannotCheck));
}

#[test]
fn a_courier_revoked_at_an_open_door_may_close_it_and_is_then_signed_out() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::scan_label(5));
    bench.change(Change::RevokeStaff { staff: StaffId(11) });
    assert!(matches!(bench.view, View::DoorOpen { .. }));
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
    assert!(bench.unlocks.is_empty(), "what waits gets no door");
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Revoked });
    assert!(bench.has_recorded(|event| matches!(event, Event::SignedOut { stored: 1, .. })));
    assert!(!bench.has_recorded(|event| matches!(event, Event::LeftOver { .. })));
}

#[test]
fn a_courier_revoked_after_larger_gets_no_larger_door() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::touch(Intent::Larger));
    bench.change(Change::RevokeStaff { staff: StaffId(11) });
    bench.closes(door);
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Revoked });
}

#[test]
fn the_same_label_twice_is_one_parcel() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::scan_label(3));
    assert_eq!(note(&bench), CourierNote::ScannedTwice(CompartmentId(door)));
    bench.closes(door);
    assert_eq!(note(&bench), CourierNote::Stored(CompartmentId(door)), "nothing waited");
    bench.give(people::scan_label(3));
    assert_eq!(note(&bench), CourierNote::AlreadyInside(CompartmentId(door)));
    assert!(bench.unlocks.is_empty());
}

/// A label of the Universal Postal Union, and the same with its check digit wrong.
fn scan(text: &str) -> Input {
    let label = Label::new(text).expect("printable");
    Input::Presented(Presented::Label(label, LabelTag(77)))
}

#[test]
fn a_label_with_a_wrong_check_digit_is_asked_about_and_not_refused() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.give(scan("RX123456785DE"));
    assert!(matches!(bench.view, View::ChooseSize { .. }), "this one is right: {:?}", bench.view);
    bench.give(scan("RX123456784DE"));
    assert_eq!(bench.view, View::LabelQuestion { label_tail: "84DE".to_owned() });
    bench.give(people::touch(Intent::Back));
    assert_eq!(note(&bench), CourierNote::BadLabel);
    // Read the same again, it stands so on the parcel.
    bench.give(scan("RX123456784DE"));
    assert!(matches!(bench.view, View::ChooseSize { .. }), "{:?}", bench.view);
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    bench.takes();
    assert!(matches!(note(&bench), CourierNote::Stored(_)));
}

#[test]
fn a_wrong_check_digit_that_is_right_is_used_on_a_word() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.give(scan("RX123456784DE"));
    bench.give(people::touch(Intent::Yes));
    assert!(matches!(bench.view, View::ChooseSize { .. }));
}

#[test]
fn a_label_that_is_announced_exactly_so_is_not_asked_about() {
    let mut bench = ready();
    let mut announcement = people::announcement(3);
    announcement.label = Label::new("RX123456784DE").expect("printable");
    announcement.label_tag = LabelTag(77);
    bench.change(Change::Announce { announcement });
    bench.give(people::show_badge(11));
    bench.give(scan("RX123456784DE"));
    bench.takes();
    assert!(matches!(bench.place(3), Place::Inside(_)));
}

#[test]
fn a_scan_in_the_middle_of_a_door_closing_waits_until_it_is_closed() {
    let (mut bench, door) = with_a_door_open();
    bench.sense(door, Door::Closed);
    bench.wait(100);
    bench.give(people::scan_label(5));
    assert!(bench.unlocks.is_empty());
    // It springs open again.
    bench.sense(door, Door::Open);
    bench.wait(1_000);
    assert!(bench.unlocks.is_empty());
    assert_eq!(note(&bench), CourierNote::Queued(CompartmentId(door)));
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
    let next = bench.takes();
    assert_eq!(bench.place(5), Place::Inside(CompartmentId(next)));
}

#[test]
fn one_scan_waits_and_the_next_is_refused() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::scan_label(5));
    assert_eq!(note(&bench), CourierNote::Queued(CompartmentId(door)));
    bench.sounds();
    bench.give(people::scan_label(9));
    assert_eq!(bench.sounds(), [locker_core::Sound::Refused]);
    bench.closes(door);
    let next = bench.takes();
    assert_eq!(bench.place(5), Place::Inside(CompartmentId(next)));
    assert_eq!(bench.place(9), Place::Expected);
}

#[test]
fn scans_while_the_board_is_silent_open_no_door_after_door() {
    let mut bench = ready();
    for number in [3, 5, 9] {
        bench.announce(number);
    }
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let first = bench.unlocks[0].compartment;
    bench.give(people::scan_label(5));
    bench.give(people::scan_label(9));
    bench.answer(Answer::Unclear);
    // Nothing is read any more.
    for door in 1..=6 {
        bench.sense(door, Door::Unknown);
    }
    bench.unlocks.clear();
    bench.wait(20_000);
    assert_eq!(bench.last_outcome(), Some(Outcome::NotSeen));
    assert_eq!(bench.place(3), Place::Doubtful(first));
    // What waited finds no door that is seen closed, and stays in the van for that reason; nothing was pulsed for it.
    assert!(matches!(bench.view, View::LeftOvers { size: None, .. }), "{:?}", bench.view);
    let why = WhyLeftOver::DoorsSilent;
    let left = Event::LeftOver { parcel: Some(ParcelId(5)), label_tag: people::label_tag(5), why };
    assert!(bench.has_recorded(|event| *event == left), "there was room");
    assert_eq!(bench.place(5), Place::Expected);
    let began = bench.journal.iter().filter(|event| matches!(event, Event::Began { .. })).count();
    assert_eq!(began, 1);
}
