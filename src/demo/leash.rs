//! A process that ends with the demo, however the demo ends.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

/// A write that finds no room shall fail, as on a full disk, rather than end the process: such a signal is ignored, which
/// only a shell can arrange for a program without unsafe code. Given `full`, there is no room at all.
const SHELL: &str = r#"trap "" XFSZ; if [ "$0" = full ]; then ulimit -S -f 0; fi; exec "$@""#;

/// Becomes `locker COMMAND`, keeping this process's number, and is killed by the kernel when the parent ends.
pub fn run(parent: u32, full_disk: bool, command: &[OsString]) -> ExitCode {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        log::error!("this process cannot be tied to its parent: {error}");
        return ExitCode::FAILURE;
    }
    // The parent may have ended before the line above.
    if !getppid().is_some_and(|id| u32::try_from(id.as_raw_nonzero().get()) == Ok(parent)) {
        return ExitCode::FAILURE;
    }
    let error = match env::current_exe() {
        Ok(program) => {
            let disk = if full_disk { "full" } else { "roomy" };
            Command::new("/bin/sh").args(["-c", SHELL, disk]).arg(program).args(command).exec()
        }
        Err(error) => error,
    };
    log::error!("this program cannot be started again: {error}");
    ExitCode::FAILURE
}
