//! The journal, read beside the kiosk that writes it.

use std::collections::BTreeMap;
use std::path::Path;

use locker_engine::journal::JournalReader;
use locker_engine::{CompartmentId, Event, OpeningId};

use super::error::DemoError;

const AT_ONCE: usize = 1_000;

/// An opening that has begun and not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Which.
    pub opening: OpeningId,
    /// Its door.
    pub door: u16,
    /// A pulse was about to be tried: the intent is on disk.
    pub tried: bool,
    /// The door was seen open.
    pub seen_open: bool,
}

/// The openings that have begun and not ended, as the disk knows them.
///
/// # Errors
/// The journal cannot be read.
pub fn unfinished(kiosk_state: &Path) -> Result<Vec<Unfinished>, DemoError> {
    let reader = JournalReader::open_read_only(kiosk_state)?;
    let mut open: BTreeMap<OpeningId, Unfinished> = BTreeMap::new();
    let mut next = reader.range()?.map_or(1, |(first, _)| first);
    loop {
        let entries = reader.entries(next, AT_ONCE)?;
        let Some(last) = entries.last() else { break };
        next = last.seq + 1;
        for entry in &entries {
            match &entry.event {
                Event::Began { opening, compartment: CompartmentId(door), .. } => {
                    let begun = Unfinished { opening: *opening, door: *door, tried: false, seen_open: false };
                    open.insert(*opening, begun);
                }
                Event::Tried { opening, .. } => {
                    open.entry(*opening).and_modify(|known| known.tried = true);
                }
                Event::Opened { opening } => {
                    open.entry(*opening).and_modify(|known| known.seen_open = true);
                }
                Event::Ended { opening, .. } => drop(open.remove(opening)),
                _ => {}
            }
        }
    }
    Ok(open.into_values().collect())
}

/// The journal's name and its last number.
///
/// # Errors
/// The journal cannot be read.
pub fn head(kiosk_state: &Path) -> Result<(String, u64), DemoError> {
    let reader = JournalReader::open_read_only(kiosk_state)?;
    let head = reader.head()?;
    Ok((head.journal.to_string(), head.seq))
}
