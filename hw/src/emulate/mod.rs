//! The other side of each wire: a lock board with a physical cabinet behind it, and a scanner, on pseudo-terminals.
//!
//! Everything here is written from the vectors in `frames/` and uses nothing of the drivers, so that a mistake in a
//! driver cannot be mirrored. [`Firmware`] alone is without port and thread: the simulation in virtual time uses it too. The truth about doors and parcels is kept in [`Cabinet`]; a demo and its people act on it,
//! and compare it with the books of the locker.
//!
//! Bytes are paced to the baud rate in both directions: 9600 8N1, 1.04 ms a byte.

mod cabinet;
mod firmware;
mod gm65;
mod pty;
mod shuoming;
mod tap;
mod wire;

pub use cabinet::{ActError, Cabinet, ChannelTruth, Pulse};
pub use firmware::{Asked, Firmware, StatusOfClosed};
pub use gm65::Gm65;
pub use pty::Pty;
pub use shuoming::{Held, ShuomingBoard};
pub use tap::{Direction, WireEvent};
