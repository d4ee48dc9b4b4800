//! The thread for all banks on one GPIO chip. It is what a bus thread is for a serial port: it takes unlocks and reads doors.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pulse::{Forbidden, HOLD, Job, Pulser, Told, hangs};
use super::{Chip, Edge, EdgeSink, GpioError, Inputs, OpenChip, Output};
use crate::board::ClosedIs;
use crate::bus::doorbell::Doorbell;
use crate::bus::mailbox::Emptier;
use crate::bus::supply::Supplies;
use crate::bus::{BusSink, DoorState, Lock, NotSent, Parts, Unlock, UnlockAnswer};
use crate::profile::{Evidence, GpioWiring, Profile, Pull};
use crate::{Heartbeat, NowMs};

/// From one reading of the doors to the next, while a person deals with one of them. Edges come besides.
const WATCHED_EVERY: Duration = Duration::from_millis(70);
const OTHERS_EVERY: Duration = Duration::from_secs(1);
/// How long a chip that failed is left alone, first and at the longest.
const FIRST_BACK_OFF: Duration = Duration::from_millis(120);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(4);
const LONGEST_BACK_OFF_WATCHED: Duration = Duration::from_millis(500);
/// The longest sleep of the loop, so that its heartbeat turns.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// Edges that are kept until the thread has heard them; the next reading tells what is lost of more.
const MOST_EDGES: usize = 64;
pub(crate) struct GpioWorker<S> {
    path: PathBuf,
    open: OpenChip,
    banks: Vec<Bank>,
    lines: Option<Lines>,
    next_try: Instant,
    failures: u32,
    lost: bool,
    next_reading: Instant,
    watched: bool,
    last_pulse: Option<Instant>,
    supplies: Supplies,
    mail: Emptier,
    now: NowMs,
    sink: Arc<S>,
    heartbeat: Heartbeat,
    port: String,
}

struct Bank {
    index: u8,
    wiring: GpioWiring,
    closed_is: ClosedIs,
    channels: BTreeMap<u8, Evidence>,
    supply: String,
    pulse: Duration,
    cooldown: Duration,
}

/// What was taken of the chip.
struct Lines {
    // In this order: a pulse ends before anything else is given back.
    pulser: Pulser,
    inputs: Vec<Box<dyn Inputs>>,
    edges: Arc<Mutex<VecDeque<Edge>>>,
    pulsing: Arc<AtomicBool>,
    stuck: Arc<AtomicBool>,
}

