//! The crowd before the locker: who is there, and what they have in their hands. Everybody does what the screen lets them,
//! whatever it shows and however often it goes dark.
//!
//! | file | subject |
//! |---|---|
//! | [`super::shown`] | what they see |
//! | [`courier`], [`recipient`], [`nobody`], [`absent`], [`carrier`] | what each does |
//! | [`passers_by`] | who comes next |
//! | [`keeper`], [`targets`], [`moment`] | who starts processes again; who may be killed, and when that is of interest |

mod absent;
mod carrier;
mod courier;
mod keeper;
mod moment;
mod nobody;
mod passers_by;
mod recipient;

mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::SyncSender;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::error::DemoError;
use super::people::Place;
use super::processes::LOOK_AGAIN;
use super::shown::Shown;
use super::stage::Stage;
use keeper::Keeper;
pub use moment::Moment;
pub use targets::{Targets, Victim};

/// A kiosk that was started again shows its screen within this time, its one second of rest included.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// How long a look lasts when nothing changes: then processes are looked after, and the doors seen.
pub const GLANCE: Duration = Duration::from_millis(40);
/// Whoever did something and sees no change does it again after this time.
pub const AGAIN_AFTER: Duration = Duration::from_millis(2_500);
/// No visit takes longer, kills included.
pub const VISIT: Duration = Duration::from_secs(150);
/// What is asked of a hub that was killed is asked again for so long.
const HUB_WITHIN: Duration = Duration::from_secs(40);
/// Whoever walks away from an open door leaves the kiosk to others after this time.
pub const SESSION_GIVES_UP: Duration = Duration::from_secs(61);

/// The crowd.
pub struct Crowd<'s, 'a> {
    /// What runs.
    pub stage: &'s mut Stage<'a>,
    /// What happens next.
    pub chance: Chance,
    /// Who keeps the processes running.
    pub keeper: Keeper,
    /// Who wants to hear of moments at which a kill is of interest.
    pub moments: Option<SyncSender<Moment>>,
    /// How people are.
    pub habits: Habits,
    /// The screen is lit, as far as anybody knows.
    is_lit: bool,
    dark_since: Instant,
    /// Doors from which somebody walked away, and who will come back.
    pub left_open: BTreeMap<u16, Absent>,
    /// Parcels whose story people themselves have confused: put nothing in and went, complained and went.
    pub confused: BTreeSet<String>,
    /// Parcels that the carrier wants back.
    pub recalled: BTreeSet<String>,
    /// Parcels in the van of which the locker does not know yet.
    pub unheard: BTreeSet<String>,
    /// How often there was no door for a parcel.
    pub no_room: u32,
    /// How many people there have been.
    pub people_so_far: u32,
}

/// How people are.
#[derive(Clone, Copy)]
pub struct Habits {
    /// Whether they do what only the carrier can sort out: leave with the parcel in the hand and the door open, for longer than it may be.
    pub confuse: bool,
    /// How slow their hands are.
    pub slowness_percent: u32,
    /// How long parcels may wait, in seconds.
    pub retention_s: u32,
}

/// Somebody who walked away from an open door.
#[derive(Clone, Debug)]
pub enum Absent {
    /// A courier, with this parcel still to be put in.
    WithParcel(String),
    /// A courier who has put it in.
    PutIn,
    /// A recipient, whose parcels are inside.
    Recipient(String),
}

/// What somebody did last, and at which screen: not done twice at once.
#[derive(Default)]
pub struct Last {
    at: Option<(Shown, Instant)>,
}

impl Last {
    /// Whether it is time to act at this screen; if so, it is taken for done.
    pub fn may_act(&mut self, shown: &Shown) -> bool {
        let waits = self.at.as_ref().is_some_and(|(seen, at)| seen == shown && at.elapsed() < AGAIN_AFTER);
        if !waits {
            self.at = Some((shown.clone(), Instant::now()));
        }
        !waits
    }

    /// Whether the screen is another than the one at which something was done.
    pub fn is_new(&self, shown: &Shown) -> bool {
        self.at.as_ref().is_none_or(|(seen, _)| seen != shown)
    }
}

impl<'s, 'a> Crowd<'s, 'a> {
    /// The crowd before a locker that runs.
    ///
    /// # Errors
    /// The system gives no handles on the processes.
    pub fn new(stage: &'s mut Stage<'a>, chance: Chance, habits: Habits) -> Result<Self, DemoError> {
        let keeper = Keeper::of(stage)?;
        Ok(Self {
            stage,
            chance,
            keeper,
            moments: None,
            habits,
            is_lit: true,
            dark_since: Instant::now(),
            left_open: BTreeMap::new(),
            confused: BTreeSet::new(),
            recalled: BTreeSet::new(),
            unheard: BTreeSet::new(),
            no_room: 0,
            people_so_far: 0,
        })
    }

    /// Looks at the screen, until it changes or for `within`; looks after the processes too.
    ///
    /// # Errors
    /// A process ended by itself, or the kiosk does not come back.
    pub fn look(&mut self, within: Duration) -> Result<Shown, DemoError> {
        self.keeper.look_after(self.stage)?;
        if !self.is_lit {
            match self.stage.screen.try_find_again() {
                Ok(()) => self.is_lit = true,
                Err(DemoError::Glass(_)) if self.dark_since.elapsed() > BACK_WITHIN => {
                    return Err(broken("the kiosk did not come back by itself"));
                }
                Err(DemoError::Glass(_)) => {
                    sleep(within.min(GLANCE));
                    return Ok(Shown::Dark);
                }
                Err(error) => return Err(error),
            }
        }
        match self.stage.screen.glance(within) {
            Ok(facts) => Ok(Shown::read(facts)),
            Err(DemoError::Glass(_)) => {
                self.goes_dark();
                Ok(Shown::Dark)
            }
            Err(error) => Err(error),
        }
    }

