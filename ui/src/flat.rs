//! Scenes as the screens read them: flat, bounded, and with as many lines of a list as have room.

use std::rc::Rc;

use slint::{ModelRc, VecModel};

use crate::lists::Shown;
use crate::presenter::small;
use crate::qr;
use crate::scene::{MOST_PICKS, bounded, number};
use crate::screens::{Kind, Line, Note, SceneData, SizeClass, Task as TaskWord, Why};
use crate::technician::TAIL_CHARACTERS;
use crate::{
    CaseLine, DepositNote, DoorLine, Free, Leaving, Order, Refusal, Scene, Size, TakeOutDoor, Task, Trouble,
    TroubleKind,
};

/// How many labels [`Scene::LeftOvers`] shows.
const MOST_LABELS: usize = 4;

impl Scene {
    /// The flat form that the screens read, with the lines of a list that are shown.
    pub(crate) fn flat(&self, shown: Shown) -> SceneData {
        let mut data = SceneData { door: self.door().map_or(0, number), ..SceneData::default() };
        data.kind = match self {
            Self::Working => Kind::Working,
            Self::Claim { code, grouped } => {
                data.text = bounded(grouped, 40);
                data.picture = qr::image(code);
                Kind::Claim
            }
            Self::Home { takes_in, .. } => {
                data.why = if *takes_in { Why::None } else { Why::BatteryLow };
                Kind::Home
            }
            Self::Code { refused } => {
                data.why = refused.map_or(Why::None, Refusal::word);
                Kind::Code
            }
            Self::ScanCode => Kind::ScanCode,
            Self::WrongCode { reason } => {
                data.why = reason.word();
                Kind::WrongCode
            }
            Self::CodesPaused { minutes } => {
                data.count = number(*minutes);
                Kind::CodesPaused
            }
            Self::Opening { .. } => Kind::Opening,
            Self::PushDoor { .. } => Kind::PushDoor,
            Self::DoorOpen { task, index, of, left_open, note, .. } => {
                note.fill(&mut data);
                (data.index, data.of, data.left_open) = (number(*index), number(*of), *left_open);
                data.task = task.word();
                Kind::DoorOpen
            }
            Self::List { parcels, doors, out_of_reach, order, .. } => {
                (data.count, data.doors) = (number(*parcels), number(*doors));
                data.out_of_reach = *out_of_reach;
                Order::fill(*order, &mut data);
                Kind::List
            }
            Self::Next { index, of, .. } => {
                (data.index, data.of) = (number(*index), number(*of));
                Kind::Next
            }
            Self::EmptyQuestion { .. } => Kind::EmptyQuestion,
            Self::Reported { case, .. } => {
                data.text = bounded(case, 12);
                Kind::Reported
            }
            Self::Receipt { receipt, number } => {
                data.text = bounded(number, 12);
                data.picture = qr::image(receipt);
                Kind::Receipt
            }
            Self::Done { kept_doors, left_inside, order, .. } => {
                data.left_inside = *left_inside;
                data.doors = number(*kept_doors);
                Order::fill(*order, &mut data);
                Kind::Done
            }
            Self::SendScan { refused } => {
                data.why = refused.map_or(Why::None, Refusal::word);
                Kind::SendScan
            }
            Self::SendSize { free, label_tail } => {
                free.fill(&mut data);
                data.text = bounded(label_tail, TAIL_CHARACTERS);
                Kind::SendSize
            }
            Self::Sent { receipt, number, .. } => {
                data.text = bounded(number, 12);
                data.picture = qr::image(receipt);
                Kind::Sent
            }
            Self::NothingSent { .. } => Kind::NothingSent,
            Self::NoRoomToSend => Kind::NoRoomToSend,
            Self::Stuck { case, others_left, .. } => {
                data.text = bounded(case, 12);
                data.others = *others_left;
                Kind::Stuck
            }
            Self::Repaired => Kind::Repaired,
            Self::CourierSignIn { wrong } => {
                data.why = if *wrong { Why::NoMatch } else { Why::None };
                Kind::CourierSignIn
            }
            Self::CourierReady { free, to_take_out, note, announced, without_room, .. } => {
                free.fill(&mut data);
                data.count = number(*to_take_out);
                (data.announced, data.without_room) = (number(*announced), number(*without_room));
                note.fill(&mut data);
                Kind::CourierReady
            }
            Self::TakeOut { doors, more } => {
                let doors = &doors[..doors.len().min(MOST_PICKS)];
                data.doors = number(*more).saturating_add(small(doors.len()));
                data.lines = lines(shown.of(doors).iter().map(|door| door.line()));
                Kind::TakeOutList
            }
            Self::AddToDoor { .. } => Kind::AddToDoor,
            Self::LabelQuestion { label_tail } => {
                data.text = bounded(label_tail, TAIL_CHARACTERS);
                Kind::LabelQuestion
            }
            Self::LeftOvers { labels, more, size } => {
                let named: Vec<String> = labels
                    .iter()
                    .take(MOST_LABELS)
                    .map(|label| bounded(label, TAIL_CHARACTERS).to_string())
                    .collect();
                data.left_over = number(*more).saturating_add(small(named.len()));
                data.text = named.join("  ").into();
                data.size = size.map_or(SizeClass::None, Size::word);
                Kind::LeftOvers
            }
            Self::StopDone { stored, taken_out, left_over, receipt, number: name, page, pages } => {
                data.stored = number(*stored);
                (data.taken_out, data.left_over) = (number(*taken_out), number(*left_over));
                (data.index, data.of) = (number(*page), number(*pages));
                data.text = bounded(name, 12);
                data.picture = qr::image(receipt);
                Kind::StopDone
            }
            Self::ChooseSize { free, label_tail } => {
                free.fill(&mut data);
                data.text = bounded(label_tail, TAIL_CHARACTERS);
                Kind::ChooseSize
            }
            Self::PickDeposit { deposits } => {
                data.lines = lines(deposits.iter().take(MOST_PICKS).map(|deposit| Line {
                    door: number(deposit.door),
                    text: bounded(&deposit.label_tail, TAIL_CHARACTERS),
                    ..Line::default()
                }));
                Kind::PickDeposit
            }
            Self::TechnicianHome { troubles, more } => {
                let named = shown.of(troubles);
                let unnamed = small(troubles.len() - named.len());
                data.count = number(*more).saturating_add(unnamed);
                data.lines = lines(named.iter().map(Trouble::line));
                Kind::TechnicianHome
            }
            Self::InventoryDone { doors, troubles, more } => {
                let named = shown.of(troubles);
                data.doors = number(*doors);
                data.count = number(*more).saturating_add(small(shown.after(troubles.len())));
                data.lines = lines(named.iter().map(Trouble::line));
                Kind::InventoryDone
            }
            Self::TechnicianDoors { doors, page, pages } => {
                (data.index, data.of) = (number(*page), number(*pages));
                data.lines = lines(shown.of(doors).iter().map(DoorLine::line));
                Kind::TechnicianDoors
            }
            Self::TechnicianDoor { door, reading, contents, parcels, out, stuck_times, lock_ms } => {
                data.lines = lines([Line {
                    door: number(*door),
                    count: number(*parcels),
                    times: number(*stuck_times),
                    lock_ms: lock_ms.map_or(0, number),
                    reading: reading.word(),
                    contents: contents.word(),
                    trouble: out.map_or(crate::screens::Trouble::None, TroubleKind::word),
                    ..Line::default()
                }]);
                Kind::TechnicianDoor
            }
            Self::InventoryIntro { doors, unknown } => {
                (data.doors, data.count) = (number(*doors), number(*unknown));
                Kind::InventoryIntro
            }
            Self::Inventory { index, of, expected, found, note, .. } => {
                (data.index, data.of) = (number(*index), number(*of));
                (data.count, data.stored) = (number(*expected), number(*found));
                note.fill(&mut data);
                Kind::Inventory
            }
            Self::TechnicianCases { cases, page, pages } => {
                (data.index, data.of) = (number(*page), number(*pages));
                data.lines = lines(shown.of(cases).iter().map(CaseLine::line));
                Kind::TechnicianCases
            }
            Self::TechnicianAbout { network, clock_from_hub, version, locker } => {
                (data.network, data.clock) = (*network, *clock_from_hub);
                (data.version, data.text) = (bounded(version, 16), bounded(locker, 16));
                Kind::TechnicianAbout
            }
            Self::StillThere { seconds } => {
                data.count = number(*seconds);
                Kind::StillThere
            }
        };
        data
    }
}

