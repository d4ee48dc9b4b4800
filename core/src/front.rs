//! Who is at the kiosk, and what the screen says. A session is never durable: a restart ends it, and every opening goes on.

use locker_protocol::change::{Role, Staff};
use locker_protocol::event::{Guess, Outcome, Proof};
use locker_protocol::{
    CaseId, CodeTag, CompartmentId, Event, Label, LabelTag, OpeningId, Pass, RecipientId, Right, StaffId,
};

use crate::Core;
use crate::courier::{self, Courier, Finished};
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::input::{Intent, PassProblem, Presented};
use crate::opening::{ABANDONED_MS, LEFT_OPEN_MS, Live};
use crate::recipient::Recipient;
use crate::rights;
use crate::sender::Sender;
use crate::situation::Writer;
use crate::state::{Opening, Place};
use crate::technician::Technician;
use crate::view::{NotAccepted, View};

/// Nobody touched anything for this long at a screen that waits for a code, in milliseconds.
const CODE_IDLE_MS: u64 = 30_000;
/// The same at a list, in milliseconds.
const LIST_IDLE_MS: u64 = 60_000;
/// The same for a courier, in milliseconds.
const COURIER_IDLE_MS: u64 = 90_000;
/// "All done" stays this long, in milliseconds.
const DONE_MS: u64 = 15_000;
/// A courier's session that was set aside can be resumed for this long, in milliseconds.
const ASIDE_MS: u64 = 30 * 60 * 1_000;
/// The hub has not been heard for this long: what is not known here may be known there, in milliseconds.
const HUB_MISSED_MS: u64 = 60_000;
/// Then a count-down of this long, in milliseconds.
const COUNT_DOWN_MS: u64 = 20_000;

/// One person at the kiosk, or nobody.
#[derive(Clone, Default)]
pub(crate) struct Session {
    pub(crate) stage: Stage,
    /// When the person last did something, or the screen last changed by itself.
    active_ms: u64,
    /// The count-down's end, while it runs.
    leaving_ms: Option<u64>,
    /// When the person came to this screen.
    entered_ms: u64,
    /// This person asked for doors within reach.
    pub(crate) lower_doors: bool,
}

/// A courier's session, set aside while someone collects.
#[derive(Clone)]
pub(crate) struct Aside {
    courier: Courier,
    until_ms: u64,
}

#[derive(Clone, Default)]
pub(crate) enum Stage {
    #[default]
    Home,
    Code,
    NotAccepted(NotAccepted),
    SignIn {
        wrong: bool,
    },
    Recipient(Recipient),
    Courier(Courier),
    /// A courier's stop is over, and told with its receipts.
    StopDone(Finished),
    Sender(Sender),
    Technician(Technician),
}

impl Session {
    pub(crate) fn write(&self, idle_limit_ms: Option<u64>, to: &mut Writer) {
        to.timer(self.leaving_ms);
        to.timer(idle_limit_ms.map(|idle_ms| self.active_ms + idle_ms));
        to.flag(self.lower_doors);
        match &self.stage {
            Stage::Home => to.number(0),
            Stage::Code => to.number(1),
            Stage::NotAccepted(_) => to.number(2),
            Stage::SignIn { .. } => to.number(3),
            Stage::StopDone(_) => to.number(4),
            Stage::Recipient(recipient) => recipient.write(to),
            Stage::Courier(courier) => courier.write(to),
            Stage::Sender(sender) => sender.write(to),
            Stage::Technician(technician) => technician.write(to),
        }
    }
}

impl Aside {
    pub(crate) fn write(&self, to: &mut Writer) {
        to.timer(Some(self.until_ms));
        self.courier.write(to);
    }
}

