//! A recipient of the crowd: comes with code or pass until all that is theirs and inside is in their hands.

use std::time::{Duration, Instant};

use super::super::error::DemoError;
use super::super::people::Place;
use super::super::shown::Shown;
use super::Moment;
use super::{Absent, Crowd, GLANCE, Last, SESSION_GIVES_UP, VISIT, broken};

/// Whoever is refused tries again after this time: an interrupted opening takes up to 10 s to be over.
const TRIES_AGAIN_AFTER: Duration = Duration::from_secs(4);
/// Whoever is refused so often has lost their right.
const MOST_REFUSALS: u32 = 5;

struct Visit {
    who: String,
    by_pass: bool,
    /// Something of this person's was typed or held before the scanner: what the screen refuses now is that.
    has_presented: bool,
    refused: u32,
    /// Digits were typed at this keypad.
    has_typed: bool,
    may_reopen: bool,
    is_over: bool,
    last: Last,
}

impl Crowd<'_, '_> {
    /// Somebody comes for what is theirs.
    ///
    /// # Errors
    /// A promise is broken.
    pub fn recipient_comes(&mut self, who: &str) -> Result<(), DemoError> {
        let mut visit = Visit {
            who: who.to_owned(),
            by_pass: self.chance.percent(50),
            has_presented: false,
            refused: 0,
            has_typed: false,
            may_reopen: self.chance.percent(12),
            is_over: false,
            last: Last::default(),
        };
        let began = Instant::now();
        while !visit.is_over {
            if began.elapsed() > VISIT {
                let facts = self.stage.screen.facts();
                return Err(broken(format!("{who} does not get what is behind a door; seen: {facts}")));
            }
            let shown = self.look(GLANCE)?;
            match self.door_here() {
                Some(door) => self.recipient_at_door(&mut visit, door)?,
                None if self.own(who).is_empty() => self.recipient_goes(&mut visit, &shown)?,
                None => self.recipient_reads(&mut visit, &shown)?,
            }
        }
        Ok(())
    }

    /// This person's parcels behind doors at which nobody is expected back.
    fn own(&self, who: &str) -> Vec<String> {
        self.stage
            .people
            .items()
            .filter(|item| item.recipient == who)
            .filter(|item| matches!(item.place, Place::Door(door) if !self.left_open.contains_key(&door)))
            .map(|item| item.label.clone())
            .collect()
    }

    fn recipient_reads(&mut self, visit: &mut Visit, shown: &Shown) -> Result<(), DemoError> {
        let is_new = visit.last.is_new(shown);
        if matches!(shown, Shown::Dark | Shown::Moment | Shown::Opening) || !visit.last.may_act(shown) {
            return Ok(());
        }
        match shown {
            Shown::Home => self.recipient_presents(visit),
            Shown::Code if visit.has_typed || visit.by_pass => {
                visit.has_typed = false;
                if visit.by_pass { self.recipient_presents(visit) } else { self.press("Go back").map(drop) }
            }
            Shown::Code => {
                let Some(code) = self.code_of_any(&visit.who) else {
                    visit.by_pass = true;
                    return Ok(());
                };
                visit.has_typed = true;
                visit.has_presented = true;
                self.stage.says(&visit.who, "types a code");
                self.types(&code).map(drop)
            }
            Shown::Refused(title) if is_new && visit.has_presented => self.recipient_is_refused(visit, title),
            Shown::Refused(_) | Shown::Done => self.recipient_presents(visit),
            Shown::Paused => {
                visit.by_pass = true;
                self.recipient_presents(visit)
            }
            // A courier's session that was left: a pass counts there too, a code needs the keypad.
            Shown::Courier(_) if visit.by_pass => self.recipient_presents(visit),
            Shown::Add | Shown::TakeOut => {
                visit.by_pass = true;
                self.recipient_presents(visit)
            }
            Shown::Courier(_) | Shown::Reported => self.press("Finish").map(drop),
            Shown::SignIn | Shown::Size | Shown::Pick => self.press("Go back").map(drop),
            Shown::Stuck(_) => self.press("Try again").map(drop),
            Shown::List => self.press("Open door ").map(drop),
            Shown::AskEmpty => self.press("No").map(drop),
            Shown::StillThere => self.press("More time").map(drop),
            // No door stands open before this person: it is another's, who left the kiosk so.
            Shown::Open(_) if !is_new => self.stage.clock.skip(SESSION_GIVES_UP),
            _ => Ok(()),
        }
    }

