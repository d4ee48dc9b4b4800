//! A courier's stop: scan, door, close, next. Whatever is scanned while another screen stands there goes on with that
//! scan: nothing but an open door makes a courier wait.

mod deposit;
mod left_over;
mod stop;
mod take_out;

use std::collections::VecDeque;

use locker_protocol::event::{Decline, Doubt, Entitled, Outcome, WhyLeftOver};
use locker_protocol::{CompartmentId, Label, LabelTag, OpeningId, ParcelId, Size, StaffId, TenantId};

use crate::Core;
use crate::allocate;
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::front::Stage;
use crate::input::Intent;
use crate::situation::Writer;
use crate::state::{Contents, Opening, State, Why};
use crate::view::{CourierNote, NotAccepted, Task, View};

pub(crate) use deposit::larger;
use left_over::StaysInVan;
pub(crate) use stop::Finished;

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
    /// The label that was asked about: read the same again, it is as it stands on the parcel.
    questioned: Option<LabelTag>,
    /// What is opened one after another.
    take_out: VecDeque<CompartmentId>,
    note: CourierNote,
    /// The last door of this stop behind which a sensor sees nothing of what was put in: told between two doors, until the courier
    /// goes on.
    looks_empty: Option<CompartmentId>,
    /// What this stop came to so far.
    done: stop::Tally,
    /// What stays in the van, oldest first.
    left_over: Vec<StaysInVan>,
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
    /// Nobody announced this label, and its check digit is wrong: was it read right?
    LabelQuestion(Label, LabelTag),
    /// The same recipient has a parcel behind this door, and there is room beside it.
    AddToDoor {
        door: CompartmentId,
        parcel: ParcelId,
    },
    Depositing {
        opening: OpeningId,
        deposit: Deposit,
    },
    Picking,
    TakingBack {
        opening: OpeningId,
        parcel: ParcelId,
    },
    /// What goes back is listed.
    ToTakeOut,
    TakingOut {
        opening: OpeningId,
    },
    /// No door is left, for this reason.
    LeftOvers(WhyLeftOver),
}

/// A parcel on its way in.
#[derive(Clone, Copy)]
struct Deposit {
    parcel: ParcelId,
    entitled: Entitled,
    /// The smallest compartment that is wanted for it: what was announced, or what the courier says.
    size: Size,
    /// It goes beside what its recipient has there.
    added: bool,
    doors_tried: u8,
}

impl Courier {
    pub(crate) fn new(who: Who) -> Self {
        Self {
            who,
            deposits: VecDeque::new(),
            queued: None,
            questioned: None,
            take_out: VecDeque::new(),
            note: CourierNote::None,
            looks_empty: None,
            done: stop::Tally::default(),
            left_over: Vec::new(),
            step: Step::Ready,
        }
    }

    pub(crate) fn is(&self, staff: StaffId, tenant: TenantId) -> bool {
        self.who == Who::Staff(staff, tenant)
    }

    /// Whether somebody is signed in: not only the bearer of a deposit pass.
    pub(crate) fn is_signed_in(&self) -> bool {
        matches!(self.who, Who::Staff(..))
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
            Step::Ready
            | Step::ChooseSize(..)
            | Step::LabelQuestion(..)
            | Step::AddToDoor { .. }
            | Step::Picking
            | Step::ToTakeOut
            | Step::LeftOvers(_) => None,
        }
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.word(&self.who);
        to.number(self.deposits.len() as u64);
        self.deposits.iter().for_each(|deposit| to.value(deposit));
        to.value(&self.queued);
        to.value(&self.looks_empty);
        to.number(self.take_out.len() as u64);
        self.take_out.iter().for_each(|door| to.value(door));
        match &self.step {
            Step::Ready => to.number(0),
            Step::ChooseSize(label, tag) => {
                to.number(1);
                to.value(&(label, tag));
            }
            Step::Depositing { opening, deposit } => {
                to.number(2);
                to.opening(*opening);
                to.value(&(deposit.parcel, deposit.entitled, deposit.doors_tried, deposit.size));
                to.flag(deposit.added);
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
            Step::AddToDoor { door, parcel } => {
                to.number(6);
                to.value(&(door, parcel));
            }
            Step::LabelQuestion(label, tag) => {
                to.number(9);
                to.value(&(label, tag));
            }
            Step::ToTakeOut => to.number(7),
            Step::LeftOvers(_) => to.number(8),
        }
    }

