//! The cabinet, what is heard of it, and the person before it: what every part of the examination works with.

use std::collections::BTreeMap;
use std::time::Duration;

use locker_hw::NowMs;
use locker_hw::bus::{DoorState, Lock, LockBus, NotSent, Unlock, UnlockAnswer};
use locker_hw::profile::Profile;

use super::picture;
use super::seen::{Seen, Stopped, Watcher};
use super::terminal::Terminal;

/// A person waits no longer for a pulse that was asked for; later, no byte leaves.
const UNLOCK_WITHIN_MS: u64 = 1_000;
/// Every attempt is answered, if only as not sent.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// A bank that nobody deals with is read about once a second.
const READ_WITHIN: Duration = Duration::from_secs(4);
/// Between two looks at what the picture shows.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// One examination. `L` opens doors and is dropped with it: nothing stays energised.
pub struct Session<'a, L> {
    pub profile: &'a Profile,
    pub watcher: Watcher,
    pub terminal: &'a mut Terminal,
    pub patience: Duration,
    locks: L,
    now: NowMs,
    last_attempt: u64,
}

impl<'a, L: LockBus> Session<'a, L> {
    pub fn new(
        profile: &'a Profile,
        locks: L,
        watcher: Watcher,
        now: NowMs,
        terminal: &'a mut Terminal,
        patience: Duration,
    ) -> Self {
        Self { profile, watcher, terminal, patience, locks, now, last_attempt: 0 }
    }

    pub fn say(&mut self, line: impl AsRef<str>) {
        self.terminal.say(line.as_ref());
    }

    pub fn now_ms(&self) -> u64 {
        (self.now)()
    }

    pub fn now(&self) -> NowMs {
        self.now.clone()
    }

    pub fn watch(&mut self, locks: &[Lock]) {
        self.locks.watch(locks);
    }

    /// Waits as [`Watcher::wait`], and keeps the picture up to date meanwhile.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn wait<T>(
        &mut self,
        patience: Duration,
        mut look: impl FnMut(&mut Seen) -> Option<T>,
    ) -> Result<Option<T>, Stopped> {
        if !self.terminal.is_live() {
            return self.watcher.wait(patience, look);
        }
        let mut left = patience;
        loop {
            let slice = left.min(LOOK_EVERY);
            let found = self.watcher.wait(slice, &mut look)?;
            let (profile, watcher) = (self.profile, &self.watcher);
            self.terminal.show(|| watcher.look(|seen| picture::of_doors(profile, seen)));
            left = left.saturating_sub(slice);
            if found.is_some() || left.is_zero() {
                return Ok(found);
            }
        }
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn pause(&mut self, length: Duration) -> Result<(), Stopped> {
        self.wait::<()>(length, |_| None).map(|_| ())
    }

    /// All readings, that of this bank from now on; `Err` within where the bank does not answer.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn read(&mut self, bank: u8) -> Result<Result<BTreeMap<Lock, DoorState>, String>, Stopped> {
        let from_ms = self.now_ms();
        let read = self.wait(READ_WITHIN, |seen| {
            let heard = seen.banks.get(&bank)?;
            match &heard.lost {
                Some(why) => Some(Err(why.clone())),
                None => (heard.sampled_at_ms >= from_ms).then(|| Ok(seen.states())),
            }
        })?;
        Ok(read.unwrap_or_else(|| Err("no reading came".to_owned())))
    }

    /// Energises one lock once, and waits for the answer. `None` where none came, which the bus promises not to happen.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn unlock(&mut self, lock: Lock) -> Result<UnlockAnswer, Stopped> {
        self.last_attempt += 1;
        let attempt = self.last_attempt;
        let not_after_ms = self.now_ms() + UNLOCK_WITHIN_MS;
        if self.locks.unlock(Unlock { attempt, lock, not_after_ms }).is_err() {
            return Ok(UnlockAnswer::NotSent(NotSent::Stopped));
        }
        let answer = self.wait(ANSWERED_WITHIN, |seen| seen.take_answer(attempt))?;
        Ok(answer.unwrap_or(UnlockAnswer::Unclear))
    }

    /// The next line that is typed; `None` where none comes, or nobody can type.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn typed(&mut self) -> Result<Option<String>, Stopped> {
        let typed = self.wait(self.patience, |seen| match seen.take_typed() {
            Some(line) => Some(Some(line)),
            None => seen.typing_ended.then_some(None),
        })?;
        Ok(typed.flatten())
    }
}