impl Core {
    /// A person touched something. A touch that the screen does not offer (any more) does nothing.
    pub(crate) fn touched(&mut self, now_ms: u64, intent: Intent) {
        self.stay(now_ms);
        match (&self.session.stage, intent) {
            (_, Intent::MoreTime) => {}
            (_, Intent::LowerDoors) => {
                self.session.lower_doors = !self.session.lower_doors;
                self.reach_changed();
            }
            (Stage::Recipient(_), _) => self.recipient_touched(now_ms, intent),
            (Stage::Courier(_), _) => self.courier_touched(now_ms, intent),
            (Stage::Sender(_), _) => self.sender_touched(now_ms, intent),
            (Stage::Technician(_), _) => self.technician_touched(now_ms, intent),
            (Stage::StopDone(_), Intent::NextReceipt) => {
                if let Stage::StopDone(stop) = &mut self.session.stage {
                    stop.turn_page();
                }
            }
            (Stage::Home, Intent::Send) if self.takes_returns() && self.takes_in() => {
                self.enter(now_ms, Stage::Sender(Sender::new()));
            }
            (Stage::Home | Stage::NotAccepted(_), Intent::Collect | Intent::TryAgain) => {
                self.enter(now_ms, Stage::Code);
            }
            (Stage::Home, Intent::SignIn) => self.enter(now_ms, Stage::SignIn { wrong: false }),
            (_, Intent::Back | Intent::Finish) => self.leave(now_ms),
            _ => {}
        }
    }

    /// A person typed or scanned something.
    pub(crate) fn presented(&mut self, now_ms: u64, presented: Presented) {
        self.stay(now_ms);
        match presented {
            Presented::Code(tag) => self.code(now_ms, tag),
            Presented::Mistyped => self.refuse(now_ms, NotAccepted::Mistyped),
            Presented::Pin(staff, tag) => self.pin(now_ms, staff, tag),
            Presented::Pass(pass) => self.pass(now_ms, pass),
            Presented::PassRefused(problem) => {
                let why = match problem {
                    PassProblem::OtherLocker => NotAccepted::OtherLocker,
                    PassProblem::Forged | PassProblem::NotUnderstood => NotAccepted::CannotCheck,
                };
                self.refuse(now_ms, why);
            }
            Presented::Label(label, tag) => match &self.session.stage {
                Stage::Courier(_) => self.label_scanned(now_ms, label, tag),
                Stage::Technician(_) => self.technician_scanned(&label, tag),
                Stage::Recipient(recipient) if !recipient.is_done() => {}
                _ if self.is_busy() => {}
                _ if faults::is(Fault::LabelIsARight) => self.collect_labelled(now_ms, tag),
                _ => self.returned(now_ms, &label, tag),
            },
            Presented::Unreadable => match &self.session.stage {
                Stage::Courier(_) => self.courier_unreadable(),
                Stage::Technician(_) => self.technician_unreadable(),
                Stage::Recipient(_) => {}
                _ if self.is_busy() => {}
                _ => self.refuse(now_ms, NotAccepted::Unreadable),
            },
        }
    }

    /// A label that no courier scanned: of a return, or of nothing that concerns anybody here.
    fn returned(&mut self, now_ms: u64, label: &Label, tag: LabelTag) {
        match self.return_labelled(tag, label) {
            Some(_) if !self.takes_in() => self.refuse(now_ms, NotAccepted::BatteryLow),
            Some(parcel) => self.serve_sender(now_ms, parcel, Proof::Label),
            None if !matches!(self.session.stage, Stage::Sender(_)) => {
                self.refuse(now_ms, NotAccepted::Unreadable);
            }
            None if self.may_miss_the_hubs_word(now_ms) => self.refuse(now_ms, NotAccepted::CannotCheck),
            None => self.refuse(now_ms, NotAccepted::NoReturn),
        }
    }

    /// Whether the hub may have said something that is not known here yet: it has not been heard for a while.
    fn may_miss_the_hubs_word(&self, now_ms: u64) -> bool {
        self.hub_lost_ms.is_some_and(|since_ms| now_ms >= since_ms + HUB_MISSED_MS)
    }

    /// What a fault does with a label.
    fn collect_labelled(&mut self, now_ms: u64, tag: LabelTag) {
        let labelled =
            self.state.parcels.values().find(|parcel| parcel.label_tag == tag && !parcel.is_over());
        if let Some((recipient, place)) = labelled.and_then(|parcel| Some((parcel.recipient?, parcel.place)))
        {
            let doors = rights::doors_of_person(&self.state, recipient);
            self.collect(now_ms, recipient, Proof::Pass, place, doors);
        }
    }

