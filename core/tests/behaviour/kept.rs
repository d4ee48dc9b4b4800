//! Parcels that must be kept at a temperature, and the compartments that keep one.

use locker_core::allocate::{self, Wishes};
use locker_core::{Cabinet, CourierNote, Input, Intent, Place, Spec, State, Thermometer, View};
use locker_protocol::change::{Announcement, TemperatureRange};
use locker_protocol::event::{Door, WhyLeftOver};
use locker_protocol::{Change, CompartmentId, Event, ParcelId, Size};
use proptest::prelude::*;
use proptest::sample::select;

use crate::bench::{Bench, cabinet};
use crate::people;

/// A small, a medium and a large door (1, 3 and 5) are kept at 2 to 8 degrees, a small one (2) at -25 to -20; all is well. Courier 11
/// is signed in.
fn market() -> Bench {
    let mut cabinet = cabinet();
    let kept = |doors: &[u16], low, high| Thermometer {
        compartments: doors.iter().copied().map(CompartmentId).collect(),
        range_tenths_c: (low, high),
    };
    cabinet.thermometers.insert("cold".to_owned(), kept(&[1, 3, 5], 20, 80));
    cabinet.thermometers.insert("frozen".to_owned(), kept(&[2], -250, -200));
    let mut bench = Bench::new(cabinet);
    bench.sense_all_closed();
    bench.give(Input::Enrolled(people::LOCKER));
    for staff in [11, 12] {
        bench.change(Change::Staff { staff: people::staff(staff) });
    }
    measures(&mut bench, "cold", 50);
    measures(&mut bench, "frozen", -220);
    bench.give(people::show_badge(11));
    bench
}

fn measures(bench: &mut Bench, sensor: &str, tenths_c: i16) {
    bench.give(Input::Temperature { sensor: sensor.to_owned(), tenths_c: Some(tenths_c) });
}

fn announce(bench: &mut Bench, announcement: Announcement) {
    bench.change(Change::Announce { announcement });
}

/// The courier is told that there is no door for this parcel, and none opens.
fn finds_no_door(bench: &mut Bench, number: u64) {
    bench.give(people::scan_label(number));
    assert!(matches!(bench.view, View::Courier { note: CourierNote::NoRoom, .. }), "{:?}", bench.view);
    assert!(bench.unlocks.is_empty());
}

#[test]
fn a_parcel_goes_only_where_it_is_kept_as_it_asks() {
    let mut bench = market();
    announce(&mut bench, people::kept(3, 0, 100));
    announce(&mut bench, people::kept(7, -300, -150));
    announce(&mut bench, people::kept(11, 30, 80));
    assert_eq!(bench.deposit(3), 1, "2 to 8 degrees lies within 0 to 10");
    assert_eq!(bench.deposit(7), 2);
    // Wherever it is 2 to 8 degrees, it may be 2 degrees.
    finds_no_door(&mut bench, 11);
}

#[test]
fn a_parcel_that_would_spoil_stays_in_the_van_on_record_though_other_doors_are_free() {
    let mut bench = market();
    announce(&mut bench, people::kept(3, 20, 80));
    measures(&mut bench, "cold", 95);
    for _ in 0..2 {
        finds_no_door(&mut bench, 3);
    }
    let why = WhyLeftOver::NotKept;
    let left = Event::LeftOver { parcel: Some(ParcelId(3)), label_tag: people::label_tag(3), why };
    assert_eq!(bench.journal.iter().filter(|event| **event == left).count(), 1);
    assert_eq!(bench.place(3), Place::Expected);
    assert!(matches!(bench.view, View::Courier { left_over: 1, .. }));
    // It is cold again: the same scan is enough.
    measures(&mut bench, "cold", 60);
    assert_eq!(bench.deposit(3), 1);
    assert!(matches!(bench.view, View::Courier { left_over: 0, .. }));
}

#[test]
fn who_asks_for_no_temperature_takes_the_cold_doors_last_and_the_rarest_of_them_at_the_very_end() {
    let mut bench = market();
    // Doors 4 (medium) and 6 (large) keep no temperature; 2 is frozen.
    let smalls = [3, 7, 11, 15, 19, 23];
    for number in smalls {
        // For different people, so that none is put beside another.
        let recipient = locker_protocol::RecipientId(500 + number);
        announce(
            &mut bench,
            Announcement { size: Size::S, reachable: false, recipient, ..people::announcement(number) },
        );
    }
    let doors = smalls.map(|number| bench.deposit(number));
    assert_eq!(doors, [4, 6, 1, 3, 5, 2]);
}

#[test]
fn a_larger_door_is_one_that_keeps_it_as_well() {
    let mut bench = market();
    announce(&mut bench, people::kept(3, 20, 80));
    bench.give(people::scan_label(3));
    assert_eq!(bench.opens(), 1);
    bench.give(people::touch(Intent::Larger));
    bench.closes(1);
    assert_eq!(bench.opens(), 3, "not 4, which is as large");
    bench.give(people::touch(Intent::Larger));
    bench.closes(3);
    assert_eq!(bench.opens(), 5);
    let View::DoorOpen { choices, .. } = bench.view else { panic!("{:?}", bench.view) };
    assert!(!choices.larger);
    assert!(choices.does_not_fit);
}

