//! Promises about what is where.

use locker_protocol::event::{Door, Outcome, Purpose};
use locker_protocol::{CompartmentId, Event, ParcelId};

use super::{Broken, Moment, Promise, Trace, broken};
use crate::effect::Effect;
use crate::state::{Contents, Place, State};

/// How long nobody is offered a compartment after it was emptied, in milliseconds.
const REOPEN_WINDOW_MS: u64 = 120_000;

/// How long an item sensor must say the same, in milliseconds.
const ITEM_STABLE_MS: u64 = 2_000;

/// A parcel that is, or may be, in a compartment is listed by it, and a list names only parcels that the books know.
///
/// # Errors
/// When it is broken.
pub fn listed_where_it_is(after: &State, _: &[Effect], _: &Trace) -> Result<(), Broken> {
    for (id, parcel) in &after.parcels {
        if let Place::Inside(compartment) | Place::Doubtful(compartment) = parcel.place
            && !after.contents(compartment).listed().contains(id)
        {
            return broken(
                Promise::ListedWhereItIs,
                format!("{id} is {:?} and not listed there", parcel.place),
            );
        }
    }
    for (compartment, known) in &after.compartments {
        if let Some(stranger) = known.contents.listed().iter().find(|id| !after.parcels.contains_key(id)) {
            return broken(
                Promise::ListedWhereItIs,
                format!("compartment {compartment} lists {stranger}, which nobody knows"),
            );
        }
    }
    Ok(())
}

/// A deposit begins only where nothing is or may be: known empty, in service, door seen closed, no reopen window, no
/// other opening, its temperature in range where it is to keep one; and the parcel is in no other opening, nor inside elsewhere.
///
/// # Errors
/// When it is broken.
pub fn offered_only_when_empty(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(Event::Began { compartment, purpose: Purpose::Deposit | Purpose::Send, goes_in, .. }) =
        moment.event()
    else {
        return Ok(());
    };
    let books = moment.before;
    let no = |why: &str| broken(Promise::OfferedOnlyWhenEmpty, format!("door {compartment}: {why}"));
    if books.contents(*compartment) != Contents::Empty && !holds_only_alike(books, *compartment, goes_in) {
        return no("it may be occupied");
    }
    if let Some(known) = books.compartments.get(compartment)
        && (known.out.is_some() || known.reopen.is_some())
    {
        return no("it is out of service, or may be opened again");
    }
    if books.openings.values().any(|opening| opening.compartment == *compartment) {
        return no("another opening of it is not over");
    }
    if trace.door(*compartment) != Door::Closed {
        return no("its door is not seen closed");
    }
    if !trace.keeps_its_temperature(*compartment) {
        return no("it is out of its temperature range, or nobody has measured");
    }
    for parcel in goes_in {
        let in_hand = books
            .parcels
            .get(parcel)
            .is_some_and(|known| matches!(known.place, Place::Expected | Place::Doubtful(_)));
        let touched = books
            .openings
            .values()
            .any(|opening| opening.goes_in.contains(parcel) || opening.comes_out.contains(parcel));
        let asked = books.parcels.get(parcel).and_then(|known| known.keep);
        if asked.is_some_and(|asked| !trace.is_kept_at(*compartment, asked)) {
            return no("it does not keep the temperature that its parcel asks for");
        }
        if !in_hand || touched {
            return no("its parcel is in another opening, or not to come");
        }
    }
    Ok(())
}

/// Whether all that is behind a door is known to be there, and is the same carrier's for the same recipient as what goes in.
pub(super) fn holds_only_alike(books: &State, compartment: CompartmentId, goes_in: &[ParcelId]) -> bool {
    let ([parcel], Contents::Holds(holds)) = (goes_in, books.contents(compartment)) else { return false };
    let whose = |id: &ParcelId| {
        let known = books.parcels.get(id).filter(|known| known.outgoing.is_none())?;
        Some((known.recipient?, known.tenant))
    };
    let is_there =
        |id: &ParcelId| books.parcels.get(id).is_some_and(|known| known.place == Place::Inside(compartment));
    whose(parcel).is_some() && holds.iter().all(|id| whose(id) == whose(parcel) && is_there(id))
}