    fn recipient_presents(&mut self, visit: &mut Visit) -> Result<(), DemoError> {
        if visit.by_pass {
            let own = self.own(&visit.who);
            let mut passes = own.iter().filter_map(|label| self.stage.people.item(label).ok()?.pass.clone());
            if let Some(pass) = passes.next_back() {
                visit.has_presented = true;
                self.holds(&visit.who, "a pass", &pass);
                return Ok(());
            }
            visit.by_pass = false;
        }
        visit.has_typed = false;
        for way in ["Collect a parcel", "Type it again", "Go back", "Finish"] {
            if self.press(way)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn recipient_is_refused(&mut self, visit: &mut Visit, title: &str) -> Result<(), DemoError> {
        visit.refused += 1;
        let own = self.own(&visit.who);
        self.stage.says(&visit.who, format!("is refused: {title}"));
        if visit.refused > MOST_REFUSALS {
            return Err(broken(format!("{} is refused ({title}), and {own:?} wait behind doors", visit.who)));
        }
        visit.by_pass = !visit.by_pass;
        visit.has_typed = false;
        self.waits(TRIES_AGAIN_AFTER)
    }

    fn recipient_at_door(&mut self, visit: &mut Visit, door: u16) -> Result<(), DemoError> {
        let who = visit.who.clone();
        let inside = self.stage.world.inside(door);
        let is_own = |label: &String| self.stage.people.item(label).is_ok_and(|item| item.recipient == who);
        if !inside.iter().all(is_own) {
            return Err(broken(format!("door {door} opened for {who}, and inside is {inside:?}")));
        }
        self.tell(Moment::DoorOpen);
        if inside.is_empty() {
            return self.recipient_finds_nothing(&who, door);
        }
        match self.chance.below(100) {
            0..5 => {
                self.stage.says(&who, format!("walks away and leaves door {door} open"));
                self.left_open.insert(door, Absent::Recipient(who));
                visit.is_over = true;
                self.waits(Duration::from_millis(300))?;
                return self.stage.clock.skip(SESSION_GIVES_UP);
            }
            5..15 => self.hands(4_000)?,
            _ => self.hands(700)?,
        }
        self.stage.takes_own(&who, door)?;
        self.hands(500)?;
        self.shuts(&who, door)
    }

    /// Nothing is behind the door: it was opened again, or the parcel never went in.
    fn recipient_finds_nothing(&mut self, who: &str, door: u16) -> Result<(), DemoError> {
        let items =
            self.stage.people.items().filter(|item| item.recipient == who && item.place == Place::Van);
        let in_van: Vec<String> = items.map(|item| item.label.clone()).collect();
        if !in_van.is_empty() {
            self.stage.says(who, format!("finds nothing behind door {door}, and says so"));
            self.confused.extend(in_van);
            if self.look(GLANCE)? == Shown::Open(door) && self.press("It is empty")? {
                self.waits(Duration::from_millis(400))?;
                self.press("Yes, report it")?;
            }
        }
        self.hands(600)?;
        self.shuts(who, door)
    }

    /// All that was theirs is in their hands: they leave the screen as they found it, or not.
    fn recipient_goes(&mut self, visit: &mut Visit, shown: &Shown) -> Result<(), DemoError> {
        match shown {
            Shown::Home
            | Shown::Courier(_)
            | Shown::SignIn
            | Shown::Refused(_)
            | Shown::Code
            | Shown::Paused => {
                visit.is_over = true;
            }
            Shown::Done if visit.may_reopen => {
                visit.may_reopen = false;
                if self.press("Open door ")? {
                    self.stage.says(&visit.who, "has the door opened once more");
                    self.waits(Duration::from_millis(200))?;
                }
            }
            Shown::Done | Shown::Reported if visit.last.may_act(shown) => {
                visit.is_over = self.press("Finish")?
            }
            Shown::AskEmpty if visit.last.may_act(shown) => drop(self.press("No")?),
            Shown::Stuck(_) if visit.last.may_act(shown) => drop(self.press("Skip")?),
            Shown::StillThere if visit.last.may_act(shown) => drop(self.press("More time")?),
            Shown::List if visit.last.may_act(shown) => drop(self.press("Not now")?),
            _ => {}
        }
        Ok(())
    }

    fn code_of_any(&self, who: &str) -> Option<String> {
        self.own(who).iter().find_map(|label| self.stage.people.item(label).ok()?.code.clone())
    }
}
