//! One door from intent to outcome, and the evidence for it.
//!
//! An opening begins with its intent in the journal, then pulses, then watches the door's sensor. Only samples taken
//! after the opening began count, and "never opened" needs samples without a gap.

use locker_protocol::event::{
    Answer, Decline, Door, Doubt, Entitled, OutOfService, Outcome, Problem, Purpose,
};
use locker_protocol::{CaseId, CompartmentId, Event, OpeningId, ParcelId};

use crate::effect::{Effect, Sound, Unlock};
use crate::faults::{self, Fault};
use crate::rights;
use crate::situation::Writer;
use crate::state::{Contents, Opening, Place, Why};
use crate::{Core, Sample};

/// A pulse may start this long after it was decided, in milliseconds.
pub(crate) const UNLOCK_WITHIN_MS: u64 = 1_000;
/// When the first, second and third pulse are due, after the opening began, in milliseconds.
pub(crate) const PULSES_DUE_MS: [u64; 3] = [0, 800, 2_000];
/// A person is asked to push a door that has not opened this long after the opening began, in milliseconds.
pub(crate) const PUSH_AFTER_MS: u64 = 2_000;
/// The door counts as stuck this long after the opening began, in milliseconds.
pub(crate) const STUCK_AFTER_MS: u64 = 8_000;
/// Samples further apart than this leave a gap in which a door may have opened and closed, in milliseconds.
pub(crate) const GAP_MS: u64 = 500;
/// A door counts as closed when it has been for this long, in milliseconds.
pub(crate) const STABLE_MS: u64 = 300;
/// An open door is a door left open after this long, in milliseconds.
pub(crate) const LEFT_OPEN_MS: u64 = 20_000;
/// How often a door left open is heard, in milliseconds.
pub(crate) const TICK_EVERY_MS: u64 = 1_000;
/// After this long it is heard no more, and the kiosk is free for the next person, in milliseconds.
pub(crate) const ABANDONED_MS: u64 = 60_000;
/// After this long what is inside is no longer known, in milliseconds.
pub(crate) const OPEN_LIMIT_MS: u64 = 10 * 60 * 1_000;
/// After a start, a door with an unfinished opening has this long to say whether it is open, in milliseconds.
pub(crate) const FIRST_READING_MS: u64 = 10_000;
/// A door is watched for this long after its last pulse before it counts as stuck, in milliseconds.
pub(crate) const WATCH_AFTER_PULSE_MS: u64 = 1_000;

/// What is known of an unfinished opening beyond its durable part.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) phase: Phase,
    begun_at_ms: u64,
    /// Evidence: the last sample since the opening began, and whether there was ever a gap before one.
    last_sample_ms: u64,
    gap: bool,
    /// Whether any byte of a pulse may have left.
    sent: bool,
    /// Until when the last pulse energised the lock.
    pulsed_until_ms: u64,
    /// When the last pulse was decided.
    pulsed_at_ms: Option<u64>,
    /// It has been pulsed, has had its time, and is still closed: pushing may help.
    pub(crate) to_be_pushed: bool,
    /// What the person at the door said: weighed when it closes.
    pub(crate) said: Option<Outcome>,
    /// When it was said that nothing goes in there, until the door is seen open after that.
    declined_at_ms: Option<u64>,
    /// The case that was raised about it, to be shown.
    pub(crate) case: Option<CaseId>,
}

/// Where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Begun before the last stop: the door's first reading decides.
    Interrupted { until_ms: u64 },
    /// Being pulsed.
    Pulsing { waiting_for_answer: bool },
    /// Seen open.
    Open { since_ms: u64, closed_since_ms: Option<u64>, next_tick_ms: u64 },
}

