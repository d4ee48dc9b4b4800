//! A locker on a simulated disk, both sides of its wires, and what happened when, counted in steps of the disk.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU8, Ordering};

use locker_crypto::enrol::{self, Enrolment};
use locker_crypto::{CodeKey, SigningKey, VerifyingKey, label_tag};
use locker_engine::journal::JournalReader;
use locker_engine::keys::KeyRing;
use locker_engine::sync::Memory;
use locker_engine::{
    Engine, EngineError, Entry, Happening, Intent, Options, Picture, Random, Screen, Sound, State,
};
use locker_hw::bus::{BusFull, DoorState, Lock, LockBus, Unlock, UnlockAnswer};
use locker_hw::profile;
use locker_protocol::change::{Announcement, ReturnAnnouncement, Role, Staff};
use locker_protocol::claim::Claim;
use locker_protocol::link::{ToKiosk, ToSync, Witness};
use locker_protocol::seal::{from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{Batch, Held, Hello, HelloAnswer, SealedBytes, Standing};
use locker_protocol::{
    Change, CompartmentId, JournalId, Label, LockerId, Nonce, Numbered, OpeningId, ParcelId, Pass,
    PickupCode, PublicKey, RecipientId, Right, Sign, Size, StaffId, TenantId,
};
use locker_sim::disk::{Device, History, Recording, SimDisk};

pub const LOCKER: LockerId = LockerId(77);
pub const ANA: RecipientId = RecipientId(501);
/// Where journal and keys lie, and what sync remembers. Both were made with the locker's image.
pub const STATE: &str = "/kiosk";
pub const SYNC: &str = "/sync";
const NONCE: Nonce = Nonce([7; 16]);
const HUB_UNIX_S: u64 = 1_795_000_000;
pub const DAY_MS: u64 = 86_400_000;

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).unwrap()
}

/// Bytes that tell where they came from: `first`, then one more for each.
pub fn counting(first: u8) -> Random {
    let next = AtomicU8::new(first);
    Random::new(move |bytes| {
        bytes.fill(next.fetch_add(1, Ordering::Relaxed));
        Ok(())
    })
}

/// Something that cannot be undone, or that was promised to somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// Everything up to here was said to be on disk.
    Committed(JournalId, u64),
    /// A pulse left.
    Pulsed(OpeningId),
    /// A person put a parcel in.
    PutIn(ParcelId, CompartmentId),
    /// A person took a parcel out.
    TookOut(ParcelId),
    /// A door stands open, or no longer.
    DoorIs(u8, DoorState),
    /// The hub holds the journal so far.
    HubHolds(JournalId, u64),
    /// The hub was told whose the locker is, and the screen said so.
    Enrolled,
}

/// What happened, by the number of the step after which it did.
#[derive(Default)]
pub struct Log {
    pub marks: Vec<(u64, Mark)>,
    /// Every entry that was ever in a journal.
    pub entries: BTreeMap<(JournalId, u64), Entry>,
    /// In the order of their beginnings.
    pub journals: Vec<JournalId>,
}

#[derive(Clone)]
pub struct Watch {
    disk: SimDisk,
    pub log: Rc<RefCell<Log>>,
}

impl Watch {
    pub fn mark(&self, mark: Mark) {
        self.log.borrow_mut().marks.push((self.disk.counts().steps, mark));
    }

    /// What is in the journal now was told, or is about to be acted upon.
    fn committed(&self) {
        let reader = JournalReader::open_read_only_on(self.disk.for_engine(), Path::new(STATE)).unwrap();
        let (journal, head) = (reader.id(), reader.head().unwrap().seq);
        let mut log = self.log.borrow_mut();
        let known = log.entries.range((journal, 0)..=(journal, u64::MAX)).next_back();
        let first = known.map_or(1, |((_, seq), _)| seq + 1);
        if !log.journals.contains(&journal) {
            log.journals.push(journal);
        }
        for entry in reader.entries(first, usize::MAX).unwrap() {
            log.entries.insert((journal, entry.seq), entry);
        }
        drop(log);
        self.mark(Mark::Committed(journal, head));
    }
}

