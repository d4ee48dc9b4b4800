//! Modbus RTU relay boards with inputs (Waveshare and alike). Facts and vectors: `frames/modbus-relay.toml`.
//!
//! 9600 8N1 as delivered. A lock is opened by the board's own pulse: function 05 at 0200 + channel with a number of tenths of a
//! second, a value that most Modbus libraries refuse to send. Boards without that pulse are not supported: a relay that
//! the host must switch off stays on when the host dies. Doors are inputs: function 02, or the holding registers of an
//! Eletechsup R4DIF08. The register that sets the baud is never written; its codes differ between clones.

use std::num::NonZeroU8;
use std::time::Duration;

use modbus_core::rtu::{Header, RequestAdu, client::encode_request, extract_frame, response_pdu_len};
use modbus_core::{FunctionCode, Request, RequestPdu, Response};

use super::{Acknowledgement, ChannelReading, ClosedIs, FamilyLimits, ItemState, LockBoard, Unasked};
use crate::bus::DoorState;
use crate::profile::{InputsBy, RelayInputs};

/// 0 is the broadcast, addresses above 247 are reserved (Modbus over serial line). Boards of 32 relays are the largest met.
pub const LIMITS: FamilyLimits =
    FamilyLimits { addresses: 1..=247, channels: 32, bauds: &[9600, 19_200, 38_400, 57_600, 115_200] };

/// The unit of a pulse that the board times, in milliseconds.
pub const PULSE_UNIT_MS: u16 = 100;

/// Function 05 at this coil + channel from 0 is a pulse.
const PULSES: u16 = 0x0200;
/// Function 05 at this coil is all relays.
const ALL_RELAYS: u16 = 0x00FF;
/// The longest request that is made here.
const LONGEST_REQUEST: usize = 8;
/// A slave's address before, a CRC behind the function and its data.
const AROUND_PDU: usize = 3;

/// Where a board's inputs are, if the profile does not say.
pub const USUAL_INPUTS: RelayInputs = RelayInputs { by: InputsBy::DiscreteInputs, first: 0, board: None };

/// One board.
#[derive(Clone, Debug)]
pub struct ModbusRelay {
    address: u8,
    closed_is: ClosedIs,
    channels: u8,
    pulse_ms: u16,
    inputs: RelayInputs,
}

impl ModbusRelay {
    /// A board by its address (1-247), the input that means closed, how many channels it has (1-32), the length of
    /// a pulse in milliseconds (rounded down to whole [`PULSE_UNIT_MS`], at least one), and where its inputs are.
    pub fn new(address: u8, closed_is: ClosedIs, channels: u8, pulse_ms: u16, inputs: RelayInputs) -> Self {
        let channels = channels.min(LIMITS.channels);
        Self { address, closed_is, channels, pulse_ms, inputs }
    }

    /// The address of the board that has the inputs.
    fn inputs_board(&self) -> u8 {
        self.inputs.board.unwrap_or(self.address)
    }

    fn request(slave: u8, request: Request<'_>) -> Vec<u8> {
        let adu = RequestAdu { hdr: Header { slave }, pdu: RequestPdu(request) };
        let mut frame = [0; LONGEST_REQUEST];
        // Cannot fail: every request made here has four bytes of data. An empty frame would be sent to nobody.
        let length = encode_request(adu, &mut frame).unwrap_or(0);
        frame.into_iter().take(length).collect()
    }

    /// Function 05, with any value.
    fn write_coil(&self, coil: u16, value: u16) -> Vec<u8> {
        let [[coil_high, coil_low], [high, low]] = [coil, value].map(u16::to_be_bytes);
        let data = [coil_high, coil_low, high, low];
        Self::request(self.address, Request::Custom(FunctionCode::WriteSingleCoil, &data))
    }

    fn register(&self, word: u16) -> DoorState {
        match word {
            0x0000 => self.closed_is.door(false),
            0x0001 => self.closed_is.door(true),
            _ => DoorState::Unknown,
        }
    }

    /// Function and data of a frame of that board that is neither longer nor shorter than it says.
    /// (What modbus-core has for whole answers skips bytes until it finds one, and panics when it gives up.)
    fn pdu(slave: u8, received: &[u8]) -> Option<&[u8]> {
        let length = response_pdu_len(received).ok()??;
        let frame = extract_frame(received, length).ok()??;
        (frame.slave == slave && received.len() == length + AROUND_PDU).then_some(frame.pdu)
    }
}

impl LockBoard for ModbusRelay {
    fn unlock_request(&self, channel: NonZeroU8) -> Vec<u8> {
        if channel.get() > LIMITS.channels {
            return Vec::new();
        }
        let coil = PULSES + u16::from(channel.get() - 1);
        self.write_coil(coil, (self.pulse_ms / PULSE_UNIT_MS).max(1))
    }

    /// The request itself comes back, or an exception.
    fn unlock_answer(&self, channel: NonZeroU8, received: &[u8]) -> Option<Acknowledgement> {
        match Self::pdu(self.address, received)? {
            [0x85, _] => Some(Acknowledgement::Refused),
            _ if received == self.unlock_request(channel) => Some(Acknowledgement::Accepted),
            _ => None,
        }
    }

    fn status_request(&self, _question: u8) -> Vec<u8> {
        let count = u16::from(self.channels);
        let RelayInputs { by, first, .. } = self.inputs;
        let question = match by {
            InputsBy::DiscreteInputs => Request::ReadDiscreteInputs(first, count),
            InputsBy::HoldingRegisters => Request::ReadHoldingRegisters(first, count),
        };
        Self::request(self.inputs_board(), question)
    }

    fn status_answer(&self, _question: u8, received: &[u8]) -> Option<Vec<ChannelReading>> {
        let count = usize::from(self.channels);
        // As many as were asked for, bits in whole bytes: an answer with more or fewer is to another question.
        let doors: Vec<DoorState> =
            match (Response::try_from(Self::pdu(self.inputs_board(), received)?).ok()?, self.inputs.by) {
                (Response::ReadDiscreteInputs(bits), InputsBy::DiscreteInputs)
                    if bits.len() == count.next_multiple_of(8) =>
                {
                    bits.into_iter().map(|bit| self.closed_is.door(bit)).collect()
                }
                (Response::ReadHoldingRegisters(words), InputsBy::HoldingRegisters)
                    if words.len() == count =>
                {
                    words.into_iter().map(|word| self.register(word)).collect()
                }
                _ => return None,
            };
        let reading = |(channel, door)| ChannelReading { channel, door, item: ItemState::Unknown };
        Some((1..=self.channels).zip(doors).map(reading).collect())
    }

    fn unasked(&self, _received: &[u8]) -> Option<Unasked> {
        None
    }

    fn at_start(&self) -> Vec<Vec<u8>> {
        vec![self.write_coil(ALL_RELAYS, 0x0000)]
    }

    fn answers_within(&self) -> Duration {
        Duration::from_millis(150)
    }
}

#[cfg(test)]
mod tests;
