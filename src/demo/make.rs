//! Which cabinet stands on the stage, and its profile as an installer would write it.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use locker_hw::board::Family;
use locker_hw::profile::{self, DEMO_24, Profile};
use toml_edit::{ArrayOfTables, DocumentMut, Item, value};

use super::ClosedIs;
use super::error::DemoError;

/// Channels of one lock board of the largest cabinet.
const CHANNELS: usize = 24;
/// Doors of one of its columns, from the floor upwards: size, and height of the clear opening in millimetres.
const COLUMN: [(&str, u32); 10] = [
    ("L", 410),
    ("M", 190),
    ("M", 190),
    ("S", 80),
    ("S", 80),
    ("S", 80),
    ("S", 80),
    ("S", 80),
    ("M", 190),
    ("M", 190),
];
/// Its columns, the one with the screen and no doors among them.
const COLUMNS: usize = 42;
const SCREEN_COLUMN: usize = 20;
const COLUMN_MM: usize = 400;
/// The lowest door's lower edge, and the frame between two doors, in millimetres.
const LOWEST_MM: u32 = 150;
const FRAME_MM: u32 = 20;

/// The board that plays doors on GPIO lines, and the keys that a bank of lines shares with it.
const STANDS_IN: &str = "shuoming";
const ALSO_OF_A_BOARD: [&str; 5] = ["id", "closed_is", "pulse_ms", "cooldown_ms", "supply"];
/// What a profile may have beside its doors.
const PARTS: [&str; 5] = ["power", "tamper", "temperature", "buzzer", "light"];

/// A kind of cabinet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Make {
    /// 24 doors on one lock board.
    #[default]
    Demo24,
    /// As many doors as a cabinet may have, 24 to a lock board, each board on a port and a supply of its own.
    Largest,
    /// One that a file describes.
    Described(Arc<str>),
}

impl Make {
    /// The cabinet that a file describes, and what of it is played otherwise.
    ///
    /// # Errors
    /// It cannot be read, or is no profile; then everything that is wrong with it is told.
    pub fn described(path: &Path) -> Result<(Self, Vec<String>), DemoError> {
        let doing = || DemoError::io(format!("reading {}", path.display()));
        let text = std::fs::read_to_string(path).map_err(doing())?;
        let profile = profile::parse(&text, &path.display().to_string()).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            DemoError::Odd(format!("no such cabinet can be built:\n{}", faults.join("\n")))
        })?;
        let (text, otherwise) = on_wires_alone(text, &profile)?;
        Ok((Self::Described(text.into()), otherwise))
    }

    /// Its profile, as text.
    pub fn profile_text(&self, closed_is: ClosedIs) -> String {
        let text = match self {
            Self::Demo24 => DEMO_24.to_owned(),
            Self::Largest => largest(),
            // Its file says how it is wired.
            Self::Described(text) => return text.to_string(),
        };
        match closed_is {
            ClosedIs::Eleven => text,
            ClosedIs::Zero => text.replace("closed_is = \"11\"", "closed_is = \"00\""),
        }
    }

    /// Its profile, as the kiosk reads it.
    ///
    /// # Errors
    /// It has a fault.
    pub fn profile(&self, closed_is: ClosedIs) -> Result<Profile, DemoError> {
        profile::parse(&self.profile_text(closed_is), self.file_name())
            .map_err(|faults| DemoError::Odd(format!("the profile {}: {faults:?}", self.file_name())))
    }

    /// What its profile's file is called.
    pub fn file_name(&self) -> &'static str {
        match self {
            Self::Demo24 => "demo-24.toml",
            Self::Largest => "largest.toml",
            Self::Described(_) => "described.toml",
        }
    }
}

