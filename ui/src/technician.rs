//! What a technician is shown: doors, and never whose parcels.

use crate::scene::{bounded, number};
use crate::screens::{self, Line, SceneData};

/// Characters of a label's end that a screen shows.
pub(crate) const TAIL_CHARACTERS: usize = 8;
/// Characters of a case's number.
const CASE_CHARACTERS: usize = 12;

/// Characters of a sensor's name that a screen shows: its beginning and its end, by which names differ.
const NAME_BEGINS: usize = 11;
const NAME_ENDS: usize = 8;

/// Something that is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// At which door; none for a board, the network and the clock.
    pub door: Option<u32>,
    /// Of which sensor, by its name. Only its beginning and its end are shown of a long one.
    pub sensor: Option<String>,
    /// What.
    pub what: TroubleKind,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// The lock did not let the door go.
    Stuck {
        /// How often today.
        times: u32,
    },
    /// The door opened though its sensor did not say so.
    SensorFault,
    /// Two openings in a row were interrupted.
    InterruptedTwice,
    /// The network put the door out of service.
    OutByHub,
    /// Somebody at the locker put the door out of service.
    OutByStaff,
    /// A courier found the compartment dirty or full.
    OutFound,
    /// What is behind the door is not known.
    Unknown,
    /// The door stands open.
    LeftOpen,
    /// A lock board does not answer.
    BoardSilent,
    /// The network cannot be reached.
    NoNetwork,
    /// The hub has not told the time since the start.
    ClockUnsure,
    /// The door's sensor says nothing.
    ReadingLost,
    /// Another door opened instead of this one.
    OtherDoorOpened {
        /// Which.
        other: u32,
    },
    /// The door was seen open before its lock was pulsed.
    OpenBefore,
    /// One pulse was not enough for its lock.
    WeakLock {
        /// At which one it opened.
        pulses: u32,
    },
    /// The mains are gone.
    OnBattery,
    /// The mains are gone, and the battery nearly is: nothing is taken in.
    BatteryLow,
    /// Somebody did something to the cabinet.
    Tampered,
    /// A thermometer reads more than it should.
    TooWarm {
        /// What it reads, in tenths of a degree Celsius.
        tenths_c: i16,
    },
    /// A thermometer reads less than it should.
    TooCold {
        /// What it reads, in tenths of a degree Celsius.
        tenths_c: i16,
    },
    /// A thermometer says nothing.
    ThermometerSilent,
}

/// What a door's sensor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorReading {
    /// Closed.
    Closed,
    /// Open.
    Open,
    /// Nothing.
    Unknown,
}

/// What the books say of what is behind a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Believed {
    /// Nothing.
    Empty,
    /// Parcels.
    Holds,
    /// They do not know.
    Unknown,
}

/// A door in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorLine {
    /// Which door.
    pub door: u32,
    /// What its sensor says.
    pub reading: DoorReading,
    /// What the books say.
    pub contents: Believed,
    /// It is out of service.
    pub out: bool,
}

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLine {
    /// Its number, for people.
    pub case: String,
    /// At which door.
    pub door: u32,
    /// What it was raised for.
    pub what: Problem,
    /// The network has answered it.
    pub answered: bool,
}

/// What a case was raised for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The door did not open.
    Stuck,
    /// The recipient found nothing.
    Empty,
    /// The recipient found another person's parcel.
    NotMine,
    /// The door was left open.
    LeftOpen,
    /// The door opened though nobody asked.
    OpenedUnasked,
    /// Two openings in a row were interrupted.
    InterruptedTwice,
    /// The sensor did not say what a person saw.
    SensorFault,
    /// The compartment was dirty or full.
    Found,
    /// An inventory did not find a parcel.
    Missing,
}

/// What the last scan of an inventory came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InventoryNote {
    /// Nothing was scanned yet.
    #[default]
    None,
    /// One more.
    Counted,
    /// A label that no parcel here has.
    UnknownLabel,
    /// Something that is no label.
    NotALabel,
    /// The books have it behind another door.
    Elsewhere {
        /// Which.
        door: u32,
    },
}

