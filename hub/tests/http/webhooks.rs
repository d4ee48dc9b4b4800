//! Webhooks are told each fact once, however often it takes.

use data_encoding::HEXLOWER;
use locker_protocol::event::{Event, Outcome, Problem, Purpose};
use locker_protocol::{CaseId, CompartmentId, ParcelId};
use ring::hmac;
use serde_json::{Value, json};

use crate::fake_locker::FakeLocker;
use crate::listener::Listener;
use crate::running::RunningHub;
use crate::visits::{COURIER, RECIPIENT, announced, deposit, settled, visit};

pub async fn register(hub: &RunningHub, key: &str, listener: &Listener) -> Value {
    hub.post(key, "/v1/webhooks", &json!({ "url": listener.url })).await.expect(201)
}

/// Waits until nothing is queued for any webhook.
pub async fn all_delivered(hub: &RunningHub) {
    loop {
        let list = hub.get(&hub.operator, "/v1/webhooks").await.expect(200);
        if list["items"].as_array().unwrap().iter().all(|webhook| webhook["waiting"] == 0) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_fact_is_told_once_with_tries_until_it_is_taken() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = Listener::start(vec![500, 503]).await;
    let webhook = register(&hub, &hub.operator, &listener).await;
    let one = announced(&hub, &mut locker, "SECRET LABEL").await;
    assert!(listener.received().is_empty(), "an announcement is no news");
    locker.tell(&hub, deposit(1, 4, one)).await;
    let received = listener.wait_for(3).await;
    let ids: Vec<_> = received.iter().map(|request| request.json()["id"].clone()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "every try has the same id");
    let message = received[2].json();
    assert_eq!(message["kind"], "parcel.inside");
    assert_eq!(message["parcel"], one.to_string());
    assert_eq!((&message["locker"], &message["compartment"]), (&locker.id.0.into(), &4.into()));
    let whole = String::from_utf8(received[2].body.clone()).unwrap();
    assert!(!whole.contains("SECRET") && !whole.contains("customer"), "{whole}");

    let key = hmac::Key::new(hmac::HMAC_SHA256, webhook["secret"].as_str().unwrap().as_bytes());
    let signature = HEXLOWER.encode(hmac::sign(&key, &received[2].body).as_ref());
    assert!(received[2].head.contains(&format!("locker-signature: sha256={signature}")));
    all_delivered(&hub).await;

    // The same batch again, and a door opened once more within the window, are no news.
    let last = locker.entries.len() as u64;
    assert_eq!(locker.send(&hub, last - 2, last).await, last);
    locker
        .tell(
            &hub,
            [
                vec![Event::Expired { parcel: ParcelId(one) }],
                visit(2, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::Closed),
                visit(3, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::Closed),
                vec![settled(4, &[])],
            ]
            .concat(),
        )
        .await;
    all_delivered(&hub).await;
    let mut kinds: Vec<_> =
        listener.received()[3..].iter().map(|request| request.json()["kind"].clone()).collect();
    kinds.sort_by_key(ToString::to_string);
    assert_eq!(kinds, ["parcel.expired", "parcel.out"]);
}

#[tokio::test]
async fn a_doubtful_deposit_is_told_when_staff_have_found_it_inside() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = Listener::start(vec![]).await;
    register(&hub, &hub.operator, &listener).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, visit(1, 4, Purpose::Deposit, COURIER, &[one], Outcome::Interrupted)).await;
    all_delivered(&hub).await;
    assert!(listener.received().is_empty());
    locker.tell(&hub, [settled(4, &[one])]).await;
    all_delivered(&hub).await;
    assert_eq!(listener.received().len(), 1);
    assert_eq!(listener.received()[0].json()["kind"], "parcel.inside");
}

#[tokio::test]
async fn a_tenant_hears_of_its_own_parcels_and_of_cases_about_them() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (own, foreign, operators) =
        (Listener::start(vec![]).await, Listener::start(vec![]).await, Listener::start(vec![]).await);
    register(&hub, &hub.tenant_key(7), &own).await;
    register(&hub, &hub.tenant_key(8), &foreign).await;
    register(&hub, &hub.operator, &operators).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    let raised = Event::CaseRaised {
        case: CaseId(1),
        problem: Problem::Stuck,
        compartment: CompartmentId(4),
        opening: None,
    };
    locker.tell(&hub, [raised]).await;
    all_delivered(&hub).await;
    let kinds = |listener: &Listener| {
        let mut kinds: Vec<String> =
            listener.received().iter().map(|request| request.json()["kind"].to_string()).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&own), ["\"case.raised\"", "\"parcel.inside\""]);
    assert!(kinds(&foreign).is_empty());
    assert_eq!(kinds(&operators), ["\"case.raised\"", "\"parcel.inside\""]);
    let case =
        operators.received().into_iter().find(|request| request.json()["kind"] == "case.raised").unwrap();
    let listed = hub.get(&hub.operator, "/v1/cases").await.expect(200);
    assert_eq!(listed["items"][0]["shown"], case.json()["case"]);
}

#[tokio::test]
async fn a_message_that_nobody_takes_is_given_up_and_counted() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = Listener::start(vec![500; 100]).await;
    register(&hub, &hub.operator, &listener).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    all_delivered(&hub).await;
    assert_eq!(listener.received().len(), 5);
    let list = hub.get(&hub.operator, "/v1/webhooks").await.expect(200);
    assert_eq!(list["items"][0]["lost"], 1);
}

#[tokio::test]
async fn what_waits_for_a_webhook_survives_a_restart_and_ends_with_the_webhook() {
    let mut hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = Listener::start(vec![]).await;
    register(&hub, &hub.operator, &listener).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    hub.stop().await;
    hub.run().await;
    all_delivered(&hub).await;
    let messages = listener.received();
    assert!(!messages.is_empty());
    assert!(messages.iter().all(|message| message.json()["id"] == messages[0].json()["id"]));

    hub.delete(&hub.tenant_key(7), "/v1/webhooks/1").await.expect_problem(404, "not-found");
    hub.delete(&hub.operator, "/v1/webhooks/1").await.expect(204);
    let count = listener.received().len();
    locker.tell(&hub, visit(2, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::Closed)).await;
    all_delivered(&hub).await;
    assert_eq!(listener.received().len(), count);
}
