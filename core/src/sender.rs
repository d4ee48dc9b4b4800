//! A person sends a parcel: a return that the hub announced, shown by its label or its code, put behind a door for its
//! carrier's courier. What was sent is no longer the sender's to open.

use locker_protocol::event::{Decline, Entitled, Outcome, Proof, Purpose};
use locker_protocol::{CompartmentId, Label, LabelTag, OpeningId, ParcelId, Size};

use crate::Core;
use crate::allocate::{self, Wishes};
use crate::courier::larger;
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::front::Stage;
use crate::input::Intent;
use crate::situation::Writer;
use crate::state::{Opening, Place, State};
use crate::view::{NotAccepted, Task, View};

/// How many doors are tried for one parcel when they do not open.
const DOORS_TRIED: u8 = 3;

/// One sender at the kiosk.
#[derive(Clone)]
pub(crate) struct Sender {
    step: Step,
}

#[derive(Clone)]
enum Step {
    /// A return's label or code is awaited.
    Scan {
        refused: Option<NotAccepted>,
    },
    /// How large is it?
    Size(Sending),
    Door {
        opening: OpeningId,
        sending: Sending,
        size: Size,
        doors_tried: u8,
    },
    /// It is inside, by the record.
    Sent {
        opening: OpeningId,
        parcel: ParcelId,
        door: CompartmentId,
    },
    /// The last door was closed, or did not open, and nothing counts as sent.
    NothingSent {
        sending: Sending,
        size: Size,
        door: CompartmentId,
    },
    NoRoom(Sending),
}

/// What somebody is about to send, and by what right.
#[derive(Clone, Copy)]
struct Sending {
    parcel: ParcelId,
    by: Proof,
}

impl Sender {
    pub(crate) fn new() -> Self {
        Self { step: Step::Scan { refused: None } }
    }

    pub(crate) fn current(&self) -> Option<OpeningId> {
        match self.step {
            Step::Door { opening, .. } => Some(opening),
            _ => None,
        }
    }

    /// Whether a return's label or code is awaited.
    pub(crate) fn scans(&self) -> bool {
        matches!(self.step, Step::Scan { .. })
    }

    /// Whether the screen only tells something.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.step, Step::Sent { .. } | Step::NoRoom(_))
    }

    /// What was shown opens nothing.
    pub(crate) fn refuse(&mut self, why: NotAccepted) {
        self.step = Step::Scan { refused: Some(why) };
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        let sending = |to: &mut Writer, sending: &Sending| {
            to.value(&sending.parcel);
            to.value(&sending.by);
        };
        match &self.step {
            Step::Scan { .. } => to.number(0),
            Step::Size(of) => {
                to.number(1);
                sending(to, of);
            }
            Step::Door { opening, sending: of, size, doors_tried } => {
                to.number(2);
                to.opening(*opening);
                sending(to, of);
                to.value(&(size, doors_tried));
            }
            Step::Sent { parcel, .. } => {
                to.number(3);
                to.value(parcel);
            }
            Step::NothingSent { sending: of, size, .. } => {
                to.number(4);
                sending(to, of);
                to.value(size);
            }
            Step::NoRoom(of) => {
                to.number(5);
                sending(to, of);
            }
        }
    }
}

impl Core {
    /// Whether the hub announces returns to this locker: as far as its books remember.
    pub(crate) fn takes_returns(&self) -> bool {
        self.state.parcels.values().any(|parcel| parcel.outgoing.is_some())
    }

    pub(crate) fn sender_touched(&mut self, now_ms: u64, intent: Intent) {
        let Some(sender) = self.take_sender() else { return };
        match (&sender.step, intent) {
            (Step::Size(sending), Intent::ChooseSize(size)) => {
                return self.open_to_send(now_ms, *sending, size, 1);
            }
            (Step::Size(_), Intent::Back) => return self.enter(now_ms, Stage::Sender(Sender::new())),
            (Step::NoRoom(sending), Intent::Back) if self.announced_size(sending.parcel).is_none() => {
                let step = Step::Size(*sending);
                return self.enter(now_ms, Stage::Sender(Sender { step }));
            }
            (Step::NothingSent { sending, size, .. }, Intent::TryAgain) => {
                return self.open_to_send(now_ms, *sending, *size, 1);
            }
            (Step::Door { opening, .. }, Intent::Larger) => {
                let opening = *opening;
                if self.choices_at(opening, Wishes::default(), None).larger {
                    self.decline(now_ms, opening, Decline::TooSmall);
                    self.act(Effect::Sound(Sound::Look));
                }
            }
            (Step::Door { .. }, _) => {}
            (_, Intent::Back | Intent::Finish) => return self.leave(now_ms),
            _ => {}
        }
        self.session.stage = Stage::Sender(sender);
    }

    /// The return with this label, if there is exactly one: carriers may print the same label, and then its code is needed.
    pub(crate) fn return_labelled(&self, tag: LabelTag, label: &Label) -> Option<ParcelId> {
        let mut found = self.state.parcels.iter().filter(|(_, parcel)| {
            parcel.outgoing.is_some() && parcel.is_labelled(tag, label) && !parcel.is_over()
        });
        let (parcel, _) = found.next()?;
        found.next().is_none().then_some(*parcel)
    }

