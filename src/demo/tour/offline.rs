//! The network is gone for three days; parcels come and go all the same.

use std::time::Duration;

use super::super::error::DemoError;
use super::super::stage::Stage;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("The network is cut for three days");
    let gil = stage.announce("Gil", "M")?;
    let hana = stage.make_deposit_pass("Hana", "S")?;
    stage.courier_signs_in()?;
    stage.deposit(&gil)?;
    stage.courier_leaves()?;
    stage.wait_notified(&gil)?;

    stage.kill_hub()?;
    stage.clock.skip(DAY)?;
    stage.says("demo", "a day passes, and nobody hears from the network");
    stage.wait_home()?;
    stage.collect_by_pass(&gil)?;
    stage.clock.skip(DAY)?;
    stage.says("demo", "another day passes");
    stage.wait_home()?;
    let door = stage.deposit_by_pass(&hana)?;
    stage.courier_leaves()?;
    // What sync had in its hands is not lost with it.
    stage.crash_sync()?;
    stage.clock.skip(DAY)?;
    stage.says("demo", "a third day passes");

    stage.restart_hub()?;
    stage.says("demo", format!("the network is back; the hub hears of door {door} now"));
    stage.wait_notified(&hana)?;
    stage.collect_by_code(&hana)
}
