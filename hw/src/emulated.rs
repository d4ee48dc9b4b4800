//! A whole cabinet by its profile, with emulators at the ends of its wires.
//!
//! Beside the emulators rather than among them: those know nothing of profiles or drivers.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use crate::board::{ClosedIs, Family};
use crate::emulate::{
    BoardFamily, BoardPlan, Cabinet, Fault, LockLine, ModbusInputs, Station, StatusOfClosed, Supply,
    WireEvent,
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
        inputs_board: bank.inputs.and_then(|inputs| inputs.board),
        ..usual
    })
}

/// The doors of each bank, all shut and nothing inside, with their locks on the supplies that the profile says.
pub fn shut_doors(profile: &Profile) -> Vec<Cabinet> {
    let mut supplies: BTreeMap<&str, Supply> = BTreeMap::new();
    let banks = profile.banks.iter();
    banks.map(|bank| Cabinet::on_supply(bank.channels, supplies.entry(&bank.supply).or_default())).collect()
}

/// One board of an emulated cabinet: where it is wired, and what is behind it.
pub struct EmulatedBank {
    /// What people call it, where there are several; otherwise nothing.
    pub name: String,
    /// The role of its port.
    pub port: String,
    /// Bits a second on that port, 8N1.
    pub baud: u32,
    /// The board.
    pub plan: BoardPlan,
    /// Its doors.
    pub doors: Cabinet,
}

/// The doors of a cabinet and the lines that lead to them.
pub struct EmulatedCabinet {
    /// By the port's role.
    lines: BTreeMap<String, LockLine>,
    /// By the bank's index.
    parts: Vec<Cabinet>,
    /// The port of each bank, and its place among the boards of that line.
    wired: Vec<(String, usize)>,
}

impl EmulatedCabinet {
    /// Lays a line for each port of the profile; its end is a symlink in `folder` with the port's role as its name. `parts` are
    /// the doors of each bank, in the order of the profile.
    ///
    /// # Errors
    /// A bank that nothing emulates, no pseudo-terminal or no thread.
    pub fn start(profile: &Profile, parts: Vec<Cabinet>, folder: &Path) -> Result<Self, EmulatedError> {
        let bank = |(bank, doors): (&Bank, Cabinet)| {
            let plan = plan_of(bank).ok_or_else(|| EmulatedError::NoSerialLine { bank: bank.id.clone() })?;
            let name = if profile.banks.len() > 1 { bank.id.clone() } else { String::new() };
            Ok(EmulatedBank { name, port: bank.port.clone(), baud: bank.baud, plan, doors })
        };
        let banks: Result<Vec<_>, _> = profile.banks.iter().zip(parts).map(bank).collect();
        Self::of(banks?, |port| folder.join(port))
    }

    /// The same with all doors shut and nothing inside.
    ///
    /// # Errors
    /// As [`EmulatedCabinet::start`].
    pub fn new(profile: &Profile, folder: &Path) -> Result<Self, EmulatedError> {
        Self::start(profile, shut_doors(profile), folder)
    }

    /// Lays a line for each port of these banks; `path_of` says where that of a role ends.
    ///
    /// # Errors
    /// No pseudo-terminal or no thread.
    pub fn of(banks: Vec<EmulatedBank>, path_of: impl Fn(&str) -> PathBuf) -> Result<Self, EmulatedError> {
        let mut stations: BTreeMap<String, (u32, Vec<Station>)> = BTreeMap::new();
        let (mut parts, mut wired) = (Vec::new(), Vec::new());
        for EmulatedBank { name, port, baud, plan, doors } in banks {
            let (_, line) = stations.entry(port.clone()).or_insert_with(|| (baud, Vec::new()));
            wired.push((port, line.len()));
            line.push(Station { name, ..Station::new(&plan, doors.clone()) });
            parts.push(doors);
        }
        let mut lines = BTreeMap::new();
        for (port, (baud, stations)) in stations {
            let line = LockLine::lay(&path_of(&port), baud, stations)
                .map_err(|source| EmulatedError::NoLine { port: port.clone(), source })?;
            lines.insert(port, line);
        }
        Ok(Self { lines, parts, wired })
    }

    /// The lines with the roles of their ports.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &LockLine)> {
        self.lines.iter().map(|(port, line)| (port.as_str(), line))
    }

    /// The line of a port.
    pub fn line(&self, port: &str) -> Option<&LockLine> {
        self.lines.get(port)
    }

    /// The doors of each bank, in the order of the profile.
    pub fn parts(&self) -> &[Cabinet] {
        &self.parts
    }

    /// Switches a fault on or off, everywhere.
    pub fn fault(&self, fault: Fault, on: bool) {
        self.lines.values().for_each(|line| line.fault(fault, on));
    }

    /// The same at one bank, by its index; what is wrong with its wire is so for all banks of that wire.
    pub fn fault_of(&self, bank: usize, fault: Fault, on: bool) {
        let line = self.wired.get(bank).and_then(|(port, at)| Some((self.lines.get(port)?, *at)));
        if let Some((line, at)) = line {
            line.fault_of(at, fault, on);
        }
    }

    /// Everything on all wires from now on. A receiver that lets more than `holds` events pile up loses events.
    pub fn subscribe(&self, holds: usize) -> Receiver<WireEvent> {
        let (sender, receiver) = sync_channel(holds);
        self.lines.values().for_each(|line| line.tell(sender.clone()));
        receiver
    }
}
