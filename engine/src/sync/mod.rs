//! The state machine of `locker sync`: what it says to the kiosk, what it asks the hub, and when it tries again. No
//! socket, no HTTP, no clock and no key is in here: inputs carry the time, outputs are done by the program.
//!
//! Sync grants nothing. It holds a bearer token, a memory of how far the journal had come, and the messages in its hands.

mod back_off;
mod machine;
mod memory;

pub use back_off::BackOff;
pub use locker_protocol::Sign;
pub use machine::{Answer, Ask, Input, Lane, Machine, Method, Output};
pub use memory::Memory;
