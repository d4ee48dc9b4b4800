//! Promises about pulses: their intent, one at a time, and never in a loop.

use locker_protocol::Event;
use locker_protocol::event::{Door, Outcome, Purpose};

use super::{Broken, Moment, Promise, Trace, broken};
use crate::effect::{Effect, Unlock};
use crate::state::State;

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
    if purpose != Some(Purpose::Deposit) {
        return Ok(());
    }
    let other = moment.before.openings.iter().find(|(id, other)| {
        **id != unlock.opening
            && other.purpose == Purpose::Deposit
            && (other.opened || trace.door(other.compartment) == Door::Open)
            && trace.watched.get(id).is_some_and(|watched| watched.session == trace.session)
    });
    match other {
        Some((id, _)) => broken(Promise::OneDepositDoor, format!("{unlock:?} while {id:?} is open")),
        None => Ok(()),
    }
}

/// A door whose openings the locker itself interrupted twice running is out of service when the second has ended: a
/// brown-out must not loop. The hub may put it back later.
///
/// # Errors
/// When it is broken.
pub fn brown_out_ends(after: &State, effects: &[Effect], _: &Trace) -> Result<(), Broken> {
    let interrupted = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Record(Event::Ended { outcome: Outcome::Interrupted, .. })));
    let looping =
        after.compartments.iter().find(|(_, known)| known.interruptions >= 2 && known.out.is_none());
    match looping {
        Some((door, _)) if interrupted => {
            broken(Promise::BrownOutEnds, format!("door {door} was interrupted twice and stays in service"))
        }
        _ => Ok(()),
    }
}
