//! A technician at the cabinet: mends bolts and sensors, shuts what stands open, looks behind the doors of which nobody knows what
//! they hold, and returns the doors to service, here or through the hub.

use locker_engine::{CompartmentId, Intent, Task, View};

use super::{Next, Person};
use crate::cabinet::{Bolt, ItemSensor, Sensor};
use crate::oracle::Holder;
use crate::world::World;

/// Nobody touches a screen more often in one visit.
const MOST_TOUCHES: u32 = 150;

/// What a technician has done in this visit.
#[derive(Default)]
pub(super) struct Rounds {
    has_shown_badge: bool,
    has_counted: bool,
    has_returned_doors: bool,
    /// The door that is being counted, and how many labels were scanned there.
    counting: Option<(u16, usize)>,
}

impl Person {
    pub(super) fn technician(&mut self, view: &View, world: &mut World) -> Next {
        self.tries += 1;
        if self.tries > MOST_TOUCHES {
            return Next::Leaves;
        }
        match view {
            view if Self::is_free(view) => {
                if self.rounds.has_shown_badge && self.tries > 20 {
                    return Next::Leaves;
                }
                self.rounds.has_shown_badge = true;
                let badge = world.technicians_badge.clone();
                world.scan(&badge, Some(Holder::Technician));
                self.takes(1_000, 6_000)
            }
            View::TechnicianHome { .. } => self.goes_round(world),
            View::InventoryIntro { unknown, .. } => {
                let intent = match unknown {
                    0 => Intent::Back,
                    _ if self.chance.one_in(8) => Intent::OpenAll,
                    _ => Intent::OnlyUnknown,
                };
                self.touch(intent, world);
                self.takes(500, 3_000)
            }
            View::Opening { .. } => self.takes(300, 1_500),
            View::PushDoor { door } => self.push(door.0, world),
            View::Inventory { door, .. } => self.counts(door.0, world),
            View::DoorOpen { door, task: Task::Service, .. } => self.shuts_served(door.0, world),
            View::TechnicianDoors { doors, page, pages } => {
                let out = doors.iter().position(|line| line.out);
                let intent = match out {
                    Some(place) => Intent::Pick(u8::try_from(place).unwrap_or(0)),
                    None if page < pages => Intent::NextPage,
                    None => Intent::Back,
                };
                world.touch(intent);
                self.takes(400, 2_000)
            }
            View::TechnicianDoor { out, .. } => {
                let intent = match out {
                    Some(_) => Intent::ToggleService,
                    None if self.slips(20) => Intent::OpenDoor,
                    None => Intent::Back,
                };
                world.touch(intent);
                self.takes(400, 2_000)
            }
            View::TechnicianCases { page, pages, .. } => {
                world.touch(if page < pages { Intent::NextPage } else { Intent::Back });
                self.takes(500, 4_000)
            }
            View::InventoryDone { .. } => {
                world.touch(Intent::Back);
                self.takes(500, 4_000)
            }
            View::TechnicianAbout { .. } => {
                world.touch(if self.chance.one_in(3) { Intent::Restart } else { Intent::Back });
                self.takes(500, 4_000)
            }
            View::StillThere { .. } => {
                world.touch(Intent::MoreTime);
                self.takes(500, 3_000)
            }
            _ => {
                // Somebody else's screen stands there.
                if self.tries > 20 {
                    return Next::Leaves;
                }
                self.takes(2_000, 9_000)
            }
        }
    }

    /// What is broken first, then what nobody knows, then what is out of service.
    fn goes_round(&mut self, world: &mut World) -> Next {
        let ailing = world.cabinet.doors.iter().position(|door| {
            let sees = matches!(door.item_sensor, ItemSensor::NotFitted | ItemSensor::True);
            door.bolt != Bolt::Works || door.sensor != Sensor::True || door.open || !sees
        });
        if let Some(index) = ailing {
            let name = self.name();
            if let Some(door) = world.cabinet.doors.get_mut(index) {
                door.bolt = Bolt::Works;
                let number = door.number;
                world.mend_sensor(index);
                world.cabinet.item_sensor_is(index, world.now_ms, ItemSensor::True);
                world.tell(|| format!("{name} mends door {number}"));
                world.shut(index, &name);
                if self.chance.one_in(2) {
                    world.upstream.hub.service(CompartmentId(number), true);
                }
            }
            return self.takes(20_000, 80_000);
        }
        let intent = if !self.rounds.has_counted {
            self.rounds.has_counted = true;
            Intent::Inventory
        } else if !self.rounds.has_returned_doors {
            self.rounds.has_returned_doors = true;
            Intent::Doors
        } else if self.chance.one_in(4) {
            if self.chance.one_in(2) { Intent::Cases } else { Intent::About }
        } else {
            world.touch(Intent::Finish);
            return Next::Leaves;
        };
        world.touch(intent);
        self.takes(500, 3_000)
    }

    /// Scans what is inside, one label after another, and shuts the door.
    fn counts(&mut self, number: u16, world: &mut World) -> Next {
        let Some(index) = world.cabinet.numbered(number) else { return Next::Leaves };
        let Some(door) = world.cabinet.doors.get(index).filter(|door| door.open) else {
            return self.takes(500, 2_000);
        };
        let scanned = match self.rounds.counting {
            Some((earlier, scanned)) if earlier == number => scanned,
            _ => 0,
        };
        let next = door.inside.get(scanned).copied();
        if self.slips(30) {
            world.touch(Intent::Skip);
            return self.takes(400, 2_000);
        }
        if let Some(parcel) = next {
            self.rounds.counting = Some((number, scanned + 1));
            if self.slips(40) {
                // Overlooked, right at the back.
                world.left_behind(index, &self.name());
                return self.takes(400, 2_000);
            }
            let label = world.parcels.get(parcel).map(|known| known.label.clone()).unwrap_or_default();
            world.scan(&label, None);
            return self.takes(700, 3_000);
        }
        if scanned == 0 {
            world.touch(Intent::Empty);
        }
        self.shuts_served(number, world)
    }

    fn shuts_served(&mut self, number: u16, world: &mut World) -> Next {
        self.rounds.counting = None;
        if let Some(index) = world.cabinet.numbered(number)
            && world.cabinet.doors.get(index).is_some_and(|door| door.open)
        {
            world.shut(index, &self.name());
        }
        self.takes(600, 3_000)
    }
}
