//! Somebody finds nothing, calls, and reads the number on the screen aloud.

use serde_json::json;

use crate::cabinet::Locker;
use crate::network::Network;

const ANA: &str = "customer Ana";

#[test]
fn a_case_is_found_by_the_number_on_the_screen_told_in_words_and_its_answer_reaches_the_door() {
    let network = Network::start();
    let mut locker = Locker::start(&network);
    let badge = network.badge();
    let parcel = network.deposit_pass("RB123456785GB", ANA);
    locker.scan(&badge, "the courier's screen", |spoken| spoken.contains(" free"));
    let door = locker.deposit(&parcel.pass, "Ana's parcel");
    locker.press("Finish", "the end of the stop", |spoken| spoken.contains("1 in, 0 out"));
    locker.press("Finish", "home", |spoken| spoken.contains("Scan your code"));

    // It lies at the very back.
    let pass = network.pass_of(ANA);
    locker.scan(&pass, "an open door", |spoken| spoken.contains("is open."));
    locker.press("It is empty", "the question", |spoken| spoken.contains("Still empty?"));
    locker.press("Yes, report it", "what to do", |spoken| spoken.contains("Push door"));
    locker.push_shut(door);
    locker.wait("the number", |spoken| spoken.contains("We have reported it. Case "));
    let spoken = locker.spoken();
    let number = spoken.split("Case ").nth(1).and_then(|rest| rest.get(..6)).unwrap().to_owned();
    locker.press("Finish", "home", |spoken| spoken.contains("Scan your code"));
    assert!(network.cases(&number).is_empty(), "no network, no word of it");

    let sync = locker.start_sync();
    network.wait_for("the case", |network| network.cases(&number).len() == 1);
    let case = network.cases(&number)[0].clone();
    assert_eq!(case["summary"], format!("Door {door}: the recipient found nothing."));
    assert_eq!(case["parcels"], json!([parcel.parcel]));
    let told = network.case(&case)["story"].to_string();
    for sentence in [
        format!("was let open door {door} to put in parcel {}.", parcel.parcel),
        "It counts as put in.".to_owned(),
        format!("The recipient, by pass, was let open door {door} to take out parcel {}.", parcel.parcel),
        format!("The sensor saw door {door} open, "),
        "The recipient said that nothing was inside.".to_owned(),
        format!("Case {number} was raised: the recipient found nothing."),
    ] {
        assert!(told.contains(&sentence), "{sentence:?} is not in {told}");
    }

    network.answer(&case, &json!({ "answer": "open_again", "parcel": parcel.parcel }));
    network.wait_for("the locker's answer", |network| {
        network.case(&case)["answers"][0]["standing"] == "applied"
    });
    locker.scan(&pass, "an open door", |spoken| spoken.contains("is open."));
    locker.take_out(door, "Ana's parcel");
    locker.wait("all done", |spoken| spoken.contains("All done"));
    network.wait_for("the hub to hear of it", |network| network.parcel(&parcel.parcel)["state"] == "out");
    assert_eq!(network.books(), locker.insides());
    drop(sync);
}
