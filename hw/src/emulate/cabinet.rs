//! The physical truth: doors, bolts, relays and parcels, whatever anyone's books say.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::supply::{Outlet, Supply};
use super::wire::{Waker, WeakWaker};

/// Pulses that are remembered one by one; all are counted.
const PULSES_KEPT: usize = 4096;

/// A cabinet of doors numbered by channel, from 1. Clones share the same cabinet.
#[derive(Clone, Debug)]
pub struct Cabinet(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    truth: Mutex<Truth>,
    changed: Condvar,
    outlet: Outlet,
    /// The wires whose boards tell of changes by themselves.
    wires: Mutex<Vec<WeakWaker>>,
}

#[derive(Debug)]
struct Truth {
    channels: Vec<ChannelTruth>,
    pulses: Vec<Pulse>,
}

/// One door and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelTruth {
    /// The door stands open.
    pub open: bool,
    /// The bolt does not move, whatever the relay does.
    pub jammed: bool,
    /// Frames that came in for this lock and were well formed, also while answers are withheld.
    pub unlock_frames: u64,
    /// How often the relay energised this lock.
    pub pulses: u64,
    /// What is inside.
    pub inside: Vec<String>,
    /// When the door last opened or shut, if it ever did.
    pub moved: Option<Instant>,
}

/// One time that a relay was on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Which lock.
    pub channel: u8,
    /// When it went on.
    pub from: Instant,
    /// When it went off.
    pub until: Instant,
}

/// What a person could not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The cabinet has no such door.
    #[error("there is no door on channel {channel}")]
    NoSuchDoor {
        /// The channel asked for.
        channel: u8,
    },
    /// Nobody reaches through a closed door.
    #[error("the door on channel {channel} is closed")]
    DoorClosed {
        /// The door.
        channel: u8,
    },
    /// That is not inside.
    #[error("\"{item}\" is not behind the door on channel {channel}")]
    NotInside {
        /// The door.
        channel: u8,
        /// What was looked for.
        item: String,
    },
}

impl Cabinet {
    /// A cabinet with all doors shut and nothing inside, its locks on a supply of their own.
    pub fn new(channels: u8) -> Self {
        Self::on_supply(channels, &Supply::default())
    }

    /// The same, its locks on a supply that others may hang on, too.
    pub fn on_supply(channels: u8, supply: &Supply) -> Self {
        let channels = vec![ChannelTruth::default(); channels.into()];
        Self(Arc::new(Shared {
            truth: Mutex::new(Truth { channels, pulses: Vec::new() }),
            changed: Condvar::new(),
            outlet: supply.outlet(),
            wires: Mutex::default(),
        }))
    }

    /// How many doors it has.
    pub fn channels(&self) -> u8 {
        u8::try_from(self.truth().channels.len()).unwrap_or(u8::MAX)
    }

    /// All that is true of one door.
    ///
    /// # Errors
    /// There is no such door.
    pub fn look(&self, channel: u8) -> Result<ChannelTruth, ActError> {
        self.act(channel, |door| Ok(door.clone()))
    }

    /// What is inside, seen through walls; empty for a door that does not exist.
    pub fn inside(&self, channel: u8) -> Vec<String> {
        self.look(channel).map(|door| door.inside).unwrap_or_default()
    }

    /// Whether the door stands open; false for a door that does not exist.
    pub fn is_open(&self, channel: u8) -> bool {
        self.look(channel).is_ok_and(|door| door.open)
    }

    /// The relay pulses so far, the latest 4096 of them.
    pub fn pulses(&self) -> Vec<Pulse> {
        self.truth().pulses.clone()
    }

    /// The supply of its locks.
    pub fn supply(&self) -> &Supply {
        self.0.outlet.supply()
    }

    /// A person pushes the door shut; nothing happens when it is.
    ///
    /// # Errors
    /// There is no such door.
    pub fn push_shut(&self, channel: u8) -> Result<(), ActError> {
        self.act(channel, |door| {
            door.open = false;
            Ok(())
        })
    }

