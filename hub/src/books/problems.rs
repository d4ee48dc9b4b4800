//! Cases: problems raised at doors.

use locker_protocol::event::{Problem, Stamp};
use locker_protocol::{CaseId, CompartmentId, OpeningId, ParcelId};
use rusqlite::OptionalExtension;

use super::{BookError, Page};
use crate::database::signed;
use crate::facts::{Fact, FactKind};
use crate::words::word;

impl Page<'_> {
    /// A case was answered: the parcel may still be behind its door.
    pub(super) fn may_be_there(&self, case: CaseId, parcel: ParcelId) -> Result<(), BookError> {
        let door: Option<u16> = self
            .transaction
            .prepare_cached(
                "SELECT compartment FROM cases WHERE locker = ?1 AND number = ?2 ORDER BY id DESC LIMIT 1",
            )?
            .query_row((self.locker.0, case.0), |row| row.get(0))
            .optional()?;
        let door = door.ok_or_else(|| BookError::Senseless(format!("case {case} was never raised")))?;
        self.doubt(CompartmentId(door), &[parcel])
    }

    pub(super) fn raise(
        &self,
        case: CaseId,
        problem: Problem,
        compartment: CompartmentId,
        opening: Option<OpeningId>,
        at: Stamp,
    ) -> Result<(), BookError> {
        self.see(compartment)?;
        let raised = self
            .transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO cases
                 (locker, journal, number, problem, compartment, opening, raised_unix_s, received_unix_s)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                self.locker.0,
                &self.journal.0[..],
                case.0,
                word(&problem),
                compartment.0,
                opening.map(|opening| signed(opening.0)),
                signed(at.unix_s),
                signed(self.now_unix_s),
            ))?;
        if raised == 0 {
            return Err(BookError::Senseless(format!("case {case} was raised twice")));
        }
        self.tell_fact(&Fact {
            kind: FactKind::CaseRaised,
            locker: self.locker,
            tenant: None,
            parcel: None,
            compartment: Some(compartment),
            case: Some(case),
        })
    }
}
