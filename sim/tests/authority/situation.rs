//! One moment: the real rules, the street around them, and the onlooker. And all that can happen next.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use locker_core::{Cabinet, Core, Effect, Input, Intent, PassProblem, Presented, State, View};
use locker_protocol::event::{Answer, Door, Event};
use locker_protocol::{Change, CodeTag, CompartmentId, Numbered, Pass, RecipientId, Right, Size, StaffId};

use crate::memory::{Granted, Memory, Wrong};
use crate::people::{self, BUILT_UNIX_S, Item, LOCKER, RETENTION_S};

/// Between two samples of a door that is being opened.
const SAMPLED_EVERY_MS: u64 = 400;
/// For how long a door has to be seen closed.
const STABLE_MS: u64 = 300;
/// What may happen between two samples without being seen is too short for hands.
const UNSEEN_MS: u64 = 500;
/// How often a person who stays touches the screen, and for how long.
const TOUCHES_EVERY_MS: u64 = 10_000;
const TOUCHES: u32 = 13;
/// Timers that one waiting may outlast.
const MOST_TIMERS: u32 = 100;

/// What somebody can hold before the scanner, or type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    Code(Item),
    /// The code that the hub gave out later.
    NewCode(Item),
    /// A code that is nobody's.
    WrongCode,
    Mistyped,
    Pass(RecipientId),
    /// A recipient's pass that names an unannounced parcel.
    PassFor(Item),
    Badge(StaffId),
    /// A badge that ended.
    OldBadge(StaffId),
    Pin(StaffId),
    WrongPin(StaffId),
    DepositPass(Item),
    Label(Item),
    Foreign,
    Forged,
    Unreadable,
}

/// What the hub says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    Announce(Item),
    Cancel(Item),
    Extend(Item),
    Recall(Item),
    NewCode(Item),
    Match(Item),
    Revoke(StaffId),
    TakeBack(StaffId),
    Refill,
    OutOfService(u16),
    InService(u16),
}

/// Something that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Shows(Token),
    Touches(Intent),
    Hub(Word),
    Answers(Answer),
    Opens(u16),
    PutsIn(u16, Item),
    TakesOut(u16, Item),
    Closes(u16),
    SensorFallsSilent(u16),
    SensorSpeaks(u16),
    /// Nothing happens until a timer makes something happen.
    Waits,
    /// The same while somebody goes on touching the screen.
    WaitsTouching,
    /// The last millisecond before the next timer.
    WaitsAlmost,
    PowerCut,
}

/// What can happen in this world.
#[derive(Clone)]
pub struct World {
    pub name: &'static str,
    pub doors: u16,
    pub items: Vec<Item>,
    pub tokens: Vec<Token>,
    pub words: Vec<Word>,
    pub intents: Vec<Intent>,
    /// What a bus may say of a pulse.
    pub answers: Vec<Answer>,
    /// A label whose story is over may come again, and is then nobody's.
    pub again: bool,
    /// How often the power may fail; none is any number of times.
    pub cuts: Option<u8>,
    /// Doors may open by themselves.
    pub ghosts: bool,
    /// Sensors may fall silent.
    pub silence: bool,
    pub almost: bool,
    /// What was so before anybody came: what the hub had told, and what lies where.
    pub before: Vec<Event>,
    pub inside: Vec<(u16, Item)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Where {
    Carrier,
    Inside(u16),
    Recipient,
    Thief,
}

#[derive(Clone, Copy)]
struct Sensor {
    open: bool,
    silent_since_ms: Option<u64>,
    told: Option<bool>,
}

impl Sensor {
    fn is_silent(&self) -> bool {
        self.silent_since_ms.is_some()
    }

