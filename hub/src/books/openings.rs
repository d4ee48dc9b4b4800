//! Openings: what was expected to go in and out, and what the outcome says of it.

use locker_protocol::event::{Entitled, Outcome, Purpose};
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{CompartmentId, OpeningId, ParcelId};
use rusqlite::OptionalExtension;

use super::{BookError, Page};
use crate::database::{signed, unsigned};
use crate::parcels::Taker;
use crate::words::{variant, word};

/// An opening that has begun.
pub(crate) struct Opening {
    pub(crate) opening: OpeningId,
    pub(crate) compartment: CompartmentId,
    pub(crate) purpose: Purpose,
    pub(crate) entitled: Entitled,
    pub(crate) goes_in: Vec<ParcelId>,
    pub(crate) comes_out: Vec<ParcelId>,
}

impl Opening {
    fn touched(&self) -> Vec<ParcelId> {
        [&self.goes_in[..], &self.comes_out[..]].concat()
    }
}

impl Page<'_> {
    pub(super) fn begin(&self, opening: &Opening) -> Result<(), BookError> {
        for parcel in opening.goes_in.iter().chain(&opening.comes_out) {
            self.require(*parcel)?;
        }
        self.see(opening.compartment)?;
        // An opening of the same number was left over from a history that was cut.
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO openings
                 (locker, opening, compartment, purpose, entitled, goes_in, comes_out)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                self.locker.0,
                signed(opening.opening.0),
                opening.compartment.0,
                word(&opening.purpose),
                to_bytes(&opening.entitled),
                to_bytes(&opening.goes_in),
                to_bytes(&opening.comes_out),
            ))?;
        Ok(())
    }

    /// Nothing goes in after all, says whoever brought it: nobody sees that it did not stay, as where staff only had the door open.
    pub(super) fn decline(&self, id: OpeningId) -> Result<(), BookError> {
        let opening = self
            .find_opening(id)?
            .ok_or_else(|| BookError::Senseless(format!("opening {id} was declined without having begun")))?;
        self.begin(&Opening {
            purpose: Purpose::Service,
            goes_in: opening.touched(),
            comes_out: Vec::new(),
            ..opening
        })
    }

    /// A parcel was seen behind the door: whatever becomes of the opening, it may be there.
    pub(super) fn seen(&self, id: OpeningId, parcel: ParcelId) -> Result<(), BookError> {
        let opening = self.find_opening(id)?.ok_or_else(|| {
            BookError::Senseless(format!("opening {id} was looked into without having begun"))
        })?;
        let goes_in = [&opening.goes_in[..], &[parcel]].concat();
        self.begin(&Opening { goes_in, ..opening })
    }

    pub(super) fn end(&self, id: OpeningId, outcome: Outcome) -> Result<(), BookError> {
        let opening = self
            .find_opening(id)?
            .ok_or_else(|| BookError::Senseless(format!("opening {id} ended without having begun")))?;
        self.transaction
            .prepare_cached("DELETE FROM openings WHERE locker = ?1 AND opening = ?2")?
            .execute((self.locker.0, signed(id.0)))?;
        match outcome {
            Outcome::NeverOpened => Ok(()),
            Outcome::Closed => self.moved(&opening),
            Outcome::NotSeen
            | Outcome::Interrupted
            | Outcome::LeftOpen
            | Outcome::SaidEmpty
            | Outcome::SaidNotMine => self.doubt(opening.compartment, &opening.touched()),
        }
    }

    /// What was expected happened.
    fn moved(&self, opening: &Opening) -> Result<(), BookError> {
        match opening.purpose {
            // Only known-empty compartments are offered; what went into another does not make it known.
            Purpose::Deposit | Purpose::Send if self.contents(opening.compartment)? == "unknown" => {
                self.doubt(opening.compartment, &opening.goes_in)
            }
            Purpose::Deposit | Purpose::Send => {
                for parcel in &opening.goes_in {
                    self.add(opening.compartment, *parcel)?;
                    self.to_inside(*parcel, opening.compartment)?;
                }
                self.set_contents(opening.compartment, "holds")
            }
            // What came out stays listed until the reopen window has passed: it may be put back. The locker's
            // `Settled` empties the compartment, not this.
            Purpose::Collect | Purpose::Retrieve => {
                for parcel in &opening.comes_out {
                    // What staff meanwhile found behind another door did not come out of this one.
                    if self.is_elsewhere(*parcel, opening.compartment)? {
                        continue;
                    }
                    // Where another door may hold it as well, nobody has seen that it came out of this one.
                    if let Some(other) = self.other_door_with(*parcel, opening.compartment, true)? {
                        self.to_other_door(*parcel, other)?;
                        continue;
                    }
                    match opening.entitled {
                        Entitled::Recipient { .. } => {
                            self.to_out(*parcel, opening.compartment, Taker::Recipient)?
                        }
                        Entitled::Courier { .. } => {
                            self.to_out(*parcel, opening.compartment, Taker::Carrier)?
                        }
                        Entitled::Technician { .. } => {
                            self.to_out(*parcel, opening.compartment, Taker::Staff)?
                        }
                        Entitled::Depositor { .. }
                        | Entitled::DepositPass { .. }
                        | Entitled::Sender { .. } => self.to_expected(*parcel)?,
                    }
                }
                let listed = self.listed(opening.compartment)?;
                let took_all = listed.iter().all(|parcel| opening.comes_out.contains(parcel));
                if took_all || self.contents(opening.compartment)? == "holds" {
                    self.set_reopen(opening.compartment, true)?;
                }
                Ok(())
            }
            Purpose::Service => self.doubt(opening.compartment, &opening.goes_in),
        }
    }

    /// Ends every opening as unknown: how they went on was lost.
    pub(super) fn cut_openings(&self) -> Result<(), BookError> {
        let ids = {
            let mut select =
                self.transaction.prepare_cached("SELECT opening FROM openings WHERE locker = ?1")?;
            let rows = select.query_map([self.locker.0], |row| row.get(0).map(unsigned).map(OpeningId))?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        for id in ids {
            if let Some(opening) = self.find_opening(id)? {
                self.doubt(opening.compartment, &opening.touched())?;
            }
        }
        self.transaction
            .prepare_cached("DELETE FROM openings WHERE locker = ?1")?
            .execute([self.locker.0])?;
        Ok(())
    }

    fn find_opening(&self, id: OpeningId) -> Result<Option<Opening>, BookError> {
        type Stored = (u16, String, Vec<u8>, Vec<u8>, Vec<u8>);
        let stored: Option<Stored> = self
            .transaction
            .prepare_cached(
                "SELECT compartment, purpose, entitled, goes_in, comes_out FROM openings
                 WHERE locker = ?1 AND opening = ?2",
            )?
            .query_row((self.locker.0, signed(id.0)), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()?;
        let Some((compartment, purpose, entitled, goes_in, comes_out)) = stored else { return Ok(None) };
        let unreadable =
            || BookError::Senseless(format!("opening {id} was kept in a form that is not understood"));
        Ok(Some(Opening {
            opening: id,
            compartment: CompartmentId(compartment),
            purpose: variant(&purpose).ok_or_else(unreadable)?,
            entitled: from_bytes(&entitled).map_err(|_| unreadable())?,
            goes_in: from_bytes(&goes_in).map_err(|_| unreadable())?,
            comes_out: from_bytes(&comes_out).map_err(|_| unreadable())?,
        }))
    }
}
