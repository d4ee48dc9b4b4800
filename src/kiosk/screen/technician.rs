//! What a technician is shown: doors, readings, cases; the rules' views hold nothing of whose parcels they are.

use locker_engine::event::{Door, Problem};
use locker_engine::{Believed, CaseLine, DoorLine, InventoryNote, Trouble, TroubleKind, View};
use locker_ui::Scene;

/// The scene of a technician's view; of any other, the one that is shown while nothing is known.
pub(super) fn of_view(view: View) -> Scene {
    match view {
        View::TechnicianHome { troubles, more } => Scene::TechnicianHome {
            troubles: troubles.into_iter().map(trouble).collect(),
            more: u32::from(more),
        },
        View::TechnicianDoors { doors, page, pages } => Scene::TechnicianDoors {
            doors: doors.into_iter().map(door_line).collect(),
            page: u32::from(page),
            pages: u32::from(pages),
        },
        View::TechnicianDoor { door, reading: says, contents, parcels, out, stuck_times, lock_ms } => {
            Scene::TechnicianDoor {
                door: u32::from(door.0),
                reading: reading(says),
                contents: believed(contents),
                parcels: u32::from(parcels),
                out: out.map(kind),
                stuck_times: u32::from(stuck_times),
                lock_ms,
            }
        }
        View::InventoryIntro { doors, unknown } => {
            Scene::InventoryIntro { doors: u32::from(doors), unknown: u32::from(unknown) }
        }
        View::Inventory { door, index, of, expected, found, note } => Scene::Inventory {
            door: u32::from(door.0),
            index: u32::from(index),
            of: u32::from(of),
            expected: u32::from(expected),
            found: u32::from(found),
            note: match note {
                InventoryNote::None => locker_ui::InventoryNote::None,
                InventoryNote::Counted => locker_ui::InventoryNote::Counted,
                InventoryNote::UnknownLabel => locker_ui::InventoryNote::UnknownLabel,
                InventoryNote::NotALabel => locker_ui::InventoryNote::NotALabel,
                InventoryNote::Elsewhere(door) => {
                    locker_ui::InventoryNote::Elsewhere { door: u32::from(door.0) }
                }
            },
        },
        View::InventoryDone { doors, troubles, more } => Scene::InventoryDone {
            doors: u32::from(doors),
            troubles: troubles.into_iter().map(trouble).collect(),
            more: u32::from(more),
        },
        View::TechnicianCases { cases, page, pages } => Scene::TechnicianCases {
            cases: cases.into_iter().map(case_line).collect(),
            page: u32::from(page),
            pages: u32::from(pages),
        },
        View::TechnicianAbout { network, clock_from_hub, version, locker } => Scene::TechnicianAbout {
            network,
            clock_from_hub,
            version,
            locker: locker.map_or_else(String::new, |locker| locker.to_string()),
        },
        _ => Scene::Working,
    }
}

fn trouble(Trouble { door, sensor, what }: Trouble) -> locker_ui::Trouble {
    locker_ui::Trouble { door: door.map(|door| u32::from(door.0)), sensor, what: kind(what) }
}

fn kind(what: TroubleKind) -> locker_ui::TroubleKind {
    match what {
        TroubleKind::Stuck { times } => locker_ui::TroubleKind::Stuck { times: u32::from(times) },
        TroubleKind::SensorFault => locker_ui::TroubleKind::SensorFault,
        TroubleKind::InterruptedTwice => locker_ui::TroubleKind::InterruptedTwice,
        TroubleKind::OutByHub => locker_ui::TroubleKind::OutByHub,
        TroubleKind::OutByStaff => locker_ui::TroubleKind::OutByStaff,
        TroubleKind::OutFound => locker_ui::TroubleKind::OutFound,
        TroubleKind::Unknown => locker_ui::TroubleKind::Unknown,
        TroubleKind::LeftOpen => locker_ui::TroubleKind::LeftOpen,
        TroubleKind::BoardSilent => locker_ui::TroubleKind::BoardSilent,
        TroubleKind::NoNetwork => locker_ui::TroubleKind::NoNetwork,
        TroubleKind::ClockUnsure => locker_ui::TroubleKind::ClockUnsure,
        TroubleKind::ReadingLost => locker_ui::TroubleKind::ReadingLost,
        TroubleKind::OtherDoorOpened(other) => {
            locker_ui::TroubleKind::OtherDoorOpened { other: u32::from(other.0) }
        }
        TroubleKind::OpenBefore => locker_ui::TroubleKind::OpenBefore,
        TroubleKind::WeakLock { pulses } => locker_ui::TroubleKind::WeakLock { pulses: u32::from(pulses) },
        TroubleKind::OnBattery => locker_ui::TroubleKind::OnBattery,
        TroubleKind::BatteryLow => locker_ui::TroubleKind::BatteryLow,
        TroubleKind::Tampered => locker_ui::TroubleKind::Tampered,
        TroubleKind::TooWarm { tenths_c } => locker_ui::TroubleKind::TooWarm { tenths_c },
        TroubleKind::TooCold { tenths_c } => locker_ui::TroubleKind::TooCold { tenths_c },
        TroubleKind::ThermometerSilent => locker_ui::TroubleKind::ThermometerSilent,
    }
}

fn door_line(line: DoorLine) -> locker_ui::DoorLine {
    locker_ui::DoorLine {
        door: u32::from(line.door.0),
        reading: reading(line.reading),
        contents: believed(line.contents),
        out: line.out,
    }
}

fn reading(door: Door) -> locker_ui::DoorReading {
    match door {
        Door::Closed => locker_ui::DoorReading::Closed,
        Door::Open => locker_ui::DoorReading::Open,
        Door::Unknown => locker_ui::DoorReading::Unknown,
    }
}

fn believed(contents: Believed) -> locker_ui::Believed {
    match contents {
        Believed::Empty => locker_ui::Believed::Empty,
        Believed::Holds => locker_ui::Believed::Holds,
        Believed::Unknown => locker_ui::Believed::Unknown,
    }
}

fn case_line(line: CaseLine) -> locker_ui::CaseLine {
    locker_ui::CaseLine {
        case: line.case.to_string(),
        door: u32::from(line.door.0),
        what: match line.what {
            Problem::Stuck => locker_ui::Problem::Stuck,
            Problem::Empty => locker_ui::Problem::Empty,
            Problem::NotMine => locker_ui::Problem::NotMine,
            Problem::LeftOpen => locker_ui::Problem::LeftOpen,
            Problem::OpenedUnasked => locker_ui::Problem::OpenedUnasked,
            Problem::InterruptedTwice => locker_ui::Problem::InterruptedTwice,
            Problem::SensorFault => locker_ui::Problem::SensorFault,
            Problem::Found => locker_ui::Problem::Found,
            Problem::Missing => locker_ui::Problem::Missing,
        },
        answered: line.answered,
    }
}
