//! Locks and door switches on the lines of a GPIO chip, and lines for whoever else needs some.
//!
//! A [`Chip`] is the boundary: [`CdevChip`] is any chip of the Linux kernel (`/dev/gpiochip0`), under the feature `rppal` the
//! pins of a Raspberry Pi by rppal, and a test brings its own. Above it, three threads of which none trusts another:
//!
//! ```text
//!  bus thread ── which unlock, which doors ──▶ pulse thread ── output on ... output off ──▶ Outputs
//!      ▲                                          │ armed before the output is switched on       ▲
//!      └── edges, and readings as their proof     └──▶ watchdog thread ── all off, when it took too long
//! ```
//!
//! No board ends these pulses, so everything is switched off when the lines are taken, when a pulse is over, when it took
//! longer than it may, when a thread panics, and when the lines are given back. What no program can do is switch off after it
//! was killed: for that, a line called `enable` lets the locks' supply through only while a pulse is wanted, and hardware
//! outside pulls it low ([wiring](https://github.com/locker/locker/blob/main/hw/wiring.md)).

mod cdev;
mod guard;
mod pulse;
#[cfg(feature = "rppal")]
mod raspberry;
pub(crate) mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use cdev::CdevChip;
#[cfg(feature = "rppal")]
pub use raspberry::RaspberryChip;

use crate::profile::Pull;

/// Instead of a chip's path: the pins of a Raspberry Pi by rppal.
pub const RPPAL: &str = "rppal";
/// Whether this program was built with rppal.
pub const HAS_RPPAL: bool = cfg!(feature = "rppal");
/// Inputs that change back sooner are not said to have changed.
pub const DEBOUNCE: Duration = Duration::from_millis(5);

/// What cannot be had of a GPIO chip.
#[derive(Debug, thiserror::Error)]
pub enum GpioError {
    /// There is no such chip, or it may not be used.
    #[error(
        "GPIO chip {path} cannot be opened: {why}; /dev/gpiochip* are those there are, and their group may use them"
    )]
    NoChip {
        /// What was to be opened.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// This program was built without rppal.
    #[error("this program was built without rppal; name the chip instead, as in /dev/gpiochip0")]
    NoRppal,
    /// The lines cannot be had: one does not exist, or someone else has it.
    #[error("lines {lines:?} of GPIO chip {path} cannot be had: {why}")]
    NoLines {
        /// The chip.
        path: PathBuf,
        /// The lines asked for.
        lines: Vec<u32>,
        /// What the system said.
        why: String,
    },
    /// Lines that were had cannot be read or switched any more.
    #[error("GPIO chip {path} failed: {why}")]
    Failed {
        /// The chip.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// An output to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its line, as the chip numbers it.
    pub line: u32,
    /// On is low.
    pub active_low: bool,
}

/// An input that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Its line.
    pub line: u32,
    /// High from then on.
    pub high: bool,
    /// When: by the kernel's stamp, or when it was heard of.
    pub at: Instant,
}

/// Hears of inputs that change, on a thread of the chip's: it must return at once.
pub type EdgeSink = Arc<dyn Fn(Edge) + Send + Sync>;

/// Opens the chip that a path of `locker.toml` names.
pub type OpenChip = Arc<dyn Fn(&Path) -> Result<Box<dyn Chip>, GpioError> + Send + Sync>;

/// A chip with lines.
pub trait Chip: Send {
    /// Takes lines as outputs. They are off from the first moment.
    ///
    /// # Errors
    /// A line does not exist, or is taken.
    fn outputs(&self, outputs: &[Output]) -> Result<Arc<dyn Outputs>, GpioError>;

    /// Takes lines as inputs, debounced by [`DEBOUNCE`].
    ///
    /// # Errors
    /// A line does not exist, or is taken.
    fn inputs(&self, lines: &[u32], pull: Pull, edges: EdgeSink) -> Result<Box<dyn Inputs>, GpioError>;
}

/// Outputs that were taken. Given back, they are off.
pub trait Outputs: Send + Sync {
    /// Switches one.
    ///
    /// # Errors
    /// The chip is gone, or the line is not among them.
    fn set(&self, line: u32, on: bool) -> Result<(), GpioError>;

    /// Switches all of them off, also those after one that fails.
    ///
    /// # Errors
    /// One of them may still be on.
    fn all_off(&self) -> Result<(), GpioError>;
}

/// Inputs that were taken.
pub trait Inputs: Send {
    /// Each line, and whether it is high now.
    ///
    /// # Errors
    /// The chip is gone.
    fn read(&self) -> Result<Vec<(u32, bool)>, GpioError>;
}

/// Opens a chip by its path, or what [`RPPAL`] stands for.
///
/// # Errors
/// There is none, it may not be used, or this program has no driver for it.
pub fn open(path: &Path) -> Result<Box<dyn Chip>, GpioError> {
    if path == Path::new(RPPAL) {
        #[cfg(feature = "rppal")]
        return Ok(Box::new(RaspberryChip::open()?));
        #[cfg(not(feature = "rppal"))]
        return Err(GpioError::NoRppal);
    }
    Ok(Box::new(CdevChip::open(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_that_is_not_there_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gpiochip9");
        let Err(error) = open(&path) else { panic!("there is none") };
        let said = error.to_string();
        assert!(said.contains("gpiochip9") && said.contains("/dev/gpiochip*"), "{said}");
        std::fs::write(&path, "no chip").unwrap();
        assert!(matches!(open(&path), Err(GpioError::NoChip { .. })));
    }

    #[test]
    #[cfg(not(feature = "rppal"))]
    fn without_rppal_its_name_is_refused_with_what_to_do() {
        let Err(error) = open(Path::new(RPPAL)) else { panic!("there is no rppal") };
        assert!(error.to_string().contains("/dev/gpiochip0"));
    }
}