/// What was declined at an open door is not stored: neither its place nor the contents say that it is there.
///
/// # Errors
/// When it is broken.
pub fn declined_is_not_stored(moment: &Moment<'_>, _: &Trace) -> Result<(), Broken> {
    let Some(Event::Ended { opening, outcome: Outcome::Closed }) = moment.event() else { return Ok(()) };
    let Some(over) = moment.before.openings.get(opening).filter(|over| over.declined.is_some()) else {
        return Ok(());
    };
    let stored = over.goes_in.iter().find(|id| {
        moment.after.parcels.get(id).is_some_and(|known| known.place == Place::Inside(over.compartment))
    });
    // What was there before is there, and what was not to go in may be.
    let contents = moment.after.contents(over.compartment);
    let before = moment.before.contents(over.compartment);
    let is_listed = |id: &ParcelId| contents.listed().contains(id);
    let doubted = matches!(contents, Contents::Unknown { .. })
        && over.goes_in.iter().chain(before.listed()).all(is_listed);
    match stored {
        None if doubted => Ok(()),
        _ => broken(
            Promise::EmptiedOnlyWhenSettled,
            format!("{opening:?} was declined, and counts as a deposit at door {}", over.compartment),
        ),
    }
}

/// A list becomes shorter only by being settled; and settled are contents only when the door is seen closed, 120 s after
/// an observed close (or a restart), no opening is unfinished, and, if they were unknown, all that might have been inside
/// was taken out. Staff who looked may settle anything, and an item sensor that has said for 2 s, behind a closed door, that nothing is
/// inside settles what was unknown as empty where all that is listed is known to be elsewhere.
///
/// # Errors
/// When it is broken.
pub fn emptied_only_when_settled(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(event) = moment.event() else { return Ok(()) };
    match event {
        Event::Settled { compartment, holds, by: None }
            if settled_by_storing(moment, trace, *compartment, holds) => {}
        Event::Settled { compartment, holds, by: None } => {
            settled_by_time(moment, trace, *compartment, holds)?;
        }
        Event::Settled { compartment, by: Some(_), .. } => settled_by_looking(moment, trace, *compartment)?,
        _ => {}
    }
    let settled = match event {
        Event::Settled { compartment, .. } => Some(*compartment),
        _ => None,
    };
    for (compartment, earlier) in &moment.before.compartments {
        let now = moment.after.contents(*compartment);
        let shrank = earlier.contents.listed().iter().any(|parcel| !now.listed().contains(parcel));
        let became_empty = now == Contents::Empty && earlier.contents != Contents::Empty;
        let became_known =
            matches!(earlier.contents, Contents::Unknown { .. }) && !matches!(now, Contents::Unknown { .. });
        if (shrank || became_empty || became_known) && settled != Some(*compartment) {
            return broken(
                Promise::EmptiedOnlyWhenSettled,
                format!("{event:?} turned {:?} of door {compartment} into {now:?}", earlier.contents),
            );
        }
    }
    Ok(())
}

/// Staff settle a compartment only where its door was seen to close after they had it open, in the same step.
fn settled_by_looking(moment: &Moment<'_>, trace: &Trace, compartment: CompartmentId) -> Result<(), Broken> {
    let closed = moment.earlier().iter().any(|effect| {
        let Effect::Record(Event::Ended { opening, outcome: Outcome::Closed }) = effect else { return false };
        trace.looked_behind == Some((*opening, compartment))
    });
    if closed {
        return Ok(());
    }
    let why = format!("door {compartment} was settled by staff who were not seen to look behind it");
    broken(Promise::EmptiedOnlyWhenSettled, why)
}

/// What was said not to go in there was seen to be stored behind another door, in the same step; what was there before still is.
fn settled_by_storing(
    moment: &Moment<'_>,
    trace: &Trace,
    compartment: CompartmentId,
    holds: &[ParcelId],
) -> bool {
    let Some((declined, before)) = trace.declined.get(&compartment) else { return false };
    let Some((parcel, behind)) = trace.stored_last else { return false };
    let in_this_step = moment
        .earlier()
        .iter()
        .any(|effect| matches!(effect, Effect::Record(Event::Ended { outcome: Outcome::Closed, .. })));
    in_this_step
        && *declined == parcel
        && behind != compartment
        && holds == before
        && !trace.closes.contains_key(&compartment)
        && moment.before.opening_of(compartment).is_none()
}

