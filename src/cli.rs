//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::{check, doctor, journal, kiosk, sync};

/// The controller and kiosk of a smart parcel locker.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the kiosk: screen, doors, journal. No network.
    Kiosk(KioskArgs),
    /// Run sync: carry messages between the kiosk and the hub.
    Sync(Common),
    /// Say everything that is wrong with the configuration and the cabinet profile.
    Check {
        /// The configuration.
        #[arg(long, default_value = config::DEFAULT_PATH)]
        config: PathBuf,
    },
    /// Examine a cabinet before it goes into service: ports, boards, doors, sensors, scanner, screen. Exits with 0 when all is well, 1 when
    /// something is wrong, 2 when it could not look.
    Doctor(doctor::DoctorArgs),
    /// Look into the journal.
    Journal {
        #[command(subcommand)]
        command: journal::Command,
    },
    /// Run a whole locker on this computer: hub, kiosk, sync and an emulated cabinet.
    #[cfg(feature = "demo")]
    Demo(crate::demo::DemoArgs),
    /// Play lock boards at the ends of pseudo-terminals, and show what passes.
    #[cfg(feature = "demo")]
    Emulate(crate::emulate::EmulateArgs),
    /// Measure the budgets on a whole locker, figure beside budget.
    #[cfg(feature = "demo")]
    Bench(crate::demo::bench::BenchArgs),
    /// Run the reference hub.
    #[cfg(feature = "demo")]
    Hub(crate::hub::HubArgs),
}

#[derive(Args)]
struct Common {
    /// The configuration.
    #[arg(long, default_value = config::DEFAULT_PATH)]
    config: PathBuf,
    /// Take the time from a file that moves it.
    #[cfg(feature = "demo")]
    #[arg(long, value_name = "FILE")]
    clock: Option<PathBuf>,
}

#[derive(Args)]
struct KioskArgs {
    #[command(flatten)]
    common: Common,
    /// Be a screen without a display, at this socket.
    #[cfg(feature = "demo")]
    #[arg(long, value_name = "SOCKET")]
    glass: Option<PathBuf>,
    /// Beside the socket of `--glass`, open a window too.
    #[cfg(feature = "demo")]
    #[arg(long, requires = "glass")]
    window: bool,
    /// The upper left corner of that window, in pixels of the desk: `X,Y`.
    #[cfg(feature = "demo")]
    #[arg(long, requires = "window", value_name = "X,Y", value_parser = position)]
    window_at: Option<(i32, i32)>,
}

#[cfg(feature = "demo")]
fn position(text: &str) -> Result<(i32, i32), String> {
    let number = |part: &str| part.trim().parse::<i32>().map_err(|error| error.to_string());
    let (x, y) = text.split_once(',').ok_or_else(|| "two numbers and a comma between them".to_owned())?;
    Ok((number(x)?, number(y)?))
}

impl Common {
    fn clock(&self) -> Clock {
        #[cfg(feature = "demo")]
        return Clock::new(self.clock.clone());
        #[cfg(not(feature = "demo"))]
        Clock::new(None)
    }

    /// The configuration; or else everything that is wrong with it has been said.
    fn config(&self) -> Result<Config, ExitCode> {
        config::load(&self.config).map_err(|faults| {
            check::say_faults(&faults);
            ExitCode::from(EX_CONFIG)
        })
    }
}

/// sysexits.h: something is wrong with the configuration.
const EX_CONFIG: u8 = 78;

/// Runs the command that the command line names.
pub fn run() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info"))
        .format_target(false)
        .init();
    match Cli::parse().command {
        Command::Kiosk(args) => run_kiosk(&args),
        Command::Sync(common) => match common.config() {
            Ok(config) => finish(sync::run(&config, common.clock())),
            Err(code) => code,
        },
        Command::Check { config } => check::run(&config),
        Command::Doctor(args) => doctor::run(&args),
        Command::Journal { command } => journal::run(command),
        #[cfg(feature = "demo")]
        Command::Demo(args) => crate::demo::run(args),
        #[cfg(feature = "demo")]
        Command::Emulate(args) => crate::emulate::run(&args),
        #[cfg(feature = "demo")]
        Command::Bench(args) => crate::demo::bench::run(&args),
        #[cfg(feature = "demo")]
        Command::Hub(args) => crate::hub::run(args),
    }
}

fn run_kiosk(args: &KioskArgs) -> ExitCode {
    let config = match args.common.config() {
        Ok(config) => config,
        Err(code) => return code,
    };
    #[cfg(feature = "demo")]
    let (glass, window, position) = (args.glass.clone(), args.window, args.window_at);
    #[cfg(not(feature = "demo"))]
    let (glass, window, position) = (None, true, None);
    finish(kiosk::run(kiosk::Run { config, clock: args.common.clock(), glass, window, position }))
}

fn finish<E: std::error::Error>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
