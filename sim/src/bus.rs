//! One serial line with lock boards on it, in virtual time: our codec at one end, an emulated board's firmware at the
//! other, and a wire between that loses, repeats and garbles.
//!
//! The threads and ports of the real bus stay outside; its rules are followed: one transaction at a time, an unlock before
//! any polling and never after its time, never repeated once a byte has left, a bank lost after three failures.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::num::NonZeroU8;
use std::rc::Rc;

use locker_engine::Happening;
use locker_hw::board::{Acknowledgement, ItemState, LockBoard, door_of};
use locker_hw::bus::{BusFull, DoorState, Lock, LockBus, NotSent, Unlock, UnlockAnswer};
use locker_hw::emulate::{Asked, Firmware, Look};
use locker_hw::emulated::plan_of;
use locker_hw::profile::{Evidence, Profile};

use crate::cabinet::{Cabinet, ItemSensor};
use crate::chance::Chance;
use crate::disk::SimDisk;

/// Unlocks that wait, at most.
const MAILBOX: usize = 16;
/// The request's bytes are on the wire for so long: 5 bytes at 9600 baud and the quiet gap, in milliseconds.
const REQUEST_MS: u64 = 6;
/// The answer follows within this, in milliseconds.
const ANSWER_MS: u64 = 9;
/// An unlock that is not answered is given up after this, in milliseconds.
const UNLOCK_ANSWERS_WITHIN_MS: u64 = 250;
/// The same for a question.
const STATUS_ANSWERS_WITHIN_MS: u64 = 100;
/// From one reading of a watched bank to the next, in milliseconds: a bus promises 100.
const WATCHED_EVERY_MS: u64 = 90;
/// The same for the others, in milliseconds. Between readings that would tell nothing new the line rests: outside openings
/// the engine is given only edges.
const OTHERS_EVERY_MS: u64 = 1_000;
/// A quiet line is read all the same, in milliseconds.
const QUIET_EVERY_MS: u64 = 3_600_000;
/// How long item sensors are asked again after something moved: they count once they have said the same for two seconds, in
/// milliseconds.
const ITEMS_ASKED_FOR_MS: u64 = 9_000;
const LOST_AFTER: u32 = 3;
const FIRST_BACK_OFF_MS: u64 = 120;
const LONGEST_BACK_OFF_MS: u64 = 4_000;
const LONGEST_BACK_OFF_WATCHED_MS: u64 = 500;

/// How bad the wire is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wire {
    /// One request in so many is lost; 0 for none.
    pub loses_one_in: u64,
    /// One answer in so many is lost.
    pub answer_lost_one_in: u64,
    /// One request in so many arrives twice.
    pub repeats_one_in: u64,
    /// One answer in so many is garbled.
    pub garbles_one_in: u64,
    /// One answer in so many comes when another is awaited.
    pub late_one_in: u64,
    /// The boards have no power, or the cable is out.
    pub dead: bool,
}

impl Wire {
    /// Whether nothing is wrong with it.
    pub fn is_fine(&self) -> bool {
        !self.dead
            && self.loses_one_in == 0
            && self.answer_lost_one_in == 0
            && self.repeats_one_in == 0
            && self.garbles_one_in == 0
            && self.late_one_in == 0
    }
}

struct Bank {
    board: Box<dyn LockBoard>,
    firmware: Box<dyn Firmware>,
    channels: Vec<u8>,
    /// Those with an item sensor.
    items: Vec<u8>,
    next_reading_ms: u64,
    failures: u32,
    lost: bool,
    /// The cabinet's moves when it was last read.
    read_at_moves: u64,
    unsteady: bool,
    /// Its item sensors are asked again until then: one word of theirs is none.
    asked_again_until_ms: u64,
    /// The next answer may be a late one to an earlier question: it proves life, but is no reading.
    suspect: bool,
}

