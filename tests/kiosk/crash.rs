//! The kiosk dies while somebody stands before it: the screen is back before they walk away.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::rig::Rig;

/// How long systemd waits before it starts the kiosk again: what the unit of the package says.
fn restart_after() -> Duration {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/locker-kiosk.service");
    let unit = std::fs::read_to_string(unit).unwrap();
    let said = unit.lines().find_map(|line| line.strip_prefix("RestartSec=")).unwrap();
    match said.strip_suffix("ms") {
        Some(ms) => Duration::from_millis(ms.parse().unwrap()),
        None => Duration::from_secs(said.parse().unwrap()),
    }
}

#[test]
fn a_kiosk_that_dies_shows_its_screen_again_and_the_open_door_goes_on() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    let pass = rig.pass();
    rig.scan(&pass, "the door", |spoken| spoken.contains("is open."));

    let died = Instant::now();
    rig.kiosk.0.kill().unwrap();
    rig.kiosk.0.wait().unwrap();
    // As systemd does on a locker.
    sleep(restart_after());
    rig.start();
    rig.wait("its screen", |spoken| spoken.contains("Scan your code"));
    eprintln!("dead to screen: {} ms; goal 2,000 ms", died.elapsed().as_millis());

    rig.wait("word of the open door", |spoken| spoken.contains("Push it shut"));
    rig.cabinet.take(channel, label.as_str()).unwrap();
    rig.cabinet.push_shut(channel).unwrap();
    rig.wait("the end of that opening", |spoken| !spoken.contains("Push it shut"));
    // It was collected there, by the same right: the pass opens the door once more.
    rig.scan(&pass, "the door again", |spoken| spoken.contains("is open."));
    assert_eq!(rig.open_channel(), channel);
}
