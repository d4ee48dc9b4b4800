//! What the trials prove: polarity, order of the wires, what each sensor is good for, and what is to be mended. Pure.

use std::collections::{BTreeMap, BTreeSet};

use locker_hw::bus::{DoorState, Lock, NotSent, UnlockAnswer};
use locker_hw::profile::{Compartment, Evidence, Profile};
use serde::Serialize;

use super::trial::{ItemProof, Said, Trial};

/// A lock that needs longer is worth a look.
const SLOW_MS: u64 = 1_000;

/// Something that a technician is to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// The part, as in "door 7" or "board main".
    pub part: String,
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

/// Whether the cabinet may go into service with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No.
    Fault,
    /// Yes, but it is worth knowing.
    Note,
}

/// What a door's sensor was seen to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Follows {
    /// The door leaf: it stays open as long as the door does.
    Door,
    /// The bolt or the pulse: it reads shut again beside an open door.
    Bolt,
    /// Nothing was sensed when the door opened.
    Nothing,
}

/// What the profile is to say instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    /// Banks whose polarity is the other way.
    pub inverted: BTreeSet<u8>,
    /// Banks whose item sensors say the opposite.
    pub items_inverted: BTreeSet<u8>,
    /// The lines of a GPIO bank's door switches by channel, where they are in another order.
    pub inputs: BTreeMap<u8, Vec<Option<u32>>>,
    /// The addresses at which boards were found.
    pub addresses: BTreeMap<u8, u8>,
    /// The speeds at which boards were found, in bits a second.
    pub bauds: BTreeMap<u8, u32>,
    /// The locks of doors, by the numbers on them.
    pub locks: BTreeMap<u16, Lock>,
    /// What sensors prove, by the numbers on the doors.
    pub evidence: BTreeMap<u16, Evidence>,
}

impl Corrections {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What became clear of the doors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    pub findings: Vec<Finding>,
    /// What each sensor follows, by the numbers of the trials.
    pub follows: BTreeMap<u16, Follows>,
    /// The banks whose polarity is proven, and whether it is the other way.
    pub polarity: BTreeMap<u8, bool>,
    pub corrections: Corrections,
}

impl Diagnosis {
    fn fault(&mut self, part: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) {
        self.add(Severity::Fault, part, what, mend);
    }

    fn note(&mut self, part: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) {
        self.add(Severity::Note, part, what, mend);
    }

    fn add(
        &mut self,
        severity: Severity,
        part: impl Into<String>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let (part, what, mend) = (part.into(), what.into(), mend.into());
        self.findings.push(Finding { severity, part, what, mend });
    }
}

/// What the trials of a cabinet's doors prove.
pub fn of_doors(profile: &Profile, trials: &[Trial]) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    polarity(profile, trials, &mut diagnosis);
    item_polarity(profile, trials, &mut diagnosis);
    inputs(profile, trials, &mut diagnosis);
    for trial in trials {
        door(profile, trial, &mut diagnosis);
    }
    numbers(profile, trials, &mut diagnosis);
    evidence(profile, trials, &mut diagnosis);
    diagnosis
}

/// A pulse opens; it shuts nothing. What reads shut after it, and open before, reads the other way.
fn polarity(profile: &Profile, trials: &[Trial], diagnosis: &mut Diagnosis) {
    for (index, bank) in (0u8..).zip(&profile.banks) {
        let of_bank = || trials.iter().filter(|trial| trial.lock.bank == index && trial.own_moved());
        let reads_inverted = |trial: &&Trial| trial.before == DoorState::Open;
        let inverted = of_bank().filter(reads_inverted).count();
        let as_profiled = of_bank().count() - inverted;
        if inverted + as_profiled == 0 {
            continue;
        }
        let other_way = inverted > as_profiled;
        diagnosis.polarity.insert(index, other_way);
        if other_way {
            diagnosis.corrections.inverted.insert(index);
            diagnosis.fault(
                format!("board {}", bank.id),
                "reads shut doors as open and open ones as shut: the polarity in the profile is the other way",
                "turn closed_is of this bank round in the profile (--write-profile does it)",
            );
        }
        let odd: Vec<u16> =
            of_bank().filter(|trial| reads_inverted(trial) != other_way).map(|trial| trial.number).collect();
        for number in odd {
            diagnosis.fault(
                format!("door {number}"),
                "its switch is of the other kind than those of the other doors on its board",
                "use the switch's other contact (NO for NC), or another switch",
            );
        }
    }
}

