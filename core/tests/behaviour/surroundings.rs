//! Power, tampering and temperatures.

use locker_core::{
    CourierNote, Effect, Input, Intent, NotAccepted, Sound, Thermometer, Trouble, TroubleKind, View,
};
use locker_protocol::event::{Door, MAX_DOORS_OF_TEMPERATURE, Supply};
use locker_protocol::{Change, CompartmentId, Event, Size};

use crate::bench::{Bench, cabinet};
use crate::people;
use crate::visits::{ready, ready_with};

fn battery(percent: u8) -> Input {
    Input::Power { mains: false, percent: Some(percent) }
}

const MAINS: Input = Input::Power { mains: true, percent: None };

fn supplies(bench: &Bench) -> Vec<Supply> {
    let supply = |event: &Event| if let Event::Power { supply } = event { Some(*supply) } else { None };
    bench.journal.iter().filter_map(supply).collect()
}

fn has(bench: &mut Bench, effect: &Effect) -> bool {
    std::mem::take(&mut bench.effects).contains(effect)
}

#[test]
fn on_battery_everything_works_and_the_screen_spares_it() {
    let mut bench = ready();
    bench.give(battery(80));
    assert!(has(&mut bench, &Effect::OnBattery(true)));
    bench.announce(3);
    bench.store(3);
    bench.give(MAINS);
    assert!(has(&mut bench, &Effect::OnBattery(false)));
    assert_eq!(supplies(&bench), [Supply::Battery, Supply::Mains]);
}

#[test]
fn under_a_fifth_nothing_is_taken_in_and_collecting_goes_on() {
    let (mut bench, [door]) = ready_with([3]);
    bench.announce(1);
    bench.give(battery(19));
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(1));
    assert!(matches!(bench.view, View::Courier { note: CourierNote::BatteryLow, .. }), "{:?}", bench.view);
    bench.give(people::touch(locker_core::Intent::Finish));
    bench.give(people::show_deposit_pass(people::announcement(5)));
    assert!(bench.unlocks.is_empty());
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.opens(), door);
    bench.closes(door);
    bench.give(MAINS);
    assert_eq!(bench.store(1), 4, "with the mains back, by itself");
}

#[test]
fn who_wants_to_send_is_told_why_it_cannot_be_done_now() {
    let mut bench = ready();
    bench.announce_return(1);
    assert!(matches!(bench.view, View::Home { sending: true, .. }));
    bench.give(battery(10));
    assert!(matches!(bench.view, View::Home { sending: false, .. }));
    bench.give(people::scan_label(1));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::BatteryLow });
}

#[test]
fn under_a_fifth_home_says_that_nothing_is_taken_in_and_a_courier_reads_it_before_the_first_scan() {
    let mut bench = ready();
    bench.announce(1);
    bench.give(battery(80));
    assert!(matches!(bench.view, View::Home { takes_in: true, .. }));
    bench.give(battery(19));
    assert!(matches!(bench.view, View::Home { takes_in: false, .. }));
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { note: CourierNote::BatteryLow, .. }), "{:?}", bench.view);
    bench.give(MAINS);
    assert!(matches!(bench.view, View::Courier { note: CourierNote::None, .. }), "{:?}", bench.view);
}

#[test]
fn a_gauge_that_wavers_at_a_limit_is_told_once() {
    let mut bench = ready();
    for percent in [20, 19, 20, 19, 21] {
        bench.give(battery(percent));
    }
    assert_eq!(supplies(&bench), [Supply::Battery, Supply::BatteryLow]);
}

#[test]
fn the_machine_stops_between_two_openings_never_in_one_and_is_told_once() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.effects.clear();
    bench.give(battery(4));
    assert!(!has(&mut bench, &Effect::PowerOff), "door {door} is open");
    bench.closes(door);
    assert!(has(&mut bench, &Effect::PowerOff));
    bench.give(battery(3));
    bench.wait(60_000);
    assert!(!has(&mut bench, &Effect::PowerOff));
}

#[test]
fn whoever_shakes_the_cabinet_is_heard_by_all_and_is_one_event_a_minute() {
    let mut bench = ready();
    bench.sounds();
    for _ in 0..5 {
        bench.give(Input::Tamper { sensor: "back wall".to_owned() });
        bench.wait(1_000);
    }
    assert_eq!(bench.sounds(), [Sound::Alarm]);
    let tampered = |event: &&Event| matches!(event, Event::Tampered { .. });
    assert_eq!(bench.journal.iter().filter(tampered).count(), 1);
    bench.wait(60_000);
    bench.give(Input::Tamper { sensor: "back wall".to_owned() });
    assert_eq!(bench.journal.iter().filter(tampered).count(), 2);
}

/// Doors 1 and 2, the small ones, are to be kept at 2 to 8 degrees.
fn cold() -> Bench {
    let mut cabinet = cabinet();
    let compartments = vec![CompartmentId(1), CompartmentId(2)];
    cabinet.thermometers.insert("cold".to_owned(), Thermometer { compartments, range_tenths_c: (20, 80) });
    let mut bench = Bench::new(cabinet);
    bench.sense_all_closed();
    bench.give(Input::Enrolled(people::LOCKER));
    for staff in [11, 12] {
        bench.change(Change::Staff { staff: people::staff(staff) });
    }
    bench
}

