//! What a receipt says of what the rules show, and which entry of the journal it names.

use std::collections::VecDeque;

use locker_core::{Moved, View};
use locker_protocol::event::Stamp;
use locker_protocol::receipt::{self, MAX_MOVES, Move, Recorded, Taken};
use locker_protocol::{Event, OpeningId};

/// How many endings of openings are remembered: many more than there are doors that close at one moment.
const MAX_ENDED: usize = 16;

/// The entries that receipts can be about: each with its number, and when.
#[derive(Default)]
pub(crate) struct Told {
    /// The openings whose end was recorded last, newest first.
    ended: VecDeque<(OpeningId, u64, Stamp)>,
    /// When a courier last signed out.
    signed_out: Option<(u64, Stamp)>,
}

impl Told {
    /// Remembers what was recorded: `first` is the number of the first of these records.
    pub(crate) fn note(&mut self, first: u64, records: &[Event], at: Stamp) {
        for (seq, record) in (first..).zip(records) {
            match record {
                Event::Ended { opening, .. } => self.ended.push_front((*opening, seq, at)),
                Event::SignedOut { .. } => self.signed_out = Some((seq, at)),
                _ => {}
            }
        }
        self.ended.truncate(MAX_ENDED);
    }

    /// What the receipt of a screen says, and the entry that it names; none where the screen has no receipt.
    pub(crate) fn of(&self, view: &View) -> Option<(u64, Stamp, Recorded)> {
        let (recorded, what) = match view {
            View::Sent { door, opening, parcel } => {
                (self.end_of(*opening), Recorded::Sent { parcel: *parcel, compartment: *door })
            }
            View::StopDone(stop) => {
                let recorded = if stop.signed_out { self.signed_out } else { self.end_of(stop.last) };
                let moves = stop.moves.iter().map(move_of).collect();
                (recorded, Recorded::Stop { tenant: stop.tenant, moves })
            }
            View::Receipt { opening, moves } => (self.end_of(*opening), of_visit(moves)),
            _ => return None,
        };
        recorded.map(|(seq, at)| (seq, at, what))
    }

    /// The entry that ended an opening, and when.
    fn end_of(&self, opening: OpeningId) -> Option<(u64, Stamp)> {
        self.ended.iter().find(|(ended, ..)| *ended == opening).map(|(_, seq, at)| (*seq, *at))
    }
}

/// A parcel that a courier moved.
fn move_of(moved: &Moved) -> Move {
    let what = if moved.went_in { receipt::Moved::In } else { receipt::Moved::Out };
    Move { parcel: moved.parcel, compartment: moved.door, what }
}

/// What a recipient took out in one visit; from behind one door it is said in fewer bytes.
fn of_visit(moves: &[Moved]) -> Recorded {
    let moves = moves.get(..MAX_MOVES).unwrap_or(moves);
    match moves.first() {
        Some(first) if moves.iter().all(|moved| moved.door == first.door) => Recorded::Collected {
            compartment: first.door,
            parcels: moves.iter().map(|moved| moved.parcel).collect(),
        },
        _ => Recorded::Visit {
            taken: moves
                .iter()
                .map(|moved| Taken { parcel: moved.parcel, compartment: moved.door })
                .collect(),
        },
    }
}
