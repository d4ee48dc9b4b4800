//! What a Honeywell scanner makes of a command. Vectors: `frames/honeywell.toml`.

use super::scanner::Memory;

/// The answer to a frame; none to a trigger, nor to what is no command.
pub(super) fn obey(frame: &[u8], memory: &mut Memory) -> Option<Vec<u8>> {
    let menu = frame.strip_prefix(&[0x16, 0x4D, 0x0D])?;
    let (&storage, text) = menu.split_last()?;
    if storage != b'!' && storage != b'.' {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?.to_ascii_uppercase();
    let (name, data) = text.split_at_checked(6)?;
    let (data, result) = match (name, data) {
        // Commands without data.
        ("PAPPM3" | "VSUFCR", "") => {
            memory.insert(name.to_owned(), String::new());
            (String::new(), 0x06)
        }
        ("DLYRRD", "?") => (memory.get(name).cloned().unwrap_or("750".to_owned()), 0x06),
        ("DLYRRD", data) => match data.parse::<u32>() {
            Ok(0..=30_000) => {
                memory.insert(name.to_owned(), data.to_owned());
                (data.to_owned(), 0x06)
            }
            _ => (data.to_owned(), 0x15),
        },
        (_, data) => (data.to_owned(), 0x05),
    };
    let mut answer = format!("{name}{data}").into_bytes();
    answer.extend_from_slice(&[result, storage]);
    Some(answer)
}
