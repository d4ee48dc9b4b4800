//! Journals on their way up: once, in order, and never silently altered.

use locker_crypto::entry_hash;
use locker_protocol::event::Event;
use locker_protocol::seal::seal;
use locker_protocol::uplink::{EntryBytes, Standing};
use locker_protocol::{CompartmentId, JournalId, OpeningId};

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;

fn started(count: usize) -> Vec<Event> {
    (0..count).map(|number| Event::Started { version: format!("1.{number}") }).collect()
}

async fn event_count(hub: &RunningHub, locker: &FakeLocker) -> usize {
    let events =
        hub.get(&hub.operator, &format!("/v1/lockers/{}/events?limit=200", locker.id)).await.expect(200);
    events["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn entries_are_held_once_whatever_is_lost_repeated_or_reordered() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.write(started(9));
    assert_eq!(locker.send(&hub, 4, 6).await, 0, "a gap is answered by what is held");
    assert_eq!(locker.send(&hub, 1, 3).await, 3);
    assert_eq!(locker.send(&hub, 1, 3).await, 3, "its answer was lost, it comes again");
    assert_eq!(locker.send(&hub, 7, 9).await, 3);
    assert_eq!(locker.send(&hub, 2, 8).await, 8, "what overlaps is taken from where it is new");
    assert_eq!(locker.send(&hub, 4, 5).await, 8);
    assert_eq!(locker.send(&hub, 9, 9).await, 9);
    assert_eq!(event_count(&hub, &locker).await, 9);
    assert_eq!(locker.hello(&hub).await.held, 9);
}

#[tokio::test]
async fn forged_and_foreign_batches_leave_no_trace() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    let other = FakeLocker::enrolled(&hub).await;
    locker.write(started(3));
    let batch = locker.batch(1, 3);
    let path = "/locker/v1/events";

    let mut altered = seal(&batch, &locker.journal_key);
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    hub.post_cbor(Some(&locker.token), path, altered).await.expect_problem(403, "forged");
    hub.post_cbor(Some(&locker.token), path, seal(&batch, &other.journal_key))
        .await
        .expect_problem(403, "forged");
    // A message of another kind, rightly signed.
    let hello = seal(&locker.hello_message(), &locker.journal_key);
    hub.post_cbor(Some(&locker.token), path, hello).await.expect_problem(403, "forged");
    // Carried by another locker's token.
    let genuine = seal(&batch, &locker.journal_key);
    hub.post_cbor(Some(&other.token), path, genuine).await.expect_problem(403, "forged");
    let mut named = batch.clone();
    named.locker = other.id;
    locker.send_batch(&hub, &named).await.expect_problem(403, "forbidden");
    let mut stale = batch.clone();
    stale.hub_nonce = other.hub_nonce;
    locker.send_batch(&hub, &stale).await.expect_problem(409, "stale");
    let mut wrong_end = batch.clone();
    wrong_end.last_hash.0[0] ^= 1;
    locker.send_batch(&hub, &wrong_end).await.expect_problem(422, "invalid");
    let mut from_nothing = batch.clone();
    from_nothing.first = 0;
    locker.send_batch(&hub, &from_nothing).await.expect_problem(422, "invalid");
    let mut beyond = batch.clone();
    beyond.first = u64::MAX;
    locker.send_batch(&hub, &beyond).await.expect_problem(422, "invalid");

    assert_eq!(event_count(&hub, &locker).await, 0);
    assert_eq!(locker.send(&hub, 1, 3).await, 3);
}

