//! The SQLite file: four tables of numbered records, read and written with nothing but their numbers.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use locker_core::faults::{self, Fault as Sown};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use super::error::{Fault, JournalError};
use crate::disk::Disk;

/// Frames in the log after which a commit moves them into the database by itself, if no quiet moment came before:
/// about 1 MiB.
const MOVE_AFTER_FRAMES: u32 = 2_000;
/// A reader never holds a lock that a writer waits for; another recovery might, for a moment.
const BUSY: Duration = Duration::from_secs(2);
/// Up to this size SQLite's own check is quick enough to be run at every start.
const CHECK_UP_TO_PAGES: u64 = 4_096;

/// A table. The order is that of their creation, so that each has the same first page in every journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Table {
    /// The entries, by their numbers.
    Entry,
    /// The pieces of checkpoints: see [`super::checkpoint`].
    Checkpoint,
    /// What is known of the journal itself.
    Note,
    /// Entries of earlier journals that the hub does not hold yet, in the order in which it must get them.
    Earlier,
}

impl Table {
    const ALL: [Self; 4] = [Self::Entry, Self::Checkpoint, Self::Note, Self::Earlier];

    fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Checkpoint => "checkpoint",
            Self::Note => "note",
            Self::Earlier => "earlier",
        }
    }

    fn sql(self) -> String {
        format!("CREATE TABLE {} (number INTEGER PRIMARY KEY, record BLOB NOT NULL)", self.name())
    }
}

/// The file, open.
pub(super) struct Store {
    connection: Connection,
}

/// Sorts SQLite's errors: damage, no room, or something outside the file.
pub(super) fn sort(doing: &'static str, error: rusqlite::Error) -> JournalError {
    let said = || JournalError::Damaged(Fault::Sqlite(error.to_string()));
    match &error {
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::Utf8Error(..) => return said(),
        _ => {}
    }
    match error.sqlite_error() {
        Some(code) => match code.code {
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::TooBig
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            // "No such table": every statement here is a constant that fits the tables as they were made.
            | ErrorCode::Unknown => said(),
            ErrorCode::SystemIoFailure
                if matches!(
                    code.extended_code,
                    rusqlite::ffi::SQLITE_IOERR_READ | rusqlite::ffi::SQLITE_IOERR_SHORT_READ
                ) =>
            {
                said()
            }
            ErrorCode::DiskFull => JournalError::Full,
            _ => JournalError::Store { doing, source: error },
        },
        None => JournalError::Store { doing, source: error },
    }
}

fn connect(disk: &dyn Disk, path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    match disk.vfs() {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
        None => Connection::open_with_flags(path, flags),
    }
}

impl Store {
    /// Makes the tables in a new file.
    ///
    /// # Errors
    /// Whatever SQLite says.
    pub(super) fn create(disk: &dyn Disk, path: &Path) -> Result<Self, JournalError> {
        const DOING: &str = "beginning a journal";
        let said = |error| sort(DOING, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = Self { connection: connect(disk, path, flags).map_err(said)? };
        store.connection.pragma_update(None, "page_size", super::PAGE_BYTES as i64).map_err(said)?;
        store.connection.pragma_update(None, "journal_mode", "WAL").map_err(said)?;
        store.set_up()?;
        for table in Table::ALL {
            store.connection.execute(&table.sql(), []).map_err(said)?;
        }
        Ok(store)
    }

    /// Opens a file for writing, and holds its tables against what [`create`](Self::create) made. Until
    /// [`trust`](Self::trust) is called, closing it changes nothing on disk.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub(super) fn open(disk: &dyn Disk, path: &Path) -> Result<Self, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(disk, path, flags).map_err(|error| sort("opening the journal", error))?;
        let store = Self { connection };
        store.distrust();
        store.set_up()?;
        store.check_tables()?;
        Ok(store)
    }

