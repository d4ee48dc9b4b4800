//! What can happen.

use locker_protocol::event::{Answer, Door};
use locker_protocol::{
    CodeTag, CompartmentId, Label, LabelTag, LockerId, Numbered, OpeningId, Pass, Size, StaffId,
};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// The program started, on these books. The first input, once.
    Started {
        /// The program's version.
        version: String,
    },
    /// A person gave the locker's claim to a hub.
    Enrolled(LockerId),
    /// A person touched something.
    Touched(Intent),
    /// A person typed or scanned something.
    Presented(Presented),
    /// A door's sensor was read.
    Reading {
        /// Which door.
        compartment: CompartmentId,
        /// What it said.
        door: Door,
        /// When it was sampled, in monotonic milliseconds: before it was reported.
        sampled_at_ms: u64,
    },
    /// What became of an [`Unlock`](crate::Unlock).
    Unlocked {
        /// For which opening.
        opening: OpeningId,
        /// Which try.
        attempt: u8,
        /// What the bus says.
        answer: Answer,
    },
    /// A change, verified to be the hub's, for this locker.
    Change(Numbered),
    /// The hub said the time, in answer to a nonce of this start.
    HubTime {
        /// Seconds since 1970, UTC.
        unix_s: u64,
    },
    /// The hub can be heard, or no longer, as far as sync can tell: for what is said to people, never for what is done.
    Network {
        /// Whether it can.
        reaches_hub: bool,
    },
    /// A compartment's item sensor was read.
    Item {
        /// Which compartment.
        compartment: CompartmentId,
        /// What it said.
        item: Item,
        /// When it was sampled, in monotonic milliseconds: before it was reported.
        sampled_at_ms: u64,
    },
    /// What the power supply says.
    Power {
        /// The mains are there.
        mains: bool,
        /// How full the battery is, 0 to 100; nothing where nobody measures it.
        percent: Option<u8>,
    },
    /// A tamper sensor of the cabinet was moved more than its limit.
    Tamper {
        /// Its name in the profile.
        sensor: String,
    },
    /// A temperature was read.
    Temperature {
        /// The sensor's name in the profile.
        sensor: String,
        /// Tenths of a degree Celsius; nothing where it says nothing sensible.
        tenths_c: Option<i16>,
    },
    /// Time passed.
    Tick,
}

/// What an item sensor says of its compartment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// Something is inside.
    Present,
    /// Nothing is inside.
    Absent,
    /// No word from it.
    Unknown,
}

/// What a person wants, by a touch or a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intent {
    /// Collect a parcel.
    Collect,
    /// Send a parcel.
    Send,
    /// Work as courier.
    SignIn,
    /// Go back, without doing it.
    Back,
    /// This size.
    ChooseSize(Size),
    /// The parcel of an earlier deposit is not in there.
    NotInThere,
    /// This one of a short list, from 0.
    Pick(u8),
    /// Open the last door again.
    Reopen,
    /// Try the stuck door again.
    TryAgain,
    /// The door is open, whatever its sensor says.
    ItIsOpen,
    /// The compartment is empty.
    Empty,
    /// Yes, report it.
    Yes,
    /// No.
    No,
    /// This is somebody else's parcel.
    NotMine,
    /// Leave this door open and go on.
    Skip,
    /// Keep the rest for another time.
    NotNow,
    /// Take out what waits for the courier.
    TakeOut,
    /// More time, please.
    MoreTime,
    /// Open the doors that are spoken of.
    GoOn,
    /// Choose doors within reach, until this person leaves; again: no longer.
    LowerDoors,
    /// Done.
    Finish,
    /// Let somebody collect in between.
    LetCollect,
    /// All of these doors, one after another.
    OpenAll,
    /// A larger compartment, please.
    Larger,
    /// A smaller one will do.
    Smaller,
    /// This parcel fits nowhere here.
    DoesNotFit,
    /// The compartment is dirty, or something is inside.
    DirtyOrFull,
    /// The next receipt.
    NextReceipt,
    /// The receipt of what was taken.
    ShowReceipt,
    /// The doors, for a technician.
    Doors,
    /// Look behind doors, and settle what is inside.
    Inventory,
    /// The last cases.
    Cases,
    /// This locker.
    About,
    /// The next page.
    NextPage,
    /// Open this door, to look or repair.
    OpenDoor,
    /// Take this door out of service, or back.
    ToggleService,
    /// Only the doors of which it is not known what is inside.
    OnlyUnknown,
    /// Begin the program again.
    Restart,
}

/// Something typed or scanned, already told apart and, where it is signed, verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Presented {
    /// Ten digits whose check digit holds.
    Code(CodeTag),
    /// Digits that cannot be a code: a slip, not a guess.
    Mistyped,
    /// A staff id and PIN.
    Pin(StaffId, CodeTag),
    /// A pass that this locker's hub signed for this locker.
    Pass(Pass),
    /// A pass, but not one that counts here.
    PassRefused(PassProblem),
    /// A label.
    Label(Label, LabelTag),
    /// Something scanned that is none of these.
    Unreadable,
}

/// Why a pass does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PassProblem {
    /// For another locker.
    OtherLocker,
    /// Not signed by this locker's hub.
    Forged,
    /// Made by a newer version.
    NotUnderstood,
}
