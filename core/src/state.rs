//! The durable books: exactly what the journal's events add up to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use locker_protocol::change::{Order, Staff, TemperatureRange};
use locker_protocol::event::{
    Decline, Door, Doubt, Entitled, OutOfService, Outcome, Problem, Purpose, Supply,
};
use locker_protocol::{
    CaseId, CodeTag, CompartmentId, Label, LabelTag, LockerId, OpeningId, ParcelId, RecipientId, Size,
    StaffId, TenantId,
};
use minicbor::{Decode, Encode};

/// The most parcels that the books hold, those that have left included.
pub const MAX_PARCELS: usize = 20_000;
/// How many parcels that have left are remembered, to tell a used code from a wrong one.
pub const MAX_OVER: usize = 1_000;
/// The most staff, and the most revoked staff.
pub const MAX_STAFF: usize = 10_000;
/// The most codes that may be missed in a row; one is forgiven every half hour.
pub const MAX_CODE_MISSES: u8 = 20;
/// The most PINs that may be missed in a row; one is forgiven every half hour.
pub const MAX_PIN_MISSES: u8 = 5;
/// How many cases are remembered: the last ones, to be shown and answered.
pub const MAX_CASES: usize = 32;
/// How many parcels a technician can scan behind one door: more than fit.
pub const MAX_SEEN: usize = 16;
/// How many thermometers may be out of their range: more than a profile can name.
pub const MAX_OUT_OF_RANGE: usize = 64;
/// What was sent waits for its carrier, for as long as it takes.
pub const OUTGOING_RETENTION_S: u32 = u32::MAX;
/// How long an unannounced parcel may wait until the hub says otherwise: seven days, in collectable seconds.
pub const UNANNOUNCED_RETENTION_S: u32 = 7 * 24 * 3_600;

/// The books.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct State {
    /// Which locker this is; none before enrolment.
    #[n(0)]
    pub locker: Option<LockerId>,
    /// The number of the hub's last change applied or refused.
    #[n(1)]
    pub cursor: u64,
    /// Every parcel that is expected or inside, and the last that have left.
    #[n(2)]
    pub parcels: BTreeMap<ParcelId, Parcel>,
    /// Every compartment of which something is known; see [`State::contents`] for the others.
    #[n(3)]
    pub compartments: BTreeMap<CompartmentId, Compartment>,
    /// The openings that are not over.
    #[n(4)]
    pub openings: BTreeMap<OpeningId, Opening>,
    /// The number of the last opening begun.
    #[n(5)]
    pub last_opening: u64,
    /// The number of the last case raised.
    #[n(6)]
    pub last_case: u32,
    /// How many parcels were admitted without the hub's number.
    #[n(7)]
    pub admitted: u32,
    /// Who may work here.
    #[n(8)]
    pub staff: BTreeMap<StaffId, Staff>,
    /// Whose passes no longer count.
    #[n(9)]
    pub revoked: BTreeSet<StaffId>,
    /// Codes missed and not yet forgiven: 0 to [`MAX_CODE_MISSES`].
    #[n(10)]
    pub code_misses: u8,
    /// PINs missed and not yet forgiven: 0 to [`MAX_PIN_MISSES`].
    #[n(11)]
    pub pin_misses: u8,
    /// No clock is before this: seconds since 1970, UTC.
    #[n(12)]
    pub floor_unix_s: u64,
    /// Parcels that have left, oldest first.
    #[n(13)]
    pub over: VecDeque<ParcelId>,
    /// History is missing: a compartment of which nothing is known is not taken for empty.
    #[n(14)]
    pub history_cut: bool,
    /// The last cases raised, oldest first: at most [`MAX_CASES`].
    #[n(15)]
    #[cbor(default)]
    pub cases: VecDeque<Case>,
    /// What the locker ran on when that was last recorded.
    #[n(16)]
    #[cbor(default)]
    pub supply: Supply,
    /// The thermometers that were last recorded as out of their range: at most [`MAX_OUT_OF_RANGE`].
    #[n(17)]
    #[cbor(default)]
    pub out_of_range: BTreeSet<String>,
}

/// A case that was raised at a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Case {
    /// Its number.
    #[n(0)]
    pub id: CaseId,
    /// Where.
    #[n(1)]
    pub compartment: CompartmentId,
    /// What kind.
    #[n(2)]
    pub problem: Problem,
    /// Whether it was answered.
    #[n(3)]
    pub answered: bool,
}

