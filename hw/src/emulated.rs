//! A whole cabinet by its profile, with emulators at the ends of its wires.
//!
//! Beside the emulators rather than among them: those know nothing of profiles or drivers.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::board::{ClosedIs, Family};
use crate::emulate::{
    BoardFamily, BoardPlan, Cabinet, LockLine, ModbusInputs, Station, StatusOfClosed, WireEvent,
};
use crate::profile::{Bank, InputsBy, ItemIs, Profile};

/// Why a cabinet cannot be emulated.
#[derive(Debug, thiserror::Error)]
pub enum EmulatedError {
    /// A bank has no wire that could end at an emulator.
    #[error("bank \"{bank}\" is not at the end of a serial line: nothing emulates its family")]
    NoSerialLine {
        /// Its id in the profile.
        bank: String,
    },
    /// No pseudo-terminal or no thread.
    #[error("the line of port \"{port}\" cannot be laid: {source}")]
    NoLine {
        /// Its role in the profile.
        port: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// The board that a bank of a profile describes; `None` where it is not at the end of a serial line.
pub fn plan_of(bank: &Bank) -> Option<BoardPlan> {
    let family = match bank.family {
        Family::Shuoming => BoardFamily::Shuoming,
        Family::KerongCu16 => BoardFamily::KerongCu16,
        Family::KerongCu48 => BoardFamily::KerongCu48,
        Family::Wkly => BoardFamily::Wkly,
        Family::Winnsen => BoardFamily::Winnsen,
        Family::ModbusRelay => BoardFamily::ModbusRelay,
        Family::Gpio => return None,
    };
    let usual = BoardPlan::usual(family);
    Some(BoardPlan {
        address: bank.address,
        channels: bank.channels,
        closed: match bank.closed_is {
            ClosedIs::Eleven => StatusOfClosed::Eleven,
            ClosedIs::Zero => StatusOfClosed::Zero,
        },
        pulse: Duration::from_millis(bank.pulse_ms.into()),
        item_is_set: bank.item_is.map_or(usual.item_is_set, |item| item == ItemIs::One),
        inputs: bank.inputs.map_or(usual.inputs, |inputs| match inputs.by {
            InputsBy::DiscreteInputs => ModbusInputs::Discrete(inputs.first),
            InputsBy::HoldingRegisters => ModbusInputs::Registers(inputs.first),
        }),
        ..usual
    })
}

/// The doors of a cabinet and the lines that lead to them.
pub struct EmulatedCabinet {
    /// By the port's role.
    lines: BTreeMap<String, LockLine>,
    /// By the bank's index in the profile.
    parts: Vec<Cabinet>,
}

impl EmulatedCabinet {
    /// Lays a line for each port of the profile; its end is a symlink in `folder` with the port's role as its name. `parts` are
    /// the doors of each bank, in the order of the profile.
    ///
    /// # Errors
    /// A bank that nothing emulates, no pseudo-terminal or no thread.
    pub fn start(profile: &Profile, parts: Vec<Cabinet>, folder: &Path) -> Result<Self, EmulatedError> {
        let mut stations: BTreeMap<&str, (u32, Vec<Station>)> = BTreeMap::new();
        for (bank, part) in profile.banks.iter().zip(&parts) {
            let plan = plan_of(bank).ok_or_else(|| EmulatedError::NoSerialLine { bank: bank.id.clone() })?;
            let (_, line) = stations.entry(&bank.port).or_insert_with(|| (bank.baud, Vec::new()));
            line.push(Station::new(&plan, part.clone()));
        }
        let mut lines = BTreeMap::new();
        for (port, (baud, stations)) in stations {
            let line = LockLine::lay(&folder.join(port), baud, stations)
                .map_err(|source| EmulatedError::NoLine { port: port.to_owned(), source })?;
            lines.insert(port.to_owned(), line);
        }
        Ok(Self { lines, parts })
    }

    /// The same with all doors shut and nothing inside.
    ///
    /// # Errors
    /// As [`EmulatedCabinet::start`].
    pub fn new(profile: &Profile, folder: &Path) -> Result<Self, EmulatedError> {
        let parts = profile.banks.iter().map(|bank| Cabinet::new(bank.channels)).collect();
        Self::start(profile, parts, folder)
    }

    /// The lines with the roles of their ports.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &LockLine)> {
        self.lines.iter().map(|(port, line)| (port.as_str(), line))
    }

    /// The doors of each bank, in the order of the profile.
    pub fn parts(&self) -> &[Cabinet] {
        &self.parts
    }

    /// Everything on all wires from now on. A receiver that lets more than `holds` events pile up loses events.
    pub fn subscribe(&self, holds: usize) -> std::sync::mpsc::Receiver<WireEvent> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(holds);
        for line in self.lines.values() {
            line.tell(sender.clone());
        }
        receiver
    }
}
