//! `locker demo`: a whole locker on one computer, and a tour of it.
//!
//! The demo is the world around a locker: it is the cabinet and the scanner at the ends of the wires, it is the people with
//! their parcels and phones, and it is what starts processes again when they end. Hub, kiosk and sync are processes of
//! their own, as on a real locker. The demo writes `locker.toml` and the cabinet's profile for them and nothing else.
//!
//! | file | subject |
//! |---|---|
//! | [`stage`] | everything that runs, together; starting, killing, starting again |
//! | [`processes`], [`leash`], [`folder`], [`moving_clock`] | one process; its end with ours; its files; its time |
//! | [`world`] | the physical truth: doors and what is behind them |
//! | [`screen`], [`shown`] | hands and eyes before the kiosk, pictures of what was seen; which screen it is |
//! | [`hub_client`], [`post`] | what a carrier's computers say to the hub, and hear from it |
//! | [`people`] | couriers, recipients, and what they remember |
//! | [`street`] | where there is a display: a window with the street, and your own hands |
//! | [`cable`] | the network between locker and hub, which can be cut |
//! | [`tour`], [`stay`] | the story told to somebody who only watches, and your own turn after it |
//! | [`rough`] | bad input from every side, in place of the story |
//! | [`crowd`], [`chance`] | people who come and go without a story; the seed behind what they do |
//! | [`soak`] | an hour, and months by the locker's clock: does it stay as large as it was? |
//! | [`chaos`] | `kill -9` at random moments, in place of the story |
//! | [`bench`] | the budgets, measured on all of it |
//! | [`evidence`], [`verdict`] | the journal, read beside the kiosk; books against truth |

pub mod bench;
mod cable;
mod chance;
mod chaos;
mod crowd;
mod error;
mod evidence;
mod folder;
mod hub_client;
mod leash;
mod make;
mod moving_clock;
mod people;
mod post;
mod processes;
mod rough;
mod screen;
mod shown;
mod soak;
mod stage;
mod stay;
mod street;
mod timeline;
mod tour;
mod verdict;
mod world;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use locker_street::StreetError;

use chance::Chance;
use error::DemoError;
use folder::Folder;
use make::Make;
use stage::{KioskWindow, SCREEN, Setting, Stage};
use street::Desk;
use timeline::Timeline;

/// How the demo is run.
#[derive(Args)]
pub struct DemoArgs {
    /// The tour without a window, even where there is a display.
    #[arg(long)]
    headless: bool,
    /// The tour in the kiosk's window, in place of the street.
    #[arg(long, conflicts_with = "headless")]
    tour: bool,
    /// The room for the kiosk's window and the street's, in pixels.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1366x768")]
    size: Desk,
    /// Say where in the street's window the pulsing thing is, for whoever clicks without seeing.
    #[arg(long, hide = true)]
    say_pulse: bool,
    /// Keep all state in this folder; another run goes on with it.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Save the pictures of the screens here.
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// What the emulated lock board says of a closed door: 11 with closing feedback, 00 with opening feedback.
    #[arg(long, value_enum, default_value_t)]
    closed_is: ClosedIs,
    /// Put up the cabinet that this profile describes, with lock boards of its families; doors on GPIO lines are on a lock board
    /// instead. Where few doors of a size are free, parcels are smaller.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["closed_is", "chaos", "soak"])]
    cabinet: Option<PathBuf>,
    /// Play bad input in place of the tour: hostile codes, a lock board and a hub that talk rubbish, a full disk, a clock
    /// twenty years off.
    #[arg(long)]
    rough: bool,
    /// Kill kiosk, sync and hub with SIGKILL so many times at random moments, while people go on using the locker, in place of
    /// the tour.
    #[arg(long, value_name = "KILLS", conflicts_with = "rough", group = "crowd", value_parser = clap::value_parser!(u32).range(1..))]
    chaos: Option<u32>,
    /// Let people use the locker for so many minutes and half a day between two of them, in place of the tour; say whether
    /// memory, descriptors, threads and disk stay flat.
    #[arg(long, value_name = "MINUTES", conflicts_with_all = ["rough", "thief"], group = "crowd", value_parser = clap::value_parser!(u32).range(1..=10_080))]
    soak: Option<u32>,
    /// What people and kills do in chaos and soak; otherwise another each time, which is told.
    #[arg(long, requires = "crowd")]
    seed: Option<u64>,
    /// A thief takes a parcel through the back wall before books and cabinet are compared: the demo must notice.
    #[arg(long, hide = true)]
    thief: bool,
    /// Runs the command that follows so that it ends with its parent, the process of this number.
    #[arg(long, hide = true, value_name = "PARENT")]
    leash: Option<u32>,
    /// Runs it so that nothing it writes finds room.
    #[arg(long, hide = true, requires = "leash")]
    full_disk: bool,
    #[arg(last = true, hide = true)]
    command: Vec<OsString>,
}

