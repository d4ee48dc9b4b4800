//! A courier at the kiosk: badge, scan, door, hands, close.

use std::time::Duration;

use super::super::error::DemoError;
use super::super::screen::{PATIENCE, door_that};
use super::super::stage::Stage;
use super::{Errand, Place};

/// Whoever holds a code before the scanner and sees nothing happen holds it there again.
const SCANS_AGAIN_AFTER: Duration = Duration::from_secs(8);
const MOST_SCANS: u32 = 3;
/// The sizes that a courier may say, from the largest.
const SIZES: [&str; 3] = ["Large", "Medium", "Small"];

impl Stage<'_> {
    /// Holds a code before the scanner, until the screen says something else than it did.
    ///
    /// # Errors
    /// It never does.
    pub fn scan(&mut self, text: &str, so: impl Fn(&str) -> bool, what: &str) -> Result<String, DemoError> {
        for _ in 0..MOST_SCANS {
            self.world.scanner.scan(text);
            if let Some(facts) = self.screen.wait_within(SCANS_AGAIN_AFTER, &so)? {
                return Ok(facts);
            }
            self.look_after()?;
        }
        Err(self.screen.never(what, SCANS_AGAIN_AFTER * MOST_SCANS))
    }

    /// The courier shows the badge.
    ///
    /// # Errors
    /// The screen does not greet them.
    pub fn courier_signs_in(&mut self) -> Result<(), DemoError> {
        let badge =
            self.people.badge().ok_or_else(|| DemoError::Odd("the courier has no badge".to_owned()))?;
        self.says("courier", "shows the badge");
        // Doors whose sensors have not been read yet are not offered.
        self.scan(&badge, |facts| free_doors(facts) > 0, "the courier's screen")?;
        Ok(())
    }

    /// The courier is done.
    ///
    /// # Errors
    /// The screen does not go home.
    pub fn courier_leaves(&mut self) -> Result<(), DemoError> {
        self.screen.press("Finish")?;
        // What was moved is told first, with its receipt.
        let is_home = |facts: &str| facts.contains("Scan your code, or type it");
        let facts =
            self.screen.wait("home, or the end of the stop", |facts| is_home(facts) || tells_stop(facts))?;
        if !is_home(&facts) {
            self.screen.press("Finish")?;
        }
        self.wait_home()
    }

    /// The courier scans a parcel, puts it in and closes.
    ///
    /// # Errors
    /// It is not stored.
    pub fn deposit(&mut self, label: &str) -> Result<u16, DemoError> {
        let door = self.scan_parcel(label, label)?;
        self.put_in_and_close(door, label)?;
        Ok(door)
    }

    /// The courier scans a deposit pass instead.
    ///
    /// # Errors
    /// It is not stored.
    pub fn deposit_by_pass(&mut self, label: &str) -> Result<u16, DemoError> {
        let pass = self.people.item(label)?.deposit_pass.clone();
        let pass = pass.ok_or_else(|| DemoError::Odd(format!("there is no deposit pass for {label}")))?;
        let door = self.scan_parcel(&pass, label)?;
        self.put_in_and_close(door, label)?;
        Ok(door)
    }

    /// The courier scans a parcel that nobody announced, and says how large it is.
    ///
    /// # Errors
    /// It is not stored.
    pub fn deposit_unannounced(&mut self, label: &str, size: &str) -> Result<u16, DemoError> {
        self.says("courier", format!("scans {label}, which nobody announced"));
        self.people.set_errand(Some(Errand::PutIn(label.to_owned())));
        self.scan(label, |facts| facts.starts_with("Which size?"), "the question for the size")?;
        // Only sizes of which a door is free are offered.
        let no_larger = SIZES.iter().skip_while(|name| **name != size);
        let size = no_larger.copied().find(|name| self.screen.offers(name)).unwrap_or(size);
        self.says("courier", format!("touches {size}"));
        self.screen.press(size)?;
        let door = self.wait_door_open()?;
        self.put_in_and_close(door, label)?;
        Ok(door)
    }

    /// Scans what stands for a parcel, and waits for its door.
    ///
    /// # Errors
    /// No door opens.
    pub fn scan_parcel(&mut self, scanned: &str, label: &str) -> Result<u16, DemoError> {
        self.says(
            "courier",
            match scanned == label {
                true => format!("scans {label}"),
                false => format!("holds the phone with the deposit pass of {label} before the scanner"),
            },
        );
        self.people.set_errand(Some(Errand::PutIn(label.to_owned())));
        let is_door = |facts: &str| facts.contains("Opening door ") || door_that(facts, "is open").is_some();
        self.scan(scanned, is_door, "a door for the parcel")?;
        self.wait_door_open()
    }

    /// Waits for the screen to say that a door is open, and for the door.
    ///
    /// # Errors
    /// It does not open.
    pub fn wait_door_open(&mut self) -> Result<u16, DemoError> {
        let facts = self.screen.wait("an open door", |facts| door_that(facts, "is open").is_some())?;
        let door = door_that(&facts, "is open")
            .ok_or_else(|| DemoError::Odd("the screen names no door".to_owned()))?;
        match self.world.wait_open(door, PATIENCE) {
            true => Ok(door),
            false => Err(self.screen.never(&format!("door {door} to stand open"), PATIENCE)),
        }
    }

    /// Puts a parcel in, closes, and waits for "stored".
    ///
    /// # Errors
    /// The screen does not say so.
    pub fn put_in_and_close(&mut self, door: u16, label: &str) -> Result<(), DemoError> {
        self.puts_in(door, label)?;
        self.push_shut("courier", door)?;
        self.wait_stored(door)?;
        self.people.set_errand(None);
        Ok(())
    }

    /// Puts a parcel in.
    ///
    /// # Errors
    /// The door is closed.
    pub fn puts_in(&mut self, door: u16, label: &str) -> Result<(), DemoError> {
        self.world.put(door, label)?;
        self.people.learn(label, |item| item.place = Place::Door(door));
        self.says("courier", format!("puts {label} into door {door}"));
        Ok(())
    }

    /// Pushes a door shut.
    ///
    /// # Errors
    /// There is no such door.
    pub fn push_shut(&mut self, who: &str, door: u16) -> Result<(), DemoError> {
        self.world.push_shut(door)?;
        self.says(who, format!("pushes door {door} shut"));
        Ok(())
    }

    /// Waits for the screen to say that a deposit is stored.
    ///
    /// # Errors
    /// It does not say so.
    pub fn wait_stored(&mut self, door: u16) -> Result<(), DemoError> {
        let stored = format!("Door {door}: stored");
        self.screen.wait(&format!("{stored:?}"), |facts| facts.starts_with(&stored)).map(drop)
    }

    /// Waits for the screen that greets the next person.
    ///
    /// # Errors
    /// It does not come.
    pub fn wait_home(&mut self) -> Result<(), DemoError> {
        self.screen.wait("the home screen", |facts| facts.contains("Scan your code, or type it")).map(drop)
    }
}

/// Whether a screen tells what a courier's stop came to.
fn tells_stop(facts: &str) -> bool {
    facts.contains(" left over") || facts.starts_with("All done")
}

/// How many doors the courier's screen says are free.
fn free_doors(facts: &str) -> u32 {
    let number = |before: &str| before.split_whitespace().next_back()?.parse().ok();
    facts.split_once(" free: ").and_then(|(before, _)| number(before)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_doors_are_read_off_the_screen() {
        assert_eq!(free_doors("Scan. 10 free: 0 S, 8 M, 2 L."), 10);
        assert_eq!(free_doors("Scan. 0 free: 0 S, 0 M, 0 L."), 0);
        assert_eq!(free_doors("Scan your code, or type it."), 0);
    }
}
