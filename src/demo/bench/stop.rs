//! A courier's stop of forty parcels, played as fast as the locker lets: what is left of its time is the machine's.

use std::time::{Duration, Instant};

use locker_hw::emulate::{FrameKind, WireEvent};

use super::super::ClosedIs;
use super::super::error::DemoError;
use super::super::folder::Folder;
use super::super::make::Make;
use super::super::screen::door_that;
use super::super::stage::{Setting, Stage};
use super::super::timeline::Timeline;
use super::super::tour;
use super::{FRAMES_WAIT, drain, figure, next, percentile, say};

/// Parcels in the van.
const PARCELS: usize = 40;
/// Their sizes, again and again.
const SIZES: [&str; 5] = ["S", "M", "S", "L", "S"];
/// After so many deposits a recipient comes in between.
const INTERRUPTED_AFTER: usize = 10;

/// What was measured at each parcel.
#[derive(Default)]
struct Times {
    to_open: Vec<Duration>,
    to_stored: Vec<Duration>,
    left_over: u32,
}

/// Plays the stop at this cabinet, and prints what it took.
///
/// # Errors
/// Something does not happen as it should.
pub fn measure(folder: &Folder, timeline: &Timeline, make: Make) -> Result<(), DemoError> {
    let mut stage = Stage::set(folder, timeline, ClosedIs::Eleven, Setting { make, ..Setting::default() })?;
    tour::join_network(&mut stage)?;
    // Pictures of every door would fill the disk.
    stage.screen.put_camera_away();
    let mut van = Vec::new();
    for (number, size) in (1..=PARCELS).zip(SIZES.into_iter().cycle()) {
        van.push(stage.announce_unheard(&format!("Recipient {number}"), size)?);
    }
    for label in &van {
        stage.wait_known_there(label)?;
    }
    stage.courier_signs_in()?;
    let scans = stage.world.scanner.subscribe(FRAMES_WAIT);
    let mut times = Times::default();
    let mut interruption = None;
    for label in &van {
        drain(&scans);
        stage.world.scanner.scan(label);
        let scanned = next(&scans, is_scan)?.at;
        let facts = stage.screen.wait("a door, or word that there is none", |facts| {
            door_that(facts, "is open").is_some() || facts.contains(&stays(times.left_over + 1))
        })?;
        let Some(door) = door_that(&facts, "is open") else {
            times.left_over += 1;
            continue;
        };
        times.to_open.push(scanned.elapsed());
        stage.puts_in(door, label)?;
        let shut = Instant::now();
        stage.world.push_shut(door)?;
        stage.wait_stored(door)?;
        times.to_stored.push(shut.elapsed());
        if times.to_stored.len() == INTERRUPTED_AFTER {
            interruption = Some(interrupted(&mut stage, &van[0])?);
        }
    }
    stage.courier_leaves()?;
    print(stage.world.doors().count(), &times, interruption);
    Ok(())
}

/// A recipient collects in the middle of it, and the courier's badge goes on where the stop was: the machine's share of both.
fn interrupted(stage: &mut Stage<'_>, label: &str) -> Result<Duration, DemoError> {
    let scans = stage.world.scanner.subscribe(FRAMES_WAIT);
    let pass = stage.people.item(label)?.pass.clone().unwrap_or_default();
    stage.world.scanner.scan(&pass);
    let scanned = next(&scans, is_scan)?.at;
    let facts = stage.screen.wait("their door", |facts| door_that(facts, "is open").is_some())?;
    let mut machines = scanned.elapsed();
    let door =
        door_that(&facts, "is open").ok_or_else(|| DemoError::Odd("the screen names no door".to_owned()))?;
    stage.world.take(door, label)?;
    let shut = Instant::now();
    stage.world.push_shut(door)?;
    stage.screen.wait("all done", |facts| facts.starts_with("All done"))?;
    machines += shut.elapsed();
    let badge = stage.people.badge().unwrap_or_default();
    drain(&scans);
    stage.world.scanner.scan(&badge);
    let scanned = next(&scans, is_scan)?.at;
    stage.screen.wait("the courier's screen", |facts| facts.contains(" free: "))?;
    Ok(machines + scanned.elapsed())
}

/// How the screen counts what finds no door.
fn stays(left_over: u32) -> String {
    match left_over {
        1 => "1 parcel stays with you".to_owned(),
        several => format!("{several} parcels stay with you"),
    }
}

fn is_scan(event: &WireEvent) -> bool {
    event.kind == FrameKind::Scan
}

fn print(doors: usize, times: &Times, interruption: Option<Duration>) {
    let Times { to_open, to_stored, left_over } = times;
    let shares: Vec<Duration> = to_open.iter().zip(to_stored).map(|(open, stored)| *open + *stored).collect();
    say(&format!(
        "\na courier's stop at {doors} doors: {PARCELS} parcels, {} in, {left_over} left over",
        shares.len()
    ));
    figure("  scan -> door open on the screen, p50", percentile(to_open, 50.0), "<= 300 ms");
    figure("  scan -> door open on the screen, p99", percentile(to_open, 99.0), "");
    figure("  the machine's share of a parcel, p50", percentile(&shares, 50.0), "<= 1,000 ms");
    figure("  the machine's share of a parcel, p99", percentile(&shares, 99.0), "");
    if let Some(machines) = interruption {
        figure("  the machine's share of a recipient in between, and of going on", machines, "");
    }
}