fn lines(lines: impl IntoIterator<Item = Line>) -> ModelRc<Line> {
    ModelRc::from(Rc::new(VecModel::from_iter(lines)))
}

impl TakeOutDoor {
    fn line(&self) -> Line {
        Line {
            door: number(self.door),
            count: number(self.parcels),
            leaving: match self.why {
                Leaving::Expired => crate::screens::Leaving::Expired,
                Leaving::Recalled => crate::screens::Leaving::Recalled,
                Leaving::Return => crate::screens::Leaving::Returned,
            },
            contents: crate::screens::Contents::Holds,
            ..Line::default()
        }
    }
}

impl Free {
    fn fill(self, data: &mut SceneData) {
        (data.small, data.medium, data.large) = (number(self.small), number(self.medium), number(self.large));
    }
}

impl Order {
    /// No order, or one that is complete, is two zeros.
    fn fill(order: Option<Self>, data: &mut SceneData) {
        if let Some(order) = order.filter(|order| order.here < order.of) {
            (data.order_here, data.order_of) = (number(order.here), number(order.of));
        }
    }
}

impl Refusal {
    fn word(self) -> Why {
        match self {
            Self::NoMatch => Why::NoMatch,
            Self::Mistyped => Why::Mistyped,
            Self::AlreadyCollected => Why::Collected,
            Self::OtherLocker => Why::Elsewhere,
            Self::Unreadable => Why::Unreadable,
            Self::CannotCheckNow => Why::CannotCheck,
            Self::NotHereYet => Why::NotYet,
            Self::BadgeOver => Why::Over,
            Self::PassOver => Why::CodeOver,
            Self::NoReturnMatches => Why::NoReturn,
            Self::AlreadySent => Why::AlreadySent,
            Self::BadgeRevoked => Why::Revoked,
            Self::BatteryLow => Why::BatteryLow,
        }
    }
}