/// A parcel.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Parcel {
    /// Which carrier's.
    #[n(0)]
    pub tenant: TenantId,
    /// What stands on it.
    #[n(1)]
    pub label: Label,
    /// The label's tag.
    #[n(2)]
    pub label_tag: LabelTag,
    /// Whose; none while an unannounced parcel is not matched.
    #[n(3)]
    pub recipient: Option<RecipientId>,
    /// The tag of its pickup code.
    #[n(4)]
    pub code: Option<CodeTag>,
    /// The smallest compartment that it fits.
    #[n(5)]
    pub size: Size,
    /// How long it may wait, in collectable seconds.
    #[n(6)]
    pub retention_s: u32,
    /// How long it has waited, in collectable seconds.
    #[n(7)]
    pub waited_s: u32,
    /// Whether its recipient asked for a door within reach.
    #[n(8)]
    pub reachable: bool,
    /// It has waited for as long as it may.
    #[n(9)]
    pub expired: bool,
    /// Its carrier wants it back.
    #[n(10)]
    pub recalled: bool,
    /// Where it is.
    #[n(11)]
    pub place: Place,
    /// The order that it is a part of, where that comes in several parcels.
    #[n(12)]
    pub order: Option<Order>,
    /// A person sends it from here: it is for no recipient, and waits for its carrier's courier.
    #[n(13)]
    pub outgoing: Option<Outgoing>,
    /// Whoever brought it said that it does not go in, and nobody saw that it is not behind that door: its carrier's next courier looks.
    #[n(14)]
    #[cbor(default)]
    pub left_over: bool,
    /// The temperature that it must be kept at.
    #[n(15)]
    pub keep: Option<TemperatureRange>,
}

/// What is known of a parcel that a person sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Outgoing {
    /// The smallest compartment that it fits; none where the sender chooses.
    #[n(0)]
    pub size: Option<Size>,
}

/// Where a parcel is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Place {
    /// Not here yet.
    #[n(0)]
    Expected,
    /// In a compartment.
    #[n(1)]
    Inside(#[n(0)] CompartmentId),
    /// Perhaps in a compartment: an opening that touched it ended Unknown. Every right to it is kept.
    #[n(2)]
    Doubtful(#[n(0)] CompartmentId),
    /// Taken out.
    #[n(3)]
    Out(#[n(0)] By),
    /// It will not come.
    #[n(4)]
    Cancelled,
}

/// Who took a parcel out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum By {
    /// Its recipient.
    #[n(0)]
    Recipient,
    /// Its carrier's courier.
    #[n(1)]
    Carrier,
    /// A technician.
    #[n(2)]
    Staff,
}

impl Parcel {
    /// Whether this label, in its one way of writing, is the parcel's. One that was announced before labels were written in
    /// one way is compared by what it means.
    pub fn is_labelled(&self, tag: LabelTag, label: &Label) -> bool {
        if self.label == *label { self.label_tag == tag } else { self.label.is_of_same_parcel(label) }
    }

    /// The compartment that holds it, or may.
    pub fn compartment(&self) -> Option<CompartmentId> {
        match self.place {
            Place::Inside(compartment) | Place::Doubtful(compartment) => Some(compartment),
            Place::Expected | Place::Out(_) | Place::Cancelled => None,
        }
    }

    /// Whether it is in this compartment, or may be.
    pub fn is_at(&self, compartment: CompartmentId) -> bool {
        self.compartment() == Some(compartment)
    }

    /// Whether it may be in this compartment, which lists it: it is there, or in doubt, wherever that began. A courier whom
    /// one door failed may have gone to another, and it is behind the first all the same.
    pub fn may_be_at(&self, compartment: CompartmentId) -> bool {
        self.is_at(compartment) || matches!(self.place, Place::Doubtful(_))
    }

    /// Whether its story here is over.
    pub fn is_over(&self) -> bool {
        matches!(self.place, Place::Out(_) | Place::Cancelled)
    }

    /// Whether its carrier is to take it out.
    pub fn goes_back(&self) -> bool {
        (self.expired || self.recalled || self.left_over || self.outgoing.is_some())
            && self.compartment().is_some()
    }
}

/// A compartment.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Compartment {
    /// What is believed to be inside.
    #[n(0)]
    pub contents: Contents,
    /// Why it is out of service, if it is.
    #[n(1)]
    pub out: Option<OutOfService>,
    /// How often its door was opened: wear.
    #[n(2)]
    pub openings: u32,
    /// How many openings in a row the locker itself interrupted.
    #[n(3)]
    pub interruptions: u8,
    /// Who may open it again: from an observed close until the reopen window ends.
    #[n(4)]
    pub reopen: Option<Entitled>,
    /// How often it jammed on the last day on which it did.
    #[n(5)]
    #[cbor(default)]
    pub jams: Jams,
}

/// How often a door jammed on one day, by the earliest time that it can have been.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Jams {
    /// Days since 1970, UTC, of the floor under all clocks.
    #[n(0)]
    pub floor_day: u64,
    /// How often.
    #[n(1)]
    pub times: u16,
}

/// What is believed to be inside a compartment.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Contents {
    /// Nothing.
    #[n(0)]
    Empty,
    /// These, and perhaps no longer while a reopen window runs.
    #[n(1)]
    Holds(#[n(0)] Vec<ParcelId>),
    /// Not known: never offered, settled only by staff, an item sensor, or an opening that takes out all that may be inside.
    #[n(2)]
    Unknown {
        /// Since what.
        #[n(0)]
        why: Why,
        /// What may be inside.
        #[n(1)]
        maybe: Vec<ParcelId>,
    },
}