    /// Opens for reading only, by a `file:` URI.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub(super) fn open_read_only(disk: &dyn Disk, uri: &str) -> Result<Self, JournalError> {
        const DOING: &str = "opening the journal to read it";
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store =
            Self { connection: connect(disk, Path::new(uri), flags).map_err(|error| sort(DOING, error))? };
        store.connection.busy_timeout(BUSY).map_err(|error| sort(DOING, error))?;
        store.check_tables()?;
        Ok(store)
    }

    fn set_up(&self) -> Result<(), JournalError> {
        let said = |error| sort("setting up the journal", error);
        let connection = &self.connection;
        connection.busy_timeout(BUSY).map_err(said)?;
        let synchronous = if faults::is(Sown::NoSync) { "OFF" } else { "FULL" };
        connection.pragma_update(None, "synchronous", synchronous).map_err(said)?;
        connection.pragma_update(None, "wal_autocheckpoint", MOVE_AFTER_FRAMES).map_err(said)?;
        connection.pragma_update(None, "cell_size_check", true).map_err(said)?;
        connection.pragma_update(None, "trusted_schema", false).map_err(said)?;
        connection.pragma_update(None, "cache_size", -512).map_err(said)
    }

    /// The tables must be exactly those that were made: a wrong letter in their definition would change what is
    /// written later.
    fn check_tables(&self) -> Result<(), JournalError> {
        let said = |error| sort("reading the journal's tables", error);
        let mut statement = self
            .connection
            .prepare("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid LIMIT 8")
            .map_err(said)?;
        let mut rows = statement.query([]).map_err(said)?;
        let mut number = 0;
        while let Some(row) = rows.next().map_err(said)? {
            let found: (String, String, String, i64, String) = row.try_into().map_err(said)?;
            let Some(table) = Table::ALL.get(number) else { return Err(Fault::Head("tables").into()) };
            // The first page is the schema's own.
            let page = i64::try_from(number).unwrap_or(i64::MAX).saturating_add(2);
            let name = table.name().to_owned();
            if found != ("table".to_owned(), name.clone(), name, page, table.sql()) {
                return Err(Fault::Head("tables").into());
            }
            number += 1;
        }
        if number == Table::ALL.len() { Ok(()) } else { Err(Fault::Head("tables").into()) }
    }

    /// From now on, closing moves the log into the database.
    pub(super) fn trust(&self) {
        self.keep_log_on_close(false);
    }

    /// From now on, closing leaves the files as they are: they are evidence.
    pub(super) fn distrust(&self) {
        self.keep_log_on_close(true);
    }

    fn keep_log_on_close(&self, keep: bool) {
        // Refused only by versions of SQLite older than the one that is built in.
        let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep);
    }

    /// SQLite's own check of the file's structure. It reads every page: `always`, or only while the file is small.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub(super) fn check(&self, always: bool) -> Result<(), JournalError> {
        let said = |error| sort("checking the journal", error);
        let pages: i64 =
            self.connection.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(said)?;
        if !always && u64::try_from(pages).unwrap_or(u64::MAX) > CHECK_UP_TO_PAGES {
            return Ok(());
        }
        let answer: String =
            self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(said)?;
        if answer == "ok" { Ok(()) } else { Err(Fault::Check(answer).into()) }
    }

    /// Moves what it can of the log into the database, without waiting for readers.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub(super) fn move_log(&self) -> Result<(), JournalError> {
        self.pragma_checkpoint("PRAGMA wal_checkpoint(PASSIVE)").map(|_| ())
    }

    /// Moves the whole log into the database and empties it: nothing of a torn transaction stays behind that could be
    /// mistaken for a damaged one later. Returns whether no reader was in the way.
    ///
    /// # Errors
    /// Damage, or whatever else SQLite says.
    pub(super) fn empty_log(&self) -> Result<bool, JournalError> {
        self.pragma_checkpoint("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn pragma_checkpoint(&self, sql: &str) -> Result<bool, JournalError> {
        let busy: i64 = self
            .connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| sort("moving the journal's log into its database", error))?;
        Ok(busy == 0)
    }

    /// Does all of `work` in one transaction, on disk when this returns, or none of it.
    ///
    /// # Errors
    /// What `work` or SQLite says.
    pub(super) fn write(
        &mut self,
        work: impl FnOnce(&Rows<'_>) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let said = |error| sort("writing to the journal", error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(said)?;
        work(&Rows { connection: &transaction })?;
        transaction.commit().map_err(said)
    }

    /// The rows, for reading.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { connection: &self.connection }
    }

    /// Lets the file grow no further than it is, so that a test can fill the disk.
    #[cfg(test)]
    pub(super) fn fill_the_disk(&self, full: bool) {
        let pages: i64 = self.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let most = if full { pages } else { i64::from(i32::MAX) };
        self.connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(())).unwrap();
    }
}