impl Trouble {
    pub(crate) fn line(&self) -> Line {
        let mut line = Line {
            door: self.door.map_or(0, number),
            text: self.sensor.as_deref().map_or_else(Default::default, |name| shown_name(name).into()),
            trouble: self.what.word(),
            ..Line::default()
        };
        match self.what {
            TroubleKind::Stuck { times } => line.times = number(times),
            TroubleKind::OtherDoorOpened { other } => line.other = number(other),
            TroubleKind::WeakLock { pulses } => line.count = number(pulses),
            TroubleKind::TooWarm { tenths_c } | TroubleKind::TooCold { tenths_c } => {
                let sign = if tenths_c < 0 { "-" } else { "" };
                line.degrees = format!("{sign}{}", tenths_c.unsigned_abs() / 10).into();
                line.tenth = i32::from(tenths_c.unsigned_abs() % 10);
            }
            _ => {}
        }
        line
    }
}

/// A sensor's name, without the middle of a long one.
fn shown_name(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().filter(|letter| !letter.is_control()).collect();
    if letters.len() > NAME_BEGINS + 1 + NAME_ENDS {
        letters.splice(NAME_BEGINS..letters.len() - NAME_ENDS, ['…']);
    }
    letters.into_iter().collect()
}

impl TroubleKind {
    pub(crate) fn word(self) -> screens::Trouble {
        use screens::Trouble as Word;
        match self {
            Self::Stuck { .. } => Word::Stuck,
            Self::SensorFault => Word::SensorFault,
            Self::InterruptedTwice => Word::Interrupted,
            Self::OutByHub => Word::OutByHub,
            Self::OutByStaff => Word::OutByStaff,
            Self::OutFound => Word::OutFound,
            Self::Unknown => Word::ContentsUnknown,
            Self::LeftOpen => Word::LeftOpen,
            Self::BoardSilent => Word::BoardSilent,
            Self::NoNetwork => Word::NoNetwork,
            Self::ClockUnsure => Word::ClockUnsure,
            Self::ReadingLost => Word::ReadingLost,
            Self::OtherDoorOpened { .. } => Word::OtherOpened,
            Self::OpenBefore => Word::OpenBefore,
            Self::WeakLock { .. } => Word::WeakLock,
            Self::OnBattery => Word::OnBattery,
            Self::BatteryLow => Word::BatteryLow,
            Self::Tampered => Word::Tampered,
            Self::TooWarm { .. } => Word::TooWarm,
            Self::TooCold { .. } => Word::TooCold,
            Self::ThermometerSilent => Word::ThermometerSilent,
        }
    }
}

impl DoorReading {
    pub(crate) fn word(self) -> screens::Reading {
        match self {
            Self::Closed => screens::Reading::Closed,
            Self::Open => screens::Reading::Open,
            Self::Unknown => screens::Reading::Unknown,
        }
    }
}

impl Believed {
    pub(crate) fn word(self) -> screens::Contents {
        match self {
            Self::Empty => screens::Contents::Empty,
            Self::Holds => screens::Contents::Holds,
            Self::Unknown => screens::Contents::Unknown,
        }
    }
}

impl DoorLine {
    pub(crate) fn line(&self) -> Line {
        Line {
            door: number(self.door),
            reading: self.reading.word(),
            contents: self.contents.word(),
            // That it is out is all that a list says.
            trouble: if self.out { screens::Trouble::OutByStaff } else { screens::Trouble::None },
            ..Line::default()
        }
    }
}

impl CaseLine {
    pub(crate) fn line(&self) -> Line {
        Line {
            door: number(self.door),
            text: bounded(&self.case, CASE_CHARACTERS),
            problem: self.what.word(),
            answered: self.answered,
            ..Line::default()
        }
    }
}

impl Problem {
    fn word(self) -> screens::Problem {
        use screens::Problem as Word;
        match self {
            Self::Stuck => Word::Stuck,
            Self::Empty => Word::Empty,
            Self::NotMine => Word::NotMine,
            Self::LeftOpen => Word::LeftOpen,
            Self::OpenedUnasked => Word::OpenedUnasked,
            Self::InterruptedTwice => Word::Interrupted,
            Self::SensorFault => Word::SensorFault,
            Self::Found => Word::Found,
            Self::Missing => Word::Missing,
        }
    }
}

impl InventoryNote {
    pub(crate) fn fill(self, data: &mut SceneData) {
        use screens::Counting as Word;
        data.counting = match self {
            Self::None => Word::None,
            Self::Counted => Word::Counted,
            Self::UnknownLabel => Word::UnknownLabel,
            Self::NotALabel => Word::NotALabel,
            Self::Elsewhere { door } => {
                data.elsewhere = number(door);
                Word::Elsewhere
            }
        };
    }
}
