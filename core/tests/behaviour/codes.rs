//! Pickup codes and how often they may be missed.

use locker_core::{Input, Intent, NotAccepted, Place, Presented, View};
use locker_protocol::event::Guess;
use locker_protocol::{Change, CodeTag, CompartmentId, Event};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

const HALF_AN_HOUR_MS: u64 = 30 * 60_000;

fn miss(bench: &mut Bench, times: u8) {
    for count in 0..times {
        bench.give(people::type_code(CodeTag([100 + count; 32])));
    }
}

#[test]
fn a_wrong_code_is_missed_and_a_slip_of_the_finger_is_not() {
    let mut bench = ready();
    miss(&mut bench, 1);
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NoMatch });
    bench.give(Input::Presented(Presented::Mistyped));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Mistyped });
    assert_eq!(bench.state().code_misses, 1);
}

#[test]
fn after_twenty_misses_typing_is_paused_and_passes_still_work() {
    let (mut bench, [door]) = ready_with([3]);
    miss(&mut bench, 20);
    bench.give(people::touch(Intent::TryAgain));
    assert_eq!(bench.view, View::CodesPaused { minutes: 30 });
    // Even the right code is not looked up.
    bench.give(people::type_code(people::code(3)));
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.state().code_misses, 20);
    bench.give(people::show_pass(101, None));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_code_scanned_at_the_home_screen_while_typing_is_paused_says_so() {
    let mut bench = ready();
    miss(&mut bench, 20);
    bench.wait(40_000);
    assert!(bench.is_home());
    bench.give(people::type_code(people::code(3)));
    assert!(matches!(bench.view, View::CodesPaused { .. }));
}

#[test]
fn half_an_hour_forgives_one() {
    let (mut bench, [door]) = ready_with([3]);
    miss(&mut bench, 20);
    bench.wait(HALF_AN_HOUR_MS + 1_000);
    assert_eq!(bench.state().code_misses, 19);
    assert!(bench.has_recorded(|event| matches!(event, Event::MissForgiven { guess: Guess::Code })));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    assert_eq!(bench.state().code_misses, 19, "success refills nothing");
}

#[test]
fn a_restart_keeps_the_misses_and_begins_the_half_hour_again() {
    let mut bench = ready();
    miss(&mut bench, 20);
    bench.wait(HALF_AN_HOUR_MS - 60_000);
    bench.restart();
    bench.give(people::touch(Intent::Collect));
    assert_eq!(bench.view, View::CodesPaused { minutes: 30 });
}

#[test]
fn the_hub_refills_the_codes() {
    let mut bench = ready();
    miss(&mut bench, 20);
    bench.change(Change::RefillCodes);
    bench.give(people::touch(Intent::TryAgain));
    assert_eq!(bench.view, View::Code);
}

#[test]
fn a_new_code_ends_the_earlier_one() {
    let (mut bench, [door]) = ready_with([3]);
    let new = CodeTag([77; 32]);
    bench.change(Change::NewCode { parcel: locker_protocol::ParcelId(3), code: new });
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NoMatch });
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
    bench.give(people::type_code(new));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_used_code_opens_nothing_that_came_later() {
    let (mut bench, [first]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), first);
    bench.announce(6);
    let second = bench.store(6);
    // Whoever once was given the first parcel's code may look behind its door again, for two minutes, and no further.
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), first);
    assert_eq!(bench.place(6), Place::Inside(CompartmentId(second)));
    bench.wait(10 * 60_000);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::AlreadyCollected });
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.state().code_misses, 0, "it costs nothing");
    bench.give(people::type_code(people::code(6)));
    assert_eq!(bench.takes(), second);
}

#[test]
fn the_code_of_a_parcel_that_was_cancelled_opens_nothing() {
    let (mut bench, [_]) = ready_with([6]);
    bench.announce(3);
    bench.change(Change::Cancel { parcel: locker_protocol::ParcelId(3) });
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NoMatch });
    assert!(bench.unlocks.is_empty());
}

#[test]
fn while_the_hub_is_out_of_reach_a_code_that_nothing_has_cannot_be_checked_and_costs_a_guess() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(Input::Network { reaches_hub: false });
    bench.wait(59_000);
    bench.give(people::type_code(CodeTag([99; 32])));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NoMatch }, "a short break is nothing");
    bench.wait(1_000);
    bench.give(people::type_code(CodeTag([99; 32])));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::CannotCheck });
    assert_eq!(bench.state().code_misses, 2);
    // What is known here needs no network.
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    bench.give(Input::Network { reaches_hub: true });
    bench.give(people::type_code(CodeTag([99; 32])));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NoMatch });
}

#[test]
fn the_keypad_waits_30_s_and_counts_down_20_s_and_one_touch_extends_it_ten_times_and_more() {
    let mut bench = ready();
    bench.give(people::touch(Intent::Collect));
    for _ in 0..12 {
        bench.wait(29_999);
        assert_eq!(bench.view, View::Code);
        bench.wait(1);
        assert_eq!(bench.view, View::StillThere { seconds: 20 });
        bench.wait(19_000);
        assert_eq!(bench.view, View::StillThere { seconds: 1 });
        bench.give(people::touch(Intent::MoreTime));
    }
    bench.wait(50_000);
    assert!(bench.is_home());
}

#[test]
fn what_was_refused_does_not_stay_on_the_screen() {
    let mut bench = ready();
    bench.give(people::type_code(people::code(3)));
    assert!(matches!(bench.view, View::NotAccepted { .. }));
    bench.wait(30_000);
    assert!(bench.is_home());
}
