//! Who kills: `kill -9` from outside, at moments of interest, from a thread of its own so that no moment waits for people.

use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use locker_hw::emulate::{Direction, WireEvent};
use rustix::process::{Signal, pidfd_send_signal};

use super::super::chance::Chance;
use super::super::error::DemoError;
use super::super::timeline::Timeline;

/// Frames and moments that may wait for a killer who sleeps; more are of no interest.
const MOST_WAITING: usize = 256;
/// A moment that does not come within this time is not waited for any longer.
const MOMENT_WITHIN: Duration = Duration::from_secs(6);
/// How often the killer looks whether its victim lives again, or whether it is to stop.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Between two kills lies at most this.
const MOST_REST: Duration = Duration::from_millis(2_500);

/// Whom a kill strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    /// `locker kiosk`.
    Kiosk,
    /// `locker sync`.
    Sync,
    /// `locker hub`.
    Hub,
}

impl Victim {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Kiosk, Self::Sync, Self::Hub];
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kiosk => "the kiosk",
            Self::Sync => "sync",
            Self::Hub => "the hub",
        })
    }
}

/// Something after which a kill is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The scanner has sent what was held before it.
    Scanned,
    /// An unlock frame has left the kiosk.
    Unlocking,
    /// Somebody sees a door stand open.
    DoorOpen,
    /// Somebody pushed a door shut.
    DoorShut,
    /// The carrier told the hub something that sync is to carry.
    Told,
    /// Any moment.
    Any,
}

impl Moment {
    fn told(self) -> &'static str {
        match self {
            Self::Scanned => "a scan",
            Self::Unlocking => "an unlock frame",
            Self::DoorOpen => "a door opened",
            Self::DoorShut => "a door was pushed shut",
            Self::Told => "the carrier told the hub something",
            Self::Any => "nothing in particular",
        }
    }

    /// How long after it a kill may come.
    fn within(self) -> Duration {
        Duration::from_millis(match self {
            Self::Scanned => 300,
            Self::Unlocking => 600,
            Self::DoorOpen => 1_500,
            Self::DoorShut => 800,
            Self::Told => 600,
            Self::Any => 3_000,
        })
    }
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

/// The processes that live, by handles that can never mean another.
#[derive(Clone, Default)]
pub struct Targets(Arc<Mutex<[Option<Target>; 3]>>);

struct Target {
    handle: OwnedFd,
    pid: u32,
    struck: bool,
}

impl Targets {
    /// It lives.
    pub fn lives(&self, victim: Victim, handle: OwnedFd, pid: u32) {
        self.all()[victim as usize] = Some(Target { handle, pid, struck: false });
    }

    /// It is dead; gives whether it was our doing.
    pub fn is_dead(&self, victim: Victim) -> bool {
        self.all()[victim as usize].take().is_some_and(|target| target.struck)
    }

    /// Kills it; gives its number. Nothing where it is dead already.
    fn strike(&self, victim: Victim) -> Option<u32> {
        let mut all = self.all();
        let target = all[victim as usize].as_mut().filter(|target| !target.struck)?;
        pidfd_send_signal(&target.handle, Signal::KILL).ok()?;
        target.struck = true;
        Some(target.pid)
    }

    fn all(&self) -> std::sync::MutexGuard<'_, [Option<Target>; 3]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The killer, at work until it has killed as often as it was asked, or is stopped.
pub struct Killer {
    shared: Arc<Shared>,
    moments: SyncSender<Moment>,
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
    ) -> Result<Self, DemoError> {
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
        Ok(Self { shared, moments, thread: Some(thread) })
    }

    /// Tells of a moment. A killer that is busy misses it.
    pub fn tell(&self, moment: Moment) {
        // It is full only while the killer waits for its victim to live again.
        let _ = self.moments.try_send(moment);
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
        let after = self.chance.time(moment.within());
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
                let line = format!(
                    "kill -9 of {victim}, pid {pid}: {} ms after {}",
                    after.as_millis(),
                    since.told()
                );
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
        let moment = match (event.direction, event.bytes.first()) {
            (Direction::ToPart, Some(0x8A)) => Moment::Unlocking,
            // The scanner's answers to questions about its settings are no scans.
            (Direction::FromPart, Some(first)) if first.is_ascii_graphic() && event.note != "reply" => {
                Moment::Scanned
            }
            _ => continue,
        };
        let _ = moments.try_send(moment);
    }
}

fn spawn(name: &str, act: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, DemoError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(act).map_err(DemoError::io("starting a thread"))
}
