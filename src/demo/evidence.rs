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
    let mut open: BTreeMap<OpeningId, Unfinished> = BTreeMap::new();
    each_event(kiosk_state, |event| match event {
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
    })?;
    Ok(open.into_values().collect())
}

/// How often each door was to be pulsed, as the disk knows it. Only for a journal of which nothing was pruned.
///
/// # Errors
/// The journal cannot be read.
pub fn tries(kiosk_state: &Path) -> Result<BTreeMap<u16, u64>, DemoError> {
    let mut doors: BTreeMap<OpeningId, u16> = BTreeMap::new();
    let mut tries: BTreeMap<u16, u64> = BTreeMap::new();
    each_event(kiosk_state, |event| match event {
        Event::Began { opening, compartment: CompartmentId(door), .. } => drop(doors.insert(*opening, *door)),
        Event::Tried { opening, .. } => {
            if let Some(door) = doors.get(opening) {
                *tries.entry(*door).or_default() += 1;
            }
        }
        _ => {}
    })?;
    Ok(tries)
}

fn each_event(kiosk_state: &Path, mut tell: impl FnMut(&Event)) -> Result<(), DemoError> {
    let reader = JournalReader::open_read_only(kiosk_state)?;
    let mut next = reader.range()?.map_or(1, |(first, _)| first);
    loop {
        let entries = reader.entries(next, AT_ONCE)?;
        let Some(last) = entries.last() else { return Ok(()) };
        next = last.seq + 1;
        entries.iter().for_each(|entry| tell(&entry.event));
    }
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
