//! What happens around the doors, as it is: the mains and the battery, the temperatures, hands that shake the cabinet.

use locker_hw::profile::Thermometer;
use locker_protocol::change::TemperatureRange;

use crate::chance::Chance;
use crate::fitted::{Battery, Fitted};

/// From one reading of the battery to the next while it is used, in milliseconds.
const GAUGE_EVERY_MS: u64 = 60_000;
/// From one reading of a thermometer to the next while it moves, and while it does not, in milliseconds.
const MOVING_EVERY_MS: u64 = 2 * 60_000;
const RESTING_EVERY_MS: u64 = 3_600_000;
/// How far a temperature moves from one reading to the next, in tenths of a degree.
const STEP_TENTHS: i16 = 9;
/// What a refrigerated compartment is to keep, in tenths of a degree Celsius.
const RANGE_TENTHS_C: (i16, i16) = (20, 80);
/// What it keeps while nothing is wrong.
const USUAL_TENTHS_C: i16 = 50;
/// A full battery, in millionths.
const FULL_PPM: u64 = 1_000_000;
/// What a lock's pulse takes of it.
const PULSE_PPM: u64 = 12_000;
/// A gauge shows a pulse within this, in milliseconds.
const SAGS_WITHIN_MS: u64 = 1_500;

/// Describes the thermometers of a cabinet with so many doors: each is in one to three compartments.
pub fn described(fitted: Fitted, doors: u64, chance: &mut Chance) -> Vec<Thermometer> {
    let one = |number: u64| {
        let first = chance.between(1, doors + 1);
        let last = (first + chance.below(3)).min(doors);
        Thermometer {
            id: format!("thermometer {}", number + 1),
            port: "thermometers".to_owned(),
            compartments: (first..=last).filter_map(|number| u16::try_from(number).ok()).collect(),
            range_tenths_c: RANGE_TENTHS_C,
        }
    };
    (0..fitted.thermometers).map(one).collect()
}

/// The supply: mains, and a battery behind them.
#[derive(Debug)]
pub struct Supply {
    battery: Battery,
    /// The mains are there.
    pub mains: bool,
    /// The machine was switched off, or its battery ended: it comes on again with the mains.
    pub waits_for_mains: bool,
    level_ppm: u64,
    at_ms: u64,
    sags_at_ms: Option<u64>,
    /// At the end of a history: it holds what it has.
    pub lasts_for_ever: bool,
}

impl Supply {
    /// Full, on the mains.
    pub fn new(battery: Battery) -> Self {
        Self {
            battery,
            mains: true,
            waits_for_mains: false,
            level_ppm: FULL_PPM,
            at_ms: 0,
            sags_at_ms: None,
            lasts_for_ever: false,
        }
    }

    /// Lets time pass. The battery is used while the mains are gone and the machine runs, and charged while they are there.
    pub fn pass(&mut self, now_ms: u64, machine_runs: bool) {
        let ms = now_ms.saturating_sub(self.at_ms);
        self.at_ms = now_ms;
        self.sags_at_ms.take_if(|at_ms| *at_ms <= now_ms);
        if self.lasts_for_ever {
            return;
        }
        let ppm = |ms: u64| ms.saturating_mul(FULL_PPM) / self.battery.lasts_ms;
        if self.mains {
            self.level_ppm = (self.level_ppm + ppm(ms / 2)).min(FULL_PPM);
        } else if machine_runs {
            self.level_ppm = self.level_ppm.saturating_sub(ppm(ms));
        }
    }

    /// It holds so much, in percent, from now on, and the mains are gone.
    pub fn hold(&mut self, now_ms: u64, percent: u8) {
        self.mains = false;
        self.lasts_for_ever = true;
        self.at_ms = now_ms;
        self.level_ppm = u64::from(percent) * FULL_PPM / 100;
    }

    /// A lock's pulse pulls a battery down, and shows at its gauge at once.
    pub fn pulls(&mut self, now_ms: u64) {
        if !self.mains && !self.lasts_for_ever {
            self.level_ppm = self.level_ppm.saturating_sub(PULSE_PPM);
            self.sags_at_ms = Some(now_ms + SAGS_WITHIN_MS);
        }
    }

