//! The street as plain data for its window.

use locker_hw::emulate::{Direction, WireEvent};
use locker_hw::profile::Rect;
use locker_street::{
    Box, Door, DoorFront, Frame, Front, Phase, Phone, Rectangle, Scene, Size, Thing, Trouble as Tool,
};

use super::super::ClosedIs;
use super::super::error::DemoError;
use super::super::make::Make;
use super::super::people::Place;
use super::super::timeline::{bytes_of, time_of};
use super::guide::{self, Advice};
use super::party::{Bearer, Held};
use super::story::Story;
use super::troubles::Trouble;

/// Frames that are shown.
pub const FRAMES_SHOWN: usize = 3;
/// Parcels for which a van is drawn.
const MOST_IN_VAN: usize = 3;

/// The cabinet's front.
///
/// # Errors
/// Its profile has a fault.
pub fn front(make: &Make, closed_is: ClosedIs) -> Result<Front, DemoError> {
    let profile = make.profile(closed_is)?;
    let place = |rect| {
        let [x_mm, y_mm, width_mm, height_mm] = profile.from_the_top_mm(rect);
        Rectangle { x_mm, y_mm, width_mm, height_mm }
    };
    let whole = Rect { x_mm: 0, y_mm: 0, w_mm: profile.width_mm(), h_mm: profile.height_mm };
    let Rectangle { width_mm, height_mm, .. } = place(whole);
    Ok(Front {
        width_mm,
        height_mm,
        screen: place(profile.screen),
        doors: profile
            .compartments
            .iter()
            .map(|known| DoorFront { number: known.number, place: place(known.door) })
            .collect(),
    })
}

impl Story<'_> {
    /// All that is to be seen now.
    pub fn scene(&self) -> Scene {
        let sights = self.sights();
        let Advice { step, line, pulse } = guide::advise(&sights);
        // Whoever pulses acts, even before anybody has come up to the kiosk.
        let recipient = match (&self.party.hand, &pulse) {
            (Some(Held { bearer: Bearer::Recipient(who), .. }), _) | (None, Some(Thing::Phone(who))) => {
                Some(who.clone())
            }
            (Some(_), _) => None,
            (None, _) => self.party.visitor.clone(),
        };
        Scene {
            step: step.to_owned(),
            line,
            recipient,
            pulse,
            van: self.van().iter().take(MOST_IN_VAN).map(|label| self.parcel(label)).collect(),
            hand: self.party.hand.iter().map(|held| self.parcel(&held.label)).collect(),
            doors: self
                .doors
                .iter()
                .map(|door| Door {
                    open: self.stage.world.is_open(*door),
                    stuck: self.jammed.contains(door),
                    inside: self.stage.world.inside(*door).iter().map(|label| self.parcel(label)).collect(),
                })
                .collect(),
            dark: self.is_dark(),
            phones: self.owners().into_iter().map(|owner| self.phone(owner)).collect(),
            troubles: Trouble::ALL.map(|trouble| self.tool(trouble)).to_vec(),
            wire: self.wire.iter().cloned().collect(),
            books: self.ledger.books().clone(),
            day: format!("Day {}", self.day),
        }
    }

    fn parcel(&self, label: &str) -> Box {
        let name = self.stage.people.item(label).map_or("?", |item| item.recipient.as_str());
        let size = match self.sizes.get(label).map(String::as_str) {
            Some("S") => Size::Small,
            Some("L") => Size::Large,
            _ => Size::Medium,
        };
        Box { label: label.to_owned(), name: name.to_owned(), size }
    }

    fn phone(&self, owner: String) -> Phone {
        let message = self.message_of(&owner).and_then(|label| {
            let item = self.stage.people.item(&label).ok()?;
            Some(Phase::Message { code: item.code.clone()?, pass: item.pass.clone()? })
        });
        let own = self.stage.people.items().filter(|item| item.recipient == owner);
        let phase = match message {
            Some(message) => message,
            // The last of what they were sent is at home.
            None if own.last().is_some_and(|item| item.place == Place::Home) => Phase::Collected,
            None => Phase::Waiting,
        };
        Phone { owner, phase }
    }

    fn tool(&self, trouble: Trouble) -> Tool {
        let (active, name) = match trouble {
            Trouble::Cut => (self.is_cut(), "Mend the network".to_owned()),
            Trouble::Plug => (self.dark_since.is_some(), "No power".to_owned()),
            Trouble::Jam => {
                let door = self.jammed.first().map(u16::to_string).unwrap_or_default();
                (!self.jammed.is_empty(), format!("Free door {door}"))
            }
            Trouble::Silence => (self.is_silent, "Let it speak".to_owned()),
            Trouble::Jump => (false, String::new()),
        };
        let name = if active { name } else { trouble.name().to_owned() };
        Tool { name, icon: trouble.icon().to_owned(), active }
    }
}

/// A frame as the ticker shows it.
pub fn frame(event: &WireEvent) -> Frame {
    Frame {
        bytes: bytes_of(event),
        note: event.note.clone(),
        took: time_of(event),
        to_part: event.direction == Direction::ToPart,
    }
}
