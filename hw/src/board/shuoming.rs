//! The "8A/80/90" lock boards (Guangzhou Shuoming and many clones). Facts and vectors: `frames/shuoming.toml`.
//!
//! Five-byte frames at 9600 8N1, the last byte the XOR of the rest. Nothing here sends channel 0, which means *all
//! locks*: a channel is a [`NonZeroU8`].

use std::num::NonZeroU8;
use std::time::Duration;

use super::check_byte::{sealed, unsealed, xor};
use super::door_bits::doors;
use super::{Acknowledgement, ChannelReading, ClosedIs, FamilyLimits, LockBoard, Unasked};
use crate::bus::DoorState;

/// Addresses by DIP switch; products go up to about 50 channels.
pub const LIMITS: FamilyLimits = FamilyLimits { addresses: 1..=32, channels: 56, bauds: &[9600] };

const OPEN: u8 = 0x8A;
const QUERY: u8 = 0x80;
const OPEN_MARK: u8 = 0x11;
const QUERY_MARK: u8 = 0x33;
/// Headers of door changes that some firmware reports unasked. What their status means is contested, so they are
/// recognised and passed over; polling sees the change.
const UNASKED: [u8; 2] = [0x81, 0x82];
/// Status bytes that one answer may hold; the longest product needs 7.
const MOST_STATUS_BYTES: usize = 8;

/// One board.
#[derive(Clone, Debug)]
pub struct Shuoming {
    address: u8,
    closed_is: ClosedIs,
    channels: u8,
}

impl Shuoming {
    /// A board by its DIP address (1-32), the status that means closed, and how many channels it has.
    pub fn new(address: u8, closed_is: ClosedIs, channels: u8) -> Self {
        Self { address, closed_is, channels }
    }
}

impl LockBoard for Shuoming {
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8> {
        sealed(&[OPEN, self.address, channel.get(), OPEN_MARK], xor)
    }

    fn unlock_answer(&self, channel: NonZeroU8, received: &[u8]) -> Option<Acknowledgement> {
        let &[OPEN, address, answered, status] = unsealed(received, xor)? else { return None };
        if address != self.address || answered != channel.get() {
            return None;
        }
        match self.closed_is.door(feedback(status)?) {
            DoorState::Open => Some(Acknowledgement::Accepted),
            DoorState::Closed => Some(Acknowledgement::Refused),
            DoorState::Unknown => None,
        }
    }

    fn status_request(&self, _question: u8) -> Vec<u8> {
        sealed(&[QUERY, self.address, 0, QUERY_MARK], xor)
    }

    fn status_answer(&self, _question: u8, received: &[u8]) -> Option<Vec<ChannelReading>> {
        let [QUERY, address, status @ .., QUERY_MARK] = unsealed(received, xor)? else { return None };
        // A board may send more bytes than its channels need (8 channels still make 3), never fewer.
        let needed = usize::from(self.channels).div_ceil(8).max(1);
        if *address != self.address || status.len() < needed || status.len() > MOST_STATUS_BYTES {
            return None;
        }
        let bits = status.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        Some(doors(bits, self.channels, self.closed_is).collect())
    }

    fn unasked(&self, received: &[u8]) -> Option<Unasked> {
        let &[header, _, _, status] = received.get(..5).and_then(|frame| unsealed(frame, xor))? else {
            return None;
        };
        let is_report = UNASKED.contains(&header) && feedback(status).is_some();
        is_report.then_some(Unasked { length: 5, says: None })
    }

    fn answers_within(&self) -> Duration {
        Duration::from_millis(100)
    }
}

/// Status 11 or 00; anything else is no status.
fn feedback(status: u8) -> Option<bool> {
    match status {
        0x11 => Some(true),
        0x00 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
