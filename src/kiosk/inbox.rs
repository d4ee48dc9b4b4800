//! What the controller has not heard yet. Bounded, and whoever puts something in never waits.
//!
//! Readings are kept by door: where the controller is slow, samples that say the same again are merged, changes are kept.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use locker_engine::Happening;
use locker_hw::board::ItemState;
use locker_hw::bus::{BusSink, DoorState, UnlockAnswer};
use locker_hw::scanner::{Scan, ScanSink};
use locker_hw::sensor::SensorSink;

/// Happenings that wait. A person makes a few a second; a full inbox is a controller that hangs, and the watchdog's.
const MAX_WAITING: usize = 256;
/// Messages of sync that wait; then its thread does.
const MAX_FROM_SYNC: usize = 8;
/// Samples that wait for one door, before those that say the same are merged.
const MAX_SAMPLES: usize = 16;

/// The controller's mailbox. Clones are the same mailbox.
#[derive(Clone, Default)]
pub struct Inbox {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    /// There is room for another message of sync.
    room: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// What the buses say of pulses and banks: never dropped, and bounded by the pulses under way and the banks.
    from_buses: VecDeque<Happening>,
    lost_banks: BTreeSet<u8>,
    /// The last sample of each item sensor, by bank and channel, that was not heard yet, and when it was taken.
    items: BTreeMap<(u8, u8), (ItemState, u64)>,
    /// The last word of the power supply, and of each thermometer, that was not heard yet.
    power: Option<(bool, Option<u8>)>,
    temperatures: BTreeMap<String, Option<i16>>,
    /// What people do.
    happenings: VecDeque<Happening>,
    /// What sync says comes after everything else.
    from_sync: VecDeque<Happening>,
    samples: BTreeMap<(u8, u8), VecDeque<Sample>>,
    refused: u64,
}

#[derive(Clone, Copy)]
struct Sample {
    state: DoorState,
    at_ms: u64,
}

impl Inbox {
    /// Puts something in. Where there is no room it is dropped, and counted.
    pub fn push(&self, happening: Happening) {
        let mut waiting = self.lock();
        if waiting.happenings.len() < MAX_WAITING {
            waiting.happenings.push_back(happening);
        } else {
            waiting.refused += 1;
            if waiting.refused.is_power_of_two() {
                log::error!("the controller is behind: {} happenings were dropped", waiting.refused);
            }
        }
        self.shared.arrived.notify_one();
    }

    /// Puts in what sync says. Sync alone waits while there is no room, so that it can hinder nobody else.
    pub fn push_from_sync(&self, happening: Happening) {
        let waiting = self.lock();
        let mut waiting = self
            .shared
            .room
            .wait_while(waiting, |waiting| waiting.from_sync.len() >= MAX_FROM_SYNC)
            .unwrap_or_else(PoisonError::into_inner);
        waiting.from_sync.push_back(happening);
        self.shared.arrived.notify_one();
    }

