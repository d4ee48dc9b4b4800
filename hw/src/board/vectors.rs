//! How the families' tests read `frames/*.toml`.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ChannelReading, ClosedIs, LockBoard, door_of};
use crate::bus::DoorState;

/// The frames of one family's file.
pub(super) fn frames<T: DeserializeOwned>(file: &str) -> Vec<T> {
    #[derive(Deserialize)]
    struct File<T> {
        frame: Vec<T>,
    }
    toml::from_str::<File<T>>(file).unwrap().frame
}

/// Bytes that are written as `8A 01`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Hex(pub(super) Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16)).collect::<Result<_, _>>().map(Hex)
    }
}

/// Both ways in which a door's switch can be wired.
pub(super) const POLARITIES: [ClosedIs; 2] = [ClosedIs::Eleven, ClosedIs::Zero];

/// The board's reading of `answer` says of each channel what its bit in `set` says by the polarity.
#[track_caller]
pub(super) fn assert_doors(
    board: &impl LockBoard,
    answer: &[u8],
    channels: u8,
    set: &[u8],
    closed_is: ClosedIs,
) -> Vec<ChannelReading> {
    let readings = board.status_answer(0, answer).unwrap();
    assert_eq!(readings.len(), usize::from(channels));
    for channel in 1..=channels {
        let expected = match (set.contains(&channel), closed_is) {
            (true, ClosedIs::Eleven) | (false, ClosedIs::Zero) => DoorState::Closed,
            _ => DoorState::Open,
        };
        assert_eq!(door_of(&readings, channel), expected, "channel {channel} of {answer:02X?}");
    }
    readings
}
