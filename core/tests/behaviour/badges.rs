//! Couriers sign in.

use locker_core::{Input, Intent, NotAccepted, View};
use locker_protocol::change::Role;
use locker_protocol::{Change, CodeTag, StaffId};

use crate::people;
use crate::visits::ready;

#[test]
fn a_badge_that_ended_before_the_earliest_possible_time_is_refused() {
    let mut bench = ready();
    // The program was built at 1,000,000.
    bench.give(people::show_badge_until(11, 999_999));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Expired });
    bench.give(people::show_badge_until(11, 1_000_000));
    assert!(matches!(bench.view, View::Courier { .. }));
    bench.give(people::touch(Intent::Finish));
    // The hub says that it is later.
    bench.give(Input::HubTime { unix_s: 1_100_000 });
    bench.give(people::show_badge_until(11, 1_050_000));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Expired });
    // And that outlives a restart, and a clock set back.
    bench.restart();
    bench.give(Input::HubTime { unix_s: 5 });
    bench.give(people::show_badge_until(11, 1_050_000));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Expired });
}

#[test]
fn a_revoked_badge_is_refused_until_the_hub_takes_the_person_back() {
    let mut bench = ready();
    bench.change(Change::RevokeStaff { staff: StaffId(11) });
    bench.give(people::show_badge(11));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Revoked });
    bench.change(Change::Staff { staff: people::staff(11) });
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { .. }));
}

#[test]
fn a_courier_revoked_while_signed_in_is_signed_out() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.change(Change::RevokeStaff { staff: StaffId(11) });
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Revoked });
}

#[test]
fn a_pin_signs_in_and_five_wrong_ones_pause_it() {
    let mut bench = ready();
    bench.give(people::touch(Intent::SignIn));
    for _ in 0..5 {
        bench.give(people::type_pin(11, CodeTag([9; 32])));
        assert!(matches!(bench.view, View::SignIn { wrong: true, .. }));
    }
    bench.give(people::type_pin(11, people::pin(11)));
    assert_eq!(bench.view, View::SignIn { wrong: true, paused_minutes: Some(30) });
    bench.wait(31 * 60_000);
    bench.give(people::touch(Intent::SignIn));
    bench.give(people::type_pin(11, people::pin(11)));
    assert!(matches!(bench.view, View::Courier { .. }));
    assert_eq!(bench.state().code_misses, 0, "PINs have a bucket of their own");
}

#[test]
fn a_technician_does_not_get_a_couriers_screen() {
    let mut bench = ready();
    assert_eq!(people::staff(13).role, Role::Technician);
    bench.give(people::show_badge(13));
    assert!(!matches!(bench.view, View::Courier { .. }));
}

#[test]
fn nobody_at_the_screen_is_asked_and_then_signed_out() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.wait(91_000);
    assert!(matches!(bench.view, View::StillThere { .. }));
    for _ in 0..10 {
        bench.give(people::touch(Intent::MoreTime));
        assert!(matches!(bench.view, View::Courier { .. }));
        bench.wait(91_000);
    }
    bench.wait(20_000);
    assert!(bench.is_home());
}
