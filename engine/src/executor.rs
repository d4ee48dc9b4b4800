//! The engine itself: what happened goes to the core, and what the core decides is done in order. *First the intent, then
//! the pulse*: no byte of a pulse leaves before its record is on disk.

mod sensors;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use locker_core::faults::{self, Fault};
use locker_core::{Core, Effect, Input, Intent, Presented, Sound, State, Stop, View};
use locker_crypto::RandomError;
use locker_crypto::enrol::EnrolError;
use locker_hw::board::ItemState;
use locker_hw::bus::{DoorState, Lock, LockBus, Unlock, UnlockAnswer};
use locker_hw::profile::Profile;
use locker_protocol::event::Answer;
use locker_protocol::link::{ToKiosk, ToSync};
use locker_protocol::receipt::Receipt;
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::uplink::{MAX_CHANGES, Standing};
use locker_protocol::{CompartmentId, Entry, Event, JournalId, Nonce, Numbered, OpeningId};

use self::sensors::Sensors;
use crate::address::{self, AddressMap};
use crate::disk::Disk;
use crate::journal::{Anew, Book, Journal, JournalError, WitnessVerdict};
use crate::keys::{KeyRing, KeyRingError};
use crate::random::Random;
use crate::receipts::Told;
use crate::recognize;
use crate::uplink::{Uplink, Verified};
use crate::wall::Wall;

/// A checkpoint is due after this many events.
const CHECKPOINT_EVERY: u64 = 1_000;
/// Nothing was recorded for this long: a quiet moment, in milliseconds.
const QUIET_MS: u64 = 20_000;
/// Messages to sync that wait to be fetched. It is asked for them after every input; more is a fault.
const MAX_OUTBOX: usize = 64;

/// What a locker is made of.
pub struct Options {
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// Random bytes, for ids, nonces and keys.
    pub random: Random,
    /// Where journal and keys lie.
    pub folder: PathBuf,
    /// The cabinet, checked.
    pub profile: Profile,
    /// When this program was built, in seconds since 1970.
    pub built_unix_s: u64,
    /// The program's version.
    pub version: String,
}

/// What a screen shows. It must return at once.
pub trait Screen {
    /// Shows it, instead of what was shown before.
    fn show(&mut self, picture: Picture);
    /// Sounds it.
    fn sound(&mut self, sound: Sound);
    /// Shows whether "Lower doors" is chosen, beside every picture.
    fn lower_doors(&mut self, chosen: bool);
    /// Shows whether the locker runs on its battery, beside every picture.
    fn on_battery(&mut self, _is: bool) {}
    /// Leads to these doors, which stand open, and to no others.
    fn lead(&mut self, _doors: &[CompartmentId]) {}
}

/// One picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Picture {
    /// The locker has no owner: its claim.
    Claim {
        /// 26 characters of base 32.
        code: String,
    },
    /// Nothing can be recorded, so nothing can be done.
    Repaired,
    /// What the rules say.
    Kiosk(View),
    /// Something was sent, and is on record.
    Sent {
        /// Behind which door it is.
        door: CompartmentId,
        /// The receipt that a phone can carry away: the text of a QR code.
        receipt: String,
        /// The same event as five characters to read aloud.
        number: String,
    },
    /// A courier's stop is over, and on record.
    StopDone {
        /// What was done, and which of its receipts this is.
        stop: Stop,
        /// The receipt: the text of a QR code.
        receipt: String,
        /// The event that ended the stop, as five characters to read aloud.
        number: String,
    },
    /// What a recipient took is on record.
    Receipt {
        /// The receipt: the text of a QR code.
        receipt: String,
        /// The same event as five characters to read aloud.
        number: String,
    },
}

