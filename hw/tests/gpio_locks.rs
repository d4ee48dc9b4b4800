//! The real threads for GPIO locks above a chip in memory.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use locker_hw::bus::{DoorState, Lock, LockBus, Locks, NotSent, Unlock, UnlockAnswer};
use locker_hw::emulate::{Cabinet, Change, LockLine, MemoryChip, StatusOfClosed};
use locker_hw::profile::{self, Profile};
use locker_hw::{NowMs, gpio};
use support::{PATIENCE, Recorder, Told, clock};

/// Channel 1: output 17, input 5; channel 2: output 27, input 6. The switches pull to ground while a door is closed.
const WIRING: &str = "outputs = [17, 27]\ninputs = [5, 6]\nclosed_is = \"0\"\nenable = 22\n";
const ENABLE: u32 = 22;

/// The first two doors of the demo cabinet on GPIO lines, the others on its board.
fn profile(wiring: &str) -> Profile {
    let text = profile::DEMO_24;
    let at = text.find("[[compartment]]").unwrap();
    let bank =
        format!("[[bank]]\nid = \"pins\"\nfamily = \"gpio\"\nport = \"pins\"\nsupply = \"12V\"\n{wiring}\n");
    let text =
        format!("{}{bank}{}", &text[..at], text[at..].replacen("bank = \"main\"", "bank = \"pins\"", 2));
    profile::parse(&text, "pins.toml").unwrap()
}

struct Site {
    locks: Locks,
    told: Recorder,
    now: NowMs,
    chip: MemoryChip,
    cabinet: Cabinet,
    _board: LockLine,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self::with(WIRING, |chip| {
            chip.drive(5, false);
            chip.drive(6, false);
        })
    }

    fn with(wiring: &str, prepare: impl FnOnce(&MemoryChip)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks");
        let (chip, cabinet) = (MemoryChip::new(), Cabinet::new(24));
        let board = LockLine::shuoming(&path, cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
        prepare(&chip);
        let (told, now) = (Recorder::default(), clock());
        let ports = BTreeMap::from([("locks".to_owned(), path), ("pins".to_owned(), PathBuf::from("chip"))]);
        let opener = chip.opener();
        let locks =
            Locks::start_with_chips(&profile(wiring), &ports, opener, now.clone(), told.clone()).unwrap();
        Self { locks, told, now, chip, cabinet, _board: board, _folder: folder }
    }

    fn unlock(&mut self, attempt: u64, bank: u8, channel: u8) {
        let not_after_ms = (self.now)() + 15_000;
        self.locks.unlock(Unlock { attempt, lock: Lock { bank, channel }, not_after_ms }).unwrap();
    }

    fn pins_door(&self, from: usize, channel: u8, state: DoorState) {
        self.told.wait(from, &format!("door {channel} {state:?}"), |told| match told {
            Told::Doors { bank: 1, states, .. } if states.get(&channel) == Some(&state) => Some(()),
            _ => None,
        });
    }

    /// When this line was high, from its changes.
    fn pulses(&self, line: u32) -> Vec<(Change, Change)> {
        let of_line: Vec<Change> =
            self.chip.changes().into_iter().filter(|change| change.line == line).collect();
        assert!(of_line.iter().step_by(2).all(|change| change.high), "{of_line:?}");
        of_line.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    }
}

#[test]
fn a_door_on_gpio_lines_opens_and_is_seen_open_and_closed() {
    let mut site = Site::new();
    site.pins_door(0, 2, DoorState::Closed);
    site.unlock(1, 1, 2);
    assert!(site.chip.wait(27, true, PATIENCE));
    let from = site.told.count();
    site.chip.drive(6, true);
    site.pins_door(from, 2, DoorState::Open);
    assert_eq!(site.told.answer(1), UnlockAnswer::Sent);
    let from = site.told.count();
    site.chip.drive(6, false);
    site.pins_door(from, 2, DoorState::Closed);
    assert!(site.chip.wait(27, false, PATIENCE) && site.chip.wait(ENABLE, false, PATIENCE));
    assert_eq!(site.pulses(27).len(), 1, "one attempt, one pulse");
    assert_eq!(site.pulses(17).len(), 0, "the other lock was left alone");
}

