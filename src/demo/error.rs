//! Why the tour stopped.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use locker_engine::journal::JournalError;
use locker_hw::emulate::ActError;
use locker_ui::glass::GlassError;

/// Why the tour stopped.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The machine did not do something.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// The kiosk's screen.
    #[error("the kiosk's screen: {0}")]
    Glass(#[from] GlassError),
    /// Something that should have happened did not.
    #[error("waited {waited:?} for {what}; the screen says: {screen}")]
    Never {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
        /// What was on the screen.
        screen: String,
    },
    /// The street's window.
    #[error(transparent)]
    Street(#[from] locker_street::StreetError),
    /// The hub did not do what it was asked.
    #[error("the hub, asked {asked}: {why}")]
    Hub {
        /// Method and path.
        asked: String,
        /// What it answered, or what came in between.
        why: String,
    },
    /// The hub cannot be reached, or went away in the middle of its answer: whether it did what it was asked is not known.
    #[error("the hub, asked {asked}, is away: {why}")]
    HubAway {
        /// Method and path.
        asked: String,
        /// What came in between.
        why: String,
    },
    /// Somebody reached for something that is not there.
    #[error("at the cabinet: {0}")]
    Act(#[from] ActError),
    /// The journal cannot be read.
    #[error("the journal: {0}")]
    Journal(#[from] JournalError),
    /// A process ended that should not have.
    #[error("{name} (pid {pid}) ended by itself: {status}; what it said is in {}", log.display())]
    Ended {
        /// Which.
        name: &'static str,
        /// Its number.
        pid: u32,
        /// How.
        status: ExitStatus,
        /// Where it wrote.
        log: PathBuf,
    },
    /// A promise was not kept.
    #[error("a promise is broken: {0}")]
    Broken(String),
    /// Something is not as it should be.
    #[error("{0}")]
    Odd(String),
}

impl DemoError {
    /// For `map_err`: what was being done when the machine refused.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
