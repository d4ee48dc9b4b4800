//! Everything has a limit.

use locker_core::state::{MAX_OVER, MAX_PARCELS};
use locker_core::{CourierNote, View};
use locker_protocol::{Change, Event, ParcelId, Refusal};

use crate::people;
use crate::visits::ready;

#[test]
fn the_books_take_no_more_parcels_than_they_can_hold() {
    let mut bench = ready();
    let mut full = bench.state().clone();
    let filler = {
        bench.announce(3);
        bench.state().parcels[&ParcelId(3)].clone()
    };
    for number in 0..MAX_PARCELS {
        full.parcels.insert(ParcelId(1_000 + u64::try_from(number).expect("small")), filler.clone());
    }
    let mut bench = crate::bench::Bench::on(crate::bench::cabinet(), full);
    bench.sense_all_closed();
    bench.change(Change::Announce { announcement: people::announcement(5) });
    assert!(bench.has_recorded(|event| matches!(event, Event::Refused { why: Refusal::Full, .. })));
    bench.give(people::show_deposit_pass(people::announcement(5)));
    assert!(matches!(bench.view, View::Courier { note: CourierNote::NoRoom, .. }));
}

#[test]
fn of_parcels_that_have_left_the_last_thousand_are_remembered() {
    let mut bench = ready();
    let extra = 5;
    for number in 0..MAX_OVER + extra {
        let mut announcement = people::announcement(3);
        announcement.parcel = ParcelId(10_000 + u64::try_from(number).expect("small"));
        let parcel = announcement.parcel;
        bench.change(Change::Announce { announcement });
        bench.change(Change::Cancel { parcel });
    }
    assert_eq!(bench.state().over.len(), MAX_OVER);
    assert_eq!(bench.state().parcels.len(), MAX_OVER);
    assert!(!bench.state().parcels.contains_key(&ParcelId(10_000)));
}
