//! Promises about limits, and that the journal adds up.

use locker_protocol::Event;
use locker_protocol::event::{Guess, Proof};

use super::{Broken, Moment, Promise, Trace, broken};
use crate::effect::Effect;
use crate::input::{Input, Presented};
use crate::state::{MAX_CODE_MISSES, MAX_OVER, MAX_PARCELS, MAX_PIN_MISSES, MAX_STAFF, State};

/// One miss is forgiven in this time, in milliseconds.
pub(super) const FORGIVE_MS: u64 = 1_800_000;
/// The most tries of one opening.
const MAX_ATTEMPTS: u8 = 3;

/// Once the bucket is empty a code or PIN is not even looked up; a miss is forgiven half an hour after the one before, or
/// all of them by the hub; success forgives nothing.
///
/// # Errors
/// When it is broken.
pub fn guesses_are_limited(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let no = |why: String| broken(Promise::GuessesAreLimited, why);
    let (before, after) = (moment.before, moment.after);
    match (moment.event(), moment.input) {
        (Some(Event::Missed { guess }), input) => {
            let (guessed, paused) = match guess {
                Guess::Code => {
                    (matches!(input, Input::Presented(Presented::Code(_))), trace.codes_were_paused)
                }
                Guess::Pin => (matches!(input, Input::Presented(Presented::Pin(..))), trace.pins_were_paused),
            };
            if !guessed || paused {
                return no(format!("{guess:?} was looked up although none was typed, or none may be"));
            }
        }
        (Some(Event::MissForgiven { guess }), _) => {
            let since_ms = match guess {
                Guess::Code => trace.code_misses_since_ms,
                Guess::Pin => trace.pin_misses_since_ms,
            };
            if since_ms.is_none_or(|since_ms| moment.now_ms < since_ms + FORGIVE_MS) {
                return no(format!("a miss of {guess:?} was forgiven too early"));
            }
        }
        (Some(Event::Began { entitled, .. }), Input::Presented(Presented::Code(_)))
            if trace.codes_were_paused =>
        {
            let by_code =
                matches!(entitled, locker_protocol::event::Entitled::Recipient { by: Proof::Code, .. });
            // A door that ended in this step is followed by the same person's next.
            let goes_on =
                moment.earlier().iter().any(|effect| matches!(effect, Effect::Record(Event::Ended { .. })));
            if by_code && !goes_on {
                return no("a code opened a door although none may be typed".to_owned());
            }
        }
        _ => {}
    }
    let forgiven = matches!(
        moment.event(),
        Some(
            Event::MissForgiven { .. } | Event::Applied { change: locker_protocol::Change::RefillCodes, .. }
        )
    );
    if !forgiven && (after.code_misses < before.code_misses || after.pin_misses < before.pin_misses) {
        return no(format!("{:?} forgave a miss", moment.event()));
    }
    Ok(())
}

/// Nothing in the books, and no step, is without a limit.
///
/// # Errors
/// When it is broken.
pub fn within_limits(after: &State, effects: &[Effect], trace: &Trace) -> Result<(), Broken> {
    let doors = trace.cabinet.compartments.len();
    let most_effects = 64 + 16 * doors + after.parcels.len();
    let too_long =
        after.compartments.values().any(|known| known.contents.listed().len() > after.parcels.len());
    let too_often = after.openings.values().any(|opening| opening.attempts > MAX_ATTEMPTS);
    let limits = [
        ("effects", effects.len() > most_effects),
        ("parcels", after.parcels.len() > MAX_PARCELS),
        // One more for each that a compartment still lists.
        ("parcels over", after.over.len() > MAX_OVER + doors * 2),
        ("staff", after.staff.len() > MAX_STAFF || after.revoked.len() > MAX_STAFF),
        ("openings", after.openings.len() > doors),
        ("compartments", after.compartments.len() > doors),
        ("a list", too_long),
        ("tries", too_often),
        ("misses", after.code_misses > MAX_CODE_MISSES || after.pin_misses > MAX_PIN_MISSES),
    ];
    match limits.iter().find(|(_, beyond)| *beyond) {
        Some((what, _)) => broken(Promise::WithinLimits, format!("too many: {what}")),
        None => Ok(()),
    }
}

/// The recorded events, applied to the books before, are the books after.
///
/// # Errors
/// When it is broken.
pub fn books_are_replayable(after: &State, _: &[Effect], trace: &Trace) -> Result<(), Broken> {
    if after == trace.books() {
        return Ok(());
    }
    broken(Promise::Replay, format!("the core has {after:?}, its events add up to {:?}", trace.books()))
}
