//! What webhooks are told. A fact is queued for each webhook that it concerns in the transaction that makes it true, and
//! so exactly once; delivering it is another matter.

use data_encoding::HEXLOWER;
use locker_crypto::random;
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
