//! Every error is a problem by RFC 9457.

use reqwest::Method;
use serde_json::json;

use crate::running::{Answer, RunningHub};

#[tokio::test]
async fn every_wrong_request_gets_a_problem() {
    let hub = RunningHub::start().await;
    let key = hub.operator.as_str();
    hub.get(key, "/v1/nothing").await.expect_problem(404, "not-found");
    hub.get(key, "/v1/lockers/99").await.expect_problem(404, "not-found");
    hub.get(key, "/v1/lockers/many").await.expect_problem(404, "not-found");
    hub.get(key, "/v1/lockers?limit=many").await.expect_problem(400, "bad-request");
    hub.get("lockerhub_wrong", "/v1/lockers").await.expect_problem(401, "unauthorized");
    let unsigned = hub.request(Method::GET, "/v1/lockers").send().await.unwrap();
    assert_eq!(unsigned.headers()["www-authenticate"], "Bearer");
    Answer::of(unsigned).await.expect_problem(401, "unauthorized");

    let put = hub.request(Method::PUT, "/v1/lockers").bearer_auth(key).send().await.unwrap();
    let allowed = put.headers()["allow"].to_str().unwrap().to_owned();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    Answer::of(put).await.expect_problem(405, "method-not-allowed");

    hub.post_cbor(Some(key), "/v1/lockers", vec![1]).await.expect_problem(415, "wrong-media-type");
    hub.post(key, "/locker/v1/enrol", &json!({})).await.expect_problem(415, "wrong-media-type");
    hub.post(key, "/v1/lockers", &json!({ "claim": 1 })).await.expect_problem(422, "invalid");
    hub.post(key, "/v1/lockers", &json!({ "claim": "short", "name": "x" }))
        .await
        .expect_problem(422, "invalid");
    let broken = hub.request(Method::POST, "/v1/lockers").bearer_auth(key);
    let broken = broken.header("content-type", "application/json").body("{\"claim\": ");
    Answer::of(broken.send().await.unwrap()).await.expect_problem(400, "bad-request");

    let huge = json!({ "claim": "x".repeat(100_000), "name": "x" });
    hub.post(key, "/v1/lockers", &huge).await.expect_problem(413, "too-large");
    hub.post_cbor(None, "/locker/v1/enrol", vec![0; 300 * 1024]).await.expect_problem(413, "too-large");
}
