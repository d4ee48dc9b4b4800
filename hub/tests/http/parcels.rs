//! Parcels from their announcement to their passes.

use locker_crypto::{VerifyingKey, label_tag};
use locker_protocol::event::Event;
use locker_protocol::pass::{MAX_PASS_BYTES, MAX_RECIPIENT_BYTES, Pass, Right};
use locker_protocol::{Change, Label, ParcelId, PickupCode, Refusal, Size, TenantId};
use serde_json::json;

use crate::fake_locker::FakeLocker;
use crate::running::{BEGIN_UNIX_S, RunningHub};
use crate::visits::{announced, announcement, deposit, parcel, place};

#[tokio::test]
async fn an_announcement_answers_a_code_and_a_pass_that_the_locker_can_check() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let answer =
        hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, "JD014600006187")).await.expect(201);
    let changes = locker.apply_changes(&hub).await;
    let Change::Announce { announcement: told } = &changes[0].change else { panic!("{changes:?}") };
    assert_eq!(told.label.as_str(), "JD014600006187");
    assert_eq!(told.label_tag, label_tag(&told.label));
    assert_eq!((told.size, told.retention_s, told.tenant), (Size::M, 86_400, TenantId(7)));
    let code = PickupCode::parse(answer["code"].as_str().unwrap()).unwrap();
    assert_eq!(code.tag(&locker.code_key), told.code);
    let pass = Pass::from_text(answer["pass"].as_str().unwrap(), &VerifyingKey(locker.hub_key)).unwrap();
    assert_eq!((pass.locker, pass.expires_unix_s), (locker.id, None));
    assert_eq!(pass.right, Right::Collect { recipient: told.recipient, label: None });
    assert!(base45_bytes(answer["pass"].as_str().unwrap()) <= MAX_RECIPIENT_BYTES);
    let seen = parcel(&hub, told.parcel.0).await;
    assert_eq!(seen["changes"][0]["answer"], "applied");
    assert_eq!(seen["known_there"], true);
}

#[tokio::test]
async fn parcels_of_one_order_say_so_and_another_tenants_order_of_that_name_is_another() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    for (tenant, label) in [(7, "ONE"), (7, "TWO"), (8, "THREE")] {
        let mut body = announcement(&locker, label);
        body["tenant"] = tenant.into();
        body["order"] = json!({ "reference": "W-2026-4711", "parcels": 3 });
        hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
        if label == "ONE" {
            hub.post(&hub.operator, "/v1/parcels", &body).await.expect(200);
            body["order"]["parcels"] = 4.into();
            hub.post(&hub.operator, "/v1/parcels", &body).await.expect_problem(409, "conflict");
        }
    }
    let orders: Vec<_> = locker
        .apply_changes(&hub)
        .await
        .into_iter()
        .map(|change| match change.change {
            Change::Announce { announcement } => announcement.order.unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(orders.iter().all(|order| order.parcels == 3));
    assert_eq!(orders[0].id, orders[1].id);
    assert_ne!(orders[0].id, orders[2].id);

    let mut single = announcement(&locker, "FOUR");
    single["order"] = json!({ "reference": "W-2026-4712", "parcels": 1 });
    hub.post(&hub.operator, "/v1/parcels", &single).await.expect_problem(422, "invalid");
}

fn base45_bytes(text: &str) -> usize {
    text.len() / 3 * 2 + usize::from(text.len() % 3 == 2)
}

#[tokio::test]
async fn the_same_announcement_again_is_the_same_parcel_and_tells_no_code() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let body = announcement(&locker, "ONE");
    let first = hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
    let second = hub.post(&hub.operator, "/v1/parcels", &body).await.expect(200);
    assert_eq!(second, json!({ "parcel": first["parcel"] }));
    assert_eq!(locker.apply_changes(&hub).await.len(), 1);
    let mut other = body.clone();
    other["size"] = "L".into();
    hub.post(&hub.operator, "/v1/parcels", &other).await.expect_problem(409, "conflict");

    // Once its story is over, the label can come again.
    let number: u64 = first["parcel"].as_str().unwrap().parse().unwrap();
    hub.post(&hub.operator, &format!("/v1/parcels/{number}/cancel"), &json!({})).await.expect(202);
    locker.apply_changes(&hub).await;
    assert_eq!(place(&hub, number).await.0, "cancelled");
    let third = hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
    assert_ne!(third["parcel"], first["parcel"]);
}

