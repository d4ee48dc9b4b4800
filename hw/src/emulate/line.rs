//! A serial line on a pseudo-terminal, with lock boards of any families wired to it, each with a [`Cabinet`] behind it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::firmware::{Asked, Firmware, Look, StatusOfClosed};
use super::sensors::Sensors;
use super::tap::Taps;
use super::wire::{Heard, Waker, Wire};
use super::{BoardFamily, BoardPlan, Cabinet, Direction, Fault, FrameKind, Pty, WireEvent};

/// What a board needs from a frame's end to its answer.
const THINKS: Duration = Duration::from_micros(500);
/// The longest answer delay that can be asked for.
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// The delay of [`Fault::Slow`]: longer than any transaction may take.
const SLOW: Duration = Duration::from_millis(700);
/// A lock that is held on is so for longer than anyone waits.
const HELD_ON: Duration = Duration::from_secs(24 * 60 * 60);
/// [`Fault::Interference`] strikes one answer in so many.
const STRUCK_ONE_IN: usize = 4;
/// How often a line without a port looks whether it has one again.
const UNPLUGGED_LOOKS: Duration = Duration::from_millis(20);

/// What becomes of an unlock that was withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The board goes on where it stopped: the pulse, if it is still to come, and the answer.
    GoesOn,
    /// The board forgets it, as after a cut of its power.
    Forgotten,
}

/// One board of a line.
pub struct Station {
    /// What people call the board, where there are several; otherwise nothing.
    pub name: String,
    /// What is on the board.
    pub firmware: Box<dyn Firmware>,
    /// The locks that are wired to it.
    pub cabinet: Cabinet,
    /// How long it energises a lock where a frame does not say.
    pub pulse: Duration,
}

impl Station {
    /// A board as planned, with its locks.
    pub fn new(plan: &BoardPlan, cabinet: Cabinet) -> Self {
        Self { name: String::new(), firmware: plan.firmware(), cabinet, pulse: plan.pulse }
    }

    /// What is said of it, with its name.
    fn says(&self, what: &str) -> String {
        if self.name.is_empty() { what.to_owned() } else { format!("{}: {what}", self.name) }
    }
}

/// An emulated line. Dropping it takes its port away, as unplugging would.
pub struct LockLine {
    shared: Arc<Shared>,
    cabinets: Vec<Cabinet>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    taps: Taps,
    steering: Mutex<Steering>,
    waker: Waker,
}

/// What a test or demo does to the line while it runs.
struct Steering {
    stop: bool,
    path: PathBuf,
    /// With the board that has it, counted from 0; without one, all of them do.
    faults: BTreeSet<(Option<usize>, Fault)>,
    late: Duration,
    withhold: Withhold,
    heeds_baud: bool,
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

impl LockLine {
    /// Lays a line that ends at `path` and runs at `baud` bits a second, 8N1, with these boards on it.
    ///
    /// # Errors
    /// No pseudo-terminal or no thread.
    pub fn lay(path: &Path, baud: u32, stations: Vec<Station>) -> io::Result<Self> {
        let waker = Waker::new()?;
        let wire = Wire::new(Pty::open(path)?, baud, waker.clone());
        let steering = Steering {
            stop: false,
            path: path.to_owned(),
            faults: BTreeSet::new(),
            late: Duration::ZERO,
            withhold: Withhold::Nothing,
            heeds_baud: false,
            released: None,
            unasked: Vec::new(),
        };
        let shared = Arc::new(Shared { taps: Taps::default(), steering: Mutex::new(steering), waker });
        let cabinets: Vec<Cabinet> = stations.iter().map(|station| station.cabinet.clone()).collect();
        let boards = stations.into_iter().map(|station| Board::new(station, &shared.waker)).collect();
        let mut line = Running { shared: shared.clone(), wire: Some(wire), baud, boards, held: None };
        let thread =
            std::thread::Builder::new().name("emulated line".to_owned()).spawn(move || line.run())?;
        Ok(Self { shared, cabinets, thread: Some(thread) })
    }

    /// A line with one shuoming board of the given DIP address (1-32), with all locks of `cabinet` wired to it.
    ///
    /// # Errors
    /// No pseudo-terminal or no thread.
    pub fn shuoming(path: &Path, cabinet: Cabinet, address: u8, closed: StatusOfClosed) -> io::Result<Self> {
        let channels = cabinet.channels();
        let plan = BoardPlan { address, channels, closed, ..BoardPlan::usual(BoardFamily::Shuoming) };
        Self::lay(path, plan.family.baud(), vec![Station::new(&plan, cabinet)])
    }

