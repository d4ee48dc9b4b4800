//! Whatever a locker journals, the hub holds it, once and in order, and goes on answering.

use std::collections::BTreeSet;

use locker_protocol::change::{CaseAnswer, Refusal, ReturnAnnouncement};
use locker_protocol::event::{
    Answer, Decline, Door, Doubt, Entitled, Event, OutOfService, Outcome, Problem, Proof, Purpose, Supply,
    WhyLeftOver,
};
use locker_protocol::receipt::{Move, Moved, Recorded};
use locker_protocol::{
    CaseId, Change, CodeTag, CompartmentId, JournalId, Label, LabelTag, OpeningId, ParcelId, Receipt,
    RecipientId, Size, StaffId, TenantId,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::fake_locker::FakeLocker;
use crate::receipts::{bring, receipt};
use crate::running::RunningHub;

const JOURNALS: u32 = 60;
const ENTRIES: usize = 100;

/// Few numbers, so that events meet; and some that fit nothing. Each locker has its own.
fn parcel(locker: u32) -> impl Strategy<Value = ParcelId> {
    let own = (1..5_u32).prop_map(move |count| ParcelId::made_here(locker_protocol::LockerId(locker), count));
    prop_oneof![8 => own, 1 => any::<u64>().prop_map(ParcelId)]
}

fn compartment() -> impl Strategy<Value = CompartmentId> {
    prop_oneof![8 => 1..4_u16, 1 => any::<u16>()].prop_map(CompartmentId)
}

fn opening() -> impl Strategy<Value = OpeningId> {
    prop_oneof![8 => 1..4_u64, 1 => any::<u64>()].prop_map(OpeningId)
}

fn case() -> impl Strategy<Value = CaseId> {
    prop_oneof![4 => 1..6_u32, 1 => any::<u32>()].prop_map(CaseId)
}

/// What phones bring, of any of the journal's entries or of one that never comes.
fn receipts(locker: u32) -> impl Strategy<Value = Vec<(u64, Recorded)>> {
    let moved = (parcel(locker), compartment(), select(&[Moved::In, Moved::Out][..]))
        .prop_map(|(parcel, compartment, what)| Move { parcel, compartment, what });
    let what = prop_oneof![
        vec(moved, 0..4).prop_map(|moves| Recorded::Stop { tenant: TenantId(7), moves }),
        (compartment(), vec(parcel(locker), 0..3))
            .prop_map(|(compartment, parcels)| Recorded::Collected { compartment, parcels }),
        (parcel(locker), compartment())
            .prop_map(|(parcel, compartment)| Recorded::Sent { parcel, compartment }),
    ];
    vec((0..ENTRIES as u64 + 9, what), 0..6)
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..9_u64, any::<u64>()]
}

fn entitled(locker: u32) -> impl Strategy<Value = Entitled> {
    prop_oneof![
        any::<u64>().prop_map(|id| Entitled::Recipient { recipient: RecipientId(id), by: Proof::Pass }),
        any::<u32>().prop_map(|id| Entitled::Courier { staff: StaffId(id), tenant: TenantId(7) }),
        Just(Entitled::Depositor { staff: None }),
        parcel(locker).prop_map(|parcel| Entitled::DepositPass { parcel }),
        any::<u32>().prop_map(|id| Entitled::Technician { staff: StaffId(id) }),
        parcel(locker).prop_map(|parcel| Entitled::Sender { parcel, by: Proof::Label }),
    ]
}