#[tokio::test]
async fn an_entry_that_makes_no_sense_is_set_aside_and_blocks_nothing() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.write(started(1));
    // Not an entry at all, as one that a newer version wrote may look to this one.
    locker.entries.push(b"\x83\x01\x02\x03".to_vec());
    locker.write([
        Event::Ended { opening: OpeningId(77), outcome: locker_protocol::event::Outcome::Closed },
        Event::Settled { compartment: CompartmentId(4), holds: vec![], by: None },
    ]);
    assert_eq!(locker.send(&hub, 1, 4).await, 4);
    let path = format!("/v1/lockers/{}/set-aside", locker.id);
    let aside = hub.get(&hub.operator, &path).await.expect(200);
    let numbers: Vec<_> = aside["items"].as_array().unwrap().iter().map(|item| item["seq"].clone()).collect();
    assert_eq!(numbers, [2, 3]);
    let compartments =
        hub.get(&hub.operator, &format!("/v1/lockers/{}/compartments", locker.id)).await.expect(200);
    assert_eq!(compartments["items"][0]["contents"], "empty", "what came after was taken");
    let view = hub.get(&hub.operator, &format!("/v1/lockers/{}", locker.id)).await.expect(200);
    assert_eq!(view["set_aside"], 2);
}

#[tokio::test]
async fn a_journal_that_contradicts_what_is_held_is_a_fork_and_a_new_one_goes_on() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.tell(&hub, started(3)).await;

    // A restored backup writes another third entry.
    locker.entries.truncate(2);
    locker.write([Event::MissForgiven { guess: locker_protocol::event::Guess::Code }]);
    locker.write(started(2));
    assert_eq!(locker.send(&hub, 3, 5).await, 3, "nothing of the second history is taken");
    let answer = locker.hello(&hub).await;
    assert_eq!((answer.held, answer.standing), (3, Standing::Forked));
    assert_eq!(event_count(&hub, &locker).await, 3);
    let view = hub.get(&hub.operator, &format!("/v1/lockers/{}", locker.id)).await.expect(200);
    assert_eq!(view["standing"], "forked");

    let before = locker.journal;
    locker.journal = JournalId([5; 16]);
    locker.entries.clear();
    let answer = locker.hello(&hub).await;
    assert_eq!((answer.held, answer.standing), (0, Standing::InStep));
    locker.tell(&hub, [Event::Recovered { before, verified: 2, missing: 1 }]).await;
    assert_eq!(event_count(&hub, &locker).await, 4, "the old entries are kept");
}

/// Damaged before it was ever heard of: what could be saved of it comes before its successor's entries, and must not
/// hinder them.
#[tokio::test]
async fn an_earlier_journal_that_never_said_hello_is_held_and_hinders_nothing() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.hello(&hub).await;
    let (current, entries) = (locker.journal, std::mem::take(&mut locker.entries));
    locker.journal = JournalId([9; 16]);
    locker.write(started(3));
    assert_eq!(locker.send(&hub, 1, 3).await, 3);
    (locker.journal, locker.entries) = (current, entries);
    let next = locker.entries.len() as u64 + 1;
    locker.write(started(2));
    assert_eq!(locker.send(&hub, next, next + 1).await, next + 1);
    assert_eq!(locker.hello(&hub).await.standing, Standing::InStep);
}

#[tokio::test]
async fn a_hello_with_another_head_or_a_lost_end_is_a_fork() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.tell(&hub, started(3)).await;
    let whole = locker.entries.clone();
    locker.entries.truncate(2);
    assert_eq!(locker.hello(&hub).await.standing, Standing::Forked);

    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.tell(&hub, started(3)).await;
    locker.entries[2] = whole[2].clone();
    assert_ne!(entry_hash(&locker.entries[2]), locker.batch(1, 2).last_hash);
    assert_eq!(locker.hello(&hub).await.standing, Standing::Forked);
}

#[tokio::test]
async fn hostile_bytes_get_a_problem_each() {
    let hub = RunningHub::start().await;
    let locker = FakeLocker::enrolled(&hub).await;
    for path in ["/locker/v1/enrol", "/locker/v1/token", "/locker/v1/hello", "/locker/v1/events"] {
        for bytes in [
            vec![],
            vec![0xff; 100],
            vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            [0x81].repeat(100_000),
            b"{\"json\": true}".to_vec(),
        ] {
            let answer = hub.post_cbor(Some(&locker.token), path, bytes).await;
            assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
            assert_eq!(answer.media_type, "application/problem+json");
        }
    }
    let mut batch = locker.batch(1, 0);
    batch.entries = vec![EntryBytes(vec![0; 10]); 101];
    locker.send_batch(&hub, &batch).await.expect_problem(422, "invalid");
}