    /// For so long that the rules have to reckon with what it did not see. No hand is faster.
    fn misses_things(&self, now_ms: u64) -> bool {
        self.silent_since_ms.is_some_and(|since_ms| now_ms > since_ms + UNSEEN_MS)
    }
}

/// What came of an action.
pub enum Next {
    Then(Box<Situation>),
    /// It cannot happen now.
    Cannot,
    /// Somebody left own things behind for good, against the agreement that the cabinet has with people.
    LeftBehind,
}

/// One moment.
#[derive(Clone)]
pub struct Situation {
    cabinet: Cabinet,
    core: Core,
    now_ms: u64,
    sensors: BTreeMap<u16, Sensor>,
    items: BTreeMap<Item, Where>,
    memory: Memory,
    /// How often the power may still fail.
    cuts: Option<u8>,
    /// The unlocks of the last step.
    pub granted: Vec<Granted>,
    /// Told when somebody left something behind.
    left_behind: bool,
}

impl World {
    pub fn begin(&self) -> Result<Situation, Wrong> {
        let cabinet = people::cabinet(self.doors);
        let mut state = State::default();
        let mut memory = Memory::default();
        for event in &self.before {
            state.apply(event);
            memory.note_event(0, event)?;
        }
        let sensor = Sensor { open: false, silent_since_ms: None, told: None };
        let mut situation = Situation {
            core: Core::new(cabinet.clone(), state),
            cabinet,
            now_ms: 1_000,
            sensors: (1..=self.doors).map(|door| (door, sensor)).collect(),
            items: self
                .items
                .iter()
                .map(|item| (*item, if item.is_sent() { Where::Recipient } else { Where::Carrier }))
                .collect(),
            memory,
            cuts: self.cuts,
            granted: Vec::new(),
            left_behind: false,
        };
        for (door, item) in &self.inside {
            situation.items.insert(*item, Where::Inside(*door));
            situation.memory.lay(CompartmentId(*door), *item);
        }
        situation.start()?;
        for door in 1..=self.doors {
            situation.sensor_speaks(door)?;
        }
        Ok(situation)
    }

    /// Everything that may happen, whether or not it can now.
    pub fn actions(&self) -> Vec<Action> {
        let mut actions: Vec<_> = self.tokens.iter().map(|token| Action::Shows(*token)).collect();
        actions.extend(self.intents.iter().map(|intent| Action::Touches(*intent)));
        actions.extend(self.words.iter().map(|word| Action::Hub(*word)));
        actions.extend(self.answers.iter().map(|answer| Action::Answers(*answer)));
        for door in 1..=self.doors {
            actions.extend([Action::Opens(door), Action::Closes(door), Action::SensorSpeaks(door)]);
            if self.silence {
                actions.push(Action::SensorFallsSilent(door));
            }
            for item in &self.items {
                actions.extend([Action::PutsIn(door, *item), Action::TakesOut(door, *item)]);
            }
        }
        actions.extend([Action::Waits, Action::WaitsTouching]);
        if self.cuts != Some(0) {
            actions.push(Action::PowerCut);
        }
        if self.almost {
            actions.push(Action::WaitsAlmost);
        }
        actions
    }
}

impl Situation {
    /// What distinguishes this moment from others.
    pub fn key(&self, grain_ms: u64) -> u64 {
        let mut to = std::hash::DefaultHasher::new();
        self.core.situation(self.now_ms, grain_ms).hash(&mut to);
        for sensor in self.sensors.values() {
            (sensor.open, sensor.told, sensor.is_silent(), sensor.misses_things(self.now_ms)).hash(&mut to);
        }
        self.items.hash(&mut to);
        self.cuts.hash(&mut to);
        self.memory.hash(self.now_ms, grain_ms, &mut to);
        to.finish()
    }

    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    pub fn view(&self) -> Option<&View> {
        self.memory.view.as_ref()
    }

    /// What comes of an action.
    ///
    /// # Errors
    /// What the rules did wrong.
    pub fn after(&self, world: &World, action: Action) -> Result<Next, Wrong> {
        if !self.can(world, action) {
            return Ok(Next::Cannot);
        }
        let mut next = self.clone();
        next.granted.clear();
        next.act(action)?;
        Ok(if next.left_behind { Next::LeftBehind } else { Next::Then(Box::new(next)) })
    }

