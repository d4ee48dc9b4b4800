//! The live table of doors, as text.

use std::fmt::Write;

use locker_hw::bus::DoorState;
use locker_hw::profile::{Compartment, Profile};

use super::seen::Seen;

/// What stands at an open door.
pub const OPEN: &str = "OPEN";

/// Doors in one line.
const IN_A_LINE: usize = 8;
/// Beyond so many doors, a terminal of 24 lines shows only those that are not shut.
const MOST_DOORS_SHOWN: usize = 64;

/// Every door under its board, in the order of the numbers that stand on them.
pub fn of_doors(profile: &Profile, seen: &Seen) -> String {
    let mut text = format!("{}\n", profile.name);
    let all_shown = profile.compartments.len() <= MOST_DOORS_SHOWN;
    for (index, bank) in (0u8..).zip(&profile.banks) {
        let heard = seen.banks.get(&index);
        let state = match heard {
            Some(heard) if heard.lost.is_some() => "does not answer",
            Some(heard) if heard.samples > 0 => "answers",
            _ => "is asked",
        };
        // Writing into a string cannot fail.
        let _ = write!(text, "\n{} (port \"{}\") {state}", bank.id, bank.port);
        let doors = || profile.compartments.iter().filter(|compartment| compartment.lock.bank == index);
        let is_shut = |door: &&Compartment| seen.state(door.lock) == DoorState::Closed;
        if !all_shown {
            let _ = write!(text, ": {} of {} shut", doors().filter(is_shut).count(), doors().count());
        }
        for (position, door) in doors().filter(|door| all_shown || !is_shut(door)).enumerate() {
            if position % IN_A_LINE == 0 {
                text.push('\n');
            }
            let _ = write!(text, "{:>5} {:<4}", door.number, word(seen.state(door.lock)));
        }
        if all_shown {
            text.push('\n');
        }
    }
    text.push('\n');
    text
}

/// What is said of a reading.
pub fn word(state: DoorState) -> &'static str {
    match state {
        DoorState::Open => OPEN,
        DoorState::Closed => "shut",
        DoorState::Unknown => "?",
    }
}

#[cfg(test)]
mod tests {
    use locker_hw::bus::BusSink;
    use locker_hw::profile::{DEMO_24, parse};

    use super::*;
    use crate::doctor::seen::Watcher;

    #[test]
    fn every_door_stands_in_the_picture_with_what_is_read() {
        let profile = parse(DEMO_24, "demo-24.toml").unwrap();
        let watcher = Watcher::default();
        watcher.doors(0, &[(1, DoorState::Closed), (2, DoorState::Open)], 5);
        let text = watcher.look(|seen| of_doors(&profile, seen));
        assert!(text.contains("    1 shut    2 OPEN    3 ?"), "{text}");
        assert!(text.contains("main (port \"locks\") answers"), "{text}");
    }

    #[test]
    fn of_a_cabinet_that_no_terminal_holds_only_doors_that_are_not_shut_are_shown() {
        let profile = parse(include_str!("../../hw/cabinets/station-96-winnsen.toml"), "station").unwrap();
        let watcher = Watcher::default();
        for bank in 0..8 {
            let doors: Vec<_> = (1..=12).map(|channel| (channel, DoorState::Closed)).collect();
            watcher.doors(bank, &doors, 5);
        }
        watcher.doors(7, &[(12, DoorState::Open)], 6);
        let text = watcher.look(|seen| of_doors(&profile, seen));
        assert!(text.contains("left-1 (port \"left\") answers: 12 of 12 shut\n"), "{text}");
        assert!(text.contains("answers: 11 of 12 shut\n   96 OPEN"), "{text}");
        assert!(text.lines().count() < 14, "{text}");
    }
}