#[tokio::test]
async fn one_person_has_one_pseudonym_and_two_tenants_persons_differ_until_linked() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let recipient = async |locker: &mut FakeLocker, label: &str, tenant: u32| {
        let mut body = announcement(locker, label);
        body["tenant"] = tenant.into();
        hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
        match &locker.apply_changes(&hub).await[0].change {
            Change::Announce { announcement } => announcement.recipient,
            other => panic!("{other:?}"),
        }
    };
    let first = recipient(&mut locker, "ONE", 7).await;
    assert_eq!(recipient(&mut locker, "TWO", 7).await, first);
    assert_ne!(recipient(&mut locker, "THREE", 8).await, first);
    let link = json!({ "references": [
        { "tenant": 7, "recipient": "customer 12" },
        { "tenant": 8, "recipient": "customer 12" },
    ] });
    hub.post(&hub.operator, "/v1/recipients/link", &link).await.expect(204);
    assert_eq!(recipient(&mut locker, "FOUR", 8).await, first);
    hub.post(&hub.tenant_key(7), "/v1/recipients/link", &link).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn a_deposit_pass_tells_the_locker_nothing_until_it_is_shown_there() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let longest = "X".repeat(Label::MAX_LENGTH);
    let body = announcement(&locker, &longest);
    let answer = hub.post(&hub.operator, "/v1/deposit-passes", &body).await.expect(201);
    assert!(locker.changes_after(&hub, 0, 0).await.is_empty());
    let text = answer["deposit_pass"].as_str().unwrap();
    assert!(base45_bytes(text) <= MAX_PASS_BYTES);
    let pass = Pass::from_text(text, &VerifyingKey(locker.hub_key)).unwrap();
    assert_eq!(pass.expires_unix_s, Some(BEGIN_UNIX_S + 3 * 86_400));
    let Right::Deposit { announcement } = pass.right else { panic!("{:?}", pass.right) };
    let code = PickupCode::parse(answer["code"].as_str().unwrap()).unwrap();
    assert_eq!(code.tag(&locker.code_key), announcement.code);

    let number = announcement.parcel.0;
    assert_eq!(parcel(&hub, number).await["known_there"], false);
    let cancel = format!("/v1/parcels/{number}/cancel");
    hub.post(&hub.operator, &cancel, &json!({})).await.expect_problem(409, "conflict");
    locker
        .tell(
            &hub,
            [Event::Admitted {
                parcel: announcement.parcel,
                label: announcement.label.clone(),
                label_tag: announcement.label_tag,
                tenant: announcement.tenant,
                size: announcement.size,
                announcement: Some(announcement),
            }],
        )
        .await;
    locker.tell(&hub, deposit(1, 2, number)).await;
    let seen = parcel(&hub, number).await;
    assert_eq!((&seen["state"], &seen["origin"]), (&"inside".into(), &"deposit_pass".into()));
}

fn admitted(locker: &FakeLocker, label: &str, tenant: u32) -> (ParcelId, Event) {
    let label = Label::new(label).unwrap();
    let parcel = ParcelId::made_here(locker.id, 1);
    let label_tag = label_tag(&label);
    let tenant = TenantId(tenant);
    (parcel, Event::Admitted { parcel, announcement: None, label, label_tag, tenant, size: Size::S })
}

