//! Parcels as the events move them.

use locker_protocol::change::{Announcement, ReturnAnnouncement};
use locker_protocol::event::WhyLeftOver;
use locker_protocol::receipt::Moved;
use locker_protocol::{CodeTag, CompartmentId, Label, ParcelId, RecipientId, Size, TenantId};
use rusqlite::OptionalExtension;

use super::{BookError, Page};
use crate::database::signed;
use crate::facts::{Fact, FactKind};
use crate::parcels::{self, Origin, Parcel, State, Taker};

impl Page<'_> {
    /// The parcel has to be known, and at this locker.
    pub(super) fn require(&self, parcel: ParcelId) -> Result<Parcel, BookError> {
        let found = parcels::booked(self.transaction, parcel)?
            .ok_or_else(|| BookError::Senseless(format!("parcel {parcel} is not known")))?;
        if found.locker != self.locker {
            return Err(BookError::Senseless(format!("parcel {parcel} belongs to locker {}", found.locker)));
        }
        Ok(found)
    }

    /// The locker took the announcement. A parcel that this hub does not know was announced in a life that it does not
    /// remember.
    pub(super) fn announced(&self, announcement: &Announcement) -> Result<(), BookError> {
        self.learn(announcement, Origin::Announced)
    }

    pub(super) fn admit(
        &self,
        parcel: ParcelId,
        announcement: Option<&Announcement>,
        label: &Label,
        tenant: TenantId,
        size: Size,
    ) -> Result<(), BookError> {
        if let Some(announcement) = announcement {
            if announcement.parcel != parcel {
                return Err(BookError::Senseless(format!(
                    "parcel {parcel} was admitted by the pass of {}",
                    announcement.parcel
                )));
            }
            return self.learn(announcement, Origin::DepositPass);
        }
        if parcels::booked(self.transaction, parcel)?.is_some() {
            self.require(parcel)?;
            return Ok(());
        }
        let unannounced = Parcel {
            id: parcel,
            locker: self.locker,
            tenant,
            origin: Origin::Unannounced,
            label: label.clone(),
            recipient: None,
            code: None,
            size,
            any_size: false,
            retention_s: None,
            reachable: false,
            order: None,
            keep: None,
            pass_expires_unix_s: None,
            known_there: true,
            state: State::Expected,
            compartment: None,
            out_to: None,
            expired: false,
            recalled: false,
            created_unix_s: self.now_unix_s,
            changed_unix_s: self.now_unix_s,
            by_receipt: false,
            left_over: None,
            out_of_range_unix_s: None,
        };
        Ok(parcels::insert(self.transaction, &unannounced)?)
    }

    /// The same of a parcel that a person will send.
    pub(super) fn return_announced(&self, announcement: &ReturnAnnouncement) -> Result<(), BookError> {
        self.learn_of(Parcel::to_be_sent(announcement, self.locker, self.now_unix_s))
    }

    fn learn(&self, announcement: &Announcement, origin: Origin) -> Result<(), BookError> {
        self.learn_of(Parcel::expected(announcement, self.locker, origin, self.now_unix_s))
    }

    fn learn_of(&self, mut parcel: Parcel) -> Result<(), BookError> {
        if parcels::booked(self.transaction, parcel.id)?.is_some() {
            self.require(parcel.id)?;
            self.transaction
                .prepare_cached("UPDATE parcels SET known_there = 1 WHERE id = ?1")?
                .execute([signed(parcel.id.0)])?;
            return Ok(());
        }
        parcel.known_there = true;
        Ok(parcels::insert(self.transaction, &parcel)?)
    }

    pub(super) fn claim(&self, parcel: ParcelId, recipient: RecipientId) -> Result<(), BookError> {
        self.update(parcel, "recipient = ?3", signed(recipient.0))
    }

    pub(super) fn cancel(&self, parcel: ParcelId) -> Result<(), BookError> {
        self.update(parcel, "state = ?3, compartment = NULL, out_to = NULL", State::Cancelled.text())
    }

    /// Cancels a parcel if the locker never knew of it.
    pub(super) fn cancel_unknown(&self, parcel: ParcelId) -> Result<(), BookError> {
        let found = self.require(parcel)?;
        if found.state == State::Expected && !found.known_there { self.cancel(parcel) } else { Ok(()) }
    }

    pub(super) fn extend(&self, parcel: ParcelId, by_s: u32) -> Result<(), BookError> {
        self.update(
            parcel,
            "retention_s = MIN(COALESCE(retention_s, 0) + ?3, 4294967295),
             expired = expired AND waited_s >= COALESCE(retention_s, 0) + ?3",
            by_s,
        )
    }

    pub(super) fn recall(&self, parcel: ParcelId) -> Result<(), BookError> {
        self.update(parcel, "recalled = ?3", true)
    }

    pub(super) fn new_code(&self, parcel: ParcelId, code: CodeTag) -> Result<(), BookError> {
        self.update(parcel, "code = ?3", code.0)
    }

    pub(super) fn matched(
        &self,
        parcel: ParcelId,
        recipient: RecipientId,
        code: CodeTag,
        retention_s: u32,
    ) -> Result<(), BookError> {
        self.update(parcel, "recipient = ?3", signed(recipient.0))?;
        self.update(parcel, "code = ?3", code.0)?;
        self.update(parcel, "retention_s = ?3", retention_s)
    }

    pub(super) fn waited(&self, seconds: u32, doors: &[CompartmentId]) -> Result<(), BookError> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE parcels SET waited_s = waited_s + ?3
             WHERE locker = ?1 AND compartment = ?2 AND state IN ('inside', 'doubtful')",
        )?;
        for door in doors {
            update.execute((self.locker.0, door.0, seconds))?;
        }
        Ok(())
    }

    /// A courier brought it, and took it away again.
    pub(super) fn leave_over(&self, parcel: ParcelId, why: WhyLeftOver) -> Result<(), BookError> {
        let found = self.require(parcel)?;
        let why = match why {
            WhyLeftOver::NoRoom { .. } => "no_room",
            WhyLeftOver::DoesNotFit => "does_not_fit",
            WhyLeftOver::DoorsSilent => "doors_silent",
            WhyLeftOver::NotKept => "not_kept",
        };
        self.update(parcel, "left_over = ?3", why)?;
        self.tell(FactKind::ParcelLeftOver, &found, None)
    }

    pub(super) fn expire(&self, parcel: ParcelId) -> Result<(), BookError> {
        let found = self.require(parcel)?;
        self.update(parcel, "expired = ?3", true)?;
        self.tell(FactKind::ParcelExpired, &found, found.compartment)
    }

    pub(super) fn to_inside(&self, parcel: ParcelId, compartment: CompartmentId) -> Result<(), BookError> {
        let found = self.place(parcel, State::Inside, Some(compartment), None)?;
        self.update(parcel, "left_over = ?3", None::<String>)?;
        self.note_move(parcel, compartment, Moved::In)?;
        if !self.is_told_by_receipt(parcel, Moved::In)? && self.is_news(parcel, "inside")? {
            self.tell(FactKind::of_arrival(found.origin), &found, Some(compartment.0))?;
        }
        self.check_range(parcel, compartment)
    }

    pub(super) fn to_out(
        &self,
        parcel: ParcelId,
        compartment: CompartmentId,
        taker: Taker,
    ) -> Result<(), BookError> {
        let found = self.place(parcel, State::Out, None, Some(taker))?;
        self.note_move(parcel, compartment, Moved::Out)?;
        // A door that was opened once more within the window changes nothing of it.
        if !self.is_told_by_receipt(parcel, Moved::Out)? && self.is_news(parcel, "out")? {
            self.tell(FactKind::ParcelOut, &found, found.compartment)?;
        }
        Ok(())
    }

    pub(super) fn to_expected(&self, parcel: ParcelId) -> Result<(), BookError> {
        self.place(parcel, State::Expected, None, None)?;
        if self.is_told_by_receipt(parcel, Moved::In)? {
            return Ok(());
        }
        // Should it come again after all, that is news again.
        self.update(parcel, "told = ?3", None::<String>)
    }

    /// A parcel that is known to be elsewhere stays there; one that was taken out a moment ago may be back.
    pub(super) fn to_doubtful(
        &self,
        parcel: ParcelId,
        compartment: CompartmentId,
        touched: bool,
    ) -> Result<(), BookError> {
        let is_here = self.require(parcel)?.compartment == Some(compartment.0);
        if is_here || touched && !self.is_elsewhere(parcel, compartment)? {
            self.place(parcel, State::Doubtful, Some(compartment), None)?;
            self.check_range(parcel, compartment)?;
        }
        Ok(())
    }

    /// Whether a parcel is known to be in another compartment than this.
    pub(super) fn is_elsewhere(
        &self,
        parcel: ParcelId,
        compartment: CompartmentId,
    ) -> Result<bool, BookError> {
        let found = self.require(parcel)?;
        Ok(found.state == State::Inside && found.compartment != Some(compartment.0))
    }

    /// What came out of one compartment may as well be behind this other one.
    pub(super) fn to_other_door(&self, parcel: ParcelId, other: CompartmentId) -> Result<(), BookError> {
        self.place(parcel, State::Doubtful, Some(other), None)?;
        Ok(())
    }

    /// Moves a parcel. The answer is how it was before.
    fn place(
        &self,
        parcel: ParcelId,
        state: State,
        compartment: Option<CompartmentId>,
        taker: Option<Taker>,
    ) -> Result<Parcel, BookError> {
        let before = self.require(parcel)?;
        self.transaction
            .prepare_cached(
                "UPDATE parcels SET state = ?2, compartment = ?3, out_to = ?4, known_there = 1, changed_unix_s = ?5
                 WHERE id = ?1",
            )?
            .execute((
                signed(parcel.0),
                state.text(),
                compartment.map(|compartment| compartment.0),
                taker.map(Taker::text),
                signed(self.now_unix_s),
            ))?;
        Ok(before)
    }

    /// Sets columns of one parcel of this locker.
    fn update(
        &self,
        parcel: ParcelId,
        assignment: &'static str,
        value: impl rusqlite::ToSql,
    ) -> Result<(), BookError> {
        let updated = self
            .transaction
            .prepare_cached(&format!(
                "UPDATE parcels SET {assignment}, changed_unix_s = ?4 WHERE id = ?1 AND locker = ?2"
            ))?
            .execute((signed(parcel.0), self.locker.0, value, signed(self.now_unix_s)))?;
        if updated == 1 {
            Ok(())
        } else {
            Err(BookError::Senseless(format!("parcel {parcel} is not known at this locker")))
        }
    }

    /// Whether this was not the last that webhooks were told of the parcel; from now on it is.
    pub(super) fn is_news(&self, parcel: ParcelId, told: &'static str) -> Result<bool, BookError> {
        let last: Option<String> = self
            .transaction
            .prepare_cached("SELECT told FROM parcels WHERE id = ?1")?
            .query_row([signed(parcel.0)], |row| row.get(0))
            .optional()?
            .flatten();
        if last.as_deref() == Some(told) {
            return Ok(false);
        }
        self.update(parcel, "told = ?3", told)?;
        Ok(true)
    }

    pub(super) fn tell(
        &self,
        kind: FactKind,
        parcel: &Parcel,
        compartment: Option<u16>,
    ) -> Result<(), BookError> {
        self.tell_fact(&Fact {
            kind,
            locker: self.locker,
            tenant: Some(parcel.tenant),
            parcel: Some(parcel.id),
            compartment: compartment.map(CompartmentId),
            case: None,
            around: None,
        })
    }

    /// Tells a tenant what operators were told of its parcels.
    pub(super) fn tell_fact_to(&self, fact: &Fact, tenant: TenantId) -> Result<(), BookError> {
        crate::facts::tell_tenant(self.transaction, fact, tenant, self.max_waiting, self.now_unix_s)
    }

    pub(super) fn tell_fact(&self, fact: &Fact) -> Result<(), BookError> {
        crate::facts::tell(self.transaction, fact, self.max_waiting, self.now_unix_s)
    }
}
