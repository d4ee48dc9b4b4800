//! A technician at the cabinet: what is wrong now, doors, service, inventory; never whose parcels there are.

use locker_core::{
    Believed, CaseLine, Contents, Effect, Input, Intent, InventoryNote, NotAccepted, Place, Task, Trouble,
    TroubleKind, View,
};
use locker_protocol::event::{Answer, Door, Entitled, OutOfService, Problem, Purpose};
use locker_protocol::{Change, CompartmentId, Event, ParcelId, StaffId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

const BY: Option<StaffId> = Some(StaffId(13));

/// The hub is heard and has told the time: nothing is wrong but what a test makes so.
fn signed_in(bench: &mut Bench) {
    bench.give(Input::HubTime { unix_s: 2_000_000 });
    bench.give(people::show_badge(13));
    assert!(matches!(bench.view, View::TechnicianHome { .. }), "{:?}", bench.view);
}

fn troubles(bench: &Bench) -> Vec<Trouble> {
    let View::TechnicianHome { troubles, .. } = bench.view.clone() else { panic!("{:?}", bench.view) };
    troubles
}

/// The technician looks at one door's page.
fn looks_at(bench: &mut Bench, door: u16) {
    bench.give(people::touch(Intent::Doors));
    loop {
        let View::TechnicianDoors { doors, .. } = bench.view.clone() else { panic!("{:?}", bench.view) };
        if let Some(place) = doors.iter().position(|line| line.door.0 == door) {
            return bench.give(people::touch(Intent::Pick(u8::try_from(place).expect("small"))));
        }
        bench.give(people::touch(Intent::NextPage));
    }
}

fn settled(bench: &Bench, door: u16) -> Vec<Vec<ParcelId>> {
    let of_door = bench.journal.iter().filter_map(|event| match event {
        Event::Settled { compartment, holds, by: BY } if compartment.0 == door => Some(holds.clone()),
        _ => None,
    });
    of_door.collect()
}

/// Only the doors of which it is not known what is inside.
fn counts_unknown(bench: &mut Bench) {
    bench.give(people::touch(Intent::Inventory));
    bench.give(people::touch(Intent::OnlyUnknown));
}

/// The inventory is over: what it found wrong, read and left.
fn proven_wrong(bench: &mut Bench) -> Vec<Trouble> {
    let View::InventoryDone { troubles, .. } = bench.view.clone() else { panic!("{:?}", bench.view) };
    bench.give(people::touch(Intent::Back));
    assert!(matches!(bench.view, View::TechnicianHome { .. }));
    troubles
}

/// What is behind this door came into doubt.
fn doubted(bench: &mut Bench, door: u16) {
    bench.sense(door, Door::Open);
    bench.sense(door, Door::Closed);
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Unknown { .. }));
}

#[test]
fn badge_or_pin_lead_to_what_is_wrong_now() {
    let mut bench = ready();
    signed_in(&mut bench);
    assert_eq!(bench.view, View::TechnicianHome { troubles: Vec::new(), more: 0 });
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home());
    let signed_out = |event: &Event| matches!(event, Event::SignedOut { staff: StaffId(13), .. });
    assert!(bench.has_recorded(signed_out));
    bench.give(people::touch(Intent::SignIn));
    bench.give(people::type_pin(13, people::pin(13)));
    assert!(matches!(bench.view, View::TechnicianHome { .. }));
}