#[test]
fn a_larger_door_is_not_offered_where_none_keeps_it() {
    let mut bench = market();
    announce(&mut bench, people::kept(3, -250, -180));
    bench.give(people::scan_label(3));
    assert_eq!(bench.opens(), 2);
    let View::DoorOpen { choices, .. } = bench.view else { panic!("{:?}", bench.view) };
    assert!(!choices.larger, "larger doors are free, and none is frozen");
}

#[test]
fn a_dirty_cold_door_leads_on_to_another_that_is_as_cold() {
    let mut bench = market();
    announce(&mut bench, people::kept(3, 20, 80));
    bench.give(people::scan_label(3));
    assert_eq!(bench.opens(), 1);
    bench.give(people::touch(Intent::DirtyOrFull));
    bench.closes(1);
    assert_eq!(bench.opens(), 3);
}

#[test]
fn a_deposit_pass_brings_its_wish_along() {
    let mut bench = market();
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_deposit_pass(people::kept(3, 20, 80)));
    assert_eq!(bench.takes(), 1);
}

#[test]
fn a_parcel_is_not_put_beside_another_where_it_would_spoil() {
    let mut bench = market();
    let recipient = people::announcement(3).recipient;
    announce(&mut bench, Announcement { size: Size::S, ..people::announcement(3) });
    assert_eq!(bench.deposit(3), 4, "a medium door, with room beside it");
    announce(&mut bench, Announcement { recipient, size: Size::S, ..people::kept(7, 20, 80) });
    assert_eq!(bench.deposit(7), 1);
}

#[test]
fn the_courier_is_told_before_the_first_scan_that_the_cold_doors_do_not_suffice() {
    let mut bench = market();
    bench.give(people::touch(Intent::Finish));
    // Three cold doors for four cold parcels, a frozen one for none, and two others for two.
    for number in [3, 7, 11, 15] {
        announce(&mut bench, Announcement { size: Size::S, ..people::kept(number, 20, 80) });
    }
    for number in [19, 23] {
        announce(&mut bench, Announcement { size: Size::S, ..people::announcement(number) });
    }
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { announced: 6, without_room: 1, .. }), "{:?}", bench.view);
}

fn range() -> impl Strategy<Value = (i16, i16)> {
    select(&[(-250, -180), (-300, -100), (20, 80), (0, 100), (30, 70), (0, 300), (80, 20)][..])
}

proptest! {
    #[test]
    fn of_any_cabinet_no_door_is_chosen_that_does_not_keep_it_and_one_that_does_is_always_found(
        doors in proptest::collection::vec((select(&Size::ALL), any::<bool>(), any::<bool>()), 1..12),
        thermometers in proptest::collection::vec((range(), proptest::collection::vec(1..12_u16, 0..5)), 0..5),
        asked in proptest::option::of(range()),
        size in select(&Size::ALL),
        reachable in any::<bool>(),
    ) {
        let numbered = || (1_u16..).map(CompartmentId).zip(&doors);
        let mut cabinet = Cabinet::default();
        for (id, (size, reachable, _)) in numbered() {
            let spec = Spec { size: *size, reachable: *reachable, supply: 0, pulse_ms: 400, cooldown_ms: 300 };
            cabinet.compartments.insert(id, spec);
        }
        for (place, (range_tenths_c, compartments)) in thermometers.iter().enumerate() {
            let compartments = compartments.iter().copied().map(CompartmentId).collect();
            let thermometer = Thermometer { compartments, range_tenths_c: *range_tenths_c };
            cabinet.thermometers.insert(place.to_string(), thermometer);
        }
        let is_closed = |id: CompartmentId| doors[usize::from(id.0) - 1].2;
        let door = |id| if is_closed(id) { Door::Closed } else { Door::Open };
        let keep = asked.map(|(low_tenths_c, high_tenths_c)| TemperatureRange { low_tenths_c, high_tenths_c });
        let chosen = allocate::choose(&State::default(), &cabinet, door, size, Wishes { reachable, keep });
        // By the thermometers themselves, not by the cabinet's own answer.
        let kept = |id: CompartmentId, (low, high): (i16, i16)| {
            thermometers.iter().any(|(range, of)| of.contains(&id.0) && low <= range.0 && range.1 <= high)
        };
        let is_watched = |id: CompartmentId| thermometers.iter().any(|(_, of)| of.contains(&id.0));
        let would_do = |id: CompartmentId| {
            let (its_size, is_reachable, is_closed) = doors[usize::from(id.0) - 1];
            is_closed && its_size >= size && (is_reachable || !reachable) && asked.is_none_or(|asked| kept(id, asked))
        };
        prop_assert_eq!(chosen.is_some(), numbered().any(|(id, _)| would_do(id)));
        if let Some(chosen) = chosen {
            prop_assert!(would_do(chosen));
            if asked.is_none() && is_watched(chosen) {
                prop_assert!(numbered().all(|(id, _)| !would_do(id) || is_watched(id)), "the cold ones are left for others");
            }
        }
    }
}
