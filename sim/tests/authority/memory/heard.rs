//! What goes into the rules.

use locker_core::{Input, Presented, Task, View};
use locker_protocol::event::Answer;
use locker_protocol::{CompartmentId, OpeningId, Pass, Right};

use super::{MOST_MISSED_CODES, MOST_MISSED_PINS, Memory};
use crate::oracle::Shown;
use crate::people::{BUILT_UNIX_S, Item, PULSE_MS, pin};

impl Memory {
    pub fn note_input(&mut self, now_ms: u64, input: &Input) {
        self.claim = None;
        self.badge = None;
        match input {
            Input::Presented(presented) => self.note_presented(presented),
            Input::Unlocked { opening, attempt, answer } => {
                let Some(flight) = self.flight.as_mut().filter(|flight| {
                    !flight.answered && (flight.unlock.opening, flight.unlock.attempt) == (*opening, *attempt)
                }) else {
                    return;
                };
                flight.answered = true;
                // Late as the answer may be, the frame left in time or not at all.
                flight.until_ms = flight.until_ms.min(now_ms + PULSE_MS);
                if *answer == Answer::NotSent {
                    flight.until_ms = now_ms;
                } else {
                    self.byte_left(*opening);
                }
            }
            Input::Touched(intent) => self.note_touched(*intent),
            _ => {}
        }
    }

    pub(super) fn note_touched(&mut self, intent: locker_core::Intent) {
        use locker_core::Intent;
        let door = match (&self.view, intent) {
            (Some(View::AskEmpty { door }), Intent::Yes) => *door,
            (Some(View::DoorOpen { door, task: Task::Take, .. }), Intent::NotMine) => *door,
            _ => return,
        };
        if let Some(opening) = self.doors.get_mut(&door).and_then(|door| door.opening.as_mut()) {
            opening.complained = true;
        }
    }

    /// The bus has said, or never will, that no byte left: until then one may have.
    pub fn byte_may_have_left(&self, door: CompartmentId) -> bool {
        self.opening_of(door).is_some_and(|opening| {
            opening.byte_left || self.unanswered().is_some_and(|unlock| unlock.opening == opening.id)
        })
    }

    pub(super) fn byte_left(&mut self, id: OpeningId) {
        let openings = self.doors.values_mut().filter_map(|door| door.opening.as_mut());
        for opening in openings.filter(|opening| opening.id == id) {
            opening.byte_left = true;
        }
    }

    /// Somebody is dealing with a door: nothing that is shown meanwhile begins anything, but for the label of what comes next.
    pub(super) fn is_in_hand(&self) -> bool {
        matches!(
            self.view,
            Some(
                View::Opening { .. } | View::PushDoor { .. } | View::DoorOpen { .. } | View::AskEmpty { .. }
            )
        )
    }

    pub(super) fn note_presented(&mut self, presented: &Presented) {
        match presented {
            Presented::Label(label, _) => self.shown.extend(Item::of_label(label).map(Shown::Label)),
            _ if self.is_in_hand() => {}
            Presented::Code(tag) if self.missed_codes < MOST_MISSED_CODES => {
                for (id, parcel) in self.parcels.iter().filter(|(_, parcel)| parcel.code == Some(*tag)) {
                    if parcel.known.sent_from_here {
                        self.shown.insert(Shown::ReturnCode(*id));
                    } else if let Some(recipient) = parcel.known.recipient {
                        let live = !parcel.cancelled && !parcel.taken;
                        self.shown.insert(Shown::Code(*id, recipient, live));
                    }
                }
            }
            Presented::Pin(staff, tag)
                if self.missed_pins < MOST_MISSED_PINS
                    && self.pins.contains(staff)
                    && pin(*staff) == *tag =>
            {
                self.badge = Some(*staff);
                self.shown.insert(Shown::Staff(*staff, crate::people::staff(*staff).tenant));
            }
            Presented::Pass(Pass { right, expires_unix_s, .. }) => match right {
                Right::Collect { recipient, label } => {
                    self.shown.insert(Shown::Pass(*recipient));
                    self.claim = Item::ALL
                        .into_iter()
                        .find(|item| Some(item.label_tag()) == *label)
                        .map(|item| (item, *recipient));
                }
                Right::Deposit { announcement } => {
                    self.shown.insert(Shown::DepositPass(announcement.parcel));
                }
                Right::SignIn { staff } => {
                    let floor_unix_s = self.floor_unix_s.max(BUILT_UNIX_S);
                    let over = expires_unix_s.is_some_and(|expires| expires < floor_unix_s);
                    if !over && !self.revoked.contains(&staff.staff) {
                        self.badge = Some(staff.staff);
                        self.shown.insert(Shown::Staff(staff.staff, staff.tenant));
                    }
                }
            },
            _ => {}
        }
    }
}
