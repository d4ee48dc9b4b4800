//! A checkpoint: the state after one entry, signed, cut into records.

use std::collections::BTreeMap;

use locker_crypto::entry_hash;
use locker_protocol::seal::{SealError, from_bytes, seal, to_bytes, unseal};
use locker_protocol::{Hash, JournalId, Sealed, Sign, Verify};
use minicbor::{Decode, Encode};

use super::record::{self, Kind};

/// The longest state, in bytes: what a sealed message may have, less what the seal itself takes.
pub const MAX_BOOK_BYTES: usize = locker_protocol::seal::MAX_SEALED_BYTES - 256;
/// How much of a checkpoint one record takes, in bytes.
const PIECE_BYTES: usize = 384;
/// Numbers of pieces in a row for each checkpoint, more than it can have.
const PIECES: u64 = 1_024;
const _: () = assert!((PIECES as usize - 1) * PIECE_BYTES > locker_protocol::seal::MAX_SEALED_BYTES);

/// The state after one entry.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Checkpoint {
    /// The journal.
    #[n(0)]
    pub(super) journal: JournalId,
    /// The number of that entry.
    #[n(1)]
    pub(super) seq: u64,
    /// Its hash.
    #[n(2)]
    pub(super) hash: Hash,
    /// The state.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(super) book: Vec<u8>,
}

impl Sealed for Checkpoint {
    const PURPOSE: &'static str = "locker/1/checkpoint";
}

/// A piece of a sealed checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Piece {
    #[n(0)]
    journal: JournalId,
    #[n(1)]
    seq: u64,
    /// The beginning of the SHA-256 of the whole, so that pieces of two are never mixed.
    #[n(2)]
    whole: u64,
    /// Which, from 0.
    #[n(3)]
    place: u16,
    /// Of how many.
    #[n(4)]
    of: u16,
    #[cbor(n(5), with = "minicbor::bytes")]
    bytes: Vec<u8>,
}

/// The number under which a checkpoint's first piece is kept.
pub(super) fn first_piece(seq: u64) -> u64 {
    seq.saturating_mul(PIECES)
}

/// The number under which a checkpoint's last piece could be kept.
pub(super) fn last_piece(seq: u64) -> u64 {
    first_piece(seq).saturating_add(PIECES - 1)
}

/// Which checkpoint a piece with this number belongs to.
pub(super) fn seq_of(piece: u64) -> u64 {
    piece / PIECES
}

impl Checkpoint {
    /// Signs it, and gives its records with their numbers. The state must not be longer than [`MAX_BOOK_BYTES`].
    pub(super) fn to_records(&self, keys: &dyn Sign) -> Vec<(u64, Vec<u8>)> {
        let sealed = seal(self, keys);
        let [a, b, c, d, e, f, g, h, ..] = entry_hash(&sealed).0;
        let whole = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let of = u16::try_from(sealed.len().div_ceil(PIECE_BYTES)).unwrap_or(u16::MAX);
        let mut records = Vec::with_capacity(usize::from(of));
        for (bytes, place) in sealed.chunks(PIECE_BYTES).zip(0_u16..) {
            let piece =
                Piece { journal: self.journal, seq: self.seq, whole, place, of, bytes: bytes.to_vec() };
            // At most 448 bytes: 384 and at most 50 of numbers.
            let Some(record) = record::frame(Kind::Chunk, &to_bytes(&piece)) else { continue };
            records.push((first_piece(self.seq).saturating_add(u64::from(place)), record));
        }
        records
    }
}

/// Collects pieces, in any order and with any of them missing, and puts checkpoints together.
#[derive(Default)]
pub(super) struct Pieces {
    found: BTreeMap<(u64, JournalId, u64), BTreeMap<u16, Piece>>,
}

/// More than ever lie in one file at a time; above it, the oldest go first.
const MAX_COLLECTED: usize = 16;

impl Pieces {
    /// Takes in the payload of a record.
    pub(super) fn take(&mut self, payload: &[u8]) {
        let Ok(piece) = from_bytes::<Piece>(payload) else { return };
        if piece.place >= piece.of || u64::from(piece.of) > PIECES || piece.bytes.len() > PIECE_BYTES {
            return;
        }
        self.found.entry((piece.seq, piece.journal, piece.whole)).or_default().insert(piece.place, piece);
        while self.found.len() > MAX_COLLECTED {
            self.found.pop_first();
        }
    }

    /// The checkpoints of this journal of which every piece is here and the signature holds, newest first.
    pub(super) fn verified<'a>(
        &'a self,
        journal: JournalId,
        keys: &'a dyn Verify,
    ) -> impl Iterator<Item = Checkpoint> + 'a {
        self.found.iter().rev().filter(move |((_, of, _), _)| *of == journal).filter_map(
            move |((seq, ..), pieces)| {
                let checkpoint = unseal::<Checkpoint>(&join(pieces)?, keys);
                match checkpoint {
                    Ok(checkpoint) => {
                        (checkpoint.journal == journal && checkpoint.seq == *seq).then_some(checkpoint)
                    }
                    Err(
                        SealError::NotUnderstood { .. }
                        | SealError::NotSealed
                        | SealError::Forged
                        | SealError::TooLong { .. },
                    ) => None,
                }
            },
        )
    }
}

/// The whole, if there is a piece for every place.
fn join(pieces: &BTreeMap<u16, Piece>) -> Option<Vec<u8>> {
    let of = pieces.values().next()?.of;
    if pieces.len() != usize::from(of) || pieces.values().any(|piece| piece.of != of) {
        return None;
    }
    Some(pieces.values().flat_map(|piece| piece.bytes.iter().copied()).collect())
}