enum Under {
    Unlock { unlock: Unlock, received: Vec<u8>, ends_ms: u64 },
    Status { bank: usize, request: Vec<u8>, sampled_at_ms: u64, ends_ms: u64 },
}

/// An unlock whose first byte left.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// Which door.
    pub door: usize,
}

/// The kiosk's end of the line, shared with the engine.
#[derive(Clone, Default)]
pub struct BusHandle(Rc<RefCell<Mailbox>>);

#[derive(Default)]
struct Mailbox {
    waiting: VecDeque<Unlock>,
    watched: Vec<Lock>,
    watch_changed: bool,
    /// Without power nothing is taken any more.
    dead: bool,
    /// The card, and how often it was asked to wait when the last happening began.
    card: Option<(SimDisk, u64)>,
    /// A pulse was handed over, and the card had not been asked to wait since then.
    hasty: bool,
}

impl BusHandle {
    /// The power is gone: whatever the program still says reaches nobody.
    pub fn die(&self) {
        self.0.borrow_mut().dead = true;
    }
}

impl LockBus for BusHandle {
    fn unlock(&mut self, unlock: Unlock) -> Result<(), BusFull> {
        let mut mailbox = self.0.borrow_mut();
        if mailbox.waiting.len() >= MAILBOX {
            return Err(BusFull);
        }
        if let Some((card, syncs)) = &mut mailbox.card {
            let before = std::mem::replace(syncs, card.counts().syncs);
            mailbox.hasty |= before == *syncs;
        }
        if !mailbox.dead {
            mailbox.waiting.push_back(unlock);
        }
        Ok(())
    }

    fn watch(&mut self, locks: &[Lock]) {
        let mut mailbox = self.0.borrow_mut();
        mailbox.watched = locks.to_vec();
        mailbox.watch_changed = true;
    }
}

/// The line.
pub struct Bus {
    /// How bad it is.
    pub wire: Wire,
    /// Every pulse whose first byte left since this was last emptied.
    pub pulses: Vec<Pulse>,
    handle: BusHandle,
    banks: Vec<Bank>,
    under: Option<Under>,
    /// What is on its way to a board: it acts then.
    frame: Option<(u64, Vec<u8>)>,
    /// An answer that dawdles.
    late: Option<Vec<u8>>,
    stalled_until_ms: u64,
    chance: Chance,
    items_chance: Chance,
    /// The kiosk's clock began then.
    epoch_ms: u64,
}

impl Bus {
    /// The line of a cabinet.
    pub fn new(profile: &Profile, chance: Chance, items_chance: Chance) -> Self {
        let bank_of = |(bank, index): (&locker_hw::profile::Bank, u8)| {
            Some(Bank {
                // Every simulated bank is a board on a wire.
                board: bank.family.board(bank)?,
                firmware: plan_of(bank)?.firmware(),
                channels: profile
                    .compartments
                    .iter()
                    .filter(|known| known.lock.bank == index)
                    .map(|known| known.lock.channel)
                    .collect(),
                items: profile
                    .compartments
                    .iter()
                    .filter(|known| known.lock.bank == index && known.evidence == Evidence::Item)
                    .map(|known| known.lock.channel)
                    .collect(),
                next_reading_ms: 0,
                failures: 0,
                lost: false,
                read_at_moves: u64::MAX,
                unsteady: false,
                asked_again_until_ms: 0,
                suspect: true,
            })
        };
        let banks = profile.banks.iter().zip(0u8..).filter_map(bank_of);
        Self {
            wire: Wire::default(),
            pulses: Vec::new(),
            handle: BusHandle::default(),
            banks: banks.collect(),
            under: None,
            frame: None,
            late: None,
            stalled_until_ms: 0,
            chance,
            items_chance,
            epoch_ms: 0,
        }
    }

