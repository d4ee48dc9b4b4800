//! A door that stays open, or opens unasked.

use locker_core::{Contents, Input, Intent, Place, Sound, View};
use locker_protocol::event::{Door, Doubt, Outcome, Problem};
use locker_protocol::{CompartmentId, Event};

use crate::people;
use crate::visits::ready_with;

#[test]
fn after_20_s_it_ticks_and_may_be_skipped() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(1);
    bench.opens();
    bench.watch(small, Door::Open, 19_000);
    bench.give(people::touch(Intent::Skip));
    assert!(bench.unlocks.is_empty(), "not yet");
    bench.sounds();
    bench.watch(small, Door::Open, 2_000);
    assert!(matches!(bench.view, View::DoorOpen { left_open: true, .. }));
    assert!(bench.sounds().contains(&Sound::Tick));
    bench.give(people::touch(Intent::Skip));
    assert_eq!(bench.unlocks[0].compartment, CompartmentId(medium));
}

#[test]
fn from_20_s_to_60_s_it_is_heard_once_a_second() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.watch(door, Door::Open, 19_900);
    assert!(!bench.sounds().contains(&Sound::Tick));
    let ticks = |bench: &mut crate::bench::Bench| {
        bench.sounds().into_iter().filter(|sound| *sound == Sound::Tick).count()
    };
    bench.watch(door, Door::Open, 10_000);
    assert_eq!(ticks(&mut bench), 10);
    bench.watch(door, Door::Open, 29_900);
    assert_eq!(ticks(&mut bench), 30);
    bench.watch(door, Door::Open, 60_000);
    assert_eq!(ticks(&mut bench), 0);
}

#[test]
fn after_60_s_the_kiosk_is_free_with_a_banner_for_the_next_person() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.watch(door, Door::Open, 62_000);
    assert_eq!(
        bench.view,
        View::Home { left_open: Some(CompartmentId(door)), sending: false, takes_in: true }
    );
    bench.sounds();
    bench.watch(door, Door::Open, 60_000);
    assert!(bench.sounds().is_empty(), "it is heard no more");
    // Closed at last, it counts as it should.
    bench.closes(door);
    assert_eq!(bench.last_outcome(), Some(Outcome::Closed));
    assert_eq!(bench.view, View::Home { left_open: None, sending: false, takes_in: true });
}

#[test]
fn whoever_comes_back_to_the_open_door_is_served_there_again() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.watch(door, Door::Open, 100_000);
    assert!(bench.is_home());
    bench.give(people::type_code(people::code(3)));
    assert!(matches!(bench.view, View::DoorOpen { left_open: true, .. }));
    bench.watch(door, Door::Open, 59_000);
    assert!(matches!(bench.view, View::DoorOpen { .. }));
    bench.watch(door, Door::Open, 1_000);
    assert!(bench.is_home());
}

#[test]
fn after_10_min_what_is_inside_is_not_known_any_more() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.wait(601_000);
    assert_eq!(bench.last_outcome(), Some(Outcome::LeftOpen));
    assert!(
        bench.has_recorded(|event| matches!(event, Event::CaseRaised { problem: Problem::LeftOpen, .. }))
    );
    assert!(bench.sounds().contains(&Sound::Alarm));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Unknown { .. }));
    // The recipient's right outlives it.
    bench.closes(door);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
}

/// Found by killing the real program: its clock had gone on by 45 min at once, and a second door opened for nobody.
#[test]
fn whoever_walked_away_gets_no_second_door_even_when_ten_minutes_pass_at_once() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(1);
    bench.opens();
    bench.sense(small, Door::Open);
    bench.now_ms += 45 * 60_000;
    bench.give(Input::Tick);
    assert_eq!(bench.last_outcome(), Some(Outcome::LeftOpen));
    assert!(bench.unlocks.is_empty(), "door {medium} opens for nobody");
    assert_eq!(bench.view, View::Home { left_open: None, sending: false, takes_in: true });
}

#[test]
fn a_door_that_opens_unasked_raises_an_alarm_once() {
    let (mut bench, [door]) = ready_with([3]);
    for says in [Door::Open, Door::Open, Door::Closed, Door::Open] {
        bench.sense(door, says);
    }
    let doubted = |event: &&Event| matches!(event, Event::Doubted { why: Doubt::OpenedUnasked, .. });
    assert_eq!(bench.journal.iter().filter(doubted).count(), 1);
    assert!(bench.sounds().contains(&Sound::Alarm));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
}

#[test]
fn an_empty_compartment_whose_door_opened_unasked_is_offered_to_nobody() {
    let (mut bench, [_]) = ready_with([3]);
    bench.announce(7);
    for door in [1, 2, 4, 5, 6] {
        bench.sense(door, Door::Open);
        bench.sense(door, Door::Closed);
    }
    bench.give(people::show_badge(11));
    let View::Courier { free, .. } = bench.view else { panic!("{:?}", bench.view) };
    assert_eq!(free, [0, 1, 0]);
}
