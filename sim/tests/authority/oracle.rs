//! Whether an unlock is anybody's right. A pure function of what is known from outside the rules: what lies behind the door,
//! what the hub said, and what was shown at the kiosk. Nothing here asks the rules, or shares their code.

use std::collections::{BTreeMap, BTreeSet};

use locker_protocol::event::{Entitled, Purpose};
use locker_protocol::{ParcelId, RecipientId, StaffId, TenantId};

use crate::people::Item;

/// Something that was shown or typed since the screen last belonged to nobody, and that proves something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shown {
    /// A recipient's pass.
    Pass(RecipientId),
    /// The code of a parcel, and whether that parcel's story was still going on.
    Code(ParcelId, RecipientId, bool),
    /// A badge or PIN.
    Staff(StaffId, TenantId),
    /// A deposit pass.
    DepositPass(ParcelId),
    /// A label.
    Label(Item),
    /// The code by which a return is sent.
    ReturnCode(ParcelId),
}

/// What the hub, and what was seen since, say of a parcel.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Known {
    pub item: Item,
    pub tenant: TenantId,
    pub recipient: Option<RecipientId>,
    /// Somebody sends it from here.
    pub sent_from_here: bool,
    /// It was cancelled, or taken out.
    pub over: bool,
    /// Its carrier wants it back, or it has waited for longer than it may.
    pub goes_back: bool,
}

/// Who may open a door again that was just closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    pub by: Entitled,
    pub took: Vec<ParcelId>,
}

/// Who put the last parcel in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Deposit {
    pub parcel: ParcelId,
    /// Who was signed in.
    pub staff: Option<StaffId>,
    pub by_pass: bool,
}

/// What is asked for, and what is so.
pub struct Asked<'a> {
    pub purpose: Purpose,
    pub entitled: Entitled,
    pub goes_in: &'a [ParcelId],
    pub comes_out: &'a [ParcelId],
    /// What lies behind the door, in cardboard.
    pub inside: &'a [ParcelId],
    /// What was to be put behind this door since it was last given to somebody, and was not seen to leave.
    pub brought: &'a BTreeSet<ParcelId>,
    pub window: Option<&'a Window>,
    pub deposit: Option<&'a Deposit>,
    pub shown: &'a BTreeSet<Shown>,
    pub revoked: &'a BTreeSet<StaffId>,
    pub parcels: &'a BTreeMap<ParcelId, Known>,
}

/// Why an unlock is nobody's right.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Objection {
    #[error("nobody at the kiosk has shown a right to it")]
    NotShown,
    #[error("whoever it is for is revoked")]
    Revoked,
    #[error("parcel {0} lies there and is somebody else's")]
    SomebodyElses(ParcelId),
    #[error("parcel {0} lies where something is to be put")]
    Occupied(ParcelId),
    #[error("somebody may still open it again")]
    WindowRuns,
    #[error("parcel {0} is not to go back to this carrier")]
    DoesNotGoBack(ParcelId),
    #[error("nothing of theirs was ever brought there")]
    NothingOfTheirs,
    #[error("somebody else put in what lies there, or had it open since")]
    NotTheirDeposit,
    #[error("the parcel that is to go in is another carrier's, or none was scanned")]
    NotTheirsToDeposit,
    #[error("what is to go in is no return that is still to be sent")]
    NotTheirsToSend,
    #[error("no right of this kind exists")]
    NoSuchRight,
}

/// Whether the unlock is a right.
///
/// # Errors
/// Why not.
pub fn judge(asked: &Asked<'_>) -> Result<(), Objection> {
    match (asked.purpose, asked.entitled) {
        (Purpose::Collect, Entitled::Recipient { recipient, .. }) => may_collect(asked, recipient),
        (Purpose::Retrieve, Entitled::Courier { staff, tenant }) => {
            is_signed_in(asked, staff, tenant)?;
            may_take_out(asked, tenant)
        }
        (Purpose::Retrieve, Entitled::Depositor { staff }) => may_take_back(asked, staff),
        (Purpose::Deposit, Entitled::Courier { staff, tenant }) => {
            is_signed_in(asked, staff, tenant)?;
            is_vacant_or_alike(asked)?;
            let [parcel] = asked.goes_in else { return Err(Objection::NotTheirsToDeposit) };
            let scanned = asked.parcels.get(parcel).is_some_and(|known| {
                known.tenant == tenant
                    && !known.sent_from_here
                    && asked.shown.contains(&Shown::Label(known.item))
            });
            if scanned { Ok(()) } else { Err(Objection::NotTheirsToDeposit) }
        }
        (Purpose::Deposit, Entitled::DepositPass { parcel }) => {
            if !asked.shown.contains(&Shown::DepositPass(parcel)) {
                return Err(Objection::NotShown);
            }
            if asked.goes_in != [parcel] {
                return Err(Objection::NotTheirsToDeposit);
            }
            is_vacant(asked)
        }
        (Purpose::Send, Entitled::Sender { parcel, .. }) => may_send(asked, parcel),
        _ => Err(Objection::NoSuchRight),
    }
}

