//! Which memories are the same for whoever explores all that can happen.

use std::hash::{Hash, Hasher};

use super::{Memory, encoded};

impl Memory {
    /// What distinguishes one memory from another, timers told apart as finely as `grain_ms`.
    pub fn hash(&self, now_ms: u64, grain_ms: u64, to: &mut impl Hasher) {
        let left = |until_ms: u64| match until_ms.saturating_sub(now_ms) {
            0 => 0,
            1 => 1,
            left_ms => 2 + left_ms / grain_ms,
        };
        for (id, parcel) in &self.parcels {
            id.hash(to);
            parcel.known_at(now_ms).hash(to);
            parcel.code.hash(to);
            (parcel.recalled, parcel.cancelled, parcel.taken).hash(to);
            let over = parcel.cancelled || parcel.taken;
            parcel.brought_ms.filter(|_| !over).map(|since_ms| left(since_ms + parcel.retention_ms)).hash(to);
        }
        for (number, door) in &self.doors {
            number.hash(to);
            door.brought.hash(to);
            door.deposit.hash(to);
            if let Some((window, until_ms)) = &door.window {
                (encoded(&window.by), &window.took, left(*until_ms)).hash(to);
            }
            if let Some(opening) = &door.opening {
                encoded(&(opening.purpose, opening.entitled)).hash(to);
                (&opening.goes_in, &opening.comes_out).hash(to);
                (opening.before_restart, opening.has_opened, opening.seen_open).hash(to);
                (opening.byte_left, opening.complained).hash(to);
            }
        }
        self.shown.hash(to);
        self.aside.as_ref().map(|(staff, scanned, _)| (staff, scanned)).hash(to);
        self.pins.hash(to);
        self.revoked.hash(to);
        (self.floor_unix_s, self.missed_codes, self.missed_pins, self.change_waits).hash(to);
        if let Some(flight) = self.flight.filter(|flight| !flight.answered || flight.until_ms > now_ms) {
            (flight.answered, flight.unlock.compartment, left(flight.until_ms)).hash(to);
        }
    }
}
