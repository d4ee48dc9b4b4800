//! The thread that drives lights and buzzer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::pattern::Beeps;
use crate::gpio::{GpioError, OpenChip, Output, Outputs};
use crate::profile::{Light, OutputLine, Parts};

/// What is asked for and waits; more is dropped: late, it would lead to the wrong door.
const MOST_WAITING: usize = 16;
/// A light is on for so long, and off for so long: once a second, as the door on the map.
const BLINK: Duration = Duration::from_millis(500);
/// A tick is this long: to be heard, not to sound.
const TICK: Duration = Duration::from_millis(20);
/// A door that stands open for longer than this is nobody's any more; its light goes off.
const LONGEST_BLINKING: Duration = Duration::from_secs(10 * 60);
/// A chip that failed is tried again no sooner than after this.
const CHIP_AGAIN: Duration = Duration::from_secs(5);

/// Why lights and buzzer could not be started. A chip that is missing is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system gave no thread.
    #[error("no thread for lights and buzzer: {0}")]
    NoThread(#[from] std::io::Error),
}

/// Lights and buzzer of a cabinet. Dropping the last clone switches them off.
#[derive(Clone)]
pub struct Signals(Arc<Handle>);

struct Handle(Mutex<Ends>);

/// The way to the thread; both are gone once it has ended.
struct Ends {
    asked: Option<SyncSender<Asked>>,
    thread: Option<JoinHandle<()>>,
}

enum Asked {
    Lead { doors: BTreeSet<u16>, hushed: bool },
    Beep(Beeps),
}

impl Signals {
    /// Starts the thread; none where the cabinet has neither. `ports` are the devices by their roles; `open` opens a GPIO
    /// chip ([`crate::gpio::open`]). All outputs are off from the first moment.
    ///
    /// # Errors
    /// The operating system gave no thread.
    pub fn start(
        parts: &Parts,
        ports: &BTreeMap<String, PathBuf>,
        open: OpenChip,
    ) -> Result<Option<Self>, StartError> {
        if parts.buzzer.is_none() && parts.lights.is_empty() {
            return Ok(None);
        }
        let (asked, asks) = sync_channel(MOST_WAITING);
        let mut running = Running {
            chips: Chip::all(parts, ports),
            open,
            lights: parts.lights.clone(),
            buzzer: parts.buzzer.clone(),
            lead_to: BTreeSet::new(),
            until: Instant::now(),
            hushed: false,
            lit: false,
            tick_ends_at: None,
            blink_at: Instant::now(),
            steps: VecDeque::new(),
            step_at: Instant::now(),
        };
        let thread =
            std::thread::Builder::new().name("signals".to_owned()).spawn(move || running.run(&asks))?;
        let ends = Ends { asked: Some(asked), thread: Some(thread) };
        Ok(Some(Self(Arc::new(Handle(Mutex::new(ends))))))
    }

    /// The lights of these compartments blink from now on, and no others; what ticks beside them ticks, unless it is `hushed`.
    pub fn lead(&self, compartments: impl IntoIterator<Item = u16>, hushed: bool) {
        self.ask(Asked::Lead { doors: compartments.into_iter().collect(), hushed });
    }

    /// Beeps soon, instead of what still beeps.
    pub fn beep(&self, beeps: Beeps) {
        self.ask(Asked::Beep(beeps));
    }

    /// Switches everything off, and waits until it is. Nothing can be asked for any more, by any clone.
    pub fn end(&self) {
        self.0.end();
    }

    fn ask(&self, what: Asked) {
        if let Some(asked) = &self.0.ends().asked
            && asked.try_send(what).is_err()
        {
            log::debug!("lights and buzzer are behind");
        }
    }
}

impl Handle {
    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        let mut ends = self.ends();
        ends.asked = None;
        if ends.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the thread of lights and buzzer had panicked");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

struct Chip {
    role: String,
    path: PathBuf,
    wanted: Vec<Output>,
    outputs: Option<Arc<dyn Outputs>>,
    next_try: Instant,
    told: bool,
}

impl Chip {
    fn all(parts: &Parts, ports: &BTreeMap<String, PathBuf>) -> Vec<Self> {
        let mut chips: Vec<Self> = Vec::new();
        let lines = parts.buzzer.iter().chain(parts.lights.iter().map(|light| &light.output));
        for line in lines {
            let wanted = Output { line: line.line, active_low: line.active_low };
            match (chips.iter_mut().find(|chip| chip.role == line.port), ports.get(&line.port)) {
                (Some(chip), _) => chip.wanted.push(wanted),
                (None, Some(path)) => chips.push(Self {
                    role: line.port.clone(),
                    path: path.clone(),
                    wanted: vec![wanted],
                    outputs: None,
                    next_try: Instant::now(),
                    told: false,
                }),
                (None, None) => {}
            }
        }
        chips
    }

