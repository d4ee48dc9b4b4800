//! The prover's own proof: to each kind of wrong unlock the oracle objects, and to none that is right.

use std::collections::{BTreeMap, BTreeSet};

use locker_protocol::event::{Entitled, Proof, Purpose};
use locker_protocol::{ParcelId, RecipientId, StaffId, TenantId};

use crate::oracle::{Asked, Deposit, Known, Objection, Shown, Window, judge};
use crate::people::{ANA, BEN, CORA, DAN, Item};

const FIRST: TenantId = TenantId(1);

/// What one may ask for, with a right to it; each test spoils one thing.
struct Case {
    purpose: Purpose,
    entitled: Entitled,
    goes_in: Vec<ParcelId>,
    comes_out: Vec<ParcelId>,
    inside: Vec<ParcelId>,
    brought: BTreeSet<ParcelId>,
    window: Option<Window>,
    deposit: Option<Deposit>,
    shown: BTreeSet<Shown>,
    revoked: BTreeSet<StaffId>,
    parcels: BTreeMap<ParcelId, Known>,
}

impl Case {
    fn of(purpose: Purpose, entitled: Entitled) -> Self {
        let parcels = [Item::Announced, Item::Others, Item::Second, Item::Returned].map(|item| {
            let known = Known {
                item,
                tenant: item.tenant(),
                recipient: Some(item.recipient()),
                sent_from_here: item.is_sent(),
                over: false,
                goes_back: false,
            };
            (number(item), known)
        });
        Self {
            purpose,
            entitled,
            goes_in: vec![],
            comes_out: vec![],
            inside: vec![],
            brought: BTreeSet::new(),
            window: None,
            deposit: None,
            shown: BTreeSet::new(),
            revoked: BTreeSet::new(),
            parcels: BTreeMap::from(parcels),
        }
    }

    fn judged(&self) -> Result<(), Objection> {
        judge(&Asked {
            purpose: self.purpose,
            entitled: self.entitled,
            goes_in: &self.goes_in,
            comes_out: &self.comes_out,
            inside: &self.inside,
            brought: &self.brought,
            window: self.window.as_ref(),
            deposit: self.deposit.as_ref(),
            shown: &self.shown,
            revoked: &self.revoked,
            parcels: &self.parcels,
        })
    }
}

fn number(item: Item) -> ParcelId {
    item.parcel().expect("announced")
}

fn recipient(recipient: RecipientId) -> Entitled {
    Entitled::Recipient { recipient, by: Proof::Pass }
}

fn courier(staff: StaffId) -> Entitled {
    Entitled::Courier { staff, tenant: crate::people::staff(staff).tenant }
}

fn collecting() -> Case {
    let mut case = Case::of(Purpose::Collect, recipient(ANA));
    case.inside = vec![number(Item::Announced)];
    case.comes_out = case.inside.clone();
    case.brought = case.inside.iter().copied().collect();
    case.shown.insert(Shown::Pass(ANA));
    case
}

fn depositing() -> Case {
    let mut case = Case::of(Purpose::Deposit, courier(CORA));
    case.goes_in = vec![number(Item::Announced)];
    case.shown = BTreeSet::from([Shown::Staff(CORA, FIRST), Shown::Label(Item::Announced)]);
    case
}

fn taking_out() -> Case {
    let mut case = collecting();
    case.purpose = Purpose::Retrieve;
    case.entitled = courier(CORA);
    case.shown = BTreeSet::from([Shown::Staff(CORA, FIRST)]);
    case.parcels.get_mut(&number(Item::Announced)).expect("known").goes_back = true;
    case
}

fn taking_back() -> Case {
    let mut case = taking_out();
    case.entitled = Entitled::Depositor { staff: Some(CORA) };
    case.deposit = Some(Deposit { parcel: number(Item::Announced), staff: Some(CORA), by_pass: false });
    case
}

