//! A small world around the bench: doors that open, jam, open late, lie or fall silent; people who put in, take out and
//! close, or do not; carriers, a hub, and power cuts. What happens is chosen by the test, step by step.

mod anything;
mod around;
mod doors;
mod mishaps;
mod next;

use std::collections::BTreeMap;

use locker_core::{Input, Thermometer};
use locker_protocol::CompartmentId;
use locker_protocol::event::Door;

use crate::bench::{Bench, cabinet};

/// How many parcels carriers have; the hub may announce each, or not.
pub const PARCELS: u64 = 10;
/// The returns that people have at home.
const RETURNS: std::ops::RangeInclusive<u64> = 11..=16;
const DOORS: u16 = 6;
/// How often the sensors are sampled while a door is watched, in milliseconds.
const SAMPLED_EVERY_MS: u64 = 200;
/// Nobody puts anything in, and closes, faster than this, in milliseconds.
const HANDS_MS: u64 = 600;

/// One step: what happens, and two numbers that say how.
pub type Choice = (u8, u8, u16);

/// A door and its sensor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    Works,
    Jams,
    OpensLate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sensor {
    True,
    Unknown,
    Silent,
    Lies,
}

struct DoorModel {
    open_since_ms: Option<u64>,
    opens_at_ms: Option<u64>,
    lock: Lock,
    sensor: Sensor,
    reported: Option<Door>,
    /// What is physically inside, by the number on the label.
    inside: Vec<u64>,
}

/// The bench, and what is physically around it.
pub struct World {
    pub bench: Bench,
    /// Sensors may lie and people may not: then nothing may be physically lost.
    honest: bool,
    doors: BTreeMap<u16, DoorModel>,
    /// Whether the parcel with this number is (still) with its carrier, or at its sender's home.
    with_carrier: BTreeMap<u64, bool>,
    /// The next change's number, as far as the hub knows.
    next_change: u64,
    /// How often a change waited for an opening's end.
    pub changes_held: u64,
    /// How often a courier's session was resumed.
    pub sessions_resumed: u64,
}

type Done = Result<(), String>;

impl World {
    pub fn new(honest: bool) -> Self {
        let mut cabinet = cabinet();
        let cold = Thermometer { compartments: vec![CompartmentId(DOORS)], range_tenths_c: (20, 80) };
        cabinet.thermometers.insert(around::COLD.to_owned(), cold);
        let door = || DoorModel {
            open_since_ms: None,
            opens_at_ms: None,
            lock: Lock::Works,
            sensor: Sensor::True,
            reported: None,
            inside: Vec::new(),
        };
        Self {
            bench: Bench::new(cabinet),
            honest,
            doors: (1..=DOORS).map(|number| (number, door())).collect(),
            with_carrier: (1..=PARCELS).chain(RETURNS).map(|number| (number, true)).collect(),
            next_change: 1,
            changes_held: 0,
            sessions_resumed: 0,
        }
    }

    /// One step of whatever can happen.
    pub fn step(&mut self, (kind, how, much): Choice) -> Done {
        match kind {
            0..=104 => self.go_on(how, much)?,
            105..=108 => self.item(how, much)?,
            109..=122 => self.run(u64::from(much % 3_000) + 1)?,
            123..=136 => self.jump(how, much)?,
            137..=146 => self.answer(how)?,
            147..=166 => self.hub(how, much)?,
            167..=182 => self.present(how, much)?,
            183..=196 => self.touch(how, much)?,
            197..=206 => self.close_some_door(how)?,
            207..=216 => self.break_or_mend(how, much),
            217..=224 => self.restart(how, much)?,
            225..=228 => self.force_open(how)?,
            229 => self.bench.try_give(Input::HubTime { unix_s: u64::from(much) * 200 })?,
            230 | 231 => self.around(how, much)?,
            232 => self.bench.try_give(Input::Network { reaches_hub: how.is_multiple_of(2) })?,
            233..=240 => self.stray(how, much)?,
            241..=247 => self.guess(how, much)?,
            248..=255 => self.restart_in_opening(how, much)?,
        }
        self.nothing_is_lost()
    }

    fn a_return(&self, much: u16) -> u64 {
        RETURNS.start() + u64::from(much) % RETURNS.count() as u64
    }

    fn number(&self, much: u16) -> u64 {
        u64::from(much) % PARCELS + 1
    }

    /// Where people and sensors are honest, whatever is physically in a compartment is listed by it, or is in the hands
    /// of an opening of it.
    fn nothing_is_lost(&self) -> Done {
        if !self.honest {
            return Ok(());
        }
        let state = self.bench.state();
        for (number, door) in &self.doors {
            let compartment = CompartmentId(*number);
            let contents = state.contents(compartment);
            let mut known: Vec<_> = contents.listed().to_vec();
            if let Some((_, opening)) = state.opening_of(compartment) {
                known.extend(opening.goes_in.iter().chain(&opening.comes_out));
            }
            for item in &door.inside {
                let found = known
                    .iter()
                    .any(|id| state.parcels.get(id).is_some_and(|parcel| parcel.label_tag.0 == *item));
                if !found {
                    return Err(format!(
                        "parcel {item} is behind door {number}, whose books say {contents:?}"
                    ));
                }
            }
        }
        Ok(())
    }
}
