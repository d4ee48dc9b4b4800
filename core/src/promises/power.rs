//! Promises about a locker that runs on its battery.

use locker_protocol::Event;
use locker_protocol::event::Purpose;

use super::{Broken, Moment, Promise, Trace, broken};
use crate::effect::Effect;

/// What is taken in must be given out again: once the battery is low, and until the mains are back, no opening begins to put
/// something in.
///
/// # Errors
/// When it is broken.
pub fn low_battery_takes_nothing_in(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    match moment.event() {
        Some(Event::Began { purpose: Purpose::Deposit | Purpose::Send, compartment, .. })
            if trace.battery_is_low =>
        {
            broken(Promise::LowBatteryTakesNothingIn, format!("door {compartment} opens to put something in"))
        }
        _ => Ok(()),
    }
}

/// The machine is switched off between two openings, never in one, and only while its battery is all it has.
///
/// # Errors
/// When it is broken.
pub fn switched_off_between_openings(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    if moment.effect() != Some(&Effect::PowerOff) {
        return Ok(());
    }
    match moment.before.openings.keys().next() {
        Some(opening) => broken(Promise::SwitchedOffBetweenOpenings, format!("{opening:?} goes on")),
        None if !trace.battery_is_low => {
            broken(Promise::SwitchedOffBetweenOpenings, "the battery is not low".to_owned())
        }
        None => Ok(()),
    }
}
