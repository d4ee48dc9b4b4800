//! `locker emulate`: lock boards at the ends of pseudo-terminals, for somebody who has none. What passes on the wires is
//! shown with what it means, and lines on the standard input move doors and switch faults.
//!
//! | file | subject |
//! |---|---|
//! | [`bench`] | the boards and doors that are emulated |
//! | [`commands`] | what a line asks for, and what becomes of it |
//! | [`wiretap`] | what passes, as lines for people |

mod bench;
mod commands;
mod wiretap;

use std::io::{self, BufRead, IsTerminal, Write};
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use locker_hw::emulate::BoardFamily;

use crate::check;
use bench::{Bench, BenchError};
use commands::{Command, Outcome};
use wiretap::Wiretap;

/// What is emulated.
#[derive(Args)]
pub struct EmulateArgs {
    /// One board of this family: shuoming, kerong-cu16, kerong-cu48, wkly, winnsen or modbus-relay.
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    family: Option<BoardFamily>,
    /// Every board of this cabinet profile, a pseudo-terminal for each of its ports.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Where the port is to be found: a path for one board, a folder for a profile. Otherwise in a new temporary folder.
    #[arg(long, value_name = "PATH")]
    port: Option<PathBuf>,
    /// The board's address; otherwise the lowest that it can have.
    #[arg(long, value_name = "N", conflicts_with = "profile")]
    address: Option<u8>,
    /// How many locks it has; otherwise as many as a common product.
    #[arg(long, value_name = "N", conflicts_with = "profile")]
    channels: Option<NonZeroU8>,
    /// Bits a second; otherwise as delivered.
    #[arg(long, value_name = "N", conflicts_with = "profile", value_parser = clap::value_parser!(u32).range(300..=1_000_000))]
    baud: Option<u32>,
    /// What it says of a closed door; otherwise as usually wired.
    #[arg(long, value_enum, conflicts_with = "profile")]
    closed_is: Option<ClosedIs>,
    /// Show also what a locker asks all day, each time.
    #[arg(long)]
    all: bool,
}

/// Which bit a board sends for a closed door.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClosedIs {
    /// A set bit, or status 11.
    #[value(name = "1", alias = "11")]
    One,
    /// A clear bit, or status 00.
    #[value(name = "0", alias = "00")]
    Zero,
}

/// Emulates until it is told to quit, or killed.
pub fn run(args: &EmulateArgs) -> ExitCode {
    let bench = match Bench::put_up(args) {
        Ok(bench) => bench,
        Err(BenchError::Profile(faults)) => {
            check::say_faults(&faults);
            return ExitCode::FAILURE;
        }
        Err(error) => {
            log::error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for line in bench.introduction() {
        say(&line);
    }
    let wiretap = match Wiretap::start(bench.frames(), args.all) {
        Ok(wiretap) => wiretap,
        Err(error) => {
            log::error!("the wires cannot be listened to: {error}");
            return ExitCode::FAILURE;
        }
    };
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        match line.parse::<Command>() {
            Ok(command) => match bench.obey(command, &wiretap) {
                Outcome::Said(lines) => lines.iter().for_each(|line| say(line)),
                Outcome::Quit => return ExitCode::SUCCESS,
            },
            Err(what) => say(&what),
        }
    }
    // Nobody types any more: at a terminal that is a farewell; otherwise nobody ever did.
    if !io::stdin().is_terminal() {
        loop {
            std::thread::park();
        }
    }
    ExitCode::SUCCESS
}

/// A line for whoever watches; without one, the boards go on.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
