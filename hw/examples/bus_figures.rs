//! What the bus threads take, beside what they may take, with emulated boards whose bytes are paced to the speed of their lines.
//!
//! ```text
//! cargo run --release -p locker-hw --features emulate --example bus_figures
//! ```
#![allow(clippy::print_stdout, reason = "its figures are what it is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use locker_hw::bus::{BusSink, DoorState, Lock, LockBus, Locks, Unlock, UnlockAnswer};
use locker_hw::emulate::{Direction, FrameKind, WireEvent};
use locker_hw::emulated::EmulatedCabinet;
use locker_hw::profile::{self, Profile};

type Failed = Box<dyn Error>;

/// What may pass between an unlock's being asked for and its first byte, on a line that is silent.
const LIMIT: Duration = Duration::from_millis(1);
/// How often that is measured, for each family.
const UNLOCKS: u8 = 100;
/// How many of those over the limit are told in their parts.
const WORST: usize = 3;

/// What the bus threads tell, with the time at which they did.
#[derive(Clone)]
struct Ear(Arc<Mutex<Sender<Heard>>>);

enum Heard {
    Doors { bank: u8, open: Vec<u8>, at: Instant },
    Unlocked { attempt: u64, answer: UnlockAnswer },
    Lost,
}

impl Ear {
    fn hears(&self, heard: Heard) {
        // Nobody listens any more once the figures are there.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).send(heard);
    }
}

impl BusSink for Ear {
    fn unlocked(&self, attempt: u64, answer: UnlockAnswer, _at_ms: u64) {
        self.hears(Heard::Unlocked { attempt, answer });
    }
    fn doors(&self, bank: u8, states: &[(u8, DoorState)], _sampled_at_ms: u64) {
        let open = states.iter().filter(|(_, state)| *state == DoorState::Open).map(|(channel, _)| *channel);
        self.hears(Heard::Doors { bank, open: open.collect(), at: Instant::now() });
    }
    fn bank_lost(&self, _bank: u8, _why: &str) {
        self.hears(Heard::Lost);
    }
    fn bank_back(&self, _bank: u8) {}
}

/// From an unlock's being asked for to its first byte.
struct Begun {
    whole: Duration,
    /// Until the bus thread was awake.
    waking: Duration,
    /// Until its last look at the clock, immediately before the first byte.
    deciding: Duration,
    /// Until the emulator's thread had the first byte: the kernel, and that thread's waking.
    leaving: Duration,
    /// How long threads of this process were ready meanwhile, and got no processor.
    waited: Duration,
}

/// A cabinet with its bus threads and the other ends of its wires.
struct Site {
    locks: Locks,
    emulated: EmulatedCabinet,
    heard: Receiver<Heard>,
    wire: Receiver<WireEvent>,
    began: Instant,
    /// When the bus threads looked at the clock: on waking, and immediately before the first byte of an unlock.
    looks: Arc<Mutex<Vec<Instant>>>,
    attempts: u64,
    // Last: the ports are in it.
    _folder: tempfile::TempDir,
}

