//! What a person is to see: facts, no words. The screens choose the words.

use locker_protocol::event::{Door, Problem};
use locker_protocol::{CaseId, CompartmentId, LockerId, OpeningId, ParcelId, Size, TenantId};

/// One screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum View {
    /// Nobody is here.
    Home {
        /// A door that somebody left open.
        left_open: Option<CompartmentId>,
        /// Parcels can be sent from here.
        sending: bool,
        /// Parcels are taken in: not while the mains are gone and the battery is low. They are given out all the same.
        takes_in: bool,
    },
    /// A code is awaited, typed or scanned.
    Code,
    /// What was typed or scanned opens nothing.
    NotAccepted {
        /// Why.
        why: NotAccepted,
    },
    /// Too many codes matched nothing.
    CodesPaused {
        /// Until typing is possible again, rounded up.
        minutes: u32,
    },
    /// Several doors are about to be opened one after another, or the next one is out of reach of somebody who asked for
    /// lower doors.
    List {
        /// How many parcels are behind them.
        parcels: u16,
        /// How many doors.
        doors: u16,
        /// The next of them.
        door: CompartmentId,
        /// Lower doors were asked for, and this one is not.
        out_of_reach: bool,
        /// Of an order, not all is here.
        order: Option<OrderProgress>,
    },
    /// A door is being opened.
    Opening {
        /// Which.
        door: CompartmentId,
        /// Its place among this person's doors, from 1.
        index: u16,
        /// How many doors this person has.
        of: u16,
    },
    /// The door seems to jam.
    PushDoor {
        /// Which.
        door: CompartmentId,
    },
    /// A door is open.
    DoorOpen {
        /// Which.
        door: CompartmentId,
        /// What the person does there.
        task: Task,
        /// Its place among this person's doors, from 1.
        index: u16,
        /// How many doors this person has.
        of: u16,
        /// It has been open for long.
        left_open: bool,
        /// What else can be said of what is to go in.
        choices: DoorChoices,
        /// What was scanned beside the open door, and came to this.
        note: CourierNote,
    },
    /// Really empty?
    AskEmpty {
        /// Which door.
        door: CompartmentId,
    },
    /// A problem was reported.
    Reported {
        /// Where.
        door: CompartmentId,
        /// Under which number.
        case: CaseId,
    },
    /// All doors are done.
    Done {
        /// The door that can be opened again.
        reopen: Option<CompartmentId>,
        /// The item sensor behind that door sees something, and by the books nothing should be left there. It may be wrong.
        left_inside: bool,
        /// How many doors of this person stay closed with parcels inside.
        kept: u16,
        /// Of an order, not all was here.
        order: Option<OrderProgress>,
        /// What they took is on record, and can be shown as a receipt.
        receipt: bool,
    },
    /// The receipt of what a recipient took.
    Receipt {
        /// The opening that ended last, whose end is on record.
        opening: OpeningId,
        /// What came out in this visit, and from where: at most [`MOVES_A_RECEIPT`], the last.
        moves: Vec<Moved>,
    },
    /// The door does not open.
    Stuck {
        /// Which.
        door: CompartmentId,
        /// Under which number it was reported.
        case: CaseId,
        /// How many other doors this person has.
        others: u16,
    },
    /// A return's label or code is awaited.
    SendScan {
        /// Why the last one was not taken.
        refused: Option<NotAccepted>,
    },
    /// How large is what is to be sent?
    SendSize {
        /// Free compartments into which each size fits: small, medium, large.
        free: [u16; 3],
        /// The label's last characters; empty where a code was typed.
        label_tail: String,
    },
    /// It is inside, and on record.
    Sent {
        /// Behind which door.
        door: CompartmentId,
        /// The opening whose end is on record: what the receipt is about.
        opening: OpeningId,
        /// The parcel.
        parcel: ParcelId,
    },
    /// The door is closed, or never opened, and nothing counts as sent.
    NothingSent {
        /// Which door.
        door: CompartmentId,
    },
    /// No free compartment is large enough for what is to be sent.
    NoRoomToSend,
    /// A courier or technician is to show a badge or type a PIN.
    SignIn {
        /// The last try matched nothing.
        wrong: bool,
        /// How many minutes until a PIN can be typed again, when too many were wrong.
        paused_minutes: Option<u32>,
    },
    /// A courier is signed in: scan.
    Courier {
        /// Free compartments: small, medium, large.
        free: [u16; 3],
        /// How many parcels wait to be taken out.
        take_out: u16,
        /// Whether a deposit of this session can be taken back.
        can_undo: bool,
        /// Whether the session can wait while somebody else collects.
        can_let_collect: bool,
        /// What just happened.
        note: CourierNote,
        /// How many parcels of this carrier were announced and have not come.
        announced: u16,
        /// How many of those may find no door.
        without_room: u16,
        /// How many parcels of this stop stay in the van, so far.
        left_over: u16,
    },
    /// What waits to go back to the carrier.
    TakeOut {
        /// The first doors: at most [`MOST_LISTED`].
        doors: Vec<TakeOutDoor>,
        /// How many further ones there are.
        more: u16,
    },
    /// The same recipient has a parcel behind this door, and there is room beside it: add to it?
    AddToDoor {
        /// Which door.
        door: CompartmentId,
    },
    /// The check digit on this label is wrong: was it read right?
    LabelQuestion {
        /// The label's last characters.
        label_tail: String,
    },
    /// No compartment is large enough: these stay in the van.
    LeftOvers {
        /// The last characters of the first labels: at most [`MOST_LEFT_OVERS`].
        labels: Vec<String>,
        /// How many further ones there are.
        more: u16,
        /// Of which size none is left; none where doors are left, and no sensor says that they are closed.
        size: Option<Size>,
    },
    /// A courier's stop is over, and on record.
    StopDone(Stop),
    /// Nobody announced this parcel: how large is it?
    ChooseSize {
        /// Free compartments into which each size fits: small, medium, large.
        free: [u16; 3],
        /// The label's last characters.
        label_tail: String,
    },
    /// Which deposit is not in there?
    PickDeposit {
        /// The last ones, newest first, with their labels' last characters.
        deposits: Vec<(CompartmentId, String)>,
    },
    /// A technician is signed in: what is wrong now.
    TechnicianHome {
        /// The worst first: at most [`MOST_TROUBLES`].
        troubles: Vec<Trouble>,
        /// How many further ones there are.
        more: u16,
    },
    /// The doors, page by page.
    TechnicianDoors {
        /// At most [`DOORS_A_PAGE`].
        doors: Vec<DoorLine>,
        /// From 1.
        page: u16,
        /// How many pages there are.
        pages: u16,
    },
    /// One door.
    TechnicianDoor {
        /// Which.
        door: CompartmentId,
        /// What its sensor says.
        reading: Door,
        /// What is believed to be behind it.
        contents: Believed,
        /// How many parcels may be behind it.
        parcels: u16,
        /// Why it is out of service, if it is.
        out: Option<TroubleKind>,
        /// How often it jammed today.
        stuck_times: u16,
        /// How long the lock last took from the pulse until the door was seen open, in milliseconds; none since the start.
        lock_ms: Option<u32>,
    },
    /// Before an inventory.
    InventoryIntro {
        /// How many doors there are.
        doors: u16,
        /// Of how many it is not known what is behind them.
        unknown: u16,
    },
    /// A door is open, and what is inside is scanned.
    Inventory {
        /// Which door.
        door: CompartmentId,
        /// Its place in this inventory, from 1.
        index: u16,
        /// How many doors it has.
        of: u16,
        /// How many parcels may be there by the books.
        expected: u16,
        /// How many were scanned.
        found: u16,
        /// What the last scan came to.
        note: InventoryNote,
    },
    /// An inventory is over: what it found of locks, sensors and their wiring.
    InventoryDone {
        /// How many doors were looked behind.
        doors: u16,
        /// The worst first: at most [`MOST_TROUBLES`].
        troubles: Vec<Trouble>,
        /// How many further ones there are.
        more: u16,
    },
    /// The last cases, newest first, page by page.
    TechnicianCases {
        /// At most [`CASES_A_PAGE`].
        cases: Vec<CaseLine>,
        /// From 1.
        page: u16,
        /// How many pages there are.
        pages: u16,
    },
    /// This locker.
    TechnicianAbout {
        /// The hub can be heard.
        network: bool,
        /// The hub has told the time since the start.
        clock_from_hub: bool,
        /// The program's version.
        version: String,
        /// Which locker this is.
        locker: Option<LockerId>,
    },
    /// Does this person need more time?
    StillThere {
        /// Seconds left.
        seconds: u16,
    },
}