/// On a GPIO chip, which input belongs to which lock is the profile's word alone: there, crossed sensors are no matter of wires.
fn inputs(profile: &Profile, trials: &[Trial], diagnosis: &mut Diagnosis) {
    for (index, bank) in (0u8..).zip(&profile.banks) {
        let Some(wiring) = &bank.gpio else { continue };
        let line = |lock: &Lock| wiring.inputs.get(usize::from(lock.channel).checked_sub(1)?).copied();
        let mut found = wiring.inputs.clone();
        for trial in trials.iter().filter(|trial| trial.lock.bank == index && trial.said.is_none()) {
            let [sensor] = trial.moved[..] else { continue };
            let place = usize::from(trial.lock.channel).checked_sub(1).and_then(|place| found.get_mut(place));
            if let (Some(place), Some(line)) = (place, line(&sensor).filter(|_| sensor.bank == index)) {
                *place = line;
            }
        }
        let sorted = |lines: &[Option<u32>]| {
            let mut lines = lines.to_vec();
            lines.sort_unstable();
            lines
        };
        if found != wiring.inputs && sorted(&found) == sorted(&wiring.inputs) {
            diagnosis.corrections.inputs.insert(index, found);
            diagnosis.fault(
                format!("board {}", bank.id),
                "its inputs are in another order than in the profile",
                "if the doors that opened were the ones that were named, bring inputs in that order (--write-profile does it)",
            );
        }
    }
}

/// A hand is an item: a sensor that says otherwise reads the other way.
fn item_polarity(profile: &Profile, trials: &[Trial], diagnosis: &mut Diagnosis) {
    for (index, bank) in (0u8..).zip(&profile.banks) {
        let count = |proof: ItemProof| {
            trials.iter().filter(|trial| trial.lock.bank == index && trial.item == Some(proof)).count()
        };
        let (right, inverted) = (count(ItemProof::SeesItems), count(ItemProof::Inverted));
        if inverted > 0 && right == 0 {
            diagnosis.corrections.items_inverted.insert(index);
            diagnosis.fault(
                format!("board {}", bank.id),
                "its item sensors see an item where there is none: they read the other way",
                "turn item_is of this bank round in the profile (--write-profile does it)",
            );
        } else if inverted > 0 {
            diagnosis.fault(
                format!("board {}", bank.id),
                "some of its item sensors read the other way than the others",
                "see whether a parcel lay in one of the compartments; then use sensors of one kind",
            );
        }
    }
}

fn door(profile: &Profile, trial: &Trial, diagnosis: &mut Diagnosis) {
    let part = format!("door {}", trial.number);
    if let Some(why) = &trial.skipped {
        return diagnosis.fault(
            part,
            format!("could not be tried: {why}"),
            "mend its board first, then try again",
        );
    }
    if let Some(UnlockAnswer::NotSent(why)) = trial.answer {
        let why = match why {
            NotSent::TooLate => "its lock or its supply was still at rest, or the line was busy",
            NotSent::PortUnavailable => "the port could not be written",
            NotSent::NoSuchLock => "the profile has no such lock",
            NotSent::Stopped => "the bus took no more",
        };
        return diagnosis.fault(part, format!("was not pulsed: {why}"), "mend the port, then try again");
    }
    if trial.moved.is_empty() {
        return nothing_moved(trial, part, diagnosis);
    }
    if !trial.own_moved() {
        return another_moved(profile, trial, part, diagnosis);
    }
    let follows = if trial.fell_back > 0 { Follows::Bolt } else { Follows::Door };
    diagnosis.follows.insert(trial.number, follows);
    let others = named(profile, trial.moved.iter().skip(1));
    if !others.is_empty() {
        diagnosis.fault(
            part.clone(),
            format!("when it opened, so did the reading of {others}"),
            "see whether two sensors touch or share a wire; or the doors bump each other",
        );
    }
    if trial.shut_seen == Some(false) {
        diagnosis.fault(
            part.clone(),
            "was seen to open, but not to shut",
            "see whether the switch sticks or the door does not close it",
        );
    }
    match trial.item {
        Some(ItemProof::SeesNothing) => diagnosis.fault(
            part.clone(),
            "its item sensor did not see a hand come and go",
            "see its light beam and its wire; or say evidence = \"door\" in the profile",
        ),
        Some(ItemProof::Untold) => diagnosis.fault(
            part.clone(),
            "its board says nothing of an item sensor",
            "say item_is in the profile where the board has such sensors, or evidence = \"door\"",
        ),
        Some(ItemProof::SeesItems | ItemProof::Inverted) | None => {}
    }
    if trial.needed > 1 {
        diagnosis.note(
            part.clone(),
            "opened only at the second pulse, with a push",
            "adjust the striker; if it stays, the lock is worn or its voltage too low (wiring.md)",
        );
    } else if trial.seen_after_ms.is_some_and(|after_ms| after_ms > SLOW_MS) {
        diagnosis.note(part.clone(), "opened late", "see whether the door presses on its lock");
    }
    if trial.answer == Some(UnlockAnswer::Refused) {
        diagnosis.note(
            part,
            "opened, but its board says that it did not",
            "nothing: an answer is no evidence, the sensor is",
        );
    }
}