impl Site {
    fn new(profile: &Profile) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let emulated = EmulatedCabinet::new(profile, folder.path())?;
        let wire = emulated.subscribe(1 << 16);
        let ports: BTreeMap<String, PathBuf> =
            emulated.lines().map(|(port, line)| (port.to_owned(), line.path())).collect();
        let (tell, heard) = channel();
        let began = Instant::now();
        let looks: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let looked = looks.clone();
        let now = Arc::new(move || {
            looked.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
            u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
        });
        let locks = Locks::start(profile, &ports, now, Ear(Arc::new(Mutex::new(tell))))?;
        let site = Self { locks, emulated, heard, wire, began, looks, attempts: 0, _folder: folder };
        // All boards have been read, and all supplies have rested.
        sleep(Duration::from_millis(1_500));
        Ok(site)
    }

    /// Asks for an unlock; gives how it went until its first byte was on the wire, and how long the frame took.
    fn unlock(&mut self, lock: Lock) -> Result<(Begun, Duration), Failed> {
        while self.wire.try_recv().is_ok() {}
        self.attempts += 1;
        let not_after_ms = u64::try_from(self.began.elapsed().as_millis())? + 5_000;
        let waited = Threads::of("")?.waited;
        self.looks().clear();
        let asked = Instant::now();
        self.locks.unlock(Unlock { attempt: self.attempts, lock, not_after_ms })?;
        let frame = loop {
            let event = self.wire.recv_timeout(Duration::from_secs(5))?;
            if event.direction == Direction::ToPart && event.kind == FrameKind::Unlock {
                break event;
            }
        };
        let waited = Threads::of("")?.waited.saturating_sub(waited);
        let first_byte = frame.at.checked_sub(frame.took).ok_or("before the first instant")?;
        loop {
            match self.heard.recv_timeout(Duration::from_secs(5))? {
                Heard::Unlocked { attempt, answer: UnlockAnswer::Sent } if attempt == self.attempts => break,
                Heard::Unlocked { answer, .. } => return Err(format!("an unlock ended as {answer:?}").into()),
                Heard::Lost => return Err("a board was lost".into()),
                Heard::Doors { .. } => {}
            }
        }
        // A thread that listened looks when it wakes, then whether any unlock is too late, then before the first byte.
        let looks = self.looks().clone();
        let &[awake, _, last_look, ..] = looks.as_slice() else {
            return Err("an answer before the last look at the clock".into());
        };
        let begun = Begun {
            whole: first_byte - asked,
            waking: awake - asked,
            deciding: last_look - awake,
            leaving: first_byte - last_look,
            waited,
        };
        Ok((begun, frame.took))
    }

    fn looks(&self) -> MutexGuard<'_, Vec<Instant>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nothing is on the wire and nothing energised: a poll has just ended, and the next is not due.
    fn between_polls(&self) -> Result<(), Failed> {
        while self.wire.try_recv().is_ok() {}
        while self.wire.recv_timeout(Duration::from_secs(5))?.direction != Direction::FromPart {}
        sleep(Duration::from_millis(150));
        Ok(())
    }

    /// A door is opened by force: how long until its bus thread says so.
    fn until_seen(&self, lock: Lock) -> Result<Duration, Failed> {
        let cabinet = self.emulated.parts().get(usize::from(lock.bank)).ok_or("no such bank")?;
        while self.heard.try_recv().is_ok() {}
        let opened = Instant::now();
        cabinet.force_open(lock.channel)?;
        let seen = loop {
            if let Heard::Doors { bank, open, at } = self.heard.recv_timeout(Duration::from_secs(5))?
                && bank == lock.bank
                && open.contains(&lock.channel)
            {
                break at;
            }
        };
        cabinet.push_shut(lock.channel)?;
        Ok(seen.saturating_duration_since(opened))
    }
}

/// Banks by their keys, each with so many doors side by side in one column.
fn cabinet(banks: &[(String, u8)]) -> Result<Profile, Failed> {
    let mut text = String::from(
        "[cabinet]\nname = \"figures\"\nheight_mm = 20000\ncolumn_widths_mm = [400, 400]\n[screen]\nx_mm = 500\ny_mm = 900\nw_mm = 200\nh_mm = 100\n",
    );
    for (id, (keys, _)) in banks.iter().enumerate() {
        writeln!(text, "[[bank]]\nid = \"{id}\"\ncooldown_ms = 0\n{keys}")?;
    }
    let mut number = 0;
    for (id, (_, doors)) in banks.iter().enumerate() {
        for channel in 1..=*doors {
            number += 1;
            let y_mm = number * 46;
            writeln!(
                text,
                "[[compartment]]\nnumber = {number}\nsize = \"M\"\nbank = \"{id}\"\nchannel = {channel}\nx_mm = 10\ny_mm = {y_mm}\nw_mm = 380\nh_mm = 45\ndepth_mm = 600\nevidence = \"door\""
            )?;
        }
    }
    let faults =
        |faults: Vec<profile::Fault>| faults.iter().map(|fault| format!("{fault}\n")).collect::<String>();
    Ok(profile::parse(&text, "figures.toml").map_err(faults)?)
}