#[test]
fn the_worst_comes_first_and_what_has_no_room_is_counted() {
    let mut bench = ready();
    bench.give(Input::Network { reaches_hub: false });
    doubted(&mut bench, 4);
    bench.sense(6, Door::Unknown);
    bench.change(Change::Service { compartment: CompartmentId(2), in_service: false });
    bench.give(people::show_badge(13));
    let at = |door: u16, what| Trouble { door: Some(CompartmentId(door)), sensor: None, what };
    let first = [at(6, TroubleKind::ReadingLost), at(4, TroubleKind::Unknown)];
    let no_network = Trouble { door: None, sensor: None, what: TroubleKind::NoNetwork };
    let [silent, unknown] = first;
    assert_eq!(troubles(&bench), [silent, unknown, no_network]);
    // The clock, and the door that the hub took out of service.
    assert!(matches!(bench.view, View::TechnicianHome { more: 2, .. }), "{:?}", bench.view);
    // A board that says nothing is one trouble.
    for door in 1..=6 {
        bench.sense(door, Door::Unknown);
    }
    assert_eq!(troubles(&bench)[0], Trouble { door: None, sensor: None, what: TroubleKind::BoardSilent });
}

#[test]
fn a_door_is_opened_on_record_and_what_is_inside_is_unknown_afterwards() {
    let (mut bench, [door]) = ready_with([3]);
    signed_in(&mut bench);
    looks_at(&mut bench, door);
    let View::TechnicianDoor { contents, parcels, lock_ms, .. } = bench.view.clone() else {
        panic!("{:?}", bench.view)
    };
    assert_eq!((contents, parcels), (Believed::Holds, 1));
    assert!(lock_ms.is_some(), "of the deposit");
    bench.wait(1_000);
    bench.give(people::touch(Intent::OpenDoor));
    assert_eq!(bench.opens(), door);
    assert!(matches!(bench.view, View::DoorOpen { task: Task::Service, .. }));
    bench.closes(door);
    assert!(matches!(
        bench.view,
        View::TechnicianDoor { contents: Believed::Unknown, lock_ms: Some(100), .. }
    ));
    let entitled = Entitled::Technician { staff: StaffId(13) };
    assert!(bench.has_recorded(
        |event| matches!(event, Event::Began { purpose: Purpose::Service, entitled: by, .. } if *by == entitled)
    ));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)), "its right is kept");
    bench.give(people::touch(Intent::Back));
    bench.give(people::touch(Intent::Back));
    bench.give(people::touch(Intent::Finish));
    bench.wait(1_000);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_door_goes_out_of_service_and_back_on_record_and_keeps_the_rights_to_what_is_inside() {
    let (mut bench, [door]) = ready_with([3]);
    let compartment = CompartmentId(door);
    signed_in(&mut bench);
    looks_at(&mut bench, door);
    bench.give(people::touch(Intent::ToggleService));
    assert_eq!(bench.state().out_of_service(compartment), Some(OutOfService::ByStaff));
    let out = Event::Service { compartment, out: Some(OutOfService::ByStaff), by: BY };
    assert!(bench.has_recorded(|event| *event == out));
    bench.give(people::touch(Intent::Back));
    bench.give(people::touch(Intent::Back));
    bench.give(people::touch(Intent::Finish));
    bench.wait(1_000);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    bench.give(people::touch(Intent::Finish));
    signed_in(&mut bench);
    looks_at(&mut bench, door);
    bench.give(people::touch(Intent::ToggleService));
    assert_eq!(bench.state().out_of_service(compartment), None);
}

#[test]
fn what_is_scanned_is_inside_once_the_door_is_closed() {
    let (mut bench, [door]) = ready_with([3]);
    doubted(&mut bench, door);
    signed_in(&mut bench);
    bench.give(people::touch(Intent::Inventory));
    assert_eq!(bench.view, View::InventoryIntro { doors: 6, unknown: 1 });
    bench.wait(1_000);
    bench.give(people::touch(Intent::OnlyUnknown));
    assert_eq!(bench.opens(), door);
    bench.give(people::scan_label(3));
    let View::Inventory { expected, found, note, index, of, .. } = bench.view.clone() else {
        panic!("{:?}", bench.view)
    };
    assert_eq!((expected, found, note, index, of), (1, 1, InventoryNote::Counted, 1, 1));
    assert!(settled(&bench, door).is_empty(), "only an observed close settles");
    bench.closes(door);
    assert_eq!(settled(&bench, door), [[ParcelId(3)]]);
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
    assert!(proven_wrong(&mut bench).is_empty());
}

