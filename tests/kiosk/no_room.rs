//! A full disk: nothing is pulsed that cannot be recorded, people are told, nothing is lost, and it ends by itself.

use std::process::Command;

use crate::rig::Rig;

/// From now on no file of the kiosk can grow beyond this many bytes; `unlimited` takes that back. The real limit of a
/// real process: its writes fail as they do on a full disk.
fn limit_files(rig: &Rig, limit: &str) {
    let done = Command::new("prlimit")
        .arg("--pid")
        .arg(rig.kiosk.0.id().to_string())
        .arg(format!("--fsize={limit}:unlimited"))
        .status()
        .unwrap();
    assert!(done.success());
}

#[test]
fn nothing_is_pulsed_that_cannot_be_recorded_and_the_kiosk_begins_again() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    let frames = rig.unlock_frames();

    limit_files(&rig, "1024");
    let pass = rig.pass();
    rig.scanner.scan(&pass);
    let status = rig.wait_end();
    assert_eq!(status.code(), Some(75), "it asks to be started again: {status}\n{}", rig.log());
    assert_eq!(rig.unlock_frames(), frames, "the intent could not be recorded");

    rig.start();
    rig.wait("home", |spoken| spoken.contains("Scan your code"));
    rig.scan(&pass, "the door", |spoken| spoken.contains("is open."));
    assert_eq!(rig.open_channel(), channel);
    rig.take_out(channel, &label);
}

#[test]
fn a_kiosk_that_cannot_record_its_start_says_that_it_is_being_repaired_and_comes_back() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    let frames = rig.unlock_frames();
    let state = rig.break_down();
    rig.wait("to be told", |spoken| spoken.contains("being repaired"));
    let pass = rig.pass();
    rig.scanner.scan(&pass);
    state.mend();
    rig.wait("home, by itself", |spoken| spoken.contains("Scan your code"));
    assert_eq!(rig.unlock_frames(), frames, "nobody was served meanwhile");
    rig.scan(&pass, "the door", |spoken| spoken.contains("is open."));
    assert_eq!(rig.open_channel(), channel);
}
