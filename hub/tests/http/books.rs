//! The books mirror what the lockers' events say.

use locker_protocol::event::{Doubt, Event, OutOfService, Outcome, Purpose, WhyLeftOver};
use locker_protocol::{Change, CompartmentId, JournalId, LabelTag, ParcelId, Size};

use crate::fake_locker::FakeLocker;
use crate::listener::Listener;
use crate::running::RunningHub;
use crate::visits::{
    COURIER, DEPOSITOR, RECIPIENT, TECHNICIAN, announced, contents, deposit, parcel, place, settled, visit,
};

fn at(state: &str, compartment: u64) -> (String, Option<u64>) {
    (state.to_owned(), Some(compartment))
}

fn nowhere(state: &str) -> (String, Option<u64>) {
    (state.to_owned(), None)
}

fn holding(contents: &str, parcels: &[u64]) -> (String, Vec<u64>) {
    (contents.to_owned(), parcels.to_vec())
}

#[tokio::test]
async fn a_parcel_goes_in_and_comes_out() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    assert_eq!(place(&hub, one).await, nowhere("expected"));
    locker.tell(&hub, deposit(1, 4, one)).await;
    assert_eq!(place(&hub, one).await, at("inside", 4));
    assert_eq!(contents(&hub, &locker, 4).await, holding("holds", &[one]));

    locker.tell(&hub, visit(2, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::Closed)).await;
    assert_eq!(place(&hub, one).await, nowhere("out"));
    assert_eq!(parcel(&hub, one).await["out_to"], "recipient");
    assert_eq!(contents(&hub, &locker, 4).await, holding("holds", &[one]), "it may be put back for a while");
    // Opened once more within the window: it stays out.
    locker.tell(&hub, visit(3, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::NeverOpened)).await;
    assert_eq!(place(&hub, one).await, nowhere("out"));
    locker.tell(&hub, [settled(4, &[])]).await;
    assert_eq!(contents(&hub, &locker, 4).await, holding("empty", &[]));
}

#[tokio::test]
async fn who_opened_decides_where_a_parcel_went() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (one, two, three) = (
        announced(&hub, &mut locker, "ONE").await,
        announced(&hub, &mut locker, "TWO").await,
        announced(&hub, &mut locker, "THREE").await,
    );
    for (opening, parcel) in (1..).zip([one, two, three]) {
        locker.tell(&hub, deposit(opening, opening as u16, parcel)).await;
    }
    locker.tell(&hub, visit(4, 1, Purpose::Retrieve, COURIER, &[one], Outcome::Closed)).await;
    assert_eq!(parcel(&hub, one).await["out_to"], "carrier");
    locker.tell(&hub, visit(5, 2, Purpose::Retrieve, DEPOSITOR, &[two], Outcome::Closed)).await;
    assert_eq!(place(&hub, two).await, nowhere("expected"), "not in there: it is still to come");
    locker.tell(&hub, visit(6, 3, Purpose::Retrieve, TECHNICIAN, &[three], Outcome::Closed)).await;
    assert_eq!(parcel(&hub, three).await["out_to"], "staff");
}

#[tokio::test]
async fn an_opening_that_nobody_saw_end_leaves_doubt_until_it_is_settled() {
    let hub = RunningHub::start().await;
    for outcome in
        [Outcome::NotSeen, Outcome::Interrupted, Outcome::LeftOpen, Outcome::SaidEmpty, Outcome::SaidNotMine]
    {
        let mut locker = FakeLocker::enrolled(&hub).await;
        let one = announced(&hub, &mut locker, "ONE").await;
        let two = announced(&hub, &mut locker, "TWO").await;
        locker.tell(&hub, deposit(1, 4, one)).await;
        locker.tell(&hub, visit(2, 4, Purpose::Deposit, COURIER, &[two], outcome)).await;
        assert_eq!(contents(&hub, &locker, 4).await, holding("unknown", &sorted(one, two)), "{outcome:?}");
        assert_eq!(place(&hub, one).await, at("doubtful", 4));
        assert_eq!(place(&hub, two).await, at("doubtful", 4));
        locker.tell(&hub, [settled(4, &[one])]).await;
        assert_eq!(contents(&hub, &locker, 4).await, holding("holds", &[one]));
        assert_eq!(place(&hub, one).await, at("inside", 4));
    }
}

fn sorted(one: u64, two: u64) -> [u64; 2] {
    [one.min(two), one.max(two)]
}

