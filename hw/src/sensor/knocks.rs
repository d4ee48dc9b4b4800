//! Force against the cabinet: so many edges within so long are an alarm. A vibration switch may stick, so that only that it
//! becomes active counts, never that it is.

use std::collections::VecDeque;

/// Counts the edges of one sensor.
#[derive(Clone, Debug)]
pub(super) struct Knocks {
    edges: usize,
    within_ms: u64,
    at_ms: VecDeque<u64>,
}

impl Knocks {
    /// Never remembers more than `edges` of them.
    pub(super) fn new(edges: u32, within_ms: u64) -> Self {
        Self { edges: usize::try_from(edges).unwrap_or(usize::MAX).max(1), within_ms, at_ms: VecDeque::new() }
    }

    /// One more, at `now_ms`; says whether that is an alarm. An alarm begins the count anew.
    pub(super) fn one(&mut self, now_ms: u64) -> bool {
        let since_ms = now_ms.saturating_sub(self.within_ms);
        while self.at_ms.pop_front_if(|at_ms| *at_ms < since_ms).is_some() {}
        self.at_ms.push_back(now_ms);
        let alarm = self.at_ms.len() >= self.edges;
        if alarm {
            self.at_ms.clear();
        }
        alarm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lorry_that_passes_is_no_alarm_and_a_crowbar_is() {
        let mut knocks = Knocks::new(3, 10_000);
        assert!(![0, 8_000, 20_000, 29_000].into_iter().any(|at_ms| knocks.one(at_ms)));
        assert!(knocks.one(29_500));
        assert!(!knocks.one(29_600), "an alarm is told once");
        assert!(!knocks.one(29_700));
        assert!(knocks.one(29_800));
    }

    #[test]
    fn a_contact_that_opens_once_may_be_enough() {
        assert!(Knocks::new(1, 1_000).one(5));
    }
}
