//! The keys behind [`Sign`], [`Verify`] and [`Tag`].

use std::fmt;

use locker_protocol::{CodeTag, PublicKey, Sign, Tag, Verify};
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// A seed from which no signing key can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a seed of an Ed25519 key")]
pub struct KeyError;

/// An Ed25519 key that signs (RFC 8032).
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// The key of this seed: RFC 8032's private key.
    ///
    /// # Errors
    /// When the seed is refused. None is today; what reads a seed from a file must not have to trust that.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError)?;
        let public = PublicKey::try_from(pair.public_key().as_ref()).map_err(|_| KeyError)?;
        Ok(Self { pair, public })
    }

    /// The key that verifies what this one signs.
    pub fn public_key(&self) -> PublicKey {
        self.public
    }
}

impl Sign for SigningKey {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut bytes = [0; 64];
        // An Ed25519 signature has 64 bytes, so the lengths are equal.
        bytes.copy_from_slice(self.pair.sign(message).as_ref());
        bytes
    }

    fn public_key(&self) -> PublicKey {
        self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public)
    }
}

/// An Ed25519 key that verifies. Bytes that are no key verify nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyingKey(pub PublicKey);

impl Verify for VerifyingKey {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0.0).verify(message, signature).is_ok()
    }
}

/// One locker's key for the tags of pickup codes and PINs: shared by that locker and the hub, by nobody else.
#[derive(Clone)]
pub struct CodeKey([u8; 32]);

impl CodeKey {
    /// The key that was kept as these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep it as. They are secret.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }
}

impl Tag for CodeKey {
    fn tag(&self, text: &[u8]) -> CodeTag {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), text);
        let mut bytes = [0; 32];
        // A tag of HMAC-SHA256 has 32 bytes, so the lengths are equal.
        bytes.copy_from_slice(tag.as_ref());
        CodeTag(bytes)
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(..)")
    }
}
