//! What a cabinet has besides locks and doors: power supply, tamper sensors, thermometers, buzzer and lights. All of it may
//! be absent. Paths are not here: each part names a role, whose device is in `locker.toml`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::wiring::Pull;
use crate::settings::{At, Faults, Section, Table};

/// The most tamper sensors, and the most thermometers, of one cabinet.
pub const MOST_SENSORS: usize = 32;
/// The most door lights of one cabinet.
pub const MOST_LIGHTS: usize = 410;

/// The parts of a cabinet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What watches the power supply.
    pub power: Option<Power>,
    /// What notices that somebody shakes the cabinet, or opens what only staff open.
    pub tampers: Vec<Tamper>,
    /// What measures temperatures.
    pub thermometers: Vec<Thermometer>,
    /// What beeps: it is either on or off, and makes its own tone.
    pub buzzer: Option<OutputLine>,
    /// What leads to a door.
    pub lights: Vec<Light>,
}

impl Parts {
    /// The roles of the devices that they hang on.
    pub fn ports(&self) -> impl Iterator<Item = &str> {
        let power = self.power.iter().flat_map(|power| {
            [Some(&power.mains_lost.port), power.gauge.as_ref().map(|gauge| &gauge.port)]
                .into_iter()
                .flatten()
        });
        let tampers = self.tampers.iter().map(|tamper| &tamper.input.port);
        let thermometers = self.thermometers.iter().map(|thermometer| &thermometer.port);
        let lights = self.lights.iter().map(|light| &light.output.port);
        let buzzer = self.buzzer.iter().map(|buzzer| &buzzer.port);
        power.chain(tampers).chain(thermometers).chain(buzzer).chain(lights).map(String::as_str)
    }
}

/// An input line of a GPIO chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputLine {
    /// The role of its chip.
    pub port: String,
    /// Its line, as the chip numbers it.
    pub line: u32,
    /// What it tells of is so while the line is low.
    pub active_low: bool,
    /// The resistor inside the chip that it uses.
    pub pull: Pull,
}

/// An output line of a GPIO chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    /// The role of its chip.
    pub port: String,
    /// Its line, as the chip numbers it.
    pub line: u32,
    /// On is low.
    pub active_low: bool,
}

/// A supply with a battery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Power {
    /// Active while the mains are gone.
    pub mains_lost: InputLine,
    /// What measures the battery.
    pub gauge: Option<Gauge>,
}

/// A fuel gauge: on an I2C bus, or a file of the kernel's that holds a percentage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// The role of its bus or file.
    pub port: String,
    /// Its address on the bus.
    pub address: u8,
}

/// A sensor that notices force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tamper {
    /// Its name for people.
    pub id: String,
    /// Its line. It may stick: only that it becomes active counts.
    pub input: InputLine,
    /// So many times ...
    pub edges: u32,
    /// ... within so long are an alarm.
    pub within_ms: u64,
}

/// A thermometer, and what it is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thermometer {
    /// Its name for people.
    pub id: String,
    /// The role of its file, as `/sys/bus/w1/devices/28-*/temperature`.
    pub port: String,
    /// The numbers of the compartments that it is in; none where it is in the cabinet.
    pub compartments: Vec<u16>,
    /// The lowest and the highest that is in range, in tenths of a degree Celsius.
    pub range_tenths_c: (i16, i16),
}

/// A light that leads to doors, or a small sounder that ticks beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Light {
    /// Its line.
    pub output: OutputLine,
    /// The numbers of the compartments that it leads to.
    pub compartments: Vec<u16>,
    /// It ticks, to be heard; a light blinks.
    pub ticks: bool,
}

const LINES: RangeInclusive<i64> = 0..=1023;
/// The X728's gauge, and others that are made like it.
const USUAL_GAUGE: u32 = 0x36;
/// What an I2C bus has room for.
const I2C_ADDRESSES: RangeInclusive<i64> = 0x03..=0x77;
/// What a DS18B20 can measure, in degrees Celsius.
const MEASURABLE_C: RangeInclusive<f64> = -55.0..=125.0;

