//! The end of a battery: the machine is switched off before it ends by itself.

use std::process::{Command, Stdio};

/// Runs what the configuration says. It may take its time, and ends this program with the machine.
pub fn switch_off(command: Option<&[String]>) {
    let Some((program, arguments)) = command.and_then(|words| words.split_first()) else {
        log::warn!(
            "the battery is nearly empty, and the configuration has no [power] off to switch the machine off with"
        );
        return;
    };
    log::warn!("the battery is nearly empty: {program} switches the machine off");
    let begun = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    if let Err(error) = begun {
        log::error!("{program} cannot be run: {error}");
    }
}
