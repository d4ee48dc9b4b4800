//! What a board's inputs tell it of the cabinet, with whatever is wrong with their wiring.

use std::time::{Duration, Instant};

use super::{Cabinet, Look};

/// A sensor that chatters does so for this long after its door has moved ...
const CHATTERS_FOR: Duration = Duration::from_millis(300);
/// ... and changes its mind this often.
const CHATTERS_EVERY: Duration = Duration::from_millis(40);

/// The inputs of one board.
pub(super) struct Sensors<'a> {
    pub(super) cabinet: &'a Cabinet,
    /// Open for closed.
    pub(super) inverted: bool,
    /// The first two crosswise.
    pub(super) swapped: bool,
    /// They chatter.
    pub(super) bouncing: bool,
}

impl Look for Sensors<'_> {
    fn is_open(&self, channel: u8) -> Option<bool> {
        let seen = match channel {
            1 if self.swapped => 2,
            2 if self.swapped => 1,
            straight => straight,
        };
        let Ok(door) = self.cabinet.look(seen) else { return Some(self.inverted) };
        let now = Instant::now();
        let since = door.moved.map(|moved| now.saturating_duration_since(moved));
        let chattering = since.filter(|since| self.bouncing && *since < CHATTERS_FOR);
        let wrong = chattering.is_some_and(|since| since.as_millis() / CHATTERS_EVERY.as_millis() % 2 == 1);
        Some(door.open ^ wrong ^ self.inverted)
    }

    fn has_item(&self, channel: u8) -> bool {
        !self.cabinet.inside(channel).is_empty()
    }

    fn is_energised(&self, channel: u8) -> bool {
        self.cabinet.is_energised(channel)
    }
}
