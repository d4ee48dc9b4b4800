//! `locker doctor`: examines a cabinet before it goes into service, in the terminal.
//!
//! `subject` says what is examined and whether it may be; `examination` leads through it; `trial` opens one door and notes what
//! moved; `diagnosis` says what that proves; `screen` has the display's picture looked at and touched, and `touch` says what that
//! proves; `report` and `rewrite` write it down. Whoever only looks moves nothing; opening doors is refused where there is a
//! journal, because no pulse is to come without a record of who was entitled to it.

mod diagnosis;
mod display;
mod examination;
mod parts;
mod picture;
mod ports;
mod report;
mod rewrite;
mod screen;
mod search;
mod seen;
mod session;
mod subject;
mod terminal;
mod touch;
mod trial;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use locker_hw::scanner::{Connection, Kind};
use locker_ui::Display;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer as IntoStr;

use crate::clock::Clock;
use crate::config;
use examination::Examination;
use report::Report;
use seen::Watcher;
use subject::{CannotLook, Subject};
use terminal::Terminal;

/// What the kernel says of its devices.
const SYS: &str = "/sys";
/// Something is wrong with the cabinet.
const NOT_HEALTHY: u8 = 1;
/// It could not be examined, or not to the end.
const COULD_NOT_LOOK: u8 = 2;

/// What is to be examined.
#[derive(clap::Args)]
pub struct DoctorArgs {
    /// The configuration.
    #[arg(long, default_value = config::DEFAULT_PATH)]
    config: PathBuf,
    /// A cabinet's profile, without a configuration.
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    profile: Option<PathBuf>,
    /// The device of a port of the profile; those that are not named are searched for.
    #[arg(long = "port", value_name = "ROLE=PATH", requires = "profile", value_parser = role_and_path)]
    ports: Vec<(String, PathBuf)>,
    /// Where to search for serial ports, if not by their places and by the system's list.
    #[arg(long, value_name = "FOLDER")]
    ports_in: Option<PathBuf>,
    /// The scanner, where no configuration names one: its kind, as in a configuration, and its device.
    #[arg(long, value_name = "KIND=PATH", value_parser = scanner)]
    scanner: Option<Connection>,
    /// Open each door in turn, and see what moves. Refused where the locker is in service.
    #[arg(long)]
    open: bool,
    /// Open these doors only, as in 3,4,17.
    #[arg(long, requires = "open", value_delimiter = ',', value_name = "NUMBERS")]
    doors: Vec<u16>,
    /// Examine the screen only: a test picture whose marks are to be touched. With --open, it comes after all else.
    #[arg(long, conflicts_with_all = ["open", "write_profile", "ports"])]
    screen: bool,
    /// The screen is one without a display, at this socket.
    #[cfg(feature = "demo")]
    #[arg(long, value_name = "SOCKET")]
    glass: Option<PathBuf>,
    /// Its pixels, as in 1280x800; those of the configuration, if nothing is said.
    #[cfg(feature = "demo")]
    #[arg(long, requires = "glass", value_name = "WIDTHxHEIGHT", value_parser = pixels)]
    glass_pixels: Option<(u32, u32)>,
    /// Write the report here: as JSON where the name ends in .json, as text otherwise. May be said twice.
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
    /// Write the profile here, as it was found.
    #[arg(long, value_name = "FILE")]
    write_profile: Option<PathBuf>,
    /// Seconds to wait for a person's hand.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
}

impl DoctorArgs {
    fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    /// Where the test picture is shown.
    fn display(&self) -> Display {
        #[cfg(feature = "demo")]
        if let Some(socket) = &self.glass {
            return Display::Glass(socket.clone());
        }
        Display::Window
    }
}

#[cfg(feature = "demo")]
fn pixels(text: &str) -> Result<(u32, u32), String> {
    let number = |part: &str| part.parse::<u32>().map_err(|error| error.to_string());
    let (width, height) =
        text.split_once('x').ok_or_else(|| "two numbers and an x between them".to_owned())?;
    Ok((number(width)?, number(height)?))
}

fn role_and_path(text: &str) -> Result<(String, PathBuf), String> {
    let (role, path) = text.split_once('=').ok_or_else(|| "a port's role, = and a path".to_owned())?;
    Ok((role.to_owned(), path.into()))
}

fn scanner(text: &str) -> Result<Connection, String> {
    let (kind, path) = text.split_once('=').ok_or_else(|| "a scanner's kind, = and a path".to_owned())?;
    let kind: IntoStr<'_, serde::de::value::Error> = kind.into_deserializer();
    let kind = Kind::deserialize(kind).map_err(|error| error.to_string())?;
    Ok(Connection::new(kind, path))
}

/// Examines; exits with 0 when all is well, 1 when something is wrong, 2 when it could not look.
pub fn run(args: &DoctorArgs) -> ExitCode {
    // What the drivers warn of is told in the report; in between it would tear the picture.
    if std::env::var_os("RUST_LOG").is_none() {
        log::set_max_level(log::LevelFilter::Error);
    }
    let mut terminal = Terminal::new();
    let examined = examine(args, &mut terminal);
    terminal.end_picture();
    let (Examination { report, corrections }, subject) = match examined {
        Ok(examined) => examined,
        Err(why) => {
            say_error(&why.to_string());
            return ExitCode::from(COULD_NOT_LOOK);
        }
    };
    terminal.say("");
    terminal.say(report.text().trim_end());
    let mut written = true;
    for path in &args.report {
        written &= write_report(path, &report).inspect_err(|error| say_error(error)).is_ok();
    }
    if let Some(path) = &args.write_profile {
        let text = rewrite::corrected(&subject.text, &subject.profile, &corrections);
        let result = text.map_err(|error| error.to_string()).and_then(|text| write(path, &text));
        written &= result.inspect_err(|error| say_error(error)).is_ok();
        if written && corrections.is_empty() {
            terminal.say(&format!("{}: the profile as it was; nothing was found otherwise.", path.display()));
        }
    }
    match (report.healthy, report.stopped || !written) {
        (_, true) => ExitCode::from(COULD_NOT_LOOK),
        (true, false) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(NOT_HEALTHY),
    }
}

fn examine(args: &DoctorArgs, terminal: &mut Terminal) -> Result<(Examination, Subject), CannotLook> {
    let mut subject = Subject::load(args)?;
    let watcher = Watcher::default();
    stop_on_signals(watcher.clone())?;
    terminal::listen(watcher.clone())?;
    let now = Clock::new(None).as_fn();
    let examination = examination::examine(&mut subject, args, &watcher, terminal, &now)?;
    Ok((examination, subject))
}

/// A Ctrl-C or an end of the session ends the examination at its next step; the bus is stopped in order, and says what it can.
fn stop_on_signals(watcher: Watcher) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupted, mut ended) = {
        let _within = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = ended.recv() => {}
            }
        });
        watcher.stop();
    })?;
    Ok(())
}

fn write_report(path: &Path, report: &Report) -> Result<(), String> {
    let json = path.extension().is_some_and(|extension| extension == "json");
    let text = if json { report.json().map_err(|error| error.to_string())? } else { report.text() };
    write(path, &text)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

#[allow(clippy::print_stderr, reason = "the answer to a command of a person")]
fn say_error(error: &str) {
    eprintln!("{error}");
}
