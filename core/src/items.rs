//! Item sensors: what they prove, and where they contradict the books.
//!
//! A reading counts only behind a door that is seen closed, outside openings, and once it has stayed the same for a
//! while. *Nothing is inside* settles what was unknown, unless a parcel may be there that is known to be nowhere else; whatever
//! contradicts what the books are sure of makes it unknown, and is left to staff. A sensor may be dirty or stuck, and a parcel
//! flat: its word alone takes no parcel out of the books, and where it has contradicted them once it settles nothing.

use std::collections::BTreeMap;

use locker_protocol::event::{Door, Doubt, Problem};
use locker_protocol::{CompartmentId, Event, ParcelId};

use crate::Core;
use crate::effect::Effect;
use crate::faults::{self, Fault};
use crate::input::Item;
use crate::situation::Writer;
use crate::state::{Contents, Place, Why};

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
        let behind_any = faults::is(Fault::ItemBehindOpenDoor);
        let closed = self.doors.get(&compartment).filter(|sample| sample.door == Door::Closed || behind_any);
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
        seen.stable = sampled_at_ms >= seen.since_ms + ITEM_STABLE_MS || faults::is(Fault::ItemAtFirstWord);
        if seen.stable {
            self.weigh_item(now_ms, compartment, item);
        }
    }

    fn weigh_item(&mut self, now_ms: u64, compartment: CompartmentId, item: Item) {
        let window = self.state.compartments.get(&compartment).is_some_and(|known| known.reopen.is_some());
        // Within the reopen window the books already say that it may hold something; its end weighs what is seen.
        if window {
            if item == Item::Present {
                self.recipient_is_told_of(now_ms, compartment);
            }
            return;
        }
        match (self.state.contents(compartment), item) {
            // Nothing comes and goes behind a closed door: a sensor that contradicted the books may be wrong, then or now.
            (Contents::Unknown { why: Why::Doubt(Doubt::ItemGone | Doubt::ItemSeen), .. }, _) => {}
            (Contents::Unknown { maybe, .. }, Item::Absent) => {
                if faults::is(Fault::ItemSettlesMissed)
                    || maybe.iter().all(|id| self.is_surely_not_in(*id, compartment))
                {
                    self.settle_by_item(compartment);
                }
            }
            (Contents::Holds(_), Item::Absent) if faults::is(Fault::ItemSettlesHolds) => {
                self.settle_by_item(compartment);
            }
            (Contents::Holds(_), Item::Absent) => {
                self.doubt_by_item(compartment, Doubt::ItemGone, Problem::Missing);
                self.courier_is_told_of(now_ms, compartment);
            }
            (Contents::Empty, Item::Present) => {
                self.doubt_by_item(compartment, Doubt::ItemSeen, Problem::Found);
            }
            (Contents::Unknown { .. } | Contents::Holds(_), Item::Present)
            | (Contents::Empty, Item::Absent)
            | (_, Item::Unknown) => {}
        }
    }

    /// Whether a parcel that a compartment lists is known to be elsewhere, or to have left.
    fn is_surely_not_in(&self, id: ParcelId, compartment: CompartmentId) -> bool {
        self.state.parcels.get(&id).is_none_or(|parcel| match parcel.place {
            Place::Inside(other) => other != compartment,
            Place::Out(_) | Place::Cancelled => true,
            Place::Expected | Place::Doubtful(_) => false,
        })
    }

    /// Nothing is inside, whatever may have been.
    fn settle_by_item(&mut self, compartment: CompartmentId) {
        self.windows.remove(&compartment);
        self.record(Event::Settled { compartment, holds: Vec::new(), by: None });
        self.act(Effect::Wake);
    }

    fn doubt_by_item(&mut self, compartment: CompartmentId, why: Doubt, problem: Problem) {
        self.windows.remove(&compartment);
        self.record(Event::Doubted { compartment, why });
        self.raise(problem, compartment, None);
    }

    /// The item sensor behind a closed door sees something, and has for long enough.
    pub(crate) fn sees_something(&self, compartment: CompartmentId) -> bool {
        self.items.stable(compartment) == Item::Present
    }

    /// By the books nothing is left inside: a reopen window ends, or what was said not to go in there is stored elsewhere. Says
    /// whether its sensor sees something all the same, and if so, puts it on record.
    pub(crate) fn is_left_inside(&mut self, compartment: CompartmentId) -> bool {
        let left = self.sees_something(compartment);
        if left {
            self.doubt_by_item(compartment, Doubt::ItemSeen, Problem::Found);
        }
        left
    }
}
