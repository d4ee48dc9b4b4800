//! The real bus threads and codecs against emulated boards of every family, alone and together.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use locker_hw::NowMs;
use locker_hw::board::ItemState;
use locker_hw::bus::{DoorState, Lock, LockBus, Locks, Unlock, UnlockAnswer};
use locker_hw::emulate::{Cabinet, Direction, WireEvent};
use locker_hw::emulated::EmulatedCabinet;
use support::banks::{CU16, CU48, RELAYS, SHUOMING, WINNSEN, WKLY, at, profile};
use support::{PATIENCE, Recorder, Told, clock};

struct Site {
    locks: Locks,
    told: Recorder,
    now: NowMs,
    emulated: EmulatedCabinet,
    wire: std::sync::mpsc::Receiver<WireEvent>,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new(banks: &[(&str, u8, &str)]) -> Self {
        let profile = profile(banks);
        let folder = tempfile::tempdir().unwrap();
        let emulated = EmulatedCabinet::new(&profile, folder.path()).unwrap();
        let wire = emulated.subscribe(65_536);
        let ports: BTreeMap<String, PathBuf> =
            emulated.lines().map(|(port, line)| (port.to_owned(), line.path())).collect();
        let (told, now) = (Recorder::default(), clock());
        let locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
        Self { locks, told, now, emulated, wire, _folder: folder }
    }

    fn cabinet(&self, bank: u8) -> &Cabinet {
        &self.emulated.parts()[usize::from(bank)]
    }

    fn unlock(&mut self, attempt: u64, bank: u8, channel: u8) {
        let not_after_ms = (self.now)() + 15_000;
        self.locks.unlock(Unlock { attempt, lock: Lock { bank, channel }, not_after_ms }).unwrap();
    }

    fn door(&self, from: usize, bank: u8, channel: u8, state: DoorState) {
        self.told.wait(from, &format!("bank {bank} door {channel} {state:?}"), |told| match told {
            Told::Doors { bank: of, states, .. } if *of == bank && states.get(&channel) == Some(&state) => {
                Some(())
            }
            _ => None,
        });
    }

    /// Opens a door, sees it open, pushes it shut, sees it shut.
    fn serve(&mut self, attempt: u64, bank: u8, channel: u8) {
        self.door(0, bank, channel, DoorState::Closed);
        self.locks.watch(&[Lock { bank, channel }]);
        let from = self.told.count();
        self.unlock(attempt, bank, channel);
        assert_eq!(self.told.answer(attempt), UnlockAnswer::Sent, "bank {bank}");
        self.door(from, bank, channel, DoorState::Open);
        self.cabinet(bank).push_shut(channel).unwrap();
        let from = self.told.count();
        self.door(from, bank, channel, DoorState::Closed);
        assert_eq!(self.cabinet(bank).look(channel).unwrap().pulses, 1, "one attempt, one pulse");
    }

    fn losses(&self) -> usize {
        self.told.so_far().iter().filter(|told| matches!(told, Told::Lost { .. })).count()
    }
}

#[test]
fn a_door_of_every_family_opens_and_is_seen_open_and_shut() {
    for keys in [SHUOMING, CU16, CU48, WKLY, WINNSEN, RELAYS] {
        let mut site = Site::new(&[(&at("a", keys), 4, "door")]);
        site.serve(1, 0, 3);
        assert_eq!(site.losses(), 0, "{keys}");
    }
}

#[test]
fn boards_of_four_families_share_one_line() {
    let banks = [SHUOMING, WKLY, WINNSEN, RELAYS].map(|keys| at("a", keys));
    let mut site = Site::new(&banks.each_ref().map(|keys| (keys.as_str(), 4, "door")));
    for bank in 0..4 {
        site.serve(u64::from(bank) + 1, bank, 2);
    }
    assert_eq!(site.losses(), 0);
    for bank in 0..4 {
        assert_eq!(site.cabinet(bank).pulses().len(), 1, "no frame was taken for another board's");
    }
}

