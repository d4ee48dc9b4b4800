//! Code scanners: modules on serial ports (USB ones are serial ports too), and scanners that type as a keyboard. Whatever
//! is scanned is hostile: bounded, and nothing but text comes through.
//!
//! A module is a file with a `Module`: what to say to it, and which bytes are its replies. One thread
//! (`thread.rs`) serves whichever there is; one splitter bounds what comes.

mod gm65;
mod honeywell;
mod keyboard;
mod keymap;
mod module;
mod newland;
mod serial;
mod splitter;
mod text_commands;
mod thread;

use std::path::PathBuf;

use serde::Deserialize;

pub use gm65::{Settings, Zone};
pub use thread::{Scanner, StartError};

/// How a scanner is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// What it is.
    pub kind: Kind,
    /// Its serial port or input device; one named by `/dev/serial/by-id` or `/dev/input/by-id` is found again wherever it
    /// is plugged in.
    pub path: PathBuf,
    /// Bits a second where they are not the factory's; of no meaning to a keyboard.
    pub baud: Option<u32>,
}

impl Connection {
    /// A scanner as it comes from the factory.
    pub fn new(kind: Kind, path: impl Into<PathBuf>) -> Self {
        Self { kind, path: path.into(), baud: None }
    }
}

/// The kinds of scanners that have a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// GM65, GM81x and GM86x modules.
    Gm65,
    /// Newland's modules and scanners.
    Newland,
    /// Honeywell's, and those that copy their commands.
    Honeywell,
    /// A USB scanner that types as a US keyboard.
    Keyboard,
}

impl Kind {
    /// How to speak to it; nothing for a keyboard, which cannot be spoken to.
    fn module(self) -> Option<Box<dyn module::Module>> {
        Some(match self {
            Self::Gm65 => Box::<gm65::Settings>::default(),
            Self::Newland => Box::new(newland::NEWLAND),
            Self::Honeywell => Box::new(honeywell::HONEYWELL),
            Self::Keyboard => return None,
        })
    }

    /// What is scanned when a scanner of this kind sends these pieces, and nothing after them.
    pub fn scans_in(self, pieces: &[&[u8]]) -> Vec<Scan> {
        let (module, mut splitter, mut scans) = (self.module(), splitter::Splitter::default(), Vec::new());
        for piece in pieces {
            splitter.feed(piece, module.as_deref(), |found| {
                if let splitter::Found::Scan(scan) = found {
                    scans.push(scan);
                }
            });
        }
        scans.extend(splitter.broke_off());
        scans
    }
}

/// The speeds that a scanner's line may have, in bits a second.
pub const BAUDS: [u32; 6] = [4800, 9600, 19_200, 38_400, 57_600, 115_200];

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
