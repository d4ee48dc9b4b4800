//! What becomes of a change from the hub. The physical outcome beats it: a change that touches a parcel in an opening
//! waits for the opening's end. The whole table is in `docs/changes.md`, and a test walks it.

use locker_protocol::change::{Announcement, CaseAnswer, ReturnAnnouncement};
use locker_protocol::{CaseId, Change, CompartmentId, ParcelId, Refusal};

use crate::cabinet::Cabinet;
use crate::faults::{self, Fault};
use crate::state::{By, MAX_PARCELS, MAX_STAFF, Parcel, Place, State};

/// The parcel that a change is about.
pub fn parcel_of(change: &Change) -> Option<ParcelId> {
    match change {
        Change::Announce { announcement } => Some(announcement.parcel),
        Change::AnnounceReturn { announcement } => Some(announcement.parcel),
        Change::Cancel { parcel }
        | Change::Extend { parcel, .. }
        | Change::Recall { parcel }
        | Change::NewCode { parcel, .. }
        | Change::Match { parcel, .. } => Some(*parcel),
        Change::AnswerCase { answer, .. } => match answer {
            CaseAnswer::OpenAgain { parcel } | CaseAnswer::Extend { parcel, .. } => Some(*parcel),
            CaseAnswer::StaffComes => None,
        },
        Change::Staff { .. } | Change::RevokeStaff { .. } | Change::RefillCodes | Change::Service { .. } => {
            None
        }
    }
}

/// The door that a change puts in doubt.
pub fn door_of(state: &State, change: &Change) -> Option<CompartmentId> {
    match change {
        Change::AnswerCase { case, answer: CaseAnswer::OpenAgain { .. } } => {
            state.case(*case).map(|case| case.compartment)
        }
        _ => None,
    }
}

/// Whether it touches a parcel in an opening, or the door of one.
pub fn must_wait(state: &State, change: &Change) -> bool {
    if faults::is(Fault::CaseAtOpenDoor) && door_of(state, change).is_some() {
        return false;
    }
    parcel_of(change).is_some_and(|parcel| state.opening_touching(parcel).is_some())
        || door_of(state, change).is_some_and(|door| state.opening_of(door).is_some())
}

/// Whether it is applied.
///
/// # Errors
/// Why it is refused.
pub fn answer(state: &State, cabinet: &Cabinet, change: &Change) -> Result<(), Refusal> {
    match change {
        Change::Announce { announcement } => match state.parcels.get(&announcement.parcel) {
            None if state.parcels.len() >= MAX_PARCELS => Err(Refusal::Full),
            None => Ok(()),
            Some(known) if !is_same(known, announcement) => Err(Refusal::Conflict),
            // The hub lists everything again after it lost its place.
            Some(known) => still_here(known),
        },
        Change::AnnounceReturn { announcement } => match state.parcels.get(&announcement.parcel) {
            None if state.parcels.len() >= MAX_PARCELS => Err(Refusal::Full),
            None => Ok(()),
            Some(known) if !is_same_return(known, announcement) => Err(Refusal::Conflict),
            Some(known) => still_here(known),
        },
        Change::Cancel { parcel } => match known(state, *parcel)?.place {
            Place::Expected | Place::Cancelled => Ok(()),
            Place::Inside(_) if faults::is(Fault::CancelledInside) => Ok(()),
            Place::Inside(_) | Place::Doubtful(_) => Err(Refusal::Inside),
            Place::Out(_) => Err(Refusal::Over),
        },
        Change::Recall { parcel } => match known(state, *parcel)?.place {
            Place::Inside(_) | Place::Doubtful(_) => Ok(()),
            Place::Expected => Err(Refusal::NotInside),
            Place::Out(_) | Place::Cancelled => Err(Refusal::Over),
        },
        Change::Extend { parcel, .. } | Change::NewCode { parcel, .. } => still_here(known(state, *parcel)?),
        Change::Match { parcel, recipient, .. } => {
            let parcel = known(state, *parcel)?;
            still_here(parcel)?;
            // What a person sends is for nobody here.
            if parcel.outgoing.is_some() {
                return Err(Refusal::Conflict);
            }
            match parcel.recipient {
                Some(other) if other != *recipient => Err(Refusal::Conflict),
                _ => Ok(()),
            }
        }
        Change::Staff { staff }
            if state.staff.len() >= MAX_STAFF && !state.staff.contains_key(&staff.staff) =>
        {
            Err(Refusal::Full)
        }
        Change::RevokeStaff { staff }
            if state.revoked.len() >= MAX_STAFF && !state.revoked.contains(staff) =>
        {
            Err(Refusal::Full)
        }
        Change::Staff { .. } | Change::RevokeStaff { .. } | Change::RefillCodes => Ok(()),
        Change::Service { compartment, .. } => {
            if cabinet.compartments.contains_key(compartment) {
                Ok(())
            } else {
                Err(Refusal::NotKnown)
            }
        }
        Change::AnswerCase { case, answer } => answer_of_case(state, *case, *answer),
    }
}

fn answer_of_case(state: &State, case: CaseId, answer: CaseAnswer) -> Result<(), Refusal> {
    let door = state.case(case).ok_or(Refusal::NotKnown)?.compartment;
    let parcel = match answer {
        CaseAnswer::StaffComes => return Ok(()),
        CaseAnswer::Extend { parcel, .. } => return still_here(known(state, parcel)?),
        CaseAnswer::OpenAgain { parcel } => known(state, parcel)?,
    };
    match parcel.place {
        Place::Expected => return Err(Refusal::NotInside),
        // Its carrier's courier, or staff, had it in their hands.
        Place::Cancelled | Place::Out(By::Carrier | By::Staff) => return Err(Refusal::Over),
        Place::Inside(other) if other != door => return Err(Refusal::Conflict),
        Place::Inside(_) | Place::Doubtful(_) | Place::Out(By::Recipient) => {}
    }
    // A door opens for a right to all that may be behind it: nobody else's parcel is let out by this one's.
    let is_theirs = |id: &ParcelId| {
        state.parcels.get(id).is_some_and(|other| {
            other.recipient.is_some() && other.recipient == parcel.recipient && other.outgoing.is_none()
        })
    };
    let all_theirs = parcel.recipient.is_some()
        && parcel.outgoing.is_none()
        && (state.contents(door).listed().iter().all(is_theirs) || faults::is(Fault::CaseOfAnyParcel));
    if all_theirs { Ok(()) } else { Err(Refusal::Conflict) }
}

fn known(state: &State, parcel: ParcelId) -> Result<&Parcel, Refusal> {
    state.parcels.get(&parcel).ok_or(Refusal::NotKnown)
}

/// Whether a parcel is what the hub announces (again). How long it may wait has its own change.
fn is_same(parcel: &Parcel, announcement: &Announcement) -> bool {
    parcel.tenant == announcement.tenant
        && parcel.label == announcement.label
        && parcel.recipient == Some(announcement.recipient)
        && parcel.code == Some(announcement.code)
}

fn is_same_return(parcel: &Parcel, announcement: &ReturnAnnouncement) -> bool {
    parcel.outgoing.is_some_and(|outgoing| outgoing.size == announcement.size)
        && parcel.tenant == announcement.tenant
        && parcel.label == announcement.label
        && parcel.code == announcement.code
}

fn still_here(parcel: &Parcel) -> Result<(), Refusal> {
    if parcel.is_over() { Err(Refusal::Over) } else { Ok(()) }
}
