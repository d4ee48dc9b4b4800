//! Labels are kept as lockers read them, whatever symbol or hand they come from.

use locker_crypto::{VerifyingKey, label_tag};
use locker_protocol::event::Event;
use locker_protocol::pass::{Pass, Right};
use locker_protocol::{Change, Label, ParcelId, Size, TenantId};
use serde_json::json;

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;
use crate::visits::{announcement, parcel};

#[tokio::test]
async fn one_parcel_announced_by_a_link_and_by_its_digits_is_one_parcel() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let by_link = announcement(&locker, "https://id.gs1.org/00/106141411234567897");
    let first = hub.post(&hub.operator, "/v1/parcels", &by_link).await.expect(201);
    for again in ["(00)106141411234567897", "106141411234567897", "]C100106141411234567897"] {
        let answer = hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, again)).await.expect(200);
        assert_eq!(answer["parcel"], first["parcel"], "{again}");
    }
    let changes = locker.apply_changes(&hub).await;
    let Change::Announce { announcement: told } = &changes[0].change else { panic!("{changes:?}") };
    assert_eq!(changes.len(), 1);
    assert_eq!(told.label.as_str(), "00106141411234567897");
    assert_eq!(told.label_tag, label_tag(&told.label));
}

#[tokio::test]
async fn a_long_link_is_a_label_and_a_long_text_is_none() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    let long = format!("https://example.com/{}/00/106141411234567897", "a".repeat(60));
    hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, &long)).await.expect(201);
    let body = announcement(&locker, &"a".repeat(65));
    hub.post(&hub.operator, "/v1/parcels", &body).await.expect_problem(422, "invalid");
}

/// A locker of an older release read labels as they stood.
#[tokio::test]
async fn a_pass_by_label_names_what_an_older_locker_read() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let label = Label::new("rb123456785gb").unwrap();
    let admitted = Event::Admitted {
        parcel: ParcelId::made_here(locker.id, 1),
        announcement: None,
        label_tag: label_tag(&label),
        label: label.clone(),
        tenant: TenantId(7),
        size: Size::S,
    };
    locker.tell(&hub, [admitted]).await;
    assert_eq!(parcel(&hub, ParcelId::made_here(locker.id, 1).0).await["label"], label.as_str());
    let body = json!({
        "locker": locker.id.0, "tenant": 7, "label": "rb123456785gb", "recipient": "customer 3",
    });
    let answer = hub.post(&hub.operator, "/v1/passes", &body).await.expect(201);
    let pass = Pass::from_text(answer["pass"].as_str().unwrap(), &VerifyingKey(locker.hub_key)).unwrap();
    let Right::Collect { label: Some(tag), .. } = pass.right else { panic!("{:?}", pass.right) };
    assert_eq!(tag, label_tag(&label));
}
