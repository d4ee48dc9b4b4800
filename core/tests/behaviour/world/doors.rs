//! The doors: hands at them, their sensors, and the bus that answers for them.

use locker_core::{Input, Intent, View};
use locker_protocol::event::{Answer, Door, Purpose};
use locker_protocol::{CompartmentId, ParcelId};

use super::{DOORS, Done, HANDS_MS, Lock, SAMPLED_EVERY_MS, Sensor, World};
use crate::people;

impl World {
    /// A door that is physically open during an opening.
    pub(super) fn door_in_use(&self) -> Option<u16> {
        self.doors
            .iter()
            .find(|(number, door)| {
                door.open_since_ms.is_some()
                    && self.bench.state().opening_of(CompartmentId(**number)).is_some()
            })
            .map(|(number, _)| *number)
    }

    /// What is behind a door of an inventory and was not scanned yet.
    pub(super) fn not_scanned(&self, number: u16) -> Vec<u64> {
        let state = self.bench.state();
        let Some((_, opening)) = state.opening_of(CompartmentId(number)) else { return Vec::new() };
        let is_seen = |item: &u64| {
            let mut seen = opening.goes_in.iter().filter_map(|id| state.parcels.get(id));
            seen.any(|parcel| parcel.label_tag.0 == *item)
        };
        let inside = self.doors.get(&number).map(|door| door.inside.clone()).unwrap_or_default();
        inside.into_iter().filter(|item| !is_seen(item)).collect()
    }

    /// A technician scans what is inside, one label after another, and shuts the door.
    pub(super) fn look_behind(&mut self, number: u16, how: u8) -> Done {
        if let Some(next) = self.not_scanned(number).first() {
            return self.bench.try_give(people::scan_label(*next));
        }
        if matches!(self.bench.view, View::Inventory { found: 0, .. }) {
            self.bench.try_give(people::touch(Intent::Empty))?;
        }
        self.use_and_close(number, how);
        Ok(())
    }

    /// The person at an open door does there what they came for, perhaps, and closes it.
    pub(super) fn use_and_close(&mut self, number: u16, how: u8) {
        let Some((_, opening)) = self.bench.state().opening_of(CompartmentId(number)) else { return };
        let opening = opening.clone();
        let is_looking = matches!(self.bench.view, View::Inventory { .. });
        if self.honest && is_looking && !self.not_scanned(number).is_empty() {
            // Whoever counts does not shut the door halfway.
            return;
        }
        let label_number =
            |id: &ParcelId| self.bench.state().parcels.get(id).map(|parcel| parcel.label_tag.0);
        let goes_in: Vec<u64> = opening.goes_in.iter().filter_map(label_number).collect();
        let comes_out: Vec<u64> = opening.comes_out.iter().filter_map(label_number).collect();
        let now_ms = self.bench.now_ms;
        let Some(door) = self.doors.get_mut(&number) else { return };
        if door.open_since_ms.is_none_or(|since_ms| now_ms < since_ms + HANDS_MS) {
            return;
        }
        let as_asked = self.honest || !how.is_multiple_of(8);
        let declined = opening.declined.is_some();
        for parcel in goes_in.iter().filter(|_| declined).copied() {
            // It was said that it does not go in: it is taken out again.
            if door.inside.contains(&parcel) {
                door.inside.retain(|inside| *inside != parcel);
                self.with_carrier.insert(parcel, true);
            }
        }
        for parcel in goes_in.into_iter().filter(|_| !declined && opening.purpose != Purpose::Service) {
            // A courier may always put nothing in: the books then say more than there is, which loses nothing.
            if how % 8 != 1 && self.with_carrier.insert(parcel, false) == Some(true) {
                door.inside.push(parcel);
            }
        }
        if as_asked {
            door.inside.retain(|parcel| !comes_out.contains(parcel));
            if opening.purpose == Purpose::Retrieve {
                for parcel in comes_out {
                    if !self.doors.values().any(|door| door.inside.contains(&parcel)) {
                        self.with_carrier.insert(parcel, true);
                    }
                }
            }
        }
        if let Some(door) = self.doors.get_mut(&number)
            && how % 16 != 15
        {
            door.open_since_ms = None;
        }
    }

    pub(super) fn close_some_door(&mut self, how: u8) -> Done {
        if let Some(number) = self.door_in_use() {
            self.use_and_close(number, how);
        } else if let Some(door) = self.doors.get_mut(&(u16::from(how) % DOORS + 1)) {
            door.open_since_ms = None;
        }
        self.run(500)
    }

    /// Time passes while the sensors are sampled: watched doors each time, the others when what they say changes.
    pub(super) fn run(&mut self, ms: u64) -> Done {
        let until_ms = self.bench.now_ms + ms;
        while self.bench.now_ms < until_ms {
            self.bench.try_wait(SAMPLED_EVERY_MS.min(until_ms - self.bench.now_ms))?;
            self.sample()?;
        }
        Ok(())
    }

    pub(super) fn sample(&mut self) -> Done {
        let now_ms = self.bench.now_ms;
        for number in 1..=DOORS {
            let watched = self.bench.core.watched().any(|door| door == CompartmentId(number));
            let Some(door) = self.doors.get_mut(&number) else { continue };
            if door.opens_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
                door.opens_at_ms = None;
                door.open_since_ms.get_or_insert(now_ms);
            }
            let open = door.open_since_ms.is_some();
            let says = match door.sensor {
                Sensor::Silent => continue,
                Sensor::Unknown => Door::Unknown,
                Sensor::True if open => Door::Open,
                Sensor::Lies if !open => Door::Open,
                Sensor::True | Sensor::Lies => Door::Closed,
            };
            if watched || door.reported != Some(says) {
                door.reported = Some(says);
                let compartment = CompartmentId(number);
                self.bench.try_give(Input::Reading { compartment, door: says, sampled_at_ms: now_ms })?;
            }
        }
        Ok(())
    }

    /// Time passes and nobody looks.
    pub(super) fn jump(&mut self, how: u8, much: u16) -> Done {
        let much = u64::from(much);
        self.bench.try_wait(match how % 10 {
            0 => 1 + much % 50,
            1 => 50 + much % 450,
            2 => 500 + much % 4_000,
            3 => 9_000,
            4 => 22_000,
            5 => 65_000,
            6 => 125_000,
            7 => 11 * 60_000,
            8 => 3_600_000 * (1 + much % 5),
            _ => 1_000 * (1 + much % 100),
        })?;
        self.sample()
    }

    /// The bus answers the pulse that has waited longest, or never will.
    pub(super) fn answer(&mut self, how: u8) -> Done {
        let Some(unlock) = self.bench.unlocks.pop_front() else { return Ok(()) };
        let answer = match how % 16 {
            0..=7 => Some(Answer::Sent),
            8 | 9 => Some(Answer::NotSent),
            10 | 11 => Some(Answer::Refused),
            12 | 13 => Some(Answer::Unclear),
            _ => None,
        };
        let now_ms = self.bench.now_ms;
        if let Some(door) = self.doors.get_mut(&unlock.compartment.0)
            && matches!(answer, Some(Answer::Sent | Answer::Unclear) | None)
        {
            match door.lock {
                Lock::Works => {
                    door.open_since_ms.get_or_insert(now_ms);
                }
                Lock::Jams => {}
                Lock::OpensLate => door.opens_at_ms = Some(now_ms + u64::from(how) * 60),
            }
        }
        let Some(answer) = answer else { return Ok(()) };
        let (opening, attempt) = (unlock.opening, unlock.attempt);
        self.bench.try_give(Input::Unlocked { opening, attempt, answer })
    }
}
