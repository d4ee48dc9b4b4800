//! A clock set twenty years off.

use std::time::Duration;

use super::super::error::DemoError;
use super::super::stage::Stage;

const TWENTY_YEARS: Duration = Duration::from_secs(20 * 365 * 24 * 60 * 60);

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("The clock is set twenty years ahead");
    let ivo = stage.announce("Ivo", "S")?;
    stage.courier_signs_in()?;
    stage.deposit(&ivo)?;
    stage.courier_leaves()?;
    stage.wait_notified(&ivo)?;
    stage.clock.skip(TWENTY_YEARS)?;
    stage.says("demo", "all clocks stand twenty years ahead");
    stage.wait_home()?;
    // A recipient's pass lives by its parcel, not by a date.
    stage.collect_by_pass(&ivo)?;
    stage.hire_courier()?;
    let jana = stage.announce("Jana", "S")?;
    stage.courier_signs_in()?;
    stage.deposit(&jana)?;
    stage.courier_leaves()?;
    stage.wait_notified(&jana)?;
    stage.collect_by_code(&jana)
}
