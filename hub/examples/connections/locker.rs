//! A locker as far as the hub can tell: enrolled, signed in, and waiting for changes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use locker_crypto::enrol::KioskEnrolment;
use locker_crypto::{SigningKey, VerifyingKey, random};
use locker_protocol::enrol::{EnrolAnswer, TransportCertificate};
use locker_protocol::seal::{from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{
    Changes, Hello, HelloAnswer, SealedBytes, TokenAnswer, TokenProof, TokenRequest,
};
use locker_protocol::{Hash, JournalId, LockerId, Nonce, Numbered, PublicKey};
use serde_json::json;
use tokio::sync::mpsc::Sender;

use crate::connection::{Connection, Failure};

/// How long `locker sync` lets the hub wait.
pub const WAIT_S: u64 = 20;

pub struct Locker {
    pub id: LockerId,
    connection: Connection,
    token: String,
    hub_key: PublicKey,
    cursor: u64,
}

/// A change that has arrived.
pub struct Arrival {
    pub locker: LockerId,
    pub at: Instant,
}

impl Locker {
    /// A person gives its claim to the hub over `operator`; the rest is the locker's own connection.
    pub async fn join(
        hub: SocketAddr,
        index: u32,
        operator: &mut Connection,
        key: &str,
    ) -> Result<Self, Failure> {
        let journal_key = SigningKey::from_seed(&random()?)?;
        let transport_key = SigningKey::from_seed(&random()?)?;
        let kiosk = KioskEnrolment::begin(journal_key.public_key())?;
        let claim = json!({ "claim": kiosk.claim().text(), "name": format!("Locker {index}") });
        operator.post_json(key, "/v1/lockers", &claim).await?;

        let mut connection = Connection::open(hub, index).await?;
        let request = to_bytes(kiosk.request());
        let answer: EnrolAnswer =
            from_bytes(&connection.post_cbor(None, "/locker/v1/enrol", request).await?)?;
        let enrolment = kiosk.finish(&answer).map_err(|(_, error)| error)?;
        let id = enrolment.locker;

        let hub_nonce: Nonce = from_bytes(&connection.get(None, "/locker/v1/nonce").await?)?;
        let certificate = TransportCertificate { locker: id, transport_key: transport_key.public_key() };
        let request = to_bytes(&TokenRequest {
            certificate: SealedBytes(seal(&certificate, &journal_key)),
            proof: SealedBytes(seal(&TokenProof { locker: id, hub_nonce }, &transport_key)),
        });
        let TokenAnswer { token, hub_nonce, .. } =
            from_bytes(&connection.post_cbor(None, "/locker/v1/token", request).await?)?;

        let hello = Hello {
            locker: id,
            journal: JournalId(random()?),
            head: 0,
            head_hash: Hash([0; 32]),
            cursor: 0,
            generation: 0,
            hub_nonce,
            kiosk_nonce: Nonce(random()?),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let hello = seal(&hello, &journal_key);
        let answer = connection.post_cbor(Some(&token), "/locker/v1/hello", hello).await?;
        let hub_key = enrolment.hub_key;
        let _: HelloAnswer = unseal(&answer, &VerifyingKey(hub_key))?;
        Ok(Self { id, connection, token, hub_key, cursor: 0 })
    }

    /// Holds one poll after the other; ends only by a failure.
    pub async fn wait_for_changes(mut self, polls: Arc<AtomicU64>, arrivals: Sender<Arrival>) -> Failure {
        loop {
            if let Err(failure) = self.poll(&polls, &arrivals).await {
                return failure;
            }
        }
    }

    async fn poll(&mut self, polls: &AtomicU64, arrivals: &Sender<Arrival>) -> Result<(), Failure> {
        let path = format!("/locker/v1/changes?after={}&wait_s={WAIT_S}", self.cursor);
        let answer = self.connection.get(Some(&self.token), &path).await?;
        let at = Instant::now();
        polls.fetch_add(1, Ordering::Relaxed);
        let Changes { changes } = from_bytes(&answer)?;
        for sealed in &changes {
            let numbered: Numbered = unseal(&sealed.0, &VerifyingKey(self.hub_key))?;
            if numbered.locker != self.id || numbered.number != self.cursor + 1 {
                return Err("a change that is not the next one of this locker".into());
            }
            self.cursor = numbered.number;
            arrivals.send(Arrival { locker: self.id, at }).await?;
        }
        Ok(())
    }
}
