//! Every family of lock boards over a real pseudo-terminal: the real drivers and bus thread at one end, an emulator that
//! knows nothing of them at the other, and every fault by its name between them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;

use locker_hw::NowMs;
use locker_hw::board::ItemState;
use locker_hw::bus::{DoorState, Lock, LockBus, Locks, Unlock, UnlockAnswer};
use locker_hw::emulate::{BoardFamily, BoardPlan, Cabinet, Fault, LockLine, StatusOfClosed, WireEvent};
use locker_hw::emulated::EmulatedCabinet;
use locker_hw::profile::{self, Profile};
use support::{PATIENCE, Recorder, Told, clock};

/// How often an unlock is tried whose answer was not heard.
const MOST_TRIES: usize = 3;

/// A cabinet of eight doors on the first channels of one board of a family, as it is usually delivered.
fn profile_of(family: BoardFamily) -> Profile {
    let plan = BoardPlan::usual(family);
    let closed_is = if plan.closed == StatusOfClosed::Eleven { "1" } else { "0" };
    let (more, evidence) = match family {
        BoardFamily::KerongCu16 => ("item_is = \"1\"\n", "item"),
        _ => ("", "door"),
    };
    let mut text = format!(
        "[cabinet]\nname = \"Eight\"\nheight_mm = 2000\ncolumn_widths_mm = [400, 400]\n\
         [screen]\nx_mm = 500\ny_mm = 1100\nw_mm = 217\nh_mm = 136\n\
         [[bank]]\nid = \"only\"\nfamily = \"{family}\"\nport = \"locks\"\naddress = {}\nchannels = {}\n\
         closed_is = \"{closed_is}\"\npulse_ms = 300\ncooldown_ms = 0\nsupply = \"12V\"\n{more}",
        plan.address, plan.channels
    );
    for number in 1..=8 {
        let y_mm = 100 + 150 * number;
        write!(
            text,
            "[[compartment]]\nnumber = {number}\nsize = \"M\"\nbank = \"only\"\nchannel = {number}\n\
             x_mm = 10\ny_mm = {y_mm}\nw_mm = 380\nh_mm = 140\ndepth_mm = 500\nevidence = \"{evidence}\"\n"
        )
        .unwrap();
    }
    profile::parse(&text, "eight.toml").unwrap_or_else(|faults| panic!("{family}: {faults:?}"))
}

/// Whether a board of this family says anything to an unlock that one may rely on.
fn answers_unlocks(family: BoardFamily) -> bool {
    !matches!(family, BoardFamily::KerongCu16 | BoardFamily::KerongCu48)
}

struct Site {
    family: BoardFamily,
    // In this order: the bus stops before its board is unplugged.
    locks: Locks,
    told: Recorder,
    now: NowMs,
    emulated: EmulatedCabinet,
    attempts: u64,
    folder: tempfile::TempDir,
}

impl Site {
    /// With these faults from the beginning.
    fn with(family: BoardFamily, faults: &[Fault]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile_of(family);
        let emulated = EmulatedCabinet::new(&profile, folder.path()).unwrap();
        for fault in faults {
            emulated.lines().for_each(|(_, line)| line.fault(*fault, true));
        }
        let (told, now) = (Recorder::default(), clock());
        let ports = BTreeMap::from([("locks".to_owned(), folder.path().join("locks"))]);
        let mut locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
        locks.watch(&[Lock { bank: 0, channel: 1 }]);
        Self { family, locks, told, now, emulated, attempts: 0, folder }
    }

    fn cabinet(&self) -> &Cabinet {
        &self.emulated.parts()[0]
    }

    fn line(&self) -> &LockLine {
        self.emulated.lines().next().unwrap().1
    }

    fn unlock(&mut self, channel: u8) -> UnlockAnswer {
        self.attempts += 1;
        let not_after_ms = (self.now)() + 15_000;
        let lock = Lock { bank: 0, channel };
        self.locks.unlock(Unlock { attempt: self.attempts, lock, not_after_ms }).unwrap();
        self.told.answer(self.attempts)
    }

