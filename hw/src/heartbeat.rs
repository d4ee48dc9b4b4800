//! A counter that a loop turns, so that a watchdog can tell a living thread from a stuck one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the turns of one thread's loop. A loop turns at least once in two seconds, also while it reconnects;
/// it never depends on a board or scanner that answers.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat(Arc<AtomicU64>);

impl Heartbeat {
    /// How often the loop has turned since its thread began.
    pub fn turns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn turn(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
