//! A door behind which several people's or carriers' parcels are, as staff found them: it opens for a right to all only.

use locker_core::{Intent, NotAccepted, Place, View};
use locker_protocol::event::Door;
use locker_protocol::{Change, CompartmentId, Event, ParcelId, StaffId};

use crate::bench::Bench;
use crate::people;
use crate::visits::ready_with;

/// Two stored parcels that staff then found behind one door.
fn found_together(numbers: [u64; 2]) -> (Bench, u16) {
    let (mut bench, [door, _]) = ready_with(numbers);
    let found = Event::Settled {
        compartment: CompartmentId(door),
        holds: numbers.map(ParcelId).to_vec(),
        by: Some(StaffId(13)),
    };
    bench.restart_with(&[found]).expect("it starts");
    bench.sense_all_closed();
    bench.wait(1_000);
    (bench, door)
}

#[test]
fn what_two_people_share_opens_for_neither() {
    // Parcel 1 is for recipient 102, parcel 3 for recipient 101.
    let (mut bench, _) = found_together([1, 3]);
    for number in [1, 3] {
        bench.give(people::type_code(people::code(number)));
        assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NoMatch });
        assert!(bench.unlocks.is_empty());
    }
    assert_eq!(bench.state().code_misses, 0, "the codes are right all the same");
}

#[test]
fn what_one_person_has_together_opens_once_for_all() {
    // Parcels 1 and 7 are both for recipient 102.
    let (mut bench, door) = found_together([1, 7]);
    bench.give(people::type_code(people::code(1)));
    assert_eq!(bench.takes(), door);
    assert!(bench.state().parcels.values().all(|parcel| parcel.compartment().is_none()));
}

#[test]
fn a_courier_does_not_open_a_door_behind_which_something_is_not_to_go_back() {
    let (mut bench, door) = found_together([1, 7]);
    bench.change(Change::Recall { parcel: ParcelId(1) });
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { take_out: 0, .. }));
    bench.give(people::touch(Intent::TakeOut));
    assert!(bench.unlocks.is_empty());
    bench.change(Change::Recall { parcel: ParcelId(7) });
    bench.give(people::touch(Intent::TakeOut));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_courier_does_not_open_a_door_behind_which_another_carriers_parcel_is() {
    // Parcel 3 is tenant 1's, parcel 4 tenant 2's.
    let (mut bench, _) = found_together([3, 4]);
    bench.change(Change::Recall { parcel: ParcelId(3) });
    bench.change(Change::Recall { parcel: ParcelId(4) });
    for badge in [11, 12] {
        bench.give(people::show_badge(badge));
        bench.give(people::touch(Intent::TakeOut));
        assert!(bench.unlocks.is_empty());
        bench.give(people::touch(Intent::Finish));
    }
}

#[test]
fn what_staff_found_behind_another_door_is_not_taken_for_collected() {
    // Parcels 1 and 7 are both for recipient 102, who left the first door open.
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(7);
    assert_eq!(bench.opens(), small);
    let found = Event::Settled {
        compartment: CompartmentId(medium),
        holds: vec![ParcelId(1), ParcelId(7)],
        by: Some(StaffId(13)),
    };
    bench.restart_with(&[found]).expect("it starts");
    bench.sense(small, Door::Open);
    bench.closes(small);
    assert_eq!(bench.place(7), Place::Inside(CompartmentId(medium)));
    bench.wait(1_000);
    bench.give(people::type_code(people::code(7)));
    assert_eq!(bench.takes(), medium);
}
