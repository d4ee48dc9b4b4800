//! What happens at a locker's doors, as the events that it journals of it.

use locker_protocol::event::{Door, Entitled, Event, Outcome, Proof, Purpose};
use locker_protocol::{CompartmentId, OpeningId, ParcelId, RecipientId, StaffId, TenantId};
use serde_json::{Value, json};

use crate::fake_locker::FakeLocker;
use crate::running::RunningHub;

pub const COURIER: Entitled = Entitled::Courier { staff: StaffId(1), tenant: TenantId(7) };
pub const RECIPIENT: Entitled = Entitled::Recipient { recipient: RecipientId(1), by: Proof::Code };
pub const DEPOSITOR: Entitled = Entitled::Depositor { staff: Some(StaffId(1)) };
pub const TECHNICIAN: Entitled = Entitled::Technician { staff: StaffId(2) };

/// An opening from its beginning to its outcome.
pub fn visit(
    opening: u64,
    compartment: u16,
    purpose: Purpose,
    entitled: Entitled,
    parcels: &[u64],
    outcome: Outcome,
) -> Vec<Event> {
    let parcels: Vec<_> = parcels.iter().copied().map(ParcelId).collect();
    let puts_in = matches!(purpose, Purpose::Deposit | Purpose::Send);
    let (goes_in, comes_out) = if puts_in { (parcels, vec![]) } else { (vec![], parcels) };
    let opening = OpeningId(opening);
    let compartment = CompartmentId(compartment);
    vec![
        Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, baseline: Door::Closed },
        Event::Tried { opening, attempt: 1 },
        Event::Ended { opening, outcome },
    ]
}

pub fn deposit(opening: u64, compartment: u16, parcel: u64) -> Vec<Event> {
    visit(opening, compartment, Purpose::Deposit, COURIER, &[parcel], Outcome::Closed)
}

pub fn settled(compartment: u16, holds: &[u64]) -> Event {
    let holds = holds.iter().copied().map(ParcelId).collect();
    Event::Settled { compartment: CompartmentId(compartment), holds, by: None }
}

pub fn announcement(locker: &FakeLocker, label: &str) -> Value {
    json!({
        "locker": locker.id.0,
        "tenant": 7,
        "label": label,
        "recipient": "customer 12",
        "size": "M",
        "retention_s": 86_400,
    })
}

/// Announces a parcel and lets the locker take the announcement. The answer is its number.
pub async fn announced(hub: &RunningHub, locker: &mut FakeLocker, label: &str) -> u64 {
    let answer = hub.post(&hub.operator, "/v1/parcels", &announcement(locker, label)).await.expect(201);
    locker.apply_changes(hub).await;
    answer["parcel"].as_str().unwrap().parse().unwrap()
}

pub async fn parcel(hub: &RunningHub, parcel: u64) -> Value {
    hub.get(&hub.operator, &format!("/v1/parcels/{parcel}")).await.expect(200)
}

/// State and compartment of a parcel.
pub async fn place(hub: &RunningHub, number: u64) -> (String, Option<u64>) {
    let parcel = parcel(hub, number).await;
    (parcel["state"].as_str().unwrap().to_owned(), parcel["compartment"].as_u64())
}

/// Contents of a compartment, and the parcels named there.
pub async fn contents(hub: &RunningHub, locker: &FakeLocker, compartment: u64) -> (String, Vec<u64>) {
    let path = format!("/v1/lockers/{}/compartments", locker.id);
    let answer = hub.get(&hub.operator, &path).await.expect(200);
    let found = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["compartment"] == compartment)
        .expect("the compartment is listed")
        .clone();
    let mut parcels: Vec<u64> = found["parcels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_str().unwrap().parse().unwrap())
        .collect();
    parcels.sort_unstable();
    (found["contents"].as_str().unwrap().to_owned(), parcels)
}