    /// Someone opens the door without its lock.
    ///
    /// # Errors
    /// There is no such door.
    pub fn force_open(&self, channel: u8) -> Result<(), ActError> {
        self.act(channel, |door| {
            door.open = true;
            Ok(())
        })
    }

    /// A person puts something in.
    ///
    /// # Errors
    /// The door is closed, or there is none.
    pub fn put(&self, channel: u8, item: impl Into<String>) -> Result<(), ActError> {
        self.act(channel, |door| {
            if !door.open {
                return Err(ActError::DoorClosed { channel });
            }
            door.inside.push(item.into());
            Ok(())
        })
    }

    /// A person takes something out.
    ///
    /// # Errors
    /// The door is closed, that is not inside, or there is no such door.
    pub fn take(&self, channel: u8, item: &str) -> Result<(), ActError> {
        self.act(channel, |door| match door.open {
            true => door.lose(channel, item),
            false => Err(ActError::DoorClosed { channel }),
        })
    }

    /// A thief takes something through the back wall: no sensor can see it.
    ///
    /// # Errors
    /// That is not inside, or there is no such door.
    pub fn steal_through_the_back(&self, channel: u8, item: &str) -> Result<(), ActError> {
        self.act(channel, |door| door.lose(channel, item))
    }

    /// The bolt sticks from now on (or no longer).
    ///
    /// # Errors
    /// There is no such door.
    pub fn jam(&self, channel: u8, jammed: bool) -> Result<(), ActError> {
        self.act(channel, |door| {
            door.jammed = jammed;
            Ok(())
        })
    }

    /// Blocks until `holds` is true of the door; false when it was not within `patience`.
    pub fn wait_until(&self, channel: u8, patience: Duration, holds: impl Fn(&ChannelTruth) -> bool) -> bool {
        let index = usize::from(channel).wrapping_sub(1);
        let not_yet = |truth: &mut Truth| !truth.channels.get(index).is_some_and(&holds);
        let (truth, _) = self
            .0
            .changed
            .wait_timeout_while(self.truth(), patience, not_yet)
            .unwrap_or_else(PoisonError::into_inner);
        truth.channels.get(index).is_some_and(holds)
    }

    /// Blocks until at least `count` unlock frames for this lock have arrived, since the cabinet was made.
    pub fn wait_unlock_frames(&self, channel: u8, count: u64, patience: Duration) -> bool {
        self.wait_until(channel, patience, |door| door.unlock_frames >= count)
    }

    /// Blocks until the door stands open.
    pub fn wait_open(&self, channel: u8, patience: Duration) -> bool {
        self.wait_until(channel, patience, |door| door.open)
    }

    /// An unlock frame for this lock arrived.
    pub(super) fn unlock_frame_arrived(&self, channel: u8) {
        let _ = self.act(channel, |door| {
            door.unlock_frames += 1;
            Ok(())
        });
    }

    /// The relay energises this lock now, for `length`.
    pub(super) fn pulse(&self, channel: u8, length: Duration) {
        let mut truth = self.truth();
        let from = Instant::now();
        let Some(door) = truth.channels.get_mut(usize::from(channel).wrapping_sub(1)) else { return };
        door.pulses += 1;
        if !door.jammed && !door.open {
            door.open = true;
            door.moved = Some(from);
        }
        if truth.pulses.len() >= PULSES_KEPT {
            truth.pulses.remove(0);
        }
        truth.pulses.push(Pulse { channel, from, until: from + length });
        self.0.outlet.energise(channel, from, length);
        drop(truth);
        self.0.changed.notify_all();
        self.wake_wires();
    }

    /// The relays of these locks go off, if they are on.
    pub(super) fn switch_off(&self, channels: &[u8]) {
        let now = Instant::now();
        let mut truth = self.truth();
        for pulse in truth.pulses.iter_mut().filter(|pulse| channels.contains(&pulse.channel)) {
            pulse.until = pulse.until.min(now.max(pulse.from));
        }
        self.0.outlet.switch_off(channels);
    }

