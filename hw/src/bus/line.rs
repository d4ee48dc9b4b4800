//! One serial port as transactions: silence, one request, one answer that ends on a quiet gap.
//!
//! After any error the port is closed, so that what is still on its way is thrown away, and opened again by the next
//! transaction.

use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serialport::{ClearBuffer, SerialPort, TTYPort};

/// Silence between two transactions, seen to be needed in the field.
const SILENCE: Duration = Duration::from_millis(5);
/// An answer ends when nothing came for this long; five byte times at 9600 Bd.
const QUIET_GAP: Duration = Duration::from_millis(5);
/// No answer of any board is longer, echo and unasked reports included.
const LONGEST_ANSWER: usize = 96;
/// How long a write may find the kernel's buffer full.
const WRITE_WITHIN: Duration = Duration::from_millis(200);

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
    /// Bytes at the front of `received` that nobody asked for.
    fn unasked(&self, received: &[u8]) -> usize;
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
}

/// One serial port.
pub(super) struct Line {
    path: PathBuf,
    baud: u32,
    port: Option<TTYPort>,
    echo: Echo,
    quiet_since: Instant,
}

impl Line {
    pub(super) fn new(path: PathBuf, baud: u32) -> Self {
        Self { path, baud, port: None, echo: Echo::Untold, quiet_since: Instant::now() }
    }

    /// Writes one request and waits for its answer. `last_look` is called immediately before the first byte and may
    /// forbid it.
    pub(super) fn transact<E: Exchange, Refusal>(
        &mut self,
        exchange: &E,
        answers_within: Duration,
        last_look: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<E::Answer, LineError<Refusal>> {
        let result = self.try_transact(exchange, answers_within, last_look);
        match &result {
            Ok(_) | Err(LineError::Forbidden(_)) => {}
            Err(_) => self.port = None,
        }
        result
    }

    fn try_transact<E: Exchange, Refusal>(
        &mut self,
        exchange: &E,
        answers_within: Duration,
        last_look: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<E::Answer, LineError<Refusal>> {
        let port = match &mut self.port {
            Some(port) => port,
            closed => {
                let opened = open(&self.path, self.baud)
                    .map_err(|source| LineError::Closed { path: self.path.display().to_string(), source })?;
                // Another adapter may be plugged in by now.
                self.echo = Echo::Untold;
                closed.insert(opened)
            }
        };
        std::thread::sleep((self.quiet_since + SILENCE).saturating_duration_since(Instant::now()));
        port.clear(ClearBuffer::Input).map_err(|error| LineError::NothingWritten(error.into()))?;
        last_look().map_err(LineError::Forbidden)?;

        let request = exchange.request();
        write(port, request)?;
        let sent_at = Instant::now();
        let on_wire = Duration::from_secs(request.len() as u64 * 10) / self.baud;
        self.quiet_since = sent_at + on_wire;
        let deadline = self.quiet_since + answers_within;

        let mut received = Vec::with_capacity(LONGEST_ANSWER);
        loop {
            let now = Instant::now();
            let patience = deadline.saturating_duration_since(now);
            let wait = if received.is_empty() { patience } else { QUIET_GAP };
            let mut chunk = [0; LONGEST_ANSWER];
            match read(port, &mut chunk, wait) {
                Ok(0) => {
                    // A quiet gap. What does not read as an answer yet may only have been held up on its way.
                    if let Some((answer, echo)) = interpret(exchange, self.echo, &received) {
                        self.echo = echo;
                        return Ok(answer);
                    }
                    if Instant::now() >= deadline {
                        let nothing_of_its_own = received.is_empty() || received == request;
                        return Err(match nothing_of_its_own {
                            true => LineError::Silent,
                            false => LineError::Garbled(received.len()),
                        });
                    }
                }
                Ok(count) => {
                    self.quiet_since = Instant::now();
                    received.extend_from_slice(&chunk[..count]);
                    if received.len() > LONGEST_ANSWER {
                        return Err(LineError::Garbled(received.len()));
                    }
                }
                Err(error) => return Err(LineError::Broken(error)),
            }
            // A board that never stops talking must not hold the bus.
            if Instant::now() >= deadline + answers_within {
                return Err(LineError::Garbled(received.len()));
            }
        }
    }
}

fn open(path: &std::path::Path, baud: u32) -> Result<TTYPort, serialport::Error> {
    serialport::new(path.to_string_lossy(), baud).open_native()
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

/// Reads what is there within `wait`; 0 when nothing came.
fn read(port: &mut TTYPort, chunk: &mut [u8], wait: Duration) -> std::io::Result<usize> {
    let _ = port.set_timeout(wait);
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
fn interpret<E: Exchange>(exchange: &E, echo: Echo, received: &[u8]) -> Option<(E::Answer, Echo)> {
    let received = without_leading_reports(exchange, received);
    if let Some(rest) = received.strip_prefix(exchange.request()) {
        if let Some(answer) = among_reports(exchange, rest) {
            return Some((answer, Echo::Present));
        }
        let only_reports_follow = without_leading_reports(exchange, rest).is_empty();
        return match (echo, only_reports_follow) {
            (Echo::Absent, true) => exchange.answer(exchange.request()).map(|answer| (answer, Echo::Absent)),
            _ => None,
        };
    }
    among_reports(exchange, received).map(|answer| (answer, Echo::Absent))
}

fn without_leading_reports<'a, E: Exchange>(exchange: &E, mut bytes: &'a [u8]) -> &'a [u8] {
    while let length @ 1.. = exchange.unasked(bytes) {
        bytes = &bytes[length.min(bytes.len())..];
    }
    bytes
}

/// The answer at the front of `bytes` after reports, with nothing but reports behind it.
fn among_reports<E: Exchange>(exchange: &E, bytes: &[u8]) -> Option<E::Answer> {
    let bytes = without_leading_reports(exchange, bytes);
    (1..=bytes.len()).rev().find_map(|end| {
        let (answer, rest) = bytes.split_at(end);
        without_leading_reports(exchange, rest).is_empty().then(|| exchange.answer(answer)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    #[test]
    fn an_echo_is_stripped_and_remembered() {
        assert_eq!(interpret(&Letters, Echo::Untold, b"RA"), Some(('A', Echo::Present)));
        assert_eq!(interpret(&Letters, Echo::Absent, b"RR"), Some(('R', Echo::Present)));
        assert_eq!(interpret(&Letters, Echo::Untold, b"A"), Some(('A', Echo::Absent)));
    }

    #[test]
    fn what_may_be_an_echo_is_no_answer() {
        assert_eq!(interpret(&Letters, Echo::Untold, b"R"), None);
        assert_eq!(interpret(&Letters, Echo::Present, b"R"), None);
        assert_eq!(interpret(&Letters, Echo::Absent, b"R"), Some(('R', Echo::Absent)));
    }

    #[test]
    fn reports_around_an_answer_are_passed_over() {
        for received in [b"UA".as_slice(), b"AU", b"UUAUU", b"URUA", b"URAU"] {
            assert_eq!(interpret(&Letters, Echo::Untold, received).map(|(answer, _)| answer), Some('A'));
        }
        assert_eq!(interpret(&Letters, Echo::Untold, b"UU"), None);
        assert_eq!(interpret(&Letters, Echo::Untold, b"XA"), None, "rubbish before an answer spoils it");
        assert_eq!(interpret(&Letters, Echo::Untold, b""), None);
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
                let found = interpret(&Letters, echo, received.as_bytes()).map(|(answer, _)| answer);
                prop_assert_eq!(found, expected);
            }
        }
    }
}