fn settled_by_time(
    moment: &Moment<'_>,
    trace: &Trace,
    compartment: CompartmentId,
    holds: &[ParcelId],
) -> Result<(), Broken> {
    let books = moment.before;
    let no = |why: &str| broken(Promise::EmptiedOnlyWhenSettled, format!("door {compartment}: {why}"));
    if trace.door(compartment) != Door::Closed {
        return no("settled while not seen closed");
    }
    if books.openings.values().any(|opening| opening.compartment == compartment) {
        return no("settled during an opening");
    }
    let was_unknown = matches!(books.contents(compartment), Contents::Unknown { .. });
    // A sensor may be stuck, and a parcel flat: it settles nothing that could cost somebody theirs.
    let is_missed = |id: &ParcelId| {
        books.parcels.get(id).is_some_and(|parcel| match parcel.place {
            Place::Inside(other) => other == compartment,
            Place::Expected | Place::Doubtful(_) => true,
            Place::Out(_) | Place::Cancelled => false,
        })
    };
    if was_unknown
        && holds.is_empty()
        && trace.absent_for_ms(compartment) >= ITEM_STABLE_MS
        && !books.contents(compartment).listed().iter().any(is_missed)
    {
        return Ok(());
    }
    let Some(close) = trace.closes.get(&compartment) else { return no("settled without an observed close") };
    if moment.now_ms < close.at_ms + REOPEN_WINDOW_MS {
        return no("settled before the reopen window was over");
    }
    let contents = books.contents(compartment);
    let left: Vec<_> = contents
        .listed()
        .iter()
        .filter(|id| books.parcels.get(id).is_some_and(|parcel| parcel.compartment() == Some(compartment)))
        .copied()
        .collect();
    if left != holds {
        return no("settled on something else than what was left inside");
    }
    let unknown = matches!(contents, Contents::Unknown { .. });
    if unknown && contents.listed().iter().any(|maybe| !close.took.contains(maybe)) {
        return no("settled while something that might be inside was not taken out");
    }
    Ok(())
}

/// An opening that ends in any way but a seen close, or provably unopened, leaves its contents Unknown with everything
/// that it touched, those parcels Doubtful there, and nobody's right shortened. So does whatever happens to a door outside
/// any opening. A door that provably stayed closed changes nothing.
///
/// # Errors
/// When it is broken.
pub fn unknown_keeps_rights(moment: &Moment<'_>, _: &Trace) -> Result<(), Broken> {
    let (before, after) = (moment.before, moment.after);
    let no = |why: String| broken(Promise::UnknownKeepsRights, why);
    let (compartment, touched) = match moment.event() {
        Some(Event::Ended { opening, outcome }) => {
            let Some(over) = before.openings.get(opening) else {
                return no(format!("{opening:?} ended twice"));
            };
            let touched: Vec<_> = over.goes_in.iter().chain(&over.comes_out).copied().collect();
            match outcome {
                Outcome::Closed => return Ok(()),
                Outcome::NeverOpened => {
                    let same = before.contents(over.compartment) == after.contents(over.compartment)
                        && before.parcels == after.parcels;
                    return if same {
                        Ok(())
                    } else {
                        no(format!("{opening:?} never opened, and moved something"))
                    };
                }
                _ => (over.compartment, touched),
            }
        }
        Some(Event::Doubted { compartment, .. }) => (*compartment, Vec::new()),
        _ => return Ok(()),
    };
    let Contents::Unknown { maybe, .. } = after.contents(compartment) else {
        return no(format!("{:?} leaves door {compartment} known", moment.event()));
    };
    let earlier = before.contents(compartment);
    if let Some(missing) = touched.iter().chain(earlier.listed()).find(|parcel| !maybe.contains(parcel)) {
        return no(format!("{missing} may be behind door {compartment} and is not listed"));
    }
    for id in &touched {
        let (Some(old), Some(new)) = (before.parcels.get(id), after.parcels.get(id)) else {
            return no(format!("{id} is forgotten"));
        };
        // Staff may have found it behind another door meanwhile.
        let found_elsewhere = matches!(old.place, Place::Inside(other) if other != compartment);
        let place = if found_elsewhere { old.place } else { Place::Doubtful(compartment) };
        if new.place != place {
            return no(format!("{id} was touched at door {compartment} and is {:?}", new.place));
        }
        if (old.recipient, old.code, old.tenant) != (new.recipient, new.code, new.tenant) {
            return no(format!("the right to {id} changed"));
        }
    }
    Ok(())
}
