//! Records that can be told from any other bytes: everything the journal keeps is one, in the database as in the
//! write-ahead log, so that they can be found again when SQLite no longer finds its way.
//!
//! ```text
//! F7 4C B1 kind | length, 2 bytes big endian | payload | first 16 bytes of the payload's SHA-256
//! ```
//!
//! A record lies whole in one page: a cell of an SQLite table leaf keeps up to `page size - 35` bytes in the page, which at
//! 512 bytes is 477 (SQLite file format, "B-tree Cell Format"), and the row's own head takes 4 of them.

use locker_crypto::entry_hash;

/// Not ASCII, so that no label or version that a record carries can look like the start of one.
const MAGIC: [u8; 3] = [0xf7, 0x4c, 0xb1];
const HEAD: usize = MAGIC.len() + 1 + 2;
const DIGEST: usize = 16;

/// The longest payload, in bytes.
pub(super) const MAX_PAYLOAD: usize = 448;
/// The longest record, in bytes.
pub(super) const MAX_RECORD: usize = HEAD + MAX_PAYLOAD + DIGEST;
const _: () = assert!(MAX_RECORD + 4 <= super::PAGE_BYTES - 35);

/// What a record holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The CBOR of an entry: exactly the bytes that the chain hashes.
    Entry,
    /// A piece of a checkpoint.
    Chunk,
    /// Where a journal comes from.
    Origin,
    /// How far the hub holds it.
    Held,
    /// The number of its last entry, kept in a second place.
    Head,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Entry, Self::Chunk, Self::Origin, Self::Held, Self::Head];

    fn byte(self) -> u8 {
        match self {
            Self::Entry => 0x81,
            Self::Chunk => 0x82,
            Self::Origin => 0x83,
            Self::Held => 0x84,
            Self::Head => 0x85,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.byte() == byte)
    }
}

/// The record of a payload; nothing if the payload is too long.
pub(super) fn frame(kind: Kind, payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() > MAX_PAYLOAD {
        return None;
    }
    let length = u16::try_from(payload.len()).ok()?;
    let mut record = Vec::with_capacity(HEAD + payload.len() + DIGEST);
    record.extend_from_slice(&MAGIC);
    record.push(kind.byte());
    record.extend_from_slice(&length.to_be_bytes());
    record.extend_from_slice(payload);
    record.extend_from_slice(&entry_hash(payload).0[..DIGEST]);
    Some(record)
}

/// The record at the beginning of `bytes`, if a whole one lies there: its kind, its payload and its length.
fn first(bytes: &[u8]) -> Option<(Kind, &[u8], usize)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (&kind, rest) = rest.split_first()?;
    let kind = Kind::from_byte(kind)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length > MAX_PAYLOAD {
        return None;
    }
    let (payload, rest) = rest.split_at_checked(length)?;
    let (digest, _) = rest.split_first_chunk::<DIGEST>()?;
    (entry_hash(payload).0[..DIGEST] == *digest).then_some((kind, payload, HEAD + length + DIGEST))
}

/// The payload of a record of this kind; nothing if `bytes` are not exactly one.
pub(super) fn unframe(kind: Kind, bytes: &[u8]) -> Option<&[u8]> {
    let (found, payload, length) = first(bytes)?;
    (found == kind && length == bytes.len()).then_some(payload)
}

/// Finds every whole record in any bytes. Returns how many bytes at the end could still be the beginning of one.
pub(super) fn scan(bytes: &[u8], mut found: impl FnMut(Kind, &[u8])) -> usize {
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(|&byte| byte == MAGIC[0]) {
        at += step;
        match first(&bytes[at..]) {
            Some((kind, payload, length)) => {
                found(kind, payload);
                at += length;
            }
            None if bytes.len() - at < MAX_RECORD
                && MAGIC.starts_with(&bytes[at..bytes.len().min(at + MAGIC.len())]) =>
            {
                // Perhaps the rest comes with the next block; if it does not, nothing in it was whole anyway.
                let rest = bytes.len() - at;
                scan_inside(&bytes[at + 1..], &mut found);
                return rest;
            }
            None => at += 1,
        }
    }
    0
}

/// Records that begin inside what may be the beginning of another.
fn scan_inside(bytes: &[u8], found: &mut impl FnMut(Kind, &[u8])) {
    for at in 0..bytes.len() {
        if let Some((kind, payload, _)) = first(&bytes[at..]) {
            found(kind, payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_framed_is_found_again_among_any_bytes(
            payload in proptest::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD),
            before in proptest::collection::vec(any::<u8>(), 0..600),
            after in proptest::collection::vec(any::<u8>(), 0..600),
        ) {
            let record = frame(Kind::Chunk, &payload).unwrap();
            prop_assert_eq!(unframe(Kind::Chunk, &record), Some(&payload[..]));
            prop_assert_eq!(unframe(Kind::Entry, &record), None);
            let mut bytes = before;
            bytes.extend_from_slice(&record);
            bytes.extend_from_slice(&after);
            let mut seen = Vec::new();
            scan(&bytes, |kind, payload| seen.push((kind, payload.to_vec())));
            prop_assert_eq!(seen, vec![(Kind::Chunk, payload)]);
        }

        #[test]
        fn any_bytes_are_scanned_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..1000)) {
            // Mostly bytes with which a record begins.
            for byte in &mut bytes {
                *byte = [0xf7, 0x4c, 0xb1, 0x81, 0].get(usize::from(*byte % 6)).copied().unwrap_or(*byte);
            }
            scan(&bytes, |_, _| ());
        }
    }

    #[test]
    fn a_single_flipped_bit_is_noticed_anywhere() {
        let record = frame(Kind::Entry, b"a parcel went in").unwrap();
        for at in 0..record.len() {
            let mut bytes = record.clone();
            bytes[at] ^= 0x10;
            assert_eq!(unframe(Kind::Entry, &bytes), None, "byte {at}");
        }
    }

    #[test]
    fn a_payload_that_leaves_the_page_is_refused() {
        assert!(frame(Kind::Entry, &[0; MAX_PAYLOAD]).is_some());
        assert!(frame(Kind::Entry, &[0; MAX_PAYLOAD + 1]).is_none());
    }
}