    /// A pickup code. Whatever it matches, the core never saw its digits.
    fn code(&mut self, now_ms: u64, tag: CodeTag) {
        if self.is_busy() {
            return;
        }
        if self.paused_minutes(now_ms, Guess::Code).is_some() {
            // Not even looked up; a courier stays signed in.
            return match self.session.stage {
                Stage::Courier(_) => self.refuse(now_ms, NotAccepted::NoMatch),
                _ => self.enter(now_ms, Stage::Code),
            };
        }
        let Some((id, parcel)) = self.state.parcel_with_code(tag) else {
            self.record(Event::Missed { guess: Guess::Code });
            self.act(Effect::Wake);
            // It costs a guess all the same: whoever cuts the network must not guess for nothing.
            let why = match self.may_miss_the_hubs_word(now_ms) {
                true => NotAccepted::CannotCheck,
                false => NotAccepted::NoMatch,
            };
            return self.refuse(now_ms, why);
        };
        if parcel.outgoing.is_some() {
            if !self.takes_in() {
                return self.refuse(now_ms, NotAccepted::BatteryLow);
            }
            self.set_courier_aside(now_ms);
            return self.serve_sender(now_ms, id, Proof::Code);
        }
        // Only an announced or matched parcel has a code, and it has a recipient.
        let Some(recipient) = parcel.recipient else { return self.refuse(now_ms, NotAccepted::NoMatch) };
        let place = parcel.place;
        let doors = if parcel.is_over() {
            // Its code may have been handed to a friend for this one errand: it is none to what comes later.
            rights::doors_to_reopen_for(&self.state, id, recipient)
        } else {
            rights::doors_of_person(&self.state, recipient)
        };
        self.collect(now_ms, recipient, Proof::Code, place, doors);
    }

    fn pin(&mut self, now_ms: u64, staff: StaffId, tag: CodeTag) {
        if !matches!(self.session.stage, Stage::SignIn { .. })
            || self.paused_minutes(now_ms, Guess::Pin).is_some()
        {
            return;
        }
        match self.state.staff.get(&staff) {
            Some(known) if known.pin == Some(tag) => self.sign_in(now_ms, known.clone()),
            _ => {
                self.record(Event::Missed { guess: Guess::Pin });
                self.act(Effect::Sound(Sound::Refused));
                self.enter(now_ms, Stage::SignIn { wrong: true });
            }
        }
    }

    fn pass(&mut self, now_ms: u64, pass: Pass) {
        match pass.right {
            Right::Collect { recipient, label } => {
                if self.is_busy() {
                    return;
                }
                if let Some(tag) = label {
                    let unmatched = self.state.parcels.iter().find(|(_, parcel)| {
                        parcel.label_tag == tag
                            && parcel.recipient.is_none()
                            && (parcel.outgoing.is_none() || faults::is(Fault::SentIsClaimed))
                            && parcel.compartment().is_some()
                    });
                    if let Some((parcel, _)) = unmatched {
                        let parcel = *parcel;
                        self.record(Event::Claimed { parcel, recipient });
                    }
                }
                let place = self.state.parcels.values().filter(|parcel| parcel.recipient == Some(recipient));
                // Of several, the one that explains best why nothing opens.
                let place = place.map(|parcel| parcel.place).max_by_key(|place| match place {
                    Place::Expected => 2,
                    Place::Out(_) => 1,
                    _ => 0,
                });
                match place {
                    Some(place) => {
                        let doors = rights::doors_of_person(&self.state, recipient);
                        self.collect(now_ms, recipient, Proof::Pass, place, doors);
                    }
                    None => self.refuse(now_ms, NotAccepted::NotHereYet),
                }
            }
            Right::Deposit { announcement } => {
                if self.is_over(pass.expires_unix_s) {
                    return self.refuse(now_ms, NotAccepted::PassExpired);
                }
                self.deposit_pass(now_ms, announcement);
            }
            Right::SignIn { staff } => {
                let is_revoked = self.state.revoked.contains(&staff.staff);
                let someone_else = matches!(
                    &self.session.stage,
                    Stage::Courier(courier)
                        if courier.is_signed_in() && !courier.is(staff.staff, staff.tenant)
                );
                if self.is_over(pass.expires_unix_s) && !faults::is(Fault::ExpiredBadgeWorks) {
                    self.refuse(now_ms, NotAccepted::Expired);
                } else if is_revoked && !faults::is(Fault::RevokedStillWorks) {
                    self.refuse(now_ms, NotAccepted::Revoked);
                } else if someone_else {
                    self.another_badge();
                } else if !self.is_busy() {
                    self.sign_in(now_ms, staff);
                }
            }
        }
    }

