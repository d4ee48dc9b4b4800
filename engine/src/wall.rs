//! What time it is, for people and logs. Nothing is decided by it but whether a badge is out of date, and for that a
//! floor is enough.

use locker_protocol::event::Stamp;

/// The best time that anyone vouched for.
#[derive(Clone, Copy, Debug)]
pub struct Wall {
    /// No clock is before this: the later of build time and the last time that the hub signed, in seconds since 1970.
    floor_unix_s: u64,
    started_ms: u64,
    /// The hub's time in answer to a nonce of this start, and the monotonic moment of it.
    hub: Option<(u64, u64)>,
}

impl Wall {
    /// At the start of the program.
    pub fn new(floor_unix_s: u64, now_ms: u64) -> Self {
        Self { floor_unix_s, started_ms: now_ms, hub: None }
    }

    /// The hub signed this time, answering a nonce of ours.
    pub fn hub_says(&mut self, unix_s: u64, now_ms: u64) {
        self.hub = Some((unix_s, now_ms));
    }

    /// Now.
    pub fn stamp(&self, now_ms: u64) -> Stamp {
        match self.hub {
            Some((unix_s, at_ms)) => Stamp {
                mono_ms: now_ms,
                unix_s: unix_s + now_ms.saturating_sub(at_ms) / 1_000,
                from_hub: true,
            },
            None => Stamp {
                mono_ms: now_ms,
                unix_s: self.floor_unix_s + now_ms.saturating_sub(self.started_ms) / 1_000,
                from_hub: false,
            },
        }
    }
}
