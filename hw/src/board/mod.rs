//! Lock board families: what to write for a request, and what an answer means. Pure functions over bytes, no port.

mod check_byte;
mod door_bits;
pub mod kerong_cu16;
pub mod kerong_cu48;
pub mod modbus_relay;
#[cfg(test)]
pub(crate) mod played;
#[cfg(test)]
mod properties;
pub mod shuoming;
#[cfg(test)]
mod vectors;
pub mod winnsen;
pub mod wkly;

use std::num::NonZeroU8;
use std::ops::RangeInclusive;
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
    /// Kerong KR-CU16 and KR-CU12, with an item sensor for each lock.
    KerongCu16,
    /// Kerong KR-CU48.
    KerongCu48,
    /// The boards whose frames begin `57 4B 4C 59`.
    Wkly,
    /// Winnsen and clones, without a checksum.
    Winnsen,
    /// Modbus RTU relay boards that time a pulse themselves, with inputs.
    ModbusRelay,
    /// Locks and switches on the lines of a GPIO chip, such as those of a Raspberry Pi: no board, no wire.
    Gpio,
}

/// What a family's wiring allows; the profile is checked against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyLimits {
    /// The addresses that a board can be set to.
    pub addresses: RangeInclusive<u8>,
    /// The most channels that one board has.
    pub channels: u8,
    /// Bits a second that a line of this family may run at, 8N1. The first is what boards are delivered with.
    pub bauds: &'static [u32],
}

impl Family {
    /// What the wiring of this family allows.
    pub fn limits(self) -> FamilyLimits {
        match self {
            Self::Shuoming => shuoming::LIMITS,
            Self::KerongCu16 => kerong_cu16::LIMITS,
            Self::KerongCu48 => kerong_cu48::LIMITS,
            Self::Wkly => wkly::LIMITS,
            Self::Winnsen => winnsen::LIMITS,
            Self::ModbusRelay => modbus_relay::LIMITS,
            // As many as the GPIO header of a Raspberry Pi has lines.
            Self::Gpio => FamilyLimits { addresses: 0..=0, channels: 28, bauds: &[] },
        }
    }

    /// Bits a second on the wire as delivered, 8N1; 0 where a family has no serial line.
    pub fn baud(self) -> u32 {
        self.limits().bauds.first().copied().unwrap_or(0)
    }

    /// Whether its boards may have sensors that see what lies in a compartment; a profile then may say `item_is`.
    pub fn has_item_sensors(self) -> bool {
        self == Self::KerongCu16
    }

    /// Whether a profile says where its door switches are told: `inputs` and `inputs_address`.
    pub fn has_inputs_apart(self) -> bool {
        self == Self::ModbusRelay
    }

    /// The shortest pulse that its boards can be asked for, in milliseconds.
    pub fn shortest_pulse_ms(self) -> u16 {
        match self {
            Self::ModbusRelay => modbus_relay::PULSE_UNIT_MS,
            _ => 1,
        }
    }

    /// The driver for one board of this family; none for [`Family::Gpio`], which [`crate::gpio`] drives.
    pub fn board(self, bank: &Bank) -> Option<Box<dyn LockBoard>> {
        let Bank { address, closed_is, channels, item_is, inputs, pulse_ms, .. } = *bank;
        Some(match self {
            Self::Shuoming => Box::new(shuoming::Shuoming::new(address, closed_is, channels)),
            Self::KerongCu16 => Box::new(kerong_cu16::KerongCu16::new(address, closed_is, item_is, channels)),
            Self::KerongCu48 => Box::new(kerong_cu48::KerongCu48::new(address, closed_is, channels)),
            Self::Wkly => Box::new(wkly::Wkly::new(address, closed_is, channels)),
            Self::Winnsen => Box::new(winnsen::Winnsen::new(address, closed_is, channels)),
            Self::ModbusRelay => {
                let inputs = inputs.unwrap_or(modbus_relay::USUAL_INPUTS);
                Box::new(modbus_relay::ModbusRelay::new(address, closed_is, channels, pulse_ms, inputs))
            }
            Self::Gpio => return None,
        })
    }
}

