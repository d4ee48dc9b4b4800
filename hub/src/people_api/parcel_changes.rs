//! What can be asked of a locker for a parcel. The locker decides; its answer is seen at the parcel.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use locker_protocol::{Change, LockerId, ParcelId};
use rusqlite::Transaction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parcels::{RETENTION_S, recipient_pass, visible};
use super::{ChangeSent, code_key, number_within, sent, text_within};
use crate::auth::User;
use crate::body::{AtPath, Json};
use crate::hub::{Hub, SharedHub};
use crate::parcels::{Origin, Parcel};
use crate::problem::Problem;
use crate::recipients::{self, MAX_REFERENCE};
use crate::route::Route;
use crate::user_key::Scope;
use crate::{changes, codes};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/parcels/{parcel}/cancel", "cancelParcel", cancel)
            .about("parcels", "Says that a parcel will not come; refused by the locker once it is inside")
            .answers::<ChangeSent>(202, "On its way to the locker."),
        Route::post("/v1/parcels/{parcel}/extend", "extendParcel", extend)
            .about("parcels", "Lets a parcel wait longer")
            .takes::<ExtendRequest>()
            .answers::<ChangeSent>(202, "On its way to the locker."),
        Route::post("/v1/parcels/{parcel}/recall", "recallParcel", recall)
            .about("parcels", "Has a parcel taken out again by a courier of its tenant")
            .answers::<ChangeSent>(202, "On its way to the locker."),
        Route::post("/v1/parcels/{parcel}/new-code", "newCode", new_code)
            .about(
                "parcels",
                "Ends the parcel's code and makes another; answers it, and the recipient's pass, once",
            )
            .answers::<NewCodeView>(
                202,
                "On its way to the locker; the earlier code counts until it arrives.",
            ),
        Route::post("/v1/parcels/{parcel}/match", "matchParcel", match_parcel)
            .about(
                "parcels",
                "Says for whom a parcel is that came unannounced; answers its code and pass, once",
            )
            .takes::<MatchRequest>()
            .answers::<NewCodeView>(202, "On its way to the locker."),
    ]
}

/// The parcel, if this user may ask for changes of it and its locker has or will have heard of it.
fn changeable(transaction: &Transaction<'_>, scope: Scope, parcel: ParcelId) -> Result<Parcel, Problem> {
    let parcel = visible(transaction, scope, parcel)?;
    if parcel.state.is_over() {
        return Err(Problem::conflict(format!("the parcel is {}: its story is over", parcel.state.text())));
    }
    if parcel.origin == Origin::DepositPass && !parcel.known_there {
        return Err(Problem::conflict(
            "only its deposit pass knows of this parcel yet, and that cannot be changed; it ends by itself",
        ));
    }
    Ok(parcel)
}

async fn ask(
    hub: &Hub,
    user: User,
    parcel: u64,
    change: impl FnOnce(ParcelId) -> Change + Send + 'static,
) -> Result<Response, Problem> {
    ask_if(hub, user, parcel, |_| Ok(()), change).await
}

async fn ask_if(
    hub: &Hub,
    user: User,
    parcel: u64,
    may_be: impl FnOnce(&Parcel) -> Result<(), Problem> + Send + 'static,
    change: impl FnOnce(ParcelId) -> Change + Send + 'static,
) -> Result<Response, Problem> {
    let now_unix_s = hub.now();
    let (locker, number) = hub
        .database
        .write(move |transaction| {
            let parcel = changeable(transaction, user.scope, ParcelId(parcel))?;
            may_be(&parcel)?;
            let number = changes::enqueue(transaction, parcel.locker, &change(parcel.id), now_unix_s)?;
            Ok::<_, Problem>((parcel.locker, number))
        })
        .await?;
    Ok(sent(hub, locker, number))
}

async fn cancel(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(parcel): AtPath<u64>,
) -> Result<Response, Problem> {
    ask(&hub, user, parcel, |parcel| Change::Cancel { parcel }).await
}

/// How much longer a parcel may wait.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendRequest {
    /// In seconds in which it can be collected: a minute to 366 days.
    by_s: u32,
}

