//! One parcel's way in: which door, what is said at it, and where it goes when that door will not do.

use locker_protocol::change::Announcement;
use locker_protocol::event::{Decline, Entitled, Purpose, WhyLeftOver};
use locker_protocol::label::{CheckDigit, recognize};
use locker_protocol::{CompartmentId, Event, Label, LabelTag, LockerId, OpeningId, ParcelId, Size, StaffId};

use super::{Courier, Deposit, Step, TAKE_BACK, Who};
use crate::Core;
use crate::allocate::{self, Wishes};
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::front::Stage;
use crate::input::Intent;
use crate::rights;
use crate::state::{MAX_PARCELS, Place};
use crate::view::{CourierNote, DoorChoices, NotAccepted, View};

impl Core {
    pub(crate) fn label_scanned(&mut self, now_ms: u64, label: Label, tag: LabelTag) {
        let Some(mut courier) = self.take_courier() else { return };
        courier.goes_on();
        match courier.current() {
            None => self.deposit_labelled(now_ms, courier, label, tag),
            Some(opening) => self.queue(courier, opening, label, tag),
        }
    }

    /// A label that is scanned while a door is in hand: one waits, and what is scanned after it does not.
    fn queue(&mut self, mut courier: Courier, opening: OpeningId, label: Label, tag: LabelTag) {
        let door = self.state.openings.get(&opening).map_or(CompartmentId(0), |opening| opening.compartment);
        let in_hand = match courier.step {
            Step::Depositing { deposit, .. } => self.state.parcels.get(&deposit.parcel),
            _ => None,
        };
        let sound = if in_hand.is_some_and(|parcel| parcel.label_tag == tag && parcel.label == label) {
            courier.note = CourierNote::ScannedTwice(door);
            Sound::Look
        } else {
            courier.note = CourierNote::Queued(door);
            let waits = courier.queued.get_or_insert_with(|| (label.clone(), tag));
            if *waits == (label, tag) { Sound::Look } else { Sound::Refused }
        };
        self.act(Effect::Sound(sound));
        self.session.stage = Stage::Courier(courier);
    }

