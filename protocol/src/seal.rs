//! Signed bytes: COSE_Sign1 (RFC 9052) with Ed25519, and the traits behind which the keys are.

use coset::iana::Algorithm;
use coset::{
    CborSerializable, CoseSign1Builder, HeaderBuilder, ProtectedHeader, SignatureContext, sig_structure_data,
};
use minicbor::{Decode, Encode};

use crate::id::{CodeTag, PublicKey};

/// No sealed message may be longer, in bytes.
pub const MAX_SEALED_BYTES: usize = 256 * 1024;

/// How every sealed message begins: a COSE_Sign1 (array of four) with [`PROTECTED`], and an unprotected header that is
/// empty. Payload and signature follow, each a byte string.
///
/// It is compared, not parsed: headers of others may hold countersignatures, which hold headers again, and a reader
/// that follows these can be made to run out of stack before any signature is verified.
pub(crate) const ENVELOPE: [u8; 6] = [0x84, 0x43, PROTECTED[0], PROTECTED[1], PROTECTED[2], 0xa0];

/// The one protected header: `{alg: EdDSA}`.
const PROTECTED: [u8; 3] = [0xa1, 0x01, 0x27];

/// Signs with one Ed25519 key.
pub trait Sign {
    /// The signature of `message`.
    fn sign(&self, message: &[u8]) -> [u8; 64];
    /// The key that verifies it.
    fn public_key(&self) -> PublicKey;
}

/// Verifies signatures of one Ed25519 key.
pub trait Verify {
    /// Whether `signature` is this key's, of `message`.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// Makes tags of secrets that are typed, under one locker's code key.
pub trait Tag {
    /// HMAC-SHA256 of `text`.
    fn tag(&self, text: &[u8]) -> CodeTag;
}

/// Something that travels signed. The purpose is signed along (as COSE external data), so that a message of one kind
/// can never pass for another.
pub trait Sealed: Encode<()> + for<'b> Decode<'b, ()> {
    /// Names the kind and its version.
    const PURPOSE: &'static str;
}

/// Why sealed bytes were not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Longer than [`MAX_SEALED_BYTES`].
    #[error("{bytes} bytes is more than a sealed message may have")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not a COSE_Sign1 with exactly the headers that are used here.
    #[error("not a COSE_Sign1 message with Ed25519")]
    NotSealed,
    /// Signed by another key, for another purpose, or altered.
    #[error("the signature is not this sender's for this purpose")]
    Forged,
    /// Signed by the right key, but not understood: made by a newer version.
    #[error("signed correctly, but the content is not understood: {why}")]
    NotUnderstood {
        /// What the decoder said.
        why: String,
    },
}

/// Encodes and signs.
pub fn seal<T: Sealed>(message: &T, signer: &dyn Sign) -> Vec<u8> {
    seal_bytes(T::PURPOSE, to_bytes(message), signer)
}

/// Verifies and decodes. Nothing of the content is looked at before the signature holds.
///
/// # Errors
/// See [`SealError`].
pub fn unseal<T: Sealed>(bytes: &[u8], verifier: &dyn Verify) -> Result<T, SealError> {
    let payload = unseal_bytes(T::PURPOSE, bytes, verifier)?;
    from_bytes(&payload).map_err(|why| SealError::NotUnderstood { why: why.to_string() })
}

/// The CBOR of a message of ours.
pub fn to_bytes<T: Encode<()>>(message: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(message, &mut bytes) {
        Ok(()) => bytes,
        // Writing to a Vec cannot fail, and no encoder of ours raises an error of its own.
        Err(never) => unreachable!("encoding to memory: {never}"),
    }
}

/// A message of ours from its CBOR: the whole input, nothing after it.
///
/// # Errors
/// What the decoder found, or bytes after the end.
pub fn from_bytes<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, minicbor::decode::Error> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let message = decoder.decode()?;
    if decoder.position() != bytes.len() {
        return Err(minicbor::decode::Error::message("bytes after the end of the message"));
    }
    Ok(message)
}

pub(crate) fn seal_bytes(purpose: &str, payload: Vec<u8>, signer: &dyn Sign) -> Vec<u8> {
    let protected = HeaderBuilder::new().algorithm(Algorithm::EdDSA).build();
    let sealed = CoseSign1Builder::new()
        .protected(protected)
        .payload(payload)
        .create_signature(purpose.as_bytes(), |message| signer.sign(message).to_vec())
        .build();
    match sealed.to_vec() {
        Ok(bytes) => bytes,
        // A COSE_Sign1 of one header and one payload is always encodable.
        Err(never) => unreachable!("encoding a COSE_Sign1: {never}"),
    }
}

pub(crate) fn unseal_bytes(purpose: &str, bytes: &[u8], verifier: &dyn Verify) -> Result<Vec<u8>, SealError> {
    if bytes.len() > MAX_SEALED_BYTES {
        return Err(SealError::TooLong { bytes: bytes.len() });
    }
    let (payload, signature) = parts(bytes).ok_or(SealError::NotSealed)?;
    let protected = ProtectedHeader { original_data: Some(PROTECTED.to_vec()), ..ProtectedHeader::default() };
    let signed =
        sig_structure_data(SignatureContext::CoseSign1, protected, None, purpose.as_bytes(), payload);
    if verifier.verify(&signed, signature) { Ok(payload.to_vec()) } else { Err(SealError::Forged) }
}

/// The payload of a sealed message of which nobody knows who sealed it.
pub(crate) fn unread_payload(bytes: &[u8]) -> Option<&[u8]> {
    parts(bytes).map(|(payload, _)| payload)
}

/// Payload and signature of a sealed message.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(&ENVELOPE)?;
    let mut decoder = minicbor::Decoder::new(rest);
    let payload = decoder.bytes().ok()?;
    let signature = decoder.bytes().ok()?;
    (decoder.position() == rest.len()).then_some((payload, signature))
}
