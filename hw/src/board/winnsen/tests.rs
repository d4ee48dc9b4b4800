use serde::Deserialize;

use super::super::vectors::{Hex, POLARITIES, assert_doors, frames};
use super::*;

#[derive(Deserialize)]
struct Vector {
    what: String,
    address: u8,
    channel: Option<NonZeroU8>,
    request: Hex,
    answer: Hex,
    status: Option<Hex>,
    mask_channels: Option<Vec<u8>>,
    set_channels: Option<Vec<u8>>,
}

fn vectors(what: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = frames(include_str!("../../../frames/winnsen.toml"));
    vectors.retain(|vector| vector.what == what);
    vectors
}

fn board(station: u8) -> Winnsen {
    Winnsen::new(station, ClosedIs::Zero, 16)
}

#[test]
fn an_unlock_and_its_answer_are_those_of_the_vectors() {
    let unlock = vectors("unlock");
    assert!(unlock.len() >= 6);
    for vector in unlock {
        let channel = vector.channel.unwrap();
        assert_eq!(board(vector.address).unlock_request(channel), vector.request.0);
        let expected = match vector.status.unwrap().0.as_slice() {
            [0x01] => Acknowledgement::Accepted,
            _ => Acknowledgement::Refused,
        };
        assert_eq!(board(vector.address).unlock_answer(channel, &vector.answer.0), Some(expected));
        assert_eq!(board(vector.address ^ 2).unlock_answer(channel, &vector.answer.0), None);
        assert_eq!(board(vector.address).unlock_answer(NonZeroU8::new(9).unwrap(), &vector.answer.0), None);
    }
}

#[test]
fn the_doors_asked_for_are_those_that_the_board_has() {
    let status = vectors("status");
    assert!(status.len() >= 5);
    for vector in status {
        let channels = *vector.mask_channels.unwrap().last().unwrap();
        let set = vector.set_channels.unwrap();
        for closed_is in POLARITIES {
            let board = Winnsen::new(vector.address, closed_is, channels);
            assert_eq!(board.status_request(0), vector.request.0);
            assert_doors(&board, &vector.answer.0, channels, &set, closed_is);
        }
    }
    for channels in 1..=16 {
        let request = Winnsen::new(1, ClosedIs::Zero, channels).status_request(0);
        assert_eq!(u16::from_le_bytes([request[4], request[5]]).count_ones(), u32::from(channels));
    }
}

#[test]
fn an_unlock_frame_names_one_lock() {
    for channel in 1..=255 {
        let request = board(1).unlock_request(NonZeroU8::new(channel).unwrap());
        assert_eq!(request.is_empty(), channel > 16);
        assert!(request.is_empty() || request == [0x90, 0x06, 0x05, 0x01, channel, 0x03]);
    }
}
