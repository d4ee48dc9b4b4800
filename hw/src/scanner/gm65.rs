//! The command frames of GM65, GM81x and GM86x modules. Facts and vectors: `frames/gm65.toml`.

use crc::{CRC_16_XMODEM, Crc};

/// Bits a second on the wire, 8N1.
pub(super) const BAUD: u32 = 9600;

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// Every reply has this length: `02|03 00 00 01 value CRC CRC`.
pub(super) const REPLY: usize = 7;

/// Asks whether the module lives.
pub(super) const HEARTBEAT: [u8; 9] = [0x7E, 0x00, 0x0A, 0x01, 0x00, 0x00, 0x00, 0x30, 0x1A];

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

/// A reply of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// It lives.
    Alive,
    /// A zone's value, or 0 for a zone that was written.
    Value(u8),
}

pub(super) fn write_zone(zone: Zone) -> [u8; 9] {
    let [high, low] = zone.address.to_be_bytes();
    let body = [0x08, 0x01, high, low, zone.value];
    framed(body)
}

pub(super) fn read_zone(address: u16) -> [u8; 9] {
    let [high, low] = address.to_be_bytes();
    framed([0x07, 0x01, high, low, 0x01])
}

fn framed([kind, length, high, low, last]: [u8; 5]) -> [u8; 9] {
    let [crc_high, crc_low] = CRC.checksum(&[kind, length, high, low, last]).to_be_bytes();
    [0x7E, 0x00, kind, length, high, low, last, crc_high, crc_low]
}

/// Whether `bytes` may grow into a reply.
pub(super) fn begins_like_reply(bytes: &[u8]) -> bool {
    let fixed = [0x00, 0x00, 0x01];
    bytes.len() <= REPLY
        && matches!(bytes.first(), Some(0x02 | 0x03))
        && bytes.iter().skip(1).zip(fixed).all(|(byte, expected)| *byte == expected)
}

/// Reads a whole reply.
pub(super) fn reply(bytes: &[u8]) -> Option<Reply> {
    let &[kind, 0x00, 0x00, 0x01, value, crc_high, crc_low] = bytes else { return None };
    let sum = CRC.checksum(&[0x00, 0x00, 0x01, value]);
    match (sum.to_be_bytes() == [crc_high, crc_low], kind) {
        (true, 0x03) => Some(Reply::Alive),
        (true, 0x02) => Some(Reply::Value(value)),
        _ => None,
    }
}
