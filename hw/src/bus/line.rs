//! One serial port as transactions: silence, one request, one answer that ends on a quiet gap. Between transactions it
//! listens to what boards report by themselves.
//!
//! After an error the port is closed, so that what is still on its way is thrown away, and opened again by the next
//! transaction: by its path, which may be a symlink that by then leads to another device.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::doorbell::{Doorbell, wait_for_either};

/// Silence between two transactions, seen to be needed in the field.
const SILENCE: Duration = Duration::from_millis(5);
/// An answer ends when nothing came for this long; five byte times at 9600 Bd.
const QUIET_GAP: Duration = Duration::from_millis(5);
/// No answer of any board is longer, echo and unasked reports included.
const LONGEST_ANSWER: usize = 192;
/// How long a write may find the kernel's buffer full.
const WRITE_WITHIN: Duration = Duration::from_millis(200);
/// Parts of one report come no further apart than this; USB adapters hand over what they have every 16 ms.
const HELD_UP: Duration = Duration::from_millis(25);
/// How long an answer that nobody waits for is let pass, so that it collides with nothing; a board that switches a relay may be
/// deaf meanwhile, too.
const STRAY_ANSWER: Duration = Duration::from_millis(80);
/// How long the answer to a frame of the start is waited for. It tells nothing; it only must not be in the way.
const START_ANSWERS_WITHIN: Duration = Duration::from_millis(50);
/// A board that has failed before is waited for this long, and no longer, while something more urgent waits.
const GIVE_WAY_AFTER: Duration = Duration::from_millis(30);

/// Whether the adapter gives back what is sent. Learnt from answers that cannot be mistaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// Not known yet: an answer that equals the request proves nothing.
    Untold,
    Absent,
    Present,
}

/// What the two directions of a transaction look like for one board.
pub(super) trait Exchange {
    /// What a whole answer says.
    type Answer;
    fn request(&self) -> &[u8];
    /// `None` while `received` is no whole answer.
    fn answer(&self, received: &[u8]) -> Option<Self::Answer>;
    /// How many bytes at the front of `received` are a report that nobody asked for, of whichever board on this line.
    fn unasked(&self, received: &[u8]) -> usize;
}

/// An answer, and the reports that came with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heard<A> {
    pub(super) answer: A,
    /// Whole reports from before the answer.
    pub(super) before: Vec<u8>,
    /// Whole reports from after it.
    pub(super) after: Vec<u8>,
}

/// What is looked at while a transaction goes on.
pub(super) struct Looks<'a> {
    /// Rings when something more urgent may wait.
    pub(super) bell: &'a Doorbell,
    /// Whether something more urgent waits; asked only where the board may be given up for it.
    pub(super) gives_way: Option<&'a dyn Fn() -> bool>,
    /// Frames to write whenever the port was opened, before anything else.
    pub(super) at_start: &'a dyn Fn() -> Vec<Vec<u8>>,
}

/// Why a transaction gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError<Refusal> {
    /// The port cannot be opened; no byte left.
    #[error("{path} cannot be opened: {source}")]
    Closed { path: String, source: serialport::Error },
    /// The caller's last look forbade it; no byte left.
    #[error("forbidden before the first byte")]
    Forbidden(Refusal),
    /// The first write failed; no byte left.
    #[error("nothing could be written: {0}")]
    NothingWritten(std::io::Error),
    /// The port failed after bytes had left.
    #[error("the port failed: {0}")]
    Broken(std::io::Error),
    /// Nothing came back.
    #[error("no answer")]
    Silent,
    /// What came back is no answer to the request.
    #[error("an answer that cannot be read, {0} bytes")]
    Garbled(usize),
    /// Nothing came back for a while, and something more urgent waits.
    #[error("no answer until something more urgent came")]
    GaveWay,
}

/// One serial port.
pub(super) struct Line {
    path: PathBuf,
    baud: u32,
    port: Option<TTYPort>,
    echo: Echo,
    quiet_since: Instant,
    /// Something was heard since the port was opened, or since it last heard nothing.
    alive: bool,
    /// What comes next is the rest of something longer than any answer.
    in_noise: bool,
}

