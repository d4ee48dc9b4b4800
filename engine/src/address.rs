//! Which lock is which compartment's.

use std::collections::BTreeMap;

use locker_core::faults::{self, Fault};
use locker_core::{Cabinet, Item, Spec, Thermometer};
use locker_hw::board::ItemState;
use locker_hw::bus::{DoorState, Lock};
use locker_hw::profile::{self, Profile};
use locker_protocol::event::Door;
use locker_protocol::{CompartmentId, Size};

/// Both directions of the wiring.
pub struct AddressMap {
    locks: BTreeMap<CompartmentId, Lock>,
    compartments: BTreeMap<(u8, u8), CompartmentId>,
}

impl AddressMap {
    /// The wiring of a cabinet. The profile was checked: no lock is wired twice.
    pub fn new(profile: &Profile) -> Self {
        let pairs = || profile.compartments.iter().map(|known| (CompartmentId(known.number), known.lock));
        Self {
            locks: pairs().collect(),
            compartments: pairs()
                .map(|(compartment, lock)| ((lock.bank, lock.channel), compartment))
                .collect(),
        }
    }

    /// Where a compartment's lock is wired.
    pub fn lock(&self, compartment: CompartmentId) -> Option<Lock> {
        if faults::is(Fault::LockOffByOne) {
            return self.locks.get(&CompartmentId(compartment.0 + 1)).copied();
        }
        self.locks.get(&compartment).copied()
    }

    /// Whose lock is wired there.
    pub fn compartment(&self, bank: u8, channel: u8) -> Option<CompartmentId> {
        let compartment = self.compartments.get(&(bank, channel)).copied();
        if faults::is(Fault::SensorOffByOne) {
            return compartment.map(|compartment| CompartmentId(compartment.0 + 1));
        }
        compartment
    }

    /// The compartments of one bank.
    pub fn of_bank(&self, bank: u8) -> impl Iterator<Item = CompartmentId> + '_ {
        self.compartments.range((bank, 0)..=(bank, u8::MAX)).map(|(_, compartment)| *compartment)
    }
}

/// The cabinet as the rules see it.
pub fn cabinet(profile: &Profile, built_unix_s: u64) -> Cabinet {
    let mut supplies: Vec<&str> = profile.banks.iter().map(|bank| bank.supply.as_str()).collect();
    supplies.sort_unstable();
    supplies.dedup();
    let compartments = profile
        .compartments
        .iter()
        .filter_map(|known| {
            let bank = profile.banks.get(usize::from(known.lock.bank))?;
            let supply = supplies.iter().position(|supply| *supply == bank.supply)?;
            let spec = Spec {
                size: match known.size {
                    profile::Size::S => Size::S,
                    profile::Size::M => Size::M,
                    profile::Size::L => Size::L,
                },
                reachable: known.is_reachable(),
                // At most 64 banks, so at most 64 supplies.
                supply: u8::try_from(supply).unwrap_or(u8::MAX),
                pulse_ms: u64::from(bank.pulse_ms),
                cooldown_ms: u64::from(bank.cooldown_ms),
            };
            Some((CompartmentId(known.number), spec))
        })
        .collect();
    let thermometers = profile.parts.thermometers.iter().map(|known| {
        let compartments = known.compartments.iter().copied().map(CompartmentId).collect();
        (known.id.clone(), Thermometer { compartments, range_tenths_c: known.range_tenths_c })
    });
    Cabinet { compartments, built_unix_s, thermometers: thermometers.collect() }
}

/// A reading in the rules' words.
pub fn door(state: DoorState) -> Door {
    match state {
        DoorState::Open => Door::Open,
        DoorState::Closed => Door::Closed,
        DoorState::Unknown => Door::Unknown,
    }
}

/// An item sensor's reading in the rules' words.
pub fn item(state: ItemState) -> Item {
    match state {
        ItemState::Present => Item::Present,
        ItemState::Absent => Item::Absent,
        ItemState::Unknown => Item::Unknown,
    }
}
