//! What an "8A/80/90" board makes of a frame, and what it answers: bytes in, bytes out. Vectors: `frames/shuoming.toml`.

/// Which status byte this board sends for a closed door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusOfClosed {
    /// 11 and set bits: closing feedback.
    Eleven,
    /// 00 and clear bits: opening feedback.
    Zero,
}

/// A board, without its wire.
#[derive(Clone, Copy, Debug)]
pub struct Firmware {
    /// By DIP switch, 1-32.
    pub address: u8,
    /// How many locks it has.
    pub channels: u8,
    /// How it speaks of a closed door.
    pub closed: StatusOfClosed,
}

/// What a frame asks of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Energise this lock; 0 is all.
    Open(u8),
    /// Tell the state of this door; 0 is all.
    Status(u8),
    /// For another board, or no frame.
    Other,
}

impl Firmware {
    /// Reads a frame.
    pub fn asked(&self, frame: &[u8]) -> Asked {
        let whole = frame.len() == 5 && frame.iter().fold(0, |sum, byte| sum ^ byte) == 0;
        match *frame {
            [0x8A, address, channel, 0x11, _] if whole && address == self.address => Asked::Open(channel),
            [0x80, address, channel, 0x33, _] if whole && address == self.address => Asked::Status(channel),
            _ => Asked::Other,
        }
    }

    /// The answer to an open.
    pub fn opened(&self, channel: u8, is_open: bool) -> Vec<u8> {
        sealed(vec![0x8A, self.address, channel, self.status(is_open)])
    }

    /// The answer to a question for one door.
    pub fn one_door(&self, channel: u8, is_open: bool) -> Vec<u8> {
        sealed(vec![0x80, self.address, channel, self.status(is_open)])
    }

    /// The answer to a question for all doors: at least three bytes of states whatever the board's size; the last holds
    /// channels 1 to 8.
    pub fn all_doors(&self, is_open: impl Fn(u8) -> bool) -> Vec<u8> {
        let count = usize::from(self.channels).div_ceil(8).max(3);
        let mut states = vec![0u8; count];
        for channel in (1..=self.channels).filter(|&channel| self.bit(is_open(channel))) {
            let index = usize::from(channel - 1);
            states[count - 1 - index / 8] |= 1 << (index % 8);
        }
        let mut frame = vec![0x80, self.address];
        frame.extend(states);
        frame.push(0x33);
        sealed(frame)
    }

    fn bit(&self, is_open: bool) -> bool {
        let closed = !is_open;
        match self.closed {
            StatusOfClosed::Eleven => closed,
            StatusOfClosed::Zero => !closed,
        }
    }

    fn status(&self, is_open: bool) -> u8 {
        if self.bit(is_open) { 0x11 } else { 0x00 }
    }
}

/// The last byte is the XOR of the rest.
fn sealed(mut frame: Vec<u8>) -> Vec<u8> {
    let sum = frame.iter().fold(0, |sum, byte| sum ^ byte);
    frame.push(sum);
    frame
}

impl Asked {
    /// For people.
    pub fn note(self) -> String {
        match self {
            Self::Open(0) => "open all doors".to_owned(),
            Self::Open(channel) => format!("open door {channel}"),
            Self::Status(0) => "all doors?".to_owned(),
            Self::Status(channel) => format!("door {channel}?"),
            Self::Other => "not for this board".to_owned(),
        }
    }
}
