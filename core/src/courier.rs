//! A courier's stop: scan, door, close, next.

use std::collections::VecDeque;

use locker_protocol::change::Announcement;
use locker_protocol::event::{Entitled, Outcome, Purpose};
use locker_protocol::{
    CompartmentId, Event, Label, LabelTag, LockerId, OpeningId, ParcelId, Size, StaffId, TenantId,
};

use crate::Core;
use crate::allocate;
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::front::Stage;
use crate::input::Intent;
use crate::rights;
use crate::situation::Writer;
use crate::state::{MAX_PARCELS, Place, State};
use crate::view::{CourierNote, NotAccepted, Task, View};

/// How many of the last deposits can be taken back.
const TAKE_BACK: usize = 3;
/// How many doors are tried for one parcel when they do not open.
const DOORS_TRIED: u8 = 3;

/// One courier at the kiosk.
#[derive(Clone)]
pub(crate) struct Courier {
    who: Who,
    /// The last deposits, newest first.
    deposits: VecDeque<(CompartmentId, ParcelId)>,
    /// A label scanned while a door was open.
    queued: Option<(Label, LabelTag)>,
    take_out: VecDeque<CompartmentId>,
    note: CourierNote,
    step: Step,
}

/// By what right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    /// Signed in.
    Staff(StaffId, TenantId),
    /// The bearer of deposit passes, who can do nothing else.
    Bearer(TenantId),
}

#[derive(Clone)]
enum Step {
    Ready,
    ChooseSize(Label, LabelTag),
    Depositing { opening: OpeningId, parcel: ParcelId, entitled: Entitled, doors_tried: u8 },
    Picking,
    TakingBack { opening: OpeningId, parcel: ParcelId },
    TakingOut { opening: OpeningId },
}

impl Courier {
    pub(crate) fn new(who: Who) -> Self {
        Self {
            who,
            deposits: VecDeque::new(),
            queued: None,
            take_out: VecDeque::new(),
            note: CourierNote::None,
            step: Step::Ready,
        }
    }

    pub(crate) fn is(&self, staff: StaffId, tenant: TenantId) -> bool {
        self.who == Who::Staff(staff, tenant)
    }

    pub(crate) fn is_revoked(&self, state: &State) -> bool {
        matches!(self.who, Who::Staff(own, _) if state.revoked.contains(&own))
            && !faults::is(Fault::RevokedStillWorks)
    }

    pub(crate) fn current(&self) -> Option<OpeningId> {
        match self.step {
            Step::Depositing { opening, .. }
            | Step::TakingBack { opening, .. }
            | Step::TakingOut { opening } => Some(opening),
            Step::Ready | Step::ChooseSize(..) | Step::Picking => None,
        }
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.word(&self.who);
        to.number(self.deposits.len() as u64);
        self.deposits.iter().for_each(|deposit| to.value(deposit));
        to.value(&self.queued);
        to.number(self.take_out.len() as u64);
        self.take_out.iter().for_each(|door| to.value(door));
        match &self.step {
            Step::Ready => to.number(0),
            Step::ChooseSize(label, tag) => {
                to.number(1);
                to.value(&(label, tag));
            }
            Step::Depositing { opening, parcel, entitled, doors_tried } => {
                to.number(2);
                to.opening(*opening);
                to.value(&(parcel, entitled, doors_tried));
            }
            Step::Picking => to.number(3),
            Step::TakingBack { opening, parcel } => {
                to.number(4);
                to.opening(*opening);
                to.value(parcel);
            }
            Step::TakingOut { opening } => {
                to.number(5);
                to.opening(*opening);
            }
        }
    }

    pub(crate) fn note_refused(&mut self) {
        self.note = CourierNote::NotALabel;
    }

    fn tenant(&self) -> TenantId {
        match self.who {
            Who::Staff(_, tenant) | Who::Bearer(tenant) => tenant,
        }
    }

    /// Why this courier may put this parcel in.
    fn deposit_right(&self, parcel: ParcelId) -> Entitled {
        match self.who {
            Who::Staff(staff, tenant) => Entitled::Courier { staff, tenant },
            Who::Bearer(_) => Entitled::DepositPass { parcel },
        }
    }

    /// Why this courier may show that a deposit is not in there.
    fn take_back_right(&self) -> Entitled {
        match self.who {
            Who::Staff(staff, _) => Entitled::Depositor { staff: Some(staff) },
            Who::Bearer(_) => Entitled::Depositor { staff: None },
        }
    }
}

