//! A whole locker in virtual time: the real engine, journal and sync, with a simulated world around them.
//!
//! One `u64` is one exact history: see [`plan`]. [`judgement::run`] runs it, the [`oracle`] judges it, and [`shrink`] makes a
//! failing one shorter.

pub mod bus;
pub mod cabinet;
pub mod chance;
pub mod disk;
pub mod figures;
pub mod fitted;
pub mod happenings;
pub mod hub_books;
#[cfg(feature = "seeded-faults")]
pub mod hunt;
pub mod intents;
pub mod judgement;
pub mod kiosk;
pub mod oracle;
pub mod parcel;
pub mod people;
pub mod phones;
pub mod plan;
pub mod reached;
pub mod shrink;
pub mod story;
pub mod surroundings;
pub mod told;
pub mod upstream;
pub mod world;

/// The seeds of histories that once broke a promise, and the faults that they found (`sim/seeds.txt`).
pub fn known_seeds() -> Vec<(u64, &'static str)> {
    let lines = include_str!("../seeds.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (seed, fault) = line.split_once(' ')?;
            Some((seed.parse().ok()?, fault.trim()))
        })
        .collect()
}
