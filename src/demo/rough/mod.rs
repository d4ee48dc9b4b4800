//! Bad input from every side: what is scanned, what the lock board says, who answers as the hub, the clock, the disk. A
//! clear word on the screen, nothing lost, and everything works again afterwards.

mod board;
mod clock;
mod disk;
mod hub;
mod scans;

use super::error::DemoError;
use super::stage::Stage;
use super::tour;

/// Plays all of it.
///
/// # Errors
/// Something did not go as it must.
pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    tour::join_network(stage)?;
    scans::play(stage)?;
    board::play(stage)?;
    disk::play(stage)?;
    hub::play(stage)?;
    clock::play(stage)
}

fn must(so: bool, what: impl Into<String>) -> Result<(), DemoError> {
    if so { Ok(()) } else { Err(DemoError::Odd(format!("not as it must be: {}", what.into()))) }
}