    /// Takes the next, waiting for it at most so long. Readings come first: each says when it was sampled. Sync comes last.
    pub fn take(&self, wait: Duration) -> Option<Happening> {
        let waiting = self.lock();
        let (mut waiting, _) = self
            .shared
            .arrived
            .wait_timeout_while(waiting, wait, |waiting| waiting.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let next = waiting.next_of_the_house();
        if next.is_some() {
            return next;
        }
        self.shared.room.notify_one();
        waiting.from_sync.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in here panics with the lock held, and what is inside stays whole if it did.
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.samples.is_empty()
            && self.from_buses.is_empty()
            && self.lost_banks.is_empty()
            && self.items.is_empty()
            && self.power.is_none()
            && self.temperatures.is_empty()
            && self.happenings.is_empty()
            && self.from_sync.is_empty()
    }

    /// What sensors, buses and people say.
    fn next_of_the_house(&mut self) -> Option<Happening> {
        self.next_reading()
            .or_else(|| self.from_buses.pop_front())
            .or_else(|| self.lost_banks.pop_first().map(|bank| Happening::BankLost { bank }))
            .or_else(|| self.next_item())
            .or_else(|| self.power.take().map(|(mains, percent)| Happening::Power { mains, percent }))
            .or_else(|| self.happenings.pop_front())
            .or_else(|| self.next_temperature())
    }

    fn next_item(&mut self) -> Option<Happening> {
        let ((bank, _), (_, sampled_at_ms)) = self.items.first_key_value().map(|(of, said)| (*of, *said))?;
        let mut items = Vec::new();
        self.items.retain(|(of_bank, channel), (state, at_ms)| {
            let together = (*of_bank, *at_ms) == (bank, sampled_at_ms);
            if together {
                items.push((*channel, *state));
            }
            !together
        });
        Some(Happening::Items { bank, items, sampled_at_ms })
    }

    fn next_temperature(&mut self) -> Option<Happening> {
        let (sensor, tenths_c) = self.temperatures.pop_first()?;
        Some(Happening::Temperature { sensor, tenths_c })
    }

    /// All doors of one bank that were sampled at the same, earliest moment.
    fn next_reading(&mut self) -> Option<Happening> {
        let earliest = |samples: &VecDeque<Sample>| samples.front().map(|sample| sample.at_ms);
        let ((bank, _), sampled_at_ms) = self
            .samples
            .iter()
            .filter_map(|(door, samples)| Some((*door, earliest(samples)?)))
            .min_by_key(|(_, at_ms)| *at_ms)?;
        let mut states = Vec::new();
        self.samples.retain(|(of_bank, channel), samples| {
            if *of_bank == bank
                && let Some(sample) = samples.pop_front_if(|sample| sample.at_ms == sampled_at_ms)
            {
                states.push((*channel, sample.state));
            }
            !samples.is_empty()
        });
        Some(Happening::Doors { bank, states, sampled_at_ms })
    }

    fn sampled(&mut self, door: (u8, u8), sample: Sample) {
        let samples = self.samples.entry(door).or_default();
        if samples.len() >= MAX_SAMPLES {
            // Room is made by what a neighbour says again; where all differ, the oldest goes.
            let again =
                samples.iter().zip(samples.iter().skip(1)).position(|(one, next)| one.state == next.state);
            samples.remove(again.map_or(0, |place| place + 1));
        }
        samples.push_back(sample);
    }
}

impl BusSink for Inbox {
    fn unlocked(&self, attempt: u64, answer: UnlockAnswer, _answered_at_ms: u64) {
        self.lock().from_buses.push_back(Happening::Unlocked { attempt, answer });
        self.shared.arrived.notify_one();
    }

    fn doors(&self, bank: u8, states: &[(u8, DoorState)], sampled_at_ms: u64) {
        let mut waiting = self.lock();
        for (channel, state) in states {
            waiting.sampled((bank, *channel), Sample { state: *state, at_ms: sampled_at_ms });
        }
        self.shared.arrived.notify_one();
    }

    fn items(&self, bank: u8, states: &[(u8, ItemState)], sampled_at_ms: u64) {
        let mut waiting = self.lock();
        for (channel, state) in states {
            waiting.items.insert((bank, *channel), (*state, sampled_at_ms));
        }
        self.shared.arrived.notify_one();
    }

    fn bank_lost(&self, bank: u8, why: &str) {
        log::warn!("bank {bank} does not answer: {why}");
        self.lock().lost_banks.insert(bank);
        self.shared.arrived.notify_one();
    }

    fn bank_back(&self, bank: u8) {
        log::info!("bank {bank} answers");
    }
}

impl SensorSink for Inbox {
    fn power(&self, mains: bool, percent: Option<u8>) {
        self.lock().power = Some((mains, percent));
        self.shared.arrived.notify_one();
    }

    fn tampered(&self, sensor: &str) {
        self.push(Happening::Tamper { sensor: sensor.to_owned() });
    }

    fn temperature(&self, sensor: &str, tenths_c: Option<i16>) {
        self.lock().temperatures.insert(sensor.to_owned(), tenths_c);
        self.shared.arrived.notify_one();
    }
}

impl ScanSink for Inbox {
    fn scanned(&self, scan: Scan, _at_ms: u64) {
        self.push(match scan {
            Scan::Text(text) => Happening::Scanned(text),
            Scan::Unreadable(_) => Happening::Unreadable,
        });
    }

