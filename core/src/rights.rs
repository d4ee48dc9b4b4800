//! Who may open which door. A door opens for a right to **all** that is or may be behind it.

use locker_protocol::event::{Entitled, Purpose};
use locker_protocol::{CompartmentId, ParcelId, RecipientId, StaffId, TenantId};

use crate::faults::{self, Fault};
use crate::sender::may_be_sent;
use crate::state::{Contents, Place, State};

/// The doors that a right to all of this person's parcels opens: those behind which one waits, or else those that were closed
/// a moment ago.
pub fn doors_of_person(state: &State, recipient: RecipientId) -> Vec<CompartmentId> {
    let waiting = doors_of_recipient(state, recipient);
    if waiting.is_empty() { doors_to_reopen(state, recipient) } else { waiting }
}

/// The doors that the code of a parcel whose story is over still opens: its own, within the reopen window.
pub fn doors_to_reopen_for(state: &State, parcel: ParcelId, recipient: RecipientId) -> Vec<CompartmentId> {
    let mut doors = doors_to_reopen(state, recipient);
    doors.retain(|door| state.contents(*door).listed().contains(&parcel));
    doors
}

/// The doors behind which this person's parcels wait.
pub fn doors_of_recipient(state: &State, recipient: RecipientId) -> Vec<CompartmentId> {
    let mut doors = doors_with(state, |parcel| {
        is_of(parcel, recipient) && !(faults::is(Fault::ExpiredEndsRight) && parcel.expired)
    });
    if faults::is(Fault::DoubtEndsRight) {
        doors.retain(|door| matches!(state.contents(*door), Contents::Holds(_)));
    }
    if faults::is(Fault::OutOfServiceEndsRight) {
        doors.retain(|door| state.out_of_service(*door).is_none());
    }
    doors.retain(|door| all_listed_are_of(state, *door, recipient));
    doors
}

/// The doors that this person closed a moment ago and may open again.
pub fn doors_to_reopen(state: &State, recipient: RecipientId) -> Vec<CompartmentId> {
    state
        .compartments
        .iter()
        .filter(|(_, known)| {
            matches!(known.reopen, Some(Entitled::Recipient { recipient: earlier, .. }) if earlier == recipient)
        })
        .map(|(door, _)| *door)
        .filter(|door| all_listed_are_of(state, *door, recipient))
        .collect()
}

/// The doors behind which parcels of this carrier wait to go back.
pub fn doors_to_take_out(state: &State, tenant: TenantId) -> Vec<CompartmentId> {
    let mut doors = doors_with(state, |parcel| {
        (parcel.tenant == tenant || faults::is(Fault::AnyCarrierTakesOut)) && goes_back(parcel)
    });
    doors.retain(|door| all_go_back_to(state, *door, tenant));
    // What was not behind a door that the carrier's courier had open a moment ago is looked for behind the others.
    doors.retain(|door| {
        let reopen = state.compartments.get(door).and_then(|known| known.reopen);
        !matches!(reopen, Some(Entitled::Courier { tenant: of, .. }) if of == tenant)
    });
    doors
}

/// Whether an opening may begin: the whole of promise 2.
pub fn may_open(
    state: &State,
    compartment: CompartmentId,
    purpose: Purpose,
    entitled: &Entitled,
    goes_in: &[ParcelId],
    comes_out: &[ParcelId],
) -> bool {
    if is_revoked(state, entitled) {
        return false;
    }
    match (purpose, entitled) {
        (Purpose::Deposit, Entitled::Courier { tenant, .. }) => {
            (is_empty(state, compartment) || may_add(state, compartment, *tenant, goes_in))
                && goes_in.iter().all(|id| {
                    state
                        .parcels
                        .get(id)
                        .is_some_and(|parcel| parcel.tenant == *tenant && parcel.outgoing.is_none())
                })
        }
        (Purpose::Deposit, Entitled::DepositPass { parcel }) => {
            is_empty(state, compartment)
                && goes_in == [*parcel]
                && state.parcels.get(parcel).is_some_and(|known| known.outgoing.is_none())
        }
        (Purpose::Send, Entitled::Sender { parcel, .. }) => {
            is_empty(state, compartment)
                && goes_in == [*parcel]
                && comes_out.is_empty()
                && may_be_sent(state, *parcel)
        }
        (Purpose::Collect, Entitled::Recipient { recipient, .. }) => {
            !comes_out.is_empty() && all_listed_are_of(state, compartment, *recipient)
        }
        (Purpose::Retrieve, Entitled::Courier { tenant, .. }) => {
            !comes_out.is_empty() && all_go_back_to(state, compartment, *tenant)
        }
        (Purpose::Retrieve, Entitled::Depositor { .. }) => {
            // Once its recipient has had the door open, it is no longer the depositor's to show.
            state.contents(compartment) == Contents::Holds(comes_out.to_vec())
                && comes_out.iter().all(|id| {
                    state.parcels.get(id).is_some_and(|parcel| parcel.place == Place::Inside(compartment))
                })
        }
        (Purpose::Service, Entitled::Technician { .. }) => true,
        _ => false,
    }
}

