//! How long a parcel may wait.

use locker_core::Place;
use locker_protocol::event::Door;
use locker_protocol::{Change, CompartmentId, ParcelId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

const HOUR_MS: u64 = 3_600_000;

fn waited_s(bench: &Bench) -> u32 {
    bench.state().parcels[&ParcelId(3)].waited_s
}

#[test]
fn collectable_hours_count_and_the_parcel_expires_but_stays_collectable() {
    let (mut bench, [door]) = ready_with([3]);
    // Its first, broken hour does not count.
    bench.wait(HOUR_MS + 1_000);
    assert_eq!(waited_s(&bench), 0);
    bench.wait(HOUR_MS);
    assert_eq!(waited_s(&bench), 3_600);
    assert!(!bench.state().parcels[&ParcelId(3)].expired);
    bench.wait(HOUR_MS);
    assert!(bench.state().parcels[&ParcelId(3)].expired);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    assert!(matches!(bench.place(3), Place::Out(_)));
}

#[test]
fn it_pauses_while_the_door_is_out_of_service() {
    let (mut bench, [door]) = ready_with([3]);
    bench.wait(HOUR_MS + 1_000);
    bench.change(Change::Service { compartment: CompartmentId(door), in_service: false });
    bench.wait(5 * HOUR_MS);
    assert_eq!(waited_s(&bench), 0);
    bench.change(Change::Service { compartment: CompartmentId(door), in_service: true });
    bench.wait(HOUR_MS);
    // The hour in which it came back counts in the recipient's favour.
    assert_eq!(waited_s(&bench), 0);
    bench.wait(HOUR_MS);
    assert_eq!(waited_s(&bench), 3_600);
}

#[test]
fn it_pauses_while_the_sensor_says_nothing() {
    let (mut bench, [door]) = ready_with([3]);
    bench.wait(HOUR_MS + 1_000);
    bench.sense(door, Door::Unknown);
    bench.wait(3 * HOUR_MS);
    assert_eq!(waited_s(&bench), 0);
}

#[test]
fn it_pauses_while_the_locker_is_off() {
    let (mut bench, [_]) = ready_with([3]);
    bench.wait(HOUR_MS + 1_000);
    bench.now_ms += 48 * HOUR_MS;
    bench.restart();
    bench.sense_all_closed();
    bench.wait(60_000);
    assert_eq!(waited_s(&bench), 0);
}

#[test]
fn the_hub_may_extend_it_and_what_had_expired_has_not() {
    let (mut bench, [_]) = ready_with([3]);
    bench.wait(4 * HOUR_MS);
    assert!(bench.state().parcels[&ParcelId(3)].expired);
    bench.change(Change::Extend { parcel: ParcelId(3), by_s: 86_400 });
    assert!(!bench.state().parcels[&ParcelId(3)].expired);
}

#[test]
fn a_parcel_that_was_in_doubt_and_comes_after_all_waits_anew() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let left_open = bench.opens();
    // The courier goes away with the parcel in hand: the door stands open, the parcel is in doubt behind it.
    bench.wait(11 * 60_000);
    bench.sense(left_open, Door::Closed);
    bench.wait(4 * HOUR_MS);
    assert!(bench.state().parcels[&ParcelId(3)].expired, "it may be there, and nobody took it");
    bench.store(3);
    assert_eq!(waited_s(&bench), 0);
    assert!(!bench.state().parcels[&ParcelId(3)].expired, "its recipient has had no time yet");
}
