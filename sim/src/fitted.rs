//! What a cabinet has besides locks and doors: item sensors, a battery, thermometers, a sensor on its back wall. Drawn from a
//! stream of its own: a cabinet without any of it is what its seed always made.

use crate::chance::Chance;

/// Which compartments have a sensor that sees what lies inside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Items {
    /// None has.
    None,
    /// All have.
    All,
    /// Some have.
    Some,
}

/// A supply with a battery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Battery {
    /// How long it lasts when it is full, in milliseconds.
    pub lasts_ms: u64,
    /// Whether anything measures it.
    pub has_gauge: bool,
}

/// What there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fitted {
    /// Item sensors.
    pub items: Items,
    /// A battery.
    pub battery: Option<Battery>,
    /// So many thermometers.
    pub thermometers: u64,
    /// A sensor that notices force.
    pub tamper: bool,
    /// The call centre answers while its caller still stands there.
    pub quick_answers: bool,
}

const HOUR_MS: u64 = 3_600_000;

impl Fitted {
    /// Draws it.
    pub fn draw(chance: &mut Chance) -> Self {
        let items = match chance.below(4) {
            0 => Items::All,
            1 => Items::Some,
            _ => Items::None,
        };
        let battery = chance.one_in(3).then(|| Battery {
            lasts_ms: chance.between(HOUR_MS, 9 * HOUR_MS),
            has_gauge: !chance.one_in(4),
        });
        let thermometers = if chance.one_in(4) { chance.between(1, 3) } else { 0 };
        Self { items, battery, thermometers, tamper: chance.one_in(4), quick_answers: chance.one_in(3) }
    }
}
