//! What an onlooker remembers who sees everything that goes into the rules and comes out of them, and what lies where, but
//! not the rules themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use locker_core::{Effect, Input, Presented, Task, Unlock, View};
use locker_protocol::event::{Answer, Entitled, Event, Outcome, Purpose};
use locker_protocol::{
    Change, CodeTag, CompartmentId, OpeningId, ParcelId, Pass, RecipientId, Right, StaffId,
};

use crate::oracle::{Asked, Deposit, Known, Objection, Shown, Window, judge};
use crate::people::{BUILT_UNIX_S, Item, PULSE_MS, RETENTION_S, pin};

/// How long a door may be opened again after it was seen to close.
const WINDOW_MS: u64 = 120_000;
/// How long a courier's visit waits while others collect.
const ASIDE_MS: u64 = 30 * 60_000;
const MOST_MISSED_CODES: u8 = 20;
const MOST_MISSED_PINS: u8 = 5;

/// What was wrong with what the rules asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Wrong {
    #[error("door {door} opens for {purpose:?} by {entitled:?}: {objection}")]
    NoRight { door: CompartmentId, purpose: Purpose, entitled: Entitled, objection: Objection },
    #[error("an unlock without the records of its opening and of this try before it")]
    NoIntent,
    #[error("an unlock for an opening of before the restart")]
    OfBeforeTheRestart,
    #[error("an unlock while another lock may still be energised")]
    SupplyTaken,
    #[error("door {0} may be opened again for longer than the books say")]
    WindowForgotten(CompartmentId),
    #[error("door {0} had opened, and the books say never")]
    ItHadOpened(CompartmentId),
    #[error("a parcel is given to somebody who showed no pass for it")]
    ClaimedWithoutPass,
    #[error("somebody is signed in who showed neither a good badge nor a PIN")]
    SignedInWithout,
    #[error("a badge goes on counting after the hub has revoked it")]
    RevokedLater,
}

/// What is remembered.
#[derive(Clone, Default)]
pub struct Memory {
    parcels: BTreeMap<ParcelId, Parcel>,
    doors: BTreeMap<CompartmentId, Door>,
    shown: BTreeSet<Shown>,
    /// What a courier had scanned before somebody came to collect: it is there again when the courier is.
    aside: Option<(StaffId, BTreeSet<Shown>, u64)>,
    /// What a pass of this step says of a parcel without a recipient.
    claim: Option<(Item, RecipientId)>,
    /// Who showed a good badge or PIN in this step.
    badge: Option<StaffId>,
    /// Whose PINs the hub has told.
    pins: BTreeSet<StaffId>,
    revoked: BTreeSet<StaffId>,
    floor_unix_s: u64,
    missed_codes: u8,
    missed_pins: u8,
    flight: Option<Flight>,
    /// The hub's change that waits for an opening's end.
    pub change_waits: bool,
    /// What the screen shows.
    pub view: Option<View>,
}

#[derive(Clone)]
struct Parcel {
    known: Known,
    code: Option<CodeTag>,
    recalled: bool,
    retention_ms: u64,
    cancelled: bool,
    taken: bool,
    /// When it was brought to a door.
    brought_ms: Option<u64>,
}

#[derive(Clone, Default)]
struct Door {
    opening: Option<Opening>,
    brought: BTreeSet<ParcelId>,
    deposit: Option<Deposit>,
    /// And until when.
    window: Option<(Window, u64)>,
}

/// An unfinished opening, as its record said, and what became of it.
#[derive(Clone)]
pub struct Opening {
    id: OpeningId,
    purpose: Purpose,
    entitled: Entitled,
    pub goes_in: Vec<ParcelId>,
    pub comes_out: Vec<ParcelId>,
    before_restart: bool,
    /// The door moved, in this opening.
    pub has_opened: bool,
    /// And the sensor told.
    seen_open: bool,
    /// A byte of a pulse has left, or may have.
    pub byte_left: bool,
    complained: bool,
}

/// The last pulse.
#[derive(Clone, Copy)]
struct Flight {
    unlock: Unlock,
    answered: bool,
    /// Until when a lock may be energised by it.
    until_ms: u64,
}

impl Opening {
    pub fn is_for_a_recipient(&self) -> bool {
        matches!(self.entitled, Entitled::Recipient { .. })
    }

    pub fn is_for_a_sender(&self) -> bool {
        matches!(self.entitled, Entitled::Sender { .. })
    }

