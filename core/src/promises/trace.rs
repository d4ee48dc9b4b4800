//! What the judge remembers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use locker_protocol::change::TemperatureRange;
use locker_protocol::event::{Answer, Door, Entitled, Guess, Outcome, Purpose};
use locker_protocol::{CaseId, CompartmentId, Event, OpeningId, ParcelId, Pass, RecipientId, Right, StaffId};

use crate::cabinet::Cabinet;
use crate::effect::{Effect, Unlock};
use crate::input::{Input, Item, Presented};
use crate::state::{MAX_CODE_MISSES, MAX_PIN_MISSES, State};
use crate::view::{Moved, View};

/// A bus that has not answered for this long will not, in milliseconds.
const ANSWER_WITHIN_MS: u64 = 5_000;

/// A battery that is less full than this is low, in percent.
const LOW_PERCENT: u8 = 20;

/// How many cases the judge remembers: those that a screen may still show.
const MAX_CASES: usize = 64;
/// How many movements the judge remembers: those of which a receipt may still tell.
const MAX_MOVED: usize = 4_000;

/// What the judge has seen.
pub struct Trace {
    pub(super) cabinet: Cabinet,
    books: State,
    /// What each door's sensor said last, and when that was sampled.
    readings: BTreeMap<CompartmentId, (Door, u64)>,
    /// What each item sensor has said since its door was seen closed: what, since when, until when.
    items: BTreeMap<CompartmentId, (Item, u64, u64)>,
    /// Whether each thermometer was within its range when it was last read, or has come half a degree back into it.
    in_range: BTreeMap<String, bool>,
    /// The battery was read low, and the mains have not been back since.
    pub(super) battery_is_low: bool,
    /// What was seen of each unfinished opening.
    pub(super) watched: BTreeMap<OpeningId, Watched>,
    /// The last pulse on each supply.
    pub(super) flights: BTreeMap<u8, Flight>,
    /// When each lock has rested after its last pulse.
    pub(super) rested_at_ms: BTreeMap<CompartmentId, u64>,
    /// Who has shown a right since the screen was last at home.
    pub(super) proved: BTreeSet<Proved>,
    /// Counts the sessions.
    pub(super) session: u64,
    /// The last observed close of each door after something was taken out, unless it was doubted since.
    pub(super) closes: BTreeMap<CompartmentId, Close>,
    /// The last deposit of each compartment.
    pub(super) deposits: BTreeMap<CompartmentId, (ParcelId, Entitled)>,
    /// The last cases, and their doors.
    pub(super) cases: BTreeMap<CaseId, CompartmentId>,
    /// What was said not to go in behind a door that was then seen to close, and what was behind it before; until anything else happens
    /// there.
    pub(super) declined: BTreeMap<CompartmentId, (ParcelId, Vec<ParcelId>)>,
    /// The deposit that was last seen to close: what, and behind which door.
    pub(super) stored_last: Option<(ParcelId, CompartmentId)>,
    /// The service opening that was last seen to close, and its door.
    pub(super) looked_behind: Option<(OpeningId, CompartmentId)>,
    /// What was seen to go in and out since the start, newest last.
    pub(super) moved: VecDeque<Moved>,
    /// Since when the next forgiven miss has been earned.
    pub(super) code_misses_since_ms: Option<u64>,
    pub(super) pin_misses_since_ms: Option<u64>,
    /// The codes were used up when the input came.
    pub(super) codes_were_paused: bool,
    /// The same of PINs.
    pub(super) pins_were_paused: bool,
}

/// What was seen of an opening since it began, or since the restart that it outlived.
pub(super) struct Watched {
    pub(super) resumed: bool,
    since_ms: u64,
    pub(super) session: u64,
    pub(super) pulsed: u8,
    /// A byte of a pulse left, or may have.
    pub(super) pulse_may_have_left: bool,
    pub(super) open_since_ms: Option<u64>,
    pub(super) closed_since_ms: Option<u64>,
    pub(super) last_closed_ms: u64,
    /// When somebody said that nothing goes in there.
    pub(super) declined_at_ms: Option<u64>,
    pub(super) last_open_ms: u64,
    known_ms: u64,
    gap: bool,
}

