//! "Not in there": the courier's deposit was none.

use locker_core::{Contents, CourierNote, Intent, Place, Task, View};
use locker_protocol::CompartmentId;

use crate::people;
use crate::visits::ready;

#[test]
fn the_door_reopens_to_prove_it_and_the_parcel_is_expected_again() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    let door = bench.deposit(3);
    bench.give(people::touch(Intent::NotInThere));
    assert_eq!(bench.opens(), door);
    assert!(matches!(bench.view, View::DoorOpen { task: Task::TakeBack, .. }));
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)), "a button alone decides nothing");
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Expected);
    assert!(matches!(bench.view, View::Courier { note: CourierNote::TakenBack(_), can_undo: false, .. }));
    // Nobody is offered the door before the window is over; the parcel goes into another.
    let other = bench.deposit(3);
    assert_ne!(other, door);
    bench.wait(121_000);
    assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(other)));
}

#[test]
fn of_several_the_courier_picks_one() {
    let mut bench = ready();
    bench.announce(3);
    bench.announce(1);
    bench.give(people::show_badge(11));
    let first = bench.deposit(3);
    bench.deposit(1);
    bench.give(people::touch(Intent::NotInThere));
    let View::PickDeposit { deposits } = bench.view.clone() else { panic!("{:?}", bench.view) };
    assert_eq!(deposits[1], (CompartmentId(first), "0003".to_owned()));
    bench.give(people::touch(Intent::Pick(1)));
    assert_eq!(bench.takes(), first);
    assert_eq!(bench.place(3), Place::Expected);
}

#[test]
fn what_its_recipient_has_collected_is_not_the_couriers_to_take_back() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.deposit(3);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::NotInThere));
    assert!(bench.unlocks.is_empty());
    assert!(matches!(bench.place(3), Place::Out(_)));
}