    /// The kiosk starts: a fresh handle for its engine. What is on its way to a board still arrives.
    pub fn start(&mut self, now_ms: u64, epoch_ms: u64) -> BusHandle {
        self.handle = BusHandle::default();
        self.under = None;
        self.epoch_ms = epoch_ms;
        for bank in &mut self.banks {
            bank.next_reading_ms = now_ms;
            bank.asked_again_until_ms = now_ms + ITEMS_ASKED_FOR_MS;
            bank.failures = 0;
            bank.lost = false;
            bank.suspect = true;
            bank.read_at_moves = u64::MAX;
        }
        self.late = None;
        self.handle.clone()
    }

    /// The kiosk is about to hear of something: what it does then follows from what is on the card by then.
    pub fn happens(&self, card: &SimDisk) {
        self.handle.0.borrow_mut().card = Some((card.clone(), card.counts().syncs));
    }

    /// Whether a pulse was handed over before the card had taken in what it follows from.
    pub fn take_hasty(&self) -> bool {
        std::mem::take(&mut self.handle.0.borrow_mut().hasty)
    }

    /// Whether the line stands still.
    pub fn is_stalled(&self, now_ms: u64) -> bool {
        now_ms < self.stalled_until_ms
    }

    /// The line stands still until then: whatever is to be sent waits.
    pub fn stall(&mut self, until_ms: u64) {
        self.stalled_until_ms = until_ms;
    }

    /// Something changed on the line or at a sensor: whoever rested is read again.
    pub fn stir(&mut self) {
        for bank in &mut self.banks {
            bank.read_at_moves = u64::MAX;
        }
    }

    /// When something is due.
    pub fn next_due_ms(&self, now_ms: u64, cabinet: &Cabinet) -> Option<u64> {
        let frame = self.frame.as_ref().map(|(at_ms, _)| *at_ms);
        let rest = match &self.under {
            Some(Under::Unlock { ends_ms, .. } | Under::Status { ends_ms, .. }) => Some(*ends_ms),
            None if !self.handle.0.borrow().waiting.is_empty() => Some(now_ms),
            None => {
                let mailbox = self.handle.0.borrow();
                self.banks
                    .iter()
                    .enumerate()
                    .map(|(index, bank)| self.reading_due_ms(index, bank, &mailbox, cabinet))
                    .min()
            }
        };
        let rest =
            rest.map(|at_ms| if self.under.is_none() { at_ms.max(self.stalled_until_ms) } else { at_ms });
        [frame, rest].into_iter().flatten().min()
    }

    fn reading_due_ms(&self, index: usize, bank: &Bank, mailbox: &Mailbox, cabinet: &Cabinet) -> u64 {
        let watched = mailbox.watched.iter().any(|lock| usize::from(lock.bank) == index);
        let restless = watched
            || bank.unsteady
            || bank.failures > 0
            || bank.read_at_moves != cabinet.moves
            || !self.wire.is_fine();
        if restless { bank.next_reading_ms } else { bank.next_reading_ms + QUIET_EVERY_MS }
    }

    /// Does what is due by now: boards act, answers come. Returns what the kiosk hears.
    pub fn turn(&mut self, now_ms: u64, cabinet: &mut Cabinet, heard: &mut Vec<Happening>) {
        if let Some((_, bytes)) = self.frame.take_if(|(at_ms, _)| *at_ms <= now_ms) {
            self.arrives(now_ms, &bytes, cabinet);
        }
        match &self.under {
            Some(Under::Unlock { ends_ms, .. } | Under::Status { ends_ms, .. }) if *ends_ms > now_ms => {
                return;
            }
            Some(_) => {
                if let Some(under) = self.under.take() {
                    self.ends(now_ms, under, cabinet, heard);
                }
            }
            None => {}
        }
        if self.handle.0.borrow().dead || now_ms < self.stalled_until_ms {
            return;
        }
        self.begin(now_ms, cabinet, heard);
    }

