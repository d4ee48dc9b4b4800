//! What can be broken, and mended again.

use std::time::{Duration, Instant};

use super::super::error::DemoError;
use super::super::people::Place;
use super::story::Story;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What "three days" are.
const DAYS: u32 = 3;
/// Sync tries a network that was away again within this time, by the locker's clock.
const TRIED_AGAIN_WITHIN: Duration = Duration::from_secs(61);

/// What can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The network is cut.
    Cut,
    /// The kiosk's plug is pulled.
    Plug,
    /// A door's bolt sticks.
    Jam,
    /// The lock board says nothing and moves nothing.
    Silence,
    /// Three days pass at once.
    Jump,
}

impl Trouble {
    /// As they lie in the tray.
    pub const ALL: [Self; 5] = [Self::Cut, Self::Plug, Self::Jam, Self::Silence, Self::Jump];

    /// Its place there.
    pub fn nth(self) -> usize {
        self as usize
    }

    /// What a click on it does.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cut => "Cut the network",
            Self::Plug => "Pull the plug",
            Self::Jam => "Jam a door",
            Self::Silence => "Silence the board",
            Self::Jump => "Jump three days",
        }
    }

    /// Lines on a 24 by 24 grid.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Cut => "M2 12H8 M16 12H22 M8 7V17 M16 7V17 M12 3V6 M12 18V21",
            Self::Plug => "M9 2V7 M15 2V7 M6 7H18V11A6 6 0 0 1 6 11Z M12 17V22",
            Self::Jam => "M5 3H19V21H5Z M9 9L15 15 M15 9L9 15",
            Self::Silence => "M3 9V15H7L13 20V4L7 9Z M16 9L22 15 M22 9L16 15",
            Self::Jump => "M4 6L12 12L4 18Z M12 6L20 12L12 18Z",
        }
    }
}

impl Story<'_> {
    /// Breaks or mends.
    ///
    /// # Errors
    /// The machine refuses.
    pub fn trouble(&mut self, trouble: Trouble) -> Result<(), DemoError> {
        match trouble {
            Trouble::Cut => self.cut(),
            Trouble::Plug => self.pull_the_plug(),
            Trouble::Jam => self.jam(),
            Trouble::Silence => {
                self.is_silent = !self.is_silent;
                self.stage.world.silent(self.is_silent);
                self.party.mended = (!self.is_silent).then(Instant::now);
                let now = if self.is_silent { "says nothing any more" } else { "speaks again" };
                self.stage.says("board", now);
                Ok(())
            }
            Trouble::Jump => {
                self.stage.clock.skip(DAY * DAYS)?;
                self.day += DAYS;
                self.stage.says("demo", "three days pass");
                Ok(())
            }
        }
    }

    fn cut(&mut self) -> Result<(), DemoError> {
        let Some(cable) = &self.stage.cable else { return Ok(()) };
        let is_cut = !cable.is_cut();
        cable.cut(is_cut);
        if is_cut {
            self.stage.says("network", "is cut");
            return Ok(());
        }
        self.stage.says("network", "is mended; sync tries again within a minute, which passes at once");
        self.stage.clock.skip(TRIED_AGAIN_WITHIN)
    }

    fn pull_the_plug(&mut self) -> Result<(), DemoError> {
        if self.dark_since.is_none() {
            self.stage.kill_kiosk("somebody pulled the plug")?;
            self.dark_since = Some(Instant::now());
        }
        Ok(())
    }

    fn jam(&mut self) -> Result<(), DemoError> {
        if self.jammed.is_empty() {
            let Some(door) = self.door_to_jam() else { return Ok(()) };
            self.stage.world.jam(door, true)?;
            self.jammed.insert(door);
            self.stage.says("cabinet", format!("the bolt of door {door} sticks"));
            return Ok(());
        }
        self.party.mended = Some(Instant::now());
        for door in std::mem::take(&mut self.jammed) {
            self.stage.world.jam(door, false)?;
            self.stage.says("cabinet", format!("the bolt of door {door} comes loose"));
        }
        Ok(())
    }

    /// The door behind which somebody's parcel waits; or else one that a parcel from the van may get.
    fn door_to_jam(&self) -> Option<u16> {
        let waiting =
            self.party.arrived.iter().find_map(|label| match self.stage.people.item(label).ok()?.place {
                Place::Door(door) => Some(door),
                Place::Van | Place::Home => None,
            });
        waiting.or_else(|| self.doors.iter().copied().find(|door| !self.stage.world.is_open(*door)))
    }

    /// Mends everything, as nobody is left who could.
    ///
    /// # Errors
    /// The machine refuses.
    pub fn mend_all(&mut self) -> Result<(), DemoError> {
        if self.is_cut() {
            self.trouble(Trouble::Cut)?;
        }
        if !self.jammed.is_empty() {
            self.trouble(Trouble::Jam)?;
        }
        if self.is_silent {
            self.trouble(Trouble::Silence)?;
        }
        Ok(())
    }
}