impl Line {
    pub(super) fn new(path: PathBuf, baud: u32) -> Self {
        Self {
            path,
            baud,
            port: None,
            echo: Echo::Untold,
            quiet_since: Instant::now(),
            alive: false,
            in_noise: false,
        }
    }

    /// The longest time from the first byte of a request to the end of the transaction.
    pub(super) fn longest_transaction(answers_within: Duration) -> Duration {
        WRITE_WITHIN + answers_within * 2 + QUIET_GAP * 2
    }

    /// How long so many bytes take on the wire: ten bits each.
    pub(super) fn on_wire(&self, bytes: usize) -> Duration {
        Duration::from_secs(bytes as u64 * 10) / self.baud.max(1)
    }

    /// Writes one request and waits for its answer. `last_look` is called immediately before the first byte and may
    /// forbid it.
    pub(super) fn transact<E: Exchange, Refusal>(
        &mut self,
        exchange: &E,
        answers_within: Duration,
        looks: &Looks<'_>,
        last_look: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<Heard<E::Answer>, LineError<Refusal>> {
        let sent = self.send(exchange.request(), looks, last_look);
        let result = sent.and_then(|()| self.hear(exchange, answers_within, looks));
        self.reckon(&result);
        result
    }

    /// Writes one request to a board that does not answer it. Returns when its last byte has left the wire.
    pub(super) fn say<Refusal>(
        &mut self,
        request: &[u8],
        looks: &Looks<'_>,
        last_look: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), LineError<Refusal>> {
        let result = self.send(request, looks, last_look);
        self.reckon(&result);
        if result.is_ok() {
            std::thread::sleep(self.quiet_since.saturating_duration_since(Instant::now()));
            self.quiet_since += STRAY_ANSWER - SILENCE;
        }
        result
    }

    /// Between transactions: waits until the bell rings or the time is over, or gives what came unasked, ended by a quiet
    /// gap. `is_whole` says whether that can be all; the rest may only have been held up on its way. An error closes the port.
    pub(super) fn listen(
        &mut self,
        bell: &Doorbell,
        longest: Duration,
        is_whole: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, std::io::Error> {
        let Some(port) = &mut self.port else {
            bell.wait(longest);
            return Ok(Vec::new());
        };
        let ready = wait_for_either(Some(fd(port)), Some(bell.as_fd()), longest);
        if ready.rung {
            bell.hush();
        }
        let mut received = Vec::new();
        // Also when rung: a report that is on its way is heard out, for as long as a frame takes and no longer.
        let mut more = ready.port;
        while more && received.len() < LONGEST_ANSWER {
            let mut chunk = [0; LONGEST_ANSWER];
            match read(port, &mut chunk) {
                Ok(count) => received.extend_from_slice(&chunk[..count]),
                Err(error) => {
                    self.port = None;
                    return Err(error);
                }
            }
            self.quiet_since = Instant::now();
            more = wait_for_either(Some(fd(port)), None, QUIET_GAP).port
                || !(self.in_noise || is_whole(&received))
                    && wait_for_either(Some(fd(port)), Some(bell.as_fd()), HELD_UP).port;
        }
        // What begins in the middle of noise, or does not end, is no frame.
        if std::mem::replace(&mut self.in_noise, more) || more {
            received.clear();
        }
        Ok(received)
    }

    /// Decides from how a transaction ended whether the port stays open.
    fn reckon<T, Refusal>(&mut self, result: &Result<T, LineError<Refusal>>) {
        match result {
            Ok(_) => self.alive = true,
            Err(LineError::Forbidden(_) | LineError::GaveWay) => {}
            // Nothing is on its way, and others on this line may be well; only a line that stays dumb is opened anew.
            Err(LineError::Silent) if std::mem::take(&mut self.alive) => {}
            Err(_) => self.port = None,
        }
    }

    fn send<Refusal>(
        &mut self,
        request: &[u8],
        looks: &Looks<'_>,
        last_look: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), LineError<Refusal>> {
        if self.port.is_none() {
            let opened = serialport::new(self.path.to_string_lossy(), self.baud)
                .open_native()
                .map_err(|source| LineError::Closed { path: self.path.display().to_string(), source })?;
            self.port = Some(opened);
            // Another adapter may be plugged in by now.
            self.echo = Echo::Untold;
            self.alive = false;
            for frame in (looks.at_start)() {
                self.write_after_silence(&frame, || Ok(()))?;
                self.let_pass(START_ANSWERS_WITHIN);
            }
        }
        self.write_after_silence(request, last_look)
    }

    fn write_after_silence<Refusal>(
        &mut self,
        request: &[u8],
        last_look: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), LineError<Refusal>> {
        let on_wire = self.on_wire(request.len());
        let Some(port) = &mut self.port else {
            return Err(LineError::NothingWritten(ErrorKind::NotConnected.into()));
        };
        std::thread::sleep((self.quiet_since + SILENCE).saturating_duration_since(Instant::now()));
        port.clear(ClearBuffer::Input).map_err(|error| LineError::NothingWritten(error.into()))?;
        last_look().map_err(LineError::Forbidden)?;
        write(port, request)?;
        self.quiet_since = Instant::now() + on_wire;
        Ok(())
    }

    /// Whatever comes within this time, and until it ends on a quiet gap, is thrown away; it ends all the same when twice
    /// the time is over.
    fn let_pass(&mut self, within: Duration) {
        let Some(port) = &mut self.port else { return };
        let (begins_by, ends_by) = (self.quiet_since + within, self.quiet_since + within * 2);
        let mut wait = begins_by.saturating_duration_since(Instant::now());
        while Instant::now() < ends_by && wait_for_either(Some(fd(port)), None, wait).port {
            if read(port, &mut [0; LONGEST_ANSWER]).is_err() {
                // The next write tells what is wrong.
                return;
            }
            self.quiet_since = Instant::now();
            wait = QUIET_GAP;
        }
    }

    fn hear<E: Exchange, Refusal>(
        &mut self,
        exchange: &E,
        answers_within: Duration,
        looks: &Looks<'_>,
    ) -> Result<Heard<E::Answer>, LineError<Refusal>> {
        let Some(port) = &mut self.port else {
            return Err(LineError::Broken(ErrorKind::NotConnected.into()));
        };
        let deadline = self.quiet_since + answers_within;
        let give_way_at = self.quiet_since + GIVE_WAY_AFTER;
        let mut received = Vec::with_capacity(LONGEST_ANSWER);
        loop {
            let now = Instant::now();
            let urgent = received.is_empty() && looks.gives_way.is_some_and(|urgent| urgent());
            if urgent && now >= give_way_at {
                return Err(LineError::GaveWay);
            }
            let wait = match (received.is_empty(), urgent) {
                (true, false) => deadline.saturating_duration_since(now),
                (true, true) => give_way_at.min(deadline).saturating_duration_since(now),
                (false, _) => QUIET_GAP,
            };
            let listens = received.is_empty() && !urgent && looks.gives_way.is_some();
            let bell = listens.then(|| looks.bell.as_fd());
            let ready = wait_for_either(Some(fd(port)), bell, wait);
            if ready.rung {
                looks.bell.hush();
            }
            if ready.port {
                let mut chunk = [0; LONGEST_ANSWER];
                let count = read(port, &mut chunk).map_err(LineError::Broken)?;
                self.quiet_since = Instant::now();
                received.extend_from_slice(&chunk[..count]);
                if received.len() > LONGEST_ANSWER {
                    return Err(LineError::Garbled(received.len()));
                }
            } else if !ready.rung {
                // A quiet gap. What does not read as an answer yet may only have been held up on its way.
                if let Some((heard, echo)) = interpret(exchange, self.echo, &received) {
                    self.echo = echo;
                    return Ok(heard);
                }
                if Instant::now() >= deadline {
                    let nothing_of_its_own = received.is_empty() || received == exchange.request();
                    return Err(match nothing_of_its_own {
                        true => LineError::Silent,
                        false => LineError::Garbled(received.len()),
                    });
                }
            }
            // A board that never stops talking must not hold the bus.
            if Instant::now() >= deadline + answers_within {
                return Err(LineError::Garbled(received.len()));
            }
        }
    }
}

/// The port's descriptor, to wait on.
#[allow(unsafe_code, reason = "serialport lends its descriptor as a number only")]
fn fd(port: &TTYPort) -> BorrowedFd<'_> {
    // SAFETY: the descriptor is open for as long as the port is, and the port is borrowed for as long as the result.
    unsafe { BorrowedFd::borrow_raw(port.as_raw_fd()) }
}

/// Writes all of `bytes`; tells apart whether any byte was taken by the kernel.
fn write<Refusal>(port: &mut TTYPort, bytes: &[u8]) -> Result<(), LineError<Refusal>> {
    let mut taken = 0;
    // Cannot fail: it only stores the value.
    let _ = port.set_timeout(WRITE_WITHIN);
    while taken < bytes.len() {
        let failed =
            |error| if taken == 0 { LineError::NothingWritten(error) } else { LineError::Broken(error) };
        match port.write(&bytes[taken..]) {
            Ok(0) => return Err(failed(ErrorKind::WriteZero.into())),
            Ok(count) => taken += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}

/// Reads what is there; 0 when that was nothing after all.
fn read(port: &mut TTYPort, chunk: &mut [u8]) -> std::io::Result<usize> {
    let _ = port.set_timeout(Duration::ZERO);
    match port.read(chunk) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(count) => Ok(count),
        Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(0),
        Err(error) => Err(error),
    }
}

/// Finds the answer in what was received: perhaps behind the echo of the request, perhaps among unasked reports.
///
/// An answer can be byte for byte its request (`8A 01 01 11 9B`). Then it counts only where the adapter is known not to
/// echo; otherwise it is taken for the echo, and the answer is still to come.
fn interpret<E: Exchange>(exchange: &E, echo: Echo, received: &[u8]) -> Option<(Heard<E::Answer>, Echo)> {
    let (reports, received) = leading_reports(exchange, received);
    if let Some(rest) = received.strip_prefix(exchange.request()) {
        if let Some(heard) = among_reports(exchange, reports, rest) {
            return Some((heard, Echo::Present));
        }
        let (after, rubbish) = leading_reports(exchange, rest);
        return match (echo, rubbish.is_empty()) {
            (Echo::Absent, true) => {
                let answer = exchange.answer(exchange.request())?;
                let heard = Heard { answer, before: reports.to_vec(), after: after.to_vec() };
                Some((heard, Echo::Absent))
            }
            _ => None,
        };
    }
    among_reports(exchange, reports, received).map(|heard| (heard, Echo::Absent))
}

/// The whole reports at the front of `bytes`, and what follows them.
fn leading_reports<'a, E: Exchange>(exchange: &E, bytes: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let mut rest = bytes;
    while let length @ 1.. = exchange.unasked(rest) {
        rest = &rest[length.min(rest.len())..];
    }
    bytes.split_at(bytes.len() - rest.len())
}

/// The answer at the front of `bytes` after reports, with nothing but reports behind it.
fn among_reports<E: Exchange>(exchange: &E, earlier: &[u8], bytes: &[u8]) -> Option<Heard<E::Answer>> {
    let (reports, bytes) = leading_reports(exchange, bytes);
    (1..=bytes.len()).rev().find_map(|end| {
        let (answer, rest) = bytes.split_at(end);
        let (after, rubbish) = leading_reports(exchange, rest);
        let answer = rubbish.is_empty().then(|| exchange.answer(answer)).flatten()?;
        Some(Heard { answer, before: [earlier, reports].concat(), after: after.to_vec() })
    })
}

#[cfg(test)]
mod noise;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::emulate::Pty;