#[test]
fn the_supply_is_let_through_only_around_a_pulse_and_the_pulse_has_its_length() {
    let mut site = Site::new();
    site.unlock(1, 1, 1);
    assert!(site.chip.wait(17, true, PATIENCE));
    assert!(site.chip.wait(ENABLE, false, PATIENCE));
    let [(on, off)] = site.pulses(17)[..] else { panic!("{:?}", site.chip.changes()) };
    let [(enabled, disabled)] = site.pulses(ENABLE)[..] else { panic!("{:?}", site.chip.changes()) };
    assert!(enabled.at <= on.at && off.at <= disabled.at);
    assert!(off.at - on.at >= Duration::from_millis(300), "{:?}", off.at - on.at);
}

#[test]
fn outputs_are_off_from_the_start_also_where_low_is_on() {
    let low = WIRING.replace("enable", "active_low = true\nenable");
    let mut site = Site::with(&low, |chip| {
        chip.drive(5, false);
        chip.drive(6, false);
    });
    site.pins_door(0, 1, DoorState::Closed);
    assert!(site.chip.is_high(17) && site.chip.is_high(27) && !site.chip.is_high(ENABLE));
    site.unlock(1, 1, 1);
    assert!(site.chip.wait(17, false, PATIENCE));
    assert!(site.chip.wait(17, true, PATIENCE));
    assert!(site.chip.is_high(27));
}

#[test]
fn gpio_locks_and_boards_on_one_supply_are_never_energised_together() {
    let mut site = Site::new();
    for attempt in 1..=3 {
        site.unlock(attempt * 2, 1, 1 + u8::try_from(attempt % 2).unwrap());
        site.unlock(attempt * 2 + 1, 0, 2 + u8::try_from(attempt).unwrap());
    }
    for attempt in 2..=7 {
        assert_eq!(site.told.answer(attempt), UnlockAnswer::Sent);
    }
    assert!(site.chip.wait(ENABLE, false, PATIENCE));
    let mut energised: Vec<_> = site.cabinet.pulses().iter().map(|pulse| (pulse.from, pulse.until)).collect();
    energised.extend([17, 27].map(|line| site.pulses(line)).concat().iter().map(|(on, off)| (on.at, off.at)));
    energised.sort();
    assert_eq!(energised.len(), 6);
    for pair in energised.windows(2) {
        assert!(pair[0].1 <= pair[1].0, "{energised:?}");
    }
}

#[test]
fn a_thread_that_hangs_in_the_middle_of_a_pulse_leaves_no_lock_energised() {
    let mut site = Site::new();
    site.chip.hang_at_off(Some(17));
    site.unlock(1, 1, 1);
    assert!(site.chip.wait(17, true, PATIENCE));
    // Whoever pulses hangs for as long as this test wants.
    assert!(site.chip.wait(17, false, PATIENCE) && site.chip.wait(ENABLE, false, PATIENCE));
    assert_eq!(site.told.answer(1), UnlockAnswer::Sent);
    let [(on, off)] = site.pulses(17)[..] else { panic!("{:?}", site.chip.changes()) };
    assert!(off.at - on.at < Duration::from_secs(2), "{:?}", off.at - on.at);
    // Meanwhile doors are read, and nothing else is pulsed.
    let from = site.told.count();
    site.unlock(2, 1, 2);
    site.chip.drive(6, true);
    site.pins_door(from, 2, DoorState::Open);
    assert_eq!(site.pulses(27).len(), 0);
    site.chip.hang_at_off(None);
    assert_eq!(site.told.answer(2), UnlockAnswer::Sent);
}

#[test]
fn an_unlock_past_its_time_switches_nothing() {
    let mut site = Site::new();
    site.pins_door(0, 1, DoorState::Closed);
    let (lock, not_after_ms) = (Lock { bank: 1, channel: 1 }, 0);
    // The first reading took its time: the clock is past 0.
    while (site.now)() == 0 {}
    site.locks.unlock(Unlock { attempt: 1, lock, not_after_ms }).unwrap();
    assert_eq!(site.told.answer(1), UnlockAnswer::NotSent(NotSent::TooLate));
    site.unlock(2, 1, 2);
    assert_eq!(site.told.answer(2), UnlockAnswer::Sent);
    assert!(site.chip.changes().iter().all(|change| change.line != 17));
}

