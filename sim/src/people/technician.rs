//! A technician at the cabinet: shows a badge, which opens no door and no screen yet, mends bolts and sensors, shuts what
//! stands open, and has the hub return the doors to service.

use locker_engine::{CompartmentId, View};

use super::{Next, Person};
use crate::cabinet::{Bolt, Sensor};
use crate::world::World;

impl Person {
    pub(super) fn technician(&mut self, view: &View, world: &mut World) -> Next {
        self.tries += 1;
        if self.tries == 1 {
            if !Self::is_free(view) {
                self.tries = 0;
                return self.takes(2_000, 9_000);
            }
            let badge = world.technicians_badge.clone();
            world.scan(&badge, None);
            return self.takes(2_000, 20_000);
        }
        let ailing = world
            .cabinet
            .doors
            .iter()
            .position(|door| door.bolt != Bolt::Works || door.sensor != Sensor::True || door.open);
        let Some(index) = ailing else { return Next::Leaves };
        let name = self.name();
        if let Some(door) = world.cabinet.doors.get_mut(index) {
            door.bolt = Bolt::Works;
            let number = door.number;
            world.mend_sensor(index);
            world.tell(|| format!("{name} mends door {number}"));
            world.shut(index, &name);
            world.upstream.hub.service(CompartmentId(number), true);
        }
        self.takes(20_000, 4 * 60_000)
    }
}