#[test]
fn doors_open_in_turn_and_never_before_the_one_before_is_closed() {
    let mut bench = ready();
    signed_in(&mut bench);
    bench.give(people::touch(Intent::Inventory));
    bench.give(people::touch(Intent::OpenAll));
    for door in 1..=6 {
        assert_eq!(bench.opens(), door);
        bench.give(people::touch(Intent::Empty));
        bench.watch(door, Door::Open, 2_000);
        assert!(bench.unlocks.is_empty());
        bench.closes(door);
        assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
    }
    assert_eq!(bench.view, View::InventoryDone { doors: 6, troubles: Vec::new(), more: 0 });
}

#[test]
fn the_end_of_an_inventory_tells_of_swapped_wires_weak_locks_and_sensors_that_say_open_of_a_shut_door() {
    let mut bench = ready();
    signed_in(&mut bench);
    bench.sense(5, Door::Open);
    bench.wait(1_000);
    bench.give(people::touch(Intent::Inventory));
    bench.give(people::touch(Intent::OpenAll));
    // The pulse for 1 opens 2, for whoever wired it.
    bench.answer(Answer::Sent);
    bench.sense(2, Door::Open);
    bench.sense(2, Door::Closed);
    while bench.unlocks.front().is_none_or(|unlock| unlock.compartment.0 == 1) {
        if !bench.unlocks.is_empty() {
            bench.answer(Answer::Sent);
        }
        bench.watch(1, Door::Closed, 100);
    }
    let empty = |bench: &mut Bench, door| {
        bench.give(people::touch(Intent::Empty));
        bench.closes(door);
    };
    assert_eq!(bench.opens(), 2);
    empty(&mut bench, 2);
    // The third needs more than one pulse.
    bench.answer(Answer::Sent);
    while bench.unlocks.is_empty() {
        bench.watch(3, Door::Closed, 100);
    }
    assert_eq!(bench.opens(), 3);
    empty(&mut bench, 3);
    for door in [4, 5, 6] {
        assert_eq!(bench.opens(), door);
        empty(&mut bench, door);
    }
    let at = |door, what| Trouble { door: Some(CompartmentId(door)), sensor: None, what };
    let troubles = vec![
        at(1, TroubleKind::OtherDoorOpened(CompartmentId(2))),
        at(5, TroubleKind::OpenBefore),
        at(3, TroubleKind::WeakLock { pulses: 2 }),
    ];
    assert_eq!(bench.view, View::InventoryDone { doors: 6, troubles, more: 0 });
}

#[test]
fn what_was_sure_to_be_inside_and_is_not_stays_listed_with_a_case() {
    let (mut bench, [door]) = ready_with([3]);
    let compartment = CompartmentId(door);
    signed_in(&mut bench);
    bench.give(people::touch(Intent::Inventory));
    bench.wait(1_000);
    bench.give(people::touch(Intent::OpenAll));
    assert_eq!(bench.opens(), door);
    bench.give(people::touch(Intent::Empty));
    bench.closes(door);
    assert!(settled(&bench, door).is_empty());
    assert!(
        matches!(bench.state().contents(compartment), Contents::Unknown { maybe, .. } if maybe == [ParcelId(3)])
    );
    assert!(bench.has_recorded(|event| matches!(event, Event::CaseRaised { problem: Problem::Missing, .. })));
    assert_eq!(bench.place(3), Place::Doubtful(compartment), "nobody's right is written off by one look");
    // The second look settles it.
    bench.give(people::touch(Intent::Finish));
    let next = bench.opens();
    bench.closes(next);
    proven_wrong(&mut bench);
    bench.wait(1_000);
    counts_unknown(&mut bench);
    loop {
        let open = bench.opens();
        bench.give(people::touch(Intent::Empty));
        bench.closes(open);
        if open == door {
            break;
        }
        bench.wait(1_000);
    }
    assert_eq!(bench.state().contents(compartment), Contents::Empty);
    assert_eq!(bench.place(3), Place::Expected);
}

