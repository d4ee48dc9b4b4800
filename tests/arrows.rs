//! Who may use whom: the arrows between the rooms of the house (ARCHITECTURE.md, "Code map"), held to what cargo and the
//! sources say.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each of our crates, and which of ours it may use.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("locker-protocol", &[]),
    ("locker-hw", &[]),
    ("locker-ui", &[]),
    ("locker-street", &[]),
    ("locker-core", &["locker-protocol"]),
    ("locker-crypto", &["locker-protocol"]),
    ("locker-engine", &["locker-core", "locker-protocol", "locker-crypto", "locker-hw"]),
    ("locker-hub", &["locker-protocol", "locker-crypto"]),
    (
        "locker-sim",
        &["locker-engine", "locker-core", "locker-protocol", "locker-crypto", "locker-hw", "locker-hub"],
    ),
    ("locker", &["locker-engine", "locker-ui", "locker-hw", "locker-hub", "locker-street"]),
];

/// The crates without I/O, clock, chance, threads, SQL, async or cryptography, and all that they may use from outside. A
/// line more is a decision.
const PURE: [(&str, &[&str]); 2] = [
    ("locker-core", &["minicbor", "thiserror"]),
    ("locker-protocol", &["base45", "coset", "data-encoding", "minicbor", "serde", "thiserror"]),
];

/// The parts of std that a pure crate does not touch.
const OUTSIDE: [&str; 7] =
    ["std::time", "std::thread", "std::fs", "std::net", "std::env", "std::process", "std::io"];

struct Crate {
    /// What is linked with it: dependencies of the program and of its build, not of its tests.
    uses: BTreeMap<String, Value>,
    features: BTreeMap<String, Vec<String>>,
    folder: String,
}

fn ours() -> BTreeMap<String, Crate> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let uses = package["dependencies"].as_array().unwrap().iter();
            let uses = uses
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| (text(&dependency["name"]), dependency.clone()))
                .collect();
            let features = serde_json::from_value(package["features"].clone()).unwrap();
            let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
            let folder = folder.to_str().unwrap().to_owned();
            (text(&package["name"]), Crate { uses, features, folder })
        })
        .collect()
}

#[test]
fn every_crate_uses_only_the_crates_it_may() {
    let ours = ours();
    let drawn: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = ours.keys().map(String::as_str).collect();
    assert_eq!(there, drawn, "every crate has its arrows");
    for (name, allowed) in MAY_USE {
        for used in ours[name].uses.keys().filter(|used| drawn.contains(used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn the_pure_crates_use_nothing_that_is_not_pure() {
    let ours = ours();
    for (name, allowed) in PURE {
        for used in ours[name].uses.keys().filter(|used| !ours.contains_key(used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
        for_each_source(&Path::new(&ours[name].folder).join("src"), &mut |path, code| {
            for outside in OUTSIDE {
                assert!(!code.contains(outside), "{}: {outside}", path.display());
            }
        });
    }
}

/// Packages are built without `demo`: a locker in the field has neither a hub nor an emulator, nor a street.
#[test]
fn the_hub_and_the_emulators_come_with_the_demo_only() {
    let locker = &ours()["locker"];
    for name in ["locker-hub", "locker-street"] {
        assert_eq!(locker.uses[name]["optional"], true);
    }
    for wanted in ["dep:locker-hub", "dep:locker-street", "locker-hw/emulate", "locker-ui/glass"] {
        let brought_by: Vec<&str> = locker
            .features
            .iter()
            .filter(|(_, brings)| brings.iter().any(|brought| brought == wanted))
            .map(|(feature, _)| feature.as_str())
            .collect();
        assert_eq!(brought_by, ["demo"], "{wanted}");
    }
    for name in ["locker-hw", "locker-ui"] {
        let always = locker.uses[name]["features"].as_array().unwrap();
        assert!(always.is_empty(), "{name} always comes with {always:?}");
    }
}

/// Faults are for the simulation to find: no locker is built with them, not even with everything that it can be built with.
#[test]
fn only_the_simulation_can_be_built_with_faults() {
    const FAULTS: &str = "seeded-faults";
    let ours = ours();
    for (name, known) in &ours {
        for (used, how) in &known.uses {
            let wants = how["features"].as_array().unwrap();
            assert!(!wants.iter().any(|feature| feature == FAULTS), "{name} always has the faults of {used}");
        }
        for (feature, brings) in &known.features {
            let faults = feature == FAULTS || brings.iter().any(|brought| brought.contains(FAULTS));
            let may =
                feature == FAULTS && ["locker-core", "locker-engine", "locker-sim"].contains(&name.as_str());
            assert!(!faults || may, "{name} brings faults by its feature {feature}");
        }
    }
    let used_by: Vec<&String> = ours
        .iter()
        .filter(|(_, known)| known.uses.contains_key("locker-sim"))
        .map(|(name, _)| name)
        .collect();
    assert!(used_by.is_empty(), "{used_by:?} would be built with the simulation");
}

/// One that used the driver's codec would agree with the driver's mistakes.
#[test]
fn an_emulator_knows_nothing_of_the_drivers() {
    let emulators = Path::new(env!("CARGO_MANIFEST_DIR")).join("hw/src/emulate");
    for_each_source(&emulators, &mut |path, code| {
        for driver in ["crate::board", "crate::bus", "crate::scanner"] {
            assert!(!code.contains(driver), "{}: {driver}", path.display());
        }
    });
}

/// Every Rust file under a folder, without its comments.
fn for_each_source(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    let mut any = false;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        any = true;
        if path.is_dir() {
            for_each_source(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code: String = fs::read_to_string(&path)
                .unwrap()
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .flat_map(|line| [line, "\n"])
                .collect();
            look(&path, &code);
        }
    }
    assert!(any, "{} is empty", folder.display());
}