fn measures(bench: &mut Bench, tenths_c: Option<i16>) {
    bench.give(Input::Temperature { sensor: "cold".to_owned(), tenths_c });
}

#[test]
fn a_compartment_out_of_its_range_is_not_offered_and_comes_back_by_itself() {
    let mut bench = cold();
    for door in 3..=6 {
        bench.change(Change::Service { compartment: CompartmentId(door), in_service: false });
    }
    for small in [3, 7] {
        bench.announce(small);
    }
    bench.give(people::show_badge(11));
    let finds_no_door = |bench: &mut Bench, number| {
        bench.give(people::scan_label(number));
        assert!(matches!(bench.view, View::LeftOvers { .. }), "{:?}", bench.view);
        assert!(bench.unlocks.is_empty());
    };
    // Nobody has measured yet.
    finds_no_door(&mut bench, 3);
    measures(&mut bench, Some(50));
    bench.deposit(3);
    measures(&mut bench, Some(81));
    finds_no_door(&mut bench, 7);
    // Back by half a degree, so that it does not come and go.
    measures(&mut bench, Some(78));
    finds_no_door(&mut bench, 7);
    measures(&mut bench, Some(75));
    bench.deposit(7);
    let told: Vec<bool> = bench
        .journal
        .iter()
        .filter_map(
            |event| if let Event::Temperature { in_range, .. } = event { Some(*in_range) } else { None },
        )
        .collect();
    assert_eq!(told, [false, true]);
}

#[test]
fn a_thermometer_that_says_nothing_is_out_of_range_and_its_parcels_are_collected_all_the_same() {
    let mut bench = cold();
    measures(&mut bench, Some(50));
    bench.change(Change::Announce { announcement: people::kept(3, 20, 80) });
    let door = bench.store(3);
    assert!(door <= 2);
    measures(&mut bench, None);
    assert!(
        bench.has_recorded(|event| matches!(
            event,
            Event::Temperature { tenths_c: None, in_range: false, .. }
        ))
    );
    bench.give(people::touch(locker_core::Intent::Finish));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.opens(), door);
    bench.sense(door, Door::Open);
}

/// What a technician reads about the surroundings, who shows a badge and leaves again.
fn reads(bench: &mut Bench) -> Vec<Trouble> {
    bench.give(people::show_badge(13));
    let View::TechnicianHome { troubles, .. } = bench.view.clone() else { panic!("{:?}", bench.view) };
    bench.give(people::touch(Intent::Finish));
    let around = |trouble: &Trouble| {
        let network = [TroubleKind::NoNetwork, TroubleKind::ClockUnsure];
        !network.contains(&trouble.what)
    };
    troubles.into_iter().filter(around).collect()
}

fn of_sensor(sensor: &str, what: TroubleKind) -> Trouble {
    Trouble { door: None, sensor: Some(sensor.to_owned()), what }
}

#[test]
fn a_technician_reads_that_the_mains_are_gone_and_that_nothing_is_taken_in() {
    let mut bench = ready();
    let supply = |what| vec![Trouble { door: None, sensor: None, what }];
    bench.give(battery(80));
    assert_eq!(reads(&mut bench), supply(TroubleKind::OnBattery));
    bench.give(battery(19));
    assert_eq!(reads(&mut bench), supply(TroubleKind::BatteryLow));
    bench.give(MAINS);
    assert_eq!(reads(&mut bench), []);
}

#[test]
fn tampering_waits_for_a_technician_and_goes_when_one_was_there_and_it_is_quiet() {
    let mut bench = ready();
    bench.give(Input::Tamper { sensor: "back wall".to_owned() });
    bench.wait(10 * 60_000);
    bench.give(people::show_badge(13));
    bench.give(Input::Tamper { sensor: "lid".to_owned() });
    assert!(matches!(bench.view, View::TechnicianHome { .. }));
    bench.give(people::touch(Intent::Finish));
    assert_eq!(reads(&mut bench), [of_sensor("lid", TroubleKind::Tampered)], "it was not quiet yet");
    bench.wait(60_000);
    assert_eq!(reads(&mut bench), [of_sensor("lid", TroubleKind::Tampered)], "this one is told of it");
    assert_eq!(reads(&mut bench), []);
}

#[test]
fn whoever_goes_on_shaking_keeps_it_before_the_technician() {
    let mut bench = ready();
    for _ in 0..10 {
        bench.give(Input::Tamper { sensor: "lid".to_owned() });
        bench.wait(50_000);
        assert_eq!(reads(&mut bench), [of_sensor("lid", TroubleKind::Tampered)]);
    }
}