    /// A deposit pass is itself the announcement: it works with no network.
    pub(crate) fn deposit_pass(&mut self, now_ms: u64, announcement: Announcement) {
        let mut courier = match self.take_courier() {
            // Another carrier's bearer: what the one before brought is not theirs to speak of.
            Some(courier)
                if !courier.is_signed_in()
                    && courier.current().is_none()
                    && courier.tenant() != announcement.tenant =>
            {
                Courier::new(Who::Bearer(announcement.tenant))
            }
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
        courier.goes_on();
        if let Some(opening) = courier.current()
            && let Some(opening) = self.state.openings.get(&opening)
        {
            courier.note = CourierNote::CloseFirst(opening.compartment);
            self.act(Effect::Sound(Sound::Refused));
            self.session.stage = Stage::Courier(courier);
            return;
        }
        if !self.takes_in() {
            return self.courier_says(now_ms, courier, CourierNote::BatteryLow, Sound::Refused);
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
        match self.state.parcels.get(&parcel).map(|known| (known.place, known.size)) {
            Some((Place::Expected | Place::Doubtful(_), size)) => {
                // The pass is the right to this deposit, whoever shows it.
                let entitled = Entitled::DepositPass { parcel };
                self.deposit(now_ms, courier, Deposit::of(parcel, entitled, size));
            }
            Some((Place::Inside(door), _)) => {
                self.courier_says(now_ms, courier, CourierNote::AlreadyInside(door), Sound::Refused);
            }
            Some((Place::Out(_) | Place::Cancelled, _)) | None => {
                if courier.is_signed_in() {
                    self.session.stage = Stage::Courier(courier);
                }
                self.refuse(now_ms, NotAccepted::AlreadyCollected);
            }
        }
    }

    pub(super) fn deposit_labelled(
        &mut self,
        now_ms: u64,
        mut courier: Courier,
        label: Label,
        tag: LabelTag,
    ) {
        let Who::Staff(_, tenant) = courier.who else {
            // A deposit pass is a right to its own parcel only.
            return self.courier_says(now_ms, courier, CourierNote::NotYours, Sound::Refused);
        };
        if !self.takes_in() {
            return self.courier_says(now_ms, courier, CourierNote::BatteryLow, Sound::Refused);
        }
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
            Some((parcel, _)) => match self.door_with_room_beside(parcel) {
                Some(door) => {
                    courier.step = Step::AddToDoor { door, parcel };
                    courier.note = CourierNote::None;
                    self.act(Effect::Sound(Sound::Look));
                    self.enter(now_ms, Stage::Courier(courier));
                }
                None => self.deposit_alone(now_ms, courier, parcel),
            },
            None => {
                courier.step = if courier.questioned != Some(tag) && is_misread(&label) {
                    courier.questioned = Some(tag);
                    Step::LabelQuestion(label, tag)
                } else {
                    Step::ChooseSize(label, tag)
                };
                self.act(Effect::Sound(Sound::Look));
                self.enter(now_ms, Stage::Courier(courier));
            }
        }
    }

    pub(super) fn deposit_unannounced(
        &mut self,
        now_ms: u64,
        courier: Courier,
        label: Label,
        label_tag: LabelTag,
        size: Size,
    ) {
        if !self.takes_in() {
            return self.courier_says(now_ms, courier, CourierNote::BatteryLow, Sound::Refused);
        }
        let tenant = courier.tenant();
        if self.state.parcels.len() >= MAX_PARCELS {
            return self.courier_says(now_ms, courier, CourierNote::NoRoom, Sound::Refused);
        }
        let wishes = Wishes::default();
        if allocate::choose(&self.state, &self.cabinet, |door| self.door_to_offer(door), size, wishes)
            .is_none()
        {
            let why = self.why_no_door(size, wishes);
            return self.leave_over(now_ms, courier, None, &label, label_tag, why);
        }
        let parcel = ParcelId::made_here(self.state.locker.unwrap_or(LockerId(0)), self.state.admitted);
        self.record(Event::Admitted { parcel, announcement: None, label, label_tag, tenant, size });
        self.deposit_alone(now_ms, courier, parcel);
    }

    /// Behind a door of its own.
    pub(super) fn deposit_alone(&mut self, now_ms: u64, courier: Courier, parcel: ParcelId) {
        let Some(size) = self.state.parcels.get(&parcel).map(|known| known.size) else {
            return self.courier_says(now_ms, courier, CourierNote::None, Sound::Refused);
        };
        let entitled = courier.deposit_right(parcel);
        self.deposit(now_ms, courier, Deposit::of(parcel, entitled, size));
    }

    pub(super) fn deposit(&mut self, now_ms: u64, mut courier: Courier, deposit: Deposit) {
        let Deposit { parcel, entitled, size, .. } = deposit;
        if let Some((_, touching)) = self.state.opening_touching(parcel) {
            // It may have gone in there: one parcel, one door at a time.
            let note = CourierNote::CloseFirst(touching.compartment);
            return self.courier_says(now_ms, courier, note, Sound::Refused);
        }
        // The mains may have gone since it was scanned.
        if !self.takes_in() {
            return self.courier_says(now_ms, courier, CourierNote::BatteryLow, Sound::Refused);
        }
        let Some(known) = self.state.parcels.get(&parcel) else {
            return self.courier_says(now_ms, courier, CourierNote::None, Sound::Refused);
        };
        let wishes = Wishes::of(known);
        let Some(door) = self.door_for(size, wishes) else {
            let (label, tag) = (known.label.clone(), known.label_tag);
            let why = self.why_no_door(size, wishes);
            return self.leave_over(now_ms, courier, Some(parcel), &label, tag, why);
        };
        match self.begin(now_ms, door, Purpose::Deposit, entitled, vec![parcel], Vec::new()) {
            Some(opening) => {
                courier.is_brought(known_tag(self, parcel));
                // What was reported of the door before stays to be read at this one.
                if !matches!(courier.note, CourierNote::Found(_)) {
                    courier.note = CourierNote::None;
                }
                courier.step = Step::Depositing { opening, deposit };
                self.enter(now_ms, Stage::Courier(courier));
            }
            None => self.courier_says(now_ms, courier, CourierNote::None, Sound::Refused),
        }
    }

    /// Beside what its recipient has there already.
    pub(super) fn add_to_door(
        &mut self,
        now_ms: u64,
        mut courier: Courier,
        door: CompartmentId,
        parcel: ParcelId,
    ) {
        // It may have been collected, or be in doubt, since it was offered.
        let still = self.door_with_room_beside(parcel) == Some(door);
        let entitled = courier.deposit_right(parcel);
        let begun = (still && self.takes_in())
            .then(|| self.begin(now_ms, door, Purpose::Deposit, entitled, vec![parcel], Vec::new()))
            .flatten();
        let Some(opening) = begun else { return self.deposit_alone(now_ms, courier, parcel) };
        let size = self.state.parcels.get(&parcel).map_or(Size::S, |known| known.size);
        courier.is_brought(known_tag(self, parcel));
        let deposit = Deposit { added: true, ..Deposit::of(parcel, entitled, size) };
        courier.step = Step::Depositing { opening, deposit };
        self.enter(now_ms, Stage::Courier(courier));
    }

    /// The door behind which the same carrier has a parcel for the same recipient, and room for this one beside it.
    fn door_with_room_beside(&self, parcel: ParcelId) -> Option<CompartmentId> {
        let known = self.state.parcels.get(&parcel).filter(|known| known.place == Place::Expected)?;
        let recipient = known.recipient?;
        let others = self.state.parcels.values().filter(|other| {
            (other.recipient == Some(recipient) || faults::is(Fault::AddsBesideAnyone))
                && other.tenant == known.tenant
                && !other.goes_back()
        });
        let doors = others.filter_map(|other| match other.place {
            Place::Inside(door) => Some(door),
            _ => None,
        });
        doors
            .filter(|door| {
                rights::may_add(&self.state, *door, known.tenant, &[parcel])
                    && allocate::has_room(&self.state, &self.cabinet, *door, self.door_to_offer(*door), known)
            })
            .min()
    }

    /// The door for a parcel of this size. What it asks for holds; that the person at the kiosk asked for a door within reach is
    /// only a preference.
    pub(crate) fn door_for(&self, size: Size, wishes: Wishes) -> Option<CompartmentId> {
        let choose = |wishes| {
            allocate::choose(&self.state, &self.cabinet, |door| self.door_to_offer(door), size, wishes)
        };
        let wished = self.session.lower_doors.then(|| choose(Wishes { reachable: true, ..wishes })).flatten();
        wished.or_else(|| choose(wishes))
    }

    /// Why there is no door for a parcel of this size.
    fn why_no_door(&self, size: Size, wishes: Wishes) -> WhyLeftOver {
        match allocate::is_one_unheard(&self.state, &self.cabinet, |door| self.door(door), size, wishes) {
            true => WhyLeftOver::DoorsSilent,
            false if wishes.keep.is_some() => WhyLeftOver::NotKept,
            false => WhyLeftOver::NoRoom { size },
        }
    }

    /// The courier stores it, by an observed close.
    pub(super) fn stored(&mut self, courier: &mut Courier, door: CompartmentId, deposit: Deposit) {
        // Beside another parcel it is no longer the courier's alone to show.
        courier.deposits.retain(|(other, parcel)| *other != door && *parcel != deposit.parcel);
        if deposit.added {
            courier.note = CourierNote::Added(door);
        } else {
            courier.deposits.push_front((door, deposit.parcel));
            courier.deposits.truncate(TAKE_BACK);
            courier.note = CourierNote::Stored(door);
        }
        self.act(Effect::Sound(Sound::Stored));
    }

    /// What the courier says of the door that is open for a parcel.
    pub(super) fn decline_deposit(
        &mut self,
        now_ms: u64,
        courier: &mut Courier,
        opening: OpeningId,
        deposit: Deposit,
        intent: Intent,
    ) {
        let choices = self.choices(opening, deposit);
        let why = match intent {
            Intent::Larger if choices.larger => Decline::TooSmall,
            Intent::Smaller if choices.smaller => Decline::TooLarge,
            Intent::DoesNotFit if choices.does_not_fit => Decline::DoesNotFit,
            Intent::DirtyOrFull if choices.found => Decline::Found,
            _ => return,
        };
        courier.note = CourierNote::None;
        self.decline(now_ms, opening, why);
        self.act(Effect::Sound(Sound::Look));
    }

    /// A door was closed with nothing put in: the next one opens, or the parcel goes back into the van.
    pub(super) fn deposit_elsewhere(
        &mut self,
        now_ms: u64,
        courier: Courier,
        door: CompartmentId,
        deposit: Deposit,
        why: Decline,
    ) {
        let size = self.cabinet.compartments.get(&door).map_or(deposit.size, |spec| spec.size);
        let wanted = match why {
            // Beside another parcel there was too little room: that says nothing of an empty one.
            Decline::TooSmall | Decline::Found if deposit.added => deposit.size,
            Decline::TooSmall => larger(size).unwrap_or(size),
            Decline::TooLarge => smaller(size).unwrap_or(size),
            Decline::Found => size,
            Decline::DoesNotFit => {
                let parcel = deposit.parcel;
                let Some(known) = self.state.parcels.get(&parcel) else {
                    return self.courier_says(now_ms, courier, CourierNote::LeftOver, Sound::Look);
                };
                let (label, tag) = (known.label.clone(), known.label_tag);
                let why = WhyLeftOver::DoesNotFit;
                return self.leave_over(now_ms, courier, Some(parcel), &label, tag, why);
            }
        };
        self.deposit(now_ms, courier, Deposit { size: wanted, added: false, doors_tried: 1, ..deposit });
    }

    /// What can be said of a door that is open for a parcel, and led on from.
    pub(crate) fn choices_at(&self, opening: OpeningId, wishes: Wishes, added: Option<Size>) -> DoorChoices {
        let Some(door) = self.state.openings.get(&opening).map(|known| known.compartment) else {
            return DoorChoices::default();
        };
        let Some(spec) = self.cabinet.compartments.get(&door).filter(|_| self.can_decline(opening)) else {
            return DoorChoices::default();
        };
        let size_of = |door: CompartmentId| self.cabinet.compartments.get(&door).map(|spec| spec.size);
        let free = |size: Size| self.door_for(size, wishes).and_then(size_of);
        DoorChoices {
            larger: match added {
                Some(size) => free(size).is_some(),
                None => larger(spec.size).and_then(free).is_some(),
            },
            smaller: added.is_none()
                && smaller(spec.size).and_then(free).is_some_and(|free| free < spec.size),
            does_not_fit: true,
            found: true,
        }
    }

    fn choices(&self, opening: OpeningId, deposit: Deposit) -> DoorChoices {
        let wishes = self.state.parcels.get(&deposit.parcel).map(Wishes::of).unwrap_or_default();
        self.choices_at(opening, wishes, deposit.added.then_some(deposit.size))
    }

    pub(super) fn with_choices(
        &self,
        view: View,
        courier: &Courier,
        opening: OpeningId,
        deposit: Deposit,
    ) -> View {
        let mut view = courier.with_note(view);
        if let View::DoorOpen { choices, .. } = &mut view {
            *choices = self.choices(opening, deposit);
        }
        view
    }

    pub(super) fn take_back(&mut self, now_ms: u64, mut courier: Courier, place: usize) {
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
}

impl Deposit {
    fn of(parcel: ParcelId, entitled: Entitled, size: Size) -> Self {
        Self { parcel, entitled, size, added: false, doors_tried: 1 }
    }
}

/// Whether its check digit says that it was not read right.
fn is_misread(label: &Label) -> bool {
    recognize(label.as_str()).is_ok_and(|known| known.check == CheckDigit::Wrong)
}

fn known_tag(core: &Core, parcel: ParcelId) -> Option<LabelTag> {
    core.state.parcels.get(&parcel).map(|known| known.label_tag)
}

/// The next larger size.
pub(crate) fn larger(size: Size) -> Option<Size> {
    Size::ALL.into_iter().find(|other| *other > size)
}

fn smaller(size: Size) -> Option<Size> {
    Size::ALL.into_iter().rfind(|other| *other < size)
}