    fn can(&self, world: &World, action: Action) -> bool {
        match action {
            // A courier scans what is in hand, or a picture of what is known here. That a label whose story is over begins another
            // is tried once.
            Action::Shows(Token::Label(item)) => {
                self.memory.is_going_on(item)
                    || ((world.again || item == Item::Unannounced)
                        && self.items.get(&item) == Some(&Where::Carrier)
                        && self.core.state().admitted == 0)
            }
            // One miss tells as much as many: a world of its own begins with too many.
            Action::Shows(Token::WrongCode) => self.core.state().code_misses == 0,
            Action::Shows(Token::WrongPin(_)) => self.core.state().pin_misses == 0,
            Action::Hub(word) => !self.memory.change_waits && self.change(word).is_some(),
            Action::Answers(answer) => self.memory.unanswered().is_some_and(|unlock| {
                // A door that has moved tells that a byte left.
                let moved =
                    self.memory.opening_of(unlock.compartment).is_some_and(|opening| opening.has_opened);
                answer != Answer::NotSent || !moved
            }),
            Action::Opens(door) => self.sensors.get(&door).is_some_and(|sensor| {
                let pulsed = self.memory.byte_may_have_left(CompartmentId(door));
                let sees = !sensor.is_silent();
                !sensor.open
                    && ((pulsed && (sees || sensor.misses_things(self.now_ms))) || (world.ghosts && sees))
            }),
            Action::Closes(door) => self.is_open(door),
            Action::SensorFallsSilent(door) => {
                self.sensors.get(&door).is_some_and(|sensor| !sensor.is_silent())
            }
            Action::SensorSpeaks(door) => {
                self.sensors.get(&door).is_some_and(|sensor| sensor.told != Some(sensor.open))
            }
            Action::PutsIn(door, item) => self.is_open(door) && self.may_put(door, item),
            Action::TakesOut(door, item) => {
                self.is_open(door) && self.items.get(&item) == Some(&Where::Inside(door))
            }
            Action::Waits | Action::WaitsAlmost => self.core.next_deadline_ms().is_some(),
            Action::WaitsTouching => {
                self.core.next_deadline_ms().is_some() && !matches!(self.memory.view, Some(View::Home { .. }))
            }
            Action::PowerCut => self.cuts != Some(0),
            Action::Shows(_) | Action::Touches(_) => true,
        }
    }

    fn is_open(&self, door: u16) -> bool {
        self.sensors.get(&door).is_some_and(|sensor| sensor.open)
    }

    /// People put in what the screen asks for, and put back what they just took out there.
    fn may_put(&self, door: u16, item: Item) -> bool {
        let Some(opening) = self.memory.opening_of(CompartmentId(door)) else { return false };
        let is = |parcels: &[locker_protocol::ParcelId]| {
            parcels.iter().any(|parcel| self.memory.item_of(*parcel) == Some(item))
        };
        match self.items.get(&item) {
            Some(Where::Carrier) => is(&opening.goes_in) || is(&opening.comes_out),
            Some(Where::Recipient) if item.is_sent() => is(&opening.goes_in),
            Some(Where::Recipient) => is(&opening.comes_out),
            _ => false,
        }
    }

