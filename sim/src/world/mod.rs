//! The world of one history: time, the locker, its wires, and the street.

mod hands;
mod program;
mod street;
mod surroundings;

use std::collections::{BTreeMap, VecDeque};

use locker_engine::{Happening, State, View};
use locker_protocol::LockerId;

use crate::bus::{Bus, Wire};
use crate::cabinet::{self, Bolt, Cabinet, ItemSensor, Sensor};
use crate::chance::Chance;
use crate::disk::SimDisk;
use crate::intents::Kept;
use crate::kiosk::Kiosk;
use crate::oracle::Oracle;
use crate::parcel::Parcel;
use crate::people::Person;
use crate::phones::BroughtReceipt;
use crate::plan::Plan;
use crate::reached::Reached;
use crate::story::Story;
use crate::surroundings::Surroundings;
use crate::told::Told;
use crate::upstream::{Rates, Upstream};

/// This locker.
pub const LOCKER: LockerId = LockerId(77);

/// More steps of the world in one millisecond than anything that goes on takes.
const SPINNING_STEPS: u32 = 5_000;
/// Makes another stream of a seed.
const OF_SENSORS: u64 = 0xCAB1_0125_17E3_0B0D;

/// A courier, and the papers in the pocket.
#[derive(Clone, Debug)]
pub struct Courier {
    /// Of which carrier.
    pub tenant: u32,
    /// Which.
    pub staff: u32,
    /// The id that is typed.
    pub id: String,
    /// The PIN.
    pub pin: String,
    /// The pass.
    pub badge: String,
}

/// The end of something that does not last.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heal {
    PowerIsBack,
    CutNow,
    KillNow,
    NetworkIsFine,
    HubIsHonest,
    WireIsFine,
    Bolt(usize),
    Sensor(usize),
    DiskHasRoom,
    SyncStarts,
    SpringsShut(usize),
    ItemSensor(usize),
    MainsAreBack,
    Air(usize),
    ShakenAgain,
    /// The call centre answers whoever stands at this door.
    Answered(usize),
}

/// Counts of what happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Steps of the world.
    pub steps: u64,
    /// Power cuts.
    pub power_cuts: u64,
    /// Of those, in the middle of a write.
    pub cuts_in_writes: u64,
    /// Processes killed.
    pub kills: u64,
    /// Parcels put in.
    pub deposits: u64,
    /// Parcels taken out by those whose they are.
    pub collections: u64,
    /// Pulses.
    pub pulses: u64,
    /// Starts of the engine.
    pub starts: u64,
    /// Journals begun anew.
    pub new_journals: u64,
    /// Restarts that a technician wanted.
    pub restarts: u64,
    /// People who came.
    pub people: u64,
    /// Times that the machine switched itself off, its battery nearly empty.
    pub switched_off: u64,
}

/// Everything.
pub struct World {
    /// Milliseconds since the history began.
    pub now_ms: u64,
    /// What is told of it.
    pub story: Story,
    /// The doors.
    pub cabinet: Cabinet,
    /// The line to the boards.
    pub bus: Bus,
    /// The program.
    pub kiosk: Kiosk,
    /// Sync, network and hub.
    pub upstream: Upstream,
    /// The memory card.
    pub disk: SimDisk,
    /// The supply, the air, and whoever shakes the cabinet.
    pub surroundings: Surroundings,
    /// Every parcel that ever was.
    pub parcels: Vec<Parcel>,
    /// The couriers.
    pub couriers: Vec<Courier>,
    /// The judge.
    pub oracle: Oracle,
    /// What happened so often.
    pub counts: Counts,
    /// What people and events came to.
    pub reached: Reached,
    pub(crate) plan: Plan,
    next_item: usize,
    pub(crate) heals: BTreeMap<(u64, u64), Heal>,
    healed: u64,
    pub(crate) chance: Chance,
    pub(crate) kept: Kept,
    /// What the program has heard of its surroundings.
    pub(crate) told: Told,
    steps_in_this_ms: u32,
    at_kiosk: Option<Person>,
    aside: Option<Person>,
    waiting: VecDeque<Person>,
    /// Since when doors are seen: the line is fine and the program runs.
    pub(crate) seen_since_ms: Option<u64>,
    heard: Vec<Happening>,
    /// The books as they were when the process was killed.
    before_restart: Option<State>,
    /// The books as they were when the power was cut and the card may have lied about them.
    before_lie: Option<State>,
    /// The number of the change that dismisses a courier, and the badge that the courier kept.
    pub(crate) dismissed: Option<(u64, String)>,
    /// When the program last started.
    started_ms: u64,
    /// So many of the next openings are stopped.
    pub(crate) stops_in_openings: u64,
    /// A badge that is soon over, and when: in seconds since 1970.
    pub(crate) short_lived: Option<(u64, String)>,
    /// What the technician shows.
    pub(crate) technicians_badge: String,
    /// Passes of recipients that name the label of a return, by mistake: whose, and what.
    pub(crate) passes_for_returns: Vec<(u64, String)>,
    /// What phones brought to the hub.
    pub(crate) brought: Vec<BroughtReceipt>,
    /// There is no power.
    pub(crate) power_is_off: bool,
    /// The machine is about to start sync again.
    pub(crate) sync_starts: bool,
}

