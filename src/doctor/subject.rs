//! What is to be examined, and whether it may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use locker_engine::journal::{JournalError, JournalReader};
use locker_hw::profile::{self, Fault, Profile};
use locker_hw::scanner::Connection;

use super::DoctorArgs;
use super::ports;
use crate::config::{self, ScreenConfig};

/// A cabinet, and how to reach it.
pub struct Subject {
    pub profile: Profile,
    /// The profile's own text, for the one that is written.
    pub text: String,
    /// The device of each port; some may be missing where no configuration names them.
    pub ports: BTreeMap<String, PathBuf>,
    pub scanner: Option<Connection>,
    /// The screen by the configuration, where there is one.
    pub screen: Option<ScreenConfig>,
    /// Keeps a kiosk from starting meanwhile.
    pub _hold: Option<File>,
}

/// Why nothing was looked at.
#[derive(Debug, thiserror::Error)]
pub enum CannotLook {
    /// Configuration or profile have faults.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<Fault>),
    /// The kiosk runs.
    #[error(
        "locker kiosk is running and has the doors: stop it first (systemctl stop locker-kiosk), or sign in at the touchscreen"
    )]
    Running,
    /// Somebody else speaks on a port.
    #[error("{} is in use by \"{holder}\": two that speak on one line spoil each other's answers", path.display())]
    Held {
        /// The port.
        path: PathBuf,
        /// The process.
        holder: String,
    },
    /// Opening doors is not for a locker that holds parcels.
    #[error(
        "this locker is in service: there is a journal in {}. --open opens doors with no record of who and why, so it is refused. \
         Sign in at the touchscreen as a technician to open doors; without --open the doctor looks and moves nothing",
        .0.display()
    )]
    InService(PathBuf),
    /// A port of the profile was neither named nor found.
    #[error(
        "the profile's port \"{role}\" is not known: no board of it answers on {looked_at}. Name it: --port {role}=PATH"
    )]
    NoPort {
        /// Its role.
        role: String,
        /// Where was looked.
        looked_at: String,
    },
    /// A port of the profile is no serial line, and no question would tell which device it is.
    #[error(
        "the profile's port \"{role}\" is no line of lock boards: name its device, --port {role}=PATH (GPIO chips: {chips})"
    )]
    NoChip {
        /// Its role.
        role: String,
        /// Those there are.
        chips: String,
    },
    /// `--port` names what the profile has not.
    #[error("the profile has no port \"{0}\"; it has {1}")]
    NoRole(String, String),
    /// `--screen` was asked for, and nothing could be shown.
    #[error("the screen cannot be examined: {0}")]
    NoScreen(String),
    /// `--doors` names what the profile has not.
    #[error("the cabinet has no door {0}")]
    NoDoor(u16),
    /// A thread or port driver could not be started.
    #[error(transparent)]
    Locks(#[from] locker_hw::bus::StartError),
    /// The system gave no thread.
    #[error("no thread: {0}")]
    Thread(#[from] std::io::Error),
    /// Ended by the person.
    #[error(transparent)]
    Stopped(#[from] super::seen::Stopped),
}

impl Subject {
    /// Reads configuration or profile, and makes sure that nobody is hurt by a look, or by opening doors if that is wanted.
    ///
    /// # Errors
    /// [`CannotLook`].
    pub fn load(args: &DoctorArgs) -> Result<Self, CannotLook> {
        let mut subject = match &args.profile {
            Some(path) => from_profile(path, args)?,
            None => from_configuration(&args.config, args.open)?,
        };
        subject.scanner = subject.scanner.or_else(|| args.scanner.clone());
        for number in &args.doors {
            if !subject.profile.compartments.iter().any(|door| door.number == *number) {
                return Err(CannotLook::NoDoor(*number));
            }
        }
        match ports::holders(&subject.ports).into_iter().next() {
            Some((path, holder)) => Err(CannotLook::Held { path, holder }),
            None => Ok(subject),
        }
    }

    /// The roles of ports whose devices are not known.
    pub fn missing_ports(&self) -> BTreeSet<String> {
        let roles =
            self.profile.banks.iter().map(|bank| bank.port.as_str()).chain(self.profile.parts.ports());
        roles.map(str::to_owned).filter(|role| !self.ports.contains_key(role)).collect()
    }
}

fn from_configuration(path: &Path, open: bool) -> Result<Subject, CannotLook> {
    let config = config::load(path).map_err(CannotLook::Faults)?;
    let hold = hold(&config.state)?;
    if open && is_in_service(&config.state) {
        return Err(CannotLook::InService(config.state));
    }
    let text = read(&config.profile_path)?;
    Ok(Subject {
        profile: config.profile,
        text,
        ports: config.ports,
        scanner: config.scanner,
        screen: Some(config.screen),
        _hold: hold,
    })
}

/// A profile alone, without a configuration: a cabinet on the bench. On a machine that is a locker, its own configuration still
/// says whether it is in service.
fn from_profile(path: &Path, args: &DoctorArgs) -> Result<Subject, CannotLook> {
    let text = read(path)?;
    let profile = profile::parse(&text, &path.display().to_string()).map_err(CannotLook::Faults)?;
    let installed = config::load(Path::new(config::DEFAULT_PATH)).ok();
    let hold = match &installed {
        Some(config) => hold(&config.state)?,
        None => None,
    };
    if let Some(config) = installed.filter(|config| args.open && is_in_service(&config.state)) {
        return Err(CannotLook::InService(config.state));
    }
    let roles: BTreeSet<&str> =
        profile.banks.iter().map(|bank| bank.port.as_str()).chain(profile.parts.ports()).collect();
    for (role, _) in &args.ports {
        if !roles.contains(role.as_str()) {
            let known: Vec<&str> = roles.iter().copied().collect();
            return Err(CannotLook::NoRole(role.clone(), known.join(", ")));
        }
    }
    let ports = args.ports.iter().cloned().collect();
    Ok(Subject { profile, text, ports, scanner: None, screen: None, _hold: hold })
}

/// The lock that a running kiosk has on its state, held from here on; none where no kiosk ever ran, or it is not ours to open.
fn hold(state: &Path) -> Result<Option<File>, CannotLook> {
    let Ok(lock) = File::open(state.join("lock")) else { return Ok(None) };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(CannotLook::Running),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Only a state folder that certainly has no journal is out of service.
fn is_in_service(state: &Path) -> bool {
    !matches!(JournalReader::open_read_only(state), Err(JournalError::Missing { .. }))
}

fn read(path: &Path) -> Result<String, CannotLook> {
    let fault = |what: String| {
        CannotLook::Faults(vec![Fault {
            file: path.display().to_string(),
            line: 0,
            key: String::new(),
            what,
        }])
    };
    let length = std::fs::metadata(path).map_err(|error| fault(format!("cannot be read: {error}")))?.len();
    if usize::try_from(length).map_or(true, |length| length > profile::MOST_BYTES) {
        return Err(fault(format!("is longer than {} bytes", profile::MOST_BYTES)));
    }
    std::fs::read_to_string(path).map_err(|error| fault(format!("cannot be read: {error}")))
}
