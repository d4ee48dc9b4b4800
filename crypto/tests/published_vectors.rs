//! Keys and hashes against the vectors of the documents that define them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use locker_crypto::{CodeKey, SigningKey, VerifyingKey, entry_hash, label_tag, random};
use locker_protocol::seal::to_bytes;
use locker_protocol::{
    Entry, Event, Hash, JournalId, Label, LabelTag, PickupCode, PublicKey, Sign, Tag, Verify, event::Stamp,
};

/// The fields of each line, as bytes.
fn vectors(text: &str) -> Vec<Vec<Vec<u8>>> {
    fn bytes(field: &str) -> Vec<u8> {
        if field == "-" {
            return Vec::new();
        }
        (0..field.len()).step_by(2).map(|at| u8::from_str_radix(&field[at..at + 2], 16).unwrap()).collect()
    }
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(' ').map(bytes).collect()).collect()
}

#[test]
fn signatures_are_those_of_rfc_8032() {
    let vectors = vectors(include_str!("vectors/ed25519.txt"));
    assert_eq!(vectors.len(), 3);
    for fields in vectors {
        let [seed, public, message, signature] = fields.try_into().unwrap();
        let key = SigningKey::from_seed(&seed.try_into().unwrap()).unwrap();
        assert_eq!(key.public_key(), PublicKey(public.try_into().unwrap()));
        assert_eq!(key.sign(&message)[..], signature);
        let verifier = VerifyingKey(key.public_key());
        assert!(verifier.verify(&message, &signature));
        assert!(!verifier.verify(&[&message[..], &[0]].concat(), &signature));
        for bit in 0..signature.len() * 8 {
            let mut flipped = signature.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!verifier.verify(&message, &flipped), "bit {bit}");
        }
    }
}

#[test]
fn a_signature_of_another_length_or_by_another_key_is_refused() {
    let key = SigningKey::from_seed(&[1; 32]).unwrap();
    let other = SigningKey::from_seed(&[2; 32]).unwrap();
    let signature = key.sign(b"message");
    let verifier = VerifyingKey(key.public_key());
    assert!(verifier.verify(b"message", &signature));
    assert!(!verifier.verify(b"message", &signature[..63]));
    assert!(!verifier.verify(b"message", &[&signature[..], &[0]].concat()));
    assert!(!verifier.verify(b"message", &[]));
    assert!(!verifier.verify(b"message", &other.sign(b"message")));
}

#[test]
fn bytes_that_are_no_key_verify_nothing() {
    let signature = SigningKey::from_seed(&[1; 32]).unwrap().sign(b"message");
    for bytes in [[0; 32], [0xff; 32], [2; 32]] {
        assert!(!VerifyingKey(PublicKey(bytes)).verify(b"message", &signature));
        assert!(!VerifyingKey(PublicKey(bytes)).verify(b"message", &[0; 64]));
    }
}

/// The vectors' keys are shorter than ours: HMAC fills a key up with zeros, so that a key filled to 32 bytes is the same.
#[test]
fn tags_are_those_of_rfc_4231() {
    let vectors = vectors(include_str!("vectors/hmac-sha256.txt"));
    assert_eq!(vectors.len(), 4);
    for fields in vectors {
        let [mut key, message, tag] = fields.try_into().unwrap();
        key.resize(32, 0);
        assert_eq!(CodeKey::from_bytes(key.try_into().unwrap()).tag(&message).0[..], tag);
    }
}

#[test]
fn tags_differ_with_the_key_and_with_the_text() {
    let (one, other) = (CodeKey::from_bytes([1; 32]), CodeKey::from_bytes([2; 32]));
    let code = |last| PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, last]).unwrap();
    assert_eq!(code(9).tag(&one), code(9).tag(&one.clone()));
    assert_ne!(code(9).tag(&one), code(9).tag(&other));
    assert_ne!(code(9).tag(&one), code(8).tag(&one));
}

#[test]
fn a_code_key_is_kept_as_its_bytes() {
    let bytes = random().unwrap();
    assert_eq!(CodeKey::from_bytes(bytes).to_bytes(), bytes);
}

#[test]
fn hashes_are_sha_256() {
    for fields in vectors(include_str!("vectors/sha256.txt")) {
        let [message, hash] = fields.try_into().unwrap();
        assert_eq!(entry_hash(&message).0[..], hash);
    }
}

#[test]
fn a_label_tag_is_the_beginning_of_its_hash() {
    assert_eq!(label_tag(&Label::new("abc").unwrap()), LabelTag(0xba78_16bf_8f01_cfea));
    assert_eq!(label_tag(&Label::new("abc\r\n").unwrap()), label_tag(&Label::new("abc").unwrap()));
}

/// The chain: whoever changes an early entry changes the hash of every later one.
#[test]
fn an_entrys_hash_depends_on_the_entry_before() {
    let entry = |before| Entry {
        journal: JournalId([1; 16]),
        seq: 2,
        at: Stamp { mono_ms: 0, unix_s: 0, from_hub: false },
        before,
        event: Event::Started { version: "0.1.0".to_owned() },
    };
    let hash = |before| entry_hash(&to_bytes(&entry(before)));
    assert_ne!(hash(Hash([1; 32])), hash(Hash([2; 32])));
}

#[test]
fn random_bytes_differ() {
    assert_ne!(random::<16>().unwrap(), random::<16>().unwrap());
    assert_eq!(random::<0>().unwrap(), []);
}
