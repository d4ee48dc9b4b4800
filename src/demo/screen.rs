//! Hands and eyes before the kiosk: reads the screen, touches it, keeps a picture of each new screen.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use locker_ui::Seen;
use locker_ui::glass::{Client, GlassError};

use super::error::DemoError;
use super::timeline::Timeline;

/// Longer than anything at the kiosk takes on a busy machine, a stuck door included.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The screen takes the same key twice within 120 ms for one that bounces.
const BETWEEN_EQUAL_KEYS: Duration = Duration::from_millis(150);
/// A kiosk makes its screen within this time.
const STARTS_WITHIN: Duration = Duration::from_secs(20);
/// Then it is asked whether there is still a kiosk to wait for.
const LOOKS_FOR: Duration = Duration::from_millis(200);
/// A picture's name has at most so many characters of what the screen says.
const MOST_SLUG: usize = 40;

/// The screen of the kiosk that runs.
pub struct Screen {
    socket: PathBuf,
    pictures: PathBuf,
    timeline: Timeline,
    client: Client,
    seen: Seen,
    facts: String,
    taken: u32,
    /// Whether new screens have their pictures taken.
    camera: bool,
    /// What was touched last, and when.
    touched: Option<(String, Instant)>,
}

impl Screen {
    /// Steps before a kiosk that is starting.
    ///
    /// # Errors
    /// It shows no screen.
    pub fn find(
        socket: &Path,
        pictures: &Path,
        timeline: &Timeline,
        mut kiosk_runs: impl FnMut() -> Result<bool, DemoError>,
    ) -> Result<Self, DemoError> {
        let began = Instant::now();
        let mut client = loop {
            match Client::connect_within(socket, LOOKS_FOR) {
                Err(_) if began.elapsed() < STARTS_WITHIN && kiosk_runs()? => {}
                result => break result?,
            }
        };
        let seen = client.seen()?;
        let mut screen = Self {
            socket: socket.to_owned(),
            pictures: pictures.to_owned(),
            timeline: timeline.clone(),
            client,
            seen: Seen::default(),
            facts: String::new(),
            taken: last_number(pictures),
            camera: true,
            touched: None,
        };
        screen.look(seen)?;
        Ok(screen)
    }

    /// Steps before the kiosk that took the place of the one before.
    ///
    /// # Errors
    /// It shows no screen.
    pub fn find_again(&mut self) -> Result<(), DemoError> {
        self.client = Client::connect_within(&self.socket, STARTS_WITHIN)?;
        self.facts.clear();
        let seen = self.client.seen()?;
        self.look(seen)
    }

    /// From now on no pictures: thousands of screens would fill the disk.
    pub fn put_camera_away(&mut self) {
        self.camera = false;
    }

    /// The same as [`Screen::find_again`], but without waiting for a kiosk that has not made its screen yet.
    ///
    /// # Errors
    /// There is no screen now.
    pub fn try_find_again(&mut self) -> Result<(), DemoError> {
        self.client = Client::connect(&self.socket)?;
        self.facts.clear();
        let seen = self.client.seen()?;
        self.look(seen)
    }

    /// Looks until the screen changes, at most for `within`, and gives what it says then.
    ///
    /// # Errors
    /// The screen went away.
    pub fn glance(&mut self, within: Duration) -> Result<&str, DemoError> {
        let seen = self.client.seen_since(self.seen.revision, within)?;
        self.look(seen)?;
        Ok(&self.facts)
    }

    /// What the screen says, without its buttons, as it was last looked at.
    pub fn facts(&self) -> &str {
        &self.facts
    }

    /// Waits until the screen says something of which `so` is true, and gives what it says.
    ///
    /// # Errors
    /// It never does within [`PATIENCE`].
    pub fn wait(&mut self, what: &str, so: impl Fn(&str) -> bool) -> Result<String, DemoError> {
        match self.wait_within(PATIENCE, so)? {
            Some(facts) => Ok(facts),
            None => Err(self.never(what, PATIENCE)),
        }
    }

