//! The claim: the one-time secret that a locker without an owner shows, as a QR code or 26 characters to type.

use data_encoding::{Encoding, Specification};
use std::fmt;
use std::sync::LazyLock;

/// The secret of a claim: 128 random bits. It has no `Debug` that shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim(pub [u8; Claim::LENGTH]);

/// A text that is not a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim has 26 characters of the base-32 alphabet (no I, L, O or U)")]
pub struct BadClaim;

/// Crockford's base 32: what is read for another character is taken for it.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.ignore.push_str(" -");
    match specification.encoding() {
        Ok(encoding) => encoding,
        // The alphabet above is constant; the first test of this module would end here.
        Err(never) => unreachable!("base-32 alphabet: {never}"),
    }
});

impl Claim {
    /// Bytes of the secret.
    pub const LENGTH: usize = 16;

    /// Reads a scanned or typed claim.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, BadClaim> {
        if text.len() > 64 {
            return Err(BadClaim);
        }
        let bytes = BASE32.decode(text.as_bytes()).map_err(|_| BadClaim)?;
        Ok(Self(bytes.try_into().map_err(|_| BadClaim)?))
    }

    /// The 26 characters.
    pub fn text(&self) -> String {
        BASE32.encode(&self.0)
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim(..)")
    }
}