    /// Requests are `R`, answers `R` or `A`, unasked reports `U`.
    struct Letters;

    impl Exchange for Letters {
        type Answer = char;
        fn request(&self) -> &[u8] {
            b"R"
        }
        fn answer(&self, received: &[u8]) -> Option<char> {
            match received {
                b"R" => Some('R'),
                b"A" => Some('A'),
                _ => None,
            }
        }
        fn unasked(&self, received: &[u8]) -> usize {
            usize::from(received.first() == Some(&b'U'))
        }
    }

    /// The answer, what was learnt of the echo, and how many reports came before and after.
    fn found(echo: Echo, received: &[u8]) -> Option<(char, Echo, usize, usize)> {
        interpret(&Letters, echo, received)
            .map(|(heard, echo)| (heard.answer, echo, heard.before.len(), heard.after.len()))
    }

    #[test]
    fn an_echo_is_stripped_and_remembered() {
        assert_eq!(found(Echo::Untold, b"RA"), Some(('A', Echo::Present, 0, 0)));
        assert_eq!(found(Echo::Absent, b"RR"), Some(('R', Echo::Present, 0, 0)));
        assert_eq!(found(Echo::Untold, b"A"), Some(('A', Echo::Absent, 0, 0)));
    }

    #[test]
    fn what_may_be_an_echo_is_no_answer() {
        assert_eq!(found(Echo::Untold, b"R"), None);
        assert_eq!(found(Echo::Present, b"R"), None);
        assert_eq!(found(Echo::Absent, b"R"), Some(('R', Echo::Absent, 0, 0)));
    }

