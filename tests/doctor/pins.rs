//! The same on a GPIO chip of the kernel, with a latch and a door at each pair of its lines: `hw/tests/gpio-sim/run` has such
//! chips, in a small virtual machine, and runs these tests there, each on one of its own (`LOCKER_GPIO_SIMS=DEVICE=FOLDER,..`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use locker_hw::emulate::Cabinet;
use locker_hw::profile;

use crate::bench::{Bench, PATIENCE_S, Person, Port};

/// How often the latches look at their lines: many times a pulse.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// A cabinet whose locks and switches hang on pins. On a simulated chip, a pull that the driver asks for is stronger than a
/// switch, as no resistor is: so these pulls are resistors on the cabinet's own circuit.
fn profile_text() -> String {
    let text = include_str!("../../hw/cabinets/counter-12-gpio.toml");
    text.replacen("closed_is = \"0\"\n", "closed_is = \"0\"\npull = \"none\"\n", 1)
}

/// The cabinet's wires, locks and switches: they only know levels.
struct Pins {
    chip: PathBuf,
    stop: Arc<AtomicBool>,
    happened: Arc<Mutex<Happened>>,
    thread: Option<JoinHandle<()>>,
}

/// What the locks were seen to do.
#[derive(Default)]
struct Happened {
    /// The channels whose locks got current, one after another.
    pulses: Vec<u8>,
    most_together: usize,
}

impl Port for Pins {
    const ROLE: &str = "pins";

    fn path(&self) -> PathBuf {
        self.chip.clone()
    }
}

/// A lock's line and the line of its door's switch, by channel from 1; and the line that lets the 12 V through.
struct Wires {
    lines: Vec<(u32, u32)>,
    enable: u32,
}

impl Pins {
    /// On the chip that is named at this place.
    fn wired(place: usize, wires: Wires, cabinet: Cabinet) -> Self {
        let chips = std::env::var("LOCKER_GPIO_SIMS").expect("LOCKER_GPIO_SIMS is to be set, see above");
        let (chip, simulated) = chips.split(',').nth(place).unwrap().split_once('=').unwrap();
        let (chip, simulated) = (PathBuf::from(chip), PathBuf::from(simulated));
        let (stop, happened) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Happened::default())));
        let (stopped, seen) = (stop.clone(), happened.clone());
        let mut switches = vec![None; wires.lines.len()];
        set_switches(&simulated, &wires, &cabinet, &mut switches);
        let thread = std::thread::spawn(move || {
            let mut energised = vec![false; wires.lines.len()];
            while !stopped.load(Ordering::Relaxed) {
                let supplied = is_high(&simulated, wires.enable);
                for (channel, (was_on, (output, _))) in (1..).zip(energised.iter_mut().zip(&wires.lines)) {
                    let is_on = supplied && is_high(&simulated, *output);
                    if is_on && !*was_on {
                        seen.lock().unwrap().pulses.push(channel);
                        if !cabinet.look(channel).unwrap().jammed {
                            cabinet.force_open(channel).unwrap();
                        }
                    }
                    *was_on = is_on;
                }
                let together = energised.iter().filter(|is_on| **is_on).count();
                let mut seen = seen.lock().unwrap();
                seen.most_together = seen.most_together.max(together);
                drop(seen);
                set_switches(&simulated, &wires, &cabinet, &mut switches);
                std::thread::sleep(LOOK_EVERY);
            }
        });
        Self { chip, stop, happened, thread: Some(thread) }
    }

    fn pulses(&self) -> Vec<u8> {
        self.happened.lock().unwrap().pulses.clone()
    }

    fn most_together(&self) -> usize {
        self.happened.lock().unwrap().most_together
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let joined = self.thread.take().map(JoinHandle::join);
        assert!(joined.is_none_or(|joined| joined.is_ok()) || std::thread::panicking());
    }
}

fn is_high(simulated: &Path, line: u32) -> bool {
    fs::read_to_string(simulated.join(format!("sim_gpio{line}/value"))).unwrap().trim() == "1"
}

