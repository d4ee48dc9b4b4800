//! The hub's SQLite file: one thread that writes, a few that read, each with its own connection and all behind short
//! queues, so that a slow disk makes answers slow or "busy" and never eats memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

/// Each step brings the file from one `user_version` to the next. Steps are never edited, only added.
const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
];
const READERS: usize = 2;
/// Requests that may wait for one lane. What comes on top is told to come back.
const QUEUE: usize = 1024;
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// Why the database could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// What SQLite says.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a newer version of this program.
    #[error("the database has schema {found}; this program knows up to {known}")]
    TooNew {
        /// The file's schema.
        found: u32,
        /// The newest schema known here.
        known: usize,
    },
    /// Too many requests wait already.
    #[error("{QUEUE} requests wait for the database already")]
    Busy,
    /// The work was given up: it panicked, or the hub is stopping.
    #[error("the database's thread gave the work up")]
    GivenUp,
    /// No thread could be started.
    #[error("no thread for the database: {0}")]
    Thread(#[from] std::io::Error),
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Threads with a connection each, fed from one queue.
struct Lane {
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Lane {
    fn start(connections: Vec<Connection>, name: &str) -> Result<Self, DatabaseError> {
        let (jobs, queue) = sync_channel(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::new();
        for connection in connections {
            let queue = Arc::clone(&queue);
            threads.push(
                std::thread::Builder::new().name(name.to_owned()).spawn(move || work(connection, &queue))?,
            );
        }
        Ok(Self { jobs: Some(jobs), threads })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (done, result) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody listens any more when the request was dropped; the work counts all the same.
            let _ = done.send(work(connection));
        });
        let jobs = self.jobs.as_ref().ok_or(DatabaseError::GivenUp)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => DatabaseError::Busy,
            TrySendError::Disconnected(_) => DatabaseError::GivenUp,
        })?;
        result.await.map_err(|_| DatabaseError::GivenUp)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                log::error!("a thread of the database ended by a panic");
            }
        }
    }
}

fn work(mut connection: Connection, queue: &Mutex<Receiver<Job>>) {
    loop {
        // A lock is poisoned only by a panic while it is held, and nothing but `recv` runs under it.
        let job = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(poisoned) => poisoned.into_inner().recv(),
        };
        let Ok(job) = job else { return };
        // A panic drops the job's transaction, which rolls it back: the connection is whole for the next job.
        if catch_unwind(AssertUnwindSafe(|| job(&mut connection))).is_err() {
            log::error!("a job of the database panicked and was rolled back");
        }
    }
}

/// The hub's database.
pub(crate) struct Database {
    // Dropped in this order: the connection that closes last empties the WAL into the file, which a reader may not.
    readers: Lane,
    writer: Lane,
}

impl Database {
    /// Opens or creates the file and brings it to the newest schema.
    pub(crate) fn open(path: &Path) -> Result<Self, DatabaseError> {
        let writer = open_for_writing(path)?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let reader = Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?;
            reader.busy_timeout(BUSY_WAIT)?;
            readers.push(reader);
        }
        Ok(Self {
            writer: Lane::start(vec![writer], "hub-writer")?,
            readers: Lane::start(readers, "hub-reader")?,
        })
    }

    /// Runs work in one transaction, which is on disk before this returns, or left no trace when the work failed.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.writer.run(move |connection| in_transaction(connection, work)).await?
    }

    /// Runs work that only reads, all on one state of the database.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.readers
            .run(move |connection| {
                let transaction = connection.transaction().map_err(DatabaseError::from)?;
                work(&transaction)
            })
            .await?
    }
}

/// Runs work in one transaction of a connection.
pub(crate) fn in_transaction<T, E: From<DatabaseError>>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(DatabaseError::from)?;
    let result = work(&transaction)?;
    transaction.commit().map_err(DatabaseError::from)?;
    Ok(result)
}

/// Opens or creates the file, for one writer, and brings it to the newest schema.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, DatabaseError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(128);
    migrate(&mut connection)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), DatabaseError> {
    in_transaction(connection, |transaction| {
        let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let known = STEPS.len();
        if found as usize > known {
            return Err(DatabaseError::TooNew { found, known });
        }
        for (version, step) in (1_u32..).zip(STEPS).skip(found as usize) {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
        Ok(())
    })
}

/// A number of 64 bits as SQLite stores it: the signed number of the same bits.
pub(crate) fn signed(number: u64) -> i64 {
    number.cast_signed()
}

/// The number that [`signed`] stored.
pub(crate) fn unsigned(number: i64) -> u64 {
    number.cast_unsigned()
}