    fn is_to_put_in(&self) -> bool {
        matches!(self.purpose, Purpose::Deposit | Purpose::Send)
    }
}

/// An unlock that was somebody's right.
pub type Granted = (Purpose, &'static str);

impl Memory {
    pub fn item_of(&self, parcel: ParcelId) -> Option<Item> {
        self.parcels.get(&parcel).map(|parcel| parcel.known.item)
    }

    /// The number under which an item is in the books now.
    pub fn parcel_of(&self, item: Item) -> Option<ParcelId> {
        self.parcels
            .iter()
            .filter(|(_, parcel)| parcel.known.item == item)
            .max_by_key(|(_, parcel)| !parcel.cancelled && !parcel.taken)
            .map(|(id, _)| *id)
    }

    pub fn opening_of(&self, door: CompartmentId) -> Option<&Opening> {
        self.doors.get(&door)?.opening.as_ref()
    }

    /// The pulse that the bus has not answered.
    pub fn unanswered(&self) -> Option<Unlock> {
        self.flight.filter(|flight| !flight.answered).map(|flight| flight.unlock)
    }

    /// Whether a story of this item is in the books that is not over.
    pub fn is_going_on(&self, item: Item) -> bool {
        self.parcels.values().any(|parcel| parcel.known.item == item && !parcel.cancelled && !parcel.taken)
    }

    /// Something lies behind a door from before.
    pub fn lay(&mut self, door: CompartmentId, item: Item) {
        if let Some(id) = self.parcel_of(item) {
            self.doors.entry(door).or_default().brought.insert(id);
            self.change_parcel(id, |parcel| parcel.brought_ms = Some(0));
        }
    }

    /// The locker stopped and begins again. A frame that was on its way may have arrived.
    pub fn restarted(&mut self, now_ms: u64) {
        self.shown.clear();
        self.aside = None;
        self.change_waits = false;
        self.view = None;
        for door in self.doors.values_mut() {
            if let Some(opening) = &mut door.opening {
                opening.before_restart = true;
            } else if let Some((_, until_ms)) = &mut door.window {
                *until_ms = now_ms + WINDOW_MS;
            }
        }
        if let Some(flight) = self.flight.as_mut().filter(|flight| !flight.answered) {
            flight.answered = true;
            flight.until_ms = now_ms + PULSE_MS;
        }
    }

    /// The door moved.
    pub fn opened(&mut self, door: CompartmentId) {
        let Some(door) = self.doors.get_mut(&door) else { return };
        if let Some(opening) = &mut door.opening {
            opening.has_opened = true;
            // What lies there is no longer only the depositor's to speak of.
            if !matches!(opening.entitled, Entitled::Depositor { .. }) && !opening.is_to_put_in() {
                door.deposit = None;
            }
        } else {
            door.deposit = None;
            door.window = None;
        }
    }

    /// The sensor tells that the door is open.
    pub fn seen_open(&mut self, door: CompartmentId) {
        if let Some(opening) = self.doors.get_mut(&door).and_then(|door| door.opening.as_mut()) {
            opening.has_opened = true;
            opening.seen_open = true;
        }
    }

    /// The door was closed before the sensor's eyes: whoever had a right to take things out may come back for a while.
    pub fn seen_closed(&mut self, now_ms: u64, number: CompartmentId) {
        let Some(door) = self.doors.get_mut(&number) else { return };
        let Some(opening) = &door.opening else { return };
        if !opening.seen_open || opening.is_to_put_in() || opening.complained {
            return;
        }
        let window = Window { by: opening.entitled, took: opening.comes_out.clone() };
        if !matches!(opening.entitled, Entitled::Depositor { .. }) {
            for taken in &window.took {
                if let Some(parcel) = self.parcels.get_mut(taken) {
                    parcel.taken = true;
                }
            }
        }
        door.window = Some((window, now_ms + WINDOW_MS));
    }

    /// Windows end with time, once the door is seen closed. What was said to be taken out is gone then.
    pub fn end_windows(
        &mut self,
        now_ms: u64,
        is_seen_closed: impl Fn(CompartmentId) -> bool,
    ) -> Vec<(CompartmentId, ParcelId)> {
        let mut gone = Vec::new();
        for (number, door) in &mut self.doors {
            let over = matches!(&door.window, Some((_, until_ms)) if *until_ms <= now_ms)
                && door.opening.is_none()
                && is_seen_closed(*number);
            if let Some((window, _)) = door.window.take_if(|_| over) {
                for parcel in window.took {
                    door.brought.remove(&parcel);
                    gone.push((*number, parcel));
                }
                door.deposit = door.deposit.take().filter(|deposit| door.brought.contains(&deposit.parcel));
            }
        }
        gone
    }

    pub fn note_input(&mut self, now_ms: u64, input: &Input) {
        self.claim = None;
        self.badge = None;
        match input {
            Input::Presented(presented) => self.note_presented(presented),
            Input::Unlocked { opening, attempt, answer } => {
                let Some(flight) = self.flight.as_mut().filter(|flight| {
                    !flight.answered && (flight.unlock.opening, flight.unlock.attempt) == (*opening, *attempt)
                }) else {
                    return;
                };
                flight.answered = true;
                // Late as the answer may be, the frame left in time or not at all.
                flight.until_ms = flight.until_ms.min(now_ms + PULSE_MS);
                if *answer == Answer::NotSent {
                    flight.until_ms = now_ms;
                } else {
                    self.byte_left(*opening);
                }
            }
            Input::Touched(intent) => self.note_touched(*intent),
            _ => {}
        }
    }

    fn note_touched(&mut self, intent: locker_core::Intent) {
        use locker_core::Intent;
        let door = match (&self.view, intent) {
            (Some(View::AskEmpty { door }), Intent::Yes) => *door,
            (Some(View::DoorOpen { door, task: Task::Take, .. }), Intent::NotMine) => *door,
            _ => return,
        };
        if let Some(opening) = self.doors.get_mut(&door).and_then(|door| door.opening.as_mut()) {
            opening.complained = true;
        }
    }

    /// The bus has said, or never will, that no byte left: until then one may have.
    pub fn byte_may_have_left(&self, door: CompartmentId) -> bool {
        self.opening_of(door).is_some_and(|opening| {
            opening.byte_left || self.unanswered().is_some_and(|unlock| unlock.opening == opening.id)
        })
    }

    fn byte_left(&mut self, id: OpeningId) {
        let openings = self.doors.values_mut().filter_map(|door| door.opening.as_mut());
        for opening in openings.filter(|opening| opening.id == id) {
            opening.byte_left = true;
        }
    }

    /// Somebody is dealing with a door: nothing that is shown meanwhile begins anything, but for the label of what comes next.
    fn is_in_hand(&self) -> bool {
        matches!(
            self.view,
            Some(
                View::Opening { .. } | View::PushDoor { .. } | View::DoorOpen { .. } | View::AskEmpty { .. }
            )
        )
    }

    fn note_presented(&mut self, presented: &Presented) {
        match presented {
            Presented::Label(label, _) => self.shown.extend(Item::of_label(label).map(Shown::Label)),
            _ if self.is_in_hand() => {}
            Presented::Code(tag) if self.missed_codes < MOST_MISSED_CODES => {
                for (id, parcel) in self.parcels.iter().filter(|(_, parcel)| parcel.code == Some(*tag)) {
                    if parcel.known.sent_from_here {
                        self.shown.insert(Shown::ReturnCode(*id));
                    } else if let Some(recipient) = parcel.known.recipient {
                        let live = !parcel.cancelled && !parcel.taken;
                        self.shown.insert(Shown::Code(*id, recipient, live));
                    }
                }
            }
            Presented::Pin(staff, tag)
                if self.missed_pins < MOST_MISSED_PINS
                    && self.pins.contains(staff)
                    && pin(*staff) == *tag =>
            {
                self.badge = Some(*staff);
                self.shown.insert(Shown::Staff(*staff, crate::people::staff(*staff).tenant));
            }
            Presented::Pass(Pass { right, expires_unix_s, .. }) => match right {
                Right::Collect { recipient, label } => {
                    self.shown.insert(Shown::Pass(*recipient));
                    self.claim = Item::ALL
                        .into_iter()
                        .find(|item| Some(item.label_tag()) == *label)
                        .map(|item| (item, *recipient));
                }
                Right::Deposit { announcement } => {
                    self.shown.insert(Shown::DepositPass(announcement.parcel));
                }
                Right::SignIn { staff } => {
                    let floor_unix_s = self.floor_unix_s.max(BUILT_UNIX_S);
                    let over = expires_unix_s.is_some_and(|expires| expires < floor_unix_s);
                    if !over && !self.revoked.contains(&staff.staff) {
                        self.badge = Some(staff.staff);
                        self.shown.insert(Shown::Staff(staff.staff, staff.tenant));
                    }
                }
            },
            _ => {}
        }
    }

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

    fn note_unlock(
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
    fn belongs_to(&mut self, now_ms: u64, number: CompartmentId, opening: &Opening) {
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

    fn note_ended(&mut self, now_ms: u64, id: OpeningId, outcome: Outcome) -> Result<(), Wrong> {
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

    fn note_change(&mut self, change: &Change) {
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

    fn change_parcel(&mut self, id: ParcelId, change: impl FnOnce(&mut Parcel)) {
        if let Some(parcel) = self.parcels.get_mut(&id) {
            change(parcel);
        }
    }

    /// What distinguishes one memory from another, timers told apart as finely as `grain_ms`.
    pub fn hash(&self, now_ms: u64, grain_ms: u64, to: &mut impl Hasher) {
        let left = |until_ms: u64| match until_ms.saturating_sub(now_ms) {
            0 => 0,
            1 => 1,
            left_ms => 2 + left_ms / grain_ms,
        };
        for (id, parcel) in &self.parcels {
            id.hash(to);
            parcel.known_at(now_ms).hash(to);
            parcel.code.hash(to);
            (parcel.recalled, parcel.cancelled, parcel.taken).hash(to);
            let over = parcel.cancelled || parcel.taken;
            parcel.brought_ms.filter(|_| !over).map(|since_ms| left(since_ms + parcel.retention_ms)).hash(to);
        }
        for (number, door) in &self.doors {
            number.hash(to);
            door.brought.hash(to);
            door.deposit.hash(to);
            if let Some((window, until_ms)) = &door.window {
                (encoded(&window.by), &window.took, left(*until_ms)).hash(to);
            }
            if let Some(opening) = &door.opening {
                encoded(&(opening.purpose, opening.entitled)).hash(to);
                (&opening.goes_in, &opening.comes_out).hash(to);
                (opening.before_restart, opening.has_opened, opening.seen_open).hash(to);
                (opening.byte_left, opening.complained).hash(to);
            }
        }
        self.shown.hash(to);
        self.aside.as_ref().map(|(staff, scanned, _)| (staff, scanned)).hash(to);
        self.pins.hash(to);
        self.revoked.hash(to);
        (self.floor_unix_s, self.missed_codes, self.missed_pins, self.change_waits).hash(to);
        if let Some(flight) = self.flight.filter(|flight| !flight.answered || flight.until_ms > now_ms) {
            (flight.answered, flight.unlock.compartment, left(flight.until_ms)).hash(to);
        }
    }
}

impl Parcel {
    fn new(
        item: Item,
        tenant: locker_protocol::TenantId,
        recipient: Option<RecipientId>,
        code: Option<CodeTag>,
    ) -> Self {
        let retention_s = if recipient.is_some() { RETENTION_S } else { 7 * 24 * 3_600 };
        Self {
            known: Known {
                item,
                tenant,
                recipient,
                sent_from_here: item.is_sent(),
                over: false,
                goes_back: false,
            },
            code,
            recalled: false,
            retention_ms: u64::from(retention_s) * 1_000,
            cancelled: false,
            taken: false,
            brought_ms: None,
        }
    }

    /// Whatever the books say of it: it cannot have waited for longer than since it was brought.
    fn known_at(&self, now_ms: u64) -> Known {
        let expired = self.brought_ms.is_some_and(|since_ms| now_ms >= since_ms + self.retention_ms);
        Known {
            over: self.cancelled || self.taken,
            goes_back: self.recalled || expired || self.known.sent_from_here,
            ..self.known.clone()
        }
    }
}

fn who(entitled: Entitled) -> &'static str {
    match entitled {
        Entitled::Recipient { .. } => "recipient",
        Entitled::Courier { .. } => "courier",
        Entitled::Depositor { .. } => "depositor",
        Entitled::DepositPass { .. } => "deposit pass",
        Entitled::Technician { .. } => "technician",
        Entitled::Sender { .. } => "sender",
    }
}

fn encoded(value: &impl minicbor::Encode<()>) -> Vec<u8> {
    // Writing into a vector cannot fail.
    minicbor::to_vec(value).unwrap_or_default()
}
