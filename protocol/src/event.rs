//! What the journal holds: durable facts, in the order in which they were decided.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::change::{Announcement, Change, Refusal};
use crate::id::{
    CaseId, CompartmentId, Hash, JournalId, LabelTag, LockerId, OpeningId, ParcelId, RecipientId, StaffId,
    TenantId,
};
use crate::parcel::{Label, Size};

/// The most compartments that one [`Event::Temperature`] names: an event fits one record of the journal.
pub const MAX_DOORS_OF_TEMPERATURE: usize = 40;

/// One line of a journal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct Entry {
    /// The journal.
    #[n(0)]
    pub journal: JournalId,
    /// Its place, from 1, without gaps.
    #[n(1)]
    pub seq: u64,
    /// When, as far as the locker knows.
    #[n(2)]
    pub at: Stamp,
    /// The hash of the line before; all zeros for the first.
    #[n(3)]
    pub before: Hash,
    /// What.
    #[n(4)]
    pub event: Event,
}

/// A time, for people and logs. Nothing is decided by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct Stamp {
    /// Monotonic milliseconds since the machine started.
    #[n(0)]
    pub mono_ms: u64,
    /// Seconds since 1970, UTC.
    #[n(1)]
    pub unix_s: u64,
    /// Whether the hub vouched for that time since this start; otherwise it is only a floor.
    #[n(2)]
    pub from_hub: bool,
}

