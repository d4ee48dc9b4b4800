//! People go by the door before their eyes, whatever the screen says: one that stands open is used and shut, also when the
//! screen lags behind it or went dark.

use locker_engine::View;

use super::{Next, Person, Who};
use crate::parcel::Where;
use crate::world::World;

/// A screen that is about to follow is waited for, in milliseconds.
const LAGS_MS: u64 = 1_500;

impl Person {
    /// Remembers which door the screen speaks of.
    pub(super) fn sees(&mut self, view: &View) {
        match view {
            View::Opening { door, .. } | View::PushDoor { door } | View::DoorOpen { door, .. } => {
                self.door = Some(door.0);
            }
            View::AskEmpty { .. } | View::StillThere { .. } => {}
            _ => self.door = None,
        }
    }

    /// What somebody does at a door that stands open although the screen does not say so; nothing where there is none.
    pub(super) fn goes_by_the_door(&mut self, view: Option<&View>, world: &mut World) -> Option<Next> {
        if !matches!(view, None | Some(View::Opening { .. } | View::PushDoor { .. })) {
            return None;
        }
        let number = self.door?;
        let index = world.cabinet.numbered(number)?;
        let door = world.cabinet.doors.get(index)?;
        if !door.open || world.now_ms < door.moved_ms + LAGS_MS || self.chance.one_in(2) {
            return None;
        }
        if self.done_at != Some(number) {
            self.done_at = Some(number);
            self.uses(index, world);
            return Some(self.takes(700, 5_000));
        }
        if !self.slips(4) {
            world.shut(index, &self.name());
        }
        self.done_at = None;
        self.door = None;
        Some(self.takes(400, 3_000))
    }

    fn uses(&mut self, index: usize, world: &mut World) {
        match self.who {
            Who::Recipient(owner) => {
                while let Some(parcel) = world.own_inside(index, owner) {
                    world.take(index, parcel, Where::Home, &self.name());
                }
            }
            Who::Courier(_) => {
                let is_empty = world.cabinet.doors.get(index).is_some_and(|door| door.inside.is_empty());
                if let Some((scanned, putting)) = self.scanned
                    && scanned == putting
                    && is_empty
                    && self.hands.contains(&putting)
                {
                    self.hands.retain(|parcel| *parcel != putting);
                    world.put(index, putting, &self.name());
                    world.oracle.deposited(index);
                }
            }
            Who::Sender(_) => self.puts_return_in(index, world),
            Who::Technician | Who::Thief => {}
        }
    }
}
