//! "Add to door 7?": a second parcel of the same carrier for the same person, where there is room beside the first.

use locker_core::{Contents, CourierNote, Intent, Place, View};
use locker_protocol::change::Announcement;
use locker_protocol::event::{Door, Entitled, Outcome, Purpose};
use locker_protocol::{Change, CompartmentId, Event, ParcelId, RecipientId, StaffId, TenantId};

use crate::bench::Bench;
use crate::people;
use crate::visits::ready;

/// Small parcels 3 and 15 are for person 101; the first is behind a medium door. Courier 11 is signed in.
fn with_room_beside() -> (Bench, u16) {
    let mut bench = ready();
    bench.announce(3);
    bench.announce(15);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let small = bench.opens();
    bench.give(people::touch(Intent::Larger));
    bench.closes(small);
    let door = bench.takes();
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
    (bench, door)
}

#[test]
fn one_tap_puts_the_second_parcel_beside_the_first() {
    let (mut bench, door) = with_room_beside();
    bench.give(people::scan_label(15));
    assert_eq!(bench.view, View::AddToDoor { door: CompartmentId(door) });
    assert!(bench.unlocks.is_empty(), "a door with something inside opens on a word, not by itself");
    bench.give(people::touch(Intent::Yes));
    assert_eq!(bench.takes(), door);
    assert!(matches!(bench.view, View::Courier { note: CourierNote::Added(_), .. }));
    let holds = Contents::Holds(vec![ParcelId(3), ParcelId(15)]);
    assert_eq!(bench.state().contents(CompartmentId(door)), holds);
    assert_eq!(bench.place(15), Place::Inside(CompartmentId(door)));
    bench.give(people::touch(Intent::Finish));
    bench.give(people::touch(Intent::Finish));
    // One code lets its person take both.
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    assert!(matches!((bench.place(3), bench.place(15)), (Place::Out(_), Place::Out(_))));
}

#[test]
fn no_opens_a_door_of_its_own() {
    let (mut bench, door) = with_room_beside();
    bench.give(people::scan_label(15));
    bench.give(people::touch(Intent::No));
    let other = bench.takes();
    assert_ne!(other, door);
    assert_eq!(bench.place(15), Place::Inside(CompartmentId(other)));
}

#[test]
fn what_is_added_and_not_seen_is_in_doubt_together_with_what_was_there() {
    let (mut bench, door) = with_room_beside();
    bench.give(people::scan_label(15));
    bench.give(people::touch(Intent::Yes));
    bench.opens();
    bench.restart();
    bench.sense(door, Door::Closed);
    assert_eq!(bench.last_outcome(), Some(Outcome::Interrupted));
    let contents = bench.state().contents(CompartmentId(door));
    assert!(
        matches!(&contents, Contents::Unknown { maybe, .. } if *maybe == [ParcelId(3), ParcelId(15)]),
        "{contents:?}"
    );
    // Nothing is lost: their person opens it, once no pulse of before can still run.
    bench.wait(1_000);
    bench.give(people::type_code(people::code(15)));
    assert_eq!(bench.takes(), door);
}

#[test]
fn beside_a_parcel_that_does_not_go_in_the_first_one_stays_as_it_was() {
    let (mut bench, door) = with_room_beside();
    bench.give(people::scan_label(15));
    bench.give(people::touch(Intent::Yes));
    bench.opens();
    bench.give(people::touch(Intent::Larger));
    bench.closes(door);
    let both = [ParcelId(3), ParcelId(15)];
    let contents = |bench: &Bench| bench.state().contents(CompartmentId(door));
    assert_eq!(contents(&bench).listed(), both, "nobody saw that it did not stay");
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    let other = bench.takes();
    assert_ne!(other, door, "there is an empty one for it alone");
    assert_eq!(bench.place(15), Place::Inside(CompartmentId(other)));
    assert_eq!(contents(&bench), Contents::Holds(vec![ParcelId(3)]), "and now it is known");
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn the_courier_cannot_take_back_from_a_door_that_was_added_to() {
    let (mut bench, _) = with_room_beside();
    bench.give(people::scan_label(15));
    bench.give(people::touch(Intent::Yes));
    bench.takes();
    assert!(matches!(bench.view, View::Courier { can_undo: false, .. }));
    bench.give(people::touch(Intent::NotInThere));
    assert!(bench.unlocks.is_empty());
}

/// Parcel 15 with other particulars: is it offered beside parcel 3?
fn is_offered(change: impl FnOnce(&mut Announcement), courier: u32) -> bool {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let small = bench.opens();
    bench.give(people::touch(Intent::Larger));
    bench.closes(small);
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.give(people::touch(Intent::Finish));
    let mut announcement = people::announcement(15);
    change(&mut announcement);
    bench.change(Change::Announce { announcement });
    bench.give(people::show_badge(courier));
    bench.give(people::scan_label(15));
    matches!(bench.view, View::AddToDoor { .. })
}

#[test]
fn only_the_same_persons_of_the_same_carrier_go_together() {
    assert!(is_offered(|_| {}, 11));
    assert!(!is_offered(|parcel| parcel.recipient = RecipientId(102), 11));
    assert!(!is_offered(|parcel| parcel.tenant = TenantId(2), 12));
    assert!(!is_offered(|parcel| parcel.size = locker_protocol::Size::M, 11), "there is no room for it");
}

#[test]
fn a_parcel_that_goes_back_gets_no_company() {
    let (mut bench, _) = with_room_beside();
    bench.change(Change::Recall { parcel: ParcelId(3) });
    bench.give(people::scan_label(15));
    assert!(!matches!(bench.view, View::AddToDoor { .. }));
}

#[test]
fn who_adds_to_which_door_is_on_record() {
    let (mut bench, door) = with_room_beside();
    bench.give(people::scan_label(15));
    bench.give(people::touch(Intent::Yes));
    let began = bench.journal.iter().rev().find_map(|event| match event {
        Event::Began { compartment, purpose, entitled, goes_in, .. } => {
            Some((*compartment, *purpose, *entitled, goes_in.clone()))
        }
        _ => None,
    });
    let entitled = Entitled::Courier { staff: StaffId(11), tenant: TenantId(1) };
    assert_eq!(began, Some((CompartmentId(door), Purpose::Deposit, entitled, vec![ParcelId(15)])));
}
