//! What webhooks are told. A fact is queued for each webhook that it concerns in the transaction that makes it true, and
//! so exactly once; delivering it is another matter.

use data_encoding::HEXLOWER;
use locker_crypto::random;
use locker_protocol::event::Supply;
use locker_protocol::{CaseId, CompartmentId, LockerId, ParcelId, TenantId};
use rusqlite::Transaction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::books::BookError;
use crate::database::signed;
use crate::parcels::Origin;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum FactKind {
    /// A parcel is in a compartment: its recipient can be told.
    #[serde(rename = "parcel.inside")]
    ParcelInside,
    /// A parcel that a person sends is in a compartment: its courier can take it out.
    #[serde(rename = "return.inside")]
    ReturnInside,
    /// A parcel has waited for as long as it may; it stays collectable.
    #[serde(rename = "parcel.expired")]
    ParcelExpired,
    /// A parcel was taken out.
    #[serde(rename = "parcel.out")]
    ParcelOut,
    /// A courier brought a parcel, and it did not go in: it stays in the van.
    #[serde(rename = "parcel.left_over")]
    ParcelLeftOver,
    /// A problem was raised at a door.
    #[serde(rename = "case.raised")]
    CaseRaised,
    /// A locker runs on something else than before.
    #[serde(rename = "power.changed")]
    PowerChanged,
    /// Somebody shakes a locker, or opens what only staff open.
    #[serde(rename = "locker.tampered")]
    Tampered,
    /// A thermometer is out of its range, or says nothing any more.
    #[serde(rename = "temperature.out_of_range")]
    OutOfRange,
    /// A thermometer is back in its range; without a temperature, it was taken out of the locker's profile.
    #[serde(rename = "temperature.in_range")]
    InRange,
    /// A parcel lies, or may lie, in a compartment whose thermometer is out of its range.
    #[serde(rename = "parcel.temperature_out_of_range")]
    ParcelOutOfRange,
    /// A parcel still lies, or may lie, in a compartment whose thermometer was out of its range and is back.
    #[serde(rename = "parcel.temperature_in_range")]
    ParcelInRange,
    /// A locker's journal does not say what a receipt that it signed says.
    #[serde(rename = "receipt.contradicted")]
    ReceiptContradicted,
}

impl FactKind {
    /// What is told when a parcel is inside.
    pub(crate) fn of_arrival(origin: Origin) -> Self {
        match origin {
            Origin::Return => Self::ReturnInside,
            Origin::Announced | Origin::DepositPass | Origin::Unannounced => Self::ParcelInside,
        }
    }
}

/// A fact. It names nobody: who wants to know more asks the hub.
pub(crate) struct Fact {
    pub(crate) kind: FactKind,
    pub(crate) locker: LockerId,
    /// Whose parcel it is about; none for what only concerns operators.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) parcel: Option<ParcelId>,
    pub(crate) compartment: Option<CompartmentId>,
    pub(crate) case: Option<CaseId>,
    pub(crate) around: Option<Around>,
}

/// What is told of what happens around the doors.
#[derive(Clone)]
pub(crate) enum Around {
    /// What the locker runs on.
    Supply(SupplyView),
    /// The sensor that says so.
    Sensor(String),
    /// What a thermometer says; none is nothing.
    Reading { sensor: String, tenths_c: Option<i16> },
}

impl Around {
    fn supply(&self) -> Option<SupplyView> {
        if let Self::Supply(supply) = self { Some(*supply) } else { None }
    }

    pub(crate) fn sensor(&self) -> Option<String> {
        match self {
            Self::Supply(_) => None,
            Self::Sensor(sensor) | Self::Reading { sensor, .. } => Some(sensor.clone()),
        }
    }

    fn tenths_c(&self) -> Option<i16> {
        if let Self::Reading { tenths_c, .. } = self { *tenths_c } else { None }
    }
}

/// What a locker runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SupplyView {
    /// The mains.
    Mains,
    /// Its battery: everything works.
    Battery,
    /// Its battery, under a fifth full: nothing is taken in any more.
    BatteryLow,
    /// Its battery, nearly empty: it stops before the power does.
    BatteryEmpty,
}

