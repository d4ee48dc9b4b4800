//! Cases: found by the number that somebody reads aloud, told in words, answered, and seen by whose parcels they are about.

use locker_protocol::change::CaseAnswer;
use locker_protocol::event::{Answer, Event, Outcome, Problem, Purpose};
use locker_protocol::{CaseId, Change, CompartmentId, OpeningId, ParcelId, Refusal};
use serde_json::{Value, json};

use crate::fake_locker::FakeLocker;
use crate::listener::Listener;
use crate::running::{Answer as Reply, RunningHub};
use crate::visits::{COURIER, RECIPIENT, announced, announcement, deposit, settled, visit};

/// Somebody opens the door, finds nothing, and says so.
fn found_empty(opening: u64, compartment: u16, parcel: u64, case: u32) -> Vec<Event> {
    let mut events = visit(opening, compartment, Purpose::Collect, RECIPIENT, &[parcel], Outcome::SaidEmpty);
    events.insert(2, Event::Opened { opening: OpeningId(opening) });
    events.push(raised(case, Problem::Empty, compartment, Some(opening)));
    events
}

fn raised(case: u32, problem: Problem, compartment: u16, opening: Option<u64>) -> Event {
    let (case, compartment) = (CaseId(case), CompartmentId(compartment));
    Event::CaseRaised { case, problem, compartment, opening: opening.map(OpeningId) }
}

async fn found(hub: &RunningHub, key: &str, number: &str, locker: &FakeLocker) -> Vec<Value> {
    let number = number.replace(' ', "%20");
    let path = format!("/v1/cases?number={number}&locker={}", locker.id);
    hub.get(key, &path).await.expect(200)["items"].as_array().unwrap().clone()
}

async fn story(hub: &RunningHub, key: &str, case: &Value) -> Vec<String> {
    let told = hub.get(key, &format!("/v1/cases/{}", case["case"])).await.expect(200);
    let sentences = told["story"].as_array().unwrap();
    sentences.iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

async fn reply(hub: &RunningHub, key: &str, case: &Value, body: Value) -> Reply {
    hub.post(key, &format!("/v1/cases/{}/answer", case["case"]), &body).await
}

#[tokio::test]
async fn a_case_is_found_by_the_number_on_the_screen_and_told_in_words() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    // Much happens in between, elsewhere.
    for opening in 2..200 {
        locker.tell(&hub, visit(opening, 9, Purpose::Service, COURIER, &[], Outcome::NeverOpened)).await;
    }
    locker.tell(&hub, found_empty(500, 4, one, 4_711)).await;
    locker.tell(&hub, [raised(4_712, Problem::Stuck, 5, None)]).await;

    let shown = CaseId(4_711).to_string();
    let typed = shown.to_lowercase().replace('-', " ");
    let cases = found(&hub, &hub.operator, &shown, &locker).await;
    assert_eq!(cases.len(), 1);
    assert_eq!(cases, found(&hub, &hub.operator, &typed, &locker).await);
    assert_eq!((&cases[0]["shown"], &cases[0]["problem"]), (&shown.as_str().into(), &"empty".into()));
    assert_eq!(cases[0]["summary"], "Door 4: the recipient found nothing.");
    assert_eq!(cases[0]["parcels"], json!([one.to_string()]));
    assert!(found(&hub, &hub.operator, "222-22", &locker).await.is_empty());
    hub.get(&hub.operator, "/v1/cases?number=4K7-2O").await.expect_problem(422, "invalid");

    assert_eq!(
        story(&hub, &hub.operator, &cases[0]).await,
        [
            format!("Courier 1 of carrier 7 was let open door 4 to put in parcel {one}."),
            "The lock was pulsed.".to_owned(),
            "The sensor saw door 4 closed. It counts as put in.".to_owned(),
            format!("The recipient, by code, was let open door 4 to take out parcel {one}."),
            "The lock was pulsed.".to_owned(),
            "The sensor saw door 4 open, 0.0 s after the pulse.".to_owned(),
            "The recipient said that nothing was inside.".to_owned(),
            format!("Case {shown} was raised: the recipient found nothing."),
        ]
    );
}

