//! The story of the tour, chapter by chapter.

mod collections;
mod crashes;
mod deposits;
mod enrolment;
mod leftovers;
mod offline;
mod trouble;

use super::error::DemoError;
use super::stage::Stage;

/// Plays the whole tour.
///
/// # Errors
/// Something did not go as it must.
pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    enrolment::play(stage)?;
    leftovers::play(stage)?;
    let brought = deposits::play(stage)?;
    collections::play(stage, &brought)?;
    trouble::play(stage)?;
    offline::play(stage)?;
    crashes::play(stage)?;
    Ok(())
}

/// As [`join_network`]; then whatever an earlier run left unfinished is finished.
///
/// # Errors
/// As for the whole tour.
pub fn join_network_and_tidy(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    enrolment::play(stage)?;
    leftovers::play(stage)
}

/// Whoever stands at an open door finishes there; bolts that stick are mended.
///
/// # Errors
/// A door cannot be closed, or its opening never ends.
pub fn tidy(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    leftovers::play(stage)
}

/// Only the first chapter: an enrolled locker and a courier with a badge.
///
/// # Errors
/// As for the whole tour.
pub fn join_network(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    enrolment::play(stage)
}