/// How many troubles a technician is told of at once.
pub const MOST_TROUBLES: usize = 3;
/// How many doors are on a technician's page: as many as fit every screen.
pub const DOORS_A_PAGE: usize = 4;
/// How many cases are.
pub const CASES_A_PAGE: usize = 4;

/// Something that is wrong now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// At which door; none where it is about the locker, or about several doors.
    pub door: Option<CompartmentId>,
    /// Of which sensor, by its name in the profile; none where it is of none that has a name.
    pub sensor: Option<String>,
    /// What.
    pub what: TroubleKind,
}

/// What can be wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TroubleKind {
    /// Out of service: it jammed.
    Stuck {
        /// How often today.
        times: u16,
    },
    /// Out of service: its sensor contradicted a person.
    SensorFault,
    /// Out of service: the locker stopped twice running while opening it.
    InterruptedTwice,
    /// Out of service: the hub said so.
    OutByHub,
    /// Out of service: a technician said so.
    OutByStaff,
    /// Out of service: a courier found it dirty or full.
    OutFound,
    /// What is behind it is not known.
    Unknown,
    /// It stands open.
    LeftOpen,
    /// No door's sensor is heard.
    BoardSilent,
    /// The hub is not heard.
    NoNetwork,
    /// The hub has not told the time since the start.
    ClockUnsure,
    /// This door's sensor is not heard.
    ReadingLost,
    /// Its lock was pulsed, and this other door was seen to open.
    OtherDoorOpened(CompartmentId),
    /// It was seen open before its lock was pulsed.
    OpenBefore,
    /// Its lock let it go only after so many pulses.
    WeakLock {
        /// At least 2.
        pulses: u8,
    },
    /// The mains are gone; everything works.
    OnBattery,
    /// The mains are gone and the battery is low: nothing is taken in.
    BatteryLow,
    /// This sensor felt the cabinet being tampered with.
    Tampered,
    /// This thermometer reads more than its range: its compartments are not offered.
    TooWarm {
        /// What it reads, in tenths of a degree Celsius.
        tenths_c: i16,
    },
    /// This thermometer reads less than its range, or has not come back into it: its compartments are not offered.
    TooCold {
        /// What it reads, in tenths of a degree Celsius.
        tenths_c: i16,
    },
    /// This thermometer is not heard: its compartments are not offered.
    ThermometerSilent,
}

