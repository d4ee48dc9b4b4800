use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::Seen;

/// A frame is its length (4 bytes, big end first) and that many bytes: JSON, but for the bytes of a picture.
const LENGTH_BYTES: usize = 4;
/// The longest question.
pub(super) const MOST_QUESTION: usize = 1024;
/// The longest answer: a PNG of the largest screen.
pub(super) const MOST_ANSWER: usize = 64 * 1024 * 1024;
/// The longest time that a question may wait for a change.
pub(super) const MOST_WAIT_MS: u32 = 10_000;

/// What may be asked of the glass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// The pixels. The answer is followed by a frame that is a PNG.
    Picture,
    /// The screen without its pixels, once its revision is past `since` or the time is over.
    Seen { since: u64, within_ms: u32 },
    /// Finger down.
    Press { x: f32, y: f32 },
    /// Finger up.
    Release { x: f32, y: f32 },
    /// A key by name: a digit, `*`, `#`, Enter, Backspace, Escape, Tab, BackTab.
    Key { name: String },
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Done,
    Seen(Seen),
    Picture { width: u32, height: u32 },
    Refused { why: String },
}

pub(super) fn write_frame(to: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(body)?;
    to.flush()
}

/// The next frame; none at a clean end.
///
/// # Errors
/// A frame longer than `most` is refused before any memory is taken for it.
pub(super) fn read_frame(from: &mut impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; LENGTH_BYTES];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(cause) => return Err(cause),
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {length} bytes, at most {most}"),
        ));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_out_as_it_went_in() {
        let mut wire = Vec::new();
        write_frame(&mut wire, b"hello").unwrap();
        assert_eq!(read_frame(&mut wire.as_slice(), 5).unwrap().unwrap(), b"hello");
    }

    #[test]
    fn a_frame_that_is_too_long_takes_no_memory() {
        let wire = u32::MAX.to_be_bytes();
        let refused = read_frame(&mut wire.as_slice(), MOST_QUESTION).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_end_between_frames_is_clean_and_within_one_is_not() {
        assert!(read_frame(&mut [].as_slice(), 9).unwrap().is_none());
        assert!(read_frame(&mut [0, 0, 0, 4, 1].as_slice(), 9).is_err());
    }
}
