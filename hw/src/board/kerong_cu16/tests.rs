use serde::Deserialize;

use super::super::vectors::{Hex, POLARITIES, assert_doors, frames};
use super::*;

#[derive(Deserialize)]
struct Vector {
    what: String,
    address: u8,
    channel: Option<NonZeroU8>,
    request: Hex,
    answer: Option<Hex>,
    set_channels: Option<Vec<u8>>,
    item_channels: Option<Vec<u8>>,
}

fn vectors(what: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = frames(include_str!("../../../frames/kerong-cu16.toml"));
    vectors.retain(|vector| vector.what == what);
    vectors
}

fn board(address: u8) -> KerongCu16 {
    KerongCu16::new(address, ClosedIs::Eleven, Some(ItemIs::One), 16)
}

#[test]
fn requests_are_the_bytes_of_the_vectors() {
    let (status, unlock) = (vectors("status"), vectors("unlock"));
    assert!(status.len() >= 4 && unlock.len() >= 6);
    for vector in status {
        assert_eq!(board(vector.address).status_request(0), vector.request.0);
    }
    for vector in unlock {
        assert_eq!(board(vector.address).unlock_request(vector.channel.unwrap()), vector.request.0);
    }
}

#[test]
fn hooks_and_item_sensors_are_read_as_the_vectors_say_by_either_polarity() {
    for vector in vectors("status") {
        let (answer, set, items) =
            (vector.answer.unwrap().0, vector.set_channels.unwrap(), vector.item_channels.unwrap());
        for closed_is in POLARITIES {
            for (item_is, seen) in [
                (Some(ItemIs::One), [ItemState::Absent, ItemState::Present]),
                (Some(ItemIs::Zero), [ItemState::Present, ItemState::Absent]),
                (None, [ItemState::Unknown, ItemState::Unknown]),
            ] {
                let board = KerongCu16::new(vector.address, closed_is, item_is, 16);
                for reading in assert_doors(&board, &answer, 16, &set, closed_is) {
                    assert_eq!(reading.item, seen[usize::from(items.contains(&reading.channel))]);
                }
            }
        }
    }
}

#[test]
fn no_frame_opens_more_than_the_one_lock() {
    let everything: Vec<Vec<u8>> = vectors("unlock-all").into_iter().map(|vector| vector.request.0).collect();
    assert!(!everything.is_empty());
    for address in LIMITS.addresses {
        for channel in 1..=255 {
            let request = board(address).unlock_request(NonZeroU8::new(channel).unwrap());
            assert!(!everything.contains(&request));
            assert_eq!(request.is_empty(), channel > 16, "channel 17 would be the next board's first");
            assert_ne!(request.get(1).map(|lock| lock >> 4), Some(15), "board F may be all boards");
        }
    }
}

#[test]
fn what_the_board_says_to_an_unlock_is_not_believed() {
    assert!(!board(0).answers_unlocks());
    assert_eq!(board(0).unlock_answer(NonZeroU8::MIN, &[0x02, 0x00, 0x35, 0x01, 0, 0, 0, 0x03, 0x3B]), None);
}
