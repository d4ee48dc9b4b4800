//! What happens around the doors: item sensors, which may be blind or stuck, the mains and the battery, the cold, and whoever
//! shakes the cabinet.

use locker_core::{Input, Item};
use locker_protocol::CompartmentId;

use super::{DOORS, Done, World};

/// The thermometer of the last compartment.
pub(super) const COLD: &str = "cold";
/// An item sensor is asked again after this, in milliseconds.
const ASKED_AGAIN_MS: u64 = 2_000;

impl World {
    /// An item sensor says something, mostly for long enough, and mostly the truth.
    pub(super) fn item(&mut self, how: u8, much: u16) -> Done {
        let number = much % DOORS + 1;
        let compartment = CompartmentId(number);
        let is_empty = self.doors.get(&number).is_none_or(|door| door.inside.is_empty());
        let item = match how % 16 {
            0..=11 if is_empty => Item::Absent,
            0..=11 => Item::Present,
            12 | 13 => Item::Absent,
            14 => Item::Present,
            _ => Item::Unknown,
        };
        let says = |world: &mut Self| {
            let sampled_at_ms = world.bench.now_ms;
            world.bench.try_give(Input::Item { compartment, item, sampled_at_ms })
        };
        says(self)?;
        self.run(if how < 230 { ASKED_AGAIN_MS } else { ASKED_AGAIN_MS / 2 })?;
        says(self)
    }

    /// Power, force, or cold.
    pub(super) fn around(&mut self, how: u8, much: u16) -> Done {
        if how < 128 { self.power(how, much) } else { self.shaken_or_cold(how, much) }
    }

    /// The mains go, or are back, or the battery is read.
    fn power(&mut self, how: u8, much: u16) -> Done {
        let percent = u8::try_from(much % 100).unwrap_or(100);
        self.bench.try_give(match how % 16 {
            0 => Input::Power { mains: false, percent: None },
            1 | 2 => Input::Power { mains: false, percent: Some(percent / 4) },
            3 => Input::Power { mains: false, percent: Some(percent) },
            _ => Input::Power { mains: true, percent: None },
        })
    }

    /// Somebody shakes the cabinet, or a thermometer is read.
    fn shaken_or_cold(&mut self, how: u8, much: u16) -> Done {
        let sensor = COLD.to_owned();
        self.bench.try_give(match how % 8 {
            0 | 1 => Input::Tamper { sensor: format!("wall {}", much % 3) },
            2 => Input::Temperature { sensor, tenths_c: None },
            3 | 4 => Input::Temperature { sensor, tenths_c: i16::try_from(much % 200).ok() },
            5 => Input::Temperature { sensor: "of another cabinet".to_owned(), tenths_c: Some(50) },
            _ => Input::Temperature { sensor, tenths_c: Some(50) },
        })
    }
}
