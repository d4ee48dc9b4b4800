//! What the sensors beside the doors have told the locker, and what it must not do then. The judge asks the cabinet, never the
//! rules.

use std::collections::BTreeMap;

use locker_core::state::Why;
use locker_engine::event::{Doubt, Purpose};
use locker_engine::{CompartmentId, Contents, Event, ParcelId};

use crate::cabinet::{ItemSensor, Sensor};
use crate::surroundings::is_out_of_range;
use crate::upstream::HeldJournal;
use crate::world::World;

/// Under this, nothing is to be taken in, in percent.
const LOW_PERCENT: u8 = 20;
/// A sensor that has told the truth for so long has been read often enough to count, in milliseconds.
const READ_WITHIN_MS: u64 = 12_000;

/// What was told since the program started.
#[derive(Default)]
pub(crate) struct Told {
    /// The battery is low: the last opening before that was told.
    low_since: Option<u64>,
    /// Which compartments are out of their range, by their number: the last opening before that was told.
    unfit_since: BTreeMap<u16, u64>,
    /// Somebody shook the cabinet.
    force: bool,
    /// Which doubts of item sensors the books have, by the door's index.
    doubts: BTreeMap<usize, Doubt>,
    judged_head: u64,
}

impl World {
    fn last_opening(&self) -> u64 {
        self.books().map_or(0, |books| books.last_opening)
    }

    /// The program is about to hear of the supply.
    pub(crate) fn told_power(&mut self, mains: bool, percent: Option<u8>) {
        let last = self.last_opening();
        if mains {
            self.told.low_since = None;
        } else if percent.is_some_and(|percent| percent < LOW_PERCENT) {
            self.told.low_since.get_or_insert(last);
        }
    }

    /// The program is about to hear of the temperature in these compartments.
    pub(crate) fn told_temperature(&mut self, compartments: &[u16], tenths_c: Option<i16>) {
        let last = self.last_opening();
        for number in compartments {
            if is_out_of_range(tenths_c) {
                self.told.unfit_since.entry(*number).or_insert(last);
            } else {
                self.told.unfit_since.remove(number);
            }
        }
    }

    /// The program is about to hear that somebody shakes the cabinet.
    pub(crate) fn told_of_force(&mut self) {
        self.told.force |= self.kiosk.engine.is_some();
    }

    /// The program ended: it has heard of nothing.
    pub(crate) fn told_nothing(&mut self) {
        self.told.low_since = None;
        self.told.unfit_since.clear();
    }

    /// A pulse's first byte left for a door: if it is to put something in, that is the time and the place for it.
    pub(crate) fn judge_taking_in(&mut self, index: usize) {
        let now_ms = self.now_ms;
        let Some(door) = self.cabinet.doors.get(index) else { return };
        let number = door.number;
        let Some(books) = self.books() else { return };
        let Some((id, opening)) = books.opening_of(CompartmentId(number)) else { return };
        if !matches!(opening.purpose, Purpose::Deposit | Purpose::Send) {
            return;
        }
        let is_refrigerated = self.surroundings.airs.iter().any(|air| air.compartments.contains(&number));
        // One of which the hub's word came too late is a parcel like any other.
        let is_chilled =
            |id: &ParcelId| self.parcels.iter().any(|parcel| parcel.id == Some(*id) && parcel.is_chilled);
        let spoils = opening.goes_in.iter().find(|id| is_chilled(id)).filter(|_| !is_refrigerated).copied();
        let offered_as_empty = books.contents(CompartmentId(number)) == Contents::Empty;
        let since = |last: Option<u64>| last.is_some_and(|last| id.0 > last);
        if since(self.told.low_since) {
            let how = format!("door {number} is opened to put something in, and the battery is low");
            self.oracle.breaks(now_ms, "what is taken in can be given out", how);
        }
        if since(self.told.unfit_since.get(&number).copied()) {
            let how = format!("door {number} is opened to put something in, and is out of its range");
            self.oracle.breaks(now_ms, "a temperature is kept", how);
        }
        if let Some(spoils) = spoils {
            let how = format!("door {number} is opened for {spoils}, which must be kept cold, and is not");
            self.oracle.breaks(now_ms, "a temperature is kept", how);
        }
        if offered_as_empty && self.cabinet.is_seen_inside(index) && self.tells_the_truth(index) {
            let how = format!(
                "door {number} is opened to put something in, and its sensor sees that something lies there"
            );
            self.oracle.breaks(now_ms, "what is seen inside is not offered", how);
        }
    }

