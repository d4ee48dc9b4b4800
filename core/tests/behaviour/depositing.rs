//! A courier, or the bearer of a deposit pass, brings parcels.

use locker_core::state::By;
use locker_core::{Contents, CourierNote, Intent, NotAccepted, Place, Sound, Task, View};
use locker_protocol::event::{Door, Entitled, Outcome};
use locker_protocol::{CompartmentId, Event, ParcelId, Size, TenantId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

fn note(view: &View) -> CourierNote {
    let View::Courier { note, .. } = view else { panic!("{view:?}") };
    *note
}

#[test]
fn an_announced_parcel_needs_a_scan_and_no_touch() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { free: [2, 2, 2], take_out: 0, .. }));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    assert!(matches!(bench.view, View::DoorOpen { task: Task::PutIn, .. }));
    bench.sounds();
    bench.closes(door);
    assert_eq!(bench.sounds(), [Sound::Stored]);
    assert_eq!(note(&bench.view), CourierNote::Stored(CompartmentId(door)));
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn the_smallest_that_fits_is_taken_and_doors_within_reach_are_kept_for_those_who_asked() {
    // 3: small; 1: medium; 4: small, within reach.
    let (_, doors) = ready_with([3, 1, 4]);
    assert_eq!(doors, [1, 4, 2]);
}

#[test]
fn a_door_within_reach_is_kept_even_when_the_other_is_worn() {
    let (mut bench, [first]) = ready_with([2]);
    bench.give(people::type_code(people::code(2)));
    bench.takes();
    bench.wait(130_000);
    bench.sense(first, Door::Closed);
    assert_eq!(first, 6, "of the large doors 5 is within reach");
    bench.announce(6);
    assert_eq!(bench.store(6), 6, "reach is worth more than wear");
}

#[test]
fn of_doors_alike_the_one_opened_least_is_taken() {
    // None is within reach.
    let mut cabinet = crate::bench::cabinet();
    for spec in cabinet.compartments.values_mut() {
        spec.reachable = false;
    }
    let mut bench = Bench::new(cabinet);
    bench.sense_all_closed();
    let mut doors = Vec::new();
    for number in [3, 7, 11] {
        bench.announce(number);
        doors.push(bench.store(number));
        bench.give(people::type_code(people::code(number)));
        bench.takes();
        bench.wait(130_000);
    }
    assert_eq!(doors, [1, 2, 1]);
}

#[test]
fn an_unannounced_parcel_asks_for_its_size_once() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(8));
    assert_eq!(bench.view, View::ChooseSize { free: [6, 4, 2], label_tail: "0008".to_owned() });
    bench.give(people::touch(Intent::ChooseSize(Size::M)));
    let door = bench.takes();
    let id = ParcelId::made_here(people::LOCKER, 0);
    assert_eq!(bench.state().parcels[&id].place, Place::Inside(CompartmentId(door)));
    assert_eq!(bench.state().parcels[&id].tenant, TenantId(1));
    assert_eq!(bench.state().parcels[&id].recipient, None);
}

#[test]
fn a_label_scanned_while_the_door_is_open_comes_next() {
    let mut bench = ready();
    bench.announce(3);
    bench.announce(1);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    bench.give(people::scan_label(1));
    assert_eq!(bench.unlocks.len(), 0, "one deposit door at a time");
    bench.closes(door);
    assert_eq!(bench.unlocks.len(), 1);
    bench.takes();
    assert!(matches!(bench.place(1), Place::Inside(_)));
}

#[test]
fn another_carriers_parcel_is_not_taken() {
    let mut bench = ready();
    bench.announce(2);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(2));
    assert_eq!(note(&bench.view), CourierNote::NotYours);
    assert!(bench.unlocks.is_empty());
}

#[test]
fn two_carriers_may_print_the_same_label() {
    let mut bench = ready();
    // Carrier 2 brings unannounced what carrier 1 also has.
    bench.give(people::show_badge(12));
    bench.give(people::scan_label(3));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.announce(3);
    let door = bench.store(3);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn a_deposit_that_nobody_saw_is_in_doubt_and_can_be_made_again() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let first = bench.unlocks[0].compartment.0;
    bench.answer(locker_protocol::event::Answer::Sent);
    // The sensor falls silent.
    bench.wait(20_000);
    assert_eq!(bench.last_outcome(), Some(Outcome::NotSeen));
    assert_eq!(note(&bench.view), CourierNote::NotSeen(CompartmentId(first)));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(first)));
    bench.unlocks.clear();
    bench.sense(first, Door::Closed);
    // It is still in the courier's hand.
    let second = bench.deposit(3);
    assert_ne!(second, first);
    let contents = bench.state().contents(CompartmentId(first));
    assert!(matches!(contents, Contents::Unknown { maybe, .. } if maybe == [ParcelId(3)]));
}

#[test]
fn a_parcel_that_is_not_behind_its_door_is_looked_for_behind_the_other_that_may_hold_it() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let first = bench.unlocks[0].compartment.0;
    bench.answer(locker_protocol::event::Answer::Sent);
    // The sensor is silent while the courier puts it in, and is sent to another door all the same.
    bench.wait(20_000);
    bench.unlocks.clear();
    bench.sense(first, Door::Closed);
    let second = bench.deposit(3);
    bench.give(people::touch(Intent::Finish));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.opens(), second);
    bench.give(people::touch(Intent::Empty));
    bench.give(people::touch(Intent::Yes));
    bench.closes(second);
    bench.give(people::touch(Intent::Finish));
    bench.give(people::touch(Intent::Finish));
    bench.goes_on_with(3);
    assert_eq!(bench.takes(), first);
    // Behind one of the two doors, or in their hands: until both were opened the right to it is kept.
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(second)));
    assert_eq!(bench.takes(), second);
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
}

