//! The power fails.

use locker_core::{Contents, Intent, Place, View};
use locker_protocol::event::{Answer, Door, OutOfService, Outcome, Problem};
use locker_protocol::{CompartmentId, Event, JournalId, ParcelId};

use locker_core::state::By;

use crate::people;
use crate::visits::{ready, ready_with};

#[test]
fn between_intent_and_pulse_nothing_is_pulsed_and_every_right_is_kept() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.restart();
    bench.sense_all_closed();
    bench.wait(20_000);
    assert!(bench.unlocks.is_empty(), "nothing is pulsed at start");
    assert_eq!(bench.last_outcome(), Some(Outcome::Interrupted));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
}

#[test]
fn between_pulse_and_observation_the_contents_are_unknown() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.answer(Answer::Sent);
    bench.restart();
    bench.sense(door, Door::Closed);
    assert_eq!(bench.last_outcome(), Some(Outcome::Interrupted));
    let contents = bench.state().contents(CompartmentId(door));
    assert!(matches!(contents, Contents::Unknown { maybe, .. } if maybe == [ParcelId(3)]));
}

#[test]
fn with_the_door_open_its_opening_goes_on() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.restart();
    assert!(bench.is_home(), "a session never outlives a restart");
    bench.sense(door, Door::Open);
    assert_eq!(
        bench.view,
        View::Home { left_open: Some(CompartmentId(door)), sending: false, takes_in: true }
    );
    bench.closes(door);
    assert_eq!(bench.last_outcome(), Some(Outcome::Closed));
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
}

#[test]
fn a_door_closed_while_the_locker_was_down_is_unknown() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    bench.restart();
    bench.sense_all_closed();
    assert_eq!(bench.last_outcome(), Some(Outcome::Interrupted));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    // Whether it went in or not, its recipient may look.
    bench.wait(1_000);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_sensor_that_stays_silent_after_the_start_is_not_taken_for_closed() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.restart();
    bench.sense(door, Door::Unknown);
    bench.wait(9_000);
    assert!(bench.state().opening_of(CompartmentId(door)).is_some());
    bench.wait(2_000);
    assert_eq!(bench.last_outcome(), Some(Outcome::Interrupted));
}

#[test]
fn two_interrupted_openings_running_take_the_door_out_of_service() {
    let (mut bench, [door]) = ready_with([3]);
    for _ in 0..2 {
        assert_eq!(bench.state().out_of_service(CompartmentId(door)), None);
        bench.give(people::type_code(people::code(3)));
        bench.wait(1_000);
        bench.restart();
        bench.sense_all_closed();
    }
    assert_eq!(bench.state().out_of_service(CompartmentId(door)), Some(OutOfService::InterruptedTwice));
    let raised =
        |event: &Event| matches!(event, Event::CaseRaised { problem: Problem::InterruptedTwice, .. });
    assert!(bench.has_recorded(raised));
}

#[test]
fn no_lock_is_pulsed_while_one_of_before_the_stop_may_still_be_energised() {
    let (mut bench, [_, _]) = ready_with([3, 2]);
    bench.give(people::type_code(people::code(3)));
    bench.restart();
    bench.sense_all_closed();
    bench.give(people::type_code(people::code(2)));
    assert!(bench.unlocks.is_empty());
    bench.wait(1_000);
    assert_eq!(bench.unlocks.len(), 1);
}

#[test]
fn the_reopen_window_is_whole_again() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.wait(100_000);
    bench.restart();
    bench.sense_all_closed();
    bench.wait(100_000);
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Holds(_)));
    bench.wait(21_000);
    assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
}

#[test]
fn a_restart_during_a_reopening_does_not_settle_what_is_unknown() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.give(people::touch(Intent::Reopen));
    bench.restart();
    bench.sense_all_closed();
    bench.wait(600_000);
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Unknown { .. }));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
}

#[test]
fn after_a_damaged_journal_nothing_is_taken_for_empty_and_no_number_is_given_twice() {
    let (mut bench, [door]) = ready_with([3]);
    let before = bench.state().clone();
    let found = Event::Recovered { before: JournalId([1; 16]), verified: 10, missing: 4 };
    bench.restart_with(&[found]).expect("it starts");
    bench.sense_all_closed();
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    for door in 1..=6 {
        let contents = bench.state().contents(CompartmentId(door));
        assert!(matches!(contents, Contents::Unknown { .. }), "door {door}: {contents:?}");
    }
    assert_eq!(bench.state().admitted, before.admitted + 4);
    assert_eq!(bench.state().last_case, before.last_case + 4);
    bench.give(people::type_code(people::code(3)));
    bench.wait(1_000);
    assert_eq!(bench.takes(), door, "and every right is kept");
}

#[test]
fn a_door_that_was_open_before_its_opening_began_proves_nothing_after_a_restart() {
    let (mut bench, [door]) = ready_with([3]);
    bench.sense(door, Door::Open);
    // The recipient shows the code, and in the same moment the power fails: nobody has taken anything.
    bench.give(people::type_code(people::code(3)));
    bench.restart();
    bench.sense(door, Door::Open);
    assert_eq!(bench.last_outcome(), Some(Outcome::Interrupted));
    bench.watch(door, Door::Closed, 1_000);
    bench.wait(10 * 60_000);
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Unknown { .. }));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)), "the right to it is kept");
}
