//! Cabinets with something wrong: the doctor says what, and what to do.

use locker_hw::emulate::{BoardFamily, BoardPlan, Fault, StatusOfClosed};
use locker_hw::profile::DEMO_24;

use crate::bench::{Bench, Person, doctor};

#[test]
fn a_board_of_the_other_polarity_is_proven_and_turned_round_in_the_profile() {
    let bench =
        Bench::with(&BoardPlan { closed: StatusOfClosed::Zero, ..BoardPlan::usual(BoardFamily::Shuoming) });
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1,2", "--write-profile"]).arg(bench.path("found.toml"));
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    let faults = examined.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("board main: reads shut doors as open"), "{faults:?}");
    assert_eq!(examined.report()["boards"][0]["polarity_as_in_profile"], false);
    bench.is_healthy_by_its_own_profile("1,2", &Person::default());
}

#[test]
fn sensors_that_are_wired_crosswise_are_both_named() {
    let bench = Bench::shuoming();
    bench.line.fault(Fault::SwappedWiring, true);
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1,2,3"]);
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(
        examined.faults(),
        [
            "door 1: its pulse moved the sensor of door 2, not its own",
            "door 2: its pulse moved the sensor of door 1, not its own",
        ]
    );
    assert!(examined.said.contains("exchange the wires of the sensors"), "{}", examined.said);
}

#[test]
fn doors_whose_numbers_are_exchanged_are_told_by_the_technician_and_exchanged_in_the_profile() {
    let bench = Bench::shuoming();
    let person = Person { numbers: [(3, 4), (4, 3)].into(), ..Person::default() };
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "3,4", "--write-profile"]).arg(bench.path("found.toml"));
    let examined = bench.run(doctor, &person);
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["door 3: its pulse opens door 4", "door 4: its pulse opens door 3"]);
    bench.is_healthy_by_its_own_profile("3,4", &person);
}

#[test]
fn a_stuck_lock_is_told_from_a_door_without_a_sensor() {
    // Locks and sensors on the first eight channels; the sensor of the ninth, and of all beyond, is not there.
    let bench = Bench::with_doors(&BoardPlan::usual(BoardFamily::Shuoming), 8);
    bench.cabinet.jam(5, true).unwrap();
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "5,9"]);
    let examined = bench.run(doctor, &Person { believes_in: Some(9), ..Person::default() });
    assert_eq!(examined.code, 1, "{}", examined.said);
    let faults = examined.faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("door 5: does not open, twice pulsed: the lock is stuck"), "{faults:?}");
    assert!(faults[1].starts_with("door 9: opens, but no sensor sees it"), "{faults:?}");
    assert_eq!(bench.cabinet.look(5).unwrap().pulses, 2);
    assert_eq!(examined.door(9)["sensor_follows"], "nothing");
}

#[test]
fn a_sensor_that_springs_back_beside_an_open_door_proves_the_bolt_only() {
    let bench = Bench::shuoming();
    let person = Person { lets_go: true, ..Person::default() };
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "6", "--write-profile"]).arg(bench.path("found.toml"));
    let examined = bench.run(doctor, &person);
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults().len(), 1);
    assert!(examined.faults()[0].starts_with("door 6: its sensor follows the bolt"), "{}", examined.said);
    assert_eq!(bench.cabinet.look(6).unwrap().pulses, 2, "tried twice before it is believed");
    bench.is_healthy_by_its_own_profile("6", &person);
}

#[test]
fn sensors_that_chatter_while_a_door_moves_are_no_bolt_sensors() {
    let bench = Bench::shuoming();
    bench.line.fault(Fault::DoorBounce, true);
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "2"]);
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(examined.door(2)["sensor_follows"], "door");
}

/// A cabinet of ten doors on one board of a family that runs at two speeds, 19200 Bd as delivered.
fn left_of_the_pillar() -> String {
    let profile = include_str!("../../hw/cabinets/pillar-19-cu16.toml");
    let (second, doors) = (profile.rfind("[[bank]]").unwrap(), profile.find("[[compartment]]").unwrap());
    let eleventh = profile.find("[[compartment]]\nnumber = 11\n").unwrap();
    format!("{}{}", &profile[..second], &profile[doors..eleventh])
}

#[test]
fn item_sensors_are_tried_by_hand_and_turned_round_where_they_say_the_opposite() {
    let plan = BoardPlan { item_is_set: false, ..BoardPlan::usual(BoardFamily::KerongCu16) };
    let bench = Bench::with(&plan);
    let profile = left_of_the_pillar();
    let mut doctor = bench.doctor(&profile);
    doctor.args(["--open", "--doors", "3", "--write-profile"]).arg(bench.path("found.toml"));
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults().len(), 1);
    assert!(examined.faults()[0].starts_with("board left: its item sensors see an item where there is none"));
    assert_eq!(examined.door(3)["item_sensor"], "inverted");
    bench.is_healthy_by_its_own_profile("3", &Person::default());
}

