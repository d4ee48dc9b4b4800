//! Both ends of an enrolment: the kiosk shows a [`Claim`], a person carries it to the hub, and from then on the two
//! trust each other's keys and share a code key. Whoever carries the messages between them sees neither.

use std::fmt;

use locker_protocol::claim::Claim;
use locker_protocol::enrol::{EnrolAnswer, EnrolRequest};
use locker_protocol::{Hash, LockerId, PublicKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use ring::{hkdf, hmac};

use crate::hash::sha256;
use crate::keys::CodeKey;
use crate::random::{RandomError, random};

const CLAIM: &[u8] = b"locker/1/claim";
const REQUEST: &[u8] = b"locker/1/enrol-request";
const ANSWER: &[u8] = b"locker/1/enrol-answer";
const CODE_KEY: &[u8] = b"locker/1/code-key";

/// Why an enrolment did not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// No key or claim could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// No exchange key could be made, though random bytes were there.
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

/// Which claim: SHA-256 of `"locker/1/claim" || secret`. It tells nothing of the secret.
pub fn claim_hash(claim: &Claim) -> Hash {
    Hash(sha256(&[CLAIM, &claim.0]))
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
        let mac = sign(&claim, &request_parts(&exchange_key, &journal_key));
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
    /// after [`EnrolError::WeakKey`] it is spent.
    #[allow(
        clippy::result_large_err,
        reason = "the enrolment moves back to its only owner, once in a locker's life"
    )]
    pub fn finish(mut self, answer: &EnrolAnswer) -> Result<Enrolment, (Self, EnrolError)> {
        let locker_bytes = answer.locker.0.to_be_bytes();
        let parts = answer_parts(&self.request, &answer.exchange_key, &answer.hub_key, &locker_bytes);
        if let Err(error) = verify(&self.claim, &parts, &answer.mac) {
            return Err((self, error));
        }
        let Some(exchange) = self.exchange.take() else {
            return Err((self, EnrolError::Spent));
        };
        let keys = ExchangeKeys { kiosk: self.request.exchange_key, hub: answer.exchange_key };
        match agree(exchange, &answer.exchange_key, |secret| {
            code_key(&self.claim, secret, &keys, answer.locker)
        }) {
            Ok(code_key) => Ok(Enrolment { locker: answer.locker, hub_key: answer.hub_key, code_key }),
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
/// The hub has to take each claim once: a second answer would make a second code key.
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
    verify(claim, &request_parts(&request.exchange_key, &request.journal_key), &request.mac)?;
    let (exchange, exchange_key) = exchange_pair()?;
    let keys = ExchangeKeys { kiosk: request.exchange_key, hub: exchange_key };
    let code_key = agree(exchange, &request.exchange_key, |secret| code_key(claim, secret, &keys, locker))?;
    let mac = sign(claim, &answer_parts(request, &exchange_key, &hub_key, &locker.0.to_be_bytes()));
    Ok((EnrolAnswer { locker, exchange_key, hub_key, mac }, code_key))
}

/// Both public X25519 keys of one enrolment.
struct ExchangeKeys {
    kiosk: PublicKey,
    hub: PublicKey,
}

// Every part but the first has a fixed length and each list begins with its own purpose, so no two lists of parts
// give the same bytes.
fn request_parts<'a>(exchange_key: &'a PublicKey, journal_key: &'a PublicKey) -> [&'a [u8]; 3] {
    [REQUEST, &exchange_key.0, &journal_key.0]
}

fn answer_parts<'a>(
    request: &'a EnrolRequest,
    exchange_key: &'a PublicKey,
    hub_key: &'a PublicKey,
    locker: &'a [u8; 4],
) -> [&'a [u8]; 6] {
    [ANSWER, &request.exchange_key.0, &exchange_key.0, &hub_key.0, &request.journal_key.0, locker]
}

fn mac_key(claim: &Claim) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &claim.0)
}

fn sign(claim: &Claim, parts: &[&[u8]]) -> Hash {
    let mac = hmac::sign(&mac_key(claim), &parts.concat());
    let mut bytes = [0; 32];
    // A tag of HMAC-SHA256 has 32 bytes, so the lengths are equal.
    bytes.copy_from_slice(mac.as_ref());
    Hash(bytes)
}

/// Compares in constant time.
fn verify(claim: &Claim, parts: &[&[u8]], mac: &Hash) -> Result<(), EnrolError> {
    hmac::verify(&mac_key(claim), &parts.concat(), &mac.0).map_err(|_| EnrolError::Forged)
}

fn exchange_pair() -> Result<(EphemeralPrivateKey, PublicKey), EnrolError> {
    let private =
        EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).map_err(|_| EnrolError::NoKey)?;
    let public = private.compute_public_key().map_err(|_| EnrolError::NoKey)?;
    let public = PublicKey::try_from(public.as_ref()).map_err(|_| EnrolError::NoKey)?;
    Ok((private, public))
}

fn agree(
    own: EphemeralPrivateKey,
    theirs: &PublicKey,
    derive: impl FnOnce(&[u8]) -> CodeKey,
) -> Result<CodeKey, EnrolError> {
    agree_ephemeral(own, &UnparsedPublicKey::new(&X25519, theirs.0), derive).map_err(|_| EnrolError::WeakKey)
}

/// HKDF-SHA256 (RFC 5869): salt = the claim's secret, input = the X25519 shared secret,
/// info = `"locker/1/code-key" || the kiosk's exchange key || the hub's || the locker's id (4 bytes, big endian)`.
fn code_key(claim: &Claim, shared_secret: &[u8], keys: &ExchangeKeys, locker: LockerId) -> CodeKey {
    let info: [&[u8]; 4] = [CODE_KEY, &keys.kiosk.0, &keys.hub.0, &locker.0.to_be_bytes()];
    let mut bytes = [0; 32];
    let filled = hkdf::Salt::new(hkdf::HKDF_SHA256, &claim.0)
        .extract(shared_secret)
        .expand(&info, hkdf::HKDF_SHA256)
        .and_then(|derived| derived.fill(&mut bytes));
    match filled {
        Ok(()) => CodeKey::from_bytes(bytes),
        // 32 bytes are asked for and 32 are given, far below HKDF's limit of 255 * 32.
        Err(never) => unreachable!("deriving 32 bytes: {never}"),
    }
}
