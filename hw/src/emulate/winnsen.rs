//! A Winnsen board: no checksum. Vectors: `frames/winnsen.toml`.

use super::firmware::{Asked, Firmware, Look, StatusOfClosed, bits};

/// A board, without its wire.
#[derive(Clone, Copy, Debug)]
pub struct Winnsen {
    /// Its station number.
    pub address: u8,
    /// How many locks it has, at most 16.
    pub channels: u8,
    /// How it speaks of a closed door; a clear bit as sold.
    pub closed: StatusOfClosed,
    /// What it calls its answer to an unlock: 85, or A5 on some.
    pub answers_unlock_with: u8,
}

impl Firmware for Winnsen {
    fn asked(&self, frame: &[u8]) -> Asked {
        match *frame {
            [0x90, 0x06, 0x05, station, lock, 0x03] if station == self.address => {
                if (1..=self.channels).contains(&lock) { Asked::open_one(lock) } else { Asked::Impossible }
            }
            [0x90, 0x07, 0x02, station, _, _, 0x03] if station == self.address => Asked::Status,
            _ => Asked::Other,
        }
    }

    fn answer(&self, frame: &[u8], asked: &Asked, look: &dyn Look) -> Option<Vec<u8>> {
        match (asked, frame) {
            (Asked::Open { .. }, &[_, _, _, _, lock, _]) => {
                let opened = look.is_open(lock).unwrap_or(true);
                Some(vec![0x90, 0x07, self.answers_unlock_with, self.address, lock, opened.into(), 0x03])
            }
            (Asked::Impossible, &[_, _, _, _, lock, _]) => {
                Some(vec![0x90, 0x07, self.answers_unlock_with, self.address, lock, 0x00, 0x03])
            }
            (Asked::Status, &[_, _, _, _, low, high, _]) => {
                let is_set = |channel| self.closed.bit(look.is_open(channel).unwrap_or(true));
                let states = bits(2, self.channels.min(16), is_set);
                Some(vec![0x90, 0x07, 0x82, self.address, states[0] & low, states[1] & high, 0x03])
            }
            _ => None,
        }
    }

    /// The length byte says one more than there are.
    fn lie_about_length(&self, answer: &[u8]) -> Vec<u8> {
        let mut lie = answer.to_vec();
        if let Some(length) = lie.get_mut(1) {
            *length = length.wrapping_add(1);
        }
        lie
    }
}
