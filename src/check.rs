//! `locker check`: everything that is wrong with the configuration and the cabinet profile, at once.

use std::path::Path;
use std::process::ExitCode;

use locker_hw::profile::{Fault, Profile, REACHABLE_MM};

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
            say(&reach(profile));
            ExitCode::SUCCESS
        }
        Err(faults) => {
            say_faults(&faults);
            ExitCode::FAILURE
        }
    }
}

/// Which doors everyone reaches, seated or standing: it is theirs that are offered to who asks for lower ones.
fn reach(profile: &Profile) -> String {
    let within: Vec<String> = profile
        .compartments
        .iter()
        .filter(|door| door.is_reachable())
        .map(|door| door.number.to_string())
        .collect();
    let (low_mm, high_mm) = (REACHABLE_MM.start(), REACHABLE_MM.end());
    match within.len() {
        0 => format!("No handle is between {low_mm} and {high_mm} mm: some people reach no door of it."),
        all if all == profile.compartments.len() => "Everyone reaches every door.".to_owned(),
        _ => format!("Within everyone's reach ({low_mm} to {high_mm} mm): {}.", within.join(", ")),
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
