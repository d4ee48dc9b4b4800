//! What a journal knows of itself besides its entries, and the second place for the number of its last entry.

use std::io;
use std::path::Path;

use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{Hash, JournalId, PublicKey};
use minicbor::{Decode, Encode};

use super::record::{self, Kind};
use crate::disk::{Disk, DiskFile, How};

/// The format that this version writes and reads.
pub(super) const FORMAT: u16 = 1;
/// How many earlier journals one may name. Of older ones nothing unsent is kept any more.
pub(super) const MAX_EARLIER: usize = 8;

/// The note's number in its table: where the journal comes from. Written once.
pub(super) const ORIGIN: u64 = 0;
/// The note's number in its table: how far the hub holds it.
pub(super) const HELD: u64 = 1;

/// Where a journal comes from.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Origin {
    /// The format of everything else.
    #[n(0)]
    pub(super) format: u16,
    /// The journal.
    #[n(1)]
    pub(super) journal: JournalId,
    /// The key that signs its checkpoints.
    #[n(2)]
    pub(super) key: PublicKey,
    /// The journals before it, oldest first.
    #[n(3)]
    pub(super) earlier: Vec<JournalId>,
}

/// How far the hub holds a journal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Held {
    /// The journal.
    #[n(0)]
    pub(super) journal: JournalId,
    /// The last number held, with every one before it.
    #[n(1)]
    pub(super) up_to: u64,
    /// Since when, oldest first: what may be pruned is told by it.
    #[n(2)]
    pub(super) since: Vec<Milestone>,
}

/// On this day the hub held the journal up to this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Milestone {
    /// Days since 1970, UTC, by the hub's time.
    #[n(0)]
    pub(super) day: u32,
    /// The last number held.
    #[n(1)]
    pub(super) up_to: u64,
}

/// The last entry of a journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Head {
    /// The journal.
    #[n(0)]
    pub(super) journal: JournalId,
    /// The last entry's number; 0 before the first.
    #[n(1)]
    pub(super) seq: u64,
    /// Its hash; zeros before the first.
    #[n(2)]
    pub(super) hash: Hash,
}

/// Days between milestones.
const MILESTONE_DAYS: u32 = 2;
/// With one every two days, the oldest is 32 days old when there is no room for another.
const MAX_MILESTONES: usize = 17;
/// How long the hub must have held an entry before it may be pruned, in days.
const KEEP_DAYS: u32 = 30;

impl Held {
    /// Nothing held yet.
    pub(super) fn nothing_of(journal: JournalId) -> Self {
        Self { journal, up_to: 0, since: Vec::new() }
    }

    /// Remembers since when, where a milestone is due. `unix_s` is the hub's time.
    pub(super) fn pass_milestone(&mut self, unix_s: u64) {
        let day = day(unix_s);
        let too_soon =
            |last: &Milestone| day < last.day.saturating_add(MILESTONE_DAYS) || self.up_to <= last.up_to;
        if self.up_to == 0 || self.since.last().is_some_and(too_soon) {
            return;
        }
        // The last of those that are old enough says all that the ones before it do.
        while self.since.get(1).is_some_and(|second| old_enough(second, day)) {
            self.since.remove(0);
        }
        if self.since.len() < MAX_MILESTONES {
            self.since.push(Milestone { day, up_to: self.up_to });
        }
    }

    /// The hub holds no more than this any longer: what it has lost is not prunable, however long it held it.
    pub(super) fn lower(&mut self, up_to: u64) {
        self.up_to = self.up_to.min(up_to);
        for milestone in &mut self.since {
            milestone.up_to = milestone.up_to.min(up_to);
        }
    }

    /// The last number that the hub has held for long enough at `unix_s`, the hub's time; 0 for none.
    pub(super) fn prunable(&self, unix_s: u64) -> u64 {
        let day = day(unix_s);
        self.since
            .iter()
            .filter(|milestone| old_enough(milestone, day))
            .map(|milestone| milestone.up_to)
            .max()
            .unwrap_or(0)
    }
}

fn day(unix_s: u64) -> u32 {
    u32::try_from(unix_s / 86_400).unwrap_or(u32::MAX)
}

fn old_enough(milestone: &Milestone, today: u32) -> bool {
    // The day itself was not over when it was noted.
    today > milestone.day.saturating_add(KEEP_DAYS)
}

