//! The proof of the prover: a fault is sown into our own code, and histories are run until one of them breaks a promise.

use std::collections::BTreeMap;

use locker_core::faults::{self, Fault};

use crate::judgement;
use crate::oracle::Broken;
use crate::plan::Plan;
use crate::story::Story;

/// A fault that was found.
#[derive(Clone, Debug)]
pub struct Caught {
    /// In the history of this seed.
    pub seed: u64,
    /// By this promise.
    pub broken: Broken,
    /// How many histories were run until then, this one included.
    pub tried: u32,
}

/// Looks for faults, and remembers which seeds are of no use for it: those that break a promise without any fault.
#[derive(Default)]
pub struct Hunt {
    is_good: BTreeMap<u64, bool>,
}

impl Hunt {
    /// Whether this seed breaks nothing by itself.
    pub fn is_good(&mut self, seed: u64) -> bool {
        *self.is_good.entry(seed).or_insert_with(|| broken_by(None, seed).is_none())
    }

    /// The first of these seeds whose history finds the fault.
    pub fn catch(&mut self, fault: Fault, seeds: impl IntoIterator<Item = u64>) -> Option<Caught> {
        for (seed, tried) in seeds.into_iter().zip(1..) {
            if let Some(broken) = broken_by(Some(fault), seed)
                && self.is_good(seed)
            {
                return Some(Caught { seed, broken, tried });
            }
        }
        None
    }
}

/// The first promise that is broken in the history of this seed, with this fault in the code or with none.
pub fn broken_by(fault: Option<Fault>, seed: u64) -> Option<Broken> {
    let (verdict, _) = faults::with(fault, || judgement::run(Plan::new(seed), Story::default()));
    verdict.broken.into_iter().next()
}

/// Seeds that are known to find faults: a line each with a fault's name and a seed. A fault that is no more is passed over.
///
/// # Errors
/// The line that is not one.
pub fn known_seeds(text: &str) -> Result<BTreeMap<Fault, u64>, String> {
    let mut known = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let (name, seed) = (words.next(), words.next().and_then(|seed| seed.parse().ok()));
        let (Some(name), Some(seed)) = (name, seed) else { return Err(line.to_owned()) };
        known.extend(named(name).map(|fault| (fault, seed)));
    }
    Ok(known)
}

/// The fault of this name.
pub fn named(name: &str) -> Option<Fault> {
    Fault::ALL.iter().copied().find(|fault| fault.name() == name)
}
