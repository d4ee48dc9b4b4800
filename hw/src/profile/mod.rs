//! The cabinet profile: which locks there are, how they are wired, and where each door is.
//!
//! A profile is a TOML file (`hw/cabinets/*.toml`). [`parse`] gives a checked [`Profile`] or **all** that is wrong with
//! it, each fault with its line and key, so that a technician mends a file in one go.
//!
//! A `[[bank]]` has `id`, `family`, `port` (a role of `[ports]` in `locker.toml`), `supply`, `closed_is`, `pulse_ms` (300) and
//! `cooldown_ms` (500), and what its family needs:
//!
//! | family | keys besides |
//! |---|---|
//! | every board on a wire | `address`, `channels`, `baud` (as delivered; one for all boards of a port) |
//! | `kerong-cu16` | `item_is = "1"` or `"0"`: which bit of its item sensors means that something is inside |
//! | `modbus-relay` | `inputs = "fc02"` (default) or `"fc03-0081"`, `inputs_address`, the first channel's, and `inputs_board`, the address of the board that has them, where it is another one |
//! | `gpio` | `outputs = [17, 27]` and `inputs = [5, 6]`, lines by channel (-1: no switch), `active_low` of the outputs (false), `pull` of the inputs (`"up"`, `"down"`, `"none"`), `enable`, the line that lets the supply through |
//!
//! `closed_is` says which status, bit or level of an input is a closed door: `"11"` or `"1"`, `"00"` or `"0"`. One supply may feed
//! banks on several ports: one lock at a time is energised on it.
//!
//! All measures are millimetres in the front elevation: x from the left edge, y from the floor upwards.

mod check;
mod parts;
mod read;
mod read_bank;
mod wiring;

use serde::Deserialize;

use crate::board::{ClosedIs, Family};
use crate::bus::Lock;
pub use crate::settings::Fault;
use crate::settings::Faults;
pub use parts::{
    Gauge, InputLine, Light, MOST_LIGHTS, MOST_SENSORS, OutputLine, Parts, Power, Tamper, Thermometer,
};
pub use wiring::{GpioWiring, InputsBy, ItemIs, Pull, RelayInputs};

/// The profile `hw/cabinets/demo-24.toml`: 24 compartments in three sizes on one shuoming board. Its port is `locks`.
pub const DEMO_24: &str = include_str!("../../cabinets/demo-24.toml");

/// A profile file longer than this is not read (410 compartments need a third of it).
pub const MOST_BYTES: usize = 256 * 1024;
/// The most compartments of one cabinet.
pub const MOST_COMPARTMENTS: usize = 410;
/// The most lock boards of one cabinet.
pub const MOST_BANKS: usize = 64;
/// The longest time that a lock may be energised.
pub const LONGEST_PULSE_MS: u16 = 500;
/// Heights of a handle that everyone can reach, seated or standing.
pub const REACHABLE_MM: std::ops::RangeInclusive<u32> = 380..=1220;

/// A checked cabinet profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What people call this kind of cabinet.
    pub name: String,
    /// Height of the cabinet above the floor.
    pub height_mm: u32,
    /// The columns from left to right; the cabinet is as wide as they are together.
    pub columns: Vec<Column>,
    /// Where the screen is in the elevation.
    pub screen: Rect,
    /// The lock boards; [`Lock::bank`] is an index into them.
    pub banks: Vec<Bank>,
    /// The compartments in the order of the file.
    pub compartments: Vec<Compartment>,
    /// What it has besides.
    pub parts: Parts,
}

/// One column of doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its left edge.
    pub x_mm: u32,
    /// Its width.
    pub w_mm: u32,
}

/// A rectangle in the front elevation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x_mm: u32,
    /// Lower edge, above the floor.
    pub y_mm: u32,
    /// Width.
    pub w_mm: u32,
    /// Height.
    pub h_mm: u32,
}

impl Profile {
    /// The front's width, in millimetres.
    #[must_use]
    pub fn width_mm(&self) -> u32 {
        self.columns.iter().map(|column| column.w_mm).sum()
    }

    /// A rectangle of the front as screens count: left edge, distance of its upper edge from the front's, width and height, in
    /// millimetres.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a profile holds measures to 20,000 mm")]
    pub fn from_the_top_mm(&self, rect: Rect) -> [f32; 4] {
        let y_mm = self.height_mm.saturating_sub(rect.y_mm + rect.h_mm);
        [rect.x_mm, y_mm, rect.w_mm, rect.h_mm].map(|mm| mm as f32)
    }
}

/// The electronics of a group of doors: one lock board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// A name for logs and screens.
    pub id: String,
    /// Which driver speaks to it.
    pub family: Family,
    /// The role of its serial port or GPIO chip; the device path for the role is in `locker.toml`.
    pub port: String,
    /// Bits a second on its port, 8N1; 0 for a family without a serial line.
    pub baud: u32,
    /// Its address on that port; 0 for a family without a serial line.
    pub address: u8,
    /// How many channels it has.
    pub channels: u8,
    /// Which status means a closed door.
    pub closed_is: ClosedIs,
    /// How long the board energises a lock for one request, as set on the board; at most [`LONGEST_PULSE_MS`].
    pub pulse_ms: u16,
    /// How long a lock rests after its pulse.
    pub cooldown_ms: u16,
    /// Its power supply: one lock at a time is energised on it, over all ports.
    pub supply: String,
    /// What its item sensors' bits mean; none where it has no such sensors.
    pub item_is: Option<ItemIs>,
    /// Where its door switches are told, for the families where that differs.
    pub inputs: Option<RelayInputs>,
    /// Its lines, for the family `gpio`.
    pub gpio: Option<GpioWiring>,
}

/// One box with a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compartment {
    /// What a person reads on the door.
    pub number: u16,
    /// Size class.
    pub size: Size,
    /// How its lock is wired.
    pub lock: Lock,
    /// The door in the elevation.
    pub door: Rect,
    /// How deep it is.
    pub depth_mm: u32,
    /// Height of the handle above the floor.
    pub handle_mm: u32,
    /// What its sensor proves.
    pub evidence: Evidence,
}

impl Compartment {
    /// Whether everyone can reach the handle, seated or standing.
    pub fn is_reachable(&self) -> bool {
        REACHABLE_MM.contains(&self.handle_mm)
    }
}

/// Size class, ordered from small to large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub enum Size {
    /// Small.
    S,
    /// Medium.
    M,
    /// Large.
    L,
}

/// What a reading of this door proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// A switch sees the door leaf.
    Door,
    /// Only the bolt is seen: closed may be a bolt thrown with the door open.
    Bolt,
    /// Besides the door, whether something is inside.
    Item,
    /// No sensor; only a person's word. [`parse`] refuses it: the rules for such a door are not built yet.
    Attested,
}

/// Reads and checks a profile. `file_name` is only for the faults.
///
/// # Errors
/// Everything that is wrong, in the order of the lines; never empty.
pub fn parse(text: &str, file_name: &str) -> Result<Profile, Vec<Fault>> {
    let mut faults = Faults::new(text, file_name);
    let draft = read::read(text, &mut faults);
    check::check(&draft, &mut faults);
    let faults = faults.into_sorted();
    if !faults.is_empty() {
        return Err(faults);
    }
    // Whatever could not be read is among the faults.
    draft.finished().ok_or(faults)
}

#[cfg(test)]
mod tests;
