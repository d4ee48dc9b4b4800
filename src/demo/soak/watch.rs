//! All figures, looked at now and then, and judged at the end.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::super::error::DemoError;
use super::super::folder::Folder;
use super::super::hub_client::number;
use super::super::stage::Stage;
use super::super::timeline::Timeline;
use super::sample::{Taken, disk_kib, kept};
use super::series::{Bound, Series, Trend};

/// How often the processes are looked at.
const EVERY: Duration = Duration::from_secs(30);
/// This part of the time is not judged: caches fill, and the first month is kept whole.
const WARM_UP: f64 = 0.2;

/// Memory comes and goes by pages of the allocator's; a leak of a KiB a person would be far more in the time.
const MEMORY: Bound = Bound::Stay { percent: 3, more: 256 };
/// The hub's database has three connections, and SQLite fills a cache of 2 MiB for each as the database grows.
const HUB_MEMORY: Bound = Bound::Stay { percent: 3, more: 3 * 2_048 };
/// A few connections more or less at the moment of looking: the hub keeps one that was given up for 75 s.
const COUNT: Bound = Bound::Stay { percent: 10, more: 1 };
/// A journal swings between two checkpoints.
const DISK: Bound = Bound::Swing { percent: 5, more: 128 };
const ENTRIES: Bound = Bound::Swing { percent: 15, more: 50 };
/// What the hub keeps for 400 days may grow with the events that it holds, by so much each at most.
const HUB_BYTES_AN_EVENT: u64 = 4_096;

/// The names of the processes.
const PROCESSES: [&str; 3] = ["kiosk", "sync", "hub"];

/// Who looks.
pub struct Watch {
    timeline: Timeline,
    began: Instant,
    looked: Option<Instant>,
    /// Time that passed by the locker's clock, beyond the one on the wall.
    skipped: Duration,
    people: u32,
    state: [Vec<PathBuf>; 3],
    kiosk_state: PathBuf,
    logs: PathBuf,
    /// Of each process: memory, descriptors, threads, disk.
    taken: Vec<[Series; 4]>,
    entries: Series,
    held: Series,
    logged: Series,
}

impl Watch {
    /// Begins to look.
    pub fn begin(stage: &Stage<'_>, timeline: Timeline) -> Self {
        let taken = |name: &str| {
            let (memory, disk) = if name == "hub" { (HUB_MEMORY, Bound::Told) } else { (MEMORY, DISK) };
            [("memory, KiB", memory), ("descriptors", COUNT), ("threads", COUNT), ("disk, KiB", disk)]
                .map(|(what, bound)| Series::new(format!("{name} {what}"), bound))
        };
        timeline.plain(&head());
        Self {
            timeline,
            began: Instant::now(),
            looked: None,
            skipped: Duration::ZERO,
            people: 0,
            state: states(stage.folder),
            kiosk_state: stage.folder.kiosk_state(),
            logs: stage.folder.logs(),
            taken: PROCESSES.map(taken).into(),
            entries: Series::new("journal entries kept", ENTRIES),
            held: Series::new("events at the hub", Bound::Told),
            logged: Series::new("logs, KiB", Bound::Told),
        }
    }

    /// A line for people.
    pub fn says(&self, what: &str) {
        self.timeline.says("soak", what);
    }

    /// Time passed by the locker's clock.
    pub fn time_passed(&mut self, long: Duration) {
        self.skipped += long;
    }

    /// How much time has passed by the locker's clock.
    pub fn passed(&self) -> Duration {
        self.skipped + self.began.elapsed()
    }

    /// Somebody came and went.
    pub fn somebody_came(&mut self) {
        self.people += 1;
    }

