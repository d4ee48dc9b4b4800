//! Enrolment: how a locker and a hub come to trust each other, by the claim that a person carries from the kiosk's
//! picture to the hub. Sync, in between, never sees the claim's secret.

use minicbor::{Decode, Encode};

use crate::id::{Hash, LockerId, PublicKey};
use crate::seal::Sealed;

/// What the locker asks, and asks again until a person gave the claim to the hub.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct EnrolRequest {
    /// Which claim: SHA-256 of `"locker/1/claim" || secret`.
    #[n(0)]
    pub claim: Hash,
    /// The kiosk's X25519 key for this enrolment.
    #[n(1)]
    pub exchange_key: PublicKey,
    /// The Ed25519 key that will sign its journal.
    #[n(2)]
    pub journal_key: PublicKey,
    /// HMAC-SHA256 by the secret over `"locker/1/enrol-request" || exchange_key || journal_key`: who asks saw the claim.
    #[n(3)]
    pub mac: Hash,
}

/// What the hub answers once it knows the claim.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct EnrolAnswer {
    /// The id that the locker gets.
    #[n(0)]
    pub locker: LockerId,
    /// The hub's X25519 key for this enrolment.
    #[n(1)]
    pub exchange_key: PublicKey,
    /// The hub's Ed25519 key, pinned from now on.
    #[n(2)]
    pub hub_key: PublicKey,
    /// HMAC-SHA256 by the secret over `"locker/1/enrol-answer" || the kiosk's exchange key || the hub's exchange key ||
    /// the hub's key || the journal key || the locker's id (4 bytes, big endian)`.
    #[n(3)]
    pub mac: Hash,
}

/// The kiosk's word that sync may speak for the locker: it earns a short bearer token, nothing else.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct TransportCertificate {
    /// The locker.
    #[n(0)]
    pub locker: LockerId,
    /// Sync's own Ed25519 key.
    #[n(1)]
    pub transport_key: PublicKey,
}

impl Sealed for TransportCertificate {
    const PURPOSE: &'static str = "locker/1/transport-certificate";
}