/// A durable fact.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The kiosk started on this journal.
    #[n(0)]
    Started {
        /// The program's version.
        #[n(0)]
        version: String,
    },
    /// The locker became this locker.
    #[n(1)]
    Enrolled {
        /// Its id.
        #[n(0)]
        locker: LockerId,
    },
    /// This journal follows a damaged or foreign one: the state is what could be verified of it, and every
    /// compartment whose history may be cut is Unknown.
    #[n(2)]
    Recovered {
        /// The journal before.
        #[n(0)]
        before: JournalId,
        /// The last number that could be verified without a gap.
        #[n(1)]
        verified: u64,
        /// How many numbers are missing, as far as can be told.
        #[n(2)]
        missing: u64,
    },
    /// The hub's change was applied.
    #[n(3)]
    Applied {
        /// Its number.
        #[n(0)]
        number: u64,
        /// What was asked.
        #[n(1)]
        change: Change,
    },
    /// The hub's change was refused.
    #[n(4)]
    Refused {
        /// Its number.
        #[n(0)]
        number: u64,
        /// Why.
        #[n(1)]
        why: Refusal,
    },
    /// A parcel became known at the door, by a deposit pass or from its label alone.
    #[n(5)]
    Admitted {
        /// The parcel.
        #[n(0)]
        parcel: ParcelId,
        /// What the deposit pass said of it; nothing for an unannounced one.
        #[n(1)]
        announcement: Option<Announcement>,
        /// What stands on it.
        #[n(2)]
        label: Label,
        /// The label's tag.
        #[n(3)]
        label_tag: LabelTag,
        /// Whose courier brought it.
        #[n(4)]
        tenant: TenantId,
        /// The size chosen.
        #[n(5)]
        size: Size,
    },
    /// A pass made a parcel that came unannounced this person's.
    #[n(6)]
    Claimed {
        /// The parcel.
        #[n(0)]
        parcel: ParcelId,
        /// Whose.
        #[n(1)]
        recipient: RecipientId,
    },
    /// A door is about to be opened.
    #[n(7)]
    Began {
        /// The opening.
        #[n(0)]
        opening: OpeningId,
        /// The door.
        #[n(1)]
        compartment: CompartmentId,
        /// What for.
        #[n(2)]
        purpose: Purpose,
        /// Who had the right, and why.
        #[n(3)]
        entitled: Entitled,
        /// What is expected to go in.
        #[n(4)]
        goes_in: Vec<ParcelId>,
        /// What is expected to come out.
        #[n(5)]
        comes_out: Vec<ParcelId>,
        /// What the door's sensor said before.
        #[n(6)]
        baseline: Door,
    },
    /// A pulse is about to be tried.
    #[n(8)]
    Tried {
        /// For which opening.
        #[n(0)]
        opening: OpeningId,
        /// Which try, from 1.
        #[n(1)]
        attempt: u8,
    },
    /// A try that the lock board did not simply acknowledge.
    #[n(9)]
    Answered {
        /// For which opening.
        #[n(0)]
        opening: OpeningId,
        /// Which try.
        #[n(1)]
        attempt: u8,
        /// How.
        #[n(2)]
        answer: Answer,
    },
    /// The door was seen open.
    #[n(10)]
    Opened {
        /// In which opening.
        #[n(0)]
        opening: OpeningId,
    },
    /// The opening is over.
    #[n(11)]
    Ended {
        /// Which.
        #[n(0)]
        opening: OpeningId,
        /// How.
        #[n(1)]
        outcome: Outcome,
    },
    /// The reopen window passed, or staff looked: this is inside, and nothing else.
    #[n(12)]
    Settled {
        /// Where.
        #[n(0)]
        compartment: CompartmentId,
        /// What is inside.
        #[n(1)]
        holds: Vec<ParcelId>,
        /// Who looked, if a person did.
        #[n(2)]
        by: Option<StaffId>,
    },
    /// Something happened to a door outside any opening: what is inside is no longer known.
    #[n(13)]
    Doubted {
        /// Where.
        #[n(0)]
        compartment: CompartmentId,
        /// What happened.
        #[n(1)]
        why: Doubt,
    },
    /// A compartment left service, or returned to it, by the locker's own decision or a technician's.
    #[n(14)]
    Service {
        /// Which.
        #[n(0)]
        compartment: CompartmentId,
        /// Why it is out; nothing when it is back.
        #[n(1)]
        out: Option<OutOfService>,
        /// Who decided it at the kiosk; nothing where the locker did by itself.
        #[n(2)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<StaffId>,
    },
    /// A code or PIN was tried that matches nothing.
    #[n(15)]
    Missed {
        /// What was being guessed.
        #[n(0)]
        guess: Guess,
    },
    /// Misses allowed again, one at a time.
    #[n(16)]
    MissForgiven {
        /// Of what.
        #[n(0)]
        guess: Guess,
    },
    /// Time passed in which parcels could be collected.
    #[n(17)]
    Waited {
        /// How long, in seconds.
        #[n(0)]
        seconds: u32,
        /// The doors with parcels behind them that could be collected from all that time; of many doors, some.
        #[n(1)]
        doors: Vec<CompartmentId>,
    },
    /// A parcel has waited for as long as it may. It stays collectable until someone takes it out.
    #[n(18)]
    Expired {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
    },
    /// A problem was raised at a door.
    #[n(19)]
    CaseRaised {
        /// Its number.
        #[n(0)]
        case: CaseId,
        /// What kind.
        #[n(1)]
        problem: Problem,
        /// Where.
        #[n(2)]
        compartment: CompartmentId,
        /// In which opening.
        #[n(3)]
        opening: Option<OpeningId>,
    },
    /// A courier or technician signed in.
    #[n(20)]
    SignedIn {
        /// Who.
        #[n(0)]
        staff: StaffId,
    },
    /// The hub vouched for a time later than any before.
    #[n(21)]
    FloorRaised {
        /// Seconds since 1970, UTC.
        #[n(0)]
        unix_s: u64,
    },
    /// Whoever has this door open to put a parcel in says that it does not go in there: the opening, once its door is seen
    /// closed, has stored nothing.
    #[n(22)]
    Declined {
        /// Which opening.
        #[n(0)]
        opening: OpeningId,
        /// Why.
        #[n(1)]
        why: Decline,
    },
    /// A courier brought a parcel, and it stays in the van.
    #[n(23)]
    LeftOver {
        /// Which, where the locker knows it.
        #[n(0)]
        parcel: Option<ParcelId>,
        /// The tag of its label.
        #[n(1)]
        label_tag: LabelTag,
        /// Why.
        #[n(2)]
        why: WhyLeftOver,
    },
    /// A courier's stop ended.
    #[n(24)]
    SignedOut {
        /// Who.
        #[n(0)]
        staff: StaffId,
        /// How many parcels were put in.
        #[n(1)]
        stored: u16,
        /// How many were taken out for their carrier.
        #[n(2)]
        taken_out: u16,
        /// How many stayed in the van, as far as they were scanned.
        #[n(3)]
        left_over: u16,
    },
    /// A technician who has a door open to look scanned this parcel behind it.
    #[n(25)]
    Seen {
        /// In which opening.
        #[n(0)]
        opening: OpeningId,
        /// Which parcel.
        #[n(1)]
        parcel: ParcelId,
    },
    /// The locker runs on something else than before.
    #[n(26)]
    Power {
        /// On what.
        #[n(0)]
        supply: Supply,
    },
    /// Somebody shakes the cabinet, or opens what only staff open.
    #[n(27)]
    Tampered {
        /// The sensor's name in the cabinet's profile: at most 40 characters.
        #[n(0)]
        sensor: String,
    },
    /// A temperature left its range or came back into it, or is not known any more. Of a thermometer that is in more compartments
    /// than one event names, there are several.
    #[n(28)]
    Temperature {
        /// The sensor's name in the cabinet's profile: at most 40 characters.
        #[n(0)]
        sensor: String,
        /// What it said, in tenths of a degree Celsius; nothing where it says nothing.
        #[n(1)]
        tenths_c: Option<i16>,
        /// Whether that is within its range. One that says nothing and is in range is not in the cabinet's profile any more.
        #[n(2)]
        in_range: bool,
        /// The compartments that it is in: at most [`MAX_DOORS_OF_TEMPERATURE`]. None where it is in the cabinet, or where an
        /// earlier release did not say.
        #[n(3)]
        #[cbor(skip_if = "Vec::is_empty")]
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        compartments: Vec<CompartmentId>,
    },
}

