//! The thread that owns a scanner's port: sets the module up, hears scans, notices when it is gone or was restarted.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::ScanSink;
use super::gm65::{self, Reply, Settings};
use super::splitter::{Found, Splitter};
use crate::{Heartbeat, NowMs};

/// From one question whether the module lives to the next.
const ASK_EVERY: Duration = Duration::from_secs(12);
/// A command takes 9.4 ms and its reply 7.3 ms; a scan of 4 kB that is under way holds it up, and counts as life.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);
/// In which the rest of a reply follows its first byte: six bytes at 9600 Bd take 6.3 ms.
const REST_OF_REPLY: Duration = Duration::from_millis(7);
/// Unanswered commands in a row after which the module counts as lost.
const LOST_AFTER: u32 = 2;
/// Silence after which a begun line counts as broken off; bytes of a scan follow each other within milliseconds.
const BROKEN_OFF_AFTER: Duration = Duration::from_millis(200);
const FIRST_BACK_OFF: Duration = Duration::from_millis(250);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(4);
/// The longest sleep of the loop, so that its heartbeat turns: a watchdog takes 5 s without a turn for a hang.
const LONGEST_SLEEP: Duration = Duration::from_secs(4);

/// Why a scanner could not be started. A port that is missing is no such reason: it is reported and tried again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system gave no thread or event counter.
    #[error("no thread for the scanner: {0}")]
    NoThread(#[from] std::io::Error),
}

/// A GM65 scanner and its thread. Dropping it stops and joins the thread.
pub struct Scanner {
    stop: Arc<Stop>,
    heartbeat: Heartbeat,
    thread: Option<JoinHandle<()>>,
}

struct Stop {
    asked: AtomicBool,
    waker: OwnedFd,
}

impl Scanner {
    /// Starts the thread for the scanner at `path`.
    ///
    /// # Errors
    /// The operating system gave no thread.
    pub fn start<S: ScanSink + 'static>(
        path: impl Into<PathBuf>,
        settings: Settings,
        now: NowMs,
        sink: S,
    ) -> Result<Self, StartError> {
        let waker =
            eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(std::io::Error::from)?;
        let stop = Arc::new(Stop { asked: AtomicBool::new(false), waker });
        let heartbeat = Heartbeat::default();
        let mut running = Running {
            path: path.into(),
            settings,
            now,
            sink,
            stop: stop.clone(),
            heartbeat: heartbeat.clone(),
            health: Health::Untold,
            failures: 0,
        };
        let thread = std::thread::Builder::new().name("scanner".to_owned()).spawn(move || running.run())?;
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    /// Not told anything yet.
    Untold,
    Lost,
    Fine,
}

struct Running<S> {
    path: PathBuf,
    settings: Settings,
    now: NowMs,
    sink: S,
    stop: Arc<Stop>,
    heartbeat: Heartbeat,
    health: Health,
    failures: u32,
}

/// What is to be said to the module and what it still owes.
struct Talk {
    to_say: VecDeque<Command>,
    owed: Option<(Command, Instant)>,
    next_round: Instant,
    unanswered: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    Write(gm65::Zone),
    Heartbeat,
    /// Reads a zone back; another value than this means that the module was restarted.
    Check(gm65::Zone),
}

impl<S: ScanSink> Running<S> {
    fn run(&mut self) {
        while !self.stopping() {
            self.heartbeat.turn();
            let why = match serialport::new(self.path.to_string_lossy(), gm65::BAUD).open_native() {
                Ok(port) => match self.serve(port) {
                    Ok(()) => return,
                    Err(error) => format!("the port failed: {error}"),
                },
                Err(error) => format!("{} cannot be opened: {error}", self.path.display()),
            };
            self.lost(&why);
            let back_off = FIRST_BACK_OFF * 2u32.pow(self.failures.min(8));
            self.failures = self.failures.saturating_add(1);
            self.pause(back_off.min(LONGEST_BACK_OFF));
        }
    }

    fn stopping(&self) -> bool {
        self.stop.asked.load(Ordering::Acquire)
    }

    fn lost(&mut self, why: &str) {
        if self.health != Health::Lost {
            self.health = Health::Lost;
            log::warn!("the scanner is lost: {why}");
            self.sink.scanner_lost(why);
        }
    }

    fn fine(&mut self) {
        self.failures = 0;
        if self.health != Health::Fine {
            self.health = Health::Fine;
            log::info!("the scanner is set up");
            self.sink.scanner_back();
        }
    }

    fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        while !self.stopping() && Instant::now() < until {
            self.heartbeat.turn();
            let left = until.saturating_duration_since(Instant::now()).min(LONGEST_SLEEP);
            let mut ends = [PollFd::new(&self.stop.waker, PollFlags::IN)];
            let _ = poll(&mut ends, Some(&timespec(left)));
        }
    }

    /// Serves an open port until it fails, or returns when asked to stop.
    fn serve(&mut self, mut port: TTYPort) -> std::io::Result<()> {
        port.set_timeout(ANSWERS_WITHIN)?;
        port.clear(ClearBuffer::Input)?;
        let mut splitter = Splitter::default();
        let mut talk = Talk::from_the_start(&self.settings);
        let mut heard_at = Instant::now();
        while !self.stopping() {
            self.heartbeat.turn();
            let now = Instant::now();
            self.speak(&mut port, &mut talk, heard_at, now)?;
            if splitter.is_within_line()
                && now >= heard_at + BROKEN_OFF_AFTER
                && let Some(scan) = splitter.broke_off()
            {
                self.sink.scanned(scan, (self.now)());
            }
            let mut wait = talk.wait(now).min(LONGEST_SLEEP);
            if splitter.is_within_line() {
                wait = wait.min((heard_at + BROKEN_OFF_AFTER).saturating_duration_since(now));
            }
            let mut chunk = [0; 512];
            // A reply is taken in one go: byte after byte it would wake an idle locker seven times. A scan of a pass or label is
            // longer than a reply, so that its end is not there yet either.
            let rest = match talk.owed.is_some() && !splitter.is_within_line() {
                true => REST_OF_REPLY,
                false => Duration::ZERO,
            };
            let count = self.listen(&mut port, &mut chunk, wait, rest)?;
            if count == 0 {
                continue;
            }
            heard_at = Instant::now();
            let at_ms = (self.now)();
            let mut replies = Vec::new();
            splitter.feed(&chunk[..count], |found| match found {
                Found::Scan(scan) => self.sink.scanned(scan, at_ms),
                Found::Reply(reply) => replies.push(reply),
            });
            for reply in replies {
                if talk.hears(reply, &self.settings) {
                    self.fine();
                }
            }
        }
        Ok(())
    }

    /// Says what is due, and counts what stays unanswered.
    fn speak(
        &mut self,
        port: &mut TTYPort,
        talk: &mut Talk,
        heard_at: Instant,
        now: Instant,
    ) -> std::io::Result<()> {
        if let Some((_, since)) = talk.owed {
            if now < since.max(heard_at) + ANSWERS_WITHIN {
                return Ok(());
            }
            talk.owed = None;
            talk.unanswered += 1;
            if talk.unanswered >= LOST_AFTER {
                self.lost("it does not answer");
                let back_off = FIRST_BACK_OFF * 2u32.pow(talk.unanswered.min(8));
                talk.start_again(&self.settings, now + back_off.min(LONGEST_BACK_OFF));
            }
        }
        if now < talk.next_round {
            return Ok(());
        }
        if talk.to_say.is_empty() {
            talk.ask_for_life(&self.settings);
        }
        if let Some(command) = talk.to_say.pop_front() {
            port.write_all(&command.bytes())?;
            talk.owed = Some((command, now));
        }
        Ok(())
    }

    /// Reads what has come `rest` after the first byte that comes within `wait`; 0 when nothing came or a stop was
    /// asked for.
    fn listen(
        &self,
        port: &mut TTYPort,
        chunk: &mut [u8],
        wait: Duration,
        rest: Duration,
    ) -> std::io::Result<usize> {
        let ready = {
            let fd = readable(port);
            let mut ends =
                [PollFd::from_borrowed_fd(fd, PollFlags::IN), PollFd::new(&self.stop.waker, PollFlags::IN)];
            match poll(&mut ends, Some(&timespec(wait))) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            !ends[0].revents().is_empty()
        };
        if !ready {
            return Ok(0);
        }
        if !rest.is_zero() {
            std::thread::sleep(rest);
        }
        match port.read(chunk) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(0),
            result => result,
        }
    }
}

/// The port's descriptor for waiting; the serial port crate lends only its number.
fn readable(port: &TTYPort) -> BorrowedFd<'_> {
    // SAFETY: the port owns this descriptor, and the borrow keeps the port alive and in place.
    #[allow(unsafe_code, reason = "the only way to wait for a port and a stop at once")]
    unsafe {
        BorrowedFd::borrow_raw(port.as_raw_fd())
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

impl Command {
    fn bytes(self) -> [u8; 9] {
        match self {
            Self::Write(zone) => gm65::write_zone(zone),
            Self::Heartbeat => gm65::HEARTBEAT,
            Self::Check(zone) => gm65::read_zone(zone.address),
        }
    }

    fn is_answered_by(self, reply: Reply) -> bool {
        match self {
            Self::Write(_) => reply == Reply::Value(0),
            Self::Heartbeat => reply == Reply::Alive,
            Self::Check(_) => matches!(reply, Reply::Value(_)),
        }
    }
}

impl Talk {
    fn from_the_start(settings: &Settings) -> Self {
        let now = Instant::now();
        let mut talk = Self { to_say: VecDeque::new(), owed: None, next_round: now, unanswered: 0 };
        talk.start_again(settings, now);
        talk
    }

    fn start_again(&mut self, settings: &Settings, at: Instant) {
        self.to_say = settings.zones.iter().map(|zone| Command::Write(*zone)).collect();
        self.to_say.push_back(Command::Heartbeat);
        self.owed = None;
        self.next_round = at;
    }

    /// A zone that is read back tells both that the module lives and that it was not restarted.
    fn ask_for_life(&mut self, settings: &Settings) {
        let check = settings.zones.first().map(|zone| Command::Check(*zone));
        self.to_say.push_back(check.unwrap_or(Command::Heartbeat));
    }

    /// True when with this reply the module is known to live and to be set up.
    fn hears(&mut self, reply: Reply, settings: &Settings) -> bool {
        let Some((command, _)) = self.owed else { return false };
        if !command.is_answered_by(reply) {
            return false;
        }
        self.owed = None;
        self.unanswered = 0;
        if let (Command::Check(zone), Reply::Value(value)) = (command, reply)
            && value != zone.value
        {
            log::info!("the scanner has lost its settings and gets them again");
            self.start_again(settings, Instant::now());
            return false;
        }
        let done = self.to_say.is_empty();
        if done {
            self.next_round = Instant::now() + ASK_EVERY;
        }
        done
    }

    fn wait(&self, now: Instant) -> Duration {
        match self.owed {
            Some((_, since)) => {
                (since + ANSWERS_WITHIN).saturating_duration_since(now).max(Duration::from_millis(5))
            }
            None => self.next_round.saturating_duration_since(now),
        }
    }
}
