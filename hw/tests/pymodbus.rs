//! The Modbus driver and the real bus thread against a server that we did not write: pymodbus, on a pseudo-terminal.
//!
//! `LOCKER_PYMODBUS` names a Python that has it (`.ci/pymodbus.txt`); `.ci/run` sets it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use locker_hw::NowMs;
use locker_hw::bus::{DoorState, Lock, LockBus, Locks, Unlock, UnlockAnswer};
use locker_hw::profile::{self, Profile};
use support::{PATIENCE, Recorder, clock};

/// A board made of pymodbus, and the real drivers at the other end of its line.
struct Site {
    locks: Locks,
    told: Recorder,
    now: NowMs,
    attempts: u64,
    server: Child,
    keys: ChildStdin,
    said: Receiver<String>,
}

impl Site {
    /// `wiring` are the bank's keys that differ: address, channels and inputs.
    fn new([slave, relays, inputs]: [u8; 3], wiring: &str) -> Self {
        let python = std::env::var("LOCKER_PYMODBUS").expect("LOCKER_PYMODBUS names a Python with pymodbus");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pymodbus/server.py");
        let mut server = Command::new(python)
            .arg(script)
            .args([slave, relays, inputs].map(|number| number.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (keys, output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let path: PathBuf = said.recv_timeout(PATIENCE).expect("the server says its port").into();
        let (told, now) = (Recorder::default(), clock());
        let ports = BTreeMap::from([("locks".to_owned(), path)]);
        let mut locks = Locks::start(&profile_of(wiring), &ports, now.clone(), told.clone()).unwrap();
        locks.watch(&[Lock { bank: 0, channel: 1 }]);
        Self { locks, told, now, attempts: 0, server, keys, said }
    }

    fn unlock(&mut self, channel: u8) -> UnlockAnswer {
        self.attempts += 1;
        let not_after_ms = (self.now)() + 15_000;
        let lock = Lock { bank: 0, channel };
        self.locks.unlock(Unlock { attempt: self.attempts, lock, not_after_ms }).unwrap();
        self.told.answer(self.attempts)
    }

    fn types(&mut self, line: &str) {
        writeln!(self.keys, "{line}").unwrap();
    }

    #[track_caller]
    fn next_said(&self) -> String {
        self.said.recv_timeout(PATIENCE).expect("the server says something")
    }

    /// Doors 1 and 8 open by their relays and are seen open and shut, each at its own place.
    fn works(&mut self) {
        assert_eq!(self.next_said(), "coil 255 off", "all off before anything else");
        self.told.door(0, 1, DoorState::Closed);
        for channel in [1, 8] {
            assert_eq!(self.unlock(channel), UnlockAnswer::Sent);
            assert_eq!(self.next_said(), format!("pulse {channel} 300"));
            let from = self.told.count();
            self.told.door(from, channel, DoorState::Open);
            self.told.door(from, 4, DoorState::Closed);
            self.types(&format!("shut {channel}"));
            self.told.door(from, channel, DoorState::Closed);
        }
        self.types("open 5");
        let from = self.told.count();
        self.told.door(from, 5, DoorState::Open);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A cabinet of eight doors on one relay board.
fn profile_of(wiring: &str) -> Profile {
    let compartment = |number| {
        format!(
            "[[compartment]]\nnumber = {number}\nsize = \"M\"\nbank = \"relays\"\nchannel = {number}\n\
             x_mm = 10\ny_mm = {}\nw_mm = 380\nh_mm = 140\ndepth_mm = 500\nevidence = \"door\"\n",
            100 + 150 * number
        )
    };
    let text = format!(
        "[cabinet]\nname = \"Relays\"\nheight_mm = 2000\ncolumn_widths_mm = [400, 400]\n\
         [screen]\nx_mm = 500\ny_mm = 1100\nw_mm = 217\nh_mm = 136\n\
         [[bank]]\nid = \"relays\"\nfamily = \"modbus-relay\"\nport = \"locks\"\nclosed_is = \"1\"\n\
         pulse_ms = 300\ncooldown_ms = 0\nsupply = \"12V\"\n{wiring}\n{}",
        (1..=8).map(compartment).collect::<String>()
    );
    profile::parse(&text, "relays.toml").unwrap()
}

#[test]
#[ignore = "needs LOCKER_PYMODBUS, a Python with pymodbus"]
fn relays_pulse_and_doors_are_seen_at_discrete_inputs() {
    Site::new([1, 8, 8], "address = 1\nchannels = 8").works();
}

#[test]
#[ignore = "needs LOCKER_PYMODBUS, a Python with pymodbus"]
fn relays_pulse_and_doors_are_seen_at_holding_registers() {
    Site::new([17, 8, 8], "address = 17\nchannels = 8\ninputs = \"fc03-0081\"").works();
}

#[test]
#[ignore = "needs LOCKER_PYMODBUS, a Python with pymodbus"]
fn an_exception_is_a_refusal_and_the_next_unlock_is_obeyed() {
    let mut site = Site::new([1, 4, 8], "address = 1\nchannels = 8");
    assert_eq!(site.next_said(), "coil 255 off");
    site.told.door(0, 1, DoorState::Closed);
    assert_eq!(site.unlock(5), UnlockAnswer::Refused, "the board has four relays");
    assert_eq!(site.unlock(4), UnlockAnswer::Sent);
    assert_eq!(site.next_said(), "pulse 4 300");
}

#[test]
#[ignore = "needs LOCKER_PYMODBUS, a Python with pymodbus"]
fn inputs_that_the_board_does_not_have_are_no_closed_doors() {
    let site = Site::new([1, 16, 16], "address = 1\nchannels = 32");
    let why = site.told.lost(0, 0);
    assert!(!why.is_empty());
    let readings = site.told.so_far();
    assert!(!readings.iter().any(|told| matches!(told, support::Told::Doors { .. })));
}
