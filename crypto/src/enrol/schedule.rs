//! What both ends of an enrolment compute alike: the claim's hash, the MACs and the code key.

use locker_protocol::claim::Claim;
use locker_protocol::{Hash, LockerId, PublicKey};
use ring::{hkdf, hmac};

use crate::hash::sha256;
use crate::keys::CodeKey;

const CLAIM: &[u8] = b"locker/1/claim";
const REQUEST: &[u8] = b"locker/1/enrol-request";
const ANSWER: &[u8] = b"locker/1/enrol-answer";
const CODE_KEY: &[u8] = b"locker/1/code-key";

/// Which claim: SHA-256 of `"locker/1/claim" || secret`. It tells nothing of the secret.
pub fn claim_hash(claim: &Claim) -> Hash {
    Hash(sha256(&[CLAIM, &claim.0]))
}

/// What a MAC is over. Each kind begins with its own purpose and all that follows has a fixed length, so no two
/// messages give the same bytes.
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn request(exchange_key: &PublicKey, journal_key: &PublicKey) -> Self {
        Self([REQUEST, &exchange_key.0, &journal_key.0].concat())
    }

    pub(super) fn answer(
        exchange: &ExchangeKeys,
        hub_key: &PublicKey,
        journal_key: &PublicKey,
        locker: LockerId,
    ) -> Self {
        let ExchangeKeys { kiosk, hub } = exchange;
        Self([ANSWER, &kiosk.0, &hub.0, &hub_key.0, &journal_key.0, &locker.0.to_be_bytes()].concat())
    }

    /// HMAC-SHA256 by the claim's secret.
    pub(super) fn mac(&self, claim: &Claim) -> Hash {
        let mac = hmac::sign(&mac_key(claim), &self.0);
        let mut bytes = [0; 32];
        // A tag of HMAC-SHA256 has 32 bytes, so the lengths are equal.
        bytes.copy_from_slice(mac.as_ref());
        Hash(bytes)
    }

    /// Whether that is its MAC; compared in constant time.
    pub(super) fn has_mac(&self, claim: &Claim, mac: &Hash) -> bool {
        hmac::verify(&mac_key(claim), &self.0, &mac.0).is_ok()
    }
}

fn mac_key(claim: &Claim) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &claim.0)
}

/// Both public X25519 keys of one enrolment.
pub(super) struct ExchangeKeys {
    pub(super) kiosk: PublicKey,
    pub(super) hub: PublicKey,
}

/// HKDF-SHA256 (RFC 5869): salt = the claim's secret, input = the X25519 shared secret,
/// info = `"locker/1/code-key" || the kiosk's exchange key || the hub's || the locker's id (4 bytes, big endian)`.
pub(super) fn code_key(
    claim: &Claim,
    shared_secret: &[u8],
    exchange: &ExchangeKeys,
    locker: LockerId,
) -> CodeKey {
    let info: [&[u8]; 4] = [CODE_KEY, &exchange.kiosk.0, &exchange.hub.0, &locker.0.to_be_bytes()];
    let mut bytes = [0; 32];
    let filled = hkdf::Salt::new(hkdf::HKDF_SHA256, &claim.0)
        .extract(shared_secret)
        .expand(&info, hkdf::HKDF_SHA256)
        .and_then(|derived| derived.fill(&mut bytes));
    match filled {
        Ok(()) => CodeKey::from_bytes(bytes),
        // 32 bytes are asked for and 32 are given, far below HKDF's limit of 255 * 32.
        Err(never) => unreachable!("deriving 32 bytes: {never}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> &'static str {
        let lines = include_str!("../../tests/vectors/enrolment.txt").lines();
        lines.filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == name).unwrap().1
    }

    fn key(name: &str) -> PublicKey {
        field(name).parse().unwrap()
    }

    fn hash(name: &str) -> Hash {
        field(name).parse().unwrap()
    }

    #[test]
    fn an_enrolment_is_computed_as_another_implementation_does() {
        let claim = Claim(std::array::from_fn(|place| u8::try_from(place).unwrap()));
        assert_eq!(claim.0.map(|byte| format!("{byte:02x}")).concat(), field("claim"));
        let locker = LockerId(u32::from_str_radix(field("locker"), 16).unwrap());
        let exchange = ExchangeKeys { kiosk: key("kiosk_exchange_key"), hub: key("hub_exchange_key") };
        let journal_key = key("journal_key");

        assert_eq!(claim_hash(&claim), hash("claim_hash"));
        assert_eq!(Message::request(&exchange.kiosk, &journal_key).mac(&claim), hash("request_mac"));
        let answer = Message::answer(&exchange, &key("hub_key"), &journal_key, locker);
        assert_eq!(answer.mac(&claim), hash("answer_mac"));
        let code_key = code_key(&claim, &hash("shared_secret").0, &exchange, locker);
        assert_eq!(Hash(code_key.to_bytes()), hash("code_key"));
    }
}
