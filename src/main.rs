//! `locker`: the controller and kiosk of a smart parcel locker. Nothing but the way from the command line to the commands.

mod check;
mod cli;
mod clock;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
#[cfg(feature = "demo")]
mod emulate;
#[cfg(feature = "demo")]
mod hub;
mod journal;
mod kiosk;
mod sync;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
