//! Item sensors: what they prove, and where they contradict the books.
//!
//! A reading counts only behind a door that is seen closed, outside openings, and once it has stayed the same for a
//! while. *Nothing is inside* settles what was unknown; whatever contradicts what the books are sure of makes it unknown, and is
//! left to staff: a sensor may be dirty, and a parcel flat.

use std::collections::BTreeMap;

use locker_protocol::event::{Door, Doubt, Problem};
use locker_protocol::{CompartmentId, Event, ParcelId};

use crate::Core;
use crate::effect::Effect;
use crate::input::Item;
use crate::situation::Writer;
use crate::state::{Contents, Why};

/// An item sensor's word counts when it has stayed the same for this long, in milliseconds.
pub(crate) const ITEM_STABLE_MS: u64 = 2_000;

/// What the item sensors said, while their doors stayed closed.
#[derive(Clone, Default)]
pub(crate) struct Items(BTreeMap<CompartmentId, Seen>);

#[derive(Clone, Copy)]
struct Seen {
    item: Item,
    since_ms: u64,
    stable: bool,
}

impl Items {
    /// The door moved, or is about to: what was seen before says nothing any more.
    pub(crate) fn forget(&mut self, compartment: CompartmentId) {
        self.0.remove(&compartment);
    }

    /// What the sensor has said for long enough.
    pub(crate) fn stable(&self, compartment: CompartmentId) -> Item {
        self.0.get(&compartment).filter(|seen| seen.stable).map_or(Item::Unknown, |seen| seen.item)
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.number(self.0.len() as u64);
        for (compartment, seen) in &self.0 {
            to.value(compartment);
            to.word(&seen.item);
            to.flag(seen.stable);
        }
    }
}

impl Core {
    /// An item sensor was read.
    pub(crate) fn item_reading(
        &mut self,
        now_ms: u64,
        compartment: CompartmentId,
        item: Item,
        sampled_at_ms: u64,
    ) {
        let closed = self.doors.get(&compartment).filter(|sample| sample.door == Door::Closed);
        // A sample from before the door was last seen says nothing of what lies behind it now.
        let in_time = closed.is_some_and(|sample| sample.at_ms <= sampled_at_ms) && sampled_at_ms <= now_ms;
        if !self.cabinet.compartments.contains_key(&compartment) || item == Item::Unknown {
            return self.items.forget(compartment);
        }
        if !in_time || self.state.opening_of(compartment).is_some() {
            return;
        }
        let fresh = Seen { item, since_ms: sampled_at_ms, stable: false };
        let seen = self.items.0.entry(compartment).or_insert(fresh);
        if seen.item != item {
            *seen = fresh;
        }
        seen.stable = sampled_at_ms >= seen.since_ms + ITEM_STABLE_MS;
        if seen.stable {
            self.weigh_item(compartment, item);
        }
    }

    fn weigh_item(&mut self, compartment: CompartmentId, item: Item) {
        let window = self.state.compartments.get(&compartment).is_some_and(|known| known.reopen.is_some());
        // Within the reopen window the books already say that it may hold something; its end weighs what is seen.
        if window {
            return;
        }
        match (self.state.contents(compartment), item) {
            // What a sensor once contradicted, the same sensor does not settle.
            (Contents::Unknown { why: Why::Doubt(Doubt::ItemGone), .. }, _) => {}
            (Contents::Unknown { maybe, .. }, Item::Absent) => self.settle_by_item(compartment, &maybe),
            (Contents::Holds(_), Item::Absent) => {
                self.doubt_by_item(compartment, Doubt::ItemGone, Problem::Missing);
            }
            (Contents::Empty, Item::Present) => {
                self.doubt_by_item(compartment, Doubt::ItemSeen, Problem::Found);
            }
            (Contents::Unknown { .. } | Contents::Holds(_), Item::Present)
            | (Contents::Empty, Item::Absent)
            | (_, Item::Unknown) => {}
        }
    }

    /// Nothing is inside, whatever may have been.
    fn settle_by_item(&mut self, compartment: CompartmentId, maybe: &[ParcelId]) {
        let is_missed =
            |id: &ParcelId| self.state.parcels.get(id).is_some_and(|parcel| parcel.is_at(compartment));
        let missed = maybe.iter().any(is_missed);
        self.windows.remove(&compartment);
        self.record(Event::Settled { compartment, holds: Vec::new(), by: None });
        if missed {
            self.raise(Problem::Missing, compartment, None);
        }
        self.act(Effect::Wake);
    }

    fn doubt_by_item(&mut self, compartment: CompartmentId, why: Doubt, problem: Problem) {
        self.windows.remove(&compartment);
        self.record(Event::Doubted { compartment, why });
        self.raise(problem, compartment, None);
    }

    /// The reopen window of a compartment ends, and by the books nothing is left inside: says whether its sensor sees something
    /// all the same, and if so, puts it on record.
    pub(crate) fn is_left_inside(&mut self, compartment: CompartmentId) -> bool {
        let left = self.items.stable(compartment) == Item::Present;
        if left {
            self.doubt_by_item(compartment, Doubt::ItemSeen, Problem::Found);
        }
        left
    }
}