    fn scanner_lost(&self, why: &str) {
        log::warn!("the scanner does not answer: {why}");
    }

    fn scanner_back(&self) {
        log::info!("the scanner answers");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(inbox: &Inbox) -> Vec<(u64, DoorState)> {
        let mut seen = Vec::new();
        while let Some(Happening::Doors { states, sampled_at_ms, .. }) = inbox.take(Duration::ZERO) {
            seen.extend(states.into_iter().map(|(_, state)| (sampled_at_ms, state)));
        }
        seen
    }

    #[test]
    fn a_slow_controller_still_hears_every_change_of_a_door() {
        let inbox = Inbox::default();
        let mut changes = Vec::new();
        for at_ms in 0..1_000 {
            let state = if (300..320).contains(&at_ms) { DoorState::Open } else { DoorState::Closed };
            inbox.doors(0, &[(1, state)], at_ms);
            if changes.last() != Some(&state) {
                changes.push(state);
            }
        }
        let mut seen: Vec<_> = drain(&inbox).into_iter().map(|(_, state)| state).collect();
        assert!(seen.len() <= MAX_SAMPLES);
        seen.dedup();
        assert_eq!(seen, changes);
    }

    #[test]
    fn readings_come_in_the_order_in_which_they_were_sampled() {
        let inbox = Inbox::default();
        inbox.doors(0, &[(1, DoorState::Closed), (2, DoorState::Open)], 10);
        inbox.doors(1, &[(1, DoorState::Closed)], 5);
        inbox.doors(0, &[(1, DoorState::Open)], 20);
        let times: Vec<_> = drain(&inbox).into_iter().map(|(at_ms, _)| at_ms).collect();
        assert_eq!(times, [5, 10, 10, 20]);
    }

    #[test]
    fn a_flood_is_bounded_and_drops_nothing_that_a_bus_says() {
        let inbox = Inbox::default();
        for _ in 0..10_000 {
            inbox.push(Happening::Tick);
        }
        inbox.bank_lost(3, "gone");
        inbox.unlocked(7, UnlockAnswer::Sent, 0);
        let mut taken = Vec::new();
        while let Some(happening) = inbox.take(Duration::ZERO) {
            taken.push(happening);
        }
        assert_eq!(taken.len(), MAX_WAITING + 2);
        assert!(matches!(taken[0], Happening::Unlocked { attempt: 7, .. }));
        assert!(matches!(taken[1], Happening::BankLost { bank: 3 }));
    }

    #[test]
    fn of_item_sensors_that_nobody_hears_the_last_word_counts_and_none_is_made_later_than_it_is() {
        let inbox = Inbox::default();
        inbox.items(0, &[(1, ItemState::Present), (2, ItemState::Absent)], 10);
        inbox.items(0, &[(1, ItemState::Absent)], 20);
        inbox.items(1, &[(1, ItemState::Present)], 15);
        let mut heard = Vec::new();
        while let Some(Happening::Items { bank, items, sampled_at_ms }) = inbox.take(Duration::ZERO) {
            heard.push((bank, items, sampled_at_ms));
        }
        let expected = [
            (0, vec![(1, ItemState::Absent)], 20),
            (0, vec![(2, ItemState::Absent)], 10),
            (1, vec![(1, ItemState::Present)], 15),
        ];
        assert_eq!(heard, expected);
    }

    #[test]
    fn a_sync_that_says_too_much_waits_and_hinders_nobody() {
        let inbox = Inbox::default();
        let flooding = inbox.clone();
        let flood = std::thread::spawn(move || {
            for _ in 0..100 {
                flooding.push_from_sync(Happening::SyncGone);
            }
        });
        let mut from_sync = 0;
        while from_sync < 50 {
            if let Some(Happening::SyncGone) = inbox.take(Duration::from_secs(10)) {
                from_sync += 1;
            }
        }
        inbox.push(Happening::Unreadable);
        assert!(matches!(inbox.take(Duration::ZERO), Some(Happening::Unreadable)), "people come first");
        while from_sync < 100 {
            if let Some(Happening::SyncGone) = inbox.take(Duration::from_secs(10)) {
                from_sync += 1;
            }
        }
        flood.join().unwrap();
    }
}
