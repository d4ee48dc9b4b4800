use crate::technician::{Believed, CaseLine, DoorLine, DoorReading, InventoryNote, Trouble, TroubleKind};

/// What the screen shows: plain data, one variant a screen. Doors are the numbers painted on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scene {
    /// "One moment". The screen shows it by itself when an intent has had no answer for 300 ms.
    #[default]
    Working,
    /// Not yet part of a network.
    Claim {
        /// What the QR holds (26 base-32 characters).
        code: String,
        /// The same in groups, to be read and typed.
        grouped: String,
    },
    /// Nobody is here.
    Home {
        /// A door that somebody left open.
        left_open: Option<u32>,
        /// Parcels can be sent from here.
        sending: bool,
        /// Parcels are taken in; if not, the power is out, and they are given out all the same.
        takes_in: bool,
    },
    /// The keypad for a pickup code.
    Code {
        /// Why the code before was not taken.
        refused: Option<Refusal>,
    },
    /// "Hold your code under the scanner".
    ScanCode,
    /// A code that opens nothing.
    WrongCode {
        /// Why.
        reason: Refusal,
    },
    /// Too many wrong codes were typed here.
    CodesPaused {
        /// Until typing returns.
        minutes: u32,
    },
    /// The pulse is on its way.
    Opening {
        /// Which door.
        door: u32,
    },
    /// The lock may be held by the door's weight.
    PushDoor {
        /// Which door.
        door: u32,
    },
    /// A door is open and somebody has something to do.
    DoorOpen {
        /// Which door.
        door: u32,
        /// What is to be done.
        task: Task,
        /// This door's place among the doors of this visit, from 1.
        index: u32,
        /// How many doors this visit has.
        of: u32,
        /// It has been open for a while.
        left_open: bool,
        /// What else can be said of this door.
        choices: DoorChoices,
        /// What a courier's last scan came to, while this door is open.
        note: DepositNote,
    },
    /// Several doors of one person, before the next opens; or one that is out of reach.
    List {
        /// Their parcels here, 1 or more.
        parcels: u32,
        /// Behind so many doors, 1 or more.
        doors: u32,
        /// The door that opens next.
        door: u32,
        /// "Lower doors" was chosen and this one is high up.
        out_of_reach: bool,
        /// An order of which parcels are missing.
        order: Option<Order>,
    },
    /// The next door of several.
    Next {
        /// Which door.
        door: u32,
        /// Its place, from 1.
        index: u32,
        /// Of how many.
        of: u32,
    },
    /// "Look right to the back. Still empty?"
    EmptyQuestion {
        /// Which door.
        door: u32,
    },
    /// A case was raised.
    Reported {
        /// Which door.
        door: u32,
        /// The case's number, for people.
        case: String,
    },
    /// All done.
    Done {
        /// The door that may be opened once more.
        reopen_door: Option<u32>,
        /// A sensor sees something behind that door, and may be wrong.
        left_inside: bool,
        /// Doors of theirs that stay shut with parcels inside.
        kept_doors: u32,
        /// An order of which parcels are missing.
        order: Option<Order>,
        /// There is a receipt to be shown.
        receipt: bool,
    },
    /// The receipt of what a recipient has taken.
    Receipt {
        /// What the receipt's QR holds; at most 400 characters.
        receipt: String,
        /// The receipt's number, for people.
        number: String,
    },
    /// A return's label is scanned, or its code typed.
    SendScan {
        /// Why the one before was not taken.
        refused: Option<Refusal>,
    },
    /// The sender chooses a size.
    SendSize {
        /// Compartments free; a size with none is not offered.
        free: Free,
        /// The end of the label; empty where a code was typed.
        label_tail: String,
    },
    /// A parcel was sent.
    Sent {
        /// Behind which door it is.
        door: u32,
        /// What the receipt's QR holds; at most 400 characters.
        receipt: String,
        /// The receipt's number, for people.
        number: String,
    },
    /// The door was closed and nothing counts as sent.
    NothingSent {
        /// Which door.
        door: u32,
    },
    /// No compartment for what was to be sent.
    NoRoomToSend,
    /// A door that does not open.
    Stuck {
        /// Which door.
        door: u32,
        /// The case's number, for people.
        case: String,
        /// Other doors wait.
        others_left: bool,
    },
    /// The locker works on nothing now.
    Repaired,
    /// A badge, or number and PIN.
    CourierSignIn {
        /// The last one did not match.
        wrong: bool,
    },
    /// A signed-in courier may scan.
    CourierReady {
        /// Compartments free.
        free: Free,
        /// Parcels to be taken out.
        to_take_out: u32,
        /// A deposit of this session can be doubted.
        can_undo: bool,
        /// Somebody can be let in between; the courier returns with their badge.
        can_let_collect: bool,
        /// What the last scan or door came to. With none yet, the screen is a summary.
        note: DepositNote,
        /// Parcels that the network says are to come from this courier.
        announced: u32,
        /// Of those, how many may find no door.
        without_room: u32,
    },
    /// What is to be taken out first.
    TakeOut {
        /// At most three; further ones are not shown.
        doors: Vec<TakeOutDoor>,
        /// Further doors, that are not shown.
        more: u32,
    },
    /// May a parcel go behind a door that holds others of the same person?
    AddToDoor {
        /// Which door.
        door: u32,
    },
    /// The check digit of a label is wrong.
    LabelQuestion {
        /// The end of the label.
        label_tail: String,
    },
    /// No door is left for some parcels.
    LeftOvers {
        /// The ends of their labels; at most four are shown.
        labels: Vec<String>,
        /// Further parcels, that are not shown.
        more: u32,
        /// The size of which no door is left; none where doors are left, and no sensor says that they are closed.
        size: Option<Size>,
    },
    /// A courier's stop has ended.
    StopDone {
        /// Parcels put in.
        stored: u32,
        /// Parcels taken out.
        taken_out: u32,
        /// Parcels that found no door.
        left_over: u32,
        /// What the receipt's QR holds; at most 1,050 characters.
        receipt: String,
        /// The receipt's number, for people.
        number: String,
        /// Which receipt of this stop, from 1.
        page: u32,
        /// How many receipts this stop has.
        pages: u32,
    },
    /// A label nobody announced.
    ChooseSize {
        /// Compartments free; a size with none is not offered.
        free: Free,
        /// The end of the label.
        label_tail: String,
    },
    /// Which of the last deposits is not in there?
    PickDeposit {
        /// At most three; further ones are not shown.
        deposits: Vec<Deposit>,
    },
    /// What a technician meets first: what is wrong now.
    TechnicianHome {
        /// The worst first. As many as have room are shown, the others are counted.
        troubles: Vec<Trouble>,
        /// Further ones, that are not named.
        more: u32,
    },
    /// A page of all doors.
    TechnicianDoors {
        /// Four fit a page of every screen; where fewer have room, the screen turns pages by itself.
        doors: Vec<DoorLine>,
        /// From 1.
        page: u32,
        /// How many there are.
        pages: u32,
    },
    /// All that is known of one door.
    TechnicianDoor {
        /// Which door.
        door: u32,
        /// What its sensor says.
        reading: DoorReading,
        /// What the books say of what is behind it.
        contents: Believed,
        /// How many parcels that may be.
        parcels: u32,
        /// Why it is out of service, where it is.
        out: Option<TroubleKind>,
        /// How often it was stuck today.
        stuck_times: u32,
        /// From the last pulse until it was seen open.
        lock_ms: Option<u32>,
    },
    /// Before an inventory.
    InventoryIntro {
        /// All doors.
        doors: u32,
        /// Doors of which the contents are not known.
        unknown: u32,
    },
    /// A door is open, to be counted.
    Inventory {
        /// Which door.
        door: u32,
        /// Its place among the doors to be counted, from 1.
        index: u32,
        /// How many doors are to be counted.
        of: u32,
        /// Parcels that the books have behind it.
        expected: u32,
        /// Parcels that were scanned.
        found: u32,
        /// What the last scan came to.
        note: InventoryNote,
    },
    /// An inventory is over: what it found of locks and sensors.
    InventoryDone {
        /// Doors that were looked behind.
        doors: u32,
        /// The worst first. Where not all have room, the screen turns pages by itself.
        troubles: Vec<Trouble>,
        /// Further ones, that are not named.
        more: u32,
    },
    /// A page of the cases of this locker.
    TechnicianCases {
        /// Four fit a page of every screen; where fewer have room, the screen turns pages by itself.
        cases: Vec<CaseLine>,
        /// From 1.
        page: u32,
        /// How many there are.
        pages: u32,
    },
    /// What this locker is.
    TechnicianAbout {
        /// The network is there.
        network: bool,
        /// The time is the hub's.
        clock_from_hub: bool,
        /// The program's version.
        version: String,
        /// The locker's name in its network.
        locker: String,
    },
    /// "Need more time?"
    StillThere {
        /// Until the screen clears.
        seconds: u32,
    },
}

