//! The real threads of sensors, lights and buzzer, on a GPIO chip in memory and files as the kernel has them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use locker_hw::NowMs;
use locker_hw::emulate::MemoryChip;
use locker_hw::output::{Beeps, Signals};
use locker_hw::profile::{self, DEMO_24, Parts};
use locker_hw::sensor::{SensorSink, Sensors};

/// Only a hang takes this long; nothing is timed by it.
const PATIENCE: Duration = Duration::from_secs(20);
const MAINS_LOST: u32 = 6;
const WALL: u32 = 17;
const BUZZER: u32 = 20;
const LIGHT: u32 = 21;
const OTHER_LIGHT: u32 = 22;
const TICKER: u32 = 23;

const PARTS: &str = include_str!("support/parts.toml");

#[derive(Debug, PartialEq)]
enum Told {
    Power(bool, Option<u8>),
    Tampered(String),
    Temperature(Option<i16>),
}

struct Recorder(Mutex<Sender<Told>>);

impl Recorder {
    fn tell(&self, told: Told) {
        let _ = self.0.lock().unwrap().send(told);
    }
}

impl SensorSink for Recorder {
    fn power(&self, mains: bool, percent: Option<u8>) {
        self.tell(Told::Power(mains, percent));
    }

    fn tampered(&self, sensor: &str) {
        self.tell(Told::Tampered(sensor.to_owned()));
    }

    fn temperature(&self, sensor: &str, tenths_c: Option<i16>) {
        assert_eq!(sensor, "cold");
        self.tell(Told::Temperature(tenths_c));
    }
}

fn parts() -> Parts {
    profile::parse(&format!("{DEMO_24}{PARTS}"), "cabinet.toml").unwrap().parts
}

/// A site whose clock runs a thousand times as fast as time, so that seconds of patience are milliseconds.
struct Site {
    chip: MemoryChip,
    told: Receiver<Told>,
    folder: tempfile::TempDir,
    sensors: Option<Sensors>,
}

fn fast() -> NowMs {
    let (start, last) = (Instant::now(), AtomicU64::new(0));
    Arc::new(move || {
        let now_ms = u64::try_from(start.elapsed().as_micros()).unwrap();
        last.fetch_max(now_ms, Ordering::Relaxed).max(now_ms)
    })
}

impl Site {
    fn new() -> Self {
        let (chip, folder) = (MemoryChip::new(), tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("capacity"), "87\n").unwrap();
        std::fs::write(folder.path().join("temperature"), "4062\n").unwrap();
        let ports = ports(&folder);
        let (sender, told) = channel();
        let sink = Recorder(Mutex::new(sender));
        let sensors = Sensors::start(&parts(), &ports, chip.opener(), fast(), sink).unwrap();
        Self { chip, told, folder, sensors }
    }

    /// Waits until this is told, whatever comes before.
    #[track_caller]
    fn hears(&self, expected: &Told) {
        let until = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while let Ok(told) = self.told.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if told == *expected {
                return;
            }
            heard.push(told);
        }
        panic!("{expected:?} never came; told: {heard:?}");
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }
}

fn ports(folder: &tempfile::TempDir) -> BTreeMap<String, PathBuf> {
    let named = [("gpio", "chip"), ("battery", "capacity"), ("cold", "temperature")];
    named.map(|(role, file)| (role.to_owned(), folder.path().join(file))).into()
}

#[test]
fn the_mains_go_and_come_back_and_the_battery_is_measured_meanwhile() {
    let site = Site::new();
    site.hears(&Told::Power(true, Some(87)));
    site.chip.drive(MAINS_LOST, true);
    site.hears(&Told::Power(false, Some(87)));
    site.write("capacity", "19");
    site.hears(&Told::Power(false, Some(19)));
    // A gauge that says nothing sensible is not believed to say what it said before.
    site.write("capacity", "255");
    site.hears(&Told::Power(false, None));
    site.chip.drive(MAINS_LOST, false);
    site.hears(&Told::Power(true, None));
}

