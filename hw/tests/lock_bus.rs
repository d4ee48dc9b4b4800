//! The real bus thread against an emulated board on a pseudo-terminal.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use locker_hw::bus::{DoorState, Lock, LockBus, Locks, NotSent, Unlock, UnlockAnswer};
use locker_hw::emulate::{Cabinet, Direction, Held, LockLine, StatusOfClosed};
use locker_hw::profile::Profile;
use support::{PATIENCE, Recorder, Site, Told, clock, demo_profile};

const BOTH: [StatusOfClosed; 2] = [StatusOfClosed::Eleven, StatusOfClosed::Zero];

#[test]
fn a_door_opens_and_is_seen_open_and_closed_with_either_polarity() {
    for closed in BOTH {
        let mut site = Site::new(closed);
        site.told.door(0, 7, DoorState::Closed);
        site.locks.watch(&[Lock { bank: 0, channel: 7 }]);
        let from = site.told.count();
        site.unlock(1, 7);
        assert_eq!(site.told.answer(1), UnlockAnswer::Sent);
        site.told.door(from, 7, DoorState::Open);
        site.cabinet.push_shut(7).unwrap();
        let from = site.told.count();
        site.told.door(from, 7, DoorState::Closed);
        assert_eq!(site.cabinet.pulses().len(), 1, "one attempt, one pulse");
    }
}

#[test]
fn each_door_is_read_at_its_own_place() {
    for closed in BOTH {
        let mut site = Site::new(closed);
        site.locks.watch(&[Lock { bank: 0, channel: 1 }]);
        for channel in [1, 8, 9, 16, 17, 24] {
            site.cabinet.force_open(channel).unwrap();
            let from = site.told.count();
            let states = site.told.wait(from, "a reading", |told| match told {
                Told::Doors { states, .. } if states.get(&channel) == Some(&DoorState::Open) => {
                    Some(states.clone())
                }
                _ => None,
            });
            let open: Vec<u8> =
                states.iter().filter(|(_, state)| **state == DoorState::Open).map(|(c, _)| *c).collect();
            assert_eq!(open, [channel]);
            site.cabinet.push_shut(channel).unwrap();
            let from = site.told.count();
            site.told.door(from, channel, DoorState::Closed);
        }
    }
}

#[test]
fn a_jammed_lock_is_refused_by_the_board() {
    for closed in BOTH {
        let mut site = Site::new(closed);
        site.cabinet.jam(3, true).unwrap();
        site.unlock(1, 3);
        assert_eq!(site.told.answer(1), UnlockAnswer::Refused);
        assert!(!site.cabinet.is_open(3));
    }
}

#[test]
fn an_adapter_that_echoes_is_no_board_that_answers() {
    for closed in BOTH {
        let mut site = Site::with(closed, true, |board| board.echo(true));
        site.told.door(0, 1, DoorState::Closed);
        // Channel 1: the acknowledgement of one polarity is byte for byte the request.
        site.unlock(1, 1);
        assert_eq!(site.told.answer(1), UnlockAnswer::Sent);
        let from = site.told.count();
        site.board().silent(true);
        site.unlock(2, 1);
        assert_eq!(site.told.answer(2), UnlockAnswer::Unclear, "only the echo came back");
        site.told.lost(from, 0);
        assert_eq!(site.cabinet.look(1).unwrap().pulses, 1);
    }
}

#[test]
fn echo_alone_is_never_a_reading_nor_an_acknowledgement() {
    for closed in BOTH {
        let mut site = Site::with(closed, true, |board| {
            board.echo(true);
            board.silent(true);
        });
        site.unlock(1, 1);
        assert_eq!(site.told.answer(1), UnlockAnswer::Unclear);
        site.told.lost(0, 0);
        assert!(!site.told.so_far().iter().any(|told| matches!(told, Told::Doors { .. })));
    }
}

#[test]
fn rubbish_is_no_answer_and_the_bank_returns_when_it_ends() {
    let mut site = Site::with(StatusOfClosed::Eleven, true, |board| board.rubbish(true));
    site.unlock(1, 5);
    assert_eq!(site.told.answer(1), UnlockAnswer::Unclear);
    assert!(site.cabinet.is_open(5), "the board obeyed all the same");
    site.told.lost(0, 0);
    assert!(
        !site.told.so_far().iter().any(|told| matches!(told, Told::Doors { .. })),
        "nothing was read from rubbish"
    );
    let from = site.told.count();
    site.board().rubbish(false);
    site.told.back(from, 0);
    site.told.door(from, 5, DoorState::Open);
}

