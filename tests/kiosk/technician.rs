//! A technician at the real screen: doors, one of them opened, what is inside settled, the screen begun again.

use std::time::Duration;

use crate::rig::Rig;

/// Presses the first button that begins so, as fast as a finger can.
fn presses(rig: &mut Rig, button: &str) {
    let seen = rig.glass.seen().unwrap();
    let found = seen.focus.iter().find(|focus| focus.label.starts_with(button));
    let label = found.unwrap_or_else(|| panic!("no {button:?} in {:?}", seen.focus)).label.clone();
    rig.later(Duration::from_millis(200));
    rig.glass.press_label(&label).unwrap();
}

fn tells_what_is_wrong(spoken: &str) -> bool {
    spoken.contains("What is wrong now") || spoken.contains("Everything works")
}

#[test]
fn a_technician_opens_a_door_counts_what_is_inside_and_begins_the_screen_again() {
    let mut rig = Rig::enrolled();
    let badge = rig.technicians_badge();
    rig.scan(&badge, "what is wrong now", tells_what_is_wrong);

    presses(&mut rig, "Doors");
    rig.wait("the doors", |spoken| spoken.contains("Door 1"));
    presses(&mut rig, "Door 1");
    rig.wait("the one door", |spoken| spoken.contains("Open door 1"));
    presses(&mut rig, "Open door 1");
    rig.wait("the open door", |spoken| spoken.contains("Push door 1 shut"));
    assert_eq!(rig.open_channel(), 1);
    rig.cabinet.push_shut(1).unwrap();
    rig.wait("the one door", |spoken| spoken.contains("Open door 1"));
    presses(&mut rig, "Go back");
    rig.wait("the doors", |spoken| !spoken.contains("Open door 1"));
    presses(&mut rig, "Go back");
    rig.wait("what is wrong now", tells_what_is_wrong);

    // Nobody knows what is behind a door that staff had open, until it is counted.
    presses(&mut rig, "Inventory");
    rig.wait("whether all doors or some", |spoken| spoken.contains("Only 1 not known"));
    presses(&mut rig, "Only 1 not known");
    rig.wait("the door to count", |spoken| spoken.contains("0 expected, 0 scanned"));
    presses(&mut rig, "Nothing inside");
    rig.cabinet.push_shut(1).unwrap();
    rig.wait("what the inventory proved", |spoken| spoken.contains("1 door checked"));
    presses(&mut rig, "Go back");
    rig.wait("what is wrong now", |spoken| tells_what_is_wrong(spoken) && !spoken.contains("door checked"));
    presses(&mut rig, "Inventory");
    rig.wait("whether all doors or some", |spoken| spoken.contains("All doors"));
    assert!(!rig.glass.seen().unwrap().spoken.contains("Only 1 not known"), "it is settled");
    presses(&mut rig, "Go back");
    rig.wait("what is wrong now", tells_what_is_wrong);

    presses(&mut rig, "This locker");
    rig.wait("this locker", |spoken| spoken.contains("Restart the screen"));
    // The screen may be gone before it has answered.
    let _ = rig.glass.press_label("Restart the screen");
    let status = rig.wait_end();
    assert_eq!(status.code(), Some(75), "it asks to be started again: {status}\n{}", rig.log());
    rig.start();
    rig.wait("home", |spoken| spoken.contains("Scan your code"));
}

#[test]
fn a_courier_who_asks_for_a_larger_door_is_led_on_to_it() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let badge = rig.badge(None);
    rig.scan(&badge, "the courier's screen", |spoken| {
        spoken.contains(" free: ") && !spoken.contains("0 free: 0")
    });
    rig.scan(label.as_str(), "an open door", |spoken| spoken.contains("is open."));
    let first = rig.open_channel();
    presses(&mut rig, "Larger");
    rig.wait("to take it back", |spoken| spoken.contains("Take the parcel back"));
    // A door that is shut before it was read open again leaves in doubt what is behind it.
    rig.wait_read();
    rig.cabinet.push_shut(first).unwrap();
    rig.wait("the next door", |spoken| {
        spoken.contains("is open.") && !spoken.contains("Take the parcel back")
    });
    let second = rig.open_channel();
    assert_ne!(first, second);
    rig.cabinet.put(second, label.as_str()).unwrap();
    rig.cabinet.push_shut(second).unwrap();
    rig.wait("stored", |spoken| spoken.contains(&format!("Door {second}: stored")));
}
