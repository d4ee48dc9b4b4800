//! The boards whose frames begin `57 4B 4C 59` ("WKLY"). Facts and vectors: `frames/wkly.toml`.
//!
//! 9600 8N1, `57 4B 4C 59 length address command data xor`: the length is that of the whole frame, the last byte the XOR of
//! all before it. The board reports a door that moves by itself. Never made here: 80, 86 and 87, which open several, and 88, which
//! holds on.

use std::num::NonZeroU8;
use std::time::Duration;

use super::check_byte::{sealed, unsealed, xor};
use super::{Acknowledgement, ChannelReading, ClosedIs, FamilyLimits, ItemState, LockBoard, Unasked};
use crate::bus::DoorState;

/// No source names the most channels. As many as these answer in 78 ms, and fit in what a bus receives at once.
pub const LIMITS: FamilyLimits = FamilyLimits { addresses: 0..=31, channels: 64, bauds: &[9600] };

const PREFIX: [u8; 4] = *b"WKLY";
const OPEN: u8 = 0x82;
const QUERY_ALL: u8 = 0x84;
const DOOR_MOVED: u8 = 0x85;
const DONE: u8 = 0x00;
const FAILED: u8 = 0xFF;
/// A report of a door that moved, as a whole frame.
const REPORT_BYTES: usize = 10;

/// One board.
#[derive(Clone, Debug)]
pub struct Wkly {
    address: u8,
    closed_is: ClosedIs,
    channels: u8,
}

impl Wkly {
    /// A board by its address (0-31), the door byte that means closed (01 as a rule), and how many channels it has (1-64).
    pub fn new(address: u8, closed_is: ClosedIs, channels: u8) -> Self {
        Self { address, closed_is, channels: channels.min(LIMITS.channels) }
    }

    /// The door byte; `None` where it is none of those known.
    fn door(&self, byte: u8) -> Option<DoorState> {
        match byte {
            0x00 => Some(self.closed_is.door(false)),
            0x01 => Some(self.closed_is.door(true)),
            0xFF => Some(DoorState::Unknown),
            _ => None,
        }
    }
}

impl LockBoard for Wkly {
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8> {
        if channel.get() > LIMITS.channels {
            return Vec::new();
        }
        framed(self.address, OPEN, Some(channel))
    }

    fn unlock_answer(&self, channel: NonZeroU8, received: &[u8]) -> Option<Acknowledgement> {
        // The last byte is the door as the board saw it when it answered: no evidence, whatever it says.
        let (address, &[OPEN, status, answered, _]) = unframed(received)? else { return None };
        match status {
            _ if address != self.address || answered != channel.get() => None,
            DONE => Some(Acknowledgement::Accepted),
            FAILED => Some(Acknowledgement::Refused),
            _ => None,
        }
    }

    fn status_request(&self, _question: u8) -> Vec<u8> {
        framed(self.address, QUERY_ALL, None)
    }

    fn status_answer(&self, _question: u8, received: &[u8]) -> Option<Vec<ChannelReading>> {
        let (address, &[QUERY_ALL, status, count, ref doors @ ..]) = unframed(received)? else { return None };
        if address != self.address || usize::from(count) != doors.len() {
            return None;
        }
        let doors: Vec<DoorState> = match status {
            DONE => doors.iter().map(|byte| self.door(*byte)).collect::<Option<_>>()?,
            // The board lives, but could not look.
            FAILED => Vec::new(),
            _ => return None,
        };
        let read = |channel: u8| {
            let door = doors.get(usize::from(channel) - 1).copied().unwrap_or(DoorState::Unknown);
            ChannelReading { channel, door, item: ItemState::Unknown }
        };
        Some((1..=self.channels).map(read).collect())
    }

    /// A door that moved. Another board's report is passed over.
    fn unasked(&self, received: &[u8]) -> Option<Unasked> {
        let (address, &[DOOR_MOVED, channel, door]) = unframed(received.get(..REPORT_BYTES)?)? else {
            return None;
        };
        let ours = address == self.address && (1..=self.channels).contains(&channel);
        let says = self.door(door).filter(|_| ours).map(|door| ChannelReading {
            channel,
            door,
            item: ItemState::Unknown,
        });
        Some(Unasked { length: REPORT_BYTES, says })
    }

    fn answers_within(&self) -> Duration {
        Duration::from_millis(150)
    }
}

/// A request with a channel, or none.
fn framed(address: u8, command: u8, channel: Option<NonZeroU8>) -> Vec<u8> {
    let length = if channel.is_some() { 9 } else { 8 };
    let mut body = PREFIX.to_vec();
    body.extend([length, address, command]);
    body.extend(channel.map(NonZeroU8::get));
    sealed(&body, xor)
}

/// Address, and command with its data, of one whole frame whose length and check are true.
fn unframed(frame: &[u8]) -> Option<(u8, &[u8])> {
    let [length, address, rest @ ..] = unsealed(frame, xor)?.strip_prefix(&PREFIX)? else { return None };
    (usize::from(*length) == frame.len()).then_some((*address, rest))
}

#[cfg(test)]
mod tests;
