use serde::Deserialize;

use super::super::door_of;
use super::super::vectors::{Hex, POLARITIES, assert_doors, frames};
use super::*;

#[derive(Deserialize)]
struct Vector {
    what: String,
    address: u8,
    channel: Option<NonZeroU8>,
    request: Option<Hex>,
    answer: Option<Hex>,
    status: Option<Hex>,
    door: Option<Hex>,
    doors: Option<Vec<u8>>,
}

fn vectors(what: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = frames(include_str!("../../../frames/wkly.toml"));
    vectors.retain(|vector| vector.what == what);
    vectors
}

fn board(address: u8, channels: u8) -> Wkly {
    Wkly::new(address, ClosedIs::Eleven, channels)
}

#[test]
fn requests_are_the_bytes_of_the_vectors() {
    let (status, unlock) = (vectors("status"), vectors("unlock"));
    assert!(status.len() >= 4 && unlock.len() >= 4);
    for vector in status {
        assert_eq!(board(vector.address, 24).status_request(0), vector.request.unwrap().0);
    }
    for vector in unlock {
        let request = board(vector.address, 24).unlock_request(vector.channel.unwrap());
        assert_eq!(request, vector.request.unwrap().0);
    }
}

#[test]
fn an_unlock_is_accepted_or_refused_by_its_status_whatever_the_door_says() {
    for vector in vectors("unlock") {
        let expected = match vector.status.unwrap().0.as_slice() {
            [0x00] => Acknowledgement::Accepted,
            _ => Acknowledgement::Refused,
        };
        let answer = vector.answer.unwrap().0;
        let board = board(vector.address, 24);
        assert_eq!(board.unlock_answer(vector.channel.unwrap(), &answer), Some(expected));
        assert_eq!(
            board.unlock_answer(NonZeroU8::new(23).unwrap(), &answer),
            None,
            "another channel's answer"
        );
    }
}

#[test]
fn doors_are_read_in_the_order_of_the_channels_and_what_the_board_does_not_know_is_unknown() {
    for vector in vectors("status") {
        let (answer, doors) = (vector.answer.unwrap().0, vector.doors.unwrap());
        let count = u8::try_from(doors.len()).unwrap();
        let readings = board(vector.address, count.max(4)).status_answer(0, &answer).unwrap();
        for channel in 1..=count.max(4) {
            let expected = match doors.get(usize::from(channel) - 1) {
                Some(0) => DoorState::Open,
                Some(1) => DoorState::Closed,
                _ => DoorState::Unknown,
            };
            assert_eq!(door_of(&readings, channel), expected);
        }
        let [_, inverted] = POLARITIES;
        if doors.iter().all(|door| *door < 2) && count > 0 {
            let closed: Vec<u8> =
                (1..=count).zip(&doors).filter(|(_, door)| **door == 1).map(|(channel, _)| channel).collect();
            assert_doors(&Wkly::new(vector.address, inverted, count), &answer, count, &closed, inverted);
        }
    }
}

#[test]
fn a_board_with_fewer_doors_than_the_profile_says_leaves_the_rest_unknown() {
    let four = vectors("status").remove(0).answer.unwrap().0;
    let readings = board(0, 6).status_answer(0, &four).unwrap();
    assert_eq!(door_of(&readings, 4), DoorState::Open);
    assert_eq!([5, 6].map(|channel| door_of(&readings, channel)), [DoorState::Unknown; 2]);
}

#[test]
fn a_frame_that_lies_about_its_length_or_its_doors_is_no_answer() {
    let whole = vectors("status").remove(0).answer.unwrap().0;
    for (at, lie) in [(4, 0x0D), (4, 0x0F), (4, 0xFF), (8, 0x03), (8, 0x05), (8, 0xFF)] {
        let mut frame = whole.clone();
        let last = frame.len() - 1;
        frame[last] ^= frame[at] ^ lie;
        frame[at] = lie;
        assert_eq!(xor(&frame[..last]), frame[last], "the check is true");
        assert_eq!(board(0, 4).status_answer(0, &frame), None, "{frame:02X?}");
    }
}

#[test]
fn a_door_that_moves_is_told_by_its_board_and_passed_over_by_others() {
    let reports = vectors("unasked");
    assert!(reports.len() >= 3);
    for vector in reports {
        let report = vector.answer.unwrap().0;
        let channel = vector.channel.unwrap().get();
        let door = if vector.door.unwrap().0 == [0x01] { DoorState::Closed } else { DoorState::Open };
        let says = |board: Wkly| board.unasked(&report).map(|unasked| (unasked.length, unasked.says));
        let reading = ChannelReading { channel, door, item: ItemState::Unknown };
        assert_eq!(says(board(vector.address, 24)), Some((report.len(), Some(reading))));
        assert_eq!(says(board(vector.address ^ 1, 24)), Some((report.len(), None)), "another board's");
        assert_eq!(says(board(vector.address, channel - 1)), Some((report.len(), None)), "no such channel");
        assert_eq!(board(vector.address, 24).status_answer(0, &report), None);
        assert_eq!(board(vector.address, 24).unlock_answer(vector.channel.unwrap(), &report), None);
    }
}

#[test]
fn no_frame_opens_several() {
    let mut several = vectors("unlock-all");
    several.extend(vectors("unlock-several"));
    assert!(several.len() >= 2);
    for channel in 1..=255 {
        let request = board(0, 24).unlock_request(NonZeroU8::new(channel).unwrap());
        assert_eq!(request.is_empty(), channel > LIMITS.channels);
        assert!(request.is_empty() || request[6] == OPEN && request.len() == 9);
        assert!(several.iter().all(|vector| vector.request.as_ref().is_some_and(|all| all.0 != request)));
    }
}
