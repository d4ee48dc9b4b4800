//! What is to be seen, as plain data.

/// Where something is on the cabinet's front, in millimetres from its left and upper edge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rectangle {
    /// From the left.
    pub x_mm: f32,
    /// From above.
    pub y_mm: f32,
    /// Across.
    pub width_mm: f32,
    /// Down.
    pub height_mm: f32,
}

/// The cabinet's front, which never changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    /// Across, in millimetres.
    pub width_mm: f32,
    /// Down, in millimetres.
    pub height_mm: f32,
    /// The kiosk's screen.
    pub screen: Rectangle,
    /// Its doors.
    pub doors: Vec<DoorFront>,
}

/// A door's place on the front.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DoorFront {
    /// The number on it.
    pub number: u16,
    /// Where it is.
    pub place: Rectangle,
}

/// How large a parcel is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As a shoe box lying flat.
    Small,
    /// As a shoe box standing.
    Medium,
    /// As a crate.
    Large,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Box {
    /// What its barcode says.
    pub label: String,
    /// Whose it is, as it is written on it.
    pub name: String,
    /// How large it is.
    pub size: Size,
}

/// A door as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// It stands open.
    pub open: bool,
    /// Its bolt sticks.
    pub stuck: bool,
    /// What is behind it.
    pub inside: Vec<Box>,
}

/// What a phone shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No message yet.
    Waiting,
    /// "Your parcel is here."
    Message {
        /// The pickup code's digits.
        code: String,
        /// What its QR says.
        pass: String,
    },
    /// The parcel is with its owner.
    Collected,
}

/// A recipient's phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Whose it is.
    pub owner: String,
    /// What it shows.
    pub phase: Phase,
}

/// One thing that can be broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What a click does now: "Cut the network", "Mend the network".
    pub name: String,
    /// Lines on a 24 by 24 grid, as in SVG paths.
    pub icon: String,
    /// Whether it is broken.
    pub active: bool,
}

/// A frame on a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its bytes, as hexadecimal digits.
    pub bytes: String,
    /// What they mean.
    pub note: String,
    /// How long they took.
    pub took: String,
    /// From the locker to the part; otherwise the other way.
    pub to_part: bool,
}

/// The hub's books beside the cabinet's insides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Books {
    /// They say the same.
    Same(String),
    /// The hub has not heard all yet.
    Behind(String),
    /// They say different things.
    Wrong(String),
}

/// Something that can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The courier's badge.
    Badge,
    /// A parcel in the van, by its label.
    Parcel(String),
    /// The van itself.
    Van,
    /// A parcel in somebody's hand.
    Hand(String),
    /// A door, by its number.
    Door(u16),
    /// A parcel behind a door.
    Inside {
        /// The door.
        door: u16,
        /// The parcel.
        label: String,
    },
    /// A phone, by its owner.
    Phone(String),
    /// What can be broken, by its place in the tray.
    Trouble(usize),
}

/// All that is to be seen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Which part of the story this is: "1/4"; empty where it is none.
    pub step: String,
    /// Who you are and what to do.
    pub line: String,
    /// The recipient who acts; where there is none, the courier does.
    pub recipient: Option<String>,
    /// What to click next.
    pub pulse: Option<Thing>,
    /// What is in the van.
    pub van: Vec<Box>,
    /// What somebody has in the hand.
    pub hand: Vec<Box>,
    /// The doors, in the order of [`Front::doors`].
    pub doors: Vec<Door>,
    /// The kiosk has no power.
    pub dark: bool,
    /// The phones.
    pub phones: Vec<Phone>,
    /// What can be broken.
    pub troubles: Vec<Trouble>,
    /// The last frames, the newest last.
    pub wire: Vec<Frame>,
    /// The hub's books.
    pub books: Books,
    /// The day and hour by the locker's clock.
    pub day: String,
}

impl Scene {
    /// Before there is anything but a line to read.
    #[must_use]
    pub fn only(line: &str) -> Self {
        Self {
            step: String::new(),
            line: line.to_owned(),
            recipient: None,
            pulse: None,
            van: Vec::new(),
            hand: Vec::new(),
            doors: Vec::new(),
            dark: true,
            phones: Vec::new(),
            troubles: Vec::new(),
            wire: Vec::new(),
            books: Books::Behind(String::new()),
            day: String::new(),
        }
    }
}
