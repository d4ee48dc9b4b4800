//! Which compartment is offered for a deposit: the smallest that fits, within reach if that was asked, kept at a temperature only
//! if that was asked or nothing else is free, worn least.

use std::cmp::Reverse;

use locker_protocol::change::TemperatureRange;
use locker_protocol::event::Door;
use locker_protocol::{CompartmentId, Size};

use crate::cabinet::{Cabinet, Spec};
use crate::faults::{self, Fault};
use crate::rights;
use crate::state::{Parcel, State};

/// What a parcel asks of its compartment, besides its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wishes {
    /// A door within reach.
    pub reachable: bool,
    /// A temperature that it must be kept at.
    pub keep: Option<TemperatureRange>,
}

impl Wishes {
    /// What this parcel asks for.
    pub fn of(parcel: &Parcel) -> Self {
        Self { reachable: parcel.reachable, keep: parcel.keep }
    }

    fn are_met(self, cabinet: &Cabinet, compartment: CompartmentId, spec: &Spec) -> bool {
        let is_kept = self.keep.is_none_or(|asked| cabinet.keeps(compartment, asked));
        (spec.reachable || !self.reachable) && (is_kept || faults::is(Fault::ChilledGoesAnywhere))
    }
}

/// Whether a compartment may be offered: known to be empty, in service, its door known to be closed.
pub fn is_free(state: &State, compartment: CompartmentId, door: Door) -> bool {
    if faults::is(Fault::SameDoorTwice) && state.opening_of(compartment).is_some() {
        return rights::is_empty(state, compartment);
    }
    rights::is_empty(state, compartment)
        && state.out_of_service(compartment).is_none()
        && state.opening_of(compartment).is_none()
        && door == Door::Closed
}

/// The compartment for a parcel of this size, or none.
pub fn choose(
    state: &State,
    cabinet: &Cabinet,
    door: impl Fn(CompartmentId) -> Door,
    size: Size,
    wishes: Wishes,
) -> Option<CompartmentId> {
    cabinet
        .compartments
        .iter()
        .filter(|(id, spec)| {
            spec.size >= size && wishes.are_met(cabinet, **id, spec) && is_free(state, **id, door(**id))
        })
        .min_by_key(|(id, spec)| {
            let wear = state.compartments.get(*id).map_or(0, |known| known.openings);
            // What is kept at a temperature is left for those who ask for it, the narrowest range longest.
            let kept = Reverse(cabinet.kept_within_tenths(**id).unwrap_or(u16::MAX));
            let first = if wishes.keep.is_none() { kept } else { Reverse(u16::MAX) };
            // Doors within reach are kept for those who need them.
            (first, spec.size, kept, spec.reachable && !wishes.reachable, wear, **id)
        })
        .map(|(id, _)| *id)
}

/// Whether one would do for a parcel of this size, if only its sensor were heard.
pub fn is_one_unheard(
    state: &State,
    cabinet: &Cabinet,
    door: impl Fn(CompartmentId) -> Door,
    size: Size,
    wishes: Wishes,
) -> bool {
    cabinet.compartments.iter().any(|(id, spec)| {
        spec.size >= size
            && wishes.are_met(cabinet, *id, spec)
            && door(*id) == Door::Unknown
            && is_free(state, *id, Door::Closed)
    })
}

/// Whether another parcel fits beside what a compartment holds, as far as sizes tell: its door is known to be closed, in service, and
/// as the parcel asks for it.
pub fn has_room(
    state: &State,
    cabinet: &Cabinet,
    compartment: CompartmentId,
    door: Door,
    parcel: &Parcel,
) -> bool {
    let Some(spec) = cabinet.compartments.get(&compartment) else { return false };
    let contents = state.contents(compartment);
    let taken =
        contents.listed().iter().filter_map(|id| state.parcels.get(id)).map(|other| heights(other.size));
    taken.sum::<u16>() + heights(parcel.size) <= heights(spec.size)
        && Wishes::of(parcel).are_met(cabinet, compartment, spec)
        && state.out_of_service(compartment).is_none()
        && state.opening_of(compartment).is_none()
        && door == Door::Closed
}

/// How many small compartments one of this size is as high as: 8, 19 and 41 cm.
fn heights(size: Size) -> u16 {
    match size {
        Size::S => 1,
        Size::M => 2,
        Size::L => 4,
    }
}

/// How many compartments are free: small, medium, large.
pub fn count_free(state: &State, cabinet: &Cabinet, door: impl Fn(CompartmentId) -> Door) -> [u16; 3] {
    let mut free = [0; 3];
    for (id, spec) in &cabinet.compartments {
        if is_free(state, *id, door(*id)) {
            free[place_of(spec.size)] += 1;
        }
    }
    free
}

/// How many of these parcels, each with its size and what it asks for, may find no compartment: those that must be kept at a
/// temperature first, then the large ones, then whatever is left over for the smaller.
pub fn count_without_room<'a>(
    state: &State,
    cabinet: &Cabinet,
    door: impl Fn(CompartmentId) -> Door,
    parcels: impl Iterator<Item = &'a Parcel>,
) -> u16 {
    let mut free = count_free(state, cabinet, &door);
    let mut needed = [0_u16; 3];
    let mut to_be_kept = Vec::new();
    for parcel in parcels {
        match parcel.keep {
            Some(asked) => to_be_kept.push((parcel.size, asked)),
            None => {
                let count = &mut needed[place_of(parcel.size)];
                *count = count.saturating_add(1);
            }
        }
    }
    let mut without_room = 0_u16;
    if !to_be_kept.is_empty() {
        let kept = cabinet
            .compartments
            .iter()
            .filter(|(id, _)| cabinet.kept_within_tenths(**id).is_some() && is_free(state, **id, door(**id)));
        let mut kept: Vec<_> = kept.map(|(id, spec)| (spec.size, *id)).collect();
        kept.sort_unstable();
        to_be_kept.sort_unstable_by_key(|(size, asked)| (Reverse(*size), asked.width_tenths()));
        for (size, asked) in to_be_kept {
            match kept.iter().position(|(larger, id)| *larger >= size && cabinet.keeps(*id, asked)) {
                Some(place) => free[place_of(kept.remove(place).0)] -= 1,
                None => without_room = without_room.saturating_add(1),
            }
        }
    }
    let mut spare = 0_u16;
    for (free, needed) in free.into_iter().zip(needed).rev() {
        let room = free.saturating_add(spare);
        without_room = without_room.saturating_add(needed.saturating_sub(room));
        spare = room.saturating_sub(needed);
    }
    without_room
}

fn place_of(size: Size) -> usize {
    match size {
        Size::S => 0,
        Size::M => 1,
        Size::L => 2,
    }
}
