//! Couriers, technicians, and the keys of the hub's users.

use locker_crypto::VerifyingKey;
use locker_protocol::change::{Role, Staff};
use locker_protocol::code::pin_tag;
use locker_protocol::pass::{Pass, Right};
use locker_protocol::{Change, StaffId, TenantId};
use serde_json::json;

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;

#[tokio::test]
async fn a_courier_gets_a_pass_for_each_locker_and_loses_the_right_at_each() {
    let hub = RunningHub::start().await;
    let mut lockers = [FakeLocker::enrolled(&hub).await, FakeLocker::enrolled(&hub).await];
    let key = hub.tenant_key(7);
    let body = json!({ "role": "courier", "lockers": [lockers[0].id.0, lockers[1].id.0], "pin": "4711" });
    let added = hub.post(&key, "/v1/staff", &body).await.expect(201);
    let id = StaffId(added["staff"].as_u64().unwrap() as u32);
    for (place, locker) in lockers.iter_mut().enumerate() {
        let pin = Some(pin_tag(id, "4711", &locker.code_key));
        let staff = Staff { staff: id, tenant: TenantId(7), role: Role::Courier, pin };
        let text = added["passes"][place]["pass"].as_str().unwrap();
        let pass = Pass::from_text(text, &VerifyingKey(locker.hub_key)).unwrap();
        assert_eq!(pass.locker, locker.id);
        assert!(pass.expires_unix_s.is_some());
        assert_eq!(pass.right, Right::SignIn { staff: staff.clone() });
        assert_eq!(locker.apply_changes(&hub).await[0].change, Change::Staff { staff });
    }
    let path = format!("/v1/staff/{id}");
    hub.delete(&hub.tenant_key(8), &path).await.expect_problem(404, "not-found");
    hub.delete(&key, &path).await.expect(204);
    hub.delete(&key, &path).await.expect(204);
    for locker in &mut lockers {
        let changes = locker.apply_changes(&hub).await;
        assert_eq!(changes.len(), 1, "revoked once");
        assert_eq!(changes[0].change, Change::RevokeStaff { staff: id });
    }
    let listed = hub.get(&key, "/v1/staff").await.expect(200);
    assert!(listed["items"][0]["revoked_unix_s"].is_u64());
}

#[tokio::test]
async fn staff_is_added_whole_or_not_at_all() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let add = async |body: serde_json::Value| hub.post(&hub.operator, "/v1/staff", &body).await;
    let id = locker.id.0;
    add(json!({ "role": "courier", "tenant": 7, "lockers": [id, 99] }))
        .await
        .expect_problem(404, "not-found");
    for pin in ["123", "123456789", "12a4", ""] {
        let body = json!({ "role": "courier", "tenant": 7, "lockers": [id], "pin": pin });
        add(body).await.expect_problem(422, "invalid");
    }
    add(json!({ "role": "courier", "tenant": 7, "lockers": [] })).await.expect_problem(422, "invalid");
    let technician = json!({ "role": "technician", "lockers": [id] });
    hub.post(&hub.tenant_key(7), "/v1/staff", &technician).await.expect_problem(403, "forbidden");
    assert!(locker.apply_changes(&hub).await.is_empty());
    let listed = hub.get(&hub.operator, "/v1/staff").await.expect(200);
    assert!(listed["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn keys_are_several_shown_once_and_revocable_but_never_the_last() {
    let hub = RunningHub::start().await;
    let made = hub.post(&hub.operator, "/v1/keys", &json!({ "name": "office" })).await.expect(201);
    let office = made["key"].as_str().unwrap().to_owned();
    let tenant = json!({ "name": "shop", "tenant": 7 });
    let shop = hub.post(&office, "/v1/keys", &tenant).await.expect(201)["key"].as_str().unwrap().to_owned();
    hub.get(&shop, "/v1/keys").await.expect_problem(403, "forbidden");
    hub.get(&shop, "/v1/lockers").await.expect(200);
    let listed = hub.get(&office, "/v1/keys").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert!(!listed.to_string().contains(&office), "keys are shown once");
    let stored = hub.stored();
    assert!(!stored.windows(office.len()).any(|part| part == office.as_bytes()), "only the hash is kept");

    hub.delete(&office, "/v1/keys/1").await.expect(204);
    hub.get(&hub.operator, "/v1/lockers").await.expect_problem(401, "unauthorized");
    hub.delete(&office, "/v1/keys/2").await.expect_problem(409, "conflict");
    hub.delete(&office, "/v1/keys/99").await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn no_code_pass_pin_or_word_for_a_person_is_stored() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let body = json!({ "role": "courier", "tenant": 7, "lockers": [locker.id.0], "pin": "98765432" });
    let staff = hub.post(&hub.operator, "/v1/staff", &body).await.expect(201);
    let mut announcement = crate::visits::announcement(&locker, "ONE");
    announcement["recipient"] = "somebody@example.org".into();
    let parcel = hub.post(&hub.operator, "/v1/parcels", &announcement).await.expect(201);
    locker.apply_changes(&hub).await;
    let stored = hub.stored();
    assert!(stored.windows(3).any(|part| part == b"ONE"), "what is stored is seen here");
    for secret in [
        parcel["code"].as_str().unwrap(),
        parcel["pass"].as_str().unwrap(),
        staff["passes"][0]["pass"].as_str().unwrap(),
        "98765432",
        "somebody@example.org",
    ] {
        assert!(!stored.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}
