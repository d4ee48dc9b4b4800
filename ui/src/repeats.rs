/// Ignores the same key again within a short time: a finger that trembles or a glove that slips.
pub(crate) struct RepeatGuard {
    within_ms: u64,
    last: Option<(String, u64)>,
}

/// The longest time that may be set.
const MOST_MS: u64 = 500;

impl RepeatGuard {
    pub(crate) fn new(within_ms: u64) -> Self {
        Self { within_ms: within_ms.min(MOST_MS), last: None }
    }

    /// Whether this key counts now. Another key between makes the first one count again.
    pub(crate) fn counts(&mut self, key: &str, now_ms: u64) -> bool {
        let slip = self
            .last
            .as_ref()
            .is_some_and(|(last, at)| last == key && now_ms.saturating_sub(*at) < self.within_ms);
        if !slip {
            self.last = Some((key.to_owned(), now_ms));
        }
        !slip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trembling_finger_types_one_digit_and_a_slow_one_types_two() {
        let mut guard = RepeatGuard::new(120);
        assert!(guard.counts("7", 1_000));
        assert!(!guard.counts("7", 1_119));
        assert!(guard.counts("7", 1_120));
    }

    #[test]
    fn two_different_keys_always_count() {
        let mut guard = RepeatGuard::new(120);
        assert!(guard.counts("7", 0) && guard.counts("8", 1) && guard.counts("7", 2));
    }

    #[test]
    fn the_guard_can_be_off_and_never_exceeds_half_a_second() {
        let mut off = RepeatGuard::new(0);
        assert!(off.counts("7", 5) && off.counts("7", 5));
        let mut long = RepeatGuard::new(60_000);
        assert!(long.counts("7", 0) && long.counts("7", 500));
    }
}