    fn begin(&mut self, now_ms: u64, cabinet: &mut Cabinet, heard: &mut Vec<Happening>) {
        if std::mem::take(&mut self.handle.0.borrow_mut().watch_changed) {
            let watched = self.handle.0.borrow().watched.clone();
            for lock in watched {
                if let Some(bank) = self.banks.get_mut(usize::from(lock.bank)) {
                    bank.next_reading_ms = bank.next_reading_ms.min(now_ms + WATCHED_EVERY_MS);
                }
            }
        }
        let waiting = self.handle.0.borrow_mut().waiting.pop_front();
        if let Some(unlock) = waiting {
            return self.begin_unlock(now_ms, unlock, cabinet, heard);
        }
        let due = {
            let mailbox = self.handle.0.borrow();
            let due = |(index, bank): &(usize, &Bank)| self.reading_due_ms(*index, bank, &mailbox, cabinet);
            self.banks
                .iter()
                .enumerate()
                .min_by_key(due)
                .filter(|entry| due(entry) <= now_ms)
                .map(|(index, _)| index)
        };
        if let Some(index) = due {
            self.begin_status(now_ms, index);
        }
    }

    fn begin_unlock(&mut self, now_ms: u64, unlock: Unlock, cabinet: &Cabinet, heard: &mut Vec<Happening>) {
        let mono_ms = now_ms - self.epoch_ms;
        let channel = NonZeroU8::new(unlock.lock.channel);
        let bank = self.banks.get(usize::from(unlock.lock.bank));
        let (Some(channel), Some(bank)) = (channel, bank) else {
            let answer = UnlockAnswer::NotSent(NotSent::NoSuchLock);
            heard.push(Happening::Unlocked { attempt: unlock.attempt, answer });
            return;
        };
        if mono_ms > unlock.not_after_ms {
            let answer = UnlockAnswer::NotSent(NotSent::TooLate);
            heard.push(Happening::Unlocked { attempt: unlock.attempt, answer });
            return;
        }
        let bytes = bank.board.unlock_request(channel);
        let answers = bank.board.answers_unlocks();
        if let Some(door) = cabinet.wired(unlock.lock.bank, unlock.lock.channel) {
            self.pulses.push(Pulse { door });
        }
        self.send(now_ms, bytes);
        let ends_ms = now_ms + if answers { UNLOCK_ANSWERS_WITHIN_MS } else { REQUEST_MS + 1 };
        self.under = Some(Under::Unlock { unlock, received: Vec::new(), ends_ms });
    }

    /// A question moves nothing: all of it is worked out when its answer, or the wait for it, ends.
    fn begin_status(&mut self, now_ms: u64, index: usize) {
        let Some(bank) = self.banks.get(index) else { return };
        let request = bank.board.status_request(0);
        let answered = !self.wire.dead && !self.chance.one_in(self.wire.loses_one_in);
        let (request, within_ms) =
            if answered { (request, REQUEST_MS + ANSWER_MS) } else { (Vec::new(), STATUS_ANSWERS_WITHIN_MS) };
        let sampled_at_ms = now_ms - self.epoch_ms;
        self.under = Some(Under::Status { bank: index, request, sampled_at_ms, ends_ms: now_ms + within_ms });
    }

    fn send(&mut self, now_ms: u64, bytes: Vec<u8>) {
        if !self.wire.dead && !self.chance.one_in(self.wire.loses_one_in) {
            self.frame = Some((now_ms + REQUEST_MS, bytes));
        }
    }

    /// An unlock reaches the boards: one of them acts, whether anybody still listens or not.
    fn arrives(&mut self, now_ms: u64, bytes: &[u8], cabinet: &mut Cabinet) {
        if let Some(answer) = self.answer_to(now_ms, bytes, cabinet)
            && let Some(Under::Unlock { received, ends_ms, .. }) = &mut self.under
        {
            *received = answer;
            *ends_ms = now_ms + ANSWER_MS;
        }
    }

