//! Where boards answer: on which port, at which speed and address. Only questions are asked; nothing moves.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use locker_hw::NowMs;
use locker_hw::bus::{Lock, Locks, StartError};
use locker_hw::profile::{Bank, Compartment, Evidence, Profile};

use super::seen::{Stopped, Watcher};

/// A board answers twice within this, or is silent.
const BOARDS_ANSWER_WITHIN: Duration = Duration::from_millis(1_500);
/// The same for each address that is asked besides.
const PER_ADDRESS: Duration = Duration::from_millis(250);
/// Between two looks whether one has answered.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The most addresses that are asked for one board.
const MOST_ADDRESSES: usize = 64;

/// Why a search came to no end.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The driver could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Ended by the person.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// The speeds at which the boards of a port may run, the profile's first; none where the port has no boards.
pub fn bauds(profile: &Profile, role: &str) -> Vec<u32> {
    let Some(bank) = profile.banks.iter().find(|bank| bank.port == role) else { return Vec::new() };
    let others = bank.family.limits().bauds.iter().copied().filter(|baud| *baud != bank.baud);
    std::iter::once(bank.baud).chain(others).collect()
}

/// Whether a board of this port's banks answers at `path`, at this speed.
///
/// # Errors
/// [`SearchError`].
pub fn answers_at(
    profile: &Profile,
    role: &str,
    (path, baud): (&Path, u32),
    now: NowMs,
    person: &Watcher,
) -> Result<bool, SearchError> {
    let of_port = profile.banks.iter().filter(|bank| bank.port == role);
    let banks = of_port.map(|bank| Bank { baud, ..bank.clone() }).collect();
    let heard = ask(profile, banks, role, path, BOARDS_ANSWER_WITHIN, now, person)?;
    Ok(!heard.is_empty())
}

/// The other speed of its family at which this board answers, if there is one.
///
/// # Errors
/// [`SearchError`].
pub fn other_baud(
    profile: &Profile,
    silent: &Bank,
    path: &Path,
    now: &NowMs,
    person: &Watcher,
) -> Result<Option<u32>, SearchError> {
    for &baud in silent.family.limits().bauds.iter().filter(|baud| **baud != silent.baud) {
        let bank = Bank { baud, ..silent.clone() };
        let heard = ask(profile, vec![bank], &silent.port, path, BOARDS_ANSWER_WITHIN, now.clone(), person)?;
        if !heard.is_empty() {
            return Ok(Some(baud));
        }
    }
    Ok(None)
}

/// The other addresses at which a board of this bank's family answers, without those of the profile's other banks.
///
/// # Errors
/// [`SearchError`].
pub fn other_addresses(
    profile: &Profile,
    silent: &Bank,
    path: &Path,
    now: NowMs,
    person: &Watcher,
) -> Result<Vec<u8>, SearchError> {
    let taken =
        |address: u8| profile.banks.iter().any(|bank| bank.port == silent.port && bank.address == address);
    let addresses: Vec<u8> =
        silent.family.limits().addresses.filter(|address| !taken(*address)).take(MOST_ADDRESSES).collect();
    let banks: Vec<Bank> =
        addresses.iter().map(|address| Bank { address: *address, ..silent.clone() }).collect();
    let count = u32::try_from(banks.len()).unwrap_or(u32::MAX);
    let within = BOARDS_ANSWER_WITHIN + PER_ADDRESS.saturating_mul(count);
    let heard = ask(profile, banks, &silent.port, path, within, now, person)?;
    Ok(heard.iter().filter_map(|index| addresses.get(usize::from(*index)).copied()).collect())
}

/// Which of the banks answer, by their places. Ends with the first and what else answers in a moment.
fn ask(
    profile: &Profile,
    banks: Vec<Bank>,
    role: &str,
    path: &Path,
    within: Duration,
    now: NowMs,
    person: &Watcher,
) -> Result<BTreeSet<u8>, SearchError> {
    if banks.is_empty() {
        return Ok(BTreeSet::new());
    }
    // A bank without a door is asked nothing.
    let door = |bank: u8| {
        let lock = Lock { bank, channel: 1 };
        profile.compartments.first().map(|door| Compartment { lock, evidence: Evidence::Door, ..*door })
    };
    let compartments = (0u8..).zip(&banks).filter_map(|(bank, _)| door(bank)).collect();
    let asked = Profile { banks, compartments, ..profile.clone() };
    let heard = Watcher::default();
    let locks = Locks::start(&asked, &[(role.to_owned(), path.to_owned())].into(), now, heard.clone())?;
    let answering = || -> BTreeSet<u8> {
        heard.look(|seen| {
            let banks = seen.banks.iter().filter(|(_, bank)| bank.samples > 0);
            banks.map(|(index, _)| *index).collect()
        })
    };
    let until = Instant::now() + within;
    while answering().is_empty() && Instant::now() < until {
        person.wait::<()>(LOOK_EVERY, |_| None)?;
    }
    drop(locks);
    Ok(answering())
}
