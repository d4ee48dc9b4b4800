//! Sync's state machine against a hub that answers late, wrongly or not at all.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use locker_crypto::SigningKey;
use locker_engine::sync::{Answer, Ask, Input, Lane, Machine, Output};
use locker_protocol::link::{ToKiosk, ToSync};
use locker_protocol::seal::to_bytes;
use locker_protocol::uplink::{Changes, SealedBytes, TokenAnswer};
use locker_protocol::{LockerId, Nonce};

struct Talk {
    machine: Machine<SigningKey>,
    now_ms: u64,
    asked: Vec<(Lane, Ask)>,
    kept: Vec<SealedBytes>,
    kiosk: Vec<ToKiosk>,
    /// What came out, in order: `keep`, `ask <path>`, `kiosk`.
    order: Vec<String>,
}

impl Talk {
    fn linked() -> Self {
        let machine = Machine::new(SigningKey::from_seed(&[4; 32]).unwrap(), None, 1);
        let mut talk = Self {
            machine,
            now_ms: 0,
            asked: Vec::new(),
            kept: Vec::new(),
            kiosk: Vec::new(),
            order: Vec::new(),
        };
        talk.input(Input::Linked);
        assert!(matches!(talk.kiosk[..], [ToKiosk::Ready { witness: None, .. }]));
        talk
    }

    fn input(&mut self, input: Input) {
        for output in self.machine.handle(self.now_ms, input) {
            match output {
                Output::Kiosk(message) => {
                    self.order.push("kiosk".to_owned());
                    self.kiosk.push(message);
                }
                Output::Ask { lane, ask } => {
                    self.order.push(format!("ask {}", ask.path));
                    self.asked.push((lane, ask));
                }
                Output::Keep(witness) => {
                    self.order.push("keep".to_owned());
                    self.kept.push(witness);
                }
            }
        }
    }

    fn kiosk_says(&mut self, message: ToSync) {
        self.input(Input::Kiosk(message));
    }

    /// The hub answers the only request under way.
    fn answer(&mut self, answer: Answer) {
        let (lane, _) = self.asked.remove(0);
        self.input(Input::Hub { lane, answer });
    }

    /// Lets time pass until something is asked.
    fn wait(&mut self) -> u64 {
        let begun_ms = self.now_ms;
        while self.asked.is_empty() {
            self.now_ms = self.machine.next_trigger_ms().expect("something is due").max(self.now_ms);
            self.input(Input::Tick);
            assert!(self.now_ms < begun_ms + 3_600_000, "nothing is asked");
        }
        self.now_ms - begun_ms
    }

    fn path(&self) -> &str {
        &self.asked[0].1.path
    }

    fn session() -> Self {
        let mut talk = Self::linked();
        let certificate = SealedBytes(vec![1]);
        talk.kiosk_says(ToSync::Identity { locker: LockerId(5), certificate });
        talk.finish_session("first");
        talk
    }

    /// The hub holds the question for changes.
    fn held() -> Self {
        let mut talk = Self::session();
        talk.kiosk_says(ToSync::Cursor { number: 0 });
        talk.asked.clear();
        talk
    }

    fn finish_session(&mut self, token: &str) {
        self.wait();
        assert_eq!(self.path(), "/locker/v1/nonce");
        self.answer(Answer::Ok(to_bytes(&Nonce([1; 16]))));
        assert_eq!(self.path(), "/locker/v1/token");
        let answer = TokenAnswer { token: token.to_owned(), lives_s: 900, hub_nonce: Nonce([2; 16]) };
        self.answer(Answer::Ok(to_bytes(&answer)));
        assert!(matches!(self.kiosk.last(), Some(ToKiosk::Session { .. })));
        self.kiosk_says(ToSync::Hello { hello: SealedBytes(vec![2]) });
        assert_eq!(self.path(), "/locker/v1/hello");
        self.answer(Answer::Ok(vec![3]));
        assert!(matches!(self.kiosk.last(), Some(ToKiosk::HelloAnswer { .. })));
    }
}

#[test]
fn an_unclaimed_locker_asks_again_until_somebody_claims_it() {
    let mut talk = Talk::linked();
    talk.kiosk_says(ToSync::Enrol { request: SealedBytes(vec![7]) });
    for _ in 0..3 {
        talk.wait();
        assert_eq!((talk.path(), &talk.asked[0].1.body[..]), ("/locker/v1/enrol", &[7][..]));
        talk.answer(Answer::NotFound);
    }
    talk.wait();
    talk.answer(Answer::Ok(vec![8]));
    assert_eq!(talk.kiosk.last(), Some(&ToKiosk::Enrolled { answer: SealedBytes(vec![8]) }));
}

#[test]
fn a_batch_is_remembered_before_it_is_sent_and_sent_until_it_is_held() {
    let mut talk = Talk::session();
    let (batch, witness) = (SealedBytes(vec![9]), SealedBytes(vec![10]));
    talk.order.clear();
    talk.kiosk_says(ToSync::Batch { batch, witness: witness.clone() });
    assert_eq!(talk.order, ["keep", "ask /locker/v1/events"]);
    assert_eq!(talk.kept, [witness]);
    talk.answer(Answer::Failed);
    assert!(talk.wait() > 0, "not at once");
    assert_eq!((talk.path(), &talk.asked[0].1.body[..]), ("/locker/v1/events", &[9][..]));
    assert_eq!(talk.asked[0].1.bearer.as_deref(), Some("first"));
    talk.answer(Answer::Ok(vec![11]));
    assert_eq!(talk.kiosk.last(), Some(&ToKiosk::Held { held: SealedBytes(vec![11]) }));
    assert_eq!(
        talk.machine.next_trigger_ms().filter(|due_ms| *due_ms <= talk.now_ms),
        None,
        "nothing more is due"
    );
}

