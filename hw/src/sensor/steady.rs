//! A fact that flickers while it changes: believed once it has stayed the same for a while.

/// A yes or no that is believed only after it has stayed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steady {
    believed: Option<bool>,
    other_since_ms: Option<u64>,
    yes_after_ms: u64,
    no_after_ms: u64,
}

impl Steady {
    /// Nothing is believed yet; the first word is believed at once.
    pub(super) fn new(yes_after_ms: u64, no_after_ms: u64) -> Self {
        Self { believed: None, other_since_ms: None, yes_after_ms, no_after_ms }
    }

    /// It is so, or not, at `now_ms`; gives what is believed from now on, when that is new.
    pub(super) fn says(&mut self, is: bool, now_ms: u64) -> Option<bool> {
        if self.believed.is_none() {
            self.believed = Some(is);
            return self.believed;
        }
        if self.believed == Some(is) {
            self.other_since_ms = None;
            return None;
        }
        let since_ms = *self.other_since_ms.get_or_insert(now_ms);
        let after_ms = if is { self.yes_after_ms } else { self.no_after_ms };
        if now_ms < since_ms + after_ms {
            return None;
        }
        self.believed = Some(is);
        self.other_since_ms = None;
        self.believed
    }

    /// When a word that stays the same becomes believed.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let after_ms = if self.believed == Some(true) { self.no_after_ms } else { self.yes_after_ms };
        self.other_since_ms.map(|since_ms| since_ms + after_ms)
    }

    pub(super) fn believed(&self) -> Option<bool> {
        self.believed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_counts_at_once_and_a_flicker_never() {
        let mut lost = Steady::new(1_000, 5_000);
        assert_eq!(lost.says(false, 0), Some(false));
        assert_eq!(lost.says(true, 100), None);
        assert_eq!(lost.says(false, 900), None);
        assert_eq!(lost.says(true, 1_000), None);
        assert_eq!(lost.due_ms(), Some(2_000));
        assert_eq!(lost.says(true, 1_999), None);
        assert_eq!(lost.says(true, 2_000), Some(true));
        assert_eq!(lost.says(false, 3_000), None);
        assert_eq!(lost.due_ms(), Some(8_000));
        assert_eq!(lost.says(false, 8_000), Some(false));
    }
}
