//! What an onlooker remembers who sees everything that goes into the rules and comes out of them, and what lies where, but
//! not the rules themselves.

mod alike;
mod asked;
mod heard;
mod recorded;
mod seen;

use std::collections::{BTreeMap, BTreeSet};

use locker_core::{Unlock, View};
use locker_protocol::event::{Entitled, Purpose};
use locker_protocol::{CodeTag, CompartmentId, OpeningId, ParcelId, RecipientId, StaffId};

use crate::oracle::{Deposit, Known, Objection, Shown, Window};
use crate::people::{Item, PULSE_MS, RETENTION_S};

/// How long a door may be opened again after it was seen to close.
const WINDOW_MS: u64 = 120_000;
/// How long a courier's visit waits while others collect.
const ASIDE_MS: u64 = 30 * 60_000;
const MOST_MISSED_CODES: u8 = 20;
const MOST_MISSED_PINS: u8 = 5;

/// What was wrong with what the rules asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Wrong {
    #[error("door {door} opens for {purpose:?} by {entitled:?}: {objection}")]
    NoRight { door: CompartmentId, purpose: Purpose, entitled: Entitled, objection: Objection },
    #[error("an unlock without the records of its opening and of this try before it")]
    NoIntent,
    #[error("an unlock for an opening of before the restart")]
    OfBeforeTheRestart,
    #[error("an unlock while another lock may still be energised")]
    SupplyTaken,
    #[error("door {0} may be opened again for longer than the books say")]
    WindowForgotten(CompartmentId),
    #[error("door {0} had opened, and the books say never")]
    ItHadOpened(CompartmentId),
    #[error("a parcel is given to somebody who showed no pass for it")]
    ClaimedWithoutPass,
    #[error("somebody is signed in who showed neither a good badge nor a PIN")]
    SignedInWithout,
    #[error("a badge goes on counting after the hub has revoked it")]
    RevokedLater,
}

/// What is remembered.
#[derive(Clone, Default)]
pub struct Memory {
    parcels: BTreeMap<ParcelId, Parcel>,
    doors: BTreeMap<CompartmentId, Door>,
    shown: BTreeSet<Shown>,
    /// What a courier had scanned before somebody came to collect: it is there again when the courier is.
    aside: Option<(StaffId, BTreeSet<Shown>, u64)>,
    /// What a pass of this step says of a parcel without a recipient.
    claim: Option<(Item, RecipientId)>,
    /// Who showed a good badge or PIN in this step.
    badge: Option<StaffId>,
    /// Whose PINs the hub has told.
    pins: BTreeSet<StaffId>,
    revoked: BTreeSet<StaffId>,
    floor_unix_s: u64,
    missed_codes: u8,
    missed_pins: u8,
    flight: Option<Flight>,
    /// The hub's change that waits for an opening's end.
    pub change_waits: bool,
    /// What the screen shows.
    pub view: Option<View>,
}

#[derive(Clone)]
struct Parcel {
    known: Known,
    code: Option<CodeTag>,
    recalled: bool,
    retention_ms: u64,
    cancelled: bool,
    taken: bool,
    /// When it was brought to a door.
    brought_ms: Option<u64>,
}

#[derive(Clone, Default)]
struct Door {
    opening: Option<Opening>,
    brought: BTreeSet<ParcelId>,
    deposit: Option<Deposit>,
    /// And until when.
    window: Option<(Window, u64)>,
}

/// An unfinished opening, as its record said, and what became of it.
#[derive(Clone)]
pub struct Opening {
    id: OpeningId,
    purpose: Purpose,
    entitled: Entitled,
    pub goes_in: Vec<ParcelId>,
    pub comes_out: Vec<ParcelId>,
    before_restart: bool,
    /// The door moved, in this opening.
    pub has_opened: bool,
    /// And the sensor told.
    seen_open: bool,
    /// A byte of a pulse has left, or may have.
    pub byte_left: bool,
    complained: bool,
}

/// The last pulse.
#[derive(Clone, Copy)]
struct Flight {
    unlock: Unlock,
    answered: bool,
    /// Until when a lock may be energised by it.
    until_ms: u64,
}

