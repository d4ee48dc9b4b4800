//! What receipts say, on top of the books: it counts until the locker's own events have come as far, and is told to webhooks
//! once, whichever comes first.
//!
//! A receipt tells what a visit came to, not in which order: a courier's, made at the end of the stop, says that a parcel is
//! inside which its recipient has taken out meanwhile. So out outranks in, and events outrank receipts.

use locker_protocol::receipt::{Move, Moved};
use locker_protocol::{CompartmentId, JournalId, ParcelId};
use rusqlite::OptionalExtension;

use super::{BookError, Page};
use crate::database::{signed, unsigned};
use crate::facts::{Fact, FactKind};
use crate::parcels::{self, Parcel, State, Taker};

/// How many entries before the last one of a receipt the moves lie that it tells of, at most: a stop journals far fewer.
const STOP_ENTRIES: u64 = 1_000;

/// Where a receipt says that a parcel is.
struct Said {
    seq: u64,
    is_out: bool,
}

impl Page<'_> {
    /// Lets a move of a receipt count; the page is open at the receipt's number. A parcel that this hub does not know is left
    /// to the events.
    pub(crate) fn say(&self, moved: &Move, taker: Taker) -> Result<(), BookError> {
        let Some(booked) =
            parcels::booked(self.transaction, moved.parcel)?.filter(|parcel| parcel.locker == self.locker)
        else {
            return Ok(());
        };
        let is_out = moved.what == Moved::Out;
        if booked.state.is_over() || (!is_out && booked.state != State::Expected) {
            return Ok(());
        }
        let counts = match self.said_of(moved.parcel)? {
            None => true,
            Some(said) if said.is_out => is_out && self.seq < said.seq,
            Some(said) => is_out || self.seq > said.seq,
        };
        if counts {
            self.place_by_receipt(moved, taker)?;
            self.tell_of(moved, &booked)?;
        }
        Ok(())
    }

    fn said_of(&self, parcel: ParcelId) -> Result<Option<Said>, BookError> {
        let said = self
            .transaction
            .prepare_cached("SELECT seq, state = 'out' FROM receipt_places WHERE parcel = ?1")?
            .query_row([signed(parcel.0)], |row| Ok(Said { seq: unsigned(row.get(0)?), is_out: row.get(1)? }))
            .optional()?;
        Ok(said)
    }

    fn place_by_receipt(&self, moved: &Move, taker: Taker) -> Result<(), BookError> {
        let (state, out_to) = match moved.what {
            Moved::In => (State::Inside, None),
            Moved::Out => (State::Out, Some(taker.text())),
        };
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO receipt_places
                 (parcel, locker, journal, seq, state, compartment, out_to, received_unix_s)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                signed(moved.parcel.0),
                self.locker.0,
                &self.journal.0[..],
                signed(self.seq),
                state.text(),
                moved.compartment.0,
                out_to,
                signed(self.now_unix_s),
            ))?;
        Ok(())
    }

    fn tell_of(&self, moved: &Move, parcel: &Parcel) -> Result<(), BookError> {
        let (told, kind) = match moved.what {
            Moved::In => ("inside", FactKind::of_arrival(parcel.origin)),
            Moved::Out => ("out", FactKind::ParcelOut),
        };
        if self.is_news(moved.parcel, told)? {
            self.tell(kind, parcel, Some(moved.compartment.0))?;
        }
        Ok(())
    }

    /// Whether a receipt has already told what this event is about to tell, or what came of it since.
    pub(super) fn is_told_by_receipt(&self, parcel: ParcelId, what: Moved) -> Result<bool, BookError> {
        let told = self
            .transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM receipt_places
                 WHERE parcel = ?1 AND journal = ?2 AND seq >= ?3 AND (state = 'out' OR ?4))",
            )?
            .query_row(
                (signed(parcel.0), &self.journal.0[..], signed(self.seq), what == Moved::In),
                |row| row.get(0),
            )?;
        Ok(told)
    }

    /// Notes what an event moved.
    pub(super) fn note_move(
        &self,
        parcel: ParcelId,
        compartment: CompartmentId,
        what: Moved,
    ) -> Result<(), BookError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO moves (locker, journal, seq, parcel, compartment, what, received_unix_s)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                self.locker.0,
                &self.journal.0[..],
                signed(self.seq),
                signed(parcel.0),
                compartment.0,
                way(what),
                signed(self.now_unix_s),
            ))?;
        Ok(())
    }

    /// The events have come as far as the page's number: receipts up to it count no more. Each is held against them.
    pub(crate) fn overtake_receipts(&self) -> Result<(), BookError> {
        let reached = (self.locker.0, &self.journal.0[..], signed(self.seq));
        self.transaction
            .prepare_cached("DELETE FROM receipt_places WHERE locker = ?1 AND journal = ?2 AND seq <= ?3")?
            .execute(reached)?;
        let overtaken = {
            let mut select = self.transaction.prepare_cached(
                "SELECT id, seq FROM receipts
                 WHERE locker = ?1 AND journal = ?2 AND seq <= ?3 AND standing = 'ahead'",
            )?;
            let rows = select.query_map(reached, |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
            rows.collect::<Result<Vec<(i64, u64)>, _>>()?
        };
        for (receipt, seq) in overtaken {
            self.judge_receipt(receipt, seq)?;
        }
        Ok(())
    }

    /// Holds a receipt against the events up to its number. True when they say the same.
    pub(crate) fn judge_receipt(&self, receipt: i64, seq: u64) -> Result<bool, BookError> {
        let agrees = !self.is_remembered(seq)? || self.is_borne_out(receipt, seq)?;
        self.transaction
            .prepare_cached("UPDATE receipts SET standing = ?2 WHERE id = ?1")?
            .execute((receipt, if agrees { "held" } else { "contradicted" }))?;
        if !agrees {
            log::warn!(
                "locker {}: receipt {receipt} says what journal {} does not, up to entry {seq}",
                self.locker,
                self.journal
            );
            self.tell_fact(&Fact {
                kind: FactKind::ReceiptContradicted,
                locker: self.locker,
                tenant: None,
                parcel: None,
                compartment: None,
                case: None,
                around: None,
            })?;
        }
        Ok(agrees)
    }

    /// Whether everything that a receipt of this number could tell of is still known.
    fn is_remembered(&self, seq: u64) -> Result<bool, BookError> {
        let first = seq.saturating_sub(STOP_ENTRIES).max(1);
        let remembered = self
            .transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM journals WHERE locker = ?1 AND journal = ?2 AND moves_from < ?3)
                 AND EXISTS (SELECT 1 FROM entries WHERE locker = ?1 AND journal = ?2 AND seq = ?3)",
            )?
            .query_row((self.locker.0, &self.journal.0[..], signed(first)), |row| row.get(0))?;
        Ok(remembered)
    }

    /// Whether the events have each move that the receipt tells of, as far as this hub knows its parcel.
    fn is_borne_out(&self, receipt: i64, seq: u64) -> Result<bool, BookError> {
        let borne_out = self
            .transaction
            .prepare_cached(
                "SELECT NOT EXISTS (SELECT 1 FROM receipt_moves AS said
                 JOIN parcels ON parcels.id = said.parcel AND parcels.locker = ?2
                 WHERE said.receipt = ?1 AND NOT EXISTS (
                     SELECT 1 FROM moves WHERE moves.parcel = said.parcel AND moves.journal = ?3
                     AND moves.seq <= ?4 AND moves.compartment = said.compartment AND moves.what = said.what))",
            )?
            .query_row((receipt, self.locker.0, &self.journal.0[..], signed(seq)), |row| row.get(0))?;
        Ok(borne_out)
    }

    /// A new journal took the place of the one before: what receipts of that one say will not come as events any more, and is
    /// taken into the books.
    pub(super) fn keep_what_receipts_said(&self) -> Result<(), BookError> {
        type Row = (ParcelId, CompartmentId, Option<String>);
        let said: Vec<Row> = {
            let mut select = self.transaction.prepare_cached(
                "SELECT parcel, compartment, out_to FROM receipt_places WHERE locker = ?1 AND journal <> ?2",
            )?;
            let rows = select.query_map((self.locker.0, &self.journal.0[..]), |row| {
                Ok((ParcelId(unsigned(row.get(0)?)), CompartmentId(row.get(1)?), row.get(2)?))
            })?;
            rows.collect::<Result<_, _>>()?
        };
        for (parcel, compartment, out_to) in said {
            let booked = self.require(parcel)?;
            match out_to.as_deref().and_then(Taker::of) {
                Some(taker) if !booked.state.is_over() => self.to_out(parcel, compartment, taker)?,
                None if booked.state == State::Expected => {
                    self.see(compartment)?;
                    self.add(compartment, parcel)?;
                    self.to_inside(parcel, compartment)?;
                    self.set_contents(compartment, "holds")?;
                }
                _ => {}
            }
        }
        self.forget_said(&self.journal)
    }

    fn forget_said(&self, but: &JournalId) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("DELETE FROM receipt_places WHERE locker = ?1 AND journal <> ?2")?
            .execute((self.locker.0, &but.0[..]))?;
        Ok(())
    }
}

/// The word for a way.
pub(crate) fn way(what: Moved) -> &'static str {
    match what {
        Moved::In => "in",
        Moved::Out => "out",
    }
}