impl Core {
    pub(crate) fn courier_touched(&mut self, now_ms: u64, intent: Intent) {
        let Some(mut courier) = self.take_courier() else { return };
        match (&courier.step, intent) {
            (Step::Ready, Intent::NotInThere) => match courier.deposits.len() {
                0 => {}
                1 => return self.take_back(now_ms, courier, 0),
                _ => courier.step = Step::Picking,
            },
            (Step::Picking, Intent::Pick(place)) => {
                return self.take_back(now_ms, courier, usize::from(place));
            }
            (Step::ChooseSize(label, tag), Intent::ChooseSize(size)) => {
                let (label, tag) = (label.clone(), *tag);
                return self.deposit_unannounced(now_ms, courier, label, tag, size);
            }
            (Step::ChooseSize(..) | Step::Picking, Intent::Back) => courier.step = Step::Ready,
            (Step::Ready, Intent::TakeOut) => {
                if let Who::Staff(_, tenant) = courier.who {
                    courier.take_out = rights::doors_to_take_out(&self.state, tenant).into();
                }
                return self.take_out_next(now_ms, courier);
            }
            (Step::Ready, Intent::Finish | Intent::Back) => return self.leave(now_ms),
            _ => {}
        }
        self.session.stage = Stage::Courier(courier);
    }

    pub(crate) fn label_scanned(&mut self, now_ms: u64, label: Label, tag: LabelTag) {
        let Some(mut courier) = self.take_courier() else { return };
        match courier.step {
            Step::Ready | Step::ChooseSize(..) | Step::Picking => {
                self.deposit_labelled(now_ms, courier, label, tag)
            }
            Step::Depositing { .. } | Step::TakingBack { .. } | Step::TakingOut { .. } => {
                let sound = if courier.queued.is_none() { Sound::Look } else { Sound::Refused };
                self.act(Effect::Sound(sound));
                courier.queued.get_or_insert((label, tag));
                self.session.stage = Stage::Courier(courier);
            }
        }
    }

    pub(crate) fn courier_unreadable(&mut self) {
        self.act(Effect::Sound(Sound::Refused));
        if let Stage::Courier(courier) = &mut self.session.stage {
            courier.note = CourierNote::NotALabel;
        }
    }

    /// A deposit pass is itself the announcement: it works with no network.
    pub(crate) fn deposit_pass(&mut self, now_ms: u64, announcement: Announcement) {
        let mut courier = match self.take_courier() {
            Some(courier) => courier,
            // A person is in the middle of collecting.
            None if matches!(self.session.stage, Stage::Recipient(ref recipient) if !recipient.is_done()) => {
                return;
            }
            None if self.is_busy() => return,
            None if faults::is(Fault::BearerIsACourier) => {
                Courier::new(Who::Staff(StaffId(0), announcement.tenant))
            }
            None => Courier::new(Who::Bearer(announcement.tenant)),
        };
        if let Some(opening) = courier.current()
            && let Some(opening) = self.state.openings.get(&opening)
        {
            courier.note = CourierNote::CloseFirst(opening.compartment);
            self.act(Effect::Sound(Sound::Refused));
            self.session.stage = Stage::Courier(courier);
            return;
        }
        let parcel = announcement.parcel;
        if !self.state.parcels.contains_key(&parcel) {
            if self.state.parcels.len() >= MAX_PARCELS {
                return self.courier_says(now_ms, courier, CourierNote::NoRoom, Sound::Refused);
            }
            self.record(Event::Admitted {
                parcel,
                label: announcement.label.clone(),
                label_tag: announcement.label_tag,
                tenant: announcement.tenant,
                size: announcement.size,
                announcement: Some(announcement),
            });
        }
        match self.state.parcels.get(&parcel).map(|known| known.place) {
            Some(Place::Expected | Place::Doubtful(_)) => {
                // The pass is the right to this deposit, whoever shows it.
                let entitled = Entitled::DepositPass { parcel };
                self.deposit(now_ms, courier, parcel, entitled, 1);
            }
            Some(Place::Inside(door)) => {
                self.courier_says(now_ms, courier, CourierNote::AlreadyInside(door), Sound::Refused);
            }
            Some(Place::Out(_) | Place::Cancelled) | None => {
                if matches!(courier.who, Who::Staff(..)) {
                    self.session.stage = Stage::Courier(courier);
                }
                self.refuse(now_ms, NotAccepted::AlreadyCollected);
            }
        }
    }