    /// The port to give the kiosk.
    pub fn path(&self) -> PathBuf {
        self.shared.steering().path.clone()
    }

    /// The cabinets behind the boards of this line, in their order.
    pub fn cabinets(&self) -> &[Cabinet] {
        &self.cabinets
    }

    /// Everything on this wire from now on. A receiver that lets more than `holds` events pile up loses events.
    pub fn subscribe(&self, holds: usize) -> Receiver<WireEvent> {
        self.shared.taps.subscribe(holds)
    }

    /// The same, to a channel that hears of other wires too. An event that finds it full is lost.
    pub fn tell(&self, sender: SyncSender<WireEvent>) {
        self.shared.taps.add(sender);
    }

    /// Switches a fault on or off, for all boards of this line.
    pub fn fault(&self, fault: Fault, on: bool) {
        self.set_fault(None, fault, on);
    }

    /// Switches a fault of one board, counted from 0, on or off. What is wrong with the wire is wrong for all of them.
    pub fn fault_of(&self, board: usize, fault: Fault, on: bool) {
        self.set_fault(Some(board).filter(|_| !fault.is_of_the_wire()), fault, on);
    }

    /// The faults that are switched on, with the board that has them where it is one of several.
    pub fn faults(&self) -> Vec<(Option<usize>, Fault)> {
        self.shared.steering().faults.iter().copied().collect()
    }

    /// [`Fault::Silent`].
    pub fn silent(&self, on: bool) {
        self.fault(Fault::Silent, on);
    }

    /// [`Fault::Rubbish`].
    pub fn rubbish(&self, on: bool) {
        self.fault(Fault::Rubbish, on);
    }

    /// [`Fault::Echo`].
    pub fn echo(&self, on: bool) {
        self.fault(Fault::Echo, on);
    }

    /// Obeys at once, but answers only after `delay_ms`, at most 10 s.
    pub fn late(&self, delay_ms: u64) {
        self.steer(|steering| steering.late = Duration::from_millis(delay_ms).min(LONGEST_DELAY));
    }

    /// The port vanishes: [`Fault::Unplugged`] is on.
    pub fn unplug(&self) {
        self.fault(Fault::Unplugged, true);
    }

    /// The adapter is plugged in again, and the system calls it by this name.
    pub fn plug_in(&self, path: &Path) {
        self.steer(|steering| {
            steering.path = path.to_owned();
            steering.faults.remove(&(None, Fault::Unplugged));
        });
    }

    /// From now on, what comes at another speed than the line's is noise to its boards. Without this they hear it, for tools that
    /// open the port and set no speed.
    pub fn heed_baud(&self) {
        self.steer(|steering| steering.heeds_baud = true);
    }

    /// The next unlock frame arrives ([`Cabinet::wait_unlock_frames`] returns), but nothing moves; the boards are mute
    /// until [`LockLine::release`].
    pub fn withhold_before_pulse(&self) {
        self.steer(|steering| steering.withhold = Withhold::BeforePulse);
    }

    /// The next unlock frame moves the lock, but neither an answer nor a reading comes until [`LockLine::release`].
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

    /// Sends bytes that nobody asked for.
    pub fn say_unasked(&self, bytes: &[u8]) {
        self.steer(|steering| steering.unasked.push(bytes.to_vec()));
    }

    fn set_fault(&self, board: Option<usize>, fault: Fault, on: bool) {
        self.steer(|steering| {
            if on {
                steering.faults.insert((board, fault));
            } else {
                steering.faults.retain(|(of, set)| *set != fault || (board.is_some() && *of != board));
            }
        });
    }

    fn steer(&self, steer: impl FnOnce(&mut Steering)) {
        steer(&mut self.shared.steering());
        self.shared.waker.wake();
    }
}

impl Drop for LockLine {
    fn drop(&mut self) {
        self.steer(|steering| steering.stop = true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the emulated line had panicked");
        }
    }
}

impl Shared {
    fn steering(&self) -> MutexGuard<'_, Steering> {
        self.steering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(
        &self,
        direction: Direction,
        bytes: &[u8],
        kind: FrameKind,
        note: String,
        at: Instant,
        took: Duration,
    ) {
        self.taps.tell(&WireEvent { at, took, direction, bytes: bytes.to_vec(), kind, note });
    }
}

impl Steering {
    fn has(&self, board: usize, fault: Fault) -> bool {
        self.faults.contains(&(None, fault)) || self.faults.contains(&(Some(board), fault))
    }

