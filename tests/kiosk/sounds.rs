//! What is heard: a program plays the samples that it is given; here it keeps them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::rig::{PATIENCE, Rig};

/// 16,000 samples a second of two bytes.
const BYTES_A_MS: usize = 32;
const STORED: usize = 210 * BYTES_A_MS;
const REFUSED: usize = 350 * BYTES_A_MS;
const ALARM: usize = 1_250 * BYTES_A_MS;

fn settings(folder: &Path, more: &str) -> String {
    format!("[sound]\nplayer = [\"sh\", \"-c\", \"cat >> {}/heard\"]\n{more}", folder.display())
}

fn wait_heard(rig: &Rig, bytes: usize) {
    let began = Instant::now();
    loop {
        let heard = fs::read(rig.path("heard")).unwrap_or_default().len();
        if heard == bytes {
            return;
        }
        assert!(
            heard < bytes && began.elapsed() < PATIENCE,
            "{heard} bytes heard, {bytes} wanted\n{}",
            rig.log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_stored_parcel_and_a_refused_code_sound_different() {
    let mut rig = Rig::enrolled_with(|folder| settings(folder, ""));
    let (label, _) = rig.announce(1);
    rig.deposit(&label);
    wait_heard(&rig, STORED);
    rig.scan("something else", "a refusal", |spoken| spoken.contains("could not read"));
    wait_heard(&rig, STORED + REFUSED);
}

#[test]
fn at_night_only_the_alarm_is_heard_and_the_screen_is_dark() {
    let night = "[night]\nfrom = \"00:00\"\nto = \"00:00\"\nzone = \"Europe/Madrid\"\n";
    let mut rig = Rig::enrolled_with(|folder| settings(folder, night));
    rig.scan("something else", "a refusal", |spoken| spoken.contains("could not read"));
    let picture = image::load_from_memory(&rig.glass.picture().unwrap().png).unwrap().into_luma8();
    assert!(picture.get_pixel(1, 1).0[0] < 32, "the ground is dark");
    // Nobody was let open this door. What sounded before would have been heard before.
    rig.cabinet.force_open(5).unwrap();
    wait_heard(&rig, ALARM);
}