    fn act(&mut self, action: Action) -> Result<(), Wrong> {
        match action {
            Action::Shows(token) => self.give(Input::Presented(presented(token)))?,
            Action::Touches(intent) => self.give(Input::Touched(intent))?,
            Action::Hub(word) => {
                let Some(change) = self.change(word) else { return Ok(()) };
                let number = self.core.state().cursor + 1;
                self.memory.change_waits = true;
                self.give(Input::Change(Numbered { locker: LOCKER, number, change }))?;
                if let (Word::Revoke(_), true) = (word, self.memory.change_waits) {
                    return Err(Wrong::RevokedLater);
                }
            }
            Action::Answers(answer) => {
                if let Some(unlock) = self.memory.unanswered() {
                    let (opening, attempt) = (unlock.opening, unlock.attempt);
                    self.give(Input::Unlocked { opening, attempt, answer })?;
                }
            }
            Action::Opens(door) => {
                self.set_open(door, true);
                self.memory.opened(CompartmentId(door));
                self.sample(door)?;
            }
            Action::Closes(door) => {
                self.set_open(door, false);
                self.see_closed(door)?;
            }
            Action::SensorFallsSilent(door) => {
                if let Some(sensor) = self.sensors.get_mut(&door) {
                    sensor.silent_since_ms = Some(self.now_ms);
                    sensor.told = None;
                }
                let (compartment, sampled_at_ms) = (CompartmentId(door), self.now_ms);
                self.give(Input::Reading { compartment, door: Door::Unknown, sampled_at_ms })?;
            }
            Action::SensorSpeaks(door) => self.sensor_speaks(door)?,
            Action::PutsIn(door, item) => {
                self.items.insert(item, Where::Inside(door));
            }
            Action::TakesOut(door, item) => {
                let to = self.taker(door);
                self.items.insert(item, to);
            }
            Action::Waits => self.wait()?,
            Action::WaitsTouching => self.wait_touching()?,
            Action::WaitsAlmost => {
                if let Some(due_ms) = self.core.next_deadline_ms() {
                    self.pass_until(due_ms.saturating_sub(1).max(self.now_ms))?;
                }
            }
            Action::PowerCut => {
                self.cuts = self.cuts.map(|left| left.saturating_sub(1));
                self.core = Core::new(self.cabinet.clone(), self.core.state().clone());
                self.sensors.values_mut().for_each(|sensor| sensor.told = None);
                self.memory.restarted(self.now_ms);
                self.start()?;
                let speaking: Vec<_> = self
                    .sensors
                    .iter()
                    .filter(|(_, sensor)| !sensor.is_silent())
                    .map(|(door, _)| *door)
                    .collect();
                for door in speaking {
                    self.sensor_speaks(door)?;
                }
            }
        }
        Ok(())
    }

    /// Who takes something out of an open door: whom it was opened for, or whoever passes by.
    fn taker(&self, door: u16) -> Where {
        match self.memory.opening_of(CompartmentId(door)) {
            None => Where::Thief,
            Some(opening) if opening.is_for_a_recipient() || opening.is_for_a_sender() => Where::Recipient,
            Some(_) => Where::Carrier,
        }
    }

    fn set_open(&mut self, door: u16, open: bool) {
        if let Some(sensor) = self.sensors.get_mut(&door) {
            sensor.open = open;
        }
    }

    fn start(&mut self) -> Result<(), Wrong> {
        self.give(Input::Started { version: "authority".to_owned() })
    }

    fn sensor_speaks(&mut self, door: u16) -> Result<(), Wrong> {
        if let Some(sensor) = self.sensors.get_mut(&door) {
            sensor.silent_since_ms = None;
        }
        if self.is_open(door) { self.sample(door) } else { self.see_closed(door) }
    }

    /// The sensor tells what it sees, if it speaks.
    fn sample(&mut self, door: u16) -> Result<(), Wrong> {
        let Some(sensor) = self.sensors.get_mut(&door).filter(|sensor| !sensor.is_silent()) else {
            return Ok(());
        };
        sensor.told = Some(sensor.open);
        if sensor.open {
            self.memory.seen_open(CompartmentId(door));
        }
        let says = if sensor.open { Door::Open } else { Door::Closed };
        let (compartment, sampled_at_ms) = (CompartmentId(door), self.now_ms);
        self.give(Input::Reading { compartment, door: says, sampled_at_ms })
    }

    /// Long enough for a closed door to be believed.
    fn see_closed(&mut self, door: u16) -> Result<(), Wrong> {
        if self.sensors.get(&door).is_none_or(Sensor::is_silent) {
            return Ok(());
        }
        self.sample(door)?;
        let until_ms = self.now_ms + STABLE_MS;
        self.pass_until(until_ms)?;
        self.now_ms = until_ms;
        self.memory.seen_closed(self.now_ms, CompartmentId(door));
        self.sample(door)
    }

