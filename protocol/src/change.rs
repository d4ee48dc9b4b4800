//! What the hub asks of a locker: numbered, signed, applied in unbroken order.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::id::{
    CaseId, CodeTag, CompartmentId, LabelTag, LockerId, OrderId, ParcelId, RecipientId, StaffId, TenantId,
};
use crate::parcel::{Label, Size};
use crate::seal::Sealed;

/// One change, for one locker, under its number. Numbers begin at 1 and leave no gap.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct Numbered {
    /// The locker it is for.
    #[n(0)]
    pub locker: LockerId,
    /// Its place in the order.
    #[n(1)]
    pub number: u64,
    /// What is asked.
    #[n(2)]
    pub change: Change,
}

impl Sealed for Numbered {
    const PURPOSE: &'static str = "locker/1/change";
}

/// What the hub can ask.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A parcel will come.
    #[n(0)]
    Announce {
        /// The parcel.
        #[n(0)]
        announcement: Announcement,
    },
    /// A parcel will not come. Refused once it is inside.
    #[n(1)]
    Cancel {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
    },
    /// A parcel may wait longer.
    #[n(2)]
    Extend {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
        /// How much longer, in collectable seconds.
        #[n(1)]
        by_s: u32,
    },
    /// A courier of its tenant is to take it out again.
    #[n(3)]
    Recall {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
    },
    /// The earlier pickup code of this parcel ends; this one begins.
    #[n(4)]
    NewCode {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
        /// The tag of the new code.
        #[n(1)]
        code: CodeTag,
    },
    /// A parcel that came unannounced is for this person.
    #[n(5)]
    Match {
        /// Which.
        #[n(0)]
        parcel: ParcelId,
        /// For whom.
        #[n(1)]
        recipient: RecipientId,
        /// The tag of its pickup code.
        #[n(2)]
        code: CodeTag,
        /// How long it may wait, in collectable seconds.
        #[n(3)]
        retention_s: u32,
    },
    /// A courier or technician may work here. Replaces what was known of this person.
    #[n(6)]
    Staff {
        /// Who.
        #[n(0)]
        staff: Staff,
    },
    /// A courier or technician may no longer work here.
    #[n(7)]
    RevokeStaff {
        /// Who.
        #[n(0)]
        staff: StaffId,
    },
    /// Typing of codes is allowed again.
    #[n(8)]
    RefillCodes,
    /// A compartment leaves service, or returns to it.
    #[n(9)]
    Service {
        /// Which.
        #[n(0)]
        compartment: CompartmentId,
        /// Whether it may be used.
        #[n(1)]
        in_service: bool,
    },
    /// A person will send a parcel from here.
    #[n(10)]
    AnnounceReturn {
        /// The parcel.
        #[n(0)]
        announcement: ReturnAnnouncement,
    },
    /// Somebody answers a case that was raised at a door.
    #[n(11)]
    AnswerCase {
        /// Which.
        #[n(0)]
        case: CaseId,
        /// What is done about it.
        #[n(1)]
        answer: CaseAnswer,
    },
}

/// What is done about a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum CaseAnswer {
    /// The parcel may still be behind the case's door: its recipient may open that door once more, by code or pass, standing there.
    /// Refused where somebody else's parcel may be behind it.
    #[n(0)]
    OpenAgain {
        /// Which parcel.
        #[n(0)]
        parcel: ParcelId,
    },
    /// The parcel may wait longer.
    #[n(1)]
    Extend {
        /// Which parcel.
        #[n(0)]
        parcel: ParcelId,
        /// How much longer, in collectable seconds.
        #[n(1)]
        by_s: u32,
    },
    /// Staff come and look.
    #[n(2)]
    StaffComes,
}

/// What is known of a parcel that a person will put in, for its carrier to take out: never for a recipient here.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct ReturnAnnouncement {
    /// The parcel.
    #[n(0)]
    pub parcel: ParcelId,
    /// Whose it is to take away.
    #[n(1)]
    pub tenant: TenantId,
    /// What stands on it.
    #[n(2)]
    pub label: Label,
    /// The label's tag.
    #[n(3)]
    pub label_tag: LabelTag,
    /// The tag of the code by which it can be sent without its label. No pickup code at this locker has the same.
    #[n(4)]
    pub code: Option<CodeTag>,
    /// The smallest compartment that it fits; none where the sender chooses.
    #[n(5)]
    pub size: Option<Size>,
}

/// What is known of a parcel before it comes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct Announcement {
    /// The parcel.
    #[n(0)]
    pub parcel: ParcelId,
    /// Whose it is to deliver.
    #[n(1)]
    pub tenant: TenantId,
    /// What stands on it.
    #[n(2)]
    pub label: Label,
    /// The label's tag.
    #[n(3)]
    pub label_tag: LabelTag,
    /// Whose it is to collect.
    #[n(4)]
    pub recipient: RecipientId,
    /// The tag of its pickup code.
    #[n(5)]
    pub code: CodeTag,
    /// The smallest compartment that it fits.
    #[n(6)]
    pub size: Size,
    /// How long it may wait, in collectable seconds.
    #[n(7)]
    pub retention_s: u32,
    /// Whether its recipient asked for a door that can be reached from a wheelchair.
    #[n(8)]
    pub reachable: bool,
    /// The order that it is a part of, where that comes in several parcels.
    #[n(9)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// The temperature that it must be kept at: it goes only into a compartment that keeps it.
    #[n(10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<TemperatureRange>,
}

/// A range of temperature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct TemperatureRange {
    /// The lowest, in tenths of a degree Celsius.
    #[n(0)]
    pub low_tenths_c: i16,
    /// The highest, in tenths of a degree Celsius.
    #[n(1)]
    pub high_tenths_c: i16,
}

impl TemperatureRange {
    /// Whether whatever is kept in the other range is kept in this one.
    pub fn contains(self, other: Self) -> bool {
        self.low_tenths_c <= other.low_tenths_c && other.high_tenths_c <= self.high_tenths_c
    }

    /// How wide it is, in tenths of a degree.
    pub fn width_tenths(self) -> u16 {
        if self.high_tenths_c < self.low_tenths_c {
            0
        } else {
            self.high_tenths_c.abs_diff(self.low_tenths_c)
        }
    }
}

/// An order that comes in several parcels, perhaps on several days.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct Order {
    /// Which: the same for each of its parcels.
    #[n(0)]
    pub id: OrderId,
    /// How many parcels it has: 2 to 255.
    #[n(1)]
    pub parcels: u8,
}

/// What a person of the staff may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Deposits, and takes out the parcels of the own tenant.
    #[n(0)]
    Courier,
    /// Opens doors to repair and to look.
    #[n(1)]
    Technician,
}

/// A courier or technician.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
pub struct Staff {
    /// Who.
    #[n(0)]
    pub staff: StaffId,
    /// For which carrier.
    #[n(1)]
    pub tenant: TenantId,
    /// What for.
    #[n(2)]
    pub role: Role,
    /// The tag of id and PIN, where signing in by PIN is allowed.
    #[n(3)]
    pub pin: Option<CodeTag>,
}

/// How a locker answers a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No such parcel, person or compartment here.
    #[n(0)]
    NotKnown,
    /// The parcel is inside, or may be: only an opening takes it out.
    #[n(1)]
    Inside,
    /// The parcel is not inside.
    #[n(2)]
    NotInside,
    /// The parcel has left, or was cancelled: its story is over.
    #[n(3)]
    Over,
    /// The same parcel is already known with other particulars.
    #[n(4)]
    Conflict,
    /// The locker holds as many as it can.
    #[n(5)]
    Full,
}