    /// The same over a wire on which nothing is wrong. Where this computer is so busy that the emulator's word comes too late, the
    /// bus says that nobody knows, and people try again.
    #[track_caller]
    fn unlock_heard(&mut self, channel: u8) -> UnlockAnswer {
        let heard =
            (0..MOST_TRIES).map(|_| self.unlock(channel)).find(|answer| *answer != UnlockAnswer::Unclear);
        heard.unwrap_or_else(|| panic!("{}: {MOST_TRIES} answers in a row were not heard", self.family))
    }

    /// What an unlock is answered with when the board's word does not arrive.
    fn unheard(&self) -> UnlockAnswer {
        if answers_unlocks(self.family) { UnlockAnswer::Unclear } else { UnlockAnswer::Sent }
    }

    /// A door in a reading that is sampled from now on.
    #[track_caller]
    fn sees(&self, channel: u8, state: DoorState) {
        let from_ms = (self.now)();
        self.told.wait(0, &format!("{}: door {channel} {state:?}", self.family), |told| match told {
            Told::Doors { states, sampled_at_ms, .. } if *sampled_at_ms >= from_ms => {
                (states.get(&channel) == Some(&state)).then_some(())
            }
            _ => None,
        });
    }

    /// The fault ends, the bank is back, and doors are seen as they are.
    #[track_caller]
    fn recovers_from(&mut self, fault: Fault) {
        let from = self.told.count();
        self.line().fault(fault, false);
        self.told.back(from, 0);
        self.works(8);
    }

    /// Unlock, see it open, shut it, see it closed.
    #[track_caller]
    fn works(&mut self, channel: u8) {
        self.sees(channel, DoorState::Closed);
        assert_eq!(self.unlock_heard(channel), UnlockAnswer::Sent, "{}", self.family);
        self.sees(channel, DoorState::Open);
        self.cabinet().push_shut(channel).unwrap();
        self.sees(channel, DoorState::Closed);
    }

    fn readings(&self) -> usize {
        self.told.so_far().iter().filter(|told| matches!(told, Told::Doors { .. })).count()
    }
}

/// The board obeys, its words are not to be understood: nothing is read, the bank is lost, and comes back.
fn is_not_understood(fault: Fault) {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[fault]);
        site.told.lost(0, 0);
        let answer = site.unlock(3);
        assert_eq!(answer, site.unheard(), "{family}");
        assert!(site.cabinet().wait_open(3, PATIENCE), "{family}: the board obeyed all the same");
        assert_eq!(site.cabinet().look(3).unwrap().pulses, 1, "{family}: never repeated");
        assert_eq!(site.readings(), 0, "{family}: nothing was read from {fault}");
        site.recovers_from(fault);
    }
}

#[test]
fn a_door_opens_and_is_seen_open_and_shut_again() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[]);
        for channel in [1, 5, 8] {
            site.works(channel);
        }
        assert_eq!(site.cabinet().pulses().len() as u64, site.attempts, "{family}: one attempt, one pulse");
        assert_eq!(site.cabinet().supply().most_energised_together(), 1, "{family}");
    }
}

#[test]
fn what_lies_inside_is_seen_where_the_board_has_item_sensors() {
    let site = Site::with(BoardFamily::KerongCu16, &[]);
    let sees = |state| {
        let from = site.told.count();
        site.told.wait(from, "the item sensor", |told| match told {
            Told::Items { states, .. } if states.get(&2) == Some(&state) => Some(()),
            _ => None,
        });
    };
    sees(ItemState::Absent);
    site.cabinet().force_open(2).unwrap();
    site.cabinet().put(2, "parcel").unwrap();
    site.cabinet().push_shut(2).unwrap();
    sees(ItemState::Present);
}

#[test]
fn a_silent_board_moves_nothing_is_lost_and_comes_back() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[Fault::Silent]);
        site.told.lost(0, 0);
        let answer = site.unlock(3);
        assert_eq!(answer, site.unheard(), "{family}");
        assert_eq!(site.cabinet().pulses().len(), 0, "{family}");
        assert_eq!(site.readings(), 0, "{family}");
        site.recovers_from(Fault::Silent);
    }
}

