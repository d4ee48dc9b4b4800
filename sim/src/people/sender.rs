//! Somebody sends a parcel: a return whose label or code they have, from the screen to the receipt. They make every mistake that
//! there is to make: put nothing in, put something else in, shut another door, press twice, walk away with it.

use locker_engine::{Intent, Size, Task, View};

use super::{Next, Person};
use crate::cabinet::ParcelNumber;
use crate::oracle::Holder;
use crate::parcel::Where;
use crate::world::World;

impl Person {
    pub(super) fn sender(&mut self, who: u64, view: &View, world: &mut World) -> Next {
        match view {
            View::Home { .. } | View::Code | View::NotAccepted { .. } | View::CodesPaused { .. } => {
                self.show_return(who, view, world)
            }
            View::SendScan { .. } => self.show_return(who, view, world),
            View::SendSize { .. } => {
                let size =
                    self.return_in_hand(world).and_then(|parcel| world.parcels.get(parcel)).map(|p| p.size);
                let intent = if self.slips(15) {
                    Intent::Back
                } else if self.slips(8) {
                    Intent::LowerDoors
                } else {
                    let size = if self.slips(6) { Size::L } else { size.unwrap_or(Size::M) };
                    Intent::ChooseSize(size)
                };
                self.touch(intent, world);
                self.takes(500, 4_000)
            }
            View::Opening { .. } => self.takes(300, 1_500),
            View::PushDoor { door } => self.push(door.0, world),
            View::DoorOpen { choices, task: Task::Send, .. }
                if choices.larger && self.served && self.slips(15) =>
            {
                self.done_at = None;
                self.touch(Intent::Larger, world);
                self.takes(500, 3_000)
            }
            View::DoorOpen { door, task: Task::TakeBackOut, .. } if self.served => {
                self.at_door(door.0, world, Self::takes_return_back)
            }
            View::DoorOpen { door, task: Task::Send, .. } if self.served || self.slips(6) => {
                if self.slips(25) {
                    self.shuts_another(door.0, world);
                }
                self.at_door(door.0, world, Self::puts_return_in)
            }
            View::Sent { .. } => {
                self.put_down(world);
                if self.chance.one_in(2) {
                    return self.show_return(who, view, world);
                }
                if self.chance.one_in(2) {
                    self.touch(Intent::Finish, world);
                }
                Next::Leaves
            }
            View::NothingSent { .. } => {
                self.tries += 1;
                if self.tries < 5 && self.chance.one_in(2) {
                    self.touch(Intent::TryAgain, world);
                    return self.takes(500, 2_000);
                }
                self.touch(Intent::Finish, world);
                Next::Leaves
            }
            View::NoRoomToSend => {
                self.touch(Intent::Back, world);
                if self.chance.one_in(2) { Next::Leaves } else { self.takes(1_000, 3_000) }
            }
            View::StillThere { .. } => {
                if self.chance.one_in(2) {
                    self.touch(Intent::MoreTime, world);
                }
                self.takes(1_000, 6_000)
            }
            _ => {
                // Somebody else's screen stands there.
                self.tries += 1;
                if self.tries > 20 {
                    return Next::Leaves;
                }
                if self.chance.one_in(3) {
                    world.touch(Intent::Finish);
                }
                self.takes(2_000, 9_000)
            }
        }
    }

    /// Scans a label or types a code, with the parcel in the hands.
    fn show_return(&mut self, who: u64, view: &View, world: &mut World) -> Next {
        self.tries += 1;
        self.done_at = None;
        self.put_down(world);
        if self.tries > 6 {
            return Next::Leaves;
        }
        if matches!(view, View::Home { .. }) && self.chance.one_in(3) {
            self.touch(Intent::Send, world);
            return self.takes(500, 3_000);
        }
        let Some(parcel) = self.which_return(who, world) else { return Next::Leaves };
        let Some(known) = world.parcels.get_mut(parcel) else { return Next::Leaves };
        if known.place == Where::Home {
            known.place = Where::Hands;
            self.hands.push(parcel);
        }
        let (label, code) = (known.label.clone(), known.codes.last().cloned());
        self.scanned = Some((parcel, parcel));
        let holder = Some(Holder::Sender);
        match code {
            Some(code) if self.chance.one_in(3) => world.type_code(&code, holder),
            _ => {
                world.scan(&label, holder);
                if self.slips(10) {
                    world.scan(&label, holder);
                }
            }
        }
        self.served = matches!(
            world.kiosk.glass.view(),
            Some(View::SendSize { .. } | View::Opening { .. } | View::DoorOpen { .. })
        );
        self.takes(500, 3_000)
    }

    /// One that they still have; once in a while one that they sent before.
    fn which_return(&mut self, who: u64, world: &World) -> Option<ParcelNumber> {
        let of = |at_home: bool| -> Vec<ParcelNumber> {
            let known = world.parcels.iter().enumerate();
            let own = known.filter(|(_, parcel)| parcel.sender == Some(who));
            own.filter(|(_, parcel)| (parcel.place == Where::Home) == at_home)
                .map(|(number, _)| number)
                .collect()
        };
        let sent = of(false);
        if self.slips(10) && !sent.is_empty() {
            return sent.last().copied();
        }
        self.chance.pick(&of(true)).copied()
    }

    fn return_in_hand(&self, world: &World) -> Option<ParcelNumber> {
        let (shown, _) = self.scanned?;
        world.parcels.get(shown).filter(|parcel| parcel.place == Where::Hands).map(|_| shown)
    }

    /// What was put in comes out again, for a larger door.
    fn takes_return_back(&mut self, index: usize, world: &mut World) {
        let Some((shown, _)) = self.scanned else { return };
        let is_there = world.cabinet.doors.get(index).is_some_and(|door| door.inside.contains(&shown));
        if is_there && !self.slips(20) && world.take(index, shown, Where::Hands, &self.name()) {
            self.hands.push(shown);
        }
    }

    pub(super) fn puts_return_in(&mut self, index: usize, world: &mut World) {
        let occupied = world.cabinet.doors.get(index).is_none_or(|door| !door.inside.is_empty());
        let Some(shown) = self.return_in_hand(world) else { return };
        if occupied || self.slips(15) {
            world.tell(|| format!("{} puts nothing in", self.name()));
            return;
        }
        let other = world.parcels.iter().position(|parcel| {
            parcel.sender.is_some() && parcel.place == Where::Home && parcel.sender == self.sender_number()
        });
        let putting = match other {
            Some(other) if self.slips(20) => other,
            _ => shown,
        };
        self.hands.retain(|parcel| *parcel != putting);
        world.put(index, putting, &self.name());
        let now_ms = world.now_ms;
        world.oracle.sent(now_ms, index);
        if putting != shown || !self.served {
            world.tell(|| "it is not the parcel for which the door was opened".to_owned());
            world.left_behind(index, &self.name());
        }
    }

    /// Shuts a door that somebody else left open, and takes it for the own one.
    fn shuts_another(&mut self, number: u16, world: &mut World) {
        let other = world.cabinet.doors.iter().position(|door| door.open && door.number != number);
        if let Some(index) = other {
            world.shut(index, &self.name());
        }
    }
}
