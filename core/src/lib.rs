//! The rules of a parcel locker: who may open what, what is where, and what a person sees.
//!
//! The core is a pure function. [`Core::handle`] takes what happened and the time, and returns what to do, in order;
//! [`State::apply`] is the only thing that changes durable state, for a fresh event and for a replayed one alike;
//! [`Core::next_deadline_ms`] is the only timer. There is no clock in here, no randomness, no thread, no file, no key.
//!
//! | file | subject |
//! |---|---|
//! | [`state`], [`mod@apply`] | the durable books, and how an event changes them |
//! | [`cabinet`] | what never changes while the program runs: doors, sizes, supplies |
//! | `opening` | one door from intent to outcome, and the evidence for it |
//! | `items` | what item sensors prove, and where they contradict the books |
//! | `surroundings` | power, tampering, temperatures |
//! | `supplies`, `reopen` | one lock at a time; the window in which a door may be opened again |
//! | [`rights`], [`allocate`] | who may open which door; which door is offered |
//! | [`changes`] | which of the hub's changes are applied, refused, or wait |
//! | `guesses`, `retention` | how often a code may be missed; how long a parcel has waited |
//! | `recipient`, `courier`, `sender`, `technician`, `front` | the kiosk's dialogue |
//! | [`input`], [`effect`], [`view`] | the boundary |
//! | [`promises`] | what must always hold, as named predicates for tests and simulation |
//! | [`faults`] | what a programmer could have got wrong, for the simulation to find |
//! | `situation` | which moments are the same for an exploration of all that can happen |

#![cfg_attr(
    feature = "seeded-faults",
    allow(clippy::disallowed_macros, reason = "which fault is sown is kept outside the state, on purpose")
)]

pub mod allocate;
pub mod apply;
pub mod cabinet;
pub mod changes;
mod courier;
pub mod effect;
pub mod faults;
mod front;
mod guesses;
pub mod input;
mod items;
mod opening;
pub mod promises;
mod recipient;
mod reopen;
mod retention;
pub mod rights;
mod sender;
mod situation;
pub mod state;
mod supplies;
mod surroundings;
mod technician;
pub mod view;

pub use cabinet::{Cabinet, Spec, Thermometer};
pub use effect::{Effect, Sound, Unlock};
pub use input::{Input, Intent, Item, PassProblem, Presented};
pub use state::{Contents, Parcel, Place, State};
pub use view::{
    Believed, CaseLine, CourierNote, DoorChoices, DoorLine, GoesBack, InventoryNote, Moved, NotAccepted,
    OrderProgress, Stop, TakeOutDoor, Task, Trouble, TroubleKind, View,
};

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use locker_protocol::event::Door;
use locker_protocol::{CompartmentId, Event, Numbered, OpeningId};

use crate::faults::Fault;
use crate::front::{Aside, Session};
use crate::guesses::Forgiving;
use crate::items::Items;
use crate::opening::Live;
use crate::supplies::Supplies;
use crate::surroundings::Surroundings;

/// The rules, with the books they keep and what they know of this moment.
#[derive(Clone)]
pub struct Core {
    cabinet: Cabinet,
    state: State,
    /// What each door's sensor said last, and when that was sampled.
    doors: BTreeMap<CompartmentId, Sample>,
    /// What is known of each unfinished opening beyond its durable part.
    live: BTreeMap<OpeningId, Live>,
    /// When each reopen window ends, in monotonic milliseconds.
    windows: BTreeMap<CompartmentId, u64>,
    supplies: Supplies,
    forgiving: Forgiving,
    /// Since when waiting has not been journaled, and which doors could not be collected from meanwhile.
    waiting_since_ms: Option<u64>,
    not_collectable: BTreeSet<CompartmentId>,
    /// The next change, when it touches a parcel in an opening.
    held_change: Option<Numbered>,
    session: Session,
    /// A courier's session, set aside while someone collects.
    aside: Option<Aside>,
    /// Since when the hub has not been heard, in monotonic milliseconds; none while it is.
    hub_lost_ms: Option<u64>,
    /// The hub has told the time since the start.
    hub_told_time: bool,
    /// The program's version.
    version: String,
    /// When the program started, in monotonic milliseconds.
    started_ms: u64,
    /// Which doors jammed in the last day since the start, and when, in monotonic milliseconds.
    jammed_ms: VecDeque<(CompartmentId, u64)>,
    /// How long each lock last took from its pulse until its door was seen open, in milliseconds.
    lock_ms: BTreeMap<CompartmentId, u32>,
    items: Items,
    surroundings: Surroundings,
    shown: Option<View>,
    lower_doors_shown: Option<bool>,
    on_battery_shown: Option<bool>,
    led_to: Vec<CompartmentId>,
    effects: Vec<Effect>,
}

