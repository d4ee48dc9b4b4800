//! Between locker and hub, over HTTP. Sync carries these bytes; only the kiosk and the hub can make or read them as
//! their own.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::id::{Hash, JournalId, LockerId, Nonce};
use crate::seal::Sealed;

/// The most entries of one batch.
pub const MAX_BATCH_ENTRIES: usize = 100;
/// The most changes of one answer.
pub const MAX_CHANGES: usize = 100;

/// How a session begins: signed by the journal key.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Hello {
    /// Who.
    #[n(0)]
    pub locker: LockerId,
    /// The journal.
    #[n(1)]
    pub journal: JournalId,
    /// The number of its last entry.
    #[n(2)]
    pub head: u64,
    /// That entry's hash.
    #[n(3)]
    pub head_hash: Hash,
    /// The number of the last change applied or refused.
    #[n(4)]
    pub cursor: u64,
    /// The hub's generation that the kiosk knows; 0 for none.
    #[n(5)]
    pub generation: u64,
    /// The hub's nonce: this hello is fresh.
    #[n(6)]
    pub hub_nonce: Nonce,
    /// The kiosk's nonce, for the answer.
    #[n(7)]
    pub kiosk_nonce: Nonce,
    /// The program's version.
    #[n(8)]
    pub version: String,
}

impl Sealed for Hello {
    const PURPOSE: &'static str = "locker/1/hello";
}

/// The hub's answer to a hello: signed by the hub's key.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct HelloAnswer {
    /// For whom.
    #[n(0)]
    pub locker: LockerId,
    /// The kiosk's nonce: this answer is fresh.
    #[n(1)]
    pub kiosk_nonce: Nonce,
    /// The time, in seconds since 1970, UTC.
    #[n(2)]
    pub unix_s: u64,
    /// The hub's generation: a restored backup begins a new one.
    #[n(3)]
    pub generation: u64,
    /// The last number of this journal that the hub holds.
    #[n(4)]
    pub held: u64,
    /// How the hub sees the two histories.
    #[n(5)]
    pub standing: Standing,
}

impl Sealed for HelloAnswer {
    const PURPOSE: &'static str = "locker/1/hello-answer";
}

/// How the hub sees a locker's journal and cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Standing {
    /// One history: go on.
    #[n(0)]
    InStep,
    /// The journal contradicts what the hub holds of it: begin a new one.
    #[n(1)]
    Forked,
    /// The hub does not know this cursor: a full listing follows, and absence cancels nothing.
    #[n(2)]
    CursorUnknown,
}

/// Journal entries on their way up: signed by the journal key.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Batch {
    /// Who.
    #[n(0)]
    pub locker: LockerId,
    /// The journal.
    #[n(1)]
    pub journal: JournalId,
    /// The number of the first entry.
    #[n(2)]
    pub first: u64,
    /// The hash before the first entry.
    #[n(3)]
    pub before: Hash,
    /// The entries, each as the bytes that were hashed, in order: at most [`MAX_BATCH_ENTRIES`].
    #[cbor(n(4), decode_with = "bounded::list::<Ctx, _, MAX_BATCH_ENTRIES>")]
    pub entries: Vec<EntryBytes>,
    /// The hash of the last entry.
    #[n(5)]
    pub last_hash: Hash,
    /// The hub's nonce of this session.
    #[n(6)]
    pub hub_nonce: Nonce,
    /// The kiosk's nonce, for the answer. Nothing from a kiosk that does not ask for it yet.
    #[n(7)]
    pub kiosk_nonce: Option<Nonce>,
}

impl Sealed for Batch {
    const PURPOSE: &'static str = "locker/1/batch";
}

/// The CBOR of an [`Entry`](crate::Entry): kept as bytes, because the hash is over bytes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct EntryBytes(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

/// What the hub holds of a journal: signed by the hub's key.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Held {
    /// For whom.
    #[n(0)]
    pub locker: LockerId,
    /// The journal.
    #[n(1)]
    pub journal: JournalId,
    /// The last number held, with every number before it.
    #[n(2)]
    pub up_to: u64,
    /// The nonce of the batch that this answers: what was held once must not be said again later, when the kiosk would take
    /// it for what becomes of another batch.
    #[n(3)]
    pub kiosk_nonce: Option<Nonce>,
}

impl Sealed for Held {
    const PURPOSE: &'static str = "locker/1/held";
}

/// Changes on their way down, each sealed as [`Numbered`](crate::Numbered).
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Changes {
    /// In the order of their numbers: at most [`MAX_CHANGES`].
    #[cbor(n(0), decode_with = "bounded::list::<Ctx, _, MAX_CHANGES>")]
    pub changes: Vec<SealedBytes>,
}

/// Sealed bytes that are only carried.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct SealedBytes(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

/// What sync shows for a bearer token.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct TokenRequest {
    /// A sealed [`TransportCertificate`](crate::enrol::TransportCertificate).
    #[n(0)]
    pub certificate: SealedBytes,
    /// A sealed [`TokenProof`], by the transport key.
    #[n(1)]
    pub proof: SealedBytes,
}

/// Sync holds the transport key now.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct TokenProof {
    /// For which locker.
    #[n(0)]
    pub locker: LockerId,
    /// The hub's nonce.
    #[n(1)]
    pub hub_nonce: Nonce,
}

impl Sealed for TokenProof {
    const PURPOSE: &'static str = "locker/1/token-proof";
}

/// A token, and the nonce for the hello and batches of the session that it opens.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct TokenAnswer {
    /// To send as `Authorization: Bearer`.
    #[n(0)]
    pub token: String,
    /// For how long, in seconds.
    #[n(1)]
    pub lives_s: u32,
    /// The hub's nonce of this session.
    #[n(2)]
    pub hub_nonce: Nonce,
}