/// Which status means a closed door: the switch may be of either kind, so it is set for each bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ClosedIs {
    /// Status 11, or a set bit or a high line, is a closed door ("closing feedback").
    #[serde(rename = "11", alias = "1")]
    Eleven,
    /// Status 00, or a clear bit or a low line, is a closed door ("opening feedback").
    #[serde(rename = "00", alias = "0")]
    Zero,
}

impl ClosedIs {
    /// The door, by whether its status is 11 or its bit set.
    #[must_use]
    pub fn door(self, set: bool) -> DoorState {
        match (set, self) {
            (true, Self::Eleven) | (false, Self::Zero) => DoorState::Closed,
            (true, Self::Zero) | (false, Self::Eleven) => DoorState::Open,
        }
    }
}

/// What a board said to an unlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// Done.
    Accepted,
    /// Understood, but the lock did not open.
    Refused,
}

/// Whether something lies in a compartment, as far as a sensor tells. `Unknown` is never absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// The sensor sees something.
    Present,
    /// The sensor sees nothing.
    Absent,
    /// There is no such sensor, or the board said nothing of it.
    Unknown,
}

/// What a board says of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelReading {
    /// Which channel, from 1.
    pub channel: u8,
    /// Its door.
    pub door: DoorState,
    /// What its item sensor says.
    pub item: ItemState,
}

/// What is said of one door; unknown where the board said nothing of it.
pub fn door_of(readings: &[ChannelReading], channel: u8) -> DoorState {
    readings
        .iter()
        .find(|reading| reading.channel == channel)
        .map_or(DoorState::Unknown, |reading| reading.door)
}

/// A report that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// How many bytes it has; at least 1, and no more than were received.
    pub length: usize,
    /// What it says; `None` where its meaning is contested, and polling has to see the change.
    pub says: Option<ChannelReading>,
}

/// One lock board, as seen from the wire.
pub trait LockBoard: Send {
    /// The frame that energises one lock once, for the time the board is set to. Empty for a channel that no board of this
    /// family has: nothing may be sent then.
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8>;

    /// False where the board answers an unlock never, or not reliably: then the last byte's leaving is all that is known of
    /// it, and whatever comes back is passed over.
    fn answers_unlocks(&self) -> bool {
        true
    }

    /// Reads the answer to [`LockBoard::unlock_request`]; `None` while it is not whole, or is no answer to it.
    fn unlock_answer(&self, channel: NonZeroU8, received: &[u8]) -> Option<Acknowledgement>;

    /// False where frames carry no check, so that a blow at a door's own byte cannot be told: then a change is believed only
    /// when two answers in a row say the same, and the second question follows at once.
    fn is_checked(&self) -> bool {
        true
    }

    /// How many questions it takes to hear of all channels, at least 1. Each is a transaction, and its answer a sample of
    /// its own.
    fn questions(&self) -> u8 {
        1
    }

    /// The frame that asks for the doors of the board, or for its part of them; `question` counts from 0.
    fn status_request(&self, question: u8) -> Vec<u8>;

    /// Reads the answer to [`LockBoard::status_request`]; `None` while it is not whole, or is no answer to it.
    fn status_answer(&self, question: u8, received: &[u8]) -> Option<Vec<ChannelReading>>;

    /// The report at the front of `received` that nobody asked for, if there is one.
    fn unasked(&self, received: &[u8]) -> Option<Unasked>;

    /// Written one by one whenever the port was opened, before anything else: they switch all outputs off. Empty where the
    /// board has no such frame because it ends every pulse by itself.
    fn at_start(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    /// How long after the last byte of a request an answer may begin and end.
    fn answers_within(&self) -> Duration;
}
