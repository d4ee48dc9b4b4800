//! A recipient at the kiosk: code or pass, door, parcel, close.

use locker_ui::glass::GlassError;

use super::super::error::DemoError;
use super::super::screen::{PATIENCE, door_that};
use super::super::shown::is_list;
use super::super::stage::Stage;
use super::{Errand, Place};

/// More doors than anybody has parcels.
const MOST_DOORS: usize = 10;

impl Stage<'_> {
    /// Somebody types a code.
    ///
    /// # Errors
    /// The keypad does not come.
    pub fn types_code(&mut self, who: &str, code: &str) -> Result<(), DemoError> {
        self.go_home()?;
        self.screen.press("Collect a parcel")?;
        self.screen.wait("the keypad", |facts| facts.starts_with("Type your code"))?;
        let shown: String = code.char_indices().map(|(at, digit)| if at < 8 { '*' } else { digit }).collect();
        self.says(who, format!("types the code {shown}"));
        self.screen.type_digits(code)
    }

    /// The code in the message for a parcel.
    ///
    /// # Errors
    /// There is none.
    pub fn code_of(&self, label: &str) -> Result<String, DemoError> {
        let code = self.people.item(label)?.code.clone();
        code.ok_or_else(|| DemoError::Odd(format!("there is no code for {label}")))
    }

    /// Somebody collects by code.
    ///
    /// # Errors
    /// Their parcels do not come out.
    pub fn collect_by_code(&mut self, label: &str) -> Result<(), DemoError> {
        let who = self.people.item(label)?.recipient.clone();
        let code = self.code_of(label)?;
        self.people.set_errand(Some(Errand::TakeOut(who.clone())));
        self.types_code(&who, &code)?;
        self.take_from_doors(&who)
    }

    /// Somebody collects by pass.
    ///
    /// # Errors
    /// Their parcels do not come out.
    pub fn collect_by_pass(&mut self, label: &str) -> Result<(), DemoError> {
        let who = self.people.item(label)?.recipient.clone();
        self.people.set_errand(Some(Errand::TakeOut(who.clone())));
        let opens = |facts: &str| {
            is_list(facts) || facts.contains("pening door ") || door_that(facts, "is open").is_some()
        };
        self.shows_pass(label, opens)?;
        self.take_from_doors(&who)
    }

    /// Somebody holds the pass for a parcel before the scanner.
    ///
    /// # Errors
    /// The screen does not answer so.
    pub fn shows_pass(&mut self, label: &str, so: impl Fn(&str) -> bool) -> Result<String, DemoError> {
        let item = self.people.item(label)?;
        let who = item.recipient.clone();
        let pass = item.pass.clone();
        let pass = pass.ok_or_else(|| DemoError::Odd(format!("there is no pass for {label}")))?;
        self.says(&who, "holds the phone with the pass before the scanner");
        self.scan(&pass, so, "an answer to the pass")
    }

    /// Takes what is theirs from door after door, until the screen says that all is done.
    ///
    /// # Errors
    /// A door does not open, or their parcel is not there.
    pub fn take_from_doors(&mut self, who: &str) -> Result<(), DemoError> {
        let mut closed = None;
        for _ in 0..MOST_DOORS {
            let facts = self.screen.wait("the next door, or all done", |facts| {
                facts.starts_with("All done")
                    || (closed.is_none() && is_list(facts))
                    || door_that(facts, "is open").is_some_and(|door| Some(door) != closed)
            })?;
            let facts = if is_list(&facts) {
                self.says(who, format!("is told of {}, and goes on", facts.trim_end_matches('.')));
                self.screen.press("Open door ")?;
                self.screen.wait("the first door", |facts| door_that(facts, "is open").is_some())?
            } else {
                facts
            };
            let Some(door) = door_that(&facts, "is open") else {
                self.people.set_errand(None);
                return Ok(());
            };
            if !self.world.wait_open(door, PATIENCE) {
                return Err(self.screen.never(&format!("door {door} to stand open"), PATIENCE));
            }
            self.takes_own(who, door)?;
            self.push_shut(who, door)?;
            closed = Some(door);
        }
        Err(DemoError::Odd(format!("{who} is sent from door to door without an end")))
    }

    /// Takes what is theirs from an open door.
    ///
    /// # Errors
    /// Nothing of theirs is inside.
    pub fn takes_own(&mut self, who: &str, door: u16) -> Result<(), DemoError> {
        let inside = self.world.inside(door);
        let own: Vec<String> = inside
            .iter()
            .filter(|label| self.people.item(label).is_ok_and(|item| item.recipient == who))
            .cloned()
            .collect();
        if own.is_empty() || own.len() < inside.len() {
            return Err(DemoError::Odd(format!("{who} stands before door {door}, and inside is {inside:?}")));
        }
        for label in own {
            self.world.take(door, &label)?;
            self.people.learn(&label, |item| item.place = Place::Home);
            self.says(who, format!("takes {label} out of door {door}"));
        }
        Ok(())
    }

    /// Leaves whatever screen the last person left.
    ///
    /// # Errors
    /// There is no way home.
    pub fn go_home(&mut self) -> Result<(), DemoError> {
        for button in ["Finish", "Go back"] {
            if self.screen.facts().contains("Scan your code, or type it") {
                break;
            }
            if self.screen.offers(button) {
                match self.screen.press(button) {
                    // The screen went home by itself a moment before.
                    Err(DemoError::Glass(GlassError::NoSuchLabel { .. })) => {}
                    pressed => pressed?,
                }
                break;
            }
        }
        self.wait_home()
    }
}