/// Whose turn it is.
#[derive(Clone, Copy)]
enum Turn {
    Heal,
    Item,
    Cabinet,
    Surroundings,
    Bus,
    Upstream,
    Kiosk,
    Person,
}

/// How many recipients there are.
pub(crate) const RECIPIENTS: u64 = 5;

impl World {
    /// The world in which this plan will happen.
    pub fn new(plan: Plan, story: Story) -> Self {
        let mut chance = Chance::new(plan.seed ^ 0x5EED);
        let mut more = Chance::new(plan.seed ^ OF_SENSORS);
        let profile = cabinet::profile(&mut chance, plan.fitted, &mut more);
        let surroundings = Surroundings::new(plan.fitted, &profile.parts.thermometers, more.fork());
        let mut upstream = Upstream::new(chance.fork(), LOCKER);
        upstream.hub.card_may_lie = plan.lying_card();
        let disk = SimDisk::new(plan.device);
        let bus = Bus::new(&profile, chance.fork(), more.fork());
        let cabinet = Cabinet::new(&profile);
        let kiosk = Kiosk::new(profile, chance.fork(), 1_000);
        let mut world = Self {
            now_ms: 1,
            story,
            cabinet,
            bus,
            kiosk,
            upstream,
            disk,
            surroundings,
            parcels: Vec::new(),
            couriers: Vec::new(),
            oracle: Oracle::default(),
            counts: Counts::default(),
            reached: Reached::default(),
            plan,
            next_item: 0,
            heals: BTreeMap::new(),
            healed: 0,
            chance,
            kept: Kept::default(),
            told: Told::default(),
            steps_in_this_ms: 0,
            at_kiosk: None,
            aside: None,
            waiting: VecDeque::new(),
            seen_since_ms: None,
            heard: Vec::new(),
            brought: Vec::new(),
            before_restart: None,
            before_lie: None,
            dismissed: None,
            started_ms: 0,
            stops_in_openings: 0,
            short_lived: None,
            technicians_badge: String::new(),
            passes_for_returns: Vec::new(),
            power_is_off: false,
            sync_starts: false,
        };
        let (doors, device, fitted) = (world.cabinet.doors.len(), world.plan.device, world.plan.fitted);
        world.tell(|| format!("{doors} doors, {device:?}, {fitted:?}"));
        world.enrol();
        world
    }

