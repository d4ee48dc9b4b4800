//! When to try again, as a value: nothing sleeps.

/// The first wait, in milliseconds.
const FIRST_MS: u64 = 500;
/// The longest, in milliseconds.
const LONGEST_MS: u64 = 60_000;

/// Waits that double, from half a second to a minute, each shortened at random so that lockers do not come all at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BackOff {
    failures: u32,
    until_ms: u64,
}

impl BackOff {
    /// It failed at `now_ms`; `chance` is any number, evenly drawn.
    pub fn failed(&mut self, now_ms: u64, chance: u64) {
        let longest = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        // Between half of it and all of it.
        let wait_ms = longest / 2 + chance % (longest / 2 + 1);
        self.failures = self.failures.saturating_add(1);
        self.until_ms = now_ms + wait_ms;
    }

    /// It succeeded.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Whether it may be tried.
    pub fn is_over(&self, now_ms: u64) -> bool {
        now_ms >= self.until_ms
    }

    /// Until when to wait, in monotonic milliseconds; 0 when not at all.
    pub fn until_ms(&self) -> u64 {
        self.until_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_end_with_success() {
        let mut back_off = BackOff::default();
        let mut now_ms = 1_000;
        let mut waits = Vec::new();
        for _ in 0..10 {
            back_off.failed(now_ms, u64::MAX);
            assert!(!back_off.is_over(now_ms));
            waits.push(back_off.until_ms() - now_ms);
            now_ms = back_off.until_ms();
            assert!(back_off.is_over(now_ms));
        }
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1] * 2));
        assert!(waits.iter().all(|wait| (FIRST_MS / 2..=LONGEST_MS).contains(wait)), "{waits:?}");
        assert!(waits[9] >= LONGEST_MS / 2);
        back_off.succeeded();
        assert!(back_off.is_over(0));
    }
}
