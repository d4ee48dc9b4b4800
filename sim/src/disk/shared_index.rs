//! SQLite's index of a write-ahead log, which all connections to a database share: plain memory, gone with the power.

#![allow(unsafe_code, reason = "SQLite reads and writes this memory by itself")]

use std::ffi::c_void;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// SQLite asks for regions of this size.
pub(super) const REGION_BYTES: usize = 32 * 1024;
/// Enough for a log of four million frames.
const MAX_REGIONS: usize = 1_024;
/// How many locks there are on it (`SQLITE_SHM_NLOCK`).
pub(super) const LOCKS: usize = 8;

const REGION_WORDS: usize = REGION_BYTES / 8;

/// The index of one log.
#[derive(Default)]
pub(super) struct SharedIndex {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    regions: Vec<*mut [u64; REGION_WORDS]>,
    /// How many share each lock; `ALONE` where one has it for itself.
    locks: [u32; LOCKS],
}

const ALONE: u32 = u32::MAX;

// SAFETY: the pointers are made and freed here only, under the mutex. What they point to is touched by SQLite alone, which has its
// own order for that, by `SharedIndex::take` and barriers.
unsafe impl Send for Inner {}

/// What one connection has locked: a bit for each lock.
#[derive(Default, Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) shared: u8,
    pub(super) alone: u8,
}

impl SharedIndex {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A region, zeros at first. It stays where it is as long as this lives. Nothing when it is not there and is not to be made, or is
    /// out of all bounds.
    pub(super) fn region(&self, number: usize, make: bool) -> Option<*mut c_void> {
        let mut inner = self.inner();
        while make && number < MAX_REGIONS && inner.regions.len() <= number {
            inner.regions.push(Box::into_raw(Box::new([0; REGION_WORDS])));
        }
        inner.regions.get(number).map(|region| region.cast())
    }

    /// Takes locks for one connection, all or none. Returns whether it has them.
    pub(super) fn take(&self, taken: &mut Taken, first: usize, count: usize, alone: bool) -> bool {
        let mut inner = self.inner();
        let Some(locks) = first.checked_add(count).and_then(|end| inner.locks.get_mut(first..end)) else {
            return false;
        };
        let bits = bits(first, count);
        if alone {
            if locks.iter().any(|lock| *lock != 0) {
                return false;
            }
            locks.fill(ALONE);
            taken.alone |= bits;
        } else if taken.shared & bits == 0 {
            if locks.contains(&ALONE) {
                return false;
            }
            locks.iter_mut().for_each(|lock| *lock += 1);
            taken.shared |= bits;
        }
        true
    }

    /// Gives back what one connection has of these locks.
    pub(super) fn give_back(&self, taken: &mut Taken, first: usize, count: usize) {
        let mut inner = self.inner();
        for number in first..first.saturating_add(count).min(LOCKS) {
            let bit = bits(number, 1);
            if taken.alone & bit != 0 {
                inner.locks[number] = 0;
            } else if taken.shared & bit != 0 {
                inner.locks[number] = inner.locks[number].saturating_sub(1);
            }
            taken.alone &= !bit;
            taken.shared &= !bit;
        }
    }
}

fn bits(first: usize, count: usize) -> u8 {
    (first..first + count).fold(0, |bits, number| bits | 1_u8.checked_shl(number as u32).unwrap_or(0))
}

impl Drop for Inner {
    fn drop(&mut self) {
        for region in self.regions.drain(..) {
            // SAFETY: it came from `Box::into_raw` in `region`, and is dropped once. Every connection that was given it keeps the
            // `SharedIndex` alive until it has unmapped it (`OpenFile::index`).
            drop(unsafe { Box::from_raw(region) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_shared_or_had_alone() {
        let index = SharedIndex::default();
        let (mut one, mut two) = (Taken::default(), Taken::default());
        assert!(index.take(&mut one, 3, 1, false) && index.take(&mut two, 3, 1, false));
        assert!(!index.take(&mut one, 0, 8, true), "all or none");
        index.give_back(&mut two, 3, 1);
        assert!(!index.take(&mut two, 3, 1, true));
        index.give_back(&mut one, 3, 1);
        assert!(index.take(&mut two, 0, 8, true) && !index.take(&mut one, 7, 1, false));
        index.give_back(&mut two, 0, 8);
        assert!(index.take(&mut one, 7, 1, false));
    }
}