#[test]
fn a_technician_reads_which_thermometer_is_out_of_its_range_and_what_it_reads() {
    let mut bench = cold();
    bench.change(Change::Staff { staff: people::staff(13) });
    assert_eq!(reads(&mut bench), [of_sensor("cold", TroubleKind::ThermometerSilent)], "it said nothing yet");
    measures(&mut bench, Some(50));
    assert_eq!(reads(&mut bench), []);
    for (tenths_c, what) in [
        (Some(94), TroubleKind::TooWarm { tenths_c: 94 }),
        (Some(78), TroubleKind::TooWarm { tenths_c: 78 }),
        (Some(-31), TroubleKind::TooCold { tenths_c: -31 }),
        (None, TroubleKind::ThermometerSilent),
    ] {
        measures(&mut bench, tenths_c);
        assert_eq!(reads(&mut bench), [of_sensor("cold", what)]);
    }
}

#[test]
fn a_thermometer_in_one_compartment_is_told_at_its_door() {
    let mut cabinet = cabinet();
    let only = Thermometer { compartments: vec![CompartmentId(4)], range_tenths_c: (20, 80) };
    cabinet.thermometers.insert("cold".to_owned(), only);
    let mut bench = Bench::new(cabinet);
    bench.sense_all_closed();
    bench.change(Change::Staff { staff: people::staff(13) });
    measures(&mut bench, Some(94));
    let door = Some(CompartmentId(4));
    let what = TroubleKind::TooWarm { tenths_c: 94 };
    assert_eq!(reads(&mut bench), [Trouble { door, sensor: Some("cold".to_owned()), what }]);
}

#[test]
fn the_light_leads_to_a_door_while_it_stands_open() {
    let (mut bench, [door]) = ready_with([3]);
    bench.effects.clear();
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    assert!(has(&mut bench, &Effect::Lead(vec![CompartmentId(door)])));
    bench.closes(door);
    assert!(has(&mut bench, &Effect::Lead(Vec::new())));
}

fn told(bench: &Bench) -> Vec<(Option<i16>, bool)> {
    let temperature = |event: &Event| match event {
        Event::Temperature { tenths_c, in_range, compartments, .. } => {
            assert!(tenths_c.is_none() || *compartments == [CompartmentId(1), CompartmentId(2)]);
            Some((*tenths_c, *in_range))
        }
        _ => None,
    };
    bench.journal.iter().filter_map(temperature).collect()
}

#[test]
fn what_changed_while_the_machine_was_off_is_on_record_after_the_start_and_what_did_not_is_no_news() {
    let mut bench = cold();
    measures(&mut bench, Some(95));
    bench.give(battery(4));
    bench.restart();
    bench.give(battery(4));
    measures(&mut bench, Some(95));
    assert_eq!(supplies(&bench), [Supply::BatteryEmpty]);
    assert_eq!(told(&bench), [(Some(95), false)]);
    bench.restart();
    bench.give(MAINS);
    measures(&mut bench, Some(50));
    assert_eq!(supplies(&bench), [Supply::BatteryEmpty, Supply::Mains]);
    assert_eq!(told(&bench), [(Some(95), false), (Some(50), true)]);
}

#[test]
fn a_thermometer_that_is_taken_out_of_the_profile_is_out_of_its_range_no_more() {
    let mut bench = cold();
    measures(&mut bench, None);
    let mut bench = Bench::on(cabinet(), bench.state().clone());
    assert_eq!(told(&bench), [(None, true)]);
    assert!(bench.state().out_of_range.is_empty());
    measures(&mut bench, Some(95));
    assert_eq!(told(&bench).len(), 1, "nobody knows of it");
}

#[test]
fn a_thermometer_of_many_compartments_is_told_of_in_several_events() {
    let mut cabinet = cabinet();
    let compartments: Vec<_> = (1..=100).map(CompartmentId).collect();
    cabinet.thermometers.insert(
        "hall".to_owned(),
        Thermometer { compartments: compartments.clone(), range_tenths_c: (0, 300) },
    );
    let mut bench = Bench::new(cabinet);
    bench.give(Input::Temperature { sensor: "hall".to_owned(), tenths_c: Some(-1) });
    let named = |event: &Event| match event {
        Event::Temperature { compartments, .. } => Some(compartments.clone()),
        _ => None,
    };
    let events: Vec<_> = bench.journal.iter().filter_map(named).collect();
    assert!(events.iter().all(|named| named.len() <= MAX_DOORS_OF_TEMPERATURE));
    assert_eq!(events.concat(), compartments);
}

#[test]
fn a_battery_that_gets_low_between_the_scan_and_the_door_takes_nothing_in_either() {
    let mut bench = ready();
    bench.announce_return(11);
    bench.give(people::scan_label(11));
    assert!(matches!(bench.view, View::SendSize { .. }));
    bench.give(battery(12));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::BatteryLow });
    bench.give(MAINS);
    bench.give(people::touch(Intent::Back));
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(9));
    assert!(matches!(bench.view, View::ChooseSize { .. }), "{:?}", bench.view);
    bench.give(battery(12));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    assert!(matches!(bench.view, View::Courier { note: CourierNote::BatteryLow, .. }), "{:?}", bench.view);
    assert!(bench.unlocks.is_empty());
}
