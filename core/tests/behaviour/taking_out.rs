//! A courier takes out what goes back.

use locker_core::state::By;
use locker_core::{Intent, Place, Task, View};
use locker_protocol::event::{Answer, Door, Outcome};
use locker_protocol::{Change, CompartmentId, ParcelId, StaffId};

use crate::people;
use crate::visits::ready_with;

#[test]
fn recalled_parcels_come_out_one_door_after_the_other() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.change(Change::Recall { parcel: ParcelId(1) });
    bench.change(Change::Recall { parcel: ParcelId(7) });
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { take_out: 2, .. }));
    bench.give(people::touch(Intent::TakeOut));
    bench.give(people::touch(Intent::OpenAll));
    let first = bench.opens();
    assert!(matches!(bench.view, View::DoorOpen { task: Task::TakeOut, .. }));
    bench.closes(first);
    let second = bench.takes();
    let mut doors = [first, second];
    doors.sort_unstable();
    assert_eq!(doors, [small.min(medium), small.max(medium)]);
    assert_eq!((bench.place(1), bench.place(7)), (Place::Out(By::Carrier), Place::Out(By::Carrier)));
}

#[test]
fn what_is_still_for_its_recipient_stays() {
    let (mut bench, [_, _]) = ready_with([1, 7]);
    bench.change(Change::Recall { parcel: ParcelId(1) });
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::TakeOut));
    bench.takes();
    assert!(matches!(bench.place(7), Place::Inside(_)));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn another_carriers_courier_takes_out_nothing() {
    let (mut bench, [_]) = ready_with([1]);
    bench.change(Change::Recall { parcel: ParcelId(1) });
    bench.give(people::show_badge(12));
    assert!(matches!(bench.view, View::Courier { take_out: 0, .. }));
    bench.give(people::touch(Intent::TakeOut));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn a_courier_revoked_between_two_doors_gets_no_second_one() {
    let (mut bench, [_, _]) = ready_with([1, 7]);
    bench.change(Change::Recall { parcel: ParcelId(1) });
    bench.change(Change::Recall { parcel: ParcelId(7) });
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::TakeOut));
    bench.give(people::touch(Intent::OpenAll));
    let first = bench.opens();
    bench.change(Change::RevokeStaff { staff: StaffId(11) });
    bench.closes(first);
    assert!(bench.unlocks.is_empty());
    assert!(!matches!(bench.view, View::Courier { .. }));
}

#[test]
fn a_courier_revoked_before_the_door_moved_gets_no_further_pulse() {
    let (mut bench, [door]) = ready_with([1]);
    bench.change(Change::Recall { parcel: ParcelId(1) });
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::TakeOut));
    bench.answer(Answer::NotSent);
    bench.change(Change::RevokeStaff { staff: StaffId(11) });
    bench.watch(door, Door::Closed, 9_000);
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.last_outcome(), Some(Outcome::NeverOpened));
    assert_eq!(bench.place(1), Place::Inside(CompartmentId(door)));
    assert!(!matches!(bench.view, View::Courier { .. }));
}

#[test]
fn a_door_that_was_just_found_empty_is_not_listed_again() {
    // Return 12 is in doubt behind two doors: sent behind one that nobody watched, and then behind another.
    let mut bench = crate::visits::ready();
    bench.announce_return(12);
    bench.give(people::scan_label(12));
    let first = bench.unlocks[0].compartment.0;
    bench.answer(Answer::Sent);
    bench.wait(20_000);
    bench.unlocks.clear();
    bench.sense(first, Door::Closed);
    bench.give(people::touch(Intent::Finish));
    bench.give(people::scan_label(12));
    let second = bench.takes();
    assert_ne!(first, second);
    bench.give(people::touch(Intent::Finish));
    bench.wait(1_000);
    bench.give(people::show_badge(12));
    bench.give(people::touch(Intent::TakeOut));
    let mut opened = vec![bench.takes()];
    while matches!(bench.view, View::TakeOut { .. }) || !bench.unlocks.is_empty() {
        if bench.unlocks.is_empty() {
            bench.wait(1_000);
            bench.give(people::touch(Intent::OpenAll));
        }
        opened.push(bench.takes());
    }
    bench.wait(1_000);
    if matches!(bench.view, View::Courier { take_out: 1.., .. }) {
        bench.give(people::touch(Intent::TakeOut));
        opened.push(bench.takes());
    }
    opened.sort_unstable();
    let mut both = [first, second];
    both.sort_unstable();
    assert_eq!(opened, both, "each once");
    assert!(matches!(bench.view, View::Courier { take_out: 0, .. }), "{:?}", bench.view);
    assert_eq!(bench.place(12), Place::Out(By::Carrier));
}