#[tokio::test]
async fn a_stuck_door_is_told_with_every_try_and_what_its_electronics_said() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    let opening = OpeningId(2);
    let mut events = visit(2, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::NeverOpened);
    events.splice(
        2..2,
        [
            Event::Tried { opening, attempt: 2 },
            Event::Answered { opening, attempt: 2, answer: Answer::Unclear },
            Event::Tried { opening, attempt: 3 },
        ],
    );
    events.push(raised(1, Problem::Stuck, 4, Some(2)));
    locker.tell(&hub, events).await;
    let case = &hub.get(&hub.operator, "/v1/cases").await.expect(200)["items"][0];
    let told = story(&hub, &hub.operator, case).await;
    assert_eq!(
        told[4..],
        [
            "The lock was pulsed.".to_owned(),
            "The lock was pulsed again, the second time.".to_owned(),
            "The lock's electronics did not say whether they pulsed.".to_owned(),
            "The lock was pulsed again, the third time.".to_owned(),
            "Door 4 was watched all the time and stayed closed: nothing was moved.".to_owned(),
            format!("Case {} was raised: the door did not open.", CaseId(1)),
        ]
    );
}

#[tokio::test]
async fn a_case_is_answered_and_what_the_locker_made_of_it_is_seen() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    locker.tell(&hub, found_empty(2, 4, one, 1)).await;
    let case = hub.get(&hub.operator, "/v1/cases").await.expect(200)["items"][0].clone();
    let parcel = one.to_string();

    let again = json!({ "answer": "open_again", "parcel": parcel });
    reply(&hub, &hub.operator, &case, again).await.expect(202);
    let longer = json!({ "answer": "extend", "parcel": parcel, "by_s": 86_400 });
    reply(&hub, &hub.operator, &case, longer).await.expect(202);
    reply(&hub, &hub.operator, &case, json!({ "answer": "staff_comes" })).await.expect(202);
    let changes = locker.changes_after(&hub, locker.cursor, 0).await;
    let asked: Vec<_> = changes.iter().map(|numbered| numbered.change.clone()).collect();
    let answer = |answer| Change::AnswerCase { case: CaseId(1), answer };
    assert_eq!(
        asked,
        [
            answer(CaseAnswer::OpenAgain { parcel: ParcelId(one) }),
            answer(CaseAnswer::Extend { parcel: ParcelId(one), by_s: 86_400 }),
            answer(CaseAnswer::StaffComes),
        ]
    );
    let first = changes[0].number;
    locker.tell(&hub, [Event::Applied { number: first, change: asked[0].clone() }]).await;
    locker.tell(&hub, [Event::Refused { number: first + 1, why: Refusal::Over }]).await;

    let told = hub.get(&hub.operator, &format!("/v1/cases/{}", case["case"])).await.expect(200);
    let answers = told["answers"].as_array().unwrap();
    let standings: Vec<_> =
        answers.iter().map(|answer| (&answer["answer"], &answer["standing"], &answer["why"])).collect();
    assert_eq!(
        standings,
        [
            (&json!("open_again"), &json!("applied"), &Value::Null),
            (&json!("extend"), &json!("refused"), &json!("over")),
            (&json!("staff_comes"), &Value::Null, &Value::Null),
        ]
    );
    let last = told["story"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    assert_eq!(
        last,
        format!(
            "Case {} was answered: the recipient of parcel {one} may open the door again, by the hub's word.",
            CaseId(1)
        )
    );
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_refused() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let two = announced(&hub, &mut locker, "TWO").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    locker.tell(&hub, deposit(2, 5, two)).await;
    locker.tell(&hub, found_empty(3, 4, one, 1)).await;
    let case = hub.get(&hub.operator, "/v1/cases").await.expect(200)["items"][0].clone();
    let parcel = one.to_string();
    for body in [
        json!({ "answer": "open_again" }),
        json!({ "answer": "extend", "parcel": parcel }),
        json!({ "answer": "extend", "parcel": parcel, "by_s": 1 }),
        json!({ "answer": "staff_comes", "parcel": parcel }),
        json!({ "answer": "open_again", "parcel": "seven" }),
        json!({ "answer": "shrug" }),
    ] {
        reply(&hub, &hub.operator, &case, body).await.expect_problem(422, "invalid");
    }
    let elsewhere = json!({ "answer": "open_again", "parcel": two.to_string() });
    reply(&hub, &hub.operator, &case, elsewhere).await.expect_problem(404, "not-found");
    let nowhere = hub.post(&hub.operator, "/v1/cases/99/answer", &json!({ "answer": "staff_comes" })).await;
    nowhere.expect_problem(404, "not-found");
    assert!(locker.changes_after(&hub, locker.cursor, 0).await.is_empty());
}

