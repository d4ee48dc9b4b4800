//! Every profile in `cabinets/` is a cabinet that could stand somewhere: it parses, and has what its name says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use locker_hw::board::Family;
use locker_hw::profile::{Evidence, Profile, Size, parse};

fn all() -> BTreeMap<String, (String, Profile)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cabinets");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let profile = parse(&text, &name).unwrap_or_else(|faults| panic!("{faults:#?}"));
        (name, (text, profile))
    };
    paths.map(read).collect()
}

#[test]
fn every_cabinet_parses_and_has_as_many_doors_as_its_name_says() {
    let cabinets = all();
    assert!(cabinets.len() >= 6, "{:?}", cabinets.keys());
    for (name, (text, profile)) in &cabinets {
        assert!(text.starts_with("# "), "{name} begins by saying what it is");
        let said: usize = name.split('-').find_map(|part| part.parse().ok()).unwrap();
        assert_eq!(profile.compartments.len(), said, "{name}");
        let numbers: BTreeSet<u16> = profile.compartments.iter().map(|door| door.number).collect();
        assert_eq!(numbers.first().copied(), Some(1), "{name}");
        assert_eq!(usize::from(*numbers.last().unwrap()), said, "{name}: numbers without a gap");
    }
}

#[test]
fn among_them_every_family_of_boards_is_wired_and_several_on_one_line_and_in_one_cabinet() {
    let cabinets = all();
    let banks = || cabinets.values().flat_map(|(_, profile)| &profile.banks);
    for family in [
        Family::Shuoming,
        Family::KerongCu16,
        Family::KerongCu48,
        Family::Wkly,
        Family::Winnsen,
        Family::ModbusRelay,
        Family::Gpio,
    ] {
        assert!(banks().any(|bank| bank.family == family), "{family:?}");
    }
    let families = |profile: &Profile| {
        profile.banks.iter().map(|bank| format!("{:?}", bank.family)).collect::<BTreeSet<_>>().len()
    };
    assert!(cabinets.values().any(|(_, profile)| families(profile) >= 3));
    let shares_a_line =
        |profile: &Profile| profile.banks.iter().skip(1).any(|bank| bank.port == profile.banks[0].port);
    assert!(cabinets.values().any(|(_, profile)| shares_a_line(profile)));
    for evidence in [Evidence::Door, Evidence::Bolt, Evidence::Item] {
        let declared = |profile: &Profile| profile.compartments.iter().any(|door| door.evidence == evidence);
        assert!(cabinets.values().any(|(_, profile)| declared(profile)), "{evidence:?}");
    }
}

/// EN 301 549 and its like ask for one of each kind that everyone reaches.
#[test]
fn in_every_cabinet_someone_seated_reaches_a_door_of_each_size_and_the_middle_of_the_screen() {
    for (name, (_, profile)) in all() {
        for size in [Size::S, Size::M, Size::L] {
            let of_size: Vec<_> = profile.compartments.iter().filter(|door| door.size == size).collect();
            assert!(
                of_size.is_empty() || of_size.iter().any(|door| door.is_reachable()),
                "{name}: no {size:?} within reach"
            );
        }
        let reachable = profile.compartments.iter().filter(|door| door.is_reachable()).count();
        assert!(reachable * 2 >= profile.compartments.len(), "{name}: {reachable} within reach");
        let middle_mm = profile.screen.y_mm + profile.screen.h_mm / 2;
        assert!((900..=1220).contains(&middle_mm), "{name}: the screen's middle is at {middle_mm} mm");
    }
}

#[test]
fn one_of_them_has_every_other_part_too_and_measures_where_it_cools() {
    let cabinets = all();
    let complete = cabinets.values().map(|(_, profile)| profile).find(|profile| {
        let parts = &profile.parts;
        parts.power.is_some()
            && parts.buzzer.is_some()
            && !parts.tampers.is_empty()
            && !parts.lights.is_empty()
    });
    let complete = complete.expect("a cabinet with power, buzzer, tamper sensor and lights");
    let cooled = &complete.parts.thermometers[0];
    let supply = |number: u16| {
        let door = complete.compartments.iter().find(|door| door.number == number).unwrap();
        &complete.banks[usize::from(door.lock.bank)].supply
    };
    assert!(cooled.compartments.iter().all(|number| supply(*number) == "12V-cooled"));
    assert_eq!(cooled.range_tenths_c, (20, 80));
}

/// What hw/wiring.md says of pins: never a lock on one that moves while the Pi starts, and outputs where a lock stays off until then.
#[test]
fn locks_on_a_pis_pins_are_on_pins_that_stay_low_while_it_starts_and_behind_an_enable_line() {
    let mut seen = 0;
    for (name, (_, profile)) in all() {
        for wiring in profile.banks.iter().filter_map(|bank| bank.gpio.as_ref()) {
            seen += 1;
            let enable = wiring.enable.unwrap_or_else(|| panic!("{name}: no enable line"));
            for pin in wiring.outputs.iter().copied().chain([enable]) {
                assert!((9..=27).contains(&pin) && pin != 14, "{name}: GPIO{pin}");
            }
            for pin in wiring.inputs.iter().flatten() {
                assert!((2..=27).contains(pin) && *pin != 14, "{name}: GPIO{pin}");
            }
        }
    }
    assert!(seen >= 2);
}
