//! The hub's changes come in unbroken order, and wait for an opening's end.

use locker_core::Place;
use locker_protocol::event::Outcome;
use locker_protocol::{Change, Event, ParcelId, Refusal};

use crate::people;
use crate::visits::{ready, ready_with};

#[test]
fn a_gap_stops() {
    let mut bench = ready();
    let cursor = bench.state().cursor;
    bench.give(people::change(cursor + 2, Change::RefillCodes));
    assert_eq!(bench.state().cursor, cursor);
    bench.give(people::change(cursor + 1, Change::RefillCodes));
    bench.give(people::change(cursor + 2, Change::RefillCodes));
    assert_eq!(bench.state().cursor, cursor + 2);
}

#[test]
fn a_repetition_does_nothing() {
    let mut bench = ready();
    let cursor = bench.state().cursor;
    let recorded = bench.journal.len();
    bench.give(people::change(cursor, Change::RefillCodes));
    assert_eq!((bench.state().cursor, bench.journal.len()), (cursor, recorded));
}

#[test]
fn a_change_that_touches_a_parcel_in_hand_waits_for_the_openings_end() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    let cursor = bench.state().cursor;
    bench.change(Change::Cancel { parcel: ParcelId(3) });
    assert_eq!(bench.state().cursor, cursor, "it waits");
    // One after it would leave a gap.
    bench.give(people::change(cursor + 2, Change::RefillCodes));
    assert_eq!(bench.state().cursor, cursor);
    bench.closes(door);
    assert_eq!(bench.last_outcome(), Some(Outcome::Closed));
    assert!(matches!(bench.place(3), Place::Inside(_)), "what happened beats what was asked");
    let refused = |event: &Event| matches!(event, Event::Refused { why: Refusal::Inside, .. });
    assert!(bench.has_recorded(refused));
    assert_eq!(bench.state().cursor, cursor + 1);
}

#[test]
fn a_change_that_waited_is_offered_again_after_a_restart() {
    let (mut bench, [_]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    let recall = || Change::Recall { parcel: ParcelId(3) };
    let number = bench.state().cursor + 1;
    bench.give(people::change(number, recall()));
    bench.restart();
    assert_eq!(bench.state().cursor, number - 1);
    bench.sense_all_closed();
    bench.give(people::change(number, recall()));
    assert_eq!(bench.state().cursor, number);
    assert!(bench.state().parcels[&ParcelId(3)].recalled);
}
