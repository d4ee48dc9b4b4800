//! What can still be had of a damaged journal: every record that is whole, from the raw bytes of its files, whatever SQLite
//! makes of them.
//!
//! The state is the newest checkpoint that verifies and every entry that follows from it without a gap. Entries behind a gap
//! are taken in too, for what they tell; but then something is missing, and the new journal's first entry says so.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use locker_crypto::{VerifyingKey, entry_hash};
use locker_protocol::seal::from_bytes;
use locker_protocol::{Entry, Hash, JournalId, Sign};

use super::book::Book;
use super::checkpoint::Pieces;
use super::error::{Fault, JournalError};
use super::note::{FORMAT, Head, Held, Origin};
use super::place::Place;
use super::record::{self, Kind};
use crate::disk::{Disk, DiskFile, How};

/// The most entries that are kept for the hub only: about 50 MB of memory, a year of a busy locker.
const MAX_UNSENT: u64 = 200_000;
/// How much is read at once.
const BLOCK: usize = 64 * 1024;
/// How much is given up when it cannot be read.
const SECTOR: usize = 512;

/// What a damaged journal still says.
pub(super) struct Salvaged<B> {
    /// Which journal it was; zeros if not even that could be read.
    pub(super) before: JournalId,
    /// The last number that could be verified without a gap.
    pub(super) verified: u64,
    /// How many numbers after it are missing; one where nothing shows that there are none.
    pub(super) missing: u64,
    /// How many entries up to `verified` the hub can no longer be sent.
    pub(super) unsendable: u64,
    /// The journals up to this one, oldest first.
    pub(super) earlier: Vec<JournalId>,
    /// The bytes of the entries that the hub does not hold, in order.
    pub(super) unsent: Vec<Vec<u8>>,
    /// What it says, added up.
    pub(super) book: B,
}

