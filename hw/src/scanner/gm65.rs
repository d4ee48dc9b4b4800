//! The command frames of GM65, GM81x and GM86x modules. Facts and vectors: `frames/gm65.toml`.

use crc::{CRC_16_XMODEM, Crc};

use super::module::{Module, Weighed};

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// Every reply has this length: `02|03 00 00 01 value CRC CRC`.
const REPLY: usize = 7;

/// Asks whether the module lives.
const HEARTBEAT: [u8; 9] = [0x7E, 0x00, 0x0A, 0x01, 0x00, 0x00, 0x00, 0x30, 0x1A];

/// One setting of the module: a zone's address and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The zone's address.
    pub address: u16,
    /// What to write there.
    pub value: u8,
}

/// How the module is set up at the start and whenever it has lost its settings. They are written to its memory only,
/// never to its flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Written in this order; the first is read back now and then to notice a module that was restarted.
    pub zones: Vec<Zone>,
}

impl Default for Settings {
    /// Zone 0000: reads continuously, with light and aim (mode in bits 0-1, vendor manual). Zone 000D: data by the serial
    /// port (public drivers). Zone 0013: a pause before the same code is read again (its unit differs between sources:
    /// 0.5 or 5 s, both will do).
    fn default() -> Self {
        let zones = [(0x0000, 0xD6), (0x000D, 0xA0), (0x0013, 0x85)];
        Self { zones: zones.map(|(address, value)| Zone { address, value }).to_vec() }
    }
}

impl Module for Settings {
    fn baud(&self) -> u32 {
        9600
    }

    fn set_up(&self) -> Vec<Vec<u8>> {
        let zones = self.zones.iter().map(|zone| write_zone(*zone).to_vec());
        zones.chain([HEARTBEAT.to_vec()]).collect()
    }

    /// A zone that is read back tells both that the module lives and that it was not restarted.
    fn check(&self) -> Vec<u8> {
        self.zones.first().map_or(HEARTBEAT.to_vec(), |zone| read_zone(zone.address).to_vec())
    }

    fn is_reply(&self, line: &[u8]) -> bool {
        reply(line).is_some()
    }

    /// A value or checksum of a reply may be 0D.
    fn may_hold_cr(&self, line: &[u8]) -> bool {
        (4..REPLY).contains(&line.len()) && begins_like_reply(line)
    }

    fn weigh(&self, command: &[u8], heard: &[u8]) -> Weighed {
        match (command.get(2), reply(heard)) {
            (Some(0x0A), Some(Reply::Alive)) | (Some(0x08), Some(Reply::Value(0))) => Weighed::Done,
            (Some(0x07), Some(Reply::Value(value))) => match self.zones.first() {
                Some(zone) if zone.value != value => Weighed::Forgotten,
                _ => Weighed::Done,
            },
            _ => Weighed::Unrelated,
        }
    }
}

/// A reply of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// It lives.
    Alive,
    /// A zone's value, or 0 for a zone that was written.
    Value(u8),
}

fn write_zone(zone: Zone) -> [u8; 9] {
    let [high, low] = zone.address.to_be_bytes();
    let body = [0x08, 0x01, high, low, zone.value];
    framed(body)
}

fn read_zone(address: u16) -> [u8; 9] {
    let [high, low] = address.to_be_bytes();
    framed([0x07, 0x01, high, low, 0x01])
}

fn framed([kind, length, high, low, last]: [u8; 5]) -> [u8; 9] {
    let [crc_high, crc_low] = CRC.checksum(&[kind, length, high, low, last]).to_be_bytes();
    [0x7E, 0x00, kind, length, high, low, last, crc_high, crc_low]
}

/// Whether `bytes` may grow into a reply.
fn begins_like_reply(bytes: &[u8]) -> bool {
    let fixed = [0x00, 0x00, 0x01];
    bytes.len() <= REPLY
        && matches!(bytes.first(), Some(0x02 | 0x03))
        && bytes.iter().skip(1).zip(fixed).all(|(byte, expected)| *byte == expected)
}

/// Reads a whole reply.
fn reply(bytes: &[u8]) -> Option<Reply> {
    let &[kind, 0x00, 0x00, 0x01, value, crc_high, crc_low] = bytes else { return None };
    let sum = CRC.checksum(&[0x00, 0x00, 0x01, value]);
    match (sum.to_be_bytes() == [crc_high, crc_low], kind) {
        (true, 0x03) => Some(Reply::Alive),
        (true, 0x02) => Some(Reply::Value(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        frame: Vec<Frame>,
    }

    #[derive(Deserialize)]
    struct Frame {
        what: String,
        zone: Option<u16>,
        value: Option<u8>,
        #[serde(default)]
        unchecked: bool,
        request: String,
        answer: String,
    }

    #[test]
    fn requests_and_replies_are_the_bytes_of_the_vectors() {
        let vectors: Vectors = toml::from_str(include_str!("../../frames/gm65.toml")).unwrap();
        let hex = |text: &str| -> Vec<u8> {
            text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
        };
        let mut checked = 0;
        for frame in vectors.frame {
            let zone = frame.zone.zip(frame.value).map(|(address, value)| Zone { address, value });
            let (request, expected) = match (frame.what.as_str(), zone) {
                ("heartbeat", _) => (HEARTBEAT, Reply::Alive),
                ("write", Some(zone)) => (write_zone(zone), Reply::Value(0)),
                ("read", Some(zone)) => (read_zone(zone.address), Reply::Value(zone.value)),
                other => panic!("{other:?}"),
            };
            if !frame.unchecked {
                assert_eq!(request.to_vec(), hex(&frame.request));
            }
            assert!(Settings::default().is_reply(&hex(&frame.answer)));
            assert_eq!(reply(&hex(&frame.answer)), Some(expected));
            checked += 1;
        }
        assert!(checked >= 5);
    }
}
