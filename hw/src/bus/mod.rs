//! The boundary between whoever decides that a door opens and whatever makes it open.
//!
//! [`LockBus`] and [`BusSink`] are all that the engine knows; [`Locks`] drives real ports, a simulation brings
//! its own.

mod corroboration;
pub(crate) mod doorbell;
mod line;
mod locks;
pub(crate) mod mailbox;
mod polling;
pub(crate) mod supply;
mod worker;

pub use locks::{Locks, StartError};
pub(crate) use worker::Parts;

use crate::board::ItemState;

/// Where a lock is wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lock {
    /// Index of the bank in [`crate::profile::Profile::banks`], from 0.
    pub bank: u8,
    /// Channel on that bank's board, from 1.
    pub channel: u8,
}

/// One attempt to open one door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlock {
    /// The journaled attempt; comes back in the answer.
    pub attempt: u64,
    /// Which lock.
    pub lock: Lock,
    /// Checked on the process clock immediately before the first byte; later than this, no byte leaves.
    pub not_after_ms: u64,
}

/// What became of an [`Unlock`]. None of them proves that a door moved: only a later reading does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlockAnswer {
    /// No byte left. The lock was certainly not energised by this attempt.
    NotSent(NotSent),
    /// The frame left and the board acknowledged it.
    Sent,
    /// The frame left and the board answered that the lock did not open.
    Refused,
    /// Bytes left, and no answer or a garbled one came: the lock may have been energised.
    Unclear,
}

/// Why no byte of an unlock left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// Its `not_after_ms` passed first.
    TooLate,
    /// The serial port could not be opened or written.
    PortUnavailable,
    /// No compartment of the profile is wired there.
    NoSuchLock,
    /// The bus was being stopped.
    Stopped,
}

/// What a reading says of a door. `Unknown` is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorState {
    /// The sensor says open.
    Open,
    /// The sensor says closed.
    Closed,
    /// There is no sensor, or the board did not cover this channel.
    Unknown,
}

/// The bus takes no more unlocks now: its mailbox is full. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bus already has as many unlocks waiting as it holds")]
pub struct BusFull;

/// Opens doors and reads them.
pub trait LockBus {
    /// Hands over one attempt; exactly one [`BusSink::unlocked`] follows. Returns at once.
    ///
    /// # Errors
    /// [`BusFull`] when too many are waiting: nothing was taken, and no answer follows.
    fn unlock(&mut self, unlock: Unlock) -> Result<(), BusFull>;

    /// Names the doors that a person is dealing with, replacing those named before: they are read every 100 ms or
    /// faster, the others about once a second.
    fn watch(&mut self, locks: &[Lock]);
}

/// Hears what the bus learns. Called on bus threads: a method must return at once and never block.
pub trait BusSink: Send {
    /// What became of an attempt.
    fn unlocked(&self, attempt: u64, answer: UnlockAnswer, answered_at_ms: u64);

    /// One sample of doors of a bank; of all of them, where one question covers the bank. `sampled_at_ms` is the time just
    /// before the question's first byte was written, so a reading never claims to be later than it is. Of a door change
    /// that a board reports by itself, it is the time at which the report had come; a question follows at once. Of a change that
    /// two answers had to say ([`crate::board::LockBoard::is_checked`]), it is that of the second.
    fn doors(&self, bank: u8, states: &[(u8, DoorState)], sampled_at_ms: u64);

    /// One sample of the item sensors of a bank, beside its doors: of the compartments whose evidence is `item`, and never
    /// called where there are none. `sampled_at_ms` as for [`BusSink::doors`].
    fn items(&self, bank: u8, states: &[(u8, ItemState)], sampled_at_ms: u64) {
        let _ = (bank, states, sampled_at_ms);
    }

    /// A bank no longer answers: its doors are unknown until [`BusSink::bank_back`]. Told once for each loss, also for a
    /// bank that never answered since the start.
    fn bank_lost(&self, bank: u8, why: &str);

    /// A lost bank answers again; its doors follow.
    fn bank_back(&self, bank: u8);
}

impl<T: BusSink + Sync + ?Sized> BusSink for std::sync::Arc<T> {
    fn unlocked(&self, attempt: u64, answer: UnlockAnswer, answered_at_ms: u64) {
        (**self).unlocked(attempt, answer, answered_at_ms);
    }
    fn doors(&self, bank: u8, states: &[(u8, DoorState)], sampled_at_ms: u64) {
        (**self).doors(bank, states, sampled_at_ms);
    }
    fn items(&self, bank: u8, states: &[(u8, ItemState)], sampled_at_ms: u64) {
        (**self).items(bank, states, sampled_at_ms);
    }
    fn bank_lost(&self, bank: u8, why: &str) {
        (**self).bank_lost(bank, why);
    }
    fn bank_back(&self, bank: u8) {
        (**self).bank_back(bank);
    }
}