    /// What the boards do at a frame, and what of their answer comes over the wire.
    fn answer_to(&mut self, now_ms: u64, frame: &[u8], cabinet: &mut Cabinet) -> Option<Vec<u8>> {
        let asked = self.banks.iter().zip(0u8..).map(|(bank, index)| (index, bank.firmware.asked(frame)));
        let (bank, asked) = asked.into_iter().find(|(_, asked)| *asked != Asked::Other)?;
        let chance = &mut self.chance;
        let mut seen = Seen([None; 256], [false; 256]);
        match &asked {
            Asked::Open { channels, .. } => {
                for &channel in channels {
                    let Some(door) = cabinet.wired(bank, channel) else { continue };
                    cabinet.energise(door, now_ms);
                    seen.sees(channel, cabinet.senses_open(door, now_ms, chance));
                }
            }
            Asked::Status => {
                for (index, door) in cabinet.doors.iter().enumerate().filter(|(_, door)| door.lock.0 == bank)
                {
                    seen.sees(door.lock.1, cabinet.senses_open(index, now_ms, chance));
                    let item = cabinet.senses_item(index, now_ms, &mut self.items_chance);
                    seen.1[usize::from(door.lock.1)] = item.unwrap_or(false);
                }
            }
            Asked::Hold(_) | Asked::Off(_) | Asked::Impossible | Asked::Other => return None,
        }
        let answer = self.banks.get(usize::from(bank))?.firmware.answer(frame, &asked, &seen)?;
        self.carried(answer)
    }

    /// What is left of an answer at our end of the wire.
    fn carried(&mut self, mut answer: Vec<u8>) -> Option<Vec<u8>> {
        if self.wire.is_fine() {
            return Some(answer);
        }
        if self.chance.one_in(self.wire.answer_lost_one_in) {
            return None;
        }
        if self.chance.one_in(self.wire.garbles_one_in) {
            let at = self.chance.below(u64::try_from(answer.len()).unwrap_or(0));
            if let Some(byte) = answer.get_mut(usize::try_from(at).unwrap_or(0)) {
                *byte ^= 1 << self.chance.below(8);
            }
        }
        if self.chance.one_in(self.wire.repeats_one_in) {
            answer.extend_from_within(..);
        }
        if let Some(late) = self.late.take() {
            return Some(late);
        }
        if self.chance.one_in(self.wire.late_one_in) {
            self.late = Some(answer);
            return None;
        }
        Some(answer)
    }

