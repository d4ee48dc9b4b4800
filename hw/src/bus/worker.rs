//! The thread that owns one serial port: unlocks first, then whichever doors are due to be read; between them it listens.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::corroboration::{Corroboration, Weighed};
use super::line::{Exchange, Heard, Line, LineError, Looks};
use super::mailbox::{Emptier, Mailbox};
use super::polling::{Answered, Due, Polling};
use super::supply::{Hold, Supplies};
use super::{BusSink, DoorState, Lock, NotSent, Unlock, UnlockAnswer};
use crate::board::{Acknowledgement, ChannelReading, ItemState, LockBoard, Unasked};
use crate::profile::{Evidence, Profile};
use crate::{Heartbeat, NowMs};

/// A board may answer an unlock only when the lock has moved.
const UNLOCK_ANSWERS_WITHIN: Duration = Duration::from_millis(250);
/// From the last byte of an unlock until the relay is on, at most, where no answer tells.
const SWITCHES_WITHIN: Duration = Duration::from_millis(100);
/// The longest sleep of the loop, so that its heartbeat turns.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// Reports that are taken out of one go at the line; a frame has five bytes at least.
const MOST_REPORTS: usize = 20;

pub(super) struct Worker<S> {
    line: Line,
    banks: Vec<Bank>,
    polling: Polling,
    supplies: Supplies,
    mail: Emptier,
    now: NowMs,
    sink: S,
    heartbeat: Heartbeat,
    port: String,
}

struct Bank {
    index: u8,
    board: Box<dyn LockBoard>,
    /// Where its frames carry no check.
    corroboration: Option<Corroboration>,
    /// Channels that the profile uses, and what is behind them.
    channels: BTreeMap<u8, Evidence>,
    supply: String,
    pulse: Duration,
    cooldown: Duration,
    /// Until then one of its locks may be energised.
    pulses_until: Instant,
}

/// What the threads of all ports share, and what each is given.
pub(crate) struct Parts<S> {
    pub(crate) mailbox: Mailbox,
    pub(crate) supplies: Supplies,
    pub(crate) now: NowMs,
    pub(crate) sink: S,
    pub(crate) heartbeat: Heartbeat,
}

/// Why an unlock did not leave when its turn came.
enum Held {
    TooLate,
    /// The supply was taken meanwhile; the unlock waits on.
    NotYet,
}

impl<S: BusSink> Worker<S> {
    pub(super) fn new(profile: &Profile, port: &str, path: PathBuf, parts: Parts<S>) -> Self {
        let start = Instant::now();
        let mut banks = Vec::new();
        let mut baud = 0;
        for (index, bank) in (0u8..).zip(&profile.banks).filter(|(_, bank)| bank.port == port) {
            let Some(board) = bank.family.board(bank) else { continue };
            baud = bank.baud;
            let on_bank = profile.compartments.iter().filter(|compartment| compartment.lock.bank == index);
            banks.push(Bank {
                index,
                corroboration: (!board.is_checked()).then(|| Corroboration::new(board.questions())),
                board,
                channels: on_bank.map(|c| (c.lock.channel, c.evidence)).collect(),
                supply: bank.supply.clone(),
                pulse: Duration::from_millis(bank.pulse_ms.into()),
                cooldown: Duration::from_millis(bank.cooldown_ms.into()),
                pulses_until: start,
            });
        }
        let Parts { mailbox, supplies, now, sink, heartbeat } = parts;
        Self {
            line: Line::new(path, baud),
            polling: Polling::new(banks.iter().map(|bank| (bank.index, bank.board.questions())), start),
            banks,
            supplies,
            mail: Emptier(mailbox),
            now,
            sink,
            heartbeat,
            port: port.to_owned(),
        }
    }

    pub(super) fn run(mut self) {
        while !self.mail.0.is_closed() {
            self.heartbeat.turn();
            let now = Instant::now();
            self.polling.watch(&self.mail.0.watched(), now);
            self.give_up_on_late_unlocks();
            if let Some(unlock) = self.next_unlock(now) {
                self.unlock(unlock);
            } else if let Some(due) = self.polling.next(now) {
                self.read(due);
            } else {
                self.listen(now);
            }
        }
        while let Some(unlock) = self.mail.0.take_first(|_| true) {
            self.answer(unlock, UnlockAnswer::NotSent(NotSent::Stopped));
        }
        log::debug!("the bus of port \"{}\" has stopped", self.port);
    }