/// The value below which so many of a thousand lie.
fn quantile(sorted: &[Duration], of_1000: usize) -> Duration {
    let index = (sorted.len() * of_1000).div_ceil(1000).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

fn spread(mut took: Vec<Duration>) -> String {
    took.sort();
    let at = |of_1000| ms(quantile(&took, of_1000));
    format!("p50 {:7.2} ms, p99 {:7.2} ms, most {:7.2} ms", at(500), at(990), at(1000))
}

fn ms(long: Duration) -> f64 {
    long.as_secs_f64() * 1e3
}

fn above_the_wire() -> Result<(), Failed> {
    println!("unlock: from being asked to its first byte, on a line that is silent (limit: {LIMIT:?})");
    println!("load of this machine: {}", fs::read_to_string("/proc/loadavg")?.trim());
    for (family, address, closed_is, pulse_ms) in [
        ("shuoming", 1, "11", 1),
        ("kerong-cu16", 0, "1", 1),
        ("kerong-cu48", 0, "1", 1),
        ("wkly", 0, "1", 1),
        ("winnsen", 1, "0", 1),
        ("modbus-relay", 1, "1", 100),
    ] {
        let keys = format!(
            "family = \"{family}\"\nport = \"line\"\naddress = {address}\nchannels = 16\nclosed_is = \"{closed_is}\"\npulse_ms = {pulse_ms}\nsupply = \"12V\""
        );
        let mut site = Site::new(&cabinet(&[(keys, 16)])?)?;
        let (mut above, mut wire) = (Vec::new(), Duration::ZERO);
        for time in 0..UNLOCKS {
            site.between_polls()?;
            let (begun, took) = site.unlock(Lock { bank: 0, channel: 1 + time % 16 })?;
            wire = took;
            above.push(begun);
        }
        let of = |part: fn(&Begun) -> Duration| spread(above.iter().map(part).collect());
        println!("  {family:<13} {}; then {:5.2} ms on the wire", of(|begun| begun.whole), ms(wire));
        println!("    of that: deciding {}", of(|begun| begun.deciding));
        let mut over: Vec<&Begun> = above.iter().filter(|begun| begun.whole > LIMIT).collect();
        over.sort_by_key(|begun| std::cmp::Reverse(begun.whole));
        println!("    {} of {UNLOCKS} over the limit", over.len());
        for begun in over.iter().take(WORST) {
            println!(
                "      {:5.2} ms: bus thread awake {:5.2}, deciding {:5.2}, leaving {:5.2}; ready without a processor {:5.2}",
                ms(begun.whole),
                ms(begun.waking),
                ms(begun.deciding),
                ms(begun.leaving),
                ms(begun.waited)
            );
        }
    }
    Ok(())
}

fn changes_seen() -> Result<(), Failed> {
    println!("a door that opens: until it is said (limit: a poll's period and the poll itself)");
    for (family, address, closed_is, channels, tells) in [
        ("shuoming", 1, "11", 24, ""),
        ("wkly", 0, "1", 24, ", and it tells by itself"),
        ("winnsen", 1, "0", 16, ", and two answers must say it"),
    ] {
        let keys = format!(
            "family = \"{family}\"\nport = \"line\"\naddress = {address}\nchannels = {channels}\nclosed_is = \"{closed_is}\"\nsupply = \"12V\""
        );
        let mut site = Site::new(&cabinet(&[(keys, channels)])?)?;
        for (watched, limit, times) in [(true, "70 ms", 40), (false, "1 s", 10)] {
            let lock = Lock { bank: 0, channel: 5 };
            site.locks.watch(if watched { std::slice::from_ref(&lock) } else { &[] });
            let mut seen = Vec::new();
            for time in 0..times {
                // At another moment of the period each time.
                sleep(Duration::from_millis(150 + 37 * time));
                seen.push(site.until_seen(lock)?);
            }
            let whose = if watched { "watched" } else { "not watched" };
            println!("  {family:<13} {whose:<11} {}; period {limit}{tells}", spread(seen));
        }
    }
    Ok(())
}

fn ten_boards() -> Result<(), Failed> {
    println!("410 doors on 10 boards, one line at 9600 Bd, an unlock every 400 ms");
    let bank = |address: u8| {
        let keys = format!(
            "family = \"shuoming\"\nport = \"line\"\naddress = {address}\nchannels = 41\nclosed_is = \"11\"\npulse_ms = 1\nsupply = \"12V\""
        );
        (keys, 41)
    };
    let mut site = Site::new(&cabinet(&(1..=10).map(bank).collect::<Vec<_>>())?)?;
    while site.wire.try_recv().is_ok() {}
    let cpu_before = Threads::of_the_bus()?;
    let idle = Instant::now();
    sleep(Duration::from_secs(10));
    Threads::of_the_bus()?.since(&cpu_before, idle.elapsed(), "410 doors, nobody there");

    let busy: Duration = site.wire.try_iter().map(|event| event.took).sum();
    println!("  polls fill {:.0} % of the wire's time (limit: 80 %)", busy.as_secs_f64() * 10.0);

    let mut begun = Vec::new();
    for round in 0..60u8 {
        let lock = Lock { bank: round % 10, channel: 1 + round % 41 };
        site.locks.watch(&[lock]);
        sleep(Duration::from_millis(387 + u64::from(round % 7) * 4));
        begun.push(site.unlock(lock)?.0.whole);
    }
    println!("  unlock begins {} (limit: one transaction, 35 ms, and 5 ms of silence)", spread(begun));

    while site.heard.try_recv().is_ok() {}
    let mut last: BTreeMap<u8, Instant> = BTreeMap::new();
    let mut gaps = Vec::new();
    let until = Instant::now() + Duration::from_secs(10);
    while let Ok(heard) = site.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
        match heard {
            Heard::Doors { bank, at, .. } if bank != 9 => {
                gaps.extend(last.insert(bank, at).map(|before| at.saturating_duration_since(before)));
            }
            Heard::Lost => return Err("a board was lost".into()),
            _ => {}
        }
    }
    println!("  from one reading to the next of a board that nobody watches: {} (period 1 s)", spread(gaps));
    Ok(())
}