    fn is_unplugged(&self) -> bool {
        self.faults.contains(&(None, Fault::Unplugged))
    }
}

/// An unlock that arrived and waits for its release.
struct HeldUnlock {
    board: usize,
    frame: Vec<u8>,
    asked: Asked,
    pulsed: bool,
}

/// A board while its line runs.
struct Board {
    station: Station,
    /// What it told last of each door, where it tells of changes by itself.
    told: Vec<Option<bool>>,
    /// Its bolts are stuck by [`Fault::StuckLock`].
    stuck: bool,
    /// What it has said while [`Fault::Interference`] was there.
    said: usize,
}

impl Board {
    fn new(station: Station, waker: &Waker) -> Self {
        if station.firmware.reports() {
            station.cabinet.wake_on_change(waker);
        }
        Self { station, told: Vec::new(), stuck: false, said: 0 }
    }

    fn channels(&self) -> std::ops::RangeInclusive<u8> {
        1..=self.station.cabinet.channels()
    }

    fn sensors(&self, index: usize, steering: &Steering) -> Sensors<'_> {
        Sensors {
            cabinet: &self.station.cabinet,
            inverted: steering.has(index, Fault::Inverted),
            swapped: steering.has(index, Fault::SwappedWiring),
            bouncing: steering.has(index, Fault::DoorBounce),
        }
    }

    fn pulse(&self, asked: &Asked) {
        let cabinet = &self.station.cabinet;
        match asked {
            Asked::Open { channels, pulse } => {
                for channel in channels {
                    cabinet.pulse(*channel, pulse.unwrap_or(self.station.pulse));
                }
            }
            Asked::Hold(channel) => cabinet.pulse(*channel, HELD_ON),
            Asked::Off(channels) => cabinet.switch_off(channels),
            Asked::Status | Asked::Impossible | Asked::Other => {}
        }
    }

    /// Jams or frees the bolts as the fault comes and goes.
    fn stick(&mut self, stuck: bool) {
        if self.stuck == stuck {
            return;
        }
        self.stuck = stuck;
        for channel in self.channels() {
            // Every one of these channels is there.
            let _ = self.station.cabinet.jam(channel, stuck);
        }
    }
}

struct Running {
    shared: Arc<Shared>,
    /// None while it is unplugged.
    wire: Option<Wire>,
    baud: u32,
    boards: Vec<Board>,
    held: Option<HeldUnlock>,
}

impl Running {
    fn run(&mut self) {
        loop {
            let (released, unasked) = {
                let mut steering = self.shared.steering();
                if steering.stop {
                    return;
                }
                for (index, board) in self.boards.iter_mut().enumerate() {
                    board.stick(steering.has(index, Fault::StuckLock));
                }
                (steering.released.take(), std::mem::take(&mut steering.unasked))
            };
            if let Err(error) = self.plug() {
                log::error!("the emulated line cannot be plugged in again: {error}");
                return;
            }
            if let Some(released) = released {
                self.release(released);
            }
            for bytes in unasked {
                self.say(&bytes, FrameKind::Other, "unasked".to_owned());
            }
            self.report_changes();
            let Some(wire) = &mut self.wire else {
                std::thread::sleep(UNPLUGGED_LOOKS);
                continue;
            };
            match wire.listen() {
                Ok(Heard::Frame { bytes, at, took }) => self.heard(&bytes, at, took),
                Ok(Heard::Nothing) => {}
                Err(error) => {
                    log::error!("the emulated line is broken: {error}");
                    return;
                }
            }
        }
    }

