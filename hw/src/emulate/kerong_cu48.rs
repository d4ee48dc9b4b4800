//! A Kerong KR-CU48. Vectors: `frames/kerong-cu48.toml`.

use super::firmware::{Asked, Firmware, Look, StatusOfClosed, bits, unsealed, with_sum};

/// The address that means every board of the line.
const EVERY_BOARD: u8 = 0x0A;
/// The lock that means every lock of the board.
const EVERY_LOCK: u8 = 0x30;

/// A board, without its wire.
#[derive(Clone, Copy, Debug)]
pub struct KerongCu48 {
    /// 0-9.
    pub address: u8,
    /// How many of its 48 locks are there.
    pub channels: u8,
    /// How it speaks of a closed door.
    pub closed: StatusOfClosed,
}

impl Firmware for KerongCu48 {
    fn asked(&self, frame: &[u8]) -> Asked {
        let Some(&[0x02, address, lock, command, 0x03]) = unsealed(frame, with_sum) else {
            return Asked::Other;
        };
        match (command, lock) {
            (0x50, _) if address == self.address => Asked::Status,
            (0x51, EVERY_LOCK) if [self.address, EVERY_BOARD].contains(&address) => {
                Asked::open_all(self.channels)
            }
            (0x51, 0..EVERY_LOCK) if address == self.address => Asked::open_one(lock + 1),
            _ => Asked::Other,
        }
    }

    fn answer(&self, _frame: &[u8], asked: &Asked, look: &dyn Look) -> Option<Vec<u8>> {
        // An unlock is never answered.
        if *asked != Asked::Status {
            return None;
        }
        let is_set = |channel| self.closed.bit(look.is_open(channel).unwrap_or(true));
        let mut answer = vec![0x02, self.address, 0x00, 0x65];
        answer.extend(bits(6, self.channels, is_set));
        answer.push(0x03);
        Some(with_sum(answer))
    }

    /// No length is in these frames; there is one state byte too many.
    fn lie_about_length(&self, answer: &[u8]) -> Vec<u8> {
        let mut body = answer[..answer.len().saturating_sub(2)].to_vec();
        body.extend([0xFF, 0x03]);
        with_sum(body)
    }
}
