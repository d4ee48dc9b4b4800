//! What the program hears of what happens around the doors, and the battery that the machine runs on.

use locker_engine::Happening;

use super::{Heal, World};
use crate::cabinet::ItemSensor;
use crate::chance::Chance;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;

impl World {
    /// The program has started, and reads all of it for the first time.
    pub(super) fn reads_surroundings(&mut self) {
        let now_ms = self.now_ms;
        for air in &mut self.surroundings.airs {
            air.is_read_anew(now_ms);
        }
        self.reads_supply();
    }

    /// Whatever of it is due.
    pub(super) fn surroundings_turn(&mut self) {
        let now_ms = self.now_ms;
        for index in 0..self.surroundings.airs.len() {
            let Some(air) = self.surroundings.airs.get_mut(index).filter(|air| air.next_due_ms() <= now_ms)
            else {
                continue;
            };
            let tenths_c = air.reads(now_ms);
            let (sensor, compartments) = (air.id.clone(), air.compartments.clone());
            if self.kiosk.engine.is_some() {
                self.told_temperature(&compartments, tenths_c);
                self.kiosk_hears(Happening::Temperature { sensor, tenths_c });
            }
        }
        let supply_is_due = self.surroundings.supply.as_ref().and_then(|supply| supply.next_due_ms());
        if supply_is_due.is_some_and(|at_ms| at_ms <= now_ms) {
            self.supply_passes();
            self.reads_supply();
        }
    }

    /// The battery, as long as the machine has run on it.
    pub(super) fn supply_passes(&mut self) {
        let runs = !self.power_is_off;
        let Some(supply) = &mut self.surroundings.supply else { return };
        supply.pass(self.now_ms, runs);
        if !supply.mains && supply.is_empty() && runs {
            supply.waits_for_mains = true;
            self.tell(|| "the battery is empty".to_owned());
            self.power_fails();
        }
    }

    fn reads_supply(&mut self) {
        let Some(supply) = &self.surroundings.supply else { return };
        let mains = supply.mains;
        let percent = supply.gauge(&mut self.surroundings.chance);
        if self.kiosk.engine.is_some() {
            self.told_power(mains, percent);
            self.kiosk_hears(Happening::Power { mains, percent });
        }
    }

    /// The mains are gone.
    pub(crate) fn mains_fail(&mut self, chance: &mut Chance) {
        self.supply_passes();
        let Some(supply) = self.surroundings.supply.as_mut().filter(|supply| supply.mains) else { return };
        supply.mains = false;
        self.tell(|| "the mains are gone".to_owned());
        self.reads_supply();
        let gone_ms = match chance.below(3) {
            0 => chance.between(500, 10 * MINUTE_MS),
            1 => chance.between(10 * MINUTE_MS, 3 * HOUR_MS),
            _ => chance.between(HOUR_MS, 20 * HOUR_MS),
        };
        self.heal_in(gone_ms, Heal::MainsAreBack);
    }

    pub(crate) fn mains_are_back(&mut self) {
        self.supply_passes();
        let Some(supply) = &mut self.surroundings.supply else { return };
        supply.mains = true;
        supply.lasts_for_ever = false;
        let waited = std::mem::take(&mut supply.waits_for_mains);
        self.tell(|| "the mains are back".to_owned());
        if waited && self.power_is_off {
            self.power_is_back();
        } else {
            self.reads_supply();
        }
    }

    /// The power is back at the wall: whether that is enough for a machine with a battery.
    pub(super) fn has_power(&self) -> bool {
        self.surroundings.supply.as_ref().is_none_or(|supply| !supply.waits_for_mains)
    }

    /// The program asked for it: the machine goes off in order, and comes on again with the mains.
    pub(super) fn machine_goes_off(&mut self) {
        self.counts.switched_off += 1;
        self.judge_switching_off();
        self.tell(|| "the machine switches itself off".to_owned());
        let before = self.books().cloned();
        self.supply_passes();
        self.power_is_off = true;
        self.program_ends();
        self.upstream.kill_sync();
        self.expect_after_restart(before);
        self.kiosk.starts_at_ms = None;
        let Some(supply) = &mut self.surroundings.supply else { return };
        if supply.mains {
            // They came back while it was about to.
            self.heal_in(MINUTE_MS, Heal::PowerIsBack);
        } else {
            supply.waits_for_mains = true;
        }
    }

    /// It gets too warm or too cold somewhere, or its thermometer falls silent.
    pub(crate) fn drifts(&mut self, chance: &mut Chance) {
        let now_ms = self.now_ms;
        let airs = u64::try_from(self.surroundings.airs.len()).unwrap_or(0);
        let index = usize::try_from(chance.below(airs)).unwrap_or(0);
        let Some(air) = self.surroundings.airs.get_mut(index) else { return };
        match chance.below(4) {
            0 => {
                air.silent = true;
                air.is_read_anew(now_ms);
            }
            1 => air.drifts(now_ms, -30),
            2 => air.drifts(now_ms, 82),
            _ => air.drifts(now_ms, 190),
        }
        self.heal_in(chance.between(20 * MINUTE_MS, 12 * HOUR_MS), Heal::Air(index));
    }

    /// Somebody shakes the cabinet, for a while.
    pub(crate) fn is_shaken(&mut self, chance: &mut Chance) {
        self.told_of_force();
        self.kiosk_hears(Happening::Tamper { sensor: "back wall".to_owned() });
        if chance.one_in(2) {
            self.heal_in(chance.between(500, 90_000), Heal::ShakenAgain);
        }
    }

    /// An item sensor misbehaves.
    pub(crate) fn item_sensor_fails(&mut self, index: usize, chance: &mut Chance) {
        let manners = [
            ItemSensor::StuckPresent,
            ItemSensor::StuckAbsent,
            ItemSensor::StuckAbsent,
            ItemSensor::Flickers,
            ItemSensor::Silent,
        ];
        let manner = chance.pick(&manners).copied().unwrap_or_default();
        self.cabinet.item_sensor_is(index, self.now_ms, manner);
        let most_ms = if manner == ItemSensor::Flickers { HOUR_MS } else { 30 * HOUR_MS };
        self.heal_in(chance.between(MINUTE_MS, most_ms), Heal::ItemSensor(index));
    }
}
