//! What a service manager does: whatever ended is started again, as the units in `systemd/` say.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::super::error::DemoError;
use super::super::processes::Process;
use super::super::stage::Stage;
use super::{Targets, Victim};

/// `RestartSec` of the units.
pub const RESTART_AFTER: Duration = Duration::from_secs(1);

/// Who keeps the three processes running.
pub struct Keeper {
    targets: Targets,
    dead_since: [Option<Instant>; 3],
}

impl Keeper {
    /// Takes hold of processes that run.
    ///
    /// # Errors
    /// The system gives no handles.
    pub fn of(stage: &mut Stage<'_>) -> Result<Self, DemoError> {
        let keeper = Self { targets: Targets::default(), dead_since: [None; 3] };
        for victim in Victim::ALL {
            let process = process(stage, victim);
            keeper.targets.lives(victim, process.handle()?, process.pid());
        }
        Ok(keeper)
    }

    /// Those who live, for the killer.
    pub fn targets(&self) -> Targets {
        self.targets.clone()
    }

    /// Whether all live.
    pub fn all_live(&self) -> bool {
        self.dead_since.iter().all(Option::is_none)
    }

    /// Looks after them once.
    ///
    /// # Errors
    /// One ended that nobody killed, or does not start.
    pub fn look_after(&mut self, stage: &mut Stage<'_>) -> Result<(), DemoError> {
        for victim in Victim::ALL {
            match self.dead_since[victim as usize] {
                None => {
                    if let Some(status) = process(stage, victim).ended()? {
                        let struck = self.targets.is_dead(victim);
                        if !struck || status.signal() != Some(Signal::KILL.as_raw()) {
                            let log = process(stage, victim).log().display().to_string();
                            return Err(DemoError::Odd(format!(
                                "{victim} ended, and nobody killed it: {status}; what it said is in {log}"
                            )));
                        }
                        self.dead_since[victim as usize] = Some(Instant::now());
                    }
                }
                Some(since) if since.elapsed() >= RESTART_AFTER => {
                    let process = process(stage, victim);
                    process.start_again()?;
                    self.targets.lives(victim, process.handle()?, process.pid());
                    let pid = process.pid();
                    self.dead_since[victim as usize] = None;
                    stage.says("demo", format!("{victim} runs again: pid {pid}"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn process<'s>(stage: &'s mut Stage<'_>, victim: Victim) -> &'s mut Process {
    match victim {
        Victim::Kiosk => &mut stage.kiosk,
        Victim::Sync => &mut stage.sync,
        Victim::Hub => &mut stage.hub,
    }
}
