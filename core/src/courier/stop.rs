//! A stop as a whole: what the courier is told at its beginning, what it came to, and its end.

use locker_protocol::event::Entitled;
use locker_protocol::{CompartmentId, Event, OpeningId, TenantId};

use super::{Courier, Who};
use crate::Core;
use crate::allocate;
use crate::effect::Effect;
use crate::front::Stage;
use crate::state::{Opening, Place, State};
use crate::view::{CourierNote, MOVES_A_RECEIPT, Moved, Stop, View};

/// How many movements of one stop are remembered: more than a locker has doors.
const MAX_MOVES: usize = 1_000;

/// What a stop came to so far.
#[derive(Clone, Default)]
pub(super) struct Tally {
    moves: Vec<Moved>,
    /// The opening that ended last.
    last: Option<OpeningId>,
}

impl Tally {
    /// An opening ended as it should.
    pub(super) fn note(&mut self, books: &State, tenant: TenantId, id: OpeningId, over: &Opening) {
        self.last = Some(id);
        let is_back = matches!(over.entitled, Entitled::Depositor { .. });
        self.moves.retain(|earlier| !(is_back && over.comes_out.contains(&earlier.parcel)));
        let of_tenant = |id: &&locker_protocol::ParcelId, went_in: bool| {
            books.parcels.get(id).is_some_and(|parcel| {
                let moved = match parcel.place {
                    Place::Inside(door) => went_in && door == over.compartment,
                    Place::Out(_) => !went_in,
                    Place::Expected | Place::Doubtful(_) | Place::Cancelled => false,
                };
                moved && parcel.tenant == tenant
            })
        };
        let moved = |went_in| move |parcel: &_| Moved { parcel: *parcel, door: over.compartment, went_in };
        self.moves.extend(over.goes_in.iter().filter(|id| of_tenant(id, true)).map(moved(true)));
        self.moves.extend(over.comes_out.iter().filter(|id| of_tenant(id, false)).map(moved(false)));
        self.moves.truncate(MAX_MOVES);
    }

    /// Whether something of this stop went in behind that door, and did not come out again.
    pub(super) fn put_behind(&self, door: CompartmentId) -> bool {
        let last = self.moves.iter().rfind(|moved| moved.door == door);
        last.is_some_and(|moved| moved.went_in)
    }

    fn count(&self, went_in: bool) -> u16 {
        let moves = self.moves.iter().filter(|moved| moved.went_in == went_in);
        u16::try_from(moves.count()).unwrap_or(u16::MAX)
    }
}

/// A stop that is over, on the screen with its receipts.
#[derive(Clone)]
pub(crate) struct Finished {
    tenant: TenantId,
    stored: u16,
    taken_out: u16,
    left_over: u16,
    moves: Vec<Moved>,
    last: OpeningId,
    signed_out: bool,
    page: usize,
}

impl Finished {
    fn of(courier: Courier) -> Option<Self> {
        let last = courier.done.last.filter(|_| !courier.done.moves.is_empty())?;
        Some(Self {
            tenant: courier.tenant(),
            stored: courier.done.count(true),
            taken_out: courier.done.count(false),
            left_over: courier.left_over_count(),
            signed_out: courier.is_signed_in(),
            moves: courier.done.moves,
            last,
            page: 0,
        })
    }

    pub(crate) fn turn_page(&mut self) {
        if self.page + 1 < self.moves.chunks(MOVES_A_RECEIPT).len() {
            self.page += 1;
        }
    }

    pub(crate) fn view(&self) -> View {
        let mut pages = self.moves.chunks(MOVES_A_RECEIPT);
        let number = |place: usize| u16::try_from(place).unwrap_or(u16::MAX);
        View::StopDone(Stop {
            tenant: self.tenant,
            stored: self.stored,
            taken_out: self.taken_out,
            left_over: self.left_over,
            pages: number(pages.len()),
            page: number(self.page + 1),
            moves: pages.nth(self.page).unwrap_or_default().to_vec(),
            last: self.last,
            signed_out: self.signed_out,
        })
    }
}

impl Core {
    /// The courier is done: what was moved is shown with its receipts.
    pub(super) fn finish_stop(&mut self, now_ms: u64, courier: Courier) {
        self.sign_out(&courier);
        match Finished::of(courier) {
            Some(stop) => self.enter(now_ms, Stage::StopDone(stop)),
            None => self.leave(now_ms),
        }
    }

    /// Somebody collects in between; the badge resumes the stop. Whoever only bears passes has nothing to come back to.
    pub(super) fn let_collect(&mut self, now_ms: u64, courier: Courier) {
        if !courier.is_signed_in() {
            return self.finish_stop(now_ms, courier);
        }
        self.session.stage = Stage::Courier(courier);
        self.set_courier_aside(now_ms);
        self.leave(now_ms);
    }

    /// A stop ends, by whatever.
    pub(crate) fn sign_out(&mut self, courier: &Courier) {
        if let Who::Staff(staff, _) = courier.who {
            let (stored, taken_out) = (courier.done.count(true), courier.done.count(false));
            let left_over = courier.left_over_count();
            self.record(Event::SignedOut { staff, stored, taken_out, left_over });
            self.act(Effect::Wake);
        }
    }

    /// What the courier may scan into, and has still to do.
    pub(super) fn summary(&self, courier: &Courier) -> View {
        let free = self.free();
        // Once at work, the last parcel is what counts.
        let is_new = courier.note == CourierNote::None;
        let [announced, without_room] = match courier.who {
            Who::Staff(_, tenant) if is_new => self.announced(tenant),
            _ => [0, 0],
        };
        View::Courier {
            free,
            take_out: self.parcels_to_take_out(courier),
            can_undo: !courier.deposits.is_empty(),
            can_let_collect: courier.is_signed_in(),
            note: self.note_of(courier),
            announced,
            without_room,
            left_over: courier.left_over_count(),
        }
    }

    /// How many parcels of this carrier are to come, and how many of them may find no door.
    fn announced(&self, tenant: TenantId) -> [u16; 2] {
        let expected = || {
            self.state.parcels.values().filter(move |parcel| {
                parcel.tenant == tenant && parcel.place == Place::Expected && parcel.outgoing.is_none()
            })
        };
        let door = |door| self.door_to_offer(door);
        let without_room = allocate::count_without_room(&self.state, &self.cabinet, door, expected());
        [u16::try_from(expected().count()).unwrap_or(u16::MAX), without_room]
    }
}
