//! `locker-sim-faults`: sows each fault of the catalogue into the code, looks for it with fresh histories, and tells which
//! promise found it, and how fast.

#![allow(clippy::print_stdout, reason = "a command-line program")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{fmt, fs, io};

use clap::Parser;
use locker_core::faults::{self, Fault};
use locker_sim::hunt::{Caught, Hunt, known_seeds, named};
use locker_sim::judgement;
use locker_sim::plan::Plan;
use locker_sim::shrink::shrink;
use locker_sim::story::{Story, moment};

/// Between these lines of a document stands the table.
const BEGINS: &str = "<!-- faults: begin -->";
const ENDS: &str = "<!-- faults: end -->";

/// How many histories may be run to make one shorter that finds a fault.
const SHRINK_TRIES: u32 = 100;

/// Proves the prover: every fault that is sown into the code has to be found.
#[derive(Parser)]
struct Arguments {
    /// Look only for these.
    faults: Vec<String>,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many histories may be run for one fault.
    #[arg(long, default_value_t = 200)]
    within: u32,
    /// Tell the shortest history that finds it. Takes one fault.
    #[arg(long)]
    explain: bool,
    /// Write the table into this document, between its marks.
    #[arg(long)]
    table: Option<PathBuf>,
    /// Write the seeds that found something into this file.
    #[arg(long)]
    seeds: Option<PathBuf>,
}

struct Found {
    fault: Fault,
    caught: Option<Caught>,
    took: Duration,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut wanted = Vec::new();
    for name in &arguments.faults {
        let Some(fault) = named(name) else {
            println!("there is no fault {name}");
            return ExitCode::FAILURE;
        };
        wanted.push(fault);
    }
    if wanted.is_empty() {
        wanted.extend(Fault::ALL);
    }
    // A fault may make the rules panic; that is told with the promises.
    std::panic::set_hook(Box::new(|_| ()));
    let mut hunt = Hunt::default();
    let mut found = Vec::new();
    for fault in wanted {
        let begun = Instant::now();
        let seeds = (arguments.from..).take(usize::try_from(arguments.within).unwrap_or(usize::MAX));
        let caught = hunt.catch(fault, seeds);
        let one = Found { fault, caught, took: begun.elapsed() };
        println!("{one}");
        if let (true, Some(caught)) = (arguments.explain, &one.caught) {
            explain(fault, caught);
        }
        found.push(one);
    }
    let missed = found.iter().filter(|one| one.caught.is_none()).count();
    println!("{} of {} faults found", found.len() - missed, found.len());
    let written = arguments.table.map_or(Ok(()), |path| write_table(&path, &found));
    let written = written.and_then(|()| arguments.seeds.map_or(Ok(()), |path| write_seeds(&path, &found)));
    if let Err(error) = written {
        println!("{error}");
        return ExitCode::FAILURE;
    }
    if missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, took) = (self.fault.name(), self.took.as_secs_f64());
        match &self.caught {
            Some(Caught { seed, broken, tried }) => {
                write!(
                    f,
                    "{name}: found by seed {seed}, the {tried}. tried, in {took:.1} s: {}",
                    broken.promise
                )?;
                write!(f, " ({})", broken.how)
            }
            None => write!(f, "{name}: NOT FOUND in {took:.1} s"),
        }
    }
}

fn explain(fault: Fault, caught: &Caught) {
    faults::with(Some(fault), || {
        let (short, verdict) = shrink(&Plan::new(caught.seed), caught.broken.promise, SHRINK_TRIES);
        let (_, story) = judgement::run(short, Story::told());
        for line in story.lines() {
            println!("{line}");
        }
        if let Some(broken) = verdict.broken.first() {
            println!("BROKEN at {}: {}: {}", moment(broken.at_ms), broken.promise, broken.how);
        }
    });
}

/// Writes the rows of what was looked for; those of the other faults stay as they are.
fn write_table(path: &Path, found: &[Found]) -> io::Result<()> {
    let document = fs::read_to_string(path)?;
    let marks = document.split_once(BEGINS).and_then(|(before, rest)| Some((before, rest.split_once(ENDS)?)));
    let Some((before, (old, after))) = marks else {
        return Err(io::Error::other(format!("{} has no place for the table", path.display())));
    };
    let mut table = "| fault | what is wrong | found by | seeds | time |\n|---|---|---|---|---|\n".to_owned();
    for fault in Fault::ALL {
        let name = fault.name();
        let row = match found.iter().find(|one| one.fault == *fault) {
            Some(one) => Some(one.row()),
            None => old.lines().find(|line| line.starts_with(&format!("| {name} |"))).map(str::to_owned),
        };
        table.extend(row.into_iter().flat_map(|row| [row, "\n".to_owned()]));
    }
    fs::write(path, format!("{before}{BEGINS}\n\n{table}\n{ENDS}{after}"))
}

/// The same for the seeds.
fn write_seeds(path: &Path, found: &[Found]) -> io::Result<()> {
    let old = if path.exists() { fs::read_to_string(path)? } else { String::new() };
    let old = known_seeds(&old).map_err(io::Error::other)?;
    let mut lines =
        "# A seed that finds each fault: `just faults` looks anew and writes this file.\n".to_owned();
    for fault in Fault::ALL {
        let seed = match found.iter().find(|one| one.fault == *fault) {
            Some(one) => one.caught.as_ref().map(|caught| caught.seed),
            None => old.get(fault).copied(),
        };
        if let Some(seed) = seed {
            lines += &format!("{} {seed}\n", fault.name());
        }
    }
    fs::write(path, lines)
}

impl Found {
    fn row(&self) -> String {
        let Self { fault, caught, took } = self;
        let (promise, tried) = match caught {
            Some(caught) => (caught.broken.promise, caught.tried.to_string()),
            None => ("**nothing**", "-".to_owned()),
        };
        format!("| {} | {} | {promise} | {tried} | {:.1} s |", fault.name(), fault.what(), took.as_secs_f64())
    }
}
