//! A real kiosk on a folder, without doors, under its sync, network and hub.

use std::path::Path;
use std::sync::{Arc, Mutex};

use locker_engine::disk::RealDisk;
use locker_engine::keys::KeyRing;
use locker_engine::random::Random;
use locker_engine::{Engine, EngineError, Entry, Happening, Options, Picture, Screen, Sound};
use locker_hw::bus::{BusFull, Lock, LockBus, Unlock};
use locker_hw::profile;
use locker_protocol::link::ToSync;
use locker_protocol::{Label, LockerId, RecipientId, Size, TenantId};

use crate::chance::Chance;
use crate::upstream::{Announced, FromSync, Order, Upstream};

pub const LOCKER: LockerId = LockerId(77);
pub const MINUTE_MS: u64 = 60_000;
pub const HOUR_MS: u64 = 60 * MINUTE_MS;

pub struct NoBus;

impl LockBus for NoBus {
    fn unlock(&mut self, _: Unlock) -> Result<(), BusFull> {
        Ok(())
    }

    fn watch(&mut self, _: &[Lock]) {}
}

#[derive(Clone, Default)]
pub struct Glass(Arc<Mutex<Option<Picture>>>);

impl Screen for Glass {
    fn show(&mut self, picture: Picture) {
        *self.0.lock().unwrap() = Some(picture);
    }

    fn sound(&mut self, _: Sound) {}

    fn lower_doors(&mut self, _: bool) {}
}

pub struct Rig {
    pub folder: tempfile::TempDir,
    pub upstream: Upstream,
    pub engine: Option<Engine<NoBus, Glass>>,
    pub glass: Glass,
    pub now_ms: u64,
    /// What crossed the kiosk's socket, and when.
    pub trace: Vec<String>,
    random: Random,
    orders: u64,
    /// How often the kiosk began its journal anew.
    pub anew: u32,
}

impl Rig {
    /// An enrolled locker and its sync; nothing has been said yet.
    pub fn enrolled(seed: u64) -> Self {
        let mut rig = Self::new(seed);
        let keys = rig.upstream.keys();
        let disk = Arc::new(RealDisk);
        KeyRing::create_enrolled(disk, rig.folder.path(), keys.journal_seed, &keys.enrolment()).unwrap();
        rig.start();
        rig
    }

