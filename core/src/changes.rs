//! What becomes of a change from the hub. The physical outcome beats it: a change that touches a parcel in an opening
//! waits for the opening's end. The whole table is in `docs/changes.md`, and a test walks it.

use locker_protocol::change::{Announcement, ReturnAnnouncement};
use locker_protocol::{Change, ParcelId, Refusal};

use crate::cabinet::Cabinet;
use crate::faults::{self, Fault};
use crate::state::{MAX_PARCELS, MAX_STAFF, Parcel, Place, State};

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
        Change::Staff { .. } | Change::RevokeStaff { .. } | Change::RefillCodes | Change::Service { .. } => {
            None
        }
    }
}

/// Whether it touches a parcel in an opening.
pub fn must_wait(state: &State, change: &Change) -> bool {
    parcel_of(change).is_some_and(|parcel| state.opening_touching(parcel).is_some())
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
    }
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
