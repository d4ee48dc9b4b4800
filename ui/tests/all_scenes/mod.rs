//! Every screen with the longest words and numbers that it is meant to hold.

use locker_ui::{
    Believed, CaseLine, Deposit, DepositNote, DoorChoices, DoorLine, DoorReading, Free, InventoryNote,
    Leaving, Order, Problem, Refusal, Scene, Size, TakeOutDoor, Task, Trouble, TroubleKind,
};

/// A name for a file, and the scene.
pub fn all() -> Vec<(&'static str, Scene)> {
    let free = Free { small: 12, medium: 14, large: 5 };
    let (choices, note) = (DoorChoices::default(), DepositNote::None);
    let at_door = |door, task, (index, of), left_open, choices, note| Scene::DoorOpen {
        door,
        task,
        index,
        of,
        left_open,
        choices,
        note,
    };
    let open = |task, left_open| at_door(24, task, (2, 3), left_open, choices, note);
    let courier_open = |task, choices, note| at_door(24, task, (1, 1), false, choices, note);
    let all_choices = DoorChoices { larger: true, smaller: true, does_not_fit: true, found: true };
    let list = |out_of_reach, order| Scene::List { parcels: 12, doors: 11, door: 24, out_of_reach, order };
    let ready = |note| Scene::CourierReady {
        free,
        to_take_out: 4,
        can_undo: true,
        can_let_collect: true,
        note,
        announced: 20,
        without_room: 3,
    };
    let seen = |left_inside, reopen_door, kept_doors, order, receipt| Scene::Done {
        reopen_door,
        left_inside,
        kept_doors,
        order,
        receipt,
    };
    let done = |reopen_door, kept_doors, order, receipt| seen(false, reopen_door, kept_doors, order, receipt);
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
        ("home", Scene::Home { left_open: None, sending: false, takes_in: true }),
        ("home-sending", Scene::Home { left_open: None, sending: true, takes_in: true }),
        ("home-left-open", Scene::Home { left_open: Some(24), sending: true, takes_in: true }),
        ("home-battery-low", Scene::Home { left_open: None, sending: false, takes_in: false }),
        ("home-battery-low-left-open", Scene::Home { left_open: Some(24), sending: false, takes_in: false }),
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
        ("wrong-badge-revoked", Scene::WrongCode { reason: Refusal::BadgeRevoked }),
        ("wrong-battery-low", Scene::WrongCode { reason: Refusal::BatteryLow }),
        ("wrong-cannot-check", Scene::WrongCode { reason: Refusal::CannotCheckNow }),
        ("codes-paused", Scene::CodesPaused { minutes: 12 }),
        ("opening", Scene::Opening { door: 7 }),
        ("push-door", Scene::PushDoor { door: 7 }),
        ("open-take", at_door(7, Task::Take, (1, 1), false, choices, note)),
        ("open-take-several", open(Task::Take, false)),
        ("open-put-in", at_door(124, Task::PutIn, (1, 1), false, choices, note)),
        ("open-take-out", open(Task::TakeOut, false)),
        ("open-look", open(Task::Look, false)),
        ("open-put-back", open(Task::PutBack, false)),
        ("open-check", open(Task::Check, false)),
        ("open-left", open(Task::Take, true)),
        ("open-left-courier", open(Task::PutIn, true)),
        ("open-send", open(Task::Send, false)),
        ("open-choices", courier_open(Task::PutIn, all_choices, note)),
        ("open-choices-left", at_door(124, Task::PutIn, (1, 1), true, all_choices, note)),
        ("open-queued", courier_open(Task::PutIn, all_choices, DepositNote::Queued { door: 24 })),
        (
            "open-scanned-twice",
            courier_open(Task::PutIn, all_choices, DepositNote::ScannedTwice { door: 24 }),
        ),
        ("open-close-first", courier_open(Task::TakeOut, choices, DepositNote::CloseFirst { door: 24 })),
        (
            "open-pass-over",
            courier_open(Task::PutIn, all_choices, DepositNote::Refused { why: Refusal::PassOver }),
        ),
        ("open-other-courier", courier_open(Task::PutIn, all_choices, DepositNote::OtherCourier)),
        ("open-unreadable", courier_open(Task::PutIn, all_choices, DepositNote::Unreadable)),
        ("open-take-back", courier_open(Task::TakeBackOut, choices, note)),
        ("open-leave-it", courier_open(Task::LeaveIt, choices, note)),
        ("open-service", courier_open(Task::Service, choices, note)),
        ("list", list(false, None)),
        ("list-order", list(false, Some(Order { here: 2, of: 3 }))),
        ("list-out-of-reach", list(true, None)),
        ("next", Scene::Next { door: 12, index: 1, of: 3 }),
        ("empty-question", Scene::EmptyQuestion { door: 7 }),
        ("reported", Scene::Reported { door: 7, case: "4K7-29".into() }),
        ("done", done(None, 0, None, false)),
        ("done-reopen", done(Some(24), 0, None, false)),
        ("done-receipt", done(Some(24), 0, None, true)),
        ("done-kept", done(Some(24), 2, None, true)),
        ("done-left-inside", seen(true, Some(24), 2, None, true)),
        ("done-left-inside-only", seen(true, Some(7), 0, None, false)),
        ("done-order", done(Some(24), 0, Some(Order { here: 2, of: 4 }), true)),
        ("receipt", Scene::Receipt { receipt: "7QZ.K4".repeat(66), number: "4K7-29".into() }),
        ("send-scan", Scene::SendScan { refused: None }),
        ("send-refused", Scene::SendScan { refused: Some(Refusal::NoReturnMatches) }),
        ("send-already-sent", Scene::SendScan { refused: Some(Refusal::AlreadySent) }),
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
            Scene::CourierReady {
                free,
                to_take_out: 0,
                can_undo: false,
                can_let_collect: true,
                note,
                announced: 0,
                without_room: 0,
            },
        ),
        ("courier-to-take-out", ready(DepositNote::None)),
        ("courier-stored", ready(DepositNote::Stored { door: 24 })),
        ("courier-nothing-stored", ready(DepositNote::NothingStored { door: 24 })),
        ("courier-looks-empty", ready(DepositNote::LooksEmpty { door: 124 })),
        ("courier-taken-out", ready(DepositNote::TakenOut { door: 24 })),
        ("courier-not-seen", ready(DepositNote::NotSeen { door: 24 })),
        ("courier-stuck", ready(DepositNote::Stuck { door: 24 })),
        ("courier-unreadable", ready(DepositNote::Unreadable)),
        ("courier-no-room", ready(DepositNote::NoRoom)),
        ("courier-battery-low", ready(DepositNote::BatteryLow)),
        ("courier-pass-over", ready(DepositNote::Refused { why: Refusal::PassOver })),
        ("courier-collected", ready(DepositNote::Refused { why: Refusal::AlreadyCollected })),
        ("courier-cannot-check", ready(DepositNote::Refused { why: Refusal::CannotCheckNow })),
        ("courier-other-locker", ready(DepositNote::Refused { why: Refusal::OtherLocker })),
        ("courier-not-yours", ready(DepositNote::NotYours)),
        ("courier-inside", ready(DepositNote::AlreadyInside { door: 24 })),
        ("courier-close-first", ready(DepositNote::CloseFirst { door: 24 })),
        ("choose-size", Scene::ChooseSize { free, label_tail: "004711".into() }),
        ("pick-deposit", Scene::PickDeposit { deposits: vec![deposit(7), deposit(12), deposit(24)] }),
        ("still-there", Scene::StillThere { seconds: 20 }),
    ]
    .into_iter()
    .chain(of_couriers(ready))
    .chain(of_technicians())
    .collect()
}

