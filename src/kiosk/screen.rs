//! Between the rules' views and the screen's scenes: facts in, facts out, nothing decided.

mod technician;

use locker_engine::{
    CourierNote, GoesBack, Happening, Intent, NotAccepted, OrderProgress, Picture, Size, Stop, TakeOutDoor,
    Task, View,
};
use locker_hw::profile::{Profile, Rect};
use locker_ui::{
    Cabinet, Deposit, DepositNote, DoorChoices, DoorPlace, Free, Leaving, Order, Rectangle, Refusal, Scene,
};

/// The front of the cabinet, for the map.
pub fn cabinet(profile: &Profile) -> Cabinet {
    let rectangle = |rect| {
        let [x_mm, y_mm, width_mm, height_mm] = profile.from_the_top_mm(rect);
        Rectangle { x_mm, y_mm, width_mm, height_mm }
    };
    let whole = Rect { x_mm: 0, y_mm: 0, w_mm: profile.width_mm(), h_mm: profile.height_mm };
    let Rectangle { width_mm, height_mm, .. } = rectangle(whole);
    Cabinet {
        width_mm,
        height_mm,
        screen: rectangle(profile.screen),
        doors: profile
            .compartments
            .iter()
            .map(|known| DoorPlace { number: u32::from(known.number), place: rectangle(known.door) })
            .collect(),
    }
}

/// What a picture of the engine looks like.
pub fn scene(picture: Picture) -> Scene {
    match picture {
        Picture::Claim { code } => {
            let characters: Vec<char> = code.chars().collect();
            let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
            Scene::Claim { code, grouped: groups.join(" ") }
        }
        Picture::Repaired => Scene::Repaired,
        Picture::Kiosk(view) => of_view(view),
        Picture::Sent { door, receipt, number } => Scene::Sent { door: u32::from(door.0), receipt, number },
        Picture::StopDone { stop, receipt, number } => stop_done(&stop, receipt, number),
        Picture::Receipt { receipt, number } => Scene::Receipt { receipt, number },
    }
}

fn of_view(view: View) -> Scene {
    match view {
        View::Home { left_open, sending, takes_in } => {
            Scene::Home { left_open: left_open.map(|door| u32::from(door.0)), sending, takes_in }
        }
        View::Code => Scene::Code { refused: None },
        View::NotAccepted { why } => Scene::WrongCode { reason: refusal(why) },
        View::CodesPaused { minutes } => Scene::CodesPaused { minutes },
        View::List { parcels, doors, door, out_of_reach, order } => Scene::List {
            parcels: u32::from(parcels),
            doors: u32::from(doors),
            door: u32::from(door.0),
            out_of_reach,
            order: order.map(part_of_order),
        },
        View::Opening { door, index, of } if index > 1 => {
            Scene::Next { door: u32::from(door.0), index: u32::from(index), of: u32::from(of) }
        }
        View::Opening { door, .. } => Scene::Opening { door: u32::from(door.0) },
        View::PushDoor { door } => Scene::PushDoor { door: u32::from(door.0) },
        View::DoorOpen { door, task, index, of, left_open, choices, note } => Scene::DoorOpen {
            door: u32::from(door.0),
            task: match task {
                Task::Take => locker_ui::Task::Take,
                Task::PutIn => locker_ui::Task::PutIn,
                Task::Send => locker_ui::Task::Send,
                Task::TakeOut => locker_ui::Task::TakeOut,
                Task::TakeBack => locker_ui::Task::Check,
                Task::PutBack => locker_ui::Task::PutBack,
                Task::CloseEmpty => locker_ui::Task::Look,
                Task::TakeBackOut => locker_ui::Task::TakeBackOut,
                Task::LeaveIt => locker_ui::Task::LeaveIt,
                Task::Service => locker_ui::Task::Service,
            },
            index: u32::from(index),
            of: u32::from(of),
            left_open,
            choices: DoorChoices {
                larger: choices.larger,
                smaller: choices.smaller,
                does_not_fit: choices.does_not_fit,
                found: choices.found,
            },
            note: deposit_note(note),
        },
        View::AskEmpty { door } => Scene::EmptyQuestion { door: u32::from(door.0) },
        View::Reported { door, case } => Scene::Reported { door: u32::from(door.0), case: case.to_string() },
        View::Done { reopen, left_inside, kept, order, receipt } => Scene::Done {
            reopen_door: reopen.map(|door| u32::from(door.0)),
            left_inside,
            kept_doors: u32::from(kept),
            order: order.map(part_of_order),
            receipt,
        },
        View::Stuck { door, case, others } => {
            Scene::Stuck { door: u32::from(door.0), case: case.to_string(), others_left: others > 0 }
        }
        View::SendScan { refused } => Scene::SendScan { refused: refused.map(refusal) },
        View::SendSize { free, label_tail } => {
            // Of each size, how many doors it fits: the screen offers those that are not none.
            Scene::SendSize { free: sizes(free), label_tail }
        }
        // What was sent is shown with its receipt, as a picture of its own.
        View::Sent { door, .. } => {
            Scene::Sent { door: u32::from(door.0), receipt: String::new(), number: String::new() }
        }
        View::NothingSent { door } => Scene::NothingSent { door: u32::from(door.0) },
        View::NoRoomToSend => Scene::NoRoomToSend,
        View::SignIn { paused_minutes: Some(minutes), .. } => Scene::CodesPaused { minutes },
        View::SignIn { wrong, .. } => Scene::CourierSignIn { wrong },
        View::Courier {
            free, take_out, can_undo, can_let_collect, note, announced, without_room, ..
        } => Scene::CourierReady {
            free: sizes(free),
            to_take_out: u32::from(take_out),
            can_undo,
            can_let_collect,
            note: deposit_note(note),
            announced: u32::from(announced),
            without_room: u32::from(without_room),
        },
        View::ChooseSize { free, label_tail } => Scene::ChooseSize { free: sizes(free), label_tail },
        View::PickDeposit { deposits } => Scene::PickDeposit {
            deposits: deposits
                .into_iter()
                .map(|(door, label_tail)| Deposit { door: u32::from(door.0), label_tail })
                .collect(),
        },
        View::TakeOut { doors, more } => {
            Scene::TakeOut { doors: doors.into_iter().map(to_take_out).collect(), more: u32::from(more) }
        }
        View::AddToDoor { door } => Scene::AddToDoor { door: u32::from(door.0) },
        View::LabelQuestion { label_tail } => Scene::LabelQuestion { label_tail },
        View::LeftOvers { labels, more, size } => {
            Scene::LeftOvers { labels, more: u32::from(more), size: size.map(size_of) }
        }
        // What was moved or taken is shown with its receipt, as a picture of its own.
        View::StopDone(stop) => stop_done(&stop, String::new(), String::new()),
        View::Receipt { .. } => Scene::Receipt { receipt: String::new(), number: String::new() },
        View::TechnicianHome { .. }
        | View::TechnicianDoors { .. }
        | View::TechnicianDoor { .. }
        | View::InventoryIntro { .. }
        | View::Inventory { .. }
        | View::InventoryDone { .. }
        | View::TechnicianCases { .. }
        | View::TechnicianAbout { .. } => technician::of_view(view),
        View::StillThere { seconds } => Scene::StillThere { seconds: u32::from(seconds) },
    }
}

