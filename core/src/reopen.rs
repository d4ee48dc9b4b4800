//! The reopen window: after closing, the same person may open again, and the compartment is offered to nobody.

use locker_protocol::event::Door;
use locker_protocol::{CompartmentId, Event, ParcelId};

use crate::Core;
use crate::effect::Effect;

/// How long the window is after an observed close; whole again after a restart. In milliseconds.
pub(crate) const REOPEN_WINDOW_MS: u64 = 120_000;

impl Core {
    /// Begins the window of a door that just closed, if it has one.
    pub(crate) fn begin_window(&mut self, now_ms: u64, compartment: CompartmentId) {
        if self.state.compartments.get(&compartment).is_some_and(|known| known.reopen.is_some()) {
            self.windows.insert(compartment, now_ms + REOPEN_WINDOW_MS);
        }
    }

    /// The windows that a stop cut short begin again, whole; those of doors with an unfinished opening when that ends.
    pub(crate) fn resume_windows(&mut self, now_ms: u64) {
        let windows: Vec<_> = self
            .state
            .reopen_windows()
            .filter(|compartment| self.state.opening_of(*compartment).is_none())
            .collect();
        for compartment in windows {
            self.begin_window(now_ms, compartment);
        }
    }

    /// Ends the windows that are over. A door that cannot be seen closed keeps its window until it is.
    pub(crate) fn close_windows(&mut self, now_ms: u64) {
        let over: Vec<_> = self
            .windows
            .iter()
            .filter(|(door, until_ms)| **until_ms <= now_ms && self.door(**door) == Door::Closed)
            .map(|(door, _)| *door)
            .collect();
        for compartment in over {
            self.windows.remove(&compartment);
            let holds = self.still_behind(compartment);
            if holds.is_empty() && self.is_left_inside(compartment) {
                continue;
            }
            self.record(Event::Settled { compartment, holds, by: None });
            self.act(Effect::Wake);
        }
    }

    /// What is still behind a door by the books, when its window ends.
    pub(crate) fn still_behind(&self, compartment: CompartmentId) -> Vec<ParcelId> {
        let contents = self.state.contents(compartment);
        let is_there =
            |id: &&ParcelId| self.state.parcels.get(id).is_some_and(|parcel| parcel.is_at(compartment));
        contents.listed().iter().filter(is_there).copied().collect()
    }

    /// Whether a door may be opened again by whoever just closed it.
    pub(crate) fn may_be_reopened(&self, compartment: CompartmentId) -> bool {
        self.windows.contains_key(&compartment)
    }

    /// When the next window is over. One whose door is not seen closed waits for a reading, not for time.
    pub(crate) fn windows_deadline_ms(&self) -> Option<u64> {
        self.windows
            .iter()
            .filter(|(door, _)| self.door(**door) == Door::Closed)
            .map(|(_, until_ms)| *until_ms)
            .min()
    }
}