/// A door, in a technician's list. It says nothing of whose parcels there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DoorLine {
    /// Which.
    pub door: CompartmentId,
    /// What its sensor says.
    pub reading: Door,
    /// What is believed to be behind it.
    pub contents: Believed,
    /// It is out of service.
    pub out: bool,
}

/// What is believed to be behind a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Believed {
    /// Nothing.
    Empty,
    /// Something.
    Holds,
    /// It is not known.
    Unknown,
}

/// A case, in a technician's list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CaseLine {
    /// Its number.
    pub case: CaseId,
    /// Where.
    pub door: CompartmentId,
    /// What kind.
    pub what: Problem,
    /// Whether it was answered.
    pub answered: bool,
}

/// What a scan in an inventory came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InventoryNote {
    /// Nothing yet.
    None,
    /// It counts as inside.
    Counted,
    /// The books do not know that label: what is inside stays unknown.
    UnknownLabel,
    /// Not a label.
    NotALabel,
    /// It counts as inside here; by the books it was behind that door.
    Elsewhere(CompartmentId),
}

/// How many doors the list of what goes back names at once.
pub const MOST_LISTED: usize = 3;
/// How many labels the list of what stays in the van names at once.
pub const MOST_LEFT_OVERS: usize = 4;
/// How many movements one receipt tells of.
pub const MOVES_A_RECEIPT: usize = 40;

/// What can be said of a door that is open for a parcel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DoorChoices {
    /// The compartment is too small, and a larger one is free.
    pub larger: bool,
    /// A smaller one would do, and is free.
    pub smaller: bool,
    /// The parcel fits nowhere here.
    pub does_not_fit: bool,
    /// It is dirty, or something is inside.
    pub found: bool,
}

/// A door behind which something waits to go back to its carrier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TakeOutDoor {
    /// Which.
    pub door: CompartmentId,
    /// How many parcels may be behind it.
    pub parcels: u16,
    /// Why it goes back.
    pub why: GoesBack,
}

