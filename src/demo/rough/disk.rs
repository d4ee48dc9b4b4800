//! A disk with no room left.

use std::time::Duration;

use super::super::error::DemoError;
use super::super::stage::Stage;
use super::must;

/// Long enough to read a pass and to send a pulse.
const WATCHED: Duration = Duration::from_secs(2);

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("The disk is full");
    let label = stage.announce("Eve", "S")?;
    stage.courier_signs_in()?;
    let door = stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.wait_notified(&label)?;

    stage.kill_kiosk("and its disk has no room left")?;
    stage.kiosk.start_again_with_full_disk()?;
    stage.says("demo", format!("the kiosk runs again, pid {}, and can write nothing", stage.kiosk.pid()));
    stage.screen.find_again()?;
    let repaired = |facts: &str| facts.starts_with("This locker is being repaired");
    stage.screen.wait("word of the repair", repaired)?;
    let frames = all_frames(stage);
    let pass = stage.people.item(&label)?.pass.clone().unwrap_or_default();
    stage.says("Eve", "holds the phone with the pass before the scanner");
    stage.world.scanner.scan(&pass);
    let changed = stage.screen.wait_within(WATCHED, |facts| !repaired(facts))?;
    must(changed.is_none(), "nobody is served while nothing can be recorded")?;

    stage.kiosk.give_disk_room()?;
    stage.says("demo", "the disk has room again");
    stage.wait_home()?;
    must(all_frames(stage) == frames, "no lock was pulsed while nothing could be recorded")?;
    must(stage.world.inside(door) == [label.clone()], "the parcel is where it was")?;
    stage.collect_by_pass(&label)
}

fn all_frames(stage: &Stage<'_>) -> u64 {
    stage.world.doors().map(|door| stage.world.unlock_frames(door)).sum()
}