    #[test]
    fn reports_around_an_answer_are_kept_apart_from_it() {
        use Echo::{Absent, Present};
        for (received, echo, before, after) in [
            (b"UA".as_slice(), Absent, 1, 0),
            (b"AU", Absent, 0, 1),
            (b"UUAUU", Absent, 2, 2),
            (b"URUA", Present, 2, 0),
            (b"URAU", Present, 1, 1),
        ] {
            assert_eq!(found(Echo::Untold, received), Some(('A', echo, before, after)), "{received:?}");
        }
        assert_eq!(found(Echo::Untold, b"UU"), None);
        assert_eq!(found(Echo::Untold, b"XA"), None, "rubbish before an answer spoils it");
        assert_eq!(found(Echo::Untold, b""), None);
    }

    proptest! {
        #[test]
        fn an_answer_is_found_only_where_one_stands_alone(received in "[RAUX]{0,12}") {
            for echo in [Echo::Untold, Echo::Absent, Echo::Present] {
                let own = received.replace('U', "");
                let expected = match own.as_str() {
                    "A" | "RA" => Some('A'),
                    "RR" => Some('R'),
                    "R" if echo == Echo::Absent => Some('R'),
                    _ => None,
                };
                let answer = found(echo, received.as_bytes()).map(|(answer, ..)| answer);
                prop_assert_eq!(answer, expected);
            }
        }
    }

