//! What breaks, and power that fails at the worst moment.

use locker_protocol::{CompartmentId, Event, JournalId, ParcelId, StaffId};

use super::{DOORS, Done, Lock, Sensor, World};

impl World {
    pub(super) fn break_or_mend(&mut self, how: u8, much: u16) {
        let honest = self.honest;
        if how.is_multiple_of(8) {
            // Every lock jams: there is frost.
            for door in self.doors.values_mut() {
                door.lock = Lock::Jams;
            }
        }
        let Some(door) = self.doors.get_mut(&(much % DOORS + 1)) else { return };
        match how % 12 {
            0 | 1 => door.lock = Lock::Jams,
            2 => door.lock = Lock::OpensLate,
            3 => door.sensor = Sensor::Unknown,
            4 => door.sensor = Sensor::Silent,
            5 if !honest => door.sensor = Sensor::Lies,
            _ => {
                door.lock = Lock::Works;
                door.sensor = Sensor::True;
            }
        }
    }

    /// The power fails; what was on its way to a lock arrives, or does not.
    pub(super) fn restart(&mut self, how: u8, much: u16) -> Done {
        let now_ms = self.bench.now_ms;
        for unlock in self.bench.unlocks.drain(..) {
            if let Some(door) = self.doors.get_mut(&unlock.compartment.0)
                && how.is_multiple_of(2)
                && door.lock == Lock::Works
            {
                door.open_since_ms.get_or_insert(now_ms);
            }
        }
        for door in self.doors.values_mut() {
            door.reported = None;
        }
        let number = much % DOORS + 1;
        let compartment = CompartmentId(number);
        let mut found = Vec::new();
        match how % 16 {
            // The journal was damaged: what could not be read may have happened anywhere.
            15 => found.push(Event::Recovered { before: JournalId([1; 16]), verified: 3, missing: 2 }),
            14 => found.push(Event::Recovered { before: JournalId([1; 16]), verified: 3, missing: 0 }),
            // Staff had a look.
            9..=13 if self.bench.state().opening_of(compartment).is_none() => {
                let inside = &self.doors[&number].inside;
                let state = self.bench.state();
                let holds = state.contents(compartment).listed().to_vec();
                let is_inside = |id: &&ParcelId| {
                    state.parcels.get(id).is_some_and(|parcel| inside.contains(&parcel.label_tag.0))
                };
                let holds = holds.iter().filter(is_inside).copied().collect();
                found.push(Event::Settled { compartment, holds, by: Some(StaffId(13)) });
            }
            _ => {}
        }
        self.bench.restart_with(&found)?;
        if how.is_multiple_of(3) {
            // Somebody closed them all meanwhile.
            for door in self.doors.values_mut() {
                door.open_since_ms = None;
            }
        }
        if how.is_multiple_of(5) { Ok(()) } else { self.sample() }
    }

    /// The power fails at the worst moment.
    pub(super) fn restart_in_opening(&mut self, how: u8, much: u16) -> Done {
        if self.bench.state().openings.is_empty() {
            self.collect_something(much)?;
        }
        if self.bench.state().openings.is_empty() { Ok(()) } else { self.restart(how % 9, much) }
    }

    pub(super) fn force_open(&mut self, how: u8) -> Done {
        let now_ms = self.bench.now_ms;
        if let Some(door) = self.doors.get_mut(&(u16::from(how) % DOORS + 1)) {
            door.open_since_ms.get_or_insert(now_ms);
        }
        self.sample()
    }
}
