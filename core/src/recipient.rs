//! A recipient's doors, one after another: the next opens when one closes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use locker_protocol::event::{Decline, Entitled, Outcome, Problem, Proof, Purpose};
use locker_protocol::{CaseId, CompartmentId, OpeningId, ParcelId, RecipientId, Size};

use crate::Core;
use crate::effect::{Effect, Sound};
use crate::front::Stage;
use crate::input::Intent;
use crate::opening::Phase;
use crate::situation::Writer;
use crate::state::{Contents, Opening, Parcel, Place, Why};
use crate::view::{CourierNote, DoorChoices, MOVES_A_RECEIPT, Moved, OrderProgress, Task, View};

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
    /// How much of incomplete orders was here when this person came.
    order: Option<OrderProgress>,
    /// What came out of the doors that closed as they should: for a receipt.
    taken: Vec<Moved>,
    /// The opening of the last of them.
    last_opening: Option<OpeningId>,
    /// Behind which of these doors something was seen afterwards, and whether they opened it again to look: a sensor that is
    /// dirty says the same once more, and is not repeated.
    seen_inside: BTreeMap<CompartmentId, Told>,
    step: Step,
}

/// What a recipient did of what a sensor sees behind a door that they closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// They were told.
    Now,
    /// They opened it again.
    Looked,
}

#[derive(Clone, Copy)]
enum Step {
    /// The doors are named, and wait for a word.
    List,
    Door(OpeningId),
    AskEmpty(OpeningId),
    Stuck {
        door: CompartmentId,
        case: CaseId,
    },
    /// It is open, says the person, and its sensor does not: they finish there, unseen.
    SaidOpen {
        door: CompartmentId,
    },
    Reported {
        door: CompartmentId,
        case: CaseId,
    },
    Done,
    /// The receipt of what was taken is shown.
    Receipt,
}

impl Recipient {
    pub(crate) fn current(&self) -> Option<OpeningId> {
        match self.step {
            Step::Door(opening) | Step::AskEmpty(opening) => Some(opening),
            Step::List
            | Step::Stuck { .. }
            | Step::SaidOpen { .. }
            | Step::Reported { .. }
            | Step::Done
            | Step::Receipt => None,
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
            Step::Done | Step::Receipt => to.number(4),
            Step::List => to.number(5),
            Step::SaidOpen { door } => {
                to.number(6);
                to.value(&door);
            }
        }
        to.number(self.seen_inside.len() as u64);
        for (door, told) in &self.seen_inside {
            to.value(door);
            to.flag(*told == Told::Looked);
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.step, Step::Done | Step::Receipt)
    }

    /// Whether they stand at a door that only they say is open.
    pub(crate) fn said_open(&self) -> bool {
        matches!(self.step, Step::SaidOpen { .. })
    }

    pub(crate) fn is(&self, recipient: RecipientId) -> bool {
        self.recipient == recipient
    }
}

impl Core {
    /// Serves this person's doors one after another. A single door opens at once; of several the person is told first.
    pub(crate) fn serve_recipient(
        &mut self,
        now_ms: u64,
        recipient: RecipientId,
        by: Proof,
        doors: Vec<CompartmentId>,
    ) {
        let of = count(&doors);
        let recipient = Recipient {
            recipient,
            by,
            queue: self.in_order(doors),
            index: 0,
            of,
            last_closed: None,
            kept: 0,
            order: self.incomplete_orders(recipient),
            taken: Vec::new(),
            last_opening: None,
            seen_inside: BTreeMap::new(),
            step: Step::List,
        };
        if of > 1 {
            self.enter(now_ms, Stage::Recipient(recipient));
        } else {
            self.next_door(now_ms, recipient);
        }
    }

    /// In which order the doors open: those within reach before the others, the large ones (and so the heavy parcels) last of
    /// all, unless somebody asked for lower doors. A door about which somebody complained comes last: it must not stand between a
    /// person and the other parcels.
    fn in_order(&self, doors: impl IntoIterator<Item = CompartmentId>) -> VecDeque<CompartmentId> {
        let complained_of = |door: &CompartmentId| {
            let empty = Why::Opening(Outcome::SaidEmpty);
            let not_mine = Why::Opening(Outcome::SaidNotMine);
            matches!(self.state.contents(*door), Contents::Unknown { why, .. } if why == empty || why == not_mine)
        };
        let mut doors: Vec<_> = doors.into_iter().collect();
        doors.sort_by_key(|door| {
            let spec = self.cabinet.compartments.get(door);
            let heavy = spec.is_some_and(|spec| spec.size == Size::L) && !self.session.lower_doors;
            (complained_of(door), heavy, !self.is_reachable(*door), spec.map(|spec| spec.size), *door)
        });
        doors.into()
    }

