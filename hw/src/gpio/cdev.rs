//! Any GPIO chip of the Linux kernel, by its character device.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value, Values};

use super::{Chip, DEBOUNCE, Edge, EdgeSink, GpioError, Inputs, Output, Outputs};
use crate::bus::doorbell::{Doorbell, wait_for_either};
use crate::profile::Pull;

/// Who has a line, as `gpioinfo` shows it.
const CONSUMER: &str = "locker";
/// An edge thread looks up at least this often.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A chip of the kernel's.
#[derive(Debug)]
pub struct CdevChip {
    path: PathBuf,
}

impl CdevChip {
    /// Opens the chip at `path`, as in `/dev/gpiochip0`; a symlink is followed.
    ///
    /// # Errors
    /// It is no chip, or may not be used.
    pub fn open(path: &Path) -> Result<Self, GpioError> {
        let no_chip = |why: &dyn Display| GpioError::NoChip { path: path.to_owned(), why: why.to_string() };
        // Its own words for a path that is not there are few.
        std::fs::metadata(path).map_err(|why| no_chip(&why))?;
        gpiocdev::Chip::from_path(path).map_err(|why| no_chip(&why))?;
        Ok(Self { path: path.to_owned() })
    }

    fn no_lines(&self, lines: &[u32], why: &dyn Display) -> GpioError {
        GpioError::NoLines { path: self.path.clone(), lines: lines.to_vec(), why: why.to_string() }
    }
}

impl Chip for CdevChip {
    fn outputs(&self, outputs: &[Output]) -> Result<Arc<dyn Outputs>, GpioError> {
        let lines: Vec<u32> = outputs.iter().map(|output| output.line).collect();
        let mut builder = Request::builder();
        builder.on_chip(&self.path).with_consumer(CONSUMER);
        for output in outputs {
            builder.with_line(output.line);
            match output.active_low {
                true => builder.as_active_low(),
                false => builder.as_active_high(),
            };
            // Inactive from the moment at which it becomes an output.
            builder.as_output(Value::Inactive);
        }
        let request = builder.request().map_err(|why| self.no_lines(&lines, &why))?;
        Ok(Arc::new(CdevOutputs { request, lines, path: self.path.clone() }))
    }

    fn inputs(&self, lines: &[u32], pull: Pull, edges: EdgeSink) -> Result<Box<dyn Inputs>, GpioError> {
        let bias = match pull {
            Pull::Up => Bias::PullUp,
            Pull::Down => Bias::PullDown,
            Pull::None => Bias::Disabled,
        };
        let mut builder = Request::builder();
        builder
            .on_chip(&self.path)
            .with_consumer(CONSUMER)
            .with_lines(lines)
            .as_input()
            .with_bias(bias)
            .with_edge_detection(EdgeDetection::BothEdges)
            .with_debounce_period(DEBOUNCE);
        let no_lines = |why: &dyn Display| self.no_lines(lines, why);
        let request = Arc::new(builder.request().map_err(|why| no_lines(&why))?);
        let (stopped, bell) =
            (Arc::new(AtomicBool::new(false)), Doorbell::new().map_err(|why| no_lines(&why))?);
        let watcher =
            Watcher { request: request.clone(), stopped: stopped.clone(), bell: bell.clone(), edges };
        let thread = std::thread::Builder::new()
            .name("gpio edges".to_owned())
            .spawn(move || watcher.run())
            .map_err(|why| no_lines(&why))?;
        Ok(Box::new(CdevInputs {
            request,
            lines: lines.to_vec(),
            path: self.path.clone(),
            stopped,
            bell,
            thread: Some(thread),
        }))
    }
}

struct CdevOutputs {
    request: Request,
    lines: Vec<u32>,
    path: PathBuf,
}

impl CdevOutputs {
    fn switch(&self, values: &Values) -> Result<(), GpioError> {
        let failed =
            |why: gpiocdev::Error| GpioError::Failed { path: self.path.clone(), why: why.to_string() };
        self.request.set_values(values).map_err(failed)
    }
}

impl Outputs for CdevOutputs {
    fn set(&self, line: u32, on: bool) -> Result<(), GpioError> {
        if !self.lines.contains(&line) {
            let why = format!("line {line} was not taken as an output");
            return Err(GpioError::Failed { path: self.path.clone(), why });
        }
        let mut values = Values::default();
        values.set(line, if on { Value::Active } else { Value::Inactive });
        self.switch(&values)
    }

    fn all_off(&self) -> Result<(), GpioError> {
        let mut values = Values::default();
        for &line in &self.lines {
            values.set(line, Value::Inactive);
        }
        self.switch(&values)
    }
}

impl Drop for CdevOutputs {
    fn drop(&mut self) {
        if let Err(error) = self.all_off() {
            log::error!("outputs could not be switched off before they are given back: {error}");
        }
    }
}

struct CdevInputs {
    request: Arc<Request>,
    lines: Vec<u32>,
    path: PathBuf,
    stopped: Arc<AtomicBool>,
    bell: Doorbell,
    thread: Option<JoinHandle<()>>,
}

impl Inputs for CdevInputs {
    fn read(&self) -> Result<Vec<(u32, bool)>, GpioError> {
        let failed = |why: String| GpioError::Failed { path: self.path.clone(), why };
        let mut values = Values::from_offsets(&self.lines);
        self.request.values(&mut values).map_err(|why| failed(why.to_string()))?;
        let high = |line: &u32| {
            let value = values.get(*line).ok_or_else(|| failed(format!("line {line} was not read")))?;
            Ok((*line, value == Value::Active))
        };
        self.lines.iter().map(high).collect()
    }
}

impl Drop for CdevInputs {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        self.bell.ring();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the thread for edges of {} had panicked", self.path.display());
        }
    }
}

/// Hands on edges as the kernel debounced them.
struct Watcher {
    request: Arc<Request>,
    stopped: Arc<AtomicBool>,
    bell: Doorbell,
    edges: EdgeSink,
}

impl Watcher {
    fn run(self) {
        use std::os::fd::AsFd;
        while !self.stopped.load(Ordering::Acquire) {
            let (request, bell) = (self.request.as_fd(), self.bell.as_fd());
            if !wait_for_either(Some(request), Some(bell), LONGEST_WAIT).port {
                continue;
            }
            match self.request.read_edge_event() {
                Ok(event) => {
                    let at = instant_of(Duration::from_nanos(event.timestamp_ns));
                    (self.edges)(Edge { line: event.offset, high: event.kind == EdgeKind::Rising, at });
                }
                Err(error) => {
                    // Polling goes on, and tells that the chip is gone.
                    log::warn!("edges are no longer heard: {error}");
                    return;
                }
            }
        }
    }
}

/// A time of the kernel's monotonic clock, by which it stamps edges, as the program counts it.
fn instant_of(since_boot: Duration) -> Instant {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let now = Duration::try_from(now).unwrap_or(since_boot);
    let age = now.saturating_sub(since_boot);
    Instant::now().checked_sub(age).unwrap_or_else(Instant::now)
}
