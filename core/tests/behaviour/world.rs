//! A small world around the bench: doors that open, jam, open late, lie or fall silent; people who put in, take out and
//! close, or do not; carriers, a hub, and power cuts. What happens is chosen by the test, step by step.

use std::collections::BTreeMap;

use locker_core::{CourierNote, Input, Intent, PassProblem, Presented, View};
use locker_protocol::event::{Answer, Door, Purpose};
use locker_protocol::{
    Change, CodeTag, CompartmentId, Event, JournalId, Label, LockerId, OpeningId, ParcelId, RecipientId,
    Size, StaffId,
};

use crate::bench::{Bench, cabinet};
use crate::people;

/// How many parcels carriers have; the hub may announce each, or not.
pub const PARCELS: u64 = 10;
/// The returns that people have at home.
const RETURNS: std::ops::RangeInclusive<u64> = 11..=16;
const DOORS: u16 = 6;
/// How often the sensors are sampled while a door is watched, in milliseconds.
const SAMPLED_EVERY_MS: u64 = 200;
/// Nobody puts anything in, and closes, faster than this, in milliseconds.
const HANDS_MS: u64 = 600;

/// One step: what happens, and two numbers that say how.
pub type Choice = (u8, u8, u16);

/// A door and its sensor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    Works,
    Jams,
    OpensLate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sensor {
    True,
    Unknown,
    Silent,
    Lies,
}

struct DoorModel {
    open_since_ms: Option<u64>,
    opens_at_ms: Option<u64>,
    lock: Lock,
    sensor: Sensor,
    reported: Option<Door>,
    /// What is physically inside, by the number on the label.
    inside: Vec<u64>,
}

/// The bench, and what is physically around it.
pub struct World {
    pub bench: Bench,
    /// Sensors may lie and people may not: then nothing may be physically lost.
    honest: bool,
    doors: BTreeMap<u16, DoorModel>,
    /// Whether the parcel with this number is (still) with its carrier, or at its sender's home.
    with_carrier: BTreeMap<u64, bool>,
    /// The next change's number, as far as the hub knows.
    next_change: u64,
    /// How often a change waited for an opening's end.
    pub changes_held: u64,
    /// How often a courier's session was resumed.
    pub sessions_resumed: u64,
}

type Done = Result<(), String>;

impl World {
    pub fn new(honest: bool) -> Self {
        let door = || DoorModel {
            open_since_ms: None,
            opens_at_ms: None,
            lock: Lock::Works,
            sensor: Sensor::True,
            reported: None,
            inside: Vec::new(),
        };
        Self {
            bench: Bench::new(cabinet()),
            honest,
            doors: (1..=DOORS).map(|number| (number, door())).collect(),
            with_carrier: (1..=PARCELS).chain(RETURNS).map(|number| (number, true)).collect(),
            next_change: 1,
            changes_held: 0,
            sessions_resumed: 0,
        }
    }

    /// One step of whatever can happen.
    pub fn step(&mut self, (kind, how, much): Choice) -> Done {
        match kind {
            0..=104 => self.go_on(how, much)?,
            105..=122 => self.run(u64::from(much % 3_000) + 1)?,
            123..=136 => self.jump(how, much)?,
            137..=146 => self.answer(how)?,
            147..=166 => self.hub(how, much)?,
            167..=182 => self.present(how, much)?,
            183..=196 => self.touch(how, much)?,
            197..=206 => self.close_some_door(how)?,
            207..=216 => self.break_or_mend(how, much),
            217..=224 => self.restart(how, much)?,
            225..=228 => self.force_open(how)?,
            229 | 230 => self.bench.try_give(Input::HubTime { unix_s: u64::from(much) * 200 })?,
            231 | 232 => self.bench.try_give(Input::Network { reaches_hub: how.is_multiple_of(2) })?,
            233..=240 => self.stray(how, much)?,
            241..=247 => self.guess(how, much)?,
            248..=255 => self.restart_in_opening(how, much)?,
        }
        self.nothing_is_lost()
    }

