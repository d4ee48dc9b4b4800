//! The Winnsen lock boards and their clones. Facts and vectors: `frames/winnsen.toml`.
//!
//! 9600 8N1, `90 length command station data 03`, with **no checksum**. What can be guarded is: an answer has every fixed byte
//! (header, length, command, station, lock, trailer) in its place, nothing before it and nothing behind. A blow at one of the two
//! status bytes cannot be told from a door that moved: so the board is asked twice whenever one seems to have.

use std::num::NonZeroU8;
use std::time::Duration;

use super::door_bits::doors;
use super::{Acknowledgement, ChannelReading, ClosedIs, FamilyLimits, LockBoard, Unasked};

/// Two status bytes hold 16 channels. No source names the highest station: 00 and FF are left out, one of which is "all" on
/// boards of this kind.
pub const LIMITS: FamilyLimits = FamilyLimits { addresses: 1..=254, channels: 16, bauds: &[9600] };

const HEADER: u8 = 0x90;
const TRAILER: u8 = 0x03;
const OPEN: u8 = 0x05;
/// Some boards say A5.
const OPENED: [u8; 2] = [0x85, 0xA5];
const QUERY: u8 = 0x02;
const STATUS: u8 = 0x82;

/// One board.
#[derive(Clone, Debug)]
pub struct Winnsen {
    station: u8,
    closed_is: ClosedIs,
    channels: u8,
}

impl Winnsen {
    /// A board by its station number (1-254), the bit that means closed (0 as a rule), and how many channels it has (1-16).
    pub fn new(station: u8, closed_is: ClosedIs, channels: u8) -> Self {
        Self { station, closed_is, channels: channels.min(LIMITS.channels) }
    }
}

impl LockBoard for Winnsen {
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8> {
        if channel.get() > LIMITS.channels {
            return Vec::new();
        }
        vec![HEADER, 0x06, OPEN, self.station, channel.get(), TRAILER]
    }

    fn unlock_answer(&self, channel: NonZeroU8, received: &[u8]) -> Option<Acknowledgement> {
        let &[HEADER, 0x07, command, station, answered, status, TRAILER] = received else { return None };
        match status {
            _ if station != self.station || answered != channel.get() || !OPENED.contains(&command) => None,
            0x01 => Some(Acknowledgement::Accepted),
            // A clone says 02 while the lock cools down.
            0x00 | 0x02 => Some(Acknowledgement::Refused),
            _ => None,
        }
    }

    fn is_checked(&self) -> bool {
        false
    }

    /// Asks by a mask for the channels that the board has.
    fn status_request(&self, _question: u8) -> Vec<u8> {
        let mask = u16::MAX >> (u16::BITS - u32::from(self.channels.clamp(1, LIMITS.channels)));
        let [low, high] = mask.to_le_bytes();
        vec![HEADER, 0x07, QUERY, self.station, low, high, TRAILER]
    }

    fn status_answer(&self, _question: u8, received: &[u8]) -> Option<Vec<ChannelReading>> {
        let &[HEADER, 0x07, STATUS, station, low, high, TRAILER] = received else { return None };
        if station != self.station {
            return None;
        }
        let bits = u16::from_le_bytes([low, high]);
        Some(doors(bits.into(), self.channels, self.closed_is).collect())
    }

    fn unasked(&self, _received: &[u8]) -> Option<Unasked> {
        None
    }

    fn answers_within(&self) -> Duration {
        Duration::from_millis(100)
    }
}

#[cfg(test)]
mod tests;