    fn ends(&mut self, now_ms: u64, under: Under, cabinet: &mut Cabinet, heard: &mut Vec<Happening>) {
        match under {
            Under::Unlock { unlock, received, .. } => {
                let Some(channel) = NonZeroU8::new(unlock.lock.channel) else { return };
                let Some(bank) = self.banks.get_mut(usize::from(unlock.lock.bank)) else { return };
                if !bank.board.answers_unlocks() {
                    // That it was sent is all that is known.
                    bank.next_reading_ms = now_ms;
                    let answer = UnlockAnswer::Sent;
                    return heard.push(Happening::Unlocked { attempt: unlock.attempt, answer });
                }
                let answer = match bank.board.unlock_answer(channel, &received) {
                    Some(Acknowledgement::Accepted) => UnlockAnswer::Sent,
                    Some(Acknowledgement::Refused) => UnlockAnswer::Refused,
                    None => UnlockAnswer::Unclear,
                };
                if answer == UnlockAnswer::Unclear {
                    bank.fails(now_ms, true);
                } else {
                    bank.next_reading_ms = now_ms;
                }
                heard.push(Happening::Unlocked { attempt: unlock.attempt, answer });
                if bank.is_newly_lost() {
                    heard.push(Happening::BankLost { bank: unlock.lock.bank });
                }
            }
            Under::Status { bank: index, request, sampled_at_ms, .. } => {
                let received = self.answer_to(now_ms, &request, cabinet).unwrap_or_default();
                let watched =
                    self.handle.0.borrow().watched.iter().any(|lock| usize::from(lock.bank) == index);
                let number = u8::try_from(index).unwrap_or(u8::MAX);
                let Some(bank) = self.banks.get_mut(index) else { return };
                match bank.board.status_answer(0, &received) {
                    Some(_) if std::mem::take(&mut bank.suspect) => {
                        bank.failures = 0;
                        bank.next_reading_ms = now_ms;
                    }
                    Some(states) => {
                        bank.failures = 0;
                        bank.lost = false;
                        bank.read_at_moves = cabinet.moves;
                        bank.unsteady = cabinet.doors.iter().any(|door| {
                            usize::from(door.lock.0) == index
                                && (door.sensor == crate::cabinet::Sensor::Flickers
                                    || door.item_sensor == ItemSensor::Flickers
                                    || now_ms < door.moved_ms + 2_000
                                    || door.item_sensor != ItemSensor::NotFitted
                                        && now_ms
                                            < door.moved_ms.max(door.item_sensor_ms) + ITEMS_ASKED_FOR_MS)
                        }) || !bank.items.is_empty() && now_ms < bank.asked_again_until_ms;
                        bank.next_reading_ms = sampled_at_ms
                            + self.epoch_ms
                            + if watched { WATCHED_EVERY_MS } else { OTHERS_EVERY_MS };
                        let item_of = |channel: &u8| {
                            let said = states.iter().find(|reading| reading.channel == *channel);
                            let silent = cabinet
                                .wired(number, *channel)
                                .and_then(|door| cabinet.doors.get(door))
                                .is_none_or(|door| door.item_sensor == ItemSensor::Silent);
                            let item = said.filter(|_| !silent).map_or(ItemState::Unknown, |said| said.item);
                            (*channel, item)
                        };
                        let items: Vec<_> = bank.items.iter().map(item_of).collect();
                        let states: Vec<(u8, DoorState)> = bank
                            .channels
                            .iter()
                            .map(|channel| (*channel, door_of(&states, *channel)))
                            .collect();
                        heard.push(Happening::Doors { bank: number, states, sampled_at_ms });
                        if !items.is_empty() {
                            heard.push(Happening::Items { bank: number, items, sampled_at_ms });
                        }
                    }
                    None => {
                        bank.fails(now_ms, watched);
                        if bank.is_newly_lost() {
                            heard.push(Happening::BankLost { bank: number });
                        }
                    }
                }
            }
        }
    }
}

/// What the inputs of one board say in one sample: of each door, and of what lies behind it.
struct Seen([Option<bool>; 256], [bool; 256]);

impl Seen {
    fn sees(&mut self, channel: u8, is_open: bool) {
        self.0[usize::from(channel)] = Some(is_open);
    }
}

impl Look for Seen {
    /// A channel without a door is an input without a switch: as a shut door.
    fn is_open(&self, channel: u8) -> Option<bool> {
        Some(self.0[usize::from(channel)].unwrap_or(false))
    }

    fn has_item(&self, channel: u8) -> bool {
        self.1[usize::from(channel)]
    }

    fn is_energised(&self, _channel: u8) -> bool {
        false
    }
}

impl Bank {
    fn fails(&mut self, now_ms: u64, watched: bool) {
        self.failures = self.failures.saturating_add(1);
        self.suspect = true;
        let longest_ms = if watched { LONGEST_BACK_OFF_WATCHED_MS } else { LONGEST_BACK_OFF_MS };
        let doublings = (self.failures - 1).min(8);
        self.next_reading_ms = now_ms + (FIRST_BACK_OFF_MS << doublings).min(longest_ms);
    }

    fn is_newly_lost(&mut self) -> bool {
        let newly = self.failures >= LOST_AFTER && !self.lost;
        self.lost |= newly;
        newly
    }
}