/// Picks what is whole from the files of a place, and changes nothing in them. Whatever was noticed first speaks of entries, too: an
/// entry that went bad leaves no other trace where it was the last one and the second place of the head is lost.
///
/// # Errors
/// [`JournalError::BookNotUnderstood`], [`JournalError::NewerFormat`], or what the file system says.
pub(super) fn salvage<B: Book>(
    place: &Place,
    fault: &Fault,
    keys: &dyn Sign,
) -> Result<Salvaged<B>, JournalError> {
    let traces = Traces::of(place)?;
    if let Some(origin) = &traces.origin {
        if origin.format > FORMAT {
            return Err(JournalError::NewerFormat { found: origin.format, known: FORMAT });
        }
        if origin.key != keys.public_key() {
            return Err(JournalError::OtherKey { journal: origin.journal });
        }
    }
    let Some(journal) = traces.journal() else {
        // Nothing at all: whatever it was, all of it is missing.
        let before = JournalId([0; 16]);
        let (earlier, unsent, book) = (Vec::new(), Vec::new(), B::default());
        return Ok(Salvaged { before, verified: 0, missing: 1, unsendable: 0, earlier, unsent, book });
    };

    let mut book = B::default();
    let mut base = Head { journal, seq: 0, hash: Hash([0; 32]) };
    let verifying = VerifyingKey(keys.public_key());
    if let Some(checkpoint) = traces.pieces.verified(journal, &verifying).next() {
        let seq = checkpoint.seq;
        book = B::from_bytes(&checkpoint.book).ok_or(JournalError::BookNotUnderstood { seq })?;
        base = Head { journal, seq, hash: checkpoint.hash };
    }
    let held = traces.held.get(&journal).copied();
    let known = traces.known_head(journal).max(base.seq).max(fault.known_seq());

    // Where the note of what the hub holds is lost, it is sent again what it may hold: that hurts nothing.
    let unsent = match held {
        Some(held) => held.saturating_add(1)..=held.saturating_add(MAX_UNSENT),
        None => base.seq.saturating_sub(MAX_UNSENT)..=base.seq,
    };
    let mut ours = Entries::default();
    let mut others: BTreeMap<JournalId, Entries> = BTreeMap::new();
    let mut others_kept = 0;
    each_record(place, |kind, payload| {
        if kind != Kind::Entry {
            return;
        }
        let Ok(entry) = from_bytes::<Entry>(payload) else { return };
        if entry.journal == journal {
            if entry.seq > base.seq || unsent.contains(&entry.seq) {
                ours.take(&entry, payload);
            }
        } else if others_kept < MAX_UNSENT {
            others_kept += 1;
            others.entry(entry.journal).or_default().take(&entry, payload);
        }
    })?;
    ours.link();

    let mut verified = base;
    let mut taken = BTreeSet::new();
    while let Some(next) = ours.following(verified) {
        book.apply(&next.entry()?);
        verified = Head { journal, seq: verified.seq.saturating_add(1), hash: next.hash };
        taken.insert(verified.seq);
    }
    let mut behind_a_gap = 0_u64;
    for (_, found) in ours.after(verified.seq) {
        book.apply(&found.entry()?);
        behind_a_gap += 1;
    }
    let beyond = known.saturating_sub(verified.seq);
    let missing = if beyond > 0 {
        beyond.saturating_sub(behind_a_gap).max(1)
    } else {
        // That nothing is known of a later one proves nothing, where damage may have taken the end with all that knew of it. The
        // second place was written after the last entry, and can say that it was the last; but not for a file that lost its end.
        let confirmed = verified.seq > 0 && traces.heads.contains(&verified);
        u64::from(!confirmed || fault.took_an_end())
    };

    let named = traces.origin.as_ref().map(|origin| origin.earlier.clone()).unwrap_or_default();
    let mut unsent = Vec::new();
    let unnamed: Vec<JournalId> = others.keys().copied().filter(|id| !named.contains(id)).collect();
    for id in named.iter().chain(&unnamed) {
        if let Some(mut entries) = others.remove(id) {
            entries.link();
            unsent.extend(entries.after(0).map(|(_, found)| found.payload.clone()));
        }
    }
    let first = held.map_or_else(|| ours.chain_back_from(verified), |held| held.saturating_add(1));
    let mut next = first;
    for found in ours.chain_from(first, verified.seq) {
        unsent.push(found.payload.clone());
        next = next.saturating_add(1);
    }
    let unsendable = verified.seq.saturating_add(1).saturating_sub(next);

    let mut earlier = unnamed;
    earlier.extend(named);
    earlier.push(journal);
    Ok(Salvaged { before: journal, verified: verified.seq, missing, unsendable, earlier, unsent, book })
}

/// The highest number of an entry of this journal that lies whole in a file; 0 for none.
///
/// # Errors
/// What the file system says.
pub(super) fn last_seq_in(disk: &dyn Disk, path: &Path, journal: JournalId) -> io::Result<u64> {
    let mut last = 0;
    scan_file(disk, path, &mut |kind, payload| {
        if kind == Kind::Entry
            && let Ok(entry) = from_bytes::<Entry>(payload)
            && entry.journal == journal
        {
            last = last.max(entry.seq);
        }
    })?;
    Ok(last)
}

/// Everything but the entries themselves.
#[derive(Default)]
struct Traces {
    origin: Option<Origin>,
    heads: Vec<Head>,
    held: BTreeMap<JournalId, u64>,
    pieces: Pieces,
    /// How many entries were seen of a journal, and the highest number among them.
    seen: BTreeMap<JournalId, (u64, u64)>,
}

/// More journals than one file ever speaks of.
const MAX_JOURNALS: usize = 64;

impl Traces {
    fn of(place: &Place) -> Result<Self, JournalError> {
        let mut traces = Self::default();
        each_record(place, |kind, payload| traces.take(kind, payload))?;
        Ok(traces)
    }

