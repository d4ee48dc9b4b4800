//! People without a right: they type codes that are nobody's, hold rubbish before the scanner, and touch whatever is there.
//! No door may move for them.

use std::time::{Duration, Instant};

use super::super::error::DemoError;
use super::super::people::{of_nobody, with_a_slip};
use super::super::shown::Shown;
use super::{Crowd, GLANCE, SESSION_GIVES_UP, broken};

/// They lose interest after this time.
const STAYS: Duration = Duration::from_secs(20);

/// What such a person does.
#[derive(Clone, Copy)]
enum Mischief {
    Guesses,
    Scans,
    Touches,
}

const MISCHIEF: [(u64, Mischief); 3] = [(4, Mischief::Guesses), (3, Mischief::Scans), (3, Mischief::Touches)];

/// Buttons that open nothing.
const HARMLESS: [&str; 8] = [
    "Collect a parcel",
    "Courier",
    "Go back",
    "Type your code",
    "Type it again",
    "Finish",
    "No",
    "More time",
];

impl Crowd<'_, '_> {
    /// Somebody comes who has no right to anything.
    ///
    /// # Errors
    /// A door moved for them.
    pub fn nobody_comes(&mut self) -> Result<(), DemoError> {
        let frames = self.frames();
        let began = Instant::now();
        let mischief = self.chance.weighted(&MISCHIEF).unwrap_or(Mischief::Touches);
        let mut left = 1 + self.chance.below(3);
        let mut in_the_way = 0;
        while left > 0 && began.elapsed() < STAYS {
            let shown = self.look(GLANCE)?;
            if let Shown::Open(_) = shown {
                // Another's door stands open, and the kiosk is still that person's.
                in_the_way += 1;
                if in_the_way > 20 {
                    self.stage.clock.skip(SESSION_GIVES_UP)?;
                }
                continue;
            }
            if shown == Shown::Dark {
                continue;
            }
            let has_done = match mischief {
                Mischief::Guesses => self.guesses(&shown)?,
                Mischief::Scans => self.scans_rubbish(),
                Mischief::Touches => self.touches_anything()?,
            };
            if has_done {
                left -= 1;
                let long = self.chance.between(Duration::from_millis(100), Duration::from_millis(900));
                self.waits(long)?;
            }
        }
        match (self.frames() - frames, self.door_here()) {
            (0, None) => Ok(()),
            (frames, door) => Err(broken(format!(
                "{frames} unlock frames left for somebody without a right; open: {door:?}"
            ))),
        }
    }

    /// Whether a code was typed.
    fn guesses(&mut self, shown: &Shown) -> Result<bool, DemoError> {
        match shown {
            Shown::Code => {
                let digits = self.chance.digits(10);
                let code = if self.chance.percent(50) { of_nobody(&digits) } else { with_a_slip(&digits) };
                self.stage.says("thief", "types a code that is nobody's");
                // Too many at once: the rest finds no keypad any more.
                self.types(&code)
            }
            Shown::Paused => Ok(true),
            _ => {
                for way in ["Collect a parcel", "Type it again", "Go back", "Finish"] {
                    if self.press(way)? {
                        break;
                    }
                }
                Ok(false)
            }
        }
    }

    fn scans_rubbish(&mut self) -> bool {
        let length = self.chance.place(300) + 1;
        let rubbish: String =
            (0..length).map(|_| char::from(32 + u8::try_from(self.chance.below(95)).unwrap_or(0))).collect();
        self.holds("thief", "rubbish", &rubbish);
        true
    }

    fn touches_anything(&mut self) -> Result<bool, DemoError> {
        let button = self.chance.pick(&HARMLESS).unwrap_or("Go back");
        self.press(button)?;
        Ok(true)
    }
}
