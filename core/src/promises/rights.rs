//! Promises about who may open what.

use locker_protocol::event::{Entitled, Purpose};
use locker_protocol::{Event, ParcelId, Right};

use super::custody::holds_only_alike;
use super::trace::Proved;
use super::{Broken, Moment, Promise, Trace, broken};
use crate::input::{Input, Presented};
use crate::state::{Contents, Parcel, Place, State};

/// An opening begins only for someone who has shown a right in this session, and whose right covers all that is or may
/// be behind the door, and all that goes in.
///
/// # Errors
/// When it is broken.
pub fn right_to_all(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(Event::Began { compartment, purpose, entitled, goes_in, comes_out, .. }) = moment.event() else {
        return Ok(());
    };
    let books = moment.before;
    let contents = books.contents(*compartment);
    let listed = contents.listed();
    let right = match (purpose, entitled) {
        (Purpose::Collect, Entitled::Recipient { recipient, .. }) => {
            let shown_to_all = trace.proved.contains(&Proved::Recipient(*recipient));
            let shown_again = || listed.iter().any(|parcel| trace.proved.contains(&Proved::Taken(*parcel)));
            (shown_to_all || shown_again())
                && goes_in.is_empty()
                && !listed.is_empty()
                && every(books, listed, |parcel| {
                    parcel.recipient == Some(*recipient) && parcel.outgoing.is_none()
                })
                && comes_out.iter().all(|parcel| listed.contains(parcel))
                && !comes_out.is_empty()
        }
        (Purpose::Retrieve, Entitled::Courier { staff, tenant }) => {
            trace.proved.contains(&Proved::Staff(*staff))
                && !books.revoked.contains(staff)
                && goes_in.is_empty()
                && !comes_out.is_empty()
                && every(books, listed, |parcel| {
                    let goes_back = parcel.expired
                        || parcel.recalled
                        || parcel.left_over
                        || parcel.outgoing.is_some()
                        || matches!(parcel.place, Place::Out(_));
                    parcel.tenant == *tenant && goes_back
                })
                && comes_out.iter().all(|parcel| listed.contains(parcel))
        }
        (Purpose::Retrieve, Entitled::Depositor { staff }) => {
            // The same courier put exactly this in, and nobody has had the door open since.
            let deposited = trace.deposits.get(compartment).is_some_and(|(parcel, by)| {
                let same = match (by, staff) {
                    (Entitled::Courier { staff: earlier, .. }, Some(staff)) => earlier == staff,
                    (Entitled::DepositPass { .. }, _) => true,
                    _ => false,
                };
                same && *comes_out == [*parcel]
            });
            deposited
                && staff.is_none_or(|staff| !books.revoked.contains(&staff))
                && matches!(&contents, Contents::Holds(holds) if holds == comes_out)
                && every(books, listed, |parcel| parcel.place == Place::Inside(*compartment))
        }
        (Purpose::Deposit, Entitled::Courier { staff, tenant }) => {
            trace.proved.contains(&Proved::Staff(*staff))
                && !books.revoked.contains(staff)
                && (contents == Contents::Empty || holds_only_alike(books, *compartment, goes_in))
                && comes_out.is_empty()
                && goes_in.len() == 1
                && every(books, goes_in, |parcel| parcel.tenant == *tenant && parcel.outgoing.is_none())
        }
        (Purpose::Send, Entitled::Sender { parcel, .. }) => {
            trace.proved.contains(&Proved::Sender(*parcel))
                && contents == Contents::Empty
                && comes_out.is_empty()
                && *goes_in == [*parcel]
                && every(books, goes_in, |parcel| parcel.outgoing.is_some())
        }
        (Purpose::Deposit, Entitled::DepositPass { parcel }) => {
            trace.proved.contains(&Proved::Deposit(*parcel))
                && contents == Contents::Empty
                && comes_out.is_empty()
                && *goes_in == [*parcel]
                && every(books, goes_in, |parcel| parcel.outgoing.is_none())
        }
        // To look and repair, whatever is behind it: on record with who it was.
        (Purpose::Service, Entitled::Technician { staff }) => {
            trace.proved.contains(&Proved::Staff(*staff))
                && !books.revoked.contains(staff)
                && goes_in.is_empty()
                && comes_out.is_empty()
        }
        _ => false,
    };
    if right {
        return Ok(());
    }
    broken(
        Promise::RightToAll,
        format!("{entitled:?} may not open door {compartment} for {purpose:?}: it has {contents:?}"),
    )
}

/// Nobody signs in with a badge that is revoked, or that ended before the earliest time it can be.
///
/// # Errors
/// When it is broken.
pub(super) fn badge_is_valid(moment: &Moment<'_>, trace: &Trace) -> Result<(), Broken> {
    let Some(Event::SignedIn { staff }) = moment.event() else { return Ok(()) };
    if moment.before.revoked.contains(staff) {
        return broken(Promise::RightToAll, format!("{staff:?} is revoked and signed in"));
    }
    let floor_unix_s = moment.before.floor_unix_s.max(trace.cabinet.built_unix_s);
    match moment.input {
        Input::Presented(Presented::Pass(pass)) => match (&pass.right, pass.expires_unix_s) {
            (Right::SignIn { .. }, Some(expires)) if expires < floor_unix_s => broken(
                Promise::RightToAll,
                format!("{staff:?} signed in with a badge that ended at {expires}"),
            ),
            (Right::SignIn { staff: badge }, _) if badge.staff == *staff => Ok(()),
            _ => broken(Promise::RightToAll, format!("{staff:?} signed in with somebody else's pass")),
        },
        Input::Presented(Presented::Pin(typed, tag))
            if typed == staff
                && moment.before.staff.get(staff).is_some_and(|known| known.pin == Some(*tag)) =>
        {
            Ok(())
        }
        _ => broken(Promise::RightToAll, format!("{staff:?} signed in by {:?}", moment.input)),
    }
}

fn every(books: &State, parcels: &[ParcelId], holds: impl Fn(&Parcel) -> bool) -> bool {
    parcels.iter().all(|id| books.parcels.get(id).is_some_and(&holds))
}