    /// What usually happens next, with the machinery and the person doing what they should.
    fn go_on(&mut self, how: u8, much: u16) -> Done {
        if !self.bench.unlocks.is_empty() {
            self.answer(if how < 230 { 0 } else { how })?;
            return self.run(300);
        }
        if let Some(door) = self.door_in_use() {
            self.run(700)?;
            match (&self.bench.view, how) {
                (View::Inventory { .. }, 0..=235) => self.look_behind(door, how)?,
                (View::Inventory { .. }, 236..=240) => self.bench.try_give(people::touch(Intent::Skip))?,
                (View::AskEmpty { .. }, 0..=150) => self.bench.try_give(people::touch(Intent::Yes))?,
                (View::AskEmpty { .. }, _) => self.bench.try_give(people::touch(Intent::No))?,
                (View::DoorOpen { choices, .. }, 190..=199) if choices.does_not_fit || choices.larger => {
                    let said = [
                        Intent::Larger,
                        Intent::Smaller,
                        Intent::DoesNotFit,
                        Intent::DirtyOrFull,
                        Intent::Larger,
                    ];
                    self.bench.try_give(people::touch(said[usize::from(how % 5)]))?;
                }
                (View::DoorOpen { .. }, 200..=211) => self.bench.try_give(people::touch(Intent::Empty))?,
                (View::DoorOpen { .. }, 212..=223) => self.bench.try_give(people::touch(Intent::NotMine))?,
                (_, 0..=189) => self.use_and_close(door, how),
                _ => {}
            }
            return self.run(500);
        }
        let mine = self.number(much);
        match self.bench.view.clone() {
            View::Home { .. } | View::NotAccepted { .. } | View::Done { reopen: None, .. } => match how % 5 {
                4 if how.is_multiple_of(2) => self.bench.try_give(people::touch(Intent::Send)),
                4 => self.bench.try_give(people::scan_label(self.a_return(much))),
                0 => {
                    self.bench.try_give(people::show_badge([11, 11, 12, 12, 13][usize::from(much % 5)]))?;
                    let resumed = matches!(self.bench.view, View::Courier { can_undo: true, .. });
                    self.sessions_resumed += u64::from(resumed);
                    Ok(())
                }
                1 | 2 => self.collect_something(much),
                _ => self.bench.try_give(people::show_deposit_pass(people::announcement(mine))),
            },
            View::Done { reopen: Some(_), .. } => self.bench.try_give(people::touch(match how % 6 {
                0 | 3 => Intent::Reopen,
                1 => Intent::ShowReceipt,
                _ => Intent::Finish,
            })),
            View::TakeOut { .. } => self.bench.try_give(people::touch(match how % 5 {
                0 => Intent::Back,
                1 | 2 => Intent::OpenAll,
                _ => Intent::Pick(how % 3),
            })),
            View::AddToDoor { .. } => self.bench.try_give(people::touch(match how % 6 {
                0 => Intent::Back,
                1 | 2 => Intent::No,
                _ => Intent::Yes,
            })),
            View::LabelQuestion { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(2) {
                Intent::Yes
            } else {
                Intent::Back
            })),
            View::LeftOvers { .. } => self.bench.try_give(people::touch(match how % 4 {
                0 => Intent::Finish,
                1 => Intent::LetCollect,
                _ => Intent::Back,
            })),
            View::StopDone(_) => self.bench.try_give(people::touch(match how % 3 {
                0 => Intent::NextReceipt,
                _ => Intent::Finish,
            })),
            View::TechnicianHome { .. } => self.bench.try_give(people::touch(match how % 8 {
                0 | 1 => Intent::Doors,
                2..=4 => Intent::Inventory,
                5 => Intent::Cases,
                6 => Intent::About,
                _ => Intent::Finish,
            })),
            View::TechnicianDoors { .. } => self.bench.try_give(people::touch(match how % 5 {
                0 => Intent::NextPage,
                1 => Intent::Back,
                _ => Intent::Pick(how % 4),
            })),
            View::TechnicianDoor { .. } => self.bench.try_give(people::touch(match how % 4 {
                0 => Intent::OpenDoor,
                1 | 2 => Intent::ToggleService,
                _ => Intent::Back,
            })),
            View::InventoryIntro { .. } => self.bench.try_give(people::touch(match how % 6 {
                0 => Intent::Back,
                1 => Intent::OpenAll,
                _ => Intent::OnlyUnknown,
            })),
            View::TechnicianCases { .. } => self.bench.try_give(people::touch(match how % 3 {
                0 => Intent::NextPage,
                _ => Intent::Back,
            })),
            View::TechnicianAbout { .. } => self.bench.try_give(people::touch(match how % 3 {
                0 => Intent::Restart,
                _ => Intent::Back,
            })),
            View::InventoryDone { .. } => self.bench.try_give(people::touch(Intent::Back)),
            View::Inventory { .. } => self.run(1_000),
            View::Receipt { .. } => self.bench.try_give(people::touch(Intent::Finish)),
            View::Courier { .. } if how % 32 == 6 => self.bench.try_give(people::touch(Intent::LetCollect)),
            View::Courier { take_out, can_undo, note, .. } => match how % 6 {
                0 if take_out > 0 => self.bench.try_give(people::touch(Intent::TakeOut)),
                1 if can_undo => self.bench.try_give(people::touch(Intent::NotInThere)),
                2 if matches!(note, CourierNote::Stored(_)) => self.collect_something(much),
                3 => self.bench.try_give(people::touch(Intent::Finish)),
                _ => self.scan(mine),
            },
            View::ChooseSize { .. } => {
                self.bench.try_give(people::touch(Intent::ChooseSize(Size::ALL[usize::from(how % 3)])))
            }
            View::PickDeposit { .. } => self.bench.try_give(people::touch(Intent::Pick(how % 4))),
            View::AskEmpty { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(2) {
                Intent::Yes
            } else {
                Intent::No
            })),
            View::Stuck { .. } => self.bench.try_give(people::touch(match how % 4 {
                0 => Intent::TryAgain,
                1 => Intent::ItIsOpen,
                2 => Intent::NotNow,
                _ => Intent::Skip,
            })),
            View::List { .. } => self.bench.try_give(people::touch(match how % 8 {
                0 => Intent::NotNow,
                1 => Intent::LowerDoors,
                _ => Intent::GoOn,
            })),
            View::SendScan { .. } => self.bench.try_give(people::scan_label(self.a_return(much))),
            View::SendSize { .. } => {
                self.bench.try_give(people::touch(Intent::ChooseSize(Size::ALL[usize::from(how % 3)])))
            }
            View::NothingSent { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(3) {
                Intent::TryAgain
            } else {
                Intent::Finish
            })),
            View::Sent { .. } | View::NoRoomToSend => self.bench.try_give(people::touch(Intent::Back)),
            View::StillThere { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(2) {
                Intent::MoreTime
            } else {
                Intent::Back
            })),
            View::Reported { .. } | View::CodesPaused { .. } => {
                self.bench.try_give(people::touch(Intent::Back))
            }
            View::Code => self.collect_something(much),
            View::SignIn { .. } => {
                let number = 11 + u32::from(much % 3);
                self.bench.try_give(people::type_pin(number, people::pin(number)))
            }
            View::DoorOpen { .. } | View::Opening { .. } | View::PushDoor { .. } => self.run(1_000),
        }
    }

    /// A door that is physically open during an opening.
    fn door_in_use(&self) -> Option<u16> {
        self.doors
            .iter()
            .find(|(number, door)| {
                door.open_since_ms.is_some()
                    && self.bench.state().opening_of(CompartmentId(**number)).is_some()
            })
            .map(|(number, _)| *number)
    }

    fn collect_something(&mut self, much: u16) -> Done {
        let inside: Vec<_> = self
            .bench
            .state()
            .parcels
            .iter()
            .filter(|(_, parcel)| parcel.compartment().is_some())
            .map(|(_, parcel)| (parcel.code, parcel.recipient, parcel.label_tag))
            .collect();
        let Some((code, recipient, tag)) = inside.get(usize::from(much) % inside.len().max(1)) else {
            return self.bench.try_give(people::touch(Intent::Collect));
        };
        match (code, recipient) {
            (Some(code), _) if !much.is_multiple_of(4) => self.bench.try_give(people::type_code(*code)),
            (_, Some(recipient)) => self.bench.try_give(people::show_pass(recipient.0, None)),
            (_, None) => self.bench.try_give(people::show_pass(101 + u64::from(much % 3), Some(tag.0))),
        }
    }

    fn scan(&mut self, number: u64) -> Done {
        // An honest courier scans only what is in hand.
        if self.honest && !self.with_carrier.get(&number).copied().unwrap_or(false) {
            return Ok(());
        }
        self.bench.try_give(people::scan_label(number))
    }

    /// What is behind a door of an inventory and was not scanned yet.
    fn not_scanned(&self, number: u16) -> Vec<u64> {
        let state = self.bench.state();
        let Some((_, opening)) = state.opening_of(CompartmentId(number)) else { return Vec::new() };
        let is_seen = |item: &u64| {
            let mut seen = opening.goes_in.iter().filter_map(|id| state.parcels.get(id));
            seen.any(|parcel| parcel.label_tag.0 == *item)
        };
        let inside = self.doors.get(&number).map(|door| door.inside.clone()).unwrap_or_default();
        inside.into_iter().filter(|item| !is_seen(item)).collect()
    }

    /// A technician scans what is inside, one label after another, and shuts the door.
    fn look_behind(&mut self, number: u16, how: u8) -> Done {
        if let Some(next) = self.not_scanned(number).first() {
            return self.bench.try_give(people::scan_label(*next));
        }
        if matches!(self.bench.view, View::Inventory { found: 0, .. }) {
            self.bench.try_give(people::touch(Intent::Empty))?;
        }
        self.use_and_close(number, how);
        Ok(())
    }

    /// The person at an open door does there what they came for, perhaps, and closes it.
    fn use_and_close(&mut self, number: u16, how: u8) {
        let Some((_, opening)) = self.bench.state().opening_of(CompartmentId(number)) else { return };
        let opening = opening.clone();
        let is_looking = matches!(self.bench.view, View::Inventory { .. });
        if self.honest && is_looking && !self.not_scanned(number).is_empty() {
            // Whoever counts does not shut the door halfway.
            return;
        }
        let label_number =
            |id: &ParcelId| self.bench.state().parcels.get(id).map(|parcel| parcel.label_tag.0);
        let goes_in: Vec<u64> = opening.goes_in.iter().filter_map(label_number).collect();
        let comes_out: Vec<u64> = opening.comes_out.iter().filter_map(label_number).collect();
        let now_ms = self.bench.now_ms;
        let Some(door) = self.doors.get_mut(&number) else { return };
        if door.open_since_ms.is_none_or(|since_ms| now_ms < since_ms + HANDS_MS) {
            return;
        }
        let as_asked = self.honest || !how.is_multiple_of(8);
        let declined = opening.declined.is_some();
        for parcel in goes_in.iter().filter(|_| declined).copied() {
            // It was said that it does not go in: it is taken out again.
            if door.inside.contains(&parcel) {
                door.inside.retain(|inside| *inside != parcel);
                self.with_carrier.insert(parcel, true);
            }
        }
        for parcel in goes_in.into_iter().filter(|_| !declined && opening.purpose != Purpose::Service) {
            // A courier may always put nothing in: the books then say more than there is, which loses nothing.
            if how % 8 != 1 && self.with_carrier.insert(parcel, false) == Some(true) {
                door.inside.push(parcel);
            }
        }
        if as_asked {
            door.inside.retain(|parcel| !comes_out.contains(parcel));
            if opening.purpose == Purpose::Retrieve {
                for parcel in comes_out {
                    if !self.doors.values().any(|door| door.inside.contains(&parcel)) {
                        self.with_carrier.insert(parcel, true);
                    }
                }
            }
        }
        if let Some(door) = self.doors.get_mut(&number)
            && how % 16 != 15
        {
            door.open_since_ms = None;
        }
    }

    fn close_some_door(&mut self, how: u8) -> Done {
        if let Some(number) = self.door_in_use() {
            self.use_and_close(number, how);
        } else if let Some(door) = self.doors.get_mut(&(u16::from(how) % DOORS + 1)) {
            door.open_since_ms = None;
        }
        self.run(500)
    }

    /// Time passes while the sensors are sampled: watched doors each time, the others when what they say changes.
    fn run(&mut self, ms: u64) -> Done {
        let until_ms = self.bench.now_ms + ms;
        while self.bench.now_ms < until_ms {
            self.bench.try_wait(SAMPLED_EVERY_MS.min(until_ms - self.bench.now_ms))?;
            self.sample()?;
        }
        Ok(())
    }

    fn sample(&mut self) -> Done {
        let now_ms = self.bench.now_ms;
        for number in 1..=DOORS {
            let watched = self.bench.core.watched().any(|door| door == CompartmentId(number));
            let Some(door) = self.doors.get_mut(&number) else { continue };
            if door.opens_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
                door.opens_at_ms = None;
                door.open_since_ms.get_or_insert(now_ms);
            }
            let open = door.open_since_ms.is_some();
            let says = match door.sensor {
                Sensor::Silent => continue,
                Sensor::Unknown => Door::Unknown,
                Sensor::True if open => Door::Open,
                Sensor::Lies if !open => Door::Open,
                Sensor::True | Sensor::Lies => Door::Closed,
            };
            if watched || door.reported != Some(says) {
                door.reported = Some(says);
                let compartment = CompartmentId(number);
                self.bench.try_give(Input::Reading { compartment, door: says, sampled_at_ms: now_ms })?;
            }
        }
        Ok(())
    }

    /// Time passes and nobody looks.
    fn jump(&mut self, how: u8, much: u16) -> Done {
        let much = u64::from(much);
        self.bench.try_wait(match how % 10 {
            0 => 1 + much % 50,
            1 => 50 + much % 450,
            2 => 500 + much % 4_000,
            3 => 9_000,
            4 => 22_000,
            5 => 65_000,
            6 => 125_000,
            7 => 11 * 60_000,
            8 => 3_600_000 * (1 + much % 5),
            _ => 1_000 * (1 + much % 100),
        })?;
        self.sample()
    }

    /// The bus answers the pulse that has waited longest, or never will.
    fn answer(&mut self, how: u8) -> Done {
        let Some(unlock) = self.bench.unlocks.pop_front() else { return Ok(()) };
        let answer = match how % 16 {
            0..=7 => Some(Answer::Sent),
            8 | 9 => Some(Answer::NotSent),
            10 | 11 => Some(Answer::Refused),
            12 | 13 => Some(Answer::Unclear),
            _ => None,
        };
        let now_ms = self.bench.now_ms;
        if let Some(door) = self.doors.get_mut(&unlock.compartment.0)
            && matches!(answer, Some(Answer::Sent | Answer::Unclear) | None)
        {
            match door.lock {
                Lock::Works => {
                    door.open_since_ms.get_or_insert(now_ms);
                }
                Lock::Jams => {}
                Lock::OpensLate => door.opens_at_ms = Some(now_ms + u64::from(how) * 60),
            }
        }
        let Some(answer) = answer else { return Ok(()) };
        let (opening, attempt) = (unlock.opening, unlock.attempt);
        self.bench.try_give(Input::Unlocked { opening, attempt, answer })
    }

    /// The hub asks for something: mostly the next change, sometimes one out of order.
    fn hub(&mut self, how: u8, much: u16) -> Done {
        let number = match how % 16 {
            14 => self.next_change + 1,
            15 => self.next_change.saturating_sub(1),
            _ => self.bench.state().cursor + 1,
        };
        self.next_change = number + 1;
        let parcel = ParcelId(self.number(much));
        let state = self.bench.state();
        let in_hand = state.openings.values().find_map(|opening| {
            opening.goes_in.iter().chain(&opening.comes_out).next().filter(|_| how >= 128).copied()
        });
        let any_parcel = in_hand
            .or_else(|| state.parcels.keys().nth(usize::from(much) % state.parcels.len().max(1)).copied())
            .unwrap_or(parcel);
        let code = CodeTag([100 + u8::try_from(much % 20).unwrap_or(0); 32]);
        let staff = 11 + u32::from(much % 3);
        let change = match (how / 2) % 24 {
            0..=5 => Change::Announce { announcement: people::announcement(parcel.0) },
            6 | 7 => {
                Change::AnnounceReturn { announcement: people::return_announcement(self.a_return(much)) }
            }
            8 => Change::AnnounceReturn { announcement: people::return_announcement(parcel.0) },
            9 => {
                let mut other = people::announcement(parcel.0);
                other.recipient = RecipientId(199);
                Change::Announce { announcement: other }
            }
            10 => Change::Cancel { parcel: if much.is_multiple_of(2) { parcel } else { any_parcel } },
            11 => Change::Extend { parcel: any_parcel, by_s: 7_200 },
            12 | 13 => Change::Recall { parcel: any_parcel },
            14 => Change::NewCode { parcel: any_parcel, code },
            15 | 16 => {
                Change::Match { parcel: any_parcel, recipient: RecipientId(102), code, retention_s: 9_000 }
            }
            17..=19 => Change::Staff { staff: people::staff(staff) },
            20 => Change::RevokeStaff { staff: StaffId(staff) },
            21 => Change::RefillCodes,
            22 => Change::Service { compartment: CompartmentId(1 + much % 7), in_service: false },
            _ => Change::Service {
                compartment: CompartmentId(1 + much % 7),
                in_service: !much.is_multiple_of(3),
            },
        };
        self.bench.try_give(people::change(number, change))?;
        self.changes_held += u64::from(self.bench.state().cursor + 1 == number);
        Ok(())
    }

    fn present(&mut self, how: u8, much: u16) -> Done {
        let number = self.number(much);
        self.bench.try_give(match how % 16 {
            0 | 1 => people::type_code(people::code(number)),
            2 => people::type_code(people::code(self.a_return(much))),
            3 => people::type_code(CodeTag([100 + u8::try_from(much % 20).unwrap_or(0); 32])),
            4 => Input::Presented(Presented::Mistyped),
            5 => people::show_pass(101 + u64::from(much % 4), None),
            6 if much.is_multiple_of(3) => {
                people::show_pass(101 + u64::from(much % 4), Some(self.a_return(much)))
            }
            6 => people::show_pass(101 + u64::from(much % 4), Some(number)),
            7 => people::show_deposit_pass(people::announcement(number)),
            8 | 9 => people::show_badge(11 + u32::from(much % 3)),
            10 => people::show_badge_until(11, 500_000 + u64::from(much) * 200),
            11 => Input::Presented(Presented::PassRefused(match much % 3 {
                0 => PassProblem::OtherLocker,
                1 => PassProblem::Forged,
                _ => PassProblem::NotUnderstood,
            })),
            12 => return self.scan(number),
            13 if self.honest => Input::Presented(Presented::Unreadable),
            13 => {
                let label = Label::new(&format!("STRANGE{}", much % 3)).map_err(|error| error.to_string())?;
                Input::Presented(Presented::Label(label, people::label_tag(50 + u64::from(much % 3))))
            }
            14 => Input::Presented(Presented::Unreadable),
            _ => people::type_pin(11 + u32::from(much % 3), people::pin(11 + u32::from(how % 3))),
        })
    }

    fn touch(&mut self, how: u8, much: u16) -> Done {
        // At an open door a complaint is likelier than chance would have it.
        let intent = match (&self.bench.view, how % 3) {
            (View::Inventory { .. }, _) if self.honest => Intent::Skip,
            (View::DoorOpen { choices, .. }, _) if choices.does_not_fit && much.is_multiple_of(2) => {
                [Intent::Larger, Intent::Smaller, Intent::DoesNotFit, Intent::DirtyOrFull]
                    [usize::from(how % 4)]
            }
            (View::DoorOpen { .. }, 0) => Intent::Empty,
            (View::DoorOpen { .. }, 1) => Intent::NotMine,
            (View::DoorOpen { .. }, _) => Intent::Skip,
            (View::Home { .. }, 0) => Intent::SignIn,
            (View::Home { .. }, 1) => Intent::Collect,
            _ => match how % 34 {
                25 => Intent::Doors,
                26 => Intent::Inventory,
                27 => Intent::Cases,
                28 => Intent::About,
                29 => Intent::NextPage,
                30 => Intent::OpenDoor,
                31 => Intent::ToggleService,
                32 => Intent::OnlyUnknown,
                33 => Intent::Restart,
                22 => Intent::LetCollect,
                23 => Intent::OpenAll,
                24 => Intent::ShowReceipt,
                21 => Intent::Send,
                19 => Intent::LowerDoors,
                20 => Intent::GoOn,
                0 => Intent::Collect,
                1 => Intent::SignIn,
                2 => Intent::Back,
                3 => Intent::ChooseSize(Size::ALL[usize::from(much % 3)]),
                4 | 5 => Intent::NotInThere,
                6 => Intent::Pick(u8::try_from(much % 5).unwrap_or(0)),
                7 => Intent::Reopen,
                8 => Intent::TryAgain,
                9 => Intent::ItIsOpen,
                10 => Intent::Empty,
                11 => Intent::Yes,
                12 => Intent::No,
                13 => Intent::NotMine,
                14 => Intent::Skip,
                15 => Intent::NotNow,
                16 => Intent::TakeOut,
                17 => Intent::MoreTime,
                _ => Intent::Finish,
            },
        };
        self.bench.try_give(people::touch(intent))
    }

    /// Somebody tries codes or PINs, many at once.
    fn guess(&mut self, how: u8, much: u16) -> Done {
        for count in 0..how % 8 {
            let wrong = CodeTag([250 - count; 32]);
            if much.is_multiple_of(3) {
                self.bench.try_give(people::touch(Intent::Back))?;
                self.bench.try_give(people::touch(Intent::SignIn))?;
                self.bench.try_give(people::type_pin(11, wrong))?;
            } else {
                self.bench.try_give(people::type_code(wrong))?;
                self.bench.try_give(people::touch(Intent::TryAgain))?;
            }
        }
        Ok(())
    }

    fn break_or_mend(&mut self, how: u8, much: u16) {
        let honest = self.honest;
        if how.is_multiple_of(8) {
            // Every lock jams: there is frost.
            for door in self.doors.values_mut() {
                door.lock = Lock::Jams;
            }
        }
        let Some(door) = self.doors.get_mut(&(much % DOORS + 1)) else { return };
        match how % 12 {
            0 | 1 => door.lock = Lock::Jams,
            2 => door.lock = Lock::OpensLate,
            3 => door.sensor = Sensor::Unknown,
            4 => door.sensor = Sensor::Silent,
            5 if !honest => door.sensor = Sensor::Lies,
            _ => {
                door.lock = Lock::Works;
                door.sensor = Sensor::True;
            }
        }
    }

    /// The power fails; what was on its way to a lock arrives, or does not.
    fn restart(&mut self, how: u8, much: u16) -> Done {
        let now_ms = self.bench.now_ms;
        for unlock in self.bench.unlocks.drain(..) {
            if let Some(door) = self.doors.get_mut(&unlock.compartment.0)
                && how.is_multiple_of(2)
                && door.lock == Lock::Works
            {
                door.open_since_ms.get_or_insert(now_ms);
            }
        }
        for door in self.doors.values_mut() {
            door.reported = None;
        }
        let number = much % DOORS + 1;
        let compartment = CompartmentId(number);
        let mut found = Vec::new();
        match how % 16 {
            // The journal was damaged: what could not be read may have happened anywhere.
            15 => found.push(Event::Recovered { before: JournalId([1; 16]), verified: 3, missing: 2 }),
            14 => found.push(Event::Recovered { before: JournalId([1; 16]), verified: 3, missing: 0 }),
            // Staff had a look.
            9..=13 if self.bench.state().opening_of(compartment).is_none() => {
                let inside = &self.doors[&number].inside;
                let state = self.bench.state();
                let holds = state.contents(compartment).listed().to_vec();
                let is_inside = |id: &&ParcelId| {
                    state.parcels.get(id).is_some_and(|parcel| inside.contains(&parcel.label_tag.0))
                };
                let holds = holds.iter().filter(is_inside).copied().collect();
                found.push(Event::Settled { compartment, holds, by: Some(StaffId(13)) });
            }
            _ => {}
        }
        self.bench.restart_with(&found)?;
        if how.is_multiple_of(3) {
            // Somebody closed them all meanwhile.
            for door in self.doors.values_mut() {
                door.open_since_ms = None;
            }
        }
        if how.is_multiple_of(5) { Ok(()) } else { self.sample() }
    }

    /// The power fails at the worst moment.
    fn restart_in_opening(&mut self, how: u8, much: u16) -> Done {
        if self.bench.state().openings.is_empty() {
            self.collect_something(much)?;
        }
        if self.bench.state().openings.is_empty() { Ok(()) } else { self.restart(how % 9, much) }
    }

    fn force_open(&mut self, how: u8) -> Done {
        let now_ms = self.bench.now_ms;
        if let Some(door) = self.doors.get_mut(&(u16::from(how) % DOORS + 1)) {
            door.open_since_ms.get_or_insert(now_ms);
        }
        self.sample()
    }

    /// Things that no well-built engine says; and, where sensors may lie, readings of any kind and age.
    fn stray(&mut self, how: u8, much: u16) -> Done {
        let much_64 = u64::from(much);
        self.bench.try_give(match how % 4 {
            0 => Input::Unlocked { opening: OpeningId(much_64), attempt: 9, answer: Answer::NotSent },
            1 => Input::Reading {
                compartment: CompartmentId(99),
                door: Door::Open,
                sampled_at_ms: self.bench.now_ms,
            },
            2 if self.bench.state().locker.is_none() => Input::Enrolled(LockerId(7)),
            _ if self.honest => Input::Tick,
            _ => Input::Reading {
                compartment: CompartmentId(much % DOORS + 1),
                door: [Door::Open, Door::Closed, Door::Unknown][usize::from(how % 3)],
                sampled_at_ms: (self.bench.now_ms + 200).saturating_sub(much_64 % 1_000),
            },
        })
    }

    fn a_return(&self, much: u16) -> u64 {
        RETURNS.start() + u64::from(much) % RETURNS.count() as u64
    }

    fn number(&self, much: u16) -> u64 {
        u64::from(much) % PARCELS + 1
    }

    /// Where people and sensors are honest, whatever is physically in a compartment is listed by it, or is in the hands
    /// of an opening of it.
    fn nothing_is_lost(&self) -> Done {
        if !self.honest {
            return Ok(());
        }
        let state = self.bench.state();
        for (number, door) in &self.doors {
            let compartment = CompartmentId(*number);
            let contents = state.contents(compartment);
            let mut known: Vec<_> = contents.listed().to_vec();
            if let Some((_, opening)) = state.opening_of(compartment) {
                known.extend(opening.goes_in.iter().chain(&opening.comes_out));
            }
            for item in &door.inside {
                let found = known
                    .iter()
                    .any(|id| state.parcels.get(id).is_some_and(|parcel| parcel.label_tag.0 == *item));
                if !found {
                    return Err(format!(
                        "parcel {item} is behind door {number}, whose books say {contents:?}"
                    ));
                }
            }
        }
        Ok(())
    }
}