fn change(locker: u32) -> impl Strategy<Value = Change> {
    let parcel = move || parcel(locker);
    prop_oneof![
        parcel().prop_map(|parcel| Change::Cancel { parcel }),
        (parcel(), any::<u32>()).prop_map(|(parcel, by_s)| Change::Extend { parcel, by_s }),
        parcel().prop_map(|parcel| Change::Recall { parcel }),
        parcel().prop_map(|parcel| Change::NewCode { parcel, code: CodeTag([3; 32]) }),
        (parcel(), any::<u64>()).prop_map(|(parcel, id)| Change::Match {
            parcel,
            recipient: RecipientId(id),
            code: CodeTag([4; 32]),
            retention_s: 60,
        }),
        (compartment(), any::<bool>())
            .prop_map(|(compartment, in_service)| Change::Service { compartment, in_service }),
        Just(Change::RefillCodes),
        (case(), parcel())
            .prop_map(|(case, parcel)| Change::AnswerCase { case, answer: CaseAnswer::OpenAgain { parcel } }),
        case().prop_map(|case| Change::AnswerCase { case, answer: CaseAnswer::StaffComes }),
        parcel().prop_map(|parcel| Change::AnnounceReturn {
            announcement: ReturnAnnouncement {
                parcel,
                tenant: TenantId(7),
                label: Label::new("ANY RETURN").unwrap(),
                label_tag: LabelTag(1),
                code: None,
                size: None,
            }
        }),
    ]
}

const PURPOSES: [Purpose; 5] =
    [Purpose::Deposit, Purpose::Collect, Purpose::Retrieve, Purpose::Send, Purpose::Service];
const OUTCOMES: [Outcome; 7] = [
    Outcome::Closed,
    Outcome::NeverOpened,
    Outcome::NotSeen,
    Outcome::Interrupted,
    Outcome::LeftOpen,
    Outcome::SaidEmpty,
    Outcome::SaidNotMine,
];

fn event(locker: u32) -> impl Strategy<Value = Event> {
    let parcel = move || parcel(locker);
    let parcels = move || vec(parcel(), 0..3);
    prop_oneof![
        6 => parcel().prop_map(|parcel| Event::Admitted {
            parcel,
            announcement: None,
            label: Label::new("ANY").unwrap(),
            label_tag: LabelTag(1),
            tenant: TenantId(7),
            size: Size::S,
        }),
        10 => (opening(), compartment(), select(&PURPOSES[..]), entitled(locker), parcels(), parcels()).prop_map(
            |(opening, compartment, purpose, entitled, goes_in, comes_out)| Event::Began {
                opening, compartment, purpose, entitled, goes_in, comes_out, baseline: Door::Closed,
            }
        ),
        12 => (opening(), select(&OUTCOMES[..])).prop_map(|(opening, outcome)| Event::Ended { opening, outcome }),
        3 => (compartment(), parcels())
            .prop_map(|(compartment, holds)| Event::Settled { compartment, holds, by: None }),
        2 => compartment().prop_map(|compartment| Event::Doubted { compartment, why: Doubt::SaidOpen }),
        1 => (compartment(), option::of(Just(OutOfService::Stuck)))
            .prop_map(|(compartment, out)| Event::Service { compartment, out, by: None }),
        1 => (any::<u32>(), vec(compartment(), 0..3))
            .prop_map(|(seconds, doors)| Event::Waited { seconds, doors }),
        1 => parcel().prop_map(|parcel| Event::Expired { parcel }),
        1 => (parcel(), any::<u64>())
            .prop_map(|(parcel, id)| Event::Claimed { parcel, recipient: RecipientId(id) }),
        2 => (case(), compartment(), option::of(opening())).prop_map(|(case, compartment, opening)| {
            Event::CaseRaised { case, problem: Problem::Stuck, compartment, opening }
        }),
        2 => (opening(), select(&[Decline::TooSmall, Decline::Found][..]))
            .prop_map(|(opening, why)| Event::Declined { opening, why }),
        1 => (opening(), parcel()).prop_map(|(opening, parcel)| Event::Seen { opening, parcel }),
        1 => option::of(parcel()).prop_map(|parcel| Event::LeftOver {
            parcel,
            label_tag: LabelTag(1),
            why: WhyLeftOver::DoesNotFit,
        }),
        1 => any::<(u32, u16)>().prop_map(|(staff, count)| Event::SignedOut {
            staff: StaffId(staff),
            stored: count,
            taken_out: count,
            left_over: 0,
        }),
        2 => (opening(), any::<u8>()).prop_map(|(opening, attempt)| Event::Tried { opening, attempt }),
        1 => opening().prop_map(|opening| Event::Answered { opening, attempt: 1, answer: Answer::Unclear }),
        2 => opening().prop_map(|opening| Event::Opened { opening }),
        2 => (number(), change(locker)).prop_map(|(number, change)| Event::Applied { number, change }),
        1 => number().prop_map(|number| Event::Refused { number, why: Refusal::Full }),
        1 => (any::<u64>(), number()).prop_map(|(verified, missing)| Event::Recovered {
            before: JournalId([1; 16]),
            verified,
            missing,
        }),
        1 => select(&[Supply::Mains, Supply::Battery][..]).prop_map(|supply| Event::Power { supply }),
        1 => "\\PC{0,60}".prop_map(|sensor| Event::Tampered { sensor }),
        3 => ("[a-c]", option::of(any::<i16>()), any::<bool>(), vec(compartment(), 0..3)).prop_map(
            |(sensor, tenths_c, in_range, compartments)| Event::Temperature {
                sensor, tenths_c, in_range, compartments,
            }
        ),
        1 => "\\PC{0,80}".prop_map(|version| Event::Started { version }),
    ]
}

