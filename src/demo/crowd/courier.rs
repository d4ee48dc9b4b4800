//! A courier of the crowd: brings what is in the bag, whatever the kiosk shows, and however often it dies meanwhile.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::error::DemoError;
use super::super::people::Place;
use super::super::shown::{Note, Shown};
use super::Moment;
use super::{Absent, Crowd, GLANCE, Last, SESSION_GIVES_UP, VISIT, broken};

/// What a courier does at an open door with a parcel in the hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whim {
    /// Puts it in and closes.
    Put,
    /// The same, slowly.
    PutSlowly,
    /// Scans the next parcel before closing.
    ScanNext,
    /// Closes without having put it in, and says so if the screen lets them.
    Nothing,
    /// Walks away with the door open, the parcel in the hand.
    Leave,
    /// Walks away with the door open, the parcel inside.
    PutAndLeave,
}

const WHIMS: [(u64, Whim); 6] = [
    (66, Whim::Put),
    (9, Whim::PutSlowly),
    (10, Whim::ScanNext),
    (7, Whim::Nothing),
    (4, Whim::Leave),
    (4, Whim::PutAndLeave),
];

struct Visit {
    bag: VecDeque<String>,
    /// The parcel that is being brought.
    current: Option<String>,
    /// The courier has just closed this empty door, and is to say so.
    nothing_in: Option<u16>,
    takes_out: bool,
    is_over: bool,
    last: Last,
}

impl Crowd<'_, '_> {
    /// A courier comes, with parcels and perhaps to take others out.
    ///
    /// # Errors
    /// A promise is broken.
    pub fn courier_comes(&mut self, bag: Vec<String>, takes_out: bool) -> Result<(), DemoError> {
        let mut visit = Visit {
            bag: bag.into(),
            current: None,
            nothing_in: None,
            takes_out,
            is_over: false,
            last: Last::default(),
        };
        let began = Instant::now();
        while !visit.is_over {
            if began.elapsed() > VISIT {
                return Err(broken(format!(
                    "a courier's visit does not end; seen: {}",
                    self.stage.screen.facts()
                )));
            }
            let shown = self.look(GLANCE)?;
            match self.door_here() {
                Some(door) => self.courier_at_door(&mut visit, door, &shown)?,
                None => self.courier_reads(&mut visit, &shown)?,
            }
        }
        Ok(())
    }

    fn courier_reads(&mut self, visit: &mut Visit, shown: &Shown) -> Result<(), DemoError> {
        let is_new = visit.last.is_new(shown);
        if matches!(shown, Shown::Dark | Shown::Moment | Shown::Opening) || !visit.last.may_act(shown) {
            return Ok(());
        }
        let has_more = visit.current.is_some() || !visit.bag.is_empty() || visit.takes_out;
        match shown {
            Shown::Courier(note) => self.courier_goes_on(visit, *note, is_new),
            Shown::Done if !has_more => {
                visit.is_over = self.press("Finish")?;
                Ok(())
            }
            Shown::Home | Shown::Code | Shown::Refused(_) | Shown::SignIn | Shown::Paused | Shown::Done => {
                visit.nothing_in = None;
                if !has_more {
                    visit.is_over = true;
                    return Ok(());
                }
                let badge = self.stage.people.badge().unwrap_or_default();
                self.holds("courier", "the badge", &badge);
                Ok(())
            }
            Shown::Size => {
                let label = visit.current.clone().unwrap_or_default();
                let announced = self.stage.people.item(&label).is_ok_and(|item| item.parcel.is_some());
                if announced && !self.confused.contains(&label) {
                    return Err(broken(format!(
                        "the locker asks for the size of {label}, which was announced"
                    )));
                }
                // With the colon: "Larger text" is always there, and begins like a size.
                for size in ["Medium:", "Large:", "Small:"] {
                    if self.press(size)? {
                        return Ok(());
                    }
                }
                self.press("Go back").map(drop)
            }
            Shown::Pick => {
                let door = visit.nothing_in.unwrap_or(0);
                if self.press(&format!("Door {door}:"))? {
                    return Ok(());
                }
                visit.nothing_in = None;
                self.press("Go back").map(drop)
            }
            // Whatever is behind that door: here each parcel has a door of its own.
            Shown::Add => self.press("Another door").map(drop),
            Shown::TakeOut => self.press("Open all").map(drop),
            Shown::StillThere => self.press("More time").map(drop),
            // No door stands open before the courier: it is another's, who left the kiosk so.
            Shown::Open(_) if !is_new => self.stage.clock.skip(SESSION_GIVES_UP),
            Shown::Stuck(_) | Shown::Reported => self.press("Finish").map(drop),
            Shown::AskEmpty => self.press("No").map(drop),
            _ => Ok(()),
        }
    }

