//! A door that does not open, and a courier who puts nothing in.

use super::super::error::DemoError;
use super::super::people::Errand;
use super::super::screen::door_that;
use super::super::stage::Stage;

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    a_door_sticks(stage)?;
    nothing_was_put_in(stage)
}

fn a_door_sticks(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("A door does not open");
    let label = stage.announce("Eve", "M")?;
    stage.courier_signs_in()?;
    let door = stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.wait_notified(&label)?;
    stage.world.jam(door, true)?;
    stage.says("cabinet", format!("the bolt of door {door} sticks"));
    stage.people.set_errand(Some(Errand::TakeOut("Eve".to_owned())));
    stage.shows_pass(&label, |facts| facts.contains("Opening door "))?;
    stage.screen.wait("the advice to push", |facts| facts.contains("then let go"))?;
    stage.says("Eve", format!("pushes door {door}; the third pulse does not open it either"));
    let stuck = format!("Door {door} is stuck");
    let facts = stage.screen.wait("word of the stuck door", |facts| facts.starts_with(&stuck))?;
    stage.says("Eve", format!("reads: {facts}"));
    stage.world.jam(door, false)?;
    stage.says("cabinet", format!("the bolt of door {door} comes loose"));
    stage.screen.press("Try again")?;
    stage.take_from_doors("Eve")
}

/// The courier closes the empty door, says so, and the door opens again to prove it.
fn nothing_was_put_in(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("A courier puts nothing in");
    let label = stage.announce("Finn", "S")?;
    stage.courier_signs_in()?;
    let door = stage.scan_parcel(&label, &label)?;
    stage.says("courier", format!("has {label} still in the hand"));
    stage.push_shut("courier", door)?;
    stage.wait_stored(door)?;
    stage.says("courier", "touches \"Not in there\"");
    stage.screen.press("Not in there")?;
    let again = stage.wait_door_open()?;
    if again != door {
        return Err(DemoError::Odd(format!("door {again} opened to prove that door {door} is empty")));
    }
    stage.push_shut("courier", door)?;
    let nothing = format!("Door {door}: nothing stored");
    stage.screen.wait("word that nothing is stored", |facts| facts.starts_with(&nothing))?;
    stage.says("courier", "now brings it in");
    stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.wait_notified(&label)?;
    // The door that was shown to be empty is whose it is for two minutes; this parcel lies behind another.
    let facts = stage.shows_pass(&label, |facts| door_that(facts, "is open").is_some())?;
    stage.says("Finn", format!("reads: {facts}"));
    stage.take_from_doors("Finn")
}
