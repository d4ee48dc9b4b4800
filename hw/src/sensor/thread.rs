//! The thread that reads the sensors. Edges of lines wake it; the rest is read at its own pace.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::SensorSink;
use super::gauge::Gauge;
use super::knocks::Knocks;
use super::steady::Steady;
use super::thermometer;
use crate::gpio::{Edge, GpioError, Inputs, OpenChip};
use crate::profile::{InputLine, Parts, Pull};
use crate::{Heartbeat, NowMs};

/// Edges that wait; a sensor that gives more at once has given its alarm already.
const MOST_EDGES: usize = 256;
/// The longest sleep, so that the heartbeat turns; also how often a level is read, should an edge have been missed.
const LONGEST_SLEEP_MS: u64 = 2_000;
/// The mains are gone once they have been for so long; a switch between two feeds is shorter.
const LOST_AFTER_MS: u64 = 1_000;
/// They are back once they have been for so long: what comes back often goes again.
const BACK_AFTER_MS: u64 = 5_000;
/// How often the battery is measured, on the mains and without.
const GAUGE_EVERY_MS: u64 = 60_000;
const GAUGE_ON_BATTERY_EVERY_MS: u64 = 10_000;
/// How often temperatures are measured.
const TEMPERATURE_EVERY_MS: u64 = 60_000;
/// A chip that failed is tried again this often.
const CHIP_AGAIN_MS: u64 = 5_000;

/// Why the sensors could not be started. A device that is missing is no such reason: it is told in the log and tried again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system gave no thread.
    #[error("no thread for the sensors: {0}")]
    NoThread(#[from] std::io::Error),
}

/// The sensors of a cabinet and their thread. Dropping it stops and joins the thread.
pub struct Sensors {
    stop: Arc<AtomicBool>,
    wake: SyncSender<Woken>,
    heartbeat: Heartbeat,
    thread: Option<JoinHandle<()>>,
}

/// What wakes the thread.
enum Woken {
    /// The line of a chip changed.
    Edge { port: usize, edge: Edge },
    /// It is to look whether it is to stop.
    Look,
}

impl Sensors {
    /// Starts the thread; none where the cabinet has no sensors. `ports` are the devices by their roles; `open` opens a GPIO
    /// chip ([`crate::gpio::open`]).
    ///
    /// # Errors
    /// The operating system gave no thread.
    pub fn start<S: SensorSink + 'static>(
        parts: &Parts,
        ports: &BTreeMap<String, PathBuf>,
        open: OpenChip,
        now: NowMs,
        sink: S,
    ) -> Result<Option<Self>, StartError> {
        if parts.power.is_none() && parts.tampers.is_empty() && parts.thermometers.is_empty() {
            return Ok(None);
        }
        let (wake, woken) = sync_channel(MOST_EDGES);
        let (stop, heartbeat) = (Arc::new(AtomicBool::new(false)), Heartbeat::default());
        let mut running = Running {
            chips: Chip::all(parts, ports, now()),
            power: Supply::of(parts, ports, now()),
            tampers: tampers(parts),
            thermometers: thermometers(parts, ports),
            temperatures_due_ms: now(),
            open,
            now,
            sink,
            wake: wake.clone(),
            stop: stop.clone(),
            heartbeat: heartbeat.clone(),
        };
        let thread =
            std::thread::Builder::new().name("sensors".to_owned()).spawn(move || running.run(&woken))?;
        Ok(Some(Self { stop, wake, heartbeat, thread: Some(thread) }))
    }

    /// The thread's heartbeat, for the watchdog.
    pub fn heartbeat(&self) -> Heartbeat {
        self.heartbeat.clone()
    }
}

impl Drop for Sensors {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Full: then it is about to wake anyway.
        let _ = self.wake.try_send(Woken::Look);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the sensors' thread had panicked");
        }
    }
}

/// One GPIO chip, and what of it is wanted.
struct Chip {
    role: String,
    path: PathBuf,
    lines: BTreeMap<Pull, Vec<u32>>,
    /// Empty while the chip is not to be had.
    inputs: Vec<Box<dyn Inputs>>,
    due_ms: u64,
    told: bool,
}

