//! The controller thread: the engine, and when it gives up, the way back from disk.

use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use locker_engine::{
    CompartmentId, Engine, EngineError, Happening, Options, Picture, Random, RealDisk, Screen, Sound,
};
use locker_hw::bus::Locks;
use locker_ui::KioskHandle;

use super::inbox::Inbox;
use super::link::Link;
use super::screen;
use super::signals::Guide;
use super::sound::{Night, Speaker};
use super::watchdog::{Loop, Pulse};
use crate::clock::Clock;
use crate::config::Config;

/// A locker that cannot record is tried again this often.
const TRY_AGAIN_EVERY: Duration = Duration::from_secs(10);
/// The loop turns at least this often, so that the watchdog sees it.
const TURN_EVERY: Duration = Duration::from_secs(4);
/// The exit code of a process that wants to begin again from disk (EX_TEMPFAIL of sysexits.h).
const BEGIN_AGAIN: i32 = 75;

/// What the controller thread needs.
pub struct Controller {
    config: Config,
    clock: Clock,
    inbox: Inbox,
    link: Link,
    glass: Glass,
    pulse: Pulse,
    buses: Buses,
}

/// The heartbeats of the bus threads, which begin with each engine.
#[derive(Clone, Default)]
pub struct Buses(Arc<Mutex<Vec<(String, locker_hw::Heartbeat)>>>);

impl Loop for Buses {
    fn turns(&self) -> Vec<u64> {
        let heartbeats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heartbeats.iter().map(|(_, heartbeat)| heartbeat.turns()).collect()
    }
}

/// The engine's screen, told from this thread: the kiosk's window, with what sounds and what leads to doors.
#[derive(Clone)]
pub struct Glass {
    screen: KioskHandle,
    speaker: Speaker,
    guide: Guide,
    dusk: Dusk,
}

/// When the screen is dark.
#[derive(Clone)]
pub struct Dusk {
    /// By the hour, and on battery.
    pub night: Night,
    /// By the configuration.
    pub always: bool,
    /// Which screen.
    pub screen: KioskHandle,
}

impl Glass {
    /// All that tells people something.
    pub fn new(screen: KioskHandle, speaker: Speaker, guide: Guide, dusk: Dusk) -> Self {
        Self { screen, speaker, guide, dusk }
    }
}

impl Screen for Glass {
    fn show(&mut self, picture: Picture) {
        self.screen.show(screen::scene(picture));
    }

    fn sound(&mut self, sound: Sound) {
        self.speaker.sound(sound);
        self.guide.sound(sound);
    }

    fn on_battery(&mut self, is: bool) {
        let Dusk { night, always, screen } = &self.dusk;
        night.on_battery(is);
        screen.set_night(*always || night.darkens());
    }

    fn lead(&mut self, doors: &[CompartmentId]) {
        self.guide.lead(doors);
    }

    fn lower_doors(&mut self, chosen: bool) {
        self.screen.set_lower_doors(chosen);
    }
}

/// What was not recorded has not been done. A fresh process begins from what is on disk.
fn begin_again(error: &EngineError) -> ! {
    log::error!("{error}; beginning again from disk");
    process::exit(BEGIN_AGAIN)
}

impl Controller {
    pub fn new(config: Config, clock: Clock, inbox: Inbox, link: Link, glass: Glass) -> Self {
        let (pulse, buses) = (Pulse::default(), Buses::default());
        Self { config, clock, inbox, link, glass, pulse, buses }
    }

    /// Turns with the controller's loop.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Turns with the loops of all buses.
    pub fn buses(&self) -> Buses {
        self.buses.clone()
    }

    /// Runs until the process ends.
    pub fn run(mut self) {
        let mut engine = self.open();
        loop {
            match self.turn(&mut engine) {
                Ok(()) => {}
                Err(EngineError::HistoriesDiffer(cause)) => {
                    log::error!("{}", EngineError::HistoriesDiffer(cause));
                    if let Err(error) = engine.begin_anew(cause, self.clock.now_ms()) {
                        begin_again(&error);
                    }
                    engine = self.open();
                    // The new engine has not met sync.
                    self.link.hang_up();
                }
                Err(error) => begin_again(&error),
            }
        }
    }

    fn turn(&mut self, engine: &mut Engine<Locks, Glass>) -> Result<(), EngineError> {
        self.pulse.turn();
        let now_ms = self.clock.now_ms();
        let due = engine.next_deadline_ms().map(|at_ms| Duration::from_millis(at_ms.saturating_sub(now_ms)));
        let wait = self.clock.real_wait(due.unwrap_or(TURN_EVERY).min(TURN_EVERY));
        let happening = self.inbox.take(wait).unwrap_or(Happening::Tick);
        let from_the_screen =
            matches!(happening, Happening::Touched(_) | Happening::Typed(_) | Happening::SignIn { .. });
        engine.handle(self.clock.now_ms(), happening)?;
        if from_the_screen {
            self.glass.screen.answered();
        }
        while let Some(message) = engine.next_to_sync() {
            self.link.say(message);
        }
        if engine.takes_power_off() {
            self.glass.show(Picture::Repaired);
            super::power::switch_off(self.config.power_off.as_deref());
        }
        if engine.wants_restart() {
            log::info!("a technician wants the kiosk to begin again");
            process::exit(BEGIN_AGAIN);
        }
        Ok(())
    }

    /// The engine, however long it takes: "This locker is being repaired", no pulse, a try every ten seconds.
    fn open(&mut self) -> Engine<Locks, Glass> {
        let mut missed_something = false;
        loop {
            match self.try_open() {
                Ok(engine) => {
                    if missed_something {
                        // Sync may have introduced itself to nobody: it shall do so again.
                        self.link.hang_up();
                    }
                    return engine;
                }
                Err(why) => {
                    missed_something = true;
                    log::error!(
                        "the locker cannot start: {why}; trying again in {} s",
                        TRY_AGAIN_EVERY.as_secs()
                    );
                    self.glass.show(Picture::Repaired);
                    // Nobody is served: what they do meanwhile is not kept for later.
                    let until = std::time::Instant::now() + TRY_AGAIN_EVERY;
                    while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
                        self.pulse.turn();
                        self.inbox.take(left.min(TURN_EVERY));
                    }
                }
            }
        }
    }

    fn try_open(&mut self) -> Result<Engine<Locks, Glass>, String> {
        // The buses of the engine before are gone, and a damaged journal takes its time.
        self.buses.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.pulse.rest();
        let Config { state, profile, ports, .. } = &self.config;
        let locks = Locks::start(profile, ports, self.clock.as_fn(), self.inbox.clone())
            .map_err(|error| error.to_string())?;
        let heartbeats = locks.heartbeats();
        let options = Options {
            disk: Arc::new(RealDisk),
            random: Random::of_the_system(),
            folder: state.clone(),
            profile: profile.clone(),
            built_unix_s: crate::config::built_unix_s(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let engine = Engine::open(options, locks, self.glass.clone(), self.clock.now_ms())
            .map_err(|error| error.to_string())?;
        *self.buses.0.lock().unwrap_or_else(PoisonError::into_inner) = heartbeats;
        Ok(engine)
    }
}
