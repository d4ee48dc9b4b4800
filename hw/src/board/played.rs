//! Boards as the tests play them: their answers are put together by the rules in `frames/`, not by the drivers.

use crc::{CRC_16_MODBUS, Crc};

use super::{ClosedIs, Family, LockBoard};
use crate::profile::{Bank, InputsBy, RelayInputs};

/// A family as seen by whoever plays its boards.
pub(crate) struct Played {
    pub(crate) family: Family,
    pub(crate) inputs: Option<RelayInputs>,
    /// Whether a flipped bit can be told.
    pub(crate) checked: bool,
    /// Where a frame without a check holds the doors.
    pub(crate) unchecked_bytes: std::ops::Range<usize>,
    /// The answer of a board to its status request, by the bits of its channels.
    pub(crate) status: fn(u8, &[bool]) -> Vec<u8>,
    /// The answer to an unlock that was done; `None` where the family has none.
    pub(crate) done: Option<fn(u8, u8) -> Vec<u8>>,
}

/// The pulse of every board here.
const PULSE_MS: u16 = 300;

/// All of them, the Modbus boards once for each way of reading their inputs.
pub(crate) fn played() -> Vec<Played> {
    let modbus = |by| Some(RelayInputs { by, first: 0, board: None });
    let by_frames = |family, status, done| Played {
        family,
        inputs: None,
        checked: true,
        unchecked_bytes: 0..0,
        status,
        done,
    };
    vec![
        by_frames(
            Family::Shuoming,
            |address, set| {
                let mut frame = vec![0x80, address];
                frame.extend(bits(set, 3).iter().rev());
                frame.push(0x33);
                with_xor(frame)
            },
            Some(|address, channel| with_xor(vec![0x8A, address, channel, 0x00])),
        ),
        by_frames(
            Family::KerongCu16,
            |address, set| {
                let mut frame = vec![0x02, address << 4, 0x35];
                frame.extend(bits(set, 2));
                frame.extend([0x5A, 0xA5, 0x03]);
                with_sum(frame)
            },
            None,
        ),
        by_frames(
            Family::KerongCu48,
            |address, set| {
                let mut frame = vec![0x02, address, 0x00, 0x65];
                frame.extend(bits(set, 6));
                frame.push(0x03);
                with_sum(frame)
            },
            None,
        ),
        by_frames(
            Family::Wkly,
            |address, set| {
                let count = u8::try_from(set.len()).unwrap();
                let mut frame = vec![0x57, 0x4B, 0x4C, 0x59, 10 + count, address, 0x84, 0x00, count];
                frame.extend(set.iter().map(|set| u8::from(*set)));
                with_xor(frame)
            },
            Some(|address, channel| {
                with_xor(vec![0x57, 0x4B, 0x4C, 0x59, 0x0B, address, 0x82, 0x00, channel, 0x00])
            }),
        ),
        Played {
            family: Family::Winnsen,
            inputs: None,
            checked: false,
            unchecked_bytes: 4..6,
            status: |address, set| [vec![0x90, 0x07, 0x82, address], bits(set, 2), vec![0x03]].concat(),
            done: Some(|address, channel| vec![0x90, 0x07, 0x85, address, channel, 0x01, 0x03]),
        },
        Played {
            inputs: modbus(InputsBy::DiscreteInputs),
            ..by_frames(
                Family::ModbusRelay,
                |address, set| {
                    let bytes = set.len().div_ceil(8);
                    let header = vec![address, 0x02, u8::try_from(bytes).unwrap()];
                    with_crc([header, bits(set, bytes)].concat())
                },
                Some(pulse_echoed),
            )
        },
        Played {
            inputs: modbus(InputsBy::HoldingRegisters),
            ..by_frames(
                Family::ModbusRelay,
                |address, set| {
                    let mut frame = vec![address, 0x03, u8::try_from(2 * set.len()).unwrap()];
                    frame.extend(set.iter().flat_map(|set| [0x00, u8::from(*set)]));
                    with_crc(frame)
                },
                Some(pulse_echoed),
            )
        },
    ]
}

fn pulse_echoed(address: u8, channel: u8) -> Vec<u8> {
    with_crc(vec![address, 0x05, 0x02, channel - 1, 0x00, 0x03])
}

/// The first channel in the lowest bit of the first byte.
fn bits(set: &[bool], bytes: usize) -> Vec<u8> {
    let mut packed = vec![0; bytes];
    for (index, _) in set.iter().enumerate().filter(|(_, set)| **set) {
        packed[index / 8] |= 1 << (index % 8);
    }
    packed
}

pub(crate) fn with_xor(mut frame: Vec<u8>) -> Vec<u8> {
    frame.push(frame.iter().fold(0, |all, byte| all ^ byte));
    frame
}

fn with_sum(mut frame: Vec<u8>) -> Vec<u8> {
    frame.push(frame.iter().fold(0u8, |all, byte| all.wrapping_add(*byte)));
    frame
}

fn with_crc(mut frame: Vec<u8>) -> Vec<u8> {
    frame.extend(Crc::<u16>::new(&CRC_16_MODBUS).checksum(&frame).to_le_bytes());
    frame
}

impl Played {
    /// The driver for such a board.
    pub(crate) fn board(&self, address: u8, closed_is: ClosedIs, channels: u8) -> Box<dyn LockBoard> {
        let bank = Bank {
            id: String::new(),
            family: self.family,
            port: String::new(),
            baud: self.family.baud(),
            address,
            channels,
            closed_is,
            pulse_ms: PULSE_MS,
            cooldown_ms: 0,
            supply: String::new(),
            item_is: None,
            inputs: self.inputs,
            gpio: None,
        };
        self.family.board(&bank).unwrap()
    }
}