/// A shut door closes its switch to ground.
fn set_switches(simulated: &Path, wires: &Wires, cabinet: &Cabinet, set: &mut [Option<bool>]) {
    for (channel, (set, (_, input))) in (1..).zip(set.iter_mut().zip(&wires.lines)) {
        let open = cabinet.is_open(channel);
        if *set != Some(open) {
            let pull = if open { "pull-up" } else { "pull-down" };
            fs::write(simulated.join(format!("sim_gpio{input}/pull")), pull).unwrap();
            *set = Some(open);
        }
    }
}

/// The cabinet of the profile, wired as it says but for what `rewire` does.
fn bench(chip: usize, rewire: impl FnOnce(&mut Wires)) -> Bench<Pins> {
    let profile = profile::parse(&profile_text(), "counter-12-gpio.toml").unwrap();
    let wiring = profile.banks[0].gpio.clone().unwrap();
    let inputs = wiring.inputs.iter().map(|line| line.unwrap());
    let lines = wiring.outputs.iter().copied().zip(inputs).collect();
    let mut wires = Wires { lines, enable: wiring.enable.unwrap() };
    rewire(&mut wires);
    let cabinet = Cabinet::new(profile.banks[0].channels);
    let line = Pins::wired(chip, wires, cabinet.clone());
    Bench { folder: tempfile::tempdir().unwrap(), cabinet, line, patience_s: PATIENCE_S }
}

#[test]
#[ignore = "needs simulated GPIO chips: hw/tests/gpio-sim/run"]
fn locks_and_switches_on_pins_are_proven() {
    let bench = bench(0, |_| {});
    let mut doctor = bench.doctor(&profile_text());
    doctor.args(["--open", "--doors", "1,7,12"]);
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(examined.faults(), [""; 0]);
    for number in [1, 7, 12] {
        let door = examined.door(number);
        assert_eq!(door["sensor_follows"], "door", "{door}");
        assert_eq!(door["pulses"], 1, "{door}");
    }
    let board = &examined.report()["boards"][0];
    assert_eq!((&board["family"], &board["address"]), (&"gpio".into(), &serde_json::Value::Null));
    assert_eq!(board["polarity_as_in_profile"], true);
    assert_eq!(bench.line.pulses(), [1, 7, 12], "each of the chosen doors once, no other");
    assert_eq!(bench.line.most_together(), 1);
}

#[test]
#[ignore = "needs simulated GPIO chips: hw/tests/gpio-sim/run"]
fn a_stuck_lock_on_pins_is_named() {
    let bench = bench(1, |_| {});
    bench.cabinet.jam(3, true).unwrap();
    let mut doctor = bench.doctor(&profile_text());
    doctor.args(["--open", "--doors", "3,4"]);
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(
        examined.faults(),
        ["door 3: does not open, twice pulsed: the lock is stuck, or gets no current"]
    );
    assert_eq!(bench.line.pulses(), [3, 3, 4]);
}

#[test]
#[ignore = "needs simulated GPIO chips: hw/tests/gpio-sim/run"]
fn crossed_switches_on_pins_are_brought_in_order_in_the_profile() {
    let bench = bench(2, |wires| {
        let (first, second) = (wires.lines[0].1, wires.lines[1].1);
        (wires.lines[0].1, wires.lines[1].1) = (second, first);
    });
    let mut doctor = bench.doctor(&profile_text());
    doctor.args(["--open", "--doors", "1,2", "--write-profile"]).arg(bench.path("found.toml"));
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(
        examined.faults(),
        [
            "board pins: its inputs are in another order than in the profile",
            "door 1: its pulse moved the sensor of door 2, not its own",
            "door 2: its pulse moved the sensor of door 1, not its own",
        ]
    );
    let found = fs::read_to_string(bench.path("found.toml")).unwrap();
    assert!(found.contains("inputs = [3, 2, 4, "), "{found}");
    bench.is_healthy_by_its_own_profile("1,2", &Person::default());
}
