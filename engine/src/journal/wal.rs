//! What the write-ahead log really holds. SQLite silently ends it at the first frame that does not match its checksum,
//! whether the power failed in the middle of the last transaction, which is normal, or bytes went bad long before.
//!
//! Layout and checksum: SQLite file format, "The Write-Ahead Log".

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::PAGE_BYTES;
use crate::disk::{Disk, FromStart};

const HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
const FRAME: usize = FRAME_HEAD + PAGE_BYTES;
/// The lowest bit tells the byte order of the checksum's words.
const MAGIC: u32 = 0x377f_0682;

/// How the log ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// There is none, or nothing in it: the database is whole by itself.
    Empty,
    /// With the last committed transaction.
    Whole,
    /// In the middle of one transaction: the power failed, or the process died, before it was committed.
    Torn,
    /// Its head cannot be read, so that SQLite takes nothing from it: the power failed while it began anew, or damage.
    NoHead,
    /// More than one transaction lies behind the first bad byte: what was once safely on disk went bad.
    Cut,
}

/// What a log holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Survey {
    /// What its transactions wrote; nothing when none of them counts.
    pub(super) committed: Option<Committed>,
    /// How it ends.
    pub(super) end: End,
}

/// What the transactions of a log add up to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Committed {
    /// How many pages the database has after the last of them.
    pub(super) size: u32,
    /// The pages that the log has.
    pub(super) pages: BTreeSet<u32>,
}

impl Committed {
    /// Whether each page that the database has after them is in the log or among the first `in_file` pages.
    pub(super) fn is_all_there(&self, in_file: u64) -> bool {
        (1..=self.size)
            .skip(usize::try_from(in_file).unwrap_or(usize::MAX))
            .all(|page| self.pages.contains(&page))
    }
}

/// Looks through the log.
///
/// # Errors
/// When the file is there and cannot be read.
pub(super) fn survey(disk: &dyn Disk, path: &Path) -> io::Result<Survey> {
    let nothing = |end| Ok(Survey { committed: None, end });
    let file = match FromStart::open(disk, path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return nothing(End::Empty),
        Err(error) => return Err(error),
    };
    let mut log = BufReader::with_capacity(64 * 1024, file);
    let mut head = [0; HEAD];
    let read = fill(&mut log, &mut head)?;
    if read == 0 {
        return nothing(End::Empty);
    }
    if read < HEAD {
        return nothing(End::NoHead);
    }
    let Some(mut sum) = Sum::of_head(&head) else { return nothing(End::NoHead) };
    let salts = [word(&head, 16), word(&head, 20)];

    let mut committed: Option<Committed> = None;
    let mut open_pages = Vec::new();
    let mut open_frames = 0_u64;
    let mut broken = false;
    let mut ends_behind = 0_u64;
    let mut frames_behind_an_end = 0_u64;
    let mut frame = [0; FRAME];
    loop {
        let read = fill(&mut log, &mut frame)?;
        if read < 16 || [word(&frame, 8), word(&frame, 12)] != salts {
            // A frame of an earlier round, whose pages are all in the database by now. Later ones may still be of this
            // round, if it is a damaged one.
            if read < FRAME {
                break;
            }
            broken = true;
            continue;
        }
        if read == FRAME && !broken && sum.follows(&frame) {
            open_pages.push(word(&frame, 0));
            open_frames += 1;
            if word(&frame, 4) != 0 {
                open_frames = 0;
                let known = committed.get_or_insert_default();
                known.size = word(&frame, 4);
                known.pages.extend(open_pages.drain(..));
            }
            continue;
        }
        broken = true;
        if ends_behind > 0 {
            frames_behind_an_end += 1;
        }
        if read == FRAME && word(&frame, 4) != 0 {
            ends_behind += 1;
        }
        open_frames += 1;
        if read < FRAME {
            break;
        }
    }
    let end = if frames_behind_an_end > 0 {
        End::Cut
    } else if open_frames > 0 {
        End::Torn
    } else if committed.is_some() {
        End::Whole
    } else {
        End::Empty
    };
    Ok(Survey { committed, end })
}

/// Reads until the buffer is full or the file ends.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buffer.len() {
        match from.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(read) => have += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}

/// The big-endian word at `at`; 0 past the end.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_be_bytes(*word))
}

/// The running checksum.
struct Sum {
    words: [u32; 2],
    big_endian: bool,
}

impl Sum {
    /// The checksum after the log's head; nothing if that is not the head of a log of ours.
    fn of_head(head: &[u8; HEAD]) -> Option<Self> {
        let magic = word(head, 0);
        if magic & !1 != MAGIC || word(head, 8) != u32::try_from(PAGE_BYTES).ok()? {
            return None;
        }
        let mut sum = Self { words: [0, 0], big_endian: magic & 1 == 1 };
        sum.add(&head[..24]);
        (sum.words == [word(head, 24), word(head, 28)]).then_some(sum)
    }

    /// Whether a frame follows without a fault.
    fn follows(&mut self, frame: &[u8; FRAME]) -> bool {
        self.add(&frame[..8]);
        self.add(&frame[FRAME_HEAD..]);
        self.words == [word(frame, 16), word(frame, 20)]
    }

    fn add(&mut self, bytes: &[u8]) {
        let (pairs, _) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in pairs {
            let (first, second) = if self.big_endian {
                (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
            } else {
                (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
            };
            self.words[0] = self.words[0].wrapping_add(first).wrapping_add(self.words[1]);
            self.words[1] = self.words[1].wrapping_add(second).wrapping_add(self.words[0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_neither_in_the_log_nor_in_the_file_is_missed() {
        let committed = Committed { size: 5, pages: BTreeSet::from([2, 5]) };
        assert!(committed.is_all_there(4));
        assert!(!committed.is_all_there(3), "page 4 is nowhere");
        assert!(committed.is_all_there(9), "what the next checkpoint cuts off is no loss");
    }
}