    /// Looks, where it is time to.
    ///
    /// # Errors
    /// A process or the journal cannot be looked at.
    pub fn look_if_due(&mut self, stage: &mut Stage<'_>) -> Result<(), DemoError> {
        if self.looked.is_some_and(|looked| looked.elapsed() < EVERY) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        let at_s = self.began.elapsed().as_secs_f64();
        let mut line =
            format!("{:>5.1} {:>6} {:>6}", at_s / 60.0, self.passed().as_secs() / 86_400, self.people);
        let pids = [stage.kiosk.pid(), stage.sync.pid(), stage.hub.pid()];
        for ((pid, state), series) in pids.into_iter().zip(&self.state).zip(&mut self.taken) {
            let state: Vec<&std::path::Path> = state.iter().map(PathBuf::as_path).collect();
            let Taken { pss_kib, fds, threads, disk_kib } = Taken::look(pid, &state)?;
            for (series, value) in series.iter_mut().zip([pss_kib, fds, threads, disk_kib]) {
                series.points.push((at_s, value));
            }
            line.push_str(&format!(" |{pss_kib:>7} {fds:>4} {threads:>4} {disk_kib:>7}"));
        }
        let (first, last) = kept(&self.kiosk_state)?;
        self.entries.points.push((at_s, (last + 1).saturating_sub(first)));
        let locker = stage.locker()?;
        let held = number(&stage.api.get(&stage.operator, &format!("/v1/lockers/{locker}"))?, "held")?;
        self.held.points.push((at_s, held));
        self.logged.points.push((at_s, disk_kib(&self.logs)));
        line.push_str(&format!(" |{first:>7} {last:>7} {held:>7}"));
        self.timeline.plain(&line);
        Ok(())
    }

    /// Judges, and tells; gives whether all is flat.
    pub fn ends(&self, long: Duration) -> bool {
        let from_s = long.as_secs_f64() * WARM_UP;
        self.timeline.chapter(&format!("First and last quarter after {:.0} s of warm-up", from_s));
        self.timeline.plain("                          first       last   slope an hour");
        let mut broken = Vec::new();
        let told = self.taken.iter().flatten().chain([&self.entries, &self.held, &self.logged]);
        for series in told {
            let Some(Trend { first, last, slope, is_flat }) = series.trend(from_s) else {
                broken.push(format!("{}: too short to tell", series.name));
                continue;
            };
            let word = match (series.bound, is_flat) {
                (Bound::Told, _) => "",
                (_, true) => "flat",
                (_, false) => "GROWS",
            };
            self.timeline
                .plain(&format!("{:<22} {first:>10} {last:>10} {slope:>+13.1}   {word}", series.name));
            if !is_flat {
                broken.push(series.name.clone());
            }
        }
        self.timeline
            .plain("What swings, disk and entries, is compared by its highest; the rest by its median.");
        match self.hub_bytes_an_event(from_s) {
            Some(bytes) if bytes <= HUB_BYTES_AN_EVENT => self.timeline.plain(&format!(
                "The hub's database must grow: it keeps events for 400 days, and took {bytes} bytes for each."
            )),
            Some(bytes) => broken.push(format!("the hub's database, by {bytes} bytes an event")),
            None => broken.push("the hub's database: too short to tell".to_owned()),
        }
        let days = self.passed().as_secs() / 86_400;
        let (minutes, people) = (long.as_secs() / 60, self.people);
        let verdict = match broken.as_slice() {
            [] => "flat".to_owned(),
            some => format!("NOT FLAT: {}", some.join(", ")),
        };
        self.timeline.plain(&format!(
            "{minutes} minutes, {days} days by the locker's clock, {people} people: {verdict}"
        ));
        broken.is_empty()
    }

    fn hub_bytes_an_event(&self, from_s: f64) -> Option<u64> {
        let disk = &self.taken.last()?[3];
        let after = |series: &Series| {
            let mut points =
                series.points.iter().filter(|(at_s, _)| *at_s >= from_s).map(|(_, value)| *value);
            let first = points.next()?;
            Some(points.next_back()?.saturating_sub(first))
        };
        after(disk)?.saturating_mul(1_024).checked_div(after(&self.held)?)
    }
}

fn states(folder: &Folder) -> [Vec<PathBuf>; 3] {
    let database = folder.database();
    let beside = |ending: &str| {
        let mut name = database.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    [
        vec![folder.kiosk_state()],
        vec![folder.sync_state()],
        vec![database.clone(), beside("-wal"), beside("-shm")],
    ]
}

fn head() -> String {
    let of = |name: &str| format!(" | {name:<6} fds thr    disk");
    let processes: String = PROCESSES.iter().map(|name| of(name)).collect();
    format!("  min   days people{processes} | first    last at hub")
}
