//! The inventory: each door in turn is opened, what is inside is scanned, and closing the door settles what it holds. Only an
//! observed close settles; what was sure to be there and is not stays listed, with a case. What it proves of locks and sensors
//! is shown at its end.

use std::collections::VecDeque;

use locker_protocol::event::{Outcome, Problem};
use locker_protocol::{CompartmentId, Event, Label, LabelTag, OpeningId, ParcelId};

use super::{Step, Technician, number};
use crate::Core;
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::front::Stage;
use crate::input::Intent;
use crate::opening::Live;
use crate::situation::Writer;
use crate::state::{MAX_SEEN, Opening, Parcel, Place};
use crate::view::{InventoryNote, Task, Trouble, View};

/// One inventory.
#[derive(Clone)]
pub(super) struct Inventory {
    queue: VecDeque<CompartmentId>,
    index: u16,
    of: u16,
    pub(super) at: Look,
    /// What is wrong with the doors that were opened.
    wrong: Vec<Trouble>,
}

/// One door of it.
#[derive(Clone)]
pub(super) struct Look {
    pub(super) opening: OpeningId,
    door: CompartmentId,
    /// Another door that opened instead of this one.
    pub(super) other: Option<CompartmentId>,
    /// What may be there by the books, and what is sure to be.
    expected: Vec<ParcelId>,
    sure: Vec<ParcelId>,
    /// What was scanned.
    found: Vec<ParcelId>,
    /// "Nothing inside."
    said_empty: bool,
    /// A label was scanned that the books do not know: what is inside stays unknown.
    strange: bool,
    /// It is only to be closed.
    left: bool,
    note: InventoryNote,
}

impl Inventory {
    pub(super) fn opening(&self) -> Option<OpeningId> {
        Some(self.at.opening)
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.number(self.queue.len() as u64);
        to.opening(self.at.opening);
        to.number(self.at.found.len() as u64);
        self.at.found.iter().for_each(|parcel| to.value(parcel));
        to.flag(self.at.said_empty);
        to.flag(self.at.strange);
        to.flag(self.at.left);
        to.flag(self.at.other.is_some());
        to.number(self.wrong.len() as u64);
    }
}

impl Core {
    pub(super) fn begin_inventory(
        &mut self,
        now_ms: u64,
        technician: Technician,
        doors: VecDeque<CompartmentId>,
    ) {
        let of = number(doors.len());
        self.look_behind_next(now_ms, technician, doors, 0, of, Vec::new());
    }

    /// The next door opens, never before the one before is closed.
    fn look_behind_next(
        &mut self,
        now_ms: u64,
        mut technician: Technician,
        mut queue: VecDeque<CompartmentId>,
        mut index: u16,
        of: u16,
        wrong: Vec<Trouble>,
    ) {
        while let Some(door) = queue.pop_front() {
            index += 1;
            let listed = self.state.contents(door).listed().to_vec();
            let of_place = |is_so: &dyn Fn(&Parcel) -> bool| -> Vec<ParcelId> {
                let known = |id: &&ParcelId| self.state.parcels.get(id).is_some_and(is_so);
                listed.iter().filter(known).copied().collect()
            };
            let expected = of_place(&|parcel| parcel.is_at(door));
            let sure = of_place(&|parcel| parcel.place == Place::Inside(door));
            if let Some(opening) = self.open_to_serve(now_ms, technician.staff, door) {
                let at = Look {
                    opening,
                    door,
                    other: None,
                    expected,
                    sure,
                    found: Vec::new(),
                    said_empty: false,
                    strange: false,
                    left: false,
                    note: InventoryNote::None,
                };
                technician.step = Step::Inventory(Inventory { queue, index, of, at, wrong });
                return self.enter(now_ms, Stage::Technician(technician));
            }
        }
        technician.step = Step::InventoryDone { doors: index, wrong };
        self.enter(now_ms, Stage::Technician(technician));
    }

    pub(super) fn inventory_touched(&mut self, mut technician: Technician, intent: Intent) {
        if let Step::Inventory(inventory) = &mut technician.step {
            let at = &mut inventory.at;
            match intent {
                Intent::Empty if at.found.is_empty() && !at.strange => at.said_empty = true,
                Intent::Skip => at.left = true,
                Intent::Finish => {
                    at.left = true;
                    inventory.queue.clear();
                }
                _ => {}
            }
        }
        self.session.stage = Stage::Technician(technician);
    }