/// Why contents are unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Why {
    /// An opening ended like this.
    #[n(0)]
    Opening(#[n(0)] Outcome),
    /// This happened outside any opening.
    #[n(1)]
    Doubt(#[n(0)] Doubt),
    /// Staff had it open, and have not said what is inside.
    #[n(2)]
    Service,
    /// A case was answered: what was taken for collected may still be inside.
    #[n(3)]
    Case,
    /// Whoever brought a parcel said that it does not go in there, and nobody saw that it did not stay. All else that is listed was
    /// sure to be there before.
    #[n(4)]
    Declined,
}

impl Contents {
    /// Every parcel that is or may be inside.
    pub fn listed(&self) -> &[ParcelId] {
        match self {
            Self::Empty => &[],
            Self::Holds(parcels) | Self::Unknown { maybe: parcels, .. } => parcels,
        }
    }
}

/// An opening that is not over.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Opening {
    /// The door.
    #[n(0)]
    pub compartment: CompartmentId,
    /// What for.
    #[n(1)]
    pub purpose: Purpose,
    /// Who had the right, and why.
    #[n(2)]
    pub entitled: Entitled,
    /// What is expected to go in.
    #[n(3)]
    pub goes_in: Vec<ParcelId>,
    /// What is expected to come out.
    #[n(4)]
    pub comes_out: Vec<ParcelId>,
    /// What the sensor said before.
    #[n(5)]
    pub baseline: Door,
    /// Pulses tried.
    #[n(6)]
    pub attempts: u8,
    /// The door was seen open.
    #[n(7)]
    pub opened: bool,
    /// What the person at the door said of what is inside: weighed when it closes, also after a restart.
    #[n(8)]
    pub said: Option<Outcome>,
    /// Why nothing goes in after all: once the door is seen closed, nothing was stored.
    #[n(9)]
    pub declined: Option<Decline>,
}

impl State {
    /// What is believed to be inside.
    pub fn contents(&self, compartment: CompartmentId) -> Contents {
        self.compartments
            .get(&compartment)
            .map_or_else(|| self.unseen_contents(), |known| known.contents.clone())
    }

    /// What a compartment holds of which no event ever spoke.
    pub(crate) fn unseen_contents(&self) -> Contents {
        if self.history_cut {
            Contents::Unknown { why: Why::Doubt(Doubt::HistoryCut), maybe: Vec::new() }
        } else {
            Contents::Empty
        }
    }

    /// Why a compartment is out of service, if it is.
    pub fn out_of_service(&self, compartment: CompartmentId) -> Option<OutOfService> {
        self.compartments.get(&compartment).and_then(|known| known.out)
    }

    /// The opening of this door that is not over.
    pub fn opening_of(&self, compartment: CompartmentId) -> Option<(OpeningId, &Opening)> {
        self.openings
            .iter()
            .find(|(_, opening)| opening.compartment == compartment)
            .map(|(id, opening)| (*id, opening))
    }

    /// The opening that this parcel is to go in or come out by.
    pub fn opening_touching(&self, parcel: ParcelId) -> Option<(OpeningId, &Opening)> {
        self.openings
            .iter()
            .find(|(_, opening)| opening.goes_in.contains(&parcel) || opening.comes_out.contains(&parcel))
            .map(|(id, opening)| (*id, opening))
    }

    /// The parcel with this label whose story is not over. Carriers may print the same label: this one's comes first.
    pub fn parcel_labelled(
        &self,
        tag: LabelTag,
        label: &Label,
        tenant: TenantId,
    ) -> Option<(ParcelId, &Parcel)> {
        self.parcels
            .iter()
            .filter(|(_, parcel)| !parcel.is_over() && parcel.is_labelled(tag, label))
            .min_by_key(|(_, parcel)| parcel.tenant != tenant)
            .map(|(id, parcel)| (*id, parcel))
    }

    /// The parcel with this pickup code: one whose story goes on before one whose story is over.
    pub fn parcel_with_code(&self, code: CodeTag) -> Option<(ParcelId, &Parcel)> {
        let with_code = || self.parcels.iter().filter(|(_, parcel)| parcel.code == Some(code));
        with_code()
            .find(|(_, parcel)| !parcel.is_over())
            .or_else(|| with_code().next_back())
            .map(|(id, parcel)| (*id, parcel))
    }

    /// The day of the floor under all clocks: days since 1970, UTC.
    pub(crate) fn floor_day(&self) -> u64 {
        self.floor_unix_s / 86_400
    }

    /// The case with this number, while it is remembered.
    pub fn case(&self, case: CaseId) -> Option<&Case> {
        self.cases.iter().rfind(|known| known.id == case)
    }

    /// The compartments within their reopen window.
    pub fn reopen_windows(&self) -> impl Iterator<Item = CompartmentId> + '_ {
        self.compartments
            .iter()
            .filter(|(_, known)| known.reopen.is_some())
            .map(|(compartment, _)| *compartment)
    }
}