/// A profile that asks for no GPIO chip, which this computer need not have: the doors on its lines are on lock boards instead, and
/// sensors, lights and buzzers are left out. Gives what was changed, too.
fn on_wires_alone(text: String, profile: &Profile) -> Result<(String, Vec<String>), DemoError> {
    let odd = |error| DemoError::Odd(format!("the cabinet's profile: {error}"));
    let mut document: DocumentMut = text.parse().map_err(odd)?;
    let mut otherwise = Vec::new();
    let tables = document.get_mut("bank").and_then(Item::as_array_of_tables_mut);
    for (bank, table) in profile.banks.iter().zip(tables.into_iter().flat_map(ArrayOfTables::iter_mut)) {
        if bank.family != Family::Gpio {
            continue;
        }
        table.retain(|key, _| ALSO_OF_A_BOARD.contains(&key));
        table["family"] = value(STANDS_IN);
        table["port"] = value(format!("{}-stands-in", bank.port));
        table["address"] = value(1);
        table["channels"] = value(i64::from(bank.channels));
        otherwise
            .push(format!("the doors of \"{}\" are on a {STANDS_IN} board in place of GPIO lines", bank.id));
    }
    for part in PARTS {
        if document.remove(part).is_some() {
            otherwise.push(format!("its {part} is left out"));
        }
    }
    let text = if otherwise.is_empty() { text } else { document.to_string() };
    Ok((text, otherwise))
}

fn largest() -> String {
    let doors = (COLUMNS - 1) * COLUMN.len();
    let mut text = format!(
        "[cabinet]\nname = \"Largest\"\nheight_mm = 2060\ncolumn_widths_mm = {:?}\n\
         [screen]\nx_mm = {}\ny_mm = 1120\nw_mm = 217\nh_mm = 136\n",
        [COLUMN_MM; COLUMNS],
        SCREEN_COLUMN * COLUMN_MM + 92,
    );
    // Writing into a string cannot fail.
    for bank in 1..=doors.div_ceil(CHANNELS) {
        let _ = write!(
            text,
            "[[bank]]\nid = \"{bank}\"\nfamily = \"shuoming\"\nport = \"locks-{bank}\"\naddress = 1\n\
             channels = {CHANNELS}\nclosed_is = \"11\"\npulse_ms = 300\ncooldown_ms = 500\nsupply = \"12V-{bank}\"\n"
        );
    }
    let columns = (0..COLUMNS).filter(|column| *column != SCREEN_COLUMN);
    let mut number = 0;
    for column in columns {
        let mut y_mm = LOWEST_MM;
        for (size, h_mm) in COLUMN {
            let (bank, channel) = (number / CHANNELS + 1, number % CHANNELS + 1);
            number += 1;
            let x_mm = column * COLUMN_MM + 10;
            let _ = write!(
                text,
                "[[compartment]]\nnumber = {number}\nsize = \"{size}\"\nbank = \"{bank}\"\nchannel = {channel}\n\
                 x_mm = {x_mm}\ny_mm = {y_mm}\nw_mm = 380\nh_mm = {h_mm}\ndepth_mm = 640\nevidence = \"door\"\n"
            );
            y_mm += h_mm + FRAME_MM;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cabinet_of_the_collection_can_be_played_and_what_is_played_otherwise_is_said() {
        let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("hw/cabinets");
        let mut played = 0;
        for file in std::fs::read_dir(collection).unwrap() {
            let path = file.unwrap().path();
            let written = std::fs::read_to_string(&path).unwrap();
            let (make, otherwise) = Make::described(&path).unwrap();
            let profile = make.profile(ClosedIs::Eleven).unwrap();
            let asks_for_lines = written.contains("\"gpio\"")
                || PARTS.iter().any(|part| written.contains(&format!("[{part}]")));
            assert_eq!(otherwise.is_empty(), make.profile_text(ClosedIs::Eleven) == written, "{path:?}");
            assert!(!asks_for_lines || !otherwise.is_empty(), "{path:?}: {otherwise:?}");
            assert!(profile.banks.iter().all(|bank| bank.family != Family::Gpio), "{path:?}");
            assert_eq!(profile.parts.ports().count(), 0, "{path:?}");
            assert_eq!(profile.compartments.len(), written.matches("[[compartment]]").count(), "{path:?}");
            played += 1;
        }
        assert!(played >= 8);
    }

    #[test]
    fn the_largest_cabinet_has_as_many_doors_as_a_profile_may_have() {
        let profile = Make::Largest.profile(ClosedIs::Eleven).unwrap();
        assert_eq!(profile.compartments.len(), profile::MOST_COMPARTMENTS);
    }
}
