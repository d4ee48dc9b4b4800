//! Power, tampering and temperatures: operators hear of them, and carriers of the parcels that lay there.

use locker_protocol::event::{Event, Outcome, Problem, Purpose, Supply};
use locker_protocol::{CaseId, CompartmentId, JournalId, OpeningId};
use serde_json::{Value, json};

use crate::fake_locker::FakeLocker;
use crate::listener::Listener;
use crate::running::{BEGIN_UNIX_S, RunningHub};
use crate::visits::{COURIER, RECIPIENT, announced, announcement, deposit, parcel, visit};
use crate::webhooks::{all_delivered, register};

fn temperature(sensor: &str, tenths_c: Option<i16>, in_range: bool, compartments: &[u16]) -> Event {
    let compartments = compartments.iter().copied().map(CompartmentId).collect();
    Event::Temperature { sensor: sensor.to_owned(), tenths_c, in_range, compartments }
}

async fn seen(hub: &RunningHub, locker: &FakeLocker) -> Value {
    hub.get(&hub.operator, &format!("/v1/lockers/{}", locker.id)).await.expect(200)
}

/// What came, in the order of its making, without what differs from message to message; only kinds that begin so.
fn heard(listener: &Listener, beginning: &str) -> Vec<Value> {
    let mut messages: Vec<Value> = listener.received().iter().map(|request| request.json()).collect();
    messages.retain(|message| message["kind"].as_str().unwrap().contains(beginning));
    for message in &mut messages {
        let message = message.as_object_mut().unwrap();
        message.remove("id");
        message.remove("at_unix_s");
        message.remove("locker");
    }
    // Messages overtake each other.
    messages.sort_by_key(ToString::to_string);
    messages
}

#[tokio::test]
async fn operators_hear_what_a_locker_runs_on_who_touches_it_and_which_thermometer_is_out_of_range() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (operators, carrier) = (Listener::start(vec![]).await, Listener::start(vec![]).await);
    register(&hub, &hub.operator, &operators).await;
    register(&hub, &hub.tenant_key(7), &carrier).await;
    let at_first = seen(&hub, &locker).await;
    assert_eq!((&at_first["power"], &at_first["tampered"]), (&Value::Null, &Value::Null));
    assert_eq!(at_first["out_of_range"], json!([]));

    locker
        .tell(
            &hub,
            [
                Event::Power { supply: Supply::Battery },
                Event::Tampered { sensor: "back wall".to_owned() },
                temperature("cold", Some(91), false, &[1, 2]),
                temperature("frozen", None, false, &[5]),
            ],
        )
        .await;
    all_delivered(&hub).await;
    assert_eq!(heard(&operators, "power"), [json!({ "kind": "power.changed", "supply": "battery" })]);
    assert_eq!(heard(&operators, "tamper"), [json!({ "kind": "locker.tampered", "sensor": "back wall" })]);
    assert_eq!(
        heard(&operators, "temperature"),
        [
            json!({ "kind": "temperature.out_of_range", "sensor": "cold", "tenths_c": 91 }),
            json!({ "kind": "temperature.out_of_range", "sensor": "frozen" }),
        ]
    );
    let standing = seen(&hub, &locker).await;
    assert_eq!(standing["power"], json!({ "supply": "battery", "since_unix_s": BEGIN_UNIX_S }));
    assert_eq!(standing["tampered"], json!({ "sensor": "back wall", "at_unix_s": BEGIN_UNIX_S }));
    let cold =
        json!({ "sensor": "cold", "tenths_c": 91, "since_unix_s": BEGIN_UNIX_S, "compartments": [1, 2] });
    let frozen =
        json!({ "sensor": "frozen", "tenths_c": null, "since_unix_s": BEGIN_UNIX_S, "compartments": [5] });
    assert_eq!(standing["out_of_range"], json!([cold, frozen]));
    let listed = hub.get(&hub.operator, "/v1/lockers").await.expect(200);
    assert_eq!(listed["items"][0]["out_of_range"], json!([cold, frozen]), "across all lockers");

    locker
        .tell(&hub, [Event::Power { supply: Supply::Mains }, temperature("cold", Some(75), true, &[1, 2])])
        .await;
    all_delivered(&hub).await;
    let standing = seen(&hub, &locker).await;
    assert_eq!(standing["power"]["supply"], "mains");
    assert_eq!(standing["out_of_range"], json!([frozen]));
    assert_eq!(
        heard(&operators, "temperature.in"),
        [json!({ "kind": "temperature.in_range", "sensor": "cold", "tenths_c": 75 })]
    );
    assert!(carrier.received().is_empty(), "none of its parcels lies here");
}