    /// Touches a button; false when it is not there (any more) or the screen is dark.
    ///
    /// # Errors
    /// As for [`Crowd::look`].
    pub fn press(&mut self, label: &str) -> Result<bool, DemoError> {
        self.touch(|stage| stage.screen.press(label))
    }

    /// Types digits; false when the keypad is not there (any more).
    ///
    /// # Errors
    /// As for [`Crowd::look`].
    pub fn types(&mut self, digits: &str) -> Result<bool, DemoError> {
        self.touch(|stage| stage.screen.type_digits(digits))
    }

    fn touch(
        &mut self,
        touch: impl FnOnce(&mut Stage<'a>) -> Result<(), DemoError>,
    ) -> Result<bool, DemoError> {
        use locker_ui::glass::GlassError;
        match touch(self.stage) {
            Ok(()) => Ok(true),
            Err(DemoError::Glass(GlassError::NoSuchLabel { .. })) => Ok(false),
            Err(DemoError::Glass(_)) => {
                self.goes_dark();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn goes_dark(&mut self) {
        self.is_lit = false;
        self.dark_since = Instant::now();
    }

    /// Hands are busy, or somebody waits.
    ///
    /// # Errors
    /// A process ended by itself.
    pub fn waits(&mut self, long: Duration) -> Result<(), DemoError> {
        let began = Instant::now();
        loop {
            self.keeper.look_after(self.stage)?;
            let left = long.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            sleep(left.min(LOOK_AGAIN));
        }
    }

    /// As long as hands need for something.
    ///
    /// # Errors
    /// A process ended by itself.
    pub fn hands(&mut self, most_ms: u64) -> Result<(), DemoError> {
        let long = self.chance.between(Duration::from_millis(150), Duration::from_millis(most_ms));
        self.waits(long * self.habits.slowness_percent / 100)
    }

    /// The doors that stand open before whoever is here: not those from which somebody else walked away.
    pub fn door_here(&self) -> Option<u16> {
        self.stage.world.open_doors().into_iter().find(|door| !self.left_open.contains_key(door))
    }

    /// Pushes a door shut.
    ///
    /// # Errors
    /// There is no such door.
    pub fn shuts(&mut self, who: &str, door: u16) -> Result<(), DemoError> {
        self.stage.push_shut(who, door)?;
        self.tell(Moment::DoorShut);
        Ok(())
    }

    /// Holds something before the scanner.
    pub fn holds(&mut self, who: &str, what: &str, text: &str) {
        self.stage.says(who, format!("holds {what} before the scanner"));
        self.stage.world.scanner.scan(text);
    }

    /// Tells of a moment.
    pub fn tell(&self, moment: Moment) {
        if let Some(moments) = &self.moments {
            // Whoever listens may be busy, and misses it.
            let _ = moments.try_send(moment);
        }
    }

    /// Asks the hub; a hub that was killed, again when it is back. `ask` must bear being asked twice.
    ///
    /// # Errors
    /// The hub refuses, or does not come back.
    pub fn ask_hub<T>(
        &mut self,
        mut ask: impl FnMut(&mut Stage<'a>) -> Result<T, DemoError>,
    ) -> Result<T, DemoError> {
        let began = Instant::now();
        loop {
            match ask(self.stage) {
                Err(DemoError::HubAway { .. }) if began.elapsed() < HUB_WITHIN => {}
                result => return result,
            }
            self.waits(Duration::from_millis(100))?;
        }
    }

    /// Waits until `look` gives something; time passes meanwhile, so that nobody's patience with the network holds it up.
    ///
    /// # Errors
    /// It gives nothing within `within`.
    pub fn until<T>(
        &mut self,
        what: &str,
        within: Duration,
        mut look: impl FnMut(&mut Stage<'a>) -> Result<Option<T>, DemoError>,
    ) -> Result<T, DemoError> {
        const SYNC_WAITS_AT_MOST: Duration = Duration::from_secs(61);
        let began = Instant::now();
        let mut skipped = Instant::now();
        loop {
            if let Some(found) = self.ask_hub(&mut look)? {
                return Ok(found);
            }
            if began.elapsed() > within {
                return Err(broken(format!("waited {within:?} for {what}")));
            }
            if skipped.elapsed() > Duration::from_secs(4) {
                skipped = Instant::now();
                self.stage.clock.skip(SYNC_WAITS_AT_MOST)?;
            }
            self.waits(Duration::from_millis(100))?;
        }
    }

    /// Whether a parcel is still in the courier's hand.
    pub fn is_in_hand(&self, label: &str) -> bool {
        self.stage.people.item(label).is_ok_and(|item| item.place == Place::Van)
    }

    /// Whose parcels wait behind doors, and how many.
    pub fn waiting(&self) -> BTreeMap<String, u32> {
        let mut waiting = BTreeMap::new();
        for item in self.stage.people.items().filter(|item| matches!(item.place, Place::Door(_))) {
            *waiting.entry(item.recipient.clone()).or_default() += 1;
        }
        waiting
    }

    /// Unlock frames that have reached the board.
    pub fn frames(&self) -> u64 {
        self.stage.world.doors().map(|door| self.stage.world.unlock_frames(door)).sum()
    }
}

/// A promise that was not kept.
pub fn broken(what: impl Into<String>) -> DemoError {
    DemoError::Broken(what.into())
}
