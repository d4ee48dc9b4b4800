//! What happens around the doors: the power, the cabinet's walls, the temperature inside. None of it decides custody; it
//! decides what is offered, what is sounded, and what the hub hears.

use std::collections::BTreeMap;

use locker_protocol::event::{Door, MAX_DOORS_OF_TEMPERATURE, Supply};
use locker_protocol::{CompartmentId, Event};

use crate::Core;
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::view::{Trouble, TroubleKind};

/// Under this, nothing is taken in any more, in percent.
const LOW_PERCENT: u8 = 20;
/// Under this, the machine stops by itself before the power does, in percent.
const EMPTY_PERCENT: u8 = 5;
/// One who shakes the cabinet is one event for this long, in milliseconds.
const TAMPERED_EVERY_MS: u64 = 60_000;
/// How far a temperature must come back before it counts as back, in tenths of a degree.
const BACK_BY_TENTHS: i16 = 5;
/// More sensors than a profile can name.
const MOST_SENSORS: usize = 64;

/// What is known of it.
#[derive(Clone, Default)]
pub(crate) struct Surroundings {
    supply: Supply,
    /// The machine was told to stop.
    stops: bool,
    /// What the tamper sensors felt that no technician has come for.
    tampered: BTreeMap<String, Tampering>,
    /// Each thermometer's last word.
    temperatures: BTreeMap<String, Temperature>,
}

/// One sensor felt the cabinet being tampered with. In monotonic milliseconds.
#[derive(Clone, Copy)]
struct Tampering {
    recorded_ms: u64,
    last_ms: u64,
}

#[derive(Clone, Copy)]
struct Temperature {
    tenths_c: Option<i16>,
    in_range: bool,
}

impl Surroundings {
    pub(crate) fn is_on_battery(&self) -> bool {
        self.supply != Supply::Mains
    }
}

impl Core {
    /// What the power supply says. On battery it only ever goes down: a gauge that wavers at a limit changes nothing.
    pub(crate) fn power(&mut self, mains: bool, percent: Option<u8>) {
        let before = self.surroundings.supply;
        let supply = match (mains, percent) {
            (true, _) => Supply::Mains,
            (false, Some(percent)) if percent < EMPTY_PERCENT => Supply::BatteryEmpty,
            (false, Some(percent)) if percent < LOW_PERCENT => Supply::BatteryLow.max(before),
            (false, _) => Supply::Battery.max(before),
        };
        self.surroundings.supply = supply;
        self.surroundings.stops &= supply == Supply::BatteryEmpty;
        // Compared with what is on record, over a restart too: mains that came back while the machine was off are news.
        if supply != self.state.supply {
            self.record(Event::Power { supply });
            self.act(Effect::Wake);
        }
    }

    /// Whether parcels are taken in: what is taken in must be given out again.
    pub(crate) fn takes_in(&self) -> bool {
        self.surroundings.supply < Supply::BatteryLow || faults::is(Fault::BatteryLowIgnored)
    }

    /// Between two openings, never in one.
    pub(crate) fn stop_before_the_battery_does(&mut self) {
        let empty = self.surroundings.supply == Supply::BatteryEmpty;
        let in_hand = !self.state.openings.is_empty() && !faults::is(Fault::PowerOffInOpening);
        if empty && !self.surroundings.stops && !in_hand {
            self.surroundings.stops = true;
            self.act(Effect::PowerOff);
        }
    }

    /// The alarm is heard by night as by day.
    pub(crate) fn tampered(&mut self, now_ms: u64, sensor: String) {
        let known = &mut self.surroundings.tampered;
        if known.len() >= MOST_SENSORS && !known.contains_key(&sensor) {
            return;
        }
        let earlier = known.get(&sensor).map(|tampering| tampering.recorded_ms);
        let lately = earlier.filter(|at_ms| now_ms < at_ms + TAMPERED_EVERY_MS);
        let recorded_ms = lately.unwrap_or(now_ms);
        known.insert(sensor.clone(), Tampering { recorded_ms, last_ms: now_ms });
        if lately.is_some() {
            return;
        }
        self.record(Event::Tampered { sensor });
        self.act(Effect::Sound(Sound::Alarm));
        self.act(Effect::Wake);
    }

    /// A technician signs out, who was told of the tampering first of all: what has been quiet for a minute is not told to the
    /// next one.
    pub(crate) fn tampering_was_seen_to(&mut self, now_ms: u64) {
        self.surroundings.tampered.retain(|_, tampering| now_ms < tampering.last_ms + TAMPERED_EVERY_MS);
    }

