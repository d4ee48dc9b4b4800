//! The first 100 bytes of the database. SQLite believes most of them without a check, and some change where it writes.
//!
//! Layout: SQLite file format, "The Database Header".

use std::io::{self, Read};
use std::path::Path;

use super::PAGE_BYTES;
use super::error::{Fault, JournalError};
use super::wal::Committed;
use crate::disk::{Disk, FromStart};

const HEAD: usize = 100;

/// Holds the head of the database against what it must be. Where committed pages wait in the log, that tells the
/// database's size, and has what the file does not have yet.
///
/// # Errors
/// [`Fault::Head`], or what the file system says.
pub(super) fn check(disk: &dyn Disk, path: &Path, log: Option<&Committed>) -> Result<(), JournalError> {
    let said = |source| JournalError::Files { doing: "reading", path: path.to_owned(), source };
    let mut file = match FromStart::open(disk, path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Fault::Head("missing").into()),
        Err(error) => return Err(said(error)),
    };
    let length = file.length().map_err(said)?;
    let mut head = [0; HEAD];
    match file.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(Fault::Head("cut").into()),
        Err(error) => return Err(said(error)),
    }
    check_bytes(&head, length, log).map_err(|what| Fault::Head(what).into())
}

fn check_bytes(head: &[u8; HEAD], length: u64, log: Option<&Committed>) -> Result<(), &'static str> {
    let word = |at: usize| {
        head.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_be_bytes(*word))
    };
    if !head.starts_with(b"SQLite format 3\0") {
        return Err("magic");
    }
    // Page size; written and read with a write-ahead log; nothing reserved in a page; the three constant fractions.
    if head[16..24] != [2, 0, 2, 2, 0, 64, 32, 32] {
        return Err("page format");
    }
    let (size, first_free, free) = (word(28), word(32), word(36));
    // Schema format 4, the default cache size, no vacuum, UTF-8, and numbers that are not used here.
    if [word(44), word(48), word(52), word(56), word(60), word(64), word(68)] != [4, 0, 0, 1, 0, 0, 0]
        || head[72..92].iter().any(|&byte| byte != 0)
    {
        return Err("settings");
    }
    if (first_free == 0) != (free == 0) || first_free > size || free >= size {
        return Err("free pages");
    }
    if word(24) != word(92) {
        return Err("change counter");
    }
    let all_there = match log {
        None => u64::from(size) * PAGE_BYTES as u64 == length,
        // A card that lost what it said was written may have lost the end of the file alone.
        Some(log) => log.is_all_there(length / PAGE_BYTES as u64),
    };
    if all_there { Ok(()) } else { Err("size") }
}
