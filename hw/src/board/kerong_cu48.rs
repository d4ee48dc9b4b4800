//! Kerong KR-CU48: 48 locks a board. Facts and vectors: `frames/kerong-cu48.toml`.
//!
//! 8N1, `02 address lock command 03 sum`, the last byte the low byte of the sum of the rest. The board never answers an
//! unlock. Two of its frames are never made here: address 0A speaks to every board of the bus, lock 30 to every lock of a
//! board.

use std::num::NonZeroU8;
use std::time::Duration;

use super::check_byte::{sealed, sum, unsealed};
use super::door_bits::doors;
use super::{Acknowledgement, ChannelReading, ClosedIs, FamilyLimits, LockBoard, Unasked};

/// Addresses 0A and above are no board's: 0A is the broadcast.
pub const LIMITS: FamilyLimits = FamilyLimits { addresses: 0..=9, channels: 48, bauds: &[19_200] };

const BEGIN: u8 = 0x02;
const END: u8 = 0x03;
const QUERY: u8 = 0x50;
const UNLOCK: u8 = 0x51;
const STATUS: u8 = 0x65;

/// One board.
#[derive(Clone, Debug)]
pub struct KerongCu48 {
    address: u8,
    closed_is: ClosedIs,
    channels: u8,
}

impl KerongCu48 {
    /// A board by its address (0-9), the bit that means closed, and how many of its channels are used (1-48).
    pub fn new(address: u8, closed_is: ClosedIs, channels: u8) -> Self {
        Self { address, closed_is, channels: channels.min(LIMITS.channels) }
    }
}

impl LockBoard for KerongCu48 {
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8> {
        // The channel behind the last would be "all locks".
        if channel.get() > LIMITS.channels {
            return Vec::new();
        }
        sealed(&[BEGIN, self.address, channel.get() - 1, UNLOCK, END], sum)
    }

    fn answers_unlocks(&self) -> bool {
        false
    }

    fn unlock_answer(&self, _channel: NonZeroU8, _received: &[u8]) -> Option<Acknowledgement> {
        None
    }

    fn status_request(&self, _question: u8) -> Vec<u8> {
        sealed(&[BEGIN, self.address, 0, QUERY, END], sum)
    }

    fn status_answer(&self, _question: u8, received: &[u8]) -> Option<Vec<ChannelReading>> {
        // The third byte has no known meaning.
        let &[BEGIN, address, _, STATUS, d1, d2, d3, d4, d5, d6, END] = unsealed(received, sum)? else {
            return None;
        };
        if address != self.address {
            return None;
        }
        let bits = u64::from_le_bytes([d1, d2, d3, d4, d5, d6, 0, 0]);
        Some(doors(bits, self.channels, self.closed_is).collect())
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
