use std::rc::Rc;

use slint::{ModelRc, VecModel};

use crate::qr;
use crate::screens::{Kind, Note, Pick, SceneData, SizeClass, Task as TaskWord, Why};

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
        /// Doors of theirs that stay shut with parcels inside.
        kept_doors: u32,
        /// An order of which parcels are missing.
        order: Option<Order>,
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
        /// What the last scan or door came to.
        note: DepositNote,
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
    /// No compartment of that size or larger.
    NoRoom {
        /// The size.
        size: Size,
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
    /// No return is known by this label or code.
    NoReturnMatches,
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
}

/// A deposit of this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Which door.
    pub door: u32,
    /// The end of the label.
    pub label_tail: String,
}

/// How many deposits [`Scene::PickDeposit`] offers.
pub(crate) const MOST_PICKS: usize = 3;

/// A text from outside, held to what a screen has room for.
fn bounded(text: &str, most: usize) -> slint::SharedString {
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
            | Self::Stuck { door, .. } => Some(door),
            Self::Home { left_open: door, .. } | Self::Done { reopen_door: door, .. } => door,
            Self::CourierReady { note, .. } => note.door(),
            _ => None,
        }
    }

    /// The flat form that the screens read.
    pub(crate) fn flat(&self) -> SceneData {
        let mut data = SceneData { door: self.door().map_or(0, number), ..SceneData::default() };
        data.kind = match self {
            Self::Working => Kind::Working,
            Self::Claim { code, grouped } => {
                data.text = bounded(grouped, 40);
                data.picture = qr::image(code);
                Kind::Claim
            }
            Self::Home { .. } => Kind::Home,
            Self::Code { refused } => {
                data.why = refused.map_or(Why::None, Refusal::word);
                Kind::Code
            }
            Self::ScanCode => Kind::ScanCode,
            Self::WrongCode { reason } => {
                data.why = reason.word();
                Kind::WrongCode
            }
            Self::CodesPaused { minutes } => {
                data.count = number(*minutes);
                Kind::CodesPaused
            }
            Self::Opening { .. } => Kind::Opening,
            Self::PushDoor { .. } => Kind::PushDoor,
            Self::DoorOpen { task, index, of, left_open, .. } => {
                (data.index, data.of, data.left_open) = (number(*index), number(*of), *left_open);
                data.task = task.word();
                Kind::DoorOpen
            }
            Self::List { parcels, doors, out_of_reach, order, .. } => {
                (data.count, data.doors) = (number(*parcels), number(*doors));
                data.out_of_reach = *out_of_reach;
                Order::fill(*order, &mut data);
                Kind::List
            }
            Self::Next { index, of, .. } => {
                (data.index, data.of) = (number(*index), number(*of));
                Kind::Next
            }
            Self::EmptyQuestion { .. } => Kind::EmptyQuestion,
            Self::Reported { case, .. } => {
                data.text = bounded(case, 12);
                Kind::Reported
            }
            Self::Done { kept_doors, order, .. } => {
                data.doors = number(*kept_doors);
                Order::fill(*order, &mut data);
                Kind::Done
            }
            Self::SendScan { refused } => {
                data.why = refused.map_or(Why::None, Refusal::word);
                Kind::SendScan
            }
            Self::SendSize { free, label_tail } => {
                free.fill(&mut data);
                data.text = bounded(label_tail, 8);
                Kind::SendSize
            }
            Self::Sent { receipt, number, .. } => {
                data.text = bounded(number, 12);
                data.picture = qr::image(receipt);
                Kind::Sent
            }
            Self::NothingSent { .. } => Kind::NothingSent,
            Self::NoRoomToSend => Kind::NoRoomToSend,
            Self::Stuck { case, others_left, .. } => {
                data.text = bounded(case, 12);
                data.others = *others_left;
                Kind::Stuck
            }
            Self::Repaired => Kind::Repaired,
            Self::CourierSignIn { wrong } => {
                data.why = if *wrong { Why::NoMatch } else { Why::None };
                Kind::CourierSignIn
            }
            Self::CourierReady { free, to_take_out, can_undo, note } => {
                free.fill(&mut data);
                data.count = number(*to_take_out);
                data.can_undo = *can_undo;
                data.note = note.word();
                Kind::CourierReady
            }
            Self::ChooseSize { free, label_tail } => {
                free.fill(&mut data);
                data.text = bounded(label_tail, 8);
                Kind::ChooseSize
            }
            Self::PickDeposit { deposits } => {
                let picks: Vec<Pick> = deposits
                    .iter()
                    .take(MOST_PICKS)
                    .map(|deposit| Pick {
                        door: number(deposit.door),
                        label: bounded(&deposit.label_tail, 8),
                    })
                    .collect();
                data.picks = ModelRc::from(Rc::new(VecModel::from(picks)));
                Kind::PickDeposit
            }
            Self::NoRoom { size } => {
                data.size = size.word();
                Kind::NoRoom
            }
            Self::StillThere { seconds } => {
                data.count = number(*seconds);
                Kind::StillThere
            }
        };
        data
    }
}