/// The record of a note. All of them are short enough by construction.
pub(super) fn note_record<T: Encode<()>>(kind: Kind, note: &T) -> Vec<u8> {
    let record = record::frame(kind, &to_bytes(note));
    debug_assert!(record.is_some(), "notes are bounded");
    record.unwrap_or_default()
}

/// The note in a record.
pub(super) fn read_note<T: for<'b> Decode<'b, ()>>(kind: Kind, record: &[u8]) -> Option<T> {
    from_bytes(record::unframe(kind, record)?).ok()
}

/// The second place of the head: a small file, written after each commit and not waited for. What it tells is true, if
/// perhaps late: a journal that ends before it lost its end.
pub(super) struct HeadFile {
    file: Box<dyn DiskFile>,
    /// Writes take turns, so that one that is torn leaves the other.
    next: u64,
}

const SLOT: usize = 128;
const SLOTS: u64 = 2;

impl HeadFile {
    /// Opens or makes it. Gives what it tells; nothing if it cannot be understood.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn open(disk: &dyn Disk, path: &Path) -> io::Result<(Self, Option<Head>)> {
        let file = disk.open(path, How::Keep)?;
        let mut newest: Option<(Head, u64)> = None;
        for slot in 0..SLOTS {
            let Some(head) = read_slot(&*file, slot) else { continue };
            if newest.is_none_or(|(newest, _)| newest.seq < head.seq) {
                newest = Some((head, slot));
            }
        }
        let next = newest.map_or(0, |(_, slot)| slot + 1);
        Ok((Self { file, next }, newest.map(|(head, _)| head)))
    }

    /// Writes it, without waiting for the disk.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn write(&mut self, head: Head) -> io::Result<()> {
        let mut slot = note_record(Kind::Head, &head);
        slot.resize(SLOT, 0);
        self.file.write_at(&slot, (self.next % SLOTS) * SLOT as u64)?;
        self.next += 1;
        Ok(())
    }

    /// Waits for the disk.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn wait(&self) -> io::Result<()> {
        self.file.sync()
    }
}

fn read_slot(file: &dyn DiskFile, slot: u64) -> Option<Head> {
    let mut bytes = [0; SLOT];
    // A file is read whole or to its end; half a slot is none.
    if file.read_at(&mut bytes, slot * SLOT as u64).ok()? < SLOT {
        return None;
    }
    let mut found = None;
    record::scan(&bytes, |kind, payload| {
        if kind == Kind::Head {
            found = from_bytes(payload).ok();
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    fn an_entry_may_be_pruned_only_when_the_hub_has_held_it_for_thirty_whole_days() {
        let mut held = Held::nothing_of(JournalId([1; 16]));
        for day in 100..200 {
            held.up_to += 10;
            held.pass_milestone(day * DAY + 5);
            assert!(held.since.len() <= MAX_MILESTONES);
            let record = note_record(Kind::Held, &held);
            assert_eq!(read_note(Kind::Held, &record), Some(held.clone()));
            let prunable = held.prunable(day * DAY + 5);
            if day < 131 {
                assert_eq!(prunable, 0, "day {day}");
            } else {
                // On day d the hub held (d - 99) * 10 entries.
                let held_31_days_ago = (day - 31 - 99) * 10;
                assert!(
                    prunable <= held_31_days_ago && prunable + 40 >= held_31_days_ago,
                    "day {day}: {prunable}"
                );
            }
        }
    }

    #[test]
    fn the_longest_notes_fit_their_records() {
        let id = JournalId([0xff; 16]);
        let since = vec![Milestone { day: u32::MAX, up_to: u64::MAX }; MAX_MILESTONES];
        assert!(!note_record(Kind::Held, &Held { journal: id, up_to: u64::MAX, since }).is_empty());
        let origin = Origin {
            format: u16::MAX,
            journal: id,
            key: PublicKey([0xff; 32]),
            earlier: vec![id; MAX_EARLIER],
        };
        assert!(!note_record(Kind::Origin, &origin).is_empty());
        let head = Head { journal: id, seq: u64::MAX, hash: Hash([0xff; 32]) };
        assert!(note_record(Kind::Head, &head).len() <= SLOT);
    }

    #[test]
    fn a_clock_that_was_set_back_prunes_nothing_early() {
        let mut held = Held::nothing_of(JournalId([1; 16]));
        held.up_to = 10;
        held.pass_milestone(1_000 * DAY);
        held.up_to = 20;
        held.pass_milestone(900 * DAY);
        assert_eq!(held.prunable(940 * DAY), 0);
        assert_eq!(held.prunable(1_031 * DAY), 10);
    }
}
