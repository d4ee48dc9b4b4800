//! What came in from the cabinet and from the person before it, in one place that can be waited on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use locker_hw::board::ItemState;
use locker_hw::bus::{BusSink, DoorState, Lock, UnlockAnswer};
use locker_hw::scanner::{Scan, ScanSink};
use locker_hw::sensor::SensorSink;

use super::parts::PartsSeen;

/// Lines that a person may be ahead with.
const MOST_TYPED: usize = 16;
/// Answers are kept until they are taken; only one attempt is ever under way.
const MOST_ANSWERS: usize = 64;

/// The person asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped before its end")]
pub struct Stopped;

/// Hears everything, and lets one thread wait for it. Clones hear into the same place.
#[derive(Clone, Default)]
pub struct Watcher(Arc<Shared>);

#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// Everything that was heard so far.
#[derive(Default)]
pub struct Seen {
    pub doors: BTreeMap<Lock, Reading>,
    pub items: BTreeMap<Lock, ItemState>,
    pub banks: BTreeMap<u8, BankSeen>,
    pub scanner: ScannerSeen,
    pub parts: PartsSeen,
    answers: BTreeMap<u64, UnlockAnswer>,
    typed: VecDeque<String>,
    /// Nobody can type any more.
    pub typing_ended: bool,
    stop: bool,
}

/// What a sensor says, as the profile reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub state: DoorState,
    /// The first sample of this state.
    pub since_ms: u64,
    /// The latest sample.
    pub sampled_at_ms: u64,
    /// How often the state has changed.
    pub changes: u32,
}

/// How a lock board has answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankSeen {
    pub samples: u64,
    pub sampled_at_ms: u64,
    /// Why it does not answer.
    pub lost: Option<String>,
}

/// How the scanner has answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScannerSeen {
    pub set_up: bool,
    pub lost: Option<String>,
    /// How long the latest text was, in characters, or why it was none. What was scanned is nobody's business here.
    pub scanned: Option<Result<usize, String>>,
}

impl Seen {
    /// A door's reading; unknown where there is none.
    pub fn state(&self, lock: Lock) -> DoorState {
        self.doors.get(&lock).map_or(DoorState::Unknown, |reading| reading.state)
    }

    /// Whether a board has stopped answering.
    pub fn is_lost(&self, bank: u8) -> bool {
        self.banks.get(&bank).is_some_and(|bank| bank.lost.is_some())
    }

    /// What a compartment's item sensor says; unknown where there is none.
    pub fn item(&self, lock: Lock) -> ItemState {
        self.items.get(&lock).copied().unwrap_or(ItemState::Unknown)
    }

    /// All readings as they are now.
    pub fn states(&self) -> BTreeMap<Lock, DoorState> {
        self.doors.iter().map(|(lock, reading)| (*lock, reading.state)).collect()
    }

    /// The next line that was typed, without the white space around it.
    pub fn take_typed(&mut self) -> Option<String> {
        self.typed.pop_front()
    }

    /// What became of an attempt, once.
    pub fn take_answer(&mut self, attempt: u64) -> Option<UnlockAnswer> {
        self.answers.remove(&attempt)
    }
}

impl Watcher {
    /// Waits at most `patience` until `look` finds what it looks for.
    ///
    /// # Errors
    /// [`Stopped`], at once.
    pub fn wait<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&mut Seen) -> Option<T>,
    ) -> Result<Option<T>, Stopped> {
        let until = Instant::now() + patience;
        let mut seen = self.seen();
        loop {
            if seen.stop {
                return Err(Stopped);
            }
            if let Some(found) = look(&mut seen) {
                return Ok(Some(found));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let (again, _) = self.0.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner);
            seen = again;
        }
    }

    /// Looks once.
    pub fn look<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen())
    }

    /// A line was typed; beyond a few, they are dropped.
    pub fn typed(&self, line: &str) {
        self.tell(|seen| {
            if seen.typed.len() < MOST_TYPED {
                seen.typed.push_back(line.trim().to_owned());
            }
        });
    }

    /// Nobody can type any more.
    pub fn typing_ended(&self) {
        self.tell(|seen| seen.typing_ended = true);
    }

    /// Forgets what boards said: another bus begins.
    pub fn begin_again(&self) {
        self.tell(|seen| {
            seen.banks.clear();
            seen.doors.clear();
            seen.items.clear();
        });
    }

    /// Ends every waiting, now and later.
    pub fn stop(&self) {
        self.tell(|seen| seen.stop = true);
    }

    fn tell(&self, tell: impl FnOnce(&mut Seen)) {
        tell(&mut self.seen());
        self.0.changed.notify_all();
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BusSink for Watcher {
    fn unlocked(&self, attempt: u64, answer: UnlockAnswer, _answered_at_ms: u64) {
        self.tell(|seen| {
            if seen.answers.len() < MOST_ANSWERS {
                seen.answers.insert(attempt, answer);
            }
        });
    }

    fn doors(&self, bank: u8, states: &[(u8, DoorState)], sampled_at_ms: u64) {
        self.tell(|seen| {
            let heard = seen.banks.entry(bank).or_default();
            heard.samples += 1;
            heard.sampled_at_ms = sampled_at_ms;
            for &(channel, state) in states {
                let first = Reading { state, since_ms: sampled_at_ms, sampled_at_ms, changes: 0 };
                let reading = seen.doors.entry(Lock { bank, channel }).or_insert(first);
                if reading.state != state {
                    *reading = Reading { changes: reading.changes.saturating_add(1), ..first };
                }
                reading.sampled_at_ms = sampled_at_ms;
            }
        });
    }

    fn items(&self, bank: u8, states: &[(u8, ItemState)], _sampled_at_ms: u64) {
        self.tell(|seen| {
            seen.items.extend(states.iter().map(|&(channel, state)| (Lock { bank, channel }, state)));
        });
    }

    fn bank_lost(&self, bank: u8, why: &str) {
        self.tell(|seen| {
            seen.banks.entry(bank).or_default().lost = Some(why.to_owned());
            for (lock, reading) in &mut seen.doors {
                if lock.bank == bank {
                    reading.state = DoorState::Unknown;
                }
            }
        });
    }

    fn bank_back(&self, bank: u8) {
        self.tell(|seen| seen.banks.entry(bank).or_default().lost = None);
    }
}

impl ScanSink for Watcher {
    fn scanned(&self, scan: Scan, _at_ms: u64) {
        let scanned = match scan {
            Scan::Text(text) => Ok(text.chars().count()),
            Scan::Unreadable(why) => Err(why.to_string()),
        };
        self.tell(|seen| seen.scanner.scanned = Some(scanned));
    }

    fn scanner_lost(&self, why: &str) {
        self.tell(|seen| {
            seen.scanner.set_up = false;
            seen.scanner.lost = Some(why.to_owned());
        });
    }

    fn scanner_back(&self) {
        self.tell(|seen| {
            seen.scanner.set_up = true;
            seen.scanner.lost = None;
        });
    }
}

/// Names are those of the profile, so there are no more of them than it has.
impl SensorSink for Watcher {
    fn power(&self, mains: bool, percent: Option<u8>) {
        self.tell(|seen| seen.parts.power = Some((mains, percent)));
    }

    fn tampered(&self, sensor: &str) {
        self.tell(|seen| {
            seen.parts.tampered.insert(sensor.to_owned());
        });
    }

    fn temperature(&self, sensor: &str, tenths_c: Option<i16>) {
        self.tell(|seen| {
            seen.parts.temperatures.insert(sensor.to_owned(), tenths_c);
        });
    }
}