    /// Whether what staff show ended before the earliest time that it can be.
    fn is_over(&self, expires_unix_s: Option<u64>) -> bool {
        let floor_unix_s = self.state.floor_unix_s.max(self.cabinet.built_unix_s);
        expires_unix_s.is_some_and(|expires| expires < floor_unix_s)
    }

    /// Serves this person's doors; where there are none, the place of the parcel that was asked for says why.
    fn collect(
        &mut self,
        now_ms: u64,
        recipient: RecipientId,
        by: Proof,
        place: Place,
        doors: Vec<CompartmentId>,
    ) {
        if doors.is_empty() {
            return self.refuse(
                now_ms,
                match place {
                    Place::Expected => NotAccepted::NotHereYet,
                    Place::Out(_) => NotAccepted::AlreadyCollected,
                    Place::Inside(_) | Place::Doubtful(_) | Place::Cancelled => NotAccepted::NoMatch,
                },
            );
        }
        let same = matches!(&self.session.stage, Stage::Recipient(earlier) if earlier.is(recipient));
        if !same && matches!(self.session.stage, Stage::Courier(_) | Stage::Recipient(_)) {
            // Whoever chose it was somebody else.
            self.session.lower_doors = false;
        }
        self.set_courier_aside(now_ms);
        self.serve_recipient(now_ms, recipient, by, doors);
    }

    /// Somebody else is served in between: a courier's session waits for the badge.
    pub(crate) fn set_courier_aside(&mut self, now_ms: u64) {
        match std::mem::take(&mut self.session.stage) {
            Stage::Courier(courier) => {
                self.forget_aside();
                self.aside = Some(Aside { courier, until_ms: now_ms + ASIDE_MS });
            }
            other => self.session.stage = other,
        }
    }

    /// Whoever was set aside does not come back.
    fn forget_aside(&mut self) {
        if let Some(aside) = self.aside.take() {
            self.sign_out(&aside.courier);
        }
    }

    fn sign_in(&mut self, now_ms: u64, staff: Staff) {
        if matches!(&self.session.stage, Stage::Courier(courier) if courier.is(staff.staff, staff.tenant)) {
            // The same badge once more.
            return;
        }
        self.record(Event::SignedIn { staff: staff.staff });
        if matches!(self.session.stage, Stage::Recipient(_)) {
            self.session.lower_doors = false;
        }
        match staff.role {
            Role::Courier => {
                let own = self
                    .aside
                    .take_if(|aside| now_ms < aside.until_ms && aside.courier.is(staff.staff, staff.tenant));
                self.forget_aside();
                let courier = own.map(|aside| aside.courier);
                let courier =
                    courier.unwrap_or_else(|| Courier::new(courier::Who::Staff(staff.staff, staff.tenant)));
                self.enter(now_ms, Stage::Courier(courier));
            }
            // A technician works on the doors, not on parcels.
            Role::Technician => self.enter(now_ms, Stage::Technician(Technician::new(staff.staff))),
        }
    }

    /// Not the moment for another person: a door of this session is in hand.
    pub(crate) fn is_busy(&self) -> bool {
        let at_a_door_unseen =
            matches!(&self.session.stage, Stage::Recipient(recipient) if recipient.said_open());
        at_a_door_unseen || self.current_opening().is_some()
    }

    /// The opening that the person at the kiosk is dealing with.
    pub(crate) fn current_opening(&self) -> Option<OpeningId> {
        self.session_opening().filter(|id| self.live.contains_key(id))
    }

    /// The opening that the session is about, over or not.
    fn session_opening(&self) -> Option<OpeningId> {
        match &self.session.stage {
            Stage::Recipient(recipient) => recipient.current(),
            Stage::Courier(courier) => courier.current(),
            Stage::Sender(sender) => sender.current(),
            Stage::Technician(technician) => technician.current(),
            _ => None,
        }
    }

    pub(crate) fn enter(&mut self, now_ms: u64, stage: Stage) {
        if !matches!(stage, Stage::Technician(_)) {
            self.sign_out_technician(now_ms);
        }
        let lower_doors = self.session.lower_doors;
        self.session =
            Session { stage, active_ms: now_ms, leaving_ms: None, entered_ms: now_ms, lower_doors };
    }

    /// Nothing of this person stays on the screen.
    pub(crate) fn leave(&mut self, now_ms: u64) {
        match std::mem::take(&mut self.session.stage) {
            Stage::Courier(courier) => self.sign_out(&courier),
            other => {
                self.session.stage = other;
                self.sign_out_technician(now_ms);
            }
        }
        self.session = Session { active_ms: now_ms, ..Session::default() };
    }

