//! One fixed sample, or more, of every message and every variant. A variant or field that is missing here does not
//! compile.

use locker_protocol::change::{
    Announcement, CaseAnswer, Order, ReturnAnnouncement, Role, Staff, TemperatureRange,
};
use locker_protocol::claim::Claim;
use locker_protocol::enrol::{EnrolAnswer, EnrolRequest, TransportCertificate};
use locker_protocol::event::{
    Answer, Decline, Door, Doubt, Entitled, Guess, OutOfService, Outcome, Problem, Proof, Purpose, Stamp,
    Supply, WhyLeftOver,
};
use locker_protocol::link::{ToKiosk, ToSync, Witness};
use locker_protocol::receipt::{Move, Moved, Receipt, Recorded, Taken};
use locker_protocol::uplink::{
    Batch, Changes, EntryBytes, Held, Hello, HelloAnswer, SealedBytes, Standing, TokenAnswer, TokenProof,
    TokenRequest,
};
use locker_protocol::{
    CaseId, Change, CodeTag, CompartmentId, Entry, Event, Hash, JournalId, Label, LabelTag, LockerId, Nonce,
    Numbered, OpeningId, OrderId, ParcelId, Pass, PublicKey, RecipientId, Refusal, Right, Size, StaffId,
    TenantId,
};