fn by_deposit_pass() -> Case {
    let mut case = depositing();
    case.entitled = Entitled::DepositPass { parcel: number(Item::Announced) };
    case.shown = BTreeSet::from([Shown::DepositPass(number(Item::Announced))]);
    case
}

fn sending() -> Case {
    let parcel = number(Item::Returned);
    let mut case = Case::of(Purpose::Send, Entitled::Sender { parcel, by: Proof::Label });
    case.goes_in = vec![parcel];
    case.shown = BTreeSet::from([Shown::Label(Item::Returned)]);
    case
}

fn window_of(by: Entitled) -> Option<Window> {
    Some(Window { by, took: vec![number(Item::Announced)] })
}

#[test]
fn it_grants_what_is_a_right() {
    for right in [collecting(), depositing(), taking_out(), taking_back(), by_deposit_pass(), sending()] {
        assert_eq!(right.judged(), Ok(()), "{:?} by {:?}", right.purpose, right.entitled);
    }
    let mut reopened = collecting();
    reopened.window = window_of(recipient(ANA));
    reopened.shown = BTreeSet::from([Shown::Code(number(Item::Announced), ANA, false)]);
    assert_eq!(reopened.judged(), Ok(()), "whoever has just closed it");
}

#[test]
fn it_objects_when_nobody_showed_a_right() {
    for mut wrong in [collecting(), depositing(), taking_out(), taking_back(), by_deposit_pass(), sending()] {
        wrong.shown.clear();
        assert_eq!(wrong.judged(), Err(Objection::NotShown), "{:?}", wrong.entitled);
    }
    let mut others_pass = collecting();
    others_pass.shown = BTreeSet::from([Shown::Pass(BEN)]);
    assert_eq!(others_pass.judged(), Err(Objection::NotShown));
    let mut others_badge = taking_out();
    others_badge.shown = BTreeSet::from([Shown::Staff(DAN, TenantId(2))]);
    assert_eq!(others_badge.judged(), Err(Objection::NotShown));
    let mut used_code = collecting();
    used_code.shown = BTreeSet::from([Shown::Code(number(Item::Second), ANA, false)]);
    used_code.parcels.get_mut(&number(Item::Second)).expect("known").over = true;
    assert_eq!(used_code.judged(), Err(Objection::NotShown), "the code of a parcel that is over");
}

#[test]
fn it_objects_to_somebody_elses_parcel_behind_the_door() {
    let other = number(Item::Others);
    for mut wrong in [collecting(), taking_out(), taking_back()] {
        wrong.inside.push(other);
        assert_eq!(wrong.judged(), Err(Objection::SomebodyElses(other)), "{:?}", wrong.entitled);
    }
}

#[test]
fn it_objects_to_a_deposit_where_something_lies_or_somebody_may_come_back() {
    for mut wrong in [depositing(), by_deposit_pass(), sending()] {
        wrong.window = window_of(recipient(ANA));
        assert_eq!(wrong.judged(), Err(Objection::WindowRuns));
        wrong.inside.push(number(Item::Others));
        assert_eq!(wrong.judged(), Err(Objection::Occupied(number(Item::Others))));
    }
}

#[test]
fn it_objects_to_a_deposit_of_what_is_not_in_hand() {
    let mut not_scanned = depositing();
    not_scanned.shown.remove(&Shown::Label(Item::Announced));
    assert_eq!(not_scanned.judged(), Err(Objection::NotTheirsToDeposit));
    let mut another_carriers = depositing();
    another_carriers.goes_in = vec![number(Item::Others)];
    another_carriers.shown.insert(Shown::Label(Item::Others));
    assert_eq!(another_carriers.judged(), Err(Objection::NotTheirsToDeposit));
    let mut another_parcel = by_deposit_pass();
    another_parcel.goes_in = vec![number(Item::Others)];
    assert_eq!(another_parcel.judged(), Err(Objection::NotTheirsToDeposit));
}

