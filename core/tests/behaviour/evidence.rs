//! What the sensors show, and do not.

use locker_core::{Input, Intent, Place, View};
use locker_protocol::CompartmentId;
use locker_protocol::event::{Answer, Door, Outcome};

use crate::bench::Bench;
use crate::people;
use crate::visits::ready_with;

/// Samples a closed door this often until its opening ends.
fn sample_every(bench: &mut Bench, door: u16, ms: u64) {
    while bench.state().opening_of(CompartmentId(door)).is_some() {
        if !bench.unlocks.is_empty() {
            bench.answer(Answer::Sent);
        }
        bench.wait(ms);
        bench.sense(door, Door::Closed);
    }
}

#[test]
fn samples_500_ms_apart_prove_that_the_door_never_opened() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    sample_every(&mut bench, door, 500);
    assert_eq!(bench.last_outcome(), Some(Outcome::NeverOpened));
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn samples_501_ms_apart_do_not() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    sample_every(&mut bench, door, 501);
    assert_eq!(bench.last_outcome(), Some(Outcome::NotSeen));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
}

#[test]
fn a_sensor_without_a_word_proves_nothing() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    while bench.state().opening_of(CompartmentId(door)).is_some() {
        if !bench.unlocks.is_empty() {
            bench.answer(Answer::Sent);
        }
        bench.watch(door, Door::Unknown, 100);
    }
    assert_eq!(bench.last_outcome(), Some(Outcome::NotSeen));
}

#[test]
fn a_sample_older_than_the_opening_does_not_count() {
    let (mut bench, [door]) = ready_with([3]);
    bench.wait(1_000);
    let before_ms = bench.now_ms - 1;
    bench.give(people::type_code(people::code(3)));
    bench.wait(100);
    bench.give(Input::Reading {
        compartment: CompartmentId(door),
        door: Door::Open,
        sampled_at_ms: before_ms,
    });
    assert!(matches!(bench.view, View::Opening { .. }), "it was open before, and says nothing of now");
}

#[test]
fn samples_out_of_order_or_from_the_future_are_dropped() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.answer(Answer::Sent);
    bench.wait(200);
    bench.sense(door, Door::Closed);
    for sampled_at_ms in [bench.now_ms - 100, bench.now_ms + 100] {
        let compartment = CompartmentId(door);
        bench.give(Input::Reading { compartment, door: Door::Open, sampled_at_ms });
        assert!(matches!(bench.view, View::Opening { .. }));
    }
}

#[test]
fn a_door_that_bounces_is_closed_only_after_300_ms() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.watch_now(door, Door::Closed, 200);
    bench.sense(door, Door::Open);
    bench.watch(door, Door::Closed, 300);
    assert!(bench.state().opening_of(CompartmentId(door)).is_some());
    bench.watch(door, Door::Closed, 100);
    assert_eq!(bench.last_outcome(), Some(Outcome::Closed));
}

#[test]
fn a_lock_is_not_pulsed_again_before_the_board_has_answered_and_the_lock_has_rested() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    let first = bench.unlocks.pop_front().expect("a pulse");
    // The person is quicker than the board.
    bench.wait(100);
    bench.sense(door, Door::Open);
    bench.closes(door);
    bench.give(people::touch(Intent::Reopen));
    bench.watch(door, Door::Closed, 500);
    assert!(bench.unlocks.is_empty(), "the first pulse is not answered");
    let (opening, attempt) = (first.opening, first.attempt);
    bench.give(Input::Unlocked { opening, attempt, answer: Answer::Sent });
    let answered_ms = bench.now_ms;
    while bench.unlocks.is_empty() {
        bench.watch(door, Door::Closed, 100);
    }
    assert_eq!(bench.now_ms, answered_ms + 400 + 300, "the pulse, and the lock's rest");
}
