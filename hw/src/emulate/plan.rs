//! Which board is emulated, and how it is set.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::firmware::{Firmware, StatusOfClosed};
use super::kerong_cu16::KerongCu16;
use super::kerong_cu48::KerongCu48;
use super::modbus_relay::{ModbusInputs, ModbusRelay};
use super::shuoming::Shuoming;
use super::winnsen::Winnsen;
use super::wkly::Wkly;

/// The families that can be emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardFamily {
    /// The 8A/80/90 boards.
    Shuoming,
    /// Kerong KR-CU16 and KR-CU12.
    KerongCu16,
    /// Kerong KR-CU48.
    KerongCu48,
    /// Frames that begin with "WKLY".
    Wkly,
    /// Winnsen.
    Winnsen,
    /// Modbus RTU relays and inputs.
    ModbusRelay,
}

/// That is the name of no family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no emulator for \"{0}\"; there are {all}", all = BoardFamily::ALL.map(BoardFamily::name).join(", "))]
pub struct NoSuchFamily(String);

impl BoardFamily {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Shuoming, Self::KerongCu16, Self::KerongCu48, Self::Wkly, Self::Winnsen, Self::ModbusRelay];

    /// As a profile names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shuoming => "shuoming",
            Self::KerongCu16 => "kerong-cu16",
            Self::KerongCu48 => "kerong-cu48",
            Self::Wkly => "wkly",
            Self::Winnsen => "winnsen",
            Self::ModbusRelay => "modbus-relay",
        }
    }

    /// Bits a second as delivered, 8N1.
    pub fn baud(self) -> u32 {
        match self {
            Self::KerongCu16 | Self::KerongCu48 => 19_200,
            Self::Shuoming | Self::Wkly | Self::Winnsen | Self::ModbusRelay => 9_600,
        }
    }
}

impl FromStr for BoardFamily {
    type Err = NoSuchFamily;

    fn from_str(name: &str) -> Result<Self, NoSuchFamily> {
        let known = Self::ALL.into_iter().find(|family| family.name() == name);
        known.ok_or_else(|| NoSuchFamily(name.chars().take(40).collect()))
    }
}

impl fmt::Display for BoardFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One board as it is set and wired.
#[derive(Clone, Copy, Debug)]
pub struct BoardPlan {
    /// Which.
    pub family: BoardFamily,
    /// Its address on the line.
    pub address: u8,
    /// How many locks it has.
    pub channels: u8,
    /// How it speaks of a closed door.
    pub closed: StatusOfClosed,
    /// How long it energises a lock where a frame does not say.
    pub pulse: Duration,
    /// A Kerong CU16's infrared bit is set for an item; otherwise it is clear.
    pub item_is_set: bool,
    /// Where a Modbus board has its inputs.
    pub inputs: ModbusInputs,
    /// The address of a Modbus board that has the inputs, where it is another one.
    pub inputs_board: Option<u8>,
    /// A shuoming board tells of door changes by itself, with this header.
    pub reports_with: Option<u8>,
}

impl BoardPlan {
    /// A board of a family as it is delivered and usually wired: the lowest address, the channels of a common product.
    pub fn usual(family: BoardFamily) -> Self {
        let (address, channels, closed) = match family {
            BoardFamily::Shuoming => (1, 24, StatusOfClosed::Eleven),
            BoardFamily::KerongCu16 => (0, 16, StatusOfClosed::Eleven),
            BoardFamily::KerongCu48 => (0, 48, StatusOfClosed::Eleven),
            BoardFamily::Wkly => (0, 24, StatusOfClosed::Eleven),
            BoardFamily::Winnsen => (1, 16, StatusOfClosed::Zero),
            BoardFamily::ModbusRelay => (1, 16, StatusOfClosed::Eleven),
        };
        Self {
            family,
            address,
            channels,
            closed,
            pulse: Duration::from_millis(300),
            item_is_set: true,
            inputs: ModbusInputs::Discrete(0),
            inputs_board: None,
            reports_with: None,
        }
    }

    /// What runs on it.
    pub fn firmware(&self) -> Box<dyn Firmware> {
        let Self { address, channels, closed, .. } = *self;
        match self.family {
            BoardFamily::Shuoming => {
                Box::new(Shuoming { address, channels, closed, reports_with: self.reports_with })
            }
            BoardFamily::KerongCu16 => {
                Box::new(KerongCu16 { address, channels, closed, item_is_set: self.item_is_set })
            }
            BoardFamily::KerongCu48 => Box::new(KerongCu48 { address, channels, closed }),
            BoardFamily::Wkly => Box::new(Wkly { address, channels, closed }),
            BoardFamily::Winnsen => {
                Box::new(Winnsen { address, channels, closed, answers_unlock_with: 0x85 })
            }
            BoardFamily::ModbusRelay => {
                let Self { inputs, inputs_board, .. } = *self;
                Box::new(ModbusRelay { address, channels, closed, inputs, inputs_board, has_pulses: true })
            }
        }
    }
}
