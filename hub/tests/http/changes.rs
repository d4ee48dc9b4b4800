//! Changes on their way down: long polls, lost answers, and hubs and lockers that forgot.

use std::time::Duration;

use locker_protocol::event::Event;
use locker_protocol::uplink::{MAX_CHANGES, Standing};
use locker_protocol::{Change, CompartmentId, Label, ParcelId, PickupCode, Size, TenantId};
use serde_json::json;

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;
use crate::visits::{announced, announcement, deposit, place};

#[tokio::test]
async fn a_long_poll_is_answered_as_soon_as_there_is_a_change() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    let poll = locker.changes_after(&hub, 0, 50);
    let announce = async {
        // Both orders are right: before the poll looks, or while it waits.
        tokio::task::yield_now().await;
        hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, "ONE")).await.expect(201);
    };
    let both = async { tokio::join!(poll, announce).0 };
    let changes =
        tokio::time::timeout(Duration::from_secs(20), both).await.expect("it does not wait its 50 s");
    assert_eq!(changes.len(), 1);
}

#[tokio::test]
async fn a_poll_whose_answer_was_lost_gets_the_same_again() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    for label in ["ONE", "TWO"] {
        hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, label)).await.expect(201);
    }
    let first = locker.changes_after(&hub, 0, 0).await;
    assert_eq!(first.len(), 2);
    assert_eq!(locker.changes_after(&hub, 0, 0).await, first);
    assert_eq!(locker.changes_after(&hub, 1, 0).await, first[1..]);
    assert!(locker.changes_after(&hub, 2, 0).await.is_empty());
    hub.get(&locker.token, "/locker/v1/changes?after=3").await.expect_problem(409, "stale");
    hub.get(&locker.token, "/locker/v1/changes").await.expect_problem(400, "bad-request");
}

#[tokio::test]
async fn many_changes_come_in_several_answers() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let path = format!("/v1/lockers/{}/refill-codes", locker.id);
    for _ in 0..MAX_CHANGES + 5 {
        hub.post(&hub.operator, &path, &json!({})).await.expect(202);
    }
    assert_eq!(locker.apply_changes(&hub).await.len(), MAX_CHANGES);
    assert_eq!(locker.apply_changes(&hub).await.len(), 5);
    assert!(locker.apply_changes(&hub).await.is_empty());
}

#[tokio::test]
async fn a_hub_restored_from_a_backup_lists_anew_after_the_lockers_cursor_and_loses_no_parcel() {
    let mut hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let old = announced(&hub, &mut locker, "OLD").await;
    hub.back_up().await;
    let forgotten = announced(&hub, &mut locker, "FORGOTTEN").await;
    locker.tell(&hub, deposit(1, 3, forgotten)).await;
    hub.restore().await;

    // The restored hub sends a change before it hears of the locker: its number is the forgotten one's.
    let service = format!("/v1/lockers/{}/compartments/5/service", locker.id);
    hub.post(&hub.operator, &service, &json!({ "in_service": false })).await.expect(202);
    let known_generation = locker.generation;
    let answer = locker.hello(&hub).await;
    assert_eq!(answer.standing, Standing::CursorUnknown);
    assert!(answer.generation > known_generation);
    let again = {
        locker.generation = known_generation;
        locker.hello(&hub).await
    };
    assert_eq!(
        (again.standing, again.generation),
        (answer.standing, answer.generation),
        "the answer was lost"
    );
    assert_eq!(locker.hello(&hub).await.standing, Standing::InStep);

    // The journal heals what the backup lacks.
    let last = locker.entries.len() as u64;
    assert_eq!(locker.send(&hub, answer.held + 1, last).await, last);
    assert_eq!(place(&hub, forgotten).await, ("inside".to_owned(), Some(3)));

    let changes = locker.apply_changes(&hub).await;
    let kinds: Vec<_> = changes.iter().map(|numbered| &numbered.change).collect();
    assert!(
        matches!(&kinds[..], [
            Change::Announce { announcement },
            Change::Service { compartment: CompartmentId(5), in_service: false },
        ] if announcement.parcel.0 == old),
        "{kinds:?}"
    );
    assert_eq!(place(&hub, old).await.0, "expected");
}

