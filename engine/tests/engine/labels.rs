//! A parcel is known by its number, whatever symbol it is scanned from.

use locker_engine::{Happening, View};
use locker_hw::bus::UnlockAnswer;
use locker_protocol::{Label, PickupCode};

use crate::rig::Rig;

/// The label as the hub announced it, and what the courier's scanner reads of the same parcel.
const SCANNED_OTHERWISE: [(&str, &str); 5] = [
    ("00106141411234567897", "]C100106141411234567897"),
    ("00106141411234567897", "\u{1d}00106141411234567897420NW14TJ"),
    ("00106141411234567897", "https://id.gs1.org/00/106141411234567897"),
    // Announced by an older hub, as somebody typed them.
    ("1z 879 e93 03 4683 4440", "1Z879E930346834440"),
    ("rb123456785gb", "]C0RB123456785GB"),
];

#[test]
fn a_parcel_is_known_by_another_symbol_than_it_was_announced_by() {
    for (announced, scanned) in SCANNED_OTHERWISE {
        let mut rig = Rig::enrolled();
        let label = Label::new(announced).unwrap();
        let code = PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
        let change = rig.announcement(7, &label, &code);
        let sealed = rig.sealed(change);
        rig.changes(vec![sealed]);
        let badge = rig.badge();
        rig.happens(Happening::Scanned(badge));
        rig.happens(Happening::Scanned(scanned.to_owned()));
        assert_eq!(rig.pulses(), 1, "{announced} as {scanned}: {:?}", rig.picture());
        rig.answer_pulse(UnlockAnswer::Sent);
    }
}

#[test]
fn another_number_is_another_parcel() {
    let mut rig = Rig::enrolled();
    let label = Label::new("00106141411234567897").unwrap();
    let code = PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    let change = rig.announcement(7, &label, &code);
    let sealed = rig.sealed(change);
    rig.changes(vec![sealed]);
    let badge = rig.badge();
    rig.happens(Happening::Scanned(badge));
    rig.happens(Happening::Scanned("00000123450000000027".to_owned()));
    assert_eq!(rig.pulses(), 0);
    assert!(matches!(rig.view(), View::ChooseSize { .. }), "{:?}", rig.view());
}
