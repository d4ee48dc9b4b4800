//! Sessions: a locker has one at a time, and what was signed in an earlier one counts for nothing. A sync that was taken
//! over chooses when the kiosk's words arrive.

use locker_protocol::event::Event;
use locker_protocol::seal::{seal, unseal};
use locker_protocol::uplink::{HelloAnswer, Standing};

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;

fn started(count: usize) -> Vec<Event> {
    (0..count).map(|number| Event::Started { version: format!("1.{number}") }).collect()
}

/// A hello as the kiosk signs it in this session; sync has it.
fn signed_hello(locker: &FakeLocker) -> (String, Vec<u8>) {
    (locker.token.clone(), seal(&locker.hello_message(), &locker.journal_key))
}

#[tokio::test]
async fn a_hello_of_an_earlier_session_that_comes_late_forks_nothing() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.sign_in(&hub).await;
    let (token, kept_back) = signed_hello(&locker);
    locker.hello(&hub).await;
    locker.tell(&hub, started(3)).await;
    hub.post_cbor(Some(&token), "/locker/v1/hello", kept_back).await.expect_problem(401, "unauthorized");
    let answer = locker.hello(&hub).await;
    assert_eq!((answer.held, answer.standing), (3, Standing::InStep));
}

/// Which session is the later one is the hub's to say, not that of whoever hands the nonces to the kiosk.
#[tokio::test]
async fn a_session_cannot_be_kept_for_later_while_the_journal_goes_on_in_another() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.sign_in(&hub).await;
    let earlier = (locker.token.clone(), locker.hub_nonce);
    locker.sign_in(&hub).await;
    // The kiosk says hello in the later one, which sync keeps back, and then in the earlier one.
    let (later_token, kept_back) = signed_hello(&locker);
    let later_nonce = locker.hub_nonce;
    (locker.token, locker.hub_nonce) = earlier;
    let (token, hello) = signed_hello(&locker);
    hub.post_cbor(Some(&token), "/locker/v1/hello", hello).await.expect_problem(401, "unauthorized");
    locker.write(started(3));
    locker.send_batch(&hub, &locker.batch(1, 3)).await.expect_problem(401, "unauthorized");

    (locker.token, locker.hub_nonce) = (later_token, later_nonce);
    let answer = hub.post_cbor(Some(&locker.token), "/locker/v1/hello", kept_back).await;
    let answer: HelloAnswer = unseal(answer.cbor(), &locker_crypto::VerifyingKey(locker.hub_key)).unwrap();
    assert_eq!((answer.held, answer.standing), (0, Standing::InStep));
    assert_eq!(locker.send(&hub, 1, 3).await, 3);
}

#[tokio::test]
async fn hello_is_said_once_in_a_session_and_the_same_bytes_get_the_same_answer() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.sign_in(&hub).await;
    let (token, hello) = signed_hello(&locker);
    let path = "/locker/v1/hello";
    let first = hub.post_cbor(Some(&token), path, hello.clone()).await;
    locker.tell(&hub, started(3)).await;
    hub.pass_s(10);
    let again = hub.post_cbor(Some(&token), path, hello).await;
    assert_eq!(again.cbor(), first.cbor(), "its answer may have been lost");
    let (_, another) = signed_hello(&locker);
    hub.post_cbor(Some(&token), path, another).await.expect_problem(409, "stale");
    let answer = locker.hello(&hub).await;
    assert_eq!((answer.held, answer.standing), (3, Standing::InStep));
}

#[tokio::test]
async fn nothing_is_taken_of_a_session_before_its_hello() {
    let hub = RunningHub::start().await;
    let mut locker = FakeLocker::enrolled(&hub).await;
    locker.write(started(3));
    locker.sign_in(&hub).await;
    locker.send_batch(&hub, &locker.batch(1, 3)).await.expect_problem(401, "unauthorized");
    assert_eq!(locker.hello(&hub).await.held, 0);
    assert_eq!(locker.send(&hub, 1, 3).await, 3);
}