    fn wait(&mut self) -> Result<(), Wrong> {
        for _ in 0..MOST_TIMERS {
            let Some(due_ms) = self.core.next_deadline_ms() else { return Ok(()) };
            if self.pass_until(due_ms)? || self.tick()? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn wait_touching(&mut self) -> Result<(), Wrong> {
        for _ in 0..TOUCHES {
            let touch_ms = self.now_ms + TOUCHES_EVERY_MS;
            while let Some(due_ms) = self.core.next_deadline_ms().filter(|due_ms| *due_ms <= touch_ms) {
                if self.pass_until(due_ms)? || self.tick()? {
                    return Ok(());
                }
            }
            if self.pass_until(touch_ms)? {
                return Ok(());
            }
            self.give(Input::Touched(Intent::MoreTime))?;
        }
        Ok(())
    }

    /// Gives a tick; says whether anything came of it.
    fn tick(&mut self) -> Result<bool, Wrong> {
        let before = self.memory.view.clone();
        let effects = self.handle(Input::Tick)?;
        Ok(effects.iter().any(|effect| match effect {
            Effect::Record(_) | Effect::Unlock(_) => true,
            Effect::Show(View::StillThere { .. }) => !matches!(before, Some(View::StillThere { .. })),
            Effect::Show(_) => true,
            Effect::Sound(_)
            | Effect::LowerDoors(_)
            | Effect::OnBattery(_)
            | Effect::Lead(_)
            | Effect::Wake
            | Effect::Restart
            | Effect::PowerOff => false,
        }))
    }

    /// Time passes; doors that are being opened and have not moved are sampled. Says whether anything came of that.
    fn pass_until(&mut self, until_ms: u64) -> Result<bool, Wrong> {
        while self.now_ms < until_ms {
            let watched: Vec<_> = self
                .sensors
                .iter()
                .filter(|(door, sensor)| {
                    let moving = self.memory.opening_of(CompartmentId(**door));
                    sensor.told == Some(false) && moving.is_some_and(|opening| !opening.has_opened)
                })
                .map(|(door, _)| *door)
                .collect();
            self.now_ms =
                if watched.is_empty() { until_ms } else { until_ms.min(self.now_ms + SAMPLED_EVERY_MS) };
            for door in watched {
                let before = self.core.state().openings.len();
                self.sample(door)?;
                if self.core.state().openings.len() != before {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn give(&mut self, input: Input) -> Result<(), Wrong> {
        self.handle(input).map(|_| ())
    }

    fn handle(&mut self, input: Input) -> Result<Vec<Effect>, Wrong> {
        self.memory.note_input(self.now_ms, &input);
        let effects = self.core.handle(self.now_ms, input);
        for at in 0..effects.len() {
            let inside = inside(&self.items, &self.memory);
            let granted = self.memory.note_effect(self.now_ms, &effects, at, inside)?;
            self.granted.extend(granted);
        }
        self.memory.end_step(self.now_ms);
        let sensors = &self.sensors;
        let is_seen_closed =
            |door: CompartmentId| sensors.get(&door.0).is_some_and(|sensor| sensor.told == Some(false));
        for (door, parcel) in self.memory.end_windows(self.now_ms, is_seen_closed) {
            let item = self.memory.item_of(parcel);
            self.left_behind |=
                item.is_some_and(|item| self.items.get(&item) == Some(&Where::Inside(door.0)));
        }
        Ok(effects)
    }

    fn change(&self, word: Word) -> Option<Change> {
        let parcel = |item: Item| self.memory.parcel_of(item);
        Some(match word {
            Word::Announce(item) => Change::Announce { announcement: item.announcement()? },
            Word::Cancel(item) => Change::Cancel { parcel: parcel(item)? },
            Word::Extend(item) => Change::Extend { parcel: parcel(item)?, by_s: RETENTION_S },
            Word::Recall(item) => Change::Recall { parcel: parcel(item)? },
            Word::NewCode(item) => Change::NewCode { parcel: parcel(item)?, code: item.code(true) },
            Word::Match(item) => Change::Match {
                parcel: parcel(item)?,
                recipient: item.recipient(),
                code: item.code(false),
                retention_s: RETENTION_S,
            },
            Word::Revoke(staff) => Change::RevokeStaff { staff },
            Word::TakeBack(staff) => Change::Staff { staff: people::staff(staff) },
            Word::Refill => Change::RefillCodes,
            Word::OutOfService(door) => {
                Change::Service { compartment: CompartmentId(door), in_service: false }
            }
            Word::InService(door) => Change::Service { compartment: CompartmentId(door), in_service: true },
        })
    }
}

/// What lies behind a door, by the numbers under which it is in the books.
fn inside<'a>(
    items: &BTreeMap<Item, Where>,
    memory: &Memory,
) -> impl Fn(CompartmentId) -> Vec<locker_protocol::ParcelId> + use<'a> {
    let lying: Vec<_> = items
        .iter()
        .filter_map(|(item, place)| match place {
            Where::Inside(door) => memory.parcel_of(*item).map(|parcel| (*door, parcel)),
            _ => None,
        })
        .collect();
    move |door| lying.iter().filter(|(at, _)| *at == door.0).map(|(_, parcel)| *parcel).collect()
}

fn presented(token: Token) -> Presented {
    let pass = |right: Right, expires_unix_s: Option<u64>| {
        Presented::Pass(Pass { locker: LOCKER, expires_unix_s, right })
    };
    let sign_in = |who: StaffId| Right::SignIn { staff: people::staff(who) };
    match token {
        Token::Code(item) => Presented::Code(item.code(false)),
        Token::NewCode(item) => Presented::Code(item.code(true)),
        Token::WrongCode => Presented::Code(CodeTag([255; 32])),
        Token::Mistyped => Presented::Mistyped,
        Token::Pass(recipient) => pass(Right::Collect { recipient, label: None }, None),
        Token::PassFor(item) => {
            pass(Right::Collect { recipient: item.recipient(), label: Some(item.label_tag()) }, None)
        }
        Token::Badge(who) => pass(sign_in(who), None),
        Token::OldBadge(who) => pass(sign_in(who), Some(BUILT_UNIX_S - 1)),
        Token::Pin(who) => Presented::Pin(who, people::pin(who)),
        Token::WrongPin(who) => Presented::Pin(who, CodeTag([254; 32])),
        Token::DepositPass(item) => match item.announcement() {
            Some(announcement) => pass(Right::Deposit { announcement }, None),
            None => Presented::Unreadable,
        },
        Token::Label(item) => Presented::Label(item.label(), item.label_tag()),
        Token::Foreign => Presented::PassRefused(PassProblem::OtherLocker),
        Token::Forged => Presented::PassRefused(PassProblem::Forged),
        Token::Unreadable => Presented::Unreadable,
    }
}

/// Everything that a screen offers somewhere; what it does not offer now does nothing.
pub fn all_intents() -> Vec<Intent> {
    vec![
        Intent::Collect,
        Intent::SignIn,
        Intent::Send,
        Intent::LowerDoors,
        Intent::Back,
        Intent::ChooseSize(Size::S),
        Intent::ChooseSize(Size::L),
        Intent::NotInThere,
        Intent::Pick(0),
        Intent::Pick(1),
        Intent::Reopen,
        Intent::TryAgain,
        Intent::ItIsOpen,
        Intent::Empty,
        Intent::Yes,
        Intent::No,
        Intent::NotMine,
        Intent::Skip,
        Intent::GoOn,
        Intent::NotNow,
        Intent::TakeOut,
        Intent::MoreTime,
        Intent::Finish,
        Intent::OpenAll,
        Intent::LetCollect,
        Intent::Larger,
        Intent::DirtyOrFull,
    ]
}
