//! What people's hands do: on the screen, before the scanner, at the doors.

use locker_engine::{CompartmentId, Happening, Intent};

use super::World;
use crate::cabinet::ParcelNumber;
use crate::oracle::Holder;
use crate::parcel::Where;

/// A door that stays open longer is in doubt, in milliseconds.
const OPEN_LIMIT_MS: u64 = 10 * 60_000;

impl World {
    /// Somebody touches something.
    pub fn touch(&mut self, intent: Intent) {
        self.tell(|| format!("    touches {intent:?}"));
        self.kiosk_hears(Happening::Touched(intent));
    }

    /// Somebody types ten digits. `holder` says whose right that genuinely is.
    pub fn type_code(&mut self, digits: &str, holder: Option<Holder>) {
        self.tell(|| format!("    types {}", if holder.is_some() { "the code" } else { "some digits" }));
        self.shows(holder);
        self.kiosk_hears(Happening::Typed(digits.to_owned()));
    }

    /// Somebody types an id and a PIN.
    pub fn type_pin(&mut self, id: &str, pin: &str, holder: Option<Holder>) {
        self.tell(|| format!("    types id {id} and {} PIN", if holder.is_some() { "the" } else { "some" }));
        self.shows(holder);
        self.kiosk_hears(Happening::SignIn { id: id.to_owned(), pin: pin.to_owned() });
    }

    /// Somebody holds something before the scanner.
    pub fn scan(&mut self, text: &str, holder: Option<Holder>) {
        self.tell(|| {
            let shown: String = text.chars().take(16).collect();
            format!(
                "    scans {}",
                if holder.is_some() { "a genuine pass".to_owned() } else { format!("{shown:?}") }
            )
        });
        self.shows(holder);
        let happening = match text.chars().any(|c| c.is_control()) {
            true => Happening::Unreadable,
            false => Happening::Scanned(text.to_owned()),
        };
        self.kiosk_hears(happening);
    }

    fn shows(&mut self, holder: Option<Holder>) {
        if let Some(holder) = holder
            && self.kiosk.engine.is_some()
        {
            self.oracle.shown(holder);
        }
    }

    /// A parcel of this person behind this door.
    pub fn own_inside(&self, index: usize, owner: u64) -> Option<ParcelNumber> {
        let door = self.cabinet.doors.get(index)?;
        let own =
            |parcel: &&ParcelNumber| self.parcels.get(**parcel).is_some_and(|known| known.owner == owner);
        door.inside.iter().find(own).copied()
    }

    /// Somebody puts a parcel in.
    pub fn put(&mut self, index: usize, parcel: ParcelNumber, name: &str) {
        let now_ms = self.now_ms;
        let number = self.cabinet.doors.get(index).map_or(0, |door| door.number);
        let Some(known) = self.parcels.get_mut(parcel) else { return };
        known.place = Where::Inside(index);
        known.put_in_ms = now_ms;
        known.declined = false;
        known.declined_at = None;
        let label = known.label.clone();
        self.counts.deposits += 1;
        self.cabinet.put(index, parcel);
        self.tell(|| format!("{name} puts {label} behind door {number}"));
    }

    /// Somebody takes a parcel out.
    pub fn take(&mut self, index: usize, parcel: ParcelNumber, to: Where, name: &str) -> bool {
        if !self.cabinet.take(index, parcel) {
            return false;
        }
        let number = self.cabinet.doors.get(index).map_or(0, |door| door.number);
        let Some(known) = self.parcels.get_mut(parcel) else { return false };
        known.place = to;
        let label = known.label.clone();
        self.counts.collections += u64::from(to == Where::Home);
        self.tell(|| format!("{name} takes {label} from behind door {number}"));
        true
    }

    /// Somebody shuts a door.
    pub fn shut(&mut self, index: usize, name: &str) {
        let number = self.cabinet.doors.get(index).map_or(0, |door| door.number);
        self.tell(|| format!("{name} shuts door {number}"));
        let watched = self.kiosk.engine.is_some();
        if let Some(door) = self.cabinet.doors.get_mut(index)
            && let Some(let_open_ms) = door.let_open_to_take_ms
            && !door.inside.is_empty()
            && watched
            && self.now_ms < let_open_ms.max(door.moved_ms).max(self.started_ms) + OPEN_LIMIT_MS
        {
            // Whoever was let in shut it with the parcel inside: no door sensor can tell.
            door.beyond_knowing = true;
        }
        self.note_if_said_to_be_here(index);
        self.keep_if_collected(index);
        self.cabinet.shut(index, self.now_ms);
    }

    /// Whoever had two doors open for one parcel left it behind the first, and shut the second with nothing put in: no door sensor
    /// can tell.
    fn note_if_said_to_be_here(&mut self, index: usize) {
        let Some(number) = self.cabinet.doors.get(index).map(|door| CompartmentId(door.number)) else {
            return;
        };
        let Some(books) = self.books() else { return };
        let stored = books.opening_of(number).filter(|(_, opening)| opening.declined.is_none());
        let stored = stored.into_iter().flat_map(|(_, opening)| &opening.goes_in);
        let labels: Vec<_> =
            stored.filter_map(|id| books.parcels.get(id)).map(|known| &known.label).collect();
        let elsewhere: Vec<_> = self
            .parcels
            .iter()
            .filter(|parcel| labels.iter().any(|label| label.as_str() == parcel.label))
            .filter_map(|parcel| match parcel.place {
                Where::Inside(other) if other != index => Some(other),
                _ => None,
            })
            .collect();
        for other in elsewhere {
            if let Some(door) = self.cabinet.doors.get_mut(other) {
                door.beyond_knowing = true;
            }
        }
    }

    /// Something is now behind this door that no rule can know of without a sensor that sees it.
    pub fn left_behind(&mut self, index: usize, name: &str) {
        if let Some(door) = self.cabinet.doors.get_mut(index) {
            door.beyond_knowing = true;
            let number = door.number;
            self.tell(|| format!("{name} leaves behind door {number} what nobody can know of"));
        }
    }
}
