//! Proof of the prover: each fault that is sown into our own code is found by the simulation.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use locker_core::faults::Fault;
use locker_sim::hunt::{Hunt, known_seeds};

/// When the world has changed since the seeds were written, so many fresh ones may be tried instead.
const FRESH: u64 = 40;

#[test]
fn every_fault_that_a_programmer_could_have_made_is_found() {
    let known = known_seeds(include_str!("../faults.txt")).unwrap();
    let mut hunt = Hunt::default();
    let mut missed = Vec::new();
    for &fault in Fault::ALL {
        let seeds = known.get(&fault).copied().into_iter().chain(1..=FRESH);
        match hunt.catch(fault, seeds) {
            Some(caught) => println!("{}: seed {}: {}", fault.name(), caught.seed, caught.broken.promise),
            None => missed.push(fault),
        }
    }
    assert!(Fault::ALL.len() >= 25);
    assert!(missed.is_empty(), "not found: {missed:?}; `just faults` looks further");
}
