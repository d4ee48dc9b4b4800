//! A courier's stop as a whole: the summary, what stays in the van, somebody who collects in between, the end.

use locker_core::{CourierNote, Intent, Moved, NotAccepted, Place, Stop, View};
use locker_protocol::event::{Door, WhyLeftOver};
use locker_protocol::{Change, CompartmentId, Event, ParcelId, Size, StaffId, TenantId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

/// How the last stop that ended counted: in, out, left over.
fn signed_out(bench: &Bench) -> Option<(u16, u16, u16)> {
    bench.journal.iter().rev().find_map(|event| match event {
        Event::SignedOut { staff: StaffId(11), stored, taken_out, left_over } => {
            Some((*stored, *taken_out, *left_over))
        }
        _ => None,
    })
}

fn stop(bench: &Bench) -> Stop {
    let View::StopDone(stop) = bench.view.clone() else { panic!("{:?}", bench.view) };
    stop
}

#[test]
fn the_badge_shows_what_is_to_be_done_and_what_may_find_no_door() {
    let (mut bench, [_]) = ready_with([7]);
    bench.change(Change::Recall { parcel: ParcelId(7) });
    // Large ones of carrier 1, and two doors for them.
    for number in [101, 103, 105] {
        let mut announcement = people::announcement(3);
        announcement.parcel = ParcelId(number);
        announcement.label = people::label(number);
        announcement.label_tag = people::label_tag(number);
        announcement.size = Size::L;
        bench.change(Change::Announce { announcement });
    }
    // Another carrier's are not counted.
    bench.announce(2);
    bench.give(people::show_badge(11));
    let View::Courier { free, take_out, announced, without_room, note, .. } = bench.view else {
        panic!("{:?}", bench.view)
    };
    assert_eq!((free, take_out, announced, without_room), ([1, 2, 2], 1, 3, 1));
    assert_eq!(note, CourierNote::None);
}

#[test]
fn small_parcels_fill_the_larger_doors_that_are_left_before_any_is_without_room() {
    let mut bench = ready();
    for number in [3, 7, 11, 15, 19] {
        bench.announce(number);
    }
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { announced: 5, without_room: 0, .. }), "{:?}", bench.view);
}

#[test]
fn a_parcel_without_a_door_stays_in_the_van_on_record_and_on_the_list() {
    let mut bench = ready();
    let service = |door, in_service| Change::Service { compartment: CompartmentId(door), in_service };
    bench.change(service(5, false));
    bench.change(service(6, false));
    let mut announcement = people::announcement(3);
    announcement.size = Size::L;
    bench.change(Change::Announce { announcement });
    bench.give(people::show_badge(11));
    for _ in 0..2 {
        bench.give(people::scan_label(3));
        let labels = vec!["0003".to_owned()];
        assert_eq!(bench.view, View::LeftOvers { labels, more: 0, size: Some(Size::L) });
    }
    let left = Event::LeftOver {
        parcel: Some(ParcelId(3)),
        label_tag: people::label_tag(3),
        why: WhyLeftOver::NoRoom { size: Size::L },
    };
    assert_eq!(
        bench.journal.iter().filter(|event| **event == left).count(),
        1,
        "once, however often scanned"
    );
    // The next scan needs no touch.
    bench.announce(7);
    bench.deposit(7);
    assert!(matches!(bench.view, View::Courier { left_over: 1, .. }));
    // A large door is free again: it goes in after all.
    bench.change(service(5, true));
    bench.deposit(3);
    bench.give(people::touch(Intent::Finish));
    assert_eq!(signed_out(&bench), Some((2, 0, 0)));
}

#[test]
fn the_end_tells_what_went_in_out_and_stays_and_what_its_receipt_is_about() {
    let (mut bench, [door]) = ready_with([7]);
    bench.change(Change::Recall { parcel: ParcelId(7) });
    bench.announce(3);
    bench.announce(1);
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::TakeOut));
    assert_eq!(bench.takes(), door);
    let first = bench.deposit(3);
    bench.give(people::scan_label(1));
    let other = bench.opens();
    bench.give(people::touch(Intent::DoesNotFit));
    bench.closes(other);
    bench.give(people::touch(Intent::Finish));
    let stop = stop(&bench);
    assert_eq!((stop.stored, stop.taken_out, stop.left_over), (1, 1, 1));
    assert_eq!((stop.tenant, stop.page, stop.pages), (TenantId(1), 1, 1));
    let moved =
        |parcel, door, went_in| Moved { parcel: ParcelId(parcel), door: CompartmentId(door), went_in };
    assert_eq!(stop.moves, [moved(7, door, false), moved(3, first, true)]);
    assert_eq!(signed_out(&bench), Some((1, 1, 1)));
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home());
    let times = bench.journal.iter().filter(|event| matches!(event, Event::SignedOut { .. })).count();
    assert_eq!(times, 2, "that of whoever brought parcel 7, and this");
}