#[derive(Clone)]
pub struct Bus {
    watch: Watch,
    last: Rc<RefCell<Option<Unlock>>>,
}

impl LockBus for Bus {
    fn unlock(&mut self, unlock: Unlock) -> Result<(), BusFull> {
        self.watch.committed();
        self.watch.mark(Mark::Pulsed(OpeningId(unlock.attempt >> 8)));
        *self.last.borrow_mut() = Some(unlock);
        Ok(())
    }

    fn watch(&mut self, _: &[Lock]) {}
}

#[derive(Clone)]
pub struct Glass {
    watch: Watch,
    shown: Rc<RefCell<Option<Picture>>>,
}

impl Screen for Glass {
    fn show(&mut self, picture: Picture) {
        if matches!(picture, Picture::Kiosk(_) | Picture::Sent { .. }) {
            self.watch.committed();
        }
        *self.shown.borrow_mut() = Some(picture);
    }

    fn sound(&mut self, _: Sound) {}

    fn lower_doors(&mut self, _: bool) {}
}

/// The hub's secrets and memory, as far as one locker is concerned.
pub struct Hub {
    pub key: SigningKey,
    pub codes: CodeKey,
    pub next_number: u64,
    pub held: BTreeMap<JournalId, u64>,
}

impl Hub {
    fn new() -> Self {
        let codes = CodeKey::from_bytes([5; 32]);
        Self { key: key(1), codes, next_number: 1, held: BTreeMap::new() }
    }

    pub fn held_of(&self, journal: JournalId) -> u64 {
        self.held.get(&journal).copied().unwrap_or(0)
    }

    pub fn sealed(&self, number: u64, change: Change) -> SealedBytes {
        SealedBytes(seal(&Numbered { locker: LOCKER, number, change }, &self.key))
    }

    pub fn announcement(&self, parcel: u64) -> (Change, Label, PickupCode) {
        let label = Label::new(&format!("LABEL{parcel:05}")).unwrap();
        let code =
            PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, u8::try_from(parcel % 10).unwrap()]).unwrap();
        let announcement = Announcement {
            parcel: ParcelId(parcel),
            tenant: TenantId(1),
            label: label.clone(),
            label_tag: label_tag(&label),
            recipient: ANA,
            code: code.tag(&self.codes),
            size: Size::S,
            retention_s: 72 * 3_600,
            reachable: false,
            order: None,
            keep: None,
        };
        (Change::Announce { announcement }, label, code)
    }

    /// The answer to a hello, by how far this hub holds the journal.
    pub fn answer(&self, hello: &Hello, standing: Standing, unix_s: u64) -> SealedBytes {
        let held = self.held_of(hello.journal);
        let kiosk_nonce = hello.kiosk_nonce;
        let answer = HelloAnswer { locker: LOCKER, kiosk_nonce, unix_s, generation: 1, held, standing };
        SealedBytes(seal(&answer, &self.key))
    }
}

/// Makes what an image brings, on a new disk.
fn image(disk: &SimDisk) {
    let disk = disk.for_engine();
    for folder in [STATE, SYNC] {
        disk.make_folder(Path::new(folder)).unwrap();
    }
    disk.sync_names(Path::new("/")).unwrap();
}

pub fn options(disk: &SimDisk, random: Random) -> Options {
    Options {
        disk: disk.for_engine(),
        random,
        folder: PathBuf::from(STATE),
        profile: profile::parse(profile::DEMO_24, "demo-24.toml").unwrap(),
        built_unix_s: 1_790_000_000,
        version: "test".to_owned(),
    }
}