#[test]
fn it_objects_to_sending_what_is_no_return_or_not_the_senders() {
    let mut a_delivery = sending();
    let delivery = number(Item::Announced);
    a_delivery.entitled = Entitled::Sender { parcel: delivery, by: Proof::Label };
    a_delivery.goes_in = vec![delivery];
    a_delivery.shown.insert(Shown::Label(Item::Announced));
    assert_eq!(a_delivery.judged(), Err(Objection::NotTheirsToSend));
    let mut sent_before = sending();
    sent_before.parcels.get_mut(&number(Item::Returned)).expect("known").over = true;
    assert_eq!(sent_before.judged(), Err(Objection::NotTheirsToSend));
    let mut takes_something_out = sending();
    takes_something_out.comes_out = vec![delivery];
    assert_eq!(takes_something_out.judged(), Err(Objection::NotTheirsToSend));
    let mut delivered_as_if = depositing();
    delivered_as_if.goes_in = vec![number(Item::Returned)];
    delivered_as_if.shown.insert(Shown::Label(Item::Returned));
    assert_eq!(delivered_as_if.judged(), Err(Objection::NotTheirsToDeposit));
}

#[test]
fn it_objects_to_whoever_is_revoked() {
    for mut wrong in [depositing(), taking_out(), taking_back()] {
        wrong.revoked.insert(CORA);
        assert_eq!(wrong.judged(), Err(Objection::Revoked));
    }
}

#[test]
fn it_objects_to_taking_out_what_still_waits_for_its_recipient() {
    let mut wrong = taking_out();
    wrong.parcels.get_mut(&number(Item::Announced)).expect("known").goes_back = false;
    assert_eq!(wrong.judged(), Err(Objection::DoesNotGoBack(number(Item::Announced))));
}

#[test]
fn it_objects_to_a_door_behind_which_nothing_of_theirs_is() {
    for mut wrong in [collecting(), taking_out()] {
        wrong.inside.clear();
        wrong.brought.clear();
        assert_eq!(wrong.judged(), Err(Objection::NothingOfTheirs));
    }
}

#[test]
fn it_objects_to_a_window_that_is_another_persons() {
    let mut wrong = collecting();
    wrong.window = window_of(recipient(BEN));
    assert_eq!(wrong.judged(), Err(Objection::WindowRuns));
    for mut wrong in [taking_out(), taking_back()] {
        wrong.window = window_of(recipient(ANA));
        assert_eq!(wrong.judged(), Err(Objection::WindowRuns));
    }
}

#[test]
fn it_objects_to_taking_back_another_persons_deposit() {
    let mut anothers = taking_back();
    anothers.deposit = Some(Deposit { parcel: number(Item::Announced), staff: Some(DAN), by_pass: false });
    assert_eq!(anothers.judged(), Err(Objection::NotTheirDeposit));
    let mut opened_since = taking_back();
    opened_since.deposit = None;
    assert_eq!(opened_since.judged(), Err(Objection::NotTheirDeposit));
    let mut another_parcel = taking_back();
    another_parcel.comes_out = vec![number(Item::Second)];
    assert_eq!(another_parcel.judged(), Err(Objection::NotTheirDeposit));
    let mut bearer = taking_back();
    bearer.entitled = Entitled::Depositor { staff: None };
    bearer.shown = BTreeSet::from([Shown::DepositPass(number(Item::Announced))]);
    assert_eq!(bearer.judged(), Err(Objection::NotTheirDeposit), "a signed-in courier put it in");
}

#[test]
fn it_objects_to_what_is_no_right_at_all() {
    for (purpose, entitled) in [
        (Purpose::Collect, courier(CORA)),
        (Purpose::Deposit, recipient(ANA)),
        (Purpose::Retrieve, recipient(ANA)),
        (Purpose::Service, Entitled::Technician { staff: CORA }),
        (Purpose::Deposit, Entitled::Depositor { staff: Some(CORA) }),
    ] {
        let mut wrong = collecting();
        (wrong.purpose, wrong.entitled) = (purpose, entitled);
        assert_eq!(wrong.judged(), Err(Objection::NoSuchRight), "{purpose:?} by {entitled:?}");
    }
}