/// A reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sample {
    door: Door,
    at_ms: u64,
}

impl Core {
    /// The rules over replayed books. Nothing happens before [`Input::Started`].
    pub fn new(cabinet: Cabinet, state: State) -> Self {
        Self {
            cabinet,
            state,
            doors: BTreeMap::new(),
            live: BTreeMap::new(),
            windows: BTreeMap::new(),
            supplies: Supplies::default(),
            forgiving: Forgiving::default(),
            waiting_since_ms: None,
            not_collectable: BTreeSet::new(),
            held_change: None,
            session: Session::default(),
            aside: None,
            hub_lost_ms: Some(0),
            hub_told_time: false,
            version: String::new(),
            started_ms: 0,
            jammed_ms: VecDeque::new(),
            lock_ms: BTreeMap::new(),
            items: Items::default(),
            surroundings: Surroundings::default(),
            shown: None,
            lower_doors_shown: None,
            on_battery_shown: None,
            led_to: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The durable books.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The doors that a person is dealing with: every reading of them is wanted, not only edges.
    pub fn watched(&self) -> impl Iterator<Item = CompartmentId> + '_ {
        self.state.openings.values().map(|opening| opening.compartment)
    }

    /// Takes what happened at `now_ms` (monotonic) and says what to do, in order.
    pub fn handle(&mut self, now_ms: u64, input: Input) -> Vec<Effect> {
        match input {
            Input::Started { version } => self.start(now_ms, version),
            Input::Enrolled(locker) => self.record(Event::Enrolled { locker }),
            Input::Touched(intent) => self.touched(now_ms, intent),
            Input::Presented(presented) => self.presented(now_ms, presented),
            Input::Reading { compartment, door, sampled_at_ms } => {
                self.reading(now_ms, compartment, door, sampled_at_ms);
            }
            Input::Unlocked { opening, attempt, answer } => self.unlocked(now_ms, opening, attempt, answer),
            Input::Change(numbered) => self.change(numbered),
            Input::HubTime { unix_s } => self.hub_time(unix_s),
            Input::Network { reaches_hub } => self.network(now_ms, reaches_hub),
            Input::Item { compartment, item, sampled_at_ms } => {
                self.item_reading(now_ms, compartment, item, sampled_at_ms);
            }
            Input::Power { mains, percent } => self.power(mains, percent),
            Input::Tamper { sensor } => self.tampered(now_ms, sensor),
            Input::Temperature { sensor, tenths_c } => self.temperature(sensor, tenths_c),
            Input::Tick => {}
        }
        // Time passes with every input, not only with ticks: whatever fell due is due now.
        self.supervise_openings(now_ms);
        self.close_windows(now_ms);
        self.count_waiting(now_ms);
        self.forgive(now_ms);
        self.supervise_session(now_ms);
        self.stop_before_the_battery_does();
        self.show(now_ms);
        std::mem::take(&mut self.effects)
    }

    /// When [`Input::Tick`] is due, in monotonic milliseconds, if nothing else happens before.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        [
            self.openings_deadline_ms(),
            self.windows_deadline_ms(),
            self.waiting_deadline_ms(),
            self.forgiving.deadline_ms(),
            self.session_deadline_ms(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whatever was on the screen may be gone: show it again with the next input.
    pub fn forget_shown(&mut self) {
        self.shown = None;
        self.lower_doors_shown = None;
        self.on_battery_shown = None;
    }

    fn start(&mut self, now_ms: u64, version: String) {
        self.hub_lost_ms = Some(now_ms);
        self.started_ms = now_ms;
        self.version.clone_from(&version);
        self.record(Event::Started { version });
        if faults::is(Fault::MissesForgivenAtStart) {
            self.state.code_misses = 0;
        }
        self.resume_openings(now_ms);
        if !faults::is(Fault::WindowNotResumed) {
            self.resume_windows(now_ms);
        }
        self.forget_thermometers();
    }

    /// Decides that something happened: books and journal alike.
    fn record(&mut self, event: Event) {
        self.state.apply(&event);
        if faults::is(Fault::DropIntent) && matches!(event, Event::Began { .. }) {
            return;
        }
        self.effects.push(Effect::Record(event));
    }

    fn act(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn change(&mut self, numbered: Numbered) {
        // A gap, or a repetition: sync offers the right one again.
        let next = self.state.cursor.checked_add(1);
        let wrongly_taken = faults::is(Fault::GapInChanges) && Some(numbered.number) > next
            || faults::is(Fault::StaleChange) && Some(numbered.number) < next;
        if Some(numbered.number) != next && !wrongly_taken {
            return;
        }
        if changes::must_wait(&self.state, &numbered.change) {
            self.held_change = Some(numbered);
            return;
        }
        let Numbered { number, change, .. } = numbered;
        match changes::answer(&self.state, &self.cabinet, &change) {
            Ok(()) => {
                let door = changes::door_of(&self.state, &change);
                self.record(Event::Applied { number, change });
                // What is in doubt has no window that could settle it.
                if let Some(door) = door.filter(|door| {
                    self.state.compartments.get(door).is_some_and(|known| known.reopen.is_none())
                }) {
                    self.windows.remove(&door);
                }
            }
            Err(why) => self.record(Event::Refused { number, why }),
        }
        self.act(Effect::Wake);
    }

    fn retry_held_change(&mut self) {
        if let Some(held) = self.held_change.take() {
            self.change(held);
        }
    }

    fn network(&mut self, now_ms: u64, reaches_hub: bool) {
        self.hub_lost_ms = if reaches_hub { None } else { self.hub_lost_ms.or(Some(now_ms)) };
    }

    fn hub_time(&mut self, unix_s: u64) {
        self.hub_told_time = true;
        // Once an hour is enough for a floor, and spares the card.
        if unix_s >= self.state.floor_unix_s.saturating_add(3_600) {
            self.record(Event::FloorRaised { unix_s });
        }
    }

    fn show(&mut self, now_ms: u64) {
        let view = self.view(now_ms);
        if self.shown.as_ref() != Some(&view) {
            self.shown = Some(view.clone());
            self.act(Effect::Show(view));
        }
        let lower_doors = self.session.lower_doors;
        if self.lower_doors_shown != Some(lower_doors) {
            self.lower_doors_shown = Some(lower_doors);
            self.act(Effect::LowerDoors(lower_doors));
        }
        let on_battery = self.surroundings.is_on_battery();
        if self.on_battery_shown != Some(on_battery) {
            self.on_battery_shown = Some(on_battery);
            self.act(Effect::OnBattery(on_battery));
        }
        let lead_to = self.open_doors();
        if self.led_to != lead_to {
            self.led_to.clone_from(&lead_to);
            self.act(Effect::Lead(lead_to));
        }
    }

    /// The doors that were let open and stand open.
    fn open_doors(&self) -> Vec<CompartmentId> {
        let open = self.live.iter().filter(|(_, live)| live.is_open());
        open.filter_map(|(id, _)| self.state.openings.get(id)).map(|opening| opening.compartment).collect()
    }

    fn door(&self, compartment: CompartmentId) -> Door {
        self.doors.get(&compartment).map_or(Door::Unknown, |sample| sample.door)
    }
}
