//! What the tests over a real pseudo-terminal share: a clock, sinks that can be waited on, and a cabinet with its bus.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod banks;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use locker_hw::NowMs;
use locker_hw::board::ItemState;
use locker_hw::bus::{BusSink, DoorState, Lock, LockBus, Locks, Unlock, UnlockAnswer};
use locker_hw::emulate::{Cabinet, LockLine, StatusOfClosed};
use locker_hw::profile::{self, Profile};
use locker_hw::scanner::{Scan, ScanSink};

/// Only a hang takes this long; nothing is timed by it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Milliseconds since the first call.
pub fn clock() -> NowMs {
    let start = Instant::now();
    Arc::new(move || u64::try_from(start.elapsed().as_millis()).unwrap())
}

#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Unlocked { attempt: u64, answer: UnlockAnswer, at_ms: u64 },
    Doors { bank: u8, states: BTreeMap<u8, DoorState>, sampled_at_ms: u64 },
    Items { bank: u8, states: BTreeMap<u8, ItemState>, sampled_at_ms: u64 },
    Lost { bank: u8, why: String },
    Back { bank: u8 },
    Scanned { scan: Scan, at_ms: u64 },
    ScannerLost { why: String },
    ScannerBack,
}

/// Writes down all it is told.
#[derive(Clone, Default)]
pub struct Recorder(Arc<(Mutex<Vec<Told>>, Condvar)>);

impl Recorder {
    fn tell(&self, told: Told) {
        self.0.0.lock().unwrap().push(told);
        self.0.1.notify_all();
    }

    pub fn so_far(&self) -> Vec<Told> {
        self.0.0.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.0.0.lock().unwrap().len()
    }

    /// Waits until something told after the first `from` entries fits, and gives what `pick` makes of it.
    #[track_caller]
    pub fn wait<T>(&self, from: usize, what: &str, pick: impl Fn(&Told) -> Option<T>) -> T {
        let find = |told: &Vec<Told>| told.iter().skip(from).find_map(&pick);
        let (told, _) = self
            .0
            .1
            .wait_timeout_while(self.0.0.lock().unwrap(), PATIENCE, |told| find(told).is_none())
            .unwrap();
        find(&told).unwrap_or_else(|| panic!("{what} never came; told: {told:#?}"))
    }

    #[track_caller]
    pub fn answer(&self, attempt: u64) -> UnlockAnswer {
        self.wait(0, "the answer", |told| match told {
            Told::Unlocked { attempt: of, answer, .. } if *of == attempt => Some(*answer),
            _ => None,
        })
    }

    #[track_caller]
    pub fn door(&self, from: usize, channel: u8, state: DoorState) -> u64 {
        self.wait(from, &format!("door {channel} {state:?}"), |told| match told {
            Told::Doors { states, sampled_at_ms, .. } if states.get(&channel) == Some(&state) => {
                Some(*sampled_at_ms)
            }
            _ => None,
        })
    }

    #[track_caller]
    pub fn lost(&self, from: usize, bank: u8) -> String {
        self.wait(from, "the loss of the bank", |told| match told {
            Told::Lost { bank: of, why } if *of == bank => Some(why.clone()),
            _ => None,
        })
    }

    #[track_caller]
    pub fn back(&self, from: usize, bank: u8) {
        self.wait(from, "the bank's return", |told| (*told == Told::Back { bank }).then_some(()));
    }
}

impl BusSink for Recorder {
    fn unlocked(&self, attempt: u64, answer: UnlockAnswer, at_ms: u64) {
        self.tell(Told::Unlocked { attempt, answer, at_ms });
    }
    fn doors(&self, bank: u8, states: &[(u8, DoorState)], sampled_at_ms: u64) {
        self.tell(Told::Doors { bank, states: states.iter().copied().collect(), sampled_at_ms });
    }
    fn items(&self, bank: u8, states: &[(u8, ItemState)], sampled_at_ms: u64) {
        self.tell(Told::Items { bank, states: states.iter().copied().collect(), sampled_at_ms });
    }
    fn bank_lost(&self, bank: u8, why: &str) {
        self.tell(Told::Lost { bank, why: why.to_owned() });
    }
    fn bank_back(&self, bank: u8) {
        self.tell(Told::Back { bank });
    }
}

impl ScanSink for Recorder {
    fn scanned(&self, scan: Scan, at_ms: u64) {
        self.tell(Told::Scanned { scan, at_ms });
    }
    fn scanner_lost(&self, why: &str) {
        self.tell(Told::ScannerLost { why: why.to_owned() });
    }
    fn scanner_back(&self) {
        self.tell(Told::ScannerBack);
    }
}

pub fn demo_profile(closed: StatusOfClosed) -> Profile {
    let text = profile::DEMO_24;
    let text = match closed {
        StatusOfClosed::Eleven => text.to_owned(),
        StatusOfClosed::Zero => text.replace("closed_is = \"11\"", "closed_is = \"00\""),
    };
    profile::parse(&text, "demo-24.toml").unwrap()
}

/// The demo cabinet, its emulated board and the real bus thread, joined by a pseudo-terminal.
pub struct Site {
    // In this order: the bus stops before its board is unplugged.
    pub locks: Locks,
    pub told: Recorder,
    pub now: NowMs,
    pub board: Option<LockLine>,
    pub cabinet: Cabinet,
    pub path: PathBuf,
    closed: StatusOfClosed,
    _folder: tempfile::TempDir,
}

impl Site {
    pub fn new(closed: StatusOfClosed) -> Self {
        Self::with(closed, true, |_| ())
    }

    /// `prepare` steers the board before the bus first speaks.
    pub fn with(closed: StatusOfClosed, plugged_in: bool, prepare: impl FnOnce(&LockLine)) -> Self {
        Self::of(demo_profile(closed), closed, plugged_in, prepare)
    }

    pub fn of(
        profile: Profile,
        closed: StatusOfClosed,
        plugged_in: bool,
        prepare: impl FnOnce(&LockLine),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks");
        let cabinet = Cabinet::new(24);
        let board = plugged_in.then(|| LockLine::shuoming(&path, cabinet.clone(), 1, closed).unwrap());
        if let Some(board) = &board {
            prepare(board);
        }
        let (told, now) = (Recorder::default(), clock());
        let ports = BTreeMap::from([("locks".to_owned(), path.clone())]);
        let locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
        Self { locks, told, now, board, cabinet, path, closed, _folder: folder }
    }

    pub fn plug_in(&mut self) {
        let board = LockLine::shuoming(&self.path, self.cabinet.clone(), 1, self.closed).unwrap();
        self.board = Some(board);
    }

    pub fn board(&self) -> &LockLine {
        self.board.as_ref().unwrap()
    }

    pub fn unlock(&mut self, attempt: u64, channel: u8) {
        self.unlock_until(attempt, channel, (self.now)() + 15_000);
    }

    pub fn unlock_until(&mut self, attempt: u64, channel: u8, not_after_ms: u64) {
        let lock = Lock { bank: 0, channel };
        self.locks.unlock(Unlock { attempt, lock, not_after_ms }).unwrap();
    }
}
