//! The clock that all processes of the demo read, and that the demo moves.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::DemoError;
use crate::clock::{Clock, machine_ms};

/// The clock's file.
pub struct MovingClock {
    path: PathBuf,
    reading: Clock,
}

impl MovingClock {
    /// The clock at `path`, going on from where it was if it is there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(path: &Path) -> Result<Self, DemoError> {
        let reading = Clock::new(Some(path.to_owned()));
        let clock = Self { path: path.to_owned(), reading };
        // After a restart of the machine its own clock is behind: ours never runs backwards.
        let shown_ms = clock.reading.now_ms().max(machine_ms());
        clock.put(shown_ms)?;
        Ok(clock)
    }

    /// Lets time pass at once.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn skip(&self, by: Duration) -> Result<(), DemoError> {
        let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.put(self.reading.now_ms().saturating_add(by_ms))
    }

    fn put(&self, now_ms: u64) -> Result<(), DemoError> {
        // Renamed into place, so that nobody reads half of it.
        let beside = self.path.with_extension("new");
        fs::write(&beside, format!("{} {now_ms} 1\n", machine_ms()))
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(DemoError::io("moving the clock"))
    }
}