/// An order that came in part: `here < of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Parcels of it that are here.
    pub here: u32,
    /// Parcels that belong to it.
    pub of: u32,
}

/// Why a code opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No parcel here has it.
    NoMatch,
    /// Its check digit says that a digit is wrong.
    Mistyped,
    /// Everything of it was collected.
    AlreadyCollected,
    /// It is a pass of another locker.
    OtherLocker,
    /// The scanner read something that is no code of ours.
    Unreadable,
    /// Only the network could say, and it cannot be asked.
    CannotCheckNow,
    /// The parcel is on its way.
    NotHereYet,
    /// A badge that no longer counts.
    BadgeOver,
    /// A deposit pass that no longer counts.
    PassOver,
    /// No return is known by this label or code.
    NoReturnMatches,
    /// This return was put in before.
    AlreadySent,
    /// A badge that this locker no longer takes.
    BadgeRevoked,
    /// The mains are gone, and nothing is taken in any more.
    BatteryLow,
}

/// What is to be done at an open door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A recipient takes their parcel.
    Take,
    /// A courier or sender puts one in.
    PutIn,
    /// A courier takes one out.
    TakeOut,
    /// Look whether it is really empty.
    Look,
    /// Put back what is not yours.
    PutBack,
    /// A courier shows that a compartment is empty.
    Check,
    /// A sender puts theirs in.
    Send,
    /// A courier takes back what does not fit.
    TakeBackOut,
    /// A courier leaves what they found inside.
    LeaveIt,
    /// A technician does what there is to do.
    Service,
}