async fn extend(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(parcel): AtPath<u64>,
    Json(request): Json<ExtendRequest>,
) -> Result<Response, Problem> {
    number_within("by_s", request.by_s, RETENTION_S)?;
    ask_if(
        &hub,
        user,
        parcel,
        |parcel| match parcel.origin {
            Origin::Return => Err(Problem::conflict("a return waits for its carrier, however long")),
            Origin::Announced | Origin::DepositPass | Origin::Unannounced => Ok(()),
        },
        move |parcel| Change::Extend { parcel, by_s: request.by_s },
    )
    .await
}

async fn recall(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(parcel): AtPath<u64>,
) -> Result<Response, Problem> {
    ask(&hub, user, parcel, |parcel| Change::Recall { parcel }).await
}

/// A new code, on its way to the locker.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NewCodeView {
    /// To which locker.
    locker: u32,
    /// Under which number.
    number: u64,
    /// The ten digits that open the parcel's door. Shown this once.
    code: String,
    /// The recipient's pass, the text of a QR code; a return has none. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<String>,
}

async fn new_code(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(parcel): AtPath<u64>,
) -> Result<Response, Problem> {
    let now_unix_s = hub.now();
    let keys = Arc::clone(&hub.keys);
    let view = hub
        .database
        .write(move |transaction| {
            let parcel = changeable(transaction, user.scope, ParcelId(parcel))?;
            if parcel.recipient.is_none() && parcel.origin != Origin::Return {
                return Err(Problem::conflict("the parcel is for nobody yet: match it first"));
            }
            let key = code_key(transaction, parcel.locker)?;
            let (code, tag) = codes::draw(transaction, parcel.locker, &key)?;
            let change = Change::NewCode { parcel: parcel.id, code: tag };
            let number = changes::enqueue(transaction, parcel.locker, &change, now_unix_s)?;
            Ok::<_, Problem>(NewCodeView {
                locker: parcel.locker.0,
                number,
                code: code.digits(),
                pass: parcel.recipient.map(|recipient| recipient_pass(&keys, parcel.locker, recipient)),
            })
        })
        .await?;
    Ok(on_its_way(&hub, view))
}

/// For whom an unannounced parcel is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatchRequest {
    /// Your own word for the person who collects it: 1 to 200 characters. Only a keyed hash of it is kept.
    recipient: String,
    /// How long it may wait, in seconds in which it can be collected: a minute to 366 days.
    retention_s: u32,
}

async fn match_parcel(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(parcel): AtPath<u64>,
    Json(request): Json<MatchRequest>,
) -> Result<Response, Problem> {
    text_within("recipient", &request.recipient, MAX_REFERENCE)?;
    number_within("retention_s", request.retention_s, RETENTION_S)?;
    let now_unix_s = hub.now();
    let keys = Arc::clone(&hub.keys);
    let view = hub
        .database
        .write(move |transaction| {
            let parcel = changeable(transaction, user.scope, ParcelId(parcel))?;
            let recipient =
                recipients::recipient(transaction, &keys.references, parcel.tenant, &request.recipient)?;
            if parcel.origin != Origin::Unannounced
                || parcel.recipient.is_some_and(|known| known != recipient)
            {
                return Err(Problem::conflict("the parcel is for somebody already"));
            }
            let key = code_key(transaction, parcel.locker)?;
            let (code, tag) = codes::draw(transaction, parcel.locker, &key)?;
            let change =
                Change::Match { parcel: parcel.id, recipient, code: tag, retention_s: request.retention_s };
            let number = changes::enqueue(transaction, parcel.locker, &change, now_unix_s)?;
            Ok(NewCodeView {
                locker: parcel.locker.0,
                number,
                code: code.digits(),
                pass: Some(recipient_pass(&keys, parcel.locker, recipient)),
            })
        })
        .await?;
    Ok(on_its_way(&hub, view))
}

fn on_its_way(hub: &Hub, view: NewCodeView) -> Response {
    hub.bells.ring(LockerId(view.locker));
    (axum::http::StatusCode::ACCEPTED, Json(view)).into_response()
}
