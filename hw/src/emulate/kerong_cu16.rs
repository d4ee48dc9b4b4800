//! A Kerong KR-CU16 or KR-CU12, with its infrared item sensors. Vectors: `frames/kerong-cu16.toml`.

use super::firmware::{Asked, Firmware, Look, StatusOfClosed, bits, unsealed, with_sum};

/// A board, without its wire.
#[derive(Clone, Copy, Debug)]
pub struct KerongCu16 {
    /// 0-15.
    pub address: u8,
    /// How many locks it has, at most 16.
    pub channels: u8,
    /// How its hooks speak of a closed door.
    pub closed: StatusOfClosed,
    /// Whether a set infrared bit is an item; otherwise a clear one is.
    pub item_is_set: bool,
}

impl KerongCu16 {
    fn states(&self, command: u8, look: &dyn Look) -> Vec<u8> {
        let is_set = |channel| self.closed.bit(look.is_open(channel).unwrap_or(true));
        let mut answer = vec![0x02, self.address << 4, command];
        answer.extend(bits(2, self.channels, is_set));
        answer.extend(bits(2, self.channels, |channel| look.has_item(channel) == self.item_is_set));
        answer.push(0x03);
        with_sum(answer)
    }
}

impl Firmware for KerongCu16 {
    fn asked(&self, frame: &[u8]) -> Asked {
        let Some(&[0x02, address, command, 0x03]) = unsealed(frame, with_sum) else { return Asked::Other };
        match command {
            0x32 if address == 0xF0 => Asked::Status,
            _ if address >> 4 != self.address => Asked::Other,
            0x30 => Asked::Status,
            0x31 => Asked::open_one((address & 0x0F) + 1),
            0x33 => Asked::open_all(self.channels),
            _ => Asked::Other,
        }
    }

    fn answer(&self, frame: &[u8], asked: &Asked, look: &dyn Look) -> Option<Vec<u8>> {
        match (asked, frame) {
            (Asked::Status, &[_, _, 0x32, ..]) => Some(self.states(0x36, look)),
            (Asked::Status, _) => Some(self.states(0x35, look)),
            // Answers to unlocks are unreliable: this board gives none.
            _ => None,
        }
    }

    /// No length is in these frames; there is one state byte too many.
    fn lie_about_length(&self, answer: &[u8]) -> Vec<u8> {
        let mut body = answer[..answer.len().saturating_sub(2)].to_vec();
        body.extend([0xFF, 0x03]);
        with_sum(body)
    }
}
