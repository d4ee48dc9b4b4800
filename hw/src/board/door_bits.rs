//! Doors as bits: a word in which bit 0 is channel 1.

use super::{ChannelReading, ClosedIs, ItemState};

/// Whether the bit of a channel (1-64) is set.
pub(super) fn is_set(bits: u64, channel: u8) -> bool {
    bits.checked_shr(u32::from(channel).saturating_sub(1)).is_some_and(|rest| rest & 1 == 1)
}

/// What the bits of the channels from 1 say of their doors.
pub(super) fn doors(bits: u64, channels: u8, closed_is: ClosedIs) -> impl Iterator<Item = ChannelReading> {
    (1..=channels).map(move |channel| ChannelReading {
        channel,
        door: closed_is.door(is_set(bits, channel)),
        item: ItemState::Unknown,
    })
}
