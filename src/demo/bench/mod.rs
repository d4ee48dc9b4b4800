//! `locker bench`: the budgets of the design that can be measured on a whole locker, figure beside budget. The same
//! processes as in the demo, the same wires.

mod stop;

use std::fs;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use clap::Args;
use locker_hw::emulate::{FrameKind, WireEvent};

use super::ClosedIs;
use super::error::DemoError;
use super::folder::Folder;
use super::make::Make;
use super::stage::{Setting, Stage};
use super::timeline::Timeline;
use super::tour;

/// How long the idle kiosk is watched.
const IDLE: Duration = Duration::from_secs(20);
/// Parcels whose writes are counted.
const PARCELS: u32 = 5;
/// Frames that may wait to be looked at.
const FRAMES_WAIT: usize = 65_536;
/// No answer of a wire takes longer.
const WIRE_WITHIN: Duration = Duration::from_secs(10);

/// How much is measured.
#[derive(Args)]
pub struct BenchArgs {
    /// How many scans are timed.
    #[arg(long, default_value_t = 100)]
    scans: u32,
    /// Only a courier's stops.
    #[arg(long)]
    stops: bool,
}

/// Measures, and prints each figure beside its budget.
pub fn run(args: &BenchArgs) -> ExitCode {
    let timeline = Timeline::silent();
    let measured = Folder::open(None, None).and_then(|folder| {
        let result = measure(args, &folder, &timeline);
        folder.tidy();
        result
    });
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("stopped: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &BenchArgs, folder: &Folder, timeline: &Timeline) -> Result<(), DemoError> {
    say(&format!("{} build, 1280x800, shuoming boards at 9600 Bd", build()));
    if !args.stops {
        one_locker(args.scans, folder, timeline)?;
    }
    for (number, make) in (1..).zip([Make::Demo24, Make::Largest]) {
        stop::measure(&folder.round(number)?, timeline, make)?;
    }
    Ok(())
}

fn one_locker(scans: u32, folder: &Folder, timeline: &Timeline) -> Result<(), DemoError> {
    let mut stage = Stage::set(folder, timeline, ClosedIs::Eleven, Setting::default())?;
    tour::join_network(&mut stage)?;
    idle(&stage)?;
    touch(&mut stage)?;
    scan_to_door(&mut stage, scans)?;
    writes(&mut stage)?;
    start(&mut stage)?;
    memory(&stage, "with English alone")?;
    speak_every_language(&mut stage)?;
    memory(&stage, &format!("with all {} languages switched through", locker_ui::LANGUAGES.len()))
}

/// A recipient who scans the pass again and again within the reopen window: each scan opens the door again.
fn scan_to_door(stage: &mut Stage<'_>, scans: u32) -> Result<(), DemoError> {
    // Pictures of a thousand visits would fill the disk.
    stage.screen.put_camera_away();
    let label = stage.announce("Ana", "S")?;
    stage.courier_signs_in()?;
    let door = stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.collect_by_pass(&label)?;
    let pass = stage.people.item(&label)?.pass.clone().unwrap_or_default();
    let (locks, scanner) = (stage.world.frames(FRAMES_WAIT), stage.world.scanner.subscribe(FRAMES_WAIT));
    let (mut to_frame, mut to_open, mut to_done) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..scans {
        // The lock rests for 0.5 s after its pulse of 0.3 s: its cool-down is not what is measured.
        std::thread::sleep(Duration::from_secs(1));
        drain(&locks);
        drain(&scanner);
        stage.world.scanner.scan(&pass);
        // The last byte of the scan, and the last byte of the unlock frame.
        let scanned = next(&scanner, |event| event.kind == FrameKind::Scan)?;
        let frame = next(&locks, |event| event.kind == FrameKind::Unlock)?;
        to_frame.push(frame.at.saturating_duration_since(scanned.at));
        stage.screen.wait("the open door", |facts| facts.contains(&format!("Door {door} is open")))?;
        to_open.push(scanned.at.elapsed());
        let shut = Instant::now();
        stage.world.push_shut(door)?;
        stage.screen.wait("all done", |facts| facts.starts_with("All done"))?;
        to_done.push(shut.elapsed());
    }
    let wire = Duration::from_micros(5_208);
    say(&format!(
        "\nscan -> last byte of the unlock frame, {scans} scans (fsync and 5.2 ms of wire included)"
    ));
    figure("  p50", percentile(&to_frame, 50.0), "<= 10 ms");
    figure("  p99", percentile(&to_frame, 99.0), "");
    figure("  p99.9 (largest, below 1,000 scans)", percentile(&to_frame, 99.9), "<= 30 ms");
    figure(
        "  p50 without the frame's time on the wire",
        percentile(&to_frame, 50.0).saturating_sub(wire),
        "",
    );
    say("the machine's share of a courier's or recipient's time, a door");
    figure("  scan -> door open on the screen, p50", percentile(&to_open, 50.0), "<= 300 ms");
    figure("  scan -> door open on the screen, p99", percentile(&to_open, 99.0), "");
    figure("  door shut -> next screen, p50 (300 ms of it prove it shut)", percentile(&to_done, 50.0), "");
    let share = percentile(&to_open, 50.0) + percentile(&to_done, 50.0);
    figure("  both together, p50", share, "<= 1,000 ms");
    Ok(())
}

/// From a finger up to another screen, seen through the glass's socket: an upper bound of what a person waits.
fn touch(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    let mut times = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        stage.screen.press("Collect a parcel")?;
        stage.screen.wait("the keypad", |facts| facts.starts_with("Type your code"))?;
        times.push(began.elapsed());
        stage.screen.press("Go back")?;
        stage.wait_home()?;
    }
    say("\ntouch -> another screen, drawn, sent and saved as PNG by the demo (50 touches)");
    figure("  p50", percentile(&times, 50.0), "");
    figure("  p99", percentile(&times, 99.0), "<= 10 ms to the pixels alone");
    Ok(())
}

