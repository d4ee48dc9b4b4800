//! The real GPIO driver, threads and watchdog on a real GPIO chip of the kernel: its simulated one (`hw/tests/gpio-sim/run`, a
//! small virtual machine), or a Raspberry Pi whose lines 17 and 27 are joined by a wire:
//!
//! ```text
//! LOCKER_GPIO_CHIP=/dev/gpiochip0 LOCKER_GPIO_LINES=17,27 cargo test -p locker-hw --test gpio_chip -- --ignored
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use locker_hw::bus::{DoorState, Lock, LockBus, Locks, Unlock, UnlockAnswer};
use locker_hw::gpio::{self, Edge, GpioError, Output};
use locker_hw::profile::{self, Profile, Pull};
use support::{PATIENCE, Recorder, Told, clock};

/// The chip, and two of its lines: what is switched at the first is seen at the second.
struct Bench {
    chip: PathBuf,
    output: u32,
    input: u32,
    _wire: Option<Wire>,
}

/// The wire between both lines of a simulated chip: a thread that carries the level over.
struct Wire {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Wire {
    fn between(simulated: &Path, output: u32, input: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let value = simulated.join(format!("sim_gpio{output}/value"));
        let pull = simulated.join(format!("sim_gpio{input}/pull"));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let high = std::fs::read_to_string(&value).unwrap().trim() == "1";
                std::fs::write(&pull, if high { "pull-up" } else { "pull-down" }).unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let joined = self.thread.take().map(JoinHandle::join);
        assert!(joined.is_none_or(|joined| joined.is_ok()) || std::thread::panicking());
    }
}

fn bench() -> Bench {
    let of = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is to be set, see above"));
    let chip = PathBuf::from(of("LOCKER_GPIO_CHIP"));
    let lines: Vec<u32> = of("LOCKER_GPIO_LINES").split(',').map(|line| line.parse().unwrap()).collect();
    let [output, input] = lines[..] else { panic!("two lines") };
    let simulated = std::env::var("LOCKER_GPIO_SIM").ok();
    let wire = simulated.map(|simulated| Wire::between(Path::new(&simulated), output, input));
    Bench { chip, output, input, _wire: wire }
}

/// One door on the chip: its lock at the output, its switch at the input, high while the door is open.
fn profile(bench: &Bench) -> Profile {
    let text = profile::DEMO_24;
    let at = text.find("[[compartment]]").unwrap();
    let bank = format!(
        "[[bank]]\nid = \"pins\"\nfamily = \"gpio\"\nport = \"pins\"\nsupply = \"pins\"\noutputs = [{}]\ninputs = [{}]\nclosed_is = \"0\"\npull = \"down\"\npulse_ms = 200\n\n",
        bench.output, bench.input
    );
    let text =
        format!("{}{bank}{}", &text[..at], text[at..].replacen("bank = \"main\"", "bank = \"pins\"", 1));
    profile::parse(&text, "pins.toml").unwrap()
}

#[test]
#[ignore = "needs a GPIO chip: hw/tests/gpio-sim/run has a simulated one, a Raspberry Pi a real one"]
fn a_pulse_on_a_real_chip_is_seen_by_its_edges_and_ends() {
    let bench = bench();
    let folder = tempfile::tempdir().unwrap();
    let ports = BTreeMap::from([
        ("locks".to_owned(), folder.path().join("no board")),
        ("pins".to_owned(), bench.chip.clone()),
    ]);
    let (told, now) = (Recorder::default(), clock());
    let mut locks = Locks::start(&profile(&bench), &ports, now.clone(), told.clone()).unwrap();
    let door = |from: usize, state: DoorState| {
        told.wait(from, &format!("the door {state:?}"), |told| match told {
            Told::Doors { bank: 1, states, sampled_at_ms } if states.get(&1) == Some(&state) => {
                Some(*sampled_at_ms)
            }
            _ => None,
        })
    };
    door(0, DoorState::Closed);
    for attempt in 1..=3 {
        let from = told.count();
        let lock = Lock { bank: 1, channel: 1 };
        locks.unlock(Unlock { attempt, lock, not_after_ms: now() + 15_000 }).unwrap();
        assert_eq!(told.answer(attempt), UnlockAnswer::Sent);
        let on_ms = door(from, DoorState::Open);
        let from = told.count();
        let off_ms = door(from, DoorState::Closed);
        assert!(off_ms - on_ms < 2_000, "on at {on_ms} ms, off at {off_ms} ms");
    }
    let lost = told.so_far().iter().any(|told| matches!(told, Told::Lost { bank: 1, .. }));
    assert!(!lost, "the chip was there all the time");
}

#[test]
#[ignore = "needs a GPIO chip: hw/tests/gpio-sim/run has a simulated one, a Raspberry Pi a real one"]
fn lines_of_a_real_chip_are_off_when_taken_and_when_given_back_and_taken_once() {
    let bench = bench();
    let chip = gpio::open(&bench.chip).unwrap();
    let (tell, edges) = channel();
    let sink = Arc::new(move |edge| {
        // Nobody hears the last of them.
        let _ = tell.send(edge);
    });
    let inputs = chip.inputs(&[bench.input], Pull::Down, sink).unwrap();
    let high = || inputs.read().unwrap() == [(bench.input, true)];
    let until = |wanted: bool| {
        let began = Instant::now();
        while high() != wanted {
            assert!(began.elapsed() < PATIENCE, "the input never went {wanted}");
            std::thread::yield_now();
        }
    };
    let edge = || {
        let asked_at = Instant::now();
        let Edge { line, high, at } = edges.recv_timeout(PATIENCE).unwrap();
        assert!(at <= Instant::now() && asked_at.saturating_duration_since(at) < PATIENCE, "its own time");
        (line, high)
    };
    let asked = Output { line: bench.output, active_low: false };
    let outputs = chip.outputs(&[asked]).unwrap();
    assert!(matches!(chip.outputs(&[asked]), Err(GpioError::NoLines { .. })), "two would switch one lock");
    until(false);
    outputs.set(bench.output, true).unwrap();
    until(true);
    assert_eq!(edge(), (bench.input, true));
    drop(outputs);
    until(false);
    assert_eq!(edge(), (bench.input, false));
    let low_is_on = chip.outputs(&[Output { active_low: true, ..asked }]).unwrap();
    until(true);
    low_is_on.set(bench.output, true).unwrap();
    until(false);
    assert!(low_is_on.set(bench.input, true).is_err(), "not an output");
    assert!(chip.outputs(&[Output { line: 60_000, active_low: false }]).is_err(), "no such line");
}
