//! The kiosk's end of the talk with the hub. Sync only carries: what goes up is signed here, what comes down is verified
//! here, and whatever is not the hub's, for this locker, is dropped and logged.

use locker_core::faults::{self, Fault};
use locker_crypto::VerifyingKey;
use locker_crypto::enrol::{EnrolError, KioskEnrolment};
use locker_protocol::enrol::{EnrolAnswer, TransportCertificate};
use locker_protocol::link::{ToKiosk, ToSync, Witness};
use locker_protocol::seal::{SealError, from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{Batch, Held, Hello, HelloAnswer, MAX_BATCH_ENTRIES, SealedBytes, Standing};
use locker_protocol::{JournalId, Nonce, Numbered, PublicKey};

use crate::gullible::Unless;
use crate::journal::Outgoing;
use crate::keys::KeyRing;

/// A cursor that was not answered is said again after this, in milliseconds: sync or the hub may have dropped a change.
const CURSOR_AGAIN_MS: u64 = 30_000;
/// The same for a batch, in milliseconds.
const BATCH_AGAIN_MS: u64 = 60_000;
/// The most bytes of entries in one batch.
const MAX_BATCH_BYTES: usize = 128 * 1024;

/// What a message of sync comes to, once verified.
#[derive(Debug)]
pub enum Verified {
    /// Sync remembers how far the journal had come.
    Witness(Witness),
    /// The hub answered the claim; the keys are for the key ring.
    Enrolled(locker_crypto::enrol::Enrolment),
    /// A session began: hello is due.
    Session,
    /// The hub's time, and how it sees our history.
    Greeted {
        /// Seconds since 1970, UTC.
        unix_s: u64,
        /// The last number of this journal that the hub holds.
        held: u64,
        /// How it sees our history.
        standing: Standing,
    },
    /// Changes, each the hub's, for this locker, in the order in which they came.
    Changes(Vec<Numbered>),
    /// The hub holds the journal so far.
    Held {
        /// Which journal.
        journal: JournalId,
        /// Its last number held.
        up_to: u64,
        /// Whether that takes in any of the batch that was sent last.
        took: bool,
    },
    /// There is no network, as far as sync can tell.
    Offline,
    /// There is one again.
    Online,
}

/// Why a message of sync was dropped.
#[derive(Debug, thiserror::Error)]
pub enum Dropped {
    /// Not sealed by the hub for this purpose, or not understood.
    #[error("{what} from sync: {why}")]
    NotTheHubs {
        /// Which message.
        what: &'static str,
        /// What is wrong with it.
        why: SealError,
    },
    /// Sealed by the hub, but for another locker.
    #[error("{what} from sync is for another locker")]
    OtherLocker {
        /// Which message.
        what: &'static str,
    },
    /// An answer to something that was not asked (any more).
    #[error("{what} from sync answers nothing that was asked")]
    NotAsked {
        /// Which message.
        what: &'static str,
    },
    /// The enrolment's answer does not hold.
    #[error("the enrolment's answer from sync: {0}")]
    Enrolment(#[from] EnrolError),
}

/// The state of the talk.
#[derive(Default)]
pub struct Uplink {
    /// The enrolment under way, while the locker has no owner.
    enrolment: Option<KioskEnrolment>,
    transport_key: Option<PublicKey>,
    hub_nonce: Option<Nonce>,
    /// The nonce of a hello that is not answered yet.
    asked: Option<Nonce>,
    greeted: bool,
    generation: u64,
    batch_sent_ms: Option<u64>,
    /// The batch that was sent last, until it is answered.
    sent: Option<SentBatch>,
    /// The cursor last said, and when.
    cursor_said: Option<(u64, u64)>,
}

/// A batch that waits for its answer.
struct SentBatch {
    /// Which its answer has to carry.
    nonce: Nonce,
    journal: JournalId,
    first: u64,
}

impl Uplink {
    /// Begins an enrolment: a claim to be shown. A restart shows a new one.
    ///
    /// # Errors
    /// When no keys can be drawn.
    pub fn begin_enrolment(&mut self, keys: &KeyRing) -> Result<String, EnrolError> {
        let enrolment = KioskEnrolment::begin(locker_protocol::Sign::public_key(keys.journal()))?;
        let claim = enrolment.claim().text();
        self.enrolment = Some(enrolment);
        Ok(claim)
    }

    /// Sync went away.
    pub fn unlinked(&mut self) {
        *self = Self { enrolment: self.enrolment.take(), generation: self.generation, ..Self::default() };
    }

    /// Whether the hub knows us in this session.
    pub fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// Takes a message of sync.
    ///
    /// # Errors
    /// See [`Dropped`]: nothing happened then.
    pub fn receive(&mut self, message: ToKiosk, keys: &KeyRing) -> Result<Option<Verified>, Dropped> {
        match message {
            ToKiosk::Ready { transport_key, witness } => {
                self.unlinked();
                self.transport_key = Some(transport_key);
                let own = VerifyingKey(keys.journal().public_key());
                let witness = witness.map(|witness| unseal(&witness.0, &own)).transpose();
                // A memory that is not ours tells nothing, and the talk goes on.
                Ok(witness
                    .unwrap_or_else(|why| {
                        log::warn!("sync's memory of the journal is dropped: {why}");
                        None
                    })
                    .map(Verified::Witness))
            }
            ToKiosk::Enrolled { answer } => self.enrolled(&answer),
            ToKiosk::Session { hub_nonce } => {
                self.hub_nonce = Some(hub_nonce);
                self.greeted = false;
                self.batch_sent_ms = None;
                self.sent = None;
                self.cursor_said = None;
                Ok(Some(Verified::Session))
            }
            ToKiosk::HelloAnswer { answer } => self.hello_answer(&answer, keys).map(Some),
            ToKiosk::Changes { changes } => self.changes(&changes, keys).map(Some),
            ToKiosk::Held { held } => {
                let what = "an acknowledgement";
                let network = keys.network().ok_or(Dropped::NotAsked { what })?;
                let hub = Unless(Fault::AcknowledgementNotVerified, &network.hub);
                let held: Held = unseal(&held.0, &hub).map_err(|why| Dropped::NotTheHubs { what, why })?;
                if held.locker != network.locker {
                    return Err(Dropped::OtherLocker { what });
                }
                // What the hub once said of an earlier batch is no word about this one, nor about what it holds now.
                let sent = self
                    .sent
                    .take_if(|sent| held.kiosk_nonce == Some(sent.nonce))
                    .ok_or(Dropped::NotAsked { what })?;
                let took = sent.journal == held.journal && held.up_to >= sent.first;
                // Without progress the same again would be answered the same: that waits.
                if took {
                    self.batch_sent_ms = None;
                }
                Ok(Some(Verified::Held { journal: held.journal, up_to: held.up_to, took }))
            }
            // Sync goes on trying with what it has; the session may still be good.
            ToKiosk::Offline => Ok(Some(Verified::Offline)),
            ToKiosk::Online => Ok(Some(Verified::Online)),
        }
    }

    /// What sync is to be told when it has just connected.
    pub fn introduction(&self, keys: &KeyRing) -> Option<ToSync> {
        let transport_key = self.transport_key?;
        match (keys.network(), &self.enrolment) {
            (Some(network), _) => {
                let certificate = TransportCertificate { locker: network.locker, transport_key };
                Some(ToSync::Identity {
                    locker: network.locker,
                    certificate: SealedBytes(seal(&certificate, keys.journal())),
                })
            }
            (None, Some(enrolment)) => {
                Some(ToSync::Enrol { request: SealedBytes(to_bytes(enrolment.request())) })
            }
            (None, None) => None,
        }
    }

    /// The hello of this session. `kiosk_nonce` must be random: the hub's answer has to carry it.
    pub fn hello(
        &mut self,
        keys: &KeyRing,
        kiosk_nonce: Nonce,
        head: Witness,
        cursor: u64,
    ) -> Option<ToSync> {
        let (network, hub_nonce) = (keys.network()?, self.hub_nonce?);
        self.asked = Some(kiosk_nonce);
        let hello = Hello {
            locker: network.locker,
            journal: head.journal,
            head: head.seq,
            head_hash: head.hash,
            cursor,
            generation: self.generation,
            hub_nonce,
            kiosk_nonce,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Some(ToSync::Hello { hello: SealedBytes(seal(&hello, keys.journal())) })
    }

    /// Whether a batch may go up now.
    pub fn wants_batch(&self, now_ms: u64) -> bool {
        self.greeted && self.batch_sent_ms.is_none_or(|sent_ms| now_ms >= sent_ms + BATCH_AGAIN_MS)
    }

    /// How much one batch takes.
    pub fn batch_limits() -> (usize, usize) {
        (MAX_BATCH_ENTRIES, MAX_BATCH_BYTES)
    }

    /// The last batch is given up: the next may go at once.
    pub fn give_up_batch(&mut self) {
        self.batch_sent_ms = None;
    }

    /// Signs a batch. `kiosk_nonce` must be random: the hub's answer has to carry it.
    pub fn batch(
        &mut self,
        now_ms: u64,
        outgoing: Outgoing,
        kiosk_nonce: Nonce,
        keys: &KeyRing,
    ) -> Option<ToSync> {
        let (network, hub_nonce) = (keys.network()?, self.hub_nonce?);
        let last = outgoing.first + u64::try_from(outgoing.entries.len()).ok()?.checked_sub(1)?;
        let witness = Witness { journal: outgoing.journal, seq: last, hash: outgoing.last_hash };
        let batch = Batch {
            locker: network.locker,
            journal: outgoing.journal,
            first: outgoing.first,
            before: outgoing.before,
            entries: outgoing.entries,
            last_hash: outgoing.last_hash,
            hub_nonce,
            kiosk_nonce: Some(kiosk_nonce),
        };
        self.batch_sent_ms = Some(now_ms);
        self.sent = Some(SentBatch { nonce: kiosk_nonce, journal: batch.journal, first: batch.first });
        let batch = SealedBytes(seal(&batch, keys.journal()));
        Some(ToSync::Batch { batch, witness: SealedBytes(seal(&witness, keys.journal())) })
    }

    /// Which changes are wanted, when sync should be told.
    pub fn cursor(&mut self, now_ms: u64, cursor: u64) -> Option<ToSync> {
        let due = match self.cursor_said {
            None => true,
            Some((said, at_ms)) => said != cursor || now_ms >= at_ms + CURSOR_AGAIN_MS,
        };
        if !self.greeted || !due {
            return None;
        }
        self.cursor_said = Some((cursor, now_ms));
        Some(ToSync::Cursor { number: cursor })
    }

    /// When something is to be said again, in monotonic milliseconds.
    pub fn next_trigger_ms(&self) -> Option<u64> {
        if !self.greeted {
            return None;
        }
        let cursor = self.cursor_said.map(|(_, at_ms)| at_ms + CURSOR_AGAIN_MS);
        let batch = self.batch_sent_ms.map(|at_ms| at_ms + BATCH_AGAIN_MS);
        [cursor, batch].into_iter().flatten().min()
    }

    fn enrolled(&mut self, answer: &SealedBytes) -> Result<Option<Verified>, Dropped> {
        let what = "an enrolment's answer";
        let enrolment = self.enrolment.take().ok_or(Dropped::NotAsked { what })?;
        let answer: EnrolAnswer = match from_bytes(&answer.0) {
            Ok(answer) => answer,
            Err(why) => {
                self.enrolment = Some(enrolment);
                let why = SealError::NotUnderstood { why: why.to_string() };
                return Err(Dropped::NotTheHubs { what, why });
            }
        };
        match enrolment.finish(&answer) {
            Ok(enrolled) => Ok(Some(Verified::Enrolled(enrolled))),
            Err((enrolment, why)) => {
                self.enrolment = Some(enrolment);
                Err(why.into())
            }
        }
    }

    fn hello_answer(&mut self, answer: &SealedBytes, keys: &KeyRing) -> Result<Verified, Dropped> {
        let what = "a hello's answer";
        let network = keys.network().ok_or(Dropped::NotAsked { what })?;
        let answer: HelloAnswer =
            unseal(&answer.0, &network.hub).map_err(|why| Dropped::NotTheHubs { what, why })?;
        if answer.locker != network.locker {
            return Err(Dropped::OtherLocker { what });
        }
        let any = faults::is(Fault::HelloOfAnotherDay);
        if self.asked.take_if(|asked| *asked == answer.kiosk_nonce || any).is_none() {
            return Err(Dropped::NotAsked { what });
        }
        self.greeted = answer.standing != Standing::Forked;
        self.generation = answer.generation;
        Ok(Verified::Greeted { unix_s: answer.unix_s, held: answer.held, standing: answer.standing })
    }

    fn changes(&mut self, changes: &[SealedBytes], keys: &KeyRing) -> Result<Verified, Dropped> {
        let what = "a change";
        let network = keys.network().ok_or(Dropped::NotAsked { what })?;
        let mut verified = Vec::with_capacity(changes.len().min(MAX_BATCH_ENTRIES));
        for sealed in changes {
            let hub = Unless(Fault::ChangeNotVerified, &network.hub);
            let change: Numbered = match unseal(&sealed.0, &hub) {
                Ok(change) => change,
                // Those before it count; those after it wait for it.
                Err(why) if verified.is_empty() => return Err(Dropped::NotTheHubs { what, why }),
                Err(why) => {
                    log::warn!("{}", Dropped::NotTheHubs { what, why });
                    break;
                }
            };
            if change.locker != network.locker && !faults::is(Fault::ChangeOfAnotherLocker) {
                return Err(Dropped::OtherLocker { what });
            }
            verified.push(change);
        }
        Ok(Verified::Changes(verified))
    }
}