impl Chip {
    fn all(parts: &Parts, ports: &BTreeMap<String, PathBuf>, now_ms: u64) -> Vec<Self> {
        let lines = parts.power.iter().map(|power| &power.mains_lost);
        let lines: Vec<&InputLine> = lines.chain(parts.tampers.iter().map(|tamper| &tamper.input)).collect();
        let mut chips: Vec<Self> = Vec::new();
        for line in lines {
            let Some(path) = ports.get(&line.port) else { continue };
            let known = chips.iter_mut().find(|chip| chip.role == line.port);
            let chip = match known {
                Some(chip) => chip,
                None => {
                    chips.push(Self {
                        role: line.port.clone(),
                        path: path.clone(),
                        lines: BTreeMap::new(),
                        inputs: Vec::new(),
                        due_ms: now_ms,
                        told: false,
                    });
                    let Some(chip) = chips.last_mut() else { continue };
                    chip
                }
            };
            chip.lines.entry(line.pull).or_default().push(line.line);
        }
        chips
    }

    fn take(&mut self, port: usize, open: &OpenChip, wake: &SyncSender<Woken>) -> Result<(), GpioError> {
        let chip = open(&self.path)?;
        for (pull, lines) in &self.lines {
            let wake = wake.clone();
            // A full channel is a sensor that has given its alarm, or a level that will be read.
            let edges = Arc::new(move |edge: Edge| {
                let _ = wake.try_send(Woken::Edge { port, edge });
            });
            self.inputs.push(chip.inputs(lines, *pull, edges)?);
        }
        Ok(())
    }

    /// Every line, and whether it is high.
    fn read(
        &mut self,
        port: usize,
        open: &OpenChip,
        wake: &SyncSender<Woken>,
    ) -> Result<Vec<(u32, bool)>, GpioError> {
        if self.inputs.is_empty() {
            self.take(port, open, wake)?;
        }
        let mut levels = Vec::new();
        for inputs in &self.inputs {
            levels.extend(inputs.read()?);
        }
        Ok(levels)
    }
}

/// The power supply, and what is known of it.
struct Supply {
    mains_lost: InputLine,
    gauge: Option<Gauge>,
    lost: Steady,
    level: Option<bool>,
    percent: Option<u8>,
    gauge_due_ms: u64,
    gauge_told: bool,
}

impl Supply {
    fn of(parts: &Parts, ports: &BTreeMap<String, PathBuf>, now_ms: u64) -> Option<Self> {
        let power = parts.power.as_ref()?;
        let gauge = power.gauge.as_ref();
        Some(Self {
            mains_lost: power.mains_lost.clone(),
            gauge: gauge.and_then(|gauge| Some(Gauge::new(ports.get(&gauge.port)?, gauge.address))),
            lost: Steady::new(LOST_AFTER_MS, BACK_AFTER_MS),
            level: None,
            percent: None,
            gauge_due_ms: now_ms,
            gauge_told: false,
        })
    }
}

struct Tamper {
    id: String,
    input: InputLine,
    knocks: Knocks,
}

fn tampers(parts: &Parts) -> Vec<Tamper> {
    let tampers = parts.tampers.iter().map(|tamper| Tamper {
        id: tamper.id.clone(),
        input: tamper.input.clone(),
        knocks: Knocks::new(tamper.edges, tamper.within_ms),
    });
    tampers.collect()
}

struct Thermometer {
    id: String,
    path: PathBuf,
    told: bool,
}

fn thermometers(parts: &Parts, ports: &BTreeMap<String, PathBuf>) -> Vec<Thermometer> {
    let known = parts.thermometers.iter().filter_map(|thermometer| {
        let path = ports.get(&thermometer.port)?.clone();
        Some(Thermometer { id: thermometer.id.clone(), path, told: false })
    });
    known.collect()
}

struct Running<S> {
    chips: Vec<Chip>,
    power: Option<Supply>,
    tampers: Vec<Tamper>,
    thermometers: Vec<Thermometer>,
    temperatures_due_ms: u64,
    open: OpenChip,
    now: NowMs,
    sink: S,
    wake: SyncSender<Woken>,
    stop: Arc<AtomicBool>,
    heartbeat: Heartbeat,
}

