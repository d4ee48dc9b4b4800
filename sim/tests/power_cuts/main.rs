//! The power is cut at every write of everything that the journal goes through, and the locker starts again.
//!
//! Each flow is played once, on the real engine and the real SQLite, on a disk that keeps every step in mind. Then, for each step, the disk
//! is made as it was when the power failed there, in several ways, and a locker starts on it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "how many cuts there were is a result")]

mod flows;
mod heard;
mod judge;
mod rig;
mod small_files;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use locker_sim::chance::Chance;
use locker_sim::disk::{Card, Device, Loss, SimDisk};

use flows::{FLOWS, Flow};
use judge::{Case, Cost, Happened};

/// How thoroughly.
#[derive(Clone, Copy)]
struct Depth {
    /// So many arbitrary losses at each step, besides the four that are not.
    arbitrary: u64,
    /// At one in so many steps the power is cut again at every step of the start that follows.
    twice_one_in: u64,
}

const QUICK: Depth = Depth { arbitrary: 1, twice_one_in: 48 };
const LYING: Depth = Depth { arbitrary: 1, twice_one_in: 0 };
const DEEP: Depth = Depth { arbitrary: 8, twice_one_in: 8 };

#[derive(Default)]
struct Tally {
    flows: usize,
    cuts: u64,
    looked_at: u64,
    steps: u64,
    costs: BTreeMap<Cost, u64>,
    /// The most entries that one cut took without a word.
    most_lost: u64,
}

impl Tally {
    fn plus(mut self, other: Self) -> Self {
        self.cuts += other.cuts;
        self.looked_at += other.looked_at;
        self.steps += other.steps;
        self.most_lost = self.most_lost.max(other.most_lost);
        for (cost, count) in other.costs {
            *self.costs.entry(cost).or_default() += count;
        }
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flows, cuts, looked_at, steps, costs, most_lost } = self;
        write!(
            f,
            "{cuts} cuts at {steps} steps of {flows} flows, {looked_at} different disks; what they cost: {costs:?}; at most {most_lost} entries at once without a word"
        )
    }
}

/// Cuts the power at every step of a flow.
fn cut_everywhere(flow: &Flow, device: Device, depth: Depth, tally: &mut Tally) {
    let mut played = (flow.play)(device);
    let honest = device.card == Card::Honest && device.safe_overwrite;
    let most_lost = Cell::new(0);
    let mut happened = Happened::default();
    let mut marks = std::mem::take(&mut played.log.marks).into_iter().peekable();
    let mut history = std::mem::replace(&mut played.history, SimDisk::new(device).record().end());
    let mut seen = BTreeSet::new();
    loop {
        let step = history.steps();
        let mut news = false;
        while let Some((_, mark)) = marks.next_if(|(at, _)| *at <= step) {
            happened.take(mark);
            news = true;
        }
        if news {
            seen.clear();
        }
        let case =
            Case { played: &played, happened: &happened, honest, lost: Cell::new(0), most_lost: &most_lost };
        tally.steps += 1;
        let fixed = [Loss::Everything, Loss::Nothing, Loss::HalfOfTheLast, Loss::AllButTheLast];
        let arbitrary = (0..depth.arbitrary).map(|seed| (Loss::Arbitrary, step * 1_000 + seed));
        for (loss, seed) in fixed.into_iter().map(|loss| (loss, step)).chain(arbitrary) {
            tally.cuts += 1;
            let disk = history.disk();
            disk.cut(&mut Chance::new(seed), loss);
            if !seen.insert(disk.fingerprint()) {
                continue;
            }
            tally.looked_at += 1;
            let twice = loss == Loss::Arbitrary && depth.twice_one_in > 0 && seed % depth.twice_one_in == 0;
            let again = twice.then(|| disk.copied());
            let cost = judged(&case, &disk).unwrap_or_else(|why| {
                panic!("{}: cut at step {step}, {loss:?}, seed {seed}, {device:?}: {why}", flow.name)
            });
            *tally.costs.entry(cost).or_default() += 1;
            if let Some(again) = again {
                cut_the_start(flow, &case, &again, seed, tally);
            }
        }
        if !history.go_on() {
            break;
        }
    }
    tally.most_lost = tally.most_lost.max(most_lost.get());
    assert!(marks.next().is_none(), "every mark was reached");
}

/// Cuts the power at every step of a start after a cut.
fn cut_the_start(flow: &Flow, case: &Case<'_>, disk: &SimDisk, first: u64, tally: &mut Tally) {
    let recording = disk.record();
    case.start_and_stop(disk);
    let mut history = recording.end();
    let mut seen = BTreeSet::new();
    while history.go_on() {
        let step = history.steps();
        for loss in [Loss::Everything, Loss::HalfOfTheLast, Loss::Arbitrary] {
            tally.cuts += 1;
            let disk = history.disk();
            disk.cut(&mut Chance::new(step), loss);
            if seen.insert(disk.fingerprint()) {
                tally.looked_at += 1;
                if let Err(why) = judged(case, &disk) {
                    panic!("{}: cut with seed {first}, and again at step {step}, {loss:?}: {why}", flow.name)
                }
            }
        }
    }
}

/// Starts a locker on what a cut left.
fn judged(case: &Case<'_>, disk: &SimDisk) -> Result<Cost, String> {
    heard::heard();
    case.judge(disk).map_err(|why| format!("{why}. It had said: {:?}", heard::heard()))
}

/// Every flow on this card, two at a time.
fn cut_all(device: Device, depth: Depth) -> Tally {
    heard::listen();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some(flow) = FLOWS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let before = (tally.cuts, tally.steps);
            let begun = Instant::now();
            cut_everywhere(flow, device, depth, &mut tally);
            let (cuts, steps) = (tally.cuts - before.0, tally.steps - before.1);
            println!("{}: {cuts} cuts at {steps} steps in {:.1} s", flow.name, begun.elapsed().as_secs_f32());
        }
        tally
    };
    let mut tally = thread::scope(|scope| {
        let other = scope.spawn(work);
        let own = work();
        match other.join() {
            Ok(other) => own.plus(other),
            Err(panic) => resume_unwind(panic),
        }
    });
    tally.flows = FLOWS.len();
    println!("{device:?}: {tally}");
    tally
}

#[test]
fn a_power_cut_at_every_write_costs_nothing_on_a_card_that_keeps_its_word() {
    cut_all(Device::USUAL, QUICK);
}

#[test]
#[ignore = "minutes: `just cuts`"]
fn a_power_cut_at_every_write_costs_nothing_on_any_card_that_keeps_its_word() {
    for sector_bytes in [512, 4_096] {
        cut_all(Device { sector_bytes, ..Device::USUAL }, DEEP);
    }
}

#[test]
fn what_a_lying_card_loses_is_said_wherever_anyone_knows_of_it() {
    let tally = cut_all(Device { card: Card::Lying { window_syncs: 4 }, ..Device::USUAL }, LYING);
    assert!(tally.costs.contains_key(&Cost::Told) && tally.costs.contains_key(&Cost::Silent));
}

#[test]
#[ignore = "minutes: `just cuts`"]
fn what_any_bad_card_loses_is_said_wherever_anyone_knows_of_it() {
    for window_syncs in [1, 4, 16] {
        cut_all(Device { card: Card::Lying { window_syncs }, ..Device::USUAL }, DEEP);
    }
    for sector_bytes in [512, 4_096] {
        cut_all(Device { card: Card::Honest, sector_bytes, safe_overwrite: false }, DEEP);
    }
}