/// The records of the tables.
pub(super) struct Rows<'a> {
    connection: &'a Connection,
}

const READING: &str = "reading the journal";
const WRITING: &str = "writing to the journal";

/// SQLite's numbers are signed. No journal comes near the end of them: at a million a second it takes 292,000 years.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number below zero was never written.
fn unsigned(number: i64) -> Result<u64, JournalError> {
    u64::try_from(number).map_err(|_| Fault::Record("a row with a negative number").into())
}

impl Rows<'_> {
    /// One record.
    pub(super) fn get(&self, table: Table, number: u64) -> Result<Option<Vec<u8>>, JournalError> {
        let said = |error| sort(READING, error);
        let sql = format!("SELECT record FROM {} WHERE number = ?1", table.name());
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_row([signed(number)], |row| row.get(0)).optional())
            .map_err(said)
    }

    /// The lowest and the highest number, if there is any record.
    pub(super) fn ends(&self, table: Table) -> Result<Option<(u64, u64)>, JournalError> {
        let end = |order: &str| {
            let sql = format!("SELECT number FROM {} ORDER BY number {order} LIMIT 1", table.name());
            self.connection
                .prepare_cached(&sql)
                .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
                .map_err(|error| sort(READING, error))?
                .map(unsigned)
                .transpose()
        };
        Ok(match (end("ASC")?, end("DESC")?) {
            (Some(first), Some(last)) => Some((first, last)),
            _ => None,
        })
    }

    /// Gives the records with these numbers in order, until `each` breaks.
    pub(super) fn each(
        &self,
        table: Table,
        first: u64,
        last: u64,
        mut each: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, JournalError>,
    ) -> Result<(), JournalError> {
        let said = |error| sort(READING, error);
        let sql = format!(
            "SELECT number, record FROM {} WHERE number BETWEEN ?1 AND ?2 ORDER BY number",
            table.name()
        );
        let mut statement = self.connection.prepare_cached(&sql).map_err(said)?;
        let mut rows = statement.query([signed(first), signed(last)]).map_err(said)?;
        while let Some(row) = rows.next().map_err(said)? {
            let number = unsigned(row.get(0).map_err(said)?)?;
            let record = row.get_ref(1).map_err(said)?;
            let record = record.as_blob().map_err(|error| said(error.into()))?;
            if each(number, record)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Adds a record under a number that is free.
    pub(super) fn add(&self, table: Table, number: u64, record: &[u8]) -> Result<(), JournalError> {
        let sql = format!("INSERT INTO {} VALUES (?1, ?2)", table.name());
        self.change(&sql, (signed(number), record)).map(|_| ())
    }

    /// Writes a record, instead of the one before.
    pub(super) fn replace(&self, table: Table, number: u64, record: &[u8]) -> Result<(), JournalError> {
        let sql = format!("INSERT OR REPLACE INTO {} VALUES (?1, ?2)", table.name());
        self.change(&sql, (signed(number), record)).map(|_| ())
    }

    /// Removes the records with these numbers. Returns how many there were.
    pub(super) fn remove(&self, table: Table, first: u64, last: u64) -> Result<usize, JournalError> {
        let sql = format!("DELETE FROM {} WHERE number BETWEEN ?1 AND ?2", table.name());
        self.change(&sql, (signed(first), signed(last)))
    }

    fn change(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, JournalError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|error| sort(WRITING, error))
    }
}
