//! The promise that the screen tells only what the journal holds.

use locker_protocol::CompartmentId;
use locker_protocol::Size;
use locker_protocol::event::{Door, Doubt};

use super::{Broken, Moment, Promise, Trace, broken};
use crate::effect::Effect;
use crate::state::{Contents, Place, Why};
use crate::view::{CourierNote, View};

/// Nothing is recorded after a screen is shown, in the same step, and what it states is in the books: the door that is
/// open, the case that was raised, the deposit that was stored, the door that can be opened again, the compartments that
/// are free.
///
/// # Errors
/// When it is broken.
pub fn facts_follow_records(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(Effect::Show(view)) = moment.effect() else { return Ok(()) };
    let later = moment.effects.get(moment.at + 1..).unwrap_or_default();
    if later.iter().any(|effect| matches!(effect, Effect::Record(_))) {
        return broken(Promise::FactsFollowRecords, format!("{view:?} is shown before the last record"));
    }
    let books = moment.after;
    let is_open = |door: CompartmentId| {
        books.openings.values().any(|opening| opening.compartment == door && opening.opened)
    };
    let said_open = |door: CompartmentId| {
        let why = match books.contents(door) {
            Contents::Unknown { why: Why::Doubt(why), .. } => Some(why),
            _ => None,
        };
        // The sensor may have come to say the same since.
        matches!(why, Some(Doubt::SaidOpen | Doubt::OpenedUnasked))
    };
    let may_reopen =
        |door: CompartmentId| books.compartments.get(&door).is_some_and(|known| known.reopen.is_some());
    let looks_empty = |door: CompartmentId| {
        matches!(books.contents(door), Contents::Unknown { why: Why::Doubt(Doubt::ItemGone), .. })
    };
    let so = match view {
        // Its sensor says otherwise, and the books say that the person does not.
        View::DoorOpen { door, left_open: true, .. } if said_open(*door) => true,
        View::DoorOpen { door, .. } | View::Home { left_open: Some(door), .. } => is_open(*door),
        View::Inventory { door, .. } => is_open(*door),
        View::Opening { door, .. } | View::PushDoor { door } => {
            books.openings.values().any(|opening| opening.compartment == *door)
        }
        View::List { door, parcels, doors, order, .. } => {
            let listed = books.contents(*door).listed().len();
            listed > 0
                && *doors > 0
                && *parcels > 0
                && order.is_none_or(|order| 0 < order.here && order.here < order.of)
        }
        View::Stuck { door, case, .. } | View::Reported { door, case } => trace.cases.get(case) == Some(door),
        View::Done { reopen: Some(door), left_inside, .. } => {
            may_reopen(*door) && (!left_inside || trace.sees_something_in(*door))
        }
        View::Courier { note: CourierNote::LooksEmpty(door), .. } if !looks_empty(*door) => false,
        View::Courier { note: CourierNote::Stored(door) | CourierNote::Added(door), .. }
            if !trace.deposits.contains_key(door) =>
        {
            false
        }
        View::Courier { free, .. } => *free == count_free(moment, trace),
        // What a receipt tells happened, whatever became of it since.
        View::StopDone(stop) => stop.moves.iter().all(|moved| trace.moved.contains(moved)),
        View::Receipt { moves, .. } => {
            moves.iter().all(|moved| !moved.went_in && trace.moved.contains(moved))
        }
        View::Sent { door, parcel, .. } => {
            books.parcels.get(parcel).is_some_and(|known| known.place == Place::Inside(*door))
        }
        View::ChooseSize { free, .. } | View::SendSize { free, .. } => {
            let [small, medium, large] = count_free(moment, trace);
            *free == [small + medium + large, medium + large, large]
        }
        _ => true,
    };
    if so {
        Ok(())
    } else {
        broken(Promise::FactsFollowRecords, format!("{view:?} is not what the books say"))
    }
}

fn count_free(moment: &Moment<'_>, trace: &Trace) -> [u16; 3] {
    Size::ALL.map(|size| {
        let free = trace.cabinet.compartments.iter().filter(|(id, spec)| {
            spec.size == size
                && moment.after.contents(**id) == Contents::Empty
                && moment.after.compartments.get(id).is_none_or(|known| known.out.is_none())
                && moment.after.openings.values().all(|opening| opening.compartment != **id)
                && trace.door(**id) == Door::Closed
                && trace.keeps_its_temperature(**id)
        });
        u16::try_from(free.count()).unwrap_or(u16::MAX)
    })
}
