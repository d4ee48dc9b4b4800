//! A scanner module on a serial line: set up, heard, asked now and then whether it lives, set up again after a restart.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::ScanSink;
use super::module::{Module, Weighed};
use super::splitter::Splitter;
use super::thread::{FIRST_BACK_OFF, LONGEST_BACK_OFF, LONGEST_SLEEP, Teller};

/// From one question whether the module lives to the next.
const ASK_EVERY: Duration = Duration::from_secs(12);
/// A command takes 9.4 ms and its reply 7.3 ms; a scan of 4 kB that is under way holds it up, and counts as life.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);
/// In which the rest of a reply follows its first byte: six bytes at 9600 Bd take 6.3 ms.
const REST_OF_REPLY: Duration = Duration::from_millis(7);
/// Unanswered commands in a row after which the module counts as lost.
const LOST_AFTER: u32 = 2;

/// One module on its line.
pub(super) struct Serial {
    pub(super) path: PathBuf,
    pub(super) baud: Option<u32>,
    pub(super) module: Box<dyn Module>,
}

/// What is to be said to the module and what it still owes.
struct Talk {
    to_say: VecDeque<Vec<u8>>,
    owed: Option<(Vec<u8>, Instant)>,
    next_round: Instant,
    unanswered: u32,
}

impl Serial {
    pub(super) fn run<S: ScanSink>(&self, mut teller: Teller<S>) {
        let baud = self.baud.unwrap_or(self.module.baud());
        while !teller.stopping() {
            teller.turn();
            let why = match serialport::new(self.path.to_string_lossy(), baud).open_native() {
                Ok(port) => match self.serve(&mut teller, port) {
                    Ok(()) => return,
                    Err(error) => format!("the port failed: {error}"),
                },
                Err(error) => format!("{} cannot be opened: {error}", self.path.display()),
            };
            teller.back_off(&why);
        }
    }

    /// Serves an open port until it fails, or returns when asked to stop.
    fn serve<S: ScanSink>(&self, teller: &mut Teller<S>, mut port: TTYPort) -> std::io::Result<()> {
        port.set_timeout(ANSWERS_WITHIN)?;
        port.clear(ClearBuffer::Input)?;
        let mut splitter = Splitter::default();
        let mut talk = Talk::from_the_start(&*self.module);
        let mut heard_at = Instant::now();
        while !teller.stopping() {
            teller.turn();
            let now = Instant::now();
            self.speak(teller, &mut port, &mut talk, heard_at, now)?;
            teller.break_off(&mut splitter, heard_at);
            let wait = talk.wait(now).min(LONGEST_SLEEP).min(Teller::<S>::longest_wait(&splitter, heard_at));
            // A reply is taken in one go: byte after byte it would wake an idle locker seven times. A scan of a pass or label is
            // longer than a reply, so that its end is not there yet either.
            let rest = match talk.owed.is_some() && !splitter.is_within_line() {
                true => REST_OF_REPLY,
                false => Duration::ZERO,
            };
            if !teller.wait(readable(&port), wait)? {
                continue;
            }
            if !rest.is_zero() {
                std::thread::sleep(rest);
            }
            let mut chunk = [0; 512];
            let count = match port.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                    continue;
                }
                result => result?,
            };
            heard_at = Instant::now();
            let mut found = Vec::new();
            splitter.feed(&chunk[..count], Some(&*self.module), |one| found.push(one));
            for reply in teller.sort(found, teller.now_ms()) {
                if talk.hears(&reply, &*self.module) {
                    teller.fine();
                }
            }
        }
        Ok(())
    }

    /// Says what is due, and counts what stays unanswered.
    fn speak<S: ScanSink>(
        &self,
        teller: &mut Teller<S>,
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
                teller.lost("it does not answer");
                let back_off = FIRST_BACK_OFF * 2u32.pow(talk.unanswered.min(8));
                talk.start_again(&*self.module, now + back_off.min(LONGEST_BACK_OFF));
            }
        }
        if now < talk.next_round {
            return Ok(());
        }
        if talk.to_say.is_empty() {
            talk.to_say.push_back(self.module.check());
        }
        if let Some(command) = talk.to_say.pop_front() {
            port.write_all(&command)?;
            talk.owed = Some((command, now));
        }
        Ok(())
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

impl Talk {
    fn from_the_start(module: &dyn Module) -> Self {
        let now = Instant::now();
        let mut talk = Self { to_say: VecDeque::new(), owed: None, next_round: now, unanswered: 0 };
        talk.start_again(module, now);
        talk
    }

    fn start_again(&mut self, module: &dyn Module, at: Instant) {
        self.to_say = module.set_up().into();
        self.owed = None;
        self.next_round = at;
    }

    /// True when with this reply the module is known to live and to be set up.
    fn hears(&mut self, reply: &[u8], module: &dyn Module) -> bool {
        let Some((command, _)) = &self.owed else { return false };
        match module.weigh(command, reply) {
            Weighed::Unrelated => return false,
            Weighed::Done => {}
            Weighed::NotTaken => {
                // Another model; whatever else it takes makes it useful.
                log::info!("the scanner does not take the command {}", command.escape_ascii());
            }
            Weighed::Forgotten => {
                log::info!("the scanner has lost its settings and gets them again");
                self.unanswered = 0;
                self.start_again(module, Instant::now());
                return false;
            }
        }
        self.owed = None;
        self.unanswered = 0;
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