#[test]
fn a_silent_board_is_lost_once_and_comes_back_with_a_reading_from_after_its_return() {
    let site = Site::new(StatusOfClosed::Eleven);
    site.told.door(0, 2, DoorState::Closed);
    site.board().silent(true);
    let from = site.told.count();
    site.told.lost(from, 0);
    site.cabinet.force_open(2).unwrap();
    let from = site.told.count();
    let back_at = (site.now)();
    site.board().silent(false);
    site.told.back(from, 0);
    let sampled_at = site.told.door(from, 2, DoorState::Open);
    assert!(sampled_at >= back_at);
    let losses = site.told.so_far().iter().filter(|told| matches!(told, Told::Lost { .. })).count();
    assert_eq!(losses, 1);
}

#[test]
fn a_missing_port_is_told_and_used_when_it_appears() {
    let mut site = Site::with(StatusOfClosed::Eleven, false, |_| ());
    assert!(site.told.lost(0, 0).contains("locks"), "the reason names the port");
    site.unlock(1, 4);
    assert_eq!(site.told.answer(1), UnlockAnswer::NotSent(NotSent::PortUnavailable));
    site.plug_in();
    site.told.back(0, 0);
    site.unlock(2, 4);
    assert_eq!(site.told.answer(2), UnlockAnswer::Sent);
    assert_eq!(site.cabinet.look(4).unwrap().pulses, 1, "the first attempt was not repeated");
}

#[test]
fn a_port_that_vanishes_and_returns_is_lost_and_back() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    site.told.door(0, 1, DoorState::Closed);
    let from = site.told.count();
    site.board = None;
    site.told.lost(from, 0);
    let turns = || site.locks.heartbeats()[0].1.turns();
    let before = turns();
    site.plug_in();
    site.told.back(from, 0);
    assert!(site.locks.heartbeats()[0].1.turns() > before, "the loop went on turning");
    site.unlock(1, 9);
    assert_eq!(site.told.answer(1), UnlockAnswer::Sent);
}

#[test]
fn late_answers_are_never_taken_for_fresh_ones() {
    let site = Site::new(StatusOfClosed::Eleven);
    site.told.door(0, 6, DoorState::Closed);
    // Later than the bus waits: every answer comes when another question may be on the wire.
    site.board().late(180);
    let from = site.told.count();
    site.told.lost(from, 0);
    site.cabinet.force_open(6).unwrap();
    let opened_at = (site.now)();
    site.board().late(0);
    site.told.door(from, 6, DoorState::Open);
    for told in site.told.so_far().iter().skip(from) {
        if let Told::Doors { states, sampled_at_ms, .. } = told {
            assert!(
                *sampled_at_ms < opened_at || states[&6] == DoorState::Open,
                "closed, sampled after it opened"
            );
        }
    }
}

#[test]
fn an_unlock_past_its_time_leaves_no_byte() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    site.told.door(0, 1, DoorState::Closed);
    let wire = site.board().subscribe(1024);
    // The first reading took longer than a millisecond on the wire.
    site.unlock_until(1, 7, 0);
    assert_eq!(site.told.answer(1), UnlockAnswer::NotSent(NotSent::TooLate));
    // One that is in time comes behind it on the wire.
    site.unlock(2, 8);
    assert_eq!(site.told.answer(2), UnlockAnswer::Sent);
    let opened: Vec<String> = wire
        .try_iter()
        .filter(|event| event.direction == Direction::ToPart && event.bytes[0] == 0x8A)
        .map(|e| e.hex())
        .collect();
    assert_eq!(opened, ["8A 01 08 11 92"]);
    assert_eq!(site.cabinet.look(7).unwrap().unlock_frames, 0);
}

#[test]
fn withheld_before_the_pulse_nothing_moved_and_the_answer_is_unclear() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    site.board().withhold_before_pulse();
    site.unlock(1, 7);
    assert!(site.cabinet.wait_unlock_frames(7, 1, PATIENCE));
    assert!(!site.cabinet.is_open(7));
    assert_eq!(site.told.answer(1), UnlockAnswer::Unclear);
    assert_eq!(site.cabinet.look(7).unwrap().unlock_frames, 1, "never repeated");
    let from = site.told.count();
    site.board().release(Held::GoesOn);
    assert!(site.cabinet.wait_open(7, PATIENCE));
    site.told.door(from, 7, DoorState::Open);
}

