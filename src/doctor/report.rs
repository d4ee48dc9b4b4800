//! What the doctor found, for people and for programs.

use std::fmt::Write;

use serde::Serialize;

use super::diagnosis::{Finding, Follows, Severity};
use super::display::Output;
use super::parts::{PartsReport, degrees};
use super::screen::{self, ScreenReport};
use super::trial::ItemProof;

/// Everything that was found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub cabinet: String,
    /// The version of the program that looked.
    pub version: &'static str,
    /// Nothing is wrong with what was looked at.
    pub healthy: bool,
    /// It was ended before it was done.
    pub stopped: bool,
    pub ports: Vec<PortReport>,
    pub boards: Vec<BoardReport>,
    pub doors: Vec<DoorReport>,
    #[serde(flatten)]
    pub parts: PartsReport,
    pub scanner: Option<ScannerReport>,
    /// The screen, where it was to be examined.
    pub screen: Option<ScreenReport>,
    /// Displays that the kernel sees.
    pub displays: Vec<Output>,
    /// What can be touched or typed on.
    pub inputs: Vec<String>,
    pub findings: Vec<Finding>,
}

/// A port that the profile names.
#[derive(Clone, Debug, Serialize)]
pub struct PortReport {
    pub role: String,
    pub path: String,
    /// It was not named, but found by the boards that answer there.
    pub found: bool,
}

/// A lock board, or locks on a GPIO chip.
#[derive(Clone, Debug, Serialize)]
pub struct BoardReport {
    pub id: String,
    pub family: String,
    pub port: String,
    /// Where it has one.
    pub address: Option<u8>,
    pub answers: bool,
    /// Whether its polarity is as the profile says; none where no door was seen to move.
    pub polarity_as_in_profile: Option<bool>,
}

/// A door.
#[derive(Clone, Debug, Serialize)]
pub struct DoorReport {
    pub number: u16,
    pub board: String,
    pub channel: u8,
    /// Everyone reaches its handle, seated or standing.
    pub reachable: bool,
    /// What its sensor said last, as the profile reads it.
    pub reading: &'static str,
    /// How often its lock was pulsed; 0 where it was not tried.
    pub pulses: u8,
    /// What its sensor follows; none where that was not seen.
    pub sensor_follows: Option<Follows>,
    /// What its item sensor does; none where the profile has none, or it was not tried.
    pub item_sensor: Option<ItemProof>,
    /// From the order to the first reading that showed it open: at most so long.
    pub open_within_ms: Option<u64>,
}

/// The scanner.
#[derive(Clone, Debug, Serialize)]
pub struct ScannerReport {
    pub path: String,
    pub set_up: bool,
    /// Characters of what was scanned; none where nothing was.
    pub scanned_characters: Option<usize>,
}

