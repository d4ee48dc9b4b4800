//! A power supply, as the locks that hang on it load it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The supply of some locks, of one board or of several. Clones are the same supply.
#[derive(Clone, Debug, Default)]
pub struct Supply(Arc<Mutex<Load>>);

#[derive(Debug, Default)]
struct Load {
    boards: usize,
    on: Vec<On>,
    most: usize,
}

/// A lock that is energised.
#[derive(Debug)]
struct On {
    board: usize,
    channel: u8,
    until: Instant,
}

/// Where the locks of one board hang on a supply.
#[derive(Debug)]
pub(super) struct Outlet {
    supply: Supply,
    board: usize,
}

impl Supply {
    /// The most locks that were ever energised at one instant.
    pub fn most_energised_together(&self) -> usize {
        self.load().most
    }

    pub(super) fn outlet(&self) -> Outlet {
        let mut load = self.load();
        load.boards += 1;
        Outlet { supply: self.clone(), board: load.boards }
    }

    fn load(&self) -> MutexGuard<'_, Load> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet {
    pub(super) fn supply(&self) -> &Supply {
        &self.supply
    }

    /// A relay energises the lock of this channel.
    pub(super) fn energise(&self, channel: u8, from: Instant, length: Duration) {
        let mut load = self.supply.load();
        load.on.retain(|lock| lock.until > from);
        load.on.push(On { board: self.board, channel, until: from + length });
        load.most = load.most.max(load.on.len());
    }

    /// The relays of these channels go off, if they are on.
    pub(super) fn switch_off(&self, channels: &[u8]) {
        self.supply.load().on.retain(|lock| lock.board != self.board || !channels.contains(&lock.channel));
    }
}
