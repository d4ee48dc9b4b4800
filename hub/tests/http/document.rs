//! The OpenAPI document says what the hub does: every operation is called and every answer held against it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use locker_hub::{document, operations};
use locker_protocol::event::{Event, Problem, Supply};
use locker_protocol::receipt::Recorded;
use locker_protocol::seal::{from_bytes, seal, to_bytes};
use locker_protocol::uplink::TokenAnswer;
use locker_protocol::{CaseId, CompartmentId, Label, ParcelId, Receipt, Size, TenantId};
use serde_json::{Value, json};

use crate::fake_locker::{FakeLocker, fresh_key};
use crate::running::{Answer, RunningHub};
use crate::visits::{announcement, deposit};

fn kept_document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json")
}

#[test]
fn the_document_in_docs_is_the_one_that_is_served() {
    let made = format!("{:#}\n", document());
    let path = kept_document();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/openapi.json is stale: run this test with UPDATE_OPENAPI=1 and look at the difference"
    );
}

#[test]
fn the_document_names_every_route_and_no_other() {
    let document = document();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            documented.insert((method.clone(), path.clone()));
        }
    }
    let routed: BTreeSet<_> =
        operations().into_iter().map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(documented, routed);
    let ids: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|methods| methods.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "ids are unique");
}

/// Calls operations and holds requests and answers against the document.
struct Checked<'a> {
    hub: &'a RunningHub,
    document: Value,
    called: BTreeSet<String>,
}

impl Checked<'_> {
    fn operation(&self, id: &str) -> (String, String, Value) {
        for (path, methods) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if operation["operationId"] == id {
                    return (method.clone(), path.clone(), operation.clone());
                }
            }
        }
        panic!("{id} is not in the document");
    }

    fn validate(&self, schema: &Value, instance: &Value, what: &str) {
        let mut whole = schema.clone();
        whole["components"] = self.document["components"].clone();
        let validator = jsonschema::draft202012::new(&whole).expect(what);
        let errors: Vec<_> = validator.iter_errors(instance).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{what}: {errors:?} in {instance}");
    }

    /// Calls an operation by its id, with what its path and query name, and answers what came.
    async fn call(&mut self, id: &str, bearer: &str, named: &[(&str, &str)], body: Body) -> Answer {
        let (method, mut path, operation) = self.operation(id);
        let mut query = Vec::new();
        for (name, value) in named {
            let place = format!("{{{name}}}");
            if path.contains(&place) {
                path = path.replace(&place, value);
            } else {
                let known = operation["parameters"].as_array().unwrap();
                assert!(known.iter().any(|parameter| parameter["name"] == *name), "{id}: {name}");
                query.push(format!("{name}={value}"));
            }
        }
        let url = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
        let mut request = self.hub.request(method.to_uppercase().parse().unwrap(), &url);
        let open = operation["security"].as_array().unwrap().is_empty();
        if !open {
            request = request.bearer_auth(bearer);
        }
        let described = &operation["requestBody"]["content"];
        let request = match body {
            Body::None => {
                assert!(described.is_null(), "{id} takes a body");
                request
            }
            Body::Json(value) => {
                self.validate(&described["application/json"]["schema"], &value, id);
                request.header("content-type", "application/json").body(value.to_string())
            }
            Body::Cbor(bytes) => {
                assert!(described["application/cbor"].is_object(), "{id} takes no CBOR");
                request.header("content-type", "application/cbor").body(bytes)
            }
        };
        let answer = Answer::of(request.send().await.unwrap()).await;
        self.check_answer(id, &operation, &answer);
        self.called.insert(id.to_owned());
        answer
    }

    fn check_answer(&self, id: &str, operation: &Value, answer: &Answer) {
        let responses = &operation["responses"];
        let exact = &responses[answer.status.to_string()];
        let described = if exact.is_null() {
            assert!(answer.status >= 400, "{id} answers {}, which the document does not say", answer.status);
            let wide = &responses[format!("{}XX", answer.status / 100)];
            assert_eq!(wide["$ref"], "#/components/responses/Problem");
            &self.document["components"]["responses"]["Problem"]
        } else {
            exact
        };
        let content = &described["content"];
        if content.is_null() {
            assert!(answer.bytes.is_empty(), "{id} answers a body that is not described");
            return;
        }
        let described = &content[&answer.media_type];
        assert!(described.is_object(), "{id} answers {:?}, which is not described", answer.media_type);
        if answer.media_type.ends_with("json") {
            self.validate(&described["schema"], &answer.json(), id);
        }
    }
}

enum Body {
    None,
    Json(Value),
    Cbor(Vec<u8>),
}

