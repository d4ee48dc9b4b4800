//! A GPIO chip in memory: lines whose levels can be seen and set, and a chip that fails or hangs on request.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::gpio::{Chip, Edge, EdgeSink, GpioError, Inputs, OpenChip, Output, Outputs};
use crate::profile::Pull;

/// Changes that are remembered one by one.
const CHANGES_KEPT: usize = 4096;

/// The chip. Clones are the same chip.
#[derive(Clone, Default)]
pub struct MemoryChip(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    high: BTreeMap<u32, bool>,
    taken: BTreeSet<u32>,
    sinks: Vec<(BTreeSet<u32>, EdgeSink)>,
    changes: Vec<Change>,
    gone: bool,
    hangs: Option<u32>,
}

/// An output that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its line.
    pub line: u32,
    /// High from then on.
    pub high: bool,
    /// When.
    pub at: Instant,
}

impl MemoryChip {
    /// A chip whose lines are low and taken by nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives this chip to whoever opens any path.
    pub fn opener(&self) -> OpenChip {
        let chip = self.clone();
        Arc::new(move |path: &Path| match chip.state().gone {
            true => Err(GpioError::NoChip { path: path.to_owned(), why: "it is unplugged".to_owned() }),
            false => Ok(Box::new(chip.clone())),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drives a line from outside, as a switch does; whoever has it as an input hears of a change.
    pub fn drive(&self, line: u32, high: bool) {
        let mut state = self.state();
        if state.high.insert(line, high).unwrap_or(false) == high {
            return;
        }
        let sinks: Vec<EdgeSink> = state
            .sinks
            .iter()
            .filter(|(lines, _)| lines.contains(&line))
            .map(|(_, sink)| sink.clone())
            .collect();
        drop(state);
        let at = Instant::now();
        for sink in sinks {
            sink(Edge { line, high, at });
        }
    }

    /// Whether a line is high.
    pub fn is_high(&self, line: u32) -> bool {
        self.state().high.get(&line).copied().unwrap_or(false)
    }

    /// Blocks until a line has this level; false when it had not within `patience`.
    pub fn wait(&self, line: u32, high: bool, patience: Duration) -> bool {
        let differs = |state: &mut State| state.high.get(&line).copied().unwrap_or(false) != high;
        let waited = self.0.changed.wait_timeout_while(self.state(), patience, differs);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// What the outputs did since the chip was made, the latest 4096 changes.
    pub fn changes(&self) -> Vec<Change> {
        self.state().changes.clone()
    }

    /// Everything fails from now on, and the chip cannot be opened (or no longer so).
    pub fn unplug(&self, gone: bool) {
        self.state().gone = gone;
    }

    /// Whoever switches this one line off hangs until this is called with `None`; all lines together can be switched.
    pub fn hang_at_off(&self, line: Option<u32>) {
        self.state().hangs = line;
        self.0.changed.notify_all();
    }

    fn switch(&self, state: &mut State, line: u32, high: bool) {
        if state.high.insert(line, high).unwrap_or(false) != high {
            if state.changes.len() >= CHANGES_KEPT {
                state.changes.remove(0);
            }
            state.changes.push(Change { line, high, at: Instant::now() });
        }
        self.0.changed.notify_all();
    }

    fn take(&self, lines: &[u32]) -> Result<(), GpioError> {
        let mut state = self.state();
        check(&state)?;
        if let Some(line) = lines.iter().find(|line| state.taken.contains(line)) {
            let why = format!("line {line} is busy");
            return Err(GpioError::NoLines { path: path(), lines: lines.to_vec(), why });
        }
        state.taken.extend(lines);
        Ok(())
    }

    fn give_back(&self, lines: impl Iterator<Item = u32>) {
        let mut state = self.state();
        for line in lines {
            state.taken.remove(&line);
        }
    }
}

fn path() -> PathBuf {
    PathBuf::from("memory")
}

fn check(state: &State) -> Result<(), GpioError> {
    match state.gone {
        true => Err(GpioError::Failed { path: path(), why: "it is unplugged".to_owned() }),
        false => Ok(()),
    }
}

impl Chip for MemoryChip {
    fn outputs(&self, outputs: &[Output]) -> Result<Arc<dyn Outputs>, GpioError> {
        self.take(&outputs.iter().map(|output| output.line).collect::<Vec<_>>())?;
        let taken = MemoryOutputs {
            chip: self.clone(),
            active_low: outputs.iter().map(|output| (output.line, output.active_low)).collect(),
        };
        taken.all_off()?;
        Ok(Arc::new(taken))
    }

    fn inputs(&self, lines: &[u32], pull: Pull, edges: EdgeSink) -> Result<Box<dyn Inputs>, GpioError> {
        self.take(lines)?;
        let mut state = self.state();
        for line in lines {
            state.high.entry(*line).or_insert(pull == Pull::Up);
        }
        state.sinks.push((lines.iter().copied().collect(), edges));
        drop(state);
        Ok(Box::new(MemoryInputs { chip: self.clone(), lines: lines.to_vec() }))
    }
}

struct MemoryOutputs {
    chip: MemoryChip,
    active_low: BTreeMap<u32, bool>,
}

impl Outputs for MemoryOutputs {
    fn set(&self, line: u32, on: bool) -> Result<(), GpioError> {
        let Some(active_low) = self.active_low.get(&line) else {
            return Err(GpioError::Failed { path: path(), why: format!("line {line} is no output") });
        };
        let hangs = |state: &mut State| !on && state.hangs == Some(line);
        let waited = self.chip.0.changed.wait_while(self.chip.state(), hangs);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        check(&state)?;
        self.chip.switch(&mut state, line, on != *active_low);
        Ok(())
    }

    fn all_off(&self) -> Result<(), GpioError> {
        let mut state = self.chip.state();
        check(&state)?;
        for (line, active_low) in &self.active_low {
            self.chip.switch(&mut state, *line, *active_low);
        }
        Ok(())
    }
}

impl Drop for MemoryOutputs {
    fn drop(&mut self) {
        let _ = self.all_off();
        self.chip.give_back(self.active_low.keys().copied());
    }
}

struct MemoryInputs {
    chip: MemoryChip,
    lines: Vec<u32>,
}

impl Inputs for MemoryInputs {
    fn read(&self) -> Result<Vec<(u32, bool)>, GpioError> {
        let state = self.chip.state();
        check(&state)?;
        Ok(self.lines.iter().map(|line| (*line, state.high.get(line).copied().unwrap_or(false))).collect())
    }
}

impl Drop for MemoryInputs {
    fn drop(&mut self) {
        let lines: BTreeSet<u32> = self.lines.iter().copied().collect();
        self.chip.state().sinks.retain(|(of, _)| *of != lines);
        self.chip.give_back(self.lines.iter().copied());
    }
}
