//! Kerong KR-CU16 and KR-CU12: 16 locks a board, and for each an infrared sensor that sees an item. Facts and vectors:
//! `frames/kerong-cu16.toml`.
//!
//! 8N1, `02 address command 03 sum`, the last byte the low byte of the sum of the rest. One byte holds board and lock: the
//! board in its high half, the lock from 0 in its low half. Answers to an unlock are unreliable, so none is waited for. Never
//! made here: 33, which unlocks all, and 37, a pulse length in units that one source alone gives.

use std::num::NonZeroU8;
use std::time::Duration;

use super::check_byte::{sealed, sum, unsealed};
use super::door_bits::{doors, is_set};
use super::{Acknowledgement, ChannelReading, ClosedIs, FamilyLimits, ItemState, LockBoard, Unasked};
use crate::profile::ItemIs;

/// Board F is every board of the bus. 19200 Bd is the factory's setting, 115200 Bd has been met.
pub const LIMITS: FamilyLimits = FamilyLimits { addresses: 0..=14, channels: 16, bauds: &[19_200, 115_200] };

const BEGIN: u8 = 0x02;
const END: u8 = 0x03;
const QUERY: u8 = 0x30;
const UNLOCK: u8 = 0x31;
const STATUS: u8 = 0x35;

/// One board.
#[derive(Clone, Debug)]
pub struct KerongCu16 {
    address: u8,
    closed_is: ClosedIs,
    item_is: Option<ItemIs>,
    channels: u8,
}

impl KerongCu16 {
    /// A board by its address (0-14), the hook bit that means closed, the infrared bit that means an item where the sensors
    /// are fitted, and how many of its channels are used (1-16).
    pub fn new(address: u8, closed_is: ClosedIs, item_is: Option<ItemIs>, channels: u8) -> Self {
        Self { address, closed_is, item_is, channels: channels.min(LIMITS.channels) }
    }

    fn lock(&self, channel: u8) -> u8 {
        self.address << 4 | (channel - 1)
    }

    /// Without sensors the bits are whatever the board makes of open inputs.
    fn item(&self, set: bool) -> ItemState {
        match (self.item_is, set) {
            (None, _) => ItemState::Unknown,
            (Some(ItemIs::One), true) | (Some(ItemIs::Zero), false) => ItemState::Present,
            (Some(ItemIs::One), false) | (Some(ItemIs::Zero), true) => ItemState::Absent,
        }
    }
}

impl LockBoard for KerongCu16 {
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8> {
        // The channel behind the last would be the next board's first.
        if channel.get() > LIMITS.channels {
            return Vec::new();
        }
        sealed(&[BEGIN, self.lock(channel.get()), UNLOCK, END], sum)
    }

    fn answers_unlocks(&self) -> bool {
        false
    }

    fn unlock_answer(&self, _channel: NonZeroU8, _received: &[u8]) -> Option<Acknowledgement> {
        None
    }

    fn status_request(&self, _question: u8) -> Vec<u8> {
        sealed(&[BEGIN, self.lock(1), QUERY, END], sum)
    }

    fn status_answer(&self, _question: u8, received: &[u8]) -> Option<Vec<ChannelReading>> {
        let &[BEGIN, address, STATUS, h1, h2, ir1, ir2, END] = unsealed(received, sum)? else { return None };
        if address != self.lock(1) {
            return None;
        }
        let [hooks, items] = [[h1, h2], [ir1, ir2]].map(|bits| u64::from(u16::from_le_bytes(bits)));
        let doors = doors(hooks, self.channels, self.closed_is);
        let with_item =
            |door: ChannelReading| ChannelReading { item: self.item(is_set(items, door.channel)), ..door };
        Some(doors.map(with_item).collect())
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
