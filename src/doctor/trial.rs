//! Opening one door, and noting what moved. No judgement here: that is `diagnosis`.

use std::collections::BTreeMap;
use std::time::Duration;

use locker_hw::board::ItemState;
use locker_hw::bus::{DoorState, Lock, LockBus, UnlockAnswer};
use locker_hw::profile::{Compartment, Evidence};

use serde::Serialize;

use super::seen::{Seen, Stopped};
use super::session::Session;

/// A door that opens is seen within this, also one of a bank that nobody deals with.
const MOVES_WITHIN: Duration = Duration::from_millis(2_500);
/// The same for a person who pushes it meanwhile.
const PUSHED_WITHIN: Duration = Duration::from_secs(4);
/// Where another sensor moved, the door's own may yet.
const OWN_FOLLOWS_WITHIN: Duration = Duration::from_millis(1_200);
/// How long a door is held open, to see whether its sensor follows the door or only the bolt: longer than any pulse.
const HELD_OPEN: Duration = Duration::from_millis(1_500);
/// A reading counts once it is steady for so long, as in service.
const STEADY_MS: u64 = 300;

/// What was seen, and said, when one door was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    pub number: u16,
    pub lock: Lock,
    /// Why it was not tried.
    pub skipped: Option<String>,
    /// What its own sensor said before.
    pub before: DoorState,
    /// How often its lock was energised.
    pub pulses: u8,
    /// How many pulses it took until something moved.
    pub needed: u8,
    /// What became of the last pulse.
    pub answer: Option<UnlockAnswer>,
    /// The sensors that changed, the door's own first where it is among them.
    pub moved: Vec<Lock>,
    /// From the order to the first sample that showed it.
    pub seen_after_ms: Option<u64>,
    /// How often the sensor went back although the door was to be held open.
    pub fell_back: u8,
    /// Whether the sensor was seen to go back when the door was shut.
    pub shut_seen: Option<bool>,
    /// What its item sensor was seen to do, where the profile says that there is one.
    pub item: Option<ItemProof>,
    /// What the person said of it.
    pub said: Option<Said>,
}

/// What an item sensor was seen to do when a hand came and went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemProof {
    /// It saw the hand come and go.
    SeesItems,
    /// It said the opposite.
    Inverted,
    /// It did not change.
    SeesNothing,
    /// The board says nothing of it.
    Untold,
}

/// A person's word, where nothing can be sensed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It opened.
    Opened,
    /// It did not.
    Stuck,
    /// The door with this number opened.
    Other(u16),
}

impl Trial {
    fn of(compartment: &Compartment) -> Self {
        Self {
            number: compartment.number,
            lock: compartment.lock,
            skipped: None,
            before: DoorState::Unknown,
            pulses: 0,
            needed: 0,
            answer: None,
            moved: Vec::new(),
            seen_after_ms: None,
            fell_back: 0,
            shut_seen: None,
            item: None,
            said: None,
        }
    }

    /// Whether the door's own sensor changed.
    pub fn own_moved(&self) -> bool {
        self.moved.first() == Some(&self.lock)
    }
}

