//! The world of one history: time, the locker, its wires, and the street.

use std::collections::{BTreeMap, VecDeque};

use locker_engine::keys::KeyRing;
use locker_engine::{CompartmentId, EngineError, Happening, Intent, State, View};
use locker_protocol::LockerId;

use crate::bus::{Bus, Wire};
use crate::cabinet::{self, Bolt, Cabinet, ParcelNumber, Sensor};
use crate::chance::Chance;
use crate::disk::{Loss, SimDisk, Stop};
use crate::intents::Kept;
use crate::kiosk::{FOLDER, Kiosk};
use crate::oracle::{Holder, Oracle, differences};
use crate::parcel::{Parcel, Where};
use crate::people::{Next, Person, Who};
use crate::plan::Plan;
use crate::reached::Reached;
use crate::story::Story;
use crate::upstream::{Rates, Upstream};

/// This locker.
pub const LOCKER: LockerId = LockerId(77);
/// The program starts again so long after it ended, in milliseconds.
const RESTART_MS: u64 = 1_500;
/// A program that cannot start tries again after this, in milliseconds.
const TRY_AGAIN_MS: u64 = 10_000;
/// A machine needs so long from power to program, in milliseconds.
const BOOT_MS: u64 = 9_000;
/// Those who wait for the kiosk give up after this, in milliseconds.
const PATIENCE_MS: u64 = 8 * 60_000;