#[test]
fn a_parcel_that_the_books_have_elsewhere_moves_to_where_it_was_found() {
    let (mut bench, [door, other]) = ready_with([3, 1]);
    doubted(&mut bench, door);
    signed_in(&mut bench);
    bench.wait(1_000);
    counts_unknown(&mut bench);
    assert_eq!(bench.opens(), door);
    bench.give(people::scan_label(3));
    bench.give(people::scan_label(1));
    let elsewhere = InventoryNote::Elsewhere(CompartmentId(other));
    assert!(matches!(bench.view, View::Inventory { found: 2, note, .. } if note == elsewhere));
    bench.closes(door);
    assert_eq!(bench.place(1), Place::Inside(CompartmentId(door)));
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)));
}

#[test]
fn a_power_cut_in_the_inventory_keeps_what_was_seen() {
    let (mut bench, [door, _]) = ready_with([3, 1]);
    doubted(&mut bench, door);
    signed_in(&mut bench);
    bench.wait(1_000);
    counts_unknown(&mut bench);
    bench.opens();
    bench.give(people::scan_label(1));
    bench.restart();
    bench.sense(door, Door::Closed);
    let contents = bench.state().contents(CompartmentId(door));
    assert!(contents.listed().contains(&ParcelId(1)), "{contents:?}");
    assert!(contents.listed().contains(&ParcelId(3)), "{contents:?}");
}

#[test]
fn a_label_that_nobody_knows_leaves_the_contents_unknown() {
    let mut bench = ready();
    doubted(&mut bench, 4);
    signed_in(&mut bench);
    counts_unknown(&mut bench);
    bench.opens();
    bench.give(people::scan_label(8));
    assert!(matches!(bench.view, View::Inventory { note: InventoryNote::UnknownLabel, .. }));
    bench.give(people::touch(Intent::Empty));
    bench.closes(4);
    assert!(matches!(bench.state().contents(CompartmentId(4)), Contents::Unknown { .. }));
    assert!(settled(&bench, 4).is_empty());
}

#[test]
fn a_skipped_door_is_only_closed_and_stop_ends_the_inventory() {
    let mut bench = ready();
    doubted(&mut bench, 3);
    doubted(&mut bench, 4);
    signed_in(&mut bench);
    counts_unknown(&mut bench);
    assert_eq!(bench.opens(), 3);
    bench.give(people::touch(Intent::Skip));
    assert!(matches!(bench.view, View::DoorOpen { task: Task::Service, .. }));
    bench.closes(3);
    assert!(settled(&bench, 3).is_empty());
    assert_eq!(bench.opens(), 4);
    bench.give(people::touch(Intent::Finish));
    bench.closes(4);
    assert!(settled(&bench, 4).is_empty());
    assert!(proven_wrong(&mut bench).is_empty());
}

#[test]
fn a_door_of_the_inventory_that_does_not_open_is_followed_by_the_next() {
    let mut bench = ready();
    doubted(&mut bench, 3);
    doubted(&mut bench, 4);
    signed_in(&mut bench);
    counts_unknown(&mut bench);
    for _ in 0..100 {
        if bench.unlocks.front().is_some_and(|unlock| unlock.compartment.0 == 4) {
            break;
        }
        if !bench.unlocks.is_empty() {
            bench.answer(Answer::Sent);
        }
        bench.watch(3, Door::Closed, 100);
    }
    assert_eq!(bench.opens(), 4);
    bench.give(people::touch(Intent::Empty));
    bench.closes(4);
    let stuck = Trouble { door: Some(CompartmentId(3)), sensor: None, what: TroubleKind::Stuck { times: 1 } };
    assert_eq!(proven_wrong(&mut bench)[..], [stuck][..]);
    assert_eq!(troubles(&bench)[0].what, TroubleKind::Stuck { times: 1 });
}