fn idle() -> Result<(), Failed> {
    println!("bus threads while nobody is there");
    let site = Site::new(&profile::parse(profile::DEMO_24, "demo-24.toml").map_err(|_| "the demo cabinet")?)?;
    let (before, began) = (Threads::of_the_bus()?, Instant::now());
    sleep(Duration::from_secs(10));
    Threads::of_the_bus()?.since(&before, began.elapsed(), "24 doors");
    drop(site);
    Ok(())
}

/// What threads of this process have used.
struct Threads {
    on_cpu: Duration,
    /// Ready, and no processor free.
    waited: Duration,
    wakes: u64,
}

impl Threads {
    /// Of the bus threads: the emulators run beside them and do not count.
    fn of_the_bus() -> Result<Self, Failed> {
        Self::of("bus ")
    }

    /// Of the threads whose names begin so.
    fn of(begins: &str) -> Result<Self, Failed> {
        let mut used = Self { on_cpu: Duration::ZERO, waited: Duration::ZERO, wakes: 0 };
        for task in fs::read_dir("/proc/self/task")? {
            let task = task?.path();
            if !fs::read_to_string(task.join("comm"))?.starts_with(begins) {
                continue;
            }
            let scheduled = fs::read_to_string(task.join("schedstat"))?;
            let mut ns = scheduled.split_whitespace().map(|ns| ns.parse().map(Duration::from_nanos));
            used.on_cpu += ns.next().ok_or("no time on a processor")??;
            used.waited += ns.next().ok_or("no time ready")??;
            let status = fs::read_to_string(task.join("status"))?;
            let wakes = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            used.wakes += wakes.unwrap_or("0").trim().parse::<u64>()?;
        }
        Ok(used)
    }

    fn since(&self, before: &Self, long: Duration, what: &str) {
        let on_cpu = self.on_cpu.saturating_sub(before.on_cpu).as_secs_f64() / long.as_secs_f64() * 100.0;
        #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
        let wakes = (self.wakes - before.wakes) as f64 / long.as_secs_f64();
        println!("  {what}: {on_cpu:.2} % of a processor, {wakes:.0} wake-ups a second");
    }
}

fn main() -> Result<(), Failed> {
    above_the_wire()?;
    changes_seen()?;
    ten_boards()?;
    idle()
}
