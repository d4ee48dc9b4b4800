//! Parcels that must be kept at a temperature.

use locker_crypto::VerifyingKey;
use locker_protocol::change::TemperatureRange;
use locker_protocol::event::{Event, WhyLeftOver};
use locker_protocol::pass::{MAX_PASS_BYTES, Pass, Right};
use locker_protocol::uplink::Standing;
use locker_protocol::{Change, Label, LabelTag, Numbered, ParcelId};
use serde_json::{Value, json};

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;
use crate::visits::{announcement, deposit, parcel};

const COLD: Option<TemperatureRange> = Some(TemperatureRange { low_tenths_c: -185, high_tenths_c: 80 });

fn cold(locker: &FakeLocker, label: &str) -> Value {
    let mut body = announcement(locker, label);
    body["keep_tenths_c"] = json!([-185, 80]);
    body
}

fn kept_at(change: &Numbered) -> Option<TemperatureRange> {
    match &change.change {
        Change::Announce { announcement } => announcement.keep,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_locker_is_told_what_a_parcel_must_be_kept_at_and_told_so_again() {
    let mut hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let body = cold(&locker, "MILK");
    let answer = hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
    let one: u64 = answer["parcel"].as_str().unwrap().parse().unwrap();
    assert_eq!(kept_at(&locker.apply_changes(&hub).await[0]), COLD);
    assert_eq!(parcel(&hub, one).await["keep_tenths_c"], json!([-185, 80]));
    hub.post(&hub.operator, "/v1/parcels", &body).await.expect(200);
    let warm = announcement(&locker, "MILK");
    hub.post(&hub.operator, "/v1/parcels", &warm).await.expect_problem(409, "conflict");
    hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, "SOAP")).await.expect(201);
    assert_eq!(kept_at(&locker.apply_changes(&hub).await[0]), None);

    // A hub that was restored from a backup lists everything anew.
    hub.back_up().await;
    let forgotten = announcement(&locker, "FORGOTTEN");
    hub.post(&hub.operator, "/v1/parcels", &forgotten).await.expect(201);
    locker.apply_changes(&hub).await;
    hub.restore().await;
    let greeted = locker.hello(&hub).await;
    assert_eq!(greeted.standing, Standing::CursorUnknown);
    let last = locker.entries.len() as u64;
    locker.send(&hub, greeted.held + 1, last).await;
    let listed = locker.apply_changes(&hub).await;
    // In the order of their numbers, which are drawn.
    let kept: Vec<_> = listed.iter().filter_map(kept_at).collect();
    assert_eq!((listed.len(), &kept[..]), (2, &[COLD.unwrap()][..]));
    assert_eq!(parcel(&hub, one).await["keep_tenths_c"], json!([-185, 80]));
}

#[tokio::test]
async fn a_temperature_that_makes_no_sense_is_refused() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    for keep in
        [json!([80, 20]), json!([20, 20]), json!([-401, 80]), json!([20, 601]), json!([20]), json!("cold")]
    {
        let mut body = announcement(&locker, "MILK");
        body["keep_tenths_c"] = keep.clone();
        for path in ["/v1/parcels", "/v1/deposit-passes"] {
            let status = hub.post(&hub.operator, path, &body).await.status;
            assert_eq!(status, 422, "{path} {keep}");
        }
    }
    for keep in [json!([-400, -399]), json!([599, 600])] {
        let mut body = announcement(&locker, &format!("MILK {keep}"));
        body["keep_tenths_c"] = keep;
        hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
    }
}

#[tokio::test]
async fn a_deposit_pass_says_what_its_parcel_must_be_kept_at() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    let body = cold(&locker, &"W".repeat(Label::MAX_LENGTH));
    let answer = hub.post(&hub.operator, "/v1/deposit-passes", &body).await.expect(201);
    let pass =
        Pass::from_text(answer["deposit_pass"].as_str().unwrap(), &VerifyingKey(locker.hub_key)).unwrap();
    let Right::Deposit { announcement } = pass.right else { panic!("{:?}", pass.right) };
    assert_eq!(announcement.keep, COLD);
    assert!(answer["deposit_pass"].as_str().unwrap().len() / 3 * 2 <= MAX_PASS_BYTES);
}

#[tokio::test]
async fn a_carrier_sees_that_no_compartment_was_cold_enough() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let answer = hub.post(&hub.operator, "/v1/parcels", &cold(&locker, "MILK")).await.expect(201);
    let one: u64 = answer["parcel"].as_str().unwrap().parse().unwrap();
    locker.apply_changes(&hub).await;
    let (parcel_id, why) = (Some(ParcelId(one)), WhyLeftOver::NotKept);
    locker.tell(&hub, [Event::LeftOver { parcel: parcel_id, label_tag: LabelTag(1), why }]).await;
    assert_eq!(parcel(&hub, one).await["left_over"], "not_kept");
    locker.tell(&hub, deposit(1, 4, one)).await;
    assert_eq!(parcel(&hub, one).await["left_over"], Value::Null);
}
