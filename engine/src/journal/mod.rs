//! The append-only record, on SQLite.
//!
//! A [`Journal`] is truth: the newest signed checkpoint of the state and the chained entries after it. It is also the
//! outbox to the hub. What the entries mean is the [`Book`]'s matter, not the journal's.
//!
//! **Damage is never silent.** Everything that is kept is a record that carries its own hash (`record`), small enough to
//! lie whole in one page. At the start, everything that the state rests on is verified (`load`); what is read later is
//! verified then. When anything is wrong, the files are set aside as they are (`place`), every record that is still whole is
//! picked from their raw bytes (`salvage`), and a new journal begins whose first entry tells what was missing.
//!
//! A journal is never waited for twice: one [`append`](Journal::append) is one transaction, on disk when it returns. When a
//! write fails, memory and disk may differ; the journal then refuses everything until it is opened again.

mod begin;
mod book;
mod checkpoint;
mod error;
mod load;
mod note;
mod outbox;
mod place;
mod reader;
mod record;
mod salvage;
mod shape;
mod show;
mod store;
#[cfg(test)]
mod tests;
mod wal;
mod witness;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use locker_core::faults::{self, Fault as Sown};
use locker_crypto::entry_hash;
use locker_protocol::event::Stamp;
use locker_protocol::link::Witness;
use locker_protocol::{Entry, Event, Hash, JournalId, Sign};

pub use book::Book;
pub use checkpoint::MAX_BOOK_BYTES;
pub use error::{Fault, JournalError};
pub use outbox::Outgoing;
pub use reader::{JournalReader, Report};
pub use show::Line;
pub use witness::{Anew, WitnessVerdict};

use crate::disk::Disk;
use begin::{Beginning, TakenOver};
use checkpoint::Checkpoint;
use load::Loaded;
use note::{HELD, Head, HeadFile, Held, Origin, note_record};
use place::{Folder, Place};
use record::Kind;
use store::{Store, Table};

/// The longest entry, in bytes of CBOR.
pub const MAX_ENTRY_BYTES: usize = record::MAX_PAYLOAD;

/// SQLite's page: small, because each transaction writes whole pages.
const PAGE_BYTES: usize = 512;

/// A locker's journal, open for writing. There is one writer at a time.
pub struct Journal {
    folder: Folder,
    place: Place,
    store: Store,
    origin: Origin,
    head: Head,
    head_file: HeadFile,
    held: Held,
    /// Whether `held` goes with the next transaction.
    held_moved: bool,
    /// The entries after which the kept checkpoints were made, oldest first.
    checkpoints: Vec<u64>,
    poisoned: bool,
}

/// A journal that was opened.
pub struct Opened<B> {
    /// The journal.
    pub journal: Journal,
    /// What it says, added up.
    pub book: B,
    /// What was wrong with the one before, if this one follows a damaged one since this start.
    pub damage: Option<Damage>,
}

/// What was wrong with a journal, and what could be had of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// What was noticed first.
    pub fault: Fault,
    /// Which journal it was; zeros if not even that could be read.
    pub before: JournalId,
    /// The last number that could be verified without a gap.
    pub verified: u64,
    /// How many numbers after it are missing, as far as can be told: at least one where nothing shows that it was the last. With
    /// none, the state is exactly as it was.
    pub missing: u64,
    /// How many entries up to `verified` the hub was not sent and cannot be any more. They are in the state.
    pub unsendable: u64,
    /// Where the files lie as they were found.
    pub set_aside: PathBuf,
}