    /// The current door's opening ended.
    pub(crate) fn courier_goes_on(&mut self, now_ms: u64, door: CompartmentId, outcome: Outcome) {
        let Some(mut courier) = self.take_courier() else { return };
        match (&courier.step, outcome) {
            (Step::Depositing { parcel, .. }, Outcome::Closed) => {
                courier.deposits.push_front((door, *parcel));
                courier.deposits.truncate(TAKE_BACK);
                courier.note = CourierNote::Stored(door);
                self.act(Effect::Sound(Sound::Stored));
            }
            (Step::Depositing { parcel, entitled, doors_tried, .. }, Outcome::NeverOpened)
                if *doors_tried < DOORS_TRIED =>
            {
                // By the same right: a pass may have been another carrier's.
                let (parcel, entitled, doors_tried) = (*parcel, *entitled, *doors_tried);
                self.act(Effect::Sound(Sound::Look));
                return self.deposit(now_ms, courier, parcel, entitled, doors_tried + 1);
            }
            (Step::TakingBack { parcel, .. }, Outcome::Closed) => {
                let parcel = *parcel;
                courier.deposits.retain(|(_, deposited)| *deposited != parcel);
                courier.note = CourierNote::TakenBack(door);
                self.act(Effect::Sound(Sound::Stored));
            }
            (Step::TakingOut { .. }, Outcome::Closed) => {
                courier.note = CourierNote::TakenOut(door);
                self.act(Effect::Sound(Sound::Stored));
                return self.take_out_next(now_ms, courier);
            }
            (_, Outcome::NeverOpened) => {
                courier.note = CourierNote::DoorStuck(door);
                self.act(Effect::Sound(Sound::Look));
            }
            _ => {
                courier.note = CourierNote::NotSeen(door);
                self.act(Effect::Sound(Sound::Look));
            }
        }
        courier.step = Step::Ready;
        match courier.queued.take() {
            Some((label, tag)) => self.deposit_labelled(now_ms, courier, label, tag),
            None => self.enter(now_ms, Stage::Courier(courier)),
        }
    }

    pub(crate) fn courier_view(&self, now_ms: u64, courier: &Courier) -> View {
        let free = || allocate::count_free(&self.state, &self.cabinet, |door| self.door(door));
        match &courier.step {
            Step::Ready => View::Courier {
                free: free(),
                take_out: match courier.who {
                    Who::Staff(_, tenant) => {
                        u16::try_from(rights::doors_to_take_out(&self.state, tenant).len())
                            .unwrap_or(u16::MAX)
                    }
                    Who::Bearer(_) => 0,
                },
                can_undo: !courier.deposits.is_empty(),
                note: courier.note,
            },
            Step::ChooseSize(label, _) => {
                let [small, medium, large] = free();
                let free = [small + medium + large, medium + large, large];
                View::ChooseSize { free, label_tail: label.tail().to_owned() }
            }
            Step::Picking => View::PickDeposit {
                deposits: courier
                    .deposits
                    .iter()
                    .map(|(door, parcel)| {
                        let tail = self.state.parcels.get(parcel).map_or("", |parcel| parcel.label.tail());
                        (*door, tail.to_owned())
                    })
                    .collect(),
            },
            Step::Depositing { opening, .. } => self.door_view(now_ms, *opening, Task::PutIn, 1, 1),
            Step::TakingBack { opening, .. } => self.door_view(now_ms, *opening, Task::TakeBack, 1, 1),
            Step::TakingOut { opening } => self.door_view(now_ms, *opening, Task::TakeOut, 1, 1),
        }
    }

    fn deposit_labelled(&mut self, now_ms: u64, mut courier: Courier, label: Label, tag: LabelTag) {
        let Who::Staff(staff, tenant) = courier.who else {
            // A deposit pass is a right to its own parcel only.
            return self.courier_says(now_ms, courier, CourierNote::NotYours, Sound::Refused);
        };
        match self.state.parcel_labelled(tag, &label, tenant) {
            // What a person is to send is not a courier's to put in.
            Some((_, parcel))
                if parcel.tenant != tenant
                    || parcel.outgoing.is_some() && parcel.place == Place::Expected =>
            {
                self.courier_says(now_ms, courier, CourierNote::NotYours, Sound::Refused);
            }
            Some((_, parcel)) if matches!(parcel.place, Place::Inside(_)) => {
                let door = parcel.compartment().unwrap_or(CompartmentId(0));
                self.courier_says(now_ms, courier, CourierNote::AlreadyInside(door), Sound::Refused);
            }
            // Expected; or Doubtful, and in the courier's hand after all.
            Some((parcel, _)) => {
                self.deposit(now_ms, courier, parcel, Entitled::Courier { staff, tenant }, 1)
            }
            None => {
                courier.step = Step::ChooseSize(label, tag);
                self.act(Effect::Sound(Sound::Look));
                self.enter(now_ms, Stage::Courier(courier));
            }
        }
    }

