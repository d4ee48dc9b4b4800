//! A board whose frames begin with "WKLY"; it tells of door changes by itself. Vectors: `frames/wkly.toml`.

use super::firmware::{Asked, Firmware, Look, StatusOfClosed, unsealed, with_xor};

const PREFIX: [u8; 4] = [0x57, 0x4B, 0x4C, 0x59];
const DONE: u8 = 0x00;
const FAILED: u8 = 0xFF;

/// A board, without its wire.
#[derive(Clone, Copy, Debug)]
pub struct Wkly {
    /// 0-31.
    pub address: u8,
    /// How many locks it has.
    pub channels: u8,
    /// How it speaks of a closed door: 01 with closing feedback.
    pub closed: StatusOfClosed,
}

impl Wkly {
    fn frame(&self, command: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len() + 8).unwrap_or(u8::MAX);
        let mut frame = PREFIX.to_vec();
        frame.extend([length, self.address, command]);
        frame.extend(data);
        with_xor(frame)
    }

    fn door(&self, look: &dyn Look, channel: u8) -> u8 {
        look.is_open(channel).map_or(0xFF, |is_open| self.closed.bit(is_open).into())
    }

    fn has(&self, channel: u8) -> bool {
        (1..=self.channels).contains(&channel)
    }
}

impl Firmware for Wkly {
    fn asked(&self, frame: &[u8]) -> Asked {
        let Some([0x57, 0x4B, 0x4C, 0x59, length, address, command, data @ ..]) = unsealed(frame, with_xor)
        else {
            return Asked::Other;
        };
        if usize::from(*length) != frame.len() || *address != self.address {
            return Asked::Other;
        }
        match (command, data) {
            (0x82, &[channel]) if self.has(channel) => Asked::open_one(channel),
            (0x82, [_]) => Asked::Impossible,
            (0x83, [_]) | (0x84, []) => Asked::Status,
            (0x80 | 0x87, several @ [_, ..]) => Asked::Open { channels: several.to_vec(), pulse: None },
            (0x86, []) => Asked::open_all(self.channels),
            (0x88, &[channel]) => Asked::Hold(channel),
            _ => Asked::Other,
        }
    }

    fn answer(&self, frame: &[u8], asked: &Asked, look: &dyn Look) -> Option<Vec<u8>> {
        let (&command, rest) = frame.get(6..)?.split_first()?;
        let (_, data) = rest.split_last()?;
        match (asked, data) {
            (Asked::Other, _) => None,
            (Asked::Status, []) if self.channels == 0 => Some(self.frame(command, &[FAILED, 0])),
            (Asked::Status, []) => {
                let mut states = vec![DONE, self.channels];
                states.extend((1..=self.channels).map(|channel| self.door(look, channel)));
                Some(self.frame(command, &states))
            }
            (Asked::Open { .. } | Asked::Status, &[channel]) if self.has(channel) => {
                Some(self.frame(command, &[DONE, channel, self.door(look, channel)]))
            }
            (Asked::Impossible | Asked::Status, &[channel, ..]) => {
                Some(self.frame(command, &[FAILED, channel, 0xFF]))
            }
            (Asked::Hold(channel), _) => Some(self.frame(command, &[DONE, *channel])),
            _ => Some(self.frame(command, &[DONE])),
        }
    }

    fn reports(&self) -> bool {
        true
    }

    fn report(&self, channel: u8, look: &dyn Look) -> Option<Vec<u8>> {
        Some(self.frame(0x85, &[channel, self.door(look, channel)]))
    }

    /// The length byte says one more than there are.
    fn lie_about_length(&self, answer: &[u8]) -> Vec<u8> {
        let mut body = answer[..answer.len().saturating_sub(1)].to_vec();
        if let Some(length) = body.get_mut(4) {
            *length = length.wrapping_add(1);
        }
        with_xor(body)
    }
}
