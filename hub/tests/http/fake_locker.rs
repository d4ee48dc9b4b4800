//! A locker as the hub sees it: kiosk and sync in one, with a journal that says whatever a test wants.

use locker_crypto::enrol::KioskEnrolment;
use locker_crypto::{CodeKey, SigningKey, VerifyingKey, entry_hash, random};
use locker_protocol::enrol::{EnrolAnswer, TransportCertificate};
use locker_protocol::event::{Entry, Event, Stamp};
use locker_protocol::seal::{from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{
    Batch, Changes, EntryBytes, Held, Hello, HelloAnswer, SealedBytes, TokenAnswer, TokenProof, TokenRequest,
};
use locker_protocol::{Hash, JournalId, LockerId, Nonce, Numbered, PublicKey};
use serde_json::json;

use crate::running::{Answer, BEGIN_UNIX_S, RunningHub};

pub struct FakeLocker {
    pub id: LockerId,
    pub hub_key: PublicKey,
    pub code_key: CodeKey,
    pub journal_key: SigningKey,
    pub transport_key: SigningKey,
    pub journal: JournalId,
    pub entries: Vec<Vec<u8>>,
    pub cursor: u64,
    pub generation: u64,
    pub token: String,
    pub hub_nonce: Nonce,
}

pub fn fresh_key() -> SigningKey {
    SigningKey::from_seed(&random().unwrap()).unwrap()
}

impl FakeLocker {
    /// A locker that was claimed, enrolled, and has said its first hello.
    pub async fn enrolled(hub: &RunningHub) -> Self {
        let journal_key = fresh_key();
        let kiosk = KioskEnrolment::begin(journal_key.public_key()).unwrap();
        let claim = json!({ "claim": kiosk.claim().text(), "name": "Main Street" });
        hub.post(&hub.operator, "/v1/lockers", &claim).await.expect(201);
        let answer = hub.post_cbor(None, "/locker/v1/enrol", to_bytes(kiosk.request())).await;
        let answer: EnrolAnswer = from_bytes(answer.cbor()).unwrap();
        let enrolment = kiosk.finish(&answer).map_err(|(_, error)| error).unwrap();
        let mut locker = Self {
            id: enrolment.locker,
            hub_key: enrolment.hub_key,
            code_key: enrolment.code_key,
            journal_key,
            transport_key: fresh_key(),
            journal: JournalId(random().unwrap()),
            entries: Vec::new(),
            cursor: 0,
            generation: 0,
            token: String::new(),
            hub_nonce: Nonce([0; 16]),
        };
        locker.hello(hub).await;
        locker
    }

    pub fn certificate(&self) -> SealedBytes {
        let certificate =
            TransportCertificate { locker: self.id, transport_key: self.transport_key.public_key() };
        SealedBytes(seal(&certificate, &self.journal_key))
    }

    pub async fn nonce(hub: &RunningHub) -> Nonce {
        let answer =
            Answer::of(hub.request(reqwest::Method::GET, "/locker/v1/nonce").send().await.unwrap()).await;
        from_bytes(answer.cbor()).unwrap()
    }

    pub fn token_request(&self, hub_nonce: Nonce) -> TokenRequest {
        let proof = TokenProof { locker: self.id, hub_nonce };
        TokenRequest {
            certificate: self.certificate(),
            proof: SealedBytes(seal(&proof, &self.transport_key)),
        }
    }

    pub async fn sign_in(&mut self, hub: &RunningHub) {
        let request = self.token_request(Self::nonce(hub).await);
        let answer = hub.post_cbor(None, "/locker/v1/token", to_bytes(&request)).await;
        let answer: TokenAnswer = from_bytes(answer.cbor()).unwrap();
        self.token = answer.token;
        self.hub_nonce = answer.hub_nonce;
    }

    pub fn head_hash(&self) -> Hash {
        self.entries.last().map_or(Hash([0; 32]), |entry| entry_hash(entry))
    }

    pub fn hello_message(&self) -> Hello {
        Hello {
            locker: self.id,
            journal: self.journal,
            head: self.entries.len() as u64,
            head_hash: self.head_hash(),
            cursor: self.cursor,
            generation: self.generation,
            hub_nonce: self.hub_nonce,
            kiosk_nonce: Nonce(random().unwrap()),
            version: "0.1.0-test".to_owned(),
        }
    }

    /// Begins a session and says hello in it.
    pub async fn hello(&mut self, hub: &RunningHub) -> HelloAnswer {
        self.sign_in(hub).await;
        let hello = self.hello_message();
        let answer =
            hub.post_cbor(Some(&self.token), "/locker/v1/hello", seal(&hello, &self.journal_key)).await;
        let answer: HelloAnswer = unseal(answer.cbor(), &VerifyingKey(self.hub_key)).unwrap();
        assert_eq!(answer.kiosk_nonce, hello.kiosk_nonce);
        assert_eq!(answer.locker, self.id);
        self.generation = answer.generation;
        answer
    }

    /// Writes events into the journal.
    pub fn write(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            let seq = self.entries.len() as u64 + 1;
            let entry = Entry {
                journal: self.journal,
                seq,
                at: Stamp { mono_ms: seq * 10, unix_s: BEGIN_UNIX_S, from_hub: true },
                before: self.head_hash(),
                event,
            };
            self.entries.push(to_bytes(&entry));
        }
    }

    /// The entries `first..=last` as a batch.
    pub fn batch(&self, first: u64, last: u64) -> Batch {
        let entries: Vec<_> =
            self.entries[first as usize - 1..last as usize].iter().cloned().map(EntryBytes).collect();
        let before = if first == 1 { Hash([0; 32]) } else { entry_hash(&self.entries[first as usize - 2]) };
        let last_hash = entries.last().map_or(before, |entry| entry_hash(&entry.0));
        Batch {
            locker: self.id,
            journal: self.journal,
            first,
            before,
            entries,
            last_hash,
            hub_nonce: self.hub_nonce,
            kiosk_nonce: Some(Nonce(random().unwrap())),
        }
    }

    pub async fn send_batch(&self, hub: &RunningHub, batch: &Batch) -> Answer {
        hub.post_cbor(Some(&self.token), "/locker/v1/events", seal(batch, &self.journal_key)).await
    }

    /// Sends the entries `first..=last`; the answer is how far the hub holds the journal.
    pub async fn send(&self, hub: &RunningHub, first: u64, last: u64) -> u64 {
        let batch = self.batch(first, last);
        let answer = self.send_batch(hub, &batch).await;
        let held: Held = unseal(answer.cbor(), &VerifyingKey(self.hub_key)).unwrap();
        assert_eq!((held.locker, held.journal), (self.id, self.journal));
        assert_eq!(held.kiosk_nonce, batch.kiosk_nonce, "it says which batch it answers");
        held.up_to
    }

    /// Writes events and sends them.
    pub async fn tell(&mut self, hub: &RunningHub, events: impl IntoIterator<Item = Event>) {
        let first = self.entries.len() as u64 + 1;
        self.write(events);
        let last = self.entries.len() as u64;
        assert_eq!(self.send(hub, first, last).await, last);
    }

    /// The changes after a number, verified.
    pub async fn changes_after(&self, hub: &RunningHub, after: u64, wait_s: u64) -> Vec<Numbered> {
        let path = format!("/locker/v1/changes?after={after}&wait_s={wait_s}");
        let answer = hub.get(&self.token, &path).await;
        let changes: Changes = from_bytes(answer.cbor()).unwrap();
        changes.changes.iter().map(|sealed| unseal(&sealed.0, &VerifyingKey(self.hub_key)).unwrap()).collect()
    }

    /// Fetches all changes and answers each as applied.
    pub async fn apply_changes(&mut self, hub: &RunningHub) -> Vec<Numbered> {
        let changes = self.changes_after(hub, self.cursor, 0).await;
        for numbered in &changes {
            assert_eq!(numbered.number, self.cursor + 1, "numbers leave no gap");
            assert_eq!(numbered.locker, self.id);
            self.cursor = numbered.number;
        }
        let applied: Vec<_> = changes
            .iter()
            .map(|numbered| Event::Applied { number: numbered.number, change: numbered.change.clone() })
            .collect();
        if !applied.is_empty() {
            self.tell(hub, applied).await;
        }
        changes
    }
}
