//! What stays in the van: on record with its reason, and listed for whoever has to drive it back.

use locker_protocol::event::WhyLeftOver;
use locker_protocol::{Event, Label, LabelTag, ParcelId};

use super::{Courier, Step};
use crate::Core;
use crate::effect::{Effect, Sound};
use crate::front::Stage;
use crate::view::{CourierNote, MOST_LEFT_OVERS, View};

/// How many are remembered of one stop: more than a van holds.
const MAX_LEFT_OVER: usize = 500;

/// A parcel that stays in the van.
#[derive(Clone)]
pub(super) struct StaysInVan {
    label_tag: LabelTag,
    label_tail: String,
    why: WhyLeftOver,
}

impl Core {
    /// This parcel stays with the courier. It is recorded once a stop, however often it is scanned.
    pub(super) fn leave_over(
        &mut self,
        now_ms: u64,
        mut courier: Courier,
        parcel: Option<ParcelId>,
        label: &Label,
        label_tag: LabelTag,
        why: WhyLeftOver,
    ) {
        let is_known = courier.left_over.iter().any(|known| known.label_tag == label_tag);
        if !is_known && courier.left_over.len() < MAX_LEFT_OVER {
            let label_tail = label.tail().to_owned();
            courier.left_over.push(StaysInVan { label_tag, label_tail, why });
            self.record(Event::LeftOver { parcel, label_tag, why });
            self.act(Effect::Wake);
        }
        self.act(Effect::Sound(Sound::Refused));
        (courier.note, courier.step) = match why {
            WhyLeftOver::DoesNotFit => (CourierNote::LeftOver, Step::Ready),
            // Doors may be free, and those behind which it would spoil are none for it.
            WhyLeftOver::NotKept => (CourierNote::NoRoom, Step::Ready),
            WhyLeftOver::NoRoom { .. } | WhyLeftOver::DoorsSilent => {
                (CourierNote::LeftOver, Step::LeftOvers(why))
            }
        };
        if courier.queued.is_some() {
            return self.serve_queue(now_ms, courier);
        }
        self.enter(now_ms, Stage::Courier(courier));
    }
}

impl Courier {
    /// A door opens for a parcel that was left over before.
    pub(super) fn is_brought(&mut self, label_tag: Option<LabelTag>) {
        self.left_over.retain(|known| Some(known.label_tag) != label_tag);
    }

    /// Whether it stays with this courier, as they say.
    pub(super) fn has_left_over(&self, label_tag: LabelTag) -> bool {
        self.left_over.iter().any(|known| known.label_tag == label_tag)
    }

    pub(super) fn left_over_count(&self) -> u16 {
        u16::try_from(self.left_over.len()).unwrap_or(u16::MAX)
    }

    /// The list, the last scanned first.
    pub(super) fn left_overs_view(&self, why: WhyLeftOver) -> View {
        let without_door = |known: &&StaysInVan| match known.why {
            WhyLeftOver::NoRoom { .. } | WhyLeftOver::DoorsSilent => true,
            WhyLeftOver::DoesNotFit | WhyLeftOver::NotKept => false,
        };
        let without_room = || self.left_over.iter().rev().filter(without_door);
        let more = without_room().count().saturating_sub(MOST_LEFT_OVERS);
        View::LeftOvers {
            labels: without_room().take(MOST_LEFT_OVERS).map(|known| known.label_tail.clone()).collect(),
            more: u16::try_from(more).unwrap_or(u16::MAX),
            size: match why {
                WhyLeftOver::NoRoom { size } => Some(size),
                WhyLeftOver::DoesNotFit | WhyLeftOver::DoorsSilent | WhyLeftOver::NotKept => None,
            },
        }
    }
}
