//! A signer for tests. What really signs lives in another crate, which this one may not know.

use locker_protocol::{CodeTag, PublicKey, Sign, Tag, Verify};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// The key of 32 equal bytes.
    pub fn of(byte: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[byte; 32]).unwrap())
    }

    pub fn verifier(&self) -> Verifier {
        Verifier(self.public_key())
    }
}

impl Sign for Signer {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().unwrap()
    }

    fn public_key(&self) -> PublicKey {
        PublicKey::try_from(self.0.public_key().as_ref()).unwrap()
    }
}

pub struct Verifier(PublicKey);

impl Verify for Verifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0.0).verify(message, signature).is_ok()
    }
}

/// Shows what is given to a [`Tag`]: the text itself, cut or filled to 32 bytes.
pub struct PlainTag;

impl Tag for PlainTag {
    fn tag(&self, text: &[u8]) -> CodeTag {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(text) {
            *to = *from;
        }
        CodeTag(bytes)
    }
}