/// The tables of these parts, before they are read.
pub(super) struct Tables<'t> {
    power: Option<Table<'t>>,
    tampers: Vec<Table<'t>>,
    thermometers: Vec<Table<'t>>,
    buzzer: Option<Table<'t>>,
    lights: Vec<Table<'t>>,
}

impl<'t> Tables<'t> {
    pub(super) fn of(file: &mut Section<'t, '_, '_>) -> Self {
        Self {
            power: file.optional_table("power"),
            tampers: file.optional_tables("tamper", MOST_SENSORS),
            thermometers: file.optional_tables("temperature", MOST_SENSORS),
            buzzer: file.optional_table("buzzer"),
            lights: file.optional_tables("light", MOST_LIGHTS),
        }
    }
}

/// The parts as far as they could be read, and where each line and compartment stood that may contradict another.
#[derive(Default)]
pub(super) struct DraftParts {
    pub(super) parts: Parts,
    lines: Vec<At<(String, u32)>>,
    compartments: Vec<At<u16>>,
    ids: Vec<At<String>>,
}

pub(super) fn read(tables: Tables<'_>, faults: &mut Faults<'_>) -> DraftParts {
    let mut draft = DraftParts::default();
    let Tables { power, tampers, thermometers, buzzer, lights } = tables;
    if let Some(table) = power {
        let mut section = Section::new(table, faults);
        draft.parts.power = read_power(&mut section, &mut draft);
        section.no_more_keys();
    }
    for table in tampers {
        let mut section = Section::new(table, faults);
        let read = read_tamper(&mut section, &mut draft);
        section.no_more_keys();
        draft.parts.tampers.extend(read);
    }
    for table in thermometers {
        let mut section = Section::new(table, faults);
        let read = read_thermometer(&mut section, &mut draft);
        section.no_more_keys();
        draft.parts.thermometers.extend(read);
    }
    if let Some(table) = buzzer {
        let mut section = Section::new(table, faults);
        draft.parts.buzzer = read_output(&mut section, &mut draft);
        section.no_more_keys();
    }
    for table in lights {
        let mut section = Section::new(table, faults);
        let output = read_output(&mut section, &mut draft);
        let compartments = read_compartments(&mut section, &mut draft);
        let ticks = section.value_or("ticks", false);
        section.no_more_keys();
        let light = |((output, compartments), ticks): (_, At<bool>)| Light {
            output,
            compartments,
            ticks: ticks.value,
        };
        draft.parts.lights.extend(output.zip(compartments).zip(ticks).map(light));
    }
    draft
}

impl DraftParts {
    /// What must hold between these parts, and between them and the rest. `taken` are the lines of banks: chip, line and bank.
    pub(super) fn check(
        &self,
        compartments: &[u16],
        taken: &BTreeMap<(&str, u32), &str>,
        faults: &mut Faults<'_>,
    ) {
        let mut used: BTreeMap<(&str, u32), &str> = BTreeMap::new();
        for At { value: (port, line), place, key } in &self.lines {
            let of_bank = taken.get(&(port.as_str(), *line));
            let mut fault = |of: String| {
                faults.add(
                    place.clone(),
                    key.clone(),
                    format!("{line} of \"{port}\" is already used by {of}"),
                );
            };
            match (of_bank, used.insert((port, *line), key)) {
                (Some(bank), _) => fault(format!("bank \"{bank}\"")),
                (None, Some(other)) => fault(other.to_owned()),
                (None, None) => {}
            }
        }
        for At { value, place, key } in &self.compartments {
            if !compartments.contains(value) {
                faults.add(place.clone(), key.clone(), format!("there is no compartment {value}"));
            }
        }
        let mut ids: BTreeMap<&str, ()> = BTreeMap::new();
        for At { value, place, key } in &self.ids {
            if ids.insert(value, ()).is_some() {
                faults.add(
                    place.clone(),
                    key.clone(),
                    format!("\"{value}\" is already the id of another sensor"),
                );
            }
        }
    }
}

