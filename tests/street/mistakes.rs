//! What somebody does who does not click what pulses.

use crate::visitor::{Visitor, door_of};

#[test]
fn a_courier_who_shut_the_empty_door_says_so_at_the_kiosk_and_brings_the_parcel_in_after_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down(folder.path());
    visitor.follow_to(|what| what.ends_with("in the hand"));
    let opened = visitor.wait_opened();
    visitor.pushes(&opened);
    visitor.wait_says("the door is shut", |line| line.contains("courier  pushes door"));
    visitor.touches("Not in there");
    let pulse = visitor.follow_to(|what| what.starts_with("door "));
    assert_eq!(door_of(&pulse), opened, "the same door is shown to be empty");
    visitor.collects("Ana");
    visitor.loses_nothing("3 parcels, 0 crashes");
}

#[test]
fn ana_who_shut_her_parcel_in_again_opens_the_door_once_more_with_her_phone() {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down(folder.path());
    let pulse = visitor.follow_to(|what| what.contains("behind door"));
    visitor.pushes(&door_of(&pulse));
    visitor.wait_says("the door is shut", |line| line.contains("Ana  pushes door"));
    let again = visitor.pulse();
    assert_eq!(again.what, "Ana's phone");
    visitor.collects("Ana");
    visitor.loses_nothing("3 parcels, 0 crashes");
}

#[test]
fn whoever_leaves_in_the_middle_of_anything_loses_nothing() {
    // A parcel in the hand before an open door; her own behind one; and shut in again.
    for (where_to, pushes) in
        [("in the hand", false), ("in the hand", true), ("behind door", false), ("behind door", true)]
    {
        let folder = tempfile::tempdir().unwrap();
        let mut visitor = Visitor::sits_down(folder.path());
        visitor.follow_to(|what| what.contains(where_to));
        if pushes {
            let opened = visitor.wait_opened();
            visitor.pushes(&opened);
            visitor.wait_says("the door is shut", |line| line.contains("  pushes door"));
        }
        visitor.loses_nothing("3 parcels, 0 crashes");
    }
}

/// The pulse reads the kiosk's screen in English; where somebody chose another language, hands and doors are enough.
#[test]
fn whoever_chose_another_language_at_the_kiosk_collects_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down(folder.path());
    visitor.pulse();
    visitor.touches("Español");
    visitor.collects("Ana");
    visitor.loses_nothing("3 parcels, 0 crashes");
}
