//! Returns, from their announcement to their carrier's hands.

use locker_crypto::label_tag;
use locker_protocol::event::{Entitled, Outcome, Proof, Purpose};
use locker_protocol::{Change, ParcelId, PickupCode, Size};
use serde_json::{Value, json};

use crate::fake_locker::FakeLocker;
use crate::listener::Listener;
use crate::running::RunningHub;
use crate::visits::{COURIER, announcement, parcel, place, visit};

fn request(locker: &FakeLocker, label: &str) -> Value {
    json!({ "locker": locker.id.0, "tenant": 7, "label": label })
}

/// Announces a return and lets the locker take the announcement. The answer is its number.
async fn announced(hub: &RunningHub, locker: &mut FakeLocker, label: &str) -> u64 {
    let answer = hub.post(&hub.operator, "/v1/returns", &request(locker, label)).await.expect(201);
    locker.apply_changes(hub).await;
    answer["parcel"].as_str().unwrap().parse().unwrap()
}

/// A person sends it from that compartment.
fn sent(opening: u64, compartment: u16, number: u64) -> Vec<locker_protocol::Event> {
    let sender = Entitled::Sender { parcel: ParcelId(number), by: Proof::Label };
    visit(opening, compartment, Purpose::Send, sender, &[number], Outcome::Closed)
}

#[tokio::test]
async fn a_return_is_announced_to_its_locker_with_a_code_that_no_parcel_there_has() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let mut body = request(&locker, "RETURN 1");
    body["size"] = "M".into();
    let answer = hub.post(&hub.operator, "/v1/returns", &body).await.expect(201);
    let changes = locker.apply_changes(&hub).await;
    let Change::AnnounceReturn { announcement: told } = &changes[0].change else { panic!("{changes:?}") };
    assert_eq!(told.label_tag, label_tag(&told.label));
    assert_eq!((told.size, told.tenant.0), (Some(Size::M), 7));
    let code = PickupCode::parse(answer["code"].as_str().unwrap()).unwrap();
    assert_eq!(Some(code.tag(&locker.code_key)), told.code);
    let seen = parcel(&hub, told.parcel.0).await;
    assert_eq!((&seen["origin"], &seen["state"]), (&"return".into(), &"expected".into()));
    assert_eq!((&seen["known_there"], &seen["has_recipient"]), (&true.into(), &false.into()));
    assert_eq!(seen["changes"][0]["kind"], "announce_return");

    // Asked for again it is the same one; with other particulars, or as a parcel to be brought, it is a conflict.
    assert_eq!(
        hub.post(&hub.operator, "/v1/returns", &body).await.expect(200),
        json!({ "parcel": answer["parcel"] })
    );
    hub.post(&hub.operator, "/v1/returns", &request(&locker, "RETURN 1"))
        .await
        .expect_problem(409, "conflict");
    hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, "RETURN 1"))
        .await
        .expect_problem(409, "conflict");
}

#[tokio::test]
async fn the_tenant_is_told_when_it_is_inside_and_when_its_courier_took_it_out() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = Listener::start(vec![]).await;
    let key = hub.tenant_key(7);
    hub.post(&key, "/v1/webhooks", &json!({ "url": listener.url })).await.expect(201);
    let one = announced(&hub, &mut locker, "RETURN 1").await;
    locker.tell(&hub, sent(1, 4, one)).await;
    assert_eq!(place(&hub, one).await, ("inside".to_owned(), Some(4)));
    locker.tell(&hub, visit(2, 4, Purpose::Retrieve, COURIER, &[one], Outcome::Closed)).await;
    assert_eq!(parcel(&hub, one).await["out_to"], "carrier");
    let kinds: Vec<_> =
        listener.wait_for(2).await.iter().map(|request| request.json()["kind"].clone()).collect();
    assert_eq!(kinds, ["return.inside", "parcel.out"]);
}

#[tokio::test]
async fn a_return_can_be_cancelled_and_given_another_code_but_waits_without_an_end_and_is_for_nobody() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "RETURN 1").await;
    let path = |what: &str| format!("/v1/parcels/{one}/{what}");
    let code = hub.post(&hub.operator, &path("new-code"), &json!({})).await.expect(202);
    assert!(code["code"].is_string() && code["pass"].is_null());
    hub.post(&hub.operator, &path("extend"), &json!({ "by_s": 600 })).await.expect_problem(409, "conflict");
    let to = json!({ "recipient": "customer 12", "retention_s": 600 });
    hub.post(&hub.operator, &path("match"), &to).await.expect_problem(409, "conflict");
    hub.post(&hub.operator, &path("cancel"), &json!({})).await.expect(202);
    locker.apply_changes(&hub).await;
    assert_eq!(place(&hub, one).await.0, "cancelled");
}

#[tokio::test]
async fn a_locker_that_forgot_is_told_of_returns_again_as_returns() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let waiting = announced(&hub, &mut locker, "RETURN 1").await;
    let inside = announced(&hub, &mut locker, "RETURN 2").await;
    locker.tell(&hub, sent(1, 4, inside)).await;
    // A cursor of a life that this hub does not remember.
    locker.cursor += 100;
    locker.hello(&hub).await;
    let told: Vec<u64> = locker
        .changes_after(&hub, locker.cursor, 0)
        .await
        .into_iter()
        .map(|change| match change.change {
            Change::AnnounceReturn { announcement } => announcement.parcel.0,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [waiting], "what is inside is the locker's to know");
}

#[tokio::test]
async fn returns_are_their_tenants_own() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "RETURN 1").await;
    let stranger = hub.tenant_key(8);
    hub.get(&stranger, &format!("/v1/parcels/{one}")).await.expect_problem(404, "not-found");
    hub.post(&stranger, "/v1/returns", &request(&locker, "RETURN 2")).await.expect_problem(403, "forbidden");
}
