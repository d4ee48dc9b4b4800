//! The other side of each wire: lock boards with a physical cabinet behind them, and scanners, on pseudo-terminals.
//!
//! Everything here is written from the vectors in `frames/` and uses nothing of the drivers, so that a mistake in a
//! driver cannot be mirrored. Each family of boards is one file, and a [`Firmware`]: bytes in, bytes out, without port and
//! thread, so that a simulation in virtual time uses it too. [`LockLine`] carries any of them on one port. The truth about
//! doors and parcels is kept in [`Cabinet`]; a demo and its people act on it, and compare it with the books of the locker.
//! What can go wrong is a [`Fault`] with a name.
//!
//! Bytes are paced to the baud rate in both directions: 1.04 ms a byte at 9600 8N1.

mod cabinet;
mod fault;
mod firmware;
mod gm65;
mod gpio;
mod honeywell;
mod kerong_cu16;
mod kerong_cu48;
mod line;
mod modbus_relay;
mod newland;
mod plan;
mod pty;
mod scanner;
mod sensors;
mod shuoming;
mod supply;
mod tap;
mod winnsen;
mod wire;
mod wkly;

pub use cabinet::{ActError, Cabinet, ChannelTruth, Pulse};
pub use fault::{Fault, NoSuchFault};
pub use firmware::{Asked, Firmware, Look, StatusOfClosed};
pub use gpio::{Change, MemoryChip};
pub use kerong_cu16::KerongCu16;
pub use kerong_cu48::KerongCu48;
pub use line::{Held, LockLine, Station};
pub use modbus_relay::{ModbusInputs, ModbusRelay};
pub use plan::{BoardFamily, BoardPlan, NoSuchFamily};
pub use pty::Pty;
pub use scanner::{ScannerModel, ScannerModule};
pub use shuoming::Shuoming;
pub use supply::Supply;
pub use tap::{Direction, FrameKind, WireEvent};
pub use winnsen::Winnsen;
pub use wkly::Wkly;