impl Live {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    /// Since when the door has been open.
    pub(crate) fn open_since_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Open { since_ms, .. } => Some(since_ms),
            Phase::Interrupted { .. } | Phase::Pulsing { .. } => None,
        }
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        match self.phase {
            Phase::Interrupted { until_ms } => {
                to.number(0);
                to.timer(Some(until_ms));
            }
            Phase::Pulsing { waiting_for_answer } => {
                to.number(1);
                to.flag(waiting_for_answer);
                to.age(self.begun_at_ms, &PULSES_DUE_MS);
                to.timer(Some(self.stuck_at_ms()));
                // A gap counts from the next sample on.
                to.flag(self.gap);
                to.age(self.last_sample_ms, &[GAP_MS + 1]);
                to.flag(self.sent);
            }
            Phase::Open { since_ms, closed_since_ms, next_tick_ms } => {
                to.number(2);
                to.age(since_ms, &[LEFT_OPEN_MS, ABANDONED_MS]);
                to.flag(closed_since_ms.is_some());
                to.timer(Some(next_tick_ms));
            }
        }
        to.word(&self.said);
        to.flag(self.declined_at_ms.is_some());
    }

    /// When the door counts as stuck. A supply that was taken, or a slow bus, may have put the pulses off.
    fn stuck_at_ms(&self) -> u64 {
        (self.begun_at_ms + STUCK_AFTER_MS).max(self.pulsed_until_ms + WATCH_AFTER_PULSE_MS)
    }

    fn pulsing(now_ms: u64) -> Self {
        Self {
            phase: Phase::Pulsing { waiting_for_answer: false },
            begun_at_ms: now_ms,
            last_sample_ms: now_ms,
            gap: false,
            sent: false,
            pulsed_until_ms: 0,
            pulsed_at_ms: None,
            to_be_pushed: false,
            said: None,
            declined_at_ms: None,
            case: None,
        }
    }
}

