//! Which compartment is offered for a deposit: the smallest that fits, within reach if that was asked, worn least.

use locker_protocol::event::Door;
use locker_protocol::{CompartmentId, Size};

use crate::cabinet::Cabinet;
use crate::faults::{self, Fault};
use crate::rights;
use crate::state::{Parcel, State};

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
    reachable: bool,
) -> Option<CompartmentId> {
    cabinet
        .compartments
        .iter()
        .filter(|(id, spec)| {
            spec.size >= size && (spec.reachable || !reachable) && is_free(state, **id, door(**id))
        })
        .min_by_key(|(id, spec)| {
            let wear = state.compartments.get(*id).map_or(0, |known| known.openings);
            // Doors within reach are kept for those who need them.
            (spec.size, spec.reachable && !reachable, wear, **id)
        })
        .map(|(id, _)| *id)
}

/// Whether one would do for a parcel of this size, if only its sensor were heard.
pub fn is_one_unheard(
    state: &State,
    cabinet: &Cabinet,
    door: impl Fn(CompartmentId) -> Door,
    size: Size,
    reachable: bool,
) -> bool {
    cabinet.compartments.iter().any(|(id, spec)| {
        spec.size >= size
            && (spec.reachable || !reachable)
            && door(*id) == Door::Unknown
            && is_free(state, *id, Door::Closed)
    })
}

/// Whether another parcel fits beside what a compartment holds, as far as sizes tell: its door is known to be closed, in service and
/// within reach if that was asked.
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
        && (spec.reachable || !parcel.reachable)
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
            let place = match spec.size {
                Size::S => 0,
                Size::M => 1,
                Size::L => 2,
            };
            free[place] += 1;
        }
    }
    free
}
