//! What can be wrong with a lock board, its sensors or its wire, by name.

use std::fmt;
use std::str::FromStr;

/// A fault that a test, the demo or a developer switches on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The board has no power.
    Silent,
    /// The board obeys; its answers mean nothing.
    Rubbish,
    /// The adapter gives back what is sent.
    Echo,
    /// Answers come when nobody expects them any more.
    Slow,
    /// The bolts do not move.
    StuckLock,
    /// The sensors say the opposite.
    Inverted,
    /// The sensors chatter whenever a door has moved.
    DoorBounce,
    /// The port is gone.
    Unplugged,
    /// A bit of each answer's last byte is wrong.
    WrongChecksum,
    /// A bit of every fourth answer is wrong, each time another.
    Interference,
    /// The sensors of channels 1 and 2 are wired crosswise.
    SwappedWiring,
    /// Answers break off in the middle.
    CutFrame,
    /// Answers are of another length than they say or ought to be.
    LyingLength,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Silent,
        Self::Rubbish,
        Self::Echo,
        Self::Slow,
        Self::StuckLock,
        Self::Inverted,
        Self::DoorBounce,
        Self::Unplugged,
        Self::WrongChecksum,
        Self::Interference,
        Self::SwappedWiring,
        Self::CutFrame,
        Self::LyingLength,
    ];

    /// Its name: what [`Fault::from_str`] reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Rubbish => "rubbish",
            Self::Echo => "echo",
            Self::Slow => "slow",
            Self::StuckLock => "stuck-lock",
            Self::Inverted => "inverted",
            Self::DoorBounce => "door-bounce",
            Self::Unplugged => "unplugged",
            Self::WrongChecksum => "wrong-checksum",
            Self::Interference => "interference",
            Self::SwappedWiring => "swapped-wiring",
            Self::CutFrame => "cut-frame",
            Self::LyingLength => "lying-length",
        }
    }

    /// What it does, for people.
    pub fn what(self) -> &'static str {
        match self {
            Self::Silent => "the board has no power: it moves nothing and answers nothing",
            Self::Rubbish => "the board obeys, and answers with bytes that mean nothing",
            Self::Echo => "the adapter gives back all that is sent to the board",
            Self::Slow => "the board obeys at once, and answers after 0.7 s",
            Self::StuckLock => "the relays switch, and no bolt moves",
            Self::Inverted => "the sensors say open for closed, and closed for open",
            Self::DoorBounce => "a sensor chatters for 0.3 s whenever its door has moved",
            Self::Unplugged => "the port is gone, as when the adapter is pulled out",
            Self::WrongChecksum => "a bit of the last byte of each answer is wrong",
            Self::Interference => {
                "a motor beside the wire: one bit of every fourth answer is wrong, each time another"
            }
            Self::SwappedWiring => "the sensors of channels 1 and 2 are wired crosswise",
            Self::CutFrame => "each answer breaks off in the middle",
            Self::LyingLength => "each answer is of another length than it says or ought to be",
        }
    }

    /// Whether it is one of the wire, of whatever is wired to it.
    pub(super) fn is_of_the_wire(self) -> bool {
        matches!(self, Self::Echo | Self::Unplugged)
    }
}

/// That is the name of no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault \"{0}\"; there are {all}", all = Fault::ALL.map(Fault::name).join(", "))]
pub struct NoSuchFault(String);

impl FromStr for Fault {
    type Err = NoSuchFault;

    fn from_str(name: &str) -> Result<Self, NoSuchFault> {
        let known = Self::ALL.into_iter().find(|fault| fault.name() == name);
        known.ok_or_else(|| NoSuchFault(name.chars().take(40).collect()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_no_two_have_the_same() {
        let names: std::collections::BTreeSet<_> = Fault::ALL.into_iter().map(Fault::name).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
        }
        let unknown = "sleepy".parse::<Fault>().unwrap_err().to_string();
        assert!(unknown.contains("sleepy") && unknown.contains("cut-frame"), "{unknown}");
    }
}
