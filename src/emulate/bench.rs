//! The boards and doors that are emulated: one board, or all of a profile.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use locker_hw::emulate::{BoardFamily, BoardPlan, Cabinet, StatusOfClosed, WireEvent};
use locker_hw::emulated::{EmulatedBank, EmulatedCabinet, EmulatedError, plan_of};
use locker_hw::profile::{self, Fault};

use super::{ClosedIs, EmulateArgs};

/// Frames that wait to be shown.
const FRAMES_WAIT: usize = 4_096;
/// The role of the port of a board without a profile.
const ROLE: &str = "locks";

/// Why nothing is emulated.
#[derive(Debug, thiserror::Error)]
pub(super) enum BenchError {
    /// The profile is wrong.
    #[error("the profile has {} faults", .0.len())]
    Profile(Vec<Fault>),
    /// Its file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unread {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No bank of the profile is at the end of a serial line.
    #[error("{0} has no lock board on a serial line: there is nothing to emulate")]
    NothingOnAWire(PathBuf),
    /// The folder for the ports cannot be made.
    #[error("the folder {path} cannot be made: {source}")]
    NoFolder {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The lines cannot be laid.
    #[error(transparent)]
    Lines(#[from] EmulatedError),
}

/// One board, as people call it.
pub(super) struct Board {
    /// Its bank's id in the profile.
    pub(super) id: String,
    family: BoardFamily,
    address: u8,
    channels: u8,
    baud: u32,
    port: String,
}

/// Everything that is emulated.
pub(super) struct Bench {
    pub(super) cabinet: EmulatedCabinet,
    pub(super) boards: Vec<Board>,
    /// By the number on the door: which board, and which of its channels.
    pub(super) doors: BTreeMap<u16, (usize, u8)>,
    left_out: Vec<String>,
}

impl Bench {
    /// Puts up what the arguments name.
    ///
    /// # Errors
    /// The profile is wrong, or the lines cannot be laid.
    pub(super) fn put_up(args: &EmulateArgs) -> Result<Self, BenchError> {
        match (&args.profile, args.family) {
            (Some(path), _) => Self::of_profile(path, args.port.as_deref()),
            (None, family) => Self::of_board(family.unwrap_or(BoardFamily::Shuoming), args),
        }
    }

    fn of_board(family: BoardFamily, args: &EmulateArgs) -> Result<Self, BenchError> {
        let usual = BoardPlan::usual(family);
        let plan = BoardPlan {
            address: args.address.unwrap_or(usual.address),
            channels: args.channels.map_or(usual.channels, std::num::NonZeroU8::get),
            closed: match args.closed_is {
                Some(ClosedIs::One) => StatusOfClosed::Eleven,
                Some(ClosedIs::Zero) => StatusOfClosed::Zero,
                None => usual.closed,
            },
            ..usual
        };
        let baud = args.baud.unwrap_or(family.baud());
        let (port, doors) = (ROLE.to_owned(), Cabinet::new(plan.channels));
        let numbers = (1..=plan.channels).map(|channel| (channel.into(), (0, channel))).collect();
        let board = Board {
            id: "board".to_owned(),
            family,
            address: plan.address,
            channels: plan.channels,
            baud,
            port: port.clone(),
        };
        let path = match &args.port {
            Some(path) => path.clone(),
            None => new_folder()?.join(ROLE),
        };
        let bank = EmulatedBank { name: String::new(), port, baud, plan, doors };
        let cabinet = EmulatedCabinet::of(vec![bank], |_| path.clone())?;
        Ok(Self { cabinet, boards: vec![board], doors: numbers, left_out: Vec::new() })
    }

    fn of_profile(path: &Path, folder: Option<&Path>) -> Result<Self, BenchError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| BenchError::Unread { path: path.to_owned(), source })?;
        let profile = profile::parse(&text, &path.display().to_string()).map_err(BenchError::Profile)?;
        let (mut boards, mut banks, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        // The board that each bank of the profile became.
        let mut board_of = Vec::new();
        for bank in &profile.banks {
            let Some(plan) = plan_of(bank) else {
                left_out.push(bank.id.clone());
                board_of.push(None);
                continue;
            };
            board_of.push(Some(boards.len()));
            boards.push(Board {
                id: bank.id.clone(),
                family: plan.family,
                address: plan.address,
                channels: plan.channels,
                baud: bank.baud,
                port: bank.port.clone(),
            });
            let doors = Cabinet::new(bank.channels);
            let name = bank.id.clone();
            banks.push(EmulatedBank { name, port: bank.port.clone(), baud: bank.baud, plan, doors });
        }
        if boards.is_empty() {
            return Err(BenchError::NothingOnAWire(path.to_owned()));
        }
        let place = |known: &profile::Compartment| {
            let board = board_of.get(usize::from(known.lock.bank)).copied().flatten()?;
            Some((known.number, (board, known.lock.channel)))
        };
        let doors = profile.compartments.iter().filter_map(place).collect();
        let folder = match folder {
            Some(folder) => made(folder.to_owned())?,
            None => new_folder()?,
        };
        let cabinet = EmulatedCabinet::of(banks, |port| folder.join(port))?;
        Ok(Self { cabinet, boards, doors, left_out })
    }

    /// What stands there, and the lines for `locker.toml`.
    pub(super) fn introduction(&self) -> Vec<String> {
        let mut lines = self.boards();
        for id in &self.left_out {
            lines.push(format!("# bank \"{id}\" is on GPIO lines: nothing stands for it here"));
        }
        lines.push("# what can be done is told by: help".to_owned());
        lines.push("[ports]".to_owned());
        for (port, line) in self.cabinet.lines() {
            lines.push(format!("{port} = {:?}", line.path().display().to_string()));
        }
        lines
    }

    /// A line for each board.
    pub(super) fn boards(&self) -> Vec<String> {
        let line = |board: &Board| {
            format!(
                "# {}: {}, address {}, {} locks, {} Bd on port \"{}\"",
                board.id, board.family, board.address, board.channels, board.baud, board.port
            )
        };
        self.boards.iter().map(line).collect()
    }

    /// Everything on the wires from now on.
    pub(super) fn frames(&self) -> Receiver<WireEvent> {
        self.cabinet.subscribe(FRAMES_WAIT)
    }

    /// The doors of the board that has this one, and its channel there.
    pub(super) fn door(&self, number: u16) -> Option<(&Cabinet, u8)> {
        let (board, channel) = self.doors.get(&number)?;
        Some((self.cabinet.parts().get(*board)?, *channel))
    }
}

fn new_folder() -> Result<PathBuf, BenchError> {
    made(std::env::temp_dir().join(format!("locker-emulate-{}", std::process::id())))
}

fn made(path: PathBuf) -> Result<PathBuf, BenchError> {
    match std::fs::create_dir_all(&path) {
        Ok(()) => Ok(path),
        Err(source) => Err(BenchError::NoFolder { path, source }),
    }
}
