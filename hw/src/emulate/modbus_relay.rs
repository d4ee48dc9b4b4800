//! A Modbus RTU board of relays and inputs. Vectors: `frames/modbus-relay.toml`.

use std::time::Duration;

use super::firmware::{Asked, Firmware, Look, StatusOfClosed, bits};

const READ_RELAYS: u8 = 0x01;
const READ_INPUTS: u8 = 0x02;
const READ_REGISTERS: u8 = 0x03;
const WRITE_RELAY: u8 = 0x05;
/// Relays are here ...
const RELAYS: u16 = 0x0000;
/// ... all of them here ...
const ALL_RELAYS: u16 = 0x00FF;
/// ... and here with a pulse.
const PULSES: u16 = 0x0200;
/// A unit of a pulse's length.
const TENTH: Duration = Duration::from_millis(100);

const ILLEGAL_FUNCTION: u8 = 1;
const ILLEGAL_ADDRESS: u8 = 2;
const ILLEGAL_VALUE: u8 = 3;

/// Where the inputs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModbusInputs {
    /// As discrete inputs, function 02, from this address on.
    Discrete(u16),
    /// As holding registers, function 03, from this address on; 0081 on an Eletechsup R4DIF08.
    Registers(u16),
}

/// A board, without its wire.
#[derive(Clone, Copy, Debug)]
pub struct ModbusRelay {
    /// 1-247.
    pub address: u8,
    /// How many relays and inputs it has.
    pub channels: u8,
    /// Whether an input is on while its door is closed.
    pub closed: StatusOfClosed,
    /// Where its inputs are.
    pub inputs: ModbusInputs,
    /// The address of a board of inputs beside it, where it has none of its own.
    pub inputs_board: Option<u8>,
    /// Whether it times pulses by itself; a board that does not refuses them.
    pub has_pulses: bool,
}

/// What a frame of ours says.
enum Request {
    Relay { at: u16, value: u16 },
    Bits { function: u8, first: u16, count: u16 },
    Registers { first: u16, count: u16 },
    Unknown { function: u8 },
}

impl ModbusRelay {
    /// Which of the two boards is asked, and what.
    fn request(&self, frame: &[u8]) -> Option<(u8, Request)> {
        let &[address, function, ref data @ ..] = without_crc(frame)? else { return None };
        if address != self.address && Some(address) != self.inputs_board {
            return None;
        }
        let words = match *data {
            [a, b, c, d] => Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))),
            _ => None,
        };
        let inputs_only = address != self.address;
        let relays_only = !inputs_only && self.inputs_board.is_some();
        let request = match (function, words) {
            (WRITE_RELAY | READ_RELAYS, _) if inputs_only => Request::Unknown { function },
            (READ_INPUTS | READ_REGISTERS, _) if relays_only => Request::Unknown { function },
            (WRITE_RELAY, Some((at, value))) => Request::Relay { at, value },
            (READ_RELAYS | READ_INPUTS, Some((first, count))) => Request::Bits { function, first, count },
            (READ_REGISTERS, Some((first, count))) => Request::Registers { first, count },
            _ => Request::Unknown { function },
        };
        Some((address, request))
    }

    /// The channel of relay `at` counted from `base`.
    fn channel(&self, base: u16, at: u16) -> Option<u8> {
        let index = u8::try_from(at.checked_sub(base)?).ok()?;
        (index < self.channels).then(|| index + 1)
    }

    /// What a write to a relay asks for, or the exception that answers it.
    fn write(&self, at: u16, value: u16) -> Result<Asked, u8> {
        if let Some(channel) = self.channel(PULSES, at) {
            return match value {
                1..=0x7FFF if self.has_pulses => {
                    Ok(Asked::Open { channels: vec![channel], pulse: Some(TENTH * u32::from(value)) })
                }
                _ => Err(ILLEGAL_VALUE),
            };
        }
        match (at, value) {
            (ALL_RELAYS, 0x0000) => Ok(Asked::Off((1..=self.channels).collect())),
            (ALL_RELAYS, 0xFF00) => Ok(Asked::open_all(self.channels)),
            _ => match (self.channel(RELAYS, at).ok_or(ILLEGAL_ADDRESS)?, value) {
                (channel, 0xFF00) => Ok(Asked::Hold(channel)),
                (channel, 0x0000) => Ok(Asked::Off(vec![channel])),
                _ => Err(ILLEGAL_VALUE),
            },
        }
    }

    /// The channels that a question is about, from 1 on, and how many.
    fn asked_for(&self, base: u16, first: u16, count: u16) -> Result<std::ops::Range<u8>, u8> {
        let first = first.checked_sub(base).ok_or(ILLEGAL_ADDRESS)?;
        let end = first.checked_add(count).filter(|end| *end <= self.channels.into());
        let end = end.and_then(|end| u8::try_from(end).ok()).ok_or(ILLEGAL_ADDRESS)?;
        let first = u8::try_from(first).map_err(|_| ILLEGAL_ADDRESS)?;
        if count == 0 { Err(ILLEGAL_VALUE) } else { Ok(first + 1..end + 1) }
    }

    fn read(&self, address: u8, request: &Request, look: &dyn Look) -> Result<Vec<u8>, u8> {
        let input = |channel| self.closed.bit(look.is_open(channel).unwrap_or(true));
        match *request {
            Request::Bits { function, first, count } => {
                let base = match (function, self.inputs) {
                    (READ_RELAYS, _) => RELAYS,
                    (_, ModbusInputs::Discrete(base)) => base,
                    (_, ModbusInputs::Registers(_)) => return Err(ILLEGAL_FUNCTION),
                };
                let asked = self.asked_for(base, first, count)?;
                let length = asked.len().div_ceil(8);
                let states = bits(length, u8::try_from(asked.len()).unwrap_or(u8::MAX), |nth| {
                    let channel = asked.start + nth - 1;
                    if function == READ_RELAYS { look.is_energised(channel) } else { input(channel) }
                });
                Ok(counted(address, function, states))
            }
            Request::Registers { first, count } => {
                let ModbusInputs::Registers(base) = self.inputs else { return Err(ILLEGAL_FUNCTION) };
                let asked = self.asked_for(base, first, count)?;
                let words = asked.flat_map(|channel| [0, input(channel).into()]).collect();
                Ok(counted(address, READ_REGISTERS, words))
            }
            Request::Relay { .. } | Request::Unknown { .. } => Err(ILLEGAL_FUNCTION),
        }
    }
}

