//! Opening a journal that must be whole: everything that the state rests on is verified, and anything that is not exactly
//! as it was written is damage. The rest of the entries is verified when it is read.

use std::ops::ControlFlow;
use std::path::Path;

use locker_crypto::{VerifyingKey, entry_hash};
use locker_protocol::seal::from_bytes;
use locker_protocol::{Entry, Hash, JournalId, Sign, Verify};

use super::Head;
use super::book::Book;
use super::checkpoint::{self, Checkpoint, Pieces};
use super::error::{Fault, JournalError};
use super::note::{FORMAT, HELD, HeadFile, Held, ORIGIN, Origin, read_note};
use super::place::Place;
use super::record::{self, Kind};
use super::store::{Rows, Store, Table};
use super::{salvage, shape, wal};

/// A journal, open and verified.
pub(super) struct Loaded<B> {
    pub(super) store: Store,
    pub(super) origin: Origin,
    pub(super) held: Held,
    pub(super) head: Head,
    pub(super) head_file: HeadFile,
    /// The entries after which checkpoints were made that are still kept, oldest first.
    pub(super) checkpoints: Vec<u64>,
    pub(super) book: B,
}

/// Opens what lies in a place.
///
/// # Errors
/// [`JournalError::Damaged`] when it must be recovered. Nothing of it was changed then.
pub(super) fn load<B: Book>(place: &Place, keys: &dyn Sign) -> Result<Loaded<B>, JournalError> {
    if place.is_suspect() {
        return Err(Fault::NotedBefore.into());
    }
    let log_path = place.log();
    let log = wal::survey(&*place.disk, &log_path).map_err(files("reading", &log_path))?;
    if log.end == wal::End::Cut {
        return Err(Fault::LogCut.into());
    }
    shape::check(&*place.disk, &place.database(), log.committed.as_ref())?;

    let store = Store::open(&*place.disk, &place.database())?;
    store.check(false)?;
    let origin = read_origin(&store.rows())?;
    if origin.format > FORMAT {
        return Err(JournalError::NewerFormat { found: origin.format, known: FORMAT });
    }
    if origin.key != keys.public_key() {
        return Err(JournalError::OtherKey { journal: origin.journal });
    }
    let held = read_held(&store.rows(), origin.journal)?;
    let checkpoints = checkpoint_seqs(&store.rows())?;
    let (book, head) = add_up(&store.rows(), origin.journal, checkpoints.last().copied(), keys)?;

    let head_path = place.head();
    let (mut head_file, second_head) =
        HeadFile::open(&*place.disk, &head_path).map_err(files("opening", &head_path))?;
    if held.up_to > head.seq {
        return Err(Fault::EndLost { head: head.seq, known: held.up_to }.into());
    }
    match second_head {
        Some(second) if second.seq > head.seq => {
            return Err(Fault::EndLost { head: head.seq, known: second.seq }.into());
        }
        Some(second)
            if second.journal != head.journal || second.seq == head.seq && second.hash != head.hash =>
        {
            return Err(Fault::Record("the second place of the head").into());
        }
        Some(_) => {}
        None if log.end == wal::End::Torn => return Err(Fault::LogCut.into()),
        None => {
            log::warn!("the second place of the journal's head cannot be read; it is written again");
            head_file.write(head).map_err(files("writing", &head_path))?;
        }
    }
    if log.end == wal::End::NoHead {
        // It may have been about to begin anew, with nothing in it that the database does not have.
        let beyond = salvage::last_seq_in(&*place.disk, &log_path, origin.journal)
            .map_err(files("reading", &log_path))?;
        if beyond > head.seq {
            return Err(Fault::EndLost { head: head.seq, known: beyond }.into());
        }
    }
    if matches!(log.end, wal::End::NoHead | wal::End::Torn) && !store.empty_log()? {
        log::warn!("a reader is in the way of emptying the journal's log");
    }
    // SQLite syncs the name of a log once, with the first commit, and does not say when that fails: a power cut would take the log
    // with all that was written to it since.
    place.wait_for_names()?;
    store.trust();
    Ok(Loaded { store, origin, held, head, head_file, checkpoints, book })
}

fn files(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Files { doing, path, source }
}