    /// The kiosk is ready for the next scan.
    fn courier_goes_on(&mut self, visit: &mut Visit, note: Note, is_new: bool) -> Result<(), DemoError> {
        if visit.nothing_in.is_some() {
            self.stage.says("courier", "touches \"Not in there\"");
            // Of several deposits the screen asks which one; of one it opens the door at once.
            if !self.press("Not in there")? {
                visit.nothing_in = None;
            }
            return Ok(());
        }
        if let Some(label) = visit.current.clone().filter(|_| is_new) {
            match note {
                // The answer to a parcel that was scanned twice, and is behind that door.
                Note::Inside(door) if !self.stage.world.inside(door).is_empty() => {}
                Note::Inside(door) => {
                    if !self.confused.contains(&label) {
                        return Err(broken(format!(
                            "{label} is in the hand, and by the books behind door {door}"
                        )));
                    }
                    self.stage
                        .says("courier", format!("takes {label} back to the van: the books have it inside"));
                    visit.current = None;
                }
                Note::NoRoom => {
                    self.no_room += 1;
                    self.stage.says("courier", "takes the rest back to the van");
                    visit.current = None;
                    visit.bag.clear();
                }
                Note::NotYours => return Err(broken(format!("{label} is said to be another carrier's"))),
                // A door that an unfinished opening of this parcel left, or somebody else's: it settles by itself.
                Note::CloseFirst(_) | Note::Ready | Note::Stored(_) | Note::Again => {}
            }
        }
        if visit.current.is_none() {
            visit.current = visit.bag.pop_front();
        }
        if let Some(label) = &visit.current {
            let text = self.stage.people.item(label)?.deposit_pass.clone().unwrap_or_else(|| label.clone());
            let what = format!("{label}{}", if text == *label { "" } else { "'s deposit pass" });
            self.holds("courier", &what, &text);
            if self.chance.percent(6) {
                self.hands(400)?;
                self.holds("courier", "it again", &text);
            }
            return Ok(());
        }
        if visit.takes_out && self.stage.screen.offers("Take out") {
            self.stage.says("courier", "touches \"Take out\"");
            return self.press("Take out").map(drop);
        }
        visit.takes_out = false;
        // What was moved is told before the screen is home again.
        self.press("Finish").map(drop)
    }

    fn courier_at_door(&mut self, visit: &mut Visit, door: u16, shown: &Shown) -> Result<(), DemoError> {
        let Some(label) = visit.current.clone().filter(|label| self.is_in_hand(label)) else {
            return self.courier_empties(visit, door);
        };
        if visit.nothing_in == Some(door) {
            // It was opened to show that it is empty.
            visit.nothing_in = None;
            self.hands(500)?;
            return self.shuts("courier", door);
        }
        let inside = self.stage.world.inside(door);
        if !inside.is_empty() {
            return Err(broken(format!("door {door} opened for {label}, and inside is {inside:?}")));
        }
        self.tell(Moment::DoorOpen);
        let is_dark = *shown == Shown::Dark;
        let whim = self.chance.weighted(&WHIMS).unwrap_or(Whim::Put);
        let whim = if whim == Whim::Leave && !self.habits.confuse { Whim::Put } else { whim };
        match whim {
            Whim::Put | Whim::ScanNext => self.hands(700)?,
            Whim::PutSlowly => self.hands(4_000)?,
            Whim::Nothing => {
                self.hands(1_500)?;
                self.stage.says("courier", format!("closes door {door} with {label} still in the hand"));
                self.shuts("courier", door)?;
                self.confused.insert(label);
                visit.nothing_in = (!is_dark).then_some(door);
                return Ok(());
            }
            Whim::Leave => return self.courier_leaves_open(visit, door, Absent::WithParcel(label)),
            Whim::PutAndLeave => {
                self.hands(700)?;
                self.stage.puts_in(door, &label)?;
                return self.courier_leaves_open(visit, door, Absent::PutIn);
            }
        }
        self.stage.puts_in(door, &label)?;
        visit.current = None;
        // The parcel is where it was put, whatever was unclear before.
        self.confused.remove(&label);
        if whim == Whim::ScanNext
            && let Some(next) = visit.bag.front().cloned()
            // A deposit pass is not taken while a door is open.
            && self.stage.people.item(&next)?.deposit_pass.is_none()
        {
            visit.bag.pop_front();
            self.holds("courier", &format!("{next} already"), &next);
            visit.current = Some(next);
        }
        self.hands(600)?;
        self.shuts("courier", door)
    }

    /// A door that opened to have something taken out, or again with what was put in: both are closed in the end.
    fn courier_empties(&mut self, visit: &Visit, door: u16) -> Result<(), DemoError> {
        self.hands(600)?;
        for label in self.stage.world.inside(door) {
            if !visit.takes_out || !(self.recalled.contains(&label) || self.is_expired(&label)?) {
                continue;
            }
            self.stage.world.take(door, &label)?;
            self.stage.people.learn(&label, |item| item.place = Place::Home);
            self.stage.says("courier", format!("takes {label} out of door {door}, back to the carrier"));
        }
        self.hands(400)?;
        self.shuts("courier", door)
    }

    fn courier_leaves_open(&mut self, visit: &mut Visit, door: u16, absent: Absent) -> Result<(), DemoError> {
        self.stage.says("courier", format!("walks away and leaves door {door} open"));
        if let Absent::WithParcel(label) = &absent {
            self.confused.insert(label.clone());
        }
        self.left_open.insert(door, absent);
        visit.is_over = true;
        self.waits(Duration::from_millis(300))?;
        self.stage.clock.skip(SESSION_GIVES_UP)
    }
}
