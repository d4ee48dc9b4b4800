//! The thread that owns a scanner, and what both kinds of line have in common: the sink is told once that the scanner is
//! gone and once that it is back; a stop wakes it; its heartbeat turns.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::serial::Serial;
use super::splitter::{Found, Splitter};
use super::{Connection, Scan, ScanSink, keyboard};
use crate::{Heartbeat, NowMs};

/// Silence after which a begun line counts as broken off; bytes of a scan follow each other within milliseconds.
pub(super) const BROKEN_OFF_AFTER: Duration = Duration::from_millis(200);
pub(super) const FIRST_BACK_OFF: Duration = Duration::from_millis(250);
pub(super) const LONGEST_BACK_OFF: Duration = Duration::from_secs(4);
/// The longest sleep of the loop, so that its heartbeat turns: a watchdog takes 5 s without a turn for a hang.
pub(super) const LONGEST_SLEEP: Duration = Duration::from_secs(4);

/// Why a scanner could not be started. A port that is missing is no such reason: it is reported and tried again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system gave no thread or event counter.
    #[error("no thread for the scanner: {0}")]
    NoThread(#[from] std::io::Error),
}

/// A scanner and its thread. Dropping it stops and joins the thread.
pub struct Scanner {
    stop: Arc<Stop>,
    heartbeat: Heartbeat,
    thread: Option<JoinHandle<()>>,
}

pub(super) struct Stop {
    asked: AtomicBool,
    waker: OwnedFd,
}

impl Stop {
    pub(super) fn new() -> std::io::Result<Self> {
        let waker = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { asked: AtomicBool::new(false), waker })
    }
}

impl Scanner {
    /// Starts the thread for a scanner. It is looked for under its path again and again, also after it was unplugged.
    ///
    /// # Errors
    /// The operating system gave no thread.
    pub fn start<S: ScanSink + 'static>(
        connection: Connection,
        now: NowMs,
        sink: S,
    ) -> Result<Self, StartError> {
        let stop = Arc::new(Stop::new()?);
        let heartbeat = Heartbeat::default();
        let teller = Teller::new(now, sink, stop.clone(), heartbeat.clone());
        let thread =
            std::thread::Builder::new().name("scanner".to_owned()).spawn(move || run(connection, teller))?;
        Ok(Self { stop, heartbeat, thread: Some(thread) })
    }

    /// The thread's heartbeat, for the watchdog.
    pub fn heartbeat(&self) -> Heartbeat {
        self.heartbeat.clone()
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.stop.asked.store(true, Ordering::Release);
        let _ = rustix::io::write(&self.stop.waker, &1u64.to_ne_bytes());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the scanner's thread had panicked");
        }
    }
}

fn run<S: ScanSink>(connection: Connection, teller: Teller<S>) {
    let Connection { kind, path, baud } = connection;
    match kind.module() {
        Some(module) => Serial { path, baud, module }.run(teller),
        None => keyboard::run(&path, teller),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    /// Not told anything yet.
    Untold,
    Lost,
    Fine,
}

/// The thread's side of whoever started it.
pub(super) struct Teller<S> {
    now: NowMs,
    sink: S,
    stop: Arc<Stop>,
    heartbeat: Heartbeat,
    health: Health,
    failures: u32,
}

impl<S: ScanSink> Teller<S> {
    pub(super) fn new(now: NowMs, sink: S, stop: Arc<Stop>, heartbeat: Heartbeat) -> Self {
        Self { now, sink, stop, heartbeat, health: Health::Untold, failures: 0 }
    }

    pub(super) fn stopping(&self) -> bool {
        self.stop.asked.load(Ordering::Acquire)
    }

    pub(super) fn turn(&self) {
        self.heartbeat.turn();
    }

    pub(super) fn now_ms(&self) -> u64 {
        (self.now)()
    }

    pub(super) fn scanned(&self, scan: Scan, at_ms: u64) {
        self.sink.scanned(scan, at_ms);
    }

    /// A line that began long ago will not be ended.
    pub(super) fn break_off(&self, splitter: &mut Splitter, heard_at: Instant) {
        if splitter.is_within_line()
            && Instant::now() >= heard_at + BROKEN_OFF_AFTER
            && let Some(scan) = splitter.broke_off()
        {
            self.scanned(scan, self.now_ms());
        }
    }

    /// How long the loop may sleep while a line may have to be broken off.
    pub(super) fn longest_wait(splitter: &Splitter, heard_at: Instant) -> Duration {
        match splitter.is_within_line() {
            true => (heard_at + BROKEN_OFF_AFTER).saturating_duration_since(Instant::now()),
            false => LONGEST_SLEEP,
        }
    }

    /// Hands scans on, and gives back the replies.
    pub(super) fn sort(&self, found: Vec<Found>, at_ms: u64) -> Vec<Vec<u8>> {
        let mut replies = Vec::new();
        for one in found {
            match one {
                Found::Scan(scan) => self.scanned(scan, at_ms),
                Found::Reply(reply) => replies.push(reply),
            }
        }
        replies
    }

    pub(super) fn lost(&mut self, why: &str) {
        if self.health != Health::Lost {
            self.health = Health::Lost;
            log::warn!("the scanner is lost: {why}");
            self.sink.scanner_lost(why);
        }
    }

    pub(super) fn fine(&mut self) {
        self.failures = 0;
        if self.health != Health::Fine {
            self.health = Health::Fine;
            log::info!("the scanner is set up");
            self.sink.scanner_back();
        }
    }

    /// The line failed: says so, and waits, longer each time.
    pub(super) fn back_off(&mut self, why: &str) {
        self.lost(why);
        let back_off = FIRST_BACK_OFF * 2u32.pow(self.failures.min(8));
        self.failures = self.failures.saturating_add(1);
        let until = Instant::now() + back_off.min(LONGEST_BACK_OFF);
        while !self.stopping() && Instant::now() < until {
            self.turn();
            let left = until.saturating_duration_since(Instant::now()).min(LONGEST_SLEEP);
            let mut ends = [PollFd::new(&self.stop.waker, PollFlags::IN)];
            let _ = poll(&mut ends, Some(&timespec(left)));
        }
    }

    /// Waits until something can be read, a stop is asked for, or for so long; says whether something can be read.
    pub(super) fn wait(&self, line: BorrowedFd<'_>, wait: Duration) -> std::io::Result<bool> {
        let mut ends =
            [PollFd::from_borrowed_fd(line, PollFlags::IN), PollFd::new(&self.stop.waker, PollFlags::IN)];
        match poll(&mut ends, Some(&timespec(wait))) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(!ends[0].revents().is_empty())
    }
}

fn timespec(length: Duration) -> Timespec {
    // Rounded up: waiting a little too short would turn the loop once more for nothing.
    let length = length + Duration::from_micros(50);
    Timespec {
        tv_sec: length.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: length.subsec_nanos().into(),
    }
}