    fn give_up_on_late_unlocks(&mut self) {
        let now_ms = (self.now)();
        while let Some(late) = self.mail.0.take_first(|unlock| now_ms > unlock.not_after_ms) {
            self.answer(late, UnlockAnswer::NotSent(NotSent::TooLate));
        }
    }

    /// The first waiting unlock whose lock and supply have rested.
    fn next_unlock(&mut self, now: Instant) -> Option<Unlock> {
        self.mail.0.take_first(|unlock| self.rested_at(unlock).is_none_or(|at| at <= now))
    }

    fn rested_at(&self, unlock: &Unlock) -> Option<Instant> {
        let bank = self.banks.iter().find(|bank| bank.index == unlock.lock.bank)?;
        self.supplies.free_at(&bank.supply, unlock.lock)
    }

    fn answer(&self, unlock: Unlock, answer: UnlockAnswer) {
        self.sink.unlocked(unlock.attempt, answer, (self.now)());
    }

    fn unlock(&mut self, unlock: Unlock) {
        let Lock { bank: index, channel } = unlock.lock;
        let position =
            self.banks.iter().position(|bank| bank.index == index && bank.channels.contains_key(&channel));
        let (Some(position), Some(channel)) = (position, NonZeroU8::new(channel)) else {
            return self.answer(unlock, UnlockAnswer::NotSent(NotSent::NoSuchLock));
        };
        let Self { line, banks, polling, supplies, mail, now, .. } = self;
        let Some(bank) = banks.get(position) else { return };
        let request = bank.board.unlock_request(channel);
        if request.is_empty() {
            // The board has no such channel.
            return self.answer(unlock, UnlockAnswer::NotSent(NotSent::NoSuchLock));
        }
        // No pulse begins later than the last moment at which an answer could still come.
        let longest =
            Line::longest_transaction(UNLOCK_ANSWERS_WITHIN) + line.on_wire(request.len()) + bank.pulse;
        let mut hold: Option<Hold> = None;
        let last_look = || {
            if now() > unlock.not_after_ms {
                return Err(Held::TooLate);
            }
            let begun = Instant::now();
            let taken = supplies.take(&bank.supply, unlock.lock, begun, begun + longest);
            hold = Some(taken.map_err(|_| Held::NotYet)?);
            Ok(())
        };
        let at_start = || frames_of_the_start(banks);
        let looks = Looks { bell: mail.0.bell(), gives_way: None, at_start: &at_start };
        let result = if bank.board.answers_unlocks() {
            let exchange = UnlockExchange { board: &*bank.board, banks, channel, request };
            let heard = line.transact(&exchange, UNLOCK_ANSWERS_WITHIN, &looks, last_look);
            heard.map(|heard| (heard.answer, [heard.before, heard.after].concat()))
        } else {
            line.say(&request, &looks, last_look).map(|()| (Acknowledgement::Accepted, Vec::new()))
        };

        let answered = Instant::now();
        let (answer, reports, failure) = match result {
            Ok((Acknowledgement::Accepted, reports)) => (UnlockAnswer::Sent, reports, None),
            Ok((Acknowledgement::Refused, reports)) => (UnlockAnswer::Refused, reports, None),
            Err(LineError::Forbidden(Held::NotYet)) => return mail.0.put_back(unlock),
            Err(LineError::Forbidden(Held::TooLate)) => {
                (UnlockAnswer::NotSent(NotSent::TooLate), Vec::new(), None)
            }
            Err(error @ (LineError::Closed { .. } | LineError::NothingWritten(_))) => {
                (UnlockAnswer::NotSent(NotSent::PortUnavailable), Vec::new(), Some(error.to_string()))
            }
            Err(error) => (UnlockAnswer::Unclear, Vec::new(), Some(error.to_string())),
        };
        // An answer comes when the relay is on already; who never answers may still be about to switch it.
        let begun = if bank.board.answers_unlocks() { answered } else { answered + SWITCHES_WITHIN };
        let (pulse, cooldown) = (bank.pulse, bank.cooldown);
        match (hold, answer) {
            (Some(hold), UnlockAnswer::NotSent(_)) => hold.unused(),
            (Some(hold), _) => {
                hold.pulsed(begun, pulse, cooldown);
                if let Some(bank) = banks.get_mut(position) {
                    bank.pulses_until = begun + pulse;
                }
            }
            (None, _) => {}
        }
        match failure {
            None => polling.stir(position, channel.get(), answered),
            Some(why) => self.failed(position, &why, true, false),
        }
        self.answer(unlock, answer);
        self.reported(&reports, (self.now)());
    }