    fn take(&mut self, kind: Kind, payload: &[u8]) {
        match kind {
            Kind::Entry => {
                let Ok(entry) = from_bytes::<Entry>(payload) else { return };
                if self.seen.len() < MAX_JOURNALS || self.seen.contains_key(&entry.journal) {
                    let (count, last) = self.seen.entry(entry.journal).or_default();
                    *count += 1;
                    *last = entry.seq.max(*last);
                }
            }
            Kind::Chunk => self.pieces.take(payload),
            Kind::Origin => self.origin = from_bytes(payload).ok().or(self.origin.take()),
            Kind::Held => {
                let Ok(held) = from_bytes::<Held>(payload) else { return };
                if self.held.len() < MAX_JOURNALS || self.held.contains_key(&held.journal) {
                    let up_to = self.held.entry(held.journal).or_default();
                    *up_to = held.up_to.max(*up_to);
                }
            }
            Kind::Head => {
                if self.heads.len() < MAX_JOURNALS {
                    self.heads.extend(from_bytes::<Head>(payload));
                }
            }
        }
    }

    /// Whose files these are: as the origin says, or the second place of the head, or most of the entries.
    fn journal(&self) -> Option<JournalId> {
        let most = || self.seen.iter().max_by_key(|(_, (count, _))| *count).map(|(id, _)| *id);
        let origin = self.origin.as_ref().map(|origin| origin.journal);
        origin.or_else(|| self.heads.first().map(|head| head.journal)).or_else(most)
    }

    /// The highest number that this journal is known to have come to.
    fn known_head(&self, journal: JournalId) -> u64 {
        let heads = self.heads.iter().filter(|head| head.journal == journal).map(|head| head.seq);
        let held = self.held.get(&journal).copied();
        let seen = self.seen.get(&journal).map(|(_, last)| *last);
        heads.chain(held).chain(seen).max().unwrap_or(0)
    }
}

/// An entry that is whole.
struct Found {
    before: Hash,
    hash: Hash,
    payload: Vec<u8>,
    /// How many entries follow from it without a gap.
    followed_by: u64,
}

impl Found {
    fn entry(&self) -> Result<Entry, JournalError> {
        // It was decoded from the same bytes when it was found.
        from_bytes(&self.payload).map_err(|_| Fault::Record("an entry").into())
    }
}

/// The entries of one journal, by number. There can be two of one number: what a torn transaction left behind is whole, too.
#[derive(Default)]
struct Entries {
    found: BTreeMap<u64, Vec<Found>>,
}

impl Entries {
    fn take(&mut self, entry: &Entry, payload: &[u8]) {
        let hash = entry_hash(payload);
        let same = self.found.entry(entry.seq).or_default();
        // Pages are written again and again: most records are found many times.
        if same.iter().all(|found| found.hash != hash) {
            same.push(Found { before: entry.before, hash, payload: payload.to_vec(), followed_by: 0 });
        }
    }

    /// Counts what follows from each, and puts the one first that is followed by most: that is the one the journal went on
    /// from.
    fn link(&mut self) {
        let mut next: Vec<(Hash, u64)> = Vec::new();
        let mut next_seq = u64::MAX;
        for (&seq, same) in self.found.iter_mut().rev() {
            if seq.checked_add(1) != Some(next_seq) {
                next.clear();
            }
            for found in &mut *same {
                found.followed_by = next
                    .iter()
                    .filter(|(before, _)| *before == found.hash)
                    .map(|(_, depth)| depth + 1)
                    .max()
                    .unwrap_or(0);
            }
            same.sort_by_key(|found| std::cmp::Reverse(found.followed_by));
            next = same.iter().map(|found| (found.before, found.followed_by)).collect();
            next_seq = seq;
        }
    }

    /// What follows from this head.
    fn following(&self, head: Head) -> Option<&Found> {
        self.found.get(&head.seq.checked_add(1)?)?.iter().find(|found| found.before == head.hash)
    }

