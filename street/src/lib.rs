//! The street before the locker, as the demo's second window shows it: a van, a cabinet with its insides visible, phones,
//! things to break, and what passes on the wires.
//!
//! The crate knows nobody: it is told a [`Scene`] and says which [`Thing`] was clicked. What a click does, and what is to be
//! clicked next, is not known here.

mod error;
mod qr;
mod scene;
mod window;

/// What the Slint compiler makes of `screens/`.
mod screens {
    #![allow(
        missing_docs,
        clippy::all,
        clippy::todo,
        clippy::unwrap_used,
        clippy::expect_used,
        unsafe_code,
        reason = "generated"
    )]
    slint::include_modules!();
}

pub use error::StreetError;
pub use scene::{
    Books, Box, Door, DoorFront, Frame, Front, Phase, Phone, Rectangle, Scene, Size, Thing, Trouble,
};
pub use window::{Handle, Listener, Window};
