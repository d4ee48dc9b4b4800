//! A locker that no network reaches, from its first parcel on: the real kiosk and the real hub, and between them nothing but
//! phones that carry passes one way and receipts the other. Then the network comes, and nothing changes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![cfg(feature = "demo")]

mod cabinet;
mod cases;
mod network;
mod phones;

use serde_json::json;

use cabinet::Locker;
use network::Network;

const ANA: &str = "customer Ana";
const BEN: &str = "customer Ben";

#[test]
fn a_locker_without_network_is_served_by_phones_and_the_network_changes_nothing() {
    let network = Network::start();
    let mut locker = Locker::start(&network);
    let badge = network.badge();
    let ana = network.deposit_pass("00106141411234567897", ANA);
    let ben = network.deposit_pass("RB123456785GB", BEN);

    // The courier comes with a badge, and a pass for each parcel on the phone.
    locker.scan(&badge, "the courier's screen", |spoken| spoken.contains(" free"));
    let anas_door = locker.deposit(&ana.pass, "Ana's parcel");
    let bens_door = locker.deposit(&ben.pass, "Ben's parcel");
    locker.press("Finish", "the end of the stop", |spoken| spoken.contains("2 in, 0 out"));
    let stop = locker.receipt();
    locker.press("Finish", "home", |spoken| spoken.contains("Scan your code"));

    // Until a phone brings it, the hub knows nothing.
    assert_eq!(network.parcel(&ana.parcel)["state"], "expected");
    assert!(network.told().is_empty());
    assert_eq!(network.bring(&stop)["standing"], "ahead");
    for (parcel, door) in [(&ana.parcel, anas_door), (&ben.parcel, bens_door)] {
        let seen = network.parcel(parcel);
        assert_eq!((&seen["state"], &seen["compartment"]), (&json!("inside"), &json!(door)), "{seen}");
    }
    network.wait_told(&["parcel.inside", "parcel.inside"]);

    // Told so, Ana gets a pass from the hub, collects, and takes a receipt along.
    let pass = network.pass_of(ANA);
    locker.scan(&pass, "an open door", |spoken| spoken.contains("is open."));
    locker.take_out(anas_door, "Ana's parcel");
    locker.wait("all done", |spoken| spoken.contains("All done"));
    locker.press("Receipt", "her receipt", |spoken| spoken.contains("Your receipt"));
    let collected = locker.receipt();
    assert_eq!(network.bring(&collected)["standing"], "ahead");
    assert_eq!(network.bring(&stop)["standing"], "ahead", "brought again, it changes nothing");
    assert_eq!(network.parcel(&ana.parcel)["state"], "out");
    network.wait_told(&["parcel.inside", "parcel.inside", "parcel.out"]);
    assert_eq!(network.books(), locker.insides(), "the hub's books are what is inside");
    let before = [network.seen(&ana.parcel), network.seen(&ben.parcel)];

    // The network comes for the first time.
    assert_eq!(network.held(), 0, "until now no word of the locker has reached the hub but by phones");
    let sync = locker.start_sync();
    network.wait_for("the locker's own word on both receipts", |network| {
        network.receipts().iter().all(|standing| standing == "held")
    });
    assert_eq!(network.receipts().len(), 2);
    assert_eq!([network.seen(&ana.parcel), network.seen(&ben.parcel)], before);
    assert_eq!(network.books(), locker.insides());
    assert_eq!(network.set_aside(), 0);
    network.wait_told(&["parcel.inside", "parcel.inside", "parcel.out"]);
    assert!(network.held() > 0);
    drop(sync);
}