fn to_take_out(known: TakeOutDoor) -> locker_ui::TakeOutDoor {
    locker_ui::TakeOutDoor {
        door: u32::from(known.door.0),
        parcels: u32::from(known.parcels),
        why: match known.why {
            GoesBack::Expired => Leaving::Expired,
            GoesBack::Recalled => Leaving::Recalled,
            GoesBack::Return => Leaving::Return,
        },
    }
}

fn stop_done(stop: &Stop, receipt: String, number: String) -> Scene {
    Scene::StopDone {
        stored: u32::from(stop.stored),
        taken_out: u32::from(stop.taken_out),
        left_over: u32::from(stop.left_over),
        receipt,
        number,
        page: u32::from(stop.page),
        pages: u32::from(stop.pages),
    }
}

fn size_of(size: Size) -> locker_ui::Size {
    match size {
        Size::S => locker_ui::Size::Small,
        Size::M => locker_ui::Size::Medium,
        Size::L => locker_ui::Size::Large,
    }
}

fn part_of_order(progress: OrderProgress) -> Order {
    Order { here: u32::from(progress.here), of: u32::from(progress.of) }
}

fn sizes([small, medium, large]: [u16; 3]) -> Free {
    Free { small: u32::from(small), medium: u32::from(medium), large: u32::from(large) }
}

fn refusal(why: NotAccepted) -> Refusal {
    match why {
        NotAccepted::NoMatch => Refusal::NoMatch,
        NotAccepted::Mistyped => Refusal::Mistyped,
        NotAccepted::AlreadyCollected => Refusal::AlreadyCollected,
        NotAccepted::NotHereYet => Refusal::NotHereYet,
        NotAccepted::OtherLocker => Refusal::OtherLocker,
        NotAccepted::Unreadable => Refusal::Unreadable,
        NotAccepted::CannotCheck => Refusal::CannotCheckNow,
        NotAccepted::Expired => Refusal::BadgeOver,
        NotAccepted::PassExpired => Refusal::PassOver,
        NotAccepted::NoReturn => Refusal::NoReturnMatches,
        NotAccepted::AlreadySent => Refusal::AlreadySent,
        NotAccepted::Revoked => Refusal::BadgeRevoked,
        NotAccepted::BatteryLow => Refusal::BatteryLow,
    }
}

