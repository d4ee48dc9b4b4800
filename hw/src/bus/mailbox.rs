//! What one bus thread is asked for: a few unlocks, and which doors to watch.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::doorbell::Doorbell;
use super::{BusFull, Lock, Unlock};

/// Unlocks that may wait on one port. A person needs one at a time; more is a fault upstream.
pub(crate) const MAILBOX: usize = 32;

/// The mailbox of one bus thread. Clones are the same mailbox.
#[derive(Clone)]
pub(crate) struct Mailbox {
    shared: Arc<Mutex<Mail>>,
    bell: Doorbell,
}

#[derive(Default)]
struct Mail {
    unlocks: VecDeque<Unlock>,
    watched: Arc<[Lock]>,
    closed: bool,
}

impl Mailbox {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { shared: Arc::default(), bell: Doorbell::new()? })
    }

    pub(crate) fn bell(&self) -> &Doorbell {
        &self.bell
    }

    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one more unlock.
    pub(crate) fn post(&self, unlock: Unlock) -> Result<(), BusFull> {
        let mut mail = self.mail();
        if mail.closed || mail.unlocks.len() >= MAILBOX {
            return Err(BusFull);
        }
        mail.unlocks.push_back(unlock);
        drop(mail);
        self.bell.ring();
        Ok(())
    }

    /// Names the doors that a person is dealing with.
    pub(crate) fn watch(&self, locks: Vec<Lock>) {
        let mut mail = self.mail();
        if *mail.watched == *locks {
            return;
        }
        mail.watched = locks.into();
        drop(mail);
        self.bell.ring();
    }

    pub(crate) fn watched(&self) -> Arc<[Lock]> {
        self.mail().watched.clone()
    }

    /// Nothing more is taken. What waits is left for the thread to answer.
    pub(crate) fn close(&self) {
        self.mail().closed = true;
        self.bell.ring();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.mail().closed
    }

    pub(crate) fn has_unlock(&self) -> bool {
        !self.mail().unlocks.is_empty()
    }

    /// Takes out the first unlock that fits.
    pub(crate) fn take_first(&self, fits: impl Fn(&Unlock) -> bool) -> Option<Unlock> {
        let mut mail = self.mail();
        let position = mail.unlocks.iter().position(fits)?;
        mail.unlocks.remove(position)
    }

    /// Puts back what was taken out: it goes first again.
    pub(crate) fn put_back(&self, unlock: Unlock) {
        self.mail().unlocks.push_front(unlock);
    }

    /// The smallest of what `of` makes of the waiting unlocks.
    pub(crate) fn least<T: Ord>(&self, of: impl Fn(&Unlock) -> Option<T>) -> Option<T> {
        self.mail().unlocks.iter().filter_map(of).min()
    }
}

/// Held by the thread that empties a mailbox: when the thread ends, however it ends, nothing more is taken.
pub(crate) struct Emptier(pub(crate) Mailbox);

impl Drop for Emptier {
    fn drop(&mut self) {
        self.0.close();
    }
}