    /// The likeliest entry of each number after this one.
    fn after(&self, seq: u64) -> impl Iterator<Item = (u64, &Found)> {
        self.found.range(seq.saturating_add(1)..).filter_map(|(&seq, same)| Some((seq, same.first()?)))
    }

    /// The first of the entries that lead to this head without a gap; the number after it if not even its own is here.
    fn chain_back_from(&self, head: Head) -> u64 {
        let mut first = head.seq.saturating_add(1);
        let mut hash = head.hash;
        while let Some(seq) = first.checked_sub(1)
            && let Some(found) =
                self.found.get(&seq).and_then(|same| same.iter().find(|found| found.hash == hash))
        {
            (first, hash) = (seq, found.before);
        }
        first
    }

    /// The entries from `first` on that follow from each other, up to `last`.
    fn chain_from(&self, first: u64, last: u64) -> impl Iterator<Item = &Found> {
        let start = self.found.get(&first).and_then(|same| same.first());
        let mut at = first;
        std::iter::successors(start, move |found| {
            at = at.checked_add(1)?;
            self.found.get(&at)?.iter().find(|next| next.before == found.hash)
        })
        .zip(first..=last)
        .map(|(found, _)| found)
    }
}

/// Gives every whole record in the files of a place.
fn each_record(place: &Place, mut found: impl FnMut(Kind, &[u8])) -> Result<(), JournalError> {
    for path in [place.database(), place.log(), place.head()] {
        scan_file(&*place.disk, &path, &mut found).map_err(|source| JournalError::Files {
            doing: "reading",
            path,
            source,
        })?;
    }
    Ok(())
}

/// Gives every whole record in a file. What the disk cannot read is passed over.
fn scan_file(disk: &dyn Disk, path: &Path, found: &mut impl FnMut(Kind, &[u8])) -> io::Result<()> {
    let file = match disk.open(path, How::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut bytes = vec![0; record::MAX_RECORD + BLOCK];
    let mut kept = 0;
    let mut at = 0;
    loop {
        let read = read_or_pass_over(&*file, &mut bytes[kept..kept + BLOCK], at)?;
        if read == 0 {
            return Ok(());
        }
        at += read as u64;
        let have = kept + read;
        let unfinished = record::scan(&bytes[..have], &mut *found);
        bytes.copy_within(have - unfinished..have, 0);
        kept = unfinished;
    }
}

/// Reads what it can; where a sector cannot be read, zeros stand for it.
fn read_or_pass_over(file: &dyn DiskFile, block: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        match file.read_at(block, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
            read => return read,
        }
    }
    let length = file.length()?;
    let mut have = 0;
    for sector in block.chunks_mut(SECTOR) {
        let here = at + have as u64;
        if here >= length {
            break;
        }
        let read = match file.read_at(sector, here) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => {
                log::error!(
                    "bytes {here} to {} of the journal cannot be read: {error}",
                    here + SECTOR as u64
                );
                sector.fill(0);
                sector.len()
            }
        };
        have += read;
        if read < SECTOR {
            break;
        }
    }
    Ok(have)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn every_record_of_a_long_file_is_found_wherever_the_blocks_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        for shift in [0, 1, 7, 300] {
            let mut bytes = vec![0xf7; shift];
            let mut written = Vec::new();
            while bytes.len() < 3 * BLOCK {
                let payload =
                    vec![u8::try_from(written.len() % 251).unwrap(); written.len() % record::MAX_PAYLOAD];
                bytes.extend(record::frame(Kind::Chunk, &payload).unwrap());
                written.push(payload);
            }
            std::fs::write(&path, &bytes).unwrap();
            let mut found = Vec::new();
            scan_file(&RealDisk, &path, &mut |_, payload| found.push(payload.to_vec())).unwrap();
            assert!(found == written, "shift {shift}: {} of {}", found.len(), written.len());
        }
    }
}
