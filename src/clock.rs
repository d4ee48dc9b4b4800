//! The one clock of every process. Under the feature `demo` a file can move it: `--clock FILE` holds three numbers,
//! `then now rate`: the clock showed `now` milliseconds when the machine's showed `then`, and runs at `rate` since.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A clock that a file moves is looked at this often, so that a move is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Monotonic milliseconds, the same in every process of the machine.
#[derive(Clone)]
pub struct Clock {
    moved_by: Option<Arc<PathBuf>>,
    /// It never runs backwards, whatever the file says.
    latest_ms: Arc<AtomicU64>,
}

impl Clock {
    /// The machine's clock, or the one that `file` moves.
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { moved_by: file.map(Arc::new), latest_ms: Arc::default() }
    }

    /// Monotonic milliseconds since the machine started.
    pub fn now_ms(&self) -> u64 {
        let machine_ms = machine_ms();
        let now_ms = match &self.moved_by {
            None => return machine_ms,
            Some(file) => match std::fs::read_to_string(file.as_ref()) {
                Ok(text) => moved(&text, machine_ms).unwrap_or(0),
                Err(_) => 0,
            },
        };
        // A file that cannot be read holds the clock still for that moment.
        self.latest_ms.fetch_max(now_ms, Ordering::Relaxed).max(now_ms)
    }

    /// The same as a function, for those who know no clock.
    pub fn as_fn(&self) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }

    /// How long to wait at most for a moment that is `wait` away by this clock.
    pub fn real_wait(&self, wait: Duration) -> Duration {
        if self.moved_by.is_some() { wait.min(LOOK_EVERY) } else { wait }
    }

    /// Seconds since 1970, UTC, as this machine believes, moved like the clock: for people's night, and what the demo's hub
    /// takes for the time.
    pub fn unix_s(&self) -> u64 {
        let machine_s = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        machine_s + self.now_ms().saturating_sub(machine_ms()) / 1_000
    }
}

/// What the machine's own monotonic clock shows, in milliseconds.
pub fn machine_ms() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds * 1_000 + nanoseconds / 1_000_000
}

fn moved(text: &str, machine_ms: u64) -> Option<u64> {
    let mut numbers = text.split_ascii_whitespace().map(|number| number.parse::<u64>().ok());
    let (then_ms, now_ms, rate) = (numbers.next()??, numbers.next()??, numbers.next()??);
    Some(now_ms + machine_ms.saturating_sub(then_ms).saturating_mul(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_clock_runs_on_from_where_it_was_put() {
        assert_eq!(moved("1000 5000 1", 1_250), Some(5_250));
        assert_eq!(moved("1000 5000 60", 1_250), Some(20_000));
        assert_eq!(moved("1000 5000", 1_250), None);
        assert_eq!(moved("half a line", 1_250), None);
    }

    #[test]
    fn it_never_runs_backwards() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        std::fs::write(&file, format!("{} 9000000000000 1", machine_ms())).unwrap();
        let clock = Clock::new(Some(file.clone()));
        let before_ms = clock.now_ms();
        assert!(before_ms >= 9_000_000_000_000);
        std::fs::write(&file, format!("{} 5 1", machine_ms())).unwrap();
        assert!(clock.now_ms() >= before_ms);
        std::fs::remove_file(&file).unwrap();
        assert!(clock.now_ms() >= before_ms);
    }
}