type Samples<T> = Vec<(&'static str, T)>;

/// Samples of an enum, variant by variant.
macro_rules! variants {
    ($type:ty { $($pattern:pat => [$($name:literal: $value:expr),+ $(,)?]),+ $(,)? }) => {{
        // No wildcard: a new variant does not compile until it has its line here.
        fn known(value: &$type) {
            match value { $($pattern => {}),+ }
        }
        let samples: Samples<$type> = vec![$($(($name, $value)),+),+];
        $(assert!(samples.iter().any(|(_, sample)| matches!(sample, $pattern)), "no {}", stringify!($pattern));)+
        samples.iter().for_each(|(_, sample)| known(sample));
        samples
    }};
}

fn parcel() -> ParcelId {
    ParcelId(1_000_001)
}

fn label() -> Label {
    Label::new("JJD0099 9021-4474").unwrap()
}

pub fn announcement() -> Announcement {
    Announcement {
        parcel: parcel(),
        tenant: TenantId(3),
        label: label(),
        label_tag: LabelTag(0x0102_0304_0506_0708),
        recipient: RecipientId(5_000_000_000),
        code: CodeTag([0xc0; 32]),
        size: Size::M,
        retention_s: 259_200,
        reachable: true,
        order: None,
        keep: None,
    }
}

/// The same, to be kept cold.
fn announcement_kept_cold() -> Announcement {
    Announcement {
        keep: Some(TemperatureRange { low_tenths_c: -185, high_tenths_c: 80 }),
        ..announcement_of_order()
    }
}

/// The same, as a part of an order.
fn announcement_of_order() -> Announcement {
    Announcement { order: Some(Order { id: OrderId(0x0a0b_0c0d), parcels: 3 }), ..announcement() }
}

fn temperature(tenths_c: Option<i16>, compartments: Vec<CompartmentId>) -> Event {
    Event::Temperature { sensor: "cold".to_owned(), tenths_c, in_range: false, compartments }
}

fn return_announcement() -> ReturnAnnouncement {
    ReturnAnnouncement {
        parcel: parcel(),
        tenant: TenantId(3),
        label: label(),
        label_tag: LabelTag(0x0102_0304_0506_0708),
        code: Some(CodeTag([0xc4; 32])),
        size: Some(Size::M),
    }
}

pub fn receipts() -> Samples<Receipt> {
    variants!(Recorded {
        Recorded::Sent { .. } => [
            "sent": Recorded::Sent { parcel: parcel(), compartment: CompartmentId(24) },
        ],
        Recorded::Stop { .. } => [
            "stop": Recorded::Stop {
                tenant: TenantId(3),
                moves: vec![
                    Move { parcel: parcel(), compartment: CompartmentId(24), what: Moved::In },
                    Move { parcel: ParcelId(2_000_002), compartment: CompartmentId(7), what: Moved::Out },
                ],
            },
        ],
        Recorded::Collected { .. } => [
            "collected": Recorded::Collected {
                compartment: CompartmentId(24),
                parcels: vec![parcel(), ParcelId(2_000_002)],
            },
        ],
        Recorded::Visit { .. } => [
            "visit": Recorded::Visit {
                taken: vec![
                    Taken { parcel: parcel(), compartment: CompartmentId(24) },
                    Taken { parcel: ParcelId(2_000_002), compartment: CompartmentId(7) },
                ],
            },
        ],
    })
    .into_iter()
    .map(|(name, what)| {
        let (locker, journal) = (LockerId(70_000), JournalId([0x10; 16]));
        (name, Receipt { locker, journal, seq: 300, unix_s: 1_800_000_000, from_hub: true, what })
    })
    .collect()
}

fn courier() -> Staff {
    Staff { staff: StaffId(77), tenant: TenantId(3), role: Role::Courier, pin: Some(CodeTag([0xc1; 32])) }
}

fn technician() -> Staff {
    Staff { staff: StaffId(78), tenant: TenantId(0), role: Role::Technician, pin: None }
}

fn sealed(byte: u8) -> SealedBytes {
    SealedBytes(vec![byte; 5])
}

pub fn witnesses() -> Samples<Witness> {
    vec![("witness", Witness { journal: JournalId([0x10; 16]), seq: 300, hash: Hash([0x20; 32]) })]
}

pub fn events() -> Samples<Event> {
    let (parcel, opening, compartment) = (parcel(), OpeningId(12), CompartmentId(24));
    variants!(Event {
        Event::Started { .. } => ["started": Event::Started { version: "0.1.0".to_owned() }],
        Event::Enrolled { .. } => ["enrolled": Event::Enrolled { locker: LockerId(70_000) }],
        Event::Recovered { .. } => [
            "recovered": Event::Recovered { before: JournalId([0x11; 16]), verified: 41, missing: 3 },
        ],
        Event::Applied { .. } => [
            "applied": Event::Applied { number: 9, change: Change::Cancel { parcel } },
            "applied-refill": Event::Applied { number: 10, change: Change::RefillCodes },
        ],
        Event::Refused { .. } => ["refused": Event::Refused { number: 11, why: Refusal::Inside }],
        Event::Admitted { .. } => [
            "admitted-by-pass": Event::Admitted {
                parcel,
                announcement: Some(announcement()),
                label: label(),
                label_tag: LabelTag(0x0102_0304_0506_0708),
                tenant: TenantId(3),
                size: Size::M,
            },
            "admitted-unannounced": Event::Admitted {
                parcel: ParcelId::made_here(LockerId(70_000), 6),
                announcement: None,
                label: label(),
                label_tag: LabelTag(u64::MAX),
                tenant: TenantId(4),
                size: Size::S,
            },
        ],
        Event::Claimed { .. } => ["claimed": Event::Claimed { parcel, recipient: RecipientId(5_000_000_000) }],
        Event::Began { .. } => [
            "began-deposit": Event::Began {
                opening,
                compartment,
                purpose: Purpose::Deposit,
                entitled: Entitled::Courier { staff: StaffId(77), tenant: TenantId(3) },
                goes_in: vec![parcel],
                comes_out: vec![],
                baseline: Door::Closed,
            },
            "began-collect": Event::Began {
                opening,
                compartment,
                purpose: Purpose::Collect,
                entitled: Entitled::Recipient { recipient: RecipientId(5_000_000_000), by: Proof::Code },
                goes_in: vec![],
                comes_out: vec![parcel, ParcelId(2)],
                baseline: Door::Unknown,
            },
        ],
        Event::Tried { .. } => ["tried": Event::Tried { opening, attempt: 1 }],
        Event::Answered { .. } => [
            "answered": Event::Answered { opening, attempt: 2, answer: Answer::Unclear },
        ],
        Event::Opened { .. } => ["opened": Event::Opened { opening }],
        Event::Ended { .. } => ["ended": Event::Ended { opening, outcome: Outcome::Closed }],
        Event::Settled { .. } => [
            "settled-by-time": Event::Settled { compartment, holds: vec![parcel], by: None },
            "settled-by-staff": Event::Settled { compartment, holds: vec![], by: Some(StaffId(78)) },
        ],
        Event::Doubted { .. } => ["doubted": Event::Doubted { compartment, why: Doubt::OpenedUnasked }],
        Event::Service { .. } => [
            "service-out": Event::Service { compartment, out: Some(OutOfService::Stuck), by: None },
            "service-back": Event::Service { compartment, out: None, by: None },
            "service-out-by-staff": Event::Service {
                compartment,
                out: Some(OutOfService::ByStaff),
                by: Some(StaffId(78)),
            },
        ],
        Event::Missed { .. } => ["missed": Event::Missed { guess: Guess::Code }],
        Event::MissForgiven { .. } => ["miss-forgiven": Event::MissForgiven { guess: Guess::Pin }],
        Event::Waited { .. } => [
            "waited": Event::Waited { seconds: 3_600, doors: vec![compartment, CompartmentId(300)] },
        ],
        Event::Expired { .. } => ["expired": Event::Expired { parcel }],
        Event::CaseRaised { .. } => [
            "case-raised-in-opening": Event::CaseRaised {
                case: CaseId(8),
                problem: Problem::Empty,
                compartment,
                opening: Some(opening),
            },
            "case-raised-outside": Event::CaseRaised {
                case: CaseId(9),
                problem: Problem::OpenedUnasked,
                compartment,
                opening: None,
            },
        ],
        Event::SignedIn { .. } => ["signed-in": Event::SignedIn { staff: StaffId(77) }],
        Event::FloorRaised { .. } => ["floor-raised": Event::FloorRaised { unix_s: 1_800_000_000 }],
        Event::Declined { .. } => ["declined": Event::Declined { opening, why: Decline::TooSmall }],
        Event::LeftOver { .. } => [
            "left-over-no-room": Event::LeftOver {
                parcel: Some(parcel),
                label_tag: LabelTag(0x0102_0304_0506_0708),
                why: WhyLeftOver::NoRoom { size: Size::L },
            },
            "left-over-doors-silent": Event::LeftOver {
                parcel: None,
                label_tag: LabelTag(9),
                why: WhyLeftOver::DoorsSilent,
            },
            "left-over-does-not-fit": Event::LeftOver {
                parcel: None,
                label_tag: LabelTag(u64::MAX),
                why: WhyLeftOver::DoesNotFit,
            },
            "left-over-not-kept": Event::LeftOver {
                parcel: Some(parcel),
                label_tag: LabelTag(9),
                why: WhyLeftOver::NotKept,
            },
        ],
        Event::Seen { .. } => ["seen": Event::Seen { opening, parcel }],
        Event::Power { .. } => ["power": Event::Power { supply: Supply::BatteryLow }],
        Event::Tampered { .. } => ["tampered": Event::Tampered { sensor: "back wall".to_owned() }],
        Event::Temperature { .. } => [
            "temperature": temperature(Some(-85), vec![]),
            "temperature-unknown": temperature(None, vec![]),
            "temperature-of-compartments": temperature(Some(91), vec![compartment, CompartmentId(410)]),
        ],
        Event::SignedOut { .. } => [
            "signed-out": Event::SignedOut { staff: StaffId(77), stored: 33, taken_out: 4, left_over: 300 },
        ],
    })
}

pub fn entries() -> Samples<Entry> {
    let stamp = Stamp { mono_ms: 86_400_000, unix_s: 1_800_000_000, from_hub: true };
    vec![
        (
            "first",
            Entry {
                journal: JournalId([0x10; 16]),
                seq: 1,
                at: Stamp { mono_ms: 0, unix_s: 0, from_hub: false },
                before: Hash([0; 32]),
                event: Event::Started { version: "0.1.0".to_owned() },
            },
        ),
        (
            "later",
            Entry {
                journal: JournalId([0x10; 16]),
                seq: 300,
                at: stamp,
                before: Hash([0x20; 32]),
                event: Event::Opened { opening: OpeningId(12) },
            },
        ),
    ]
}

pub fn entitled() -> Samples<Entitled> {
    let staff = StaffId(77);
    variants!(Entitled {
        Entitled::Recipient { .. } => [
            "recipient": Entitled::Recipient { recipient: RecipientId(5_000_000_000), by: Proof::Pass },
        ],
        Entitled::Courier { .. } => ["courier": Entitled::Courier { staff, tenant: TenantId(3) }],
        Entitled::Depositor { .. } => [
            "depositor": Entitled::Depositor { staff: Some(staff) },
            "depositor-by-pass": Entitled::Depositor { staff: None },
        ],
        Entitled::DepositPass { .. } => ["deposit-pass": Entitled::DepositPass { parcel: parcel() }],
        Entitled::Technician { .. } => ["technician": Entitled::Technician { staff }],
        Entitled::Sender { .. } => ["sender": Entitled::Sender { parcel: parcel(), by: Proof::Label }],
    })
}

pub fn changes() -> Samples<Change> {
    let parcel = parcel();
    variants!(Change {
        Change::Announce { .. } => [
            "announce": Change::Announce { announcement: announcement() },
            "announce-of-order": Change::Announce { announcement: announcement_of_order() },
            "announce-kept-cold": Change::Announce { announcement: announcement_kept_cold() },
        ],
        Change::Cancel { .. } => ["cancel": Change::Cancel { parcel }],
        Change::Extend { .. } => ["extend": Change::Extend { parcel, by_s: 86_400 }],
        Change::Recall { .. } => ["recall": Change::Recall { parcel }],
        Change::NewCode { .. } => ["new-code": Change::NewCode { parcel, code: CodeTag([0xc2; 32]) }],
        Change::Match { .. } => [
            "match": Change::Match {
                parcel: ParcelId::made_here(LockerId(70_000), 6),
                recipient: RecipientId(5_000_000_000),
                code: CodeTag([0xc3; 32]),
                retention_s: 172_800,
            },
        ],
        Change::AnnounceReturn { .. } => [
            "announce-return": Change::AnnounceReturn { announcement: return_announcement() },
            "announce-return-by-label-alone": Change::AnnounceReturn {
                announcement: ReturnAnnouncement { code: None, size: None, ..return_announcement() },
            },
        ],
        Change::Staff { .. } => ["staff": Change::Staff { staff: courier() }],
        Change::RevokeStaff { .. } => ["revoke-staff": Change::RevokeStaff { staff: StaffId(77) }],
        Change::RefillCodes => ["refill-codes": Change::RefillCodes],
        Change::Service { .. } => [
            "service": Change::Service { compartment: CompartmentId(24), in_service: false },
        ],
        Change::AnswerCase { .. } => [
            "answer-case-open-again": Change::AnswerCase {
                case: CaseId(8),
                answer: CaseAnswer::OpenAgain { parcel },
            },
            "answer-case-extend": Change::AnswerCase {
                case: CaseId(8),
                answer: CaseAnswer::Extend { parcel, by_s: 86_400 },
            },
            "answer-case-staff-comes": Change::AnswerCase { case: CaseId(8), answer: CaseAnswer::StaffComes },
        ],
    })
}

pub fn numbered() -> Samples<Numbered> {
    vec![(
        "cancel",
        Numbered { locker: LockerId(70_000), number: 9, change: Change::Cancel { parcel: parcel() } },
    )]
}

pub fn staff_entries() -> Samples<Staff> {
    vec![("courier-with-pin", courier()), ("technician-without-pin", technician())]
}

pub fn rights() -> Samples<Right> {
    let recipient = RecipientId(5_000_000_000);
    variants!(Right {
        Right::Collect { .. } => [
            "collect": Right::Collect { recipient, label: None },
            "collect-unannounced": Right::Collect { recipient, label: Some(LabelTag(u64::MAX)) },
        ],
        Right::Deposit { .. } => [
            "deposit": Right::Deposit { announcement: announcement() },
            "deposit-of-order": Right::Deposit { announcement: announcement_of_order() },
            "deposit-kept-cold": Right::Deposit { announcement: announcement_kept_cold() },
        ],
        Right::SignIn { .. } => ["sign-in": Right::SignIn { staff: technician() }],
    })
}

pub fn passes() -> Samples<Pass> {
    let (locker, expires_unix_s) = (LockerId(70_000), Some(1_800_000_000));
    let collect = Right::Collect { recipient: RecipientId(5_000_000_000), label: None };
    vec![
        ("collect", Pass { locker, expires_unix_s: None, right: collect }),
        ("deposit", Pass { locker, expires_unix_s, right: Right::Deposit { announcement: announcement() } }),
        ("sign-in", Pass { locker, expires_unix_s, right: Right::SignIn { staff: courier() } }),
    ]
}

pub fn to_kiosk() -> Samples<ToKiosk> {
    variants!(ToKiosk {
        ToKiosk::Ready { .. } => [
            "ready": ToKiosk::Ready { transport_key: PublicKey([0x30; 32]), witness: Some(sealed(6)) },
            "ready-for-the-first-time": ToKiosk::Ready { transport_key: PublicKey([0x30; 32]), witness: None },
        ],
        ToKiosk::Enrolled { .. } => ["enrolled": ToKiosk::Enrolled { answer: sealed(1) }],
        ToKiosk::Session { .. } => ["session": ToKiosk::Session { hub_nonce: Nonce([0x40; 16]) }],
        ToKiosk::HelloAnswer { .. } => ["hello-answer": ToKiosk::HelloAnswer { answer: sealed(2) }],
        ToKiosk::Changes { .. } => ["changes": ToKiosk::Changes { changes: vec![sealed(3), sealed(4)] }],
        ToKiosk::Held { .. } => ["held": ToKiosk::Held { held: sealed(5) }],
        ToKiosk::Offline => ["offline": ToKiosk::Offline],
        ToKiosk::Online => ["online": ToKiosk::Online],
    })
}

pub fn to_sync() -> Samples<ToSync> {
    variants!(ToSync {
        ToSync::Enrol { .. } => ["enrol": ToSync::Enrol { request: sealed(1) }],
        ToSync::Identity { .. } => [
            "identity": ToSync::Identity { locker: LockerId(70_000), certificate: sealed(2) },
        ],
        ToSync::Hello { .. } => ["hello": ToSync::Hello { hello: sealed(3) }],
        ToSync::Batch { .. } => ["batch": ToSync::Batch { batch: sealed(4), witness: sealed(6) }],
        ToSync::Cursor { .. } => ["cursor": ToSync::Cursor { number: 9 }],
    })
}

pub fn enrol_requests() -> Samples<EnrolRequest> {
    let request = EnrolRequest {
        claim: Hash([0x21; 32]),
        exchange_key: PublicKey([0x31; 32]),
        journal_key: PublicKey([0x32; 32]),
        mac: Hash([0x22; 32]),
    };
    vec![("enrol-request", request)]
}

pub fn enrol_answers() -> Samples<EnrolAnswer> {
    let answer = EnrolAnswer {
        locker: LockerId(70_000),
        exchange_key: PublicKey([0x33; 32]),
        hub_key: PublicKey([0x34; 32]),
        mac: Hash([0x23; 32]),
    };
    vec![("enrol-answer", answer)]
}

pub fn transport_certificates() -> Samples<TransportCertificate> {
    let certificate = TransportCertificate { locker: LockerId(70_000), transport_key: PublicKey([0x30; 32]) };
    vec![("transport-certificate", certificate)]
}

pub fn hellos() -> Samples<Hello> {
    let hello = Hello {
        locker: LockerId(70_000),
        journal: JournalId([0x10; 16]),
        head: 300,
        head_hash: Hash([0x20; 32]),
        cursor: 9,
        generation: 1,
        hub_nonce: Nonce([0x40; 16]),
        kiosk_nonce: Nonce([0x41; 16]),
        version: "0.1.0".to_owned(),
    };
    vec![("hello", hello)]
}

pub fn hello_answers() -> Samples<HelloAnswer> {
    let answer = HelloAnswer {
        locker: LockerId(70_000),
        kiosk_nonce: Nonce([0x41; 16]),
        unix_s: 1_800_000_000,
        generation: 1,
        held: 299,
        standing: Standing::InStep,
    };
    vec![("hello-answer", answer)]
}

pub fn batches() -> Samples<Batch> {
    let batch = Batch {
        locker: LockerId(70_000),
        journal: JournalId([0x10; 16]),
        first: 299,
        before: Hash([0x24; 32]),
        entries: vec![EntryBytes(vec![1, 2, 3]), EntryBytes(vec![4, 5])],
        last_hash: Hash([0x20; 32]),
        hub_nonce: Nonce([0x40; 16]),
        kiosk_nonce: None,
    };
    let answerable = Batch { kiosk_nonce: Some(Nonce([0x41; 16])), ..batch.clone() };
    vec![("batch", batch), ("with-a-nonce", answerable)]
}

pub fn held() -> Samples<Held> {
    let held =
        Held { locker: LockerId(70_000), journal: JournalId([0x10; 16]), up_to: 300, kiosk_nonce: None };
    let answering = Held { kiosk_nonce: Some(Nonce([0x41; 16])), ..held.clone() };
    vec![("held", held), ("with-a-nonce", answering)]
}

pub fn change_lists() -> Samples<Changes> {
    vec![("none", Changes::default()), ("two", Changes { changes: vec![sealed(3), sealed(4)] })]
}

pub fn token_requests() -> Samples<TokenRequest> {
    vec![("token-request", TokenRequest { certificate: sealed(2), proof: sealed(6) })]
}

pub fn token_proofs() -> Samples<TokenProof> {
    vec![("token-proof", TokenProof { locker: LockerId(70_000), hub_nonce: Nonce([0x40; 16]) })]
}

pub fn token_answers() -> Samples<TokenAnswer> {
    let answer = TokenAnswer { token: "a-token".to_owned(), lives_s: 600, hub_nonce: Nonce([0x40; 16]) };
    vec![("token-answer", answer)]
}

pub fn claims() -> Samples<Claim> {
    vec![
        ("zeros", Claim([0; 16])),
        ("ones", Claim([0xff; 16])),
        ("counting", Claim([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])),
    ]
}

/// All variants of an enum without fields, by name.
macro_rules! plain {
    ($function:ident: $type:ident { $($variant:ident),+ $(,)? }) => {
        pub fn $function() -> Samples<$type> {
            // No wildcard: a new variant does not compile until it is listed.
            fn name(value: $type) -> &'static str {
                match value { $($type::$variant => stringify!($variant)),+ }
            }
            [$($type::$variant),+].into_iter().map(|value| (name(value), value)).collect()
        }
    };
}

