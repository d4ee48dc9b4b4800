//! Receipts: a locker without a network speaks through phones, and its own word, when it comes, changes nothing.

use locker_protocol::event::{Event, Outcome, Purpose};
use locker_protocol::receipt::{MAX_RECEIPT_CHARS, Move, Moved, Recorded};
use locker_protocol::{CompartmentId, JournalId, LockerId, ParcelId, Receipt, TenantId};
use serde_json::{Value, json};

use crate::fake_locker::{FakeLocker, fresh_key};
use crate::listener::Listener;
use crate::running::{Answer, BEGIN_UNIX_S, RunningHub};
use crate::visits::{RECIPIENT, announced, announcement, contents, deposit, parcel, place, visit};

/// What the locker would show, of all that it has journaled.
pub fn receipt(locker: &FakeLocker, what: Recorded) -> Receipt {
    Receipt {
        locker: locker.id,
        journal: locker.journal,
        seq: locker.entries.len() as u64,
        unix_s: BEGIN_UNIX_S,
        from_hub: true,
        what,
    }
}

fn stop(moves: &[(u64, u16, Moved)]) -> Recorded {
    let moves = moves
        .iter()
        .map(|(parcel, compartment, what)| Move {
            parcel: ParcelId(*parcel),
            compartment: CompartmentId(*compartment),
            what: *what,
        })
        .collect();
    Recorded::Stop { tenant: TenantId(7), moves }
}

fn collected(compartment: u16, parcels: &[u64]) -> Recorded {
    let parcels = parcels.iter().copied().map(ParcelId).collect();
    Recorded::Collected { compartment: CompartmentId(compartment), parcels }
}

/// Somebody's phone: it has no key.
pub async fn bring(hub: &RunningHub, text: &str) -> Answer {
    let request =
        hub.request(reqwest::Method::POST, "/v1/receipts").header("content-type", "application/json");
    Answer::of(request.body(json!({ "receipt": text }).to_string()).send().await.unwrap()).await
}

async fn listed(hub: &RunningHub, locker: &FakeLocker) -> Vec<String> {
    let path = format!("/v1/lockers/{}/receipts", locker.id);
    let items = hub.get(&hub.operator, &path).await.expect(200)["items"].clone();
    items.as_array().unwrap().iter().map(|item| item["standing"].as_str().unwrap().to_owned()).collect()
}

fn kinds(listener: &[crate::listener::Received]) -> Vec<String> {
    listener.iter().map(|received| received.json()["kind"].as_str().unwrap().to_owned()).collect()
}

async fn listening(hub: &RunningHub) -> Listener {
    let listener = Listener::start(vec![]).await;
    hub.post(&hub.operator, "/v1/webhooks", &json!({ "url": listener.url })).await.expect(201);
    listener
}

/// What people see of a parcel, but for when.
async fn seen(hub: &RunningHub, number: u64) -> Value {
    let mut seen = parcel(hub, number).await;
    for name in ["changed_unix_s", "by_receipt", "changes"] {
        seen.as_object_mut().unwrap().remove(name);
    }
    seen
}

#[tokio::test]
async fn a_parcel_brought_to_a_locker_without_network_is_told_by_phone_and_the_network_changes_nothing() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = listening(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let from = locker.entries.len() as u64 + 1;

    locker.write(deposit(1, 4, one));
    let text = receipt(&locker, stop(&[(one, 4, Moved::In)])).to_text(&locker.journal_key);
    let taken = bring(&hub, &text).await.expect(200);
    assert_eq!((&taken["standing"], &taken["locker"]), (&"ahead".into(), &locker.id.0.into()));
    assert_eq!(taken["number"], receipt(&locker, stop(&[])).number());
    assert_eq!(place(&hub, one).await, ("inside".to_owned(), Some(4)));
    assert_eq!(parcel(&hub, one).await["by_receipt"], true);
    assert_eq!(contents(&hub, &locker, 4).await, ("holds".to_owned(), vec![one]));
    assert_eq!(kinds(&listener.wait_for(1).await), ["parcel.inside"]);

    locker.write(visit(2, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::Closed));
    let text = receipt(&locker, collected(4, &[one])).to_text(&locker.journal_key);
    bring(&hub, &text).await.expect(200);
    assert_eq!(place(&hub, one).await, ("out".to_owned(), None));
    assert_eq!(parcel(&hub, one).await["out_to"], "recipient");
    assert_eq!(kinds(&listener.wait_for(2).await), ["parcel.inside", "parcel.out"]);

    let before = seen(&hub, one).await;
    assert_eq!(listed(&hub, &locker).await, ["ahead", "ahead"]);
    locker.send(&hub, from, locker.entries.len() as u64).await;
    assert_eq!(seen(&hub, one).await, before);
    assert_eq!(parcel(&hub, one).await["by_receipt"], false);
    assert_eq!(listed(&hub, &locker).await, ["held", "held"]);
    assert_eq!(bring(&hub, &text).await.expect(200)["standing"], "held", "brought once more, it is known");

    let two = announced(&hub, &mut locker, "TWO").await;
    locker.tell(&hub, deposit(3, 5, two)).await;
    let all = listener.wait_for(3).await;
    assert_eq!(kinds(&all), ["parcel.inside", "parcel.out", "parcel.inside"]);
    assert_eq!(all[2].json()["parcel"], two.to_string());
}

