//! Bytes at the speed of a real line, in both directions.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, read, write};

use super::Pty;

/// More than this without a pause is noise; it is dropped.
const LONGEST_FRAME: usize = 256;
/// How often a claim on the far end is forgotten while nothing happens.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// Wakes the thread that serves a wire.
#[derive(Clone, Debug)]
pub(super) struct Waker(Arc<OwnedFd>);

impl Waker {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    pub(super) fn wake(&self) {
        // A full counter wakes as well.
        let _ = write(&*self.0, &1u64.to_ne_bytes());
    }

    /// One that does not keep the wire's thread's end open.
    pub(super) fn downgrade(&self) -> WeakWaker {
        WeakWaker(Arc::downgrade(&self.0))
    }

    fn calm(&self) {
        let _ = read(&*self.0, &mut [0; 8][..]);
    }
}

/// Wakes the thread that serves a wire, if it is still there.
#[derive(Clone, Debug)]
pub(super) struct WeakWaker(Weak<OwnedFd>);

impl WeakWaker {
    /// False when nobody is there any more.
    pub(super) fn wake(&self) -> bool {
        let there = self.0.upgrade().map(Waker);
        if let Some(waker) = &there {
            waker.wake();
        }
        there.is_some()
    }
}

/// What came of waiting.
pub(super) enum Heard {
    /// A frame, ended by a quiet gap: when its last byte had come, and how long it took.
    Frame { bytes: Vec<u8>, at: Instant, took: Duration },
    /// Woken, or nothing came.
    Nothing,
}

/// The near end of a line.
pub(super) struct Wire {
    pty: Pty,
    byte: Duration,
    quiet_gap: Duration,
    waker: Waker,
    frame: Vec<u8>,
    /// When the first byte of `frame` began, and when the last one will have come at the line's speed.
    began: Instant,
    arrives: Instant,
}

impl Wire {
    pub(super) fn new(pty: Pty, baud: u32, waker: Waker) -> Self {
        let byte = Duration::from_secs(10) / baud;
        let now = Instant::now();
        // Four byte times of silence end a frame, as on a board's own timer.
        Self { pty, byte, quiet_gap: byte * 4, waker, frame: Vec::new(), began: now, arrives: now }
    }

    /// Bits a second at the far end; none where that cannot be known.
    pub(super) fn far_baud(&self) -> Option<u32> {
        self.pty.far_baud().ok()
    }

    /// Whether no frame is on its way in.
    pub(super) fn is_quiet(&self) -> bool {
        self.frame.is_empty()
    }

    /// Waits for a frame, a wake-up or a while.
    pub(super) fn listen(&mut self) -> io::Result<Heard> {
        self.pty.forget_claims();
        loop {
            let ends_at = self.arrives + self.quiet_gap;
            let wait = match self.frame.is_empty() {
                true => LONGEST_WAIT,
                false => ends_at.saturating_duration_since(Instant::now()),
            };
            let timeout = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
            let mut ends = [
                PollFd::from_borrowed_fd(self.pty.near(), PollFlags::IN),
                PollFd::from_borrowed_fd(self.waker.0.as_fd(), PollFlags::IN),
            ];
            match poll(&mut ends, Some(&timeout)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let woken = ends[1].revents().contains(PollFlags::IN);
            if ends[0].revents().contains(PollFlags::IN) {
                self.take()?;
            } else if !self.frame.is_empty() && Instant::now() >= ends_at {
                let bytes = std::mem::take(&mut self.frame);
                return Ok(Heard::Frame { bytes, at: self.arrives, took: self.arrives - self.began });
            }
            if woken {
                self.waker.calm();
                return Ok(Heard::Nothing);
            }
            if self.frame.is_empty() {
                return Ok(Heard::Nothing);
            }
        }
    }

    fn take(&mut self) -> io::Result<()> {
        let mut chunk = [0; LONGEST_FRAME];
        let count = match read(self.pty.near(), &mut chunk[..]) {
            Ok(count) => count,
            Err(Errno::AGAIN | Errno::INTR | Errno::IO) => 0,
            Err(error) => return Err(error.into()),
        };
        if count == 0 {
            return Ok(());
        }
        let now = Instant::now();
        if self.frame.is_empty() {
            self.began = now;
            self.arrives = now;
        }
        // The pseudo-terminal hands over at once what a line would bring byte after byte.
        self.arrives = self.arrives.max(now) + self.byte * u32::try_from(count).unwrap_or(u32::MAX);
        self.frame.extend_from_slice(&chunk[..count]);
        if self.frame.len() > LONGEST_FRAME {
            self.frame.clear();
        }
        Ok(())
    }

    /// Sends byte after byte at the line's speed; gives the time it took. What nobody takes is lost, as on a real line.
    pub(super) fn say(&mut self, bytes: &[u8]) -> Duration {
        let began = Instant::now();
        let mut due = began;
        for byte in bytes {
            due += self.byte;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if write(self.pty.near(), std::slice::from_ref(byte)).is_err() {
                log::debug!("{}: a byte found nobody", self.pty.path().display());
            }
        }
        began.elapsed()
    }
}
