use locker_hw::profile::{DEMO_24, parse};

use super::*;

fn demo() -> Profile {
    parse(DEMO_24, "demo-24.toml").unwrap()
}

/// Every door of the demo's cabinet opened and shut, and its own sensor saw it.
fn well(profile: &Profile) -> Vec<Trial> {
    let trial = |door: &Compartment| Trial {
        number: door.number,
        lock: door.lock,
        skipped: None,
        before: DoorState::Closed,
        pulses: 1,
        needed: 1,
        answer: Some(UnlockAnswer::Sent),
        moved: vec![door.lock],
        seen_after_ms: Some(60),
        fell_back: 0,
        shut_seen: Some(true),
        item: None,
        said: None,
    };
    profile.compartments.iter().map(trial).collect()
}

fn faults(diagnosis: &Diagnosis) -> Vec<String> {
    let faults = diagnosis.findings.iter().filter(|finding| finding.severity == Severity::Fault);
    faults.map(|finding| format!("{}: {}", finding.part, finding.what)).collect()
}

#[test]
fn doors_that_open_and_shut_before_their_own_sensors_are_well() {
    let profile = demo();
    let diagnosis = of_doors(&profile, &well(&profile));
    assert_eq!(diagnosis.findings, []);
    assert!(diagnosis.corrections.is_empty());
    assert_eq!(diagnosis.polarity, [(0, false)].into());
    assert!(diagnosis.follows.values().all(|follows| *follows == Follows::Door));
}

#[test]
fn a_bank_that_reads_the_other_way_is_one_fault_and_one_odd_switch_another() {
    let profile = demo();
    let mut trials = well(&profile);
    trials.iter_mut().for_each(|trial| trial.before = DoorState::Open);
    assert_eq!(faults(&of_doors(&profile, &trials)).len(), 1);
    trials[6].before = DoorState::Closed;
    let diagnosis = of_doors(&profile, &trials);
    assert_eq!(diagnosis.corrections.inverted, [0].into());
    assert!(
        faults(&diagnosis).iter().any(|fault| fault.starts_with("door 7: its switch is of the other kind"))
    );
    assert_eq!(faults(&diagnosis).len(), 2);
}

#[test]
fn two_doors_whose_numbers_are_exchanged_are_exchanged_in_the_profile() {
    let profile = demo();
    let mut trials = well(&profile);
    trials[2].said = Some(Said::Other(4));
    trials[3].said = Some(Said::Other(3));
    let corrected = of_doors(&profile, &trials).corrections;
    assert_eq!(corrected.locks, [(3, trials[3].lock), (4, trials[2].lock)].into());
}

#[test]
fn numbers_that_do_not_come_out_even_change_nothing() {
    let profile = demo();
    for (first, second) in [(Some(Said::Other(4)), None), (Some(Said::Other(99)), Some(Said::Other(3)))] {
        let mut trials = well(&profile);
        trials[2].said = first;
        trials[3].said = second;
        let diagnosis = of_doors(&profile, &trials);
        assert!(diagnosis.corrections.locks.is_empty());
        assert!(faults(&diagnosis).iter().any(|fault| fault.starts_with("numbers:")), "{diagnosis:?}");
    }
}

#[test]
fn a_sensor_that_reads_shut_beside_an_open_door_proves_the_bolt_only() {
    let profile = demo();
    let mut trials = well(&profile);
    trials[4].fell_back = 2;
    trials[4].shut_seen = None;
    let diagnosis = of_doors(&profile, &trials);
    assert_eq!(diagnosis.corrections.evidence, [(5, Evidence::Bolt)].into());
    assert_eq!(faults(&diagnosis).len(), 1);

    let mut honest = profile.clone();
    honest.compartments[4].evidence = Evidence::Bolt;
    assert_eq!(faults(&of_doors(&honest, &trials)).len(), 0, "a profile that claims no more is right");
}

#[test]
fn a_sensor_that_is_seen_to_move_for_another_door_names_both() {
    let profile = demo();
    let mut trials = well(&profile);
    trials[0].moved = vec![profile.compartments[1].lock];
    let diagnosis = of_doors(&profile, &trials);
    assert_eq!(faults(&diagnosis), ["door 1: its pulse moved the sensor of door 2, not its own"]);
    assert!(diagnosis.corrections.is_empty(), "one channel has one lock and one sensor: only wires mend it");
}

#[test]
fn crossed_sensors_of_pins_are_put_right_in_the_profile_where_that_comes_out_even() {
    let text = include_str!("../../../hw/cabinets/counter-12-gpio.toml");
    let profile = parse(text, "counter-12-gpio.toml").unwrap();
    let lines = profile.banks[0].gpio.clone().unwrap().inputs;
    let mut trials = well(&profile);
    trials[0].moved = vec![profile.compartments[4].lock];
    assert!(of_doors(&profile, &trials).corrections.is_empty(), "one sensor would be left over");
    trials[4].moved = vec![profile.compartments[0].lock];
    let mut crossed = lines.clone();
    crossed.swap(0, 4);
    assert_eq!(of_doors(&profile, &trials).corrections.inputs, [(0, crossed)].into());
    trials[0].said = Some(Said::Other(5));
    trials[4].said = Some(Said::Other(1));
    assert!(of_doors(&profile, &trials).corrections.is_empty(), "it was the locks that were crossed");
}

#[test]
fn where_nothing_moved_the_persons_word_decides_between_lock_and_sensor() {
    let profile = demo();
    for (said, part_of) in [
        (Some(Said::Opened), "no sensor sees it"),
        (Some(Said::Stuck), "the lock is stuck, or gets no current"),
        (None, "the lock is stuck, or the door has no sensor"),
    ] {
        let mut trials = well(&profile);
        trials[8].moved = Vec::new();
        trials[8].said = said;
        let diagnosis = of_doors(&profile, &trials);
        assert_eq!(faults(&diagnosis).len(), 1);
        assert!(faults(&diagnosis)[0].contains(part_of), "{diagnosis:?}");
        assert_eq!(diagnosis.follows.contains_key(&9), said == Some(Said::Opened));
    }
}
