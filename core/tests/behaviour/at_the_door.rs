//! What is said of a door that is open for a parcel: too small, too large, will not fit, dirty or full.

use locker_core::{Contents, CourierNote, DoorChoices, Intent, Place, Sound, Task, View};
use locker_protocol::event::{Decline, Door, OutOfService, Problem, WhyLeftOver};
use locker_protocol::{CompartmentId, Event, ParcelId, Size};

use crate::bench::Bench;
use crate::people;
use crate::visits::ready;

/// Courier 11 has a door open for parcel 3, a small one; says which.
fn with_a_door_open() -> (Bench, u16) {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    (bench, door)
}

fn choices(view: &View) -> DoorChoices {
    let View::DoorOpen { choices, .. } = view else { panic!("{view:?}") };
    *choices
}

fn task(view: &View) -> Task {
    let View::DoorOpen { task, .. } = view else { panic!("{view:?}") };
    *task
}

fn declined(bench: &Bench) -> Option<Decline> {
    bench.journal.iter().find_map(|event| match event {
        Event::Declined { why, .. } => Some(*why),
        _ => None,
    })
}

#[test]
fn larger_opens_a_larger_door_as_the_first_one_closes() {
    let (mut bench, small) = with_a_door_open();
    let all_but_smaller = DoorChoices { larger: true, smaller: false, does_not_fit: true, found: true };
    assert_eq!(choices(&bench.view), all_but_smaller);
    bench.give(people::touch(Intent::Larger));
    assert_eq!(declined(&bench), Some(Decline::TooSmall), "on record while the door is open");
    assert_eq!(task(&bench.view), Task::TakeBackOut);
    assert_eq!(choices(&bench.view), DoorChoices::default());
    assert!(bench.unlocks.is_empty(), "never while the first is open");
    bench.closes(small);
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(small)), "nobody saw that it did not stay");
    assert!(matches!(bench.state().contents(CompartmentId(small)), Contents::Unknown { .. }));
    let medium = bench.takes();
    assert!(matches!(medium, 3 | 4), "{medium} is medium");
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(medium)));
    assert_eq!(bench.state().contents(CompartmentId(small)), Contents::Empty, "at once, by a seen close");
}

#[test]
fn a_parcel_left_behind_the_door_that_was_too_small_is_its_carriers_to_look_for() {
    let (mut bench, small) = with_a_door_open();
    bench.give(people::touch(Intent::Larger));
    bench.closes(small);
    // The courier goes; the next door is shut again by whoever comes.
    let medium = bench.opens();
    bench.wait(11 * 60_000);
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(medium)), "left open: nobody saw it stored");
    let contents = bench.state().contents(CompartmentId(small));
    assert_eq!(contents.listed(), [ParcelId(3)], "what was seen of the other door does not clear this one");
    assert!(!matches!(contents, Contents::Empty));
}

#[test]
fn what_was_declined_and_never_stored_is_looked_for_by_the_carriers_next_courier() {
    let (mut bench, small) = with_a_door_open();
    bench.give(people::touch(Intent::DoesNotFit));
    bench.closes(small);
    assert!(matches!(bench.view, View::Courier { take_out: 0, .. }), "not by whoever has just said it");
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_badge(12));
    assert!(matches!(bench.view, View::Courier { take_out: 0, .. }), "not by another carrier's");
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { take_out: 1, .. }));
    // Once the lock has rested.
    bench.wait(1_000);
    bench.give(people::touch(Intent::TakeOut));
    assert_eq!(bench.takes(), small);
    bench.wait(130_000);
    assert_eq!(bench.state().contents(CompartmentId(small)), Contents::Empty);
}

#[test]
fn larger_said_of_a_door_that_was_shut_unseen_leaves_in_doubt_what_is_behind_it() {
    let (mut bench, small) = with_a_door_open();
    // The parcel is in and the door is shut, and no reading has come of it yet.
    bench.give(people::touch(Intent::Larger));
    bench.wait(100);
    bench.watch_now(small, Door::Closed, 400);
    let compartment = CompartmentId(small);
    assert_eq!(bench.place(3), Place::Doubtful(compartment), "it is where they left it");
    assert!(bench.state().contents(compartment).listed().contains(&ParcelId(3)));
    assert!(bench.unlocks.is_empty(), "no larger door for what may be behind the first");
}

