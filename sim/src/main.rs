//! `locker-sim`: runs histories of a simulated locker, and explains those that break a promise.

#![allow(clippy::print_stdout, reason = "a command-line program")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use locker_sim::figures::Figures;
use locker_sim::judgement;
use locker_sim::plan::Plan;
use locker_sim::shrink::shrink;
use locker_sim::story::{Story, moment};

/// How many histories may be run to make a failing one shorter.
const SHRINK_TRIES: u32 = 400;

/// A whole locker in virtual time: the real engine, journal and sync, in a world that does its worst.
#[derive(Parser)]
struct Arguments {
    /// Run only this history.
    #[arg(long)]
    seed: Option<u64>,
    /// Tell what happens in it; where a promise breaks, in as few happenings as are enough.
    #[arg(long, requires = "seed")]
    explain: bool,
    /// Of its happenings, only these.
    #[arg(long, requires = "seed", value_delimiter = ',')]
    only: Vec<usize>,
    /// Run fresh histories for so many minutes.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// The first of the fresh seeds; drawn when it is not given.
    #[arg(long)]
    from: Option<u64>,
    /// Go on after a failing history.
    #[arg(long)]
    go_on: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => one(seed, &arguments),
        None => many(&arguments),
    }
}

fn one(seed: u64, arguments: &Arguments) -> ExitCode {
    let mut plan = Plan::new(seed);
    if !arguments.only.is_empty() {
        plan = plan.only(&arguments.only);
    }
    let (verdict, _) = judgement::run(plan.clone(), Story::default());
    let Some(broken) = verdict.broken.first() else {
        if arguments.explain {
            tell(plan);
        }
        println!(
            "seed {seed}: {} steps, {}, every promise kept",
            verdict.counts.steps,
            days(verdict.length_ms)
        );
        return ExitCode::SUCCESS;
    };
    if arguments.explain {
        let (short, verdict) = shrink(&plan, broken.promise, SHRINK_TRIES);
        let numbers: Vec<String> = short.items.iter().map(|item| item.number.to_string()).collect();
        println!(
            "of {} happenings {} are enough: --only {}\n",
            plan.items.len(),
            short.items.len(),
            numbers.join(",")
        );
        tell(short);
        if let Some(broken) = verdict.broken.first() {
            println!("BROKEN at {}: {}: {}\n", moment(broken.at_ms), broken.promise, broken.how);
        }
    }
    println!("seed {seed}: BROKEN at {}: {}: {}", moment(broken.at_ms), broken.promise, broken.how);
    ExitCode::FAILURE
}

fn tell(plan: Plan) {
    let (_, story) = judgement::run(plan, Story::told());
    for line in story.lines() {
        println!("{line}");
    }
    println!();
}

fn many(arguments: &Arguments) -> ExitCode {
    let first = arguments.from.unwrap_or_else(fresh);
    let begun = Instant::now();
    let length = Duration::from_secs_f64(arguments.minutes * 60.0);
    let mut figures = Figures::new(first);
    let mut seed = first;
    if !known_seeds_hold() {
        return ExitCode::FAILURE;
    }
    println!("fresh seeds from {first}");
    while begun.elapsed() < length {
        let (verdict, _) = judgement::run(Plan::new(seed), Story::default());
        figures.add(&verdict);
        if let Some(broken) = verdict.broken.first() {
            println!("seed {seed}: BROKEN at {}: {}: {}", moment(broken.at_ms), broken.promise, broken.how);
            println!("    locker-sim --seed {seed} --explain");
            if !arguments.go_on {
                break;
            }
        }
        seed = seed.wrapping_add(1);
    }
    print!("{}", figures.table(begun.elapsed()));
    if figures.broken() > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The histories that once broke a promise.
fn known_seeds_hold() -> bool {
    let mut held = true;
    let known = locker_sim::known_seeds();
    for (seed, fault) in &known {
        let (verdict, _) = judgement::run(Plan::new(*seed), Story::default());
        if let Some(broken) = verdict.broken.first() {
            println!(
                "seed {seed} ({fault}): BROKEN at {}: {}: {}",
                moment(broken.at_ms),
                broken.promise,
                broken.how
            );
            held = false;
        }
    }
    println!(
        "{} histories that once broke a promise: {}",
        known.len(),
        if held { "all kept" } else { "not all kept" }
    );
    held
}

/// Another number each time the program runs, short enough to be typed.
fn fresh() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_secs() % 1_000_000 * 100_000
}

fn days(ms: u64) -> String {
    format!("{} days", ms / 86_400_000)
}