/// What the locker runs on.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Supply {
    /// The mains.
    #[default]
    #[n(0)]
    Mains,
    /// Its battery: everything works.
    #[n(1)]
    Battery,
    /// Its battery, under a fifth full: nothing is taken in any more.
    #[n(2)]
    BatteryLow,
    /// Its battery, nearly empty: it stops before the power does.
    #[n(3)]
    BatteryEmpty,
}

/// Why a parcel does not go behind the door that was opened for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// The compartment is too small for it.
    #[n(0)]
    TooSmall,
    /// A smaller compartment would do.
    #[n(1)]
    TooLarge,
    /// No compartment will do: it stays with the courier.
    #[n(2)]
    DoesNotFit,
    /// The compartment is dirty, or something is inside.
    #[n(3)]
    Found,
}

/// Why a parcel stays in the van.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum WhyLeftOver {
    /// No compartment of this size, or larger, was free.
    #[n(0)]
    NoRoom {
        /// Which size.
        #[n(0)]
        size: Size,
    },
    /// It fits into none of the compartments here.
    #[n(1)]
    DoesNotFit,
    /// Compartments were free, and no sensor said that their doors are closed: a lock board does not answer.
    #[n(2)]
    DoorsSilent,
    /// No compartment that keeps its temperature, and is large enough, was free.
    #[n(3)]
    NotKept,
}

/// What a door's sensor says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// No word from it: never to be taken for closed.
    #[n(0)]
    Unknown,
    /// Closed.
    #[n(1)]
    Closed,
    /// Open.
    #[n(2)]
    Open,
}

/// What a door is opened for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A courier puts a parcel in.
    #[n(0)]
    Deposit,
    /// A recipient takes parcels out.
    #[n(1)]
    Collect,
    /// A courier takes parcels out.
    #[n(2)]
    Retrieve,
    /// A person sends a parcel.
    #[n(3)]
    Send,
    /// Staff look or repair.
    #[n(4)]
    Service,
}

