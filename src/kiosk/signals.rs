//! Lights and buzzer of the cabinet, as the rules ask for them.

use locker_engine::{CompartmentId, Sound};
use locker_hw::output::{Beeps, Signals};

use super::sound::Night;
use crate::config::NightSound;

/// Leads to doors, where the cabinet has something to lead with.
#[derive(Clone)]
pub struct Guide {
    signals: Option<Signals>,
    night: Night,
    at_night: NightSound,
}

impl Guide {
    /// By these, if there are any.
    pub fn new(signals: Option<Signals>, night: Night, at_night: NightSound) -> Self {
        Self { signals, night, at_night }
    }

    /// Beeps it.
    pub fn sound(&self, sound: Sound) {
        // An alarm is for the night, too.
        let hushed = self.is_hushed() && sound != Sound::Alarm;
        if let Some(signals) = self.signals.as_ref().filter(|_| !hushed) {
            signals.beep(beeps(sound));
        }
    }

    /// The lights of these doors blink, and no others.
    pub fn lead(&self, doors: &[CompartmentId]) {
        if let Some(signals) = &self.signals {
            signals.lead(doors.iter().map(|door| door.0), self.is_hushed());
        }
    }

    fn is_hushed(&self) -> bool {
        self.night.is() && self.at_night == NightSound::Silent
    }
}

/// Told apart by their number, since a buzzer has one pitch only.
fn beeps(sound: Sound) -> Beeps {
    let (count, on_ms, off_ms) = match sound {
        Sound::Stored => (1, 80, 0),
        Sound::Look => (2, 80, 80),
        Sound::Refused => (1, 400, 0),
        Sound::Tick => (1, 20, 0),
        Sound::Alarm => (10, 250, 150),
    };
    Beeps { count, on_ms, off_ms }
}
