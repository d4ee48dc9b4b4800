//! One lock at a time on each power supply, until the bus has answered and then for as long as the lock is energised; and
//! a rest for each lock between two pulses.

use std::collections::BTreeMap;

use locker_protocol::event::Answer;
use locker_protocol::{CompartmentId, OpeningId};

use crate::cabinet::Spec;
use crate::situation::Writer;

/// A bus that says nothing of a pulse for this long will not, in milliseconds.
pub(crate) const ANSWER_WITHIN_MS: u64 = 5_000;

/// What is known of the locks' power.
#[derive(Clone, Default)]
pub(crate) struct Supplies {
    busy: BTreeMap<u8, Busy>,
    /// When each lock has rested after its last pulse.
    rested_at_ms: BTreeMap<CompartmentId, u64>,
    /// No lock is pulsed before this, after a start.
    held_until_ms: u64,
}

#[derive(Clone)]
struct Busy {
    opening: OpeningId,
    attempt: u8,
    compartment: CompartmentId,
    spec: Spec,
    until_ms: u64,
    answered: bool,
}

impl Supplies {
    pub(crate) fn write(&self, to: &mut Writer) {
        let now_ms = to.now_ms();
        for (supply, busy) in self.busy.iter().filter(|(_, busy)| busy.until_ms > now_ms || !busy.answered) {
            to.number((*supply).into());
            to.opening(busy.opening);
            to.number(busy.attempt.into());
            to.flag(busy.answered);
            to.timer(Some(busy.until_ms));
        }
        for (compartment, at_ms) in self.rested_at_ms.iter().filter(|(_, at_ms)| **at_ms > now_ms) {
            to.value(compartment);
            to.timer(Some(*at_ms));
        }
        to.flag(self.held_until_ms > now_ms);
    }

    /// From when on this lock may be pulsed; zero when it may be at any time.
    pub(crate) fn free_at_ms(&self, compartment: CompartmentId, spec: &Spec) -> u64 {
        let supplied_ms = self.busy.get(&spec.supply).map_or(0, |busy| busy.until_ms);
        let rested_ms = self.rested_at_ms.get(&compartment).copied().unwrap_or(0);
        supplied_ms.max(rested_ms).max(self.held_until_ms)
    }

    /// A pulse goes to the bus: the supply is taken until there is an answer.
    pub(crate) fn pulse(
        &mut self,
        now_ms: u64,
        opening: OpeningId,
        attempt: u8,
        compartment: CompartmentId,
        spec: Spec,
    ) {
        let until_ms = now_ms + ANSWER_WITHIN_MS;
        let busy = Busy { opening, attempt, compartment, spec, until_ms, answered: false };
        self.busy.insert(spec.supply, busy);
    }

    /// The bus answered. Says when the lock is no longer energised; none when no such answer was awaited.
    pub(crate) fn answered(
        &mut self,
        now_ms: u64,
        opening: OpeningId,
        attempt: u8,
        answer: Answer,
    ) -> Option<u64> {
        let busy = self
            .busy
            .values_mut()
            .find(|busy| busy.opening == opening && busy.attempt == attempt && !busy.answered)?;
        busy.answered = true;
        busy.until_ms = now_ms;
        if answer != Answer::NotSent {
            busy.until_ms += busy.spec.pulse_ms;
            self.rested_at_ms.insert(busy.compartment, busy.until_ms + busy.spec.cooldown_ms);
        }
        Some(busy.until_ms)
    }

    /// A pulse of before the stop may still run, on whichever supply, and its lock must rest.
    pub(crate) fn hold(&mut self, until_ms: u64) {
        self.held_until_ms = until_ms;
    }

    /// The pulses whose answer is overdue.
    pub(crate) fn overdue(&self, now_ms: u64) -> Vec<(OpeningId, u8)> {
        self.busy
            .values()
            .filter(|busy| !busy.answered && busy.until_ms <= now_ms)
            .map(|busy| (busy.opening, busy.attempt))
            .collect()
    }

    /// When the next answer is overdue.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        self.busy.values().filter(|busy| !busy.answered).map(|busy| busy.until_ms).min()
    }
}
