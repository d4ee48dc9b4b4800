//! The hub's books without the network around them, for the simulation: the same tables, the same rules for events and receipts.

use std::path::Path;

use locker_protocol::uplink::{Batch, Hello};
use locker_protocol::{LockerId, ParcelId, Verify};
use rusqlite::{Connection, OptionalExtension};

use crate::database::{DatabaseError, in_transaction, open_for_writing, signed};
use crate::journal;
use crate::problem::Problem;
use crate::receipts::{self, Standing};

/// How many messages may wait for a webhook; here is none.
const NO_WEBHOOK: u32 = 1;

/// The books of one locker, in memory.
pub struct Ledger {
    connection: Connection,
    now_unix_s: u64,
}

/// Why something is not taken into the books.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The hub would answer a request so.
    #[error("{0}")]
    Refused(String),
}

impl From<Problem> for LedgerError {
    fn from(problem: Problem) -> Self {
        Self::Refused(format!("{problem:?}"))
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What became of a receipt that somebody brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// It tells of what has not come by the locker's own events yet.
    Ahead,
    /// The locker's own events say the same.
    Held,
    /// The locker's own events do not say that.
    Contradicted,
    /// Not signed by this locker, altered, or no receipt.
    NotTaken,
}

/// Where the hub says that a parcel is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// `expected`, `inside`, `doubtful`, `out` or `cancelled`.
    pub state: String,
    /// Behind which door, where it is inside or may be.
    pub compartment: Option<u16>,
}

impl Ledger {
    /// Empty books of a locker that has enrolled.
    ///
    /// # Errors
    /// The database's.
    pub fn new(locker: LockerId, now_unix_s: u64) -> Result<Self, LedgerError> {
        let connection = open_for_writing(Path::new(":memory:"))?;
        // Nothing here outlives the process.
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.execute(
            "INSERT INTO lockers (id, name, claim_hash, claimed_unix_s) VALUES (?1, 'simulated', x'01', 0)",
            [locker.0],
        )?;
        Ok(Self { connection, now_unix_s })
    }

    /// A hello of this locker's journal.
    ///
    /// # Errors
    /// What the hub would answer.
    pub fn meet(&mut self, hello: &Hello) -> Result<(), LedgerError> {
        let now_unix_s = self.now_unix_s;
        in_transaction::<_, Problem>(&mut self.connection, |transaction| {
            journal::meet(transaction, hello, now_unix_s)
        })?;
        Ok(())
    }

    /// Events of the locker; says up to which number they are held.
    ///
    /// # Errors
    /// What the hub would answer.
    pub fn hear(&mut self, batch: &Batch) -> Result<u64, LedgerError> {
        let now_unix_s = self.now_unix_s;
        Ok(in_transaction::<_, Problem>(&mut self.connection, |transaction| {
            journal::take(transaction, batch, NO_WEBHOOK, now_unix_s)
        })?)
    }

    /// Somebody brings the text of a receipt. `journal_key` verifies what this locker signed.
    ///
    /// # Errors
    /// The database's.
    pub fn bring(&mut self, text: &str, journal_key: &dyn Verify) -> Result<Brought, LedgerError> {
        let Ok((receipt, hash)) = receipts::read(text, journal_key) else { return Ok(Brought::NotTaken) };
        let now_unix_s = self.now_unix_s;
        let standing = in_transaction::<_, Problem>(&mut self.connection, |transaction| {
            receipts::take(transaction, &receipt, &hash, NO_WEBHOOK, now_unix_s)
        })?;
        Ok(match standing {
            Standing::Ahead => Brought::Ahead,
            Standing::Held => Brought::Held,
            Standing::Contradicted => Brought::Contradicted,
        })
    }

    /// Where a parcel is, by events and receipts; none of one that the books do not know.
    ///
    /// # Errors
    /// The database's.
    pub fn whereabouts(&self, parcel: ParcelId) -> Result<Option<Whereabouts>, LedgerError> {
        let found = self
            .connection
            .prepare_cached("SELECT state, compartment FROM parcels_now WHERE id = ?1")?
            .query_row([signed(parcel.0)], |row| {
                Ok(Whereabouts { state: row.get(0)?, compartment: row.get(1)? })
            })
            .optional()?;
        Ok(found.map(|found: Whereabouts| match found.state.as_str() {
            "inside" | "doubtful" => found,
            // The door of what has left is only a memory.
            _ => Whereabouts { compartment: None, ..found },
        }))
    }

    /// How many receipts were taken, and how many events made no sense.
    ///
    /// # Errors
    /// The database's.
    pub fn counts(&self) -> Result<(u64, u64), LedgerError> {
        let count = |query: &str| self.connection.query_row(query, [], |row| row.get::<_, u32>(0));
        let receipts = count("SELECT COUNT(*) FROM receipts")?;
        let set_aside = count("SELECT COUNT(*) FROM set_aside")?;
        Ok((receipts.into(), set_aside.into()))
    }
}