/// Something that happened around the engine.
#[derive(Debug)]
pub enum Happening {
    /// A person touched something.
    Touched(Intent),
    /// A person typed ten digits.
    Typed(String),
    /// A person typed an id and a PIN.
    SignIn {
        /// The id.
        id: String,
        /// The PIN.
        pin: String,
    },
    /// A person held something before the scanner.
    Scanned(String),
    /// The same, and it is no text.
    Unreadable,
    /// A bank's doors were read.
    Doors {
        /// Which bank.
        bank: u8,
        /// Each channel, and what its sensor said.
        states: Vec<(u8, DoorState)>,
        /// When, in monotonic milliseconds.
        sampled_at_ms: u64,
    },
    /// A bank's item sensors were read.
    Items {
        /// Which bank.
        bank: u8,
        /// Each channel, and what its sensor said.
        items: Vec<(u8, ItemState)>,
        /// When, in monotonic milliseconds.
        sampled_at_ms: u64,
    },
    /// The power supply was read.
    Power {
        /// The mains are there.
        mains: bool,
        /// How full the battery is, in percent, where something measures it.
        percent: Option<u8>,
    },
    /// A tamper sensor was moved more than its limit.
    Tamper {
        /// Its name in the profile.
        sensor: String,
    },
    /// A thermometer was read.
    Temperature {
        /// Its name in the profile.
        sensor: String,
        /// Tenths of a degree Celsius; nothing where it says nothing sensible.
        tenths_c: Option<i16>,
    },
    /// A bank no longer answers.
    BankLost {
        /// Which.
        bank: u8,
    },
    /// What became of a pulse.
    Unlocked {
        /// As it was given to the bus.
        attempt: u64,
        /// What the bus says.
        answer: UnlockAnswer,
    },
    /// Sync said something.
    Sync(ToKiosk),
    /// Sync went away.
    SyncGone,
    /// Time passed.
    Tick,
}

/// Why the engine cannot go on. The process ends and begins again from disk.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal cannot be written or read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The keys cannot be written or read.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// No enrolment can begin.
    #[error(transparent)]
    Enrolment(#[from] EnrolError),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// This journal's history is not the one that sync or the hub remembers: [`Engine::begin_anew`] is due.
    #[error("the journal's history is not the one that others remember")]
    HistoriesDiffer(Anew),
}

/// The rules' books, as the journal adds them up.
#[derive(Default)]
pub struct Books(pub State);

impl Book for Books {
    fn apply(&mut self, entry: &Entry) {
        self.0.apply(&entry.event);
    }

    fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&self.0)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes).ok().map(Self)
    }
}

/// A locker's engine.
pub struct Engine<B, S> {
    core: Core,
    journal: Journal,
    keys: KeyRing,
    random: Random,
    map: AddressMap,
    wall: Wall,
    bus: B,
    screen: S,
    uplink: Uplink,
    to_sync: VecDeque<ToSync>,
    /// Something new may go up.
    fresh: bool,
    /// The hub can be heard, as far as sync says.
    reaches_hub: bool,
    /// Verified changes that wait for their turn.
    changes: VecDeque<Numbered>,
    sensors: Sensors,
    watched: Vec<Lock>,
    /// Which entries receipts can be about.
    told: Told,
    /// When something was last recorded, and up to which entry the journal has rested.
    committed_ms: u64,
    rested_at: u64,
    /// The journal may hold more than it has to.
    may_prune: bool,
    /// A technician wants the program to begin again.
    restart_wanted: bool,
    /// The battery is nearly empty.
    power_off_wanted: bool,
}

impl<B: LockBus, S: Screen> Engine<B, S> {
    /// Opens the books in `options.folder` and starts on them. Nothing is pulsed.
    ///
    /// # Errors
    /// When the books or keys cannot be opened, or the start cannot be recorded.
    pub fn open(options: Options, bus: B, screen: S, now_ms: u64) -> Result<Self, EngineError> {
        let Options { disk, random, folder, .. } = options;
        let keys = KeyRing::open(Arc::clone(&disk), &folder, &random)?;
        let stamp = Wall::new(options.built_unix_s, now_ms).stamp(now_ms);
        let new_id = JournalId(random.bytes()?);
        let opened = Journal::open::<Books>(disk, &folder, keys.journal(), new_id, stamp)?;
        let Books(state) = opened.book;
        let wall = Wall::new(state.floor_unix_s.max(options.built_unix_s), now_ms);
        let cabinet = address::cabinet(&options.profile, options.built_unix_s);
        let mut engine = Self {
            core: Core::new(cabinet, state),
            journal: opened.journal,
            map: AddressMap::new(&options.profile),
            keys,
            random,
            wall,
            bus,
            screen,
            uplink: Uplink::default(),
            to_sync: VecDeque::new(),
            fresh: true,
            reaches_hub: false,
            changes: VecDeque::new(),
            sensors: Sensors::default(),
            watched: Vec::new(),
            told: Told::default(),
            committed_ms: now_ms,
            rested_at: 0,
            may_prune: true,
            restart_wanted: false,
            power_off_wanted: false,
        };
        engine.run(now_ms, Input::Started { version: options.version })?;
        match engine.keys.network().map(|network| network.locker) {
            // The stop may have come between the keys and the journal.
            Some(locker) if engine.core.state().locker != Some(locker) => {
                engine.run(now_ms, Input::Enrolled(locker))?;
            }
            Some(_) => {}
            None => {
                let code = engine.uplink.begin_enrolment(&engine.keys)?;
                engine.screen.show(Picture::Claim { code });
            }
        }
        Ok(engine)
    }

