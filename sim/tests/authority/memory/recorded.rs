//! What the rules put on record.

use locker_protocol::event::{Answer, Event, Outcome, Purpose};
use locker_protocol::{Change, OpeningId, ParcelId};

use super::{Memory, Opening, Parcel, WINDOW_MS, Wrong};
use crate::oracle::Shown;
use crate::people::Item;

impl Memory {
    pub fn note_event(&mut self, now_ms: u64, event: &Event) -> Result<(), Wrong> {
        match event {
            Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, .. } => {
                let door = self.doors.entry(*compartment).or_default();
                if matches!(purpose, Purpose::Deposit | Purpose::Send) {
                    // It may go beside what is the same person's there.
                    let whose = |id: &ParcelId| {
                        let known = &self.parcels.get(id)?.known;
                        Some((known.recipient?, known.tenant))
                    };
                    let goes_in_for = goes_in.first().and_then(whose);
                    door.brought.retain(|id| goes_in_for.is_some() && whose(id) == goes_in_for);
                    door.brought.extend(goes_in.iter().copied());
                }
                for parcel in goes_in {
                    if let Some(parcel) = self.parcels.get_mut(parcel) {
                        parcel.brought_ms.get_or_insert(now_ms);
                    }
                }
                door.opening = Some(Opening {
                    id: *opening,
                    purpose: *purpose,
                    entitled: *entitled,
                    goes_in: goes_in.clone(),
                    comes_out: comes_out.clone(),
                    before_restart: false,
                    has_opened: false,
                    seen_open: false,
                    byte_left: false,
                    complained: false,
                });
            }
            Event::Answered { opening, answer, .. } if *answer != Answer::NotSent => self.byte_left(*opening),
            Event::Ended { opening, outcome } => self.note_ended(now_ms, *opening, *outcome)?,
            Event::Settled { compartment, .. } => {
                let runs = self
                    .doors
                    .get(compartment)
                    .is_some_and(|door| matches!(&door.window, Some((_, until_ms)) if *until_ms > now_ms));
                if runs {
                    return Err(Wrong::WindowForgotten(*compartment));
                }
            }
            Event::Doubted { compartment, .. } => {
                self.doors.entry(*compartment).or_default().window = None;
            }
            Event::Admitted { parcel, announcement, label, tenant, .. } => {
                if let Some(item) = Item::of_label(label) {
                    let recipient = announcement.as_ref().map(|told| told.recipient);
                    let code = announcement.as_ref().map(|told| told.code);
                    self.parcels.entry(*parcel).or_insert(Parcel::new(item, *tenant, recipient, code));
                }
            }
            Event::Claimed { parcel, recipient } => {
                let claim = self.claim;
                let Some(parcel) = self.parcels.get_mut(parcel) else {
                    return Err(Wrong::ClaimedWithoutPass);
                };
                if claim != Some((parcel.known.item, *recipient)) || parcel.known.recipient.is_some() {
                    return Err(Wrong::ClaimedWithoutPass);
                }
                parcel.known.recipient = Some(*recipient);
            }
            Event::SignedIn { staff } => {
                if self.badge != Some(*staff) {
                    return Err(Wrong::SignedInWithout);
                }
                self.shown.retain(|shown| match shown {
                    Shown::Staff(other, _) => other == staff,
                    Shown::Label(_) | Shown::DepositPass(_) => false,
                    Shown::Pass(_) | Shown::Code(..) | Shown::ReturnCode(_) => true,
                });
                if let Some((_, scanned, _)) = self.aside.take().filter(|(before, ..)| before == staff) {
                    self.shown.extend(scanned);
                }
            }
            Event::Missed { guess: locker_protocol::event::Guess::Code } => self.missed_codes += 1,
            Event::Missed { guess: locker_protocol::event::Guess::Pin } => self.missed_pins += 1,
            Event::MissForgiven { guess: locker_protocol::event::Guess::Code } => self.missed_codes -= 1,
            Event::MissForgiven { guess: locker_protocol::event::Guess::Pin } => self.missed_pins -= 1,
            Event::FloorRaised { unix_s } => self.floor_unix_s = *unix_s,
            Event::Applied { change, .. } => {
                self.change_waits = false;
                self.note_change(change);
            }
            Event::Refused { .. } => self.change_waits = false,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn note_ended(&mut self, now_ms: u64, id: OpeningId, outcome: Outcome) -> Result<(), Wrong> {
        let found =
            self.doors.iter_mut().find(|(_, door)| door.opening.as_ref().is_some_and(|known| known.id == id));
        let Some((number, door)) = found else { return Ok(()) };
        let Some(opening) = door.opening.take() else { return Ok(()) };
        match outcome {
            Outcome::NeverOpened if opening.has_opened => return Err(Wrong::ItHadOpened(*number)),
            Outcome::NeverOpened => {
                if let Some((_, until_ms)) = &mut door.window {
                    *until_ms = now_ms + WINDOW_MS;
                }
            }
            Outcome::Closed => {}
            _ => {
                // In doubt: whoever had a right to it has it still, or again.
                door.window = None;
                door.deposit = None;
                for id in opening.goes_in.iter().chain(&opening.comes_out) {
                    if let Some(parcel) = self.parcels.get_mut(id) {
                        parcel.taken = false;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn note_change(&mut self, change: &Change) {
        match change {
            Change::Announce { announcement } => {
                if let Some(item) = Item::of_label(&announcement.label) {
                    let (recipient, code) = (Some(announcement.recipient), Some(announcement.code));
                    self.parcels.entry(announcement.parcel).or_insert(Parcel::new(
                        item,
                        announcement.tenant,
                        recipient,
                        code,
                    ));
                }
            }
            Change::Cancel { parcel } => self.change_parcel(*parcel, |parcel| parcel.cancelled = true),
            Change::Recall { parcel } => self.change_parcel(*parcel, |parcel| parcel.recalled = true),
            Change::Extend { parcel, by_s } => {
                self.change_parcel(*parcel, |parcel| parcel.retention_ms += u64::from(*by_s) * 1_000);
            }
            Change::NewCode { parcel, code } => {
                self.change_parcel(*parcel, |parcel| parcel.code = Some(*code))
            }
            Change::Match { parcel, recipient, code, retention_s } => self.change_parcel(*parcel, |parcel| {
                parcel.known.recipient = Some(*recipient);
                parcel.code = Some(*code);
                parcel.retention_ms = u64::from(*retention_s) * 1_000;
            }),
            Change::Staff { staff } => {
                self.revoked.remove(&staff.staff);
                self.pins.insert(staff.staff);
            }
            Change::RevokeStaff { staff } => {
                self.revoked.insert(*staff);
                self.pins.remove(staff);
            }
            Change::RefillCodes => self.missed_codes = 0,
            Change::AnnounceReturn { announcement } => {
                if let Some(item) = Item::of_label(&announcement.label) {
                    let parcel = Parcel::new(item, announcement.tenant, None, announcement.code);
                    self.parcels.entry(announcement.parcel).or_insert(parcel);
                }
            }
            // No world here answers cases.
            Change::AnswerCase { .. } | Change::Service { .. } => {}
        }
    }

    pub(super) fn change_parcel(&mut self, id: ParcelId, change: impl FnOnce(&mut Parcel)) {
        if let Some(parcel) = self.parcels.get_mut(&id) {
            change(parcel);
        }
    }
}