/// Whoever has a return's label or code may put it in, and take nothing out.
fn may_send(asked: &Asked<'_>, parcel: ParcelId) -> Result<(), Objection> {
    let Some(known) = asked.parcels.get(&parcel).filter(|known| known.sent_from_here && !known.over) else {
        return Err(Objection::NotTheirsToSend);
    };
    let by_label = asked.shown.contains(&Shown::Label(known.item));
    if !by_label && !asked.shown.contains(&Shown::ReturnCode(parcel)) {
        return Err(Objection::NotShown);
    }
    if asked.goes_in != [parcel] || !asked.comes_out.is_empty() {
        return Err(Objection::NotTheirsToSend);
    }
    is_vacant(asked)
}

fn is_signed_in(asked: &Asked<'_>, staff: StaffId, tenant: TenantId) -> Result<(), Objection> {
    if asked.revoked.contains(&staff) {
        return Err(Objection::Revoked);
    }
    if asked.shown.contains(&Shown::Staff(staff, tenant)) { Ok(()) } else { Err(Objection::NotShown) }
}

fn is_vacant(asked: &Asked<'_>) -> Result<(), Objection> {
    if let Some(parcel) = asked.inside.first() {
        return Err(Objection::Occupied(*parcel));
    }
    if asked.window.is_some() {
        return Err(Objection::WindowRuns);
    }
    Ok(())
}

/// Beside what lies there goes only what is the same carrier's for the same person, whom the hub or a pass has named.
fn is_vacant_or_alike(asked: &Asked<'_>) -> Result<(), Objection> {
    let whose = |id: &ParcelId| {
        let known = asked.parcels.get(id)?;
        Some((known.recipient?, known.tenant))
    };
    let goes_in = asked.goes_in.first().and_then(whose);
    let is_alike = goes_in.is_some() && asked.inside.iter().all(|id| whose(id) == goes_in);
    if is_alike && !asked.inside.is_empty() && asked.window.is_none() {
        return Ok(());
    }
    is_vacant(asked)
}

fn may_collect(asked: &Asked<'_>, recipient: RecipientId) -> Result<(), Objection> {
    let took = |parcel: &ParcelId| asked.window.is_some_and(|window| window.took.contains(parcel));
    let goes_on = |parcel: &ParcelId| asked.parcels.get(parcel).is_some_and(|known| !known.over);
    let has_shown = asked.shown.iter().any(|shown| match shown {
        Shown::Pass(of) => *of == recipient,
        Shown::Code(parcel, of, live) => *of == recipient && (*live || took(parcel) || goes_on(parcel)),
        _ => false,
    });
    if !has_shown {
        return Err(Objection::NotShown);
    }
    let is_theirs =
        |parcel: &ParcelId| asked.parcels.get(parcel).is_some_and(|known| known.recipient == Some(recipient));
    if let Some(parcel) = asked.inside.iter().find(|parcel| !is_theirs(parcel)) {
        return Err(Objection::SomebodyElses(*parcel));
    }
    match asked.window {
        Some(Window { by: Entitled::Recipient { recipient: owner, .. }, .. }) if *owner == recipient => {}
        Some(_) => return Err(Objection::WindowRuns),
        None => {}
    }
    if asked.brought.iter().any(is_theirs) { Ok(()) } else { Err(Objection::NothingOfTheirs) }
}

fn may_take_out(asked: &Asked<'_>, tenant: TenantId) -> Result<(), Objection> {
    let is_theirs = |parcel: &ParcelId| {
        asked.parcels.get(parcel).is_some_and(|known| known.tenant == tenant && known.goes_back)
    };
    for parcel in asked.inside {
        match asked.parcels.get(parcel) {
            Some(known) if known.tenant != tenant => return Err(Objection::SomebodyElses(*parcel)),
            _ if !is_theirs(parcel) => return Err(Objection::DoesNotGoBack(*parcel)),
            _ => {}
        }
    }
    if matches!(asked.window, Some(Window { by: Entitled::Recipient { .. }, .. })) {
        return Err(Objection::WindowRuns);
    }
    if asked.brought.iter().any(is_theirs) { Ok(()) } else { Err(Objection::NothingOfTheirs) }
}

/// To show that a deposit is not in there: the same person, the same visit, and nobody in between.
fn may_take_back(asked: &Asked<'_>, staff: Option<StaffId>) -> Result<(), Objection> {
    let Some(deposit) = asked.deposit else { return Err(Objection::NotTheirDeposit) };
    match staff {
        Some(staff) => {
            if asked.revoked.contains(&staff) {
                return Err(Objection::Revoked);
            }
            let signed_in =
                asked.shown.iter().any(|shown| matches!(shown, Shown::Staff(who, _) if *who == staff));
            if !signed_in {
                return Err(Objection::NotShown);
            }
            if deposit.staff != Some(staff) {
                return Err(Objection::NotTheirDeposit);
            }
        }
        None => {
            if !asked.shown.contains(&Shown::DepositPass(deposit.parcel)) {
                return Err(Objection::NotShown);
            }
            if deposit.staff.is_some() || !deposit.by_pass {
                return Err(Objection::NotTheirDeposit);
            }
        }
    }
    if let Some(other) = asked.inside.iter().find(|parcel| **parcel != deposit.parcel) {
        return Err(Objection::SomebodyElses(*other));
    }
    if asked.comes_out != [deposit.parcel] {
        return Err(Objection::NotTheirDeposit);
    }
    if asked.window.is_some() { Err(Objection::WindowRuns) } else { Ok(()) }
}
