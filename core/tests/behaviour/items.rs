//! What an item sensor proves, and where it contradicts the books.

use locker_core::{Contents, CourierNote, Input, Intent, Item, Place, Sound, View};
use locker_protocol::event::{Answer, Door, Doubt, Outcome, Problem};
use locker_protocol::{CompartmentId, Event, ParcelId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

/// The sensor says so, now and after 2 s.
fn says(bench: &mut Bench, door: u16, item: Item) {
    for _ in 0..2 {
        let compartment = CompartmentId(door);
        bench.give(Input::Item { compartment, item, sampled_at_ms: bench.now_ms });
        bench.wait(2_000);
        bench.sense(door, Door::Closed);
    }
}

fn contents(bench: &Bench, door: u16) -> Contents {
    bench.state().contents(CompartmentId(door))
}

fn raised(bench: &Bench, problem: Problem) -> bool {
    bench.has_recorded(|event| matches!(event, Event::CaseRaised { problem: of, .. } if *of == problem))
}

#[test]
fn a_door_that_opened_unasked_is_offered_again_once_its_sensor_sees_nothing_inside() {
    let mut bench = ready();
    bench.sense(1, Door::Open);
    bench.sense(1, Door::Closed);
    assert!(matches!(contents(&bench, 1), Contents::Unknown { .. }));
    says(&mut bench, 1, Item::Absent);
    assert_eq!(contents(&bench, 1), Contents::Empty);
}

#[test]
fn one_reading_alone_settles_nothing_nor_does_one_from_before_the_door_closed() {
    let mut bench = ready();
    bench.sense(1, Door::Open);
    let before_ms = bench.now_ms;
    bench.wait(3_000);
    bench.sense(1, Door::Closed);
    let compartment = CompartmentId(1);
    bench.give(Input::Item { compartment, item: Item::Absent, sampled_at_ms: before_ms });
    bench.give(Input::Item { compartment, item: Item::Absent, sampled_at_ms: bench.now_ms });
    bench.wait(1_999);
    bench.give(Input::Item { compartment, item: Item::Absent, sampled_at_ms: bench.now_ms });
    assert!(matches!(contents(&bench, 1), Contents::Unknown { .. }));
}

#[test]
fn something_inside_that_nobody_put_there_is_never_offered_as_empty() {
    let mut bench = ready();
    says(&mut bench, 1, Item::Present);
    assert!(matches!(contents(&bench, 1), Contents::Unknown { maybe, .. } if maybe.is_empty()));
    assert!(raised(&bench, Problem::Found));
    bench.announce(3);
    assert_eq!(bench.store(3), 2, "the other small door");
}

#[test]
fn a_parcel_that_the_sensor_no_longer_sees_is_doubtful_keeps_its_right_and_is_left_to_staff() {
    let (mut bench, [door]) = ready_with([3]);
    says(&mut bench, door, Item::Present);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
    says(&mut bench, door, Item::Absent);
    assert!(raised(&bench, Problem::Missing));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    // The same sensor does not settle what it contradicted.
    says(&mut bench, door, Item::Absent);
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.opens(), door);
}

#[test]
fn what_a_recipient_leaves_inside_keeps_the_compartment_from_the_next_courier() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    says(&mut bench, door, Item::Present);
    bench.wait(130_000);
    bench.sense(door, Door::Closed);
    let why = Doubt::ItemSeen;
    assert!(bench.has_recorded(|event| *event == Event::Doubted { compartment: CompartmentId(door), why }));
    assert!(matches!(contents(&bench, door), Contents::Unknown { .. }));
}

#[test]
fn a_compartment_that_a_recipient_emptied_is_settled_by_time_as_without_a_sensor() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    says(&mut bench, door, Item::Absent);
    bench.wait(130_000);
    bench.sense(door, Door::Closed);
    assert_eq!(contents(&bench, door), Contents::Empty);
    assert!(!raised(&bench, Problem::Missing));
}

#[test]
fn a_blind_sensor_takes_no_parcel_out_of_the_books_that_may_lie_behind_its_door() {
    // A flat parcel, or dirt before the sensor; and a door that somebody forced.
    let (mut bench, [door]) = ready_with([3]);
    bench.sense(door, Door::Open);
    bench.sense(door, Door::Closed);
    says(&mut bench, door, Item::Absent);
    assert!(matches!(contents(&bench, door), Contents::Unknown { maybe, .. } if maybe == [ParcelId(3)]));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_door_that_nobody_watched_is_free_again_once_its_parcel_is_stored_elsewhere_and_its_sensor_sees_nothing()
{
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let first = bench.unlocks[0].compartment.0;
    bench.answer(Answer::Sent);
    bench.wait(20_000);
    assert_eq!(bench.last_outcome(), Some(Outcome::NotSeen));
    bench.unlocks.clear();
    bench.sense(first, Door::Closed);
    says(&mut bench, first, Item::Absent);
    assert!(matches!(contents(&bench, first), Contents::Unknown { .. }), "it may be in there");
    let second = bench.deposit(3);
    assert_ne!(first, second);
    says(&mut bench, first, Item::Absent);
    assert_eq!(contents(&bench, first), Contents::Empty);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(second)));
}

