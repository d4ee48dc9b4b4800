//! A door that does not open.

use locker_core::{Contents, CourierNote, DoorChoices, Input, Intent, Place, Task, TroubleKind, View};
use locker_protocol::event::{Answer, Door, Doubt, OutOfService, Outcome, Problem};
use locker_protocol::{CompartmentId, Event, ParcelId, StaffId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

/// The board acknowledges each pulse and the door stays closed, well watched; says when each pulse was asked for.
fn jam(bench: &mut Bench, door: u16) -> Vec<u64> {
    let begun_ms = bench.now_ms;
    let mut pulsed_ms = Vec::new();
    let ended = bench.journal.iter().filter(|event| matches!(event, Event::Ended { .. })).count();
    while bench.journal.iter().filter(|event| matches!(event, Event::Ended { .. })).count() == ended {
        if !bench.unlocks.is_empty() {
            pulsed_ms.push(bench.now_ms - begun_ms);
            bench.answer(Answer::Sent);
        }
        bench.watch(door, Door::Closed, 100);
    }
    pulsed_ms
}

#[test]
fn it_is_pulsed_at_0_and_800_and_2000_ms_and_is_stuck_after_8_s() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    let begun_ms = bench.now_ms;
    assert_eq!(jam(&mut bench, door), [0, 800, 2_000]);
    assert_eq!(bench.now_ms - begun_ms, 8_000);
    assert_eq!(bench.last_outcome(), Some(Outcome::NeverOpened));
    assert!(matches!(bench.view, View::Stuck { others: 0, .. }));
    assert_eq!(bench.state().out_of_service(CompartmentId(door)), Some(OutOfService::Stuck));
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)), "the parcel is safe");
}

#[test]
fn from_two_seconds_on_the_person_is_asked_to_push_the_door() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    for pulse in 1..=3 {
        assert_eq!(matches!(bench.view, View::Opening { .. }), pulse < 3);
        bench.answer(Answer::Sent);
        while pulse < 3 && bench.unlocks.is_empty() {
            bench.watch(door, Door::Closed, 100);
        }
    }
    assert_eq!(bench.view, View::PushDoor { door: CompartmentId(door) });
    bench.sense(door, Door::Open);
    assert!(matches!(bench.view, View::DoorOpen { .. }));
}

#[test]
fn a_slow_board_does_not_keep_the_person_from_being_asked_to_push_after_two_seconds() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.watch(door, Door::Closed, 1_900);
    assert!(matches!(bench.view, View::Opening { .. }));
    bench.watch(door, Door::Closed, 100);
    assert_eq!(bench.unlocks.len(), 1, "the board has not even answered the first pulse");
    assert_eq!(bench.view, View::PushDoor { door: CompartmentId(door) });
}

#[test]
fn a_stuck_door_is_tried_again_when_the_person_says_so_and_the_code_stays_valid() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    jam(&mut bench, door);
    bench.effects.clear();
    bench.give(people::touch(Intent::TryAgain));
    assert_eq!(bench.takes(), door);
    assert!(matches!(bench.view, View::Done { kept: 0, .. }));
}

#[test]
fn a_stuck_door_raises_a_case_and_tells_the_hub_and_the_parcels_time_stands_still() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.effects.clear();
    jam(&mut bench, door);
    assert!(bench.has_recorded(|event| matches!(event, Event::CaseRaised { problem: Problem::Stuck, .. })));
    assert!(bench.effects.contains(&locker_core::Effect::Wake), "the hub is told at once");
    let waited_s = bench.state().parcels[&ParcelId(3)].waited_s;
    bench.wait(5 * 3_600_000);
    assert_eq!(bench.state().parcels[&ParcelId(3)].waited_s, waited_s);
}

#[test]
fn the_next_visit_starts_with_a_pulse_and_a_seen_close_puts_the_door_back_into_service() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    jam(&mut bench, door);
    bench.give(people::touch(Intent::Skip));
    bench.give(people::touch(Intent::Finish));
    bench.wait(60_000);
    bench.sense(door, Door::Closed);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    assert_eq!(bench.state().out_of_service(CompartmentId(door)), None);
}

#[test]
fn nobody_takes_the_screen_from_a_person_at_a_door_that_only_they_say_is_open() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    jam(&mut bench, door);
    bench.give(people::touch(Intent::ItIsOpen));
    let view = bench.view.clone();
    assert!(matches!(view, View::DoorOpen { .. }));
    bench.give(people::show_badge(11));
    assert_eq!(bench.view, view);
}

#[test]
fn a_stuck_door_that_nobody_answers_for_does_not_stay_on_the_screen() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    jam(&mut bench, door);
    bench.wait(59_000);
    assert!(matches!(bench.view, View::Stuck { .. }));
    bench.wait(21_000);
    assert!(bench.is_home());
}

#[test]
fn the_other_doors_of_the_person_go_on() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(1);
    jam(&mut bench, small);
    assert!(matches!(bench.view, View::Stuck { others: 1, .. }));
    bench.give(people::touch(Intent::Skip));
    assert_eq!(bench.takes(), medium);
    assert_eq!(
        bench.view,
        View::Done {
            reopen: Some(CompartmentId(medium)),
            left_inside: false,
            kept: 1,
            order: None,
            receipt: true
        }
    );
}

#[test]
fn it_is_open_says_the_person_and_what_is_inside_is_not_known_any_more() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    jam(&mut bench, door);
    bench.give(people::touch(Intent::ItIsOpen));
    assert!(bench.has_recorded(|event| matches!(event, Event::Doubted { why: Doubt::SaidOpen, .. })));
    assert_eq!(bench.state().out_of_service(CompartmentId(door)), Some(OutOfService::SensorFault));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)), "the right to it is kept");
}

