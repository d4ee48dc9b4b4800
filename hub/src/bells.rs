//! Wakes the long polls of a locker when a change for it was committed. Only a hint: what is true is in the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use locker_protocol::LockerId;
use tokio::sync::Notify;

/// One bell for every locker that somebody waits for.
#[derive(Default)]
pub(crate) struct Bells(Mutex<HashMap<LockerId, Arc<Notify>>>);

impl Bells {
    /// Waits for this locker's bell until the listener is dropped.
    pub(crate) fn listen(&self, locker: LockerId) -> Listener<'_> {
        let bell = Arc::clone(self.bells().entry(locker).or_default());
        Listener { bells: self, locker, bell }
    }

    /// Rings: everyone who waits for this locker looks into the database again.
    pub(crate) fn ring(&self, locker: LockerId) {
        if let Some(bell) = self.bells().get(&locker) {
            bell.notify_waiters();
        }
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<LockerId, Arc<Notify>>> {
        // Nothing that can panic runs under this lock, so a poisoned map is whole too.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Somebody waits for a locker's bell.
pub(crate) struct Listener<'a> {
    bells: &'a Bells,
    locker: LockerId,
    bell: Arc<Notify>,
}

impl Listener<'_> {
    /// The bell; enable its future before looking into the database.
    pub(crate) fn bell(&self) -> &Notify {
        &self.bell
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        let mut bells = self.bells.bells();
        // Two: the map's and this one's.
        if Arc::strong_count(&self.bell) == 2 {
            bells.remove(&self.locker);
        }
    }
}