    fn read(&mut self, due: Due) {
        let Self { line, banks, polling, mail, now, .. } = self;
        let Some(bank) = banks.get(due.bank) else { return };
        let request = bank.board.status_request(due.number);
        let exchange = StatusExchange { board: &*bank.board, banks, number: due.number, request };
        let at_start = || frames_of_the_start(banks);
        let urgent = || mail.0.has_unlock();
        let looks = Looks {
            bell: mail.0.bell(),
            gives_way: polling.is_failing(due.bank).then_some(&urgent),
            at_start: &at_start,
        };
        let mut sampled_at_ms = 0;
        let started = Instant::now();
        let last_look = || {
            sampled_at_ms = now();
            Ok(())
        };
        let result = line.transact::<_, std::convert::Infallible>(
            &exchange,
            bank.board.answers_within(),
            &looks,
            last_look,
        );
        let ended = Instant::now();
        polling.took(started, ended);
        match result {
            Ok(Heard { answer, before, after }) => {
                let covers: BTreeSet<u8> = answer.iter().map(|reading| reading.channel).collect();
                match polling.answered(due, started, ended, covers) {
                    Answered::Suspect => {}
                    Answered::Reading { was_lost } => {
                        let index = bank.index;
                        if was_lost {
                            log::info!("bank {index} answers again");
                            self.sink.bank_back(index);
                        }
                        // What was reported before the answer is no newer than the answer.
                        self.reported(&before, sampled_at_ms);
                        match self.weighed(due, &answer) {
                            Weighed::Believed => self.told(due.bank, &answer, sampled_at_ms),
                            Weighed::AskAgain => self.polling.ask_again(due, ended),
                            Weighed::Doubted => {}
                        }
                    }
                }
                self.reported(&after, (self.now)());
            }
            Err(LineError::GaveWay) => polling.gave_way(due.bank),
            Err(error @ LineError::Closed { .. }) => {
                // Without its port, no bank can be read: one try stands for all.
                let why = error.to_string();
                for position in 0..self.banks.len() {
                    self.failed(position, &why, false, true);
                }
            }
            Err(error) => self.failed(due.bank, &error.to_string(), false, false),
        }
    }

    fn weighed(&mut self, due: Due, answer: &[ChannelReading]) -> Weighed {
        let corroboration = self.banks.get_mut(due.bank).and_then(|bank| bank.corroboration.as_mut());
        corroboration.map_or(Weighed::Believed, |by| by.weigh(due.number, answer))
    }

    fn failed(&mut self, position: usize, why: &str, somebody_waits: bool, for_good: bool) {
        let Some(bank) = self.banks.get_mut(position) else { return };
        if self.polling.failed(position, Instant::now(), somebody_waits, for_good) {
            bank.corroboration.iter_mut().for_each(Corroboration::forget);
            log::warn!("bank {} is lost: {why}", bank.index);
            self.sink.bank_lost(bank.index, why);
        }
    }

    /// Hands on a sample: of the channels that it covers, and unknown for those that no sample ever covers.
    fn told(&self, position: usize, readings: &[ChannelReading], sampled_at_ms: u64) {
        let Some(bank) = self.banks.get(position) else { return };
        let mut doors = Vec::new();
        let mut items = Vec::new();
        for reading in readings {
            let Some(evidence) = bank.channels.get(&reading.channel) else { continue };
            let sensed = *evidence != Evidence::Attested;
            doors.push((reading.channel, if sensed { reading.door } else { DoorState::Unknown }));
            if *evidence == Evidence::Item {
                items.push((reading.channel, reading.item));
            }
        }
        for channel in self.polling.told_by_none(position, bank.channels.keys().copied()) {
            doors.push((channel, DoorState::Unknown));
            if bank.channels.get(&channel) == Some(&Evidence::Item) {
                items.push((channel, ItemState::Unknown));
            }
        }
        if !doors.is_empty() {
            self.sink.doors(bank.index, &doors, sampled_at_ms);
        }
        if !items.is_empty() {
            self.sink.items(bank.index, &items, sampled_at_ms);
        }
    }

