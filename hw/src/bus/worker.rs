//! The thread that owns one serial port: unlocks first, then whichever doors are due to be read.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::line::{Exchange, Line, LineError};
use super::locks::MAILBOX;
use super::supply::Supplies;
use super::{BusSink, DoorState, Lock, NotSent, Unlock, UnlockAnswer};
use crate::board::{Acknowledgement, ChannelReading, LockBoard, door_of};
use crate::profile::{Evidence, Profile};
use crate::{Heartbeat, NowMs};

/// From one reading of a watched door to the next; leaves room for a transaction within 100 ms.
const WATCHED_EVERY: Duration = Duration::from_millis(70);
const OTHERS_EVERY: Duration = Duration::from_secs(1);
/// An unwatched bank this long overdue goes before a watched one.
const OVERDUE: Duration = Duration::from_secs(2);
/// A board may answer an unlock only when the lock has moved.
const UNLOCK_ANSWERS_WITHIN: Duration = Duration::from_millis(250);
/// Failures in a row after which a bank counts as lost.
const LOST_AFTER: u32 = 3;
/// First wait after a failure; doubled by each, so that one bad answer leaves no gap of 500 ms in the readings.
const FIRST_BACK_OFF: Duration = Duration::from_millis(120);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(4);
/// The same while a person deals with one of its doors.
const LONGEST_BACK_OFF_WATCHED: Duration = Duration::from_millis(500);
/// The longest sleep of the loop, so that its heartbeat turns.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

pub(super) enum Mail {
    Unlock(Unlock),
    WatchChanged,
}

pub(super) struct Worker<S> {
    line: Line,
    banks: Vec<Bank>,
    supplies: Supplies,
    waiting: VecDeque<Unlock>,
    mail: Receiver<Mail>,
    watched: Arc<Mutex<Vec<Lock>>>,
    now: NowMs,
    sink: S,
    heartbeat: Heartbeat,
    port: String,
}

struct Bank {
    index: u8,
    board: Box<dyn LockBoard>,
    /// Channels that the profile uses, and whether a sensor is behind them.
    channels: BTreeMap<u8, bool>,
    supply: String,
    pulse: Duration,
    cooldown: Duration,
    next_reading: Instant,
    last_reading: Instant,
    failures: u32,
    lost: bool,
    /// The next answer may be a late one to an earlier question: it proves life, but is no reading.
    suspect: bool,
}

impl<S: BusSink> Worker<S> {
    #[allow(clippy::too_many_arguments, reason = "called once, each part is handed over by its owner")]
    pub(super) fn new(
        profile: &Profile,
        port: &str,
        path: PathBuf,
        now: NowMs,
        sink: S,
        mail: Receiver<Mail>,
        watched: Arc<Mutex<Vec<Lock>>>,
        heartbeat: Heartbeat,
    ) -> Self {
        let start = Instant::now();
        let mut banks = Vec::new();
        let mut groups = BTreeMap::new();
        let mut baud = 9600;
        for (index, bank) in (0u8..).zip(&profile.banks).filter(|(_, bank)| bank.port == port) {
            let Some(board) = bank.family.board(bank) else { continue };
            baud = bank.baud;
            let pulse = Duration::from_millis(bank.pulse_ms.into());
            let longest = groups.entry(bank.supply.clone()).or_insert(pulse);
            *longest = pulse.max(*longest);
            let on_bank = profile.compartments.iter().filter(|compartment| compartment.lock.bank == index);
            banks.push(Bank {
                index,
                board,
                channels: on_bank.map(|c| (c.lock.channel, c.evidence != Evidence::Attested)).collect(),
                supply: bank.supply.clone(),
                pulse,
                cooldown: Duration::from_millis(bank.cooldown_ms.into()),
                next_reading: start,
                last_reading: start,
                failures: 0,
                lost: false,
                suspect: true,
            });
        }
        Self {
            line: Line::new(path, baud),
            banks,
            supplies: Supplies::after_start(groups, start),
            waiting: VecDeque::new(),
            mail,
            watched,
            now,
            sink,
            heartbeat,
            port: port.to_owned(),
        }
    }

    pub(super) fn run(mut self) {
        while self.collect_mail() {
            self.heartbeat.turn();
            let now = Instant::now();
            self.give_up_on_late_unlocks();
            if let Some(unlock) = self.next_unlock(now) {
                self.unlock(unlock);
            } else if let Some(bank) = self.next_bank(now) {
                self.read(bank);
            } else if !self.sleep(now) {
                break;
            }
        }
        for unlock in std::mem::take(&mut self.waiting) {
            self.answer(unlock, UnlockAnswer::NotSent(NotSent::Stopped));
        }
        log::debug!("the bus of port \"{}\" has stopped", self.port);
    }

