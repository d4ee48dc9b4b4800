//! SHA-256 where the protocol asks for it.

use locker_protocol::{Hash, Label, LabelTag};
use ring::digest::{Context, SHA256};

/// The hash that chains a journal: SHA-256 of the CBOR of an [`Entry`](locker_protocol::Entry), which holds the hash
/// of the entry before.
pub fn entry_hash(entry_bytes: &[u8]) -> Hash {
    Hash(sha256(&[entry_bytes]))
}

/// A label's tag: the first eight bytes, big endian, of SHA-256 of its text.
pub fn label_tag(label: &Label) -> LabelTag {
    let [a, b, c, d, e, f, g, h, ..] = sha256(&[label.as_str().as_bytes()]);
    LabelTag(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// SHA-256 of the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0; 32];
    // A SHA-256 digest has 32 bytes, so the lengths are equal.
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}