fn deposit_note(note: CourierNote) -> DepositNote {
    match note {
        CourierNote::None => DepositNote::None,
        CourierNote::Stored(door) => DepositNote::Stored { door: u32::from(door.0) },
        CourierNote::LooksEmpty(door) => DepositNote::LooksEmpty { door: u32::from(door.0) },
        CourierNote::TakenBack(door) => DepositNote::NothingStored { door: u32::from(door.0) },
        CourierNote::TakenOut(door) => DepositNote::TakenOut { door: u32::from(door.0) },
        CourierNote::NotSeen(door) => DepositNote::NotSeen { door: u32::from(door.0) },
        CourierNote::DoorStuck(door) => DepositNote::Stuck { door: u32::from(door.0) },
        CourierNote::NoRoom => DepositNote::NoRoom,
        CourierNote::BatteryLow => DepositNote::BatteryLow,
        CourierNote::AlreadyInside(door) => DepositNote::AlreadyInside { door: u32::from(door.0) },
        CourierNote::NotYours => DepositNote::NotYours,
        CourierNote::NotALabel => DepositNote::Unreadable,
        CourierNote::Added(door) => DepositNote::Added { door: u32::from(door.0) },
        CourierNote::LeftOver => DepositNote::LeftOver,
        CourierNote::ScannedTwice(door) => DepositNote::ScannedTwice { door: u32::from(door.0) },
        CourierNote::Queued(door) => DepositNote::Queued { door: u32::from(door.0) },
        CourierNote::OtherCourier => DepositNote::OtherCourier,
        CourierNote::Found(door) => DepositNote::Found { door: u32::from(door.0) },
        CourierNote::BadLabel => DepositNote::BadLabel,
        CourierNote::Refused(why) => DepositNote::Refused { why: refusal(why) },
        CourierNote::CloseFirst(door) => DepositNote::CloseFirst { door: u32::from(door.0) },
    }
}

/// What a person wants, as it happened to the engine.
pub fn happening(intent: locker_ui::Intent) -> Option<Happening> {
    use locker_ui::Intent as Wanted;
    Some(match intent {
        Wanted::Digits(digits) => Happening::Typed(digits),
        Wanted::SignIn { id, pin } => Happening::SignIn { id, pin },
        Wanted::CollectParcel | Wanted::TypeCode => Happening::Touched(Intent::Collect),
        Wanted::Courier => Happening::Touched(Intent::SignIn),
        Wanted::Back => Happening::Touched(Intent::Back),
        Wanted::ChooseSize(size) => Happening::Touched(Intent::ChooseSize(match size {
            locker_ui::Size::Small => Size::S,
            locker_ui::Size::Medium => Size::M,
            locker_ui::Size::Large => Size::L,
        })),
        Wanted::NotInThere => Happening::Touched(Intent::NotInThere),
        Wanted::Pick(place) => Happening::Touched(Intent::Pick(u8::try_from(place).ok()?)),
        Wanted::Reopen => Happening::Touched(Intent::Reopen),
        Wanted::TryAgain => Happening::Touched(Intent::TryAgain),
        Wanted::ItIsOpen => Happening::Touched(Intent::ItIsOpen),
        Wanted::GoOn => Happening::Touched(Intent::GoOn),
        Wanted::Empty => Happening::Touched(Intent::Empty),
        Wanted::NotMine => Happening::Touched(Intent::NotMine),
        Wanted::Yes => Happening::Touched(Intent::Yes),
        Wanted::No => Happening::Touched(Intent::No),
        Wanted::Skip => Happening::Touched(Intent::Skip),
        Wanted::NotNow => Happening::Touched(Intent::NotNow),
        Wanted::MoreTime | Wanted::Active | Wanted::Listen { .. } => Happening::Touched(Intent::MoreTime),
        Wanted::Finish => Happening::Touched(Intent::Finish),
        Wanted::TakeOut => Happening::Touched(Intent::TakeOut),
        Wanted::LowerDoors => Happening::Touched(Intent::LowerDoors),
        Wanted::Send => Happening::Touched(Intent::Send),
        Wanted::LetCollect => Happening::Touched(Intent::LetCollect),
        Wanted::OpenAll => Happening::Touched(Intent::OpenAll),
        Wanted::Larger => Happening::Touched(Intent::Larger),
        Wanted::Smaller => Happening::Touched(Intent::Smaller),
        Wanted::DoesNotFit => Happening::Touched(Intent::DoesNotFit),
        Wanted::DirtyOrFull => Happening::Touched(Intent::DirtyOrFull),
        Wanted::ShowReceipt => Happening::Touched(Intent::ShowReceipt),
        Wanted::NextReceipt => Happening::Touched(Intent::NextReceipt),
        Wanted::Doors => Happening::Touched(Intent::Doors),
        Wanted::Inventory => Happening::Touched(Intent::Inventory),
        Wanted::Cases => Happening::Touched(Intent::Cases),
        Wanted::About => Happening::Touched(Intent::About),
        Wanted::NextPage => Happening::Touched(Intent::NextPage),
        Wanted::OpenDoor => Happening::Touched(Intent::OpenDoor),
        Wanted::ToggleService => Happening::Touched(Intent::ToggleService),
        Wanted::OnlyUnknown => Happening::Touched(Intent::OnlyUnknown),
        Wanted::Restart => Happening::Touched(Intent::Restart),
    })
}
