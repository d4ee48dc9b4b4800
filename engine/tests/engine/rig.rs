//! A locker on a folder, and both sides of its wires.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use locker_crypto::{CodeKey, SigningKey, VerifyingKey, enrol, label_tag};
use locker_engine::journal::JournalReader;
use locker_engine::{Engine, EngineError, Event, Happening, Options, Picture, Screen, Sound, View};
use locker_hw::bus::{BusFull, DoorState, Lock, LockBus, Unlock, UnlockAnswer};
use locker_hw::profile;
use locker_protocol::change::{Announcement, Role, Staff};
use locker_protocol::claim::Claim;
use locker_protocol::link::{ToKiosk, ToSync, Witness};
use locker_protocol::seal::{from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{Batch, Held, Hello, HelloAnswer, SealedBytes, Standing};
use locker_protocol::{
    Change, Entry, Label, LockerId, Nonce, Numbered, ParcelId, Pass, PickupCode, PublicKey, RecipientId,
    Right, Sign, Size, StaffId, TenantId,
};

/// What the bus was asked, and what was on disk at that moment.
pub struct Pulse {
    pub unlock: Unlock,
    pub on_disk: Vec<Event>,
}

#[derive(Clone)]
pub struct NotingBus {
    folder: PathBuf,
    pub pulses: Rc<RefCell<Vec<Pulse>>>,
}

impl LockBus for NotingBus {
    fn unlock(&mut self, unlock: Unlock) -> Result<(), BusFull> {
        let on_disk = entries(&self.folder).into_iter().map(|entry| entry.event).collect();
        self.pulses.borrow_mut().push(Pulse { unlock, on_disk });
        Ok(())
    }

    fn watch(&mut self, _: &[Lock]) {}
}

#[derive(Clone, Default)]
pub struct NotingScreen(pub Rc<RefCell<Option<Picture>>>);

impl Screen for NotingScreen {
    fn show(&mut self, picture: Picture) {
        *self.0.borrow_mut() = Some(picture);
    }

    fn sound(&mut self, _: Sound) {}

    fn lower_doors(&mut self, _: bool) {}
}

/// The hub's secrets, as far as one locker is concerned.
pub struct Hub {
    pub key: SigningKey,
    pub codes: CodeKey,
    pub next_number: u64,
}

pub const LOCKER: LockerId = LockerId(77);
pub const ANA: RecipientId = RecipientId(501);

pub struct Rig {
    pub folder: tempfile::TempDir,
    /// What its cabinet has besides doors.
    parts: &'static str,
    pub engine: Engine<NotingBus, NotingScreen>,
    pub bus: NotingBus,
    pub screen: NotingScreen,
    pub hub: Hub,
    pub now_ms: u64,
    pub nonce: Nonce,
    /// What sync remembers of the journal, as the kiosk sealed it.
    pub memory: Option<SealedBytes>,
    /// What the hub said that it holds, in order; sync kept all of it.
    pub acknowledged: Vec<SealedBytes>,
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).unwrap()
}

fn open(
    folder: &Path,
    parts: &str,
    bus: NotingBus,
    screen: NotingScreen,
    now_ms: u64,
) -> Engine<NotingBus, NotingScreen> {
    let profile = profile::parse(&format!("{}\n{parts}", profile::DEMO_24), "demo-24.toml").unwrap();
    let options = Options {
        disk: std::sync::Arc::new(locker_engine::RealDisk),
        random: locker_engine::Random::of_the_system(),
        folder: folder.to_owned(),
        profile,
        built_unix_s: 1_790_000_000,
        version: "test".to_owned(),
    };
    Engine::open(options, bus, screen, now_ms).unwrap()
}

pub fn entries(folder: &Path) -> Vec<Entry> {
    JournalReader::open_read_only(folder).unwrap().entries(1, 10_000).unwrap()
}

impl Rig {
    /// A locker that has just been enrolled, all doors closed, greeted by its hub.
    pub fn enrolled() -> Self {
        Self::enrolled_with("")
    }

