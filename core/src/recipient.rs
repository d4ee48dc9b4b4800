//! A recipient's doors, one after another: the next opens when one closes.

use std::collections::VecDeque;

use locker_protocol::event::{Entitled, Outcome, Problem, Proof, Purpose};
use locker_protocol::{CaseId, CompartmentId, OpeningId, ParcelId, RecipientId};

use crate::Core;
use crate::effect::{Effect, Sound};
use crate::front::Stage;
use crate::input::Intent;
use crate::opening::{PULSES_DUE_MS, Phase};
use crate::situation::Writer;
use crate::state::{Contents, Parcel, Place, Why};
use crate::view::{Task, View};

/// One recipient at the kiosk.
#[derive(Clone)]
pub(crate) struct Recipient {
    recipient: RecipientId,
    by: Proof,
    queue: VecDeque<CompartmentId>,
    index: u16,
    of: u16,
    /// The last door that closed as it should: it can be opened again.
    last_closed: Option<CompartmentId>,
    /// Doors that stay closed with parcels inside.
    kept: u16,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Door(OpeningId),
    AskEmpty(OpeningId),
    Stuck { door: CompartmentId, case: CaseId },
    Reported { door: CompartmentId, case: CaseId },
    Done,
}

impl Recipient {
    pub(crate) fn current(&self) -> Option<OpeningId> {
        match self.step {
            Step::Door(opening) | Step::AskEmpty(opening) => Some(opening),
            Step::Stuck { .. } | Step::Reported { .. } | Step::Done => None,
        }
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.value(&self.recipient);
        to.value(&self.by);
        to.number(self.queue.len() as u64);
        self.queue.iter().for_each(|door| to.value(door));
        to.value(&self.last_closed);
        match self.step {
            Step::Door(opening) => {
                to.number(0);
                to.opening(opening);
            }
            Step::AskEmpty(opening) => {
                to.number(1);
                to.opening(opening);
            }
            Step::Stuck { door, .. } => {
                to.number(2);
                to.value(&door);
            }
            Step::Reported { door, .. } => {
                to.number(3);
                to.value(&door);
            }
            Step::Done => to.number(4),
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.step, Step::Done)
    }
}

impl Core {
    /// Opens this person's doors in turn: small ones and those within reach first, large (and so heavy) ones later. A door
    /// about which somebody complained comes last: it must not stand between a person and the other parcels.
    pub(crate) fn serve_recipient(
        &mut self,
        now_ms: u64,
        recipient: RecipientId,
        by: Proof,
        mut doors: Vec<CompartmentId>,
    ) {
        let complained_of = |door: &CompartmentId| {
            let empty = Why::Opening(Outcome::SaidEmpty);
            let not_mine = Why::Opening(Outcome::SaidNotMine);
            matches!(self.state.contents(*door), Contents::Unknown { why, .. } if why == empty || why == not_mine)
        };
        doors.sort_by_key(|door| {
            let spec = self.cabinet.compartments.get(door);
            (complained_of(door), spec.map(|spec| (spec.size, !spec.reachable)))
        });
        let of = u16::try_from(doors.len()).unwrap_or(u16::MAX);
        let recipient = Recipient {
            recipient,
            by,
            queue: doors.into(),
            index: 0,
            of,
            last_closed: None,
            kept: 0,
            step: Step::Done,
        };
        self.next_door(now_ms, recipient);
    }

    pub(crate) fn recipient_touched(&mut self, now_ms: u64, intent: Intent) {
        let Some(mut recipient) = self.take_recipient() else { return };
        match (recipient.step, intent) {
            (Step::Door(opening), Intent::Empty) if self.can_complain(opening) => {
                recipient.step = Step::AskEmpty(opening)
            }
            (Step::AskEmpty(opening), Intent::Yes) => {
                self.said(opening, Outcome::SaidEmpty, Problem::Empty);
                recipient.step = Step::Door(opening);
            }
            (Step::AskEmpty(opening), Intent::No | Intent::Back) => recipient.step = Step::Door(opening),
            (Step::Door(opening), Intent::NotMine) if self.can_complain(opening) => {
                self.said(opening, Outcome::SaidNotMine, Problem::NotMine);
            }
            (Step::Door(opening), Intent::Skip) if self.is_left_open(now_ms, opening) => {
                return self.next_door(now_ms, recipient);
            }
            (Step::Door(_), Intent::NotNow) => recipient.keep_rest(),
            (Step::Stuck { door, .. }, Intent::TryAgain) => {
                recipient.queue.push_front(door);
                recipient.index = recipient.index.saturating_sub(1);
                return self.next_door(now_ms, recipient);
            }
            (Step::Stuck { door, .. }, Intent::ItIsOpen) => {
                self.said_open(door);
                return self.next_door(now_ms, recipient);
            }
            (Step::Stuck { .. }, Intent::Skip | Intent::Finish) => {
                recipient.kept += 1;
                return self.next_door(now_ms, recipient);
            }
            (Step::Stuck { .. }, Intent::NotNow) => {
                recipient.kept += 1;
                recipient.keep_rest();
                recipient.step = Step::Done;
            }
            // After a complaint no other door opens; the rest stays for another time.
            (Step::Reported { .. }, Intent::Finish | Intent::Back) => {
                recipient.keep_rest();
                recipient.step = Step::Done;
            }
            (Step::Done, Intent::Reopen) => {
                if let Some(door) = recipient.last_closed.take() {
                    recipient.queue.push_front(door);
                    recipient.index = recipient.index.saturating_sub(1);
                    return self.next_door(now_ms, recipient);
                }
            }
            (Step::Done, Intent::Finish | Intent::Back) => return self.leave(now_ms),
            _ => {}
        }
        self.session.stage = Stage::Recipient(recipient);
    }

