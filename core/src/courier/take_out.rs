//! What goes back to the carrier: listed, then one door or all of them, each after the one before is closed.

use locker_protocol::CompartmentId;
use locker_protocol::event::{Entitled, Purpose};

use super::{Courier, Step, Who};
use crate::Core;
use crate::front::Stage;
use crate::rights;
use crate::view::{CourierNote, GoesBack, MOST_LISTED, TakeOutDoor, View};

impl Core {
    /// Several doors are listed; a single one opens.
    pub(super) fn list_to_take_out(&mut self, now_ms: u64, mut courier: Courier) {
        match self.doors_to_take_out(&courier).len() {
            0 => {}
            1 => return self.take_out_all(now_ms, courier),
            _ => courier.step = Step::ToTakeOut,
        }
        self.enter(now_ms, Stage::Courier(courier));
    }

    pub(super) fn take_out_all(&mut self, now_ms: u64, mut courier: Courier) {
        courier.take_out = self.doors_to_take_out(&courier).into();
        self.take_out_next(now_ms, courier);
    }

    pub(super) fn take_out_one(&mut self, now_ms: u64, mut courier: Courier, place: usize) {
        let doors = self.doors_to_take_out(&courier);
        courier.take_out = doors.into_iter().take(MOST_LISTED).skip(place).take(1).collect();
        self.take_out_next(now_ms, courier);
    }

    pub(super) fn take_out_next(&mut self, now_ms: u64, mut courier: Courier) {
        while let Some(door) = courier.take_out.pop_front() {
            let Who::Staff(staff, tenant) = courier.who else { break };
            let comes_out: Vec<_> = self
                .state
                .contents(door)
                .listed()
                .iter()
                .filter(|id| self.state.parcels.get(id).is_some_and(|parcel| parcel.may_be_at(door)))
                .copied()
                .collect();
            let entitled = Entitled::Courier { staff, tenant };
            if let Some(opening) =
                self.begin(now_ms, door, Purpose::Retrieve, entitled, Vec::new(), comes_out)
            {
                courier.step = Step::TakingOut { opening };
                return self.enter(now_ms, Stage::Courier(courier));
            }
        }
        // Those that were not picked are still to come out; one that does not open is said first.
        let is_listed = matches!(courier.note, CourierNote::TakenOut(_))
            && courier.queued.is_none()
            && !courier.is_revoked(&self.state)
            && !self.doors_to_take_out(&courier).is_empty();
        courier.step = if is_listed { Step::ToTakeOut } else { Step::Ready };
        self.serve_queue(now_ms, courier);
    }

    fn doors_to_take_out(&self, courier: &Courier) -> Vec<CompartmentId> {
        let mut doors = match courier.who {
            Who::Staff(_, tenant) => rights::doors_to_take_out(&self.state, tenant),
            Who::Bearer(_) => Vec::new(),
        };
        // Whoever has just said that it stays with them is not asked to look for it: the next courier is.
        doors.retain(|door| {
            let contents = self.state.contents(*door);
            let mut parcels = contents.listed().iter().filter_map(|id| self.state.parcels.get(id));
            parcels.any(|parcel| !courier.has_left_over(parcel.label_tag))
        });
        doors
    }

    /// How many parcels wait behind those doors.
    pub(super) fn parcels_to_take_out(&self, courier: &Courier) -> u16 {
        let doors = self.doors_to_take_out(courier);
        let parcels = doors.iter().map(|door| self.state.contents(*door).listed().len()).sum::<usize>();
        u16::try_from(parcels).unwrap_or(u16::MAX)
    }

    pub(super) fn take_out_view(&self, courier: &Courier) -> View {
        let doors = self.doors_to_take_out(courier);
        let more = doors.len().saturating_sub(MOST_LISTED);
        View::TakeOut {
            doors: doors.into_iter().take(MOST_LISTED).map(|door| self.to_take_out(door)).collect(),
            more: u16::try_from(more).unwrap_or(u16::MAX),
        }
    }

    fn to_take_out(&self, door: CompartmentId) -> TakeOutDoor {
        let contents = self.state.contents(door);
        let parcels = || contents.listed().iter().filter_map(|id| self.state.parcels.get(id));
        let why = if parcels().any(|parcel| parcel.outgoing.is_some()) {
            GoesBack::Return
        } else if parcels().any(|parcel| parcel.recalled || parcel.left_over) {
            GoesBack::Recalled
        } else {
            GoesBack::Expired
        };
        TakeOutDoor { door, parcels: u16::try_from(parcels().count()).unwrap_or(u16::MAX), why }
    }
}
