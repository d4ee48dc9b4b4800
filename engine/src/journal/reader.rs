//! Reading a journal beside its writer, or long after: for people, tests and the demo. It never writes anything where the
//! journal lies.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use locker_protocol::link::Witness;
use locker_protocol::{Entry, Hash, JournalId, Verify};
use tempfile::TempDir;

use super::error::{Fault, JournalError};
use super::load::{checkpoint_seqs, read_checkpoint, read_entry, read_origin};
use super::note::FORMAT;
use super::place::{self, Place};
use super::store::{Store, Table};
use crate::disk::{Disk, FromStart, How, RealDisk};

/// A journal, open for reading.
pub struct JournalReader {
    store: Store,
    journal: JournalId,
    place: Place,
    /// Where a copy lies, if one had to be made.
    _copy: Option<TempDir>,
}

/// What [`JournalReader::verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The journal.
    pub journal: JournalId,
    /// The number of the oldest entry that is kept; 1 unless earlier ones were pruned, 0 if there is none.
    pub first: u64,
    /// How many entries there are from there on.
    pub entries: u64,
    /// How many checkpoints are kept.
    pub checkpoints: u64,
    /// Whether each entry carries the hash of the one before, and each checkpoint that of its entry.
    pub chain_ok: bool,
    /// Whether each checkpoint is signed by the journal's key.
    pub signatures_ok: bool,
    /// What is wrong, first.
    pub first_fault: Option<Fault>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.first_fault.is_none()
    }
}

/// How many entries are read in one transaction, so that a long reading never keeps the writer's log from ending.
const AT_ONCE: usize = 1_000;

impl JournalReader {
    /// Opens the journal in a folder: the one that is written now. A reader keeps to it, also when another begins.
    ///
    /// # Errors
    /// [`JournalError::Missing`], [`JournalError::Damaged`] when SQLite cannot read it, or whatever else it says.
    pub fn open_read_only(folder: &Path) -> Result<Self, JournalError> {
        Self::open_read_only_on(Arc::new(RealDisk), folder)
    }

    /// The same, on any disk.
    ///
    /// # Errors
    /// As [`open_read_only`](Self::open_read_only).
    pub fn open_read_only_on(disk: Arc<dyn Disk>, folder: &Path) -> Result<Self, JournalError> {
        let place = match place::newest(&disk, folder) {
            Ok(Some(place)) => place,
            Ok(None) => return Err(JournalError::Missing { folder: folder.to_owned() }),
            Err(JournalError::Files { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(JournalError::Missing { folder: folder.to_owned() });
            }
            Err(other) => return Err(other),
        };
        let (store, copy) = open_store(&place)?;
        let origin = read_origin(&store.rows())?;
        if origin.format > FORMAT {
            return Err(JournalError::NewerFormat { found: origin.format, known: FORMAT });
        }
        Ok(Self { store, journal: origin.journal, place, _copy: copy })
    }

    /// Where the files lie.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// The journal's id.
    pub fn id(&self) -> JournalId {
        self.journal
    }

    /// The last entry: its number (0 before the first) and hash.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub fn head(&self) -> Result<Witness, JournalError> {
        let journal = self.journal;
        let rows = self.store.rows();
        let Some((_, seq)) = rows.ends(Table::Entry)? else {
            return Ok(Witness { journal, seq: 0, hash: Hash([0; 32]) });
        };
        let record = rows.get(Table::Entry, seq)?.ok_or(Fault::Entry { seq })?;
        let (_, _, hash) = read_entry(&record, journal, seq)?;
        Ok(Witness { journal, seq, hash })
    }