    fn deposit_unannounced(
        &mut self,
        now_ms: u64,
        courier: Courier,
        label: Label,
        label_tag: LabelTag,
        size: Size,
    ) {
        let tenant = courier.tenant();
        let room =
            allocate::choose(&self.state, &self.cabinet, |door| self.door(door), size, false).is_some();
        if !room || self.state.parcels.len() >= MAX_PARCELS {
            return self.courier_says(now_ms, courier, CourierNote::NoRoom, Sound::Refused);
        }
        let parcel = ParcelId::made_here(self.state.locker.unwrap_or(LockerId(0)), self.state.admitted);
        self.record(Event::Admitted { parcel, announcement: None, label, label_tag, tenant, size });
        let entitled = courier.deposit_right(parcel);
        self.deposit(now_ms, courier, parcel, entitled, 1);
    }

    fn deposit(
        &mut self,
        now_ms: u64,
        mut courier: Courier,
        parcel: ParcelId,
        entitled: Entitled,
        doors_tried: u8,
    ) {
        if let Some((_, touching)) = self.state.opening_touching(parcel) {
            // It may have gone in there: one parcel, one door at a time.
            let note = CourierNote::CloseFirst(touching.compartment);
            return self.courier_says(now_ms, courier, note, Sound::Refused);
        }
        let Some(known) = self.state.parcels.get(&parcel) else {
            return self.courier_says(now_ms, courier, CourierNote::None, Sound::Refused);
        };
        let (size, reachable) = (known.size, known.reachable);
        let opening = self
            .door_for(size, reachable)
            .and_then(|door| self.begin(now_ms, door, Purpose::Deposit, entitled, vec![parcel], Vec::new()));
        match opening {
            Some(opening) => {
                courier.step = Step::Depositing { opening, parcel, entitled, doors_tried };
                self.enter(now_ms, Stage::Courier(courier));
            }
            None => self.courier_says(now_ms, courier, CourierNote::NoRoom, Sound::Refused),
        }
    }

    /// The door for a parcel of this size. `reachable` is what its recipient asked for, and holds; what the person at the kiosk asked
    /// for is a wish.
    pub(crate) fn door_for(&self, size: Size, reachable: bool) -> Option<CompartmentId> {
        let choose =
            |reachable| allocate::choose(&self.state, &self.cabinet, |door| self.door(door), size, reachable);
        let wished = self.session.lower_doors.then(|| choose(true)).flatten();
        wished.or_else(|| choose(reachable))
    }

    fn take_back(&mut self, now_ms: u64, mut courier: Courier, place: usize) {
        if let Some((door, parcel)) = courier.deposits.get(place).copied() {
            let entitled = courier.take_back_right();
            let opening = self.begin(now_ms, door, Purpose::Retrieve, entitled, Vec::new(), vec![parcel]);
            if let Some(opening) = opening {
                courier.step = Step::TakingBack { opening, parcel };
                return self.enter(now_ms, Stage::Courier(courier));
            }
            // It was collected or touched since: nothing to take back any more.
            courier.deposits.remove(place);
        }
        self.courier_says(now_ms, courier, CourierNote::None, Sound::Refused);
    }

    fn take_out_next(&mut self, now_ms: u64, mut courier: Courier) {
        let Who::Staff(staff, tenant) = courier.who else {
            return self.courier_says(now_ms, courier, CourierNote::None, Sound::Refused);
        };
        while let Some(door) = courier.take_out.pop_front() {
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
        courier.step = Step::Ready;
        self.enter(now_ms, Stage::Courier(courier));
    }

    fn courier_says(&mut self, now_ms: u64, mut courier: Courier, note: CourierNote, sound: Sound) {
        courier.note = note;
        courier.step = Step::Ready;
        self.act(Effect::Sound(sound));
        self.enter(now_ms, Stage::Courier(courier));
    }

    fn take_courier(&mut self) -> Option<Courier> {
        match std::mem::take(&mut self.session.stage) {
            Stage::Courier(courier) => Some(courier),
            other => {
                self.session.stage = other;
                None
            }
        }
    }
}
