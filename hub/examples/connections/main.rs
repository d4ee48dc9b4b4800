//! What many lockers that wait cost the hub: `cargo run --release -p locker-hub --example connections -- 15000`.
//!
//! The hub serves in a process of its own. Each locker has one connection, over which it enrols, gets its own token,
//! says hello, and then holds long polls for changes, as `locker sync` does, without TLS.
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

mod connection;
mod files;
mod hub_process;
mod locker;
mod measure;

use std::error::Error;
use std::path::PathBuf;

/// What the budget names.
const LOCKERS: u32 = 15_000;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some(hub_process::SERVE), Some(folder)) => hub_process::serve(&PathBuf::from(folder)),
        (Some(count), None) => measure::run(count.parse()?),
        (None, _) => measure::run(LOCKERS),
        (Some(_), Some(_)) => Err("expected at most one argument: how many lockers".into()),
    }
}
