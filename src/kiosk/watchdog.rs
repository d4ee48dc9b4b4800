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

/// Loops whose turns are counted.
pub trait Loop: Send {
    /// How often each has turned; one hangs when its number stays the same. None for a loop that has not begun.
    fn turns(&self) -> Vec<u64>;
}

/// The counter of a loop of ours.
#[derive(Clone, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The loop turned.
    pub fn turn(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// What the loop does next may take as long as it takes.
    pub fn rest(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Loop for Pulse {
    fn turns(&self) -> Vec<u64> {
        let turns = self.0.load(Ordering::Relaxed);
        if turns == 0 { Vec::new() } else { vec![turns] }
    }
}

impl Loop for locker_hw::Heartbeat {
    fn turns(&self) -> Vec<u64> {
        vec![locker_hw::Heartbeat::turns(self)]
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
        let mut watched: Vec<Watched> = self.loops.iter().map(|_| Watched::default()).collect();
        loop {
            thread::sleep(LOOK_EVERY);
            let mut hangs = false;
            for ((name, of), watched) in self.loops.iter().zip(&mut watched) {
                if watched.hangs(of.turns(), Instant::now()) {
                    log::error!("the {name} loop hangs");
                    hangs = true;
                }
            }
            if !hangs && let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
                log::warn!("systemd's watchdog cannot be fed: {error}");
            }
        }
    }
}

/// What was seen of some loops.
#[derive(Default)]
struct Watched(Vec<(u64, Instant)>);

impl Watched {
    /// Takes in how often each has turned by now; says whether one of them hangs.
    fn hangs(&mut self, turns: Vec<u64>, now: Instant) -> bool {
        if self.0.len() != turns.len() {
            self.0 = turns.into_iter().map(|turns| (turns, now)).collect();
            return false;
        }
        let mut hangs = false;
        for ((before, at), turns) in self.0.iter_mut().zip(turns) {
            if *before != turns {
                (*before, *at) = (turns, now);
            }
            hangs |= now.saturating_duration_since(*at) > HANGS_AFTER;
        }
        hangs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_loop_of_several_that_stands_still_is_noticed_and_one_that_has_not_begun_is_not() {
        let begun = Instant::now();
        let later = |seconds| begun + Duration::from_secs(seconds);
        let mut watched = Watched::default();
        assert!(!watched.hangs(Vec::new(), later(0)));
        assert!(!watched.hangs(Vec::new(), later(60)));
        assert!(!watched.hangs(vec![1_000_000, 5], later(61)));
        assert!(!watched.hangs(vec![1_000_000, 6], later(63)));
        assert!(watched.hangs(vec![1_000_000, 9], later(67)), "the first stands still");
        assert!(!watched.hangs(vec![1_000_001, 9], later(68)));
    }
}