impl Watched {
    fn new(now_ms: u64, session: u64, resumed: bool) -> Self {
        Self {
            resumed,
            since_ms: now_ms,
            session,
            pulsed: 0,
            pulse_may_have_left: resumed,
            open_since_ms: None,
            closed_since_ms: None,
            last_closed_ms: now_ms,
            declined_at_ms: None,
            last_open_ms: 0,
            known_ms: now_ms,
            gap: false,
        }
    }

    /// When it began; for one that outlived a restart, when that was.
    pub(super) fn begun_at_ms(&self) -> u64 {
        self.since_ms
    }

    /// Whether the samples until now leave no gap in which the door could have opened and closed.
    pub(super) fn is_gapless(&self, now_ms: u64) -> bool {
        !self.gap && now_ms - self.known_ms <= 500
    }
}

/// A pulse.
pub(super) struct Flight {
    unlock: Unlock,
    sent_ms: u64,
    answered: bool,
    /// When the supply is free again, once answered.
    until_ms: u64,
}

impl Flight {
    pub(super) fn is_over(&self, now_ms: u64) -> bool {
        self.answered && self.until_ms <= now_ms
    }
}

/// A right that somebody has shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proved {
    Recipient(RecipientId),
    Taken(ParcelId),
    Staff(StaffId),
    Deposit(ParcelId),
    Sender(ParcelId),
}

/// A door that was seen to close after something was taken out.
pub(super) struct Close {
    pub(super) at_ms: u64,
    pub(super) took: Vec<ParcelId>,
}

impl Trace {
    /// The judge of a core that begins on these books.
    pub fn new(cabinet: Cabinet, books: State) -> Self {
        let mut trace = Self {
            cabinet,
            books,
            readings: BTreeMap::new(),
            items: BTreeMap::new(),
            in_range: BTreeMap::new(),
            battery_is_low: false,
            watched: BTreeMap::new(),
            flights: BTreeMap::new(),
            rested_at_ms: BTreeMap::new(),
            proved: BTreeSet::new(),
            session: 0,
            closes: BTreeMap::new(),
            deposits: BTreeMap::new(),
            cases: BTreeMap::new(),
            declined: BTreeMap::new(),
            stored_last: None,
            looked_behind: None,
            moved: VecDeque::new(),
            code_misses_since_ms: None,
            pin_misses_since_ms: None,
            codes_were_paused: false,
            pins_were_paused: false,
        };
        trace.restarted(0);
        trace
    }

    /// The books that the judge keeps, from recorded events alone.
    pub fn books(&self) -> &State {
        &self.books
    }

    /// What a door's sensor said last.
    pub fn door(&self, compartment: CompartmentId) -> Door {
        self.readings.get(&compartment).map_or(Door::Unknown, |(door, _)| *door)
    }

    /// How long an item sensor has said, behind its closed door, that nothing is inside, in milliseconds.
    pub(super) fn absent_for_ms(&self, compartment: CompartmentId) -> u64 {
        match self.items.get(&compartment) {
            Some((Item::Absent, since_ms, until_ms)) => until_ms - since_ms,
            _ => 0,
        }
    }

    /// Whether an item sensor has said for two seconds, behind its closed door, that something is inside.
    pub(super) fn sees_something_in(&self, compartment: CompartmentId) -> bool {
        self.items
            .get(&compartment)
            .is_some_and(|(item, since_ms, until_ms)| *item == Item::Present && until_ms - since_ms >= 2_000)
    }

    /// Whether all thermometers of a compartment have been read, and are in range.
    pub(super) fn keeps_its_temperature(&self, compartment: CompartmentId) -> bool {
        let of = |known: &&String| {
            self.cabinet.thermometers.get(*known).is_some_and(|of| of.compartments.contains(&compartment))
        };
        self.cabinet.thermometers.keys().filter(of).all(|known| self.in_range.get(known) == Some(&true))
    }

    /// Whether a thermometer of a compartment watches that it stays within what was asked.
    pub(super) fn is_kept_at(&self, compartment: CompartmentId, asked: TemperatureRange) -> bool {
        self.cabinet.thermometers.values().any(|thermometer| {
            let (low, high) = thermometer.range_tenths_c;
            thermometer.compartments.contains(&compartment)
                && asked.low_tenths_c <= low
                && high <= asked.high_tenths_c
        })
    }

