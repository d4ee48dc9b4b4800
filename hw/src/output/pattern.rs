//! What a buzzer that is only on or off can say.

use std::collections::VecDeque;

/// The most beeps of one pattern; more are cut off.
const MOST_BEEPS: usize = 20;
/// One beep is no longer, in milliseconds.
const LONGEST_MS: u16 = 500;

/// Beeps, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beeps {
    /// How many.
    pub count: u8,
    /// How long each is; at most 500 ms count.
    pub on_ms: u16,
    /// How long the pause after each is; at most 500 ms count.
    pub off_ms: u16,
}

impl Beeps {
    /// On and off in turn, with how long each lasts; ends with off.
    pub(super) fn steps(self) -> VecDeque<(bool, u64)> {
        let pair = [(true, self.on_ms), (false, self.off_ms)].map(|(on, ms)| (on, ms.min(LONGEST_MS).into()));
        std::iter::repeat_n(pair, usize::from(self.count).min(MOST_BEEPS)).flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_it_is_asked_for_it_ends_and_ends_silent() {
        let steps = Beeps { count: 255, on_ms: u16::MAX, off_ms: 10 }.steps();
        assert_eq!(steps.len(), 40);
        assert!(steps.iter().all(|(_, ms)| *ms <= 500));
        assert_eq!(steps.back(), Some(&(false, 10)));
        assert!(Beeps { count: 0, on_ms: 10, off_ms: 10 }.steps().is_empty());
    }
}
