//! The physical cabinet: doors, bolts, sensors, parcels. It is the truth that the books are held against, and knows
//! nothing of our code but how a cabinet is described.

use std::collections::BTreeSet;

use locker_engine::Size;
use locker_hw::board::{ClosedIs, Family};
use locker_hw::bus::Lock;
use locker_hw::profile::{self, Bank, Column, Compartment, Evidence, ItemIs, Parts, Profile, Rect};

use crate::chance::Chance;
use crate::fitted::{Fitted, Items};
use crate::surroundings;

/// How long a contact chatters when a door falls shut, in milliseconds.
const CHATTER_MS: u64 = 180;
/// What was put in rocks so long after its door fell shut: a sensor sees it, or does not, in milliseconds.
const ROCKS_MS: u64 = 1_500;

/// A parcel, by its place in the world's list.
pub type ParcelNumber = usize;

/// What a bolt does when its lock is energised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Bolt {
    /// The door springs open.
    #[default]
    Works,
    /// Nothing moves.
    Jams,
    /// The door springs open so many milliseconds later.
    Late(u64),
    /// It gives way only to somebody who pushes while it is energised.
    NeedsPush,
}

/// What a door's sensor says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sensor {
    /// The truth; it chatters when the door falls shut.
    #[default]
    True,
    /// Always open.
    StuckOpen,
    /// Always closed: it lies while the door is open.
    StuckClosed,
    /// Now this, now that.
    Flickers,
}

/// What an item sensor says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ItemSensor {
    /// There is none.
    #[default]
    NotFitted,
    /// The truth, as far as a beam of light can tell: over what lies flat on the floor it passes.
    True,
    /// Always that something is inside.
    StuckPresent,
    /// Always that nothing is.
    StuckAbsent,
    /// Now this, now that.
    Flickers,
    /// Nothing: its cable is out, and the board knows.
    Silent,
}

/// A door and what is behind it.
#[derive(Debug, Default)]
pub struct Door {
    /// The number on it.
    pub number: u16,
    /// Its bank and channel.
    pub lock: (u8, u8),
    /// What fits.
    pub size: Option<Size>,
    /// Whether it is open.
    pub open: bool,
    /// Since when it has been as it is.
    pub moved_ms: u64,
    /// Which parcels are inside.
    pub inside: Vec<ParcelNumber>,
    /// The bolt's manner.
    pub bolt: Bolt,
    /// The sensor's manner.
    pub sensor: Sensor,
    /// The manner of the sensor that sees what lies inside.
    pub item_sensor: ItemSensor,
    /// Since when that is its manner.
    pub item_sensor_ms: u64,
    /// It springs open then.
    pub opens_at_ms: Option<u64>,
    /// Its lock is energised until then.
    pub energised_until_ms: u64,
    /// Its lock must rest until then.
    pub rests_until_ms: u64,
    /// The power supply of its lock.
    pub supply: u8,
    /// What is inside is as no rule could know: somebody put in what is not theirs to put in, left a parcel behind, or
    /// the sensor lied while hands were inside. Ends when the compartment is physically empty and the door shut.
    pub beyond_knowing: bool,
    /// When it was last let open with something inside, to be taken, in milliseconds.
    pub let_open_to_take_ms: Option<u64>,
}

/// All doors.
pub struct Cabinet {
    /// By their index.
    pub doors: Vec<Door>,
    /// Counts whatever moves.
    pub moves: u64,
    /// Parcels so flat that no item sensor sees them.
    pub flat: BTreeSet<ParcelNumber>,
    /// What a lock must never have done.
    pub faults: Vec<String>,
    pulse_ms: u64,
    cooldown_ms: u64,
}

/// The boards' pulse, in milliseconds.
const PULSE_MS: u16 = 300;
/// A lock's rest after it, in milliseconds.
const COOLDOWN_MS: u16 = 500;