impl<S: SensorSink> Running<S> {
    fn run(&mut self, woken: &Receiver<Woken>) {
        while !self.stop.load(Ordering::Acquire) {
            self.heartbeat.turn();
            let now_ms = (self.now)();
            self.read_lines(now_ms);
            self.watch_power(now_ms);
            self.measure(now_ms);
            match woken.recv_timeout(Duration::from_millis(self.sleep_ms(now_ms))) {
                Ok(Woken::Edge { port, edge }) => self.edge(port, edge),
                Ok(Woken::Look) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn sleep_ms(&self, now_ms: u64) -> u64 {
        let power = self.power.as_ref();
        let lost = power.and_then(|power| power.lost.due_ms());
        let gauge = power.filter(|power| power.gauge.is_some()).map(|power| power.gauge_due_ms);
        let lines = self.chips.iter().map(|chip| chip.due_ms);
        let temperatures = (!self.thermometers.is_empty()).then_some(self.temperatures_due_ms);
        let due = lines.chain(lost).chain(gauge).chain(temperatures).min();
        // A millisecond more than nothing: what is due is not yet done where its device is missing.
        due.map_or(LONGEST_SLEEP_MS, |due_ms| due_ms.saturating_sub(now_ms)).clamp(1, LONGEST_SLEEP_MS)
    }

    /// Levels are read besides edges: an edge may be lost, and a supply was as it is before this began.
    fn read_lines(&mut self, now_ms: u64) {
        for port in 0..self.chips.len() {
            let Some(chip) = self.chips.get_mut(port).filter(|chip| chip.due_ms <= now_ms) else { continue };
            let levels = chip.read(port, &self.open, &self.wake);
            match levels {
                Ok(levels) => {
                    chip.due_ms = now_ms + LONGEST_SLEEP_MS;
                    if std::mem::take(&mut chip.told) {
                        log::info!("the sensors on GPIO chip \"{}\" can be read", chip.role);
                    }
                    let role = chip.role.clone();
                    for (line, high) in levels {
                        self.level(&role, line, high);
                    }
                }
                Err(error) => {
                    chip.inputs.clear();
                    chip.due_ms = now_ms + CHIP_AGAIN_MS;
                    if !std::mem::replace(&mut chip.told, true) {
                        log::warn!("the sensors on GPIO chip \"{}\" cannot be read: {error}", chip.role);
                    }
                }
            }
        }
    }

    fn level(&mut self, role: &str, line: u32, high: bool) {
        if let Some(power) = &mut self.power
            && (power.mains_lost.port.as_str(), power.mains_lost.line) == (role, line)
        {
            power.level = Some(high != power.mains_lost.active_low);
        }
    }

    fn edge(&mut self, port: usize, edge: Edge) {
        let Some(role) = self.chips.get(port).map(|chip| chip.role.clone()) else { return };
        self.level(&role, edge.line, edge.high);
        let now_ms = (self.now)();
        for tamper in &mut self.tampers {
            let is_its = (tamper.input.port.as_str(), tamper.input.line) == (role.as_str(), edge.line);
            if is_its && edge.high != tamper.input.active_low && tamper.knocks.one(now_ms) {
                log::warn!("the tamper sensor \"{}\" was moved", tamper.id);
                self.sink.tampered(&tamper.id);
            }
        }
    }

    fn watch_power(&mut self, now_ms: u64) {
        let Some(power) = &mut self.power else { return };
        let mut news = power.level.and_then(|level| power.lost.says(level, now_ms)).is_some();
        if news {
            power.gauge_due_ms = now_ms;
        }
        if let Some(gauge) = power.gauge.as_ref().filter(|_| power.gauge_due_ms <= now_ms) {
            let on_battery = power.lost.believed() == Some(true);
            let every_ms = if on_battery { GAUGE_ON_BATTERY_EVERY_MS } else { GAUGE_EVERY_MS };
            power.gauge_due_ms = now_ms + every_ms;
            match gauge.percent() {
                Ok(percent) => {
                    news |= power.percent.replace(percent) != Some(percent);
                    power.gauge_told = false;
                }
                Err(error) => {
                    if !std::mem::replace(&mut power.gauge_told, true) {
                        log::warn!("the battery cannot be measured: {error}");
                    }
                    // What was measured last is not what it is.
                    news |= power.percent.take().is_some();
                }
            }
        }
        if let Some(lost) = power.lost.believed().filter(|_| news) {
            self.sink.power(!lost, power.percent);
        }
    }

    fn measure(&mut self, now_ms: u64) {
        if self.temperatures_due_ms > now_ms {
            return;
        }
        self.temperatures_due_ms = now_ms + TEMPERATURE_EVERY_MS;
        for thermometer in &mut self.thermometers {
            let read = thermometer::tenths_c(&thermometer.path);
            match &read {
                Ok(_) => thermometer.told = false,
                Err(error) => {
                    if !std::mem::replace(&mut thermometer.told, true) {
                        log::warn!("the thermometer \"{}\" says nothing: {error}", thermometer.id);
                    }
                }
            }
            self.sink.temperature(&thermometer.id, read.ok());
            // Several take several seconds.
            self.heartbeat.turn();
        }
    }
}