impl<S: BusSink + Sync + 'static> GpioWorker<S> {
    pub(crate) fn new(profile: &Profile, port: &str, path: PathBuf, open: OpenChip, parts: Parts<S>) -> Self {
        let start = Instant::now();
        let on_port = (0u8..).zip(&profile.banks).filter(|(_, bank)| bank.port == port);
        let banks = on_port.filter_map(|(index, bank)| {
            let on_bank = profile.compartments.iter().filter(|compartment| compartment.lock.bank == index);
            Some(Bank {
                index,
                wiring: bank.gpio.clone()?,
                closed_is: bank.closed_is,
                channels: on_bank.map(|c| (c.lock.channel, c.evidence)).collect(),
                supply: bank.supply.clone(),
                pulse: Duration::from_millis(bank.pulse_ms.into()),
                cooldown: Duration::from_millis(bank.cooldown_ms.into()),
            })
        });
        let banks = banks.collect();
        let Parts { mailbox, supplies, now, sink, heartbeat } = parts;
        Self {
            path,
            open,
            banks,
            lines: None,
            next_try: start,
            failures: 0,
            lost: false,
            next_reading: start,
            watched: false,
            last_pulse: None,
            supplies,
            mail: Emptier(mailbox),
            now,
            sink: Arc::new(sink),
            heartbeat,
            port: port.to_owned(),
        }
    }

    pub(crate) fn run(mut self) {
        while !self.mail.0.is_closed() {
            let now = Instant::now();
            let pulsing = self.lines.as_ref().is_some_and(|lines| lines.pulsing.load(Ordering::Acquire));
            if !(pulsing && hangs(self.last_pulse, now)) {
                // Whoever watches this thread watches the one that pulses too.
                self.heartbeat.turn();
            }
            self.watch(now);
            self.give_up_on_late_unlocks();
            if self.lines.is_none() && self.next_try <= now {
                self.take_lines(now);
            }
            self.hear_edges();
            if self.lines.as_ref().is_some_and(|lines| lines.stuck.load(Ordering::Acquire)) {
                self.failed("an output could not be switched off");
            } else if let Some(unlock) = self.next_unlock(now) {
                self.unlock(unlock);
            } else if self.lines.is_some() && self.next_reading <= now {
                self.read(now);
            } else {
                self.wait(now);
            }
        }
        // Nothing is energised, and nothing said of a pulse is lost, before the rest is told.
        self.lines = None;
        while let Some(unlock) = self.mail.0.take_first(|_| true) {
            self.answer(unlock, UnlockAnswer::NotSent(NotSent::Stopped));
        }
    }

    fn watch(&mut self, now: Instant) {
        let watched = self.mail.0.watched();
        let watched = watched.iter().any(|lock| self.banks.iter().any(|bank| bank.index == lock.bank));
        if watched && !self.watched {
            self.next_reading = self.next_reading.min(now + WATCHED_EVERY);
            self.next_try = self.next_try.min(now + FIRST_BACK_OFF);
        }
        self.watched = watched;
    }

    fn give_up_on_late_unlocks(&self) {
        let now_ms = (self.now)();
        while let Some(late) = self.mail.0.take_first(|unlock| now_ms > unlock.not_after_ms) {
            self.answer(late, UnlockAnswer::NotSent(NotSent::TooLate));
        }
    }

    fn answer(&self, unlock: Unlock, answer: UnlockAnswer) {
        self.sink.unlocked(unlock.attempt, answer, (self.now)());
    }

    fn take_lines(&mut self, now: Instant) {
        match take(&self.path, &self.open, &self.banks, &self.port, self.mail.0.bell()) {
            Ok(lines) => {
                self.lines = Some(lines);
                self.next_reading = now;
            }
            Err(error) => self.failed(&error.to_string()),
        }
    }

    /// The chip is given up until the next try; its doors are unknown.
    fn failed(&mut self, why: &str) {
        self.lines = None;
        let longest = if self.watched { LONGEST_BACK_OFF_WATCHED } else { LONGEST_BACK_OFF };
        let back_off = FIRST_BACK_OFF * 2u32.pow(self.failures.min(8));
        self.next_try = Instant::now() + back_off.min(longest);
        self.failures = self.failures.saturating_add(1);
        if !std::mem::replace(&mut self.lost, true) {
            log::warn!("the GPIO lines of port \"{}\" are lost: {why}", self.port);
            for bank in &self.banks {
                self.sink.bank_lost(bank.index, why);
            }
        }
    }

    /// The first waiting unlock that may go now: one at a time, whose lock and supply have rested.
    fn next_unlock(&self, now: Instant) -> Option<Unlock> {
        if self.lines.as_ref().is_some_and(|lines| lines.pulsing.load(Ordering::Acquire)) {
            return None;
        }
        self.mail.0.take_first(|unlock| self.rested_at(unlock).is_none_or(|at| at <= now))
    }

    fn bank_of(&self, lock: Lock) -> Option<&Bank> {
        self.banks.iter().find(|bank| bank.index == lock.bank && bank.channels.contains_key(&lock.channel))
    }

    fn rested_at(&self, unlock: &Unlock) -> Option<Instant> {
        self.supplies.free_at(&self.bank_of(unlock.lock)?.supply, unlock.lock)
    }

    fn unlock(&mut self, unlock: Unlock) {
        let line = self.bank_of(unlock.lock).and_then(|bank| Some((bank, bank.output(unlock.lock.channel)?)));
        let Some((bank, line)) = line else {
            return self.answer(unlock, UnlockAnswer::NotSent(NotSent::NoSuchLock));
        };
        let Some(lines) = &self.lines else {
            return self.answer(unlock, UnlockAnswer::NotSent(NotSent::PortUnavailable));
        };
        let (now, supplies, supply) = (self.now.clone(), self.supplies.clone(), bank.supply.clone());
        let last_look = move || {
            if now() > unlock.not_after_ms {
                return Err(Forbidden::Not(NotSent::TooLate));
            }
            let begun = Instant::now();
            supplies.take(&supply, unlock.lock, begun, begun + HOLD).map_err(|_| Forbidden::NotYet)
        };
        let (now, sink, mailbox) = (self.now.clone(), self.sink.clone(), self.mail.0.clone());
        let tell = move |told| {
            let answer = match told {
                Told::On => UnlockAnswer::Sent,
                Told::Forbidden(Forbidden::NotYet) => return mailbox.put_back(unlock),
                Told::Forbidden(Forbidden::Not(why)) => UnlockAnswer::NotSent(why),
                Told::Unclear(why) => {
                    log::warn!("what became of a pulse is not known: {why}");
                    UnlockAnswer::Unclear
                }
            };
            sink.unlocked(unlock.attempt, answer, now());
        };
        let job = Job {
            line,
            enable: bank.wiring.enable,
            pulse: bank.pulse,
            cooldown: bank.cooldown,
            last_look: Box::new(last_look),
            tell: Box::new(tell),
        };
        self.last_pulse = Some(Instant::now());
        lines.pulsing.store(true, Ordering::Release);
        if let Err(job) = lines.pulser.pulse(job) {
            (job.tell)(Told::Forbidden(Forbidden::Not(NotSent::PortUnavailable)));
            self.failed("the thread for pulses has ended");
        }
        // The door is looked at soon, also where no edge comes.
        self.next_reading = Instant::now() + WATCHED_EVERY;
    }

    fn read(&mut self, now: Instant) {
        let Some(lines) = &self.lines else { return };
        let sampled_at_ms = (self.now)();
        let read: Result<Vec<_>, GpioError> = lines.inputs.iter().map(|inputs| inputs.read()).collect();
        match read {
            Ok(levels) => {
                self.failures = 0;
                let levels: BTreeMap<u32, bool> = levels.into_iter().flatten().collect();
                let was_lost = std::mem::take(&mut self.lost);
                for bank in &self.banks {
                    if was_lost {
                        self.sink.bank_back(bank.index);
                    }
                    let door =
                        |channel: &u8| (*channel, bank.door(*channel, |line| levels.get(&line).copied()));
                    let doors: Vec<_> = bank.channels.keys().map(door).collect();
                    if !doors.is_empty() {
                        self.sink.doors(bank.index, &doors, sampled_at_ms);
                    }
                }
                self.next_reading = now + if self.watched { WATCHED_EVERY } else { OTHERS_EVERY };
            }
            Err(error) => self.failed(&error.to_string()),
        }
    }

    /// Tells of inputs that changed, and reads all of them at once as the proof. Not before the first reading: an edge says
    /// nothing of the doors that did not move.
    fn hear_edges(&mut self) {
        let Some(lines) = &self.lines else { return };
        let edges = std::mem::take(&mut *lines.edges.lock().unwrap_or_else(PoisonError::into_inner));
        if edges.is_empty() || self.lost {
            return;
        }
        let now_ms = (self.now)();
        for Edge { line, high, at } in edges {
            // One that waited is no later than it was: what was read meanwhile outdoes it.
            let at_ms = now_ms.saturating_sub(u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX));
            for bank in &self.banks {
                for channel in bank.channels.keys().filter(|channel| bank.input(**channel) == Some(line)) {
                    let state = bank.door(*channel, |_| Some(high));
                    self.sink.doors(bank.index, &[(*channel, state)], at_ms);
                }
            }
        }
        self.next_reading = Instant::now();
    }

    fn wait(&self, now: Instant) {
        let due = if self.lines.is_some() { self.next_reading } else { self.next_try };
        let now_ms = (self.now)();
        let too_late = |unlock: &Unlock| Some(unlock.not_after_ms.saturating_sub(now_ms).saturating_add(1));
        let expired = self.mail.0.least(too_late);
        let expired = expired.map(|wait_ms| now + Duration::from_millis(wait_ms).min(LONGEST_SLEEP));
        // While a pulse runs, its end rings; an unlock that has rested before that waits for it.
        let rested = self.mail.0.least(|unlock| self.rested_at(unlock).filter(|at| *at > now));
        let until = [Some(due), expired, rested].into_iter().flatten().min().unwrap_or(now + LONGEST_SLEEP);
        self.mail.0.bell().wait(until.saturating_duration_since(now).min(LONGEST_SLEEP));
    }
}