    /// Nothing is left.
    pub fn is_empty(&self) -> bool {
        self.level_ppm == 0
    }

    /// What the gauge says, which wavers by one, in percent; nothing where there is none.
    pub fn gauge(&self, chance: &mut Chance) -> Option<u8> {
        let percent = u8::try_from(self.level_ppm * 100 / FULL_PPM).unwrap_or(100);
        let wavers = u8::from(!self.lasts_for_ever && chance.one_in(3));
        self.battery.has_gauge.then(|| percent.saturating_add(wavers).min(100))
    }

    /// When it is to be read again.
    pub fn next_due_ms(&self) -> Option<u64> {
        let usual_ms = self.at_ms + GAUGE_EVERY_MS;
        (!self.mains && !self.waits_for_mains)
            .then_some(self.sags_at_ms.map_or(usual_ms, |at_ms| at_ms.min(usual_ms)))
    }
}

/// A thermometer in its compartments.
#[derive(Debug)]
pub struct Air {
    /// Its name.
    pub id: String,
    /// The numbers of its compartments.
    pub compartments: Vec<u16>,
    tenths_c: i16,
    drifts_to: i16,
    /// It says nothing.
    pub silent: bool,
    next_reading_ms: u64,
}

impl Air {
    /// What a thermometer of the description measures.
    pub fn new(described: &Thermometer) -> Self {
        Self {
            id: described.id.clone(),
            compartments: described.compartments.clone(),
            tenths_c: USUAL_TENTHS_C,
            drifts_to: USUAL_TENTHS_C,
            silent: false,
            next_reading_ms: 0,
        }
    }

    /// It will get as warm or cold as this, in tenths of a degree Celsius, little by little.
    pub fn drifts(&mut self, now_ms: u64, to_tenths_c: i16) {
        self.drifts_to = to_tenths_c;
        self.next_reading_ms = now_ms;
    }

    /// Whatever was wrong is over.
    pub fn mend(&mut self, now_ms: u64) {
        self.silent = false;
        self.drifts(now_ms, USUAL_TENTHS_C);
    }

    /// It is read anew: the program has just started, or its cable went out.
    pub fn is_read_anew(&mut self, now_ms: u64) {
        self.next_reading_ms = now_ms;
    }

    /// When it is read next.
    pub fn next_due_ms(&self) -> u64 {
        self.next_reading_ms
    }

    /// What it says now, in tenths of a degree Celsius.
    pub fn reads(&mut self, now_ms: u64) -> Option<i16> {
        let left = self.drifts_to - self.tenths_c;
        self.tenths_c += left.clamp(-STEP_TENTHS, STEP_TENTHS);
        let moves = self.tenths_c != self.drifts_to;
        self.next_reading_ms = now_ms + if moves { MOVING_EVERY_MS } else { RESTING_EVERY_MS };
        (!self.silent).then_some(self.tenths_c)
    }
}

/// What a chilled parcel asks for: the range that the refrigerated compartments keep, and a little more.
pub fn chilled() -> TemperatureRange {
    let (low, high) = RANGE_TENTHS_C;
    TemperatureRange { low_tenths_c: low, high_tenths_c: high + 20 }
}

/// Whether a reading is out of the range that is to be kept.
pub fn is_out_of_range(tenths_c: Option<i16>) -> bool {
    let (low, high) = RANGE_TENTHS_C;
    tenths_c.is_none_or(|tenths| tenths < low || tenths > high)
}

/// All of it.
#[derive(Debug)]
pub struct Surroundings {
    /// The supply, where it has a battery.
    pub supply: Option<Supply>,
    /// The thermometers.
    pub airs: Vec<Air>,
    /// What is drawn of all this.
    pub chance: Chance,
}

impl Surroundings {
    /// What is fitted.
    pub fn new(fitted: Fitted, thermometers: &[Thermometer], chance: Chance) -> Self {
        Self {
            supply: fitted.battery.map(Supply::new),
            airs: thermometers.iter().map(Air::new).collect(),
            chance,
        }
    }

    /// When something of it is due.
    pub fn next_due_ms(&self) -> Option<u64> {
        let supply = self.supply.as_ref().and_then(Supply::next_due_ms);
        self.airs.iter().map(Air::next_due_ms).chain(supply).min()
    }
}