    /// A board that answers what a test writes for it.
    struct Site {
        line: Line,
        far: Pty,
        bell: Doorbell,
        path: PathBuf,
        _folder: tempfile::TempDir,
    }

    fn site() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("port");
        let far = Pty::open(&path).unwrap();
        let (line, bell) = (Line::new(path.clone(), 9600), Doorbell::new().unwrap());
        Site { line, far, bell, path, _folder: folder }
    }

    impl Site {
        fn ask(&mut self, within: Duration, gives_way: bool, start: &[&[u8]]) -> Result<char, LineError<()>> {
            let gives_way: Option<&dyn Fn() -> bool> = if gives_way { Some(&|| true) } else { None };
            let at_start = || start.iter().map(|frame| frame.to_vec()).collect();
            let looks = Looks { bell: &self.bell, gives_way, at_start: &at_start };
            self.line.transact(&Letters, within, &looks, || Ok(())).map(|heard| heard.answer)
        }

        /// The next so many bytes that come in for the board; the kernel takes its time to hand them over.
        fn hears(&self, count: usize) -> String {
            let mut heard = Vec::new();
            while heard.len() < count {
                let mut bytes = [0; 64];
                assert!(wait_for_either(Some(self.far.near()), None, Duration::from_secs(20)).port);
                let more = rustix::io::read(self.far.near(), &mut bytes[..]).unwrap_or(0);
                heard.extend_from_slice(&bytes[..more]);
            }
            String::from_utf8(heard).unwrap()
        }

        fn says(&self, bytes: &[u8]) {
            assert_eq!(self.far.say(bytes), bytes.len());
        }
    }

    #[test]
    fn outputs_are_switched_off_after_every_opening_before_anything_else() {
        let mut site = site();
        let off: [&[u8]; 2] = [b"off1 ", b"off2 "];
        assert!(matches!(site.ask(Duration::ZERO, false, &off), Err(LineError::Silent)));
        assert_eq!(site.hears(11), "off1 off2 R");
        assert!(site.line.port.is_none(), "a line on which nothing was ever heard is opened anew");
        site.far.forget_claims();
        assert!(matches!(site.ask(Duration::ZERO, false, &off), Err(LineError::Silent)));
        assert_eq!(site.hears(11), "off1 off2 R");
    }

    impl Site {
        /// Answers the next request with these bytes.
        fn answers(&self, answer: &'static [u8]) -> std::thread::JoinHandle<()> {
            let near = rustix::io::dup(self.far.near()).unwrap();
            std::thread::spawn(move || {
                while rustix::io::read(&near, &mut [0; 64][..]).unwrap_or(0) == 0 {
                    std::thread::yield_now();
                }
                rustix::io::write(&near, answer).unwrap();
            })
        }
    }

    #[test]
    fn one_silence_among_answers_closes_no_port() {
        let mut site = site();
        let board = site.answers(b"A");
        assert_eq!(site.ask(Duration::from_secs(20), false, &[]).unwrap(), 'A');
        board.join().unwrap();
        assert!(matches!(site.ask(Duration::ZERO, false, &[]), Err(LineError::Silent)));
        assert!(site.line.port.is_some(), "another board answered on this line");
        assert!(matches!(site.ask(Duration::ZERO, false, &[]), Err(LineError::Silent)));
        assert!(site.line.port.is_none(), "nobody has answered since");
    }

    #[test]
    fn rubbish_closes_the_port_so_that_what_is_on_its_way_is_thrown_away() {
        let mut site = site();
        let board = site.answers(b"X");
        let asked = site.ask(Duration::from_secs(2), false, &[]);
        assert!(matches!(asked, Err(LineError::Garbled(1))), "{asked:?}");
        assert!(site.line.port.is_none());
        board.join().unwrap();
    }

    #[test]
    fn a_board_that_failed_before_is_given_up_for_something_more_urgent() {
        let mut site = site();
        // Waited for in full, this would take an hour.
        let asked = site.ask(Duration::from_secs(3600), true, &[]);
        assert!(matches!(asked, Err(LineError::GaveWay)), "{asked:?}");
        assert!(site.line.port.is_some());
    }

    #[test]
    fn what_is_said_between_questions_is_heard_and_noise_is_cut_off() {
        let mut site = site();
        let _ = site.ask(Duration::from_secs(3600), true, &[]);
        // Of much, there may be more.
        let few = |bytes: &[u8]| bytes.len() < 10;
        let listen = |site: &mut Site| site.line.listen(&site.bell, Duration::from_secs(20), few).unwrap();
        site.says(b"U");
        assert_eq!(listen(&mut site), b"U");
        site.says(&[b'U'; 600]);
        assert_eq!(listen(&mut site), b"", "longer than any frame");
        assert_eq!(listen(&mut site), b"", "its rest");
        let mut rests = 0;
        while wait_for_either(site.line.port.as_ref().map(fd), None, Duration::from_millis(20)).port {
            assert_eq!(listen(&mut site), b"", "its rest");
            rests += 1;
        }
        assert!(rests < 5);
        site.says(b"UU");
        assert_eq!(listen(&mut site), b"UU", "heard again once it is over");
        site.bell.ring();
        assert_eq!(listen(&mut site), b"", "the bell ends the wait");
        let Site { line, bell, path, far, .. } = &mut site;
        std::fs::remove_file(&path).unwrap();
        *far = Pty::open(&path).unwrap();
        assert!(line.listen(bell, Duration::from_secs(20), |_| true).is_err(), "the adapter was unplugged");
        assert!(line.port.is_none());
    }

    #[test]
    fn an_unlock_that_no_board_answers_is_done_when_its_last_byte_has_left() {
        let mut site = site();
        let looks = Looks { bell: &site.bell, gives_way: None, at_start: &Vec::new };
        let mut began = None;
        let frame = [0x55; 40];
        site.line
            .say::<()>(&frame, &looks, || {
                began = Some(Instant::now());
                Ok(())
            })
            .unwrap();
        assert!(began.unwrap().elapsed() >= site.line.on_wire(40));
        assert_eq!(site.hears(40).len(), 40);
        assert!(site.line.quiet_since > Instant::now(), "a stray answer is let pass");
    }
}
