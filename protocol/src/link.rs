//! Between `locker kiosk` and `locker sync`, over a Unix socket: a small bounded set of messages, each as its length
//! (4 bytes, big endian) and its CBOR.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::id::{Hash, JournalId, LockerId, Nonce, PublicKey};
use crate::seal::Sealed;
use crate::uplink::{MAX_CHANGES, SealedBytes};

/// No message on the socket may be longer, in bytes.
pub const MAX_LINK_BYTES: usize = 512 * 1024;

/// From sync to the kiosk. Nothing in here is believed unless the hub or the kiosk itself sealed it, but for sync's own
/// key, which grants nothing.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum ToKiosk {
    /// Sync is here. The first message.
    #[n(0)]
    Ready {
        /// Sync's own key, to be certified.
        #[n(0)]
        transport_key: PublicKey,
        /// The last [`Witness`] that was handed to sync, as the kiosk sealed it: a journal that ends before it lost its
        /// end.
        #[n(1)]
        witness: Option<SealedBytes>,
    },
    /// The hub's answer to the enrolment request, the CBOR of an [`EnrolAnswer`](crate::enrol::EnrolAnswer).
    #[n(1)]
    Enrolled {
        /// Its bytes.
        #[n(0)]
        answer: SealedBytes,
    },
    /// A session began: the hub's nonce for hello and batches.
    #[n(2)]
    Session {
        /// The nonce.
        #[n(0)]
        hub_nonce: Nonce,
    },
    /// A sealed [`HelloAnswer`](crate::uplink::HelloAnswer).
    #[n(3)]
    HelloAnswer {
        /// Its bytes.
        #[n(0)]
        answer: SealedBytes,
    },
    /// Sealed changes, in order: at most [`MAX_CHANGES`].
    #[n(4)]
    Changes {
        /// Their bytes.
        #[cbor(n(0), decode_with = "bounded::list::<Ctx, _, MAX_CHANGES>")]
        changes: Vec<SealedBytes>,
    },
    /// A sealed [`Held`](crate::uplink::Held).
    #[n(5)]
    Held {
        /// Its bytes.
        #[n(0)]
        held: SealedBytes,
    },
    /// The network is gone, as far as sync can tell. Shown, never decided by.
    #[n(6)]
    Offline,
    /// It is back, after [`ToKiosk::Offline`].
    #[n(7)]
    Online,
}

/// How far a journal had come. The kiosk seals it with the journal's key, so that sync can withhold it, but not invent a
/// history that would put every door in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Witness {
    /// The journal.
    #[n(0)]
    pub journal: JournalId,
    /// The number of the last entry handed over.
    #[n(1)]
    pub seq: u64,
    /// Its hash.
    #[n(2)]
    pub hash: Hash,
}

impl Sealed for Witness {
    const PURPOSE: &'static str = "locker/1/witness";
}

/// From the kiosk to sync.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum ToSync {
    /// The locker has no owner: carry this to the hub until it answers. An [`EnrolRequest`](crate::enrol::EnrolRequest).
    #[n(0)]
    Enrol {
        /// Its bytes.
        #[n(0)]
        request: SealedBytes,
    },
    /// The locker is enrolled: who it is, and sync's certificate.
    #[n(1)]
    Identity {
        /// The locker.
        #[n(0)]
        locker: LockerId,
        /// A sealed [`TransportCertificate`](crate::enrol::TransportCertificate).
        #[n(1)]
        certificate: SealedBytes,
    },
    /// A sealed [`Hello`](crate::uplink::Hello).
    #[n(2)]
    Hello {
        /// Its bytes.
        #[n(0)]
        hello: SealedBytes,
    },
    /// A sealed [`Batch`](crate::uplink::Batch).
    #[n(3)]
    Batch {
        /// Its bytes.
        #[n(0)]
        batch: SealedBytes,
        /// A sealed [`Witness`] of its last entry, for sync to remember.
        #[n(1)]
        witness: SealedBytes,
    },
    /// Changes after this number are wanted. Sent at the session's beginning and whenever it moves.
    #[n(4)]
    Cursor {
        /// The number of the last change applied or refused.
        #[n(0)]
        number: u64,
    },
}