    fn note_temperature(&mut self, sensor: &str, tenths_c: Option<i16>) {
        let Some(thermometer) = self.cabinet.thermometers.get(sensor) else { return };
        let (low, high) = thermometer.range_tenths_c;
        let comes_back = self.in_range.get(sensor) == Some(&false);
        let by = if comes_back { 5 } else { 0 };
        let is = tenths_c.is_some_and(|tenths| low + by <= tenths && tenths <= high - by);
        self.in_range.insert(sensor.to_owned(), is);
    }

    fn note_item(&mut self, compartment: CompartmentId, item: Item, sampled_at_ms: u64) {
        let closed_at_ms = self.readings.get(&compartment).filter(|(door, _)| *door == Door::Closed);
        let in_hand = self.books.openings.values().any(|opening| opening.compartment == compartment);
        if item == Item::Unknown || in_hand || closed_at_ms.is_none_or(|(_, at_ms)| *at_ms > sampled_at_ms) {
            self.items.remove(&compartment);
            return;
        }
        let seen = self.items.entry(compartment).or_insert((item, sampled_at_ms, sampled_at_ms));
        if seen.0 == item {
            seen.2 = sampled_at_ms;
        } else {
            *seen = (item, sampled_at_ms, sampled_at_ms);
        }
    }