/// Which status an emulated lock board sends for a closed door.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ClosedIs {
    #[default]
    #[value(name = "11")]
    Eleven,
    #[value(name = "00")]
    Zero,
}

/// Runs the demo; exits with 0 when nothing was lost and the journal is whole.
pub fn run(args: DemoArgs) -> ExitCode {
    if let Some(parent) = args.leash {
        return leash::run(parent, args.full_disk, &args.command);
    }
    let timeline = Timeline::new();
    let folder = match Folder::open(args.keep.as_deref(), args.pictures.as_deref()) {
        Ok(folder) => folder,
        Err(error) => {
            timeline.says("demo", &error.to_string());
            return ExitCode::FAILURE;
        }
    };
    timeline.says("demo", &format!("everything of this run is in {}", folder.path().display()));
    if let Some(kills) = args.chaos {
        return run_chaos(&args, kills, &folder, &timeline);
    }
    if let Some(minutes) = args.soak {
        return run_soak(&args, minutes, &folder, &timeline);
    }
    timeline.says("demo", &format!("pictures of the screens are in {}", folder.pictures().display()));
    match play(&args, &folder, &timeline) {
        Ok(true) => {
            folder.tidy();
            ExitCode::SUCCESS
        }
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            timeline.plain(&format!("The demo stopped: {error}"));
            timeline.plain(&format!("What the processes said is in {}", folder.logs().display()));
            ExitCode::FAILURE
        }
    }
}

fn run_chaos(args: &DemoArgs, kills: u32, folder: &Folder, timeline: &Timeline) -> ExitCode {
    let seed = args.seed.unwrap_or_else(Chance::fresh_seed);
    let plan = chaos::Plan { kills, seed, has_thief: args.thief, closed_is: args.closed_is };
    timeline.says("demo", &format!("seed {}", plan.seed));
    let (tally, result) = chaos::play(plan, folder, timeline);
    if let Err(error) = &result {
        timeline.plain(&format!("The chaos stopped: {error}"));
        timeline.plain(&format!(
            "Again, as far as time allows: locker demo --chaos {kills} --seed {}",
            plan.seed
        ));
    }
    timeline.plain(&tally.line(plan, &result));
    if result.is_err() {
        return ExitCode::FAILURE;
    }
    folder.tidy();
    ExitCode::SUCCESS
}

fn run_soak(args: &DemoArgs, minutes: u32, folder: &Folder, timeline: &Timeline) -> ExitCode {
    let seed = args.seed.unwrap_or_else(Chance::fresh_seed);
    let long = Duration::from_secs(u64::from(minutes) * 60);
    timeline.says("demo", &format!("seed {seed}"));
    match soak::play(soak::Plan { long, seed, closed_is: args.closed_is }, folder, timeline) {
        Ok(true) => {
            folder.tidy();
            ExitCode::SUCCESS
        }
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            timeline.plain(&format!("The soak stopped: {error}"));
            timeline.plain(&format!("What the processes said is in {}", folder.logs().display()));
            ExitCode::FAILURE
        }
    }
}

/// Plays; gives whether all was as it must be.
fn play(args: &DemoArgs, folder: &Folder, timeline: &Timeline) -> Result<bool, DemoError> {
    let mut has_window = !args.headless && has_display();
    let (make, otherwise) = args.cabinet.as_deref().map(Make::described).transpose()?.unwrap_or_default();
    for changed in otherwise {
        timeline.says("demo", &format!("this cabinet as the demo has it: {changed}"));
    }
    if has_window && !args.tour && !args.rough {
        let plan = street::Plan {
            desk: args.size,
            closed_is: args.closed_is,
            tell_pulse: args.say_pulse,
            has_thief: args.thief,
            make: make.clone(),
        };
        match street::play(plan, folder, timeline) {
            Err(DemoError::Street(why @ StreetError::NoDisplay(_))) => {
                timeline.plain(&format!("The tour in place of the street: {why}"));
                has_window = false;
            }
            played => return played,
        }
    }
    let window = has_window.then_some(KioskWindow { pixels: SCREEN, position: None });
    let setting = Setting { window, make, ..Setting::default() };
    let mut stage = Stage::set(folder, timeline, args.closed_is, setting)?;
    if args.rough {
        rough::play(&mut stage)?;
    } else {
        tour::play(&mut stage)?;
    }
    if args.thief {
        stage.thief_comes()?;
    }
    let verdict = verdict::judge(&mut stage)?;
    for line in verdict.lines() {
        timeline.plain(&line);
    }
    if verdict.is_good() && stage.has_window {
        stay::stay(&mut stage)?;
    }
    Ok(verdict.is_good())
}

/// Whether a window system is to be had. Whether it can be used is seen when the window opens.
fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