    /// Whether the sensors of a compartment have told the truth for long enough, and were heard.
    fn tells_the_truth(&self, index: usize) -> bool {
        let Some(door) = self.cabinet.doors.get(index) else { return false };
        let since_ms = door.item_sensor_ms.max(door.moved_ms).max(self.seen_since_ms.unwrap_or(u64::MAX));
        door.item_sensor == ItemSensor::True
            && door.sensor == Sensor::True
            && since_ms.checked_add(READ_WITHIN_MS).is_some_and(|until_ms| until_ms <= self.now_ms)
    }

    /// A sensor that tells the truth is not what makes the books doubt it.
    pub(crate) fn judge_item_doubts(&mut self) {
        let Some(engine) = &self.kiosk.engine else { return };
        if self.plan.lying_card() || self.told.judged_head == engine.head_seq() {
            return;
        }
        self.told.judged_head = engine.head_seq();
        let books = engine.state();
        let doubts: BTreeMap<usize, Doubt> = (self.cabinet.doors.iter().enumerate())
            .filter(|(_, door)| door.item_sensor != ItemSensor::NotFitted)
            .filter_map(|(index, door)| match books.contents(CompartmentId(door.number)) {
                Contents::Unknown { why: Why::Doubt(why @ (Doubt::ItemGone | Doubt::ItemSeen)), .. } => {
                    Some((index, why))
                }
                _ => None,
            })
            .collect();
        let wrong = doubts.iter().find(|(index, why)| {
            let seen = self.cabinet.is_seen_inside(**index);
            let contradicts = match why {
                Doubt::ItemGone => seen,
                _ => !seen,
            };
            let is_new = self.told.doubts.get(index) != Some(why);
            let door = self.cabinet.doors.get(**index);
            let has_been_true = door.is_some_and(|door| {
                door.item_sensor == ItemSensor::True
                    && door.sensor == Sensor::True
                    && self.now_ms > door.item_sensor_ms + READ_WITHIN_MS
            });
            is_new && contradicts && has_been_true && self.seen_since_ms.is_some_and(|ms| ms < self.now_ms)
        });
        let wrong = wrong.map(|(index, why)| {
            let number = self.cabinet.doors.get(*index).map_or(0, |door| door.number);
            format!("by its item sensor, which tells the truth, door {number} is in doubt: {why:?}")
        });
        self.told.doubts = doubts;
        if let Some(how) = wrong {
            self.oracle.breaks(self.now_ms, "a sensor is asked twice", how);
        }
    }

    /// The machine is about to be switched off by its program.
    pub(crate) fn judge_switching_off(&mut self) {
        let now_ms = self.now_ms;
        let openings = self.books().map(|books| books.openings.len()).unwrap_or_default();
        if openings > 0 {
            let how = format!("the machine is switched off, and {openings} openings go on");
            self.oracle.breaks(now_ms, "nobody is left at an open door", how);
        }
        if self.surroundings.supply.as_ref().is_none_or(|supply| supply.mains) {
            let how = "the machine is switched off, and the mains are there".to_owned();
            self.oracle.breaks(now_ms, "nobody is left at an open door", how);
        }
    }

    /// At the end: whoever shook the cabinet is on record.
    pub(crate) fn judge_force(&mut self) {
        let now_ms = self.now_ms;
        if self.plan.lying_card() || !self.told.force {
            return;
        }
        let mut entries = self.upstream.hub.journals().iter().flat_map(HeldJournal::entries);
        if !entries.any(|held| matches!(held.entry.event, Event::Tampered { .. })) {
            let how = "somebody shook the cabinet, and the hub was never told".to_owned();
            self.oracle.breaks(now_ms, "every event reaches the hub", how);
        }
    }
}