fn nothing_moved(trial: &Trial, part: String, diagnosis: &mut Diagnosis) {
    match trial.said {
        Some(Said::Opened) => {
            diagnosis.follows.insert(trial.number, Follows::Nothing);
            diagnosis.fault(
                part,
                "opens, but no sensor sees it: there is none, or its wire is off",
                "wire its switch; a door without a sensor cannot be used by this version",
            );
        }
        Some(Said::Other(other)) => diagnosis.fault(
            part,
            format!("its pulse opens door {other}, and no sensor sees it"),
            "wire the switch, and bring the numbers in order",
        ),
        Some(Said::Stuck) => diagnosis.fault(
            part,
            "does not open, twice pulsed: the lock is stuck, or gets no current",
            "see the lock's two wires, its fuse and 12 V at the lock while it is pulsed",
        ),
        None => diagnosis.fault(
            part,
            "was pulsed twice, and no sensor moved: the lock is stuck, or the door has no sensor",
            "look whether it opens; then see the lock's wires, or the sensor's",
        ),
    }
}

fn another_moved(profile: &Profile, trial: &Trial, part: String, diagnosis: &mut Diagnosis) {
    let others = named(profile, trial.moved.iter());
    let what = format!("its pulse moved the sensor of {others}, not its own");
    let mend = match trial.said {
        Some(Said::Other(other)) => {
            format!(
                "door {other} opened: exchange the wires of the locks of door {} and door {other}",
                trial.number
            )
        }
        _ => format!(
            "if door {} opened, exchange the wires of the sensors of the two; if {others} did, those of their locks",
            trial.number
        ),
    };
    diagnosis.fault(part, what, mend);
}

/// Where a person says that another door opened, the numbers are brought in order, if that comes out even.
fn numbers(profile: &Profile, trials: &[Trial], diagnosis: &mut Diagnosis) {
    let mut locks = BTreeMap::new();
    for trial in trials.iter().filter(|trial| trial.own_moved()) {
        if let Some(Said::Other(number)) = trial.said {
            diagnosis.fault(
                format!("door {}", trial.number),
                format!("its pulse opens door {number}"),
                "exchange the channels in the profile (--write-profile does it), or the cables at the board",
            );
            locks.insert(number, trial.lock);
        }
    }
    if locks.is_empty() {
        return;
    }
    let known = |number: &u16| profile.compartments.iter().any(|door| door.number == *number);
    let after: BTreeSet<Lock> = profile.compartments.iter().map(|door| lock_of(&locks, door)).collect();
    if locks.keys().all(known) && after.len() == profile.compartments.len() {
        diagnosis.corrections.locks = locks;
    } else {
        diagnosis.fault(
            "numbers",
            "what was said of the doors that opened does not come out even: two doors for one lock, or one for none",
            "open the doors in question again (--doors) and type the numbers that you read on them",
        );
    }
}

/// A profile may claim less than a sensor proves, never more.
fn evidence(profile: &Profile, trials: &[Trial], diagnosis: &mut Diagnosis) {
    let locks = diagnosis.corrections.locks.clone();
    for door in &profile.compartments {
        let lock = lock_of(&locks, door);
        let Some(trial) = trials.iter().find(|trial| trial.lock == lock) else { continue };
        let follows = diagnosis.follows.get(&trial.number).copied();
        if follows == Some(Follows::Bolt) && door.evidence != Evidence::Bolt {
            diagnosis.corrections.evidence.insert(door.number, Evidence::Bolt);
            diagnosis.fault(
                format!("door {}", door.number),
                "its sensor follows the bolt, not the door: it reads shut beside an open door",
                "move the switch to the door leaf; or say evidence = \"bolt\" in the profile (--write-profile does it)",
            );
        }
    }
}

fn lock_of(corrected: &BTreeMap<u16, Lock>, door: &Compartment) -> Lock {
    corrected.get(&door.number).copied().unwrap_or(door.lock)
}

/// The doors behind locks, as in "door 3 and door 4".
fn named<'l>(profile: &Profile, locks: impl Iterator<Item = &'l Lock>) -> String {
    let name = |lock: &Lock| {
        let door = profile.compartments.iter().find(|door| door.lock == *lock);
        door.map_or_else(|| format!("channel {}", lock.channel), |door| format!("door {}", door.number))
    };
    let names: Vec<String> = locks.map(name).collect();
    names.join(" and ")
}

#[cfg(test)]
mod tests;
