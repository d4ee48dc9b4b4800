//! The screen: its test picture, on a screen without a display, and a technician's finger.

use std::process::Command;
use std::time::Duration;

use locker_hw::profile::DEMO_24;
use locker_ui::glass::Client;

use crate::bench::{Bench, Examined, Person};

const PATIENCE: Duration = Duration::from_secs(20);
/// The demo's display.
const TEN_INCHES: &str = "1280x800";

/// Looks at nothing but the screen, one of so many pixels.
fn of_the_screen(bench: &Bench, pixels: &str) -> Command {
    let mut doctor = crate::bench::doctor();
    doctor.arg("--profile").arg(bench.write("cabinet.toml", DEMO_24)).arg("--screen");
    doctor.arg("--glass").arg(bench.path("glass")).args(["--glass-pixels", pixels]);
    doctor
}

/// A technician who touches these marks, as soon as there are any.
fn touching(bench: &Bench, doctor: Command, person: &Person, marks: &[u8]) -> Examined {
    bench.run_and(doctor, person, |line, _| {
        if line.starts_with("Touch the nine marks") {
            let mut glass = Client::connect_within(&bench.path("glass"), PATIENCE).unwrap();
            for (before, mark) in marks.iter().enumerate() {
                glass.wait_until(PATIENCE, |seen| seen.spoken == format!("{before} / 9")).unwrap();
                glass.press_label(&mark.to_string()).unwrap();
            }
        }
    })
}

#[test]
fn a_screen_that_feels_every_mark_is_well_and_nothing_else_is_looked_at() {
    let bench = Bench::shuoming();
    let wire = bench.line.subscribe(64);
    let doctor = of_the_screen(&bench, TEN_INCHES);
    let examined = touching(&bench, doctor, &Person::default(), &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(examined.faults(), [""; 0]);
    let screen = &examined.report()["screen"];
    assert_eq!(screen["pixels"], serde_json::json!([1280, 800]));
    assert_eq!(screen["touched"], serde_json::json!([1, 2, 3, 4, 5, 6, 7, 8, 9]));
    assert_eq!(screen["looks_well"], true);
    let told = "Screen: 1280 x 800 pixels on 217 mm, 9 of 9 marks feel a touch, seen whole";
    assert!(examined.said.contains(told), "{}", examined.said);
    assert_eq!(wire.try_iter().count(), 0, "not a byte to the boards");
    assert!(!examined.said.contains("Doors"), "{}", examined.said);
}

#[test]
fn a_dead_edge_of_the_touch_panel_is_named() {
    let bench = Bench::shuoming();
    let person = Person { gives_up_marks: true, ..Person::default() };
    let doctor = of_the_screen(&bench, "800x480");
    let examined = touching(&bench, doctor, &person, &[2, 3, 5, 6, 8, 9]);
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["screen: felt no touch at the left edge (marks 1, 4, 7)"]);
    assert_eq!(examined.report()["screen"]["not_touched"], serde_json::json!([1, 4, 7]));
}

#[test]
fn a_panel_that_lies_the_wrong_way_round_is_told_by_the_order_with_what_turns_it_back() {
    let bench = Bench::shuoming();
    let doctor = of_the_screen(&bench, TEN_INCHES);
    let examined = touching(&bench, doctor, &Person::default(), &[3, 2, 1, 6, 5, 4, 9, 8, 7]);
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["screen: feels touches mirrored from left to right"]);
    assert!(examined.said.contains("LIBINPUT_CALIBRATION_MATRIX}=\"-1 0 1 0 1 0\""), "{}", examined.said);
}

#[test]
fn a_technician_who_walks_away_leaves_a_report_that_says_what_was_not_touched() {
    let bench = Bench { patience_s: 1, ..Bench::shuoming() };
    let doctor = of_the_screen(&bench, TEN_INCHES);
    let examined = touching(&bench, doctor, &Person::default(), &[]);
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["screen: felt no touch at all"]);
    assert!(!examined.said.contains("Was a thin white line"), "nobody is there to be asked");
}

#[test]
fn a_screen_that_is_passed_over_is_not_examined() {
    let bench = Bench::shuoming();
    let person = Person { gives_up_marks: true, ..Person::default() };
    let examined = touching(&bench, of_the_screen(&bench, TEN_INCHES), &person, &[]);
    assert_eq!(examined.code, 2, "{}", examined.said);
    assert!(examined.said.contains("the screen cannot be examined: it was passed over"), "{}", examined.said);
}

#[test]
fn a_picture_that_is_cut_off_is_told_by_the_technician() {
    let bench = Bench::shuoming();
    let person = Person { sees_it_cut_off: true, ..Person::default() };
    let doctor = of_the_screen(&bench, TEN_INCHES);
    let examined = touching(&bench, doctor, &person, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(examined.code, 1, "{}", examined.said);
    assert_eq!(examined.faults(), ["screen: does not show all of the picture, or not well"]);
}

#[test]
fn another_display_than_the_configuration_promises_is_worth_a_note() {
    let bench = Bench::shuoming();
    let configuration = bench.configuration(&bench.write("cabinet.toml", DEMO_24));
    let mut doctor = crate::bench::doctor();
    doctor.arg("--config").arg(configuration).arg("--screen");
    doctor.arg("--glass").arg(bench.path("glass")).args(["--glass-pixels", "1024x600"]);
    let examined = touching(&bench, doctor, &Person::default(), &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert!(
        examined.said.contains("screen: has 1024 x 600 pixels; the configuration says 1280 x 800"),
        "{}",
        examined.said
    );
}

#[test]
fn after_the_doors_the_screen_is_examined_too() {
    let bench = Bench::shuoming();
    let mut doctor = bench.doctor(DEMO_24);
    doctor.args(["--open", "--doors", "1", "--glass"]).arg(bench.path("glass"));
    let examined = touching(&bench, doctor, &Person::default(), &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(examined.code, 0, "{}", examined.said);
    assert_eq!(examined.report()["screen"]["not_touched"], serde_json::json!([]));
    assert_eq!(examined.door(1)["sensor_follows"], "door");
}

#[test]
fn without_a_display_an_examination_of_the_screen_is_none() {
    let bench = Bench::shuoming();
    let mut doctor = crate::bench::doctor();
    doctor.arg("--profile").arg(bench.write("cabinet.toml", DEMO_24)).arg("--screen");
    let examined = bench.run(doctor, &Person::default());
    assert_eq!(examined.code, 2, "{}", examined.said);
    assert!(
        examined.said.contains("the screen cannot be examined: no display could be opened"),
        "{}",
        examined.said
    );
    assert!(examined.report.is_none());
}