#[test]
fn whoever_says_that_a_door_is_open_finishes_there_before_the_next_one_opens() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(1);
    jam(&mut bench, small);
    bench.effects.clear();
    bench.give(people::touch(Intent::ItIsOpen));
    let open = View::DoorOpen {
        door: CompartmentId(small),
        task: Task::Take,
        index: 1,
        of: 2,
        left_open: true,
        choices: DoorChoices::default(),
        note: CourierNote::None,
    };
    assert_eq!(bench.view, open);
    bench.wait(10_000);
    assert!(bench.unlocks.is_empty(), "their hands are full");
    bench.give(people::touch(Intent::Skip));
    assert_eq!(bench.takes(), medium);
}

#[test]
fn a_courier_is_moved_to_another_door_and_nothing_is_in_doubt() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let stuck = bench.unlocks[0].compartment.0;
    jam(&mut bench, stuck);
    let other = bench.unlocks[0].compartment.0;
    assert_ne!(other, stuck);
    assert_eq!(bench.takes(), other);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(other)));
    assert_eq!(bench.state().contents(CompartmentId(stuck)), Contents::Empty);
}

#[test]
fn after_three_stuck_doors_the_courier_is_told() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let mut last = 0;
    for _ in 0..3 {
        last = bench.unlocks[0].compartment.0;
        jam(&mut bench, last);
    }
    let View::Courier { note, .. } = bench.view else { panic!("{:?}", bench.view) };
    assert_eq!(note, CourierNote::DoorStuck(CompartmentId(last)));
    assert_eq!(bench.place(3), Place::Expected);
}

#[test]
fn a_board_that_is_never_reached_says_nothing_of_the_lock() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    // No reading either: the whole bus is gone. But no byte left, so nothing of ours moved the door.
    while !matches!(bench.view, View::Stuck { .. }) {
        if !bench.unlocks.is_empty() {
            bench.answer(Answer::NotSent);
        }
        bench.wait(100);
    }
    assert_eq!(bench.last_outcome(), Some(Outcome::NeverOpened));
    assert_eq!(bench.state().out_of_service(CompartmentId(door)), None);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn a_lock_that_was_put_off_is_still_watched_after_its_last_pulse() {
    // Doors 1 and 5 share a supply; a silent board keeps it for 5 s and more.
    let mut bench = ready();
    for number in [2, 3] {
        bench.announce(number);
        bench.store(number);
    }
    bench.effects.clear();
    let (first, second) = (bench.place(2), bench.place(3));
    let (Place::Inside(large), Place::Inside(small)) = (first, second) else {
        panic!("{first:?} {second:?}")
    };
    bench.give(people::type_code(people::code(3)));
    // Two answers never come: pulses at 0 and 5.4 s, a third at 10.8 s.
    while bench.state().openings.values().all(|opening| opening.attempts < 3) {
        bench.watch(small.0, Door::Closed, 100);
    }
    bench.unlocks.drain(..2);
    let third_ms = bench.now_ms;
    assert!(third_ms > 8_000);
    bench.answer(Answer::Sent);
    bench.watch(small.0, Door::Closed, 1_000);
    assert!(bench.state().opening_of(small).is_some(), "its last pulse has only just ended");
    bench.watch(small.0, Door::Closed, 500);
    assert_eq!(bench.last_outcome(), Some(Outcome::NeverOpened));
    assert_eq!(bench.place(2), Place::Inside(large));
}

/// How often the technician's screen says that this door was stuck today.
fn stuck_today(bench: &mut Bench, door: u16) -> u16 {
    bench.give(people::show_badge(13));
    let View::TechnicianHome { troubles, .. } = bench.view.clone() else { panic!("{:?}", bench.view) };
    bench.give(people::touch(Intent::Finish));
    let of_door = troubles.iter().find(|trouble| trouble.door == Some(CompartmentId(door)));
    match of_door.map(|trouble| trouble.what) {
        Some(TroubleKind::Stuck { times }) => times,
        other => panic!("{other:?}"),
    }
}

#[test]
fn how_often_a_door_was_stuck_counts_today_however_many_other_cases_there_were() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(Input::HubTime { unix_s: 2_000_000 });
    for _ in 0..2 {
        bench.give(people::type_code(people::code(3)));
        jam(&mut bench, door);
        bench.give(people::touch(Intent::NotNow));
        bench.give(people::touch(Intent::Finish));
    }
    for _ in 0..40 {
        let other = if door == 6 { 5 } else { 6 };
        bench.sense(other, Door::Open);
        bench.sense(other, Door::Closed);
        let settled =
            Event::Settled { compartment: CompartmentId(other), holds: Vec::new(), by: Some(StaffId(13)) };
        bench.restart_with(&[settled]).expect("it starts");
        bench.sense_all_closed();
    }
    assert_eq!(stuck_today(&mut bench, door), 2, "a restart forgets none");
    bench.give(Input::HubTime { unix_s: 2_000_000 + 86_400 });
    assert_eq!(stuck_today(&mut bench, door), 0, "yesterday is over");
}

#[test]
fn with_no_network_today_is_the_last_24_hours() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    jam(&mut bench, door);
    bench.wait(120_000);
    assert_eq!(stuck_today(&mut bench, door), 1);
    bench.wait(25 * 3_600_000);
    assert_eq!(stuck_today(&mut bench, door), 0);
}