fn idle(stage: &Stage<'_>) -> Result<(), DemoError> {
    let pid = stage.kiosk.pid();
    let before = wake_ups(pid)?;
    std::thread::sleep(IDLE);
    let after = wake_ups(pid)?;
    say(&format!("\nidle wake-ups a second, by thread ({} s)", IDLE.as_secs()));
    let mut others = 0.0;
    for (name, count) in after {
        let earlier = before.iter().find(|(other, _)| *other == name).map_or(0, |(_, count)| *count);
        #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
        let rate = count.saturating_sub(earlier) as f64 / IDLE.as_secs_f64();
        if !name.starts_with("bus") && !name.starts_with("controller") {
            others += rate;
        }
        if rate > 0.05 {
            say(&format!("  {name:<18} {rate:6.1}"));
        }
    }
    say(&format!(
        "  outside board polling (bus, and the controller that hears it): {others:.1}   budget <= 1"
    ));
    Ok(())
}

fn writes(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    let pid = stage.kiosk.pid();
    let before = io(pid)?;
    for _ in 0..PARCELS {
        let label = stage.announce("Ben", "S")?;
        stage.courier_signs_in()?;
        stage.deposit(&label)?;
        stage.courier_leaves()?;
        stage.collect_by_pass(&label)?;
        stage.go_home()?;
    }
    let after = io(pid)?;
    let kib = |bytes: u64| bytes / u64::from(PARCELS) / 1024;
    say(&format!("\nwritten by the kiosk, announcement to collection, a parcel ({PARCELS} parcels)"));
    say(&format!(
        "  in write calls, sockets and ports and pictures for the glass included: {} KiB   budget (journal) <= 48 KiB",
        kib(after.0 - before.0)
    ));
    say(&format!("  at the device: {} KiB", kib(after.1 - before.1)));
    Ok(())
}