    /// Takes the port away or gives it back.
    fn plug(&mut self) -> io::Result<()> {
        let (unplugged, path) = {
            let steering = self.shared.steering();
            (steering.is_unplugged(), steering.path.clone())
        };
        match (&self.wire, unplugged) {
            (Some(_), true) => self.wire = None,
            (None, false) => {
                self.wire = Some(Wire::new(Pty::open(path)?, self.baud, self.shared.waker.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    fn release(&mut self, released: Held) {
        let Some(held) = self.held.take() else { return };
        if released == Held::Forgotten {
            return;
        }
        if !held.pulsed {
            self.boards[held.board].pulse(&held.asked);
        }
        self.answer(held.board, &held.frame, &held.asked);
    }

    /// What boards tell by themselves; never into a frame that is on its way.
    fn report_changes(&mut self) {
        if self.held.is_some() || !self.wire.as_ref().is_some_and(Wire::is_quiet) {
            return;
        }
        for index in 0..self.boards.len() {
            let board = &self.boards[index];
            if !board.station.firmware.reports() {
                continue;
            }
            let (seen, is_silent): (Vec<_>, bool) = {
                let steering = self.shared.steering();
                let sensors = board.sensors(index, &steering);
                let seen = board.channels().map(|channel| sensors.is_open(channel)).collect();
                (seen, steering.has(index, Fault::Silent))
            };
            let told = std::mem::replace(&mut self.boards[index].told, seen.clone());
            let changed = (1u8..).zip(told.iter().zip(&seen)).filter(|(_, (told, seen))| told != seen);
            for (channel, (_, is_open)) in changed.filter(|_| !is_silent) {
                let frame = {
                    let steering = self.shared.steering();
                    let board = &self.boards[index];
                    board.station.firmware.report(channel, &board.sensors(index, &steering))
                };
                let how = if *is_open == Some(true) { "open" } else { "closed" };
                if let Some(frame) = frame {
                    self.send(index, &frame, FrameKind::Other, format!("door {channel} is {how}, unasked"));
                }
            }
        }
    }

    /// A board reads byte after byte: two requests that a thread which had to wait finds together are two all the same.
    fn heard(&mut self, bytes: &[u8], at: Instant, took: Duration) {
        let is_noise = self.shared.steering().heeds_baud
            && self.wire.as_ref().and_then(Wire::far_baud) != Some(self.baud);
        if is_noise {
            return;
        }
        let means = |frame: &[u8]| {
            self.boards.iter().any(|board| board.station.firmware.asked(frame) != Asked::Other)
        };
        let is_seam = |end: &usize| means(&bytes[..*end]) && means(&bytes[*end..]);
        match (1..bytes.len()).find(|end| !means(bytes) && is_seam(end)) {
            Some(end) => {
                self.heard_frame(&bytes[..end], at, took);
                self.heard_frame(&bytes[end..], at, took);
            }
            None => self.heard_frame(bytes, at, took),
        }
    }

    fn heard_frame(&mut self, bytes: &[u8], at: Instant, took: Duration) {
        let asked: Vec<Asked> = self.boards.iter().map(|board| board.station.firmware.asked(bytes)).collect();
        let addressed = self.boards.iter().zip(&asked).find(|(_, asked)| **asked != Asked::Other);
        let note =
            addressed.map_or_else(|| Asked::Other.note(), |(board, asked)| board.station.says(&asked.note()));
        let addressed = addressed.map_or(&Asked::Other, |(_, asked)| asked);
        let kind = match addressed {
            Asked::Open { .. } | Asked::Hold(_) => FrameKind::Unlock,
            Asked::Status => FrameKind::Routine,
            Asked::Off(_) | Asked::Impossible | Asked::Other => FrameKind::Other,
        };
        self.shared.tell(Direction::ToPart, bytes, kind, note, at, took);
        if self.shared.steering().has(0, Fault::Echo)
            && let Some(wire) = &mut self.wire
        {
            wire.say(bytes);
        }
        for (index, asked) in asked.into_iter().enumerate().filter(|(_, asked)| *asked != Asked::Other) {
            self.obey(index, bytes, asked);
        }
    }

    fn obey(&mut self, index: usize, frame: &[u8], asked: Asked) {
        let (silent, withhold) = {
            let steering = self.shared.steering();
            (steering.has(index, Fault::Silent), steering.withhold)
        };
        if silent {
            return;
        }
        let board = &self.boards[index];
        let Asked::Open { channels, .. } = &asked else {
            // While an unlock is held the boards are mute.
            if self.held.is_none() {
                board.pulse(&asked);
                self.answer(index, frame, &asked);
            }
            return;
        };
        let pulse_now =
            withhold != Withhold::BeforePulse && self.held.as_ref().is_none_or(|held| held.pulsed);
        if pulse_now {
            board.pulse(&asked);
        }
        if withhold != Withhold::Nothing && self.held.is_none() {
            let (frame, asked) = (frame.to_vec(), asked.clone());
            self.held = Some(HeldUnlock { board: index, frame, asked, pulsed: pulse_now });
        }
        // Last, so that who waits for the frame finds the board as it will stay.
        for channel in channels {
            board.station.cabinet.unlock_frame_arrived(*channel);
        }
        if self.held.is_none() {
            self.answer(index, frame, &asked);
        }
    }

    fn answer(&mut self, index: usize, frame: &[u8], asked: &Asked) {
        let board = &self.boards[index];
        let (answer, note, delay) = {
            let steering = self.shared.steering();
            let sensors = board.sensors(index, &steering);
            let answer = board.station.firmware.answer(frame, asked, &sensors);
            let slow = if steering.has(index, Fault::Slow) { SLOW } else { Duration::ZERO };
            (answer, note(asked, board.channels(), &sensors), THINKS + steering.late + slow)
        };
        let Some(answer) = answer else { return };
        std::thread::sleep(delay);
        let kind = if *asked == Asked::Status { FrameKind::Routine } else { FrameKind::Other };
        self.send(index, &answer, kind, note);
    }

    /// Sends what a board says, as its faults leave it.
    fn send(&mut self, index: usize, frame: &[u8], kind: FrameKind, note: String) {
        let said = self.boards[index].said;
        let spoilt = {
            let steering = self.shared.steering();
            let firmware = &self.boards[index].station.firmware;
            let has = |fault| steering.has(index, fault);
            if has(Fault::Rubbish) {
                Some((frame.iter().map(|byte| byte.wrapping_mul(37) ^ 0x5A).collect(), Fault::Rubbish))
            } else if has(Fault::WrongChecksum) {
                Some((with_last_bit_flipped(frame), Fault::WrongChecksum))
            } else if has(Fault::LyingLength) {
                Some((firmware.lie_about_length(frame), Fault::LyingLength))
            } else if has(Fault::CutFrame) {
                Some((frame[..frame.len().div_ceil(2)].to_vec(), Fault::CutFrame))
            } else if has(Fault::Interference) {
                self.boards[index].said += 1;
                (said % STRUCK_ONE_IN == STRUCK_ONE_IN - 1)
                    .then(|| (with_bit_flipped(frame, said / STRUCK_ONE_IN), Fault::Interference))
            } else {
                None
            }
        };
        let note = self.boards[index].station.says(&note);
        match spoilt {
            Some((bytes, fault)) => self.say(&bytes, kind, format!("{note} ({fault})")),
            None => self.say(frame, kind, note),
        }
    }

    fn say(&mut self, bytes: &[u8], kind: FrameKind, note: String) {
        let Some(wire) = &mut self.wire else { return };
        let took = wire.say(bytes);
        self.shared.tell(Direction::FromPart, bytes, kind, note, Instant::now(), took);
    }
}

fn with_last_bit_flipped(frame: &[u8]) -> Vec<u8> {
    let mut flipped = frame.to_vec();
    if let Some(last) = flipped.last_mut() {
        *last ^= 1;
    }
    flipped
}

/// One bit wrong, the n-th time another: beginning in the middle, where the doors are, and in steps that come by all of them.
fn with_bit_flipped(frame: &[u8], n: usize) -> Vec<u8> {
    const STEP: usize = 11;
    let mut flipped = frame.to_vec();
    let bits = frame.len() * 8;
    if let Some(bit) = (bits / 2 + n * STEP).checked_rem(bits) {
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    flipped
}

/// What an answer says, for people.
fn note(asked: &Asked, channels: std::ops::RangeInclusive<u8>, look: &dyn Look) -> String {
    match asked {
        Asked::Open { .. } => "open acknowledged".to_owned(),
        Asked::Status => {
            let open: Vec<String> = channels
                .filter(|channel| look.is_open(*channel) != Some(false))
                .map(|channel| channel.to_string())
                .collect();
            if open.is_empty() { "all doors closed".to_owned() } else { format!("open: {}", open.join(", ")) }
        }
        Asked::Impossible => "refused".to_owned(),
        Asked::Hold(_) | Asked::Off(_) | Asked::Other => "done".to_owned(),
    }
}
