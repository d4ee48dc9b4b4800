//! Every screen with the longest words and numbers that it is meant to hold.

use locker_ui::{Deposit, DepositNote, Free, Order, Refusal, Scene, Size, Task};

/// A name for a file, and the scene.
pub fn all() -> Vec<(&'static str, Scene)> {
    let free = Free { small: 12, medium: 14, large: 5 };
    let open = |task, left_open| Scene::DoorOpen { door: 24, task, index: 2, of: 3, left_open };
    let list = |out_of_reach, order| Scene::List { parcels: 12, doors: 11, door: 24, out_of_reach, order };
    let ready = |note| Scene::CourierReady { free, to_take_out: 4, can_undo: true, note };
    let deposit = |door| Deposit { door, label_tail: "004711".into() };
    vec![
        ("working", Scene::Working),
        (
            "claim",
            Scene::Claim {
                code: "ABCDEFGHIJKLMNOPQRSTUVWX23".into(),
                grouped: "ABCDE-FGHIJ-KLMNO-PQRST-UVWX23".into(),
            },
        ),
        ("home", Scene::Home { left_open: None, sending: false }),
        ("home-sending", Scene::Home { left_open: None, sending: true }),
        ("home-left-open", Scene::Home { left_open: Some(24), sending: true }),
        ("code", Scene::Code { refused: None }),
        ("code-refused", Scene::Code { refused: Some(Refusal::NoMatch) }),
        ("code-mistyped", Scene::Code { refused: Some(Refusal::Mistyped) }),
        ("code-collected", Scene::Code { refused: Some(Refusal::AlreadyCollected) }),
        ("scan-code", Scene::ScanCode),
        ("wrong-no-match", Scene::WrongCode { reason: Refusal::NoMatch }),
        ("wrong-mistyped", Scene::WrongCode { reason: Refusal::Mistyped }),
        ("wrong-collected", Scene::WrongCode { reason: Refusal::AlreadyCollected }),
        ("wrong-elsewhere", Scene::WrongCode { reason: Refusal::OtherLocker }),
        ("wrong-unreadable", Scene::WrongCode { reason: Refusal::Unreadable }),
        ("wrong-not-here-yet", Scene::WrongCode { reason: Refusal::NotHereYet }),
        ("wrong-badge-over", Scene::WrongCode { reason: Refusal::BadgeOver }),
        ("wrong-cannot-check", Scene::WrongCode { reason: Refusal::CannotCheckNow }),
        ("codes-paused", Scene::CodesPaused { minutes: 12 }),
        ("opening", Scene::Opening { door: 7 }),
        ("push-door", Scene::PushDoor { door: 7 }),
        ("open-take", Scene::DoorOpen { door: 7, task: Task::Take, index: 1, of: 1, left_open: false }),
        ("open-take-several", open(Task::Take, false)),
        ("open-put-in", Scene::DoorOpen { door: 124, task: Task::PutIn, index: 1, of: 1, left_open: false }),
        ("open-take-out", open(Task::TakeOut, false)),
        ("open-look", open(Task::Look, false)),
        ("open-put-back", open(Task::PutBack, false)),
        ("open-check", open(Task::Check, false)),
        ("open-left", open(Task::Take, true)),
        ("open-left-courier", open(Task::PutIn, true)),
        ("open-send", open(Task::Send, false)),
        ("list", list(false, None)),
        ("list-order", list(false, Some(Order { here: 2, of: 3 }))),
        ("list-out-of-reach", list(true, None)),
        ("next", Scene::Next { door: 12, index: 1, of: 3 }),
        ("empty-question", Scene::EmptyQuestion { door: 7 }),
        ("reported", Scene::Reported { door: 7, case: "4K7-29".into() }),
        ("done", Scene::Done { reopen_door: None, kept_doors: 0, order: None }),
        ("done-reopen", Scene::Done { reopen_door: Some(24), kept_doors: 0, order: None }),
        ("done-kept", Scene::Done { reopen_door: Some(24), kept_doors: 2, order: None }),
        (
            "done-order",
            Scene::Done { reopen_door: Some(24), kept_doors: 0, order: Some(Order { here: 2, of: 4 }) },
        ),
        ("send-scan", Scene::SendScan { refused: None }),
        ("send-refused", Scene::SendScan { refused: Some(Refusal::NoReturnMatches) }),
        ("send-size", Scene::SendSize { free, label_tail: "004711".into() }),
        ("sent", Scene::Sent { door: 24, receipt: "7QZ.K4".repeat(66), number: "4K7-29".into() }),
        ("nothing-sent", Scene::NothingSent { door: 24 }),
        ("no-room-to-send", Scene::NoRoomToSend),
        ("stuck", Scene::Stuck { door: 7, case: "4K7-29".into(), others_left: false }),
        ("stuck-others", Scene::Stuck { door: 24, case: "4K7-29".into(), others_left: true }),
        ("repaired", Scene::Repaired),
        ("courier-sign-in", Scene::CourierSignIn { wrong: false }),
        ("courier-sign-in-wrong", Scene::CourierSignIn { wrong: true }),
        (
            "courier-ready",
            Scene::CourierReady { free, to_take_out: 0, can_undo: false, note: DepositNote::None },
        ),
        ("courier-to-take-out", ready(DepositNote::None)),
        ("courier-stored", ready(DepositNote::Stored { door: 24 })),
        ("courier-nothing-stored", ready(DepositNote::NothingStored { door: 24 })),
        ("courier-taken-out", ready(DepositNote::TakenOut { door: 24 })),
        ("courier-not-seen", ready(DepositNote::NotSeen { door: 24 })),
        ("courier-stuck", ready(DepositNote::Stuck { door: 24 })),
        ("courier-unreadable", ready(DepositNote::Unreadable)),
        ("courier-no-room", ready(DepositNote::NoRoom)),
        ("courier-not-yours", ready(DepositNote::NotYours)),
        ("courier-inside", ready(DepositNote::AlreadyInside { door: 24 })),
        ("courier-close-first", ready(DepositNote::CloseFirst { door: 24 })),
        ("choose-size", Scene::ChooseSize { free, label_tail: "004711".into() }),
        ("pick-deposit", Scene::PickDeposit { deposits: vec![deposit(7), deposit(12), deposit(24)] }),
        ("no-room", Scene::NoRoom { size: Size::Medium }),
        ("still-there", Scene::StillThere { seconds: 20 }),
    ]
}
