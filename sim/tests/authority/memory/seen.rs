//! What is seen of the doors.

use locker_protocol::event::Entitled;
use locker_protocol::{CompartmentId, ParcelId};

use super::{Memory, WINDOW_MS};
use crate::oracle::Window;

impl Memory {
    /// The door moved.
    pub fn opened(&mut self, door: CompartmentId) {
        let Some(door) = self.doors.get_mut(&door) else { return };
        if let Some(opening) = &mut door.opening {
            opening.has_opened = true;
            // What lies there is no longer only the depositor's to speak of.
            if !matches!(opening.entitled, Entitled::Depositor { .. }) && !opening.is_to_put_in() {
                door.deposit = None;
            }
        } else {
            door.deposit = None;
            door.window = None;
        }
    }

    /// The sensor tells that the door is open.
    pub fn seen_open(&mut self, door: CompartmentId) {
        if let Some(opening) = self.doors.get_mut(&door).and_then(|door| door.opening.as_mut()) {
            opening.has_opened = true;
            opening.seen_open = true;
        }
    }

    /// The door was closed before the sensor's eyes: whoever had a right to take things out may come back for a while.
    pub fn seen_closed(&mut self, now_ms: u64, number: CompartmentId) {
        let Some(door) = self.doors.get_mut(&number) else { return };
        let Some(opening) = &door.opening else { return };
        if !opening.seen_open || opening.is_to_put_in() || opening.complained {
            return;
        }
        let window = Window { by: opening.entitled, took: opening.comes_out.clone() };
        if !matches!(opening.entitled, Entitled::Depositor { .. }) {
            for taken in &window.took {
                if let Some(parcel) = self.parcels.get_mut(taken) {
                    parcel.taken = true;
                }
            }
        }
        door.window = Some((window, now_ms + WINDOW_MS));
    }

    /// Windows end with time, once the door is seen closed. What was said to be taken out is gone then.
    pub fn end_windows(
        &mut self,
        now_ms: u64,
        is_seen_closed: impl Fn(CompartmentId) -> bool,
    ) -> Vec<(CompartmentId, ParcelId)> {
        let mut gone = Vec::new();
        for (number, door) in &mut self.doors {
            let over = matches!(&door.window, Some((_, until_ms)) if *until_ms <= now_ms)
                && door.opening.is_none()
                && is_seen_closed(*number);
            if let Some((window, _)) = door.window.take_if(|_| over) {
                for parcel in window.took {
                    door.brought.remove(&parcel);
                    gone.push((*number, parcel));
                }
                door.deposit = door.deposit.take().filter(|deposit| door.brought.contains(&deposit.parcel));
            }
        }
        gone
    }
}
