//! Listening in on a wire.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the locker to the emulated part.
    ToPart,
    /// From the emulated part to the locker.
    FromPart,
}

/// What a frame is to whoever follows a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// It asks for a lock to be energised.
    Unlock,
    /// A code that was held before a scanner.
    Scan,
    /// What a locker asks all day, and its answer.
    Routine,
    /// Anything else.
    Other,
}

/// One frame that passed on a wire.
#[derive(Clone, Debug)]
pub struct WireEvent {
    /// When its last byte had passed.
    pub at: Instant,
    /// How long it took on the wire.
    pub took: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: FrameKind,
    /// What it means, for people.
    pub note: String,
}

impl WireEvent {
    /// The bytes as people write them: `8A 01 07 11 9D`.
    pub fn hex(&self) -> String {
        self.bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
    }
}

/// Hands events to subscribers; one that does not keep up loses events, never holds the wire.
#[derive(Debug, Default)]
pub(super) struct Taps(Mutex<Vec<SyncSender<WireEvent>>>);

impl Taps {
    pub(super) fn subscribe(&self, holds: usize) -> Receiver<WireEvent> {
        let (sender, receiver) = sync_channel(holds);
        self.add(sender);
        receiver
    }

    pub(super) fn add(&self, sender: SyncSender<WireEvent>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
    }

    pub(super) fn tell(&self, event: &WireEvent) {
        let mut subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| {
            !matches!(subscriber.try_send(event.clone()), Err(TrySendError::Disconnected(_)))
        });
    }
}