/// Who had the right to an opening, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Entitled {
    /// The recipient of what comes out.
    #[n(0)]
    Recipient {
        /// Who.
        #[n(0)]
        recipient: RecipientId,
        /// By what.
        #[n(1)]
        by: Proof,
    },
    /// A courier of the tenant of what goes in or comes out.
    #[n(1)]
    Courier {
        /// Who.
        #[n(0)]
        staff: StaffId,
        /// Of which tenant.
        #[n(1)]
        tenant: TenantId,
    },
    /// The courier who deposited it and says that it is not in there.
    #[n(2)]
    Depositor {
        /// Who; nothing for the bearer of a deposit pass.
        #[n(0)]
        staff: Option<StaffId>,
    },
    /// The bearer of this parcel's deposit pass.
    #[n(3)]
    DepositPass {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
    },
    /// A technician.
    #[n(4)]
    Technician {
        /// Who.
        #[n(0)]
        staff: StaffId,
    },
    /// Whoever sends this parcel: to put it in, never to take anything out.
    #[n(5)]
    Sender {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
        /// By what.
        #[n(1)]
        by: Proof,
    },
}

/// By what a recipient or sender showed the right.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A pickup code.
    #[n(0)]
    Code,
    /// A pass.
    #[n(1)]
    Pass,
    /// A return's label: enough to put a parcel in, never to take one out.
    #[n(2)]
    Label,
}

/// How a lock board answered a pulse.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// No byte left.
    #[n(0)]
    NotSent,
    /// The frame left and the board acknowledged it, which proves nothing of the door.
    #[n(1)]
    Sent,
    /// The board said no.
    #[n(2)]
    Refused,
    /// Bytes left, and no answer that can be understood came.
    #[n(3)]
    Unclear,
}

/// How an opening ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The door was seen to open and to close: what was expected happened.
    #[n(0)]
    Closed,
    /// The door was watched without a gap and stayed closed: nothing moved.
    #[n(1)]
    NeverOpened,
    /// The door was not watched well enough to tell.
    #[n(2)]
    NotSeen,
    /// The locker stopped in the middle.
    #[n(3)]
    Interrupted,
    /// The door stayed open past its limit.
    #[n(4)]
    LeftOpen,
    /// The recipient found nothing.
    #[n(5)]
    SaidEmpty,
    /// The recipient found somebody else's, and put it back.
    #[n(6)]
    SaidNotMine,
}

/// Why contents became unknown outside an opening.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// A door opened that nobody had been let open.
    #[n(0)]
    OpenedUnasked,
    /// The journal was damaged or is new: what happened here may be missing.
    #[n(1)]
    HistoryCut,
    /// A person says that the door is open, and its sensor does not.
    #[n(2)]
    SaidOpen,
    /// A courier found it dirty, or something inside.
    #[n(3)]
    Found,
    /// Its item sensor sees something that the books do not know.
    #[n(4)]
    ItemSeen,
    /// Its item sensor sees nothing where the books know something.
    #[n(5)]
    ItemGone,
}

/// Why a compartment is out of service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum OutOfService {
    /// Its door did not open.
    #[n(0)]
    Stuck,
    /// Its sensor says otherwise than a person does.
    #[n(1)]
    SensorFault,
    /// The locker stopped twice running while opening it.
    #[n(2)]
    InterruptedTwice,
    /// The hub said so.
    #[n(3)]
    ByHub,
    /// A courier found it dirty, or something inside.
    #[n(4)]
    Found,
    /// A technician said so.
    #[n(5)]
    ByStaff,
}

/// What was being guessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Guess {
    /// A pickup code.
    #[n(0)]
    Code,
    /// A staff id and PIN.
    #[n(1)]
    Pin,
}

/// A kind of problem at a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The door did not open.
    #[n(0)]
    Stuck,
    /// The recipient found nothing.
    #[n(1)]
    Empty,
    /// The recipient found somebody else's parcel.
    #[n(2)]
    NotMine,
    /// The door stayed open past its limit.
    #[n(3)]
    LeftOpen,
    /// A door opened that nobody had been let open.
    #[n(4)]
    OpenedUnasked,
    /// The locker stopped twice running while opening this door.
    #[n(5)]
    InterruptedTwice,
    /// The sensor says closed, a person says open.
    #[n(6)]
    SensorFault,
    /// A courier found the compartment dirty, or something inside.
    #[n(7)]
    Found,
    /// A technician looked, and a parcel that the books had there was not.
    #[n(8)]
    Missing,
}
