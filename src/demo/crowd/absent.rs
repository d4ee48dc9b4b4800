//! People who walked away from an open door, and come back to it.

use std::time::Duration;

use super::super::error::DemoError;
use super::super::people::Place;
use super::{Absent, Crowd};

/// Longer than a door may stand open before what is inside is not known any more.
const TOO_LONG: Duration = Duration::from_secs(11 * 60);

impl Crowd<'_, '_> {
    /// Those who walked away come back and finish what they began.
    ///
    /// # Errors
    /// What they left is not there any more.
    pub fn absent_return(&mut self) -> Result<(), DemoError> {
        for (door, absent) in std::mem::take(&mut self.left_open) {
            if self.habits.confuse && self.chance.percent(15) {
                self.stage.says("demo", "eleven minutes pass");
                self.stage.clock.skip(TOO_LONG)?;
                self.waits(Duration::from_millis(800))?;
            }
            self.hands(600)?;
            match absent {
                Absent::WithParcel(label) => {
                    self.stage.says("courier", format!("comes back to door {door}"));
                    // What the books make of an empty door that is closed now, people have to sort out.
                    if self.chance.percent(70) {
                        self.stage.puts_in(door, &label)?;
                        self.confused.remove(&label);
                    }
                    self.hands(500)?;
                    self.shuts("courier", door)?;
                }
                Absent::PutIn => self.shuts("courier", door)?,
                Absent::Recipient(who) => {
                    self.stage.says(&who, format!("comes back to door {door}"));
                    for label in self.stage.world.inside(door) {
                        self.stage.world.take(door, &label)?;
                        self.stage.people.learn(&label, |item| item.place = Place::Home);
                    }
                    self.hands(500)?;
                    self.shuts(&who, door)?;
                }
            }
        }
        Ok(())
    }
}
