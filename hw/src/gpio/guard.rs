//! Whatever happens, outputs go off: by a watchdog thread of their own, and when any thread panics.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError, TryLockError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Outputs;

/// Once a pulse took too long, outputs are switched off this often until whoever pulsed says that it is over.
const AGAIN_EVERY: Duration = Duration::from_millis(10);

/// Switches all outputs off when a pulse takes longer than it may, whatever the thread that pulses does meanwhile.
pub(super) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    watch: Mutex<Watch>,
    changed: Condvar,
}

#[derive(Default)]
struct Watch {
    /// When everything is to be off.
    off_at: Option<Instant>,
    tripped: bool,
    stop: bool,
}

/// A pulse that is watched. Dropped, it is over.
pub(super) struct Watched<'w>(&'w Watchdog);

impl Watchdog {
    pub(super) fn start(name: &str, outputs: Arc<dyn Outputs>) -> io::Result<Self> {
        let shared = Arc::new(Shared { watch: Mutex::default(), changed: Condvar::new() });
        let watching = shared.clone();
        let thread = std::thread::Builder::new()
            .name(format!("gpio watchdog {name}"))
            .spawn(move || watching.run(&*outputs))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// From now on, everything goes off at `off_at`, and stays off until the pulse is over.
    pub(super) fn watch(&self, off_at: Instant) -> Watched<'_> {
        let mut watch = self.shared.watch();
        watch.off_at = Some(off_at);
        watch.tripped = false;
        drop(watch);
        self.shared.changed.notify_all();
        Watched(self)
    }
}

impl Watched<'_> {
    /// Whether its time was over before it was.
    pub(super) fn tripped(&self) -> bool {
        self.0.shared.watch().tripped
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.shared.watch().off_at = None;
        self.0.shared.changed.notify_all();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.watch().stop = true;
        self.shared.changed.notify_all();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the watchdog of GPIO pulses had panicked");
        }
    }
}

impl Shared {
    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, outputs: &dyn Outputs) {
        let mut watch = self.watch();
        while !watch.stop {
            let Some(off_at) = watch.off_at else {
                watch = self.changed.wait(watch).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = off_at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                if !std::mem::replace(&mut watch.tripped, true) {
                    log::error!("a GPIO pulse took longer than it may: all outputs are switched off");
                }
                watch.off_at = Some(Instant::now() + AGAIN_EVERY);
                // Not with the lock in hand: switching may block, and others must get on.
                drop(watch);
                if let Err(error) = outputs.all_off() {
                    log::error!("outputs could not be switched off: {error}");
                }
                watch = self.watch();
            } else {
                watch = self.changed.wait_timeout(watch, left).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

/// Outputs that are switched off when any thread of this process panics.
static AT_PANIC: Mutex<Vec<Weak<dyn Outputs>>> = Mutex::new(Vec::new());

/// From now on, for as long as they are had, these outputs are switched off when a thread panics: before anything else of the
/// panic, so also where it ends the process.
pub(super) fn off_at_panic(outputs: &Arc<dyn Outputs>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            all_off_at_panic();
            before(panic);
        }));
    });
    let mut known = AT_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|outputs| outputs.strong_count() > 0);
    known.push(Arc::downgrade(outputs));
}

fn all_off_at_panic() {
    let known = match AT_PANIC.try_lock() {
        Ok(known) => known,
        Err(TryLockError::Poisoned(known)) => known.into_inner(),
        // The thread that panics may be the one that holds it.
        Err(TryLockError::WouldBlock) => return,
    };
    for outputs in known.iter().filter_map(Weak::upgrade) {
        // Whoever panics can do no more about it.
        let _ = outputs.all_off();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulate::MemoryChip;
    use crate::gpio::{Chip, Output};

    fn outputs(chip: &MemoryChip) -> Arc<dyn Outputs> {
        chip.outputs(&[17, 27].map(|line| Output { line, active_low: line == 27 })).unwrap()
    }

    #[test]
    fn whatever_was_switched_on_is_off_when_a_thread_panics() {
        let chip = MemoryChip::new();
        let outputs = outputs(&chip);
        off_at_panic(&outputs);
        outputs.set(17, true).unwrap();
        outputs.set(27, true).unwrap();
        assert!(chip.is_high(17) && !chip.is_high(27));
        let panicked = std::thread::spawn(|| panic!("of a test")).join();
        assert!(panicked.is_err());
        assert!(!chip.is_high(17) && chip.is_high(27));
    }

    #[test]
    fn a_pulse_that_is_never_over_is_ended_and_cannot_begin_again() {
        let chip = MemoryChip::new();
        let outputs = outputs(&chip);
        let watchdog = Watchdog::start("test", outputs.clone()).unwrap();
        let watched = watchdog.watch(Instant::now());
        // A thread that was held up may switch on only now.
        for _ in 0..3 {
            outputs.set(17, true).unwrap();
            assert!(chip.wait(17, false, Duration::from_secs(20)));
        }
        assert!(watched.tripped());
        drop(watched);
        outputs.set(17, true).unwrap();
        let next = watchdog.watch(Instant::now() + Duration::from_secs(3600));
        assert!(!next.tripped() && chip.is_high(17), "the next pulse is its own");
    }
}