fn of_couriers(ready: impl Fn(DepositNote) -> Scene) -> Vec<(&'static str, Scene)> {
    let take_out = |door, parcels, why| TakeOutDoor { door, parcels, why };
    let stop = |page, pages| Scene::StopDone {
        stored: 33,
        taken_out: 4,
        left_over: 7,
        receipt: "7QZ.K4".repeat(175),
        number: "4K7-29".into(),
        page,
        pages,
    };
    vec![
        ("courier-added", ready(DepositNote::Added { door: 24 })),
        ("courier-left-over", ready(DepositNote::LeftOver)),
        ("courier-scanned-twice", ready(DepositNote::ScannedTwice { door: 24 })),
        ("courier-queued", ready(DepositNote::Queued { door: 24 })),
        ("courier-other", ready(DepositNote::OtherCourier)),
        ("courier-found", ready(DepositNote::Found { door: 24 })),
        ("courier-bad-label", ready(DepositNote::BadLabel)),
        (
            "take-out",
            Scene::TakeOut {
                doors: vec![
                    take_out(7, 1, Leaving::Expired),
                    take_out(12, 2, Leaving::Recalled),
                    take_out(124, 1, Leaving::Return),
                ],
                more: 2,
            },
        ),
        ("take-out-one", Scene::TakeOut { doors: vec![take_out(7, 1, Leaving::Expired)], more: 0 }),
        ("add-to-door", Scene::AddToDoor { door: 24 }),
        ("label-question", Scene::LabelQuestion { label_tail: "004711".into() }),
        (
            "left-overs",
            Scene::LeftOvers { labels: vec!["00004711".into(); 4], more: 3, size: Some(Size::Medium) },
        ),
        (
            "left-over-one",
            Scene::LeftOvers { labels: vec!["004711".into()], more: 0, size: Some(Size::Large) },
        ),
        ("left-over-silent", Scene::LeftOvers { labels: vec!["004711".into()], more: 0, size: None }),
        ("stop-done", stop(1, 1)),
        ("stop-done-pages", stop(1, 2)),
    ]
}

