//! The live table of doors, as text.

use std::fmt::Write;

use locker_hw::bus::DoorState;
use locker_hw::profile::Profile;

use super::seen::Seen;

/// Doors in one line.
const IN_A_LINE: usize = 8;

/// Every door under its board, in the order of the numbers that stand on them.
pub fn of_doors(profile: &Profile, seen: &Seen) -> String {
    let mut text = format!("{}\n", profile.name);
    for (index, bank) in (0u8..).zip(&profile.banks) {
        let heard = seen.banks.get(&index);
        let state = match heard {
            Some(heard) if heard.lost.is_some() => "does not answer",
            Some(heard) if heard.samples > 0 => "answers",
            _ => "is asked",
        };
        // Writing into a string cannot fail.
        let _ = write!(text, "\n{} (port \"{}\") {state}", bank.id, bank.port);
        let doors = profile.compartments.iter().filter(|compartment| compartment.lock.bank == index);
        for (position, door) in doors.enumerate() {
            if position % IN_A_LINE == 0 {
                text.push('\n');
            }
            let _ = write!(text, "{:>5} {:<4}", door.number, word(seen.state(door.lock)));
        }
        text.push('\n');
    }
    text
}

/// What is said of a reading.
pub fn word(state: DoorState) -> &'static str {
    match state {
        DoorState::Open => "OPEN",
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
}