#[test]
fn what_was_not_in_there_is_not_on_the_receipt() {
    let mut bench = ready();
    bench.announce(3);
    bench.announce(1);
    bench.give(people::show_badge(11));
    bench.deposit(3);
    let kept = bench.deposit(1);
    bench.give(people::touch(Intent::NotInThere));
    bench.give(people::touch(Intent::Pick(1)));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    let moves = stop(&bench).moves;
    assert_eq!(moves, [Moved { parcel: ParcelId(1), door: CompartmentId(kept), went_in: true }]);
}

#[test]
fn a_stop_that_moved_nothing_goes_home_at_once() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home());
    assert_eq!(signed_out(&bench), Some((0, 0, 0)));
}

#[test]
fn whoever_walks_away_is_signed_out_by_time() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.deposit(3);
    bench.wait(111_000);
    assert!(bench.is_home());
    assert_eq!(signed_out(&bench), Some((1, 0, 0)));
}

#[test]
fn the_receipt_does_not_keep_the_next_person_waiting() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    let door = bench.deposit(3);
    bench.give(people::touch(Intent::Finish));
    stop(&bench);
    bench.wait(1_000);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
}

#[test]
fn somebody_collects_in_between_and_the_badge_goes_on_where_it_was() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    let door = bench.deposit(3);
    bench.give(people::touch(Intent::LetCollect));
    assert!(bench.is_home());
    assert_eq!(signed_out(&bench), None);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.wait(29 * 60_000);
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { can_undo: true, .. }));
    bench.give(people::touch(Intent::Finish));
    assert_eq!(signed_out(&bench), Some((1, 0, 0)));
    assert_eq!(stop(&bench).moves.len(), 1, "behind door {door} it was");
}

#[test]
fn a_courier_who_does_not_come_back_is_signed_out_after_half_an_hour() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.deposit(3);
    bench.give(people::touch(Intent::LetCollect));
    bench.wait(30 * 60_000 - 1_000);
    assert_eq!(signed_out(&bench), None);
    bench.wait(2_000);
    assert_eq!(signed_out(&bench), Some((1, 0, 0)));
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { can_undo: false, .. }));
}

#[test]
fn another_couriers_badge_ends_the_session_that_was_set_aside() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::LetCollect));
    bench.give(people::show_badge(12));
    assert_eq!(signed_out(&bench), Some((0, 0, 0)));
    assert!(matches!(bench.view, View::Courier { .. }));
}

#[test]
fn a_bearers_stop_has_its_receipt_too() {
    let mut bench = ready();
    bench.give(people::show_deposit_pass(people::announcement(3)));
    let door = bench.takes();
    bench.give(people::touch(Intent::Finish));
    let stop = stop(&bench);
    assert_eq!(stop.tenant, TenantId(1));
    assert_eq!(stop.moves, [Moved { parcel: ParcelId(3), door: CompartmentId(door), went_in: true }]);
}

#[test]
fn another_carriers_bearer_begins_a_stop_of_their_own() {
    let mut bench = ready();
    bench.give(people::show_deposit_pass(people::announcement(3)));
    bench.takes();
    bench.give(people::show_deposit_pass(people::announcement(4)));
    let door = bench.takes();
    bench.give(people::touch(Intent::Finish));
    let stop = stop(&bench);
    assert_eq!(stop.tenant, TenantId(2));
    assert_eq!(stop.moves, [Moved { parcel: ParcelId(4), door: CompartmentId(door), went_in: true }]);
}