    /// The current door's opening ended.
    pub(crate) fn recipient_goes_on(
        &mut self,
        now_ms: u64,
        door: CompartmentId,
        outcome: Outcome,
        case: Option<CaseId>,
    ) {
        let Some(mut recipient) = self.take_recipient() else { return };
        match (outcome, case) {
            (Outcome::NeverOpened | Outcome::NotSeen, Some(case)) => {
                self.act(Effect::Sound(Sound::Look));
                recipient.step = Step::Stuck { door, case };
            }
            (Outcome::SaidEmpty | Outcome::SaidNotMine, Some(case)) => {
                recipient.step = Step::Reported { door, case }
            }
            _ => {
                if outcome == Outcome::Closed {
                    self.act(Effect::Sound(Sound::Stored));
                    recipient.last_closed = Some(door);
                }
                return self.next_door(now_ms, recipient);
            }
        }
        self.session.stage = Stage::Recipient(recipient);
    }

    pub(crate) fn recipient_view(&self, now_ms: u64, recipient: &Recipient) -> View {
        let (index, of) = (recipient.index, recipient.of);
        match recipient.step {
            Step::Door(opening) => self.door_view(now_ms, opening, Task::Take, index, of),
            Step::AskEmpty(opening) => match self.state.openings.get(&opening) {
                Some(known) => View::AskEmpty { door: known.compartment },
                None => View::Done { reopen: None, kept: recipient.kept },
            },
            Step::Stuck { door, case } => {
                View::Stuck { door, case, others: u16::try_from(recipient.queue.len()).unwrap_or(u16::MAX) }
            }
            Step::Reported { door, case } => View::Reported { door, case },
            Step::Done => {
                // Only while its window runs: a door closed before a long wait at another is not offered.
                let reopen = recipient.last_closed.filter(|door| self.windows.contains_key(door));
                View::Done { reopen, kept: recipient.kept }
            }
        }
    }

    /// The screen of a door that is being opened, or is open.
    pub(crate) fn door_view(&self, now_ms: u64, id: OpeningId, task: Task, index: u16, of: u16) -> View {
        let (Some(opening), Some(live)) = (self.state.openings.get(&id), self.live.get(&id)) else {
            return View::Home { left_open: None };
        };
        let door = opening.compartment;
        match live.phase {
            Phase::Open { .. } => {
                let task = match live.said {
                    Some(Outcome::SaidNotMine) => Task::PutBack,
                    Some(_) => Task::CloseEmpty,
                    None => task,
                };
                View::DoorOpen { door, task, index, of, left_open: self.is_left_open(now_ms, id) }
            }
            Phase::Pulsing { .. } if usize::from(opening.attempts) >= PULSES_DUE_MS.len() => {
                View::PushDoor { door }
            }
            Phase::Pulsing { .. } | Phase::Interrupted { .. } => View::Opening { door, index, of },
        }
    }

    fn next_door(&mut self, now_ms: u64, mut recipient: Recipient) {
        while let Some(door) = recipient.queue.pop_front() {
            recipient.index += 1;
            if let Some(opening) = self.open_for(now_ms, &recipient, door) {
                recipient.step = Step::Door(opening);
                return self.enter(now_ms, Stage::Recipient(recipient));
            }
            recipient.kept += 1;
        }
        recipient.step = Step::Done;
        self.enter(now_ms, Stage::Recipient(recipient));
    }

    fn open_for(&mut self, now_ms: u64, recipient: &Recipient, door: CompartmentId) -> Option<OpeningId> {
        let entitled = Entitled::Recipient { recipient: recipient.recipient, by: recipient.by };
        if let Some((id, opening)) = self.state.opening_of(door) {
            // The same person comes back to a door that is still open.
            let same = matches!(opening.entitled, Entitled::Recipient { recipient: other, .. } if other == recipient.recipient);
            return same.then_some(id);
        }
        let contents = self.state.contents(door);
        let listed_where = |wanted: &dyn Fn(&Parcel) -> bool| -> Vec<ParcelId> {
            let wanted = |id: &&ParcelId| self.state.parcels.get(id).is_some_and(wanted);
            contents.listed().iter().filter(wanted).copied().collect()
        };
        let mut comes_out = listed_where(&|parcel| parcel.may_be_at(door));
        if comes_out.is_empty() {
            // Within the reopen window: what was taken out a moment ago may have been forgotten or put back.
            comes_out = listed_where(&|parcel| matches!(parcel.place, Place::Out(_)));
        }
        self.begin(now_ms, door, Purpose::Collect, entitled, Vec::new(), comes_out)
    }

    /// Complaints are about a door that is open, once.
    fn can_complain(&self, id: OpeningId) -> bool {
        self.live.get(&id).is_some_and(|live| live.is_open() && live.said.is_none())
    }

    fn take_recipient(&mut self) -> Option<Recipient> {
        match std::mem::take(&mut self.session.stage) {
            Stage::Recipient(recipient) => Some(recipient),
            other => {
                self.session.stage = other;
                None
            }
        }
    }
}

impl Recipient {
    /// The doors not yet opened stay closed.
    fn keep_rest(&mut self) {
        self.kept += u16::try_from(self.queue.len()).unwrap_or(u16::MAX);
        self.queue.clear();
    }
}