impl Free {
    fn fill(self, data: &mut SceneData) {
        (data.small, data.medium, data.large) = (number(self.small), number(self.medium), number(self.large));
    }
}

impl Order {
    /// No order, or one that is complete, is two zeros.
    fn fill(order: Option<Self>, data: &mut SceneData) {
        if let Some(order) = order.filter(|order| order.here < order.of) {
            (data.order_here, data.order_of) = (number(order.here), number(order.of));
        }
    }
}

impl Refusal {
    fn word(self) -> Why {
        match self {
            Self::NoMatch => Why::NoMatch,
            Self::Mistyped => Why::Mistyped,
            Self::AlreadyCollected => Why::Collected,
            Self::OtherLocker => Why::Elsewhere,
            Self::Unreadable => Why::Unreadable,
            Self::CannotCheckNow => Why::CannotCheck,
            Self::NotHereYet => Why::NotYet,
            Self::BadgeOver => Why::Over,
            Self::NoReturnMatches => Why::NoReturn,
        }
    }
}

impl Task {
    fn word(self) -> TaskWord {
        match self {
            Self::Take => TaskWord::Take,
            Self::PutIn => TaskWord::PutIn,
            Self::TakeOut => TaskWord::TakeOut,
            Self::Look => TaskWord::Look,
            Self::PutBack => TaskWord::PutBack,
            Self::Check => TaskWord::Check,
            Self::Send => TaskWord::Send,
        }
    }
}

impl Size {
    fn word(self) -> SizeClass {
        match self {
            Self::Small => SizeClass::Small,
            Self::Medium => SizeClass::Medium,
            Self::Large => SizeClass::Large,
        }
    }
}

impl DepositNote {
    fn word(self) -> Note {
        match self {
            Self::None => Note::None,
            Self::Stored { .. } => Note::Stored,
            Self::NothingStored { .. } => Note::NothingStored,
            Self::TakenOut { .. } => Note::TakenOut,
            Self::NotSeen { .. } => Note::NotSeen,
            Self::Stuck { .. } => Note::Stuck,
            Self::Unreadable => Note::Unreadable,
            Self::NoRoom => Note::NoRoom,
            Self::NotYours => Note::NotYours,
            Self::AlreadyInside { .. } => Note::Inside,
            Self::CloseFirst { .. } => Note::CloseFirst,
        }
    }

    fn door(self) -> Option<u32> {
        match self {
            Self::Stored { door }
            | Self::NothingStored { door }
            | Self::TakenOut { door }
            | Self::NotSeen { door }
            | Self::Stuck { door }
            | Self::AlreadyInside { door }
            | Self::CloseFirst { door } => Some(door),
            Self::None | Self::Unreadable | Self::NoRoom | Self::NotYours => None,
        }
    }
}