/// A locker that runs.
pub struct Rig {
    pub disk: SimDisk,
    engine: Option<Engine<Bus, Glass>>,
    bus: Bus,
    glass: Glass,
    pub watch: Watch,
    random: Random,
    pub hub: Hub,
    pub now_ms: u64,
    pub unix_s: u64,
    recording: Option<Recording>,
    before: Before,
}

/// What there was when the recording began.
#[derive(Default, Clone)]
pub struct Before {
    pub state: State,
    pub head: Option<(JournalId, u64)>,
    /// The journal was damaged before.
    pub damaged: bool,
}

/// A flow that was played.
pub struct Played {
    pub history: History,
    pub log: Log,
    pub hub: Hub,
    pub before: Before,
}

impl Rig {
    /// A locker out of its box, switched off.
    pub fn new() -> Self {
        let disk = SimDisk::new(Device::USUAL);
        image(&disk);
        let watch = Watch { disk: disk.clone(), log: Rc::default() };
        Self {
            bus: Bus { watch: watch.clone(), last: Rc::default() },
            glass: Glass { watch: watch.clone(), shown: Rc::default() },
            watch,
            disk,
            engine: None,
            random: counting(1),
            hub: Hub::new(),
            now_ms: 1_000,
            unix_s: HUB_UNIX_S,
            recording: None,
            before: Before::default(),
        }
    }

    /// One that was enrolled, runs, has all doors closed, and was greeted by its hub.
    pub fn enrolled() -> Self {
        let mut rig = Self::enrolled_and_off();
        rig.start();
        rig.greet();
        rig.all_doors(DoorState::Closed);
        rig
    }

    /// One that was enrolled, and is switched off. Its journal has not begun.
    pub fn enrolled_and_off() -> Self {
        let rig = Self::new();
        let enrolment = Enrolment {
            locker: LOCKER,
            hub_key: Sign::public_key(&rig.hub.key),
            code_key: CodeKey::from_bytes(rig.hub.codes.to_bytes()),
        };
        KeyRing::create_enrolled(rig.disk.for_engine(), Path::new(STATE), [9; 32], &enrolment).unwrap();
        rig
    }

    /// From now on every step counts, on this kind of card.
    pub fn record(&mut self, device: Device) {
        self.disk.become_device(device);
        self.before.state = self.engine.as_ref().map(|engine| engine.state().clone()).unwrap_or_default();
        if self.engine.is_some() {
            self.watch.committed();
        }
        let log = self.watch.log.borrow();
        self.before.head = log.entries.keys().next_back().copied();
        drop(log);
        self.recording = Some(self.disk.record());
    }

    /// The disk is damaged before the recording begins.
    pub fn damage(&mut self) {
        self.before.damaged = true;
    }

    pub fn end(self) -> Played {
        let Self { engine, recording, hub, before, watch, bus, glass, .. } = self;
        let history = recording.expect("a recording").end();
        drop((engine, bus, glass));
        let log = std::mem::take(&mut *watch.log.borrow_mut());
        Played { history, log, hub, before }
    }

    /// Switches it on.
    pub fn start(&mut self) {
        let options = options(&self.disk, self.random.clone());
        self.engine = Some(Engine::open(options, self.bus.clone(), self.glass.clone(), self.now_ms).unwrap());
    }

    /// The process ends, in order.
    pub fn stop(&mut self) {
        self.engine = None;
    }

    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    pub fn engine(&mut self) -> &mut Engine<Bus, Glass> {
        self.engine.as_mut().expect("it is switched on")
    }

    pub fn tries(&mut self, happening: Happening) -> Result<(), EngineError> {
        let now_ms = self.now_ms;
        self.engine().handle(now_ms, happening)
    }

    pub fn happens(&mut self, happening: Happening) {
        self.tries(happening).unwrap();
        // As the controller does: what is due is due at once.
        while self.engine().next_deadline_ms() == Some(0) {
            self.tries(Happening::Tick).unwrap();
        }
        self.watch.committed();
    }

