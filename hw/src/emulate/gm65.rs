//! What a GM65 makes of a command. Vectors: `frames/gm65.toml`.

use super::scanner::Memory;

/// Every command has this length.
pub(super) const COMMAND_BYTES: usize = 9;

/// The answer to a frame; none to what is no command.
pub(super) fn obey(frame: &[u8], memory: &mut Memory) -> Option<Vec<u8>> {
    let &[0x7E, 0x00, kind, length, high, low, last, crc_high, crc_low] = frame else { return None };
    let checked = crc16(&frame[2..7]) == u16::from_be_bytes([crc_high, crc_low]);
    let waived = [crc_high, crc_low] == [0xAB, 0xCD];
    if !(checked || waived) {
        return None;
    }
    let zone = format!("{high:02X}{low:02X}");
    let (first, value) = match (kind, length) {
        // The heartbeat.
        (0x0A, 0x01) => (0x03, 0x00),
        (0x08, 0x01) => {
            memory.insert(zone, format!("{last:02X}"));
            (0x02, 0x00)
        }
        (0x07, 0x01) => {
            let value = memory.get(&zone).and_then(|value| u8::from_str_radix(value, 16).ok());
            (0x02, value.unwrap_or(0x00))
        }
        _ => return None,
    };
    let [sum_high, sum_low] = crc16(&[0x00, 0x00, 0x01, value]).to_be_bytes();
    Some(vec![first, 0x00, 0x00, 0x01, value, sum_high, sum_low])
}

/// CRC-16 with the polynomial 1021, from 0, most significant bit first.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ (u16::from(byte) << 8), |sum: u16, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 }
        })
    })
}