    fn set(&mut self, open: &OpenChip, line: u32, on: bool) {
        let now = Instant::now();
        if self.outputs.is_none() && now < self.next_try {
            return;
        }
        if let Err(error) = self.try_set(open, line, on) {
            self.outputs = None;
            self.next_try = now + CHIP_AGAIN;
            if !std::mem::replace(&mut self.told, true) {
                log::warn!("lights and buzzer on GPIO chip \"{}\" fail: {error}", self.role);
            }
        }
    }

    fn try_set(&mut self, open: &OpenChip, line: u32, on: bool) -> Result<(), GpioError> {
        let outputs = match &self.outputs {
            Some(outputs) => outputs,
            None => {
                let outputs = open(&self.path)?.outputs(&self.wanted)?;
                self.told = false;
                self.outputs.insert(outputs)
            }
        };
        outputs.set(line, on)
    }
}

struct Running {
    chips: Vec<Chip>,
    open: OpenChip,
    lights: Vec<Light>,
    buzzer: Option<OutputLine>,
    lead_to: BTreeSet<u16>,
    /// When the lights stop blinking by themselves.
    until: Instant,
    /// Nothing ticks.
    hushed: bool,
    lit: bool,
    tick_ends_at: Option<Instant>,
    blink_at: Instant,
    /// What the buzzer still does, and when its next step is due.
    steps: VecDeque<(bool, u64)>,
    step_at: Instant,
}

impl Running {
    fn run(&mut self, asks: &Receiver<Asked>) {
        self.all_off();
        loop {
            let now = Instant::now();
            self.blink(now);
            self.end_tick(now);
            self.buzz(now);
            let asked = match self.next() {
                Some(due) => asks.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => asks.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match asked {
                Ok(Asked::Lead { doors, hushed }) => self.lead(doors, hushed),
                Ok(Asked::Beep(beeps)) => {
                    self.steps = beeps.steps();
                    self.step_at = Instant::now();
                }
                Err(RecvTimeoutError::Timeout) => {}
                // Taken back, outputs are off.
                Err(RecvTimeoutError::Disconnected) => return self.all_off(),
            }
        }
    }

    /// When something is to be done unasked.
    fn next(&self) -> Option<Instant> {
        let blink = (!self.lead_to.is_empty()).then_some(self.blink_at);
        let beep = (!self.steps.is_empty()).then_some(self.step_at);
        [blink, self.tick_ends_at, beep].into_iter().flatten().min()
    }

    fn lead(&mut self, doors: BTreeSet<u16>, hushed: bool) {
        let now = Instant::now();
        self.show(false);
        self.lead_to = doors;
        self.hushed = hushed;
        self.lit = false;
        self.blink_at = now;
        self.until = now + LONGEST_BLINKING;
    }

    fn blink(&mut self, now: Instant) {
        if self.lead_to.is_empty() || now < self.blink_at {
            return;
        }
        self.lit = !self.lit && now < self.until;
        self.show(self.lit);
        self.tick_ends_at = self.lit.then(|| now + TICK);
        self.blink_at = now + BLINK;
        if now >= self.until {
            self.lead_to.clear();
        }
    }

    fn end_tick(&mut self, now: Instant) {
        if self.tick_ends_at.take_if(|ends_at| *ends_at <= now).is_some() {
            self.switch(false, |light| light.ticks);
        }
    }

    /// Switches whatever leads somewhere.
    fn show(&mut self, on: bool) {
        let hushed = self.hushed && on;
        self.switch(on, |light| !(light.ticks && hushed));
    }

    fn switch(&mut self, on: bool, which: impl Fn(&Light) -> bool) {
        let leads = |light: &Light| light.compartments.iter().any(|door| self.lead_to.contains(door));
        let lights = self.lights.iter().filter(|light| leads(light) && which(light));
        let outputs: Vec<OutputLine> = lights.map(|light| light.output.clone()).collect();
        for output in outputs {
            self.set(&output, on);
        }
    }

    fn buzz(&mut self, now: Instant) {
        while now >= self.step_at {
            let Some((on, ms)) = self.steps.pop_front() else { return };
            self.step_at = now + Duration::from_millis(ms);
            if let Some(buzzer) = self.buzzer.clone() {
                self.set(&buzzer, on);
            }
        }
    }

    fn set(&mut self, output: &OutputLine, on: bool) {
        if let Some(chip) = self.chips.iter_mut().find(|chip| chip.role == output.port) {
            chip.set(&self.open, output.line, on);
        }
    }

    /// Also takes the lines, so that they are driven from the start.
    fn all_off(&mut self) {
        let lights = self.lights.iter().map(|light| light.output.clone());
        let outputs: Vec<OutputLine> = lights.chain(self.buzzer.clone()).collect();
        for output in outputs {
            self.set(&output, false);
        }
    }
}
