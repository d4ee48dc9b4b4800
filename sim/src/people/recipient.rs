//! A recipient comes for parcels, with codes and passes in the phone.

use locker_engine::{Intent, Task, View};

use super::{Next, Person};
use crate::cabinet::ParcelNumber;
use crate::oracle::Holder;
use crate::parcel::Where;
use crate::world::World;

impl Person {
    pub(super) fn recipient(&mut self, owner: u64, view: &View, world: &mut World) -> Next {
        match view {
            view if Self::is_free(view) || (matches!(view, View::Done { .. }) && !self.served) => {
                self.show_right(owner, world)
            }
            View::List { out_of_reach, .. } => {
                let intent = if self.slips(if *out_of_reach { 4 } else { 12 }) {
                    Intent::NotNow
                } else if self.slips(8) {
                    Intent::LowerDoors
                } else {
                    Intent::GoOn
                };
                self.touch(intent, world);
                self.takes(400, 5_000)
            }
            View::Opening { .. } => self.takes(300, 1_500),
            View::PushDoor { door } => self.push(door.0, world),
            View::DoorOpen { door, left_open: true, .. }
                if self.done_at.is_none() && !self.stands_open(door.0, world) =>
            {
                // The screen cannot see that they are done there.
                self.touch(Intent::Skip, world);
                self.takes(500, 3_000)
            }
            View::DoorOpen { door, task, .. } => {
                let task = *task;
                self.at_door(door.0, world, |person, index, world| person.take_own(owner, index, task, world))
            }
            View::AskEmpty { door } => {
                let own = world
                    .cabinet
                    .numbered(door.0)
                    .is_some_and(|index| world.own_inside(index, owner).is_some());
                self.touch(if own { Intent::No } else { Intent::Yes }, world);
                self.takes(500, 3_000)
            }
            View::Stuck { door, .. } => {
                let open = self.stands_open(door.0, world);
                self.tries += 1;
                let intent = if open || self.slips(30) {
                    Intent::ItIsOpen
                } else if self.tries < 5 && (self.careful || self.chance.one_in(2)) {
                    Intent::TryAgain
                } else if self.chance.one_in(2) {
                    Intent::NotNow
                } else {
                    Intent::Skip
                };
                self.touch(intent, world);
                self.takes(500, 4_000)
            }
            View::Reported { .. } => {
                self.touch(Intent::Finish, world);
                self.takes(500, 3_000)
            }
            View::Receipt { .. } => {
                self.touch(Intent::Finish, world);
                Next::Leaves
            }
            View::Done { reopen, receipt, .. } => {
                if reopen.is_some() && self.slips(8) {
                    self.touch(Intent::Reopen, world);
                    return self.takes(500, 2_000);
                }
                if self.careful && self.which(owner, world).is_some() {
                    return self.show_right(owner, world);
                }
                if *receipt && self.chance.one_in(3) {
                    self.touch(Intent::ShowReceipt, world);
                    return self.takes(2_000, 6_000);
                }
                if self.chance.one_in(3) {
                    self.touch(Intent::Finish, world);
                }
                Next::Leaves
            }
            View::StillThere { .. } => {
                if self.chance.one_in(2) {
                    self.touch(Intent::MoreTime, world);
                }
                self.takes(1_000, 6_000)
            }
            _ => self.takes(500, 4_000),
        }
    }

    fn stands_open(&self, number: u16, world: &World) -> bool {
        let index = world.cabinet.numbered(number);
        index.and_then(|index| world.cabinet.doors.get(index)).is_some_and(|door| door.open)
    }

