//! What a click does: a hand moves, and nothing else. What comes of it is seen.

use std::time::Instant;

use locker_street::Thing;

use super::super::error::DemoError;
use super::super::people::{Errand, Place};
use super::guide;
use super::party::{Bearer, Deed, Held};
use super::story::Story;
use super::troubles::Trouble;

impl Story<'_> {
    /// Does what a click on this means. A click on something that cannot be moved does nothing, as in a street.
    ///
    /// # Errors
    /// The machine refuses.
    pub fn click(&mut self, thing: Thing) -> Result<(), DemoError> {
        match thing {
            Thing::Badge => self.show_badge(),
            Thing::Parcel(label) => self.lift(label),
            Thing::Van => self.go_to_the_van(),
            Thing::Hand(label) => self.use_hand(&label),
            Thing::Door(door) => self.push(door),
            Thing::Inside { door, label } => self.take(door, label),
            Thing::Phone(owner) => self.show_phone(owner),
            Thing::Trouble(nth) => Trouble::ALL.get(nth).map_or(Ok(()), |trouble| self.trouble(*trouble)),
        }
    }

    fn show_badge(&mut self) -> Result<(), DemoError> {
        let badge = self.stage.people.badge();
        let badge = badge.ok_or_else(|| DemoError::Odd("the courier has no badge".to_owned()))?;
        self.stage.says("courier", "shows the badge");
        self.hold(&badge, Deed::Badge);
        Ok(())
    }

    /// The courier takes a parcel out of the van, before the scanner, and keeps it in the hand.
    fn lift(&mut self, label: String) -> Result<(), DemoError> {
        if self.stage.people.item(&label)?.place != Place::Van {
            return Ok(());
        }
        self.party.visitor = None;
        self.stage.people.set_errand(Some(Errand::PutIn(label.clone())));
        self.scan_parcel(&label);
        self.party.hand = Some(Held { label, bearer: Bearer::Courier });
        Ok(())
    }

    fn scan_parcel(&mut self, label: &str) {
        self.stage.says("courier", format!("scans {label}"));
        self.hold(label, Deed::Parcel);
    }

    /// Back into it with what is in the hand; and when it is empty, the next one comes.
    fn go_to_the_van(&mut self) -> Result<(), DemoError> {
        if matches!(&self.party.hand, Some(held) if held.bearer == Bearer::Courier) {
            self.party.hand = None;
            self.stage.people.set_errand(None);
            return Ok(());
        }
        // Its parcels are announced, which needs the network, and by somebody who has nothing else to do.
        if self.van().is_empty() && self.party.hand.is_none() && !self.is_cut() && !self.is_dark() {
            self.next_van()?;
        }
        Ok(())
    }

    fn use_hand(&mut self, label: &str) -> Result<(), DemoError> {
        let Some(held) = self.party.hand.clone().filter(|held| held.label == label) else { return Ok(()) };
        match guide::door_here(&self.sights()) {
            Some(door) => {
                self.stage.puts_in(door, label)?;
                self.party.hand = None;
                self.party.shut_empty = None;
            }
            None if held.bearer == Bearer::Courier => self.scan_parcel(label),
            None => {}
        }
        Ok(())
    }

    fn push(&mut self, door: u16) -> Result<(), DemoError> {
        if !self.stage.world.is_open(door) {
            return Ok(());
        }
        let who = self.party.visitor.clone().unwrap_or_else(|| "courier".to_owned());
        self.stage.push_shut(&who, door)?;
        self.party.does(Deed::Shut);
        for label in self.stage.world.inside(door) {
            let is_own = self.stage.people.item(&label).is_ok_and(|item| item.recipient == who);
            if is_own {
                self.party.left_behind.insert(label.clone());
            }
            self.party.left.entry(label).or_insert_with(Instant::now);
        }
        match &self.party.hand {
            Some(held) if held.bearer == Bearer::Courier => {
                self.party.shut_empty = (!self.party.proves_empty).then_some(door);
            }
            _ => self.party.hand = None,
        }
        if self.stage.world.open_doors().is_empty() {
            if self.party.hand.is_none() {
                self.stage.people.set_errand(None);
            }
            // Whoever has all that they were told of goes home.
            let messages = self.messages();
            self.party.visitor = self.party.visitor.take().filter(|who| messages.contains(who));
        }
        Ok(())
    }

    fn take(&mut self, door: u16, label: String) -> Result<(), DemoError> {
        if !self.stage.world.is_open(door) || !self.stage.world.inside(door).contains(&label) {
            return Ok(());
        }
        let owner = self.stage.people.item(&label).map(|item| item.recipient.clone()).ok();
        let is_own = owner.is_some() && owner == self.party.visitor;
        let hand_is_full = matches!(&self.party.hand, Some(held) if held.bearer == Bearer::Courier);
        if hand_is_full && !is_own {
            return Ok(());
        }
        self.stage.world.take(door, &label)?;
        let (who, place, bearer) = match owner.filter(|_| is_own) {
            Some(owner) => (owner.clone(), Place::Home, Bearer::Recipient(owner)),
            None => ("courier".to_owned(), Place::Van, Bearer::Courier),
        };
        self.stage.people.learn(&label, |item| item.place = place);
        self.stage.says(&who, format!("takes {label} out of door {door}"));
        self.party.arrived.retain(|known| *known != label);
        self.party.left.remove(&label);
        self.party.left_behind.remove(&label);
        self.party.hand = Some(Held { label, bearer });
        Ok(())
    }

    /// A recipient holds the phone with the pass before the scanner.
    fn show_phone(&mut self, owner: String) -> Result<(), DemoError> {
        let Some(label) = self.message_of(&owner) else { return Ok(()) };
        let Some(pass) = self.stage.people.item(&label)?.pass.clone() else { return Ok(()) };
        self.stage.says(&owner, "holds the phone with the pass before the scanner");
        self.stage.people.set_errand(Some(Errand::TakeOut(owner.clone())));
        self.party.visitor = Some(owner);
        // The courier steps aside, and what was in the hand lies in the van again.
        self.party.hand = None;
        self.hold(&pass, Deed::Phone);
        Ok(())
    }

    /// Holds something before the scanner, which has its power from the kiosk.
    fn hold(&mut self, text: &str, deed: Deed) {
        if self.is_dark() {
            return;
        }
        self.stage.world.scanner.scan(text);
        self.party.does(deed);
    }
}
