//! `kill -9` at the worst moments, each made by the lock board, which withholds its answer.

use std::time::Duration;

use locker_hw::emulate::Held;

use super::super::error::DemoError;
use super::super::people::{Errand, Place};
use super::super::screen::{PATIENCE, door_that};
use super::super::stage::Stage;

/// From the intent on the disk to the frame on the wire.
const FRAME_WITHIN: Duration = Duration::from_secs(5);

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    between_intent_and_pulse(stage)?;
    between_pulse_and_observation(stage)?;
    with_a_door_open(stage)?;
    with_a_recipient_at_the_door(stage)?;
    of_the_hub(stage)
}

/// The intent is on disk, the frame is on the wire, and nothing has moved.
fn between_intent_and_pulse(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("kill -9 of the kiosk between intent and pulse");
    let label = stage.announce("Ivo", "S")?;
    stage.courier_signs_in()?;
    stage.world.withhold_before_pulse();
    let door = scan_until_frame(stage, &label)?;
    stage.kill_kiosk("intent on disk, no pulse")?;
    stage.world.release(Held::Forgotten);
    must(!stage.world.is_open(door), format!("door {door} did not move"))?;
    stage.restart_kiosk()?;
    stage.wait_home()?;
    stage.wait_openings_over()?;
    bring_again(stage, &label, door)?;
    stage.wait_notified(&label)?;
    stage.collect_by_code(&label)
}

/// The door sprang open, and nobody told the kiosk. The courier closes it without putting anything in.
fn between_pulse_and_observation(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("kill -9 of the kiosk between pulse and observation");
    let label = stage.announce("Jana", "M")?;
    stage.courier_signs_in()?;
    stage.world.withhold_after_pulse();
    let door = scan_until_frame(stage, &label)?;
    must(stage.world.wait_open(door, PATIENCE), format!("door {door} is open"))?;
    stage.kill_kiosk("pulsed, and not seen open")?;
    stage.world.release(Held::Forgotten);
    stage.push_shut("courier", door)?;
    stage.restart_kiosk()?;
    stage.wait_home()?;
    stage.wait_openings_over()?;
    bring_again(stage, &label, door)?;
    stage.wait_notified(&label)?;
    stage.collect_by_pass(&label)
}

/// The courier puts the parcel in and closes while the kiosk is dead: nobody saw it, and its recipient still gets it.
fn with_a_door_open(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("kill -9 of the kiosk with a door open, and the parcel goes in meanwhile");
    let label = stage.announce("Kim", "S")?;
    stage.courier_signs_in()?;
    let door = stage.scan_parcel(&label, &label)?;
    stage.kill_kiosk(&format!("door {door} is open"))?;
    stage.puts_in(door, &label)?;
    stage.push_shut("courier", door)?;
    stage.people.set_errand(None);
    stage.restart_kiosk()?;
    stage.wait_home()?;
    stage.wait_openings_over()?;
    stage.says(
        "demo",
        format!("door {door} is Unknown now: nobody saw what went in; the right to it is kept"),
    );
    stage.collect_by_code(&label)
}

/// The kiosk dies while a recipient stands at the open door, and is back before the door is closed.
fn with_a_recipient_at_the_door(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("kill -9 of the kiosk with a recipient at the open door");
    let label = stage.announce("Lena", "L")?;
    stage.courier_signs_in()?;
    stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.wait_notified(&label)?;
    stage.people.set_errand(Some(Errand::TakeOut("Lena".to_owned())));
    stage.shows_pass(&label, |facts| door_that(facts, "is open").is_some())?;
    let door = stage.wait_door_open()?;
    stage.kill_kiosk(&format!("Lena stands at door {door}"))?;
    stage.restart_kiosk()?;
    let left_open = format!("Door {door} is open. Push it shut.");
    stage.screen.wait("word of the open door", |facts| facts.contains(&left_open))?;
    stage.takes_own("Lena", door)?;
    stage.push_shut("Lena", door)?;
    stage.people.set_errand(None);
    stage.wait_openings_over()?;
    stage.screen.wait("the home screen", |facts| facts.starts_with("Scan your code")).map(drop)
}

/// The hub dies right after it answered; what it answered holds. These parcels stay for the comparison.
fn of_the_hub(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("kill -9 of the hub right after its answer");
    let mia = stage.announce_unheard("Mia", "S")?;
    stage.kill_hub()?;
    stage.restart_hub()?;
    stage.wait_known_there(&mia)?;
    let noa = stage.announce("Noa", "M")?;
    let otto = stage.unannounced("Otto");
    stage.courier_signs_in()?;
    stage.deposit(&mia)?;
    stage.deposit(&noa)?;
    stage.deposit_unannounced(&otto, "Large")?;
    stage.courier_leaves()?;
    stage.wait_notified(&mia)?;
    stage.wait_notified(&noa)
}

/// Scans a parcel, and waits until the disk knows the intent and the board has the frame.
fn scan_until_frame(stage: &mut Stage<'_>, label: &str) -> Result<u16, DemoError> {
    let before: Vec<(u16, u64)> =
        stage.world.doors().map(|door| (door, stage.world.unlock_frames(door))).collect();
    stage.says("courier", format!("scans {label}"));
    stage.people.set_errand(Some(Errand::PutIn(label.to_owned())));
    stage.scan(label, |facts| facts.contains("Opening door "), "a door for the parcel")?;
    let intent = stage.wait_for("the intent in the journal", PATIENCE, |stage| {
        Ok(stage.unfinished()?.into_iter().find(|opening| opening.tried && !opening.seen_open))
    })?;
    let door = intent.door;
    let frames = before.iter().find(|(known, _)| *known == door).map_or(0, |(_, frames)| *frames);
    must(stage.world.wait_unlock_frames(door, frames + 1, FRAME_WITHIN), format!("door {door} is to open"))?;
    stage.says("journal", format!("opening {} of door {door} is about to be pulsed", intent.opening));
    Ok(door)
}

/// The courier has the parcel still in the hand, and gets another door for it.
fn bring_again(stage: &mut Stage<'_>, label: &str, not: u16) -> Result<(), DemoError> {
    must(stage.people.item(label)?.place == Place::Van, format!("{label} is in the courier's hand"))?;
    stage.says("courier", format!("has {label} still in the hand"));
    stage.courier_signs_in()?;
    let door = stage.deposit(label)?;
    must(door != not, format!("another door than {not}, which is Unknown, is offered"))?;
    stage.courier_leaves()
}

fn must(so: bool, what: String) -> Result<(), DemoError> {
    if so { Ok(()) } else { Err(DemoError::Odd(format!("not as it must be: {what}"))) }
}
