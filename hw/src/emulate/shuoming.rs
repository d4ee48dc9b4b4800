//! A "8A/80/90" lock board on a pseudo-terminal, with a [`Cabinet`] behind it. Vectors: `frames/shuoming.toml`.

use std::io;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::firmware::{Asked, Firmware, StatusOfClosed};
use super::tap::Taps;
use super::wire::{Heard, Waker, Wire};
use super::{Cabinet, Direction, Pty, WireEvent};

const BAUD: u32 = 9600;
/// What the board needs from a frame's end to its answer.
const THINKS: Duration = Duration::from_micros(500);
/// The relay's time as delivered.
const PULSE: Duration = Duration::from_millis(300);
/// The longest answer delay that can be asked for.
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// What becomes of an unlock that was withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The board goes on where it stopped: the pulse, if it is still to come, and the answer.
    GoesOn,
    /// The board forgets it, as after a cut of its power.
    Forgotten,
}

/// An emulated board. Dropping it takes its port away, as unplugging would.
pub struct ShuomingBoard {
    shared: Arc<Shared>,
    path: std::path::PathBuf,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    cabinet: Cabinet,
    firmware: Firmware,
    taps: Taps,
    steering: Mutex<Steering>,
    waker: Waker,
}

/// What a test or demo does to the board while it runs.
#[derive(Default)]
struct Steering {
    stop: bool,
    silent: bool,
    rubbish: bool,
    echo: bool,
    late: Duration,
    withhold: Withhold,
    released: Option<Held>,
    unasked: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Withhold {
    #[default]
    Nothing,
    BeforePulse,
    AfterPulse,
}

impl ShuomingBoard {
    /// Starts a board of the given DIP address (1-32) at `path`, with all locks of `cabinet` wired to it.
    ///
    /// # Errors
    /// No pseudo-terminal or no thread.
    pub fn start(path: &Path, cabinet: Cabinet, address: u8, closed: StatusOfClosed) -> io::Result<Self> {
        let waker = Waker::new()?;
        let wire = Wire::new(Pty::open(path)?, BAUD, waker.clone());
        let steering = Mutex::default();
        let firmware = Firmware { address, channels: cabinet.channels(), closed };
        let shared = Arc::new(Shared { cabinet, firmware, taps: Taps::default(), steering, waker });
        let mut board = Running { shared: shared.clone(), wire, held: None };
        let thread =
            std::thread::Builder::new().name("emulated board".to_owned()).spawn(move || board.run())?;
        Ok(Self { shared, path: path.to_owned(), thread: Some(thread) })
    }

    /// The port to give the kiosk.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The cabinet behind this board.
    pub fn cabinet(&self) -> &Cabinet {
        &self.shared.cabinet
    }

    /// Everything on this wire from now on. A receiver that lets more than `holds` events pile up loses events.
    pub fn subscribe(&self, holds: usize) -> Receiver<WireEvent> {
        self.shared.taps.subscribe(holds)
    }

    /// Answers nothing and moves nothing, as without power.
    pub fn silent(&self, silent: bool) {
        self.steer(|steering| steering.silent = silent);
    }

    /// Obeys, but answers with bytes that mean nothing.
    pub fn rubbish(&self, rubbish: bool) {
        self.steer(|steering| steering.rubbish = rubbish);
    }

    /// The adapter gives back all that is sent to the board.
    pub fn echo(&self, echo: bool) {
        self.steer(|steering| steering.echo = echo);
    }

    /// Obeys at once, but answers only after `delay_ms`, at most 10 s.
    pub fn late(&self, delay_ms: u64) {
        self.steer(|steering| steering.late = Duration::from_millis(delay_ms).min(LONGEST_DELAY));
    }

    /// The next unlock frame arrives ([`Cabinet::wait_unlock_frames`] returns), but nothing moves; the board is mute
    /// until [`ShuomingBoard::release`].
    pub fn withhold_before_pulse(&self) {
        self.steer(|steering| steering.withhold = Withhold::BeforePulse);
    }

    /// The next unlock frame moves the lock, but neither an answer nor a reading comes until
    /// [`ShuomingBoard::release`].
    pub fn withhold_after_pulse(&self) {
        self.steer(|steering| steering.withhold = Withhold::AfterPulse);
    }

    /// Ends the withholding.
    pub fn release(&self, held: Held) {
        self.steer(|steering| {
            steering.withhold = Withhold::Nothing;
            steering.released = Some(held);
        });
    }

    /// Sends a frame that nobody asked for, as some firmware does at a door change.
    pub fn say_unasked(&self, bytes: &[u8]) {
        self.steer(|steering| steering.unasked.push(bytes.to_vec()));
    }