    /// A technician scanned a label: what is inside, where a door is open for the inventory.
    pub(crate) fn technician_scanned(&mut self, label: &Label, tag: LabelTag) {
        let Some(mut technician) = self.take_technician() else { return };
        if let Step::Inventory(inventory) = &mut technician.step {
            let at = &mut inventory.at;
            if self.live.get(&at.opening).is_some_and(Live::is_open) && !at.left {
                let sound = self.count_inside(at, label, tag);
                self.act(Effect::Sound(sound));
            }
        }
        self.session.stage = Stage::Technician(technician);
    }

    /// Something was scanned that is no label.
    pub(crate) fn technician_unreadable(&mut self) {
        self.act(Effect::Sound(Sound::Refused));
        if let Stage::Technician(Technician { step: Step::Inventory(inventory), .. }) =
            &mut self.session.stage
        {
            inventory.at.note = InventoryNote::NotALabel;
        }
    }

    fn count_inside(&mut self, at: &mut Look, label: &Label, tag: LabelTag) -> Sound {
        let labelled =
            self.state.parcels.iter().filter(|(_, parcel)| parcel.label_tag == tag && parcel.label == *label);
        // Carriers may print the same label: what is listed here comes first, then what is not over.
        let known = labelled.min_by_key(|(id, parcel)| (!at.expected.contains(id), parcel.is_over()));
        let Some((parcel, place)) = known.map(|(id, parcel)| (*id, parcel.place)) else {
            at.strange = true;
            at.said_empty = false;
            at.note = InventoryNote::UnknownLabel;
            return Sound::Refused;
        };
        at.said_empty = false;
        at.note = match place {
            Place::Inside(other) if other != at.door => InventoryNote::Elsewhere(other),
            _ => InventoryNote::Counted,
        };
        if !at.found.contains(&parcel) {
            if at.found.len() >= MAX_SEEN {
                at.strange = true;
                return Sound::Refused;
            }
            at.found.push(parcel);
            self.record(Event::Seen { opening: at.opening, parcel });
        }
        Sound::Stored
    }

    /// A door of the inventory is closed, or did not open.
    pub(super) fn inventory_goes_on(
        &mut self,
        now_ms: u64,
        mut technician: Technician,
        id: OpeningId,
        over: &Opening,
        outcome: Outcome,
    ) {
        let step = std::mem::replace(&mut technician.step, Step::Home);
        let Step::Inventory(Inventory { queue, index, of, at, mut wrong }) = step else {
            return self.enter(now_ms, Stage::Technician(technician));
        };
        let has_looked = !at.left && !at.strange && (at.said_empty || !at.found.is_empty());
        if faults::is(Fault::InventoryAtUnlock) {
            let (compartment, holds, by) = (over.compartment, at.found.clone(), Some(technician.staff));
            self.record(Event::Settled { compartment, holds, by });
        } else if outcome == Outcome::Closed && has_looked {
            self.settle_by_looking(&technician, id, over.compartment, &at);
            self.act(Effect::Sound(Sound::Stored));
        } else {
            self.act(Effect::Sound(Sound::Look));
        }
        if technician.is_revoked(&self.state) {
            return self.enter(now_ms, Stage::Technician(technician));
        }
        wrong.extend(self.proven_wrong(now_ms, over, outcome, at.other));
        self.look_behind_next(now_ms, technician, queue, index, of, wrong);
    }

    fn settle_by_looking(
        &mut self,
        technician: &Technician,
        id: OpeningId,
        compartment: CompartmentId,
        at: &Look,
    ) {
        let is_missing = |parcel: &ParcelId| !at.found.contains(parcel);
        if at.expected.iter().any(is_missing) {
            self.raise(Problem::Missing, compartment, Some(id));
        }
        // What was sure to be there, and is not, is not written off by one look: it stays listed, and its rights with it.
        if !at.sure.iter().any(is_missing) {
            let by = Some(technician.staff);
            self.record(Event::Settled { compartment, holds: at.found.clone(), by });
        }
        self.act(Effect::Wake);
    }

    pub(super) fn inventory_view(&self, now_ms: u64, inventory: &Inventory) -> View {
        let Inventory { index, of, at, .. } = inventory;
        let is_open = self.live.get(&at.opening).is_some_and(Live::is_open);
        if !is_open || at.left || at.said_empty {
            return self.door_view(now_ms, at.opening, Task::Service, *index, *of);
        }
        View::Inventory {
            door: at.door,
            index: *index,
            of: *of,
            expected: number(at.expected.len()),
            found: number(at.found.len()),
            note: at.note,
        }
    }
}