plain! { doors: Door { Unknown, Closed, Open } }
plain! { purposes: Purpose { Deposit, Collect, Retrieve, Send, Service } }
plain! { proofs: Proof { Code, Pass, Label } }
plain! { answers: Answer { NotSent, Sent, Refused, Unclear } }
plain! { outcomes: Outcome { Closed, NeverOpened, NotSeen, Interrupted, LeftOpen, SaidEmpty, SaidNotMine } }
plain! { doubts: Doubt { OpenedUnasked, HistoryCut, SaidOpen, Found, ItemSeen, ItemGone } }
plain! { supplies: Supply { Mains, Battery, BatteryLow, BatteryEmpty } }
plain! { out_of_service: OutOfService { Stuck, SensorFault, InterruptedTwice, ByHub, Found, ByStaff } }
plain! { guesses: Guess { Code, Pin } }
plain! {
    problems: Problem {
        Stuck, Empty, NotMine, LeftOpen, OpenedUnasked, InterruptedTwice, SensorFault, Found, Missing,
    }
}
plain! { declines: Decline { TooSmall, TooLarge, DoesNotFit, Found } }
plain! { roles: Role { Courier, Technician } }
plain! { refusals: Refusal { NotKnown, Inside, NotInside, Over, Conflict, Full } }
plain! { sizes: Size { S, M, L } }
plain! { standings: Standing { InStep, Forked, CursorUnknown } }
