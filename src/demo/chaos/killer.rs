//! Who kills: `kill -9` from outside, at moments of interest, from a thread of its own so that no moment waits for people.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use locker_hw::emulate::{FrameKind, WireEvent};

use super::super::chance::Chance;
use super::super::crowd::{Moment, Targets, Victim};
use super::super::error::DemoError;
use super::super::timeline::Timeline;

/// Frames and moments that may wait for a killer who sleeps; more are of no interest.
const MOST_WAITING: usize = 256;
/// A moment that does not come within this time is not waited for any longer.
const MOMENT_WITHIN: Duration = Duration::from_secs(6);
/// How often the killer looks whether its victim lives again, or whether it is to stop.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Between two kills lies at most this.
const MOST_REST: Duration = Duration::from_millis(1_500);

/// How it is told.
fn told(moment: Moment) -> &'static str {
    match moment {
        Moment::Scanned => "a scan",
        Moment::Unlocking => "an unlock frame",
        Moment::DoorOpen => "a door opened",
        Moment::DoorShut => "a door was pushed shut",
        Moment::Told => "the carrier told the hub something",
        Moment::Any => "nothing in particular",
    }
}

/// How long after it a kill may come.
fn within(moment: Moment) -> Duration {
    Duration::from_millis(match moment {
        Moment::Scanned => 300,
        Moment::Unlocking => 600,
        Moment::DoorOpen => 1_500,
        Moment::DoorShut => 800,
        Moment::Told => 600,
        Moment::Any => 3_000,
    })
}

/// Which moments interest for whom, and how often.
const INTERESTS: [(u64, (Victim, Moment)); 12] = [
    (12, (Victim::Kiosk, Moment::Scanned)),
    (16, (Victim::Kiosk, Moment::Unlocking)),
    (14, (Victim::Kiosk, Moment::DoorOpen)),
    (14, (Victim::Kiosk, Moment::DoorShut)),
    (5, (Victim::Kiosk, Moment::Told)),
    (9, (Victim::Kiosk, Moment::Any)),
    (7, (Victim::Sync, Moment::Told)),
    (7, (Victim::Sync, Moment::DoorShut)),
    (6, (Victim::Sync, Moment::Any)),
    (3, (Victim::Hub, Moment::Told)),
    (3, (Victim::Hub, Moment::DoorShut)),
    (4, (Victim::Hub, Moment::Any)),
];

/// The killer, at work until it has killed as often as it was asked, or is stopped.
pub struct Killer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    kills: AtomicU32,
    stop: AtomicBool,
    ended: AtomicBool,
}

impl Killer {
    /// Sets the killer to work.
    ///
    /// # Errors
    /// No thread.
    pub fn start(
        kills: u32,
        chance: Chance,
        targets: Targets,
        wires: [Receiver<WireEvent>; 2],
        timeline: Timeline,
    ) -> Result<(Self, SyncSender<Moment>), DemoError> {
        let (moments, coming) = sync_channel(MOST_WAITING);
        for wire in wires {
            let moments = moments.clone();
            spawn("moments", move || watch(&wire, &moments))?;
        }
        let shared = Arc::new(Shared::default());
        let mut work = Work { shared: Arc::clone(&shared), chance, targets, coming, timeline };
        let thread = spawn("killer", move || {
            for _ in 0..kills {
                if !work.kill_once() {
                    break;
                }
            }
            work.shared.ended.store(true, Ordering::SeqCst);
        })?;
        Ok((Self { shared, thread: Some(thread) }, moments))
    }

    /// How often it killed.
    pub fn kills(&self) -> u32 {
        self.shared.kills.load(Ordering::SeqCst)
    }

    /// Whether it has killed as often as it was asked.
    pub fn has_ended(&self) -> bool {
        self.shared.ended.load(Ordering::SeqCst)
    }

    /// Stops it; gives how often it killed.
    pub fn stop(&mut self) -> u32 {
        self.shared.stop.store(true, Ordering::SeqCst);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the killer had panicked");
        }
        self.kills()
    }
}

impl Drop for Killer {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Work {
    shared: Arc<Shared>,
    chance: Chance,
    targets: Targets,
    coming: Receiver<Moment>,
    timeline: Timeline,
}

impl Work {
    /// One kill; false when it is to stop.
    fn kill_once(&mut self) -> bool {
        let Some((victim, moment)) = self.chance.weighted(&INTERESTS) else { return false };
        let rest = self.chance.time(MOST_REST);
        let after = self.chance.time(within(moment));
        if !self.sleeps(rest) {
            return false;
        }
        while self.coming.try_recv().is_ok() {}
        let came = moment != Moment::Any && self.comes(moment);
        if !self.sleeps(after) {
            return false;
        }
        loop {
            if let Some(pid) = self.targets.strike(victim) {
                self.shared.kills.fetch_add(1, Ordering::SeqCst);
                let since = if came { moment } else { Moment::Any };
                let line =
                    format!("kill -9 of {victim}, pid {pid}: {} ms after {}", after.as_millis(), told(since));
                self.timeline.says("crash", &line);
                return true;
            }
            if !self.sleeps(LOOK_AGAIN) {
                return false;
            }
        }
    }

    fn comes(&self, moment: Moment) -> bool {
        let began = Instant::now();
        loop {
            let left = MOMENT_WITHIN.saturating_sub(began.elapsed());
            match self.coming.recv_timeout(left.min(Duration::from_millis(100))) {
                Ok(came) if came == moment => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
                _ if left.is_zero() || self.is_to_stop() => return false,
                _ => {}
            }
        }
    }

    fn sleeps(&self, long: Duration) -> bool {
        let began = Instant::now();
        loop {
            if self.is_to_stop() {
                return false;
            }
            let left = long.saturating_sub(began.elapsed());
            if left.is_zero() {
                return true;
            }
            sleep(left.min(Duration::from_millis(50)));
        }
    }

    fn is_to_stop(&self) -> bool {
        self.shared.stop.load(Ordering::SeqCst)
    }
}

/// Tells of what passes on a wire, until the wire or the killer ends.
fn watch(wire: &Receiver<WireEvent>, moments: &SyncSender<Moment>) {
    for event in wire {
        let moment = match event.kind {
            FrameKind::Unlock => Moment::Unlocking,
            FrameKind::Scan => Moment::Scanned,
            FrameKind::Routine | FrameKind::Other => continue,
        };
        let _ = moments.try_send(moment);
    }
}

fn spawn(name: &str, act: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, DemoError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(act).map_err(DemoError::io("starting a thread"))
}