#[tokio::test]
async fn a_carrier_sees_and_answers_only_what_concerns_its_own_parcels() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (own, foreign) = (hub.tenant_key(7), hub.tenant_key(8));
    let (own_hook, foreign_hook) = (Listener::start(vec![]).await, Listener::start(vec![]).await);
    hub.post(&own, "/v1/webhooks", &json!({ "url": own_hook.url })).await.expect(201);
    hub.post(&foreign, "/v1/webhooks", &json!({ "url": foreign_hook.url })).await.expect(201);
    let one = announced(&hub, &mut locker, "ONE").await;
    let mut body = announcement(&locker, "TWO");
    body["tenant"] = 8.into();
    let two = hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
    let two: u64 = two["parcel"].as_str().unwrap().parse().unwrap();
    locker.apply_changes(&hub).await;

    // The other carrier's parcel was behind the same door before.
    locker.tell(&hub, deposit(1, 4, two)).await;
    locker.tell(&hub, visit(2, 4, Purpose::Collect, RECIPIENT, &[two], Outcome::Closed)).await;
    locker.tell(&hub, [settled(4, &[])]).await;
    locker.tell(&hub, deposit(3, 4, one)).await;
    locker.tell(&hub, found_empty(4, 4, one, 1)).await;
    locker.tell(&hub, [raised(2, Problem::Stuck, 6, None)]).await;

    let all = hub.get(&hub.operator, "/v1/cases").await.expect(200)["items"].clone();
    assert_eq!(all.as_array().unwrap().len(), 2, "the network sees every door");
    let case = all[0].clone();
    let seen = hub.get(&own, "/v1/cases").await.expect(200)["items"].clone();
    assert_eq!(seen, json!([case]));
    assert!(hub.get(&foreign, "/v1/cases").await.expect(200)["items"].as_array().unwrap().is_empty());
    hub.get(&foreign, &format!("/v1/cases/{}", case["case"])).await.expect_problem(404, "not-found");

    let told = story(&hub, &own, &case).await;
    assert!(told.iter().all(|text| !text.contains(&two.to_string())), "{told:?}");
    assert!(told[0].starts_with("From then on, nothing was behind door 4"), "{told:?}");
    assert!(story(&hub, &hub.operator, &case).await.iter().any(|text| text.contains(&two.to_string())));

    let again = json!({ "answer": "open_again", "parcel": one.to_string() });
    reply(&hub, &foreign, &case, again.clone()).await.expect_problem(404, "not-found");
    let others = json!({ "answer": "open_again", "parcel": two.to_string() });
    reply(&hub, &own, &case, others).await.expect_problem(404, "not-found");
    reply(&hub, &own, &case, json!({ "answer": "staff_comes" })).await.expect_problem(403, "forbidden");
    reply(&hub, &own, &case, again).await.expect(202);
    let answered = hub.get(&own, &format!("/v1/cases/{}", case["case"])).await.expect(200);
    assert_eq!(answered["answers"][0]["tenant"], 7);

    let kinds: Vec<_> = own_hook.wait_for(2).await.iter().map(|got| got.json()["kind"].clone()).collect();
    assert!(kinds.contains(&json!("case.raised")), "{kinds:?}");
    foreign_hook.wait_for(2).await;
    assert!(foreign_hook.received().iter().all(|got| got.json()["kind"] != "case.raised"));
}