    /// Somebody showed a return's label or code.
    pub(crate) fn serve_sender(&mut self, now_ms: u64, parcel: ParcelId, by: Proof) {
        let Some(known) = self.state.parcels.get(&parcel) else { return };
        let sending = Sending { parcel, by };
        match (known.place, self.state.opening_touching(parcel)) {
            (_, Some((opening, touching))) => {
                // Its door is still open: whoever comes back to it goes on there.
                if touching.purpose == Purpose::Send && touching.goes_in == [parcel] {
                    let size = known.size;
                    let step = Step::Door { opening, sending, size, doors_tried: DOORS_TRIED };
                    self.enter(now_ms, Stage::Sender(Sender { step }));
                } else {
                    self.refuse(now_ms, NotAccepted::AlreadySent);
                }
            }
            (Place::Expected | Place::Doubtful(_), None) => match self.announced_size(parcel) {
                Some(size) => self.open_to_send(now_ms, sending, size, 1),
                None => {
                    self.act(Effect::Sound(Sound::Look));
                    self.enter(now_ms, Stage::Sender(Sender { step: Step::Size(sending) }));
                }
            },
            (Place::Inside(_) | Place::Out(_), None) => self.refuse(now_ms, NotAccepted::AlreadySent),
            (Place::Cancelled, None) => self.refuse(now_ms, NotAccepted::NoReturn),
        }
    }

    fn announced_size(&self, parcel: ParcelId) -> Option<Size> {
        self.state.parcels.get(&parcel)?.outgoing?.size
    }

    fn open_to_send(&mut self, now_ms: u64, sending: Sending, size: Size, doors_tried: u8) {
        let Sending { parcel, by } = sending;
        // The mains may have gone since it was shown.
        if !self.takes_in() {
            return self.refuse(now_ms, NotAccepted::BatteryLow);
        }
        let entitled = Entitled::Sender { parcel, by };
        let opening = self
            .door_for(size, Wishes::default())
            .and_then(|door| self.begin(now_ms, door, Purpose::Send, entitled, vec![parcel], Vec::new()));
        let step = match opening {
            Some(opening) => Step::Door { opening, sending, size, doors_tried },
            None => {
                self.act(Effect::Sound(Sound::Refused));
                Step::NoRoom(sending)
            }
        };
        self.enter(now_ms, Stage::Sender(Sender { step }));
    }

    /// The current door's opening ended.
    pub(crate) fn sender_goes_on(&mut self, now_ms: u64, over: &Opening, outcome: Outcome) {
        let Some(Sender { step: Step::Door { opening, sending, size, doors_tried } }) = self.take_sender()
        else {
            return;
        };
        let (parcel, door) = (sending.parcel, over.compartment);
        let step = match outcome {
            Outcome::Closed if over.declined.is_some() => {
                let spec = self.cabinet.compartments.get(&door);
                let wanted = spec.and_then(|spec| larger(spec.size)).unwrap_or(size);
                return self.open_to_send(now_ms, sending, wanted, 1);
            }
            Outcome::NeverOpened if faults::is(Fault::ReceiptForNothing) => {
                Step::Sent { opening, parcel, door }
            }
            Outcome::Closed => {
                self.act(Effect::Sound(Sound::Stored));
                Step::Sent { opening, parcel, door }
            }
            Outcome::NeverOpened if doors_tried < DOORS_TRIED => {
                self.act(Effect::Sound(Sound::Look));
                return self.open_to_send(now_ms, sending, size, doors_tried + 1);
            }
            _ => {
                self.act(Effect::Sound(Sound::Look));
                Step::NothingSent { sending, size, door }
            }
        };
        self.enter(now_ms, Stage::Sender(Sender { step }));
    }

    pub(crate) fn sender_view(&self, now_ms: u64, sender: &Sender) -> View {
        match &sender.step {
            Step::Scan { refused } => View::SendScan { refused: *refused },
            Step::Size(sending) => {
                let [small, medium, large] =
                    allocate::count_free(&self.state, &self.cabinet, |door| self.door_to_offer(door));
                let label = self.state.parcels.get(&sending.parcel).map(|parcel| &parcel.label);
                View::SendSize {
                    free: [small + medium + large, medium + large, large],
                    // Whoever typed a code may have no label in hand to compare with.
                    label_tail: label
                        .filter(|_| sending.by == Proof::Label)
                        .map_or_else(String::new, |label| label.tail().to_owned()),
                }
            }
            Step::Door { opening, .. } => {
                let mut view = self.door_view(now_ms, *opening, Task::Send, 1, 1);
                if let View::DoorOpen { choices, .. } = &mut view {
                    choices.larger = self.choices_at(*opening, Wishes::default(), None).larger;
                }
                view
            }
            Step::Sent { opening, parcel, door } => {
                View::Sent { door: *door, opening: *opening, parcel: *parcel }
            }
            Step::NothingSent { door, .. } => View::NothingSent { door: *door },
            Step::NoRoom(_) => View::NoRoomToSend,
        }
    }

    fn take_sender(&mut self) -> Option<Sender> {
        match std::mem::take(&mut self.session.stage) {
            Stage::Sender(sender) => Some(sender),
            other => {
                self.session.stage = other;
                None
            }
        }
    }
}

/// Whether somebody who showed this parcel's label or code may put it behind an empty door.
pub(crate) fn may_be_sent(state: &State, parcel: ParcelId) -> bool {
    state.parcels.get(&parcel).is_some_and(|known| {
        known.outgoing.is_some() && matches!(known.place, Place::Expected | Place::Doubtful(_))
    })
}