#[tokio::test]
async fn any_journal_is_held_whole_and_the_hub_goes_on_answering() {
    let hub = RunningHub::start().await;
    let mut runner = TestRunner::deterministic();
    let mut states = BTreeSet::new();
    let mut statuses = BTreeSet::new();
    let mut stories = 0;
    let tenant = hub.tenant_key(7);
    for _ in 0..JOURNALS {
        let mut locker = FakeLocker::enrolled(&hub).await;
        let journals = vec(event(locker.id.0), ENTRIES);
        locker.write(journals.new_tree(&mut runner).unwrap().current());
        let middle = ENTRIES as u64 / 2;
        locker.send(&hub, 1, middle).await;
        for (seq, what) in receipts(locker.id.0).new_tree(&mut runner).unwrap().current() {
            let text = Receipt { seq, ..receipt(&locker, what) }.to_text(&locker.journal_key);
            let status = bring(&hub, &text).await.status;
            assert!(matches!(status, 200 | 409), "{status}");
            statuses.insert(status);
        }
        // So many come from one address in no time.
        hub.pass_s(60);
        locker.send(&hub, middle + 1, ENTRIES as u64).await;
        let at = format!("/v1/lockers/{}", locker.id);
        let events = hub.get(&hub.operator, &format!("{at}/events?limit=200")).await.expect(200);
        assert_eq!(events["items"].as_array().unwrap().len(), ENTRIES);
        hub.get(&hub.operator, &at).await.expect(200);
        hub.get(&hub.operator, &format!("{at}/set-aside?limit=200")).await.expect(200);
        let cases = hub.get(&hub.operator, &format!("/v1/cases?locker={}", locker.id)).await.expect(200);
        for case in cases["items"].as_array().unwrap() {
            let path = format!("/v1/cases/{}", case["case"]);
            stories += hub.get(&hub.operator, &path).await.expect(200)["story"].as_array().unwrap().len();
            hub.get(&tenant, &path).await;
        }
        let compartments = hub.get(&hub.operator, &format!("{at}/compartments")).await.expect(200);
        for item in compartments["items"].as_array().unwrap() {
            let is_empty = item["parcels"].as_array().unwrap().is_empty();
            assert!(item["contents"] != "empty" || is_empty, "{item}");
        }
        let parcels =
            hub.get(&hub.operator, &format!("/v1/parcels?limit=200&locker={}", locker.id)).await.expect(200);
        for parcel in parcels["items"].as_array().unwrap() {
            let somewhere = matches!(parcel["state"].as_str(), Some("inside" | "doubtful"));
            assert_eq!(somewhere, parcel["compartment"].is_u64(), "{parcel}");
            states.insert(parcel["state"].as_str().unwrap().to_owned());
        }
        assert_eq!(locker.hello(&hub).await.held, ENTRIES as u64);
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 409]);
    assert!(stories > 100, "only {stories} sentences were told");
    let all = ["cancelled", "doubtful", "expected", "inside", "out"];
    assert!(states.iter().eq(all.iter()), "only {states:?} were reached");
}