#[test]
fn a_silent_board_is_named_with_what_to_look_at_and_its_doors_are_not_pulsed() {
    let bench = Bench::shuoming();
    bench.line.silent(true);
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1"]);
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    let faults = examined.faults();
    assert!(faults[0].starts_with("board main: does not answer on "), "{faults:?}");
    assert!(faults[1].starts_with("door 1: could not be tried"), "{faults:?}");
    assert!(examined.said.contains("exchange A and B"), "{}", examined.said);
    assert_eq!(examined.report()["boards"][0]["answers"], false);
    assert_eq!(bench.cabinet.pulses(), []);
}

#[test]
fn a_board_at_another_speed_is_found_on_an_unnamed_port_and_its_doors_are_examined() {
    let plan = BoardPlan::usual(BoardFamily::KerongCu16);
    let bench = Bench::at(&plan, plan.channels, 115_200);
    let mut doctor = doctor();
    doctor.arg("--profile").arg(bench.write("cabinet.toml", &left_of_the_pillar()));
    doctor.arg("--ports-in").arg(bench.path("ports"));
    doctor.args(["--open", "--doors", "3", "--write-profile"]).arg(bench.path("found.toml"));
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["board left: answers at 115200 Bd; the profile says 19200"]);
    assert_eq!(examined.door(3)["sensor_follows"], "door");
    let found = std::fs::read_to_string(bench.path("found.toml")).unwrap();
    assert!(found.contains("baud = 115200"), "{found}");
    bench.is_healthy_by_its_own_profile("3", &Person::default());
}

#[test]
fn a_board_at_another_address_is_found_there_and_its_doors_are_examined() {
    let bench = Bench::with(&BoardPlan { address: 5, ..BoardPlan::usual(BoardFamily::Shuoming) });
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1", "--write-profile"]).arg(bench.path("found.toml"));
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["board main: answers at address 5, not 1"]);
    assert_eq!(examined.door(1)["sensor_follows"], "door");
    bench.is_healthy_by_its_own_profile("1", &Person::default());
}

#[test]
fn a_board_whose_answers_make_no_sense_is_not_called_silent() {
    let bench = Bench::shuoming();
    bench.line.rubbish(true);
    let examined = bench.run(bench.doctor(DEMO_24), &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert!(examined.faults()[0].starts_with("board main: its answers make no sense"), "{}", examined.said);
}

#[test]
fn a_thermometer_that_says_nothing_sensible_is_named_and_one_that_is_too_warm_is_worth_knowing() {
    let bench = Bench::shuoming();
    // 85 degrees are what a DS18B20 says before it has measured.
    bench.write("loose", "85000\n");
    bench.write("warm", "21500\n");
    let thermometers = "[[temperature]]\nid = \"loose\"\nport = \"t1\"\ncompartments = [1]\nlow_c = 2.0\nhigh_c = 8.0\n\n\
         [[temperature]]\nid = \"warm\"\nport = \"t2\"\ncompartments = [2]\nlow_c = 2.0\nhigh_c = 8.0\n\n";
    let profile = DEMO_24.replacen("[[bank]]", &format!("{thermometers}[[bank]]"), 1);
    let mut doctor = bench.doctor(&profile);
    for (role, file) in [("t1", "loose"), ("t2", "warm")] {
        doctor.arg("--port").arg(format!("{role}={}", bench.path(file).display()));
    }
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["thermometer loose: says nothing sensible"]);
    assert!(examined.said.contains("thermometer warm: 21.5 °C is not within its range"), "{}", examined.said);
    assert_eq!(examined.report()["thermometers"][1]["tenths_c"], 215);
}

#[test]
fn a_board_that_goes_away_in_the_middle_is_named_and_its_other_doors_are_left_alone() {
    let bench = Bench::shuoming();
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1,2"]);
    let examined = bench.run_and(doctor, &Person::default(), |line, _| {
        if line.starts_with("Pull door 1 ") {
            bench.line.silent(true);
        }
    });
    assert_eq!(examined.code, 1, "{}", examined.said);
    let faults = examined.faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("door 2: could not be tried"), "{faults:?}");
    assert!(faults[1].starts_with("board main: answered, and then no longer"), "{faults:?}");
    assert_eq!(bench.cabinet.look(2).unwrap().pulses, 0);
}

#[test]
fn a_port_that_is_not_there_is_named() {
    let bench = Bench::shuoming();
    let mut doctor = doctor();
    doctor.arg("--profile").arg(bench.write("cabinet.toml", DEMO_24));
    doctor.arg("--port").arg(format!("locks={}", bench.path("nowhere").display()));
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert!(examined.faults()[0].starts_with("board main: cannot be reached"), "{}", examined.said);
}