    /// The journal's history and another's differ: another journal begins.
    pub fn begin_anew(&mut self, cause: EngineError) {
        let EngineError::HistoriesDiffer(cause) = cause else { panic!("{cause}") };
        let engine = self.engine.take().unwrap();
        engine.begin_anew(cause, self.now_ms).unwrap();
        self.start();
    }

    pub fn says(&mut self) -> Vec<ToSync> {
        let engine = self.engine();
        std::iter::from_fn(|| engine.next_to_sync()).collect()
    }

    /// A claim is shown, a person carries it to the hub, and the hub answers.
    pub fn enrol(&mut self) {
        let Some(Picture::Claim { code }) = self.glass.shown.borrow().clone() else { panic!("no claim") };
        let transport_key = key(9).public_key();
        self.happens(Happening::Sync(ToKiosk::Ready { transport_key, witness: None }));
        let Some(ToSync::Enrol { request }) = self.engine().next_to_sync() else { panic!("no request") };
        let request = from_bytes(&request.0).unwrap();
        let claim = Claim::parse(&code).unwrap();
        let hub_key = Sign::public_key(&self.hub.key);
        let (answer, codes) = enrol::answer(&claim, &request, LOCKER, hub_key).unwrap();
        self.hub.codes = codes;
        let answer = SealedBytes(to_bytes(&answer));
        self.happens(Happening::Sync(ToKiosk::Enrolled { answer }));
        self.watch.mark(Mark::Enrolled);
    }

    /// A session begins: hello, and its answer.
    pub fn greet(&mut self) {
        self.says();
        self.happens(Happening::Sync(ToKiosk::Session { hub_nonce: NONCE }));
        let answer = self.hello_answer();
        self.happens(Happening::Sync(ToKiosk::HelloAnswer { answer }));
    }

    pub fn hello_answer(&mut self) -> SealedBytes {
        let verifier = VerifyingKey(self.journal_key());
        let hello = hello_of(self.says(), &verifier).expect("a hello");
        self.hub.answer(&hello, Standing::InStep, self.unix_s)
    }

    pub fn journal_key(&self) -> PublicKey {
        KeyRing::verifier(&self.disk, Path::new(STATE)).unwrap().0
    }

    pub fn all_doors(&mut self, state: DoorState) {
        let states = (1..=24).map(|channel| (channel, state)).collect();
        let sampled_at_ms = self.now_ms;
        self.happens(Happening::Doors { bank: 0, states, sampled_at_ms });
    }

    /// The sensor of one channel says this, every 100 ms for so long.
    pub fn door(&mut self, channel: u8, state: DoorState, for_ms: u64) {
        self.watch.mark(Mark::DoorIs(channel, state));
        let until_ms = self.now_ms + for_ms;
        while self.now_ms < until_ms {
            self.now_ms += 100;
            let sampled_at_ms = self.now_ms;
            self.happens(Happening::Doors { bank: 0, states: vec![(channel, state)], sampled_at_ms });
        }
    }

    /// Nothing happens for a while, but time.
    pub fn waits(&mut self, for_ms: u64) {
        self.now_ms += for_ms;
        self.happens(Happening::Tick);
    }

    pub fn change(&mut self, change: Change) {
        let number = self.hub.next_number;
        self.hub.next_number += 1;
        let changes = vec![self.hub.sealed(number, change)];
        self.happens(Happening::Sync(ToKiosk::Changes { changes }));
    }

    /// The hub announces a parcel of Ana's; its pickup code is in her phone.
    pub fn announce(&mut self, parcel: u64) -> (Label, PickupCode) {
        let (change, label, code) = self.hub.announcement(parcel);
        self.change(change);
        (label, code)
    }

    /// The hub announces what somebody will send.
    pub fn announce_return(&mut self, parcel: u64) -> Label {
        let label = Label::new(&format!("RETURN{parcel:05}")).unwrap();
        let announcement = ReturnAnnouncement {
            parcel: ParcelId(parcel),
            tenant: TenantId(1),
            label: label.clone(),
            label_tag: label_tag(&label),
            code: None,
            size: Some(Size::S),
        };
        self.change(Change::AnnounceReturn { announcement });
        label
    }

