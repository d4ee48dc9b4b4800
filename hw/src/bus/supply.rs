//! One lock at a time for each power supply: the last defence, whatever was asked for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Until when each supply group and each lock must rest.
pub(super) struct Supplies {
    group_free_at: BTreeMap<String, Instant>,
    lock_free_at: BTreeMap<(u8, u8), Instant>,
}

impl Supplies {
    /// `groups` with the longest pulse on each. All rest for one such pulse first: a process that was killed may have
    /// left a lock energised by its board.
    pub(super) fn after_start(groups: BTreeMap<String, Duration>, now: Instant) -> Self {
        let group_free_at = groups.into_iter().map(|(group, pulse)| (group, now + pulse)).collect();
        Self { group_free_at, lock_free_at: BTreeMap::new() }
    }

    /// The earliest instant at which this lock may be energised.
    pub(super) fn free_at(&self, group: &str, bank: u8, channel: u8) -> Option<Instant> {
        self.group_free_at.get(group).copied().max(self.lock_free_at.get(&(bank, channel)).copied())
    }

    /// Holds the group for the pulse that may have begun as late as `answered`, and the lock for its cool-down besides.
    pub(super) fn pulsed(
        &mut self,
        group: &str,
        (bank, channel): (u8, u8),
        answered: Instant,
        pulse: Duration,
        cooldown: Duration,
    ) {
        self.group_free_at.insert(group.to_owned(), answered + pulse);
        self.lock_free_at.insert((bank, channel), answered + pulse + cooldown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_rests_for_the_pulse_and_a_lock_for_its_cool_down_too() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let mut supplies = Supplies::after_start(BTreeMap::from([("psu".to_owned(), ms(300))]), start);
        assert_eq!(supplies.free_at("psu", 0, 1), Some(start + ms(300)), "rests after a start");
        supplies.pulsed("psu", (0, 1), start + ms(400), ms(300), ms(500));
        assert_eq!(supplies.free_at("psu", 0, 2), Some(start + ms(700)), "another lock waits for the pulse");
        assert_eq!(supplies.free_at("psu", 0, 1), Some(start + ms(1200)), "the same lock cools down");
        assert_eq!(supplies.free_at("other", 0, 3), None, "another supply is free");
    }
}
