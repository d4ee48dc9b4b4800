//! What the rules ask for, and whose an opening is.

use locker_core::{Effect, Unlock, View};
use locker_protocol::event::{Entitled, Event, Purpose};
use locker_protocol::{CompartmentId, ParcelId};

use super::{ASIDE_MS, Flight, Granted, Memory, Opening, Wrong, who};
use crate::oracle::{Asked, Deposit, Shown, judge};
use crate::people::PULSE_MS;

impl Memory {
    /// One effect of a step, after those before it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn note_effect(
        &mut self,
        now_ms: u64,
        effects: &[Effect],
        at: usize,
        inside: impl Fn(CompartmentId) -> Vec<ParcelId>,
    ) -> Result<Option<Granted>, Wrong> {
        match effects.get(at) {
            Some(Effect::Record(event)) => self.note_event(now_ms, event).map(|()| None),
            Some(Effect::Unlock(unlock)) => {
                let before = effects.get(..at).unwrap_or_default();
                self.note_unlock(now_ms, *unlock, before, &inside(unlock.compartment)).map(Some)
            }
            Some(Effect::Show(view)) => {
                self.view = Some(view.clone());
                Ok(None)
            }
            Some(
                Effect::Sound(_)
                | Effect::LowerDoors(_)
                | Effect::OnBattery(_)
                | Effect::Lead(_)
                | Effect::Wake
                | Effect::Restart
                | Effect::PowerOff,
            )
            | None => Ok(None),
        }
    }

    /// After a step, what the screen shows says whose it is: what others have shown counts no more.
    pub fn end_step(&mut self, now_ms: u64) {
        match &self.view {
            None
            | Some(
                View::Home { .. }
                | View::Code
                | View::NotAccepted { .. }
                | View::CodesPaused { .. }
                | View::SignIn { .. }
                | View::StopDone(_),
            ) => self.shown.clear(),
            Some(
                View::Courier { .. }
                | View::ChooseSize { .. }
                | View::PickDeposit { .. }
                | View::AddToDoor { .. }
                | View::TakeOut { .. }
                | View::LeftOvers { .. },
            ) => {
                let of_others =
                    |shown: &Shown| matches!(shown, Shown::Pass(_) | Shown::Code(..) | Shown::ReturnCode(_));
                self.shown.retain(|shown| !of_others(shown));
            }
            Some(
                View::List { .. }
                | View::Done { .. }
                | View::Stuck { .. }
                | View::Reported { .. }
                | View::AskEmpty { .. },
            ) => {
                self.shown.retain(|shown| matches!(shown, Shown::Pass(_) | Shown::Code(..)));
            }
            Some(_) => {}
        }
        // Who has shown a pass gains nothing by a code.
        let pass = |shown: &Shown| if let Shown::Pass(of) = shown { Some(*of) } else { None };
        let passes: Vec<_> = self.shown.iter().filter_map(pass).collect();
        self.shown.retain(|shown| !matches!(shown, Shown::Code(_, of, _) if passes.contains(of)));
        self.aside = self.aside.take().filter(|(_, _, until_ms)| now_ms < *until_ms);
    }

    pub(super) fn note_unlock(
        &mut self,
        now_ms: u64,
        unlock: Unlock,
        before: &[Effect],
        inside: &[ParcelId],
    ) -> Result<Granted, Wrong> {
        let number = unlock.compartment;
        // The opening's own record may be of an earlier step: a supply that was taken puts the first pulse off.
        let tried = Effect::Record(Event::Tried { opening: unlock.opening, attempt: unlock.attempt });
        if !before.contains(&tried) {
            return Err(Wrong::NoIntent);
        }
        let door = self.doors.entry(number).or_default();
        let Some(opening) = door.opening.clone().filter(|opening| opening.id == unlock.opening) else {
            return Err(Wrong::NoIntent);
        };
        if opening.before_restart {
            return Err(Wrong::OfBeforeTheRestart);
        }
        if self.flight.is_some_and(|flight| flight.until_ms > now_ms) {
            return Err(Wrong::SupplyTaken);
        }
        let until_ms = unlock.not_after_ms + PULSE_MS;
        self.flight = Some(Flight { unlock, answered: false, until_ms });
        // A door that opened unseen is tried again: then what was to go in may be in.
        let own = |parcel: &ParcelId| opening.has_opened && opening.goes_in.contains(parcel);
        let inside: Vec<_> = inside.iter().filter(|parcel| !own(parcel)).copied().collect();
        let parcels = self.parcels.iter().map(|(id, parcel)| (*id, parcel.known_at(now_ms))).collect();
        let asked = Asked {
            purpose: opening.purpose,
            entitled: opening.entitled,
            goes_in: &opening.goes_in,
            comes_out: &opening.comes_out,
            inside: &inside,
            brought: &door.brought,
            window: door.window.as_ref().map(|(window, _)| window),
            deposit: door.deposit.as_ref(),
            shown: &self.shown,
            revoked: &self.revoked,
            parcels: &parcels,
        };
        judge(&asked).map_err(|objection| Wrong::NoRight {
            door: number,
            purpose: opening.purpose,
            entitled: opening.entitled,
            objection,
        })?;
        self.belongs_to(now_ms, number, &opening);
        Ok((opening.purpose, who(opening.entitled)))
    }

    /// From here on the screen is this person's.
    pub(super) fn belongs_to(&mut self, now_ms: u64, number: CompartmentId, opening: &Opening) {
        let signed_in = self.shown.iter().find_map(|shown| match shown {
            Shown::Staff(staff, _) => Some(*staff),
            _ => None,
        });
        let door = self.doors.entry(number).or_default();
        if opening.purpose == Purpose::Deposit {
            door.deposit = opening.goes_in.first().map(|parcel| Deposit {
                parcel: *parcel,
                staff: signed_in,
                by_pass: matches!(opening.entitled, Entitled::DepositPass { .. }),
            });
        }
        let is_a_guest = matches!(opening.entitled, Entitled::Recipient { .. } | Entitled::Sender { .. });
        if let Some(staff) = signed_in.filter(|_| is_a_guest) {
            let scanned = self.shown.iter().filter(|shown| matches!(shown, Shown::Label(_)));
            self.aside = Some((staff, scanned.copied().collect(), now_ms + ASIDE_MS));
        }
        match opening.entitled {
            Entitled::Recipient { recipient, .. } => self.shown.retain(|shown| match shown {
                Shown::Pass(of) | Shown::Code(_, of, _) => *of == recipient,
                _ => false,
            }),
            Entitled::Sender { .. } => {
                self.shown.retain(|shown| matches!(shown, Shown::Label(_) | Shown::ReturnCode(_)));
            }
            _ => {}
        }
    }
}
