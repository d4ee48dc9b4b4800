//! Pulses that nobody but us ends, on a thread of their own.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Outputs;
use super::guard::{Watchdog, off_at_panic};
use crate::bus::NotSent;
use crate::bus::supply::Hold;
use crate::profile::LONGEST_PULSE_MS;

/// A pulse may take so much longer than asked for before the watchdog ends it, within [`LONGEST_PULSE_MS`].
const MARGIN: Duration = Duration::from_millis(50);
/// An output that cannot be switched off is tried again so often, and so many times, before its chip is given up.
const TRY_AGAIN_EVERY: Duration = Duration::from_millis(10);
const MOST_TRIES: u32 = 100;
/// The longest that a supply is in hand: a pulse, and all tries to end it.
pub(super) const HOLD: Duration = Duration::from_millis(LONGEST_PULSE_MS as u64 + 2_000);
/// After this, the thread is no longer alive.
const HANGS_AFTER: Duration = Duration::from_secs(5);

/// Whether a pulse that was handed over then should long be over.
pub(super) fn hangs(since: Option<Instant>, now: Instant) -> bool {
    since.is_some_and(|since| now.saturating_duration_since(since) > HANGS_AFTER)
}

/// One lock to be energised once.
pub(super) struct Job {
    /// The output's line.
    pub(super) line: u32,
    /// The line that lets the supply through.
    pub(super) enable: Option<u32>,
    /// How long.
    pub(super) pulse: Duration,
    /// How long the lock rests afterwards.
    pub(super) cooldown: Duration,
    /// Called immediately before the first output is switched; may forbid it. What it gives is the supply in hand.
    pub(super) last_look: Box<dyn FnOnce() -> Result<Hold, Forbidden> + Send>,
    /// Told exactly once, as soon as it is known.
    pub(super) tell: Box<dyn FnOnce(Told) + Send>,
}

/// Why nothing was switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forbidden {
    /// For good.
    Not(NotSent),
    /// The supply is taken; it may be tried again.
    NotYet,
}

/// What became of a job.
#[derive(Debug)]
pub(super) enum Told {
    /// The output is on, and will be off again in time.
    On,
    /// Nothing was switched.
    Forbidden(Forbidden),
    /// It may have been on for some time.
    Unclear(String),
}

/// The thread that pulses, its watchdog, and the outputs. Dropping it lets a running pulse end first.
pub(super) struct Pulser {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    outputs: Arc<dyn Outputs>,
}

impl Pulser {
    /// `done` is called whenever a job is over and the next may come; with false where outputs may still be on.
    pub(super) fn start(
        name: &str,
        outputs: Arc<dyn Outputs>,
        done: impl Fn(bool) + Send + 'static,
    ) -> io::Result<Self> {
        off_at_panic(&outputs);
        let watchdog = Watchdog::start(name, outputs.clone())?;
        // As many as the owner hands over: it gives one at a time.
        let (jobs, waiting) = channel();
        let switched = outputs.clone();
        let thread = std::thread::Builder::new()
            .name(format!("gpio pulse {name}"))
            .spawn(move || run(&waiting, &*switched, &watchdog, done))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), outputs })
    }

    /// Hands over one job; the one before must be done.
    ///
    /// # Errors
    /// The thread has ended; nothing was switched, and the job comes back untold.
    pub(super) fn pulse(&self, job: Job) -> Result<(), Job> {
        match &self.jobs {
            Some(jobs) => jobs.send(job).map_err(|unsent| unsent.0),
            None => Err(job),
        }
    }
}

impl Drop for Pulser {
    fn drop(&mut self) {
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the thread for GPIO pulses had panicked");
        }
        if let Err(error) = self.outputs.all_off() {
            log::error!("outputs could not be switched off at the end: {error}");
        }
    }
}

fn run(jobs: &Receiver<Job>, outputs: &dyn Outputs, watchdog: &Watchdog, done: impl Fn(bool)) {
    while let Ok(job) = jobs.recv() {
        done(pulse(job, outputs, watchdog));
    }
}

/// False where outputs may still be on.
fn pulse(job: Job, outputs: &dyn Outputs, watchdog: &Watchdog) -> bool {
    let Job { line, enable, pulse, cooldown, last_look, tell } = job;
    let longest = Duration::from_millis(LONGEST_PULSE_MS.into());
    let pulse = pulse.min(longest);
    // Armed first: from here on, nothing that stops this thread leaves an output on.
    let watched = watchdog.watch(Instant::now() + (pulse + MARGIN).min(longest));
    let hold = match last_look() {
        Ok(hold) => hold,
        Err(why) => {
            tell(Told::Forbidden(why));
            return true;
        }
    };
    let begun = Instant::now();
    let on = enable.map_or(Ok(()), |enable| outputs.set(enable, true)).and_then(|()| outputs.set(line, true));
    let off = match on {
        Ok(()) if !watched.tripped() => {
            tell(Told::On);
            std::thread::sleep((begun + pulse).saturating_duration_since(Instant::now()));
            let off = outputs.set(line, false);
            off.and(enable.map_or(Ok(()), |enable| outputs.set(enable, false)))
        }
        Ok(()) => {
            tell(Told::Unclear(
                "the pulse was ended by its watchdog before it was known to have begun".to_owned(),
            ));
            outputs.all_off()
        }
        Err(error) => {
            tell(Told::Unclear(error.to_string()));
            outputs.all_off()
        }
    };
    let off = off.is_ok() && !watched.tripped() || all_off(outputs);
    drop(watched);
    if off {
        hold.pulsed(Instant::now(), Duration::ZERO, cooldown);
    }
    // Otherwise the supply stays taken until its time, and the chip is given up meanwhile.
    off
}

/// Until it is so, as far as possible: while this lasts, no other lock of this chip is pulsed.
fn all_off(outputs: &dyn Outputs) -> bool {
    for _ in 0..MOST_TRIES {
        match outputs.all_off() {
            Ok(()) => return true,
            Err(error) => log::error!("outputs could not be switched off: {error}"),
        }
        std::thread::sleep(TRY_AGAIN_EVERY);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_hangs_only_when_all_tries_to_end_it_are_long_over() {
        let now = Instant::now();
        assert!(!hangs(None, now));
        assert!(!hangs(Some(now), now + HOLD));
        assert!(hangs(Some(now), now + HANGS_AFTER + Duration::from_millis(1)));
    }
}
