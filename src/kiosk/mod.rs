//! `locker kiosk`: controller, screen, doors, journal, keys. No network.
//!
//! Main thread: the screen. One controller thread: engine and core. One thread for each serial bus and scanner, one
//! for sync's socket. All of them tell the controller through its [`Inbox`], which never blocks them.

mod controller;
mod inbox;
mod link;
mod night;
mod power;
mod screen;
mod signals;
mod sound;
mod watchdog;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use locker_hw::gpio::OpenChip;
use locker_hw::output::Signals;
use locker_hw::profile::Profile;
use locker_hw::scanner::Scanner;
use locker_hw::sensor::Sensors;
use locker_ui::{Display, Kiosk, ScreenOptions};

use crate::clock::Clock;
use crate::config::{Config, NightSound};
use controller::{Controller, Dusk, Glass};
use inbox::Inbox;
use signals::Guide;
use sound::{Night, Speaker};
use watchdog::{Pulse, Watchdog};

/// The main loop shows this often that it turns.
const PULSE_EVERY: Duration = Duration::from_secs(4);

/// Dusk and dawn are noticed within this.
const LOOK_FOR_NIGHT_EVERY: Duration = Duration::from_secs(30);

/// How the kiosk is run.
pub struct Run {
    /// The configuration, checked.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// Where a screen without a display is to be had.
    pub glass: Option<PathBuf>,
    /// Whether there is a window as well.
    pub window: bool,
    /// Where that window is to be, in pixels of the desk.
    pub position: Option<(i32, i32)>,
}

/// Why the kiosk did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum KioskError {
    /// No screen.
    #[error(transparent)]
    Screen(#[from] locker_ui::UiError),
    /// No scanner thread.
    #[error(transparent)]
    Scanner(#[from] locker_hw::scanner::StartError),
    /// No thread for the sensors.
    #[error(transparent)]
    Sensors(#[from] locker_hw::sensor::StartError),
    /// No thread for lights and buzzer.
    #[error(transparent)]
    Signals(#[from] locker_hw::output::StartError),
    /// The socket for sync cannot be made.
    #[error("the socket for sync at {}: {source}", path.display())]
    Link {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No thread.
    #[error("no thread for the {what}: {source}")]
    Thread {
        /// Whose.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Runs the kiosk until its screen is closed.
///
/// # Errors
/// What it cannot start without. A port, scanner, board or hub that is missing is no such thing.
pub fn run(run: Run) -> Result<(), KioskError> {
    let Run { config, clock, glass, window, position } = run;
    let inbox = Inbox::default();
    let mut watchdog = Watchdog::from_environment();

    let options = ScreenOptions { position, ..screen_options(&config, &clock, glass, window) };
    let kiosk = Kiosk::new(&options)?;
    let intents = inbox.clone();
    let answers = kiosk.handle();
    kiosk.on_intent(move |intent| match screen::happening(intent) {
        Some(happening) => intents.push(happening),
        None => answers.answered(),
    });
    let night = Night::default();
    if let Some(config) = config.night.clone() {
        let (clock, handle, night) = (clock.clone(), kiosk.handle(), night.clone());
        let look = move || {
            let is_night = night::is_night(&config, clock.unix_s());
            night.set(is_night);
            handle.set_night(night.darkens());
        };
        look();
        kiosk.every(LOOK_FOR_NIGHT_EVERY, look);
    }
    let pulse = Pulse::default();
    watchdog.watch("screen", pulse.clone());
    kiosk.every(PULSE_EVERY, move || pulse.turn());

    let link = link::listen(&config.socket, inbox.clone())
        .map_err(|source| KioskError::Link { path: config.socket.clone(), source })?;
    let scanner = match &config.scanner {
        Some(connection) => {
            let scanner = Scanner::start(connection.clone(), clock.as_fn(), inbox.clone())?;
            watchdog.watch("scanner", scanner.heartbeat());
            Some(scanner)
        }
        None => None,
    };
    let open_chip: OpenChip = Arc::new(locker_hw::gpio::open);
    let Profile { parts, .. } = &config.profile;
    let sensors = Sensors::start(parts, &config.ports, open_chip.clone(), clock.as_fn(), inbox.clone())?;
    if let Some(sensors) = &sensors {
        watchdog.watch("sensors", sensors.heartbeat());
    }
    let signals = Signals::start(parts, &config.ports, open_chip)?;
    let at_night = config.sound.as_ref().map_or(NightSound::Silent, |sound| sound.night);
    let guide = Guide::new(signals.clone(), night.clone(), at_night);
    let dusk = Dusk { night: night.clone(), always: config.screen.night, screen: kiosk.handle() };
    let speaker = Speaker::start(config.sound.clone(), night)
        .map_err(|source| KioskError::Thread { what: "sounds", source })?;
    let glass = Glass::new(kiosk.handle(), speaker, guide, dusk);
    let controller = Controller::new(config, clock, inbox, link, glass);
    watchdog.watch("controller", controller.pulse());
    watchdog.watch("buses", controller.buses());
    std::thread::Builder::new()
        .name("controller".to_owned())
        .spawn(move || controller.run())
        .map_err(|source| KioskError::Thread { what: "controller", source })?;
    watchdog.start().map_err(|source| KioskError::Thread { what: "watchdog", source })?;

    kiosk.run()?;
    // The controller ends with the process: whatever it has promised is on disk.
    drop(scanner);
    drop(sensors);
    // Lights and buzzer go off with their last user; the controller has another.
    if let Some(signals) = signals {
        signals.end();
    }
    Ok(())
}

fn screen_options(config: &Config, clock: &Clock, glass: Option<PathBuf>, window: bool) -> ScreenOptions {
    let display = match (glass, window) {
        #[cfg(feature = "demo")]
        (Some(socket), false) => Display::Glass(socket),
        #[cfg(feature = "demo")]
        (Some(socket), true) => Display::WindowWithGlass(socket),
        _ => Display::Window,
    };
    ScreenOptions {
        pixels: config.screen.pixels,
        width_mm: config.screen.width_mm,
        language: config.screen.language.clone(),
        night: config.screen.night,
        larger_text: config.screen.larger_text,
        languages: config.screen.languages.clone(),
        full_screen: config.screen.full_screen,
        blank_after_ms: config.screen.blank_after_ms,
        // Where every door is within reach, there is nothing to choose.
        lower_doors: config.profile.compartments.iter().any(|known| !known.is_reachable()),
        cabinet: Some(screen::cabinet(&config.profile)),
        ..ScreenOptions::new(display, clock.as_fn())
    }
}
