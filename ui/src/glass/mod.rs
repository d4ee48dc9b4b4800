//! The glass: a screen without a display, reached through a Unix socket.
//!
//! In go a pointer and keys; out come pixels, spoken words, the focus order and the digit keys. It cannot name a door, a
//! code or an event: whoever uses it has the hands and eyes of a person before the locker, nothing more.

mod behind;
mod client;
mod pane;
mod server;
mod wire;

pub(crate) use behind::{Behind, Scenes};
pub use client::{Client, GlassError};
pub(crate) use pane::Shown;
pub(crate) use server::{Knock, Server};
