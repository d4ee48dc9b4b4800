//! A locker becomes this hub's, and its sync gets tokens.

use locker_crypto::VerifyingKey;
use locker_crypto::enrol::KioskEnrolment;
use locker_protocol::LockerId;
use locker_protocol::seal::{seal, to_bytes, unseal};
use locker_protocol::uplink::{HelloAnswer, Standing};
use serde_json::json;

use crate::fake_locker::{FakeLocker, fresh_key};
use crate::running::RunningHub;

#[tokio::test]
async fn a_locker_waits_until_its_claim_is_given_and_then_gets_one_answer() {
    let hub = RunningHub::start().await;
    let kiosk = KioskEnrolment::begin(fresh_key().public_key()).unwrap();
    let request = to_bytes(kiosk.request());
    hub.post_cbor(None, "/locker/v1/enrol", request.clone()).await.expect_problem(404, "not-found");

    let claim = json!({ "claim": kiosk.claim().text().to_lowercase(), "name": "Main Street" });
    let locker = hub.post(&hub.operator, "/v1/lockers", &claim).await.expect(201);
    assert_eq!(locker["standing"], "claimed");
    let again = hub.post(&hub.operator, "/v1/lockers", &claim).await.expect(200);
    assert_eq!(again["locker"], locker["locker"], "the same claim is the same locker");

    // Who saw only the claim's hash cannot take the claim.
    let mut forged = kiosk.request().clone();
    forged.journal_key = fresh_key().public_key();
    hub.post_cbor(None, "/locker/v1/enrol", to_bytes(&forged)).await.expect_problem(403, "forged");

    let first = hub.post_cbor(None, "/locker/v1/enrol", request.clone()).await;
    let second = hub.post_cbor(None, "/locker/v1/enrol", request).await;
    assert_eq!(first.cbor(), second.cbor(), "a lost answer is repeated byte by byte");
    hub.post_cbor(None, "/locker/v1/enrol", to_bytes(&forged)).await.expect_problem(409, "claim-used");

    let locker = hub.get(&hub.operator, "/v1/lockers/1").await.expect(200);
    assert_eq!(locker["standing"], "in_step");
}

#[tokio::test]
async fn a_claim_that_nobody_used_in_a_day_is_worth_nothing() {
    let hub = RunningHub::start().await;
    let kiosk = KioskEnrolment::begin(fresh_key().public_key()).unwrap();
    let claim = json!({ "claim": kiosk.claim().text(), "name": "Main Street" });
    hub.post(&hub.operator, "/v1/lockers", &claim).await.expect(201);
    hub.pass_s(24 * 60 * 60 + 1);
    hub.post_cbor(None, "/locker/v1/enrol", to_bytes(kiosk.request())).await.expect_problem(404, "not-found");
    hub.post(&hub.operator, "/v1/lockers", &claim).await.expect(200);
    hub.post_cbor(None, "/locker/v1/enrol", to_bytes(kiosk.request())).await.cbor();
}

#[tokio::test]
async fn a_token_needs_a_certificate_a_proof_and_a_nonce_that_is_fresh() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    let other = FakeLocker::enrolled(&hub).await;
    let nonce = FakeLocker::nonce(&hub).await;

    let good = to_bytes(&locker.token_request(nonce));
    hub.post_cbor(None, "/locker/v1/token", good.clone()).await.cbor();
    hub.post_cbor(None, "/locker/v1/token", good).await.expect_problem(409, "stale");

    let late = to_bytes(&locker.token_request(FakeLocker::nonce(&hub).await));
    hub.pass_s(61);
    hub.post_cbor(None, "/locker/v1/token", late).await.expect_problem(409, "stale");

    // The certificate of one locker with the proof of another's transport key.
    let mut mixed = locker.token_request(FakeLocker::nonce(&hub).await);
    mixed.proof = other.token_request(FakeLocker::nonce(&hub).await).proof;
    hub.post_cbor(None, "/locker/v1/token", to_bytes(&mixed)).await.expect_problem(403, "forged");

    // A certificate that names a locker, signed by another's journal key.
    let mut impostor = FakeLocker::enrolled(&hub).await;
    impostor.id = locker.id;
    let forged = impostor.token_request(FakeLocker::nonce(&hub).await);
    hub.post_cbor(None, "/locker/v1/token", to_bytes(&forged)).await.expect_problem(403, "forged");
    impostor.id = LockerId(4_000_000_000);
    let unknown = impostor.token_request(FakeLocker::nonce(&hub).await);
    hub.post_cbor(None, "/locker/v1/token", to_bytes(&unknown)).await.expect_problem(403, "forged");
}

#[tokio::test]
async fn a_token_ends_after_its_hour() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    hub.pass_s(3_601);
    hub.get(&locker.token, "/locker/v1/changes?after=0").await.expect_problem(401, "unauthorized");
    locker.sign_in(&hub).await;
    assert!(locker.changes_after(&hub, 0, 0).await.is_empty());
}

#[tokio::test]
async fn a_hello_counts_only_in_its_session_and_from_its_own_locker() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let other = FakeLocker::enrolled(&hub).await;
    locker.sign_in(&hub).await;

    let hello = seal(&locker.hello_message(), &locker.journal_key);
    let answer = hub.post_cbor(Some(&locker.token), "/locker/v1/hello", hello.clone()).await;
    let answer: HelloAnswer = unseal(answer.cbor(), &VerifyingKey(locker.hub_key)).unwrap();
    assert_eq!((answer.held, answer.standing), (0, Standing::InStep));

    hub.post_cbor(Some(&other.token), "/locker/v1/hello", hello).await.expect_problem(403, "forged");
    let forged = seal(&locker.hello_message(), &other.journal_key);
    hub.post_cbor(Some(&locker.token), "/locker/v1/hello", forged).await.expect_problem(403, "forged");
    let named = seal(&other.hello_message(), &locker.journal_key);
    hub.post_cbor(Some(&locker.token), "/locker/v1/hello", named).await.expect_problem(403, "forbidden");
    let mut stale = locker.hello_message();
    stale.hub_nonce = other.hub_nonce;
    let stale = seal(&stale, &locker.journal_key);
    hub.post_cbor(Some(&locker.token), "/locker/v1/hello", stale).await.expect_problem(409, "stale");
    hub.post_cbor(None, "/locker/v1/hello", vec![]).await.expect_problem(401, "unauthorized");
}