#[tokio::test]
async fn every_operation_answers_as_documented() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let key = hub.operator.clone();
    let served = hub.get(&key, "/openapi.json").await.expect(200);
    assert_eq!(served, document());
    let mut hub = Checked { hub: &hub, document: served, called: BTreeSet::new() };
    let number = locker.id.to_string();
    let at = ("locker", number.as_str());

    hub.call("getDocument", &key, &[], Body::None).await.expect(200);
    call_the_lockers_side(&mut hub, &mut locker).await;
    call_for_parcels(&mut hub, &mut locker, &key).await;

    let sensor = || "cold".to_owned();
    let compartments = vec![CompartmentId(3)];
    locker
        .tell(
            hub.hub,
            [
                Event::Power { supply: Supply::BatteryLow },
                Event::Tampered { sensor: "back wall".to_owned() },
                Event::Temperature { sensor: sensor(), tenths_c: None, in_range: false, compartments },
            ],
        )
        .await;
    hub.call("listLockers", &key, &[("limit", "1")], Body::None).await.expect(200);
    hub.call("getLocker", &key, &[at], Body::None).await.expect(200);
    hub.call("getLocker", &key, &[("locker", "99")], Body::None).await.expect(404);
    hub.call("listCompartments", &key, &[at], Body::None).await.expect(200);
    let service = Body::Json(json!({ "in_service": false }));
    hub.call("setService", &key, &[at, ("compartment", "3")], service).await.expect(202);
    hub.call("refillCodes", &key, &[at], Body::None).await.expect(202);
    hub.call("listEvents", &key, &[at, ("limit", "200")], Body::None).await.expect(200);

    locker.entries.push(vec![0]);
    let raised = Event::CaseRaised {
        case: CaseId(1),
        problem: Problem::NotMine,
        compartment: CompartmentId(3),
        opening: None,
    };
    locker.write([raised]);
    let last = locker.entries.len() as u64;
    locker.send(hub.hub, last - 1, last).await;
    hub.call("listSetAside", &key, &[at], Body::None).await.expect(200);
    hub.call("listCases", &key, &[at], Body::None).await.expect(200);
    let shown = CaseId(1).to_string();
    hub.call("listCases", &key, &[at, ("number", &shown)], Body::None).await.expect(200);
    hub.call("getCase", &key, &[("case", "1")], Body::None).await.expect(200);
    let answer = Body::Json(json!({ "answer": "staff_comes" }));
    hub.call("answerCase", &key, &[("case", "1")], answer).await.expect(202);
    hub.call("getCase", &key, &[("case", "1")], Body::None).await.expect(200);

    call_for_receipts(&mut hub, &mut locker, &key).await;

    let body = json!({ "role": "technician", "tenant": 7, "lockers": [locker.id.0], "pin": "1234" });
    let staff = hub.call("addStaff", &key, &[], Body::Json(body)).await.expect(201);
    hub.call("listStaff", &key, &[], Body::None).await.expect(200);
    let id = staff["staff"].to_string();
    hub.call("revokeStaff", &key, &[("staff", &id)], Body::None).await.expect(204);

    let body = json!({ "url": "http://127.0.0.1:9/hook" });
    hub.call("addWebhook", &key, &[], Body::Json(body)).await.expect(201);
    hub.call("addWebhook", &key, &[], Body::Json(json!({ "url": "gopher://x" }))).await.expect(422);
    hub.call("listWebhooks", &key, &[], Body::None).await.expect(200);
    hub.call("deleteWebhook", &key, &[("webhook", "1")], Body::None).await.expect(204);

    let body = json!({ "name": "shop", "tenant": 7 });
    let made = hub.call("makeKey", &key, &[], Body::Json(body)).await.expect(201);
    hub.call("listKeys", &key, &[], Body::None).await.expect(200);
    let id = made["id"].to_string();
    hub.call("revokeKey", &key, &[("key", &id)], Body::None).await.expect(204);
    hub.call("listKeys", made["key"].as_str().unwrap(), &[], Body::None).await.expect(401);

    let all: BTreeSet<_> = hub.document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|methods| methods.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(hub.called, all, "every operation is called");
}

async fn call_for_receipts(hub: &mut Checked<'_>, locker: &mut FakeLocker, key: &str) {
    let sent = Recorded::Sent { parcel: ParcelId(1), compartment: CompartmentId(3) };
    let receipt = Receipt {
        locker: locker.id,
        journal: locker.journal,
        seq: locker.entries.len() as u64 + 1,
        unix_s: 0,
        from_hub: false,
        what: sent,
    };
    let text = receipt.to_text(&locker.journal_key);
    hub.call("bringReceipt", "", &[], Body::Json(json!({ "receipt": text }))).await.expect(200);
    let forged = receipt.to_text(&fresh_key());
    hub.call("bringReceipt", "", &[], Body::Json(json!({ "receipt": forged }))).await.expect(403);
    let number = locker.id.to_string();
    hub.call("listReceipts", key, &[("locker", &number)], Body::None).await.expect(200);
}