impl Task {
    fn word(self) -> TaskWord {
        match self {
            Self::Take => TaskWord::Take,
            Self::PutIn => TaskWord::PutIn,
            Self::TakeOut => TaskWord::TakeOut,
            Self::Look => TaskWord::Look,
            Self::PutBack => TaskWord::PutBack,
            Self::Check => TaskWord::Check,
            Self::Send => TaskWord::Send,
            Self::TakeBackOut => TaskWord::TakeBackOut,
            Self::LeaveIt => TaskWord::LeaveIt,
            Self::Service => TaskWord::Service,
        }
    }
}

impl Size {
    fn word(self) -> SizeClass {
        match self {
            Self::Small => SizeClass::Small,
            Self::Medium => SizeClass::Medium,
            Self::Large => SizeClass::Large,
        }
    }
}

impl DepositNote {
    fn fill(self, data: &mut SceneData) {
        data.note = self.word();
        if let Self::Refused { why } = self {
            data.why = why.word();
        }
    }

    fn word(self) -> Note {
        match self {
            Self::None => Note::None,
            Self::Stored { .. } => Note::Stored,
            Self::LooksEmpty { .. } => Note::LooksEmpty,
            Self::NothingStored { .. } => Note::NothingStored,
            Self::TakenOut { .. } => Note::TakenOut,
            Self::NotSeen { .. } => Note::NotSeen,
            Self::Stuck { .. } => Note::Stuck,
            Self::Unreadable => Note::Unreadable,
            Self::NoRoom => Note::NoRoom,
            Self::BatteryLow => Note::BatteryLow,
            Self::NotYours => Note::NotYours,
            Self::AlreadyInside { .. } => Note::Inside,
            Self::CloseFirst { .. } => Note::CloseFirst,
            Self::Added { .. } => Note::Added,
            Self::LeftOver => Note::LeftOver,
            Self::ScannedTwice { .. } => Note::ScannedTwice,
            Self::Queued { .. } => Note::Queued,
            Self::OtherCourier => Note::OtherCourier,
            Self::Found { .. } => Note::Found,
            Self::BadLabel => Note::BadLabel,
            Self::Refused { .. } => Note::Refused,
        }
    }

    /// The door that it is about, where it is about one.
    pub(crate) fn door(self) -> Option<u32> {
        match self {
            Self::Stored { door }
            | Self::LooksEmpty { door }
            | Self::NothingStored { door }
            | Self::TakenOut { door }
            | Self::NotSeen { door }
            | Self::Stuck { door }
            | Self::AlreadyInside { door }
            | Self::CloseFirst { door }
            | Self::Added { door }
            | Self::ScannedTwice { door }
            | Self::Queued { door }
            | Self::Found { door } => Some(door),
            Self::None
            | Self::Unreadable
            | Self::NoRoom
            | Self::BatteryLow
            | Self::NotYours
            | Self::LeftOver
            | Self::OtherCourier
            | Self::BadLabel
            | Self::Refused { .. } => None,
        }
    }
}