#[test]
fn withheld_after_the_pulse_the_door_is_open_and_the_answer_is_unclear() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    site.board().withhold_after_pulse();
    site.unlock(1, 7);
    assert!(site.cabinet.wait_unlock_frames(7, 1, PATIENCE));
    assert!(site.cabinet.is_open(7));
    assert_eq!(site.told.answer(1), UnlockAnswer::Unclear);
    site.told.lost(0, 0);
    let from = site.told.count();
    site.board().release(Held::Forgotten);
    site.told.back(from, 0);
    site.told.door(from, 7, DoorState::Open);
    assert_eq!(site.cabinet.look(7).unwrap().pulses, 1);
}

#[test]
fn one_lock_at_a_time_is_energised_whatever_is_asked_for() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    for channel in 1..=5 {
        site.unlock(channel.into(), channel);
    }
    for attempt in 1..=5 {
        assert_eq!(site.told.answer(attempt), UnlockAnswer::Sent);
    }
    let pulses = site.cabinet.pulses();
    assert_eq!(pulses.len(), 5);
    assert_eq!(site.cabinet.supply().most_energised_together(), 1);
}

#[test]
fn an_unlock_that_must_wait_too_long_for_its_lock_to_cool_down_is_not_sent() {
    let mut profile = demo_profile(StatusOfClosed::Eleven);
    profile.banks[0].cooldown_ms = 60_000;
    let mut site = Site::of(profile, StatusOfClosed::Eleven, true, |_| ());
    site.unlock(1, 1);
    assert_eq!(site.told.answer(1), UnlockAnswer::Sent);
    site.unlock_until(2, 1, (site.now)() + 500);
    assert_eq!(site.told.answer(2), UnlockAnswer::NotSent(NotSent::TooLate));
    assert_eq!(site.cabinet.look(1).unwrap().unlock_frames, 1);
    site.unlock(3, 2);
    assert_eq!(site.told.answer(3), UnlockAnswer::Sent, "another lock need not wait for it");
}

#[test]
fn a_lock_that_no_compartment_has_is_not_sent() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    let not_after_ms = (site.now)() + 15_000;
    for (attempt, bank, channel) in [(1, 0, 0), (2, 0, 25), (3, 7, 1)] {
        site.locks.unlock(Unlock { attempt, lock: Lock { bank, channel }, not_after_ms }).unwrap();
        assert_eq!(site.told.answer(attempt), UnlockAnswer::NotSent(NotSent::NoSuchLock));
    }
    assert_eq!(site.cabinet.pulses().len(), 0);
}

#[test]
fn reports_that_nobody_asked_for_do_not_spoil_a_reading() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    site.locks.watch(&[Lock { bank: 0, channel: 3 }]);
    site.told.door(0, 3, DoorState::Closed);
    for round in 0..20 {
        site.board().say_unasked(&[0x82, 0x01, 0x03, 0x11, 0x91]);
        site.board().say_unasked(&[0x81, 0x01, 0x03, 0x00, 0x83]);
        let from = site.told.count();
        site.told.door(from, 3, DoorState::Closed);
        assert!(!site.told.so_far().iter().any(|told| matches!(told, Told::Lost { .. })), "round {round}");
    }
}

#[test]
fn watched_doors_are_read_without_long_gaps_and_more_often_than_others() {
    let mut site = Site::new(StatusOfClosed::Eleven);
    site.told.door(0, 1, DoorState::Closed);
    site.locks.watch(&[Lock { bank: 0, channel: 1 }]);
    let from = site.told.count();
    let sampled: Vec<u64> = (0..10).map(|more| site.told.door(from + more, 1, DoorState::Closed)).collect();
    assert!(sampled.is_sorted());
    assert!(sampled[9] - sampled[0] < 9 * 500, "ten readings took {} ms", sampled[9] - sampled[0]);
}

/// Where the process to be killed finds its port; without it, the test that is that process does nothing.
const PORT_OF_THE_KILLED: &str = "LOCKER_HW_TEST_PORT";

#[test]
#[ignore = "the process that another test kills"]
fn unlock_door_7_until_killed() {
    let Ok(path) = std::env::var(PORT_OF_THE_KILLED) else { return };
    let now = clock();
    let ports = [("locks".to_owned(), path.into())].into();
    let profile = demo_profile(StatusOfClosed::Eleven);
    let mut locks = Locks::start(&profile, &ports, now.clone(), Recorder::default()).unwrap();
    locks
        .unlock(Unlock { attempt: 1, lock: Lock { bank: 0, channel: 7 }, not_after_ms: now() + 15_000 })
        .unwrap();
    std::thread::sleep(PATIENCE * 2);
}