impl From<Supply> for SupplyView {
    fn from(supply: Supply) -> Self {
        match supply {
            Supply::Mains => Self::Mains,
            Supply::Battery => Self::Battery,
            Supply::BatteryLow => Self::BatteryLow,
            Supply::BatteryEmpty => Self::BatteryEmpty,
        }
    }
}

/// What a webhook receives.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct WebhookMessage {
    /// The same with every try of one message: what was received before can be ignored.
    pub(crate) id: String,
    /// What happened.
    pub(crate) kind: FactKind,
    /// When the hub heard of it, in seconds since 1970, UTC.
    pub(crate) at_unix_s: u64,
    /// At which locker.
    pub(crate) locker: u32,
    /// To which parcel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parcel: Option<String>,
    /// At which door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compartment: Option<u16>,
    /// The case, as the locker shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<String>,
    /// What the locker runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) supply: Option<SupplyView>,
    /// The sensor, by its name in the locker's profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sensor: Option<String>,
    /// What a thermometer says, in tenths of a degree Celsius; none where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenths_c: Option<i16>,
}

/// Queues a fact for every webhook that it concerns.
pub(crate) fn tell(
    transaction: &Transaction<'_>,
    fact: &Fact,
    max_waiting: u32,
    now_unix_s: u64,
) -> Result<(), BookError> {
    let concerned = concerned(transaction, fact.tenant)?;
    queue(transaction, fact, concerned, max_waiting, now_unix_s)
}

/// Queues a fact for the webhooks of a tenant, and for nobody else.
pub(crate) fn tell_tenant(
    transaction: &Transaction<'_>,
    fact: &Fact,
    tenant: TenantId,
    max_waiting: u32,
    now_unix_s: u64,
) -> Result<(), BookError> {
    let own = {
        let mut select =
            transaction.prepare_cached("SELECT id FROM webhooks WHERE tenant = ?1 ORDER BY id")?;
        let rows = select.query_map([tenant.0], |row| row.get(0))?;
        rows.collect::<Result<Vec<i64>, _>>()?
    };
    queue(transaction, fact, own, max_waiting, now_unix_s)
}

fn queue(
    transaction: &Transaction<'_>,
    fact: &Fact,
    webhooks: Vec<i64>,
    max_waiting: u32,
    now_unix_s: u64,
) -> Result<(), BookError> {
    for webhook in webhooks {
        let waiting: u32 = transaction
            .prepare_cached("SELECT COUNT(*) FROM deliveries WHERE webhook = ?1")?
            .query_row([webhook], |row| row.get(0))?;
        if waiting >= max_waiting {
            log::warn!("webhook {webhook} has {waiting} messages waiting: one more is lost to it");
            transaction
                .prepare_cached("UPDATE webhooks SET lost = lost + 1 WHERE id = ?1")?
                .execute([webhook])?;
            continue;
        }
        let id = HEXLOWER.encode(&random::<16>()?);
        let message = WebhookMessage {
            id: id.clone(),
            kind: fact.kind,
            at_unix_s: now_unix_s,
            locker: fact.locker.0,
            parcel: fact.parcel.map(|parcel| parcel.0.to_string()),
            compartment: fact.compartment.map(|compartment| compartment.0),
            case: fact.case.map(|case| case.to_string()),
            supply: fact.around.as_ref().and_then(Around::supply),
            sensor: fact.around.as_ref().and_then(Around::sensor),
            tenths_c: fact.around.as_ref().and_then(Around::tenths_c),
        };
        let body =
            serde_json::to_string(&message).map_err(|error| BookError::Senseless(error.to_string()))?;
        transaction
            .prepare_cached(
                "INSERT INTO deliveries (webhook, message, body, due_unix_s) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((webhook, id, body, signed(now_unix_s)))?;
    }
    Ok(())
}

/// Operators' webhooks hear of everything, a tenant's of its own parcels.
fn concerned(transaction: &Transaction<'_>, tenant: Option<TenantId>) -> rusqlite::Result<Vec<i64>> {
    let mut select = transaction
        .prepare_cached("SELECT id FROM webhooks WHERE tenant IS NULL OR tenant = ?1 ORDER BY id")?;
    let rows = select.query_map([tenant.map(|tenant| tenant.0)], |row| row.get(0))?;
    rows.collect()
}