impl Core {
    /// Begins an opening, if there is a right to it. The intent is recorded before the first pulse.
    pub(crate) fn begin(
        &mut self,
        now_ms: u64,
        compartment: CompartmentId,
        purpose: Purpose,
        entitled: Entitled,
        goes_in: Vec<ParcelId>,
        comes_out: Vec<ParcelId>,
    ) -> Option<OpeningId> {
        let known = self.cabinet.compartments.contains_key(&compartment);
        let busy = self.state.opening_of(compartment).is_some() && !faults::is(Fault::SameDoorTwice);
        let unserved = faults::is(Fault::BatteryLowServesNobody) && !self.takes_in();
        if !known
            || busy
            || unserved
            || !rights::may_open(&self.state, compartment, purpose, &entitled, &goes_in, &comes_out)
        {
            return None;
        }
        let opening = OpeningId(self.state.last_opening.saturating_add(1));
        let baseline = self.door(compartment);
        // The window begins anew, whole, when the door closes again.
        self.windows.remove(&compartment);
        self.items.forget(compartment);
        self.record(Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, baseline });
        if faults::is(Fault::DeclinedClearedTooSoon)
            && let Some(begun) = self.state.openings.get(&opening).cloned()
        {
            for (door, holds) in self.state.declined_doors(&begun.goes_in, compartment) {
                self.record(Event::Settled { compartment: door, holds, by: None });
            }
        }
        self.live.insert(opening, Live::pulsing(now_ms));
        self.pulse_if_due(now_ms, opening);
        Some(opening)
    }

    /// A door's sensor was read.
    pub(crate) fn reading(
        &mut self,
        now_ms: u64,
        compartment: CompartmentId,
        door: Door,
        sampled_at_ms: u64,
    ) {
        if !self.cabinet.compartments.contains_key(&compartment) || sampled_at_ms > now_ms {
            return;
        }
        let before = self.doors.get(&compartment).copied();
        if before.is_some_and(|before| sampled_at_ms < before.at_ms) {
            return;
        }
        self.doors.insert(compartment, Sample { door, at_ms: sampled_at_ms });
        if door != Door::Closed {
            self.items.forget(compartment);
        }
        if let Some((id, _)) = self.state.opening_of(compartment) {
            self.weigh(now_ms, id, door, sampled_at_ms);
        } else if door == Door::Open
            && before.map(|before| before.door) != Some(Door::Open)
            && !faults::is(Fault::OpenedUnaskedIgnored)
        {
            self.another_door_opened(compartment);
            self.opened_unasked(compartment);
        }
    }

    /// Evidence for an opening.
    fn weigh(&mut self, now_ms: u64, id: OpeningId, door: Door, sampled_at_ms: u64) {
        let Some(live) = self.live.get_mut(&id) else { return };
        if sampled_at_ms < live.begun_at_ms {
            return;
        }
        if door != Door::Unknown {
            live.gap |= sampled_at_ms - live.last_sample_ms > GAP_MS;
            live.last_sample_ms = sampled_at_ms;
        }
        let was_never_seen_closed = self
            .state
            .openings
            .get(&id)
            .is_some_and(|opening| !opening.opened && opening.baseline != Door::Closed);
        match (&mut live.phase, door) {
            (Phase::Interrupted { .. }, Door::Open) if was_never_seen_closed => {
                // It may have been open all along, and whoever it was to be opened for may never have come to it.
                self.end_opening(now_ms, id, Outcome::Interrupted);
            }
            (Phase::Interrupted { .. } | Phase::Pulsing { .. }, Door::Open) => {
                live.phase = Phase::Open {
                    since_ms: now_ms,
                    closed_since_ms: None,
                    next_tick_ms: now_ms + LEFT_OPEN_MS,
                };
                let pulsed_at_ms = live.pulsed_at_ms;
                if let (Some(pulsed_at_ms), Some(opening)) = (pulsed_at_ms, self.state.openings.get(&id)) {
                    let took_ms = sampled_at_ms.saturating_sub(pulsed_at_ms);
                    self.lock_ms.insert(opening.compartment, u32::try_from(took_ms).unwrap_or(u32::MAX));
                }
                if !self.state.openings.get(&id).is_some_and(|opening| opening.opened) {
                    self.record(Event::Opened { opening: id });
                }
            }
            (Phase::Interrupted { .. }, Door::Closed) if faults::is(Fault::StopMeansNothing) => {
                self.end_opening(now_ms, id, Outcome::NeverOpened);
            }
            (Phase::Interrupted { .. }, Door::Closed) => self.end_opening(now_ms, id, Outcome::Interrupted),
            (Phase::Interrupted { .. } | Phase::Pulsing { .. }, _) => {}
            (Phase::Open { closed_since_ms, .. }, Door::Closed) => {
                let since_ms = *closed_since_ms.get_or_insert(sampled_at_ms);
                if sampled_at_ms - since_ms >= STABLE_MS {
                    // Whoever spoke at a door that was shut by then took nothing out of it any more.
                    let spoke_unseen = live.declined_at_ms.is_some();
                    let outcome =
                        if spoke_unseen { Outcome::NotSeen } else { live.said.unwrap_or(Outcome::Closed) };
                    self.end_opening(now_ms, id, outcome);
                }
            }
            (Phase::Open { closed_since_ms, .. }, Door::Open | Door::Unknown) => {
                *closed_since_ms = None;
                if door == Door::Open {
                    live.declined_at_ms.take_if(|declined_at_ms| sampled_at_ms > *declined_at_ms);
                }
            }
        }
    }

    /// What the bus says of a pulse.
    pub(crate) fn unlocked(&mut self, now_ms: u64, id: OpeningId, attempt: u8, answer: Answer) {
        let Some(pulsed_until_ms) = self.supplies.answered(now_ms, id, attempt, answer) else { return };
        // The door may have opened and closed before the bus answered: then there is nothing left to learn from it.
        if !self.state.openings.contains_key(&id) {
            return;
        }
        if let Some(live) = self.live.get_mut(&id) {
            if answer != Answer::NotSent {
                live.sent = true;
                live.pulsed_until_ms = pulsed_until_ms;
            }
            if let Phase::Pulsing { waiting_for_answer } = &mut live.phase {
                *waiting_for_answer = false;
                if faults::is(Fault::BoardIsBelieved) && answer == Answer::Sent {
                    return self.end_opening(now_ms, id, Outcome::Closed);
                }
            }
        }
        if answer != Answer::Sent {
            self.record(Event::Answered { opening: id, attempt, answer });
        }
    }

    /// Pulses, ends, ticks: whatever time alone decides.
    pub(crate) fn supervise_openings(&mut self, now_ms: u64) {
        self.give_up_answers(now_ms);
        let ids: Vec<_> = self.live.keys().copied().collect();
        for id in ids {
            let Some(live) = self.live.get_mut(&id) else { continue };
            match &mut live.phase {
                Phase::Interrupted { until_ms } => {
                    if now_ms >= *until_ms {
                        self.end_opening(now_ms, id, Outcome::Interrupted);
                    }
                }
                Phase::Pulsing { waiting_for_answer } => {
                    let waiting_for_answer = *waiting_for_answer;
                    if now_ms >= live.stuck_at_ms() && !waiting_for_answer {
                        let watched = !live.gap && now_ms.saturating_sub(live.last_sample_ms) <= GAP_MS
                            || faults::is(Fault::GapsAreIgnored);
                        // Where no byte ever left, nothing of ours moved the door.
                        let outcome =
                            if watched || !live.sent { Outcome::NeverOpened } else { Outcome::NotSeen };
                        self.end_opening(now_ms, id, outcome);
                    } else {
                        self.pulse_if_due(now_ms, id);
                        self.ask_to_push(now_ms, id);
                    }
                }
                Phase::Open { since_ms, next_tick_ms, .. } => {
                    let open_for_ms = now_ms.saturating_sub(*since_ms);
                    let ticks = now_ms >= *next_tick_ms && open_for_ms < ABANDONED_MS;
                    if now_ms >= *next_tick_ms {
                        *next_tick_ms =
                            if ticks { now_ms + TICK_EVERY_MS } else { *since_ms + OPEN_LIMIT_MS };
                    }
                    if open_for_ms >= OPEN_LIMIT_MS {
                        let closed = faults::is(Fault::LeftOpenIsClosed);
                        let outcome = if closed { Outcome::Closed } else { Outcome::LeftOpen };
                        self.end_opening(now_ms, id, outcome);
                    } else if ticks {
                        self.act(Effect::Sound(Sound::Tick));
                    }
                }
            }
        }
    }

    pub(crate) fn openings_deadline_ms(&self) -> Option<u64> {
        let of_openings = self.live.iter().filter_map(|(id, live)| match live.phase {
            Phase::Interrupted { until_ms } => Some(until_ms),
            Phase::Pulsing { waiting_for_answer } => {
                let next_ms = (!waiting_for_answer).then(|| {
                    let stuck_ms = live.stuck_at_ms();
                    self.pulse_due_ms(*id).map_or(stuck_ms, |due_ms| due_ms.min(stuck_ms))
                });
                [next_ms, self.push_due_ms(*id)].into_iter().flatten().min()
            }
            Phase::Open { next_tick_ms, .. } => Some(next_tick_ms),
        });
        of_openings.chain(self.supplies.deadline_ms()).min()
    }

    /// What the recipient said about what is inside; it is weighed when the door closes.
    pub(crate) fn said(&mut self, id: OpeningId, outcome: Outcome, problem: Problem) -> Option<CaseId> {
        let compartment = self.state.openings.get(&id)?.compartment;
        self.live.get(&id)?;
        let case = self.raise(problem, compartment, Some(id));
        if let Some(live) = self.live.get_mut(&id) {
            live.said = Some(outcome);
            live.case = Some(case);
        }
        Some(case)
    }

    /// Whether whoever has this door open to put something in may say that it does not go in there: once.
    pub(crate) fn can_decline(&self, id: OpeningId) -> bool {
        // A door that is on its way shut has its parcel inside, or has not: nobody takes it out any more.
        self.live.get(&id).is_some_and(|live| matches!(live.phase, Phase::Open { closed_since_ms: None, .. }))
            && self.state.openings.get(&id).is_some_and(|opening| {
                opening.declined.is_none() && matches!(opening.purpose, Purpose::Deposit | Purpose::Send)
            })
    }

    /// Nothing goes in there. On record at once: a stop in the middle must not take the closed door for a deposit.
    pub(crate) fn decline(&mut self, now_ms: u64, id: OpeningId, why: Decline) {
        if !self.can_decline(id) {
            return;
        }
        let Some(Opening { compartment, entitled, .. }) = self.state.openings.get(&id).cloned() else {
            return;
        };
        self.record(Event::Declined { opening: id, why });
        if let Some(live) = self.live.get_mut(&id) {
            live.declined_at_ms = Some(now_ms);
        }
        if why == Decline::Found {
            let by = rights::staff_of(&entitled);
            self.record(Event::Service { compartment, out: Some(OutOfService::Found), by });
            self.raise(Problem::Found, compartment, Some(id));
        }
    }

    /// A person says that a door is open whose sensor says otherwise: what is inside is not known any more.
    pub(crate) fn said_open(&mut self, compartment: CompartmentId) {
        self.record(Event::Doubted { compartment, why: Doubt::SaidOpen });
        self.windows.remove(&compartment);
        self.record(Event::Service { compartment, out: Some(OutOfService::SensorFault), by: None });
        self.raise(Problem::SensorFault, compartment, None);
    }

    /// The openings that the last stop interrupted: nothing is pulsed, the doors are looked at.
    pub(crate) fn resume_openings(&mut self, now_ms: u64) {
        if self.state.last_opening > 0 {
            let longest_ms =
                self.cabinet.compartments.values().map(|spec| spec.pulse_ms + spec.cooldown_ms).max();
            self.supplies.hold(now_ms + longest_ms.unwrap_or(0));
        }
        for (id, opening) in &self.state.openings {
            let phase = match faults::is(Fault::PulseAtStart) {
                true => Phase::Pulsing { waiting_for_answer: false },
                false => Phase::Interrupted { until_ms: now_ms + FIRST_READING_MS },
            };
            let said = opening.said;
            self.live.insert(*id, Live { phase, sent: true, said, ..Live::pulsing(now_ms) });
        }
    }

    /// Raises a case.
    pub(crate) fn raise(
        &mut self,
        problem: Problem,
        compartment: CompartmentId,
        opening: Option<OpeningId>,
    ) -> CaseId {
        let case = CaseId(self.state.last_case.wrapping_add(1));
        self.record(Event::CaseRaised { case, problem, compartment, opening });
        self.act(Effect::Wake);
        case
    }

    fn opened_unasked(&mut self, compartment: CompartmentId) {
        let already = matches!(
            self.state.contents(compartment),
            Contents::Unknown { why: Why::Doubt(Doubt::OpenedUnasked) | Why::Opening(Outcome::LeftOpen), .. }
        );
        if already {
            return;
        }
        self.windows.remove(&compartment);
        self.record(Event::Doubted { compartment, why: Doubt::OpenedUnasked });
        self.raise(Problem::OpenedUnasked, compartment, None);
        self.act(Effect::Sound(Sound::Alarm));
    }

    fn end_opening(&mut self, now_ms: u64, id: OpeningId, outcome: Outcome) {
        let Some(over) = self.state.openings.get(&id).cloned() else { return };
        let Opening { compartment, purpose, .. } = over;
        let live = self.live.remove(&id);
        self.record(Event::Ended { opening: id, outcome });
        if matches!(purpose, Purpose::Deposit | Purpose::Send) {
            // Its first, broken hour does not count.
            self.not_collectable.insert(compartment);
        }
        let mut case = live.as_ref().and_then(|live| live.case);
        match outcome {
            Outcome::Closed if over.declined == Some(Decline::Found) => {
                self.record(Event::Doubted { compartment, why: Doubt::Found });
            }
            Outcome::Closed => {
                if over.declined.is_none() && matches!(purpose, Purpose::Deposit | Purpose::Send) {
                    self.clear_declined(compartment, &over.goes_in);
                }
                self.begin_window(now_ms, compartment);
                if self.state.out_of_service(compartment) == Some(OutOfService::Stuck) {
                    // It opened and closed before our eyes: it works again.
                    self.record(Event::Service { compartment, out: None, by: None });
                }
            }
            Outcome::NeverOpened | Outcome::NotSeen => {
                // A board that never heard of it says nothing about the lock.
                if outcome == Outcome::NeverOpened && live.is_some_and(|live| live.sent) {
                    self.record(Event::Service { compartment, out: Some(OutOfService::Stuck), by: None });
                }
                self.begin_window(now_ms, compartment);
                self.note_jam(now_ms, compartment);
                case = Some(self.raise(Problem::Stuck, compartment, Some(id)));
            }
            Outcome::Interrupted => {
                let twice =
                    self.state.compartments.get(&compartment).is_some_and(|known| known.interruptions >= 2);
                if twice {
                    self.record(Event::Service {
                        compartment,
                        out: Some(OutOfService::InterruptedTwice),
                        by: None,
                    });
                    self.raise(Problem::InterruptedTwice, compartment, Some(id));
                }
            }
            Outcome::LeftOpen => {
                self.raise(Problem::LeftOpen, compartment, Some(id));
                self.act(Effect::Sound(Sound::Alarm));
            }
            Outcome::SaidEmpty | Outcome::SaidNotMine => {}
        }
        self.act(Effect::Wake);
        self.opening_over(now_ms, id, &over, outcome, case);
        self.retry_held_change();
    }

    /// One parcel is not behind two doors: where it was said not to go in, it is not.
    fn clear_declined(&mut self, behind: CompartmentId, stored: &[ParcelId]) {
        let is_stored = |id: &ParcelId| {
            self.state.parcels.get(id).is_some_and(|parcel| parcel.place == Place::Inside(behind))
        };
        let stored: Vec<_> = stored.iter().filter(|id| is_stored(id)).copied().collect();
        for (compartment, holds) in self.state.declined_doors(&stored, behind) {
            if holds.is_empty() && self.is_left_inside(compartment) {
                continue;
            }
            self.record(Event::Settled { compartment, holds, by: None });
        }
    }

    fn pulse_if_due(&mut self, now_ms: u64, id: OpeningId) {
        if self.pulse_due_ms(id).is_none_or(|due_ms| due_ms > now_ms) {
            return;
        }
        let Some(opening) = self.state.openings.get(&id) else { return };
        let compartment = opening.compartment;
        let attempt = opening.attempts + 1;
        let Some(spec) = self.cabinet.compartments.get(&compartment).copied() else { return };
        self.record(Event::Tried { opening: id, attempt });
        self.supplies.pulse(now_ms, id, attempt, compartment, spec);
        if let Some(live) = self.live.get_mut(&id) {
            live.phase = Phase::Pulsing { waiting_for_answer: true };
            live.pulsed_at_ms = Some(now_ms);
        }
        self.act(Effect::Unlock(Unlock {
            opening: id,
            attempt,
            compartment,
            not_after_ms: now_ms + UNLOCK_WITHIN_MS,
        }));
    }

    /// When the next pulse of this opening is due: none while one is unanswered, after the last, or once the hub has revoked whom it
    /// is for.
    fn pulse_due_ms(&self, id: OpeningId) -> Option<u64> {
        let live = self.live.get(&id)?;
        let opening = self.state.openings.get(&id)?;
        let spec = self.cabinet.compartments.get(&opening.compartment)?;
        let Phase::Pulsing { waiting_for_answer: false } = live.phase else { return None };
        if rights::is_revoked(&self.state, &opening.entitled) {
            return None;
        }
        let planned_ms = live.begun_at_ms + PULSES_DUE_MS.get(usize::from(opening.attempts))?;
        if faults::is(Fault::LockNotRested) {
            return Some(live.begun_at_ms);
        }
        Some(planned_ms.max(self.supplies.free_at_ms(opening.compartment, spec)))
    }

    /// When the person is to be asked to push the door: not before a pulse was tried.
    fn push_due_ms(&self, id: OpeningId) -> Option<u64> {
        let live = self.live.get(&id).filter(|live| !live.to_be_pushed)?;
        self.state
            .openings
            .get(&id)
            .filter(|opening| opening.attempts > 0)
            .map(|_| live.begun_at_ms + PUSH_AFTER_MS)
    }

    fn ask_to_push(&mut self, now_ms: u64, id: OpeningId) {
        if self.push_due_ms(id).is_some_and(|due_ms| due_ms <= now_ms)
            && let Some(live) = self.live.get_mut(&id)
        {
            live.to_be_pushed = true;
        }
    }

    /// A bus that never answers must not hold a supply for ever: it may have pulsed, it may not.
    fn give_up_answers(&mut self, now_ms: u64) {
        for (opening, attempt) in self.supplies.overdue(now_ms) {
            self.unlocked(now_ms, opening, attempt, Answer::Unclear);
        }
    }
}