#[test]
fn rubbish_is_never_a_reading() {
    is_not_understood(Fault::Rubbish);
}

#[test]
fn an_answer_with_a_wrong_checksum_is_never_a_reading() {
    is_not_understood(Fault::WrongChecksum);
}

#[test]
fn half_an_answer_is_never_a_reading() {
    is_not_understood(Fault::CutFrame);
}

#[test]
fn an_answer_that_lies_about_its_length_is_never_a_reading() {
    is_not_understood(Fault::LyingLength);
}

#[test]
fn an_adapter_that_echoes_changes_nothing() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[Fault::Echo]);
        site.works(1);
        site.works(2);
        assert!(!site.told.so_far().iter().any(|told| matches!(told, Told::Lost { .. })), "{family}");
    }
}

#[test]
fn a_motor_beside_the_wire_opens_and_closes_no_door() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[]);
        site.sees(6, DoorState::Closed);
        let wire = site.line().subscribe(1 << 12);
        site.line().fault(Fault::Interference, true);
        let is_struck = |event: &WireEvent| event.note.contains(Fault::Interference.name());
        let struck = |count: usize| {
            for _ in 0..count {
                while !is_struck(&wire.recv_timeout(PATIENCE).unwrap()) {}
            }
        };
        // Of these blows two are at a door's own bit, where frames carry no check.
        struck(3);
        let told = site.told.so_far();
        let open = told.iter().find(|told| {
            matches!(told, Told::Doors { states, .. } if states.values().any(|door| *door != DoorState::Closed))
        });
        assert_eq!(open, None, "{family}: all doors are shut");
        let from = site.told.count();
        site.cabinet().force_open(6).unwrap();
        site.sees(6, DoorState::Open);
        struck(5);
        let mut opened = false;
        for told in site.told.so_far().into_iter().skip(from) {
            let Told::Doors { states, .. } = told else { continue };
            opened |= states.get(&6) == Some(&DoorState::Open);
            let expected = |channel| if opened && channel == 6 { DoorState::Open } else { DoorState::Closed };
            for (channel, door) in states {
                assert_eq!(door, expected(channel), "{family}: door {channel}");
            }
        }
        site.line().fault(Fault::Interference, false);
        site.cabinet().push_shut(6).unwrap();
        site.works(7);
    }
}

#[test]
fn a_late_answer_never_says_that_an_open_door_is_closed() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[]);
        site.sees(6, DoorState::Closed);
        site.line().fault(Fault::Slow, true);
        let from = site.told.count();
        site.told.lost(from, 0);
        site.cabinet().force_open(6).unwrap();
        let opened_at_ms = (site.now)();
        site.line().fault(Fault::Slow, false);
        site.sees(6, DoorState::Open);
        for told in site.told.so_far() {
            if let Told::Doors { states, sampled_at_ms, .. } = told
                && sampled_at_ms > opened_at_ms
            {
                assert_ne!(states.get(&6), Some(&DoorState::Closed), "{family}: sampled after it opened");
            }
        }
        site.cabinet().push_shut(6).unwrap();
        site.works(7);
    }
}

#[test]
fn a_stuck_lock_is_energised_once_and_its_door_is_never_seen_open() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[Fault::StuckLock]);
        site.sees(4, DoorState::Closed);
        site.unlock_heard(4);
        let attempts = site.attempts;
        assert!(site.cabinet().wait_until(4, PATIENCE, |door| door.pulses == attempts), "{family}");
        site.sees(4, DoorState::Closed);
        let seen_open = site.told.so_far().into_iter().any(
            |told| matches!(told, Told::Doors { states, .. } if states.get(&4) == Some(&DoorState::Open)),
        );
        assert!(!seen_open, "{family}");
        site.line().fault(Fault::StuckLock, false);
        // The line takes that in with its next look at what is asked of it.
        assert!(site.cabinet().wait_until(4, PATIENCE, |door| !door.jammed), "{family}");
        site.works(4);
    }
}