/// Whether the hub has revoked the badge by which somebody was entitled.
pub fn is_revoked(state: &State, entitled: &Entitled) -> bool {
    staff_of(entitled).is_some_and(|staff| state.revoked.contains(&staff))
        && !faults::is(Fault::RevokedStillWorks)
}

/// Whether nothing is inside, for certain.
pub(crate) fn is_empty(state: &State, compartment: CompartmentId) -> bool {
    match state.contents(compartment) {
        Contents::Empty => true,
        Contents::Holds(_) => false,
        Contents::Unknown { .. } => faults::is(Fault::UnknownIsEmpty),
    }
}

/// Whether a courier of this carrier may put this one parcel beside what is behind a door: all of it is known to be there, the
/// same carrier's, and for the same recipient.
pub(crate) fn may_add(
    state: &State,
    compartment: CompartmentId,
    tenant: TenantId,
    goes_in: &[ParcelId],
) -> bool {
    let [parcel] = goes_in else { return false };
    let Some(parcel) = state.parcels.get(parcel).filter(|parcel| parcel.tenant == tenant) else {
        return false;
    };
    let is_alike = |id: &ParcelId| {
        state.parcels.get(id).is_some_and(|other| {
            (other.recipient == parcel.recipient || faults::is(Fault::AddsBesideAnyone))
                && other.tenant == tenant
                && other.outgoing.is_none()
                && other.place == Place::Inside(compartment)
        })
    };
    let is_kept = || state.compartments.get(&compartment).is_some_and(|known| known.reopen.is_some());
    match state.contents(compartment) {
        Contents::Holds(parcels) => {
            parcel.recipient.is_some()
                && parcel.outgoing.is_none()
                && parcels.iter().all(is_alike)
                && !is_kept()
        }
        Contents::Empty | Contents::Unknown { .. } => false,
    }
}

/// Whose badge it was, where a badge was it.
pub(crate) fn staff_of(entitled: &Entitled) -> Option<StaffId> {
    match entitled {
        Entitled::Courier { staff, .. } | Entitled::Technician { staff } => Some(*staff),
        Entitled::Depositor { staff } => *staff,
        Entitled::Recipient { .. } | Entitled::DepositPass { .. } | Entitled::Sender { .. } => None,
    }
}

/// The doors behind which such a parcel is, or may be.
fn doors_with(state: &State, wanted: impl Fn(&crate::Parcel) -> bool) -> Vec<CompartmentId> {
    let is_there = |door: CompartmentId| {
        let there = |id| state.parcels.get(id).is_some_and(|parcel| wanted(parcel) && parcel.may_be_at(door));
        state.contents(door).listed().iter().any(there)
    };
    state.compartments.keys().copied().filter(|door| is_there(*door)).collect()
}

fn all_listed_are_of(state: &State, compartment: CompartmentId, recipient: RecipientId) -> bool {
    let contents = state.contents(compartment);
    let listed = contents.listed();
    !listed.is_empty()
        && listed.iter().all(|id| state.parcels.get(id).is_some_and(|parcel| is_of(parcel, recipient)))
}

fn is_of(parcel: &crate::Parcel, recipient: RecipientId) -> bool {
    parcel.recipient == Some(recipient) || faults::is(Fault::AnyRecipient)
}

fn all_go_back_to(state: &State, compartment: CompartmentId, tenant: TenantId) -> bool {
    let contents = state.contents(compartment);
    let listed = contents.listed();
    !listed.is_empty()
        && listed.iter().all(|id| {
            // What was taken out a moment ago may be behind the door again: it is the same carrier's to take.
            state.parcels.get(id).is_some_and(|parcel| {
                (parcel.tenant == tenant || faults::is(Fault::AnyCarrierTakesOut))
                    && (goes_back(parcel) || matches!(parcel.place, Place::Out(_)))
            })
        })
}

fn goes_back(parcel: &crate::Parcel) -> bool {
    parcel.goes_back() || faults::is(Fault::TakesOutUnexpired) && parcel.compartment().is_some()
}