#[test]
fn after_a_kill_between_frame_and_pulse_the_next_process_finds_the_port_usable() {
    for held in [Held::Forgotten, Held::GoesOn] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks");
        let cabinet = Cabinet::new(24);
        let board = LockLine::shuoming(&path, cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
        board.withhold_before_pulse();
        let mut killed = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "unlock_door_7_until_killed"])
            .env(PORT_OF_THE_KILLED, &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        assert!(cabinet.wait_unlock_frames(7, 1, PATIENCE));
        killed.kill().unwrap();
        killed.wait().unwrap();
        assert!(!cabinet.is_open(7), "killed before the pulse");
        board.release(held);

        let (told, now) = (Recorder::default(), clock());
        let ports = [("locks".to_owned(), path)].into();
        let profile = demo_profile(StatusOfClosed::Eleven);
        let mut locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
        let expected = if held == Held::GoesOn { DoorState::Open } else { DoorState::Closed };
        told.door(0, 7, expected);
        assert_eq!(cabinet.look(7).unwrap().unlock_frames, 1, "nothing is pulsed at the start");
        locks
            .unlock(Unlock { attempt: 2, lock: Lock { bank: 0, channel: 8 }, not_after_ms: now() + 15_000 })
            .unwrap();
        assert_eq!(told.answer(2), UnlockAnswer::Sent);
    }
}

#[test]
fn what_still_waits_when_the_bus_stops_is_answered() {
    let mut site = Site::with(StatusOfClosed::Eleven, true, |board| board.silent(true));
    for attempt in 1..=6 {
        site.unlock(attempt, u8::try_from(attempt).unwrap());
    }
    let Site { locks, told, .. } = site;
    drop(locks);
    let answered = told.so_far().iter().filter(|told| matches!(told, Told::Unlocked { .. })).count();
    assert_eq!(answered, 6, "every attempt is answered exactly once");
}

#[test]
fn a_full_mailbox_says_so_and_blocks_nobody() {
    let mut site = Site::with(StatusOfClosed::Eleven, false, |_| ());
    let not_after_ms = (site.now)() + 15_000;
    let mut taken = 0;
    let full = (1..=10_000).any(|attempt| {
        let result = site.locks.unlock(Unlock { attempt, lock: Lock { bank: 0, channel: 1 }, not_after_ms });
        taken += u64::from(result.is_ok());
        result.is_err()
    });
    assert!(full);
    let Site { locks, told, .. } = site;
    drop(locks);
    let answered = told.so_far().iter().filter(|told| matches!(told, Told::Unlocked { .. })).count();
    assert_eq!(answered as u64, taken);
}

#[test]
fn a_dead_board_takes_only_its_own_doors() {
    let text = locker_hw::profile::DEMO_24;
    let second = "[[bank]]\nid = \"dead\"\nfamily = \"shuoming\"\nport = \"locks\"\naddress = 2\nchannels = 24\nclosed_is = \"11\"\nsupply = \"12V\"\n\n";
    let at = text.find("[[compartment]]").unwrap();
    let text = format!("{}{second}{}", &text[..at], &text[at..])
        .replace("number = 24\nsize = \"L\"\nbank = \"main\"", "number = 24\nsize = \"L\"\nbank = \"dead\"");
    let profile = locker_hw::profile::parse(&text, "two.toml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locks");
    let board = LockLine::shuoming(&path, Cabinet::new(24), 1, StatusOfClosed::Eleven).unwrap();
    let (told, now) = (Recorder::default(), clock());
    let ports = [("locks".to_owned(), path)].into();
    let mut locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
    told.lost(0, 1);
    let not_after_ms = now() + 15_000;
    locks.unlock(Unlock { attempt: 1, lock: Lock { bank: 0, channel: 2 }, not_after_ms }).unwrap();
    assert_eq!(told.answer(1), UnlockAnswer::Sent);
    let from = told.count();
    told.door(from, 2, DoorState::Open);
    assert!(!told.so_far().iter().any(|told| matches!(told, Told::Lost { bank: 0, .. })));
    assert!(board.cabinets()[0].wait_open(2, Duration::ZERO));
}

/// The demo cabinet with a second bank of 24 channels, from compartment 13 on, and where that bank's wiring differs.
fn two_banks(second: &str) -> Profile {
    let text = locker_hw::profile::DEMO_24;
    let bank = format!(
        "[[bank]]\nid = \"second\"\nfamily = \"shuoming\"\nchannels = 24\nclosed_is = \"11\"\n{second}\n\n"
    );
    let at = text.find("[[compartment]]").unwrap();
    let (before, compartments) = text.split_at(at);
    let split = compartments.find("number = 13\n").unwrap();
    let (first, rest) = compartments.split_at(split);
    let rest = rest.replace("bank = \"main\"", "bank = \"second\"");
    locker_hw::profile::parse(&format!("{before}{bank}{first}{rest}"), "two.toml").unwrap()
}

