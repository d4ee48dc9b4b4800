//! Cases: problems raised at doors.

use std::collections::BTreeSet;

use locker_protocol::event::{Problem, Stamp};
use locker_protocol::seal::from_bytes;
use locker_protocol::{CaseId, CompartmentId, Entry, Event, OpeningId, ParcelId, TenantId};
use rusqlite::OptionalExtension;

use super::{BookError, Page};
use crate::database::signed;
use crate::facts::{Fact, FactKind};
use crate::parcels;
use crate::words::word;

/// How many entries before a case its opening began, at most.
const ENTRIES_OF_OPENING: u32 = 500;

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
        let door = CompartmentId(door);
        // A right to it is there already, unless the books say that it has left, or never was there.
        let is_listed = self.listed(door)?.contains(&parcel);
        if is_listed && !self.require(parcel)?.state.is_over() { Ok(()) } else { self.doubt(door, &[parcel]) }
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
                 (locker, journal, number, problem, compartment, opening, raised_unix_s, received_unix_s, seq)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
                signed(self.seq),
            ))?;
        if raised == 0 {
            return Err(BookError::Senseless(format!("case {case} was raised twice")));
        }
        let tenants = self.note_parcels(self.transaction.last_insert_rowid(), compartment, opening)?;
        let fact = Fact {
            kind: FactKind::CaseRaised,
            locker: self.locker,
            tenant: None,
            parcel: None,
            compartment: Some(compartment),
            case: Some(case),
            around: None,
        };
        self.tell_fact(&fact)?;
        for tenant in tenants {
            self.tell_fact_to(&fact, tenant)?;
        }
        Ok(())
    }

    /// Notes whose parcels a case is about: what its opening was to move, and what is or may be behind the door. The answer is
    /// whose they are.
    fn note_parcels(
        &self,
        case: i64,
        compartment: CompartmentId,
        opening: Option<OpeningId>,
    ) -> Result<BTreeSet<TenantId>, BookError> {
        let mut parcels = self.listed(compartment)?;
        if let Some(opening) = opening {
            parcels.extend(self.touched_by(opening)?);
        }
        let mut tenants = BTreeSet::new();
        for parcel in parcels {
            let Some(known) = parcels::booked(self.transaction, parcel)? else { continue };
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO case_parcels (case_id, parcel, tenant) VALUES (?1, ?2, ?3)",
                )?
                .execute((case, signed(parcel.0), known.tenant.0))?;
            tenants.insert(known.tenant);
        }
        Ok(tenants)
    }

    /// What an opening of this journal was to move. It may be over when its case is raised.
    fn touched_by(&self, wanted: OpeningId) -> Result<Vec<ParcelId>, BookError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT bytes FROM entries WHERE locker = ?1 AND journal = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4",
        )?;
        let mut rows =
            select.query((self.locker.0, &self.journal.0[..], signed(self.seq), ENTRIES_OF_OPENING))?;
        while let Some(row) = rows.next()? {
            let entry: Option<Entry> = from_bytes(&row.get::<_, Vec<u8>>(0)?).ok();
            if let Some(Event::Began { opening, goes_in, comes_out, .. }) = entry.map(|entry| entry.event)
                && opening == wanted
            {
                return Ok([goes_in, comes_out].concat());
            }
        }
        Ok(Vec::new())
    }
}