#[test]
fn changes_are_asked_for_only_after_the_kiosk_has_said_where_it_is() {
    let mut talk = Talk::session();
    talk.kiosk_says(ToSync::Cursor { number: 3 });
    assert_eq!(talk.path(), "/locker/v1/changes?after=3&wait_s=20");
    // Nothing new: asked again by itself, but a hub that does not hold the question is not hammered.
    talk.answer(Answer::Ok(to_bytes(&Changes::default())));
    assert!(talk.wait() >= 1_000);
    assert_eq!(talk.path(), "/locker/v1/changes?after=3&wait_s=20");
    let changes = vec![SealedBytes(vec![1]), SealedBytes(vec![2])];
    talk.answer(Answer::Ok(to_bytes(&Changes { changes: changes.clone() })));
    assert_eq!(talk.kiosk.last(), Some(&ToKiosk::Changes { changes }));
    assert!(talk.asked.is_empty(), "the kiosk has not said that it took them");
    talk.kiosk_says(ToSync::Cursor { number: 5 });
    assert_eq!(talk.path(), "/locker/v1/changes?after=5&wait_s=20");
}

#[test]
fn a_token_that_no_longer_counts_begins_a_new_session() {
    let mut talk = Talk::session();
    talk.kiosk_says(ToSync::Batch { batch: SealedBytes(vec![9]), witness: SealedBytes(vec![10]) });
    talk.answer(Answer::NotAllowed);
    talk.finish_session("second");
    talk.kiosk_says(ToSync::Batch { batch: SealedBytes(vec![9]), witness: SealedBytes(vec![10]) });
    assert_eq!(talk.asked[0].1.bearer.as_deref(), Some("second"));
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let mut talk = Talk::held();
    let waited_ms = talk.wait();
    assert!((800_000..900_000).contains(&waited_ms), "a token lives 900 s: {waited_ms} ms");
    assert_eq!(talk.path(), "/locker/v1/nonce");
}

#[test]
fn a_renewal_that_fails_is_not_tried_again_at_once() {
    let mut talk = Talk::held();
    talk.wait();
    for _ in 0..5 {
        talk.answer(Answer::Failed);
        assert!(talk.machine.next_trigger_ms().unwrap() > talk.now_ms);
        talk.wait();
    }
}

#[test]
fn a_late_answer_does_not_drop_the_batch_that_came_meanwhile() {
    let mut talk = Talk::session();
    talk.kiosk_says(ToSync::Batch { batch: SealedBytes(vec![1]), witness: SealedBytes(vec![10]) });
    talk.kiosk_says(ToSync::Batch { batch: SealedBytes(vec![2]), witness: SealedBytes(vec![11]) });
    talk.answer(Answer::Refused(409));
    assert_eq!(talk.asked[0].1.body, [2]);
}

#[test]
fn a_hub_that_is_away_is_told_to_the_kiosk_once_and_asked_ever_more_seldom() {
    let mut talk = Talk::linked();
    talk.kiosk_says(ToSync::Identity { locker: LockerId(5), certificate: SealedBytes(vec![1]) });
    let mut waits = Vec::new();
    for _ in 0..12 {
        waits.push(talk.wait());
        talk.answer(Answer::Failed);
    }
    let offline = talk.kiosk.iter().filter(|message| matches!(message, ToKiosk::Offline)).count();
    assert_eq!(offline, 1);
    assert!(waits[11] >= 30_000 && waits[11] <= 60_000, "{waits:?}");
    talk.finish_session("at last");
    let online = talk.kiosk.iter().filter(|message| matches!(message, ToKiosk::Online)).count();
    assert_eq!(online, 1, "and so is its return");
}

#[test]
fn rubbish_from_the_hub_is_a_failure_like_any_other() {
    let mut talk = Talk::linked();
    talk.kiosk_says(ToSync::Identity { locker: LockerId(5), certificate: SealedBytes(vec![1]) });
    for rubbish in [vec![], vec![0xff; 100], b"<html>".to_vec()] {
        talk.wait();
        talk.answer(Answer::Ok(rubbish));
    }
    talk.finish_session("at last");
    talk.kiosk_says(ToSync::Cursor { number: 0 });
    talk.answer(Answer::Ok(b"<html>".to_vec()));
    talk.wait();
    assert_eq!(talk.path(), "/locker/v1/changes?after=0&wait_s=20");
}

#[test]
fn an_answer_to_its_hello_that_the_kiosk_does_not_believe_ends_the_session() {
    let mut talk = Talk::session();
    let waited_ms = talk.wait();
    assert!((30_000..35_000).contains(&waited_ms), "{waited_ms}");
    talk.finish_session("another");
    talk.kiosk_says(ToSync::Cursor { number: 0 });
    talk.answer(Answer::Ok(to_bytes(&Changes::default())));
    talk.wait();
    assert_eq!(talk.path(), "/locker/v1/changes?after=0&wait_s=20");
}

#[test]
fn when_the_kiosk_goes_away_its_session_ends_and_nothing_more_is_asked() {
    let mut talk = Talk::session();
    talk.kiosk_says(ToSync::Cursor { number: 3 });
    talk.input(Input::Unlinked);
    talk.asked.clear();
    talk.input(Input::Hub { lane: Lane::Down, answer: Answer::Ok(to_bytes(&Changes::default())) });
    talk.now_ms += 3_600_000;
    talk.input(Input::Tick);
    assert!(talk.asked.is_empty());
    assert_eq!(talk.machine.next_trigger_ms(), None);
}
