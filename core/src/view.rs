//! What a person is to see: facts, no words. The screens choose the words.

use locker_protocol::{CaseId, CompartmentId, OpeningId, ParcelId};

/// One screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum View {
    /// Nobody is here.
    Home {
        /// A door that somebody left open.
        left_open: Option<CompartmentId>,
        /// Parcels can be sent from here.
        sending: bool,
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
        /// How many doors of this person stay closed with parcels inside.
        kept: u16,
        /// Of an order, not all was here.
        order: Option<OrderProgress>,
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
        /// How many doors hold something to take out.
        take_out: u16,
        /// Whether a deposit of this session can be taken back.
        can_undo: bool,
        /// What just happened.
        note: CourierNote,
    },
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
    /// Does this person need more time?
    StillThere {
        /// Seconds left.
        seconds: u16,
    },
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
}

/// What just happened to a courier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CourierNote {
    /// Nothing yet.
    None,
    /// Stored.
    Stored(CompartmentId),
    /// Taken back: not in there.
    TakenBack(CompartmentId),
    /// Taken out.
    TakenOut(CompartmentId),
    /// No compartment is free that is large enough.
    NoRoom,
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
}