    pub(crate) fn temperature(&mut self, sensor: String, tenths_c: Option<i16>) {
        let Some(thermometer) = self.cabinet.thermometers.get(&sensor) else { return };
        let was_in_range = !self.state.out_of_range.contains(&sensor);
        let (low, high) = thermometer.range_tenths_c;
        // At the limit it would be told in and out with every reading.
        let margin = if was_in_range { 0 } else { BACK_BY_TENTHS };
        let in_range = tenths_c.is_some_and(|tenths| {
            (low.saturating_add(margin)..=high.saturating_sub(margin)).contains(&tenths)
        });
        // In range is what everybody expects: it is worth a word only once it was not.
        if was_in_range != in_range {
            let compartments = thermometer.compartments.clone();
            self.record_temperature(&sensor, tenths_c, in_range, &compartments);
        }
        self.surroundings.temperatures.insert(sensor, Temperature { tenths_c, in_range });
    }

    fn keeps_range(&self, sensor: &str) -> bool {
        self.surroundings.temperatures.get(sensor).is_some_and(|known| known.in_range)
    }

    /// What is wrong around the doors, for a technician. Without the mains: for as long as they are gone. A thermometer: until it is
    /// back in its range, at its door where it is in one compartment only. Tampering: until a technician who could see
    /// it here signs out and its sensor has been quiet for a minute. A restart forgets it here; the journal and the hub keep it.
    pub(crate) fn troubles_around(&self) -> Vec<Trouble> {
        let supply = match self.surroundings.supply {
            Supply::Mains => None,
            Supply::Battery => Some(TroubleKind::OnBattery),
            Supply::BatteryLow | Supply::BatteryEmpty => Some(TroubleKind::BatteryLow),
        };
        let supply = supply.map(|what| Trouble { door: None, sensor: None, what });
        let tampered = self.surroundings.tampered.keys().map(|sensor| Trouble {
            door: None,
            sensor: Some(sensor.clone()),
            what: TroubleKind::Tampered,
        });
        let out_of_range = self.cabinet.thermometers.iter().filter(|(sensor, _)| !self.keeps_range(sensor));
        let temperatures = out_of_range.map(|(sensor, thermometer)| Trouble {
            door: match thermometer.compartments[..] {
                [only] => Some(only),
                _ => None,
            },
            sensor: Some(sensor.clone()),
            what: self.why_out_of_range(sensor, thermometer.range_tenths_c),
        });
        supply.into_iter().chain(tampered).chain(temperatures).collect()
    }

    fn why_out_of_range(&self, sensor: &str, (low, high): (i16, i16)) -> TroubleKind {
        match self.surroundings.temperatures.get(sensor).and_then(|known| known.tenths_c) {
            None => TroubleKind::ThermometerSilent,
            // Shortly before it counts as back, it is nearer to the limit that it was beyond.
            Some(tenths_c) if i32::from(tenths_c) * 2 > i32::from(low) + i32::from(high) => {
                TroubleKind::TooWarm { tenths_c }
            }
            Some(tenths_c) => TroubleKind::TooCold { tenths_c },
        }
    }

    /// A thermometer that is not in the profile any more will never come back by itself.
    pub(crate) fn forget_thermometers(&mut self) {
        let known = &self.cabinet.thermometers;
        let gone: Vec<_> =
            self.state.out_of_range.iter().filter(|sensor| !known.contains_key(*sensor)).cloned().collect();
        for sensor in gone {
            self.record_temperature(&sensor, None, true, &[]);
        }
    }

    fn record_temperature(
        &mut self,
        sensor: &str,
        tenths_c: Option<i16>,
        in_range: bool,
        compartments: &[CompartmentId],
    ) {
        let mut rest = compartments;
        loop {
            let (some, others) = rest.split_at(rest.len().min(MAX_DOORS_OF_TEMPERATURE));
            let (sensor, compartments) = (sensor.to_owned(), some.to_vec());
            self.record(Event::Temperature { sensor, tenths_c, in_range, compartments });
            rest = others;
            if rest.is_empty() {
                break;
            }
        }
        self.act(Effect::Wake);
    }

    /// What the door of a compartment says to whoever looks for a free one: nothing, where it is not fit to take anything in.
    /// One that is to keep a temperature is fit only once that has been read.
    pub(crate) fn door_to_offer(&self, compartment: CompartmentId) -> Door {
        let fit = self.cabinet.thermometers.iter().all(|(sensor, thermometer)| {
            !thermometer.compartments.contains(&compartment) || self.keeps_range(sensor)
        });
        if fit || faults::is(Fault::TemperatureIgnored) { self.door(compartment) } else { Door::Unknown }
    }
}
