//! `locker journal verify|show`: the journal, for people.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use locker_engine::journal::{JournalError, JournalReader, Line};
use locker_engine::keys::{KeyRing, KeyRingError};

use crate::config;

/// Entries that are read at once.
const AT_ONCE: usize = 500;

#[derive(Subcommand)]
pub enum Command {
    /// Verify every entry, the chain, and the signatures.
    Verify(Where),
    /// Show what happened, a line for each entry.
    Show {
        #[command(flatten)]
        place: Where,
        /// From this entry on.
        #[arg(long, default_value_t = 1)]
        from: u64,
    },
}

#[derive(clap::Args)]
pub struct Where {
    /// The kiosk's folder, if it is not the one of the configuration.
    #[arg(long)]
    state: Option<PathBuf>,
    /// The configuration.
    #[arg(long, default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Keys(#[from] KeyRingError),
}

/// Runs the command; exits with 0 when nothing is wrong.
pub fn run(command: Command) -> ExitCode {
    let (place, from) = match &command {
        Command::Verify(place) => (place, None),
        Command::Show { place, from } => (place, Some(*from)),
    };
    let folder = match (&place.state, config::load(&place.config)) {
        (Some(folder), _) => folder.clone(),
        (None, Ok(config)) => config.state,
        (None, Err(faults)) => {
            crate::check::say_faults(&faults);
            return ExitCode::FAILURE;
        }
    };
    let looked = match from {
        None => verify(&folder),
        Some(from) => show(&folder, from).map(|()| true),
    };
    match looked {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "the answer to a command of a person")]
fn verify(folder: &std::path::Path) -> Result<bool, LookError> {
    let reader = JournalReader::open_read_only(folder)?;
    let report = reader.verify(&KeyRing::verifier(&locker_engine::RealDisk, folder)?)?;
    println!(
        "journal {}: {} entries from {}, {} checkpoints; chain {}, signatures {}",
        report.journal,
        report.entries,
        report.first,
        report.checkpoints,
        word(report.chain_ok),
        word(report.signatures_ok)
    );
    if let Some(fault) = &report.first_fault {
        println!("{fault}");
    }
    Ok(report.is_ok())
}

#[allow(clippy::print_stdout, reason = "the answer to a command of a person")]
fn show(folder: &std::path::Path, from: u64) -> Result<(), LookError> {
    let reader = JournalReader::open_read_only(folder)?;
    let mut next = from.max(reader.range()?.map_or(1, |(first, _)| first));
    loop {
        let entries = reader.entries(next, AT_ONCE)?;
        let Some(last) = entries.last() else { return Ok(()) };
        next = last.seq + 1;
        for entry in &entries {
            println!("{}", Line(entry));
        }
    }
}

fn word(ok: bool) -> &'static str {
    if ok { "ok" } else { "WRONG" }
}