#[tokio::test]
async fn a_carrier_hears_which_of_its_parcels_lie_where_it_became_too_warm_and_when_that_is_over() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (own, foreign) = (Listener::start(vec![]).await, Listener::start(vec![]).await);
    register(&hub, &hub.tenant_key(7), &own).await;
    register(&hub, &hub.tenant_key(8), &foreign).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let two = announced(&hub, &mut locker, "TWO").await;
    let three = announced(&hub, &mut locker, "THREE").await;
    let mut body = announcement(&locker, "FOUR");
    body["tenant"] = 8.into();
    hub.post(&hub.operator, "/v1/parcels", &body).await.expect(201);
    locker.apply_changes(&hub).await;
    for (opening, compartment, parcel) in [(1, 1, one), (2, 2, two), (3, 6, three)] {
        locker.tell(&hub, deposit(opening, compartment, parcel)).await;
    }
    // One thermometer in more compartments than one event names.
    let out = |doors: &[u16]| temperature("cold", Some(91), false, doors);
    locker.tell(&hub, [out(&[1]), out(&[2, 3])]).await;
    locker.tell(&hub, visit(4, 2, Purpose::Collect, RECIPIENT, &[two], Outcome::Closed)).await;
    locker.tell(&hub, [out(&[1]), out(&[2, 3])]).await;
    locker.tell(&hub, [temperature("cold", Some(70), true, &[1])]).await;
    locker.tell(&hub, [temperature("cold", Some(70), true, &[2, 3])]).await;
    all_delivered(&hub).await;
    let told = |kind: &str, parcel: u64, compartment: u16, tenths_c: i16| {
        json!({
            "kind": kind, "parcel": parcel.to_string(), "compartment": compartment,
            "sensor": "cold", "tenths_c": tenths_c,
        })
    };
    let mut expected = vec![
        told("parcel.temperature_out_of_range", one, 1, 91),
        told("parcel.temperature_out_of_range", two, 2, 91),
        told("parcel.temperature_in_range", one, 1, 70),
    ];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(heard(&own, "temperature"), expected);
    let since = |parcel: Value| parcel["out_of_range_unix_s"].as_u64();
    assert_eq!(since(parcel(&hub, one).await), Some(BEGIN_UNIX_S), "it stays on its record");
    assert_eq!(since(parcel(&hub, two).await), Some(BEGIN_UNIX_S), "for whoever has it now, too");
    assert_eq!(since(parcel(&hub, three).await), None);
    assert!(foreign.received().is_empty(), "none of this is about its parcels");
}

#[tokio::test]
async fn a_parcel_put_in_while_the_open_door_let_the_warmth_in_is_told_of_too() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let own = Listener::start(vec![]).await;
    register(&hub, &hub.tenant_key(7), &own).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let two = announced(&hub, &mut locker, "TWO").await;
    let mut events = deposit(1, 4, one);
    events.insert(2, temperature("cold", Some(81), false, &[4, 5]));
    locker.tell(&hub, events).await;
    // Of this one nobody saw whether it went in.
    locker.tell(&hub, visit(2, 5, Purpose::Deposit, COURIER, &[two], Outcome::NotSeen)).await;
    all_delivered(&hub).await;
    let messages = heard(&own, "temperature");
    let told: Vec<_> = messages.iter().map(|told| (&told["compartment"], &told["parcel"])).collect();
    let (one, two) = (json!(one.to_string()), json!(two.to_string()));
    assert_eq!(told, [(&json!(4), &one), (&json!(5), &two)]);
}

#[tokio::test]
async fn a_thermometer_that_was_taken_out_or_whose_history_is_lost_is_out_of_range_no_more() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let (own, operators) = (Listener::start(vec![]).await, Listener::start(vec![]).await);
    register(&hub, &hub.tenant_key(7), &own).await;
    register(&hub, &hub.operator, &operators).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 4, one)).await;
    locker.tell(&hub, [temperature("cold", None, false, &[4]), temperature("cold", None, true, &[])]).await;
    assert_eq!(seen(&hub, &locker).await["out_of_range"], json!([]));
    all_delivered(&hub).await;
    assert_eq!(heard(&operators, "temperature.in").len(), 1);
    assert!(heard(&own, "temperature_in").is_empty(), "nobody knows how cold it is there");

    locker
        .tell(
            &hub,
            [
                Event::Power { supply: Supply::BatteryLow },
                temperature("cold", Some(99), false, &[4]),
                Event::Recovered { before: JournalId([1; 16]), verified: 1, missing: 3 },
            ],
        )
        .await;
    let standing = seen(&hub, &locker).await;
    assert_eq!((&standing["power"], &standing["out_of_range"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn a_case_tells_what_happened_around_its_door_while_its_parcel_lay_there() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker
        .tell(&hub, [temperature("cold", Some(91), false, &[4]), temperature("cold", Some(70), true, &[4])])
        .await;
    let mut events = deposit(1, 4, one);
    events.insert(2, Event::Power { supply: Supply::Battery });
    locker.tell(&hub, events).await;
    locker
        .tell(
            &hub,
            [
                temperature("cold", Some(-5), false, &[3, 4]),
                temperature("warm", Some(300), false, &[5]),
                Event::Tampered { sensor: "back wall".to_owned() },
                temperature("cold", None, false, &[3, 4]),
            ],
        )
        .await;
    // Much happens in between, elsewhere.
    for opening in 2..250 {
        locker.tell(&hub, visit(opening, 9, Purpose::Service, COURIER, &[], Outcome::NeverOpened)).await;
    }
    locker.tell(&hub, visit(500, 4, Purpose::Collect, RECIPIENT, &[one], Outcome::Closed)).await;
    locker.tell(&hub, [temperature("cold", Some(45), true, &[3, 4])]).await;
    let (case, problem) = (CaseId(1), Problem::NotMine);
    locker
        .tell(
            &hub,
            [Event::CaseRaised {
                case,
                problem,
                compartment: CompartmentId(4),
                opening: Some(OpeningId(500)),
            }],
        )
        .await;
    for key in [hub.operator.clone(), hub.tenant_key(7)] {
        let told = hub.get(&key, "/v1/cases/1").await.expect(200);
        let sentences: Vec<_> =
            told["story"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
        let first = sentences.iter().position(|text| text.contains("mains")).unwrap();
        assert_eq!(
            sentences[first..first + 5],
            [
                "The mains failed: the locker ran on its battery.",
                "The sensor saw door 4 closed. It counts as put in.",
                "The thermometer \"cold\" of door 4 said -0.5 °C: out of its range.",
                "Somebody shook the locker, or opened what only staff open: \"back wall\" said so.",
                "The thermometer \"cold\" of door 4 said nothing any more: how warm it was there is not known.",
            ]
        );
        assert_eq!(sentences.iter().filter(|text| text.contains("cold")).count(), 2, "{sentences:?}");
    }
}