#[tokio::test]
async fn an_unannounced_parcel_is_matched_to_a_person_later() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (ParcelId(number), event) = admitted(&locker, "UNKNOWN 1", 7);
    locker.tell(&hub, [event]).await;
    locker.tell(&hub, deposit(1, 2, number)).await;
    let seen = parcel(&hub, number).await;
    assert_eq!((&seen["origin"], &seen["has_recipient"]), (&"unannounced".into(), &false.into()));
    let new_code = format!("/v1/parcels/{number}/new-code");
    hub.post(&hub.operator, &new_code, &json!({})).await.expect_problem(409, "conflict");

    let body = json!({ "recipient": "customer 3", "retention_s": 3_600 });
    let path = format!("/v1/parcels/{number}/match");
    let answer = hub.post(&hub.operator, &path, &body).await.expect(202);
    let changes = locker.apply_changes(&hub).await;
    let Change::Match { recipient, code, .. } = changes[0].change else { panic!("{changes:?}") };
    assert_eq!(PickupCode::parse(answer["code"].as_str().unwrap()).unwrap().tag(&locker.code_key), code);
    let pass = Pass::from_text(answer["pass"].as_str().unwrap(), &VerifyingKey(locker.hub_key)).unwrap();
    assert_eq!(pass.right, Right::Collect { recipient, label: None });
    let seen = parcel(&hub, number).await;
    assert_eq!((&seen["has_recipient"], &seen["retention_s"]), (&true.into(), &3_600.into()));
    let other = json!({ "recipient": "customer 4", "retention_s": 3_600 });
    hub.post(&hub.operator, &path, &other).await.expect_problem(409, "conflict");
}

#[tokio::test]
async fn a_pass_by_label_opens_what_comes_unannounced_but_not_another_tenants() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let body = json!({ "locker": locker.id.0, "tenant": 7, "label": "UNKNOWN 1", "recipient": "customer 3" });
    let answer = hub.post(&hub.operator, "/v1/passes", &body).await.expect(201);
    let text = answer["pass"].as_str().unwrap();
    assert!(base45_bytes(text) <= MAX_RECIPIENT_BYTES);
    let pass = Pass::from_text(text, &VerifyingKey(locker.hub_key)).unwrap();
    let Right::Collect { recipient, label: Some(tag) } = pass.right else { panic!("{:?}", pass.right) };
    assert_eq!(tag, label_tag(&Label::new("UNKNOWN 1").unwrap()));

    let (parcel_id, event) = admitted(&locker, "UNKNOWN 1", 7);
    locker.tell(&hub, [event, Event::Claimed { parcel: parcel_id, recipient }]).await;
    assert_eq!(parcel(&hub, parcel_id.0).await["has_recipient"], true);
    let mut stolen = body.clone();
    stolen["tenant"] = 8.into();
    hub.post(&hub.operator, "/v1/passes", &stolen).await.expect_problem(409, "conflict");
}

#[tokio::test]
async fn what_is_asked_for_a_parcel_reaches_the_locker_and_its_answer_comes_back() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    let ask = async |what: &str, body: serde_json::Value| {
        hub.post(&hub.operator, &format!("/v1/parcels/{one}/{what}"), &body).await.expect(202)
    };
    ask("recall", json!({})).await;
    let code = ask("new-code", json!({})).await;
    let changes = locker.apply_changes(&hub).await;
    assert_eq!(changes[0].change, Change::Recall { parcel: ParcelId(one) });
    let tag = PickupCode::parse(code["code"].as_str().unwrap()).unwrap().tag(&locker.code_key);
    assert_eq!(changes[1].change, Change::NewCode { parcel: ParcelId(one), code: tag });
    assert_eq!(parcel(&hub, one).await["recalled"], true);

    let number = ask("cancel", json!({})).await["number"].as_u64().unwrap();
    locker.tell(&hub, [Event::Refused { number, why: Refusal::Inside }]).await;
    locker.cursor = number;
    let seen = parcel(&hub, one).await;
    assert_eq!(seen["state"], "inside");
    let newest = &seen["changes"][0];
    assert_eq!((&newest["answer"], &newest["why"]), (&"refused".into(), &"inside".into()));
}

