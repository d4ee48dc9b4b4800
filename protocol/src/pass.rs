//! Passes: a right at one locker, signed by the hub, as a QR code.
//!
//! A pass is a CWT (RFC 8392) in a COSE_Sign1, written in Base45 (RFC 9285) so that a QR code holds it in its compact
//! alphanumeric mode. A recipient's pass has at most 118 bytes: QR version 7 at level M, which cheap scanners read.

use coset::CborSerializable;
use coset::cbor::Value;
use coset::cwt::{ClaimName, ClaimsSet, ClaimsSetBuilder, Timestamp};
use minicbor::{Decode, Encode};

use crate::change::{Announcement, Staff};
use crate::id::{LabelTag, LockerId, RecipientId};
use crate::qr_text;
use crate::seal::{ENVELOPE, SealError, Sign, Verify, from_bytes, seal_bytes, to_bytes, unseal_bytes};

/// The most bytes of a recipient's pass.
pub const MAX_RECIPIENT_BYTES: usize = 118;
/// The most bytes of a deposit pass, and so of any pass.
pub const MAX_PASS_BYTES: usize = 260;
/// The most characters of any pass: Base45 writes two bytes as three characters.
pub const MAX_PASS_CHARS: usize = MAX_PASS_BYTES.div_ceil(2) * 3;

const PURPOSE: &str = "locker/1/pass";
/// From the range that RFC 8392 leaves for private use.
const RIGHT_CLAIM: i64 = -65_537;

/// A pass, verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pass {
    /// The one locker where it counts.
    pub locker: LockerId,
    /// Until when, in seconds since 1970; none for a recipient's, which lives by its parcel's state.
    pub expires_unix_s: Option<u64>,
    /// What it lets its bearer do.
    pub right: Right,
}

/// What a pass lets its bearer do.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Right {
    /// Collect every parcel of this person, and the one with this label that came unannounced.
    #[n(0)]
    Collect {
        /// Who.
        #[n(0)]
        recipient: RecipientId,
        /// The label of an unannounced parcel.
        #[n(1)]
        label: Option<LabelTag>,
    },
    /// Deposit this parcel: the pass is itself the announcement.
    #[n(1)]
    Deposit {
        /// The parcel.
        #[n(0)]
        announcement: Announcement,
    },
    /// Sign in as courier or technician.
    #[n(2)]
    SignIn {
        /// Who.
        #[n(0)]
        staff: Staff,
    },
}

/// Why a scanned text is not accepted as a pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    /// Not Base45 of a signed message: some other code was scanned.
    #[error("not a pass")]
    NotAPass,
    /// A pass, but not one that this hub signed.
    #[error("the pass is not signed by this locker's hub")]
    Forged,
    /// Signed by this hub, but not understood: made by a newer version.
    #[error("the pass is signed correctly, but not understood")]
    NotUnderstood,
}

impl Pass {
    /// Signs the pass and writes it as the text of a QR code.
    pub fn to_text(&self, signer: &dyn Sign) -> String {
        base45::encode(self.to_bytes(signer))
    }

    /// Signs the pass.
    pub fn to_bytes(&self, signer: &dyn Sign) -> Vec<u8> {
        let mut claims = ClaimsSetBuilder::new()
            .audience(self.locker.to_string())
            .private_claim(RIGHT_CLAIM, Value::Bytes(to_bytes(&self.right)));
        if let Some(expires) = self.expires_unix_s {
            claims =
                claims.expiration_time(Timestamp::WholeSeconds(i64::try_from(expires).unwrap_or(i64::MAX)));
        }
        match claims.build().to_vec() {
            Ok(payload) => seal_bytes(PURPOSE, payload, signer),
            // Three claims of plain types are always encodable.
            Err(never) => unreachable!("encoding claims: {never}"),
        }
    }

    /// Reads and verifies a scanned text.
    ///
    /// # Errors
    /// See [`PassError`].
    pub fn from_text(text: &str, verifier: &dyn Verify) -> Result<Self, PassError> {
        let bytes = qr_text::bytes_of(text, MAX_PASS_CHARS).ok_or(PassError::NotAPass)?;
        let payload = unseal_bytes(PURPOSE, &bytes, verifier).map_err(|error| match error {
            SealError::Forged => PassError::Forged,
            _ => PassError::NotAPass,
        })?;
        Self::from_claims(&payload).ok_or(PassError::NotUnderstood)
    }

    /// Whether a text looks like a pass, whoever signed it: so that a label is not taken for one.
    pub fn looks_like_one(text: &str) -> bool {
        // A signature alone has more characters than a label may have.
        text.len() >= 100
            && qr_text::bytes_of(text, MAX_PASS_CHARS).is_some_and(|bytes| bytes.starts_with(&ENVELOPE))
    }

    fn from_claims(payload: &[u8]) -> Option<Self> {
        let claims = ClaimsSet::from_slice(payload).ok()?;
        let locker = LockerId(claims.audience?.parse().ok()?);
        let expires_unix_s = match claims.expiration_time {
            None => None,
            Some(Timestamp::WholeSeconds(seconds)) => Some(u64::try_from(seconds).ok()?),
            Some(Timestamp::FractionalSeconds(_)) => return None,
        };
        let right = claims.rest.iter().find_map(|(name, value)| match (name, value) {
            (ClaimName::PrivateUse(RIGHT_CLAIM), Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        })?;
        Some(Self { locker, expires_unix_s, right: from_bytes(right).ok()? })
    }
}