/// Describes a cabinet: one to three banks on one port, with one or two supplies. `more` is drawn for what is fitted.
pub fn profile(chance: &mut Chance, fitted: Fitted, more: &mut Chance) -> Profile {
    let has_items = fitted.items != Items::None;
    let family = if has_items { Family::KerongCu16 } else { Family::Shuoming };
    let item_is = has_items.then(|| if more.one_in(2) { ItemIs::One } else { ItemIs::Zero });
    let banks = chance.between(1, 4);
    let doors = chance.between(5, 13);
    let supplies = chance.between(1, 3);
    let thermometers = surroundings::described(fitted, doors, more);
    let closed_is = if chance.one_in(2) { ClosedIs::Eleven } else { ClosedIs::Zero };
    let bank = |index: u64| Bank {
        id: format!("bank {}", index + 1),
        family,
        port: "locks".to_owned(),
        baud: family.baud(),
        address: u8::try_from(index + 1).unwrap_or(1),
        channels: 12,
        closed_is,
        pulse_ms: PULSE_MS,
        cooldown_ms: COOLDOWN_MS,
        supply: format!("supply {}", index % supplies + 1),
        item_is,
        inputs: None,
        gpio: None,
    };
    let mut compartment = |index: u64, chance: &mut Chance| {
        let size = *chance
            .pick(&[profile::Size::S, profile::Size::M, profile::Size::M, profile::Size::L])
            .unwrap_or(&profile::Size::M);
        let number = u16::try_from(index + 1).unwrap_or(1);
        let y_mm = 100 + u32::from(number) * 150;
        Compartment {
            number,
            size,
            lock: Lock {
                bank: u8::try_from(index % banks).unwrap_or(0),
                channel: u8::try_from(index / banks + 1).unwrap_or(1),
            },
            door: Rect { x_mm: 10, y_mm, w_mm: 380, h_mm: 140 },
            depth_mm: 640,
            handle_mm: y_mm + 70,
            evidence: match fitted.items {
                Items::All => Evidence::Item,
                Items::Some if more.one_in(2) => Evidence::Item,
                Items::Some | Items::None => Evidence::Door,
            },
        }
    };
    Profile {
        name: "simulated".to_owned(),
        height_mm: 2_200,
        columns: vec![Column { x_mm: 0, w_mm: 400 }],
        screen: Rect { x_mm: 420, y_mm: 1_000, w_mm: 200, h_mm: 130 },
        banks: (0..banks).map(bank).collect(),
        compartments: (0..doors).map(|index| compartment(index, chance)).collect(),
        parts: Parts { thermometers, ..Parts::default() },
    }
}

impl Cabinet {
    /// Builds it: all doors shut, nothing inside.
    pub fn new(profile: &Profile) -> Self {
        let mut supplies: Vec<&str> = profile.banks.iter().map(|bank| bank.supply.as_str()).collect();
        supplies.sort_unstable();
        supplies.dedup();
        let doors = profile.compartments.iter().map(|known| {
            let bank = profile.banks.get(usize::from(known.lock.bank));
            let supply = supplies.iter().position(|supply| bank.is_some_and(|bank| bank.supply == *supply));
            Door {
                number: known.number,
                lock: (known.lock.bank, known.lock.channel),
                size: Some(match known.size {
                    profile::Size::S => Size::S,
                    profile::Size::M => Size::M,
                    profile::Size::L => Size::L,
                }),
                item_sensor: match known.evidence {
                    Evidence::Item => ItemSensor::True,
                    Evidence::Door | Evidence::Bolt | Evidence::Attested => ItemSensor::NotFitted,
                },
                supply: supply.and_then(|supply| u8::try_from(supply).ok()).unwrap_or(0),
                ..Door::default()
            }
        });
        Self {
            doors: doors.collect(),
            moves: 0,
            flat: BTreeSet::new(),
            faults: Vec::new(),
            pulse_ms: u64::from(PULSE_MS),
            cooldown_ms: u64::from(COOLDOWN_MS),
        }
    }

    /// The door that is wired there.
    pub fn wired(&self, bank: u8, channel: u8) -> Option<usize> {
        self.doors.iter().position(|door| door.lock == (bank, channel))
    }

    /// The door with this number.
    pub fn numbered(&self, number: u16) -> Option<usize> {
        self.doors.iter().position(|door| door.number == number)
    }

    /// A board energises a lock.
    pub fn energise(&mut self, index: usize, now_ms: u64) {
        let (pulse_ms, cooldown_ms) = (self.pulse_ms, self.cooldown_ms);
        let Some(supply) = self.doors.get(index).map(|door| door.supply) else { return };
        let another = self.doors.iter().enumerate().find(|(other, door)| {
            *other != index && door.supply == supply && door.energised_until_ms > now_ms
        });
        if let Some((_, other)) = another {
            let said = format!(
                "locks {} and {} are energised together on one supply",
                other.number,
                self.doors.get(index).map_or(0, |door| door.number)
            );
            self.faults.push(said);
        }
        let Some(door) = self.doors.get_mut(index) else { return };
        if door.rests_until_ms > now_ms {
            self.faults.push(format!("lock {} is energised before it has rested", door.number));
        }
        door.energised_until_ms = now_ms + pulse_ms;
        door.rests_until_ms = now_ms + pulse_ms + cooldown_ms;
        match door.bolt {
            Bolt::Works => self.spring(index, now_ms),
            Bolt::Late(by_ms) => door.opens_at_ms = Some(now_ms + by_ms),
            Bolt::Jams | Bolt::NeedsPush => {}
        }
    }