#[tokio::test]
async fn a_deposit_pass_and_a_receipt_are_enough_for_a_new_code() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let made = hub.post(&hub.operator, "/v1/deposit-passes", &announcement(&locker, "ONE")).await.expect(201);
    let number: u64 = made["parcel"].as_str().unwrap().parse().unwrap();
    let new_code = format!("/v1/parcels/{number}/new-code");
    hub.post(&hub.operator, &new_code, &json!({})).await.expect_problem(409, "conflict");
    locker.write(deposit(1, 4, number));
    let text = receipt(&locker, stop(&[(number, 4, Moved::In)])).to_text(&locker.journal_key);
    bring(&hub, &text).await.expect(200);
    let seen = parcel(&hub, number).await;
    assert_eq!((&seen["state"], &seen["known_there"]), (&"inside".into(), &true.into()));
    hub.post(&hub.operator, &new_code, &json!({})).await.expect(202);
}

#[tokio::test]
async fn the_receipt_of_the_stop_comes_after_the_recipients_and_takes_nothing_back() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let from = locker.entries.len() as u64 + 1;
    locker.write(deposit(1, 4, one));
    // The courier lets the recipient collect, and finishes afterwards.
    locker.write(visit(2, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::Closed));
    let recipients = receipt(&locker, collected(4, &[one])).to_text(&locker.journal_key);
    locker.write([Event::Started { version: "0.1.0".to_owned() }]);
    let couriers = receipt(&locker, stop(&[(one, 4, Moved::In)])).to_text(&locker.journal_key);
    bring(&hub, &recipients).await.expect(200);
    bring(&hub, &couriers).await.expect(200);
    assert_eq!(place(&hub, one).await, ("out".to_owned(), None));
    let last = locker.entries.len() as u64;
    for seq in from..=last {
        locker.send(&hub, seq, seq).await;
        assert_eq!(place(&hub, one).await, ("out".to_owned(), None), "after entry {seq}");
    }
    assert_eq!(listed(&hub, &locker).await, ["held", "held"]);
}

#[tokio::test]
async fn what_nobody_signed_so_is_refused() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let other = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let good = receipt(&locker, stop(&[(one, 4, Moved::In)]));
    bring(&hub, &good.to_text(&fresh_key())).await.expect_problem(403, "forged");
    bring(&hub, &good.to_text(&other.journal_key)).await.expect_problem(403, "forged");
    let of_nobody = Receipt { locker: LockerId(900), ..good.clone() };
    bring(&hub, &of_nobody.to_text(&locker.journal_key)).await.expect_problem(404, "not-found");
    for text in ["", "RB123456785GB", "%%%"] {
        bring(&hub, text).await.expect_problem(422, "invalid");
    }
    bring(&hub, &"A".repeat(MAX_RECEIPT_CHARS + 1)).await.expect_problem(413, "too-large");
    let text = good.to_text(&locker.journal_key);
    for at in (0..text.len()).step_by(17) {
        let other = if &text[at..=at] == "0" { "1" } else { "0" };
        let altered = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        let status = bring(&hub, &altered).await.status;
        assert!(matches!(status, 403 | 404 | 422), "altered at {at}: {status}");
    }
    assert_eq!(place(&hub, one).await, ("expected".to_owned(), None));
    assert!(listed(&hub, &locker).await.is_empty());
}