#[test]
fn forty_movements_are_one_receipt_and_more_are_several() {
    let mut cabinet = crate::bench::cabinet();
    let spec = cabinet.compartments[&CompartmentId(1)];
    cabinet.compartments = (1..=41).map(|number| (CompartmentId(number), spec)).collect();
    let mut bench = Bench::new(cabinet);
    bench.give(locker_core::Input::Enrolled(people::LOCKER));
    for door in 1..=41 {
        bench.sense(door, Door::Closed);
    }
    bench.change(Change::Staff { staff: people::staff(11) });
    bench.give(people::show_badge(11));
    for number in 0..41 {
        let mut announcement = people::announcement(3);
        announcement.parcel = ParcelId(1_000 + number);
        announcement.label = people::label(1_000 + number);
        announcement.label_tag = people::label_tag(1_000 + number);
        bench.change(Change::Announce { announcement });
        bench.give(people::scan_label(1_000 + number));
        bench.takes();
    }
    bench.give(people::touch(Intent::Finish));
    let first = stop(&bench);
    assert_eq!((first.stored, first.moves.len(), first.page, first.pages), (41, 40, 1, 2));
    bench.give(people::touch(Intent::NextReceipt));
    let second = stop(&bench);
    assert_eq!((second.stored, second.moves.len(), second.page, second.pages), (41, 1, 2, 2));
    bench.give(people::touch(Intent::NextReceipt));
    assert_eq!(stop(&bench).page, 2);
}

#[test]
fn a_recipient_may_have_a_receipt_of_what_they_took() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    assert!(matches!(bench.view, View::Done { receipt: true, .. }));
    bench.give(people::touch(Intent::ShowReceipt));
    let View::Receipt { moves, .. } = bench.view.clone() else { panic!("{:?}", bench.view) };
    assert_eq!(moves, [out_of(3, door)]);
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home());
}

fn out_of(parcel: u64, door: u16) -> Moved {
    Moved { parcel: ParcelId(parcel), door: CompartmentId(door), went_in: false }
}

#[test]
fn a_recipients_receipt_tells_of_every_door_of_the_visit() {
    // Person 101's.
    let (mut bench, [first, second]) = ready_with([3, 15]);
    bench.goes_on_with(3);
    let doors = [bench.takes(), bench.takes()];
    bench.give(people::touch(Intent::ShowReceipt));
    let View::Receipt { moves, .. } = bench.view.clone() else { panic!("{:?}", bench.view) };
    let of = |door| if door == first { 3 } else { 15 };
    assert_eq!(moves, doors.map(|door| out_of(of(door), door)), "{first} and {second}");
}

#[test]
fn what_is_said_to_be_empty_on_a_second_look_is_not_on_the_receipt() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.give(people::touch(Intent::Reopen));
    bench.wait(1_000);
    bench.opens();
    bench.give(people::touch(Intent::Empty));
    bench.give(people::touch(Intent::Yes));
    bench.closes(door);
    bench.give(people::touch(Intent::Finish));
    assert!(matches!(bench.view, View::Done { receipt: false, .. }), "{:?}", bench.view);
}

#[test]
fn what_goes_back_is_listed_and_comes_out_one_by_one_or_all() {
    let (mut bench, [_, _, _]) = ready_with([1, 7, 3]);
    for number in [1, 7, 3] {
        bench.change(Change::Recall { parcel: ParcelId(number) });
    }
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::TakeOut));
    let View::TakeOut { doors, more: 0 } = bench.view.clone() else { panic!("{:?}", bench.view) };
    assert_eq!(doors.len(), 3);
    bench.give(people::touch(Intent::Pick(1)));
    assert_eq!(CompartmentId(bench.takes()), doors[1].door);
    // What was not picked is still listed; the rest comes out, one door after the other.
    assert!(matches!(&bench.view, View::TakeOut { doors, .. } if doors.len() == 2));
    bench.give(people::touch(Intent::OpenAll));
    let first = bench.opens();
    assert!(bench.unlocks.is_empty());
    bench.closes(first);
    bench.takes();
    assert!(matches!(bench.view, View::Courier { take_out: 0, .. }));
    for number in [1, 7, 3] {
        assert!(matches!(bench.place(number), Place::Out(_)));
    }
}

#[test]
fn a_pass_that_opens_nothing_is_not_a_sign_in() {
    let mut bench = ready();
    bench.change(Change::RevokeStaff { staff: StaffId(11) });
    bench.give(people::show_badge(11));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Revoked });
    assert_eq!(signed_out(&bench), None);
}