#[test]
fn a_door_that_opens_and_shuts_between_two_readings_was_open() {
    let site = Site::new();
    site.pins_door(0, 1, DoorState::Closed);
    let from = site.told.count();
    site.chip.drive(5, true);
    site.chip.drive(5, false);
    let states: Vec<DoorState> = {
        site.pins_door(from, 1, DoorState::Open);
        site.pins_door(from, 1, DoorState::Closed);
        let of_door = |told: &Told| match told {
            Told::Doors { bank: 1, states, .. } => states.get(&1).copied(),
            _ => None,
        };
        site.told.so_far().iter().skip(from).filter_map(of_door).collect()
    };
    let opened = states.iter().position(|state| *state == DoorState::Open).unwrap();
    assert!(states[opened..].contains(&DoorState::Closed), "{states:?}");
}

#[test]
fn a_missing_chip_is_told_with_what_to_do_and_used_when_it_appears() {
    let mut site = Site::with(WIRING, |chip| chip.unplug(true));
    let why = site.told.lost(0, 1);
    assert!(why.contains("GPIO chip chip cannot be opened") && why.contains("/dev/gpiochip"), "{why}");
    site.unlock(1, 1, 1);
    assert_eq!(site.told.answer(1), UnlockAnswer::NotSent(NotSent::PortUnavailable));
    site.unlock(2, 0, 3);
    assert_eq!(site.told.answer(2), UnlockAnswer::Sent, "the board's doors go on");
    let from = site.told.count();
    site.chip.drive(5, false);
    site.chip.unplug(false);
    site.told.back(from, 1);
    site.pins_door(from, 1, DoorState::Closed);
    site.unlock(3, 1, 1);
    assert_eq!(site.told.answer(3), UnlockAnswer::Sent);
    assert_eq!(site.pulses(17).len().max(1), 1, "the first attempt was not repeated");
}

#[test]
fn a_chip_that_fails_makes_its_doors_unknown_until_it_is_back() {
    let site = Site::new();
    site.pins_door(0, 1, DoorState::Closed);
    let from = site.told.count();
    site.chip.unplug(true);
    site.told.lost(from, 1);
    site.chip.unplug(false);
    site.told.back(from, 1);
    site.pins_door(from, 2, DoorState::Closed);
    let losses = site.told.so_far().iter().filter(|told| matches!(told, Told::Lost { bank: 1, .. })).count();
    assert_eq!(losses, 1);
}

#[test]
fn a_channel_without_a_switch_is_unknown() {
    let mut profile = profile(WIRING);
    profile.banks[1].gpio.as_mut().unwrap().inputs[1] = None;
    let (chip, told) = (MemoryChip::new(), Recorder::default());
    chip.drive(5, false);
    let folder = tempfile::tempdir().unwrap();
    let ports = BTreeMap::from([
        ("locks".to_owned(), folder.path().join("nothing")),
        ("pins".to_owned(), PathBuf::from("chip")),
    ]);
    let _locks = Locks::start_with_chips(&profile, &ports, chip.opener(), clock(), told.clone()).unwrap();
    told.wait(0, "both doors", |told| match told {
        Told::Doors { bank: 1, states, .. } => {
            Some((states[&1], states[&2])).filter(|states| *states == (DoorState::Closed, DoorState::Unknown))
        }
        _ => None,
    });
}

#[test]
fn whoever_stops_the_locks_waits_for_the_pulse_and_leaves_everything_off() {
    // The second attempt waits for as long as this test runs.
    let mut site = Site::with(&WIRING.replace("enable", "cooldown_ms = 60000\nenable"), |_| ());
    site.unlock(1, 1, 1);
    assert!(site.chip.wait(17, true, PATIENCE));
    site.locks
        .unlock(Unlock {
            attempt: 2,
            lock: Lock { bank: 1, channel: 1 },
            not_after_ms: (site.now)() + 60_000,
        })
        .unwrap();
    let Site { locks, told, chip, .. } = site;
    drop(locks);
    assert!(!chip.is_high(17) && !chip.is_high(27) && !chip.is_high(ENABLE));
    assert_eq!(told.answer(1), UnlockAnswer::Sent);
    assert_eq!(told.answer(2), UnlockAnswer::NotSent(NotSent::Stopped));
}

#[test]
fn a_real_chip_that_is_missing_is_told_too() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("gpiochip0");
    let ports = BTreeMap::from([
        ("locks".to_owned(), folder.path().join("nothing")),
        ("pins".to_owned(), nowhere.clone()),
    ]);
    let told = Recorder::default();
    let _locks = Locks::start(&profile(WIRING), &ports, clock(), told.clone()).unwrap();
    let why = told.lost(0, 1);
    assert!(why.contains(&nowhere.display().to_string()), "{why}");
    assert!(gpio::open(&nowhere).is_err());
}
