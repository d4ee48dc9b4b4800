//! Item sensors and the power supply, through the engine and onto the journal.

use locker_engine::{Contents, Happening};
use locker_hw::board::ItemState;
use locker_hw::bus::DoorState;
use locker_protocol::event::Supply;
use locker_protocol::{CompartmentId, Event};

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
