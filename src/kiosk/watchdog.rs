//! systemd's watchdog: fed while every loop has turned within five seconds, also while reconnecting; never because a
//! board answered.

use std::env;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A loop that has not turned for so long hangs.
const HANGS_AFTER: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A loop whose turns are counted.
pub trait Loop: Send {
    /// How often it has turned; it hangs when this stays the same.
    fn turns(&self) -> u64;
}

/// The counter of a loop of ours.
#[derive(Clone, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The loop turned.
    pub fn turn(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Loop for Pulse {
    fn turns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Loop for locker_hw::Heartbeat {
    fn turns(&self) -> u64 {
        locker_hw::Heartbeat::turns(self)
    }
}

/// Feeds systemd's watchdog, where there is one.
pub struct Watchdog {
    asked: bool,
    loops: Vec<(&'static str, Box<dyn Loop>)>,
}

impl Watchdog {
    /// Whether systemd watches is in the environment.
    pub fn from_environment() -> Self {
        Self { asked: env::var_os("NOTIFY_SOCKET").is_some(), loops: Vec::new() }
    }

    /// Watches a loop.
    pub fn watch(&mut self, name: &'static str, of: impl Loop + 'static) {
        self.loops.push((name, Box::new(of)));
    }

    /// Says that the kiosk runs, and begins to feed.
    ///
    /// # Errors
    /// No thread.
    pub fn start(self) -> io::Result<()> {
        if !self.asked {
            return Ok(());
        }
        sd_notify::notify(&[sd_notify::NotifyState::Ready])?;
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || self.feed())?;
        Ok(())
    }

    fn feed(self) {
        let mut seen: Vec<_> = self.loops.iter().map(|(_, of)| (of.turns(), Instant::now())).collect();
        loop {
            thread::sleep(LOOK_EVERY);
            for ((name, of), (turns, at)) in self.loops.iter().zip(&mut seen) {
                let now = of.turns();
                // A loop that has not begun (u64::MAX) cannot hang.
                if now != *turns || now == u64::MAX {
                    (*turns, *at) = (now, Instant::now());
                } else if at.elapsed() > HANGS_AFTER {
                    log::error!("the {name} loop hangs");
                }
            }
            let hangs = seen.iter().any(|(_, at)| at.elapsed() > HANGS_AFTER);
            if !hangs && let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
                log::warn!("systemd's watchdog cannot be fed: {error}");
            }
        }
    }
}
