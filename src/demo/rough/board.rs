//! A lock board that answers nothing, rubbish, or late.

use super::super::error::DemoError;
use super::super::people::Errand;
use super::super::screen::PATIENCE;
use super::super::stage::Stage;
use super::must;

/// Longer than a transaction may take.
const LATE_MS: u64 = 700;

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    silent(stage)?;
    rubbish(stage)?;
    late(stage)
}

/// The board has no power: the screen says what a person can do, and the parcel stays theirs.
fn silent(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("The lock board answers nothing");
    let (label, door) = brought(stage, "Ben")?;
    stage.world.silent(true);
    stage.people.set_errand(Some(Errand::TakeOut("Ben".to_owned())));
    stage.shows_pass(&label, |facts| facts.contains("Opening door "))?;
    let stuck = format!("Door {door} is stuck");
    stage.screen.wait("word of the stuck door", |facts| facts.starts_with(&stuck))?;
    must(!stage.world.is_open(door), format!("door {door} stayed closed"))?;
    stage.world.silent(false);
    stage.says("cabinet", "the lock board has power again");
    stage.screen.press("Try again")?;
    stage.take_from_doors("Ben")
}

/// The board obeys, and its answers mean nothing.
fn rubbish(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("The lock board answers rubbish");
    let (label, door) = brought(stage, "Cleo")?;
    stage.world.rubbish(true);
    stage.people.set_errand(Some(Errand::TakeOut("Cleo".to_owned())));
    stage.shows_pass(&label, |facts| facts.contains("Opening door "))?;
    must(stage.world.wait_open(door, PATIENCE), format!("door {door} is open"))?;
    stage.world.rubbish(false);
    stage.says("cabinet", "the lock board makes sense again");
    stage.take_from_doors("Cleo")
}

/// Each answer comes when nobody expects it any more.
fn late(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("The lock board answers late");
    let (label, door) = brought(stage, "Dan")?;
    stage.world.late(LATE_MS);
    stage.people.set_errand(Some(Errand::TakeOut("Dan".to_owned())));
    stage.shows_pass(&label, |facts| facts.contains("Opening door "))?;
    must(stage.world.wait_open(door, PATIENCE), format!("door {door} is open"))?;
    stage.world.late(0);
    stage.says("cabinet", "the lock board answers in time again");
    stage.take_from_doors("Dan")
}

/// A parcel behind a door, and its recipient told.
fn brought(stage: &mut Stage<'_>, recipient: &str) -> Result<(String, u16), DemoError> {
    let label = stage.announce(recipient, "M")?;
    stage.courier_signs_in()?;
    let door = stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.wait_notified(&label)?;
    Ok((label, door))
}