impl Bank {
    fn output(&self, channel: u8) -> Option<u32> {
        self.wiring.outputs.get(usize::from(channel).checked_sub(1)?).copied()
    }

    fn input(&self, channel: u8) -> Option<u32> {
        self.wiring.inputs.get(usize::from(channel).checked_sub(1)?).copied().flatten()
    }

    fn door(&self, channel: u8, level: impl Fn(u32) -> Option<bool>) -> DoorState {
        let sensed = self.channels.get(&channel).is_some_and(|evidence| *evidence != Evidence::Attested);
        let level = self.input(channel).filter(|_| sensed).and_then(level);
        level.map_or(DoorState::Unknown, |high| self.closed_is.door(high))
    }
}

/// Takes all lines of the banks: outputs first, so that they are off.
fn take(
    path: &std::path::Path,
    open: &OpenChip,
    banks: &[Bank],
    port: &str,
    bell: &Doorbell,
) -> Result<Lines, GpioError> {
    let chip = open(path)?;
    let no_thread = |why: std::io::Error| GpioError::Failed { path: path.to_owned(), why: why.to_string() };
    let mut outputs: BTreeMap<u32, Output> = BTreeMap::new();
    for Bank { wiring, .. } in banks {
        let active_low = wiring.active_low;
        outputs.extend(wiring.outputs.iter().map(|&line| (line, Output { line, active_low })));
        outputs.extend(wiring.enable.map(|line| (line, Output { line, active_low: false })));
    }
    let outputs = chip.outputs(&outputs.into_values().collect::<Vec<_>>())?;

    let edges: Arc<Mutex<VecDeque<Edge>>> = Arc::default();
    let (kept, rung) = (edges.clone(), bell.clone());
    let sink: EdgeSink = Arc::new(move |edge| {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_EDGES {
            kept.pop_front();
        }
        kept.push_back(edge);
        drop(kept);
        rung.ring();
    });
    let inputs = inputs(&*chip, banks, &sink)?;

    let (pulsing, stuck) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (over, failed, rung) = (pulsing.clone(), stuck.clone(), bell.clone());
    let done = move |off: bool| {
        failed.fetch_or(!off, Ordering::AcqRel);
        over.store(false, Ordering::Release);
        rung.ring();
    };
    let pulser = Pulser::start(port, outputs, done).map_err(no_thread)?;
    Ok(Lines { pulser, inputs, edges, pulsing, stuck })
}

/// The inputs of all banks, in one go for each kind of resistor.
fn inputs(chip: &dyn Chip, banks: &[Bank], edges: &EdgeSink) -> Result<Vec<Box<dyn Inputs>>, GpioError> {
    let mut taken = Vec::new();
    for pull in [Pull::Up, Pull::Down, Pull::None] {
        let wired = banks.iter().filter(|bank| bank.wiring.pull == pull);
        let lines: Vec<u32> = wired.flat_map(|bank| bank.wiring.inputs.iter().copied().flatten()).collect();
        if !lines.is_empty() {
            taken.push(chip.inputs(&lines, pull, edges.clone())?);
        }
    }
    Ok(taken)
}
