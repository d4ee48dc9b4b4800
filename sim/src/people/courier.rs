//! A courier brings a carrier's parcels and takes back what waits to go back.

use locker_engine::{CompartmentId, DoorChoices, Intent, Size, Task, View};

use super::{Next, Person};
use crate::cabinet::ParcelNumber;
use crate::oracle::Holder;
use crate::parcel::Where;
use crate::world::World;

impl Person {
    pub(super) fn courier(&mut self, index: usize, view: &View, world: &mut World) -> Next {
        let Some(courier) = world.couriers.get(index).cloned() else { return Next::Leaves };
        let holder = Holder::Courier { tenant: courier.tenant, staff: courier.staff };
        match view {
            View::Home { .. } | View::Code | View::NotAccepted { .. } | View::CodesPaused { .. } => {
                self.tries += 1;
                self.done_at = None;
                if self.tries > 6 {
                    return Next::Leaves;
                }
                if self.bearer {
                    return self.deposit_by_pass(courier.tenant, world);
                }
                if self.chance.one_in(4) {
                    world.touch(Intent::SignIn);
                } else {
                    world.scan(&courier.badge, Some(holder));
                }
                self.takes(500, 3_000)
            }
            View::SignIn { .. } => {
                self.tries += 1;
                if self.tries > 6 {
                    return Next::Leaves;
                }
                if self.slips(6) {
                    world.type_pin(&courier.id, "1", None);
                } else if self.chance.one_in(2) {
                    world.type_pin(&courier.id, &courier.pin, Some(holder));
                } else {
                    world.scan(&courier.badge, Some(holder));
                }
                self.takes(1_000, 5_000)
            }
            View::Courier { .. } | View::TakeOut { .. } | View::LeftOvers { .. }
                if self.careful && self.tries == 0 =>
            {
                // That of whoever was here before.
                let is_list = matches!(view, View::TakeOut { .. });
                self.touch(if is_list { Intent::Back } else { Intent::Finish }, world);
                self.takes(500, 3_000)
            }
            View::Courier { take_out, can_undo, .. } => {
                self.put_down(world);
                self.tries += 1;
                self.done_at = None;
                self.adding = None;
                if self.tries > 40 {
                    return Next::Leaves;
                }
                if self.careful && *take_out == 0 {
                    self.touch(Intent::Finish, world);
                    return Next::Leaves;
                }
                if !self.bearer && self.slips(30) {
                    // Somebody else is let collect; the badge goes on afterwards.
                    self.touch(Intent::LetCollect, world);
                    return self.takes(5_000, 4 * 60_000);
                }
                if *take_out > 0 && (self.careful || self.chance.one_in(2)) {
                    self.touch(Intent::TakeOut, world);
                } else if *can_undo && self.slips(15) {
                    self.touch(Intent::NotInThere, world);
                } else if self.bearer || self.chance.one_in(10) {
                    return self.deposit_by_pass(courier.tenant, world);
                } else if let Some(parcel) = self.next_in_van(courier.tenant, world) {
                    self.scan_label(parcel, courier.tenant, world);
                } else if self.chance.one_in(12) {
                    return Next::Leaves;
                } else {
                    self.touch(Intent::Finish, world);
                    if !matches!(world.kiosk.glass.view(), Some(View::StopDone(_))) {
                        return Next::Leaves;
                    }
                }
                self.takes(300, 2_500)
            }
            View::TakeOut { doors, .. } => {
                if self.tries > 40 {
                    return Next::Leaves;
                }
                let listed = u64::try_from(doors.len()).unwrap_or(1).max(1);
                let intent = if self.slips(12) {
                    Intent::Back
                } else if self.careful || self.chance.one_in(2) {
                    Intent::OpenAll
                } else {
                    Intent::Pick(u8::try_from(self.chance.below(listed)).unwrap_or(0))
                };
                self.tries += 1;
                self.touch(intent, world);
                self.takes(400, 2_000)
            }
            View::AddToDoor { door } => {
                if self.slips(12) {
                    self.touch(Intent::Back, world);
                } else if self.chance.one_in(3) {
                    self.touch(Intent::No, world);
                } else {
                    self.adding = Some(door.0);
                    let now_ms = world.now_ms;
                    let scanned = self.scanned.and_then(|(scanned, _)| world.parcels.get(scanned));
                    if let (Some(parcel), Some(index)) = (scanned, world.cabinet.numbered(door.0)) {
                        world.oracle.adds(now_ms, index, parcel.tenant, parcel.owner);
                    }
                    self.touch(Intent::Yes, world);
                }
                self.takes(300, 1_500)
            }
            View::LeftOvers { .. } => {
                self.put_down(world);
                self.tries += 1;
                if self.chance.one_in(3) {
                    self.touch(Intent::Finish, world);
                } else {
                    self.touch(Intent::Back, world);
                }
                self.takes(400, 2_500)
            }
            View::StopDone(_) if self.tries == 0 => {
                // That of whoever was here before.
                self.touch(Intent::Finish, world);
                self.takes(500, 3_000)
            }
            View::StopDone(stop) => {
                self.put_down(world);
                if stop.page < stop.pages {
                    self.touch(Intent::NextReceipt, world);
                    return self.takes(2_000, 6_000);
                }
                if self.chance.one_in(2) {
                    self.touch(Intent::Finish, world);
                }
                Next::Leaves
            }
            View::ChooseSize { .. } => {
                if self.slips(12) {
                    self.touch(Intent::Back, world);
                } else {
                    let size = self
                        .scanned
                        .and_then(|(_, putting)| world.parcels.get(putting))
                        .map_or(Size::M, |parcel| parcel.size);
                    let larger = if self.slips(6) { Size::L } else { size };
                    self.touch(Intent::ChooseSize(larger), world);
                }
                self.takes(400, 2_500)
            }
            View::PickDeposit { deposits } => {
                let place = self.chance.below(u64::try_from(deposits.len()).unwrap_or(1).max(1));
                self.touch(Intent::Pick(u8::try_from(place).unwrap_or(0)), world);
                self.takes(400, 2_000)
            }
            View::Opening { .. } => self.takes(300, 1_200),
            View::PushDoor { door } => self.push(door.0, world),
            View::DoorOpen { door, choices, .. } if self.says_it_will_not_do(door.0, *choices, world) => {
                self.takes(500, 3_000)
            }
            View::DoorOpen { door, task, .. } => {
                let task = *task;
                self.at_door(door.0, world, |person, index, world| {
                    person.at_courier_door(index, task, holder, world);
                })
            }
            View::StillThere { .. } => {
                if !self.slips(3) {
                    self.touch(Intent::MoreTime, world);
                }
                self.takes(1_000, 4_000)
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

    /// At an open door: too small, too large, it will not fit, dirty or full. Mostly by mistake; and for a parcel that lies in the
    /// way, rightly.
    fn says_it_will_not_do(&mut self, number: u16, choices: DoorChoices, world: &mut World) -> bool {
        let Some(index) = world.cabinet.numbered(number) else { return false };
        let Some(door) = world.cabinet.doors.get(index).filter(|door| door.open) else { return false };
        let is_in_the_way = !door.inside.is_empty()
            && self.adding != Some(number)
            && self.scanned.is_some_and(|(_, putting)| self.hands.contains(&putting));
        let intent = if choices.found && (is_in_the_way && self.chance.one_in(2) || self.slips(150)) {
            Intent::DirtyOrFull
        } else if choices.larger && self.slips(12) {
            Intent::Larger
        } else if choices.smaller && self.slips(12) {
            Intent::Smaller
        } else if choices.does_not_fit && self.slips(60) {
            Intent::DoesNotFit
        } else {
            return false;
        };
        // Whatever the hands have done there, they look again.
        self.done_at = None;
        self.touch(intent, world);
        let is_on_record = world
            .books()
            .and_then(|books| books.opening_of(CompartmentId(number)))
            .is_some_and(|(_, opening)| opening.declined.is_some());
        // What was scanned is what the locker takes it for.
        let (Some((scanned, putting)), true) = (self.scanned, is_on_record) else { return true };
        for parcel in [scanned, putting] {
            if let Some(known) = world.parcels.get_mut(parcel) {
                known.declined = true;
                known.declined_at = Some(index);
            }
        }
        true
    }

    fn next_in_van(&mut self, tenant: u32, world: &World) -> Option<ParcelNumber> {
        world
            .parcels
            .iter()
            .position(|parcel| parcel.tenant == tenant && parcel.place == Where::Van && !parcel.cancelled)
            .filter(|_| self.tries < 30)
    }

    fn scan_label(&mut self, parcel: ParcelNumber, tenant: u32, world: &mut World) {
        if self.slips(40) {
            world.scan("\u{1}\u{2}rubbish\n", None);
            return;
        }
        // The wrong label: another parcel of the van goes in than was scanned.
        let other = world
            .parcels
            .iter()
            .rposition(|known| known.tenant == tenant && known.place == Where::Van && !known.cancelled)
            .unwrap_or(parcel);
        let putting = if self.slips(40) { other } else { parcel };
        self.scanned = Some((parcel, putting));
        if let Some(known) = world.parcels.get_mut(putting) {
            known.place = Where::Hands;
            self.hands.push(putting);
        }
        for known in [parcel, putting] {
            if let Some(known) = world.parcels.get_mut(known) {
                known.declined_at = None;
            }
        }
        let label = world.parcels.get(parcel).map(|known| known.label.clone()).unwrap_or_default();
        world.scan(&label, None);
        if self.slips(20) {
            world.scan(&label, None);
        }
    }

    fn deposit_by_pass(&mut self, tenant: u32, world: &mut World) -> Next {
        let with_pass = world.parcels.iter().position(|parcel| {
            parcel.tenant == tenant && parcel.place == Where::Van && parcel.deposit_pass.is_some()
        });
        let Some(parcel) = with_pass else {
            self.bearer = false;
            self.tries += 1;
            return if self.tries > 5 { Next::Leaves } else { self.takes(500, 3_000) };
        };
        let Some(known) = world.parcels.get_mut(parcel) else { return Next::Leaves };
        known.place = Where::Hands;
        known.declined_at = None;
        let pass = known.deposit_pass.clone().unwrap_or_default();
        self.hands.push(parcel);
        self.scanned = Some((parcel, parcel));
        world.scan(&pass, Some(Holder::Bearer));
        self.takes(400, 2_000)
    }

    /// What is still in the hands goes back into the van, or home again.
    pub(crate) fn put_down(&mut self, world: &mut World) {
        for parcel in self.hands.drain(..) {
            if let Some(known) = world.parcels.get_mut(parcel)
                && known.place == Where::Hands
            {
                known.place = if known.sender.is_some() { Where::Home } else { Where::Van };
            }
        }
    }

    fn at_courier_door(&mut self, index: usize, task: Task, holder: Holder, world: &mut World) {
        let Holder::Courier { tenant, .. } = holder else { return };
        match task {
            Task::PutIn => {
                let Some((scanned, putting)) = self.scanned else { return };
                let is_added = |number: u16| self.adding == Some(number);
                let occupied = world
                    .cabinet
                    .doors
                    .get(index)
                    .is_none_or(|door| !door.inside.is_empty() && !is_added(door.number));
                if occupied || self.slips(20) || !self.hands.contains(&putting) {
                    world.tell(|| format!("{} puts nothing in", self.name()));
                    return;
                }
                self.hands.retain(|parcel| *parcel != putting);
                world.put(index, putting, &self.name());
                world.oracle.deposited(index);
                if !world.oracle.knows(holder) {
                    world.tell(|| "in a session that another courier left open".to_owned());
                    world.left_behind(index, &self.name());
                }
                if scanned != putting {
                    world.tell(|| "it is not the parcel that was scanned".to_owned());
                    world.left_behind(index, &self.name());
                }
            }
            Task::TakeBackOut => {
                let Some((_, putting)) = self.scanned else { return };
                let is_there =
                    world.cabinet.doors.get(index).is_some_and(|door| door.inside.contains(&putting));
                if is_there && !self.slips(20) && world.take(index, putting, Where::Hands, &self.name()) {
                    self.hands.push(putting);
                }
            }
            Task::TakeOut | Task::TakeBack => {
                let inside =
                    world.cabinet.doors.get(index).map(|door| door.inside.clone()).unwrap_or_default();
                for parcel in inside {
                    if self.slips(20) {
                        world.left_behind(index, &self.name());
                        continue;
                    }
                    let known = world.parcels.get(parcel).filter(|known| known.tenant == tenant);
                    if let Some(is_return) = known.map(|known| known.sender.is_some()) {
                        // What somebody sent goes home, wherever it is found: it is nobody's delivery.
                        let stays = task == Task::TakeBack && !is_return;
                        let to = if stays { Where::Van } else { Where::Back };
                        world.take(index, parcel, to, &self.name());
                    }
                }
            }
            Task::Take | Task::PutBack | Task::CloseEmpty | Task::Send | Task::LeaveIt | Task::Service => {}
        }
    }
}