    /// One that is for nobody yet, not started.
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let random = Mutex::new(chance.fork());
        let random = Random::new(move |bytes| {
            random.lock().unwrap().fill(bytes);
            Ok(())
        });
        Self {
            folder: tempfile::tempdir().unwrap(),
            upstream: Upstream::new(chance.fork(), LOCKER),
            engine: None,
            glass: Glass::default(),
            now_ms: 1_000,
            trace: Vec::new(),
            random,
            orders: 0,
            anew: 0,
        }
    }

    /// Kiosk and sync start.
    pub fn start(&mut self) {
        self.open();
        self.upstream.kiosk_came(self.now_ms);
        self.upstream.start_sync(self.now_ms);
    }

    fn open(&mut self) {
        let profile = profile::parse(profile::DEMO_24, "demo-24.toml").unwrap();
        let options = Options {
            disk: Arc::new(RealDisk),
            random: self.random.clone(),
            folder: self.folder.path().to_owned(),
            profile,
            built_unix_s: 1_790_000_000,
            version: "test".to_owned(),
        };
        self.engine = Some(Engine::open(options, NoBus, self.glass.clone(), self.now_ms).unwrap());
    }

    /// The kiosk's process is killed and starts again.
    pub fn restart_kiosk(&mut self) {
        self.engine = None;
        self.upstream.kiosk_went(self.now_ms);
        self.open();
        self.upstream.kiosk_came(self.now_ms);
    }

    pub fn claim(&self) -> Option<String> {
        match self.glass.0.lock().unwrap().clone() {
            Some(Picture::Claim { code }) => Some(code),
            _ => None,
        }
    }

    pub fn happens(&mut self, happening: Happening) {
        let engine = self.engine.as_mut().unwrap();
        match engine.handle(self.now_ms, happening) {
            Ok(()) => {}
            Err(EngineError::HistoriesDiffer(anew)) => {
                self.anew += 1;
                self.engine.take().unwrap().begin_anew(anew, self.now_ms).unwrap();
                self.restart_kiosk();
            }
            Err(error) => panic!("{error}"),
        }
        while let Some(said) = self.engine.as_mut().unwrap().next_to_sync() {
            self.note(kind_up(&said), &said);
            self.upstream.from_kiosk(self.now_ms, &said);
        }
    }

    fn note(&mut self, kind: &str, what: &impl std::fmt::Debug) {
        self.trace.push(format!("{} {kind} {what:?}", self.now_ms));
    }

    /// Lets this much time pass.
    pub fn pass(&mut self, for_ms: u64) {
        let until_ms = self.now_ms + for_ms;
        loop {
            let engine_ms = self.engine.as_ref().and_then(Engine::next_deadline_ms);
            let due_ms = [self.upstream.next_due_ms(), engine_ms].into_iter().flatten().min();
            match due_ms {
                Some(due_ms) if due_ms <= until_ms => self.now_ms = self.now_ms.max(due_ms),
                _ => break,
            }
            for from_sync in self.upstream.turn(self.now_ms) {
                if let FromSync::Said(said) = &from_sync {
                    self.note("down", said);
                }
                self.happens(from_sync.into());
            }
            let engine = self.engine.as_ref().unwrap();
            if engine.next_deadline_ms().is_some_and(|at_ms| at_ms <= self.now_ms) {
                self.happens(Happening::Tick);
            }
        }
        self.now_ms = until_ms;
    }

    pub fn order(&mut self) -> Order {
        self.orders += 1;
        Order {
            tenant: TenantId(1),
            label: Label::new(&format!("LABEL{:05}", self.orders)).unwrap(),
            recipient: RecipientId(500 + self.orders % 3),
            size: Size::S,
            retention_s: 72 * 3_600,
            reachable: false,
            part_of: None,
            keep: None,
        }
    }

    pub fn announce(&mut self) -> Announced {
        let order = self.order();
        self.upstream.hub.announce(&order)
    }

    /// Something that the kiosk records: a wrong code.
    pub fn miss(&mut self, chance: &mut Chance) {
        let digits = crate::upstream::hub::drawn_code(chance).digits();
        self.happens(Happening::Typed(digits));
    }

    /// What lies on the kiosk's disk, of the journal that it writes now.
    pub fn on_disk(&self) -> Vec<Entry> {
        entries(self.folder.path())
    }

    /// What the hub holds, of each journal.
    pub fn at_hub(&self) -> Vec<Vec<Entry>> {
        let journals = self.upstream.hub.journals();
        journals.iter().map(|held| held.entries().map(|held| held.entry.clone()).collect()).collect()
    }

    /// Until everything that was recorded so far has gone up and nothing is complained of. What is not urgent goes with
    /// what is, or with the next session: so there is one.
    pub fn settle(&mut self) {
        let recorded = self.on_disk().len();
        self.upstream.hub.restart();
        self.pass(5 * MINUTE_MS);
        let complaints: Vec<&str> = self.upstream.complaints().collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
        let at_hub = self.at_hub().pop().unwrap_or_default();
        assert!(
            at_hub.len() >= recorded || self.anew > 0,
            "{} of {recorded}: {:#?}",
            at_hub.len(),
            self.tail()
        );
        assert!(self.on_disk().starts_with(&at_hub));
    }

    /// What crossed the socket last, but for cursors.
    fn tail(&self) -> Vec<&str> {
        let told = self.trace.iter().filter(|line| !line.contains("cursor")).rev().take(12);
        told.map(|line| line.get(..120).unwrap_or(line)).collect()
    }
}

fn entries(folder: &Path) -> Vec<Entry> {
    locker_engine::journal::JournalReader::open_read_only(folder).unwrap().entries(1, 100_000).unwrap()
}

fn kind_up(said: &ToSync) -> &'static str {
    match said {
        ToSync::Enrol { .. } => "up enrol",
        ToSync::Identity { .. } => "up identity",
        ToSync::Hello { .. } => "up hello",
        ToSync::Batch { .. } => "up batch",
        ToSync::Cursor { .. } => "up cursor",
    }
}
