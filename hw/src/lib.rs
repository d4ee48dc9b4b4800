//! Lock boards, scanners and cabinet profiles behind small traits, and emulators of the other side of each wire.
//!
//! # The flow of bytes
//! ```text
//!            LockBus::unlock(Unlock)          BusSink::{unlocked, doors, bank_lost, bank_back}
//!  engine ───────────────────────────┐   ┌──────────────────────────────────────────────▶ engine
//!                                    ▼   │
//!  Locks ── routes by bank ──▶ one bus thread for each serial port; one for each GPIO chip
//!                                    │   ▲        at most one transaction at a time, 5 ms silence between two;
//!                          request   │   │ answer an unlock goes ahead of polling; one lock at a time for a supply
//!                                    ▼   │
//!                    LockBoard (shuoming, ...): requests and answers as pure functions over bytes
//!                                    │   ▲
//!                                    ▼   │
//!                    Line: opens and reopens the port, strips echo, ends an answer on a quiet gap
//!                                    │   ▲
//!                      serial port ──┘   └── RS-485 board, or under the feature `emulate` a pseudo-terminal
//!
//!  scanner ──▶ scanner thread: Splitter (bounded, pure) ──▶ ScanSink::scanned(Text | Unreadable)
//! ```
//!
//! * [`profile`] says which locks there are, on which boards and ports, and where each door is in the cabinet.
//! * [`settings`] reads TOML files with every fault at once; profiles and the locker's configuration are read with it.
//! * [`bus`] is the boundary that the engine and a simulation share, and the thread that drives a real port.
//! * [`board`] holds one file for each lock board family. A family is added by its file and its line in [`board::Family`].
//! * [`gpio`] has lines of GPIO chips, and energises locks on them without a board.
//! * [`scanner`] reads codes; whatever is scanned is hostile until proven text.
//! * [`sensor`] reads what is no door's: power, tampering, temperatures. [`output`] drives lights and a buzzer.
//! * `emulate` (feature) is the other side of each wire, written from the vectors in `frames/`, never from the drivers; `emulated`
//!   puts a whole cabinet up by its profile.
//!
//! Time that decides something a person could dispute (deadline of an unlock, time of a reading) comes from a
//! [`NowMs`] that is passed in. The spacing of bytes on a wire is physics and is paced by the operating system.

use std::sync::Arc;

pub mod board;
pub mod bus;
#[cfg(feature = "emulate")]
pub mod emulate;
#[cfg(feature = "emulate")]
pub mod emulated;
pub mod gpio;
mod heartbeat;
pub mod output;
pub mod profile;
pub mod scanner;
pub mod sensor;
pub mod settings;

pub use heartbeat::Heartbeat;

/// Monotonic milliseconds of the process clock.
pub type NowMs = Arc<dyn Fn() -> u64 + Send + Sync>;
