//! Each thing in the tray, broken where it hurts; whoever then clicks only what pulses still gets their parcel.

use crate::visitor::Visitor;

/// Sits down, clicks what pulses until `when`, breaks something, and goes on until Ana has her parcel.
fn broken_where(when: impl Fn(&str) -> bool, trouble: &str, told: &str) -> (Visitor, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down(folder.path());
    visitor.follow_to(when);
    visitor.breaks(trouble);
    visitor.wait_says("it is broken", |line| line.contains(told));
    visitor.collects("Ana");
    visitor.picture("collected");
    (visitor, folder)
}

#[test]
fn with_the_network_cut_parcels_come_in_and_their_messages_come_once_it_is_mended() {
    let (visitor, _folder) = broken_where(|what| what == "the badge", "Cut the network", "network  is cut");
    let said = visitor.said();
    let (cut, mended) = (said.find("network  is cut").unwrap(), said.find("network  is mended").unwrap());
    let outage = &said[cut..mended];
    assert_eq!(outage.matches("puts RB").count(), 3, "all parcels went in without a network:\n{said}");
    assert_eq!(outage.matches("is here; code and pass").count(), 0, "nobody was told meanwhile:\n{said}");
    visitor.loses_nothing("3 parcels, 0 crashes");
}

#[test]
fn with_the_plug_pulled_before_an_open_door_the_courier_finishes_at_that_door() {
    let (visitor, _folder) =
        broken_where(|what| what.ends_with("in the hand"), "Pull the plug", "the kiosk runs again");
    let said = visitor.said();
    assert!(said.contains("crash  kill -9 of the kiosk"), "{said}");
    visitor.loses_nothing("3 parcels, 1 crash");
}

#[test]
fn with_her_door_jammed_ana_is_told_and_gets_her_parcel_once_it_is_free() {
    let (visitor, _folder) = broken_where(|what| what == "Ana's phone", "Jam a door", "sticks");
    let said = visitor.said();
    assert!(said.contains("screen  Stuck("), "{said}");
    visitor.loses_nothing("3 parcels, 0 crashes");
}

#[test]
fn with_the_board_silent_no_door_opens_until_it_speaks_again() {
    let (visitor, _folder) =
        broken_where(|what| what.ends_with("in the van"), "Silence the board", "says nothing");
    let said = visitor.said();
    let (silent, speaks) =
        (said.find("board  says nothing any more").unwrap(), said.find("board  speaks again").unwrap());
    assert!(!said[silent..speaks].contains("puts RB"), "{said}");
    visitor.loses_nothing("3 parcels, 0 crashes");
}

#[test]
fn three_days_later_the_same_message_opens_the_door() {
    let (visitor, _folder) = broken_where(|what| what == "Ana's phone", "Jump three days", "three days pass");
    assert!(visitor.said().contains("three days pass"));
    visitor.loses_nothing("3 parcels, 0 crashes");
}