    /// Adds a line to the story.
    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        self.story.tell(self.now_ms, line);
    }

    /// Runs the plan to its end, or until a promise is broken.
    pub fn run(&mut self) {
        while self.oracle.broken.is_empty() && self.now_ms < self.plan.length_ms {
            self.step(self.plan.length_ms);
        }
    }

    /// Lets time pass, with all that is due in it.
    pub(crate) fn pass(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        while self.oracle.broken.is_empty() && self.now_ms < until_ms {
            self.step(until_ms);
        }
    }

    /// One step: whatever is due first.
    fn step(&mut self, until_ms: u64) {
        self.counts.steps += 1;
        let until_ms = until_ms.max(self.now_ms);
        let item_ms = self.plan.items.get(self.next_item).map(|item| item.at_ms);
        let heal_ms = self.heals.first_key_value().map(|((at_ms, _), _)| *at_ms);
        let person_ms = self.at_kiosk.as_ref().map(|person| person.next_ms);
        let dues = [
            (heal_ms, Turn::Heal),
            (item_ms, Turn::Item),
            (self.cabinet.next_due_ms(), Turn::Cabinet),
            (self.surroundings.next_due_ms(), Turn::Surroundings),
            (self.bus.next_due_ms(self.now_ms, &self.cabinet), Turn::Bus),
            (self.upstream.next_due_ms(), Turn::Upstream),
            (self.kiosk.next_due_ms(self.now_ms), Turn::Kiosk),
            (person_ms, Turn::Person),
        ];
        let dues = dues.iter().filter_map(|(at_ms, turn)| Some(((*at_ms)?.max(self.now_ms), *turn)));
        let first = dues.filter(|(at_ms, _)| *at_ms <= until_ms).min_by_key(|(at_ms, _)| *at_ms);
        let now_ms = first.map_or(until_ms, |(at_ms, _)| at_ms);
        self.steps_in_this_ms = if now_ms == self.now_ms { self.steps_in_this_ms + 1 } else { 0 };
        self.now_ms = now_ms;
        if self.steps_in_this_ms > SPINNING_STEPS {
            let how = format!("{SPINNING_STEPS} things happen in one millisecond, and more are due");
            self.oracle.breaks(now_ms, "nothing freezes or spins", how);
        }
        match first.map(|(_, turn)| turn) {
            None => {}
            Some(Turn::Heal) => {
                if let Some((_, heal)) = self.heals.pop_first() {
                    self.heal(heal);
                }
            }
            Some(Turn::Item) => {
                if let Some(item) = self.plan.items.get(self.next_item).cloned() {
                    self.next_item += 1;
                    self.happens(&item);
                }
            }
            Some(Turn::Cabinet) => self.cabinet.turn(self.now_ms),
            Some(Turn::Surroundings) => self.surroundings_turn(),
            Some(Turn::Bus) => self.bus_turns(),
            Some(Turn::Upstream) => {
                for said in self.upstream.turn(self.now_ms) {
                    self.kiosk_hears(said.into());
                }
            }
            Some(Turn::Kiosk) if self.kiosk.engine.is_some() => self.kiosk_hears(Happening::Tick),
            Some(Turn::Kiosk) => self.start_kiosk(),
            Some(Turn::Person) => self.person_acts(),
        }
        if !self.upstream.sync_is_up() && !self.power_is_off && !self.sync_starts {
            self.sync_starts = true;
            let rest_ms = self.chance.between(500, 40_000);
            self.heal_in(rest_ms, Heal::SyncStarts);
        }
        self.judge();
    }

    fn bus_turns(&mut self) {
        let mut heard = std::mem::take(&mut self.heard);
        self.bus.turn(self.now_ms, &mut self.cabinet, &mut heard);
        for pulse in std::mem::take(&mut self.bus.pulses) {
            self.counts.pulses += 1;
            let Some(door) = self.cabinet.doors.get_mut(pulse.door) else { continue };
            door.let_open_to_take_ms = (!door.inside.is_empty()).then_some(self.now_ms);
            let number = door.number;
            if self.stops_in_openings > 0 {
                self.stops_in_openings -= 1;
                let after_ms =
                    if self.chance.one_in(3) { self.chance.below(30_000) } else { self.chance.below(900) };
                let stop = if self.chance.one_in(2) { Heal::CutNow } else { Heal::KillNow };
                self.heal_in(after_ms, stop);
            }
            self.tell(|| format!("    lock {number} is pulsed"));
            self.oracle.pulse(self.now_ms, pulse.door, &self.cabinet, &self.parcels);
            self.judge_intent(pulse.door);
            self.judge_taking_in(pulse.door);
            self.may_be_answered_soon(pulse.door);
            if let Some(supply) = &mut self.surroundings.supply {
                supply.pulls(self.now_ms);
            }
        }
        for happening in heard.drain(..) {
            self.kiosk_hears(happening);
        }
        self.heard = heard;
    }

    fn judge(&mut self) {
        let now_ms = self.now_ms;
        if let Some(fault) = self.cabinet.faults.pop() {
            self.oracle.breaks(now_ms, "one lock at a time, and each rests", fault);
        }
        if let Some(complaint) = self.upstream.complaints().next().map(str::to_owned) {
            self.oracle.breaks(now_ms, "every event once and in order", complaint);
        }
        self.oracle.homes(now_ms, self.kiosk.glass.homes());
        self.oracle.somebody(now_ms, self.at_kiosk.is_some() || self.kiosk.engine.is_none());
        let Some(engine) = &self.kiosk.engine else {
            self.seen_since_ms = None;
            return;
        };
        let home = matches!(self.kiosk.glass.view(), Some(View::Home { .. }));
        self.oracle.judge_screen(now_ms, home);
        if self.bus.wire.is_fine() && !self.bus.is_stalled(now_ms) && !self.plan.lying_card() {
            self.seen_since_ms.get_or_insert(now_ms + 15_000);
        } else {
            self.seen_since_ms = None;
        }
        let books = engine.state();
        if let Some(since_ms) = self.seen_since_ms {
            self.oracle.judge_open_doors(now_ms, since_ms, books, &self.cabinet);
        }
        if !self.plan.lying_card() {
            let head = engine.head_seq();
            self.oracle.judge_books(now_ms, head, books, &self.cabinet, &self.parcels);
        }
        self.judge_item_doubts();
    }

    pub(crate) fn heal_in(&mut self, ms: u64, heal: Heal) {
        self.healed += 1;
        self.heals.insert((self.now_ms + ms, self.healed), heal);
    }

    fn heal(&mut self, heal: Heal) {
        match heal {
            Heal::PowerIsBack if !self.has_power() => {}
            Heal::PowerIsBack => self.power_is_back(),
            Heal::CutNow => self.power_fails(),
            Heal::KillNow => self.kill_kiosk(),
            Heal::NetworkIsFine => self.upstream.network.rates = Rates::default(),
            Heal::HubIsHonest => self.upstream.hub.mischief.one_in = 0,
            Heal::WireIsFine => {
                self.bus.wire = Wire::default();
                self.bus.stir();
            }
            Heal::Bolt(index) => {
                if let Some(door) = self.cabinet.doors.get_mut(index) {
                    door.bolt = Bolt::Works;
                }
            }
            Heal::Sensor(index) => self.mend_sensor(index),
            Heal::DiskHasRoom => self.disk.full(None),
            Heal::SyncStarts => {
                self.sync_starts = false;
                if !self.power_is_off {
                    self.upstream.start_sync(self.now_ms);
                }
            }
            Heal::SpringsShut(index) => self.shut(index, "a passer-by"),
            Heal::ItemSensor(index) => self.cabinet.item_sensor_is(index, self.now_ms, ItemSensor::True),
            Heal::MainsAreBack => self.mains_are_back(),
            Heal::Air(index) => {
                let now_ms = self.now_ms;
                if let Some(air) = self.surroundings.airs.get_mut(index) {
                    air.mend(now_ms);
                }
            }
            Heal::ShakenAgain => {
                let mut chance = self.surroundings.chance.fork();
                self.is_shaken(&mut chance);
            }
            Heal::Answered(index) => self.a_case_of_this_door_is_answered(index),
        }
    }

    pub(crate) fn mend_sensor(&mut self, index: usize) {
        let now_ms = self.now_ms;
        if let Some(door) = self.cabinet.doors.get_mut(index) {
            door.sensor = Sensor::True;
            door.moved_ms = now_ms;
            self.cabinet.moves += 1;
        }
    }

    /// The books, while the program runs.
    pub fn books(&self) -> Option<&State> {
        self.kiosk.engine.as_ref().map(locker_engine::Engine::state)
    }
}
