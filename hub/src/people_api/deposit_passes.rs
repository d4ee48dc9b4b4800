//! Deposit passes: a parcel's announcement on a courier's phone. Nothing is sent to the locker; it hears of the parcel
//! when the pass is shown to it, with or without a network.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use locker_protocol::LockerId;
use locker_protocol::pass::{MAX_PASS_BYTES, Pass, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number_within;
use super::orders::OrderView;
use super::parcels::{AnnounceRequest, SizeView, make_ready, recipient_pass};
use crate::auth::User;
use crate::body::{Json, created};
use crate::hub::SharedHub;
use crate::parcels::{self, Origin, Parcel};
use crate::problem::Problem;
use crate::route::Route;

const DAY_S: u32 = 24 * 60 * 60;
const DEFAULT_LIFE_S: u32 = 3 * DAY_S;
const LIFE_S: std::ops::RangeInclusive<u32> = 60..=30 * DAY_S;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/deposit-passes", "makeDepositPass", make)
            .about(
                "parcels",
                "Makes a pass by which a courier's phone announces and deposits a parcel without a network",
            )
            .takes::<DepositPassRequest>()
            .answers::<DepositPassView>(201, "The pass, and what its recipient gets. Shown this once."),
    ]
}

/// A parcel that a courier will bring with a pass.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepositPassRequest {
    /// To which locker.
    locker: u32,
    /// Whose it is to deliver: to be named by an operator, a tenant's key speaks for its own.
    tenant: Option<u32>,
    /// What stands on it: 1 to 64 printable ASCII characters.
    label: String,
    /// Your own word for the person who collects it: 1 to 200 characters. Only a keyed hash of it is kept.
    recipient: String,
    /// Its size.
    size: SizeView,
    /// How long it may wait, in seconds in which it can be collected: a minute to 366 days.
    retention_s: u32,
    /// Whether its recipient asked for a door that can be reached from a wheelchair.
    #[serde(default)]
    reachable: bool,
    /// The order that it is a part of, where that comes in several parcels: its recipient is told what is still to come.
    order: Option<OrderView>,
    /// The temperature that it must be kept at: the lowest and the highest, in tenths of a degree Celsius, -400 to 600.
    keep_tenths_c: Option<[i16; 2]>,
    /// For how long it can be deposited, in seconds: a minute to 30 days, otherwise 3 days.
    lives_s: Option<u32>,
}

/// A deposit pass, and what the recipient gets.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DepositPassView {
    /// The parcel's number.
    parcel: String,
    /// The courier's pass, the text of a QR code. Shown this once.
    deposit_pass: String,
    /// When it ends.
    expires_unix_s: u64,
    /// The ten digits that open its door. Shown this once.
    code: String,
    /// Its recipient's pass, the text of a QR code. Shown this once.
    pass: String,
}

async fn make(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<DepositPassRequest>,
) -> Result<Response, Problem> {
    let tenant = user.tenant(request.tenant)?;
    let lives_s = request.lives_s.unwrap_or(DEFAULT_LIFE_S);
    number_within("lives_s", lives_s, LIFE_S)?;
    let request = AnnounceRequest {
        locker: request.locker,
        tenant: request.tenant,
        label: request.label,
        recipient: request.recipient,
        size: request.size,
        retention_s: request.retention_s,
        reachable: request.reachable,
        order: request.order,
        keep_tenths_c: request.keep_tenths_c,
    };
    let label = request.check()?;
    let now_unix_s = hub.now();
    let expires_unix_s = now_unix_s.saturating_add(u64::from(lives_s));
    let keys = Arc::clone(&hub.keys);
    let view = hub
        .database
        .write(move |transaction| {
            let locker = LockerId(request.locker);
            if parcels::find_live(transaction, locker, tenant, &label, now_unix_s)?.is_some() {
                return Err(Problem::conflict("a parcel with this label is known at this locker"));
            }
            let ready = make_ready(transaction, &keys, &request, tenant, label.label, now_unix_s)?;
            let mut parcel =
                Parcel::expected(&ready.announcement, locker, Origin::DepositPass, now_unix_s);
            parcel.pass_expires_unix_s = Some(expires_unix_s);
            parcels::insert(transaction, &parcel)?;
            let recipient = ready.announcement.recipient;
            let pass = Pass {
                locker,
                expires_unix_s: Some(expires_unix_s),
                right: Right::Deposit { announcement: ready.announcement },
            };
            let bytes = pass.to_bytes(&keys.signing).len();
            if bytes > MAX_PASS_BYTES {
                return Err(Problem::invalid(format!(
                    "a pass of this label would have {bytes} bytes, more than the {MAX_PASS_BYTES} that scanners read"
                )));
            }
            Ok(DepositPassView {
                parcel: parcel.id.0.to_string(),
                deposit_pass: pass.to_text(&keys.signing),
                expires_unix_s,
                code: ready.code,
                pass: recipient_pass(&keys, locker, recipient),
            })
        })
        .await?;
    Ok(created(view))
}
