//! Making a journal.

use locker_protocol::seal::to_bytes;
use locker_protocol::{Entry, Event, Hash, JournalId, Sign};

use super::book::Book;
use super::checkpoint::{Checkpoint, MAX_BOOK_BYTES};
use super::error::{Fault, JournalError};
use super::note::{FORMAT, HELD, HeadFile, Held, MAX_EARLIER, ORIGIN, Origin, note_record};
use super::place::{Folder, Place};
use super::record::{self, Kind};
use super::store::{Store, Table};
use super::{Head, chained};

/// What a new journal begins with.
pub(super) struct Beginning<B> {
    /// Its id.
    pub(super) journal: JournalId,
    /// The journals before it, oldest first.
    pub(super) earlier: Vec<JournalId>,
    /// The bytes of their entries that the hub does not hold, in order.
    pub(super) unsent: Vec<Vec<u8>>,
    /// The state and the event that explains it; nothing for the first journal of a locker.
    pub(super) taken_over: Option<TakenOver<B>>,
}

/// The state of the journal before.
pub(super) struct TakenOver<B> {
    /// The state.
    pub(super) book: B,
    /// The first entry's event.
    pub(super) event: Event,
    /// Its time.
    pub(super) at: locker_protocol::event::Stamp,
}

/// Makes it, whole and on disk, in place of the one before.
///
/// # Errors
/// What the file system or SQLite says: then nothing has changed.
pub(super) fn begin<B: Book>(
    folder: &Folder,
    keys: &dyn Sign,
    mut beginning: Beginning<B>,
) -> Result<Place, JournalError> {
    let journal = beginning.journal;
    let forgotten = beginning.earlier.len().saturating_sub(MAX_EARLIER);
    beginning.earlier.drain(..forgotten);
    let origin = Origin { format: FORMAT, journal, key: keys.public_key(), earlier: beginning.earlier };

    let mut head = Head { journal, seq: 0, hash: Hash([0; 32]) };
    let mut first = None;
    if let Some(TakenOver { mut book, event, at }) = beginning.taken_over {
        let entry = Entry { journal, seq: 1, at, before: head.hash, event };
        let (record, next) = chained(&entry)?;
        book.apply(&entry);
        let book = book.to_bytes();
        if book.len() > MAX_BOOK_BYTES {
            return Err(JournalError::BookTooLong { bytes: book.len(), most: MAX_BOOK_BYTES });
        }
        let checkpoint = Checkpoint { journal, seq: next.seq, hash: next.hash, book }.to_records(keys);
        first = Some((record, checkpoint));
        head = next;
    }

    let made = folder.begin()?;
    let mut store = Store::create(&*made.disk, &made.database())?;
    store.write(|rows| {
        rows.add(Table::Note, ORIGIN, &note_record(Kind::Origin, &origin))?;
        rows.add(Table::Note, HELD, &note_record(Kind::Held, &Held::nothing_of(journal)))?;
        for (payload, place) in beginning.unsent.iter().zip(1..) {
            let record = record::frame(Kind::Entry, payload).ok_or(Fault::Record("an earlier entry"))?;
            rows.add(Table::Earlier, place, &record)?;
        }
        if let Some((record, checkpoint)) = &first {
            rows.add(Table::Entry, head.seq, record)?;
            for (number, record) in checkpoint {
                rows.add(Table::Checkpoint, *number, record)?;
            }
        }
        Ok(())
    })?;
    // Closing it moves the log into the database: a journal begins as one file.
    drop(store);
    let path = made.head();
    let said = |source| JournalError::Files { doing: "writing", path: path.clone(), source };
    let (mut second_place, _) = HeadFile::open(&*made.disk, &path).map_err(said)?;
    let said = |source| JournalError::Files { doing: "writing", path: path.clone(), source };
    second_place
        .write(head)
        .and_then(|()| second_place.write(head))
        .and_then(|()| second_place.wait())
        .map_err(said)?;
    folder.finish(&made)
}

/// The bytes of an entry, as they are hashed.
pub(super) fn entry_bytes(entry: &Entry) -> Vec<u8> {
    to_bytes(entry)
}