    pub fn sign_in(&mut self) {
        let staff = Staff { staff: StaffId(3), tenant: TenantId(1), role: Role::Courier, pin: None };
        let badge = Pass { locker: LOCKER, expires_unix_s: None, right: Right::SignIn { staff } };
        let badge = badge.to_text(&self.hub.key);
        self.happens(Happening::Scanned(badge));
    }

    /// The courier signs in, scans it, puts it in and closes the door: which channel it was.
    pub fn deposit(&mut self, parcel: u64, label: &Label) -> u8 {
        self.sign_in();
        let channel = self.puts_in(parcel, label);
        self.happens(Happening::Touched(Intent::Finish));
        channel
    }

    /// Whoever has a right to it scans a label, puts the parcel in and closes the door.
    pub fn puts_in(&mut self, parcel: u64, label: &Label) -> u8 {
        self.happens(Happening::Scanned(label.as_str().to_owned()));
        let channel = self.answer_pulse(UnlockAnswer::Sent);
        self.door(channel, DoorState::Open, 1_000);
        self.watch.mark(Mark::PutIn(ParcelId(parcel), CompartmentId(u16::from(channel))));
        self.door(channel, DoorState::Closed, 500);
        channel
    }

    /// The door of the last pulse opens, a parcel is taken out, and it is closed.
    pub fn takes_out(&mut self, parcel: u64) -> u8 {
        let channel = self.answer_pulse(UnlockAnswer::Sent);
        self.door(channel, DoorState::Open, 1_000);
        self.watch.mark(Mark::TookOut(ParcelId(parcel)));
        self.door(channel, DoorState::Closed, 500);
        channel
    }

    /// The bus answers the last pulse: whose channel it was.
    pub fn answer_pulse(&mut self, answer: UnlockAnswer) -> u8 {
        let unlock = self.bus.last.borrow_mut().take().expect("a pulse");
        self.happens(Happening::Unlocked { attempt: unlock.attempt, answer });
        unlock.lock.channel
    }

    pub fn memory(&self) -> Memory {
        Memory::open(self.disk.for_engine(), Path::new(SYNC)).unwrap()
    }

    pub fn hub_holds(&mut self, journal: JournalId, up_to: u64) {
        self.hub.held.insert(journal, up_to);
        self.watch.mark(Mark::HubHolds(journal, up_to));
    }

    /// Sync keeps the witness and carries each batch; the hub takes it and says so.
    pub fn carry_batches(&mut self) {
        let memory = self.memory();
        loop {
            let said = self.says();
            let mut any = false;
            for said in said {
                let ToSync::Batch { batch, witness } = said else { continue };
                any = true;
                memory.keep(&witness).unwrap();
                let verifier = VerifyingKey(self.journal_key());
                let batch: Batch = unseal(&batch.0, &verifier).unwrap();
                let witness: Witness = unseal(&witness.0, &verifier).unwrap();
                self.hub_holds(batch.journal, witness.seq);
                let held = Held {
                    locker: LOCKER,
                    journal: batch.journal,
                    up_to: witness.seq,
                    kiosk_nonce: batch.kiosk_nonce,
                };
                let held = SealedBytes(seal(&held, &self.hub.key));
                self.happens(Happening::Sync(ToKiosk::Held { held }));
            }
            if !any {
                return;
            }
        }
    }
}

/// The hello among what was said.
pub fn hello_of(said: Vec<ToSync>, verifier: &VerifyingKey) -> Option<Hello> {
    let hello = said.into_iter().find_map(|said| match said {
        ToSync::Hello { hello } => Some(hello),
        _ => None,
    });
    hello.map(|hello| unseal(&hello.0, verifier).unwrap())
}