    /// Types a code or holds up a pass.
    fn show_right(&mut self, owner: u64, world: &mut World) -> Next {
        self.tries += 1;
        self.done_at = None;
        // Whoever comes for the last time tries every code and pass, also where one parcel may be behind any of several doors.
        if self.tries > if self.careful { 20 } else { 5 } {
            return Next::Leaves;
        }
        let Some(parcel) = self.which(owner, world) else { return Next::Leaves };
        if self.slips(12) {
            let digits: String = (0..10)
                .map(|_| char::from(b'0' + u8::try_from(self.chance.below(10)).unwrap_or(0)))
                .collect();
            world.type_code(&digits, None);
            return self.takes(2_000, 9_000);
        }
        if self.slips(6)
            && let Some((_, pass)) = world.passes_for_returns.iter().rfind(|(whose, _)| *whose == owner)
        {
            // A merchant's mistake: it names the label of what somebody sends. Of their own parcels it is a pass like any other.
            let pass = pass.clone();
            world.scan(&pass, Some(Holder::Recipient(owner)));
            return self.takes(400, 2_500);
        }
        let Some(known) = world.parcels.get(parcel) else { return Next::Leaves };
        let old = known.codes.len() > 1 && self.chance.one_in(4) && !self.careful;
        let code = if old { known.codes.first().cloned() } else { known.codes.last().cloned() };
        let pass = known.pass.clone();
        match (code, pass) {
            (Some(code), pass) if pass.is_none() || self.chance.one_in(2) => {
                let genuine = Some(Holder::Recipient(owner));
                if self.slips(10) {
                    world.touch(Intent::Collect);
                }
                world.type_code(&code, genuine);
            }
            (_, Some(pass)) => {
                world.scan(&pass, Some(Holder::Recipient(owner)));
                if self.slips(8) {
                    world.scan(&pass, Some(Holder::Recipient(owner)));
                }
            }
            _ => return Next::Leaves,
        }
        self.served = matches!(
            world.kiosk.glass.view(),
            Some(View::List { .. } | View::Opening { .. } | View::DoorOpen { .. })
        );
        self.takes(400, 2_500)
    }

    /// The parcel that they come for: one that is there, mostly.
    fn which(&mut self, owner: u64, world: &World) -> Option<ParcelNumber> {
        let of = |inside: bool| -> Vec<ParcelNumber> {
            world
                .parcels
                .iter()
                .enumerate()
                .filter(|(_, parcel)| {
                    parcel.owner == owner && (!parcel.codes.is_empty() || parcel.pass.is_some())
                })
                .filter(|(_, parcel)| matches!(parcel.place, Where::Inside(_)) == inside)
                .map(|(number, _)| number)
                .collect()
        };
        let inside = of(true);
        if !inside.is_empty() && !self.slips(15) {
            return self.chance.pick(&inside).copied();
        }
        if self.careful {
            return None;
        }
        let others = of(false);
        // What was long collected is tried once in a while, not for ever.
        let recent = &others[others.len().saturating_sub(4)..];
        self.chance.pick(recent).copied()
    }

    fn take_own(&mut self, owner: u64, index: usize, task: Task, world: &mut World) {
        if task == Task::PutBack {
            for parcel in std::mem::take(&mut self.hands) {
                world.put(index, parcel, &self.name());
            }
            return;
        }
        let own = world.own_inside(index, owner);
        let others: Vec<ParcelNumber> = world
            .cabinet
            .doors
            .get(index)
            .map(|door| door.inside.clone())
            .unwrap_or_default()
            .into_iter()
            .filter(|parcel| world.parcels.get(*parcel).is_some_and(|parcel| parcel.owner != owner))
            .collect();
        if own.is_none() {
            if let Some(other) = others.first()
                && self.chance.one_in(2)
            {
                // Looked at, and told so.
                if world.take(index, *other, Where::Hands, &self.name()) {
                    self.hands.push(*other);
                }
                self.touch(Intent::NotMine, world);
                if !matches!(world.kiosk.glass.view(), Some(View::DoorOpen { task: Task::PutBack, .. })) {
                    // The screen has gone on: it goes back all the same.
                    for parcel in std::mem::take(&mut self.hands) {
                        world.put(index, parcel, &self.name());
                    }
                } else {
                    self.done_at = None;
                }
            } else if !self.slips(3) {
                self.touch(Intent::Empty, world);
            }
            return;
        }
        while let Some(parcel) = world.own_inside(index, owner) {
            if self.slips(40) {
                world.left_behind(index, &self.name());
                break;
            }
            world.take(index, parcel, Where::Home, &self.name());
        }
        if self.slips(60) {
            for other in others {
                world.take(index, other, Where::Stolen, &self.name());
            }
        }
        if self.slips(40)
            && let Some(parcel) =
                world.parcels.iter().rposition(|parcel| parcel.owner == owner && parcel.place == Where::Home)
        {
            // Put back, and left behind: no sensor can know.
            world.put(index, parcel, &self.name());
            world.left_behind(index, &self.name());
        }
    }
}