#[tokio::test]
async fn a_door_that_opened_unasked_and_a_cut_history_leave_doubt() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let two = announced(&hub, &mut locker, "TWO").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    locker.tell(&hub, [Event::Doubted { compartment: CompartmentId(4), why: Doubt::OpenedUnasked }]).await;
    assert_eq!(contents(&hub, &locker, 4).await, holding("unknown", &[one]));
    assert_eq!(place(&hub, one).await, at("doubtful", 4));

    // A second parcel is on its way into another door when the journal is cut.
    let mut begun = deposit(2, 5, two);
    begun.truncate(1);
    locker.tell(&hub, begun).await;
    let before = locker.journal;
    locker.journal = JournalId([6; 16]);
    locker.entries.clear();
    locker.hello(&hub).await;
    locker.tell(&hub, [Event::Recovered { before, verified: 1, missing: 2 }]).await;
    assert_eq!(contents(&hub, &locker, 5).await, holding("unknown", &[two]));
    assert_eq!(place(&hub, two).await, at("doubtful", 5));
    locker.tell(&hub, visit(9, 6, Purpose::Service, TECHNICIAN, &[], Outcome::Closed)).await;
    assert_eq!(
        contents(&hub, &locker, 6).await,
        holding("unknown", &[]),
        "of a cut history nothing is assumed"
    );
}

#[tokio::test]
async fn a_recovery_without_loss_changes_nothing() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    let before = locker.journal;
    locker.journal = JournalId([6; 16]);
    locker.entries.clear();
    locker.hello(&hub).await;
    locker.tell(&hub, [Event::Recovered { before, verified: 4, missing: 0 }]).await;
    assert_eq!(place(&hub, one).await, at("inside", 4));
    assert_eq!(contents(&hub, &locker, 4).await, holding("holds", &[one]));
}

#[tokio::test]
async fn waiting_expiry_and_extension_are_followed() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    locker
        .tell(
            &hub,
            [
                Event::Waited { seconds: 86_400, doors: vec![CompartmentId(4)] },
                Event::Expired { parcel: ParcelId(one) },
            ],
        )
        .await;
    let seen = parcel(&hub, one).await;
    assert_eq!((&seen["expired"], &seen["state"]), (&true.into(), &"inside".into()));
    let body = serde_json::json!({ "by_s": 3_600 });
    hub.post(&hub.operator, &format!("/v1/parcels/{one}/extend"), &body).await.expect(202);
    locker.apply_changes(&hub).await;
    let seen = parcel(&hub, one).await;
    assert_eq!((&seen["expired"], &seen["retention_s"]), (&false.into(), &90_000.into()));
}

#[tokio::test]
async fn a_compartment_leaves_service_and_returns() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let compartments = format!("/v1/lockers/{}/compartments", locker.id);
    locker
        .tell(
            &hub,
            [Event::Service { compartment: CompartmentId(3), out: Some(OutOfService::Stuck), by: None }],
        )
        .await;
    let seen = hub.get(&hub.operator, &compartments).await.expect(200)["items"][0].clone();
    assert_eq!((&seen["in_service"], &seen["out_why"]), (&false.into(), &"stuck".into()));

    let body = serde_json::json!({ "in_service": true });
    hub.post(&hub.operator, &format!("{compartments}/3/service"), &body).await.expect(202);
    let changes = locker.apply_changes(&hub).await;
    let service = Change::Service { compartment: CompartmentId(3), in_service: true };
    assert_eq!(changes[0].change, service);
    let seen = hub.get(&hub.operator, &compartments).await.expect(200)["items"][0].clone();
    assert_eq!((&seen["in_service"], &seen["out_why"]), (&true.into(), &serde_json::Value::Null));
}

#[tokio::test]
async fn another_lockers_parcel_cannot_be_touched() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let mut other = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    other.tell(&hub, deposit(1, 4, one)).await;
    other.tell(&hub, [Event::Expired { parcel: ParcelId(one) }, settled(4, &[one])]).await;
    other
        .tell(&hub, [Event::Applied { number: 900, change: Change::Cancel { parcel: ParcelId(one) } }])
        .await;
    let seen = parcel(&hub, one).await;
    assert_eq!((&seen["state"], &seen["expired"]), (&"expected".into(), &false.into()));
}

#[tokio::test]
async fn what_stays_in_the_van_is_told_to_its_carrier_with_the_reason() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let listener = Listener::start(vec![]).await;
    let body = serde_json::json!({ "url": listener.url });
    hub.post(&hub.tenant_key(7), "/v1/webhooks", &body).await.expect(201);
    let one = announced(&hub, &mut locker, "ONE").await;
    let left_over = |parcel| Event::LeftOver {
        parcel,
        label_tag: LabelTag(1),
        why: WhyLeftOver::NoRoom { size: Size::L },
    };
    locker.tell(&hub, [left_over(Some(ParcelId(one))), left_over(None)]).await;
    assert_eq!(parcel(&hub, one).await["left_over"], "no_room");
    assert_eq!(place(&hub, one).await, nowhere("expected"));
    assert_eq!(listener.wait_for(1).await[0].json()["kind"], "parcel.left_over");
    locker.tell(&hub, deposit(1, 4, one)).await;
    assert_eq!(parcel(&hub, one).await["left_over"], serde_json::Value::Null);
    assert_eq!(listener.wait_for(2).await[1].json()["kind"], "parcel.inside");
}
