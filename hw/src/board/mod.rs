//! Lock board families: what to write for a request, and what an answer means. Pure functions over bytes, no port.

pub mod shuoming;

use std::num::NonZeroU8;
use std::time::Duration;

use serde::Deserialize;

use crate::bus::DoorState;
use crate::profile::Bank;

/// The families of lock boards that have a driver. A new one is a file in this folder and a line here, in
/// [`Family::limits`] and in [`Family::board`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// The 8A/80/90 boards of Guangzhou Shuoming and their clones.
    Shuoming,
}

/// What a family's wiring allows; the profile is checked against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyLimits {
    /// The highest board address; the lowest is 1.
    pub addresses: u8,
    /// The most channels that one board has.
    pub channels: u8,
}

impl Family {
    /// What the wiring of this family allows.
    pub fn limits(self) -> FamilyLimits {
        match self {
            Self::Shuoming => shuoming::LIMITS,
        }
    }

    /// Bits a second on the wire, 8N1.
    pub fn baud(self) -> u32 {
        match self {
            Self::Shuoming => shuoming::BAUD,
        }
    }

    /// The driver for one board of this family.
    pub fn board(self, bank: &Bank) -> Box<dyn LockBoard> {
        match self {
            Self::Shuoming => Box::new(shuoming::Shuoming::new(bank.address, bank.closed_is, bank.channels)),
        }
    }
}

/// Which status means a closed door: the switch may be of either kind, so it is set for each bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ClosedIs {
    /// Status 11, or a set bit, is a closed door ("closing feedback").
    #[serde(rename = "11")]
    Eleven,
    /// Status 00, or a clear bit, is a closed door ("opening feedback").
    #[serde(rename = "00")]
    Zero,
}

/// What a board said to an unlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// Done.
    Accepted,
    /// Understood, but the lock did not open.
    Refused,
}

/// One lock board, as seen from the wire.
pub trait LockBoard: Send {
    /// The frame that energises one lock once, for the time the board is set to.
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8>;

    /// Reads the answer to [`LockBoard::unlock_request`]; `None` while it is not whole, or is no answer to it.
    fn unlock_answer(&self, channel: NonZeroU8, received: &[u8]) -> Option<Acknowledgement>;

    /// The frame that asks for all doors of the board.
    fn status_request(&self) -> Vec<u8>;

    /// Reads the answer to [`LockBoard::status_request`]; `None` while it is not whole, or is no answer to it.
    fn status_answer(&self, received: &[u8]) -> Option<DoorStates>;

    /// How many bytes at the front of `received` are a report that nobody asked for; 0 when none.
    fn unasked(&self, received: &[u8]) -> usize;

    /// How long after the last byte of a request an answer may begin and end.
    fn answers_within(&self) -> Duration;
}

/// The doors of one board as one sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorStates(Vec<DoorState>);

impl DoorStates {
    /// States in the order of the channels, from channel 1.
    pub fn from_first_channel(states: Vec<DoorState>) -> Self {
        Self(states)
    }

    /// The state of one channel; unknown where the board said nothing of it.
    pub fn of(&self, channel: u8) -> DoorState {
        let index = usize::from(channel).checked_sub(1);
        index.and_then(|index| self.0.get(index)).copied().unwrap_or(DoorState::Unknown)
    }
}