impl Journal {
    /// Opens the journal in a folder of a disk, and recovers it if it is damaged. If there is none, one begins under `new_id`, which
    /// must be random; so does the one that follows a damaged one, at `now`. `keys` signs checkpoints.
    ///
    /// It reads the newest checkpoint and the entries after it, not the whole table.
    ///
    /// # Errors
    /// Everything but damage: see [`JournalError`]. Nothing was lost then; trying again later may help.
    pub fn open<B: Book>(
        disk: Arc<dyn Disk>,
        folder: &Path,
        keys: &dyn Sign,
        new_id: JournalId,
        now: Stamp,
    ) -> Result<Opened<B>, JournalError> {
        let folder = Folder::open(disk, folder)?;
        let Some(place) = folder.newest()? else {
            let beginning =
                Beginning::<B> { journal: new_id, earlier: Vec::new(), unsent: Vec::new(), taken_over: None };
            let place = begin::begin(&folder, keys, beginning)?;
            return Self::opened(folder, place, keys, None);
        };
        match load::load(&place, keys) {
            Ok(loaded) => Ok(Self::with(folder, place, loaded, None)),
            Err(JournalError::Damaged(fault)) => {
                log::error!("the journal in {} is damaged: {fault}", place.path.display());
                let salvaged = salvage::salvage::<B>(&place, &fault, keys)?;
                let damage = Damage {
                    fault,
                    before: salvaged.before,
                    verified: salvaged.verified,
                    missing: salvaged.missing,
                    unsendable: salvaged.unsendable,
                    set_aside: place.path.clone(),
                };
                log::error!(
                    "journal {}: verified up to entry {}, {} missing, {} readable for the state but not for the hub; \
                     the files stay in {}",
                    damage.before,
                    damage.verified,
                    damage.missing,
                    damage.unsendable,
                    damage.set_aside.display()
                );
                let event = recovered(&damage);
                let taken_over = Some(TakenOver { book: salvaged.book, event, at: now });
                let beginning = Beginning {
                    journal: new_id,
                    earlier: salvaged.earlier,
                    unsent: salvaged.unsent,
                    taken_over,
                };
                let place = begin::begin(&folder, keys, beginning)?;
                Self::opened(folder, place, keys, Some(damage))
            }
            Err(other) => Err(other),
        }
    }

    /// Opens a journal that was just made.
    fn opened<B: Book>(
        folder: Folder,
        place: Place,
        keys: &dyn Sign,
        damage: Option<Damage>,
    ) -> Result<Opened<B>, JournalError> {
        let loaded = load::load(&place, keys)?;
        Ok(Self::with(folder, place, loaded, damage))
    }

    fn with<B>(folder: Folder, place: Place, loaded: Loaded<B>, damage: Option<Damage>) -> Opened<B> {
        let Loaded { store, origin, held, head, head_file, checkpoints, book } = loaded;
        let journal = Self {
            folder,
            place,
            store,
            origin,
            head,
            head_file,
            held,
            held_moved: false,
            checkpoints,
            poisoned: false,
        };
        Opened { journal, book, damage }
    }

    /// The journal's id.
    pub fn id(&self) -> JournalId {
        self.origin.journal
    }

    /// The last entry: its number (0 before the first) and hash.
    pub fn head(&self) -> Witness {
        Witness { journal: self.head.journal, seq: self.head.seq, hash: self.head.hash }
    }

    /// How many entries came after the newest checkpoint. At 1,000 another one is due.
    pub fn events_since_checkpoint(&self) -> u64 {
        self.head.seq - self.checkpoints.last().copied().unwrap_or(0)
    }

    /// Adds entries, all or none, in one transaction that is on disk when this returns.
    ///
    /// # Errors
    /// [`JournalError::EntryTooLong`] changes nothing. After any other the journal refuses everything: see
    /// [`JournalError::Poisoned`].
    pub fn append(&mut self, at: Stamp, events: &[Event]) -> Result<(), JournalError> {
        self.refuse_if_poisoned()?;
        let mut head = self.head;
        let mut records = Vec::with_capacity(events.len());
        for event in events {
            let entry = Entry {
                journal: head.journal,
                seq: head.seq.saturating_add(1),
                at,
                before: if faults::is(Sown::NoChain) { Hash([0; 32]) } else { head.hash },
                event: event.clone(),
            };
            let (record, next) = chained(&entry)?;
            records.push((next.seq, record));
            head = next;
        }
        if records.is_empty() {
            return Ok(());
        }
        let held = self.held_moved.then(|| note_record(Kind::Held, &self.held));
        let written = self.store.write(|rows| {
            for (seq, record) in &records {
                rows.add(Table::Entry, *seq, record)?;
            }
            held.iter().try_for_each(|held| rows.replace(Table::Note, HELD, held))
        });
        self.or_poison(written)?;
        self.held_moved = false;
        self.head = head;
        if let Err(error) = self.head_file.write(head) {
            // It is a second place: the first one is safe.
            log::warn!("cannot write the second place of the journal's head: {error}");
        }
        Ok(())
    }

