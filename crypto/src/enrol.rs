//! Both ends of an enrolment: the kiosk shows a [`Claim`], a person carries it to the hub, and from then on the two
//! trust each other's keys and share a code key. Whoever carries the messages between them learns neither the claim nor
//! the code key, and can change nothing.

mod schedule;

use std::fmt;

use locker_protocol::claim::Claim;
use locker_protocol::enrol::{EnrolAnswer, EnrolRequest};
use locker_protocol::{Hash, LockerId, PublicKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;

use crate::keys::CodeKey;
use crate::random::{RandomError, random};
use schedule::{ExchangeKeys, Message, code_key};

pub use schedule::claim_hash;

/// Why an enrolment did not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// No claim could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// No exchange key could be made, most likely for want of random bytes.
    #[error("no X25519 key could be made")]
    NoKey,
    /// The request is of another claim.
    #[error("the request is of the claim {found}, not of {expected}")]
    OtherClaim {
        /// The hash of the claim that was given.
        expected: Hash,
        /// What the request names.
        found: Hash,
    },
    /// The message was not made by someone who knows the claim, or was altered, or answers another request.
    #[error("the message is not authenticated by this claim")]
    Forged,
    /// The other side knows the claim, but its X25519 key makes no secret. The kiosk has to begin again, with another
    /// claim: its own key is spent.
    #[error("the other side's X25519 key makes no secret")]
    WeakKey,
    /// This enrolment's own key was spent on an answer with a weak key: begin again.
    #[error("this enrolment is spent")]
    Spent,
}

/// The kiosk's side, from the claim shown to the answer. It is never stored: a restart shows a new claim.
pub struct KioskEnrolment {
    claim: Claim,
    request: EnrolRequest,
    exchange: Option<EphemeralPrivateKey>,
}

/// What a locker knows once it is enrolled.
#[derive(Debug)]
pub struct Enrolment {
    /// Its id.
    pub locker: LockerId,
    /// The hub's Ed25519 key, pinned from now on.
    pub hub_key: PublicKey,
    /// The key of this locker's codes and PINs.
    pub code_key: CodeKey,
}

impl KioskEnrolment {
    /// Draws a claim and an exchange key.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn begin(journal_key: PublicKey) -> Result<Self, EnrolError> {
        let claim = Claim(random()?);
        let (exchange, exchange_key) = exchange_pair()?;
        let mac = Message::request(&exchange_key, &journal_key).mac(&claim);
        let request = EnrolRequest { claim: claim_hash(&claim), exchange_key, journal_key, mac };
        Ok(Self { claim, request, exchange: Some(exchange) })
    }

    /// To be shown to the person who carries it to the hub, and to nobody else: never logged, never sent to sync.
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// To be sent to the hub.
    pub fn request(&self) -> &EnrolRequest {
        &self.request
    }

    /// Takes the hub's answer. Its MAC is checked before anything of it is used.
    ///
    /// # Errors
    /// The enrolment comes back with the error. After [`EnrolError::Forged`] it goes on as if nothing had come;
    /// after [`EnrolError::WeakKey`] and [`EnrolError::Spent`] it can only be begun again.
    #[allow(
        clippy::result_large_err,
        reason = "the enrolment moves back to its only owner, once in a locker's life"
    )]
    pub fn finish(mut self, answer: &EnrolAnswer) -> Result<Enrolment, (Self, EnrolError)> {
        let EnrolAnswer { locker, exchange_key, hub_key, mac } = *answer;
        let keys = ExchangeKeys { kiosk: self.request.exchange_key, hub: exchange_key };
        if !Message::answer(&keys, &hub_key, &self.request.journal_key, locker).has_mac(&self.claim, &mac) {
            return Err((self, EnrolError::Forged));
        }
        let Some(exchange) = self.exchange.take() else {
            return Err((self, EnrolError::Spent));
        };
        match agree(exchange, &exchange_key, |secret| code_key(&self.claim, secret, &keys, locker)) {
            Ok(code_key) => Ok(Enrolment { locker, hub_key, code_key }),
            Err(error) => Err((self, error)),
        }
    }
}

impl fmt::Debug for KioskEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KioskEnrolment").field("request", &self.request).finish_non_exhaustive()
    }
}

/// The hub's side: answers the request of the locker that shows this claim, which from now on is `locker`.
///
/// The hub has to take each claim once and keep the answer: another call makes another code key.
///
/// # Errors
/// When the request is of another claim, was not made or was altered by someone who does not know the claim, or holds
/// a weak key; or when the operating system gives no random bytes.
pub fn answer(
    claim: &Claim,
    request: &EnrolRequest,
    locker: LockerId,
    hub_key: PublicKey,
) -> Result<(EnrolAnswer, CodeKey), EnrolError> {
    let expected = claim_hash(claim);
    if request.claim != expected {
        return Err(EnrolError::OtherClaim { expected, found: request.claim });
    }
    if !Message::request(&request.exchange_key, &request.journal_key).has_mac(claim, &request.mac) {
        return Err(EnrolError::Forged);
    }
    let (exchange, exchange_key) = exchange_pair()?;
    let keys = ExchangeKeys { kiosk: request.exchange_key, hub: exchange_key };
    let code_key = agree(exchange, &request.exchange_key, |secret| code_key(claim, secret, &keys, locker))?;
    let mac = Message::answer(&keys, &hub_key, &request.journal_key, locker).mac(claim);
    Ok((EnrolAnswer { locker, exchange_key, hub_key, mac }, code_key))
}

fn exchange_pair() -> Result<(EphemeralPrivateKey, PublicKey), EnrolError> {
    let private =
        EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).map_err(|_| EnrolError::NoKey)?;
    let public = private.compute_public_key().map_err(|_| EnrolError::NoKey)?;
    let public = PublicKey::try_from(public.as_ref()).map_err(|_| EnrolError::NoKey)?;
    Ok((private, public))
}

/// X25519. It fails where the other key lies in a small group, so that both sides' secret would be known.
fn agree(
    own: EphemeralPrivateKey,
    theirs: &PublicKey,
    derive: impl FnOnce(&[u8]) -> CodeKey,
) -> Result<CodeKey, EnrolError> {
    agree_ephemeral(own, &UnparsedPublicKey::new(&X25519, theirs.0), derive).map_err(|_| EnrolError::WeakKey)
}
