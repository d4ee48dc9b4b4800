//! What a journal says, added up.

use locker_protocol::Entry;

/// A state that is changed by entries and nothing else, so that it can be had again from the journal.
///
/// The journal knows nothing of what the entries mean.
pub trait Book: Default {
    /// Takes in one entry. After damage, entries may have gaps between them, and
    /// [`Event::Recovered`](locker_protocol::Event::Recovered) closes that account.
    fn apply(&mut self, entry: &Entry);
    /// The whole state, for a checkpoint: see [`MAX_BOOK_BYTES`](super::MAX_BOOK_BYTES).
    fn to_bytes(&self) -> Vec<u8>;
    /// The state of a checkpoint; nothing if this version does not understand it.
    fn from_bytes(bytes: &[u8]) -> Option<Self>
    where
        Self: Sized;
}