    /// Somebody pushes a door that is being energised.
    pub fn push(&mut self, index: usize, now_ms: u64) -> bool {
        let gives = self
            .doors
            .get(index)
            .is_some_and(|door| door.bolt == Bolt::NeedsPush && door.energised_until_ms > now_ms);
        if gives {
            self.spring(index, now_ms);
        }
        gives
    }

    /// A door opens.
    pub fn spring(&mut self, index: usize, now_ms: u64) {
        let Some(door) = self.doors.get_mut(index) else { return };
        door.opens_at_ms = None;
        if !door.open {
            door.open = true;
            door.moved_ms = now_ms;
            self.moves += 1;
        }
    }

    /// Somebody shuts a door.
    pub fn shut(&mut self, index: usize, now_ms: u64) {
        let Some(door) = self.doors.get_mut(index) else { return };
        if door.open {
            door.open = false;
            door.moved_ms = now_ms;
            if door.inside.is_empty() && door.sensor == Sensor::True {
                door.beyond_knowing = false;
            }
            self.moves += 1;
        }
    }

    /// Hands go into an open door.
    pub fn put(&mut self, index: usize, parcel: ParcelNumber) {
        if let Some(door) = self.doors.get_mut(index) {
            door.inside.push(parcel);
            door.beyond_knowing |=
                matches!(door.sensor, Sensor::StuckClosed | Sensor::Flickers | Sensor::StuckOpen);
            self.moves += 1;
        }
    }

    /// Hands take something out.
    pub fn take(&mut self, index: usize, parcel: ParcelNumber) -> bool {
        let Some(door) = self.doors.get_mut(index) else { return false };
        let Some(position) = door.inside.iter().position(|there| *there == parcel) else { return false };
        door.inside.remove(position);
        self.moves += 1;
        true
    }

    /// What the sensor of a door says at this moment.
    pub fn senses_open(&self, index: usize, now_ms: u64, chance: &mut Chance) -> bool {
        let Some(door) = self.doors.get(index) else { return false };
        match door.sensor {
            Sensor::True if !door.open && now_ms < door.moved_ms + CHATTER_MS && door.moved_ms > 0 => {
                chance.one_in(2)
            }
            Sensor::True => door.open,
            Sensor::StuckOpen => true,
            Sensor::StuckClosed => false,
            Sensor::Flickers => chance.one_in(2),
        }
    }

    /// Whether a beam of light would meet anything behind a door.
    pub fn is_seen_inside(&self, index: usize) -> bool {
        let Some(door) = self.doors.get(index) else { return false };
        door.inside.iter().any(|parcel| !self.flat.contains(parcel))
    }

    /// What the item sensor of a compartment says at this moment; nothing where none is heard.
    pub fn senses_item(&self, index: usize, now_ms: u64, chance: &mut Chance) -> Option<bool> {
        let door = self.doors.get(index)?;
        match door.item_sensor {
            ItemSensor::NotFitted | ItemSensor::Silent => None,
            ItemSensor::True if now_ms < door.moved_ms + ROCKS_MS && door.moved_ms > 0 => {
                Some(self.is_seen_inside(index) && chance.one_in(2))
            }
            ItemSensor::True => Some(self.is_seen_inside(index)),
            ItemSensor::StuckPresent => Some(true),
            ItemSensor::StuckAbsent => Some(false),
            ItemSensor::Flickers => Some(chance.one_in(2)),
        }
    }

    /// From now on this is an item sensor's manner, where there is one.
    pub fn item_sensor_is(&mut self, index: usize, now_ms: u64, manner: ItemSensor) {
        if let Some(door) = self.doors.get_mut(index)
            && door.item_sensor != ItemSensor::NotFitted
        {
            door.item_sensor = manner;
            door.item_sensor_ms = now_ms;
            self.moves += 1;
        }
    }

    /// When the next door moves by itself.
    pub fn next_due_ms(&self) -> Option<u64> {
        self.doors.iter().filter_map(|door| door.opens_at_ms).min()
    }

    /// Whatever moves by itself by now.
    pub fn turn(&mut self, now_ms: u64) {
        let due = |door: &Door| door.opens_at_ms.is_some_and(|at_ms| at_ms <= now_ms);
        while let Some(index) = self.doors.iter().position(due) {
            self.spring(index, now_ms);
        }
    }
}