#[test]
fn cases_are_listed_newest_first_and_answered_ones_say_so() {
    let mut bench = ready();
    for door in 1..=5 {
        doubted(&mut bench, door);
    }
    let first = bench.state().cases[0].id;
    let answer = locker_protocol::change::CaseAnswer::StaffComes;
    bench.change(Change::AnswerCase { case: first, answer });
    signed_in(&mut bench);
    bench.give(people::touch(Intent::Cases));
    let View::TechnicianCases { cases, page: 1, pages: 2 } = bench.view.clone() else {
        panic!("{:?}", bench.view)
    };
    let doors: Vec<_> = cases.iter().map(|line| line.door.0).collect();
    assert_eq!(doors, [5, 4, 3, 2]);
    bench.give(people::touch(Intent::NextPage));
    let last = CaseLine { case: first, door: CompartmentId(1), what: Problem::OpenedUnasked, answered: true };
    assert_eq!(bench.view, View::TechnicianCases { cases: vec![last], page: 2, pages: 2 });
    bench.give(people::touch(Intent::NextPage));
    assert!(matches!(bench.view, View::TechnicianCases { page: 1, .. }));
}

#[test]
fn this_locker_is_told_and_begins_again_on_a_word() {
    let mut bench = ready();
    signed_in(&mut bench);
    bench.give(people::touch(Intent::About));
    let about = View::TechnicianAbout {
        network: true,
        clock_from_hub: true,
        version: "test".to_owned(),
        locker: Some(people::LOCKER),
    };
    assert_eq!(bench.view, about);
    bench.effects.clear();
    bench.give(people::touch(Intent::Restart));
    assert!(bench.effects.contains(&Effect::Restart));
}

#[test]
fn nobody_else_makes_the_program_begin_again_or_opens_a_door_to_look() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.effects.clear();
    for intent in
        [Intent::Restart, Intent::OpenDoor, Intent::Inventory, Intent::OpenAll, Intent::ToggleService]
    {
        bench.give(people::touch(intent));
    }
    assert!(bench.effects.iter().all(|effect| !matches!(effect, Effect::Restart | Effect::Unlock(_))));
    assert!(matches!(bench.view, View::Courier { .. }));
}

#[test]
fn whoever_collects_before_the_technician_has_finished_signs_them_out() {
    let (mut bench, [door]) = ready_with([3]);
    signed_in(&mut bench);
    bench.wait(1_000);
    bench.give(people::type_code(people::code(3)));
    let signed_out = |event: &Event| matches!(event, Event::SignedOut { staff: StaffId(13), .. });
    assert!(bench.has_recorded(signed_out));
    assert_eq!(bench.takes(), door);
}

#[test]
fn a_technician_revoked_in_the_middle_gets_no_further_door() {
    let mut bench = ready();
    doubted(&mut bench, 3);
    doubted(&mut bench, 4);
    signed_in(&mut bench);
    counts_unknown(&mut bench);
    assert_eq!(bench.opens(), 3);
    bench.change(Change::RevokeStaff { staff: StaffId(13) });
    bench.closes(3);
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::Revoked });
}

#[test]
fn of_two_carriers_couriers_each_sees_and_takes_out_only_the_own() {
    let (mut bench, [own, other]) = ready_with([1, 4]);
    bench.change(Change::Recall { parcel: ParcelId(1) });
    bench.change(Change::Recall { parcel: ParcelId(4) });
    for (courier, door) in [(11, own), (12, other)] {
        bench.give(people::show_badge(courier));
        assert!(matches!(bench.view, View::Courier { take_out: 1, .. }));
        bench.wait(1_000);
        bench.give(people::touch(Intent::TakeOut));
        assert_eq!(bench.takes(), door);
        assert!(matches!(bench.view, View::Courier { take_out: 0, .. }));
        bench.give(people::touch(Intent::Finish));
        bench.give(people::touch(Intent::Finish));
    }
}