#[test]
fn locks_on_two_ports_that_share_a_supply_are_never_energised_together() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    // Both boards move the locks of one cabinet, so that it sees them together.
    let cabinet = Cabinet::new(24);
    let boards = [&one, &other]
        .map(|path| LockLine::shuoming(path, cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap());
    let profile = two_banks("port = \"other\"\naddress = 1\nsupply = \"12V\"");
    let ports = [("locks".to_owned(), one), ("other".to_owned(), other)].into();
    let (told, now) = (Recorder::default(), clock());
    let mut locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
    let not_after_ms = now() + 15_000;
    for attempt in 1..=8u8 {
        let lock = Lock { bank: attempt % 2, channel: if attempt % 2 == 0 { attempt } else { attempt + 12 } };
        locks.unlock(Unlock { attempt: attempt.into(), lock, not_after_ms }).unwrap();
    }
    for attempt in 1..=8 {
        assert_eq!(told.answer(attempt), UnlockAnswer::Sent);
    }
    assert_eq!(cabinet.pulses().len(), 8);
    assert_eq!(cabinet.supply().most_energised_together(), 1);
    drop(boards);
}

#[test]
fn locks_on_two_supplies_need_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locks");
    let cabinet = Cabinet::new(24);
    let board = LockLine::shuoming(&path, cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    let mut profile = two_banks("port = \"other\"\naddress = 1\nsupply = \"another\"");
    // A supply that is taken for as long as this test runs.
    profile.banks[1].pulse_ms = 60_000;
    let ports = [("locks".to_owned(), path), ("other".to_owned(), folder.path().join("nothing"))].into();
    let (told, now) = (Recorder::default(), clock());
    let mut locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
    let not_after_ms = now() + 15_000;
    locks.unlock(Unlock { attempt: 1, lock: Lock { bank: 0, channel: 1 }, not_after_ms }).unwrap();
    assert_eq!(told.answer(1), UnlockAnswer::Sent);
    drop(board);
}

#[test]
fn an_adapter_that_comes_back_under_another_name_is_found_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, by_path] = ["ttyUSB0", "ttyUSB1", "by-path"].map(|name| folder.path().join(name));
    let cabinet = Cabinet::new(24);
    let board = LockLine::shuoming(&first, cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    std::os::unix::fs::symlink(&first, &by_path).unwrap();
    let (told, now) = (Recorder::default(), clock());
    let ports = [("locks".to_owned(), by_path.clone())].into();
    let mut locks =
        Locks::start(&demo_profile(StatusOfClosed::Eleven), &ports, now.clone(), told.clone()).unwrap();
    told.door(0, 1, DoorState::Closed);
    let from = told.count();
    drop(board);
    told.lost(from, 0);
    let _board = LockLine::shuoming(&second, cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    std::fs::remove_file(&by_path).unwrap();
    std::os::unix::fs::symlink(&second, &by_path).unwrap();
    told.back(from, 0);
    locks
        .unlock(Unlock { attempt: 1, lock: Lock { bank: 0, channel: 3 }, not_after_ms: now() + 15_000 })
        .unwrap();
    assert_eq!(told.answer(1), UnlockAnswer::Sent);
    assert!(cabinet.wait_open(3, PATIENCE));
}

#[test]
fn an_adapter_that_fell_silent_because_its_path_leads_elsewhere_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, by_path] = ["ttyUSB0", "ttyUSB1", "by-path"].map(|name| folder.path().join(name));
    let cabinet = Cabinet::new(24);
    let start = |path| LockLine::shuoming(path, cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    let (left, _found) = (start(&first), start(&second));
    std::os::unix::fs::symlink(&first, &by_path).unwrap();
    let (told, now) = (Recorder::default(), clock());
    let ports = [("locks".to_owned(), by_path.clone())].into();
    let _locks = Locks::start(&demo_profile(StatusOfClosed::Eleven), &ports, now, told.clone()).unwrap();
    told.door(0, 1, DoorState::Closed);
    std::fs::remove_file(&by_path).unwrap();
    std::os::unix::fs::symlink(&second, &by_path).unwrap();
    cabinet.force_open(5).unwrap();
    left.silent(true);
    let from = told.count();
    told.door(from, 5, DoorState::Open);
}
