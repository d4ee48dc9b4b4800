//! What a Newland module makes of a command. Vectors: `frames/newland.toml`.

use super::scanner::Memory;

/// Settings that are known, their factory data, and the data they take: whole numbers up to here, or hexadecimal.
const KNOWN: [(&str, &str, u32); 7] = [
    ("SCNMOD", "0", 7),
    ("SCNTRG", "0", 1),
    ("QRCENA", "1", 1),
    ("RRDENA", "0", 1),
    ("RRDDUR", "1500", 3_600_000),
    ("TSUENA", "0", 1),
    ("TSUSET", "0D", 0xFF),
];

/// The answer to a frame; none to what is no command.
pub(super) fn obey(frame: &[u8], memory: &mut Memory) -> Option<Vec<u8>> {
    let (head, body) = frame.split_at_checked(6)?;
    let (text, end) = body.split_at_checked(body.len().checked_sub(2)?)?;
    if head != [0x7E, 0x01, 0x30, 0x30, 0x30, 0x30] || end != [0x3B, 0x03] {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let storage = text.get(..1).filter(|storage| ["#", "@"].contains(storage))?;
    let (name, data) = text.get(1..)?.split_at_checked(6)?;
    let (data, result) = match KNOWN.iter().find(|(known, ..)| *known == name) {
        None => (data.to_owned(), 0x05),
        Some((_, factory, _)) if data == "*" => {
            (memory.get(name).cloned().unwrap_or((*factory).to_owned()), 0x06)
        }
        Some((_, _, most)) => {
            let radix = if name == "TSUSET" { 16 } else { 10 };
            match u32::from_str_radix(data, radix) {
                Ok(value) if value <= *most => {
                    memory.insert(name.to_owned(), data.to_owned());
                    (data.to_owned(), 0x06)
                }
                _ => (data.to_owned(), 0x15),
            }
        }
    };
    let mut answer = vec![0x02, 0x01, 0x30, 0x30, 0x30, 0x30];
    answer.extend_from_slice(format!("{storage}{name}{data}").as_bytes());
    answer.extend_from_slice(&[result, 0x3B, 0x03]);
    Some(answer)
}