fn read_line(section: &mut Section<'_, '_, '_>, key: &str, draft: &mut DraftParts) -> Option<(String, u32)> {
    let port = section.name("port");
    let line = section.whole(key, LINES);
    let (port, line) = (port?.value, line?);
    draft.lines.push(line.clone().with((port.clone(), line.value)));
    Some((port, line.value))
}

fn read_input(section: &mut Section<'_, '_, '_>, key: &str, draft: &mut DraftParts) -> Option<InputLine> {
    let line = read_line(section, key, draft);
    let active_low = section.value_or("active_low", false);
    let pull = section.value_or("pull", Pull::Down);
    let (port, line) = line?;
    Some(InputLine { port, line, active_low: active_low?.value, pull: pull?.value })
}

fn read_output(section: &mut Section<'_, '_, '_>, draft: &mut DraftParts) -> Option<OutputLine> {
    let line = read_line(section, "line", draft);
    let active_low = section.value_or("active_low", false);
    let (port, line) = line?;
    Some(OutputLine { port, line, active_low: active_low?.value })
}

fn read_power(section: &mut Section<'_, '_, '_>, draft: &mut DraftParts) -> Option<Power> {
    let mains_lost = read_input(section, "mains_lost", draft);
    let address = section.whole_or("gauge_address", I2C_ADDRESSES, USUAL_GAUGE);
    // Twice Some: there may rightly be none.
    let gauge = match section.has("gauge") {
        true => section.name("gauge").map(|name| Some(name.value)),
        false => Some(None),
    };
    let address = u8::try_from(address?.value).ok()?;
    let gauge = gauge?.map(|port| Gauge { port, address });
    Some(Power { mains_lost: mains_lost?, gauge })
}

fn read_tamper(section: &mut Section<'_, '_, '_>, draft: &mut DraftParts) -> Option<Tamper> {
    let id = section.name("id");
    draft.ids.extend(id.clone());
    let input = read_input(section, "line", draft);
    let edges = section.whole_or("edges", 1..=100, 1);
    let within_s = section.whole_or("within_s", 1..=600, 10);
    Some(Tamper {
        id: id?.value,
        input: input?,
        edges: edges?.value,
        within_ms: u64::from(within_s?.value) * 1_000,
    })
}

fn read_thermometer(section: &mut Section<'_, '_, '_>, draft: &mut DraftParts) -> Option<Thermometer> {
    let id = section.name("id");
    draft.ids.extend(id.clone());
    let port = section.name("port");
    let compartments = match section.has("compartments") {
        true => read_compartments(section, draft),
        false => Some(Vec::new()),
    };
    let mut limit = |key: &str| {
        let limit = section.value::<f64>(key)?;
        if !MEASURABLE_C.contains(&limit.value) {
            let (low, high) = MEASURABLE_C.into_inner();
            section.fault(&limit, format!("{} is not within {low} to {high} degrees Celsius", limit.value));
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "-550 to 1250")]
        Some(limit.clone().with((limit.value * 10.0).round() as i16))
    };
    let (low, high) = (limit("low_c"), limit("high_c"));
    let (low, high) = (low?, high?);
    if low.value >= high.value {
        section.fault(&high, "is to be above low_c");
        return None;
    }
    Some(Thermometer {
        id: id?.value,
        port: port?.value,
        compartments: compartments?,
        range_tenths_c: (low.value, high.value),
    })
}

fn read_compartments(section: &mut Section<'_, '_, '_>, draft: &mut DraftParts) -> Option<Vec<u16>> {
    let numbers = section.value::<Vec<u16>>("compartments")?;
    if numbers.value.is_empty() || numbers.value.len() > super::MOST_COMPARTMENTS {
        section
            .fault(&numbers, format!("is to be 1 to {} numbers of compartments", super::MOST_COMPARTMENTS));
        return None;
    }
    draft.compartments.extend(numbers.value.iter().map(|number| numbers.clone().with(*number)));
    Some(numbers.value)
}
