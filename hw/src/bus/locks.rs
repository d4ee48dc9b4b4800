//! All locks of a cabinet: one bus thread for each serial port and GPIO chip, and the routing between them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::mailbox::Mailbox;
use super::supply::Supplies;
use super::worker::{Parts, Worker};
use super::{BusFull, BusSink, Lock, LockBus, Unlock};
use crate::gpio::worker::GpioWorker;
use crate::gpio::{self, OpenChip};
use crate::profile::Profile;
use crate::{Heartbeat, NowMs};

/// Why the lock buses could not be started. A port that is missing is no such reason: it is reported as lost banks and
/// tried again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The profile names a port for which no device path is configured.
    #[error("the cabinet profile uses port \"{port}\", but no device path is configured for it")]
    NoPathForPort {
        /// The port's name in the profile.
        port: String,
    },
    /// The operating system gave no thread.
    #[error("no thread for port \"{port}\": {source}")]
    NoThread {
        /// The port's name in the profile.
        port: String,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Every lock of a cabinet, over real serial ports and GPIO chips. Dropping it stops and joins its threads.
pub struct Locks {
    ports: Vec<Port>,
    /// Index into `ports` for each bank.
    port_of_bank: Vec<usize>,
}

struct Port {
    name: String,
    mailbox: Mailbox,
    heartbeat: Heartbeat,
    thread: Option<JoinHandle<()>>,
}

impl Locks {
    /// Starts a thread for each port of the profile. `device_paths` gives the device for each port's name: a serial port, a
    /// GPIO chip or [`crate::gpio::RPPAL`]. A symlink that is moved is followed anew whenever the device is opened. `now` is
    /// the process clock; each thread reports to its own clone of `sink`.
    ///
    /// # Errors
    /// A port without a path, or no thread. Nothing runs then.
    pub fn start<S: BusSink + Clone + Sync + 'static>(
        profile: &Profile,
        device_paths: &BTreeMap<String, PathBuf>,
        now: NowMs,
        sink: S,
    ) -> Result<Self, StartError> {
        Self::start_with_chips(profile, device_paths, Arc::new(gpio::open), now, sink)
    }

    /// As [`Locks::start`], with GPIO chips of the caller's own.
    ///
    /// # Errors
    /// As for [`Locks::start`].
    pub fn start_with_chips<S: BusSink + Clone + Sync + 'static>(
        profile: &Profile,
        device_paths: &BTreeMap<String, PathBuf>,
        open_chip: OpenChip,
        now: NowMs,
        sink: S,
    ) -> Result<Self, StartError> {
        let mut locks = Self { ports: Vec::new(), port_of_bank: Vec::new() };
        let supplies = Supplies::after_start(longest_pulses(profile), Instant::now());
        for bank in &profile.banks {
            let known = locks.ports.iter().position(|port| port.name == bank.port);
            let index = match known {
                Some(index) => index,
                None => {
                    let path = device_paths
                        .get(&bank.port)
                        .ok_or_else(|| StartError::NoPathForPort { port: bank.port.clone() })?;
                    let mailbox =
                        Mailbox::new().map_err(|source| StartError::no_thread(&bank.port, source))?;
                    supplies.wake(mailbox.bell().clone());
                    let parts = Parts {
                        mailbox,
                        supplies: supplies.clone(),
                        now: now.clone(),
                        sink: sink.clone(),
                        heartbeat: Heartbeat::default(),
                    };
                    let is_chip = bank.gpio.is_some();
                    let chip = is_chip.then(|| open_chip.clone());
                    let port = Port::start(profile, &bank.port, path.clone(), chip, parts)?;
                    locks.ports.push(port);
                    locks.ports.len() - 1
                }
            };
            locks.port_of_bank.push(index);
        }
        Ok(locks)
    }

    /// The heartbeat of each bus thread, with its port's name, for the watchdog.
    pub fn heartbeats(&self) -> Vec<(String, Heartbeat)> {
        self.ports.iter().map(|port| (port.name.clone(), port.heartbeat.clone())).collect()
    }
}

impl LockBus for Locks {
    fn unlock(&mut self, unlock: Unlock) -> Result<(), BusFull> {
        // A lock of an unknown bank is answered by the first port's thread, so that every attempt is answered alike.
        let index = self.port_of_bank.get(usize::from(unlock.lock.bank)).copied().unwrap_or(0);
        self.ports.get(index).ok_or(BusFull)?.mailbox.post(unlock)
    }

    fn watch(&mut self, locks: &[Lock]) {
        for (index, port) in self.ports.iter().enumerate() {
            let on_port = |lock: &&Lock| self.port_of_bank.get(usize::from(lock.bank)) == Some(&index);
            let here: Vec<Lock> = locks.iter().filter(on_port).copied().collect();
            port.mailbox.watch(here);
        }
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        for port in &self.ports {
            port.mailbox.close();
        }
        for port in &mut self.ports {
            if port.thread.take().is_some_and(|thread| thread.join().is_err()) {
                log::error!("the bus thread of port \"{}\" had panicked", port.name);
            }
        }
    }
}

impl Port {
    fn start<S: BusSink + Sync + 'static>(
        profile: &Profile,
        name: &str,
        path: PathBuf,
        chip: Option<OpenChip>,
        parts: Parts<S>,
    ) -> Result<Self, StartError> {
        let (mailbox, heartbeat) = (parts.mailbox.clone(), parts.heartbeat.clone());
        let run: Box<dyn FnOnce() + Send> = match chip {
            Some(open) => {
                let worker = GpioWorker::new(profile, name, path, open, parts);
                Box::new(move || worker.run())
            }
            None => {
                let worker = Worker::new(profile, name, path, parts);
                Box::new(move || worker.run())
            }
        };
        let thread = std::thread::Builder::new()
            .name(format!("bus {name}"))
            .spawn(run)
            .map_err(|source| StartError::no_thread(name, source))?;
        Ok(Self { name: name.to_owned(), mailbox, heartbeat, thread: Some(thread) })
    }
}

impl StartError {
    fn no_thread(port: &str, source: std::io::Error) -> Self {
        Self::NoThread { port: port.to_owned(), source }
    }
}

/// Each supply with the longest pulse on it.
fn longest_pulses(profile: &Profile) -> BTreeMap<String, Duration> {
    let mut groups = BTreeMap::new();
    for bank in &profile.banks {
        let pulse = Duration::from_millis(bank.pulse_ms.into());
        let longest = groups.entry(bank.supply.clone()).or_insert(pulse);
        *longest = pulse.max(*longest);
    }
    groups
}
