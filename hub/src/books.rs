//! The hub's books: what the events of the lockers say of parcels and compartments. The locker is the only authority;
//! here its facts are only mirrored, by the rules of
//! the locker's own books, each exactly once, in the transaction that keeps the event.

mod compartments;
mod openings;
mod parcels;
mod problems;
mod receipts;
mod surroundings;

use locker_crypto::RandomError;
use locker_protocol::change::{CaseAnswer, Change};
use locker_protocol::event::{Entry, Event, OutOfService};
use locker_protocol::{JournalId, LockerId, Refusal};
use rusqlite::Transaction;

use crate::cases;
use crate::changes;
use crate::database::DatabaseError;
use crate::problem::Problem;

pub(crate) use receipts::way;

/// Why an event could not be taken into the books.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookError {
    /// It contradicts what came before: it is set aside.
    #[error("{0}")]
    Senseless(String),
    /// There are no random bytes: the whole batch is given up, to come again.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The database failed: the whole batch is given up, to come again.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<rusqlite::Error> for BookError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<BookError> for Problem {
    fn from(error: BookError) -> Self {
        match error {
            BookError::Senseless(why) => Self::conflict(why),
            BookError::Random(error) => error.into(),
            BookError::Database(error) => error.into(),
        }
    }
}

/// The books open at one locker's page.
pub(crate) struct Page<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) locker: LockerId,
    pub(crate) journal: JournalId,
    /// The number of the entry that is being read, or of the last one that a receipt tells of.
    pub(crate) seq: u64,
    pub(crate) now_unix_s: u64,
    /// How many messages may wait for one webhook.
    pub(crate) max_waiting: u32,
}

impl Page<'_> {
    /// The same page, open at another entry.
    pub(crate) fn at(&self, seq: u64) -> Self {
        Self { seq, ..*self }
    }

    /// Notes which change an event answers, whether the books can make sense of it or not.
    pub(crate) fn note_answer(&self, event: &Event) -> rusqlite::Result<()> {
        match event {
            Event::Applied { number, change } => {
                cases::answered(self.transaction, self.locker, change, None)?;
                changes::applied(self.transaction, self.locker, *number, change)
            }
            Event::Refused { number, why } => {
                if let Some(change) = changes::given(self.transaction, self.locker, *number)? {
                    cases::answered(self.transaction, self.locker, &change, Some(*why))?;
                }
                changes::refused(self.transaction, self.locker, *number, *why)
            }
            _ => Ok(()),
        }
    }

    /// Takes one event into the books. On an error the caller undoes what was written for it.
    pub(crate) fn apply(&self, entry: &Entry) -> Result<(), BookError> {
        match &entry.event {
            Event::Started { version } => self.started(version),
            Event::Recovered { missing, .. } => {
                self.keep_what_receipts_said()?;
                if *missing > 0 { self.cut_history() } else { Ok(()) }
            }
            Event::Waited { seconds, doors } => self.waited(*seconds, doors),
            Event::Applied { number: _, change } => self.applied(change),
            Event::Refused { number, why } => self.refused(*number, *why),
            Event::Admitted { parcel, announcement, label, label_tag: _, tenant, size } => {
                self.admit(*parcel, announcement.as_ref(), label, *tenant, *size)
            }
            Event::Claimed { parcel, recipient } => self.claim(*parcel, *recipient),
            Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, baseline: _ } => self
                .begin(&openings::Opening {
                    opening: *opening,
                    compartment: *compartment,
                    purpose: *purpose,
                    entitled: *entitled,
                    goes_in: goes_in.clone(),
                    comes_out: comes_out.clone(),
                }),
            Event::Declined { opening, why: _ } => self.decline(*opening),
            Event::Seen { opening, parcel } => self.seen(*opening, *parcel),
            Event::Ended { opening, outcome } => self.end(*opening, *outcome),
            Event::Settled { compartment, holds, by: _ } => self.settle(*compartment, holds),
            Event::Doubted { compartment, why: _ } => self.doubt(*compartment, &[]),
            Event::Service { compartment, out, by: _ } => self.service(*compartment, *out),
            Event::Expired { parcel } => self.expire(*parcel),
            Event::LeftOver { parcel: Some(parcel), why, .. } => self.leave_over(*parcel, *why),
            Event::CaseRaised { case, problem, compartment, opening } => {
                self.raise(*case, *problem, *compartment, *opening, entry.at)
            }
            Event::Power { supply } => self.power(*supply, entry.at),
            Event::Tampered { sensor } => self.tampered(sensor, entry.at),
            Event::Temperature { sensor, tenths_c: None, in_range: true, .. } => {
                self.forget_thermometer(sensor)
            }
            Event::Temperature { sensor, tenths_c, in_range: true, .. } => {
                self.back_in_range(sensor, *tenths_c)
            }
            Event::Temperature { sensor, tenths_c, in_range: false, compartments } => {
                self.out_of_range(sensor, *tenths_c, compartments, entry.at)
            }
            // Of these the journal itself is the record.
            Event::Enrolled { .. }
            | Event::Tried { .. }
            | Event::Answered { .. }
            | Event::Opened { .. }
            | Event::Missed { .. }
            | Event::MissForgiven { .. }
            | Event::SignedIn { .. }
            | Event::SignedOut { .. }
            | Event::LeftOver { parcel: None, .. }
            | Event::FloorRaised { .. } => Ok(()),
        }
    }

    fn started(&self, version: &str) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("UPDATE lockers SET version = ?2 WHERE id = ?1")?
            .execute((self.locker.0, short(version)))?;
        Ok(())
    }

    /// A parcel that a full locker did not want to hear of will not come, and may be announced again.
    fn refused(&self, number: u64, why: Refusal) -> Result<(), BookError> {
        match (changes::announced_by(self.transaction, self.locker, number)?, why) {
            (Some(parcel), Refusal::Full) => self.cancel_unknown(parcel),
            _ => Ok(()),
        }
    }

    fn applied(&self, change: &Change) -> Result<(), BookError> {
        match change {
            Change::Announce { announcement } => self.announced(announcement),
            Change::AnnounceReturn { announcement } => self.return_announced(announcement),
            Change::Cancel { parcel } => self.cancel(*parcel),
            Change::Extend { parcel, by_s } => self.extend(*parcel, *by_s),
            Change::Recall { parcel } => self.recall(*parcel),
            Change::NewCode { parcel, code } => self.new_code(*parcel, *code),
            Change::Match { parcel, recipient, code, retention_s } => {
                self.matched(*parcel, *recipient, *code, *retention_s)
            }
            Change::Service { compartment, in_service } => {
                self.service(*compartment, if *in_service { None } else { Some(OutOfService::ByHub) })
            }
            Change::AnswerCase { answer: CaseAnswer::Extend { parcel, by_s }, .. } => {
                self.extend(*parcel, *by_s)
            }
            Change::AnswerCase { case, answer: CaseAnswer::OpenAgain { parcel } } => {
                self.may_be_there(*case, *parcel)
            }
            Change::AnswerCase { answer: CaseAnswer::StaffComes, .. }
            | Change::Staff { .. }
            | Change::RevokeStaff { .. }
            | Change::RefillCodes => Ok(()),
        }
    }
}

/// A locker's version, at most 64 characters of it.
pub(crate) fn short(version: &str) -> String {
    version.chars().take(64).collect()
}
