//! Cabinets that are well, and ports that are found.

use locker_hw::emulate::{BoardFamily, BoardPlan, Cabinet, ScannerModel, ScannerModule, StatusOfClosed};
use locker_hw::profile::DEMO_24;

use crate::bench::{Bench, Person, doctor};

#[test]
fn a_cabinet_that_is_well_passes_with_every_sensor_proven() {
    let bench = Bench::shuoming();
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1,9,24"]);
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(examined.faults(), [""; 0]);
    assert_eq!(examined.report()["healthy"], true);
    for number in [1, 9, 24] {
        let door = examined.door(number);
        assert_eq!(door["sensor_follows"], "door");
        assert_eq!(door["pulses"], 1);
        assert!(door["open_within_ms"].as_u64().is_some_and(|within_ms| within_ms < 2_500), "{door}");
    }
    assert_eq!(examined.report()["boards"][0]["polarity_as_in_profile"], true);
    assert_eq!(bench.cabinet.pulses().len(), 3, "each of the chosen doors once, no other");
    assert_eq!(bench.cabinet.supply().most_energised_together(), 1);
    // Nobody has a display here, and the cabinet is well all the same.
    assert!(
        examined.said.contains("Screen: not examined: no display could be opened: "),
        "{}",
        examined.said
    );
}

#[test]
fn without_open_it_looks_and_moves_nothing() {
    let bench = Bench::shuoming();
    bench.cabinet.force_open(7).unwrap();
    let examined = bench.run(bench.doctor(DEMO_24), &Person::default());
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(examined.door(7)["reading"], "OPEN");
    assert_eq!(examined.door(8)["reading"], "shut");
    assert_eq!(bench.cabinet.pulses(), []);
    assert!(examined.said.contains("13 of 24 doors within everyone's reach"), "{}", examined.said);
}

#[test]
fn a_door_that_stands_open_at_the_beginning_is_to_be_shut_first() {
    let bench = Bench::shuoming();
    bench.cabinet.force_open(2).unwrap();
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "2"]);
    let examined = bench.run(doctor, &Person::default());
    assert!(examined.said.contains("These doors stand open: 2."), "{}", examined.said);
    assert_eq!(examined.code, 0, "{}", examined.said);
}

#[test]
fn a_port_that_nobody_names_is_found_by_the_board_that_answers_there() {
    let bench = Bench::shuoming();
    // Another port, where nothing answers.
    let silent = BoardPlan { address: 1, ..BoardPlan::usual(BoardFamily::Shuoming) };
    let other = Bench::with(&silent);
    other.line.silent(true);
    std::os::unix::fs::symlink(other.line.path(), bench.path("ports/usb-1.1")).unwrap();
    let mut doctor = doctor();
    doctor.arg("--profile").arg(bench.write("cabinet.toml", DEMO_24));
    doctor.arg("--ports-in").arg(bench.path("ports"));
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 0, "{}", examined.said);
    let port = &examined.report()["ports"][0];
    assert_eq!(port["path"], bench.path("ports/usb-1.2").display().to_string());
    assert_eq!(port["found"], true);
}

#[test]
fn a_scanner_is_set_up_and_reads_what_is_held_before_it() {
    let bench = Bench::shuoming();
    let scanner = ScannerModule::start(ScannerModel::Gm65, &bench.path("scanner")).unwrap();
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1"]);
    doctor.arg("--scanner").arg(format!("gm65={}", scanner.path().display()));
    let examined = bench.run_and(doctor, &Person::default(), |line, _| {
        if line.starts_with("Hold any code") {
            scanner.scan("RB123456785GB");
        }
    });
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(examined.report()["scanner"]["scanned_characters"], 13);
    assert!(!examined.said.contains("RB123456785GB"), "what was scanned is nobody's business");
}

/// One door on a board of each family, at the rate and base address that it is delivered with.
#[test]
fn boards_of_every_family_are_examined() {
    std::thread::scope(|scope| {
        for family in BoardFamily::ALL {
            scope.spawn(move || is_examined(family));
        }
    });
}

fn is_examined(family: BoardFamily) {
    let plan = BoardPlan::usual(family);
    let closed_is = if plan.closed == StatusOfClosed::Eleven { "1" } else { "0" };
    let profile = DEMO_24
        .replacen("family = \"shuoming\"", &format!("family = \"{family}\""), 1)
        .replacen("address = 1", &format!("address = {}", plan.address), 1)
        .replacen("closed_is = \"11\"", &format!("closed_is = \"{closed_is}\""), 1);
    // The demo's first eight doors: every family has boards of so many.
    let ninth = profile.find("[[compartment]]\nnumber = 9\n").unwrap();
    let profile = profile[..ninth].replacen("channels = 24", &format!("channels = {}", plan.channels), 1);
    let bench = Bench::with(&plan);
    let mut doctor = bench.doctor(&profile);
    doctor.args(["--open", "--doors", "8"]);
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 0, "{family}: {}", examined.said);
    assert_eq!(examined.door(8)["sensor_follows"], "door", "{family}");
    assert_eq!(pulsed(&bench.cabinet), [8], "{family}");
}

fn pulsed(cabinet: &Cabinet) -> Vec<u8> {
    cabinet.pulses().iter().map(|pulse| pulse.channel).collect()
}
