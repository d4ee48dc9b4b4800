//! Promises about pulses: their intent, one at a time, and never in a loop.

use locker_protocol::Event;
use locker_protocol::event::{Door, OutOfService, Outcome, Purpose};

use super::{Broken, Moment, Promise, Trace, broken};
use crate::effect::{Effect, Unlock};

/// How many tries one opening may have.
const MAX_ATTEMPTS: u8 = 3;
/// For how long a pulse may be put off, in milliseconds.
const NOT_AFTER_MS: u64 = 1_000;

fn unlock_of<'a>(moment: &Moment<'a>) -> Option<&'a Unlock> {
    match moment.effects.get(moment.at) {
        Some(Effect::Unlock(unlock)) => Some(unlock),
        _ => None,
    }
}

/// A pulse follows, in the same step, the record of its try; the opening that it serves names who is entitled, was not
/// begun before the last restart, and each of its tries is pulsed once.
///
/// # Errors
/// When it is broken.
pub fn intent_before_pulse(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(unlock) = unlock_of(moment) else { return Ok(()) };
    let Unlock { opening, attempt, compartment, not_after_ms } = *unlock;
    let tried = Effect::Record(Event::Tried { opening, attempt });
    let Some(known) = moment.before.openings.get(&opening) else {
        return broken(Promise::IntentBeforePulse, format!("{unlock:?} serves no opening"));
    };
    let Some(watched) = trace.watched.get(&opening) else {
        return broken(Promise::IntentBeforePulse, format!("{unlock:?}: the opening was never begun"));
    };
    if !moment.earlier().contains(&tried) {
        return broken(Promise::IntentBeforePulse, format!("{unlock:?} without the record of its try"));
    }
    if known.compartment != compartment || known.attempts != attempt || attempt != watched.pulsed + 1 {
        return broken(
            Promise::IntentBeforePulse,
            format!("{unlock:?} is not the next try of {known:?} after {}", watched.pulsed),
        );
    }
    if watched.resumed {
        return broken(
            Promise::IntentBeforePulse,
            format!("{unlock:?} serves an opening of before the restart"),
        );
    }
    if attempt > MAX_ATTEMPTS
        || not_after_ms < moment.now_ms
        || not_after_ms > moment.now_ms + NOT_AFTER_MS
        || !trace.cabinet.compartments.contains_key(&compartment)
    {
        return broken(
            Promise::IntentBeforePulse,
            format!("{unlock:?} at {} is out of bounds", moment.now_ms),
        );
    }
    Ok(())
}

/// No pulse between another on the same supply and its answer plus the pulse's length, nor before the lock has rested.
///
/// # Errors
/// When it is broken.
pub fn one_lock_per_supply(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(unlock) = unlock_of(moment) else { return Ok(()) };
    let Some(spec) = trace.cabinet.compartments.get(&unlock.compartment) else { return Ok(()) };
    if trace.flights.get(&spec.supply).is_some_and(|flight| !flight.is_over(moment.now_ms)) {
        return broken(
            Promise::OneLockPerSupply,
            format!("{unlock:?} while supply {} is taken", spec.supply),
        );
    }
    if trace.rested_at_ms.get(&unlock.compartment).is_some_and(|rested_ms| *rested_ms > moment.now_ms) {
        return broken(Promise::OneLockPerSupply, format!("{unlock:?} before the lock has rested"));
    }
    Ok(())
}

/// No deposit door is pulsed while another that this session opened for a deposit is open.
///
/// # Errors
/// When it is broken.
pub fn one_deposit_door(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(unlock) = unlock_of(moment) else { return Ok(()) };
    let purpose = moment.before.openings.get(&unlock.opening).map(|opening| opening.purpose);
    let puts_in = |purpose| matches!(purpose, Purpose::Deposit | Purpose::Send);
    if !purpose.is_some_and(puts_in) {
        return Ok(());
    }
    let other = moment.before.openings.iter().find(|(id, other)| {
        **id != unlock.opening
            && puts_in(other.purpose)
            && (other.opened || trace.door(other.compartment) == Door::Open)
            && trace.watched.get(id).is_some_and(|watched| watched.session == trace.session)
    });
    match other {
        Some((id, _)) => broken(Promise::OneDepositDoor, format!("{unlock:?} while {id:?} is open")),
        None => Ok(()),
    }
}

/// The second opening running that the locker itself interrupted takes its door out of service, in the same step: a
/// brown-out must not loop.
///
/// # Errors
/// When it is broken.
pub fn brown_out_ends(moment: &Moment<'_>, _: &Trace) -> Result<(), Broken> {
    let Some(Event::Ended { opening, outcome: Outcome::Interrupted }) = moment.event() else { return Ok(()) };
    let Some(door) = moment.before.openings.get(opening).map(|over| over.compartment) else { return Ok(()) };
    let interruptions = moment.after.compartments.get(&door).map_or(0, |known| known.interruptions);
    let out = Effect::Record(Event::Service {
        compartment: door,
        out: Some(OutOfService::InterruptedTwice),
        by: None,
    });
    let later = moment.effects.get(moment.at + 1..).unwrap_or_default();
    if interruptions < 2 || later.contains(&out) {
        return Ok(());
    }
    broken(Promise::BrownOutEnds, format!("door {door} was interrupted twice and stays in service"))
}
