use serde::Deserialize;

use super::super::vectors::{Hex, POLARITIES, assert_doors, frames};
use super::*;

#[derive(Deserialize)]
struct Vector {
    what: String,
    address: Option<u8>,
    channel: Option<NonZeroU8>,
    request: Hex,
    answer: Option<Hex>,
    set_channels: Option<Vec<u8>>,
}

fn vectors(what: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = frames(include_str!("../../../frames/kerong-cu48.toml"));
    vectors.retain(|vector| vector.what == what);
    vectors
}

fn board(address: u8) -> KerongCu48 {
    KerongCu48::new(address, ClosedIs::Eleven, 48)
}

#[test]
fn requests_are_the_bytes_of_the_vectors() {
    let (status, unlock) = (vectors("status"), vectors("unlock"));
    assert!(status.len() >= 4 && unlock.len() >= 5);
    for vector in status {
        assert_eq!(board(vector.address.unwrap()).status_request(0), vector.request.0);
    }
    for vector in unlock {
        let board = board(vector.address.unwrap());
        assert_eq!(board.unlock_request(vector.channel.unwrap()), vector.request.0);
    }
}

#[test]
fn the_first_status_byte_holds_the_first_eight_locks() {
    for vector in vectors("status") {
        let (address, answer, set) =
            (vector.address.unwrap(), vector.answer.unwrap().0, vector.set_channels.unwrap());
        for closed_is in POLARITIES {
            for channels in [1, 8, 13, 48] {
                let board = KerongCu48::new(address, closed_is, channels);
                assert_doors(&board, &answer, channels, &set, closed_is);
            }
        }
    }
}

#[test]
fn no_frame_opens_more_than_the_one_lock() {
    let mut everything = vectors("unlock-board");
    everything.extend(vectors("unlock-all"));
    assert!(everything.len() >= 2);
    for address in LIMITS.addresses {
        for channel in 1..=255 {
            let request = board(address).unlock_request(NonZeroU8::new(channel).unwrap());
            assert!(everything.iter().all(|vector| vector.request.0 != request));
            assert_eq!(request.is_empty(), channel > 48, "channel 49 would be every lock of the board");
        }
    }
}

#[test]
fn an_unlock_has_no_answer() {
    assert!(!board(0).answers_unlocks());
    assert_eq!(board(0).unlock_answer(NonZeroU8::MIN, &board(0).unlock_request(NonZeroU8::MIN)), None);
}
