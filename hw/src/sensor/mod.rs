//! Sensors that are no door's: power supply, tampering, temperatures. One thread reads them all and tells a [`SensorSink`];
//! whatever is missing or broken is told in the log once, tried again, and never holds up another.

mod gauge;
mod knocks;
mod steady;
mod thermometer;
mod thread;

pub use thread::{Sensors, StartError};

/// Hears what the sensors say. Called on the sensors' thread: a method must return at once and never block.
pub trait SensorSink: Send {
    /// What the power supply says, whenever that is new. `percent` (0 to 100) is how full the battery is, where it is known.
    fn power(&self, mains: bool, percent: Option<u8>);

    /// This tamper sensor, by its name in the profile, was moved more than its limit.
    fn tampered(&self, sensor: &str);

    /// This thermometer, by its name in the profile, was read; none where it says nothing sensible. Told with every reading.
    fn temperature(&self, sensor: &str, tenths_c: Option<i16>);
}