#[test]
fn doubt_follows_the_parcel_to_the_last_door_it_was_brought_to() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    let mut doors = Vec::new();
    for _ in 0..2 {
        bench.give(people::scan_label(3));
        doors.push(bench.unlocks[0].compartment);
        bench.answer(locker_protocol::event::Answer::Sent);
        bench.wait(20_000);
        bench.unlocks.clear();
    }
    assert_ne!(doors[0], doors[1]);
    assert_eq!(bench.place(3), Place::Doubtful(doors[1]));
    assert_eq!(bench.state().contents(doors[0]).listed(), [ParcelId(3)], "the first door still may hold it");
    bench.give(people::touch(Intent::Finish));
    bench.give(people::type_code(people::code(3)));
    assert!(matches!(bench.view, View::List { parcels: 1, doors: 2, .. }), "{:?}", bench.view);
    bench.give(people::touch(Intent::GoOn));
    assert_eq!(bench.unlocks[0].compartment, doors[1], "its recipient's right went with it");
}

#[test]
fn a_deposit_pass_is_itself_the_announcement_and_needs_no_session() {
    let mut bench = ready();
    bench.give(people::show_deposit_pass(people::announcement(3)));
    assert!(bench.has_recorded(|event| matches!(event, Event::Admitted { announcement: Some(_), .. })));
    let door = bench.takes();
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
    let entitled = Entitled::DepositPass { parcel: ParcelId(3) };
    assert!(
        bench.has_recorded(|event| matches!(event, Event::Began { entitled: by, .. } if *by == entitled))
    );
    // Its code works at once, with no network.
    bench.give(people::touch(Intent::Finish));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_deposit_pass_shown_twice_opens_no_second_door() {
    let mut bench = ready();
    bench.give(people::show_deposit_pass(people::announcement(3)));
    let door = bench.opens();
    bench.give(people::show_deposit_pass(people::announcement(3)));
    assert!(bench.unlocks.is_empty(), "not while the door is open");
    bench.closes(door);
    bench.give(people::show_deposit_pass(people::announcement(3)));
    assert_eq!(note(&bench.view), CourierNote::AlreadyInside(CompartmentId(door)));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn a_deposit_pass_of_a_collected_parcel_leaves_a_signed_in_courier_signed_in() {
    let (mut bench, [_]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_badge(11));
    bench.give(people::show_deposit_pass(people::announcement(3)));
    assert!(matches!(bench.view, View::Courier { .. }));
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_deposit_pass(people::announcement(3)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::AlreadyCollected });
}

#[test]
fn the_bearer_of_a_deposit_pass_can_do_nothing_else() {
    let mut bench = ready();
    bench.announce(1);
    bench.give(people::show_deposit_pass(people::announcement(3)));
    bench.takes();
    bench.give(people::scan_label(1));
    assert_eq!(note(&bench.view), CourierNote::NotYours);
    bench.give(people::touch(Intent::TakeOut));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn a_deposit_pass_of_another_carrier_stays_the_right_when_its_door_jams() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.give(people::show_deposit_pass(people::announcement(4)));
    let stuck = bench.unlocks[0].compartment;
    while bench.unlocks.front().is_none_or(|unlock| unlock.compartment == stuck) {
        if !bench.unlocks.is_empty() {
            bench.answer(locker_protocol::event::Answer::Sent);
        }
        bench.watch(stuck.0, Door::Closed, 100);
    }
    let rights: Vec<_> = bench
        .journal
        .iter()
        .filter_map(|event| match event {
            Event::Began { entitled, .. } => Some(*entitled),
            _ => None,
        })
        .collect();
    assert_eq!(rights, [Entitled::DepositPass { parcel: ParcelId(4) }; 2]);
}

#[test]
fn one_parcel_is_in_one_opening_at_a_time() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    let door = bench.opens();
    // The courier walks off and comes back; the door is still open.
    bench.watch(door, Door::Open, 65_000);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(3));
    assert_eq!(note(&bench.view), CourierNote::CloseFirst(CompartmentId(door)));
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn when_no_door_is_large_enough_the_courier_is_told() {
    let mut bench = ready();
    bench.sense(5, Door::Unknown);
    bench.sense(6, Door::Unknown);
    bench.announce(2);
    bench.give(people::show_badge(12));
    bench.give(people::scan_label(2));
    let left_overs = View::LeftOvers { labels: vec!["0002".to_owned()], more: 0, size: None };
    assert_eq!(bench.view, left_overs, "a door that is not seen closed is not offered");
}

#[test]
fn a_couriers_session_is_set_aside_while_someone_collects_and_resumed_on_the_badge() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.deposit(3);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.wait(29 * 60_000);
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { can_undo: true, .. }));
}

#[test]
fn a_session_set_aside_for_half_an_hour_is_over() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::show_badge(11));
    bench.deposit(3);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.wait(31 * 60_000);
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { can_undo: false, .. }));
}