fn start(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    let mut times = Vec::new();
    for _ in 0..5 {
        stage.kiosk.kill()?;
        let began = Instant::now();
        stage.kiosk.start_again()?;
        stage.screen.find_again()?;
        stage.wait_kiosk_serves()?;
        times.push(began.elapsed());
    }
    say("\nstart -> first interactive screen, picture taken (5 starts after kill -9)");
    figure("  p50", percentile(&times, 50.0), "<= 100 ms (journal of 10^6: `--example journal_open`)");
    Ok(())
}

/// A person after another chooses each language and types nothing.
fn speak_every_language(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    for language in locker_ui::LANGUAGES {
        stage.screen.key("9")?;
        stage.screen.wait("the languages", |facts| facts.starts_with("Languages"))?;
        if !stage.screen.offers(language.name) {
            stage.screen.press("More")?;
            stage.screen.wait("more of them", |facts| facts.starts_with("Languages"))?;
        }
        stage.screen.press(language.name)?;
        stage.screen.wait("its own words", |facts| !facts.starts_with("Languages"))?;
        stage.screen.key("1")?;
        stage.screen.pixels()?;
        stage.screen.key("*")?;
        stage.wait_home()?;
    }
    Ok(())
}

fn memory(stage: &Stage<'_>, when: &str) -> Result<(), DemoError> {
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", stage.kiosk.pid()))
        .map_err(DemoError::io("reading the kiosk's memory"))?;
    let pss_kib = field(&rollup, "Pss:");
    say(&format!(
        "\nkiosk memory (PSS) {when}: {:.1} MiB   budget <= 25 MiB",
        f64::from(u32::try_from(pss_kib).unwrap_or(u32::MAX)) / 1024.0
    ));
    Ok(())
}

/// Voluntary context switches of each thread: each is a wait that ended.
fn wake_ups(pid: u32) -> Result<Vec<(String, u64)>, DemoError> {
    let tasks =
        fs::read_dir(format!("/proc/{pid}/task")).map_err(DemoError::io("reading the kiosk's threads"))?;
    let mut found = Vec::new();
    for task in tasks.flatten() {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let name = status.lines().next().and_then(|line| line.split_once('\t')).map_or("", |(_, name)| name);
        let name = format!("{name} {}", task.file_name().to_string_lossy());
        found.push((name, field(&status, "voluntary_ctxt_switches:")));
    }
    found.sort();
    Ok(found)
}

/// Bytes given to write calls, and bytes sent to the device.
fn io(pid: u32) -> Result<(u64, u64), DemoError> {
    let io = fs::read_to_string(format!("/proc/{pid}/io"))
        .map_err(DemoError::io("reading what the kiosk wrote"))?;
    Ok((field(&io, "wchar:"), field(&io, "write_bytes:")))
}

fn field(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn drain(events: &Receiver<WireEvent>) {
    while events.try_recv().is_ok() {}
}

fn next(events: &Receiver<WireEvent>, is: impl Fn(&WireEvent) -> bool) -> Result<WireEvent, DemoError> {
    loop {
        let event =
            events.recv_timeout(WIRE_WITHIN).map_err(|_| DemoError::Odd("a wire stays silent".to_owned()))?;
        if is(&event) {
            return Ok(event);
        }
    }
}

fn percentile(times: &[Duration], percent: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list of some hundreds"
    )]
    let place = ((sorted.len() as f64 * percent / 100.0).ceil() as usize).saturating_sub(1);
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn figure(name: &str, time: Duration, budget: &str) {
    let budget = if budget.is_empty() { String::new() } else { format!("   budget {budget}") };
    say(&format!("{name:<64} {:8.2} ms{budget}", time.as_secs_f64() * 1e3));
}

fn build() -> &'static str {
    if cfg!(debug_assertions) { "dev" } else { "release" }
}

#[allow(clippy::print_stdout, reason = "the answer to a command of a person")]
fn say(line: &str) {
    println!("{line}");
}
