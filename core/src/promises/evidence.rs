//! The promise that an outcome is what the samples show.

use locker_protocol::Event;
use locker_protocol::event::{Door, Outcome};

use super::{Broken, Moment, Promise, Trace, broken};

/// A door counts as closed after this long, in milliseconds.
const STABLE_MS: u64 = 300;
/// A door counts as left open after this long, in milliseconds.
const OPEN_LIMIT_MS: u64 = 600_000;
/// A door counts as stuck no earlier than this after its opening began, in milliseconds.
const STUCK_AFTER_MS: u64 = 8_000;

/// "Closed", and whatever a person said at the door, needs samples of an open and then of a closed door; "never opened"
/// needs samples of a closed door without a gap of more than 500 ms from the opening's begin, or that no pulse ever left;
/// "interrupted" needs a restart and no sign that the door opened since it was last seen closed, "left open" ten minutes. A sample older than the opening shows nothing.
/// Of a door that was not seen open after somebody said that nothing goes in there, nobody knows what went in.
///
/// # Errors
/// When it is broken.
pub fn outcome_has_evidence(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(Event::Ended { opening, outcome }) = moment.event() else { return Ok(()) };
    let (Some(watched), Some(over)) = (trace.watched.get(opening), moment.before.openings.get(opening))
    else {
        return broken(Promise::OutcomeHasEvidence, format!("{opening:?} ended, and never began"));
    };
    let now_ms = moment.now_ms;
    let closed_for_ms = watched.closed_since_ms.map_or(0, |since_ms| watched.last_closed_ms - since_ms);
    let seen_closing = watched.open_since_ms.is_some()
        && closed_for_ms >= STABLE_MS
        && trace.door(over.compartment) == Door::Closed;
    let spoke_unseen = watched.declined_at_ms.is_some_and(|at_ms| watched.last_open_ms <= at_ms);
    let not_opened = watched.open_since_ms.is_none();
    let long_enough = now_ms >= watched.begun_at_ms() + STUCK_AFTER_MS;
    let shown = match outcome {
        Outcome::Closed => seen_closing && !spoke_unseen,
        Outcome::SaidEmpty | Outcome::SaidNotMine => seen_closing,
        Outcome::NotSeen if spoke_unseen => seen_closing,
        Outcome::NeverOpened => {
            not_opened && long_enough && (watched.is_gapless(now_ms) || !watched.pulse_may_have_left)
        }
        Outcome::NotSeen => not_opened && long_enough && !watched.is_gapless(now_ms),
        Outcome::Interrupted => {
            let was_open_before = !over.opened && over.baseline != Door::Closed;
            watched.resumed && (not_opened || was_open_before)
        }
        Outcome::LeftOpen => watched.open_since_ms.is_some_and(|since_ms| now_ms >= since_ms + OPEN_LIMIT_MS),
    };
    if shown {
        return Ok(());
    }
    broken(Promise::OutcomeHasEvidence, format!("{opening:?} of door {} ended {outcome:?}", over.compartment))
}