    /// A technician's work ends, also where somebody else is served next.
    fn sign_out_technician(&mut self, now_ms: u64) {
        if let Stage::Technician(technician) = &self.session.stage {
            let staff = technician.staff();
            self.session.stage = Stage::Home;
            self.record(Event::SignedOut { staff, stored: 0, taken_out: 0, left_over: 0 });
            self.tampering_was_seen_to(now_ms);
        }
    }

    /// Says on the screen why nothing opens. A courier stays signed in.
    pub(crate) fn refuse(&mut self, now_ms: u64, why: NotAccepted) {
        self.act(Effect::Sound(Sound::Refused));
        match &mut self.session.stage {
            Stage::Courier(courier) => courier.note_refused(why),
            Stage::Technician(_) => self.stay(now_ms),
            Stage::Recipient(recipient) if !recipient.is_done() => {}
            // What is scanned beside an open door changes nothing of it.
            Stage::Sender(sender) if sender.current().is_some() => {}
            Stage::Sender(sender) => {
                sender.refuse(why);
                self.stay(now_ms);
            }
            _ => self.enter(now_ms, Stage::NotAccepted(why)),
        }
    }

    /// The hub revoked whoever is signed in.
    fn refuse_badge(&mut self, now_ms: u64) {
        self.leave(now_ms);
        self.refuse(now_ms, NotAccepted::Revoked);
    }

    /// The person is still there.
    pub(crate) fn stay(&mut self, now_ms: u64) {
        self.session.active_ms = now_ms;
        self.session.leaving_ms = None;
    }

    /// An opening ended: whoever dealt with it goes on.
    pub(crate) fn opening_over(
        &mut self,
        now_ms: u64,
        id: OpeningId,
        over: &Opening,
        outcome: Outcome,
        case: Option<CaseId>,
    ) {
        if outcome == Outcome::LeftOpen && self.session_opening() == Some(id) {
            // Nobody stands at a door that was open for so long, even where time passed at once: no further door opens.
            return self.leave(now_ms);
        }
        match &self.session.stage {
            Stage::Recipient(recipient) if recipient.current() == Some(id) => {
                self.stay(now_ms);
                self.recipient_goes_on(now_ms, id, over, outcome, case);
            }
            Stage::Courier(courier) if courier.current() == Some(id) => {
                self.stay(now_ms);
                self.courier_goes_on(now_ms, id, over, outcome);
            }
            Stage::Sender(sender) if sender.current() == Some(id) => {
                self.stay(now_ms);
                self.sender_goes_on(now_ms, over, outcome);
            }
            Stage::Technician(technician) if technician.current() == Some(id) => {
                self.stay(now_ms);
                self.technician_goes_on(now_ms, id, over, outcome);
            }
            _ => {}
        }
    }

    /// Time-outs: a count-down, then home. A person at an open door is not asked whether they are there.
    pub(crate) fn supervise_session(&mut self, now_ms: u64) {
        if self.aside.as_ref().is_some_and(|aside| now_ms >= aside.until_ms) {
            self.forget_aside();
        }
        if let Some(id) = self.current_opening() {
            self.session.active_ms = now_ms;
            if self.abandoned_at_ms(id).is_some_and(|at_ms| at_ms <= now_ms) {
                self.leave(now_ms);
            }
            return;
        }
        let is_revoked = match &self.session.stage {
            Stage::Courier(courier) => courier.is_revoked(&self.state),
            Stage::Technician(technician) => technician.is_revoked(&self.state),
            _ => false,
        };
        if is_revoked {
            self.refuse_badge(now_ms);
        }
        let Some(idle_ms) = self.idle_limit_ms() else { return };
        let due_ms = self.session.active_ms + idle_ms;
        if now_ms < due_ms {
            return;
        }
        if self.leaves_without_asking()
            || self.session.leaving_ms.is_some_and(|leaving_ms| now_ms >= leaving_ms)
        {
            self.leave(now_ms);
        } else if self.session.leaving_ms.is_none() {
            self.session.leaving_ms = Some(now_ms + COUNT_DOWN_MS);
            self.act(Effect::Sound(Sound::Look));
        }
    }

