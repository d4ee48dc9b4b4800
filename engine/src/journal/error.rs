//! What can go wrong with a journal, told apart by what its owner must do.

use std::path::PathBuf;

use locker_protocol::JournalId;

/// Why the journal did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has this journal open for writing.
    #[error("another process is writing the journal in {}", folder.display())]
    InUse {
        /// Its folder.
        folder: PathBuf,
    },
    /// There is no journal in this folder to read.
    #[error("there is no journal in {}", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The file system said no. Trying again later may help.
    #[error("{doing} {}: {source}", path.display())]
    Files {
        /// What was tried, for people.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no room left where the journal lies.
    #[error("no room left for the journal")]
    Full,
    /// SQLite said no, for a reason outside the file. Trying again later may help.
    #[error("{doing}: {source}")]
    Store {
        /// What was tried, for people.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The journal is damaged. The damage is noted on disk: open the journal again and it recovers.
    #[error("the journal is damaged: {0}")]
    Damaged(Fault),
    /// An earlier write failed, so that memory and disk may differ: open the journal again.
    #[error("an earlier write to the journal failed; it must be opened again")]
    Poisoned,
    /// The event is too long for one record. Nothing was written.
    #[error("an entry of {bytes} bytes does not fit one record of {most}")]
    EntryTooLong {
        /// Its length in CBOR.
        bytes: usize,
        /// The most there may be.
        most: usize,
    },
    /// The state is too long for a checkpoint. Nothing was written.
    #[error("a state of {bytes} bytes does not fit a checkpoint of {most}")]
    BookTooLong {
        /// Its length.
        bytes: usize,
        /// The most there may be.
        most: usize,
    },
    /// A newer version of the program wrote this journal.
    #[error("the journal has format {found}; this version knows {known}")]
    NewerFormat {
        /// Its format.
        found: u16,
        /// The newest known here.
        known: u16,
    },
    /// The journal belongs to another key: most likely the key's file was replaced. Nothing was changed.
    #[error("journal {journal} was begun under another key")]
    OtherKey {
        /// The journal.
        journal: JournalId,
    },
    /// A checkpoint is genuine, but this version of the program does not understand its state. Nothing was changed.
    #[error("the state of the checkpoint after entry {seq} is not understood by this version")]
    BookNotUnderstood {
        /// After which entry it was made.
        seq: u64,
    },
}

/// What is wrong with a damaged journal, as far as was looked: the first thing found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Damage was noticed while the journal was in use, and noted.
    #[error("damage was noticed in an earlier run")]
    NotedBefore,
    /// The database is missing or has another shape than it was given.
    #[error("the database's head is not as it was written ({0})")]
    Head(&'static str),
    /// SQLite cannot read it.
    #[error("SQLite cannot read it: {0}")]
    Sqlite(String),
    /// SQLite's own check found something.
    #[error("SQLite's check: {0}")]
    Check(String),
    /// Transactions in the write-ahead log cannot be read, although later ones were written.
    #[error("transactions in the write-ahead log cannot be read")]
    LogCut,
    /// The journal ends before a number that is known to have been written.
    #[error("it ends at entry {head}, but entry {known} was written")]
    EndLost {
        /// Where it ends.
        head: u64,
        /// The last number known to have been written.
        known: u64,
    },
    /// The hub holds another history of it.
    #[error("the hub holds another history of it")]
    Forked,
    /// A record does not match its own hash, or is not what its place says.
    #[error("the record of {0} cannot be read")]
    Record(&'static str),
    /// An entry is missing, or is not in its place.
    #[error("entry {seq} is missing or altered")]
    Entry {
        /// Which.
        seq: u64,
    },
    /// An entry does not carry the hash of the one before.
    #[error("entry {seq} does not follow from the one before")]
    Chain {
        /// Which.
        seq: u64,
    },
    /// A checkpoint is incomplete, or not signed by this journal's key.
    #[error("the checkpoint after entry {seq} cannot be verified")]
    Checkpoint {
        /// After which entry it was made.
        seq: u64,
    },
}

impl Fault {
    /// The highest number of an entry that was surely written, as far as this fault tells; 0 for nothing.
    pub(super) fn known_seq(&self) -> u64 {
        match self {
            Self::Entry { seq } | Self::Chain { seq } | Self::Checkpoint { seq } => *seq,
            Self::EndLost { known, .. } => *known,
            Self::NotedBefore
            | Self::Head(_)
            | Self::Sqlite(_)
            | Self::Check(_)
            | Self::LogCut
            | Self::Forked
            | Self::Record(_) => 0,
        }
    }
}

impl Fault {
    /// Whether a part of the database is not there at all, of which nobody can tell what it held.
    pub(super) fn took_an_end(&self) -> bool {
        matches!(self, Self::Head("missing" | "cut" | "size"))
    }
}

impl From<Fault> for JournalError {
    fn from(fault: Fault) -> Self {
        Self::Damaged(fault)
    }
}
