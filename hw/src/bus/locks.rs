//! All locks of a cabinet: one bus thread for each serial port, and the routing between them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::worker::{Mail, Worker};
use super::{BusFull, BusSink, Lock, LockBus, Unlock};
use crate::profile::Profile;
use crate::{Heartbeat, NowMs};

/// Unlocks that may wait on one port. A person needs one at a time; more is a fault upstream.
pub(super) const MAILBOX: usize = 32;

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

/// Every lock of a cabinet, over real serial ports. Dropping it stops and joins its threads.
pub struct SerialLocks {
    ports: Vec<Port>,
    /// Index into `ports` for each bank.
    port_of_bank: Vec<usize>,
}

struct Port {
    name: String,
    mailbox: Option<SyncSender<Mail>>,
    watched: Arc<Mutex<Vec<Lock>>>,
    heartbeat: Heartbeat,
    thread: Option<JoinHandle<()>>,
}

impl SerialLocks {
    /// Starts one thread for each port of the profile. `device_paths` gives the device for each port's name; `now` the
    /// process clock; each thread reports to its own clone of `sink`.
    ///
    /// # Errors
    /// A port without a path, or no thread. Nothing runs then.
    pub fn start<S: BusSink + Clone + 'static>(
        profile: &Profile,
        device_paths: &BTreeMap<String, PathBuf>,
        now: NowMs,
        sink: S,
    ) -> Result<Self, StartError> {
        let mut locks = Self { ports: Vec::new(), port_of_bank: Vec::new() };
        for bank in &profile.banks {
            let known = locks.ports.iter().position(|port| port.name == bank.port);
            let index = match known {
                Some(index) => index,
                None => {
                    let path = device_paths
                        .get(&bank.port)
                        .ok_or_else(|| StartError::NoPathForPort { port: bank.port.clone() })?;
                    let port = Port::start(profile, &bank.port, path.clone(), now.clone(), sink.clone())?;
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

impl LockBus for SerialLocks {
    fn unlock(&mut self, unlock: Unlock) -> Result<(), BusFull> {
        // A lock of an unknown bank is answered by the first port's thread, so that every attempt is answered alike.
        let index = self.port_of_bank.get(usize::from(unlock.lock.bank)).copied().unwrap_or(0);
        let mailbox = self.ports.get(index).and_then(|port| port.mailbox.as_ref()).ok_or(BusFull)?;
        mailbox.try_send(Mail::Unlock(unlock)).map_err(|_| BusFull)
    }

    fn watch(&mut self, locks: &[Lock]) {
        for (index, port) in self.ports.iter().enumerate() {
            let on_port = |lock: &&Lock| self.port_of_bank.get(usize::from(lock.bank)) == Some(&index);
            let here: Vec<Lock> = locks.iter().filter(on_port).copied().collect();
            let mut watched = port.watched.lock().unwrap_or_else(PoisonError::into_inner);
            if *watched == here {
                continue;
            }
            *watched = here;
            drop(watched);
            // A full mailbox wakes the thread as well.
            if let Some(mailbox) = &port.mailbox {
                let _ = mailbox.try_send(Mail::WatchChanged);
            }
        }
    }
}

impl Drop for SerialLocks {
    fn drop(&mut self) {
        for port in &mut self.ports {
            port.mailbox = None;
        }
        for port in &mut self.ports {
            if port.thread.take().is_some_and(|thread| thread.join().is_err()) {
                log::error!("the bus thread of port \"{}\" had panicked", port.name);
            }
        }
    }
}

impl Port {
    fn start<S: BusSink + 'static>(
        profile: &Profile,
        name: &str,
        path: PathBuf,
        now: NowMs,
        sink: S,
    ) -> Result<Self, StartError> {
        let (mailbox, mail) = sync_channel(MAILBOX);
        let watched = Arc::new(Mutex::new(Vec::new()));
        let heartbeat = Heartbeat::default();
        let worker = Worker::new(profile, name, path, now, sink, mail, watched.clone(), heartbeat.clone());
        let thread = std::thread::Builder::new()
            .name(format!("bus {name}"))
            .spawn(move || worker.run())
            .map_err(|source| StartError::NoThread { port: name.to_owned(), source })?;
        Ok(Self { name: name.to_owned(), mailbox: Some(mailbox), watched, heartbeat, thread: Some(thread) })
    }
}
