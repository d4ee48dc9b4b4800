//! What people and crashes do next, drawn from a seed that is told: so far as real time allows, the same again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Random numbers that are the same for the same seed.
pub struct Chance(Xoshiro256PlusPlus);

impl Chance {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A seed that nobody chose. The standard library's hashers begin with random keys.
    pub fn fresh_seed() -> u64 {
        RandomState::new().hash_one(std::process::id())
    }

    /// A stream of its own, so that what one draws does not move another's.
    pub fn fork(&mut self) -> Self {
        Self::new(self.0.next_u64())
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        // The high half of a product: even enough, and the same everywhere.
        let product = u128::from(self.0.next_u64()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A place in a list of so many.
    pub fn place(&mut self, count: usize) -> usize {
        usize::try_from(self.below(u64::try_from(count).unwrap_or(0))).unwrap_or(0)
    }

    /// One of them; nothing where there are none.
    pub fn pick<T: Clone>(&mut self, among: &[T]) -> Option<T> {
        among.get(self.place(among.len())).cloned()
    }

    /// One of them, as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, among: &[(u64, T)]) -> Option<T> {
        let mut left = self.below(among.iter().map(|(weight, _)| weight).sum());
        among.iter().find_map(|(weight, what)| match left.checked_sub(*weight) {
            None => Some(*what),
            Some(rest) => {
                left = rest;
                None
            }
        })
    }

    /// A time below `end`, to the microsecond.
    pub fn time(&mut self, end: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(end.as_micros()).unwrap_or(u64::MAX)))
    }

    /// A time between two.
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        from + self.time(to.saturating_sub(from))
    }

    /// Digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_street() {
        let draw = |seed| {
            let mut chance = Chance::new(seed);
            (chance.below(1_000), chance.digits(9), chance.weighted(&[(1, 'a'), (3, 'b')]))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn weights_are_kept() {
        let mut chance = Chance::new(1);
        let often = (0..1_000).filter(|_| chance.weighted(&[(1, 'a'), (9, 'b')]) == Some('b')).count();
        assert!((850..950).contains(&often), "{often}");
        assert_eq!(chance.weighted::<char>(&[]), None);
    }
}
