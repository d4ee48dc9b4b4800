//! Receipts: what a locker says it recorded, signed with its journal's key, as a QR code that a phone can carry away.
//!
//! A receipt is shown only once what it says is in the journal, under the number that it names: whoever has the journal
//! can hold the two against each other. It names no person.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::id::{CompartmentId, JournalId, LockerId, ParcelId, ReadAloud, TenantId};
use crate::qr_text;
use crate::seal::{SealError, Sealed, Sign, Verify, from_bytes, seal, unread_payload, unseal};

/// The most moves, or parcels, that one receipt names. Of a stop with more there are several.
pub const MAX_MOVES: usize = 40;
/// The most bytes of a receipt.
pub const MAX_RECEIPT_BYTES: usize = 700;
/// The most characters of a receipt: Base45 writes two bytes as three characters.
pub const MAX_RECEIPT_CHARS: usize = MAX_RECEIPT_BYTES / 2 * 3;

/// What a locker recorded.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Receipt {
    /// Which locker.
    #[n(0)]
    pub locker: LockerId,
    /// In which journal.
    #[n(1)]
    pub journal: JournalId,
    /// The number of the last event in it that this tells of.
    #[n(2)]
    pub seq: u64,
    /// When, in seconds since 1970, UTC.
    #[n(3)]
    pub unix_s: u64,
    /// Whether the hub vouched for that time; otherwise it was then or later.
    #[n(4)]
    pub from_hub: bool,
    /// What.
    #[n(5)]
    pub what: Recorded,
}

/// What a receipt is about.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Recorded {
    /// A person put a parcel in, to be sent.
    #[n(0)]
    Sent {
        /// The parcel.
        #[n(0)]
        parcel: ParcelId,
        /// Behind which door.
        #[n(1)]
        compartment: CompartmentId,
    },
    /// A courier was here.
    #[n(1)]
    Stop {
        /// For which carrier.
        #[n(0)]
        tenant: TenantId,
        /// What they put in and took out, and did not undo: at most [`MAX_MOVES`].
        #[cbor(n(1), decode_with = "bounded::list::<Ctx, _, MAX_MOVES>")]
        moves: Vec<Move>,
    },
    /// A recipient took parcels out.
    #[n(2)]
    Collected {
        /// Behind which door.
        #[n(0)]
        compartment: CompartmentId,
        /// Which: at most [`MAX_MOVES`].
        #[cbor(n(1), decode_with = "bounded::list::<Ctx, _, MAX_MOVES>")]
        parcels: Vec<ParcelId>,
    },
    /// A recipient took parcels out, from behind several doors.
    #[n(3)]
    Visit {
        /// Which, and from where: at most [`MAX_MOVES`].
        #[cbor(n(0), decode_with = "bounded::list::<Ctx, _, MAX_MOVES>")]
        taken: Vec<Taken>,
    },
}

/// One parcel that a recipient took out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Taken {
    /// Which.
    #[n(0)]
    pub parcel: ParcelId,
    /// From behind which door.
    #[n(1)]
    pub compartment: CompartmentId,
}

/// One parcel that a courier moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Move {
    /// Which.
    #[n(0)]
    pub parcel: ParcelId,
    /// Behind which door.
    #[n(1)]
    pub compartment: CompartmentId,
    /// In or out.
    #[n(2)]
    pub what: Moved,
}

/// Which way a parcel was moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Moved {
    /// It is inside.
    #[n(0)]
    In,
    /// It was taken out.
    #[n(1)]
    Out,
}

impl Recorded {
    /// Which parcels were moved, behind which doors, and which way.
    pub fn moves(&self) -> Vec<Move> {
        match self {
            Self::Sent { parcel, compartment } => {
                vec![Move { parcel: *parcel, compartment: *compartment, what: Moved::In }]
            }
            Self::Stop { moves, .. } => moves.clone(),
            Self::Collected { compartment, parcels } => parcels
                .iter()
                .map(|parcel| Move { parcel: *parcel, compartment: *compartment, what: Moved::Out })
                .collect(),
            Self::Visit { taken } => taken
                .iter()
                .map(|Taken { parcel, compartment }| Move {
                    parcel: *parcel,
                    compartment: *compartment,
                    what: Moved::Out,
                })
                .collect(),
        }
    }
}

impl Sealed for Receipt {
    const PURPOSE: &'static str = "locker/1/receipt";
}

/// Why a text is not accepted as a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not Base45 of a signed message.
    #[error("not a receipt")]
    NotAReceipt,
    /// Not signed by this locker, or altered.
    #[error("the receipt is not signed by this locker")]
    Forged,
    /// Signed by this locker, but not understood: made by a newer version.
    #[error("the receipt is signed correctly, but not understood")]
    NotUnderstood,
}

impl Receipt {
    /// Signs the receipt with the journal's key and writes it as the text of a QR code: at most [`MAX_RECEIPT_CHARS`].
    pub fn to_text(&self, journal_key: &dyn Sign) -> String {
        base45::encode(seal(self, journal_key))
    }

    /// Reads and verifies the text of a QR code.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn from_text(text: &str, journal_key: &dyn Verify) -> Result<Self, ReceiptError> {
        let bytes = qr_text::bytes_of(text, MAX_RECEIPT_CHARS).ok_or(ReceiptError::NotAReceipt)?;
        unseal(&bytes, journal_key).map_err(|error| match error {
            SealError::Forged => ReceiptError::Forged,
            SealError::NotUnderstood { .. } => ReceiptError::NotUnderstood,
            SealError::TooLong { .. } | SealError::NotSealed => ReceiptError::NotAReceipt,
        })
    }

    /// Which locker a text claims to be of, so that its key can be found. Nothing else of it may be believed, or looked at,
    /// until [`Receipt::from_text`] verified it.
    pub fn claimed_locker(text: &str) -> Option<LockerId> {
        let bytes = qr_text::bytes_of(text, MAX_RECEIPT_CHARS)?;
        from_bytes::<Self>(unread_payload(&bytes)?).ok().map(|receipt| receipt.locker)
    }

    /// Five characters to read aloud. At one locker they name this event among the ten million around it.
    pub fn number(&self) -> String {
        Self::number_of(self.seq)
    }

    /// The same of a receipt of which only its event's number is at hand.
    pub fn number_of(seq: u64) -> String {
        ReadAloud(seq).to_string()
    }
}
