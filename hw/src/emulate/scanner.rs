//! A scanner module on a pseudo-terminal. Each model is a file: `gm65.rs`, `newland.rs`, `honeywell.rs`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::tap::Taps;
use super::wire::{Heard, Waker, Wire};
use super::{Direction, FrameKind, Pty, WireEvent, gm65, honeywell, newland};

const BAUD: u32 = 9600;
/// Scans that may wait to be sent; beyond, the oldest is dropped, as by a module that nobody reads.
const MOST_WAITING: usize = 64;

/// Which module it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScannerModel {
    /// Vectors: `frames/gm65.toml`.
    Gm65,
    /// Vectors: `frames/newland.toml`.
    Newland,
    /// Vectors: `frames/honeywell.toml`.
    Honeywell,
}

/// The settings of a module, from name to data: of a zone by their hexadecimal digits, otherwise from tag and subtag (six letters).
/// Empty: as from the factory.
pub(super) type Memory = BTreeMap<String, String>;

/// An emulated module. Dropping it takes its port away, as unplugging would.
pub struct ScannerModule {
    shared: Arc<Shared>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    model: ScannerModel,
    state: Mutex<State>,
    changed: Condvar,
    taps: Taps,
    waker: Waker,
}

#[derive(Default)]
struct State {
    stop: bool,
    silent: bool,
    memory: Memory,
    heard: Vec<Vec<u8>>,
    to_send: Vec<Vec<u8>>,
}

impl ScannerModule {
    /// Starts a module with factory settings at `path`.
    ///
    /// # Errors
    /// No pseudo-terminal or no thread.
    pub fn start(model: ScannerModel, path: &Path) -> io::Result<Self> {
        let waker = Waker::new()?;
        let mut wire = Wire::new(Pty::open(path)?, BAUD, waker.clone());
        let shared = Arc::new(Shared {
            model,
            state: Mutex::default(),
            changed: Condvar::new(),
            taps: Taps::default(),
            waker,
        });
        let running = shared.clone();
        let thread = std::thread::Builder::new()
            .name("emulated scanner".to_owned())
            .spawn(move || running.run(&mut wire))?;
        Ok(Self { shared, path: path.to_owned(), thread: Some(thread) })
    }

    /// The port to give the kiosk.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A person holds a code before the scanner: its text is sent, then CR.
    pub fn scan(&self, text: &str) {
        self.scan_bytes(&[text.as_bytes(), b"\r"].concat());
    }

    /// Sends bytes as they are.
    pub fn scan_bytes(&self, bytes: &[u8]) {
        self.change(|state| {
            if state.to_send.len() >= MOST_WAITING {
                state.to_send.remove(0);
            }
            state.to_send.push(bytes.to_vec());
        });
    }

    /// Answers nothing, as without power.
    pub fn silent(&self, silent: bool) {
        self.change(|state| state.silent = silent);
    }

    /// Loses its settings, as by a short cut of its power.
    pub fn forget_settings(&self) {
        self.change(|state| state.memory.clear());
    }

    /// The data of a setting, by its six letters or the four digits of its zone.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.shared.state().memory.get(name).cloned()
    }

    /// Blocks until a setting has this data; false when it had not within `patience`.
    pub fn wait_setting(&self, name: &str, data: &str, patience: Duration) -> bool {
        let holds = |state: &State| state.memory.get(name).is_some_and(|known| known == data);
        let waited =
            self.shared.changed.wait_timeout_while(self.shared.state(), patience, |state| !holds(state));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        holds(&state)
    }

    /// The last frames that came, oldest first.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.shared.state().heard.clone()
    }

    /// Everything on this wire from now on. A receiver that lets more than `holds` events pile up loses events.
    pub fn subscribe(&self, holds: usize) -> Receiver<WireEvent> {
        self.shared.taps.subscribe(holds)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.state());
        self.shared.changed.notify_all();
        self.shared.waker.wake();
    }
}

impl Drop for ScannerModule {
    fn drop(&mut self) {
        self.change(|state| state.stop = true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the emulated scanner had panicked");
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, wire: &mut Wire) {
        loop {
            let to_send = {
                let mut state = self.state();
                if state.stop {
                    return;
                }
                std::mem::take(&mut state.to_send)
            };
            for bytes in to_send {
                self.say(wire, &bytes, FrameKind::Scan, "a scan");
            }
            match wire.listen() {
                Ok(Heard::Frame { bytes, at, took }) => self.heard(wire, &bytes, at, took),
                Ok(Heard::Nothing) => {}
                Err(error) => {
                    log::error!("the emulated scanner lost its line: {error}");
                    return;
                }
            }
        }
    }

    /// Commands that came without a gap are taken one after another, where their length is known.
    fn heard(&self, wire: &mut Wire, mut bytes: &[u8], at: Instant, took: Duration) {
        while !bytes.is_empty() {
            let length = match self.model {
                ScannerModel::Gm65 => gm65::COMMAND_BYTES.min(bytes.len()),
                ScannerModel::Newland | ScannerModel::Honeywell => bytes.len(),
            };
            let (command, rest) = bytes.split_at(length);
            bytes = rest;
            let answer = self.obey(command);
            let (kind, note) = match answer {
                Some(_) => (FrameKind::Routine, "command"),
                None => (FrameKind::Other, "not understood"),
            };
            self.tell(Direction::ToPart, command, kind, note, at, took);
            if let Some(answer) = answer {
                self.say(wire, &answer, FrameKind::Routine, "reply");
            }
        }
    }

    fn obey(&self, command: &[u8]) -> Option<Vec<u8>> {
        let mut state = self.state();
        if state.heard.len() >= MOST_WAITING {
            state.heard.remove(0);
        }
        state.heard.push(command.to_vec());
        if state.silent {
            return None;
        }
        let answer = match self.model {
            ScannerModel::Gm65 => gm65::obey(command, &mut state.memory),
            ScannerModel::Newland => newland::obey(command, &mut state.memory),
            ScannerModel::Honeywell => honeywell::obey(command, &mut state.memory),
        };
        self.changed.notify_all();
        answer
    }

    fn say(&self, wire: &mut Wire, bytes: &[u8], kind: FrameKind, note: &str) {
        let took = wire.say(bytes);
        self.tell(Direction::FromPart, bytes, kind, note, Instant::now(), took);
    }

    fn tell(
        &self,
        direction: Direction,
        bytes: &[u8],
        kind: FrameKind,
        note: &str,
        at: Instant,
        took: Duration,
    ) {
        let (bytes, note) = (bytes.to_vec(), note.to_owned());
        self.taps.tell(&WireEvent { at, took, direction, bytes, kind, note });
    }
}