    /// Takes what is in the mailbox; false when the owner is gone.
    fn collect_mail(&mut self) -> bool {
        while self.waiting.len() < MAILBOX {
            match self.mail.try_recv() {
                Ok(mail) => self.open(mail),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    fn open(&mut self, mail: Mail) {
        match mail {
            Mail::Unlock(unlock) => self.waiting.push_back(unlock),
            Mail::WatchChanged => {
                let retry_at = Instant::now() + FIRST_BACK_OFF;
                for lock in self.watched.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                    for bank in self.banks.iter_mut().filter(|bank| bank.index == lock.bank) {
                        let hurry =
                            if bank.failures == 0 { bank.last_reading + WATCHED_EVERY } else { retry_at };
                        bank.next_reading = bank.next_reading.min(hurry);
                    }
                }
            }
        }
    }

    fn give_up_on_late_unlocks(&mut self) {
        let now_ms = (self.now)();
        let (late, waiting): (VecDeque<Unlock>, VecDeque<Unlock>) =
            self.waiting.drain(..).partition(|unlock| now_ms > unlock.not_after_ms);
        self.waiting = waiting;
        for unlock in late {
            self.answer(unlock, UnlockAnswer::NotSent(NotSent::TooLate));
        }
    }

    /// The first waiting unlock whose lock and supply have rested.
    fn next_unlock(&mut self, now: Instant) -> Option<Unlock> {
        let ready = |unlock: &Unlock| self.rested_at(unlock).is_none_or(|at| at <= now);
        let position = self.waiting.iter().position(ready)?;
        self.waiting.remove(position)
    }

    fn rested_at(&self, unlock: &Unlock) -> Option<Instant> {
        let bank = self.banks.iter().find(|bank| bank.index == unlock.lock.bank)?;
        self.supplies.free_at(&bank.supply, bank.index, unlock.lock.channel)
    }

    fn answer(&self, unlock: Unlock, answer: UnlockAnswer) {
        self.sink.unlocked(unlock.attempt, answer, (self.now)());
    }

    fn unlock(&mut self, unlock: Unlock) {
        let Lock { bank: index, channel } = unlock.lock;
        let bank =
            self.banks.iter_mut().find(|bank| bank.index == index && bank.channels.contains_key(&channel));
        let (Some(bank), Some(channel)) = (bank, NonZeroU8::new(channel)) else {
            return self.answer(unlock, UnlockAnswer::NotSent(NotSent::NoSuchLock));
        };
        let exchange =
            UnlockExchange { board: &*bank.board, channel, request: bank.board.unlock_request(channel) };
        if exchange.request.is_empty() {
            return self.answer(unlock, UnlockAnswer::NotSent(NotSent::NoSuchLock));
        }
        let now = &self.now;
        let last_look = || if now() > unlock.not_after_ms { Err(NotSent::TooLate) } else { Ok(()) };
        let result = self.line.transact(&exchange, UNLOCK_ANSWERS_WITHIN, last_look);

        let answered = Instant::now();
        let (answer, failure) = match result {
            Ok(Acknowledgement::Accepted) => (UnlockAnswer::Sent, None),
            Ok(Acknowledgement::Refused) => (UnlockAnswer::Refused, None),
            Err(LineError::Forbidden(why)) => (UnlockAnswer::NotSent(why), None),
            Err(error @ (LineError::Closed { .. } | LineError::NothingWritten(_))) => {
                (UnlockAnswer::NotSent(NotSent::PortUnavailable), Some(error.to_string()))
            }
            Err(error) => (UnlockAnswer::Unclear, Some(error.to_string())),
        };
        if !matches!(answer, UnlockAnswer::NotSent(_)) {
            let lock = (bank.index, channel.get());
            self.supplies.pulsed(&bank.supply, lock, answered, bank.pulse, bank.cooldown);
        }
        match failure {
            None => bank.next_reading = answered,
            // Whoever asked for the door stands before it.
            Some(why) => bank.failed(&why, answered, LONGEST_BACK_OFF_WATCHED, &self.sink),
        }
        self.answer(unlock, answer);
    }

    /// The bank whose reading is due: one that a person waits for first.
    fn next_bank(&self, now: Instant) -> Option<usize> {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let due = self.banks.iter().enumerate().filter(|(_, bank)| bank.next_reading <= now);
        let hurry = |bank: &Bank| {
            bank.next_reading + OVERDUE <= now || watched.iter().any(|lock| lock.bank == bank.index)
        };
        due.min_by_key(|(_, bank)| (!hurry(bank), bank.next_reading)).map(|(position, _)| position)
    }

    fn read(&mut self, position: usize) {
        let Some(bank) = self.banks.get_mut(position) else { return };
        let exchange = StatusExchange { board: &*bank.board, request: bank.board.status_request(0) };
        let mut sampled_at_ms = 0;
        let now = &self.now;
        let started = Instant::now();
        let result =
            self.line.transact::<_, std::convert::Infallible>(&exchange, bank.board.answers_within(), || {
                sampled_at_ms = now();
                Ok(())
            });
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_watched = |bank: &Bank| watched.iter().any(|lock| lock.bank == bank.index);
        let longest =
            |bank: &Bank| if is_watched(bank) { LONGEST_BACK_OFF_WATCHED } else { LONGEST_BACK_OFF };
        match result {
            Ok(readings) => {
                let every = if is_watched(bank) { WATCHED_EVERY } else { OTHERS_EVERY };
                bank.answered(readings, sampled_at_ms, started, every, &self.sink);
            }
            Err(error @ LineError::Closed { .. }) => {
                // Without its port, no bank can be read: one try stands for all.
                let why = error.to_string();
                let failed_at = Instant::now();
                for bank in &mut self.banks {
                    bank.failures = bank.failures.max(LOST_AFTER);
                    bank.failed(&why, failed_at, longest(bank), &self.sink);
                }
            }
            Err(error) => bank.failed(&error.to_string(), Instant::now(), longest(bank), &self.sink),
        }
    }

    /// Sleeps until something is due or mail comes; false when the owner is gone.
    fn sleep(&mut self, now: Instant) -> bool {
        let reading = self.banks.iter().map(|bank| bank.next_reading).min();
        let rested = self.waiting.iter().filter_map(|unlock| self.rested_at(unlock)).min();
        let now_ms = (self.now)();
        let too_late = |unlock: &Unlock| unlock.not_after_ms.saturating_sub(now_ms).saturating_add(1);
        let expired = self.waiting.iter().map(too_late).min();
        let expired = expired.map(|wait_ms| now + Duration::from_millis(wait_ms).min(LONGEST_SLEEP));
        let until = reading.into_iter().chain(rested).chain(expired).min().unwrap_or(now + LONGEST_SLEEP);
        let nap = until.saturating_duration_since(now).min(LONGEST_SLEEP);
        if self.waiting.len() >= MAILBOX {
            std::thread::sleep(nap);
            return true;
        }
        match self.mail.recv_timeout(nap) {
            Ok(mail) => self.open(mail),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }
}

impl Bank {
    fn failed(&mut self, why: &str, at: Instant, longest_back_off: Duration, sink: &impl BusSink) {
        self.failures = self.failures.saturating_add(1);
        self.suspect = true;
        let doublings = (self.failures - 1).min(8);
        self.next_reading = at + (FIRST_BACK_OFF * 2u32.pow(doublings)).min(longest_back_off);
        if self.failures >= LOST_AFTER && !self.lost {
            self.lost = true;
            log::warn!("bank {} is lost: {why}", self.index);
            sink.bank_lost(self.index, why);
        }
    }

    fn answered(
        &mut self,
        readings: Vec<ChannelReading>,
        sampled_at_ms: u64,
        started: Instant,
        every: Duration,
        sink: &impl BusSink,
    ) {
        self.failures = 0;
        if std::mem::take(&mut self.suspect) {
            self.next_reading = Instant::now();
            return;
        }
        self.last_reading = started;
        self.next_reading = started + every;
        if std::mem::take(&mut self.lost) {
            log::info!("bank {} answers again", self.index);
            sink.bank_back(self.index);
        }
        let doors: Vec<(u8, DoorState)> = self
            .channels
            .iter()
            .map(|(&channel, &sensed)| {
                (channel, if sensed { door_of(&readings, channel) } else { DoorState::Unknown })
            })
            .collect();
        sink.doors(self.index, &doors, sampled_at_ms);
    }
}

struct UnlockExchange<'a> {
    board: &'a dyn LockBoard,
    channel: NonZeroU8,
    request: Vec<u8>,
}

impl Exchange for UnlockExchange<'_> {
    type Answer = Acknowledgement;
    fn request(&self) -> &[u8] {
        &self.request
    }
    fn answer(&self, received: &[u8]) -> Option<Acknowledgement> {
        self.board.unlock_answer(self.channel, received)
    }
    fn unasked(&self, received: &[u8]) -> usize {
        self.board.unasked(received).map_or(0, |report| report.length)
    }
}

struct StatusExchange<'a> {
    board: &'a dyn LockBoard,
    request: Vec<u8>,
}

impl Exchange for StatusExchange<'_> {
    type Answer = Vec<ChannelReading>;
    fn request(&self) -> &[u8] {
        &self.request
    }
    fn answer(&self, received: &[u8]) -> Option<Vec<ChannelReading>> {
        self.board.status_answer(0, received)
    }
    fn unasked(&self, received: &[u8]) -> usize {
        self.board.unasked(received).map_or(0, |report| report.length)
    }
}