    /// The same, with these tables added to its cabinet's profile.
    pub fn enrolled_with(parts: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = NotingBus { folder: folder.path().to_owned(), pulses: Rc::default() };
        let screen = NotingScreen::default();
        let mut engine = open(folder.path(), parts, bus.clone(), screen.clone(), 1_000);
        let Some(Picture::Claim { code }) = screen.0.borrow().clone() else { panic!("no claim is shown") };
        let transport_key = key(9).public_key();
        engine.handle(1_000, Happening::Sync(ToKiosk::Ready { transport_key, witness: None })).unwrap();
        let Some(ToSync::Enrol { request }) = engine.next_to_sync() else { panic!("no request") };
        let request = from_bytes(&request.0).unwrap();
        let hub_key = key(1);
        let claim = Claim::parse(&code).unwrap();
        let (answer, codes) = enrol::answer(&claim, &request, LOCKER, Sign::public_key(&hub_key)).unwrap();
        let answer = SealedBytes(to_bytes(&answer));
        engine.handle(1_000, Happening::Sync(ToKiosk::Enrolled { answer })).unwrap();
        let hub = Hub { key: hub_key, codes, next_number: 1 };
        let mut rig = Self {
            folder,
            parts,
            engine,
            bus,
            screen,
            hub,
            now_ms: 1_000,
            nonce: Nonce([7; 16]),
            memory: None,
            acknowledged: Vec::new(),
        };
        rig.greet();
        rig.all_doors(DoorState::Closed);
        rig
    }

    /// Ends the process and starts it again from disk.
    pub fn restart(self) -> Self {
        self.reopened(|engine, _| drop(engine))
    }

    /// Does something with the engine that ends it, and starts another on the same folder.
    pub fn reopened(self, end: impl FnOnce(Engine<NotingBus, NotingScreen>, u64)) -> Self {
        let Self { folder, parts, engine, bus, screen, hub, now_ms, nonce, memory, acknowledged } = self;
        end(engine, now_ms);
        let engine = open(folder.path(), parts, bus.clone(), screen.clone(), now_ms);
        Self { folder, parts, engine, bus, screen, hub, now_ms, nonce, memory, acknowledged }
    }

    pub fn happens(&mut self, happening: Happening) {
        self.engine.handle(self.now_ms, happening).unwrap();
        // As the controller does: what is due is due at once.
        while self.engine.next_deadline_ms() == Some(0) {
            self.engine.handle(self.now_ms, Happening::Tick).unwrap();
        }
    }

    pub fn tries(&mut self, happening: Happening) -> Result<(), EngineError> {
        self.engine.handle(self.now_ms, happening)
    }

    pub fn says(&mut self) -> Vec<ToSync> {
        std::iter::from_fn(|| self.engine.next_to_sync()).collect()
    }

    /// A session begins: hello, and its answer.
    pub fn greet(&mut self) {
        self.says();
        self.happens(Happening::Sync(ToKiosk::Session { hub_nonce: self.nonce }));
        let hello = self.says().into_iter().find_map(|said| match said {
            ToSync::Hello { hello } => Some(hello),
            _ => None,
        });
        let hello: Hello = unseal(&hello.unwrap().0, &VerifyingKey(self.journal_key())).unwrap();
        assert_eq!(hello.hub_nonce, self.nonce);
        let answer = HelloAnswer {
            locker: LOCKER,
            kiosk_nonce: hello.kiosk_nonce,
            unix_s: 1_795_000_000,
            generation: 1,
            held: 0,
            standing: Standing::InStep,
        };
        let answer = SealedBytes(seal(&answer, &self.hub.key));
        self.happens(Happening::Sync(ToKiosk::HelloAnswer { answer }));
    }

    pub fn journal_key(&self) -> PublicKey {
        locker_engine::keys::KeyRing::verifier(&locker_engine::RealDisk, self.folder.path()).unwrap().0
    }

    pub fn all_doors(&mut self, state: DoorState) {
        let states = (1..=24).map(|channel| (channel, state)).collect();
        self.happens(Happening::Doors { bank: 0, states, sampled_at_ms: self.now_ms });
    }

    /// The sensor of one channel says this, every 100 ms for so long.
    pub fn door(&mut self, channel: u8, state: DoorState, for_ms: u64) {
        let until_ms = self.now_ms + for_ms;
        while self.now_ms < until_ms {
            self.now_ms += 100;
            self.happens(Happening::Doors {
                bank: 0,
                states: vec![(channel, state)],
                sampled_at_ms: self.now_ms,
            });
        }
    }

    pub fn sealed(&mut self, change: Change) -> SealedBytes {
        let number = self.hub.next_number;
        self.hub.next_number += 1;
        SealedBytes(seal(&Numbered { locker: LOCKER, number, change }, &self.hub.key))
    }

