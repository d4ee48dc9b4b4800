//! One process of the demo: this program with other arguments.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, pidfd_open, prlimit};

use super::error::DemoError;

/// How often something is looked at that tells nobody when it changes.
pub const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A process, which is killed when this is dropped.
pub struct Process {
    name: &'static str,
    args: Vec<OsString>,
    log: PathBuf,
    /// What is in the log from here on was said by this process, not by its predecessors.
    said_from: u64,
    child: Child,
    /// Ended by us, and not started again yet.
    is_killed: bool,
}

impl Process {
    /// Starts `locker ARGS`; what it says goes to `logs/NAME.log`.
    ///
    /// # Errors
    /// No process, or no log.
    pub fn start(name: &'static str, logs: &Path, args: Vec<OsString>) -> Result<Self, DemoError> {
        let log = logs.join(format!("{name}.log"));
        let (child, said_from) = spawn(name, &log, &args, Disk::Roomy)?;
        Ok(Self { name, args, log, said_from, child, is_killed: false })
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A handle on this very process, for whoever is to kill it: its number may be another's one day.
    ///
    /// # Errors
    /// The system gives none.
    pub fn handle(&self) -> Result<OwnedFd, DemoError> {
        let doing = || DemoError::io(format!("taking hold of the {}", self.name));
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| doing()(std::io::ErrorKind::InvalidInput.into()))?;
        pidfd_open(pid, PidfdFlags::empty()).map_err(|error| doing()(error.into()))
    }

    /// Where it writes what it says.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Whether it runs. One that ended says how.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, DemoError> {
        self.child.try_wait().map_err(DemoError::io(format!("looking after the {}", self.name)))
    }

    /// An error where it has ended, unless we killed it.
    ///
    /// # Errors
    /// It has ended by itself.
    pub fn runs(&mut self) -> Result<(), DemoError> {
        if self.is_killed {
            return Ok(());
        }
        match self.ended()? {
            None => Ok(()),
            Some(status) => {
                Err(DemoError::Ended { name: self.name, pid: self.pid(), status, log: self.log.clone() })
            }
        }
    }

    /// `kill -9`, and waits for its end.
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill(&mut self) -> Result<(), DemoError> {
        self.is_killed = true;
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map(drop)
            .map_err(DemoError::io(format!("killing the {}", self.name)))
    }

    /// Starts it once more, with the same arguments.
    ///
    /// # Errors
    /// No process.
    pub fn start_again(&mut self) -> Result<(), DemoError> {
        self.start_again_on(Disk::Roomy)
    }

    /// The same, but nothing that it writes finds room until [`Process::give_disk_room`].
    ///
    /// # Errors
    /// No process.
    pub fn start_again_with_full_disk(&mut self) -> Result<(), DemoError> {
        self.start_again_on(Disk::Full)
    }

    /// Its disk has room again.
    ///
    /// # Errors
    /// It has ended.
    pub fn give_disk_room(&self) -> Result<(), DemoError> {
        let unlimited = Rlimit { current: None, maximum: None };
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        prlimit(pid, Resource::Fsize, unlimited)
            .map(drop)
            .map_err(|error| DemoError::io(format!("giving the {} room", self.name))(error.into()))
    }

    fn start_again_on(&mut self, disk: Disk) -> Result<(), DemoError> {
        let (child, said_from) = spawn(self.name, &self.log, &self.args, disk)?;
        (self.child, self.said_from) = (child, said_from);
        self.is_killed = false;
        Ok(())
    }

    /// Other arguments from the next start on.
    pub fn set_args(&mut self, args: Vec<OsString>) {
        self.args = args;
    }

    /// The last line that it said.
    pub fn last_words(&self) -> String {
        let said = self.said();
        said.lines().last().unwrap_or("it said nothing").to_owned()
    }

    /// What this process, and none before it, has said.
    fn said(&self) -> String {
        let said = fs::read(&self.log).unwrap_or_default();
        let from = usize::try_from(self.said_from).unwrap_or(usize::MAX).min(said.len());
        String::from_utf8_lossy(&said[from..]).into_owned()
    }

    /// Waits until it has said a line that begins so, and gives the rest of that line.
    ///
    /// # Errors
    /// It never did, or ended.
    pub fn wait_says(&mut self, beginning: &str, within: Duration) -> Result<String, DemoError> {
        let began = Instant::now();
        loop {
            let said = self.said();
            // A line counts once it is whole.
            let whole = said.rfind('\n').map_or("", |end| &said[..end]);
            if let Some(rest) = whole.lines().find_map(|line| line.strip_prefix(beginning)) {
                return Ok(rest.trim().to_owned());
            }
            self.runs()?;
            if began.elapsed() > within {
                let what = format!("the {} to say {beginning:?}", self.name);
                return Err(DemoError::Never { what, waited: within, screen: String::new() });
            }
            sleep(LOOK_AGAIN);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            log::error!("the {} (pid {}) may still run: {error}", self.name, self.pid());
        }
    }
}

/// Runs `locker ARGS` to its end, and gives what it said.
///
/// # Errors
/// No process.
pub fn run_to_end(args: &[OsString]) -> Result<(ExitStatus, String), DemoError> {
    let doing = || DemoError::io(format!("running locker {}", args[0].to_string_lossy()));
    let output = leashed(args, Disk::Roomy)?.stdin(Stdio::null()).output().map_err(doing())?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status, String::from_utf8_lossy(&said).into_owned()))
}

/// What a process finds where it writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disk {
    Roomy,
    Full,
}

fn spawn(name: &'static str, log: &Path, args: &[OsString], disk: Disk) -> Result<(Child, u64), DemoError> {
    let doing = || DemoError::io(format!("starting the {name}"));
    let file = OpenOptions::new().append(true).create(true).open(log).map_err(doing())?;
    let said_from = file.metadata().map_err(doing())?.len();
    let errors = file.try_clone().map_err(doing())?;
    let child =
        leashed(args, disk)?.stdin(Stdio::null()).stdout(file).stderr(errors).spawn().map_err(doing())?;
    Ok((child, said_from))
}

/// This program, so that it ends with us. The kernel ties it to the thread that starts it: the main one.
fn leashed(args: &[OsString], disk: Disk) -> Result<Command, DemoError> {
    let program = std::env::current_exe().map_err(DemoError::io("finding this program"))?;
    let mut command = Command::new(program);
    command.arg("demo").arg("--leash").arg(std::process::id().to_string());
    if disk == Disk::Full {
        command.arg("--full-disk");
    }
    command.arg("--").args(args);
    Ok(command)
}
