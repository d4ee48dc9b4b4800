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

/// Only the first chapter: an enrolled locker and a courier with a badge.
///
/// # Errors
/// As for the whole tour.
pub fn join_network(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    enrolment::play(stage)
}
