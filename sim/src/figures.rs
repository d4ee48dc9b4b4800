//! What a run of many histories comes to.

use std::fmt::Write;
use std::time::Duration;

use crate::judgement::Verdict;
use crate::reached::Reached;
use crate::world::Counts;

/// The design's budget: so many times faster than the world.
const TIMES_REAL: f64 = 1e6;

/// What this process had of a core so far.
fn core_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Sums over histories.
pub struct Figures {
    first: u64,
    histories: u64,
    broken: u64,
    simulated_ms: u64,
    sum: Counts,
    reached: Reached,
}

impl Figures {
    /// Nothing yet; the first seed is told.
    pub fn new(first: u64) -> Self {
        Self {
            first,
            histories: 0,
            broken: 0,
            simulated_ms: 0,
            sum: Counts::default(),
            reached: Reached::default(),
        }
    }

    /// One more history.
    pub fn add(&mut self, verdict: &Verdict) {
        self.histories += 1;
        self.broken += u64::from(!verdict.broken.is_empty());
        self.simulated_ms += verdict.length_ms;
        self.reached.add(&verdict.reached);
        let (sum, one) = (&mut self.sum, &verdict.counts);
        sum.steps += one.steps;
        sum.power_cuts += one.power_cuts;
        sum.cuts_in_writes += one.cuts_in_writes;
        sum.kills += one.kills;
        sum.deposits += one.deposits;
        sum.collections += one.collections;
        sum.pulses += one.pulses;
        sum.starts += one.starts;
        sum.new_journals += one.new_journals;
        sum.people += one.people;
        sum.switched_off += one.switched_off;
    }

    /// How many histories broke a promise.
    pub fn broken(&self) -> u64 {
        self.broken
    }

    /// For people, figure beside budget.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub fn table(&self, took: Duration) -> String {
        let seconds = took.as_secs_f64().max(1e-9);
        let core_s = core_time().as_secs_f64().max(1e-9);
        let simulated_s = self.simulated_ms as f64 / 1_000.0;
        let hours = seconds / 3_600.0;
        let years = simulated_s / (365.25 * 86_400.0);
        let sum = &self.sum;
        let mut table = String::new();
        let mut row = |what: &str, figure: String| {
            // Writing to a string does not fail.
            let _ = writeln!(table, "{what:<38} {figure}");
        };
        row("histories", format!("{} (seeds from {}), {} broken", self.histories, self.first, self.broken));
        row("simulated", format!("{years:.2} locker-years in {seconds:.0} s"));
        row("locker-years an hour", format!("{:.0}", years / hours));
        let times = format!("{:.2e} (goal {TIMES_REAL:.0e}; {core_s:.0} s of it)", simulated_s / core_s);
        row("times real time, on one core", times);
        row("power cuts an hour", format!("{:.0}", sum.power_cuts as f64 / hours));
        row("power cuts", format!("{}, {} of them within a write", sum.power_cuts, sum.cuts_in_writes));
        row("processes killed", sum.kills.to_string());
        row(
            "starts of the kiosk",
            format!("{}, {} of them with a new journal", sum.starts, sum.new_journals),
        );
        row("switched off, the battery empty", sum.switched_off.to_string());
        row("people", sum.people.to_string());
        row("parcels put in, collected", format!("{}, {}", sum.deposits, sum.collections));
        row("pulses judged", sum.pulses.to_string());
        row("steps", sum.steps.to_string());
        let reached: Vec<String> =
            self.reached.all().map(|(what, count)| format!("{what} {count}")).collect();
        row("reached", reached.join(", "));
        row("never reached", self.reached.missing().join(", "));
        table
    }
}