#[test]
fn two_lines_at_their_own_speeds_share_one_supply() {
    let banks = [at("fast", CU48), at("slow", WKLY)];
    let mut site = Site::new(&banks.each_ref().map(|keys| (keys.as_str(), 4, "door")));
    for attempt in 1..=6u8 {
        site.unlock(attempt.into(), attempt % 2, 1 + attempt / 2);
    }
    for attempt in 1..=6 {
        assert_eq!(site.told.answer(attempt), UnlockAnswer::Sent);
    }
    // The fast board does not answer: its last frame may still be on its way to it.
    for channel in 2..=4 {
        assert!(site.cabinet(0).wait_unlock_frames(channel, 1, PATIENCE));
    }
    let on = |bank| site.cabinet(bank).pulses().into_iter().map(|pulse| (pulse.from, pulse.until));
    let mut energised: Vec<(Instant, Instant)> = on(0).chain(on(1)).collect();
    energised.sort();
    assert_eq!(energised.len(), 6);
    assert!(energised.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{energised:?}");
}

#[test]
fn a_board_that_reports_a_door_by_itself_is_heard_between_polls_and_asked_at_once() {
    let banks = [at("a", WKLY), at("a", &WKLY.replace("address = 2", "address = 5"))];
    let site = Site::new(&banks.each_ref().map(|keys| (keys.as_str(), 4, "door")));
    for bank in 0..2 {
        site.door(0, bank, 3, DoorState::Closed);
    }
    // One report may come when the line is cleared for a question; of so many, not all do.
    let mut reports = 0;
    for round in 0..10 {
        let expected = if round % 2 == 0 { DoorState::Open } else { DoorState::Closed };
        let from = site.told.count();
        match expected {
            DoorState::Open => site.cabinet(1).force_open(3).unwrap(),
            _ => site.cabinet(1).push_shut(3).unwrap(),
        }
        // A poll tells of all doors of its bank, a report of one.
        site.told.wait(from, "its proof", |told| match told {
            Told::Doors { bank: 1, states, .. } => {
                (states.len() == 4 && states[&3] == expected).then_some(())
            }
            _ => None,
        });
        let is_report = |told: &Told| match told {
            Told::Doors { bank: 1, states, .. } => *states == BTreeMap::from([(3, expected)]),
            _ => false,
        };
        reports += usize::from(site.told.so_far().iter().skip(from).any(is_report));
    }
    assert!(reports > 0, "only polls told of the door");
    let reported_of_another = site.told.so_far().iter().any(|told| match told {
        Told::Doors { bank: 0, states, .. } => states.len() == 1 || states[&3] != DoorState::Closed,
        _ => false,
    });
    assert!(!reported_of_another, "a report is its own board's");
}

#[test]
fn relays_are_switched_off_before_anything_else_is_said_to_them() {
    let mut site = Site::new(&[(&at("a", RELAYS), 4, "door")]);
    site.serve(1, 0, 1);
    let first = site.wire.try_iter().find(|event| event.direction == Direction::ToPart).unwrap();
    assert_eq!(first.bytes[..6], [0x04, 0x05, 0x00, 0xFF, 0x00, 0x00], "{}", first.hex());
    assert_eq!(site.cabinet(0).pulses().len(), 1);
}

#[test]
fn what_lies_inside_is_told_where_the_board_sees_it() {
    let site = Site::new(&[(&at("a", CU16), 4, "item")]);
    let item = |from: usize, state: ItemState| {
        site.told.wait(from, &format!("{state:?}"), |told| match told {
            Told::Items { bank: 0, states, .. } => (states.get(&2) == Some(&state)).then_some(()),
            _ => None,
        });
    };
    item(0, ItemState::Absent);
    site.cabinet(0).force_open(2).unwrap();
    site.cabinet(0).put(2, "parcel").unwrap();
    let from = site.told.count();
    item(from, ItemState::Present);
    let doors = Site::new(&[(&at("a", CU16), 4, "door")]);
    doors.door(0, 0, 2, DoorState::Closed);
    assert!(!doors.told.so_far().iter().any(|told| matches!(told, Told::Items { .. })));
}

#[test]
fn a_door_beyond_the_boards_channels_is_never_anything_but_unknown() {
    let mut wide = profile(&[(&at("a", WKLY), 4, "door")]);
    // As if the profile were of a larger board than is there.
    wide.banks[0].channels = 64;
    wide.compartments[3].lock.channel = 60;
    let folder = tempfile::tempdir().unwrap();
    let emulated = EmulatedCabinet::new(&profile(&[(&at("a", WKLY), 4, "door")]), folder.path()).unwrap();
    let ports = emulated.lines().map(|(port, line)| (port.to_owned(), line.path())).collect();
    let told = Recorder::default();
    let _locks = Locks::start(&wide, &ports, clock(), told.clone()).unwrap();
    let states = told.wait(0, "a reading", |told| match told {
        Told::Doors { states, .. } => Some(states.clone()),
        _ => None,
    });
    assert_eq!((states[&3], states[&60]), (DoorState::Closed, DoorState::Unknown));
}