impl Report {
    /// For programs.
    ///
    /// # Errors
    /// None is known: there is nothing in it that JSON could not hold.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// For people: what is wrong first.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.write_into(&mut text);
        text
    }

    fn write_into(&self, text: &mut String) -> std::fmt::Result {
        let faults = || self.findings.iter().filter(|finding| finding.severity == Severity::Fault);
        let verdict = match (self.stopped, faults().count()) {
            (true, _) => "not examined to the end".to_owned(),
            (false, 0) => "healthy, as far as it was looked at".to_owned(),
            (false, 1) => "NOT healthy: 1 thing is wrong".to_owned(),
            (false, count) => format!("NOT healthy: {count} things are wrong"),
        };
        writeln!(text, "{}: {verdict}", self.cabinet)?;
        for finding in faults() {
            writeln!(text, "\n  {}: {}\n    -> {}", finding.part, finding.what, finding.mend)?;
        }
        let notes: Vec<&Finding> =
            self.findings.iter().filter(|finding| finding.severity == Severity::Note).collect();
        if !notes.is_empty() {
            writeln!(text, "\nWorth knowing")?;
        }
        for note in notes {
            writeln!(text, "  {}: {}\n    -> {}", note.part, note.what, note.mend)?;
        }
        self.write_ports(text)?;
        self.write_boards(text)?;
        self.write_doors(text)?;
        self.write_parts(text)?;
        if let Some(scanner) = &self.scanner {
            let state = match (scanner.set_up, scanner.scanned_characters) {
                (false, _) => "does not answer".to_owned(),
                (true, None) => "answers; nothing was scanned".to_owned(),
                (true, Some(count)) => format!("reads: {count} characters"),
            };
            writeln!(text, "\nScanner at {}: {state}", scanner.path)?;
        }
        self.write_screen(text)
    }

    fn write_ports(&self, text: &mut String) -> std::fmt::Result {
        if !self.ports.is_empty() {
            writeln!(text, "\nPorts")?;
        }
        for port in &self.ports {
            let how = if port.found { " (found: boards answer there)" } else { "" };
            writeln!(text, "  {} = \"{}\"{how}", port.role, port.path)?;
        }
        Ok(())
    }

    fn write_boards(&self, text: &mut String) -> std::fmt::Result {
        if !self.boards.is_empty() {
            writeln!(text, "\nBoards")?;
        }
        for board in &self.boards {
            let polarity = match board.polarity_as_in_profile {
                Some(true) => ", polarity proven",
                Some(false) => ", polarity the other way",
                None => "",
            };
            let answers = if board.answers { "answers" } else { "DOES NOT ANSWER" };
            let address = match board.address {
                Some(address) => format!(", address {address}"),
                None => String::new(),
            };
            writeln!(
                text,
                "  {} ({}, port {}{address}): {answers}{polarity}",
                board.id, board.family, board.port
            )?;
        }
        Ok(())
    }

    fn write_screen(&self, text: &mut String) -> std::fmt::Result {
        let state = match &self.screen {
            None => "not examined (--screen does it)".to_owned(),
            Some(ScreenReport { not_examined: Some(why), .. }) => format!("not examined: {why}"),
            Some(screen) => {
                let pixels = screen.pixels.map(screen::by).unwrap_or_default();
                let all = screen.touched.len() + screen.not_touched.len();
                let seen = match screen.looks_well {
                    Some(true) => ", seen whole",
                    Some(false) => ", NOT seen whole",
                    None => "",
                };
                format!(
                    "{pixels} pixels on {} mm, {} of {all} marks feel a touch{seen}",
                    screen.width_mm,
                    screen.touched.len()
                )
            }
        };
        let display = |display: &Output| {
            let pixels = display.own_pixels.map(|own| format!(", {} pixels", screen::by(own)));
            let mm = display.picture_mm.map(|mm| format!(", {} mm", screen::by(mm)));
            format!("{}{}{}", display.output, pixels.unwrap_or_default(), mm.unwrap_or_default())
        };
        let displays: Vec<String> = self.displays.iter().map(display).collect();
        let or_none = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join("; ") };
        writeln!(
            text,
            "\nScreen: {state}\nDisplays connected: {}\nTouch and keys: {}",
            or_none(&displays),
            or_none(&self.inputs)
        )
    }

    fn write_parts(&self, text: &mut String) -> std::fmt::Result {
        if let Some(power) = &self.parts.power {
            let mains = match power.mains {
                Some(true) => "mains",
                Some(false) => "NO MAINS",
                None => "says nothing",
            };
            let battery =
                power.battery_percent.map_or_else(String::new, |percent| format!(", battery {percent} %"));
            writeln!(text, "\nPower: {mains}{battery}")?;
        }
        for thermometer in &self.parts.thermometers {
            let reads = thermometer
                .tenths_c
                .map_or_else(|| "says nothing".to_owned(), |tenths_c| format!("{} °C", degrees(tenths_c)));
            writeln!(text, "Thermometer {}: {reads}", thermometer.id)?;
        }
        for tamper in &self.parts.tampers {
            let noticed = match tamper.noticed {
                Some(true) => "noticed the knocking",
                Some(false) => "noticed nothing",
                None => "was not tried (--open)",
            };
            writeln!(text, "Tamper {}: {noticed}", tamper.id)?;
        }
        Ok(())
    }

    fn write_doors(&self, text: &mut String) -> std::fmt::Result {
        if self.doors.is_empty() {
            return Ok(());
        }
        // Where some were opened, the others have nothing to tell.
        let tried = self.doors.iter().filter(|door| door.pulses > 0).count();
        let told = |door: &&DoorReport| tried == 0 || door.pulses > 0;
        writeln!(text, "\nDoors   board           channel  reads  pulses  sensor   open within")?;
        for door in self.doors.iter().filter(told) {
            let follows = match door.sensor_follows {
                Some(Follows::Door) if door.item_sensor == Some(ItemProof::SeesItems) => "item",
                Some(Follows::Door) => "door",
                Some(Follows::Bolt) => "bolt",
                Some(Follows::Nothing) => "NONE",
                None => "-",
            };
            let within =
                door.open_within_ms.map_or_else(|| "-".to_owned(), |within_ms| format!("{within_ms} ms"));
            writeln!(
                text,
                "{:>5}   {:<15} {:>7}  {:<5}  {:>6}  {follows:<7}  {within}",
                door.number, door.board, door.channel, door.reading, door.pulses
            )?;
        }
        match tried {
            0 => writeln!(text, "None was opened (--open).")?,
            tried if tried == self.doors.len() => writeln!(text, "All of them were opened.")?,
            tried => writeln!(text, "{tried} of {} were opened.", self.doors.len())?,
        }
        let reachable = self.doors.iter().filter(|door| door.reachable).count();
        writeln!(text, "{reachable} of {} doors within everyone's reach", self.doors.len())
    }
}
