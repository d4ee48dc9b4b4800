//! Code scanners on serial ports. Whatever is scanned is hostile: bounded, and nothing but text comes through.

mod gm65;
mod splitter;
mod thread;

pub use gm65::{Settings, Zone};
pub use thread::{Scanner, StartError};

/// The longest text that is handed on, in characters; the longest pass has half of it.
pub const LONGEST_TEXT: usize = 512;
/// The most bytes of one scan that are looked at; what a QR code can hold, rounded up.
pub const MOST_BYTES: usize = 4096;

/// What a person held before the scanner.
#[derive(Clone, PartialEq, Eq)]
pub enum Scan {
    /// Text of 1 to [`LONGEST_TEXT`] characters without control characters but GS (1D). Still hostile, but text.
    Text(String),
    /// Something was scanned that nobody here can use.
    Unreadable(Unreadable),
}

/// A code or pass must not reach a log by accident: only the length is shown.
impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} characters)", text.chars().count()),
            Self::Unreadable(why) => write!(f, "Unreadable({why:?})"),
        }
    }
}

/// Why a scan is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`LONGEST_TEXT`] characters, or more than [`MOST_BYTES`] bytes.
    #[error("too long")]
    TooLong,
    /// A control character other than GS.
    #[error("control characters")]
    ControlByte,
    /// Bytes that are not UTF-8.
    #[error("not text")]
    NotText,
    /// Bytes without an end, as of a cable that was pulled.
    #[error("broken off")]
    BrokenOff,
}

/// Hears what the scanner reads. Called on the scanner's thread: a method must return at once and never block.
pub trait ScanSink: Send {
    /// Something was scanned. `at_ms` is the process clock when its last byte came.
    fn scanned(&self, scan: Scan, at_ms: u64);

    /// The scanner no longer answers, or its port is gone. Told once for each loss.
    fn scanner_lost(&self, why: &str);

    /// The scanner answers and is set up; also told at the start.
    fn scanner_back(&self);
}

impl<T: ScanSink + Sync + ?Sized> ScanSink for std::sync::Arc<T> {
    fn scanned(&self, scan: Scan, at_ms: u64) {
        (**self).scanned(scan, at_ms);
    }
    fn scanner_lost(&self, why: &str) {
        (**self).scanner_lost(why);
    }
    fn scanner_back(&self) {
        (**self).scanner_back();
    }
}