#[test]
fn inverted_sensors_say_open_for_closed_and_the_profile_can_say_so() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[Fault::Inverted]);
        site.sees(2, DoorState::Open);
        site.unlock(2);
        assert!(site.cabinet().wait_open(2, PATIENCE), "{family}");
        site.sees(2, DoorState::Closed);
    }
}

#[test]
fn a_sensor_that_bounces_comes_to_rest_at_the_truth() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[Fault::DoorBounce]);
        site.sees(5, DoorState::Closed);
        // A board that waits for its sensor may call it a failure; the door is what counts.
        site.unlock_heard(5);
        assert!(site.cabinet().wait_open(5, PATIENCE), "{family}");
        let settled = |state| {
            let steady = (site.now)() + 400;
            site.told.wait(0, &format!("{family}: {state:?}"), |told| match told {
                Told::Doors { states, sampled_at_ms, .. } if *sampled_at_ms > steady => {
                    states.get(&5).map(|seen| assert_eq!(*seen, state, "{family}"))
                }
                _ => None,
            });
        };
        settled(DoorState::Open);
        site.cabinet().push_shut(5).unwrap();
        settled(DoorState::Closed);
    }
}

#[test]
fn a_port_that_vanishes_and_comes_back_under_another_name_is_found_again() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[]);
        site.works(1);
        let from = site.told.count();
        site.line().unplug();
        site.told.lost(from, 0);
        // As udev does: the adapter is another device, and the path by which it is known leads there.
        let elsewhere = site.folder.path().join("ttyUSB1");
        site.line().plug_in(&elsewhere);
        let from = site.told.count();
        std::os::unix::fs::symlink(&elsewhere, site.folder.path().join("locks")).unwrap();
        site.told.back(from, 0);
        site.works(1);
    }
}

#[test]
fn swapped_wiring_shows_at_the_neighbour() {
    for family in BoardFamily::ALL {
        let mut site = Site::with(family, &[Fault::SwappedWiring]);
        site.sees(1, DoorState::Closed);
        site.unlock(1);
        assert!(site.cabinet().wait_open(1, PATIENCE), "{family}");
        site.sees(2, DoorState::Open);
        site.sees(1, DoorState::Closed);
    }
}

#[test]
fn a_board_without_power_takes_no_other_board_of_its_line_with_it() {
    let text = format!(
        "[[bank]]\nid = \"{}\"\nfamily = \"winnsen\"\nport = \"locks\"\naddress = 7\nchannels = 16\n\
         closed_is = \"0\"\npulse_ms = 300\ncooldown_ms = 0\nsupply = \"12V\"\n",
        "other"
    );
    let demo = profile::DEMO_24;
    let (before, compartments) = demo.split_at(demo.find("[[compartment]]").unwrap());
    let compartments = compartments.replace(
        "number = 24\nsize = \"L\"\nbank = \"main\"\nchannel = 24",
        "number = 24\nsize = \"L\"\nbank = \"other\"\nchannel = 1",
    );
    let profile = profile::parse(&format!("{before}{text}{compartments}"), "two.toml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let emulated = EmulatedCabinet::new(&profile, folder.path()).unwrap();
    let (_, line) = emulated.lines().next().unwrap();
    line.fault_of(0, Fault::Silent, true);
    let (told, now) = (Recorder::default(), clock());
    let ports = BTreeMap::from([("locks".to_owned(), line.path())]);
    let mut locks = Locks::start(&profile, &ports, now.clone(), told.clone()).unwrap();
    told.lost(0, 0);
    let not_after_ms = now() + 15_000;
    locks.unlock(Unlock { attempt: 1, lock: Lock { bank: 1, channel: 1 }, not_after_ms }).unwrap();
    assert_eq!(told.answer(1), UnlockAnswer::Sent);
    assert!(emulated.parts()[1].is_open(1));
    assert!(!told.so_far().iter().any(|told| matches!(told, Told::Lost { bank: 1, .. })));
    let from = told.count();
    line.fault_of(0, Fault::Silent, false);
    told.back(from, 0);
}