    /// The numbers of the oldest and newest entry that are kept; nothing if there is none.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub fn range(&self) -> Result<Option<(u64, u64)>, JournalError> {
        self.store.rows().ends(Table::Entry)
    }

    /// The entries from number `first` on, at most `max`.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub fn entries(&self, first: u64, max: usize) -> Result<Vec<Entry>, JournalError> {
        let mut entries = Vec::new();
        if max == 0 {
            return Ok(entries);
        }
        self.store.rows().each(Table::Entry, first, u64::MAX, |seq, record| {
            entries.push(read_entry(record, self.journal, seq)?.0);
            Ok(if entries.len() < max { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(entries)
    }

    /// Verifies everything that is kept: SQLite's structure, each record, the chain, the checkpoints and their signatures.
    /// Reads the whole file.
    ///
    /// # Errors
    /// What hinders looking. What is found wrong is in the [`Report`].
    pub fn verify(&self, keys: &dyn Verify) -> Result<Report, JournalError> {
        let mut report = Report {
            journal: self.journal,
            first: 0,
            entries: 0,
            checkpoints: 0,
            chain_ok: true,
            signatures_ok: true,
            first_fault: None,
        };
        let checked = self.store.check(true);
        note(&mut report, checked)?;
        let chained = self.verify_chain(&mut report);
        report.chain_ok &= note(&mut report, chained)?.is_some();
        let seqs = checkpoint_seqs(&self.store.rows());
        let seqs = note(&mut report, seqs)?.unwrap_or_default();
        for seq in seqs {
            report.checkpoints += 1;
            let checkpoint = read_checkpoint(&self.store.rows(), self.journal, seq, keys);
            let Some(checkpoint) = note(&mut report, checkpoint)? else {
                report.signatures_ok = false;
                continue;
            };
            let entry = self.store.rows().get(Table::Entry, seq);
            let matches = note(&mut report, entry)?.flatten().is_none_or(|record| {
                read_entry(&record, self.journal, seq).is_ok_and(|(_, _, hash)| hash == checkpoint.hash)
            });
            if !matches {
                report.chain_ok = false;
                let fault: Result<(), _> = Err(Fault::Chain { seq }.into());
                note(&mut report, fault)?;
            }
        }
        Ok(report)
    }

    fn verify_chain(&self, report: &mut Report) -> Result<(), JournalError> {
        let Some((first, _)) = self.range()? else { return Ok(()) };
        report.first = first;
        let mut next = first;
        let mut before = (first == 1).then_some(Hash([0; 32]));
        loop {
            let mut read = 0;
            self.store.rows().each(Table::Entry, next, u64::MAX, |number, record| {
                if number != next {
                    return Err(Fault::Entry { seq: next }.into());
                }
                let (entry, _, hash) = read_entry(record, self.journal, number)?;
                if before.is_some_and(|before| before != entry.before) {
                    return Err(Fault::Chain { seq: number }.into());
                }
                before = Some(hash);
                next = next.saturating_add(1);
                report.entries += 1;
                read += 1;
                Ok(if read < AT_ONCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
            if read < AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// Keeps the first fault; passes on what is not one.
fn note<T>(report: &mut Report, result: Result<T, JournalError>) -> Result<Option<T>, JournalError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(JournalError::Damaged(fault)) => {
            report.first_fault.get_or_insert(fault);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Opens without writing where the journal lies. With a log there must be the index of it that the writer made: reading with it
/// needs no more than locks. A log without one was copied from elsewhere or left by a cleaning: then a copy is read, because
/// SQLite would make an index beside it.
fn open_store(place: &Place) -> Result<(Store, Option<TempDir>), JournalError> {
    let said = |path: PathBuf| move |source| JournalError::Files { doing: "copying", path, source };
    let disk = &*place.disk;
    if disk.exists(&place.index()) {
        return Ok((Store::open_read_only(disk, &uri(&place.database(), "mode=ro&readonly_shm=1"))?, None));
    }
    let log_length = disk.open(&place.log(), How::Read).and_then(|log| log.length());
    if log_length.map_or(true, |length| length == 0) {
        return Ok((Store::open_read_only(disk, &uri(&place.database(), "mode=ro&immutable=1"))?, None));
    }
    let folder = tempfile::tempdir().map_err(said(std::env::temp_dir()))?;
    let copy = Place { disk: Arc::new(RealDisk), number: place.number, path: folder.path().to_owned() };
    for (from, to) in [(place.database(), copy.database()), (place.log(), copy.log())] {
        let copied = FromStart::open(disk, &from)
            .and_then(|mut file| std::io::copy(&mut file, &mut std::fs::File::create(to)?));
        copied.map_err(said(from))?;
    }
    Ok((Store::open_read_only(&RealDisk, &uri(&copy.database(), "mode=ro"))?, Some(folder)))
}

/// A `file:` URI, in which only these characters stand for themselves.
fn uri(path: &Path, options: &str) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    let mut uri = "file:".to_owned();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push('?');
    uri.push_str(options);
    uri
}