#[test]
fn three_blows_against_the_wall_are_an_alarm_and_a_sensor_that_sticks_is_none() {
    let site = Site::new();
    site.hears(&Told::Power(true, Some(87)));
    for _ in 0..2 {
        site.chip.drive(WALL, true);
        site.chip.drive(WALL, false);
    }
    // It sticks: the third blow is the last that is heard.
    site.chip.drive(WALL, true);
    site.hears(&Told::Tampered("back wall".to_owned()));
    // Many temperatures later it still sticks, and nothing more was told.
    for _ in 0..3 {
        match site.told.recv_timeout(PATIENCE).unwrap() {
            Told::Temperature(Some(40)) | Told::Power(..) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_temperature_is_read_again_and_again_and_a_disturbed_thermometer_says_nothing() {
    let site = Site::new();
    site.hears(&Told::Temperature(Some(40)));
    site.write("temperature", "85000");
    site.hears(&Told::Temperature(None));
    site.write("temperature", "-500");
    site.hears(&Told::Temperature(Some(-5)));
    std::fs::remove_file(site.folder.path().join("temperature")).unwrap();
    site.hears(&Told::Temperature(None));
}

#[test]
fn a_chip_that_was_unplugged_is_found_again_and_holds_up_no_other_sensor() {
    let site = Site::new();
    site.hears(&Told::Power(true, Some(87)));
    site.chip.unplug(true);
    site.write("temperature", "7000");
    site.hears(&Told::Temperature(Some(70)));
    // What went on meanwhile is a level that is read when it is back.
    site.chip.drive(MAINS_LOST, true);
    site.chip.unplug(false);
    site.hears(&Told::Power(false, Some(87)));
    assert!(site.sensors.as_ref().unwrap().heartbeat().turns() > 0);
}

#[test]
fn a_cabinet_without_sensors_lights_or_buzzer_needs_no_thread() {
    let chip = MemoryChip::new();
    let (none, ports) = (Parts::default(), BTreeMap::new());
    let (sender, _told) = channel();
    let sink = Recorder(Mutex::new(sender));
    assert!(Sensors::start(&none, &ports, chip.opener(), fast(), sink).unwrap().is_none());
    assert!(Signals::start(&none, &ports, chip.opener()).unwrap().is_none());
}

fn signals() -> (MemoryChip, Signals) {
    let (chip, folder) = (MemoryChip::new(), tempfile::tempdir().unwrap());
    let signals = Signals::start(&parts(), &ports(&folder), chip.opener()).unwrap().unwrap();
    // Off is high for a light that is on by a low line.
    assert!(chip.wait(OTHER_LIGHT, true, PATIENCE));
    (chip, signals)
}

#[test]
fn the_light_of_an_open_door_blinks_until_another_opens_and_no_other_light_does() {
    let (chip, signals) = signals();
    signals.lead([2], false);
    for high in [true, false, true] {
        assert!(chip.wait(LIGHT, high, PATIENCE), "{high}");
    }
    assert!(chip.is_high(OTHER_LIGHT));
    signals.lead([3], false);
    assert!(chip.wait(OTHER_LIGHT, false, PATIENCE));
    assert!(!chip.is_high(LIGHT));
    signals.lead([], false);
    assert!(chip.wait(OTHER_LIGHT, true, PATIENCE));
}

#[test]
fn a_door_that_stands_open_can_be_heard_by_its_tick_unless_it_is_to_be_quiet() {
    let (chip, signals) = signals();
    let ticks = || -> Vec<bool> {
        chip.changes().iter().filter(|change| change.line == TICKER).map(|change| change.high).collect()
    };
    let blinks = |levels: &[bool]| levels.iter().for_each(|high| assert!(chip.wait(LIGHT, *high, PATIENCE)));
    signals.lead([2], false);
    blinks(&[true, false, true, false]);
    let heard = ticks();
    assert!(heard.len() >= 4 && heard.chunks(2).all(|tick| tick == [true, false]), "{heard:?}");
    signals.lead([2], true);
    blinks(&[true]);
    let heard = ticks().len();
    blinks(&[false, true, false]);
    assert_eq!(ticks().len(), heard, "hushed, it blinks only");
}

#[test]
fn the_buzzer_beeps_as_often_as_asked_and_everything_is_off_at_the_end() {
    let (chip, signals) = signals();
    signals.beep(Beeps { count: 2, on_ms: 20, off_ms: 20 });
    let beeps = || chip.changes().iter().filter(|change| change.line == BUZZER).count();
    let until = Instant::now() + PATIENCE;
    while beeps() < 4 && Instant::now() < until {
        assert!(chip.wait(BUZZER, !chip.is_high(BUZZER), PATIENCE) || beeps() >= 4);
    }
    assert_eq!(beeps(), 4, "on, off, on, off");
    signals.lead([1], false);
    assert!(chip.wait(LIGHT, true, PATIENCE));
    signals.beep(Beeps { count: 20, on_ms: 500, off_ms: 0 });
    assert!(chip.wait(BUZZER, true, PATIENCE));
    let user = signals.clone();
    signals.end();
    assert!(!chip.is_high(LIGHT) && !chip.is_high(BUZZER) && chip.is_high(OTHER_LIGHT));
    user.lead([1], false);
    assert!(!chip.is_high(LIGHT), "after the end nothing is switched on");
}