    fn steer(&self, steer: impl FnOnce(&mut Steering)) {
        steer(&mut self.shared.steering());
        self.shared.waker.wake();
    }
}

impl Drop for ShuomingBoard {
    fn drop(&mut self) {
        self.steer(|steering| steering.stop = true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the emulated board had panicked");
        }
    }
}

impl Shared {
    fn steering(&self) -> MutexGuard<'_, Steering> {
        self.steering.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An unlock that arrived and waits for its release.
struct HeldUnlock {
    channel: u8,
    pulsed: bool,
}

struct Running {
    shared: Arc<Shared>,
    wire: Wire,
    held: Option<HeldUnlock>,
}

impl Running {
    fn run(&mut self) {
        loop {
            let (stop, released, unasked) = {
                let mut steering = self.shared.steering();
                (steering.stop, steering.released.take(), std::mem::take(&mut steering.unasked))
            };
            if stop {
                return;
            }
            if let Some(released) = released {
                self.release(released);
            }
            for bytes in unasked {
                self.say(&bytes, "door change, unasked");
            }
            match self.wire.listen() {
                Ok(Heard::Frame { bytes, at, took }) => self.heard(&bytes, at, took),
                Ok(Heard::Nothing) => {}
                Err(error) => {
                    log::error!("the emulated board lost its line: {error}");
                    return;
                }
            }
        }
    }

    fn release(&mut self, released: Held) {
        let Some(held) = self.held.take() else { return };
        if released == Held::Forgotten {
            return;
        }
        if !held.pulsed {
            self.shared.cabinet.pulse(held.channel, PULSE);
        }
        self.acknowledge(held.channel);
    }

    fn heard(&mut self, bytes: &[u8], at: Instant, took: Duration) {
        let asked = self.shared.firmware.asked(bytes);
        self.tell(Direction::ToPart, bytes, asked.note(), at, took);
        let (silent, echo, withhold) = {
            let steering = self.shared.steering();
            (steering.silent, steering.echo, steering.withhold)
        };
        if echo {
            self.wire.say(bytes);
        }
        if silent {
            return;
        }
        match asked {
            Asked::Open(channel) => {
                let channels = match channel {
                    0 => 1..=self.shared.cabinet.channels(),
                    one => one..=one,
                };
                self.open(channel, channels, withhold);
            }
            // While an unlock is held the board is mute.
            _ if self.held.is_some() => {}
            Asked::Status(0) => self.answer(self.shared.firmware.all_doors(|c| self.is_open(c)), "all doors"),
            Asked::Status(channel) => {
                self.answer(self.shared.firmware.one_door(channel, self.is_open(channel)), "one door");
            }
            Asked::Other => {}
        }
    }

    fn open(&mut self, named: u8, channels: std::ops::RangeInclusive<u8>, withhold: Withhold) {
        let pulse_now =
            withhold != Withhold::BeforePulse && self.held.as_ref().is_none_or(|held| held.pulsed);
        for channel in channels {
            if pulse_now {
                self.shared.cabinet.pulse(channel, PULSE);
            }
            if withhold != Withhold::Nothing && self.held.is_none() {
                self.held = Some(HeldUnlock { channel, pulsed: pulse_now });
            }
            // Last, so that who waits for the frame finds the board as it will stay.
            self.shared.cabinet.unlock_frame_arrived(channel);
        }
        if self.held.is_none() {
            self.acknowledge(named);
        }
    }

    fn acknowledge(&mut self, channel: u8) {
        let frame = self.shared.firmware.opened(channel, self.is_open(channel));
        self.answer(frame, "open acknowledged");
    }

    fn is_open(&self, channel: u8) -> bool {
        self.shared.cabinet.is_open(channel)
    }

    fn answer(&mut self, mut frame: Vec<u8>, note: &str) {
        let (rubbish, late) = {
            let steering = self.shared.steering();
            (steering.rubbish, steering.late)
        };
        std::thread::sleep(THINKS + late);
        if rubbish {
            frame.iter_mut().for_each(|byte| *byte = byte.wrapping_mul(37) ^ 0x5A);
            self.say(&frame, "rubbish");
        } else {
            self.say(&frame, note);
        }
    }

    fn say(&mut self, bytes: &[u8], note: &str) {
        let took = self.wire.say(bytes);
        self.tell(Direction::FromPart, bytes, note.to_owned(), Instant::now(), took);
    }

    fn tell(&self, direction: Direction, bytes: &[u8], note: String, at: Instant, took: Duration) {
        self.shared.taps.tell(&WireEvent { at, took, direction, bytes: bytes.to_vec(), note });
    }
}
