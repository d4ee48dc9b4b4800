//! A GM65 scanner module on a pseudo-terminal. Vectors: `frames/gm65.toml`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::tap::Taps;
use super::wire::{Heard, Waker, Wire};
use super::{Direction, FrameKind, Pty, WireEvent};

const BAUD: u32 = 9600;
/// Scans that may wait to be sent; beyond, the oldest is dropped, as by a module that nobody reads.
const MOST_WAITING: usize = 64;

/// An emulated scanner. Dropping it takes its port away, as unplugging would.
pub struct Gm65 {
    shared: Arc<Shared>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    taps: Taps,
    waker: Waker,
}

#[derive(Default)]
struct State {
    stop: bool,
    silent: bool,
    zones: BTreeMap<u16, u8>,
    heartbeats: u64,
    to_send: Vec<Vec<u8>>,
}

impl Gm65 {
    /// Starts a module with factory settings at `path`.
    ///
    /// # Errors
    /// No pseudo-terminal or no thread.
    pub fn start(path: &Path) -> io::Result<Self> {
        let waker = Waker::new()?;
        let mut wire = Wire::new(Pty::open(path)?, BAUD, waker.clone());
        let shared = Arc::new(Shared {
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
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(b'\r');
        self.scan_bytes(&bytes);
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
        self.change(|state| state.zones.clear());
    }

    /// What was written to a zone.
    pub fn zone(&self, address: u16) -> Option<u8> {
        self.shared.state().zones.get(&address).copied()
    }

    /// Blocks until a zone holds a value; false when it did not within `patience`.
    pub fn wait_zone(&self, address: u16, value: u8, patience: Duration) -> bool {
        self.wait(patience, |state| state.zones.get(&address) == Some(&value))
    }

    /// Blocks until at least `count` heartbeats came since the start.
    pub fn wait_heartbeats(&self, count: u64, patience: Duration) -> bool {
        self.wait(patience, |state| state.heartbeats >= count)
    }

    /// Everything on this wire from now on. A receiver that lets more than `holds` events pile up loses events.
    pub fn subscribe(&self, holds: usize) -> Receiver<WireEvent> {
        self.shared.taps.subscribe(holds)
    }

    fn wait(&self, patience: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let waited =
            self.shared.changed.wait_timeout_while(self.shared.state(), patience, |state| !holds(state));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        holds(&state)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.state());
        self.shared.changed.notify_all();
        self.shared.waker.wake();
    }
}

impl Drop for Gm65 {
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

    /// Commands that came without a gap are taken one after another.
    fn heard(&self, wire: &mut Wire, mut bytes: &[u8], at: Instant, took: Duration) {
        while let Some((command, rest)) = bytes.split_at_checked(9) {
            bytes = rest;
            let answer = self.obey(command);
            let note = if answer.is_some() { "command" } else { "not understood" };
            self.tell(Direction::ToPart, command, FrameKind::Routine, note, at, took);
            if let Some(answer) = answer.filter(|_| !self.state().silent) {
                self.say(wire, &answer, FrameKind::Routine, "reply");
            }
        }
        if !bytes.is_empty() {
            self.tell(Direction::ToPart, bytes, FrameKind::Other, "not understood", at, took);
        }
    }

    fn obey(&self, command: &[u8]) -> Option<Vec<u8>> {
        let &[0x7E, 0x00, kind, length, high, low, last, crc_high, crc_low] = command else { return None };
        let checked = crc16(&command[2..7]) == u16::from_be_bytes([crc_high, crc_low]);
        let waived = [crc_high, crc_low] == [0xAB, 0xCD];
        if !(checked || waived) || self.state().silent {
            return None;
        }
        let zone = u16::from_be_bytes([high, low]);
        let reply = |first: u8, value: u8| {
            let sum = crc16(&[0x00, 0x00, 0x01, value]).to_be_bytes();
            Some(vec![first, 0x00, 0x00, 0x01, value, sum[0], sum[1]])
        };
        let answer = match (kind, length) {
            (0x0A, 0x01) => {
                self.state().heartbeats += 1;
                reply(0x03, 0x00)
            }
            (0x08, 0x01) => {
                self.state().zones.insert(zone, last);
                reply(0x02, 0x00)
            }
            (0x07, 0x01) => {
                let value = self.state().zones.get(&zone).copied().unwrap_or(0x00);
                reply(0x02, value)
            }
            _ => None,
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

/// CRC-16 with the polynomial 1021, from 0, most significant bit first.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ (u16::from(byte) << 8), |sum: u16, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 }
        })
    })
}