    /// Whether the relay of this lock is on now.
    pub(super) fn is_energised(&self, channel: u8) -> bool {
        let now = Instant::now();
        self.truth().pulses.iter().any(|pulse| pulse.channel == channel && pulse.until > now)
    }

    /// Wakes a wire whenever a door has moved.
    pub(super) fn wake_on_change(&self, waker: &Waker) {
        self.0.wires.lock().unwrap_or_else(PoisonError::into_inner).push(waker.downgrade());
    }

    fn wake_wires(&self) {
        self.0.wires.lock().unwrap_or_else(PoisonError::into_inner).retain(WeakWaker::wake);
    }

    fn truth(&self) -> MutexGuard<'_, Truth> {
        self.0.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act<T>(
        &self,
        channel: u8,
        act: impl FnOnce(&mut ChannelTruth) -> Result<T, ActError>,
    ) -> Result<T, ActError> {
        let mut truth = self.truth();
        let door = usize::from(channel).checked_sub(1).and_then(|index| truth.channels.get_mut(index));
        let door = door.ok_or(ActError::NoSuchDoor { channel })?;
        let was_open = door.open;
        let result = act(door);
        let moved = door.open != was_open;
        if moved {
            door.moved = Some(Instant::now());
        }
        drop(truth);
        self.0.changed.notify_all();
        if moved {
            self.wake_wires();
        }
        result
    }
}

impl ChannelTruth {
    fn lose(&mut self, channel: u8, item: &str) -> Result<(), ActError> {
        let position = self.inside.iter().position(|there| there == item);
        let position = position.ok_or_else(|| ActError::NotInside { channel, item: item.to_owned() })?;
        self.inside.remove(position);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reaches_through_a_closed_door() {
        let cabinet = Cabinet::new(2);
        assert_eq!(cabinet.put(1, "parcel"), Err(ActError::DoorClosed { channel: 1 }));
        cabinet.pulse(1, Duration::from_millis(300));
        cabinet.put(1, "parcel").unwrap();
        cabinet.push_shut(1).unwrap();
        assert_eq!(cabinet.take(1, "parcel"), Err(ActError::DoorClosed { channel: 1 }));
        assert_eq!(cabinet.inside(1), ["parcel"]);
        cabinet.force_open(1).unwrap();
        assert!(matches!(cabinet.take(1, "other"), Err(ActError::NotInside { .. })));
        cabinet.take(1, "parcel").unwrap();
        assert_eq!(cabinet.push_shut(3), Err(ActError::NoSuchDoor { channel: 3 }));
    }

    #[test]
    fn a_jammed_bolt_is_energised_and_does_not_move() {
        let cabinet = Cabinet::new(2);
        cabinet.jam(2, true).unwrap();
        cabinet.pulse(2, Duration::from_secs(9));
        assert!(!cabinet.is_open(2));
        assert_eq!(cabinet.look(2).unwrap().pulses, 1);
        cabinet.pulse(1, Duration::from_secs(9));
        assert_eq!(cabinet.supply().most_energised_together(), 2);
    }

    #[test]
    fn locks_on_one_supply_are_counted_together_over_all_boards_and_others_apart() {
        let (shared, long) = (Supply::default(), Duration::from_secs(9));
        let on_shared = [Cabinet::on_supply(2, &shared), Cabinet::on_supply(2, &shared)];
        let apart = Cabinet::new(2);
        on_shared[0].pulse(1, long);
        apart.pulse(1, long);
        assert_eq!(shared.most_energised_together(), 1);
        on_shared[0].switch_off(&[1]);
        on_shared[1].pulse(1, long);
        assert_eq!(shared.most_energised_together(), 1, "the first was off by then");
        on_shared[0].pulse(1, long);
        assert_eq!(shared.most_energised_together(), 2);
        assert_eq!(apart.supply().most_energised_together(), 1);
    }
}