#[test]
fn larger_is_not_offered_where_none_is_free() {
    let mut bench = ready();
    for door in 3..=6 {
        bench.sense(door, Door::Unknown);
    }
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    assert!(!choices(&bench.view).larger);
    bench.give(people::touch(Intent::Larger));
    assert_eq!(declined(&bench), None);
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn smaller_opens_a_smaller_door_as_the_first_one_closes() {
    let mut bench = ready();
    bench.announce(1);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(1));
    let medium = bench.opens();
    assert!(choices(&bench.view).smaller);
    bench.give(people::touch(Intent::Smaller));
    assert!(bench.unlocks.is_empty());
    bench.closes(medium);
    let small = bench.takes();
    assert!(matches!(small, 1 | 2), "{small} is small");
    assert_eq!(bench.place(1), Place::Inside(CompartmentId(small)));
}

#[test]
fn what_fits_nowhere_stays_with_the_courier_on_record() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::touch(Intent::DoesNotFit));
    assert_eq!(task(&bench.view), Task::TakeBackOut);
    bench.sounds();
    bench.closes(door);
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.sounds(), [Sound::Refused]);
    assert!(matches!(bench.view, View::Courier { note: CourierNote::LeftOver, left_over: 1, .. }));
    let left = Event::LeftOver {
        parcel: Some(ParcelId(3)),
        label_tag: people::label_tag(3),
        why: WhyLeftOver::DoesNotFit,
    };
    assert!(bench.has_recorded(|event| *event == left));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)), "nobody saw that it did not stay");
}

#[test]
fn a_dirty_or_full_compartment_is_out_of_service_at_once_and_unknown_once_it_is_closed() {
    let (mut bench, door) = with_a_door_open();
    let compartment = CompartmentId(door);
    bench.give(people::touch(Intent::DirtyOrFull));
    assert_eq!(task(&bench.view), Task::LeaveIt);
    assert_eq!(bench.state().out_of_service(compartment), Some(OutOfService::Found));
    assert!(bench.has_recorded(|event| matches!(event, Event::CaseRaised { problem: Problem::Found, .. })));
    bench.closes(door);
    assert!(
        matches!(bench.state().contents(compartment), Contents::Unknown { maybe, .. } if maybe == [ParcelId(3)])
    );
    let other = bench.takes();
    assert_ne!(other, door);
    assert!(matches!(other, 1 | 2), "another of the same size");
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(other)));
}

#[test]
fn a_stop_after_larger_does_not_take_the_closed_door_for_a_deposit() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::touch(Intent::Larger));
    // The power fails while the door is open; the courier closes it after the start.
    bench.restart();
    bench.sense(door, Door::Open);
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)), "as without the stop");
}

#[test]
fn a_door_that_was_closed_during_the_stop_is_in_doubt_whatever_was_said() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::touch(Intent::Larger));
    bench.restart();
    bench.sense(door, Door::Closed);
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)), "nobody saw it taken out");
}

#[test]
fn a_button_pressed_twice_says_it_once() {
    let (mut bench, door) = with_a_door_open();
    bench.give(people::touch(Intent::DoesNotFit));
    bench.give(people::touch(Intent::Larger));
    bench.give(people::touch(Intent::DirtyOrFull));
    let times = bench.journal.iter().filter(|event| matches!(event, Event::Declined { .. })).count();
    assert_eq!(times, 1);
    bench.closes(door);
    assert_eq!(bench.state().out_of_service(CompartmentId(door)), None);
}

#[test]
fn a_sender_too_may_ask_for_a_larger_door() {
    let mut bench = ready();
    bench.announce_return(11);
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    let small = bench.opens();
    let only_larger = DoorChoices { larger: true, ..DoorChoices::default() };
    assert_eq!(choices(&bench.view), only_larger);
    bench.give(people::touch(Intent::Larger));
    assert_eq!(task(&bench.view), Task::TakeBackOut);
    assert!(bench.unlocks.is_empty());
    bench.closes(small);
    let medium = bench.takes();
    assert!(matches!(medium, 3 | 4));
    assert!(matches!(bench.view, View::Sent { door, .. } if door.0 == medium));
    assert_eq!(bench.place(11), Place::Inside(CompartmentId(medium)));
}

#[test]
fn what_was_scanned_meanwhile_comes_after_the_parcel_that_got_another_door() {
    let (mut bench, small) = with_a_door_open();
    bench.announce(5);
    bench.give(people::scan_label(5));
    bench.give(people::touch(Intent::Larger));
    bench.closes(small);
    let medium = bench.takes();
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(medium)));
    let next = bench.takes();
    assert_eq!(bench.place(5), Place::Inside(CompartmentId(next)));
}