    /// An event that the engine, not the core, put into the journal: a recovery, or what staff found.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Settled { compartment, .. } => {
                self.closes.remove(compartment);
                self.deposits.remove(compartment);
            }
            Event::Recovered { missing: 1.., .. } => {
                self.closes.clear();
                self.deposits.clear();
            }
            _ => {}
        }
        self.apply_to_books(event);
    }

    pub(super) fn apply_to_books(&mut self, event: &Event) {
        self.books.apply(event);
    }

    /// The core stopped, and begins again at `now_ms` on the journal's books. What was on its way to a lock may arrive.
    pub fn restarted(&mut self, now_ms: u64) {
        self.readings.clear();
        self.items.clear();
        self.in_range.clear();
        self.battery_is_low = false;
        self.proved.clear();
        self.moved.clear();
        self.session += 1;
        self.watched = self
            .books
            .openings
            .keys()
            .map(|opening| (*opening, Watched::new(now_ms, self.session, true)))
            .collect();
        for flight in self.flights.values_mut().filter(|flight| !flight.answered) {
            flight.answered = true;
            let spec = self.cabinet.compartments.get(&flight.unlock.compartment);
            flight.until_ms = now_ms + spec.map_or(0, |spec| spec.pulse_ms);
        }
        for close in self.closes.values_mut() {
            close.at_ms = now_ms;
        }
        let again = |misses: u8| (misses > 0).then_some(now_ms);
        self.code_misses_since_ms = again(self.books.code_misses);
        self.pin_misses_since_ms = again(self.books.pin_misses);
    }

    pub(super) fn note_input(&mut self, now_ms: u64, input: &Input) {
        self.codes_were_paused = self.books.code_misses >= MAX_CODE_MISSES;
        self.pins_were_paused = self.books.pin_misses >= MAX_PIN_MISSES;
        match input {
            Input::Reading { compartment, door, sampled_at_ms } => {
                self.note_reading(now_ms, *compartment, *door, *sampled_at_ms);
                if *door != Door::Closed {
                    self.items.remove(compartment);
                }
            }
            Input::Unlocked { opening, attempt, answer } => {
                self.note_answer(now_ms, *opening, *attempt, *answer);
            }
            Input::Presented(presented) => self.note_presented(presented),
            Input::Item { compartment, item, sampled_at_ms } => {
                self.note_item(*compartment, *item, *sampled_at_ms);
            }
            Input::Power { mains, percent } => {
                let is_low = percent.is_some_and(|percent| percent < LOW_PERCENT);
                self.battery_is_low = !mains && (self.battery_is_low || is_low);
            }
            Input::Temperature { sensor, tenths_c } => self.note_temperature(sensor, *tenths_c),
            _ => {}
        }
        let overdue: Vec<_> = self
            .flights
            .values()
            .filter(|flight| !flight.answered && now_ms >= flight.sent_ms + ANSWER_WITHIN_MS)
            .map(|flight| flight.unlock)
            .collect();
        for Unlock { opening, attempt, .. } in overdue {
            self.note_answer(now_ms, opening, attempt, Answer::Unclear);
        }
    }

    fn note_reading(&mut self, now_ms: u64, compartment: CompartmentId, door: Door, sampled_at_ms: u64) {
        let stale = self.readings.get(&compartment).is_some_and(|(_, at_ms)| sampled_at_ms < *at_ms);
        if stale || sampled_at_ms > now_ms || !self.cabinet.compartments.contains_key(&compartment) {
            return;
        }
        self.readings.insert(compartment, (door, sampled_at_ms));
        let Some((id, _)) = self.books.opening_of(compartment) else { return };
        let Some(watched) = self.watched.get_mut(&id).filter(|seen| sampled_at_ms >= seen.since_ms) else {
            return;
        };
        match door {
            Door::Open => {
                watched.open_since_ms.get_or_insert(now_ms);
                watched.last_open_ms = sampled_at_ms;
                watched.closed_since_ms = None;
            }
            Door::Closed => {
                watched.closed_since_ms.get_or_insert(sampled_at_ms);
                watched.last_closed_ms = sampled_at_ms;
            }
            Door::Unknown => watched.closed_since_ms = None,
        }
        if door != Door::Unknown {
            watched.gap |= sampled_at_ms - watched.known_ms > 500;
            watched.known_ms = sampled_at_ms;
        }
    }

    fn note_answer(&mut self, now_ms: u64, opening: OpeningId, attempt: u8, answer: Answer) {
        let awaited = self.flights.values_mut().find(|flight| {
            !flight.answered && flight.unlock.opening == opening && flight.unlock.attempt == attempt
        });
        let Some(flight) = awaited else { return };
        flight.answered = true;
        flight.until_ms = now_ms;
        if answer == Answer::NotSent {
            return;
        }
        if let Some(spec) = self.cabinet.compartments.get(&flight.unlock.compartment) {
            flight.until_ms += spec.pulse_ms;
            self.rested_at_ms.insert(flight.unlock.compartment, flight.until_ms + spec.cooldown_ms);
        }
        if let Some(watched) = self.watched.get_mut(&opening) {
            watched.pulse_may_have_left = true;
        }
    }

    fn note_presented(&mut self, presented: &Presented) {
        match presented {
            Presented::Code(tag) if !self.codes_were_paused => {
                let coded = self.books.parcels.iter().filter(|(_, parcel)| parcel.code == Some(*tag));
                self.proved.extend(coded.filter_map(|(id, parcel)| {
                    if parcel.outgoing.is_some() {
                        return Some(Proved::Sender(*id));
                    }
                    let recipient = parcel.recipient?;
                    // A code ends with its parcel, but for the door that it came out of a moment ago.
                    Some(if parcel.is_over() { Proved::Taken(*id) } else { Proved::Recipient(recipient) })
                }));
            }
            Presented::Label(label, tag) => {
                let labelled = self
                    .books
                    .parcels
                    .iter()
                    .filter(|(_, parcel)| parcel.outgoing.is_some() && parcel.is_labelled(*tag, label));
                self.proved.extend(labelled.map(|(id, _)| Proved::Sender(*id)));
            }
            Presented::Pin(staff, tag)
                if !self.pins_were_paused
                    && self.books.staff.get(staff).is_some_and(|known| known.pin == Some(*tag)) =>
            {
                self.proved.insert(Proved::Staff(*staff));
            }
            Presented::Pass(Pass { right, .. }) => {
                self.proved.insert(match right {
                    Right::Collect { recipient, .. } => Proved::Recipient(*recipient),
                    Right::Deposit { announcement } => Proved::Deposit(announcement.parcel),
                    Right::SignIn { staff } => Proved::Staff(staff.staff),
                });
            }
            _ => {}
        }
    }

    pub(super) fn note_effect(&mut self, now_ms: u64, effect: &Effect, before: &State) {
        match effect {
            Effect::Record(event) => self.note_event(now_ms, event, before),
            Effect::Unlock(unlock) => {
                if let Some(spec) = self.cabinet.compartments.get(&unlock.compartment) {
                    let flight =
                        Flight { unlock: *unlock, sent_ms: now_ms, answered: false, until_ms: u64::MAX };
                    self.flights.insert(spec.supply, flight);
                }
                if let Some(watched) = self.watched.get_mut(&unlock.opening) {
                    watched.pulsed = unlock.attempt;
                }
            }
            Effect::Show(View::Home { .. }) => {
                self.proved.clear();
                self.session += 1;
            }
            Effect::Show(_)
            | Effect::Sound(_)
            | Effect::LowerDoors(_)
            | Effect::OnBattery(_)
            | Effect::Lead(_)
            | Effect::Wake
            | Effect::Restart
            | Effect::PowerOff => {}
        }
        let begins = |since: Option<u64>, misses: u8| (misses > 0).then(|| since.unwrap_or(now_ms));
        self.code_misses_since_ms = begins(self.code_misses_since_ms, self.books.code_misses);
        self.pin_misses_since_ms = begins(self.pin_misses_since_ms, self.books.pin_misses);
    }

    fn note_event(&mut self, now_ms: u64, event: &Event, before: &State) {
        match event {
            Event::Declined { opening, .. } => {
                if let Some(watched) = self.watched.get_mut(opening) {
                    watched.declined_at_ms = Some(now_ms);
                }
            }
            Event::Began { opening, compartment, .. } => {
                self.items.remove(compartment);
                self.watched.insert(*opening, Watched::new(now_ms, self.session, false));
            }
            Event::Ended { opening, outcome } => {
                self.watched.remove(opening);
                if let Some(over) = before.openings.get(opening) {
                    self.note_declined(over, *outcome, before);
                    if *outcome == Outcome::Closed && over.purpose == Purpose::Service {
                        self.looked_behind = Some((*opening, over.compartment));
                    }
                    self.note_outcome(now_ms, over, *outcome);
                }
            }
            Event::Doubted { compartment, .. } => {
                self.closes.remove(compartment);
                self.declined.remove(compartment);
            }
            Event::Settled { compartment, .. } => {
                self.declined.remove(compartment);
            }
            Event::CaseRaised { case, compartment, .. } => {
                self.cases.insert(*case, *compartment);
                if self.cases.len() > MAX_CASES {
                    self.cases.pop_first();
                }
            }
            Event::MissForgiven { guess } => {
                let since_ms = match guess {
                    Guess::Code => &mut self.code_misses_since_ms,
                    Guess::Pin => &mut self.pin_misses_since_ms,
                };
                *since_ms = since_ms.map(|since_ms| since_ms + super::limits::FORGIVE_MS);
            }
            _ => {}
        }
    }

    fn note_declined(&mut self, over: &crate::state::Opening, outcome: Outcome, before: &State) {
        if outcome == Outcome::NeverOpened {
            return;
        }
        self.declined.remove(&over.compartment);
        let is_deposit = matches!(over.purpose, Purpose::Deposit | Purpose::Send);
        if let Some(parcel) =
            over.goes_in.first().copied().filter(|_| is_deposit && outcome == Outcome::Closed)
        {
            if over.declined.is_some() {
                let listed = before.contents(over.compartment).listed().to_vec();
                self.declined.insert(over.compartment, (parcel, listed));
            } else {
                self.stored_last = Some((parcel, over.compartment));
            }
        }
    }

    fn note_moved(&mut self, over: &crate::state::Opening) {
        let moved = |parcels: &[ParcelId], went_in| {
            let door = over.compartment;
            parcels.iter().map(|parcel| Moved { parcel: *parcel, door, went_in }).collect::<Vec<_>>()
        };
        self.moved.extend(moved(&over.goes_in, true));
        self.moved.extend(moved(&over.comes_out, false));
        let too_many = self.moved.len().saturating_sub(MAX_MOVED);
        self.moved.drain(..too_many);
    }

    fn note_outcome(&mut self, now_ms: u64, over: &crate::state::Opening, outcome: Outcome) {
        if outcome == Outcome::Closed && over.declined.is_none() && over.purpose != Purpose::Service {
            self.note_moved(over);
        }
        match (outcome, over.purpose) {
            (Outcome::NeverOpened, _) => {
                if let Some(close) = self.closes.get_mut(&over.compartment) {
                    close.at_ms = now_ms;
                }
            }
            (Outcome::Closed, Purpose::Collect | Purpose::Retrieve) => {
                self.closes.insert(over.compartment, Close { at_ms: now_ms, took: over.comes_out.clone() });
            }
            (Outcome::Closed, Purpose::Deposit | Purpose::Send) => {
                if let Some(parcel) = over.goes_in.first().filter(|_| over.declined.is_none()) {
                    self.deposits.insert(over.compartment, (*parcel, over.entitled));
                }
                self.closes.remove(&over.compartment);
            }
            _ => {
                self.closes.remove(&over.compartment);
            }
        }
    }
}