async fn call_the_lockers_side(hub: &mut Checked<'_>, locker: &mut FakeLocker) {
    let key = hub.hub.operator.clone();
    let kiosk = locker_crypto::enrol::KioskEnrolment::begin(fresh_key().public_key()).unwrap();
    let request = to_bytes(kiosk.request());
    hub.call("enrol", "", &[], Body::Cbor(request.clone())).await.expect_problem(404, "not-found");
    let claim = json!({ "claim": kiosk.claim().text(), "name": "Second Street" });
    hub.call("claimLocker", &key, &[], Body::Json(claim.clone())).await.expect(201);
    hub.call("claimLocker", &key, &[], Body::Json(claim)).await.expect(200);
    hub.call("enrol", "", &[], Body::Cbor(request)).await.cbor();
    hub.call("getNonce", "", &[], Body::None).await.cbor();
    let request = to_bytes(&locker.token_request(FakeLocker::nonce(hub.hub).await));
    let answer = hub.call("getToken", "", &[], Body::Cbor(request)).await;
    let answer: TokenAnswer = from_bytes(answer.cbor()).unwrap();
    (locker.token, locker.hub_nonce) = (answer.token, answer.hub_nonce);
    let token = locker.token.clone();
    let hello = seal(&locker.hello_message(), &locker.journal_key);
    hub.call("hello", &token, &[], Body::Cbor(hello)).await.cbor();
    hub.call("getChanges", &token, &[("after", "0"), ("wait_s", "0")], Body::None).await.cbor();
    hub.call("getChanges", "wrong", &[("after", "0")], Body::None).await.expect_problem(401, "unauthorized");
    locker.write([Event::Started { version: "0.1.0".to_owned() }]);
    let batch = seal(&locker.batch(1, 1), &locker.journal_key);
    hub.call("putEvents", &token, &[], Body::Cbor(batch)).await.cbor();
}

async fn call_for_parcels(hub: &mut Checked<'_>, locker: &mut FakeLocker, key: &str) {
    let body = announcement(locker, "ONE");
    let parcel = hub.call("announceParcel", key, &[], Body::Json(body.clone())).await.expect(201);
    hub.call("announceParcel", key, &[], Body::Json(body)).await.expect(200);
    locker.apply_changes(hub.hub).await;
    let number = parcel["parcel"].as_str().unwrap().to_owned();
    let named = [("parcel", number.as_str())];
    locker.tell(hub.hub, deposit(1, 3, number.parse().unwrap())).await;
    hub.call("listParcels", key, &[("limit", "10")], Body::None).await.expect(200);
    hub.call("getParcel", key, &named, Body::None).await.expect(200);
    hub.call("extendParcel", key, &named, Body::Json(json!({ "by_s": 600 }))).await.expect(202);
    hub.call("recallParcel", key, &named, Body::None).await.expect(202);
    hub.call("newCode", key, &named, Body::None).await.expect(202);
    hub.call("cancelParcel", key, &named, Body::None).await.expect(202);

    let sent = json!({ "locker": locker.id.0, "tenant": 7, "label": "SENT", "size": "S" });
    hub.call("announceReturn", key, &[], Body::Json(sent.clone())).await.expect(201);
    hub.call("announceReturn", key, &[], Body::Json(sent)).await.expect(200);

    let pass = announcement(locker, "TWO");
    hub.call("makeDepositPass", key, &[], Body::Json(pass)).await.expect(201);
    let pass = json!({ "locker": locker.id.0, "tenant": 7, "label": "THREE", "recipient": "customer 3" });
    hub.call("makePass", key, &[], Body::Json(pass)).await.expect(201);
    let link = json!({ "references": [
        { "tenant": 7, "recipient": "customer 12" },
        { "tenant": 8, "recipient": "4" },
    ] });
    hub.call("linkRecipients", key, &[], Body::Json(link)).await.expect(204);

    let label = Label::new("THREE").unwrap();
    let unannounced = ParcelId::made_here(locker.id, 1);
    let admitted = Event::Admitted {
        parcel: unannounced,
        announcement: None,
        label_tag: locker_crypto::label_tag(&label),
        label,
        tenant: TenantId(7),
        size: Size::L,
    };
    locker.tell(hub.hub, [admitted]).await;
    let number = unannounced.0.to_string();
    let body = json!({ "recipient": "customer 3", "retention_s": 3_600 });
    hub.call("matchParcel", key, &[("parcel", &number)], Body::Json(body)).await.expect(202);
}