    /// "Lower doors" was chosen, or no longer is.
    pub(crate) fn reach_changed(&mut self) {
        if let Some(mut recipient) = self.take_recipient() {
            recipient.queue = self.in_order(std::mem::take(&mut recipient.queue));
            self.session.stage = Stage::Recipient(recipient);
        }
    }

    fn is_reachable(&self, door: CompartmentId) -> bool {
        self.cabinet.compartments.get(&door).is_some_and(|spec| spec.reachable)
    }

    /// How much of this person's incomplete orders is here. What they took out earlier is no part of it, nor what was
    /// cancelled.
    fn incomplete_orders(&self, recipient: RecipientId) -> Option<OrderProgress> {
        let mut orders: BTreeMap<_, OrderProgress> = BTreeMap::new();
        let parcels = self.state.parcels.values().filter(|parcel| parcel.recipient == Some(recipient));
        for (parcel, order) in parcels.filter_map(|parcel| Some((parcel, parcel.order?))) {
            let progress = orders
                .entry((parcel.tenant, order.id))
                .or_insert(OrderProgress { here: 0, of: u16::from(order.parcels) });
            if parcel.compartment().is_some() {
                progress.here += 1;
            } else if parcel.is_over() {
                progress.of = progress.of.saturating_sub(1);
            }
        }
        orders.into_values().filter(|order| 0 < order.here && order.here < order.of).reduce(|sum, order| {
            OrderProgress { here: sum.here.saturating_add(order.here), of: sum.of.saturating_add(order.of) }
        })
    }

    pub(crate) fn recipient_touched(&mut self, now_ms: u64, intent: Intent) {
        let Some(mut recipient) = self.take_recipient() else { return };
        match (recipient.step, intent) {
            (Step::List, Intent::GoOn) => return self.open_next(now_ms, recipient),
            (Step::List, Intent::NotNow | Intent::Back | Intent::Finish) => {
                recipient.keep_rest();
                recipient.step = Step::Done;
            }
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
            (Step::Door(opening), Intent::Skip | Intent::GoOn) if self.is_left_open(now_ms, opening) => {
                return self.next_door(now_ms, recipient);
            }
            (Step::Door(_), Intent::NotNow) => recipient.keep_rest(),
            (Step::Stuck { door, .. }, Intent::TryAgain) => {
                recipient.queue.push_front(door);
                recipient.index = recipient.index.saturating_sub(1);
                return self.open_next(now_ms, recipient);
            }
            (Step::Stuck { door, .. }, Intent::ItIsOpen) => {
                self.said_open(door);
                // No sample will tell when they are done there: they do.
                recipient.step = Step::SaidOpen { door };
            }
            (Step::SaidOpen { .. }, Intent::Skip | Intent::GoOn | Intent::Finish) => {
                return self.next_door(now_ms, recipient);
            }
            (Step::SaidOpen { .. }, Intent::NotNow) => {
                recipient.keep_rest();
                recipient.step = Step::Done;
            }
            (Step::Stuck { .. }, Intent::Skip | Intent::GoOn | Intent::Finish) => {
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
                let left_behind = self.left_behind(&recipient);
                if let Some(door) = left_behind {
                    recipient.seen_inside.insert(door, Told::Looked);
                }
                if let Some(door) = left_behind.or_else(|| recipient.last_closed.take()) {
                    recipient.queue.push_front(door);
                    recipient.index = recipient.index.saturating_sub(1);
                    return self.open_next(now_ms, recipient);
                }
            }
            (Step::Done, Intent::ShowReceipt) if recipient.has_receipt() => recipient.step = Step::Receipt,
            (Step::Done | Step::Receipt, Intent::Finish | Intent::Back) => return self.leave(now_ms),
            _ => {}
        }
        self.session.stage = Stage::Recipient(recipient);
    }

