//! What must always hold, as named predicates: for the property tests here and for the simulation.
//!
//! The judge stands beside the core. It sees what goes in and what comes out, keeps its own [`Trace`] of it, and never
//! asks the core why: not [`crate::rights`], not the openings' evidence, not the guesses' bucket. What it shares with the
//! core is [`State::apply`], by which it keeps books of its own from the recorded events alone; that the two books are
//! equal after every step is itself a promise ([`Promise::Replay`]).
//!
//! | predicate | the design's promise |
//! |---|---|
//! | [`intent_before_pulse`] | 1: no pulse without a committed opening that names who was entitled and why |
//! | [`right_to_all`] | 2: nothing opens for someone without a right to all that may be inside |
//! | [`listed_where_it_is`], [`offered_only_when_empty`], [`emptied_only_when_settled`], [`declined_is_not_stored`] | 3: no parcel is lost track of |
//! | [`outcome_has_evidence`], [`unknown_keeps_rights`] | 4: Unknown is never closed, empty or locked |
//! | [`one_lock_per_supply`], [`one_deposit_door`], [`brown_out_ends`] | 5: one lock at a time |
//! | [`low_battery_takes_nothing_in`], [`switched_off_between_openings`] | what is taken in is given out again, also where the mains are gone |
//! | [`facts_follow_records`] | the screen tells only what the journal holds |
//! | [`guesses_are_limited`], [`within_limits`] | 10: everything has a limit |
//! | [`books_are_replayable`] | the journal adds up to the books |

mod custody;
mod evidence;
mod glass;
mod limits;
mod power;
mod pulses;
mod rights;
mod trace;

pub use custody::{
    declined_is_not_stored, emptied_only_when_settled, listed_where_it_is, offered_only_when_empty,
    unknown_keeps_rights,
};
pub use evidence::outcome_has_evidence;
pub use glass::facts_follow_records;
pub use limits::{books_are_replayable, guesses_are_limited, within_limits};
pub use power::{low_battery_takes_nothing_in, switched_off_between_openings};
pub use pulses::{brown_out_ends, intent_before_pulse, one_deposit_door, one_lock_per_supply};
pub use rights::right_to_all;
pub use trace::Trace;

use locker_protocol::Event;

use crate::effect::Effect;
use crate::input::Input;
use crate::state::State;

/// A promise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Promise {
    /// No pulse without its intent in the journal.
    IntentBeforePulse,
    /// A door opens for a right to all that is or may be behind it.
    RightToAll,
    /// A parcel that is or may be in a compartment is listed by it.
    ListedWhereItIs,
    /// What may be occupied is never offered.
    OfferedOnlyWhenEmpty,
    /// Contents become empty, and lists shorter, only when they are settled.
    EmptiedOnlyWhenSettled,
    /// An opening's outcome is what its samples show.
    OutcomeHasEvidence,
    /// Unknown keeps every parcel listed and every right.
    UnknownKeepsRights,
    /// One lock at a time on each supply, each rested, none twice for one attempt.
    OneLockPerSupply,
    /// No deposit door opens while another of the session is open.
    OneDepositDoor,
    /// Two interrupted openings running take a door out of service.
    BrownOutEnds,
    /// Nothing is taken in while the battery is low.
    LowBatteryTakesNothingIn,
    /// The machine is switched off between two openings, never in one.
    SwitchedOffBetweenOpenings,
    /// A screen that states a fact follows the fact's record.
    FactsFollowRecords,
    /// Codes and PINs are guessed no faster than the bucket allows.
    GuessesAreLimited,
    /// Everything has a limit.
    WithinLimits,
    /// The recorded events add up to the books.
    Replay,
}

/// A promise was broken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{promise:?} is broken: {why}")]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// By what.
    pub why: String,
}

/// One effect, between the books before it and after it.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// When, in monotonic milliseconds.
    pub now_ms: u64,
    /// What happened.
    pub input: &'a Input,
    /// Everything that the core then asked for, in order.
    pub effects: &'a [Effect],
    /// The place in `effects` of the one that is judged.
    pub at: usize,
    /// The books before it.
    pub before: &'a State,
    /// The books after it: the same, unless it records an event.
    pub after: &'a State,
}

impl Moment<'_> {
    /// The effect that is judged.
    pub fn effect(&self) -> Option<&Effect> {
        self.effects.get(self.at)
    }

    /// The event that it records, if it records one.
    pub fn event(&self) -> Option<&Event> {
        match self.effect() {
            Some(Effect::Record(event)) => Some(event),
            _ => None,
        }
    }

    /// What the core asked for before it, in this step.
    pub fn earlier(&self) -> &[Effect] {
        self.effects.get(..self.at).unwrap_or_default()
    }
}

/// A predicate on one effect.
pub type OnEffect = fn(&Moment<'_>, &Trace) -> Result<(), Broken>;
/// A predicate on the books after a step.
pub type OnStep = fn(&State, &[Effect], &Trace) -> Result<(), Broken>;

/// Every predicate on one effect.
pub const ON_EFFECT: [OnEffect; 15] = [
    intent_before_pulse,
    right_to_all,
    offered_only_when_empty,
    emptied_only_when_settled,
    declined_is_not_stored,
    outcome_has_evidence,
    unknown_keeps_rights,
    one_lock_per_supply,
    one_deposit_door,
    brown_out_ends,
    low_battery_takes_nothing_in,
    switched_off_between_openings,
    facts_follow_records,
    guesses_are_limited,
    rights::badge_is_valid,
];

/// Every predicate on a finished step.
pub const ON_STEP: [OnStep; 3] = [listed_where_it_is, within_limits, books_are_replayable];

impl Trace {
    /// Judges one call of [`Core::handle`](crate::Core::handle), and remembers it.
    ///
    /// `after` are the core's books after the call.
    ///
    /// # Errors
    /// The first promise that it breaks.
    pub fn judge(
        &mut self,
        now_ms: u64,
        input: &Input,
        effects: &[Effect],
        after: &State,
    ) -> Result<(), Broken> {
        self.note_input(now_ms, input);
        for (at, effect) in effects.iter().enumerate() {
            let before = self.books().clone();
            if let Effect::Record(event) = effect {
                self.apply_to_books(event);
            }
            let moment = Moment { now_ms, input, effects, at, before: &before, after: self.books() };
            for predicate in ON_EFFECT {
                predicate(&moment, self)?;
            }
            self.note_effect(now_ms, effect, &before);
        }
        for predicate in ON_STEP {
            predicate(after, effects, self)?;
        }
        Ok(())
    }
}

fn broken(promise: Promise, why: impl Into<String>) -> Result<(), Broken> {
    Err(Broken { promise, why: why.into() })
}
