//! Whether this journal's history is the one that others remember.

use locker_protocol::JournalId;
use locker_protocol::link::Witness;

use super::error::{Fault, JournalError};
use super::load::read_entry;
use super::store::Table;
use super::{Head, Journal};

/// How a journal compares with what sync remembers of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WitnessVerdict {
    /// One history, as far as can be compared. An earlier journal of this locker also agrees.
    Agrees,
    /// The journal ends before what sync remembers, or goes on otherwise: entries that were handed over are gone. Begin
    /// anew with [`Anew::Lost`].
    Lost {
        /// What sync remembers.
        witness: Witness,
    },
    /// Sync remembers a journal that this one does not know: one of the two comes from elsewhere. Begin anew with
    /// [`Anew::Lost`].
    Stranger {
        /// What sync remembers.
        witness: Witness,
    },
}

/// Why a journal is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anew {
    /// Sync remembers entries that are not in it.
    Lost {
        /// What sync remembers.
        witness: Witness,
    },
    /// The hub holds another history under this journal's id. What the hub does not hold of it, it will not take: it
    /// stays in the files that are set aside.
    Forked,
}

impl Anew {
    /// The fault, the last number that counts as verified, and how many are missing: at least one, because an unknown
    /// history leaves every compartment in doubt.
    pub(super) fn account(self, head: u64) -> (Fault, u64, u64) {
        match self {
            Self::Lost { witness } => {
                let missing = witness.seq.saturating_sub(head).max(1);
                (Fault::EndLost { head, known: witness.seq }, head, missing)
            }
            Self::Forked => (Fault::Forked, head, 1),
        }
    }

    /// The journal that sync remembers, if it is not this one.
    pub(super) fn stranger_to(self, journal: JournalId) -> Option<JournalId> {
        match self {
            Self::Lost { witness } => Some(witness.journal).filter(|remembered| *remembered != journal),
            Self::Forked => None,
        }
    }

    /// Whether what the hub does not hold yet can still follow what it holds.
    pub(super) fn is_one_history(self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

impl Journal {
    /// Compares with the last entry that was handed to sync.
    ///
    /// # Errors
    /// Damage that is noticed here is noted; after any error the journal refuses everything.
    pub fn check_witness(&mut self, witness: Witness) -> Result<WitnessVerdict, JournalError> {
        self.refuse_if_poisoned()?;
        let Head { journal, seq, hash } = self.head;
        if witness.journal != journal {
            let known = self.origin.earlier.contains(&witness.journal);
            return Ok(if known { WitnessVerdict::Agrees } else { WitnessVerdict::Stranger { witness } });
        }
        let ours = if witness.seq > seq {
            return Ok(WitnessVerdict::Lost { witness });
        } else if witness.seq == seq {
            Some(hash)
        } else {
            let read = self.store.rows().get(Table::Entry, witness.seq).and_then(|record| match record {
                // Pruned: the hub has held it for a month.
                None => Ok(None),
                Some(record) => Ok(Some(read_entry(&record, journal, witness.seq)?.2)),
            });
            self.or_poison(read)?
        };
        Ok(match ours {
            Some(ours) if ours != witness.hash => WitnessVerdict::Lost { witness },
            _ => WitnessVerdict::Agrees,
        })
    }
}
