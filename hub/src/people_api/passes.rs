//! Passes of recipients, also for a parcel of which the hub has not heard yet: with its label, a pass opens it once it
//! was deposited unannounced.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use locker_crypto::label_tag;
use locker_protocol::pass::{Pass, Right};
use locker_protocol::{Label, LockerId, TenantId};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{code_key, text_within};
use crate::auth::User;
use crate::body::{Json, created};
use crate::hub::SharedHub;
use crate::labels::AskedLabel;
use crate::parcels;
use crate::problem::Problem;
use crate::recipients::{self, MAX_REFERENCE};
use crate::route::Route;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/passes", "makePass", make)
            .about("parcels", "Makes a recipient's pass, also for a parcel that a courier brings unannounced")
            .takes::<PassRequest>()
            .answers::<PassView>(201, "The pass. Shown this once."),
    ]
}

/// Whose pass, and for what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassRequest {
    /// At which locker.
    locker: u32,
    /// Which tenant's parcel it is: to be named by an operator, a tenant's key speaks for its own.
    tenant: Option<u32>,
    /// The label of a parcel that was or will be brought unannounced: 1 to 64 printable ASCII characters.
    label: Option<String>,
    /// Your own word for the person who collects it: 1 to 200 characters. Only a keyed hash of it is kept.
    recipient: String,
}

/// A recipient's pass.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PassView {
    /// The text of a QR code. Shown this once.
    pass: String,
}

async fn make(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<PassRequest>,
) -> Result<Response, Problem> {
    let tenant = user.tenant(request.tenant)?;
    text_within("recipient", &request.recipient, MAX_REFERENCE)?;
    let label = request.label.as_deref().map(AskedLabel::of).transpose()?;
    let locker = LockerId(request.locker);
    let now_unix_s = hub.now();
    let keys = Arc::clone(&hub.keys);
    let pass = hub
        .database
        .write(move |transaction| {
            code_key(transaction, locker)?;
            if let Some(label) = &label
                && is_of_another(transaction, locker, tenant, label)?
            {
                return Err(Problem::conflict(
                    "a parcel with this label is known at this locker as another tenant's",
                ));
            }
            let recipient = recipients::recipient(transaction, &keys.references, tenant, &request.recipient)?;
            let label =
                label.map(|asked| label_there(transaction, locker, tenant, asked, now_unix_s)).transpose()?;
            let right = Right::Collect { recipient, label: label.as_ref().map(label_tag) };
            Ok(Pass { locker, expires_unix_s: None, right }.to_text(&keys.signing))
        })
        .await?;
    Ok(created(PassView { pass }))
}

/// The label as the locker has it: of a parcel that came before labels were written in one way, as it was read then.
fn label_there(
    connection: &Connection,
    locker: LockerId,
    tenant: TenantId,
    asked: AskedLabel,
    now_unix_s: u64,
) -> rusqlite::Result<Label> {
    let known = parcels::find_live(connection, locker, tenant, &asked, now_unix_s)?;
    Ok(known.map_or(asked.label, |parcel| parcel.label))
}

/// A pass names a label, not a tenant: none may be made for what another tenant's courier brought.
fn is_of_another(
    connection: &Connection,
    locker: LockerId,
    tenant: TenantId,
    asked: &AskedLabel,
) -> rusqlite::Result<bool> {
    let [label, typed] = asked.kept_as();
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM parcels WHERE locker = ?1 AND tenant <> ?2 AND label IN (?3, ?4)
             AND state NOT IN ('out', 'cancelled'))",
        )?
        .query_row((locker.0, tenant.0, label, typed), |row| row.get(0))
}