/// What can be said of a door that is open for a parcel. What is not set cannot be done now, and is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoorChoices {
    /// A larger compartment is free.
    pub larger: bool,
    /// A smaller compartment is free.
    pub smaller: bool,
    /// The parcel can be left over.
    pub does_not_fit: bool,
    /// The compartment can be reported dirty or full.
    pub found: bool,
}

/// A door of which the parcels are to be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeOutDoor {
    /// Which door.
    pub door: u32,
    /// How many parcels.
    pub parcels: u32,
    /// Why.
    pub why: Leaving,
}

/// Why a parcel is to be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// It has waited for too long.
    Expired,
    /// Its carrier wants it back.
    Recalled,
    /// Somebody sends it.
    Return,
}

/// The size classes of compartments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// S
    Small,
    /// M
    Medium,
    /// L
    Large,
}

/// Free compartments by size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Free {
    /// S
    pub small: u32,
    /// M
    pub medium: u32,
    /// L
    pub large: u32,
}

/// What a courier's last scan or door came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DepositNote {
    /// Nothing yet.
    #[default]
    None,
    /// A parcel is inside.
    Stored {
        /// Which door.
        door: u32,
    },
    /// A parcel was put in, and a sensor sees nothing there.
    LooksEmpty {
        /// Which door.
        door: u32,
    },
    /// The door was closed and nothing counts as stored.
    NothingStored {
        /// Which door.
        door: u32,
    },
    /// A parcel was taken out for its carrier.
    TakenOut {
        /// Which door.
        door: u32,
    },
    /// The door could not be watched: what is inside is not known.
    NotSeen {
        /// Which door.
        door: u32,
    },
    /// The door did not open.
    Stuck {
        /// Which door.
        door: u32,
    },
    /// Something scanned that is no label.
    Unreadable,
    /// No compartment that is large enough.
    NoRoom,
    /// The mains are gone, and nothing is taken in any more.
    BatteryLow,
    /// Another carrier's parcel.
    NotYours,
    /// The parcel was deposited before.
    AlreadyInside {
        /// Which door.
        door: u32,
    },
    /// A door is open that has to be closed before another opens.
    CloseFirst {
        /// Which door.
        door: u32,
    },
    /// A parcel is inside, beside another of the same person.
    Added {
        /// Which door.
        door: u32,
    },
    /// A parcel was put on record as left over.
    LeftOver,
    /// The same label again, while its door is open.
    ScannedTwice {
        /// Which door.
        door: u32,
    },
    /// A scan waits until a door is closed.
    Queued {
        /// Which door.
        door: u32,
    },
    /// The badge of somebody else.
    OtherCourier,
    /// A compartment was reported dirty or full.
    Found {
        /// Which door.
        door: u32,
    },
    /// A label of which the check digit is wrong.
    BadLabel,
    /// A code or pass that opens nothing.
    Refused {
        /// Why.
        why: Refusal,
    },
}

/// A deposit of this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Which door.
    pub door: u32,
    /// The end of the label.
    pub label_tail: String,
}

/// How many deposits [`Scene::PickDeposit`] offers, and how many doors [`Scene::TakeOut`] shows.
pub(crate) const MOST_PICKS: usize = 3;

/// A text from outside, held to what a screen has room for.
pub(crate) fn bounded(text: &str, most: usize) -> slint::SharedString {
    text.chars().filter(|c| !c.is_control()).take(most).collect::<String>().into()
}

/// Numbers on screens are small; a larger one than Slint's integer can hold was a mistake before it came here.
pub(crate) fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

impl Scene {
    /// The door that this scene is about, where it is about one.
    #[must_use]
    pub fn door(&self) -> Option<u32> {
        match *self {
            Self::Opening { door }
            | Self::PushDoor { door }
            | Self::DoorOpen { door, .. }
            | Self::List { door, .. }
            | Self::Next { door, .. }
            | Self::Sent { door, .. }
            | Self::NothingSent { door }
            | Self::EmptyQuestion { door }
            | Self::Reported { door, .. }
            | Self::AddToDoor { door }
            | Self::TechnicianDoor { door, .. }
            | Self::Inventory { door, .. }
            | Self::Stuck { door, .. } => Some(door),
            Self::Home { left_open: door, .. } | Self::Done { reopen_door: door, .. } => door,
            Self::CourierReady { note, .. } => note.door(),
            _ => None,
        }
    }
}
