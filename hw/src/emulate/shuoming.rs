//! An "8A/80/90" board. Vectors: `frames/shuoming.toml`.

use std::time::Duration;

use super::firmware::{Asked, Firmware, Look, StatusOfClosed, bits, unsealed, with_xor};

/// A board, without its wire.
#[derive(Clone, Copy, Debug)]
pub struct Shuoming {
    /// By DIP switch, 1-32.
    pub address: u8,
    /// How many locks it has.
    pub channels: u8,
    /// How it speaks of a closed door.
    pub closed: StatusOfClosed,
    /// Firmware that tells of door changes by itself, with this header: 82 or 81.
    pub reports_with: Option<u8>,
}

impl Shuoming {
    fn status(&self, look: &dyn Look, channel: u8) -> u8 {
        // A sensor that says nothing is a switch that does not close.
        let is_open = look.is_open(channel).unwrap_or(true);
        if self.closed.bit(is_open) { 0x11 } else { 0x00 }
    }

    fn one(&self, header: u8, channel: u8, look: &dyn Look) -> Vec<u8> {
        with_xor(vec![header, self.address, channel, self.status(look, channel)])
    }

    /// At least three bytes of states whatever the board's size; the last holds channels 1 to 8.
    fn all(&self, look: &dyn Look) -> Vec<u8> {
        let count = usize::from(self.channels).div_ceil(8).max(3);
        let mut states = bits(count, self.channels, |channel| self.status(look, channel) == 0x11);
        states.reverse();
        let mut frame = vec![0x80, self.address];
        frame.extend(states);
        frame.push(0x33);
        with_xor(frame)
    }
}

impl Firmware for Shuoming {
    fn asked(&self, frame: &[u8]) -> Asked {
        match unsealed(frame, with_xor) {
            Some(&[0x8A, address, 0, 0x11]) if address == self.address => Asked::open_all(self.channels),
            Some(&[0x8A, address, channel, 0x11]) if address == self.address => Asked::open_one(channel),
            Some(&[0x8A, address, channel, 0x11, seconds @ 1..=9]) if address == self.address => {
                Asked::Open { channels: vec![channel], pulse: Some(Duration::from_secs(seconds.into())) }
            }
            Some(&[0x9A, address, channel, 0x11]) if address == self.address => Asked::Hold(channel),
            Some(&[0x80, address, _, 0x33]) if address == self.address => Asked::Status,
            _ => Asked::Other,
        }
    }

    fn answer(&self, frame: &[u8], asked: &Asked, look: &dyn Look) -> Option<Vec<u8>> {
        match (asked, frame) {
            (Asked::Status, &[_, _, 0, ..]) => Some(self.all(look)),
            (Asked::Status | Asked::Open { .. } | Asked::Hold(_), &[header, _, channel, ..]) => {
                Some(self.one(header, channel, look))
            }
            _ => None,
        }
    }

    fn reports(&self) -> bool {
        self.reports_with.is_some()
    }

    fn report(&self, channel: u8, look: &dyn Look) -> Option<Vec<u8>> {
        self.reports_with.map(|header| self.one(header, channel, look))
    }

    /// No length is in these frames; a byte is missing in the middle.
    fn lie_about_length(&self, answer: &[u8]) -> Vec<u8> {
        let mut body = answer[..answer.len().saturating_sub(1)].to_vec();
        if body.len() > 2 {
            body.remove(2);
        }
        with_xor(body)
    }
}