    /// Takes what happened at `now_ms` (monotonic).
    ///
    /// # Errors
    /// When it cannot be recorded: nothing was done that needed the record. The engine is of no use any more.
    pub fn handle(&mut self, now_ms: u64, happening: Happening) -> Result<(), EngineError> {
        match happening {
            Happening::Touched(intent) => self.run_enrolled(now_ms, Input::Touched(intent))?,
            Happening::Typed(digits) => self.presented(now_ms, |keys| recognize::digits(&digits, keys))?,
            Happening::SignIn { id, pin } => {
                self.presented(now_ms, |keys| recognize::sign_in(&id, &pin, keys))?
            }
            Happening::Scanned(text) => self.presented(now_ms, |keys| recognize::scanned(&text, keys))?,
            Happening::Unreadable => self.presented(now_ms, |_| Presented::Unreadable)?,
            Happening::Doors { bank, states, sampled_at_ms } => {
                self.doors_read(now_ms, bank, &states, sampled_at_ms)?;
            }
            Happening::Items { bank, items, sampled_at_ms } => {
                self.items_read(now_ms, bank, &items, sampled_at_ms)?;
            }
            Happening::BankLost { bank } => self.bank_lost(now_ms, bank)?,
            Happening::Power { mains, percent } => self.run(now_ms, Input::Power { mains, percent })?,
            Happening::Tamper { sensor } => self.run(now_ms, Input::Tamper { sensor })?,
            Happening::Temperature { sensor, tenths_c } => {
                self.run(now_ms, Input::Temperature { sensor, tenths_c })?;
            }
            Happening::Unlocked { attempt, answer } => {
                if faults::is(Fault::PulseRepeated) && answer == UnlockAnswer::Unclear {
                    self.pulse_again(attempt, now_ms);
                }
                let (opening, attempt) = attempt_of(attempt);
                self.run(now_ms, Input::Unlocked { opening, attempt, answer: answer_of(answer) })?;
            }
            Happening::Sync(message) => self.sync(now_ms, message)?,
            Happening::SyncGone => {
                self.uplink.unlinked();
                self.network(now_ms, false)?;
            }
            Happening::Tick => self.run(now_ms, Input::Tick)?,
        }
        if let Some(change) = self.changes.pop_front() {
            self.run(now_ms, Input::Change(change))?;
        }
        // Readings that tell nothing new do not reach the core, and must not keep its time from passing.
        if self.core.next_deadline_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            self.run(now_ms, Input::Tick)?;
        }
        self.rest(now_ms)?;
        self.speak(now_ms)
    }

    /// When [`Happening::Tick`] is due, in monotonic milliseconds, if nothing else happens before.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let changes_wait = (!self.changes.is_empty()).then_some(0);
        [self.core.next_deadline_ms(), self.uplink.next_trigger_ms(), changes_wait]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next message to sync.
    pub fn next_to_sync(&mut self) -> Option<ToSync> {
        self.to_sync.pop_front()
    }

    /// Leaves this journal and begins a new one with the same books: what is inside is doubtful until someone has looked.
    /// Open the engine again afterwards.
    ///
    /// # Errors
    /// When the new one cannot be begun: this one is then as it was.
    pub fn begin_anew(self, cause: Anew, now_ms: u64) -> Result<(), EngineError> {
        let books = Books(self.core.state().clone());
        let stamp = self.wall.stamp(now_ms);
        let new_id = JournalId(self.random.bytes()?);
        self.journal.begin_anew(books, cause, self.keys.journal(), new_id, stamp)?;
        Ok(())
    }

    /// Whether a technician wants the program to begin again. All that was decided before is on disk.
    pub fn wants_restart(&self) -> bool {
        self.restart_wanted
    }

    /// Whether the battery is nearly empty and the machine is to be switched off, once: no door is in hand, and all that was
    /// decided before is on disk.
    pub fn takes_power_off(&mut self) -> bool {
        std::mem::take(&mut self.power_off_wanted)
    }

    /// The books, for tests and simulation.
    pub fn state(&self) -> &State {
        self.core.state()
    }

    /// The number of the journal's last entry, for tests and simulation.
    pub fn head_seq(&self) -> u64 {
        self.journal.head().seq
    }

    /// The hardware, for the program that started it.
    pub fn bus(&self) -> &B {
        &self.bus
    }

    fn presented(
        &mut self,
        now_ms: u64,
        recognize: impl FnOnce(&crate::keys::Network) -> Presented,
    ) -> Result<(), EngineError> {
        match self.keys.network() {
            Some(network) => {
                let presented = recognize(network);
                self.run(now_ms, Input::Presented(presented))
            }
            None => Ok(()),
        }
    }

    fn run_enrolled(&mut self, now_ms: u64, input: Input) -> Result<(), EngineError> {
        if self.keys.network().is_some() { self.run(now_ms, input) } else { Ok(()) }
    }

    /// Decides, and does what was decided, in order.
    fn run(&mut self, now_ms: u64, input: Input) -> Result<(), EngineError> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let mut records = Vec::new();
            for effect in self.core.handle(now_ms, input) {
                match effect {
                    Effect::Record(event) => records.push(event),
                    effect => {
                        if faults::is(Fault::ReceiptBeforeCommit) && !matches!(effect, Effect::Unlock(_)) {
                            let first = self.journal.head().seq + 1;
                            self.told.note(first, &records, self.wall.stamp(now_ms));
                        } else if !faults::is(Fault::ActBeforeCommit) {
                            self.commit(now_ms, &mut records)?;
                        }
                        inputs.extend(self.act(effect));
                    }
                }
            }
            self.commit(now_ms, &mut records)?;
        }
        self.watch();
        self.tend_journal()
    }

    /// What a view looks like: what was sent, moved or taken has a receipt, which names its record.
    fn picture(&self, view: View) -> Picture {
        let (Some((seq, at, what)), Some(network)) = (self.told.of(&view), self.keys.network()) else {
            return Picture::Kiosk(view);
        };
        let (unix_s, from_hub) = (at.unix_s, at.from_hub);
        let (locker, journal) = (network.locker, self.journal.id());
        let seq = if faults::is(Fault::ReceiptOffByOne) { seq.saturating_sub(1) } else { seq };
        let signed = Receipt { locker, journal, seq, unix_s, from_hub, what };
        let (receipt, number) = (signed.to_text(self.keys.journal()), signed.number());
        match view {
            View::StopDone(stop) => Picture::StopDone { stop, receipt, number },
            View::Sent { door, .. } => Picture::Sent { door, receipt, number },
            _ => Picture::Receipt { receipt, number },
        }
    }

    fn commit(&mut self, now_ms: u64, records: &mut Vec<Event>) -> Result<(), EngineError> {
        if !records.is_empty() {
            if faults::is(Fault::CommitsOnlyTheFirst) {
                records.truncate(1);
            }
            let first = self.journal.head().seq + 1;
            let stamp = self.wall.stamp(now_ms);
            let written = self.journal.append(stamp, records);
            if !faults::is(Fault::CommitErrorIgnored) {
                written?;
            }
            self.told.note(first, records, stamp);
            if !faults::is(Fault::CommitsTwice) {
                records.clear();
            }
            self.committed_ms = now_ms;
        }
        Ok(())
    }

    /// Does one thing; says what came of it at once.
    fn act(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Record(_) => None,
            Effect::Unlock(wanted) => {
                let (opening, attempt) = (wanted.opening, wanted.attempt);
                let sent = self.map.lock(wanted.compartment).is_some_and(|lock| {
                    let number = attempt_number(opening, attempt);
                    let late = faults::is(Fault::NotAfterIgnored);
                    let not_after_ms = if late { u64::MAX } else { wanted.not_after_ms };
                    self.bus.unlock(Unlock { attempt: number, lock, not_after_ms }).is_ok()
                });
                (!sent).then_some(Input::Unlocked { opening, attempt, answer: Answer::NotSent })
            }
            Effect::Show(view) => {
                if self.keys.network().is_some() {
                    let picture = self.picture(view);
                    self.screen.show(picture);
                }
                None
            }
            Effect::Sound(sound) => {
                self.screen.sound(sound);
                None
            }
            Effect::LowerDoors(chosen) => {
                self.screen.lower_doors(chosen);
                None
            }
            Effect::Wake => {
                self.fresh = true;
                None
            }
            Effect::OnBattery(is) => {
                self.screen.on_battery(is);
                None
            }
            Effect::Lead(doors) => {
                self.screen.lead(&doors);
                None
            }
            Effect::Restart => {
                self.restart_wanted = true;
                None
            }
            Effect::PowerOff => {
                self.power_off_wanted = true;
                None
            }
        }
    }

    /// What a fault does with an answer that was not understood.
    fn pulse_again(&mut self, attempt: u64, now_ms: u64) {
        let opening = self.core.state().openings.get(&attempt_of(attempt).0);
        if let Some(lock) = opening.and_then(|opening| self.map.lock(opening.compartment)) {
            // The bus says by itself when it has no room.
            let _ = self.bus.unlock(Unlock { attempt, lock, not_after_ms: now_ms + 1_000 });
        }
    }

    /// The doors that a person is dealing with are read fast.
    fn watch(&mut self) {
        let watched: Vec<_> =
            self.core.watched().filter_map(|compartment| self.map.lock(compartment)).collect();
        if watched != self.watched {
            self.bus.watch(&watched);
            self.watched = watched;
        }
    }

    fn tend_journal(&mut self) -> Result<(), EngineError> {
        if self.journal.events_since_checkpoint() >= CHECKPOINT_EVERY {
            let mut books = to_bytes(self.core.state());
            if faults::is(Fault::CheckpointForgets) {
                let mut forgetful = self.core.state().clone();
                forgetful.revoked.clear();
                books = to_bytes(&forgetful);
            }
            self.journal.checkpoint(&books, self.keys.journal())?;
            self.may_prune = true;
        }
        Ok(())
    }

    /// In a quiet moment the journal writes what is not urgent, so that no opening waits for it.
    fn rest(&mut self, now_ms: u64) -> Result<(), EngineError> {
        let head = self.journal.head().seq;
        let quiet = now_ms >= self.committed_ms + QUIET_MS && self.core.state().openings.is_empty();
        if quiet && head != self.rested_at {
            self.rested_at = head;
            self.journal.rest()?;
        }
        if quiet && self.may_prune {
            // A bounded number at once; what is left waits for the next happening.
            self.may_prune = self.journal.prune(self.wall.stamp(now_ms))? > 0;
        }
        Ok(())
    }

    fn sync(&mut self, now_ms: u64, message: ToKiosk) -> Result<(), EngineError> {
        let introduces = matches!(message, ToKiosk::Ready { .. });
        let verified = match self.uplink.receive(message, &self.keys) {
            Ok(verified) => verified,
            Err(dropped) => {
                log::warn!("dropped: {dropped}");
                return Ok(());
            }
        };
        match verified {
            Some(Verified::Witness(witness)) => match self.journal.check_witness(witness)? {
                WitnessVerdict::Agrees => {}
                WitnessVerdict::Lost { witness } | WitnessVerdict::Stranger { witness } => {
                    return Err(EngineError::HistoriesDiffer(Anew::Lost { witness }));
                }
            },
            Some(Verified::Enrolled(enrolment)) => {
                let locker = enrolment.locker;
                self.keys.enrol(enrolment)?;
                log::info!("enrolled as locker {locker}");
                self.core.forget_shown();
                self.run(now_ms, Input::Enrolled(locker))?;
                let introduction = self.uplink.introduction(&self.keys);
                self.say(introduction);
            }
            Some(Verified::Session) => {
                let nonce = Nonce(self.random.bytes()?);
                let cursor = self.core.state().cursor;
                let hello = self.uplink.hello(&self.keys, nonce, self.journal.head(), cursor);
                self.say(hello);
            }
            Some(Verified::Greeted { standing: Standing::Forked, .. }) => {
                return Err(EngineError::HistoriesDiffer(Anew::Forked));
            }
            Some(Verified::Greeted {
                unix_s,
                held,
                standing: Standing::InStep | Standing::CursorUnknown,
            }) => {
                self.wall.hub_says(unix_s, now_ms);
                if !self.journal.hub_holds(held)? {
                    return Err(EngineError::HistoriesDiffer(Anew::Forked));
                }
                self.fresh = true;
                self.run(now_ms, Input::HubTime { unix_s })?;
                self.network(now_ms, true)?;
            }
            Some(Verified::Changes(changes)) => {
                // One at a time, after whatever people and doors do meanwhile. Sync repeats what has no room.
                self.changes.extend(changes);
                self.changes.truncate(MAX_CHANGES);
            }
            Some(Verified::Held { journal, up_to, took }) => {
                self.journal.held(journal, up_to, self.wall.stamp(now_ms))?;
                if !took && journal != self.journal.id() {
                    // The hub cannot take the rest of that earlier journal: it must not hinder this one.
                    log::warn!(
                        "the hub does not take what followed entry {up_to} of the earlier journal {journal}"
                    );
                    self.journal.leave_out(journal)?;
                    self.uplink.give_up_batch();
                }
                self.fresh = true;
            }
            Some(Verified::Offline) => self.network(now_ms, false)?,
            Some(Verified::Online) => self.network(now_ms, true)?,
            None => {}
        }
        if introduces {
            let introduction = self.uplink.introduction(&self.keys);
            self.say(introduction);
        }
        Ok(())
    }

    /// Whether the hub can be heard: a word for people.
    fn network(&mut self, now_ms: u64, reaches_hub: bool) -> Result<(), EngineError> {
        if self.reaches_hub == reaches_hub {
            return Ok(());
        }
        self.reaches_hub = reaches_hub;
        self.run(now_ms, Input::Network { reaches_hub })
    }

    /// Says to sync what is due: a batch when something is new, the cursor when it moved.
    fn speak(&mut self, now_ms: u64) -> Result<(), EngineError> {
        if self.changes.is_empty() {
            let cursor = self.uplink.cursor(now_ms, self.core.state().cursor);
            self.say(cursor);
        }
        if self.fresh && self.uplink.wants_batch(now_ms) {
            let (entries, bytes) = Uplink::batch_limits();
            match self.journal.outbox(entries, bytes)? {
                Some(outgoing) => {
                    if faults::is(Fault::HeldWhenSent) {
                        let last = outgoing.first + outgoing.entries.len() as u64 - 1;
                        self.journal.held(outgoing.journal, last, self.wall.stamp(now_ms))?;
                    }
                    let nonce = Nonce(self.random.bytes()?);
                    let batch = self.uplink.batch(now_ms, outgoing, nonce, &self.keys);
                    self.say(batch);
                }
                None => self.fresh = false,
            }
        }
        Ok(())
    }

    fn say(&mut self, message: Option<ToSync>) {
        if let Some(message) = message {
            if self.to_sync.len() >= MAX_OUTBOX {
                // Sync does not fetch: it will begin a new session, and all of this is said again.
                self.to_sync.pop_front();
            }
            self.to_sync.push_back(message);
        }
    }
}

/// A bus knows attempts by one number.
fn attempt_number(opening: OpeningId, attempt: u8) -> u64 {
    (opening.0 << 8) | u64::from(attempt)
}

fn attempt_of(number: u64) -> (OpeningId, u8) {
    (OpeningId(number >> 8), number.to_le_bytes()[0])
}

fn answer_of(answer: UnlockAnswer) -> Answer {
    match answer {
        UnlockAnswer::NotSent(_) => Answer::NotSent,
        UnlockAnswer::Sent => Answer::Sent,
        UnlockAnswer::Refused => Answer::Refused,
        UnlockAnswer::Unclear => Answer::Unclear,
    }
}
