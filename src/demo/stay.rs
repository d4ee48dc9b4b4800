//! After the tour, with a window: a parcel waits, its code is on the terminal, and whoever sits there may type it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::DemoError;
use super::stage::Stage;

/// How long a parcel takes to be taken out and the door to be closed, for somebody who watches.
const HANDS_TAKE: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Stays until the kiosk's window is closed.
///
/// # Errors
/// Something else ended.
pub fn stay(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    match serve(stage) {
        // Nobody who closes a window in the middle of anything has done wrong.
        Err(DemoError::Ended { name: "kiosk", status, .. }) if status.success() => Ok(()),
        Err(_) if stage.kiosk.ended()?.is_some_and(|status| status.success()) => Ok(()),
        other => other,
    }
}

fn serve(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    loop {
        stage.timeline.chapter("Your turn");
        let label = stage.announce("you", "M")?;
        stage.go_home()?;
        stage.courier_signs_in()?;
        let door = stage.deposit(&label)?;
        stage.courier_leaves()?;
        let code = stage.code_of(&label)?;
        let (one, two, three) = (&code[..3], &code[3..6], &code[6..]);
        stage.timeline.plain(&format!(
            "Your parcel waits behind door {door}. In the kiosk's window, type {one} {two} {three}"
        ));
        stage.timeline.plain("The demo ends when its window is closed, or by Ctrl-C.");
        while stage.world.inside(door).contains(&label) {
            stage.look_after()?;
            attend_doors(stage)?;
            sleep(LOOK_EVERY);
        }
        // The person looks at the last screen for as long as it stays.
        stage.wait_home()?;
    }
}

/// The demo is the hands: it takes out what is behind a door that opened, and closes it.
fn attend_doors(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    let open: Vec<u16> = stage.world.doors().filter(|door| stage.world.is_open(*door)).collect();
    for door in open {
        let since = Instant::now();
        while since.elapsed() < HANDS_TAKE {
            stage.look_after()?;
            sleep(LOOK_EVERY);
        }
        stage.takes_own("you", door)?;
        stage.push_shut("you", door)?;
    }
    Ok(())
}
