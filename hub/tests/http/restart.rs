//! A hub that was stopped goes on where it was.

use std::os::unix::fs::PermissionsExt;

use locker_hub::{HubError, HubOptions, serve};
use locker_protocol::event::{Outcome, Purpose};
use locker_protocol::uplink::Standing;
use serde_json::Value;

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;
use crate::visits::{RECIPIENT, announced, contents, deposit, parcel, settled, visit};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let mut hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    let (before, inside) = (parcel(&hub, one).await, contents(&hub, &locker, 4).await);
    let view = async |hub: &RunningHub| hub.get(&hub.operator, "/v1/lockers/1").await.expect(200);
    let seen: Value = view(&hub).await;
    hub.stop().await;
    hub.run().await;
    assert_eq!(parcel(&hub, one).await, before);
    assert_eq!(contents(&hub, &locker, 4).await, inside);
    assert_eq!(view(&hub).await, seen, "also when it was last seen");
    // The session goes on: its token and its nonce are not the process's.
    let last = locker.entries.len() as u64;
    assert_eq!(locker.send(&hub, last, last).await, last);
    let two = announced(&hub, &mut locker, "TWO").await;
    locker.tell(&hub, deposit(2, 5, two)).await;
    assert_eq!(parcel(&hub, two).await["state"], "inside");
}

#[tokio::test]
async fn a_waiting_poll_does_not_hold_up_the_end() {
    let mut hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    let url = format!("{}/locker/v1/changes?after=0&wait_s=50", hub.base);
    let poll = tokio::spawn(hub.client.get(url).bearer_auth(&locker.token).send());
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        hub.stop().await;
        poll.await.unwrap()
    });
    // It was answered, or came too late to be accepted; either way nobody waited its 50 s.
    let _ = ended.await.expect("the hub ends at once");
}

#[tokio::test]
async fn the_signing_key_is_its_owners_alone() {
    let mut hub = RunningHub::start().await;
    let path = hub.folder.path().join("hub.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    hub.stop().await;
    let options =
        || HubOptions::new(hub.database(), "127.0.0.1:0".parse().unwrap(), std::sync::Arc::new(|| 0));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = serve(options(), async {}).await.unwrap_err();
    assert!(matches!(error, HubError::SigningKey(_)) && error.to_string().contains("chmod 600"), "{error}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, b"short").unwrap();
    assert!(matches!(serve(options(), async {}).await, Err(HubError::SigningKey(_))));
}

#[tokio::test]
async fn a_locker_that_was_not_heard_of_for_two_minutes_is_offline() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    let view = hub.get(&hub.operator, "/v1/lockers/1").await.expect(200);
    assert!(view["last_seen_unix_s"].is_u64() && view["offline_since_unix_s"].is_null());
    hub.pass_s(121);
    let view = hub.get(&hub.operator, "/v1/lockers/1").await.expect(200);
    assert_eq!(view["offline_since_unix_s"], view["last_seen_unix_s"]);
    locker.changes_after(&hub, 0, 0).await;
    let view = hub.get(&hub.operator, "/v1/lockers/1").await.expect(200);
    assert!(view["offline_since_unix_s"].is_null());
}

#[tokio::test]
async fn what_is_long_over_is_forgotten_and_what_is_inside_is_not() {
    let mut hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (one, two) = (announced(&hub, &mut locker, "ONE").await, announced(&hub, &mut locker, "TWO").await);
    locker.tell(&hub, deposit(1, 4, one)).await;
    locker.tell(&hub, deposit(2, 5, two)).await;
    locker.tell(&hub, visit(3, 5, Purpose::Collect, RECIPIENT, &[two], Outcome::Closed)).await;
    locker.tell(&hub, [settled(5, &[])]).await;
    let events = format!("/v1/lockers/{}/events", locker.id);
    let held = locker.entries.len() as u64;

    hub.pass_s(401 * 24 * 60 * 60);
    hub.stop().await;
    hub.run().await;
    // The hub forgets in the background, beginning at its start.
    let path = format!("/v1/parcels/{two}");
    while hub.get(&hub.operator, &path).await.status == 200
        || !hub.get(&hub.operator, &events).await.expect(200)["items"].as_array().unwrap().is_empty()
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(parcel(&hub, one).await["state"], "inside");
    let answer = locker.hello(&hub).await;
    assert_eq!((answer.held, answer.standing), (held, Standing::InStep), "its place is not forgotten");
    let three = announced(&hub, &mut locker, "THREE").await;
    locker.tell(&hub, deposit(4, 5, three)).await;
    assert_eq!(parcel(&hub, three).await["state"], "inside");
}