impl<L: LockBus> Session<'_, L> {
    /// Opens one door, which is the `place`th of `all`. `rest` is what its bank's sensors say of shut doors, where that is known.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn try_door(
        &mut self,
        compartment: &Compartment,
        rest: Option<DoorState>,
        (place, all): (usize, usize),
    ) -> Result<Trial, Stopped> {
        let mut trial = Trial::of(compartment);
        let number = compartment.number;
        self.watch(&[trial.lock]);
        // What was typed for an earlier door is not said of this one.
        self.watcher.look(|seen| while seen.take_typed().is_some() {});
        let before = match self.shut_before(compartment, rest)? {
            Ok(before) => before,
            Err(why) => {
                trial.skipped = Some(why);
                return Ok(trial);
            }
        };
        trial.before = before.get(&trial.lock).copied().unwrap_or(DoorState::Unknown);
        self.say(format!("Door {number} opens now ({place} of {all})."));
        self.pulse_until_it_moves(&mut trial, compartment, &before)?;
        if trial.moved.is_empty() {
            self.ask_what_happened(&mut trial)?;
            return Ok(trial);
        }
        self.follow_the_door(&mut trial, &before)?;
        if trial.fell_back == 1 && compartment.evidence != Evidence::Bolt {
            self.say(format!(
                "The sensor says shut again. Shut door {number} and press Enter; it is opened once more, and is to stay open until you are told."
            ));
            trial.said = self.typed()?.and_then(|line| other(&line, number));
            self.say(format!("Door {number} opens again."));
            self.pulse_until_it_moves(&mut trial, compartment, &before)?;
            self.follow_the_door(&mut trial, &before)?;
        }
        if compartment.evidence == Evidence::Item {
            trial.item = Some(self.prove_item_sensor(compartment)?);
        }
        self.see_it_shut(&mut trial, &before)?;
        Ok(trial)
    }

    /// The readings before the pulse, once the door is shut, or nobody shuts it.
    fn shut_before(
        &mut self,
        compartment: &Compartment,
        rest: Option<DoorState>,
    ) -> Result<Result<BTreeMap<Lock, DoorState>, String>, Stopped> {
        let (lock, number) = (compartment.lock, compartment.number);
        let before = self.read(lock.bank)?;
        let stands_open = |before: &BTreeMap<Lock, DoorState>| {
            let state = before.get(&lock).copied().unwrap_or(DoorState::Unknown);
            state != DoorState::Unknown && rest.is_some_and(|rest| rest != state)
        };
        if before.as_ref().is_ok_and(stands_open) {
            self.say(format!("Shut door {number}: it stands open. If it is shut, press Enter."));
            self.wait(self.patience, |seen| {
                let shut = rest.is_some_and(|rest| is_steady(seen, lock, rest));
                (shut || seen.take_typed().is_some()).then_some(())
            })?;
            return self.read(lock.bank);
        }
        Ok(before)
    }

    fn pulse_until_it_moves(
        &mut self,
        trial: &mut Trial,
        compartment: &Compartment,
        before: &BTreeMap<Lock, DoorState>,
    ) -> Result<(), Stopped> {
        let rest = self.profile.banks.get(usize::from(trial.lock.bank)).map_or(Duration::ZERO, |bank| {
            Duration::from_millis(u64::from(bank.pulse_ms) + u64::from(bank.cooldown_ms))
        });
        for (needed, within) in [(1, MOVES_WITHIN), (2, PUSHED_WITHIN)] {
            if trial.pulses > 0 {
                self.pause(rest)?;
            }
            let ordered_ms = self.now_ms();
            let answer = self.unlock(trial.lock)?;
            trial.pulses += 1;
            trial.answer = Some(answer);
            if matches!(answer, UnlockAnswer::NotSent(_)) {
                return Ok(());
            }
            let moved = self.wait_for_moves(trial.lock, before, within)?;
            if let Some(&sensor) = moved.first() {
                trial.moved = moved;
                trial.needed = needed;
                let since_ms = self.watcher.look(|seen| seen.doors.get(&sensor).map(|door| door.since_ms));
                trial.seen_after_ms = since_ms.map(|since_ms| since_ms.saturating_sub(ordered_ms));
                return Ok(());
            }
            if needed == 1 {
                self.say(format!("Nothing moved. Push door {}, then let go.", compartment.number));
            }
        }
        Ok(())
    }

    /// Which sensors changed, the door's own first.
    fn wait_for_moves(
        &mut self,
        own: Lock,
        before: &BTreeMap<Lock, DoorState>,
        within: Duration,
    ) -> Result<Vec<Lock>, Stopped> {
        if self.wait(within, |seen| (!moved(seen, before).is_empty()).then_some(()))?.is_none() {
            return Ok(Vec::new());
        }
        self.wait(OWN_FOLLOWS_WITHIN, |seen| moved(seen, before).contains(&own).then_some(()))?;
        let mut moved = self.watcher.look(|seen| moved(seen, before));
        moved.sort_by_key(|lock| *lock != own);
        Ok(moved)
    }

    /// Has the door held open, and sees whether its sensor holds too.
    fn follow_the_door(
        &mut self,
        trial: &mut Trial,
        before: &BTreeMap<Lock, DoorState>,
    ) -> Result<(), Stopped> {
        let Some(&sensor) = trial.moved.first() else { return Ok(()) };
        let at_rest = before.get(&sensor).copied().unwrap_or(DoorState::Unknown);
        self.watch(&[trial.lock, sensor]);
        self.say(format!("Pull door {} wide open and keep it open.", trial.number));
        // A switch may chatter while the door moves; a bolt that has sprung back stays where it is.
        if self.wait(HELD_OPEN, |seen| is_steady(seen, sensor, at_rest).then_some(()))?.is_some() {
            trial.fell_back += 1;
        }
        Ok(())
    }

    /// Has a hand put into the open compartment and taken out again. A compartment of a new cabinet is empty.
    fn prove_item_sensor(&mut self, compartment: &Compartment) -> Result<ItemProof, Stopped> {
        let (lock, number) = (compartment.lock, compartment.number);
        let empty = self.watcher.look(|seen| seen.item(lock));
        if empty == ItemState::Unknown {
            return Ok(ItemProof::Untold);
        }
        self.say(format!(
            "Put a hand into compartment {number}, where a parcel would lie. Enter passes it over."
        ));
        let filled = self.wait(self.patience, |seen| match seen.item(lock) {
            state if state != empty && state != ItemState::Unknown => Some(Some(state)),
            _ => seen.take_typed().map(|_| None),
        })?;
        let Some(filled) = filled.flatten() else { return Ok(ItemProof::SeesNothing) };
        self.say("Take it out.");
        let gone = self.wait(self.patience, |seen| (seen.item(lock) == empty).then_some(()))?;
        Ok(match (gone, filled) {
            (None, _) => ItemProof::SeesNothing,
            (Some(()), ItemState::Present) => ItemProof::SeesItems,
            (Some(()), _) => ItemProof::Inverted,
        })
    }

    fn see_it_shut(&mut self, trial: &mut Trial, before: &BTreeMap<Lock, DoorState>) -> Result<(), Stopped> {
        let Some(&sensor) = trial.moved.first() else { return Ok(()) };
        let at_rest = before.get(&sensor).copied().unwrap_or(DoorState::Unknown);
        let number = trial.number;
        if trial.fell_back > 0 {
            self.say(format!("Shut door {number} and press Enter."));
            trial.said = self.typed()?.and_then(|line| other(&line, number)).or(trial.said);
            return Ok(());
        }
        self.say(format!("Shut door {number}."));
        let mut said = trial.said;
        let seen = self.wait(self.patience, |seen| {
            if is_steady(seen, sensor, at_rest) {
                return Some(Some(true));
            }
            if seen.is_lost(sensor.bank) {
                return Some(None);
            }
            while let Some(line) = seen.take_typed() {
                match other(&line, number) {
                    None => return Some(Some(false)),
                    some => said = some,
                }
            }
            None
        })?;
        // Who types may be a moment behind the door.
        self.watcher.look(|seen| {
            while let Some(line) = seen.take_typed() {
                said = other(&line, number).or(said);
            }
        });
        trial.said = said;
        // Without its board, nothing could be seen of it.
        trial.shut_seen = seen.unwrap_or(Some(false));
        Ok(())
    }

    /// Nothing was sensed: only the person knows.
    fn ask_what_happened(&mut self, trial: &mut Trial) -> Result<(), Stopped> {
        if matches!(trial.answer, Some(UnlockAnswer::NotSent(_))) {
            return Ok(());
        }
        let number = trial.number;
        self.say(format!(
            "No sensor moved. Did door {number} open? Type y or n, or the number of the door that did."
        ));
        let Some(line) = self.typed()? else { return Ok(()) };
        trial.said = match line.chars().next() {
            Some('y' | 'Y') => Some(Said::Opened),
            Some('n' | 'N') => Some(Said::Stuck),
            _ => other(&line, number),
        };
        if matches!(trial.said, Some(Said::Opened | Said::Other(_))) {
            self.say("Shut it again and press Enter.");
            self.typed()?;
        }
        Ok(())
    }
}

/// Which readings are not as they were, where both are known.
fn moved(seen: &Seen, before: &BTreeMap<Lock, DoorState>) -> Vec<Lock> {
    let changed = |(lock, was): (&Lock, &DoorState)| {
        let is = seen.state(*lock);
        (*was != DoorState::Unknown && is != DoorState::Unknown && is != *was).then_some(*lock)
    };
    before.iter().filter_map(changed).collect()
}

fn is_steady(seen: &Seen, lock: Lock, state: DoorState) -> bool {
    seen.doors.get(&lock).is_some_and(|reading| {
        reading.state == state && reading.sampled_at_ms.saturating_sub(reading.since_ms) >= STEADY_MS
    })
}

/// Another number than that of the door which was to open.
fn other(line: &str, number: u16) -> Option<Said> {
    line.parse().ok().filter(|said| *said != number).map(Said::Other)
}