#[tokio::test]
async fn another_lockers_parcel_is_not_moved_by_a_receipt() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let other = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let text = receipt(&other, stop(&[(one, 4, Moved::In)])).to_text(&other.journal_key);
    // It tells of nothing that the other locker has sent, and of no parcel there.
    bring(&hub, &text).await;
    assert_eq!(place(&hub, one).await, ("expected".to_owned(), None));
}

#[tokio::test]
async fn a_receipt_that_the_journal_does_not_bear_out_is_reported_and_counts_no_more() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = listening(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let from = locker.entries.len() as u64 + 1;
    locker.write([Event::Started { version: "0.1.0".to_owned() }]);
    let text = receipt(&locker, stop(&[(one, 4, Moved::In)])).to_text(&locker.journal_key);
    bring(&hub, &text).await.expect(200);
    assert_eq!(place(&hub, one).await.0, "inside");
    locker.send(&hub, from, from).await;
    assert_eq!(place(&hub, one).await, ("expected".to_owned(), None));
    assert_eq!(listed(&hub, &locker).await, ["contradicted"]);
    assert_eq!(kinds(&listener.wait_for(2).await), ["parcel.inside", "receipt.contradicted"]);
    bring(&hub, &text).await.expect_problem(409, "conflict");

    // The same of one that comes when the journal is here already.
    let late = receipt(&locker, stop(&[(one, 5, Moved::In)])).to_text(&locker.journal_key);
    bring(&hub, &late).await.expect_problem(409, "conflict");
    assert_eq!(listed(&hub, &locker).await, ["contradicted", "contradicted"]);
}

#[tokio::test]
async fn what_a_receipt_said_outlives_the_journal_that_it_was_of() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.write(deposit(1, 4, one));
    let old = receipt(&locker, stop(&[(one, 4, Moved::In)]));
    bring(&hub, &old.to_text(&locker.journal_key)).await.expect(200);
    let before = locker.journal;
    locker.journal = JournalId([6; 16]);
    locker.entries.clear();
    locker.hello(&hub).await;
    locker.tell(&hub, [Event::Recovered { before, verified: 1, missing: 2 }]).await;
    assert_eq!(place(&hub, one).await, ("doubtful".to_owned(), Some(4)), "it went in, and more was lost");
    let late = Receipt { seq: old.seq + 50, ..old };
    bring(&hub, &late.to_text(&locker.journal_key)).await.expect_problem(409, "conflict");
}

#[tokio::test]
async fn a_locker_whose_journal_never_reached_the_hub_is_believed() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.journal = JournalId([9; 16]);
    locker.entries.clear();
    locker.write([Event::Started { version: "0.1.0".to_owned() }]);
    locker.write(deposit(1, 4, one));
    let text = receipt(&locker, stop(&[(one, 4, Moved::In)])).to_text(&locker.journal_key);
    bring(&hub, &text).await.expect(200);
    assert_eq!(place(&hub, one).await, ("inside".to_owned(), Some(4)));
    locker.hello(&hub).await;
    assert_eq!(place(&hub, one).await, ("inside".to_owned(), Some(4)));
    locker.send(&hub, 1, locker.entries.len() as u64).await;
    assert_eq!(place(&hub, one).await, ("inside".to_owned(), Some(4)));
    assert_eq!(listed(&hub, &locker).await, ["held"]);
}

#[tokio::test]
async fn receipts_that_come_too_fast_wait() {
    let hub = RunningHub::start().await;
    FakeLocker::enrolled(&hub).await;
    let mut statuses = Vec::new();
    for _ in 0..80 {
        statuses.push(bring(&hub, "NOTHING").await.status);
    }
    assert_eq!(statuses[0], 422);
    assert_eq!(statuses[79], 429);
    hub.pass_s(60);
    bring(&hub, "NOTHING").await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn behind_a_proxy_each_address_has_a_pace_of_its_own() {
    let hub = RunningHub::start().await;
    FakeLocker::enrolled(&hub).await;
    let bring_from = async |address: &str| {
        let request = hub.request(reqwest::Method::POST, "/v1/receipts");
        let request = request.header("content-type", "application/json").header("X-Forwarded-For", address);
        let body = json!({ "receipt": "NOTHING" }).to_string();
        request.body(body).send().await.unwrap().status().as_u16()
    };
    let mut last = 0;
    for _ in 0..80 {
        last = bring_from("192.0.2.1").await;
    }
    assert_eq!(last, 429);
    assert_eq!(bring_from("192.0.2.2").await, 422, "somebody else behind the same proxy");
}