    /// When nobody is taken to stand at this open door any more. Whoever comes back to it has that time again.
    pub(crate) fn abandoned_at_ms(&self, id: OpeningId) -> Option<u64> {
        let since_ms = self.live.get(&id).and_then(Live::open_since_ms)?;
        Some(since_ms.max(self.session.entered_ms) + ABANDONED_MS)
    }

    pub(crate) fn session_deadline_ms(&self) -> Option<u64> {
        let aside_ms = self.aside.as_ref().map(|aside| aside.until_ms);
        [aside_ms, self.screen_deadline_ms()].into_iter().flatten().min()
    }

    fn screen_deadline_ms(&self) -> Option<u64> {
        if let Some(id) = self.current_opening() {
            return self.abandoned_at_ms(id);
        }
        match self.session.leaving_ms {
            None => Some(self.session.active_ms + self.idle_limit_ms()?),
            // The count-down steps once a second.
            Some(leaving_ms) => match self.shown {
                Some(View::StillThere { seconds }) => {
                    Some(leaving_ms - u64::from(seconds).saturating_sub(1) * 1_000)
                }
                _ => Some(leaving_ms),
            },
        }
    }

    pub(crate) fn idle_limit_ms(&self) -> Option<u64> {
        if faults::is(Fault::NeverGoesHome) {
            return None;
        }
        match &self.session.stage {
            // What somebody chose and then went away from is not the next person's choice.
            Stage::Home => self.session.lower_doors.then_some(CODE_IDLE_MS),
            Stage::Code | Stage::SignIn { .. } => Some(CODE_IDLE_MS),
            Stage::NotAccepted(_) => Some(CODE_IDLE_MS),
            Stage::Recipient(recipient) if recipient.is_done() => Some(DONE_MS),
            Stage::Recipient(_) => Some(LIST_IDLE_MS),
            Stage::Courier(_) | Stage::Technician(_) => Some(COURIER_IDLE_MS),
            Stage::StopDone(_) => Some(LIST_IDLE_MS),
            Stage::Sender(sender) if sender.scans() => Some(CODE_IDLE_MS),
            Stage::Sender(_) => Some(LIST_IDLE_MS),
        }
    }

    /// A screen that only tells something is left without a question.
    fn leaves_without_asking(&self) -> bool {
        match &self.session.stage {
            Stage::Home | Stage::NotAccepted(_) | Stage::StopDone(_) => true,
            Stage::Recipient(recipient) => recipient.is_done(),
            Stage::Sender(sender) => sender.is_done(),
            _ => false,
        }
    }

    pub(crate) fn view(&self, now_ms: u64) -> View {
        if let Some(leaving_ms) = self.session.leaving_ms {
            let seconds = leaving_ms.saturating_sub(now_ms).div_ceil(1_000);
            return View::StillThere { seconds: u16::try_from(seconds).unwrap_or(u16::MAX) };
        }
        match &self.session.stage {
            Stage::Home => View::Home {
                left_open: self.left_open_by_nobody(),
                sending: self.takes_returns() && self.takes_in(),
                takes_in: self.takes_in(),
            },
            Stage::Code => match self.paused_minutes(now_ms, Guess::Code) {
                Some(minutes) => View::CodesPaused { minutes },
                None => View::Code,
            },
            Stage::NotAccepted(why) => View::NotAccepted { why: *why },
            Stage::SignIn { wrong } => {
                View::SignIn { wrong: *wrong, paused_minutes: self.paused_minutes(now_ms, Guess::Pin) }
            }
            Stage::Recipient(recipient) => self.recipient_view(now_ms, recipient),
            Stage::Courier(courier) => self.courier_view(now_ms, courier),
            Stage::StopDone(stop) => stop.view(),
            Stage::Sender(sender) => self.sender_view(now_ms, sender),
            Stage::Technician(technician) => self.technician_view(now_ms, technician),
        }
    }

    /// Whether the door of this opening has been open for so long that it should be said.
    pub(crate) fn is_left_open(&self, now_ms: u64, id: OpeningId) -> bool {
        self.live
            .get(&id)
            .and_then(Live::open_since_ms)
            .is_some_and(|since_ms| now_ms >= since_ms + LEFT_OPEN_MS)
    }

    fn left_open_by_nobody(&self) -> Option<CompartmentId> {
        self.live
            .iter()
            .filter(|(_, live)| live.is_open())
            .find_map(|(id, _)| self.state.openings.get(id))
            .map(|opening| opening.compartment)
    }
}