#[tokio::test]
async fn a_tenant_sees_and_asks_only_for_its_own_parcels() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let own = hub.tenant_key(7);
    let foreign = hub.tenant_key(8);
    let path = format!("/v1/parcels/{one}");
    hub.get(&own, &path).await.expect(200);
    hub.get(&foreign, &path).await.expect_problem(404, "not-found");
    hub.post(&foreign, &format!("{path}/cancel"), &json!({})).await.expect_problem(404, "not-found");
    assert_eq!(hub.get(&own, "/v1/parcels").await.expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(hub.get(&foreign, "/v1/parcels").await.expect(200)["items"].as_array().unwrap().len(), 0);
    hub.post(&foreign, "/v1/parcels", &announcement(&locker, "TWO")).await.expect_problem(403, "forbidden");
    for path in ["events", "compartments", "set-aside"] {
        let path = format!("/v1/lockers/{}/{path}", locker.id);
        hub.get(&own, &path).await.expect_problem(403, "forbidden");
    }
    let mut body = announcement(&locker, "TWO");
    body.as_object_mut().unwrap().remove("tenant");
    hub.post(&own, "/v1/parcels", &body).await.expect(201);
    hub.post(&hub.operator, "/v1/parcels", &body).await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn what_is_out_of_its_limits_is_refused() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    let wrong = [
        ("label", json!("X".repeat(65))),
        ("label", json!("")),
        ("label", json!("né")),
        ("recipient", json!("")),
        ("recipient", json!("x".repeat(201))),
        ("recipient", json!("two\nlines")),
        ("size", json!("XL")),
        ("retention_s", json!(59)),
        ("retention_s", json!(4_000_000_000_u64)),
        ("retention_s", json!(-1)),
        ("surprise", json!(1)),
    ];
    for (field, value) in wrong {
        let mut body = announcement(&locker, "ONE");
        body[field] = value;
        hub.post(&hub.operator, "/v1/parcels", &body).await.expect_problem(422, "invalid");
    }
    let mut body = announcement(&locker, "ONE");
    body["locker"] = 99.into();
    hub.post(&hub.operator, "/v1/parcels", &body).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn lists_come_in_pages_without_gap_or_repetition() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (_, event) = admitted(&locker, "UNKNOWN 1", 7);
    locker.tell(&hub, [event]).await;
    for label in 0..6 {
        announced(&hub, &mut locker, &format!("LABEL {label}")).await;
    }
    let mut seen = Vec::new();
    let mut path = format!("/v1/parcels?limit=3&locker={}", locker.id);
    loop {
        let page = hub.get(&hub.operator, &path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["parcel"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_u64() else { break };
        path = format!("/v1/parcels?limit=3&locker={}&after={next}", locker.id);
    }
    assert_eq!(seen.len(), 7);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn what_a_full_locker_refused_can_be_announced_again() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let body = announcement(&locker, "ONE");
    let first = hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
    let number = locker.changes_after(&hub, 0, 0).await[0].number;
    locker.tell(&hub, [Event::Refused { number, why: Refusal::Full }]).await;
    let seen = parcel(&hub, first["parcel"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!((&seen["state"], &seen["changes"][0]["why"]), (&"cancelled".into(), &"full".into()));
    hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
}

#[tokio::test]
async fn a_deposit_pass_that_ended_unused_frees_its_label_but_counts_if_it_was_taken_offline() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let body = announcement(&locker, "ONE");
    let answer = hub.post(&hub.operator, "/v1/deposit-passes", &body).await.expect(201);
    hub.post(&hub.operator, "/v1/deposit-passes", &body).await.expect_problem(409, "conflict");
    hub.pass_s(3 * 86_400 + 1);
    hub.post(&hub.operator, "/v1/deposit-passes", &body).await.expect(201);

    let text = answer["deposit_pass"].as_str().unwrap();
    let pass = Pass::from_text(text, &VerifyingKey(locker.hub_key)).unwrap();
    let Right::Deposit { announcement } = pass.right else { panic!("{:?}", pass.right) };
    let number = announcement.parcel.0;
    locker.hello(&hub).await;
    locker
        .tell(
            &hub,
            [Event::Admitted {
                parcel: announcement.parcel,
                label: announcement.label.clone(),
                label_tag: announcement.label_tag,
                tenant: announcement.tenant,
                size: announcement.size,
                announcement: Some(announcement),
            }],
        )
        .await;
    locker.tell(&hub, deposit(1, 2, number)).await;
    assert_eq!(place(&hub, number).await, ("inside".to_owned(), Some(2)));
}
