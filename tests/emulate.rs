//! `locker emulate` as a developer has it: the program in one hand, the real drivers at the other end of its port.
#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../hw/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use locker_hw::bus::{DoorState, Lock, LockBus, Locks, Unlock, UnlockAnswer};
use locker_hw::emulate::{BoardFamily, BoardPlan, StatusOfClosed};
use locker_hw::profile::{self, Profile};
use support::{PATIENCE, Recorder, Told, clock};

/// A running `locker emulate`.
struct Emulate {
    child: Child,
    keys: ChildStdin,
    lines: Receiver<String>,
}

impl Emulate {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_locker"))
            .arg("emulate")
            .args(args)
            .env("TMPDIR", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (keys, said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, keys, lines }
    }

    /// Reads on to the first line that fits.
    #[track_caller]
    fn says(&self, what: &str) -> String {
        let mut so_far = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if line.contains(what) {
                return line;
            }
            so_far.push(line);
        }
        panic!("it never said {what:?}:\n{}", so_far.join("\n"));
    }

    /// The ports that it writes for `locker.toml`.
    fn ports(&self, count: usize) -> BTreeMap<String, PathBuf> {
        self.says("[ports]");
        let port = |line: String| {
            let (role, path) = line.split_once(" = ").unwrap();
            (role.to_owned(), path.trim_matches('"').into())
        };
        (0..count).map(|_| port(self.says(" = "))).collect()
    }

    fn types(&mut self, line: &str) {
        writeln!(self.keys, "{line}").unwrap();
    }
}

impl Drop for Emulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A cabinet of one door, on channel 3 of a board as it is usually delivered.
fn profile_of(family: BoardFamily) -> Profile {
    let plan = BoardPlan::usual(family);
    let closed_is = if plan.closed == StatusOfClosed::Eleven { "1" } else { "0" };
    let item = if family == BoardFamily::KerongCu16 { "item_is = \"1\"\n" } else { "" };
    let text = format!(
        "[cabinet]\nname = \"One\"\nheight_mm = 2000\ncolumn_widths_mm = [400, 400]\n\
         [screen]\nx_mm = 500\ny_mm = 1100\nw_mm = 217\nh_mm = 136\n\
         [[bank]]\nid = \"only\"\nfamily = \"{family}\"\nport = \"locks\"\naddress = {}\nchannels = {}\n\
         closed_is = \"{closed_is}\"\npulse_ms = 300\ncooldown_ms = 0\nsupply = \"12V\"\n{item}\
         [[compartment]]\nnumber = 3\nsize = \"M\"\nbank = \"only\"\nchannel = 3\n\
         x_mm = 10\ny_mm = 900\nw_mm = 380\nh_mm = 140\ndepth_mm = 500\nevidence = \"door\"\n",
        plan.address, plan.channels
    );
    profile::parse(&text, "one.toml").unwrap_or_else(|faults| panic!("{family}: {faults:?}"))
}

#[test]
fn a_developer_steers_a_board_of_every_family_while_the_real_drivers_use_it() {
    for family in BoardFamily::ALL {
        let folder = tempfile::tempdir().unwrap();
        let mut emulate = Emulate::start(folder.path(), &[family.name()]);
        emulate.says(family.name());
        let ports = emulate.ports(1);
        let (told, now) = (Recorder::default(), clock());
        let mut locks = Locks::start(&profile_of(family), &ports, now.clone(), told.clone()).unwrap();
        locks.watch(&[Lock { bank: 0, channel: 3 }]);
        told.door(0, 3, DoorState::Closed);

        let unlock = Unlock { attempt: 1, lock: Lock { bank: 0, channel: 3 }, not_after_ms: now() + 15_000 };
        locks.unlock(unlock).unwrap();
        assert_eq!(told.answer(1), UnlockAnswer::Sent, "{family}");
        assert!(emulate.says("open door 3").starts_with('>'), "{family}: the frame, with what it means");
        told.door(0, 3, DoorState::Open);
        emulate.types("put 3 blue box");
        emulate.says("blue box is behind door 3");
        let from = told.count();
        emulate.types("shut 3");
        emulate.says("door 3 is shut");
        told.door(from, 3, DoorState::Closed);
        emulate.types("doors");
        assert!(emulate.says("door   3").contains("inside: blue box"), "{family}");

        let from = told.count();
        emulate.types("fault silent on");
        emulate.says("silent: the board has no power");
        told.lost(from, 0);
        let from = told.count();
        emulate.types("fault silent off board");
        emulate.types("fault silent off");
        told.back(from, 0);
        let from = told.count();
        emulate.types("open 3");
        told.door(from, 3, DoorState::Open);
        emulate.types("quit");
        assert!(emulate.child.wait().unwrap().success(), "{family}");
    }
}

#[test]
fn every_cabinet_that_we_describe_can_be_played_as_far_as_it_is_on_wires() {
    let cabinets = Path::new(env!("CARGO_MANIFEST_DIR")).join("hw/cabinets");
    let mut played = 0;
    for entry in std::fs::read_dir(cabinets).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let Ok(mut profile) = profile::parse(&text, "cabinet.toml") else { continue };
        let folder = tempfile::tempdir().unwrap();
        let mut emulate = Emulate::start(folder.path(), &["--profile", path.to_str().unwrap()]);
        let on_wires: Vec<bool> = profile.banks.iter().map(|bank| bank.baud > 0).collect();
        if !on_wires.contains(&true) {
            assert!(!emulate.child.wait().unwrap().success(), "{}", path.display());
            continue;
        }
        let roles: std::collections::BTreeSet<_> =
            profile.banks.iter().filter(|bank| bank.baud > 0).map(|bank| bank.port.clone()).collect();
        let ports = emulate.ports(roles.len());
        assert_eq!(ports.keys().cloned().collect::<std::collections::BTreeSet<_>>(), roles);
        // The drivers of the wires alone: banks on other lines go, and whoever comes after them has another number.
        let number = |bank: u8| on_wires.iter().take(usize::from(bank)).filter(|on| **on).count();
        profile.compartments.retain(|known| on_wires[usize::from(known.lock.bank)]);
        for known in &mut profile.compartments {
            known.lock.bank = u8::try_from(number(known.lock.bank)).unwrap();
        }
        profile.banks.retain(|bank| bank.baud > 0);
        let (told, now) = (Recorder::default(), clock());
        let _locks = Locks::start(&profile, &ports, now, told.clone()).unwrap();
        for (bank, index) in profile.banks.iter().zip(0u8..) {
            told.wait(0, &format!("a reading of {} of {}", bank.id, path.display()), |told| match told {
                Told::Doors { bank, states, .. } if *bank == index => {
                    states.values().all(|state| *state == DoorState::Closed).then_some(())
                }
                _ => None,
            });
        }
        played += 1;
        emulate.types("quit");
        assert!(emulate.child.wait().unwrap().success());
    }
    assert!(played >= 6, "only {played}");
}

#[test]
fn what_cannot_be_emulated_is_said_with_what_can() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_locker"))
            .arg("emulate")
            .args(args)
            .env("TMPDIR", folder.path())
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["relay"]).contains("modbus-relay"));
    assert!(refused(&["--profile", "/nowhere.toml"]).contains("/nowhere.toml cannot be read"));
    let wrong = folder.path().join("wrong.toml");
    std::fs::write(&wrong, "[cabinet]\nname = 3\n").unwrap();
    let said = refused(&["--profile", wrong.to_str().unwrap()]);
    assert!(said.contains("wrong.toml:2: cabinet.name"), "{said}");
}
