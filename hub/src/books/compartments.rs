//! Compartments as the events show them: one that no event has named is not listed.

use locker_protocol::event::OutOfService;
use locker_protocol::{CompartmentId, ParcelId};
use rusqlite::OptionalExtension;

use super::{BookError, Page};
use crate::database::{signed, unsigned};
use crate::words::word;

impl Page<'_> {
    /// Lists a compartment that was not seen before. A new locker is empty; of one whose history was cut, nobody knows.
    pub(super) fn see(&self, compartment: CompartmentId) -> Result<(), BookError> {
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO compartments (locker, compartment, contents, changed_unix_s)
                 SELECT id, ?2, CASE history_cut WHEN 0 THEN 'empty' ELSE 'unknown' END, ?3
                 FROM lockers WHERE id = ?1",
            )?
            .execute((self.locker.0, compartment.0, signed(self.now_unix_s)))?;
        Ok(())
    }

    /// Adds a parcel to what a compartment holds or may hold.
    pub(super) fn add(&self, compartment: CompartmentId, parcel: ParcelId) -> Result<(), BookError> {
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO compartment_parcels (locker, compartment, parcel) VALUES (?1, ?2, ?3)",
            )?
            .execute((self.locker.0, compartment.0, signed(parcel.0)))?;
        Ok(())
    }

    /// What is inside is no longer known: what was held and what was touched may be.
    pub(super) fn doubt(&self, compartment: CompartmentId, touched: &[ParcelId]) -> Result<(), BookError> {
        self.see(compartment)?;
        for parcel in touched {
            self.add(compartment, *parcel)?;
        }
        self.set_contents(compartment, "unknown")?;
        self.set_reopen(compartment, false)?;
        for parcel in self.listed(compartment)? {
            self.to_doubtful(parcel, compartment, touched.contains(&parcel))?;
        }
        Ok(())
    }

    /// The journal was damaged: what happened behind any door may be missing.
    pub(super) fn cut_history(&self) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("UPDATE lockers SET history_cut = 1 WHERE id = ?1")?
            .execute([self.locker.0])?;
        self.cut_openings()?;
        self.cut_surroundings()?;
        let compartments = {
            let mut select =
                self.transaction.prepare_cached("SELECT compartment FROM compartments WHERE locker = ?1")?;
            let rows = select.query_map([self.locker.0], |row| row.get(0).map(CompartmentId))?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        for compartment in compartments {
            self.doubt(compartment, &[])?;
        }
        Ok(())
    }

    /// This is inside, and nothing else.
    pub(super) fn settle(&self, compartment: CompartmentId, holds: &[ParcelId]) -> Result<(), BookError> {
        for parcel in holds {
            self.require(*parcel)?;
        }
        self.see(compartment)?;
        for missing in self.listed(compartment)?.iter().filter(|listed| !holds.contains(listed)) {
            if self.require(*missing)?.compartment == Some(compartment.0) {
                // Somebody looked, and it is not in there: where else it may be, or still to come.
                match self.other_door_with(*missing, compartment, false)? {
                    Some(other) => self.to_other_door(*missing, other)?,
                    None => self.to_expected(*missing)?,
                }
            }
        }
        self.transaction
            .prepare_cached("DELETE FROM compartment_parcels WHERE locker = ?1 AND compartment = ?2")?
            .execute((self.locker.0, compartment.0))?;
        self.set_reopen(compartment, false)?;
        for parcel in holds {
            self.add(compartment, *parcel)?;
            self.to_inside(*parcel, compartment)?;
        }
        self.set_contents(compartment, if holds.is_empty() { "empty" } else { "holds" })
    }

    pub(super) fn service(
        &self,
        compartment: CompartmentId,
        out: Option<OutOfService>,
    ) -> Result<(), BookError> {
        self.see(compartment)?;
        self.transaction
            .prepare_cached(
                "UPDATE compartments SET in_service = ?3, out_why = ?4, changed_unix_s = ?5
                 WHERE locker = ?1 AND compartment = ?2",
            )?
            .execute((
                self.locker.0,
                compartment.0,
                out.is_none(),
                out.map(|why| word(&why)),
                signed(self.now_unix_s),
            ))?;
        Ok(())
    }

    pub(super) fn set_contents(&self, compartment: CompartmentId, contents: &str) -> Result<(), BookError> {
        self.transaction
            .prepare_cached(
                "UPDATE compartments SET contents = ?3, changed_unix_s = ?4 WHERE locker = ?1 AND compartment = ?2",
            )?
            .execute((self.locker.0, compartment.0, contents, signed(self.now_unix_s)))?;
        Ok(())
    }

    /// Whether what was taken out of it may be back: until the reopen window is over.
    pub(super) fn set_reopen(&self, compartment: CompartmentId, reopen: bool) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("UPDATE compartments SET reopen = ?3 WHERE locker = ?1 AND compartment = ?2")?
            .execute((self.locker.0, compartment.0, reopen))?;
        Ok(())
    }

    /// Another compartment that lists a parcel. `unseen`: only one of unknown contents that nobody with a right to it has had open since.
    pub(super) fn other_door_with(
        &self,
        parcel: ParcelId,
        compartment: CompartmentId,
        unseen: bool,
    ) -> Result<Option<CompartmentId>, BookError> {
        let found = self
            .transaction
            .prepare_cached(
                "SELECT compartment FROM compartment_parcels JOIN compartments USING (locker, compartment)
                 WHERE locker = ?1 AND parcel = ?2 AND compartment <> ?3
                 AND (NOT ?4 OR (contents = 'unknown' AND NOT reopen))
                 ORDER BY compartment LIMIT 1",
            )?
            .query_row((self.locker.0, signed(parcel.0), compartment.0, unseen), |row| {
                row.get(0).map(CompartmentId)
            })
            .optional()?;
        Ok(found)
    }

    pub(super) fn contents(&self, compartment: CompartmentId) -> Result<String, BookError> {
        Ok(self
            .transaction
            .prepare_cached("SELECT contents FROM compartments WHERE locker = ?1 AND compartment = ?2")?
            .query_row((self.locker.0, compartment.0), |row| row.get(0))?)
    }

    pub(super) fn listed(&self, compartment: CompartmentId) -> Result<Vec<ParcelId>, BookError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT parcel FROM compartment_parcels WHERE locker = ?1 AND compartment = ?2",
        )?;
        let rows =
            select.query_map((self.locker.0, compartment.0), |row| row.get(0).map(unsigned).map(ParcelId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
