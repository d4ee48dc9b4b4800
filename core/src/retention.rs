//! How long a parcel has waited: only time in which its door could be collected from counts, by the monotonic clock,
//! journaled every hour. A locker that is off, or a door that is out of service, pauses it by itself.

use std::collections::BTreeSet;

use locker_protocol::event::Door;
use locker_protocol::{CompartmentId, Event};

use crate::Core;
use crate::effect::Effect;
use crate::faults::{self, Fault};

/// Waiting is journaled this often, in milliseconds.
pub(crate) const JOURNALED_EVERY_MS: u64 = 3_600 * 1_000;

/// An event must fit one record of the journal.
const DOORS_AN_EVENT: usize = 80;

impl Core {
    pub(crate) fn waiting_deadline_ms(&self) -> Option<u64> {
        self.waiting_since_ms.map(|since_ms| since_ms + JOURNALED_EVERY_MS)
    }

    pub(crate) fn count_waiting(&mut self, now_ms: u64) {
        let occupied: BTreeSet<CompartmentId> =
            self.state.parcels.values().filter_map(crate::Parcel::compartment).collect();
        if occupied.is_empty() {
            self.waiting_since_ms = None;
            self.not_collectable.clear();
            return;
        }
        let since_ms = *self.waiting_since_ms.get_or_insert(now_ms);
        // A door that could not be collected from at any time of the hour does not count it: in doubt, for the recipient.
        for &compartment in &occupied {
            if self.door(compartment) == Door::Unknown || self.state.out_of_service(compartment).is_some() {
                self.not_collectable.insert(compartment);
            }
        }
        let waited_ms = now_ms.saturating_sub(since_ms);
        if waited_ms < JOURNALED_EVERY_MS {
            return;
        }
        let waited_ms = if faults::is(Fault::RetentionCountedTwice) { waited_ms * 2 } else { waited_ms };
        let seconds = u32::try_from(waited_ms / 1_000).unwrap_or(u32::MAX);
        let paused = std::mem::take(&mut self.not_collectable);
        self.waiting_since_ms = Some(now_ms);
        let doors: Vec<_> = occupied.difference(&paused).copied().collect();
        for doors in doors.chunks(DOORS_AN_EVENT) {
            self.record(Event::Waited { seconds, doors: doors.to_vec() });
        }
        let expired: Vec<_> = self
            .state
            .parcels
            .iter()
            .filter(|(_, parcel)| {
                parcel.compartment().is_some() && !parcel.expired && parcel.waited_s >= parcel.retention_s
            })
            .map(|(id, _)| *id)
            .collect();
        for parcel in expired {
            self.record(Event::Expired { parcel });
            self.act(Effect::Wake);
        }
    }
}