impl Firmware for ModbusRelay {
    fn asked(&self, frame: &[u8]) -> Asked {
        match self.request(frame) {
            None => Asked::Other,
            Some((_, Request::Relay { at, value })) => self.write(at, value).unwrap_or(Asked::Impossible),
            Some((_, Request::Unknown { .. })) => Asked::Impossible,
            Some(_) => Asked::Status,
        }
    }

    fn answer(&self, frame: &[u8], _asked: &Asked, look: &dyn Look) -> Option<Vec<u8>> {
        let (address, request) = self.request(frame)?;
        let (function, answer) = match request {
            // A write is answered by itself.
            Request::Relay { at, value } => (WRITE_RELAY, self.write(at, value).map(|_| frame.to_vec())),
            Request::Bits { function, .. } => (function, self.read(address, &request, look)),
            Request::Registers { .. } => (READ_REGISTERS, self.read(address, &request, look)),
            Request::Unknown { function } => (function, Err(ILLEGAL_FUNCTION)),
        };
        Some(answer.unwrap_or_else(|exception| with_crc(vec![address, function | 0x80, exception])))
    }

    /// The count of bytes says one more than there are.
    fn lie_about_length(&self, answer: &[u8]) -> Vec<u8> {
        let mut body = answer[..answer.len().saturating_sub(2)].to_vec();
        if let Some(count) = body.get_mut(2) {
            *count = count.wrapping_add(1);
        }
        with_crc(body)
    }
}

fn counted(address: u8, function: u8, data: Vec<u8>) -> Vec<u8> {
    let mut answer = vec![address, function, u8::try_from(data.len()).unwrap_or(u8::MAX)];
    answer.extend(data);
    with_crc(answer)
}

fn without_crc(frame: &[u8]) -> Option<&[u8]> {
    let body = frame.get(..frame.len().checked_sub(2)?)?;
    (with_crc(body.to_vec()) == frame).then_some(body)
}

/// CRC-16 with the polynomial 8005 reflected, from FFFF, low byte first.
fn with_crc(mut body: Vec<u8>) -> Vec<u8> {
    let crc = body.iter().fold(0xFFFFu16, |sum, &byte| {
        (0..8).fold(sum ^ u16::from(byte), |sum, _| if sum & 1 == 0 { sum >> 1 } else { sum >> 1 ^ 0xA001 })
    });
    body.extend(crc.to_le_bytes());
    body
}
