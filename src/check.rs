//! `locker check`: everything that is wrong with the configuration and the cabinet profile, at once.

use std::path::Path;
use std::process::ExitCode;

use locker_hw::profile::Fault;

use crate::config;

/// Checks; exits with 0 when nothing is wrong.
pub fn run(path: &Path) -> ExitCode {
    match config::load(path) {
        Ok(config) => {
            let profile = &config.profile;
            say(&format!(
                "{}: nothing is wrong. {} compartments on {} lock boards, cabinet \"{}\".",
                path.display(),
                profile.compartments.len(),
                profile.banks.len(),
                profile.name
            ));
            ExitCode::SUCCESS
        }
        Err(faults) => {
            say_faults(&faults);
            ExitCode::FAILURE
        }
    }
}

/// Says each on a line of its own: file, line, key, and what to do.
#[allow(clippy::print_stderr, reason = "the answer to a command of a person")]
pub fn say_faults(faults: &[Fault]) {
    for fault in faults {
        eprintln!("{fault}");
    }
    let things = if faults.len() == 1 { "1 thing is" } else { &format!("{} things are", faults.len()) };
    eprintln!("{things} wrong.");
}

#[allow(clippy::print_stdout, reason = "the answer to a command of a person")]
fn say(line: &str) {
    println!("{line}");
}
