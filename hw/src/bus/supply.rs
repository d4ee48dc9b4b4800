//! One lock at a time for each power supply, over all ports: the last defence, whatever was asked for.
//!
//! Nobody waits here. A supply is taken by a bus thread immediately before the first byte of an unlock, or the thread is
//! told when to look again; so threads cannot wait for each other in a circle. A supply is always taken *until a time*: a
//! thread that dies with it in hand holds it no longer than that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Lock;
use super::doorbell::Doorbell;

/// Until when each supply group and each lock must rest. Clones are the same supplies.
#[derive(Clone)]
pub(crate) struct Supplies(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    groups: BTreeMap<String, Group>,
    rested_at: BTreeMap<Lock, Instant>,
    /// The threads to wake when a supply is free earlier than they were told.
    bells: Vec<Doorbell>,
    taken: u64,
}

struct Group {
    free_at: Instant,
    /// Which taking set `free_at`.
    taken: u64,
    /// Not before this either: told by those whose own time was over.
    nor_before: Option<Instant>,
}

/// A supply in hand. Given back by [`Hold::unused`] or [`Hold::pulsed`]; dropped otherwise, it stays taken until its time.
#[must_use]
pub(crate) struct Hold {
    supplies: Supplies,
    group: String,
    lock: Lock,
    taken: u64,
    before: (Option<Instant>, Option<Instant>),
}

impl Supplies {
    /// `groups` with the longest pulse on each. All rest for one such pulse first: a process that was killed may have
    /// left a lock energised by its board.
    pub(crate) fn after_start(groups: BTreeMap<String, Duration>, now: Instant) -> Self {
        let group = |(name, pulse)| (name, Group { free_at: now + pulse, taken: 0, nor_before: None });
        let groups = groups.into_iter().map(group).collect();
        Self(Arc::new(Mutex::new(State { groups, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings this bell whenever a supply is free earlier than [`Supplies::free_at`] had said.
    pub(crate) fn wake(&self, bell: Doorbell) {
        self.state().bells.push(bell);
    }

    /// The earliest instant at which this lock may be energised; none when it may at any time.
    pub(crate) fn free_at(&self, group: &str, lock: Lock) -> Option<Instant> {
        self.state().free_at(group, lock)
    }

    /// Takes the supply for one lock, at most until `until`.
    ///
    /// # Errors
    /// It, or the lock, must rest until the instant given.
    pub(crate) fn take(
        &self,
        group: &str,
        lock: Lock,
        now: Instant,
        until: Instant,
    ) -> Result<Hold, Instant> {
        let mut state = self.state();
        if let Some(at) = state.free_at(group, lock).filter(|at| *at > now) {
            return Err(at);
        }
        state.taken += 1;
        let taken = state.taken;
        let group_now = Group { free_at: until, taken, nor_before: None };
        let before = state.groups.insert(group.to_owned(), group_now);
        let rested = state.rested_at.insert(lock, until);
        let before = (before.map(|group| group.free_at), rested);
        Ok(Hold { supplies: self.clone(), group: group.to_owned(), lock, taken, before })
    }
}

impl State {
    fn free_at(&self, group: &str, lock: Lock) -> Option<Instant> {
        let group = self.groups.get(group).map(|group| group.nor_before.max(Some(group.free_at)));
        group.flatten().max(self.rested_at.get(&lock).copied())
    }
}

impl Hold {
    /// No byte left: as if it had never been taken.
    pub(crate) fn unused(self) {
        let (group, lock) = self.before;
        self.give_back(group, lock);
    }

    /// The pulse began not later than at `begun`: the supply rests for its length, the lock for its cool-down besides.
    pub(crate) fn pulsed(self, begun: Instant, pulse: Duration, cooldown: Duration) {
        self.give_back(Some(begun + pulse), Some(begun + pulse + cooldown));
    }

    fn give_back(self, group_free_at: Option<Instant>, rested_at: Option<Instant>) {
        let mut state = self.supplies.state();
        let taken = self.taken;
        match (state.groups.get_mut(&self.group), group_free_at) {
            (Some(group), Some(at)) if group.taken == taken => group.free_at = at,
            // Its time was over, and another has it now.
            (Some(group), Some(at)) => group.nor_before = group.nor_before.max(Some(at)),
            (Some(group), None) if group.taken == taken => {
                state.groups.remove(&self.group);
            }
            _ => {}
        }
        match rested_at {
            Some(at) => state.rested_at.insert(self.lock, at),
            None => state.rested_at.remove(&self.lock),
        };
        let bells = state.bells.clone();
        drop(state);
        bells.iter().for_each(Doorbell::ring);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn lock(bank: u8, channel: u8) -> Lock {
        Lock { bank, channel }
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_group_rests_for_the_pulse_and_a_lock_for_its_cool_down_too() {
        let start = Instant::now();
        let supplies = Supplies::after_start(BTreeMap::from([("psu".to_owned(), ms(300))]), start);
        assert_eq!(supplies.free_at("psu", lock(0, 1)), Some(start + ms(300)), "rests after a start");
        assert!(supplies.take("psu", lock(0, 1), start, start + ms(900)).is_err());
        let hold = supplies.take("psu", lock(0, 1), start + ms(300), start + ms(1500)).unwrap();
        hold.pulsed(start + ms(400), ms(300), ms(500));
        assert_eq!(
            supplies.free_at("psu", lock(0, 2)),
            Some(start + ms(700)),
            "another lock waits for the pulse"
        );
        assert_eq!(supplies.free_at("psu", lock(0, 1)), Some(start + ms(1200)), "the same lock cools down");
        assert_eq!(supplies.free_at("other", lock(0, 3)), None, "another supply is free");
    }

    #[test]
    fn who_dies_with_a_supply_in_hand_holds_it_until_its_time_and_no_longer() {
        let start = Instant::now();
        let supplies = Supplies::after_start(BTreeMap::new(), start);
        let hold = supplies.take("psu", lock(0, 1), start, start + ms(900)).unwrap();
        drop(hold);
        assert_eq!(supplies.take("psu", lock(1, 1), start + ms(899), start).err(), Some(start + ms(900)));
        assert!(supplies.take("psu", lock(1, 1), start + ms(900), start + ms(1800)).is_ok());
    }

    #[test]
    fn a_supply_that_was_not_used_is_free_at_once_and_the_others_are_woken() {
        let start = Instant::now();
        let supplies = Supplies::after_start(BTreeMap::new(), start);
        let bell = Doorbell::new().unwrap();
        supplies.wake(bell.clone());
        let hold = supplies.take("psu", lock(0, 1), start, start + ms(900)).unwrap();
        assert_eq!(supplies.take("psu", lock(1, 1), start, start).err(), Some(start + ms(900)));
        hold.unused();
        // Returns only because it was rung.
        bell.wait(ms(600_000));
        assert_eq!(supplies.free_at("psu", lock(0, 1)), None);
    }

    #[test]
    fn who_comes_back_too_late_does_not_shorten_the_pulse_of_another() {
        let start = Instant::now();
        let supplies = Supplies::after_start(BTreeMap::new(), start);
        let slow = supplies.take("psu", lock(0, 1), start, start + ms(900)).unwrap();
        let other = supplies.take("psu", lock(1, 1), start + ms(900), start + ms(2000)).unwrap();
        slow.pulsed(start + ms(1000), ms(300), ms(500));
        assert_eq!(supplies.free_at("psu", lock(2, 1)), Some(start + ms(2000)));
        other.unused();
        assert_eq!(supplies.free_at("psu", lock(2, 1)), Some(start + ms(1300)), "the late pulse still runs");
    }
}