impl Opening {
    pub fn is_for_a_recipient(&self) -> bool {
        matches!(self.entitled, Entitled::Recipient { .. })
    }

    pub fn is_for_a_sender(&self) -> bool {
        matches!(self.entitled, Entitled::Sender { .. })
    }

    fn is_to_put_in(&self) -> bool {
        matches!(self.purpose, Purpose::Deposit | Purpose::Send)
    }
}

/// An unlock that was somebody's right.
pub type Granted = (Purpose, &'static str);

impl Memory {
    pub fn item_of(&self, parcel: ParcelId) -> Option<Item> {
        self.parcels.get(&parcel).map(|parcel| parcel.known.item)
    }

    /// The number under which an item is in the books now.
    pub fn parcel_of(&self, item: Item) -> Option<ParcelId> {
        self.parcels
            .iter()
            .filter(|(_, parcel)| parcel.known.item == item)
            .max_by_key(|(_, parcel)| !parcel.cancelled && !parcel.taken)
            .map(|(id, _)| *id)
    }

    pub fn opening_of(&self, door: CompartmentId) -> Option<&Opening> {
        self.doors.get(&door)?.opening.as_ref()
    }

    /// The pulse that the bus has not answered.
    pub fn unanswered(&self) -> Option<Unlock> {
        self.flight.filter(|flight| !flight.answered).map(|flight| flight.unlock)
    }

    /// Whether a story of this item is in the books that is not over.
    pub fn is_going_on(&self, item: Item) -> bool {
        self.parcels.values().any(|parcel| parcel.known.item == item && !parcel.cancelled && !parcel.taken)
    }

    /// Something lies behind a door from before.
    pub fn lay(&mut self, door: CompartmentId, item: Item) {
        if let Some(id) = self.parcel_of(item) {
            self.doors.entry(door).or_default().brought.insert(id);
            self.change_parcel(id, |parcel| parcel.brought_ms = Some(0));
        }
    }

    /// The locker stopped and begins again. A frame that was on its way may have arrived.
    pub fn restarted(&mut self, now_ms: u64) {
        self.shown.clear();
        self.aside = None;
        self.change_waits = false;
        self.view = None;
        for door in self.doors.values_mut() {
            if let Some(opening) = &mut door.opening {
                opening.before_restart = true;
            } else if let Some((_, until_ms)) = &mut door.window {
                *until_ms = now_ms + WINDOW_MS;
            }
        }
        if let Some(flight) = self.flight.as_mut().filter(|flight| !flight.answered) {
            flight.answered = true;
            flight.until_ms = now_ms + PULSE_MS;
        }
    }
}

impl Parcel {
    fn new(
        item: Item,
        tenant: locker_protocol::TenantId,
        recipient: Option<RecipientId>,
        code: Option<CodeTag>,
    ) -> Self {
        let retention_s = if recipient.is_some() { RETENTION_S } else { 7 * 24 * 3_600 };
        Self {
            known: Known {
                item,
                tenant,
                recipient,
                sent_from_here: item.is_sent(),
                over: false,
                goes_back: false,
            },
            code,
            recalled: false,
            retention_ms: u64::from(retention_s) * 1_000,
            cancelled: false,
            taken: false,
            brought_ms: None,
        }
    }

    /// Whatever the books say of it: it cannot have waited for longer than since it was brought.
    fn known_at(&self, now_ms: u64) -> Known {
        let expired = self.brought_ms.is_some_and(|since_ms| now_ms >= since_ms + self.retention_ms);
        Known {
            over: self.cancelled || self.taken,
            goes_back: self.recalled || expired || self.known.sent_from_here,
            ..self.known.clone()
        }
    }
}

fn who(entitled: Entitled) -> &'static str {
    match entitled {
        Entitled::Recipient { .. } => "recipient",
        Entitled::Courier { .. } => "courier",
        Entitled::Depositor { .. } => "depositor",
        Entitled::DepositPass { .. } => "deposit pass",
        Entitled::Technician { .. } => "technician",
        Entitled::Sender { .. } => "sender",
    }
}

fn encoded(value: &impl minicbor::Encode<()>) -> Vec<u8> {
    // Writing into a vector cannot fail.
    minicbor::to_vec(value).unwrap_or_default()
}
