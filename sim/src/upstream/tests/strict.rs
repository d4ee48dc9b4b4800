//! What the hub objects to, said by hand with the locker's own keys.

use locker_crypto::{SigningKey, entry_hash};
use locker_engine::sync::{Ask, Lane, Method};
use locker_protocol::enrol::TransportCertificate;
use locker_protocol::event::Stamp;
use locker_protocol::seal::{from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{
    Batch, EntryBytes, Held, Hello, HelloAnswer, SealedBytes, Standing, TokenAnswer, TokenProof, TokenRequest,
};
use locker_protocol::{Entry, Event, Hash, JournalId, LockerId, Nonce, Sign};

use super::rig::LOCKER;
use crate::chance::Chance;
use crate::upstream::hub::{Heard, Hub, Reply};

const JOURNAL: JournalId = JournalId([5; 16]);

/// A locker's two keys, and what it says.
struct Hand {
    hub: Hub,
    journal: SigningKey,
    transport: SigningKey,
    token: String,
    nonce: Nonce,
    entries: Vec<Vec<u8>>,
}

impl Hand {
    /// A locker whose journal has so many entries, in a session of its own.
    fn new(entries: u64) -> Self {
        let hub = Hub::new(Chance::new(1), LOCKER);
        let journal = SigningKey::from_seed(&hub.keys().journal_seed).unwrap();
        let transport = SigningKey::from_seed(&[9; 32]).unwrap();
        let mut hand = Self {
            hub,
            journal,
            transport,
            token: String::new(),
            nonce: Nonce([0; 16]),
            entries: Vec::new(),
        };
        for _ in 0..entries {
            hand.record(Event::Started { version: "by hand".to_owned() });
        }
        hand.begin_session();
        hand
    }

    fn record(&mut self, event: Event) {
        let before = self.head();
        let seq = self.entries.len() as u64 + 1;
        let at = Stamp { mono_ms: seq, unix_s: 0, from_hub: false };
        self.entries.push(to_bytes(&Entry { journal: JOURNAL, seq, at, before, event }));
    }

    fn head(&self) -> Hash {
        self.entries.last().map_or(Hash([0; 32]), |entry| entry_hash(entry))
    }

    fn asks(&mut self, method: Method, path: &str, body: Vec<u8>) -> Reply {
        let path = path.to_owned();
        let ask = Ask { method, path, bearer: Some(self.token.clone()), body, within_ms: 1_000 };
        match self.hub.hear(1, Lane::Control, &ask, true) {
            Heard::Answered(reply) => reply,
            Heard::Waits => panic!("it waits"),
        }
    }

    fn posts(&mut self, path: &str, body: Vec<u8>) -> Reply {
        self.asks(Method::Post, path, body)
    }

    fn begin_session(&mut self) {
        let Reply::Ok(nonce) = self.asks(Method::Get, "/locker/v1/nonce", Vec::new()) else { panic!() };
        let hub_nonce = from_bytes(&nonce).unwrap();
        let transport_key = Sign::public_key(&self.transport);
        let certificate = TransportCertificate { locker: LOCKER, transport_key };
        let proof = TokenProof { locker: LOCKER, hub_nonce };
        let request = TokenRequest {
            certificate: SealedBytes(seal(&certificate, &self.journal)),
            proof: SealedBytes(seal(&proof, &self.transport)),
        };
        let Reply::Ok(answer) = self.posts("/locker/v1/token", to_bytes(&request)) else { panic!() };
        let answer: TokenAnswer = from_bytes(&answer).unwrap();
        (self.token, self.nonce) = (answer.token, answer.hub_nonce);
    }

    fn hello(&self) -> Hello {
        Hello {
            locker: LOCKER,
            journal: JOURNAL,
            head: self.entries.len() as u64,
            head_hash: self.head(),
            cursor: 0,
            generation: 0,
            hub_nonce: self.nonce,
            kiosk_nonce: Nonce([3; 16]),
            version: String::new(),
        }
    }

    fn says_hello(&mut self, hello: &Hello) -> Reply {
        let body = seal(hello, &self.journal);
        self.posts("/locker/v1/hello", body)
    }

    fn standing(&mut self, hello: &Hello) -> Standing {
        let Reply::Ok(answer) = self.says_hello(hello) else { panic!("no answer") };
        let key = locker_crypto::VerifyingKey(self.hub.keys().hub_key);
        unseal::<HelloAnswer>(&answer, &key).unwrap().standing
    }

    /// Entries from `first` to `last`.
    fn batch(&self, first: u64, last: u64) -> Batch {
        let place = |seq: u64| usize::try_from(seq).unwrap();
        let entries: Vec<_> =
            self.entries[place(first) - 1..place(last)].iter().cloned().map(EntryBytes).collect();
        let before: Entry = from_bytes(&entries[0].0).unwrap();
        let last_hash = entry_hash(&entries.last().unwrap().0);
        let (locker, journal, hub_nonce) = (LOCKER, JOURNAL, self.nonce);
        let kiosk_nonce = Some(Nonce([4; 16]));
        Batch { locker, journal, first, before: before.before, entries, last_hash, hub_nonce, kiosk_nonce }
    }

    fn sends(&mut self, batch: &Batch) -> Option<u64> {
        let body = seal(batch, &self.journal);
        match self.posts("/locker/v1/events", body) {
            Reply::Ok(held) => {
                let key = locker_crypto::VerifyingKey(self.hub.keys().hub_key);
                Some(unseal::<Held>(&held, &key).unwrap().up_to)
            }
            _ => None,
        }
    }

    /// The one objection.
    fn objection(&self) -> &str {
        assert_eq!(self.hub.complaints().len(), 1, "{:#?}", self.hub.complaints());
        &self.hub.complaints()[0]
    }
}

#[test]
fn an_honest_locker_is_not_objected_to_however_often_it_repeats_itself() {
    let mut hand = Hand::new(5);
    let hello = hand.hello();
    assert_eq!(hand.standing(&hello), Standing::InStep);
    for (first, last, held) in [(1, 2, 2), (1, 4, 4), (2, 3, 4), (5, 5, 5), (1, 5, 5)] {
        let batch = hand.batch(first, last);
        assert_eq!(hand.sends(&batch), Some(held));
    }
    assert_eq!(hand.hub.complaints(), [""; 0]);
    assert_eq!(hand.hub.journals()[0].entries().len(), 5);
}

#[test]
fn a_gap_is_objected_to_and_not_held() {
    let mut hand = Hand::new(5);
    let hello = hand.hello();
    hand.says_hello(&hello);
    let batch = hand.batch(3, 5);
    assert_eq!(hand.sends(&batch), Some(0));
    assert!(hand.objection().contains("a gap"));
}

#[test]
fn an_event_that_changed_under_its_number_is_objected_to() {
    let mut hand = Hand::new(3);
    let hello = hand.hello();
    hand.says_hello(&hello);
    let batch = hand.batch(1, 3);
    hand.sends(&batch);
    hand.entries.truncate(2);
    hand.record(Event::SignedIn { staff: locker_protocol::StaffId(3) });
    let batch = hand.batch(3, 3);
    assert_eq!(hand.sends(&batch), Some(3));
    assert!(hand.objection().contains("is not what it was"));
    assert!(hand.hub.journals()[0].is_forked);
}

#[test]
fn a_journal_that_ends_before_what_was_handed_over_is_objected_to() {
    let mut hand = Hand::new(3);
    let hello = hand.hello();
    hand.says_hello(&hello);
    let batch = hand.batch(1, 3);
    hand.sends(&batch);
    hand.entries.truncate(2);
    hand.begin_session();
    let hello = hand.hello();
    assert_eq!(hand.standing(&hello), Standing::Forked);
    assert!(hand.objection().contains("ends at 2"));
}

#[test]
fn a_hello_that_lies_about_its_head_or_its_cursor_is_objected_to_once_the_entries_come() {
    for lie in [|hello: &mut Hello| hello.head_hash = Hash([1; 32]), |hello: &mut Hello| hello.cursor = 0] {
        let mut hand = Hand::new(1);
        let number = hand.hub.refill_codes();
        hand.begin_session();
        let first = Hello { head: 1, ..hand.hello() };
        hand.says_hello(&first);
        let Reply::Ok(_) = hand.asks(Method::Get, "/locker/v1/changes?after=0&wait_s=0", Vec::new()) else {
            panic!("no change")
        };
        hand.record(Event::Applied { number, change: locker_protocol::Change::RefillCodes });
        hand.begin_session();
        let mut hello = Hello { cursor: number, ..hand.hello() };
        lie(&mut hello);
        hand.says_hello(&hello);
        assert_eq!(hand.hub.complaints(), [""; 0]);
        let batch = hand.batch(1, 2);
        assert_eq!(hand.sends(&batch), Some(2));
        assert!(hand.objection().contains("a hello"));
    }
}

#[test]
fn what_the_locker_did_not_sign_or_signed_for_another_is_objected_to() {
    let mut hand = Hand::new(1);
    let forged = seal(&hand.hello(), &hand.transport);
    assert_eq!(hand.posts("/locker/v1/hello", forged), Reply::Status(403));
    assert!(hand.objection().contains("a hello"));
    let mut hand = Hand::new(1);
    let other = Hello { locker: LockerId(78), ..hand.hello() };
    assert_eq!(hand.says_hello(&other), Reply::Status(403));
    assert!(hand.objection().contains("another locker"));
}

#[test]
fn a_change_that_was_not_asked_or_is_answered_out_of_turn_is_objected_to() {
    let mut hand = Hand::new(1);
    hand.hub.refill_codes();
    hand.hub.refill_codes();
    let hello = hand.hello();
    hand.says_hello(&hello);
    // Signed when it is given out, not before.
    hand.record(Event::Applied { number: 1, change: locker_protocol::Change::RefillCodes });
    let batch = hand.batch(1, 2);
    hand.sends(&batch);
    assert!(hand.objection().contains("never signed"));
    let mut hand = Hand::new(1);
    hand.hub.refill_codes();
    hand.hub.refill_codes();
    let hello = hand.hello();
    hand.says_hello(&hello);
    hand.asks(Method::Get, "/locker/v1/changes?after=0&wait_s=0", Vec::new());
    hand.record(Event::Applied { number: 2, change: locker_protocol::Change::RefillCodes });
    let batch = hand.batch(1, 2);
    hand.sends(&batch);
    assert!(hand.objection().contains("was answered after"));
}

#[test]
fn an_old_hello_that_is_carried_late_forks_nothing() {
    let mut hand = Hand::new(2);
    let late = (hand.token.clone(), seal(&hand.hello(), &hand.journal));
    hand.begin_session();
    let hello = hand.hello();
    hand.says_hello(&hello);
    hand.record(Event::Started { version: "later".to_owned() });
    let batch = hand.batch(1, 3);
    assert_eq!(hand.sends(&batch), Some(3));
    // The hello of this session once more is answered as it was; that of the one before no longer counts.
    assert!(matches!(hand.says_hello(&hello), Reply::Ok(_)));
    hand.token = late.0;
    assert_eq!(hand.posts("/locker/v1/hello", late.1), Reply::Status(401));
    assert_eq!(hand.hub.complaints(), [""; 0]);
    assert!(!hand.hub.journals()[0].is_forked);
}

/// Sync could have the kiosk say hello in the later session first, keep it back, and go on in the earlier one.
#[test]
fn an_earlier_session_ends_when_another_begins() {
    let mut hand = Hand::new(2);
    let earlier = (hand.token.clone(), hand.nonce);
    hand.begin_session();
    let later = (hand.token.clone(), hand.nonce);
    let kept_back = hand.hello();
    (hand.token, hand.nonce) = earlier;
    let hello = hand.hello();
    assert_eq!(hand.says_hello(&hello), Reply::Status(401));
    let batch = hand.batch(1, 2);
    assert_eq!(hand.sends(&batch), None);
    (hand.token, hand.nonce) = later;
    assert_eq!(hand.standing(&kept_back), Standing::InStep);
    assert_eq!(hand.hub.complaints(), [""; 0]);
}
