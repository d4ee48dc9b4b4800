//! The cabinet as the rules see it.

use std::collections::BTreeMap;

use locker_protocol::change::TemperatureRange;
use locker_protocol::{CompartmentId, Size};

/// The doors of one locker. Comes from the cabinet profile and does not change while the program runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cabinet {
    /// Each compartment under the number on its door.
    pub compartments: BTreeMap<CompartmentId, Spec>,
    /// The program's build time, in seconds since 1970: no clock is before it.
    pub built_unix_s: u64,
    /// Each thermometer under its name.
    pub thermometers: BTreeMap<String, Thermometer>,
}

impl Cabinet {
    /// Whether a compartment is kept at what a parcel asks for: one of its thermometers watches over no wider a range.
    pub fn keeps(&self, compartment: CompartmentId, asked: TemperatureRange) -> bool {
        self.ranges_of(compartment).any(|range| asked.contains(range))
    }

    /// How wide the narrowest range is in which a compartment is kept, in tenths of a degree; none where it is not kept at any.
    pub fn kept_within_tenths(&self, compartment: CompartmentId) -> Option<u16> {
        self.ranges_of(compartment).map(TemperatureRange::width_tenths).min()
    }

    fn ranges_of(&self, compartment: CompartmentId) -> impl Iterator<Item = TemperatureRange> {
        let its = move |thermometer: &&Thermometer| thermometer.compartments.contains(&compartment);
        self.thermometers.values().filter(its).map(|thermometer| {
            let (low_tenths_c, high_tenths_c) = thermometer.range_tenths_c;
            TemperatureRange { low_tenths_c, high_tenths_c }
        })
    }
}

/// A thermometer, and what it is to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thermometer {
    /// The compartments that it is in; none where it is in the cabinet.
    pub compartments: Vec<CompartmentId>,
    /// The lowest and the highest that is in range, in tenths of a degree Celsius.
    pub range_tenths_c: (i16, i16),
}

/// One compartment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spec {
    /// What fits.
    pub size: Size,
    /// Whether its door can be worked from a wheelchair: 380 to 1,220 mm above the ground.
    pub reachable: bool,
    /// The power supply that its lock shares: one lock at a time on each.
    pub supply: u8,
    /// How long the lock is energised, in milliseconds.
    pub pulse_ms: u64,
    /// How long the lock must rest between two pulses, in milliseconds.
    pub cooldown_ms: u64,
}
