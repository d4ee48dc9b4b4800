//! What the doctor does not do: open doors of a locker in service, look where another speaks, go on when it is stopped.

use locker_crypto::SigningKey;
use locker_engine::journal::{Book, Journal, Opened};
use locker_hw::profile::DEMO_24;
use locker_protocol::event::Stamp;
use locker_protocol::{Entry, JournalId};
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{Bench, Person, doctor};

/// A journal's state of which nothing matters here.
#[derive(Default)]
struct Nothing;

impl Book for Nothing {
    fn apply(&mut self, _: &Entry) {}
    fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }
    fn from_bytes(_: &[u8]) -> Option<Self> {
        Some(Self)
    }
}

fn journal(bench: &Bench) -> Opened<Nothing> {
    let keys = SigningKey::from_seed(&[7; 32]).unwrap();
    let now = Stamp { mono_ms: 5_000, unix_s: 1_800_000_000, from_hub: true };
    let disk = std::sync::Arc::new(locker_engine::RealDisk);
    Journal::open(disk, &bench.path("state"), &keys, JournalId([1; 16]), now).unwrap()
}

#[test]
fn a_locker_in_service_is_looked_at_but_none_of_its_doors_is_opened() {
    let bench = Bench::shuoming();
    drop(journal(&bench));
    let configuration = bench.configuration(&bench.write("cabinet.toml", DEMO_24));
    let mut opening = doctor();
    opening.arg("--config").arg(&configuration).arg("--open");
    let examined = bench.run(opening, &Person::default());
    assert_eq!(examined.code, 2, "{}", examined.said);
    assert!(examined.said.contains("Sign in at the touchscreen"), "{}", examined.said);
    assert!(examined.report.is_none());

    let mut looking = doctor();
    looking.arg("--config").arg(&configuration);
    let examined = bench.run(looking, &Person::default());
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(bench.cabinet.pulses(), []);
}

#[test]
fn a_journal_that_cannot_be_read_counts_as_one() {
    let bench = Bench::shuoming();
    std::fs::create_dir_all(bench.path("state/1")).unwrap();
    std::fs::write(bench.path("state/1/journal.sqlite"), "no database").unwrap();
    let mut opening = doctor();
    opening.arg("--config").arg(bench.configuration(&bench.write("cabinet.toml", DEMO_24))).arg("--open");
    let examined = bench.run(opening, &Person::default());
    assert_eq!(examined.code, 2, "{}", examined.said);
    assert_eq!(bench.cabinet.pulses(), []);
}

#[test]
fn beside_a_running_kiosk_it_does_not_even_look() {
    let bench = Bench::shuoming();
    let running = journal(&bench);
    let wire = bench.line.subscribe(64);
    let mut looking = doctor();
    looking.arg("--config").arg(bench.configuration(&bench.write("cabinet.toml", DEMO_24)));
    let examined = bench.run(looking, &Person::default());
    assert_eq!(examined.code, 2, "{}", examined.said);
    assert!(examined.said.contains("locker kiosk is running"), "{}", examined.said);
    assert_eq!(wire.try_iter().count(), 0, "not a byte on its wire");
    drop(running);
}

#[test]
fn interrupted_it_pulses_nothing_more_and_says_that_it_is_no_whole_examination() {
    let bench = Bench::shuoming();
    let mut doctor = bench.doctor(DEMO_24);
    doctor.arg("--open");
    let examined = bench.run_and(doctor, &Person::default(), |line, process| {
        if line.starts_with("Pull door 2 ") {
            let pid = Pid::from_child(process);
            kill_process(pid, Signal::INT).unwrap();
        }
    });
    assert_eq!(examined.code, 2, "{}", examined.said);
    assert_eq!(examined.report()["stopped"], true);
    assert_eq!(examined.report()["healthy"], false);
    assert_eq!(bench.cabinet.pulses().len(), 2);
}

#[test]
fn every_fault_of_a_profile_is_told_and_nothing_is_tried_with_it() {
    let bench = Bench::shuoming();
    let profile =
        DEMO_24.replacen("address = 1", "address = 77", 1).replacen("channel = 2\n", "channel = 1\n", 1);
    let examined = bench.run(bench.doctor(&profile), &Person::default());
    assert_eq!(examined.code, 2, "{}", examined.said);
    for part in ["bank[1].address: 77", "compartment[2].channel: 1 is already used"] {
        assert!(examined.said.contains(part), "{}", examined.said);
    }
}
