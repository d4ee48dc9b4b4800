//! The kiosk's screens. Signage, not software: one huge fact, one sentence, one action a screen.
//!
//! The crate knows nobody: it is told a [`Scene`] and answers with an [`Intent`]. Keystrokes, pressed states and the focus
//! ring live here and nowhere else; what a code opens, or whether, is not known here.

mod cabinet;
mod controls;
mod error;
mod flat;
mod fonts;
#[cfg(feature = "glass")]
pub mod glass;
mod intent;
mod kiosk;
mod language;
mod language_choice;
mod lists;
#[cfg(feature = "glass")]
mod offscreen;
mod options;
mod presenter;
mod qr;
mod repeats;
mod scene;
mod technician;
mod test_picture;
mod typing;

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

pub use cabinet::{Cabinet, DoorPlace, Rectangle};
pub use error::UiError;
pub use intent::Intent;
pub use kiosk::{Focus, Kiosk, KioskHandle, Seen};
pub use language::{LANGUAGES, Language};
pub use options::{Display, NowMs, ScreenOptions};
pub use scene::{
    Deposit, DepositNote, DoorChoices, Free, Leaving, Order, Refusal, Scene, Size, TakeOutDoor, Task,
};
pub use technician::{
    Believed, CaseLine, DoorLine, DoorReading, InventoryNote, Problem, Trouble, TroubleKind,
};

pub use test_picture::{MARKS, TestPicture, Touches};

#[cfg(feature = "glass")]
pub use offscreen::Picture;