/// Why a parcel goes back to its carrier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GoesBack {
    /// It waited for as long as it may.
    Expired,
    /// Its carrier wants it back.
    Recalled,
    /// Somebody sends it.
    Return,
}

/// What a courier did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// Whose courier.
    pub tenant: TenantId,
    /// Put in.
    pub stored: u16,
    /// Taken out for the carrier.
    pub taken_out: u16,
    /// Left in the van.
    pub left_over: u16,
    /// What went in and out, as far as this page tells: at most [`MOVES_A_RECEIPT`].
    pub moves: Vec<Moved>,
    /// The opening that ended last, of the whole stop.
    pub last: OpeningId,
    /// Somebody was signed in, and their signing out is on record after all of it.
    pub signed_out: bool,
    /// Which receipt this is, from 1.
    pub page: u16,
    /// How many there are.
    pub pages: u16,
}

/// One parcel that a courier moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved {
    /// Which.
    pub parcel: ParcelId,
    /// Behind which door, or out of it.
    pub door: CompartmentId,
    /// Whether it went in.
    pub went_in: bool,
}

/// How much of this person's incomplete orders is here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderProgress {
    /// How many of their parcels are here: fewer than `of`.
    pub here: u16,
    /// How many are here or still to come.
    pub of: u16,
}

/// What a person does at an open door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// Take the own parcel.
    Take,
    /// Put the scanned parcel in.
    PutIn,
    /// Put in what is to be sent.
    Send,
    /// Take out what goes back to the carrier.
    TakeOut,
    /// Show that it is not in there.
    TakeBack,
    /// Put somebody else's parcel back.
    PutBack,
    /// Nothing to take: close it, it was reported empty.
    CloseEmpty,
    /// Take the parcel back: it does not go in there.
    TakeBackOut,
    /// Leave what was found inside as it is.
    LeaveIt,
    /// Staff have it open.
    Service,
}

/// Why something typed or scanned opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotAccepted {
    /// It matches nothing here.
    NoMatch,
    /// A slip of the finger.
    Mistyped,
    /// What it opens has been collected.
    AlreadyCollected,
    /// The parcel has not been delivered yet.
    NotHereYet,
    /// For another locker.
    OtherLocker,
    /// Not a code.
    Unreadable,
    /// Not signed by this locker's hub, or not understood; or not known, while what the hub has said of late may be missing.
    CannotCheck,
    /// No return is known by this label, or several are.
    NoReturn,
    /// This return was put in before.
    AlreadySent,
    /// It is over: an old badge.
    Expired,
    /// It is over: an old deposit pass.
    PassExpired,
    /// A badge that the hub has revoked.
    Revoked,
    /// The mains are gone and the battery is low: nothing is taken in.
    BatteryLow,
}

/// What just happened to a courier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CourierNote {
    /// Nothing yet.
    None,
    /// Stored.
    Stored(CompartmentId),
    /// Stored, and the item sensor there sees nothing: the books are in doubt.
    LooksEmpty(CompartmentId),
    /// Taken back: not in there.
    TakenBack(CompartmentId),
    /// Taken out.
    TakenOut(CompartmentId),
    /// No compartment is free that is large enough, and keeps the temperature that was asked for.
    NoRoom,
    /// The mains are gone and the battery is low: nothing is taken in.
    BatteryLow,
    /// It is already inside.
    AlreadyInside(CompartmentId),
    /// Another carrier's.
    NotYours,
    /// Not a label.
    NotALabel,
    /// The door could not be watched: what is inside is not known, the parcel needs another door.
    NotSeen(CompartmentId),
    /// The door does not open; nothing was stored.
    DoorStuck(CompartmentId),
    /// First close that door.
    CloseFirst(CompartmentId),
    /// Stored beside what the same recipient had there.
    Added(CompartmentId),
    /// It stays with the courier, on record.
    LeftOver,
    /// The same label again, while its door is open.
    ScannedTwice(CompartmentId),
    /// A scan waits until that door is closed.
    Queued(CompartmentId),
    /// Somebody else is signed in.
    OtherCourier,
    /// That door was reported as dirty or full.
    Found(CompartmentId),
    /// The label was not read right.
    BadLabel,
    /// A code or pass that opens nothing.
    Refused(NotAccepted),
}
