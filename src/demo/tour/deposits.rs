//! Parcels come in: announced, unannounced, and by deposit pass.

use super::super::error::DemoError;
use super::super::stage::Stage;

/// What was brought, for the next chapter.
pub struct Brought {
    /// Ana's one announced parcel.
    pub ana: String,
    /// Ben's, brought unannounced.
    pub ben: String,
    /// Cleo's, brought by deposit pass.
    pub cleo: String,
    /// Dan's three.
    pub dan: Vec<String>,
}

pub fn play(stage: &mut Stage<'_>) -> Result<Brought, DemoError> {
    stage.timeline.chapter("A courier brings parcels: announced, unannounced, by deposit pass");
    let ana = stage.announce("Ana", "S")?;
    let dan = vec![stage.announce("Dan", "S")?, stage.announce("Dan", "M")?, stage.announce("Dan", "L")?];
    let ben = stage.unannounced("Ben");
    stage.make_pass_for(&ben)?;
    stage.courier_signs_in()?;
    stage.deposit(&ana)?;
    for label in &dan {
        stage.deposit(label)?;
    }
    stage.deposit_unannounced(&ben, "Medium")?;
    stage.courier_leaves()?;
    let cleo = stage.make_deposit_pass("Cleo", "S")?;
    stage.deposit_by_pass(&cleo)?;
    stage.courier_leaves()?;
    for label in [&ana, &cleo].into_iter().chain(&dan) {
        stage.wait_notified(label)?;
    }
    Ok(Brought { ana, ben, cleo, dan })
}
