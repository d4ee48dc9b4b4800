//! What an inventory proves on the way: that a pulse opens the door whose number it bears, that the sensor sees it, and that
//! one pulse is enough. Nothing of it is asked of the technician.

use locker_protocol::CompartmentId;
use locker_protocol::event::{Door, Outcome};

use super::{Step, Technician};
use crate::Core;
use crate::front::Stage;
use crate::state::Opening;
use crate::view::{Trouble, TroubleKind};

impl Core {
    /// A door opened that nobody was let open: where one is being opened for an inventory and does not move, their wires are
    /// swapped.
    pub(crate) fn another_door_opened(&mut self, other: CompartmentId) {
        let Stage::Technician(Technician { step: Step::Inventory(inventory), .. }) = &mut self.session.stage
        else {
            return;
        };
        let at = &mut inventory.at;
        if self.live.get(&at.opening).is_some_and(|live| !live.is_open()) {
            at.other.get_or_insert(other);
        }
    }

    /// What is wrong with a door's lock or sensor, by an opening that is over.
    pub(super) fn proven_wrong(
        &self,
        now_ms: u64,
        over: &Opening,
        outcome: Outcome,
        other: Option<CompartmentId>,
    ) -> Option<Trouble> {
        let door = over.compartment;
        let what = match (outcome, other) {
            (Outcome::NeverOpened | Outcome::NotSeen, Some(other)) => TroubleKind::OtherDoorOpened(other),
            (Outcome::NeverOpened, None) => TroubleKind::Stuck { times: self.stuck_times(now_ms, door) },
            (Outcome::NotSeen, None) => TroubleKind::ReadingLost,
            (Outcome::LeftOpen, _) => TroubleKind::LeftOpen,
            _ if over.baseline == Door::Open => TroubleKind::OpenBefore,
            _ if over.attempts > 1 => TroubleKind::WeakLock { pulses: over.attempts },
            _ => return None,
        };
        Some(Trouble { door: Some(door), sensor: None, what })
    }
}