/// More steps of the world in one millisecond than anything that goes on takes.
const SPINNING_STEPS: u32 = 5_000;
/// More new journals in one history than cards, clocks and backups can ask for.
const MOST_NEW_JOURNALS: u64 = 100;
/// A door that stays open longer is in doubt, in milliseconds.
const OPEN_LIMIT_MS: u64 = 10 * 60_000;

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
    /// People who came.
    pub people: u64,
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
    steps_in_this_ms: u32,
    at_kiosk: Option<Person>,
    aside: Option<Person>,
    waiting: VecDeque<Person>,
    /// Since when doors are seen: the line is fine and the program runs.
    seen_since_ms: Option<u64>,
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
        let profile = cabinet::profile(&mut chance);
        let mut upstream = Upstream::new(chance.fork(), LOCKER);
        upstream.hub.card_may_lie = plan.lying_card();
        let disk = SimDisk::new(plan.device);
        let bus = Bus::new(&profile, chance.fork());
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
            steps_in_this_ms: 0,
            at_kiosk: None,
            aside: None,
            waiting: VecDeque::new(),
            seen_since_ms: None,
            heard: Vec::new(),
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
        let (doors, device) = (world.cabinet.doors.len(), world.plan.device);
        world.tell(|| format!("{doors} doors, {device:?}"));
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
    }

    // The program.

    /// Something happens around the program.
    pub(crate) fn kiosk_hears(&mut self, happening: Happening) {
        let mono_ms = self.now_ms - self.kiosk.epoch_ms;
        let Some(engine) = self.kiosk.engine.as_mut() else { return };
        self.bus.happens(&self.disk);
        self.kiosk.glass.happens(&self.disk);
        let result = engine.handle(mono_ms, happening);
        let mut says = Vec::new();
        if result.is_ok() {
            while let Some(message) = engine.next_to_sync() {
                says.push(message);
            }
        }
        self.judge_commits();
        if self.disk.is_off() {
            self.counts.cuts_in_writes += 1;
            return self.power_fails();
        }
        for message in says {
            self.upstream.from_kiosk(self.now_ms, &message);
        }
        match result {
            Ok(()) => {}
            Err(EngineError::HistoriesDiffer(cause)) => {
                self.tell(|| format!("the program begins a new journal: {cause:?}"));
                self.counts.new_journals += 1;
                if self.counts.new_journals > MOST_NEW_JOURNALS {
                    let how = format!(
                        "more than {MOST_NEW_JOURNALS} journals are begun, the last one by {cause:?}"
                    );
                    self.oracle.breaks(self.now_ms, "nothing freezes or spins", how);
                }
                if let Some(engine) = self.kiosk.engine.take() {
                    let begun = engine.begin_anew(cause, mono_ms);
                    if self.disk.is_off() {
                        self.counts.cuts_in_writes += 1;
                        return self.power_fails();
                    }
                    self.program_ends();
                    match begun {
                        Ok(()) => self.kiosk.starts_at_ms = Some(self.now_ms),
                        Err(error) => self.tell(|| format!("it fails: {error}")),
                    }
                }
            }
            Err(error) => {
                self.tell(|| format!("the program ends: {error}"));
                self.program_ends();
            }
        }
    }

    fn start_kiosk(&mut self) {
        self.counts.starts += 1;
        let bus = self.bus.start(self.now_ms, self.kiosk.epoch_ms);
        match self.kiosk.start(self.now_ms, &self.disk, bus) {
            Ok(()) => {
                self.tell(|| "the program starts".to_owned());
                self.started_ms = self.now_ms;
                if self.disk.is_off() {
                    self.counts.cuts_in_writes += 1;
                    return self.power_fails();
                }
                let before = self.before_restart.take();
                if before.is_some() && before.as_ref() != self.books() && !self.plan.lying_card() {
                    let how = differences(before.as_ref(), self.books());
                    self.oracle.breaks(self.now_ms, "every replay gives the same books", how);
                }
                self.forgive_what_the_card_forgot();
                self.upstream.kiosk_came(self.now_ms);
            }
            Err(error) => {
                self.tell(|| format!("the program cannot start: {error}"));
                if self.disk.is_off() {
                    self.counts.cuts_in_writes += 1;
                    return self.power_fails();
                }
                self.kiosk.starts_at_ms = Some(self.now_ms + TRY_AGAIN_MS);
            }
        }
    }

    /// The process is gone; the machine starts it again.
    pub(crate) fn program_ends(&mut self) {
        self.kiosk.engine = None;
        self.kiosk.glass.dark();
        self.bus.start(self.now_ms, self.kiosk.epoch_ms);
        self.oracle.stopped();
        self.upstream.kiosk_went(self.now_ms);
        self.kiosk.starts_at_ms = Some(self.now_ms + RESTART_MS);
    }

    /// A process that was killed between two happenings finds the same books again.
    pub(crate) fn expect_after_restart(&mut self, before: Option<State>) {
        self.before_restart = before;
    }

    /// Where a card that lied took with it what happened at a door, no rule can know what is inside: docs/reliability.md says
    /// what that may cost.
    fn forgive_what_the_card_forgot(&mut self) {
        let Some(before) = self.before_lie.take() else { return };
        let Some(books) = self.books().cloned() else { return };
        for door in &mut self.cabinet.doors {
            let number = CompartmentId(door.number);
            let forgotten = books.contents(number) != before.contents(number)
                || (before.opening_of(number).is_some()
                    && books.opening_of(number) != before.opening_of(number));
            door.beyond_knowing |= forgotten && !door.inside.is_empty();
        }
    }

    /// The power is gone.
    pub(crate) fn power_fails(&mut self) {
        if self.power_is_off {
            return;
        }
        self.power_is_off = true;
        self.counts.power_cuts += 1;
        self.before_restart = None;
        self.tell(|| "the power fails".to_owned());
        let lying = self.plan.lying_card();
        if lying && let Some(books) = self.books().cloned() {
            self.before_lie = Some(books);
        }
        let losses = [
            Loss::Everything,
            Loss::Nothing,
            Loss::HalfOfTheLast,
            Loss::AllButTheLast,
            Loss::Arbitrary,
            Loss::Arbitrary,
        ];
        let loss = self.chance.pick(&losses).copied().unwrap_or(Loss::Arbitrary);
        self.disk.stop_after(0, Stop::PowerFails);
        self.disk.cut(&mut self.chance, loss);
        self.program_ends();
        self.upstream.power_cut(self.now_ms, lying);
        self.kiosk.starts_at_ms = None;
        let off_ms = match self.chance.below(4) {
            0 => self.chance.between(200, 3_000),
            1 => self.chance.between(3_000, 60_000),
            2 => self.chance.between(60_000, 1_800_000),
            _ => self.chance.between(1_000_000, 20_000_000),
        };
        self.heal_in(off_ms, Heal::PowerIsBack);
    }

    pub(crate) fn power_is_back(&mut self) {
        self.power_is_off = false;
        self.tell(|| "the power is back".to_owned());
        self.kiosk.epoch_ms = self.now_ms;
        self.kiosk.starts_at_ms = Some(self.now_ms + BOOT_MS);
        self.upstream.start_sync(self.now_ms);
    }

    // What people do with the kiosk.

    /// Somebody touches something.
    pub fn touch(&mut self, intent: Intent) {
        self.tell(|| format!("    touches {intent:?}"));
        self.kiosk_hears(Happening::Touched(intent));
    }

    /// Somebody types ten digits. `holder` says whose right that genuinely is.
    pub fn type_code(&mut self, digits: &str, holder: Option<Holder>) {
        self.tell(|| format!("    types {}", if holder.is_some() { "the code" } else { "some digits" }));
        self.shows(holder);
        self.kiosk_hears(Happening::Typed(digits.to_owned()));
    }

    /// Somebody types an id and a PIN.
    pub fn type_pin(&mut self, id: &str, pin: &str, holder: Option<Holder>) {
        self.tell(|| format!("    types id {id} and {} PIN", if holder.is_some() { "the" } else { "some" }));
        self.shows(holder);
        self.kiosk_hears(Happening::SignIn { id: id.to_owned(), pin: pin.to_owned() });
    }

    /// Somebody holds something before the scanner.
    pub fn scan(&mut self, text: &str, holder: Option<Holder>) {
        self.tell(|| {
            let shown: String = text.chars().take(16).collect();
            format!(
                "    scans {}",
                if holder.is_some() { "a genuine pass".to_owned() } else { format!("{shown:?}") }
            )
        });
        self.shows(holder);
        let happening = match text.chars().any(|c| c.is_control()) {
            true => Happening::Unreadable,
            false => Happening::Scanned(text.to_owned()),
        };
        self.kiosk_hears(happening);
    }

    fn shows(&mut self, holder: Option<Holder>) {
        if let Some(holder) = holder
            && self.kiosk.engine.is_some()
        {
            self.oracle.shown(holder);
        }
    }

    // What people do at the doors.

    /// A parcel of this person behind this door.
    pub fn own_inside(&self, index: usize, owner: u64) -> Option<ParcelNumber> {
        let door = self.cabinet.doors.get(index)?;
        let own =
            |parcel: &&ParcelNumber| self.parcels.get(**parcel).is_some_and(|known| known.owner == owner);
        door.inside.iter().find(own).copied()
    }

    /// Somebody puts a parcel in.
    pub fn put(&mut self, index: usize, parcel: ParcelNumber, name: &str) {
        let now_ms = self.now_ms;
        let number = self.cabinet.doors.get(index).map_or(0, |door| door.number);
        let Some(known) = self.parcels.get_mut(parcel) else { return };
        known.place = Where::Inside(index);
        known.put_in_ms = now_ms;
        let label = known.label.clone();
        self.counts.deposits += 1;
        self.cabinet.put(index, parcel);
        self.tell(|| format!("{name} puts {label} behind door {number}"));
    }

    /// Somebody takes a parcel out.
    pub fn take(&mut self, index: usize, parcel: ParcelNumber, to: Where, name: &str) -> bool {
        if !self.cabinet.take(index, parcel) {
            return false;
        }
        let number = self.cabinet.doors.get(index).map_or(0, |door| door.number);
        let Some(known) = self.parcels.get_mut(parcel) else { return false };
        known.place = to;
        let label = known.label.clone();
        self.counts.collections += u64::from(to == Where::Home);
        self.tell(|| format!("{name} takes {label} from behind door {number}"));
        true
    }

    /// Somebody shuts a door.
    pub fn shut(&mut self, index: usize, name: &str) {
        let number = self.cabinet.doors.get(index).map_or(0, |door| door.number);
        self.tell(|| format!("{name} shuts door {number}"));
        let watched = self.kiosk.engine.is_some();
        if let Some(door) = self.cabinet.doors.get_mut(index)
            && let Some(let_open_ms) = door.let_open_to_take_ms
            && !door.inside.is_empty()
            && watched
            && self.now_ms < let_open_ms.max(door.moved_ms).max(self.started_ms) + OPEN_LIMIT_MS
        {
            // Whoever was let in shut it with the parcel inside: no door sensor can tell.
            door.beyond_knowing = true;
        }
        self.keep_if_collected(index);
        self.cabinet.shut(index, self.now_ms);
    }

    /// Something is now behind this door that no rule can know of without a sensor that sees it.
    pub fn left_behind(&mut self, index: usize, name: &str) {
        if let Some(door) = self.cabinet.doors.get_mut(index) {
            door.beyond_knowing = true;
            let number = door.number;
            self.tell(|| format!("{name} leaves behind door {number} what nobody can know of"));
        }
    }

    // The street.

    /// Somebody comes.
    pub(crate) fn comes(&mut self, person: Person) {
        self.counts.people += 1;
        self.tell(|| format!("{} comes", person.name()));
        let lets_pass = matches!(person.who, Who::Recipient(_))
            && self.aside.is_none()
            && self.at_kiosk.as_ref().is_some_and(|other| matches!(other.who, Who::Courier(_)))
            && matches!(self.kiosk.glass.view(), Some(View::Courier { .. }));
        if self.at_kiosk.is_none() {
            self.at_kiosk = Some(person);
        } else if lets_pass && self.chance.one_in(2) {
            self.tell(|| "the courier steps aside".to_owned());
            self.aside = self.at_kiosk.replace(person);
        } else if self.waiting.len() < 4 {
            self.waiting.push_back(person);
        }
    }

    fn person_acts(&mut self) {
        let Some(mut person) = self.at_kiosk.take() else { return };
        if let Some(view) = self.kiosk.glass.view() {
            self.reached.screen(&view);
        }
        let next = person.act(self);
        match next {
            Next::After(ms) => {
                person.next_ms = self.now_ms + ms.max(1);
                self.at_kiosk = Some(person);
            }
            Next::Leaves => {
                self.tell(|| format!("{} goes", person.name()));
                match person.who {
                    Who::Courier(_) | Who::Sender(_) => person.put_down(self),
                    _ => {
                        for parcel in std::mem::take(&mut person.hands) {
                            if let Some(known) = self.parcels.get_mut(parcel) {
                                known.place = Where::Stolen;
                            }
                        }
                    }
                }
                self.next_person();
            }
        }
    }

    fn next_person(&mut self) {
        let now_ms = self.now_ms;
        if let Some(mut aside) = self.aside.take() {
            aside.next_ms = now_ms + 2_000;
            self.at_kiosk = Some(aside);
            return;
        }
        while let Some(mut person) = self.waiting.pop_front() {
            if now_ms < person.came_ms + PATIENCE_MS {
                person.next_ms = now_ms + 3_000;
                person.came_ms = now_ms;
                self.at_kiosk = Some(person);
                return;
            }
        }
    }

    /// Whether the street is empty.
    pub(crate) fn nobody_is_there(&self) -> bool {
        self.at_kiosk.is_none()
    }

    /// Everyone goes home.
    pub(crate) fn everyone_goes(&mut self) {
        self.waiting.clear();
        for mut person in [self.at_kiosk.take(), self.aside.take()].into_iter().flatten() {
            if matches!(person.who, Who::Courier(_) | Who::Sender(_)) {
                person.put_down(self);
            }
        }
    }

    pub(crate) fn heal_in(&mut self, ms: u64, heal: Heal) {
        self.healed += 1;
        self.heals.insert((self.now_ms + ms, self.healed), heal);
    }

    fn heal(&mut self, heal: Heal) {
        match heal {
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

    fn enrol(&mut self) {
        let keys = self.upstream.keys();
        let placed = KeyRing::create_enrolled(
            self.disk.for_engine(),
            FOLDER.as_ref(),
            keys.journal_seed,
            &keys.enrolment(),
        );
        if let Err(error) = placed {
            self.oracle.breaks(0, "the world begins", error.to_string());
        }
        self.staff_comes_to_work();
        self.upstream.start_sync(self.now_ms);
    }
}
