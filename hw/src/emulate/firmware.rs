//! What every emulated lock board is: bytes in, bytes out, without wire, thread or clock.

use std::time::Duration;

/// Which status this board sends for a closed door: the switch may be of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusOfClosed {
    /// 11, 01 and set bits: closing feedback.
    Eleven,
    /// 00 and clear bits: opening feedback.
    Zero,
}

impl StatusOfClosed {
    /// The bit that stands for a door.
    pub(super) fn bit(self, is_open: bool) -> bool {
        is_open == (self == Self::Zero)
    }
}

/// What a frame asks of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Energise these locks, for the time that the frame names or else the board's own.
    Open {
        /// Which, from 1. More than one is never what a locker should ask for.
        channels: Vec<u8>,
        /// The time in the frame, if it names one.
        pulse: Option<Duration>,
    },
    /// Energise this lock until told otherwise: deadly to a solenoid.
    Hold(u8),
    /// De-energise these locks.
    Off(Vec<u8>),
    /// Tell how things are.
    Status,
    /// Something that the board cannot do; its answer says so.
    Impossible,
    /// For another board, or no frame.
    Other,
}

impl Asked {
    /// Energise one lock, for the board's own time.
    pub(super) fn open_one(channel: u8) -> Self {
        Self::Open { channels: vec![channel], pulse: None }
    }

    /// Energise every lock of a board.
    pub(super) fn open_all(channels: u8) -> Self {
        Self::Open { channels: (1..=channels).collect(), pulse: None }
    }

    /// For people.
    pub fn note(&self) -> String {
        match self {
            Self::Open { channels, pulse } => {
                let doors: Vec<String> = channels.iter().map(u8::to_string).collect();
                let doors = match doors.len() {
                    0 => "a door that is not there".to_owned(),
                    1 => format!("door {}", doors.concat()),
                    _ => format!("doors {} at once", doors.join(", ")),
                };
                match pulse {
                    Some(pulse) => format!("open {doors} with {} ms", pulse.as_millis()),
                    None => format!("open {doors}"),
                }
            }
            Self::Hold(channel) => format!("hold lock {channel} on"),
            Self::Off(channels) if channels.len() == 1 => format!("lock {} off", channels[0]),
            Self::Off(_) => "all locks off".to_owned(),
            Self::Status => "how are the doors?".to_owned(),
            Self::Impossible => "asks for what the board cannot do".to_owned(),
            Self::Other => "not for a board of this line".to_owned(),
        }
    }
}

/// What a board's own inputs tell it.
pub trait Look {
    /// What the door's sensor says; `None` where the board itself cannot tell.
    fn is_open(&self, channel: u8) -> Option<bool>;

    /// Whether the item sensor sees something.
    fn has_item(&self, channel: u8) -> bool;

    /// Whether the relay is on.
    fn is_energised(&self, channel: u8) -> bool;
}

/// One board, without its wire.
pub trait Firmware: Send {
    /// Reads a frame.
    fn asked(&self, frame: &[u8]) -> Asked;

    /// What the board says to a frame once it has done what it was asked. `None` where it says nothing.
    fn answer(&self, frame: &[u8], asked: &Asked, look: &dyn Look) -> Option<Vec<u8>>;

    /// Whether it tells of door changes by itself.
    fn reports(&self) -> bool {
        false
    }

    /// What it says by itself when a door changed.
    fn report(&self, _channel: u8, _look: &dyn Look) -> Option<Vec<u8>> {
        None
    }

    /// An answer of another length than it says or ought to have, its checksum good.
    fn lie_about_length(&self, answer: &[u8]) -> Vec<u8>;
}

/// Bits by channel, channel 1 in the lowest of the first byte.
pub(super) fn bits(bytes: usize, channels: u8, is_set: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut packed = vec![0u8; bytes];
    for channel in (1..=channels).filter(|&channel| is_set(channel)) {
        let index = usize::from(channel - 1);
        if let Some(byte) = packed.get_mut(index / 8) {
            *byte |= 1 << (index % 8);
        }
    }
    packed
}

/// With the XOR of all bytes behind them.
pub(super) fn with_xor(mut frame: Vec<u8>) -> Vec<u8> {
    let sum = frame.iter().fold(0, |sum, byte| sum ^ byte);
    frame.push(sum);
    frame
}

/// With the low byte of the sum of all bytes behind them.
pub(super) fn with_sum(mut frame: Vec<u8>) -> Vec<u8> {
    let sum = frame.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    frame.push(sum);
    frame
}

/// The frame without its last byte, where `seal` gives that byte.
pub(super) fn unsealed(frame: &[u8], seal: impl Fn(Vec<u8>) -> Vec<u8>) -> Option<&[u8]> {
    let (_, body) = frame.split_last()?;
    (!body.is_empty() && seal(body.to_vec()) == frame).then_some(body)
}
