//! Returns: parcels that people send from a locker. The locker is told beforehand, so that sending works with no network; where
//! a return is, and that it is taken out again, is asked and told like of any other parcel.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use locker_crypto::label_tag;
use locker_protocol::change::ReturnAnnouncement;
use locker_protocol::{Change, LockerId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::code_key;
use super::parcels::{SizeView, has_room};
use crate::auth::User;
use crate::body::{Json, created};
use crate::hub::SharedHub;
use crate::labels::AskedLabel;
use crate::parcels::{self, Origin, Parcel};
use crate::problem::Problem;
use crate::route::Route;
use crate::{changes, codes};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/returns", "announceReturn", announce)
            .about(
                "parcels",
                "Announces a parcel that a person will send from a locker; answers its code, once",
            )
            .takes::<ReturnRequest>()
            .answers::<ReturnView>(201, "It is on its way to the locker.")
            .answers::<ReturnView>(
                200,
                "It was announced just so before: here is its number, without its code.",
            ),
    ]
}

/// A parcel that a person will send.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnRequest {
    /// From which locker.
    locker: u32,
    /// Whose it is to take away: to be named by an operator, a tenant's key speaks for its own.
    tenant: Option<u32>,
    /// What stands on it: 1 to 64 printable ASCII characters. Whoever scans it may put the parcel in.
    label: String,
    /// Its size; otherwise the sender chooses.
    size: Option<SizeView>,
}

/// A return, announced.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReturnView {
    /// The parcel's number.
    parcel: String,
    /// The ten digits by which it can be sent without its label. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

async fn announce(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<ReturnRequest>,
) -> Result<Response, Problem> {
    let tenant = user.tenant(request.tenant)?;
    let label = AskedLabel::of(&request.label)?;
    let now_unix_s = hub.now();
    let locker = LockerId(request.locker);
    let size = request.size.map(Into::into);
    let announced = hub
        .database
        .write(move |transaction| {
            if let Some(known) = parcels::find_live(transaction, locker, tenant, &label, now_unix_s)? {
                return if known.origin == Origin::Return && known.known_size() == size {
                    Ok(ReturnView { parcel: known.id.0.to_string(), code: None })
                } else {
                    Err(Problem::conflict(format!(
                        "parcel {} with this label is known at this locker with other particulars",
                        known.id.0
                    )))
                };
            }
            let key = code_key(transaction, locker)?;
            has_room(transaction, locker, now_unix_s)?;
            let (code, tag) = codes::draw(transaction, locker, &key)?;
            let announcement = ReturnAnnouncement {
                parcel: parcels::draw_id(transaction)?,
                tenant,
                label_tag: label_tag(&label.label),
                label: label.label,
                code: Some(tag),
                size,
            };
            let parcel = announcement.parcel;
            parcels::insert(transaction, &Parcel::to_be_sent(&announcement, locker, now_unix_s))?;
            changes::enqueue(transaction, locker, &Change::AnnounceReturn { announcement }, now_unix_s)?;
            Ok(ReturnView { parcel: parcel.0.to_string(), code: Some(code.digits()) })
        })
        .await?;
    if announced.code.is_none() {
        return Ok(Json(announced).into_response());
    }
    hub.bells.ring(locker);
    Ok(created(announced))
}
