use serde::Deserialize;

use super::super::played::played;
use super::super::vectors::{Hex, POLARITIES, assert_doors, frames};
use super::*;
use crate::board::{Family, door_of};

#[derive(Deserialize)]
struct Vector {
    what: String,
    address: u8,
    channel: Option<NonZeroU8>,
    pulse_ms: Option<u16>,
    first: Option<u16>,
    count: Option<u8>,
    request: Hex,
    answer: Hex,
    set_channels: Option<Vec<u8>>,
}

fn vectors(what: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = frames(include_str!("../../../frames/modbus-relay.toml"));
    vectors.retain(|vector| vector.what == what);
    vectors
}

fn inputs(by: InputsBy) -> RelayInputs {
    RelayInputs { by, first: by.usual_first(), board: None }
}

fn board(address: u8, pulse_ms: u16) -> ModbusRelay {
    ModbusRelay::new(address, ClosedIs::Eleven, 8, pulse_ms, USUAL_INPUTS)
}

#[test]
fn an_unlock_is_a_pulse_that_the_board_times_and_its_echo_says_done() {
    let pulses = vectors("pulse");
    assert!(pulses.len() >= 6);
    for vector in pulses {
        let channel = vector.channel.unwrap();
        let board = board(vector.address, vector.pulse_ms.unwrap());
        assert_eq!(board.unlock_request(channel), vector.request.0);
        assert_eq!(board.unlock_answer(channel, &vector.answer.0), Some(Acknowledgement::Accepted));
        let another = NonZeroU8::new(channel.get() ^ 4).unwrap();
        assert_eq!(board.unlock_answer(another, &vector.answer.0), None);
    }
}

#[test]
fn an_exception_is_a_refusal() {
    let refused = vectors("pulse-refused");
    assert!(refused.len() >= 2);
    for vector in refused {
        let (board, channel) = (board(vector.address, vector.pulse_ms.unwrap()), vector.channel.unwrap());
        assert_eq!(board.unlock_request(channel), vector.request.0);
        assert_eq!(board.unlock_answer(channel, &vector.answer.0), Some(Acknowledgement::Refused));
        assert_eq!(board.status_answer(0, &vector.answer.0), None);
    }
}

#[test]
fn a_pulse_is_never_longer_than_asked_for_but_for_the_shortest_that_there_is() {
    for (pulse_ms, tenths) in [(1, 1), (99, 1), (100, 1), (199, 1), (200, 2), (300, 3), (499, 4), (500, 5)] {
        let request = board(1, pulse_ms).unlock_request(NonZeroU8::MIN);
        assert_eq!(request[4..6], [0, tenths], "{pulse_ms} ms");
    }
}

#[test]
fn no_frame_holds_a_relay_on_and_the_first_is_all_off() {
    let all_off = vectors("all-off");
    assert!(all_off.len() >= 2);
    for vector in all_off {
        assert_eq!(board(vector.address, 300).at_start(), [vector.request.0]);
    }
    for channel in 1..=255 {
        for pulse_ms in [1, 300, 500] {
            let request = board(1, pulse_ms).unlock_request(NonZeroU8::new(channel).unwrap());
            assert_eq!(request.is_empty(), channel > 32);
            // FF 00 at a coil below 0200 is "on".
            assert!(request.is_empty() || request[2] == 0x02 && request[4] == 0x00);
        }
    }
}

#[test]
fn doors_are_inputs_in_the_order_of_their_bits() {
    let status = vectors("inputs");
    assert!(status.len() >= 6);
    for vector in status {
        let (channels, set) = (vector.count.unwrap(), vector.set_channels.unwrap());
        for closed_is in POLARITIES {
            let at = RelayInputs { by: InputsBy::DiscreteInputs, first: vector.first.unwrap(), board: None };
            let board = ModbusRelay::new(vector.address, closed_is, channels, 300, at);
            assert_eq!(board.status_request(0), vector.request.0);
            assert_doors(&board, &vector.answer.0, channels, &set, closed_is);
        }
    }
}

#[test]
fn doors_can_be_registers_of_which_only_0_and_1_mean_something() {
    let status = vectors("input-registers");
    assert!(status.len() >= 3);
    for vector in status {
        let (channels, set) = (vector.count.unwrap(), vector.set_channels.unwrap());
        assert_eq!(vector.first, Some(InputsBy::HoldingRegisters.usual_first()));
        for closed_is in POLARITIES {
            let board = ModbusRelay::new(
                vector.address,
                closed_is,
                channels,
                300,
                inputs(InputsBy::HoldingRegisters),
            );
            assert_eq!(board.status_request(0), vector.request.0);
            assert_doors(&board, &vector.answer.0, channels, &set, closed_is);
        }
    }
    let board = ModbusRelay::new(1, ClosedIs::Eleven, 2, 300, inputs(InputsBy::HoldingRegisters));
    let odd = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS);
    let mut answer = vec![0x01, 0x03, 0x04, 0x00, 0x01, 0x00, 0x02];
    answer.extend(odd.checksum(&answer).to_le_bytes());
    let readings = board.status_answer(0, &answer).unwrap();
    assert_eq!([1, 2].map(|channel| door_of(&readings, channel)), [DoorState::Closed, DoorState::Unknown]);
}

#[test]
fn an_answer_of_another_length_or_kind_is_none() {
    let eight = vectors("inputs").remove(0).answer.0;
    for channels in [9, 16, 32] {
        let board = ModbusRelay::new(1, ClosedIs::Eleven, channels, 300, USUAL_INPUTS);
        assert_eq!(board.status_answer(0, &eight), None, "{channels} inputs take more bytes");
    }
    let registers = ModbusRelay::new(1, ClosedIs::Eleven, 8, 300, inputs(InputsBy::HoldingRegisters));
    assert_eq!(registers.status_answer(0, &eight), None, "bits are no registers");
    let relays = vectors("relays").remove(0).answer.0;
    assert_eq!(board(1, 300).status_answer(0, &relays), None, "relays are no doors");
}

#[test]
fn inputs_on_a_board_of_their_own_are_asked_for_there_and_heard_from_there_only() {
    let apart = RelayInputs { board: Some(9), ..inputs(InputsBy::HoldingRegisters) };
    let relays = ModbusRelay::new(1, ClosedIs::Eleven, 8, 300, apart);
    let whole = ModbusRelay::new(9, ClosedIs::Eleven, 8, 300, inputs(InputsBy::HoldingRegisters));
    assert_eq!(relays.status_request(0), whole.status_request(0));
    let played = played().into_iter().rfind(|played| played.family == Family::ModbusRelay).unwrap();
    let answer_of = |address| (played.status)(address, &[true; 8]);
    assert_eq!(relays.status_answer(0, &answer_of(9)), whole.status_answer(0, &answer_of(9)));
    assert!(relays.status_answer(0, &answer_of(9)).is_some());
    assert_eq!(relays.status_answer(0, &answer_of(1)), None);
    assert_eq!(relays.unlock_request(NonZeroU8::MIN)[0], 1, "the relays keep their address");
}
