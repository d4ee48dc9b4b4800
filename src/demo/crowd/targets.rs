//! The processes that may be killed, and by what they are held: handles that can never mean another process.

use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Signal, pidfd_send_signal};

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
    pub fn strike(&self, victim: Victim) -> Option<u32> {
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