#[test]
fn a_sensor_that_saw_something_and_then_nothing_behind_a_closed_door_is_left_to_staff() {
    let mut bench = ready();
    let before = bench.journal.len();
    for _ in 0..5 {
        says(&mut bench, 1, Item::Present);
        says(&mut bench, 1, Item::Absent);
    }
    assert!(matches!(contents(&bench, 1), Contents::Unknown { .. }));
    assert_eq!(bench.journal.len(), before + 2, "one doubt and one case, however long it flickers");
}

/// What the recipient reads once all doors are closed: which can be opened again, and whether something seems to be inside.
fn done(bench: &Bench) -> (Option<u16>, bool) {
    let View::Done { reopen, left_inside, .. } = bench.view else { panic!("{:?}", bench.view) };
    (reopen.map(|door| door.0), left_inside)
}

#[test]
fn a_recipient_who_leaves_something_inside_is_told_and_opens_the_door_again() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    assert_eq!(done(&bench), (Some(door), false));
    bench.sounds();
    says(&mut bench, door, Item::Present);
    assert_eq!(done(&bench), (Some(door), true));
    assert_eq!(bench.sounds(), [Sound::Look]);
    bench.give(people::touch(Intent::Reopen));
    assert_eq!(bench.opens(), door);
    bench.closes(door);
    says(&mut bench, door, Item::Absent);
    assert_eq!(done(&bench), (Some(door), false));
    bench.wait(130_000);
    bench.sense(door, Door::Closed);
    assert_eq!(contents(&bench, door), Contents::Empty);
}

#[test]
fn what_was_left_inside_is_said_for_as_long_as_any_closed_door_and_keeps_nobody_from_leaving() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    says(&mut bench, door, Item::Present);
    // Said again and again by its sensor, it is told once.
    for _ in 0..3 {
        says(&mut bench, door, Item::Present);
        assert_eq!(done(&bench), (Some(door), true));
    }
    says(&mut bench, door, Item::Present);
    assert!(bench.is_home(), "{:?}", bench.view);

    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    says(&mut bench, door, Item::Present);
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home(), "{:?}", bench.view);
}

#[test]
fn a_dirty_sensor_is_not_repeated_to_somebody_who_has_looked() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    says(&mut bench, door, Item::Present);
    bench.give(people::touch(Intent::Reopen));
    bench.opens();
    bench.closes(door);
    bench.sounds();
    says(&mut bench, door, Item::Present);
    assert_eq!(done(&bench), (Some(door), false));
    assert_eq!(bench.sounds(), []);
}

#[test]
fn of_two_doors_the_one_with_something_inside_is_offered_once_both_are_closed() {
    let (mut bench, [second, first]) = ready_with([1, 7]);
    bench.give(people::type_code(people::code(1)));
    bench.give(people::touch(Intent::GoOn));
    assert_eq!(bench.opens(), first);
    bench.closes(first);
    assert_eq!(bench.opens(), second);
    says(&mut bench, first, Item::Present);
    assert!(matches!(bench.view, View::DoorOpen { .. }), "nobody is led away from an open door");
    bench.closes(second);
    assert_eq!(done(&bench), (Some(first), true));
    bench.give(people::touch(Intent::Reopen));
    assert_eq!(bench.opens(), first);
    bench.closes(first);
    assert_eq!(done(&bench), (Some(first), false));
}

fn note(bench: &Bench) -> CourierNote {
    let View::Courier { note, .. } = bench.view else { panic!("{:?}", bench.view) };
    note
}

#[test]
fn a_courier_who_kept_the_parcel_is_told_at_once_and_scans_it_again() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    let door = bench.deposit(3);
    assert_eq!(note(&bench), CourierNote::Stored(CompartmentId(door)));
    bench.sounds();
    says(&mut bench, door, Item::Absent);
    assert_eq!(note(&bench), CourierNote::LooksEmpty(CompartmentId(door)));
    assert_eq!(bench.sounds(), [Sound::Look]);
    assert!(matches!(bench.view, View::Courier { can_undo: false, .. }), "it is staff's to look at");
    let other = bench.deposit(3);
    assert_ne!(other, door);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(other)));
    assert_eq!(note(&bench), CourierNote::Stored(CompartmentId(other)));
}

#[test]
fn a_courier_at_the_next_door_hears_of_the_one_before_and_reads_it_when_that_is_closed() {
    let mut bench = ready();
    bench.announce(3);
    bench.announce(1);
    bench.give(people::show_badge(11));
    let door = bench.deposit(3);
    bench.give(people::scan_label(1));
    let next = bench.opens();
    bench.sounds();
    says(&mut bench, door, Item::Absent);
    assert_eq!(bench.sounds(), [Sound::Look]);
    assert!(matches!(bench.view, View::DoorOpen { .. }), "{:?}", bench.view);
    bench.closes(next);
    assert_eq!(note(&bench), CourierNote::LooksEmpty(CompartmentId(door)));
}

#[test]
fn a_door_that_was_too_small_is_not_free_while_its_sensor_sees_what_was_left_in_it() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let first = bench.opens();
    bench.watch(first, Door::Open, 1_000);
    bench.give(people::touch(Intent::Larger));
    bench.closes(first);
    says(&mut bench, first, Item::Present);
    // The second door is shut with nothing in it.
    let second = bench.opens();
    bench.watch(second, Door::Open, 1_000);
    bench.closes(second);
    let why = Doubt::ItemSeen;
    assert!(bench.has_recorded(|event| *event == Event::Doubted { compartment: CompartmentId(first), why }));
    assert!(matches!(contents(&bench, first), Contents::Unknown { maybe, .. } if maybe == [ParcelId(3)]));
}