    pub(crate) fn note_refused(&mut self, why: NotAccepted) {
        self.note = CourierNote::Refused(why);
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
        courier.goes_on();
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
            (Step::LabelQuestion(label, tag), Intent::Yes) => {
                courier.step = Step::ChooseSize(label.clone(), *tag);
            }
            (Step::LabelQuestion(..), Intent::Back | Intent::No) => {
                courier.note = CourierNote::BadLabel;
                courier.step = Step::Ready;
            }
            (Step::AddToDoor { door, parcel }, Intent::Yes) => {
                let (door, parcel) = (*door, *parcel);
                return self.add_to_door(now_ms, courier, door, parcel);
            }
            (Step::AddToDoor { parcel, .. }, Intent::No) => {
                let parcel = *parcel;
                return self.deposit_alone(now_ms, courier, parcel);
            }
            (Step::Depositing { opening, deposit }, _) => {
                let (opening, deposit) = (*opening, *deposit);
                self.decline_deposit(now_ms, &mut courier, opening, deposit, intent);
            }
            (Step::Ready, Intent::TakeOut) => return self.list_to_take_out(now_ms, courier),
            (Step::ToTakeOut, Intent::Pick(place)) => {
                return self.take_out_one(now_ms, courier, usize::from(place));
            }
            (Step::ToTakeOut, Intent::OpenAll) => return self.take_out_all(now_ms, courier),
            (
                Step::ChooseSize(..)
                | Step::Picking
                | Step::AddToDoor { .. }
                | Step::ToTakeOut
                | Step::LeftOvers(_),
                Intent::Back,
            ) => courier.step = Step::Ready,
            (Step::Ready | Step::LeftOvers(_), Intent::Finish) | (Step::Ready, Intent::Back) => {
                return self.finish_stop(now_ms, courier);
            }
            (Step::Ready | Step::LeftOvers(_), Intent::LetCollect) => {
                return self.let_collect(now_ms, courier);
            }
            _ => {}
        }
        self.session.stage = Stage::Courier(courier);
    }

    pub(crate) fn courier_unreadable(&mut self) {
        self.act(Effect::Sound(Sound::Refused));
        if let Stage::Courier(courier) = &mut self.session.stage {
            courier.goes_on();
            courier.note = CourierNote::NotALabel;
        }
    }

    /// Behind a door that the books had something behind, a sensor sees nothing. The courier who put it there is told while they
    /// are here, to mend it if they have it in their hand; at another door they hear it, and read it when that is closed.
    pub(crate) fn courier_is_told_of(&mut self, now_ms: u64, compartment: CompartmentId) {
        let Stage::Courier(courier) = &mut self.session.stage else { return };
        if courier.done.put_behind(compartment) {
            courier.looks_empty = Some(compartment);
            // What is in doubt is staff's to look at.
            courier.deposits.retain(|(door, _)| *door != compartment);
            if matches!(courier.step, Step::Picking) {
                courier.step = Step::Ready;
            }
            self.act(Effect::Sound(Sound::Look));
            self.stay(now_ms);
        }
    }

    /// The note between two doors: what was just learnt comes before what was just done.
    fn note_of(&self, courier: &Courier) -> CourierNote {
        let in_doubt = |door: &CompartmentId| {
            let contents = self.state.contents(*door);
            matches!(contents, Contents::Unknown { why: Why::Doubt(Doubt::ItemGone), .. })
        };
        match (courier.looks_empty.filter(in_doubt), courier.note) {
            (Some(door), _) => CourierNote::LooksEmpty(door),
            (None, CourierNote::None) if !self.takes_in() => CourierNote::BatteryLow,
            (None, CourierNote::BatteryLow) if self.takes_in() => CourierNote::None,
            (None, note) => note,
        }
    }

    /// Somebody else's badge is shown while this courier is signed in.
    pub(crate) fn another_badge(&mut self) {
        self.act(Effect::Sound(Sound::Refused));
        if let Stage::Courier(courier) = &mut self.session.stage {
            courier.note = CourierNote::OtherCourier;
        }
    }

    /// The current door's opening ended.
    pub(crate) fn courier_goes_on(&mut self, now_ms: u64, id: OpeningId, over: &Opening, outcome: Outcome) {
        let Some(mut courier) = self.take_courier() else { return };
        let door = over.compartment;
        let step = std::mem::replace(&mut courier.step, Step::Ready);
        if outcome == Outcome::Closed && over.declined.is_none() {
            courier.done.note(&self.state, courier.tenant(), id, over);
        }
        let is_revoked = courier.is_revoked(&self.state);
        match (step, outcome) {
            (Step::Depositing { deposit, .. }, Outcome::Closed) => match over.declined {
                None => self.stored(&mut courier, door, deposit),
                Some(_) if is_revoked => {}
                Some(why) => {
                    courier.note = match why {
                        Decline::Found => CourierNote::Found(door),
                        _ => CourierNote::TakenBack(door),
                    };
                    return self.deposit_elsewhere(now_ms, courier, door, deposit, why);
                }
            },
            (Step::Depositing { deposit, .. }, Outcome::NeverOpened)
                if deposit.doors_tried < DOORS_TRIED && !is_revoked =>
            {
                // By the same right: a pass may have been another carrier's.
                self.act(Effect::Sound(Sound::Look));
                let doors_tried = deposit.doors_tried + 1;
                return self.deposit(now_ms, courier, Deposit { doors_tried, added: false, ..deposit });
            }
            (Step::TakingBack { parcel, .. }, Outcome::Closed) => {
                courier.deposits.retain(|(_, deposited)| *deposited != parcel);
                courier.note = CourierNote::TakenBack(door);
                self.act(Effect::Sound(Sound::Stored));
            }
            (Step::TakingOut { .. }, Outcome::Closed) => {
                courier.note = CourierNote::TakenOut(door);
                self.act(Effect::Sound(Sound::Stored));
                return self.take_out_next(now_ms, courier);
            }
            (Step::TakingOut { .. }, Outcome::NeverOpened) => {
                // The others are not kept from coming out by this one.
                courier.note = CourierNote::DoorStuck(door);
                self.act(Effect::Sound(Sound::Look));
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
        self.serve_queue(now_ms, courier);
    }

    /// What was scanned meanwhile comes next.
    fn serve_queue(&mut self, now_ms: u64, mut courier: Courier) {
        match courier.queued.take() {
            Some((label, tag)) if !courier.is_revoked(&self.state) => {
                self.deposit_labelled(now_ms, courier, label, tag);
            }
            _ => self.enter(now_ms, Stage::Courier(courier)),
        }
    }

    pub(crate) fn courier_view(&self, now_ms: u64, courier: &Courier) -> View {
        match &courier.step {
            Step::Ready => self.summary(courier),
            Step::ChooseSize(label, _) => {
                let [small, medium, large] = self.free();
                let free = [small + medium + large, medium + large, large];
                View::ChooseSize { free, label_tail: label.tail().to_owned() }
            }
            Step::AddToDoor { door, .. } => View::AddToDoor { door: *door },
            Step::LabelQuestion(label, _) => View::LabelQuestion { label_tail: label.tail().to_owned() },
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
            Step::ToTakeOut => self.take_out_view(courier),
            Step::LeftOvers(why) => courier.left_overs_view(*why),
            Step::Depositing { opening, deposit } => {
                let door = self.door_view(now_ms, *opening, Task::PutIn, 1, 1);
                self.with_choices(door, courier, *opening, *deposit)
            }
            Step::TakingBack { opening, .. } => {
                courier.with_note(self.door_view(now_ms, *opening, Task::TakeBack, 1, 1))
            }
            Step::TakingOut { opening } => {
                courier.with_note(self.door_view(now_ms, *opening, Task::TakeOut, 1, 1))
            }
        }
    }

    pub(crate) fn free(&self) -> [u16; 3] {
        allocate::count_free(&self.state, &self.cabinet, |door| self.door_to_offer(door))
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

impl Courier {
    /// The courier does the next thing, and has read what stood there between two doors.
    fn goes_on(&mut self) {
        if matches!(self.step, Step::Ready) {
            self.looks_empty = None;
        }
    }

    /// What was scanned beside an open door is said there.
    fn with_note(&self, mut view: View) -> View {
        if let View::DoorOpen { note, .. } = &mut view {
            *note = match self.note {
                CourierNote::Queued(_)
                | CourierNote::ScannedTwice(_)
                | CourierNote::CloseFirst(_)
                | CourierNote::OtherCourier
                | CourierNote::NotALabel
                | CourierNote::Refused(_)
                | CourierNote::Found(_) => self.note,
                _ => CourierNote::None,
            };
        }
        view
    }
}