    /// Keeps the state as it is after the last entry, signed, and forgets the third-newest checkpoint.
    ///
    /// # Errors
    /// [`JournalError::BookTooLong`] changes nothing. After any other the journal refuses everything.
    pub fn checkpoint(&mut self, book: &[u8], keys: &dyn Sign) -> Result<(), JournalError> {
        self.refuse_if_poisoned()?;
        if book.len() > MAX_BOOK_BYTES {
            return Err(JournalError::BookTooLong { bytes: book.len(), most: MAX_BOOK_BYTES });
        }
        let Head { journal, seq, hash } = self.head;
        if self.checkpoints.last() == Some(&seq) {
            return Ok(());
        }
        let records = Checkpoint { journal, seq, hash, book: book.to_vec() }.to_records(keys);
        let mut kept = self.checkpoints.clone();
        kept.push(seq);
        kept.drain(..kept.len().saturating_sub(2));
        let oldest = kept.first().copied().unwrap_or(seq);
        let written = self.store.write(|rows| {
            for (number, record) in &records {
                rows.add(Table::Checkpoint, *number, record)?;
            }
            if let Some(before) = checkpoint::first_piece(oldest).checked_sub(1) {
                rows.remove(Table::Checkpoint, 0, before)?;
            }
            Ok(())
        });
        self.or_poison(written)?;
        self.checkpoints = kept;
        Ok(())
    }

    /// Writes what is not urgent and moves SQLite's log into the database: for quiet moments, so that no `append` has to.
    ///
    /// # Errors
    /// After any the journal refuses everything.
    pub fn rest(&mut self) -> Result<(), JournalError> {
        self.refuse_if_poisoned()?;
        if self.held_moved {
            let held = note_record(Kind::Held, &self.held);
            let written = self.store.write(|rows| rows.replace(Table::Note, HELD, &held));
            self.or_poison(written)?;
            self.held_moved = false;
        }
        let moved = self.store.move_log();
        self.or_poison(moved)
    }

    /// Leaves this journal and begins a new one with the same state, because its history and that of the hub, or of
    /// sync's memory, are not one. `new_id` must be random.
    ///
    /// # Errors
    /// See [`JournalError`]: this journal is then as it was, and can be opened again.
    pub fn begin_anew<B: Book>(
        self,
        book: B,
        cause: Anew,
        keys: &dyn Sign,
        new_id: JournalId,
        now: Stamp,
    ) -> Result<Opened<B>, JournalError> {
        let Self { folder, place, store, origin, head, held, .. } = self;
        let (fault, verified, missing) = cause.account(head.seq);
        let last = if cause.is_one_history() { head.seq } else { 0 };
        let unsent = outbox::all_unsent(&store.rows(), origin.journal, held.up_to.saturating_add(1), last);
        let unsent = unsent.inspect_err(|error| {
            if matches!(error, JournalError::Damaged(_)) {
                place.suspect();
            }
        })?;
        let before = origin.journal;
        let damage = Damage { fault, before, verified, missing, unsendable: 0, set_aside: place.path };
        let mut earlier = origin.earlier;
        // A journal of which nothing but sync's memory is left is one of those that went before: without this it would be
        // strange again at every start, until the hub has heard of this one.
        earlier.extend(cause.stranger_to(before));
        earlier.push(before);
        let taken_over = Some(TakenOver { book, event: recovered(&damage), at: now });
        let beginning = Beginning { journal: new_id, earlier, unsent, taken_over };
        drop(store);
        let place = begin::begin(&folder, keys, beginning)?;
        Self::opened(folder, place, keys, Some(damage))
    }

    fn refuse_if_poisoned(&self) -> Result<(), JournalError> {
        if self.poisoned { Err(JournalError::Poisoned) } else { Ok(()) }
    }

    /// After a failed write or a damaged read nothing more is done with this journal until it is opened again.
    fn or_poison<T>(&mut self, result: Result<T, JournalError>) -> Result<T, JournalError> {
        if let Err(error) = &result {
            self.poisoned = true;
            self.store.distrust();
            if let JournalError::Damaged(fault) = error {
                log::error!("the journal in {} is damaged: {fault}", self.place.path.display());
                self.place.suspect();
            }
        }
        result
    }
}

/// The event with which a journal begins that follows another.
fn recovered(damage: &Damage) -> Event {
    Event::Recovered { before: damage.before, verified: damage.verified, missing: damage.missing }
}

/// The record of an entry, and the head that it makes.
fn chained(entry: &Entry) -> Result<(Vec<u8>, Head), JournalError> {
    let bytes = begin::entry_bytes(entry);
    let hash = entry_hash(&bytes);
    let too_long = JournalError::EntryTooLong { bytes: bytes.len(), most: MAX_ENTRY_BYTES };
    let record = record::frame(Kind::Entry, &bytes).ok_or(too_long)?;
    Ok((record, Head { journal: entry.journal, seq: entry.seq, hash }))
}
