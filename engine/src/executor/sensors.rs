//! What doors' and items' sensors say, on its way to the core: outside openings only what is new.

use std::collections::BTreeMap;

use locker_core::Input;
use locker_hw::board::ItemState;
use locker_hw::bus::{DoorState, LockBus};
use locker_protocol::CompartmentId;
use locker_protocol::event::Door;

use super::{Engine, EngineError, Screen};
use crate::address;

/// What an item sensor says again is told this often, in milliseconds.
const ITEMS_EVERY_MS: u64 = 2_000;

/// What each sensor said last.
#[derive(Default)]
pub(super) struct Sensors {
    /// With the time of the sample.
    doors: BTreeMap<CompartmentId, (DoorState, u64)>,
    /// With the time of the sample that the core was given.
    items: BTreeMap<CompartmentId, (ItemState, u64)>,
}

impl Sensors {
    /// Whether a door's sensor says something else than it did.
    fn is_edge(&mut self, compartment: CompartmentId, state: DoorState, sampled_at_ms: u64) -> bool {
        let before = self.doors.insert(compartment, (state, sampled_at_ms));
        before.is_none_or(|(before, _)| before != state)
    }

    /// Whether an item sensor says something else than it did, or it was told long ago that it says so.
    fn is_item_due(&mut self, compartment: CompartmentId, state: ItemState, sampled_at_ms: u64) -> bool {
        let told = self.items.get(&compartment);
        let due =
            told.is_none_or(|(before, at_ms)| *before != state || sampled_at_ms >= at_ms + ITEMS_EVERY_MS);
        if due {
            self.items.insert(compartment, (state, sampled_at_ms));
        }
        due
    }
}

impl<B: LockBus, S: Screen> Engine<B, S> {
    pub(super) fn doors_read(
        &mut self,
        now_ms: u64,
        bank: u8,
        states: &[(u8, DoorState)],
        sampled_at_ms: u64,
    ) -> Result<(), EngineError> {
        for (channel, state) in states {
            if let Some(compartment) = self.map.compartment(bank, *channel) {
                self.reading(now_ms, compartment, *state, sampled_at_ms)?;
            }
        }
        Ok(())
    }

    pub(super) fn items_read(
        &mut self,
        now_ms: u64,
        bank: u8,
        items: &[(u8, ItemState)],
        sampled_at_ms: u64,
    ) -> Result<(), EngineError> {
        for (channel, state) in items {
            let Some(compartment) = self.map.compartment(bank, *channel) else { continue };
            if self.sensors.is_item_due(compartment, *state, sampled_at_ms) {
                let item = address::item(*state);
                self.run(now_ms, Input::Item { compartment, item, sampled_at_ms })?;
            }
        }
        Ok(())
    }

    pub(super) fn bank_lost(&mut self, now_ms: u64, bank: u8) -> Result<(), EngineError> {
        let compartments: Vec<_> = self.map.of_bank(bank).collect();
        for compartment in compartments {
            // As of its last sample: whatever is sampled after the bank is back is later than that.
            let sampled_at_ms = self.sensors.doors.get(&compartment).map_or(0, |(_, at_ms)| *at_ms);
            self.reading(now_ms, compartment, DoorState::Unknown, sampled_at_ms)?;
        }
        Ok(())
    }

    fn reading(
        &mut self,
        now_ms: u64,
        compartment: CompartmentId,
        state: DoorState,
        sampled_at_ms: u64,
    ) -> Result<(), EngineError> {
        let is_edge = self.sensors.is_edge(compartment, state, sampled_at_ms);
        if !is_edge && self.core.state().opening_of(compartment).is_none() {
            return Ok(());
        }
        let door: Door = address::door(state);
        self.run(now_ms, Input::Reading { compartment, door, sampled_at_ms })
    }
}
