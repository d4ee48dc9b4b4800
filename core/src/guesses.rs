//! How often a code or PIN may be missed: a bucket that is kept in the books, so that a restart refills nothing, and that
//! success refills nothing either.

use locker_protocol::Event;
use locker_protocol::event::Guess;

use crate::Core;
use crate::situation::Writer;
use crate::state::{MAX_CODE_MISSES, MAX_PIN_MISSES};

/// One miss is forgiven in this time, in milliseconds.
pub(crate) const FORGIVE_MS: u64 = 30 * 60 * 1_000;

/// When the next miss is forgiven. Not durable: a restart begins the half hour again.
#[derive(Clone, Default)]
pub(crate) struct Forgiving {
    code_at_ms: Option<u64>,
    pin_at_ms: Option<u64>,
}

impl Forgiving {
    pub(crate) fn write(&self, to: &mut Writer) {
        to.timer(self.code_at_ms);
        to.timer(self.pin_at_ms);
    }

    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        [self.code_at_ms, self.pin_at_ms].into_iter().flatten().min()
    }
}

impl Core {
    /// How many minutes, rounded up, until one may be typed again; none when it may be now.
    pub(crate) fn paused_minutes(&self, now_ms: u64, guess: Guess) -> Option<u32> {
        let (empty, at_ms) = match guess {
            Guess::Code => (self.state.code_misses >= MAX_CODE_MISSES, self.forgiving.code_at_ms),
            Guess::Pin => (self.state.pin_misses >= MAX_PIN_MISSES, self.forgiving.pin_at_ms),
        };
        let wait_ms = at_ms.map_or(FORGIVE_MS, |at_ms| at_ms.saturating_sub(now_ms));
        empty.then(|| u32::try_from(wait_ms.div_ceil(60_000)).unwrap_or(u32::MAX).max(1))
    }

    pub(crate) fn forgive(&mut self, now_ms: u64) {
        let misses = self.state.code_misses;
        let at_ms = self.forgiving.code_at_ms;
        self.forgiving.code_at_ms = self.forgive_one(now_ms, Guess::Code, misses, at_ms);
        let misses = self.state.pin_misses;
        let at_ms = self.forgiving.pin_at_ms;
        self.forgiving.pin_at_ms = self.forgive_one(now_ms, Guess::Pin, misses, at_ms);
    }

    /// Forgives what fell due; says when the next is.
    fn forgive_one(&mut self, now_ms: u64, guess: Guess, misses: u8, at_ms: Option<u64>) -> Option<u64> {
        let mut left = misses;
        let mut at_ms = at_ms;
        while left > 0 {
            let due_ms = at_ms.unwrap_or(now_ms + FORGIVE_MS);
            if due_ms > now_ms {
                return Some(due_ms);
            }
            self.record(Event::MissForgiven { guess });
            left -= 1;
            at_ms = Some(due_ms + FORGIVE_MS);
        }
        None
    }
}