fn of_technicians() -> Vec<(&'static str, Scene)> {
    let home = |troubles: &[Trouble], more| Scene::TechnicianHome { troubles: troubles.to_vec(), more };
    let at = |what| Trouble { door: Some(24), sensor: None, what };
    let nowhere = |what| Trouble { door: None, sensor: None, what };
    // As long as a profile lets it be.
    let of_sensor =
        |what| Trouble { door: None, sensor: Some("compartment temperature, upper left wall".into()), what };
    let door = |door, reading, contents, out| DoorLine { door, reading, contents, out };
    let doors = |page, pages| Scene::TechnicianDoors {
        doors: vec![
            door(7, DoorReading::Closed, Believed::Empty, false),
            door(12, DoorReading::Closed, Believed::Holds, false),
            door(24, DoorReading::Open, Believed::Unknown, false),
            door(124, DoorReading::Unknown, Believed::Holds, true),
        ],
        page,
        pages,
    };
    let one = |reading, contents, out, stuck_times| Scene::TechnicianDoor {
        door: 24,
        reading,
        contents,
        parcels: 2,
        out,
        stuck_times,
        lock_ms: Some(120),
    };
    let inventory = |found, note| Scene::Inventory { door: 24, index: 3, of: 24, expected: 2, found, note };
    let case = |case: &str, door, what, answered| CaseLine { case: case.into(), door, what, answered };
    let cases = |first: [Problem; 4]| {
        let numbers = ["4K7-29", "X9M-63", "7QT-44", "C3H-8W"];
        let cases =
            numbers.iter().zip(first).map(|(number, what)| case(number, 24, what, *number == "X9M-63"));
        Scene::TechnicianCases { cases: cases.collect(), page: 2, pages: 3 }
    };
    vec![
        ("technician-home", home(&[], 0)),
        (
            "technician-troubles",
            home(
                &[
                    at(TroubleKind::Stuck { times: 2 }),
                    nowhere(TroubleKind::BoardSilent),
                    at(TroubleKind::Unknown),
                ],
                2,
            ),
        ),
        (
            "technician-out",
            home(&[at(TroubleKind::OutByHub), at(TroubleKind::OutByStaff), at(TroubleKind::OutFound)], 0),
        ),
        (
            "technician-sensors",
            home(
                &[
                    at(TroubleKind::SensorFault),
                    at(TroubleKind::InterruptedTwice),
                    at(TroubleKind::ReadingLost),
                ],
                0,
            ),
        ),
        (
            "technician-network",
            home(
                &[
                    nowhere(TroubleKind::NoNetwork),
                    nowhere(TroubleKind::ClockUnsure),
                    at(TroubleKind::LeftOpen),
                ],
                0,
            ),
        ),
        ("technician-clock", home(&[nowhere(TroubleKind::ClockUnsure)], 0)),
        ("technician-unknown", home(&[at(TroubleKind::Unknown)], 0)),
        (
            "technician-battery-low",
            home(
                &[
                    nowhere(TroubleKind::BatteryLow),
                    of_sensor(TroubleKind::Tampered),
                    at(TroubleKind::LeftOpen),
                ],
                0,
            ),
        ),
        (
            "technician-tampered",
            home(&[of_sensor(TroubleKind::Tampered), nowhere(TroubleKind::OnBattery)], 2),
        ),
        (
            "technician-temperature",
            home(
                &[
                    of_sensor(TroubleKind::TooCold { tenths_c: -123 }),
                    at(TroubleKind::TooWarm { tenths_c: 294 }),
                    of_sensor(TroubleKind::ThermometerSilent),
                ],
                2,
            ),
        ),
        ("technician-warm", home(&[of_sensor(TroubleKind::TooWarm { tenths_c: 294 })], 0)),
        ("technician-no-temperature", home(&[of_sensor(TroubleKind::ThermometerSilent)], 0)),
        ("technician-on-battery", home(&[nowhere(TroubleKind::OnBattery)], 0)),
        ("technician-doors", doors(2, 6)),
        ("technician-doors-all", doors(1, 1)),
        ("technician-door", one(DoorReading::Closed, Believed::Empty, None, 0)),
        ("technician-door-open", one(DoorReading::Open, Believed::Unknown, None, 2)),
        ("technician-door-out", one(DoorReading::Closed, Believed::Holds, Some(TroubleKind::OutByHub), 2)),
        (
            "technician-door-stuck",
            one(DoorReading::Unknown, Believed::Unknown, Some(TroubleKind::Stuck { times: 2 }), 2),
        ),
        ("inventory-intro", Scene::InventoryIntro { doors: 24, unknown: 3 }),
        ("inventory", inventory(0, InventoryNote::None)),
        ("inventory-counted", inventory(1, InventoryNote::Counted)),
        ("inventory-unknown", inventory(1, InventoryNote::UnknownLabel)),
        ("inventory-not-a-label", inventory(1, InventoryNote::NotALabel)),
        ("inventory-elsewhere", inventory(1, InventoryNote::Elsewhere { door: 124 })),
        ("inventory-done", Scene::InventoryDone { doors: 24, troubles: vec![], more: 0 }),
        (
            "inventory-done-wrong",
            Scene::InventoryDone {
                doors: 124,
                troubles: vec![
                    at(TroubleKind::OtherDoorOpened { other: 123 }),
                    at(TroubleKind::OpenBefore),
                    at(TroubleKind::WeakLock { pulses: 3 }),
                ],
                more: 2,
            },
        ),
        (
            "technician-cases",
            cases([Problem::Stuck, Problem::Empty, Problem::NotMine, Problem::InterruptedTwice]),
        ),
        (
            "technician-cases-more",
            cases([Problem::OpenedUnasked, Problem::SensorFault, Problem::Found, Problem::LeftOpen]),
        ),
        ("technician-case-missing", cases([Problem::Missing; 4])),
        ("technician-no-cases", Scene::TechnicianCases { cases: vec![], page: 1, pages: 1 }),
        (
            "technician-about",
            Scene::TechnicianAbout {
                network: true,
                clock_from_hub: true,
                version: "0.12.3".into(),
                locker: "harbour-0042".into(),
            },
        ),
        (
            "technician-about-offline",
            Scene::TechnicianAbout {
                network: false,
                clock_from_hub: false,
                version: "0.12.3".into(),
                locker: "harbour-0042".into(),
            },
        ),
    ]
}
