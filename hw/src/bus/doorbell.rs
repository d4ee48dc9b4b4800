//! Wakes a thread that waits for a port: something that poll(2) can wait on beside it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, read, write};

/// Rung by anyone, waited on by one thread. Clones ring the same bell; rings before the wait are not lost.
#[derive(Clone, Debug)]
pub(crate) struct Doorbell(Arc<OwnedFd>);

impl Doorbell {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    pub(crate) fn ring(&self) {
        // Fails only when it has rung 2^64 times unheard: it wakes all the same.
        let _ = write(&*self.0, &1u64.to_ne_bytes());
    }

    /// It rings no longer.
    pub(crate) fn hush(&self) {
        let _ = read(&*self.0, &mut [0; 8][..]);
    }

    /// Waits until it rings or the time is over.
    pub(crate) fn wait(&self, longest: Duration) {
        wait_for_either(None, Some(self.0.as_fd()), longest);
        self.hush();
    }
}

impl AsFd for Doorbell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    /// There is something to read at the port, or it is gone: reading tells.
    pub(crate) port: bool,
    /// The bell rang.
    pub(crate) rung: bool,
}

/// Waits until there is something at the port, the bell rings, or the time is over.
pub(crate) fn wait_for_either(
    port: Option<BorrowedFd<'_>>,
    bell: Option<BorrowedFd<'_>>,
    longest: Duration,
) -> Ready {
    let timeout = Timespec {
        tv_sec: i64::try_from(longest.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: longest.subsec_nanos().into(),
    };
    let mut ends: Vec<PollFd<'_>> = Vec::with_capacity(2);
    ends.extend(port.map(|port| PollFd::from_borrowed_fd(port, PollFlags::IN)));
    ends.extend(bell.map(|bell| PollFd::from_borrowed_fd(bell, PollFlags::IN)));
    match poll(&mut ends, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => {
            // Nothing is known to be ready; whoever asked again at once must not spin.
            log::error!("waiting failed: {error}");
            std::thread::sleep(longest.min(Duration::from_millis(10)));
        }
    }
    let mut ready = ends.iter().map(|end| !end.revents().is_empty());
    Ready {
        port: port.is_some() && ready.next().unwrap_or(false),
        rung: bell.is_some() && ready.next().unwrap_or(false),
    }
}