    /// The current door's opening ended.
    pub(crate) fn recipient_goes_on(
        &mut self,
        now_ms: u64,
        id: OpeningId,
        over: &Opening,
        outcome: Outcome,
        case: Option<CaseId>,
    ) {
        let Some(mut recipient) = self.take_recipient() else { return };
        let door = over.compartment;
        if !matches!(outcome, Outcome::Closed | Outcome::NeverOpened) {
            // Opened once more, and not seen to close, or said to be empty: what came out before is in doubt.
            recipient.taken.retain(|moved| moved.door != door);
        }
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
                    let is_out = |id: &&ParcelId| {
                        let known = self.state.parcels.get(id);
                        known.is_some_and(|parcel| matches!(parcel.place, Place::Out(_)))
                    };
                    recipient.takes(id, door, over.comes_out.iter().filter(is_out).copied());
                }
                return self.next_door(now_ms, recipient);
            }
        }
        self.session.stage = Stage::Recipient(recipient);
    }

    pub(crate) fn recipient_view(&self, now_ms: u64, recipient: &Recipient) -> View {
        let (index, of) = (recipient.index, recipient.of);
        match recipient.step {
            Step::List => self.list_view(recipient),
            Step::Door(opening) => self.door_view(now_ms, opening, Task::Take, index, of),
            Step::AskEmpty(opening) => match self.state.openings.get(&opening) {
                Some(known) => View::AskEmpty { door: known.compartment },
                None => self.done_view(recipient),
            },
            Step::Stuck { door, case } => View::Stuck { door, case, others: count(&recipient.queue) },
            Step::SaidOpen { door } => View::DoorOpen {
                door,
                task: Task::Take,
                index,
                of,
                left_open: true,
                choices: DoorChoices::default(),
                note: CourierNote::None,
            },
            Step::Reported { door, case } => View::Reported { door, case },
            Step::Done => {
                let left_behind = self.left_behind(recipient);
                // Only while its window runs: a door closed before a long wait at another is not offered.
                let last = recipient.last_closed.filter(|door| self.may_be_reopened(*door));
                let (kept, order) = (recipient.kept, recipient.order);
                View::Done {
                    reopen: left_behind.or(last),
                    left_inside: left_behind.is_some(),
                    kept,
                    order,
                    receipt: recipient.has_receipt(),
                }
            }
            Step::Receipt => match recipient.last_opening {
                Some(opening) => View::Receipt { opening, moves: recipient.taken.clone() },
                None => self.done_view(recipient),
            },
        }
    }

    /// With nothing to open again.
    fn done_view(&self, recipient: &Recipient) -> View {
        let (kept, order) = (recipient.kept, recipient.order);
        View::Done { reopen: None, left_inside: false, kept, order, receipt: recipient.has_receipt() }
    }

    /// A door of this visit behind which a sensor sees something, though by the books nothing is left there: until it was
    /// opened again, or its window is over.
    fn left_behind(&self, recipient: &Recipient) -> Option<CompartmentId> {
        let doors = recipient.taken.iter().map(|moved| moved.door).filter(|door| {
            self.may_be_reopened(*door)
                && self.sees_something(*door)
                && self.still_behind(*door).is_empty()
                && recipient.seen_inside.get(door) != Some(&Told::Looked)
        });
        doors.min()
    }

    /// A sensor sees something behind a door whose window runs. Whoever just closed it is told while they are here: they hear it, and
    /// the screen stays for as long as after a door that closed. They can leave all the same.
    pub(crate) fn recipient_is_told_of(&mut self, now_ms: u64, compartment: CompartmentId) {
        let Some(mut recipient) = self.take_recipient() else { return };
        let is_news = recipient.is_done()
            && self.left_behind(&recipient) == Some(compartment)
            && recipient.seen_inside.insert(compartment, Told::Now).is_none();
        if is_news {
            recipient.step = Step::Done;
        }
        self.session.stage = Stage::Recipient(recipient);
        if is_news {
            self.act(Effect::Sound(Sound::Look));
            self.stay(now_ms);
        }
    }

    fn list_view(&self, recipient: &Recipient) -> View {
        // What could be opened again when the list was made may be over meanwhile.
        let is_left = |door: &&CompartmentId| !self.comes_out_of(**door).is_empty();
        let doors: Vec<_> = recipient.queue.iter().filter(is_left).copied().collect();
        let Some(next) = doors.first().copied() else {
            return self.done_view(recipient);
        };
        // One that is in doubt may be behind any of several doors.
        let parcels: BTreeSet<_> = doors.iter().flat_map(|door| self.comes_out_of(*door)).collect();
        View::List {
            parcels: u16::try_from(parcels.len()).unwrap_or(u16::MAX),
            doors: count(&doors),
            door: next,
            out_of_reach: self.asks_for_reach(next),
            order: recipient.order,
        }
    }

    /// The screen of a door that is being opened, or is open.
    pub(crate) fn door_view(&self, now_ms: u64, id: OpeningId, task: Task, index: u16, of: u16) -> View {
        let (Some(opening), Some(live)) = (self.state.openings.get(&id), self.live.get(&id)) else {
            return View::Home { left_open: None, sending: false, takes_in: true };
        };
        let door = opening.compartment;
        match live.phase {
            Phase::Open { .. } => {
                let task = match (live.said, opening.declined) {
                    (Some(Outcome::SaidNotMine), _) => Task::PutBack,
                    (Some(_), _) => Task::CloseEmpty,
                    (None, Some(Decline::Found)) => Task::LeaveIt,
                    (None, Some(_)) => Task::TakeBackOut,
                    (None, None) => task,
                };
                View::DoorOpen {
                    door,
                    task,
                    index,
                    of,
                    left_open: self.is_left_open(now_ms, id),
                    choices: DoorChoices::default(),
                    note: CourierNote::None,
                }
            }
            Phase::Pulsing { .. } if live.to_be_pushed => View::PushDoor { door },
            Phase::Pulsing { .. } | Phase::Interrupted { .. } => View::Opening { door, index, of },
        }
    }

    /// The next door opens, unless it has to be asked about first.
    fn next_door(&mut self, now_ms: u64, mut recipient: Recipient) {
        match recipient.queue.front() {
            Some(door) if self.asks_for_reach(*door) => {
                recipient.step = Step::List;
                self.act(Effect::Sound(Sound::Look));
                self.enter(now_ms, Stage::Recipient(recipient));
            }
            _ => self.open_next(now_ms, recipient),
        }
    }

    /// Whether somebody who asked for lower doors is asked about this one.
    fn asks_for_reach(&self, door: CompartmentId) -> bool {
        self.session.lower_doors && !self.is_reachable(door)
    }

    /// The next door opens, wherever it is.
    fn open_next(&mut self, now_ms: u64, mut recipient: Recipient) {
        if let Some(door) = recipient.queue.pop_front() {
            recipient.index += 1;
            if let Some(opening) = self.open_for(now_ms, &recipient, door) {
                recipient.step = Step::Door(opening);
                return self.enter(now_ms, Stage::Recipient(recipient));
            }
            recipient.kept += 1;
            return self.next_door(now_ms, recipient);
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
        let comes_out = self.comes_out_of(door);
        self.begin(now_ms, door, Purpose::Collect, entitled, Vec::new(), comes_out)
    }

    /// What is expected to come out when a recipient opens this door.
    fn comes_out_of(&self, door: CompartmentId) -> Vec<ParcelId> {
        let contents = self.state.contents(door);
        let listed_where = |wanted: &dyn Fn(&Parcel) -> bool| -> Vec<ParcelId> {
            let wanted = |id: &&ParcelId| self.state.parcels.get(id).is_some_and(wanted);
            contents.listed().iter().filter(wanted).copied().collect()
        };
        let comes_out = listed_where(&|parcel| parcel.may_be_at(door));
        if !comes_out.is_empty() {
            return comes_out;
        }
        // Within the reopen window: what was taken out a moment ago may have been forgotten or put back.
        listed_where(&|parcel| matches!(parcel.place, Place::Out(_)))
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
    /// These came out, on record.
    fn takes(&mut self, id: OpeningId, door: CompartmentId, parcels: impl Iterator<Item = ParcelId>) {
        self.last_opening = Some(id);
        for parcel in parcels {
            self.taken.retain(|moved| moved.parcel != parcel);
            self.taken.push(Moved { parcel, door, went_in: false });
        }
        let too_many = self.taken.len().saturating_sub(MOVES_A_RECEIPT);
        self.taken.drain(..too_many);
    }

    fn has_receipt(&self) -> bool {
        !self.taken.is_empty() && self.last_opening.is_some()
    }

    /// The doors not yet opened stay closed.
    fn keep_rest(&mut self) {
        self.kept += count(&self.queue);
        self.queue.clear();
    }
}

fn count<'a>(doors: impl IntoIterator<Item = &'a CompartmentId>) -> u16 {
    u16::try_from(doors.into_iter().count()).unwrap_or(u16::MAX)
}