    /// Hands on what boards reported by themselves, and asks at once whether it is so. Whatever is no report ends it: behind
    /// noise, nothing is believed.
    fn reported(&mut self, mut bytes: &[u8], at_ms: u64) {
        for _ in 0..MOST_REPORTS {
            let Some((position, Unasked { length, says })) = report(&self.banks, bytes) else { return };
            bytes = bytes.get(length..).unwrap_or_default();
            let (Some(position), Some(reading)) = (position, says) else { continue };
            self.polling.reports(position);
            self.polling.stir(position, reading.channel, Instant::now());
            if self.polling.is_believed(position) {
                self.told_by_itself(position, reading, at_ms);
            }
        }
    }

    fn told_by_itself(&self, position: usize, reading: ChannelReading, at_ms: u64) {
        let Some(bank) = self.banks.get(position) else { return };
        let seen = [Evidence::Door, Evidence::Bolt, Evidence::Item].map(Some);
        if seen.contains(&bank.channels.get(&reading.channel).copied()) {
            self.sink.doors(bank.index, &[(reading.channel, reading.door)], at_ms);
        }
    }

    /// Listens until something is due or somebody rings.
    fn listen(&mut self, now: Instant) {
        let now_ms = (self.now)();
        let reading = self.polling.next_at();
        let rested = self.mail.0.least(|unlock| self.rested_at(unlock));
        let too_late = |unlock: &Unlock| unlock.not_after_ms.saturating_sub(now_ms).saturating_add(1);
        let expired = self.mail.0.least(|unlock| Some(too_late(unlock)));
        let expired = expired.map(|wait_ms| now + Duration::from_millis(wait_ms).min(LONGEST_SLEEP));
        let until = reading.into_iter().chain(rested).chain(expired).min().unwrap_or(now + LONGEST_SLEEP);
        let longest = until.saturating_duration_since(now).min(LONGEST_SLEEP);
        let banks = &self.banks;
        match self.line.listen(self.mail.0.bell(), longest, |bytes| are_reports(banks, bytes)) {
            Ok(bytes) => self.reported(&bytes, (self.now)()),
            Err(error) => {
                log::debug!("port \"{}\" failed while nothing was asked: {error}", self.port);
                // The next question finds out whether it comes back.
            }
        }
    }
}

/// All outputs off, for the boards that need to be told; but not in the middle of a pulse, which its board ends by itself.
fn frames_of_the_start(banks: &[Bank]) -> Vec<Vec<u8>> {
    let now = Instant::now();
    let resting = banks.iter().filter(|bank| bank.pulses_until <= now);
    resting.flat_map(|bank| bank.board.at_start()).collect()
}

/// The report at the front of `bytes`, and whose it is: a position among `banks`. Where two boards would have it, nobody knows
/// whose door it tells of.
fn report(banks: &[Bank], bytes: &[u8]) -> Option<(Option<usize>, Unasked)> {
    let reports = banks.iter().map(|bank| bank.board.unasked(bytes).filter(|report| report.length > 0));
    let mut known = None;
    let mut claims = Vec::new();
    for (position, report) in reports.enumerate().filter_map(|(position, report)| Some((position, report?))) {
        known = known.or(Some(report));
        claims.extend(report.says.map(|_| (position, report)));
    }
    match claims[..] {
        [(position, report)] => Some((Some(position), report)),
        _ => Some((None, known?)),
    }
}

/// Whether all of `bytes` are whole reports.
fn are_reports(banks: &[Bank], mut bytes: &[u8]) -> bool {
    while let length @ 1.. = length_of_report(banks, bytes) {
        bytes = bytes.get(length..).unwrap_or_default();
    }
    bytes.is_empty()
}

fn length_of_report(banks: &[Bank], bytes: &[u8]) -> usize {
    report(banks, bytes).map_or(0, |(_, report)| report.length)
}

struct UnlockExchange<'a> {
    board: &'a dyn LockBoard,
    banks: &'a [Bank],
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
        length_of_report(self.banks, received)
    }
}

struct StatusExchange<'a> {
    board: &'a dyn LockBoard,
    banks: &'a [Bank],
    number: u8,
    request: Vec<u8>,
}

impl Exchange for StatusExchange<'_> {
    type Answer = Vec<ChannelReading>;
    fn request(&self) -> &[u8] {
        &self.request
    }
    fn answer(&self, received: &[u8]) -> Option<Vec<ChannelReading>> {
        self.board.status_answer(self.number, received)
    }
    fn unasked(&self, received: &[u8]) -> usize {
        length_of_report(self.banks, received)
    }
}
