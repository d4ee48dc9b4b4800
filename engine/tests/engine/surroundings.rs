//! Item sensors and the power supply, through the engine and onto the journal.

use locker_engine::{Contents, Happening, Intent};
use locker_hw::board::ItemState;
use locker_hw::bus::DoorState;
use locker_protocol::change::{Announcement, TemperatureRange};
use locker_protocol::event::{Supply, WhyLeftOver};
use locker_protocol::{Change, CompartmentId, Event, Label, PickupCode, RecipientId};

use crate::rig::{Rig, entries};

#[test]
fn an_item_sensor_that_the_bus_reads_makes_a_doubtful_compartment_free_again() {
    let mut rig = Rig::enrolled();
    rig.door(1, DoorState::Open, 500);
    rig.door(1, DoorState::Closed, 500);
    let door = CompartmentId(1);
    assert!(matches!(rig.engine.state().contents(door), Contents::Unknown { .. }));
    for _ in 0..6 {
        let items = vec![(1, ItemState::Absent)];
        rig.happens(Happening::Items { bank: 0, items, sampled_at_ms: rig.now_ms });
        rig.door(1, DoorState::Closed, 1_000);
    }
    assert_eq!(rig.engine.state().contents(door), Contents::Empty);
}

#[test]
fn a_battery_that_ends_is_on_record_before_the_machine_is_switched_off_and_that_is_asked_for_once() {
    let mut rig = Rig::enrolled();
    rig.happens(Happening::Power { mains: false, percent: Some(50) });
    assert!(!rig.engine.takes_power_off());
    rig.happens(Happening::Power { mains: false, percent: Some(4) });
    let told: Vec<Supply> = entries(rig.folder.path())
        .into_iter()
        .filter_map(|entry| if let Event::Power { supply } = entry.event { Some(supply) } else { None })
        .collect();
    assert_eq!(told, [Supply::Battery, Supply::BatteryEmpty]);
    assert!(rig.engine.takes_power_off());
    assert!(!rig.engine.takes_power_off());
}

/// Doors 11 and 12, two of the small ones, are kept at 2 to 8 degrees.
const COLD: &str = r#"
[[temperature]]
id = "cold"
port = "cold"
low_c = 2
high_c = 8
compartments = [11, 12]
"#;

fn measures(rig: &mut Rig, tenths_c: i16) {
    rig.happens(Happening::Temperature { sensor: "cold".to_owned(), tenths_c: Some(tenths_c) });
}

/// The hub announces a parcel that must be kept at 0 to 8 degrees, or at none.
fn announced(rig: &mut Rig, parcel: u64, is_cold: bool) -> Label {
    let label = Label::new(&format!("LABEL{parcel:05}")).unwrap();
    let digit = u8::try_from(parcel % 10).unwrap();
    let code = PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, digit]).unwrap();
    let Change::Announce { announcement } = rig.announcement(parcel, &label, &code) else { panic!() };
    let keep = is_cold.then_some(TemperatureRange { low_tenths_c: 0, high_tenths_c: 80 });
    // For different people, so that none is put beside another.
    let recipient = RecipientId(parcel);
    let announcement = Announcement { keep, recipient, ..announcement };
    let sealed = rig.sealed(Change::Announce { announcement });
    rig.changes(vec![sealed]);
    label
}

#[test]
fn what_the_hub_wants_kept_cold_goes_behind_a_door_that_the_profile_says_is_cold_and_nothing_else_does() {
    let mut rig = Rig::enrolled_with(COLD);
    measures(&mut rig, 50);
    let soap = announced(&mut rig, 1, false);
    let milk = announced(&mut rig, 2, true);
    let butter = announced(&mut rig, 3, true);
    assert!(![11, 12].contains(&rig.deposit(&soap)));
    assert_eq!(rig.deposit(&milk), 11);
    measures(&mut rig, 95);
    // What is told of it survives the end of the program, and so does what was announced.
    let mut rig = rig.restart();
    rig.all_doors(DoorState::Closed);
    // Until no pulse of before can still run.
    rig.door(12, DoorState::Closed, 2_000);
    measures(&mut rig, 95);
    let pulses = rig.pulses();
    let badge = rig.badge();
    rig.happens(Happening::Scanned(badge));
    rig.happens(Happening::Scanned(butter.as_str().to_owned()));
    assert_eq!(rig.pulses(), pulses, "no door is cold now");
    rig.happens(Happening::Touched(Intent::Finish));
    measures(&mut rig, 40);
    assert_eq!(rig.deposit(&butter), 12);

    let told: Vec<_> = entries(rig.folder.path())
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Temperature { tenths_c, in_range, compartments, .. } => {
                Some((tenths_c, in_range, compartments))
            }
            Event::LeftOver { why, .. } => {
                assert_eq!(why, WhyLeftOver::NotKept);
                None
            }
            _ => None,
        })
        .collect();
    let both = || vec![CompartmentId(11), CompartmentId(12)];
    assert_eq!(told, [(Some(95), false, both()), (Some(40), true, both())]);
}