    pub fn changes(&mut self, changes: Vec<SealedBytes>) {
        self.happens(Happening::Sync(ToKiosk::Changes { changes }));
    }

    /// The hub announces a parcel of Ana's; its pickup code is in her phone.
    pub fn announce(&mut self, parcel: u64) -> (Label, PickupCode) {
        let label = Label::new(&format!("LABEL{parcel:05}")).unwrap();
        let code =
            PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, u8::try_from(parcel % 10).unwrap()]).unwrap();
        let change = self.announcement(parcel, &label, &code);
        let sealed = self.sealed(change);
        self.changes(vec![sealed]);
        (label, code)
    }

    pub fn announcement(&self, parcel: u64, label: &Label, code: &PickupCode) -> Change {
        let announcement = Announcement {
            parcel: ParcelId(parcel),
            tenant: TenantId(1),
            label: label.clone(),
            label_tag: label_tag(label),
            recipient: ANA,
            code: code.tag(&self.hub.codes),
            size: Size::S,
            retention_s: 72 * 3_600,
            reachable: false,
            order: None,
            keep: None,
        };
        Change::Announce { announcement }
    }

    pub fn pass(&self, locker: LockerId, right: Right) -> String {
        Pass { locker, expires_unix_s: None, right }.to_text(&self.hub.key)
    }

    pub fn badge(&self) -> String {
        let staff = Staff { staff: StaffId(3), tenant: TenantId(1), role: Role::Courier, pin: None };
        self.pass(LOCKER, Right::SignIn { staff })
    }

    /// The courier signs in, scans it, puts it in and closes the door: which channel it was.
    pub fn deposit(&mut self, label: &Label) -> u8 {
        let badge = self.badge();
        self.happens(Happening::Scanned(badge));
        self.happens(Happening::Scanned(label.as_str().to_owned()));
        let channel = self.answer_pulse(UnlockAnswer::Sent);
        self.door(channel, DoorState::Open, 2_000);
        self.door(channel, DoorState::Closed, 500);
        self.happens(Happening::Touched(locker_engine::Intent::Finish));
        channel
    }

    /// The bus answers the last pulse: whose channel it was.
    pub fn answer_pulse(&mut self, answer: UnlockAnswer) -> u8 {
        let unlock = self.bus.pulses.borrow().last().expect("a pulse").unlock;
        self.happens(Happening::Unlocked { attempt: unlock.attempt, answer });
        unlock.lock.channel
    }

    pub fn pulses(&self) -> usize {
        self.bus.pulses.borrow().len()
    }

    pub fn picture(&self) -> Option<Picture> {
        self.screen.0.borrow().clone()
    }

    pub fn view(&self) -> View {
        match self.screen.0.borrow().clone() {
            Some(Picture::Kiosk(view)) => view,
            other => panic!("no view but {other:?}"),
        }
    }

    /// The batches said since, which the hub does not hear of.
    pub fn batches(&mut self) -> Vec<Batch> {
        let verifier = VerifyingKey(self.journal_key());
        self.says()
            .into_iter()
            .filter_map(|said| match said {
                ToSync::Batch { batch, .. } => Some(unseal(&batch.0, &verifier).unwrap()),
                _ => None,
            })
            .collect()
    }

    /// The hub's word on a batch: how far it holds the journal.
    pub fn acknowledgement(&self, batch: &Batch, up_to: u64) -> SealedBytes {
        let held = Held { locker: LOCKER, journal: batch.journal, up_to, kiosk_nonce: batch.kiosk_nonce };
        SealedBytes(seal(&held, &self.hub.key))
    }

    /// The batches said since, and the hub's word that it holds them.
    pub fn take_batches(&mut self) -> Vec<Batch> {
        let mut batches = Vec::new();
        while let Some(said) = self.engine.next_to_sync() {
            if let ToSync::Batch { batch, witness } = said {
                let verifier = VerifyingKey(self.journal_key());
                let batch: Batch = unseal(&batch.0, &verifier).unwrap();
                self.memory = Some(witness.clone());
                let witness: Witness = unseal(&witness.0, &verifier).unwrap();
                let held = self.acknowledgement(&batch, witness.seq);
                batches.push(batch);
                self.acknowledged.push(held.clone());
                self.happens(Happening::Sync(ToKiosk::Held { held }));
            }
        }
        batches
    }
}
