use serde::Deserialize;

use super::super::door_of;
use super::*;

#[derive(Deserialize)]
struct Vectors {
    frame: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    what: What,
    address: u8,
    channel: Option<NonZeroU8>,
    request: Option<String>,
    answer: Option<String>,
    status: Option<String>,
    set_channels: Option<Vec<u8>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum What {
    OpenOne,
    OpenAll,
    QueryOne,
    QueryAll,
    Unasked,
}

fn vectors() -> Vec<Vector> {
    toml::from_str::<Vectors>(include_str!("../../../frames/shuoming.toml")).unwrap().frame
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn both(address: u8, channels: u8) -> [Shuoming; 2] {
    [ClosedIs::Eleven, ClosedIs::Zero].map(|closed_is| Shuoming::new(address, closed_is, channels))
}

#[test]
fn requests_are_the_bytes_of_the_vectors() {
    let mut checked = 0;
    for vector in vectors() {
        let Some(request) = vector.request.as_deref().map(hex) else { continue };
        for board in both(vector.address, 24) {
            match (&vector.what, vector.channel) {
                (What::OpenOne, Some(channel)) => assert_eq!(board.unlock_request(channel), request),
                (What::QueryAll, _) => assert_eq!(board.status_request(0), request),
                _ => continue,
            }
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} requests in the vectors");
}

#[test]
fn an_acknowledgement_means_by_polarity_what_the_vectors_say() {
    let mut checked = 0;
    for vector in vectors().into_iter().filter(|vector| vector.what == What::OpenOne) {
        let (Some(answer), Some(channel)) = (vector.answer.as_deref().map(hex), vector.channel) else {
            continue;
        };
        let [closing, opening] = both(vector.address, 24);
        let eleven = vector.status.as_deref() == Some("11");
        let expected = |accepted| if accepted { Acknowledgement::Accepted } else { Acknowledgement::Refused };
        assert_eq!(closing.unlock_answer(channel, &answer), Some(expected(!eleven)));
        assert_eq!(opening.unlock_answer(channel, &answer), Some(expected(eleven)));
        checked += 1;
    }
    assert!(checked >= 2);
}

#[test]
fn the_last_status_byte_holds_the_first_eight_channels() {
    let mut checked = 0;
    for vector in vectors().into_iter().filter(|vector| vector.what == What::QueryAll) {
        let (Some(answer), Some(set)) = (vector.answer.as_deref().map(hex), vector.set_channels) else {
            continue;
        };
        let [closing, opening] = both(vector.address, 24);
        for channel in 1..=24 {
            let (in_closing, in_opening) = match set.contains(&channel) {
                true => (DoorState::Closed, DoorState::Open),
                false => (DoorState::Open, DoorState::Closed),
            };
            assert_eq!(
                door_of(&closing.status_answer(0, &answer).unwrap(), channel),
                in_closing,
                "channel {channel}"
            );
            assert_eq!(
                door_of(&opening.status_answer(0, &answer).unwrap(), channel),
                in_opening,
                "channel {channel}"
            );
        }
        checked += 1;
    }
    assert!(checked >= 3);
}

#[test]
fn a_small_board_may_send_more_bytes_than_it_needs_and_never_fewer() {
    let three_bytes = hex("80 01 00 00 00 33 B2");
    let [small, _] = both(1, 8);
    assert_eq!(door_of(&small.status_answer(0, &three_bytes).unwrap(), 8), DoorState::Open);
    assert_eq!(
        door_of(&small.status_answer(0, &three_bytes).unwrap(), 9),
        DoorState::Unknown,
        "not one of its channels"
    );
    let [large, _] = both(1, 25);
    assert_eq!(large.status_answer(0, &three_bytes), None, "25 channels need four bytes");
}

#[test]
fn unasked_reports_are_passed_over_and_never_taken_for_an_answer() {
    let mut checked = 0;
    for vector in vectors().into_iter().filter(|vector| vector.what == What::Unasked) {
        let report = vector.answer.as_deref().map(hex).unwrap();
        for board in both(vector.address, 24) {
            assert_eq!(board.unasked(&report), Some(Unasked { length: report.len(), says: None }));
            assert_eq!(board.status_answer(0, &report), None);
            assert_eq!(board.unlock_answer(vector.channel.unwrap(), &report), None);
        }
        checked += 1;
    }
    assert!(checked >= 2);
}

#[test]
fn another_boards_answer_is_nobodys() {
    let [board, _] = both(2, 24);
    assert_eq!(board.unlock_answer(NonZeroU8::MIN, &hex("8A 01 01 00 8A")), None);
    assert_eq!(board.status_answer(0, &hex("80 01 00 00 00 33 B2")), None);
}