#[tokio::test]
async fn a_locker_that_forgot_its_cursor_is_served_from_where_it_stands() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    announced(&hub, &mut locker, "ONE").await;
    announced(&hub, &mut locker, "TWO").await;
    locker.cursor = 1;
    assert_eq!(locker.hello(&hub).await.standing, Standing::InStep);
    let changes = locker.changes_after(&hub, 1, 0).await;
    assert_eq!(changes.iter().map(|numbered| numbered.number).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_locker_that_forgot_more_than_the_generation_gets_its_rights_back() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    locker.tell(&hub, deposit(1, 3, one)).await;
    // A cursor from another life of the hub begins a generation; then the locker falls back before it.
    locker.cursor = 40;
    assert_eq!(locker.hello(&hub).await.standing, Standing::CursorUnknown);
    locker.cursor = 0;
    assert_eq!(locker.hello(&hub).await.standing, Standing::CursorUnknown);
    let changes = locker.apply_changes(&hub).await;
    assert!(
        matches!(&changes[..], [only] if matches!(&only.change, Change::Announce { announcement } if announcement.parcel.0 == one)),
        "{changes:?}"
    );
    assert_eq!(place(&hub, one).await, ("inside".to_owned(), Some(3)), "its answer moves nothing");
}

/// The recipient was told the new code when it was asked for: no other will do.
#[tokio::test]
async fn a_new_code_that_is_on_its_way_when_everything_is_listed_anew_still_comes() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let one = announced(&hub, &mut locker, "ONE").await;
    let unannounced = ParcelId::made_here(locker.id, 1);
    let label = Label::new("TWO").unwrap();
    let label_tag = locker_crypto::label_tag(&label);
    let (tenant, size) = (TenantId(7), Size::S);
    let admitted =
        Event::Admitted { parcel: unannounced, announcement: None, label, label_tag, tenant, size };
    locker.tell(&hub, [admitted]).await;
    let code = async |what: &str, body: &serde_json::Value| {
        let answer = hub.post(&hub.operator, &format!("/v1/parcels/{what}"), body).await.expect(202);
        PickupCode::parse(answer["code"].as_str().unwrap()).unwrap().tag(&locker.code_key)
    };
    let new_code = code(&format!("{one}/new-code"), &json!({})).await;
    let whose = json!({ "recipient": "customer 3", "retention_s": 3_600 });
    let matched_code = code(&format!("{}/match", unannounced.0), &whose).await;

    locker.cursor = 40;
    assert_eq!(locker.hello(&hub).await.standing, Standing::CursorUnknown);
    let changes = locker.apply_changes(&hub).await;
    let kinds: Vec<_> = changes.iter().map(|numbered| &numbered.change).collect();
    assert!(
        matches!(&kinds[..], [
            Change::Announce { announcement },
            Change::NewCode { parcel: ParcelId(parcel), code },
            Change::Match { parcel: matched, code: theirs, .. },
        ] if announcement.parcel.0 == one && *parcel == one && *code == new_code
            && *matched == unannounced && *theirs == matched_code),
        "{kinds:?}"
    );
}

/// What was on its way to the locker when the hub was restored arrives late, under a number that was given again since.
#[tokio::test]
async fn a_change_of_a_forgotten_life_does_not_pass_for_the_one_that_has_its_number_now() {
    let mut hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let old = announced(&hub, &mut locker, "OLD").await;
    hub.back_up().await;
    let service = format!("/v1/lockers/{}/compartments/5/service", locker.id);
    hub.post(&hub.operator, &service, &json!({ "in_service": false })).await.expect(202);
    let on_its_way = locker.changes_after(&hub, locker.cursor, 0).await.remove(0);
    hub.restore().await;
    assert_eq!(locker.hello(&hub).await.standing, Standing::InStep);
    let new = hub.post(&hub.operator, "/v1/parcels", &announcement(&locker, "NEW")).await.expect(201);
    let new_parcel: u64 = new["parcel"].as_str().unwrap().parse().unwrap();
    assert_eq!(locker.changes_after(&hub, locker.cursor, 0).await[0].number, on_its_way.number);

    locker.cursor = on_its_way.number;
    locker.tell(&hub, [Event::Applied { number: on_its_way.number, change: on_its_way.change }]).await;
    let changes = format!("/locker/v1/changes?after={}", locker.cursor);
    hub.get(&locker.token, &changes).await.expect_problem(401, "unauthorized");
    assert_eq!(locker.hello(&hub).await.standing, Standing::CursorUnknown);
    let changes = locker.apply_changes(&hub).await;
    let announced = |number: u64| {
        changes.iter().any(|numbered| {
            matches!(&numbered.change, Change::Announce { announcement } if announcement.parcel.0 == number)
        })
    };
    assert!(changes.len() == 2 && announced(old) && announced(new_parcel), "{changes:?}");
    assert_eq!(locker.hello(&hub).await.standing, Standing::InStep);
}

#[tokio::test]
async fn a_change_that_is_answered_once_more_is_not_listed_anew() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    announced(&hub, &mut locker, "ONE").await;
    let applied = locker.changes_after(&hub, 0, 0).await.remove(0);
    locker.tell(&hub, [Event::Applied { number: applied.number, change: applied.change }]).await;
    assert!(locker.changes_after(&hub, locker.cursor, 0).await.is_empty(), "the session goes on");
}