    /// The same with another patience; nothing when it does not.
    ///
    /// # Errors
    /// The screen went away.
    pub fn wait_within(
        &mut self,
        within: Duration,
        so: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, DemoError> {
        let began = Instant::now();
        let seen = self.client.seen()?;
        self.look(seen)?;
        loop {
            if so(&self.facts) {
                return Ok(Some(self.facts.clone()));
            }
            let left = within.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            let seen = self.client.seen_since(self.seen.revision, left)?;
            self.look(seen)?;
        }
    }

    /// Puts a finger on the button whose label begins so.
    ///
    /// # Errors
    /// There is none.
    pub fn press(&mut self, label: &str) -> Result<(), DemoError> {
        let seen = self.client.seen()?;
        self.look(seen)?;
        let found = self.seen.focus.iter().find(|focus| focus.label.starts_with(label)).cloned();
        let Some(button) = found else {
            return Err(DemoError::Glass(GlassError::NoSuchLabel {
                label: label.to_owned(),
                there: self.seen.focus.iter().map(|focus| focus.label.clone()).collect(),
                spoken: self.seen.spoken.clone(),
            }));
        };
        if let Some((_, at)) = self.touched.take().filter(|(last, _)| *last == button.label) {
            sleep(BETWEEN_EQUAL_KEYS.saturating_sub(at.elapsed()));
        }
        self.client.click(button.x + button.width / 2.0, button.y + button.height / 2.0)?;
        self.touched = Some((button.label, Instant::now()));
        Ok(())
    }

    /// Strikes a key of the hardware keypad.
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn key(&mut self, name: &str) -> Result<(), DemoError> {
        Ok(self.client.press_key(name)?)
    }

    /// Whether a button is there whose label begins with these words: "Larger text" does not offer "Large".
    pub fn offers(&self, label: &str) -> bool {
        let mut behind = self.seen.focus.iter().filter_map(|focus| focus.label.strip_prefix(label));
        behind.any(|rest| !rest.starts_with(char::is_alphanumeric))
    }

    /// Types digits on the screen's keypad.
    ///
    /// # Errors
    /// There is no keypad.
    pub fn type_digits(&mut self, digits: &str) -> Result<(), DemoError> {
        digits.chars().try_for_each(|digit| self.press(&digit.to_string()))
    }

    /// The pixels now, as a PNG.
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn pixels(&mut self) -> Result<Vec<u8>, DemoError> {
        Ok(self.client.picture()?.png)
    }

    /// The error of something that did not happen.
    pub fn never(&self, what: &str, waited: Duration) -> DemoError {
        DemoError::Never { what: what.to_owned(), waited, screen: self.seen.spoken.clone() }
    }

    /// Takes in what is seen; a screen that is new gets its picture taken.
    fn look(&mut self, seen: Seen) -> Result<(), DemoError> {
        let facts = facts(&seen);
        self.seen = seen;
        if facts == self.facts {
            return Ok(());
        }
        self.facts = facts;
        if !self.camera {
            self.timeline.says("screen", title(&self.facts));
            return Ok(());
        }
        let picture = self.client.picture()?;
        self.taken += 1;
        let name = format!("{:03}-{}.png", self.taken, slug(&self.facts));
        fs::write(self.pictures.join(&name), picture.png)
            .map_err(DemoError::io(format!("saving the picture {name}")))?;
        self.timeline.says("screen", &format!("{}  ({name})", title(&self.facts)));
        Ok(())
    }
}

/// The highest number of a picture that an earlier run left.
fn last_number(pictures: &Path) -> u32 {
    let names = fs::read_dir(pictures).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let number = |name: std::ffi::OsString| name.to_str()?.split('-').next()?.parse::<u32>().ok();
    names.filter_map(number).max().unwrap_or(0)
}

/// What is spoken, up to the first button.
pub fn facts(seen: &Seen) -> String {
    let buttons = seen.focus.iter().filter(|focus| !focus.key.is_empty());
    let begins = |label: &str| seen.spoken.find(&format!("{label}: press "));
    let end = buttons.filter_map(|focus| begins(&focus.label)).min().unwrap_or(seen.spoken.len());
    seen.spoken[..end].trim().replace('\n', " ")
}

/// The first sentence, and the next one too where the first only counts ("2 of 3.").
fn title(facts: &str) -> &str {
    let is_count =
        |sentence: &str| sentence.starts_with(|c: char| c.is_ascii_digit()) && sentence.contains(" of ");
    let ends = facts.match_indices(['.', '?']).map(|(at, mark)| at + mark.len());
    let end = ends
        .into_iter()
        .find(|end| !is_count(facts[..*end].trim()) || facts[..*end].matches('.').count() > 1);
    facts[..end.unwrap_or(facts.len())].trim()
}

fn slug(facts: &str) -> String {
    let words = title(facts)
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("-");
    words.chars().take(MOST_SLUG).collect()
}

/// The door that a screen is about, if it says that the door is so.
pub fn door_that(facts: &str, is: &str) -> Option<u16> {
    facts.match_indices(is).find_map(|(at, _)| {
        let before = facts[..at].trim_end();
        let (rest, number) = before.rsplit_once(' ').unwrap_or(("", before));
        let is_door = rest.to_ascii_lowercase().ends_with("door");
        is_door.then(|| number.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use locker_ui::Focus;

    fn button(label: &str, key: &str) -> Focus {
        let (label, key) = (label.to_owned(), key.to_owned());
        Focus { label, key, focused: false, x: 0.0, y: 0.0, width: 1.0, height: 1.0 }
    }

    #[test]
    fn the_facts_of_a_screen_end_where_its_buttons_begin() {
        let spoken = "Door 7 is open. Take your parcel. It is empty: press 1. Not mine: press 2.";
        let focus = vec![button("It is empty", "1"), button("Not mine", "2"), button("Larger text", "")];
        let seen = Seen { spoken: spoken.to_owned(), focus, revision: 1 };
        assert_eq!(facts(&seen), "Door 7 is open. Take your parcel.");
        assert_eq!(slug(&facts(&seen)), "door-7-is-open");
        assert_eq!(title("2 of 3. Door 12 is open. Take your parcel."), "2 of 3. Door 12 is open.");
        assert_eq!(title("Door 3: stored. Scan the next parcel."), "Door 3: stored.");
        assert_eq!(title("Next"), "Next");
    }

    #[test]
    fn a_door_is_found_in_what_a_screen_says() {
        assert_eq!(door_that("2 of 3. Door 12 is open. Take your parcel.", "is open"), Some(12));
        assert_eq!(door_that("Opening door 7.", "."), Some(7));
        assert_eq!(door_that("Your door is open", "is open"), None);
    }
}