/// Where the journal comes from.
pub(super) fn read_origin(rows: &Rows<'_>) -> Result<Origin, JournalError> {
    let record = rows.get(Table::Note, ORIGIN)?.ok_or(Fault::Record("its origin"))?;
    Ok(read_note(Kind::Origin, &record).ok_or(Fault::Record("its origin"))?)
}

/// How far the hub holds it.
pub(super) fn read_held(rows: &Rows<'_>, journal: JournalId) -> Result<Held, JournalError> {
    let record = rows.get(Table::Note, HELD)?.ok_or(Fault::Record("what the hub holds"))?;
    let held: Option<Held> = read_note(Kind::Held, &record);
    Ok(held.filter(|held| held.journal == journal).ok_or(Fault::Record("what the hub holds"))?)
}

/// After which entries there are checkpoints, oldest first.
pub(super) fn checkpoint_seqs(rows: &Rows<'_>) -> Result<Vec<u64>, JournalError> {
    let mut seqs: Vec<u64> = Vec::new();
    let Some((first, last)) = rows.ends(Table::Checkpoint)? else { return Ok(seqs) };
    rows.each(Table::Checkpoint, first, last, |number, _| {
        let seq = checkpoint::seq_of(number);
        if seqs.last() != Some(&seq) {
            seqs.push(seq);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(seqs)
}

/// One checkpoint, verified.
pub(super) fn read_checkpoint(
    rows: &Rows<'_>,
    journal: JournalId,
    seq: u64,
    keys: &dyn Verify,
) -> Result<Checkpoint, JournalError> {
    let mut pieces = Pieces::default();
    rows.each(Table::Checkpoint, checkpoint::first_piece(seq), checkpoint::last_piece(seq), |_, record| {
        let payload = record::unframe(Kind::Chunk, record).ok_or(Fault::Checkpoint { seq })?;
        pieces.take(payload);
        Ok(ControlFlow::Continue(()))
    })?;
    let newest = pieces.verified(journal, keys).next();
    Ok(newest.filter(|checkpoint| checkpoint.seq == seq).ok_or(Fault::Checkpoint { seq })?)
}

/// The entry in a record, which must be this one. Also gives its bytes and its hash.
pub(super) fn read_entry(record: &[u8], journal: JournalId, seq: u64) -> Result<(Entry, &[u8], Hash), Fault> {
    let payload = record::unframe(Kind::Entry, record).ok_or(Fault::Entry { seq })?;
    let entry: Entry = from_bytes(payload).map_err(|_| Fault::Entry { seq })?;
    if entry.journal != journal || entry.seq != seq {
        return Err(Fault::Entry { seq });
    }
    Ok((entry, payload, entry_hash(payload)))
}

/// The state: the newest checkpoint and every entry after it.
fn add_up<B: Book>(
    rows: &Rows<'_>,
    journal: JournalId,
    checkpoint: Option<u64>,
    keys: &dyn Sign,
) -> Result<(B, Head), JournalError> {
    let mut head = Head { journal, seq: 0, hash: Hash([0; 32]) };
    let mut book = B::default();
    if let Some(seq) = checkpoint {
        let checkpoint = read_checkpoint(rows, journal, seq, &VerifyingKey(keys.public_key()))?;
        book = B::from_bytes(&checkpoint.book).ok_or(JournalError::BookNotUnderstood { seq })?;
        head = Head { journal, seq, hash: checkpoint.hash };
        if let Some(record) = rows.get(Table::Entry, seq)?
            && read_entry(&record, journal, seq)?.2 != checkpoint.hash
        {
            return Err(Fault::Chain { seq }.into());
        }
    }
    let first = head.seq.saturating_add(1);
    rows.each(Table::Entry, first, u64::MAX, |number, record| {
        let seq = head.seq.saturating_add(1);
        if number != seq {
            return Err(Fault::Entry { seq }.into());
        }
        let (entry, _, hash) = read_entry(record, journal, seq)?;
        if entry.before != head.hash {
            return Err(Fault::Chain { seq }.into());
        }
        book.apply(&entry);
        head = Head { journal, seq, hash };
        Ok(ControlFlow::Continue(()))
    })?;
    // Rows with numbers below 1 were never written.
    if rows.ends(Table::Entry)?.is_some_and(|(first, last)| first == 0 || last != head.seq) {
        return Err(Fault::Entry { seq: head.seq }.into());
    }
    Ok((book, head))
}
