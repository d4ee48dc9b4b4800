//! Nonces that the hub gives to whoever asks, without remembering them: each carries its time and a keyed hash of it,
//! so that asking costs the database nothing. Only one that was used, by a locker that proved itself, is remembered.

use locker_crypto::{RandomError, random};
use locker_protocol::Nonce;
use ring::hmac;
use rusqlite::Transaction;

use crate::database::signed;

/// How long a nonce may be used after it was given, in seconds.
pub(crate) const NONCE_LIVES_S: u64 = 60;
const TIME_BYTES: usize = 4;
const RANDOM_BYTES: usize = 4;
/// Guessing a nonce's hash wins nothing by itself: its user has to sign it.
const HASH_BYTES: usize = Nonce::LENGTH - TIME_BYTES - RANDOM_BYTES;

/// Gives and checks nonces.
pub(crate) struct Nonces {
    key: hmac::Key,
}

impl Nonces {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// A fresh one.
    pub(crate) fn give(&self, now_unix_s: u64) -> Result<Nonce, RandomError> {
        let [.., a, b, c, d] = now_unix_s.to_be_bytes();
        let [e, f, g, h] = random::<RANDOM_BYTES>()?;
        let head = [a, b, c, d, e, f, g, h];
        let mut nonce = [0; Nonce::LENGTH];
        nonce[..head.len()].copy_from_slice(&head);
        nonce[head.len()..].copy_from_slice(&self.hash(&head));
        Ok(Nonce(nonce))
    }

    /// Whether a nonce was given here, within its life.
    pub(crate) fn is_fresh(&self, nonce: &Nonce, now_unix_s: u64) -> bool {
        let (head, hash) = nonce.0.split_at(TIME_BYTES + RANDOM_BYTES);
        let [a, b, c, d, ..] = nonce.0;
        let given_s = u32::from_be_bytes([a, b, c, d]);
        // The lower 32 bits of the time are enough for an age of a minute, also when they wrap.
        #[allow(clippy::cast_possible_truncation, reason = "the truncation is the point")]
        let age_s = (now_unix_s as u32).wrapping_sub(given_s);
        u64::from(age_s) <= NONCE_LIVES_S && self.hash(head).as_slice() == hash
    }

    fn hash(&self, head: &[u8]) -> [u8; HASH_BYTES] {
        let full = hmac::sign(&self.key, head);
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(&full.as_ref()[..HASH_BYTES]);
        hash
    }
}

/// Uses a nonce up. False when it was used before.
pub(crate) fn use_up(
    transaction: &Transaction<'_>,
    nonce: &Nonce,
    now_unix_s: u64,
) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("DELETE FROM used_nonces WHERE expires_unix_s < ?1")?
        .execute([signed(now_unix_s)])?;
    let expires_unix_s = now_unix_s.saturating_add(2 * NONCE_LIVES_S);
    let inserted = transaction
        .prepare_cached("INSERT OR IGNORE INTO used_nonces (nonce, expires_unix_s) VALUES (?1, ?2)")?
        .execute((&nonce.0[..], signed(expires_unix_s)))?;
    Ok(inserted == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_for_its_minute_and_only_here() {
        let nonces = Nonces::new(&[7; 32]);
        let nonce = nonces.give(1_000_000).unwrap();
        assert!(nonces.is_fresh(&nonce, 1_000_000));
        assert!(nonces.is_fresh(&nonce, 1_000_000 + NONCE_LIVES_S));
        assert!(!nonces.is_fresh(&nonce, 1_000_001 + NONCE_LIVES_S));
        assert!(!nonces.is_fresh(&nonce, 999_999), "a nonce of the future was not given yet");
        assert!(!Nonces::new(&[8; 32]).is_fresh(&nonce, 1_000_000));
        for byte in 0..Nonce::LENGTH {
            let mut altered = nonce;
            altered.0[byte] ^= 1;
            assert!(!nonces.is_fresh(&altered, 1_000_000), "byte {byte} was altered");
        }
    }
}
