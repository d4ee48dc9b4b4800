//! Boards and ports that fail: told on the screen, nothing lost, and back by themselves.

use crate::rig::{Rig, board};

#[test]
fn a_board_that_is_silent_or_talks_rubbish_leaves_the_parcel_safe_and_serves_again_when_it_is_well() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    let pass = rig.pass();

    let trouble = rig.board.as_ref().unwrap();
    trouble.rubbish(true);
    rig.cabinet.jam(channel, true).unwrap();
    rig.scan(&pass, "to be told", |spoken| spoken.contains("is stuck"));
    rig.glass.press_label("Finish").unwrap();
    rig.wait("word of the rest", |spoken| spoken.contains("The rest is kept"));
    let trouble = rig.board.as_ref().unwrap();
    trouble.rubbish(false);
    trouble.silent(true);
    rig.scan(&pass, "to be told", |spoken| spoken.contains("is stuck"));
    rig.board.as_ref().unwrap().silent(false);
    rig.cabinet.jam(channel, false).unwrap();
    rig.glass.press_label("Try again").unwrap();
    rig.wait("the door", |spoken| spoken.contains("is open."));
    assert_eq!(rig.open_channel(), channel);
    rig.take_out(channel, &label);
}

#[test]
fn a_port_that_vanishes_and_comes_back_is_found_again() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    rig.board = None;
    let pass = rig.pass();
    rig.scan(&pass, "to be told", |spoken| spoken.contains("is stuck"));
    assert_eq!(rig.cabinet.inside(channel), [label.as_str()]);
    rig.board = Some(board(rig.folder.path(), &rig.cabinet));
    // The bus may find its port only after the first try: a person tries again.
    while !rig.cabinet.is_open(channel) {
        rig.glass.press_label("Try again").unwrap();
        rig.wait("the next try", |spoken| !spoken.contains("is stuck"));
        rig.wait("the door, or word of it", |spoken| {
            spoken.contains("is open.") || spoken.contains("is stuck")
        });
    }
    rig.wait("the door", |spoken| spoken.contains("is open."));
    rig.take_out(channel, &label);
}

#[test]
fn a_code_of_4_kb_and_control_characters_are_refused_on_the_screen() {
    let mut rig = Rig::enrolled();
    rig.scan(&"A".repeat(4_096), "a refusal", |spoken| spoken.contains("could not read"));
    rig.glass.press_label("Go back").unwrap();
    rig.wait("home", |spoken| spoken.contains("Scan your code"));
    rig.scanner.scan_bytes(b"\x02\x1b[2J\x07evil\r");
    rig.wait("a refusal", |spoken| spoken.contains("could not read"));
}
