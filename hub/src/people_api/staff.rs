//! Couriers and technicians, and the passes by which they sign in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use locker_protocol::change::{Role, Staff};
use locker_protocol::code::{is_pin, pin_tag};
use locker_protocol::pass::{Pass, Right};
use locker_protocol::{Change, LockerId, StaffId};
use rusqlite::{Connection, OptionalExtension, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Page, Paging, code_key, number_within};
use crate::auth::User;
use crate::body::{Asked, AtPath, Json, created};
use crate::changes;
use crate::database::{signed, unsigned};
use crate::hub::SharedHub;
use crate::problem::Problem;
use crate::route::Route;
use crate::words::{variant, word};

const MAX_LOCKERS: usize = 200;
const DAY_S: u32 = 24 * 60 * 60;
const DEFAULT_LIFE_S: u32 = 90 * DAY_S;
const LIFE_S: std::ops::RangeInclusive<u32> = 60..=366 * DAY_S;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/staff", "addStaff", add)
            .about("staff", "Lets a courier or technician work at lockers; answers a pass for each, once")
            .takes::<StaffRequest>()
            .answers::<StaffAdded>(201, "On its way to the lockers. A pass works before that arrives."),
        Route::get("/v1/staff", "listStaff", list)
            .about("staff", "Lists couriers and technicians")
            .query("after", "Those after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<StaffView>>(200, "Couriers and technicians."),
        Route::delete("/v1/staff/{staff}", "revokeStaff", revoke)
            .about("staff", "Ends what a courier or technician may do, at every locker that hears of it")
            .answers_nothing("On its way to the lockers, or ended before."),
    ]
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleView {
    /// Deposits, and takes out the parcels of the own tenant.
    Courier,
    /// Opens doors to repair and to look. Only operators make one.
    Technician,
}

/// Somebody who is to work at lockers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffRequest {
    /// What for.
    role: RoleView,
    /// For which carrier: to be named by an operator, a tenant's key speaks for its own.
    tenant: Option<u32>,
    /// At which lockers: 1 to 200.
    lockers: Vec<u32>,
    /// A PIN of 4 to 8 digits for signing in without a pass. Only tags of it are kept.
    pin: Option<String>,
    /// For how long the passes count, in seconds: a minute to 366 days, otherwise 90 days.
    lives_s: Option<u32>,
}

/// A pass for one locker.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StaffPass {
    /// Where it counts.
    locker: u32,
    /// The text of a QR code. Shown this once.
    pass: String,
}

/// Somebody who may work at lockers now.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StaffAdded {
    /// The id, to sign in with where there is a PIN.
    staff: u32,
    /// When the passes end.
    expires_unix_s: u64,
    /// One for each locker.
    passes: Vec<StaffPass>,
}

async fn add(
    State(hub): State<SharedHub>,
    user: User,
    Json(mut request): Json<StaffRequest>,
) -> Result<Response, Problem> {
    let tenant = user.tenant(request.tenant)?;
    let role = match request.role {
        RoleView::Courier => Role::Courier,
        RoleView::Technician => {
            user.operator()?;
            Role::Technician
        }
    };
    request.lockers.sort_unstable();
    request.lockers.dedup();
    if request.lockers.is_empty() || request.lockers.len() > MAX_LOCKERS {
        return Err(Problem::invalid(format!("`lockers` has 1 to {MAX_LOCKERS} items")));
    }
    if request.pin.as_deref().is_some_and(|pin| !is_pin(pin)) {
        return Err(Problem::invalid("`pin` has 4 to 8 digits"));
    }
    let lives_s = request.lives_s.unwrap_or(DEFAULT_LIFE_S);
    number_within("lives_s", lives_s, LIFE_S)?;
    let now_unix_s = hub.now();
    let expires_unix_s = now_unix_s.saturating_add(u64::from(lives_s));
    let keys = Arc::clone(&hub.keys);
    let added = hub
        .database
        .write(move |transaction| {
            transaction.execute(
                "INSERT INTO staff (tenant, role, created_unix_s, expires_unix_s) VALUES (?1, ?2, ?3, ?4)",
                (tenant.0, word(&role), signed(now_unix_s), signed(expires_unix_s)),
            )?;
            let id = u32::try_from(transaction.last_insert_rowid())
                .map_err(|_| Problem::conflict("the hub has no numbers left for staff"))?;
            let mut passes = Vec::new();
            for locker in request.lockers {
                let key = code_key(transaction, LockerId(locker))?;
                let pin = request.pin.as_deref().map(|pin| pin_tag(StaffId(id), pin, &key));
                transaction.execute(
                    "INSERT INTO staff_lockers (staff, locker, pin) VALUES (?1, ?2, ?3)",
                    (id, locker, pin.map(|pin| pin.0)),
                )?;
                let staff = Staff { staff: StaffId(id), tenant, role, pin };
                let change = Change::Staff { staff: staff.clone() };
                changes::enqueue(transaction, LockerId(locker), &change, now_unix_s)?;
                let pass = Pass {
                    locker: LockerId(locker),
                    expires_unix_s: Some(expires_unix_s),
                    right: Right::SignIn { staff },
                };
                passes.push(StaffPass { locker, pass: pass.to_text(&keys.signing) });
            }
            Ok::<_, Problem>(StaffAdded { staff: id, expires_unix_s, passes })
        })
        .await?;
    for pass in &added.passes {
        hub.bells.ring(LockerId(pass.locker));
    }
    Ok(created(added))
}

/// A courier or technician.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StaffView {
    /// The id.
    staff: u32,
    /// For which carrier.
    tenant: u32,
    /// What for.
    role: RoleView,
    /// At which lockers.
    lockers: Vec<u32>,
    /// Since when.
    created_unix_s: u64,
    /// When the passes end.
    expires_unix_s: u64,
    /// When it was revoked.
    revoked_unix_s: Option<u64>,
}

async fn list(
    State(hub): State<SharedHub>,
    user: User,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<StaffView>>, Problem> {
    let limit = paging.limit();
    let tenant = user.scope.tenant().map(|tenant| tenant.0);
    let items = hub
        .database
        .read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, tenant, role, created_unix_s, expires_unix_s, revoked_unix_s FROM staff
                 WHERE id > ?1 AND (?2 IS NULL OR tenant = ?2) ORDER BY id LIMIT ?3",
            )?;
            let mut rows = select.query((paging.after().unwrap_or(0), tenant, limit + 1))?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(view(connection, row)?);
            }
            Ok::<_, Problem>(items)
        })
        .await?;
    Ok(Json(Page::of(items, limit, |staff| u64::from(staff.staff))))
}

fn view(connection: &Connection, row: &Row<'_>) -> Result<StaffView, Problem> {
    let staff = row.get(0)?;
    let role: String = row.get(2)?;
    Ok(StaffView {
        staff,
        tenant: row.get(1)?,
        role: variant(&role).ok_or_else(|| Problem::corrupt("a role"))?,
        lockers: lockers_of(connection, staff)?.into_iter().map(|locker| locker.0).collect(),
        created_unix_s: unsigned(row.get(3)?),
        expires_unix_s: unsigned(row.get(4)?),
        revoked_unix_s: row.get::<_, Option<i64>>(5)?.map(unsigned),
    })
}

fn lockers_of(connection: &Connection, staff: u32) -> rusqlite::Result<Vec<LockerId>> {
    let mut select =
        connection.prepare_cached("SELECT locker FROM staff_lockers WHERE staff = ?1 ORDER BY locker")?;
    let rows = select.query_map([staff], |row| row.get(0).map(LockerId))?;
    rows.collect()
}

async fn revoke(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(staff): AtPath<u32>,
) -> Result<StatusCode, Problem> {
    let now_unix_s = hub.now();
    let tenant = user.scope.tenant().map(|tenant| tenant.0);
    let told = hub
        .database
        .write(move |transaction| {
            let revoked: Option<i64> = transaction
                .query_row(
                    "SELECT revoked_unix_s FROM staff WHERE id = ?1 AND (?2 IS NULL OR tenant = ?2)",
                    (staff, tenant),
                    |row| row.get(0),
                )
                .optional()?
                .ok_or_else(|| Problem::not_found("courier or technician"))?;
            if revoked.is_some() {
                return Ok(Vec::new());
            }
            transaction
                .execute("UPDATE staff SET revoked_unix_s = ?2 WHERE id = ?1", (staff, signed(now_unix_s)))?;
            let lockers = lockers_of(transaction, staff)?;
            for locker in &lockers {
                let change = Change::RevokeStaff { staff: StaffId(staff) };
                changes::enqueue(transaction, *locker, &change, now_unix_s)?;
            }
            Ok::<_, Problem>(lockers)
        })
        .await?;
    for locker in told {
        hub.bells.ring(locker);
    }
    Ok(StatusCode::NO_CONTENT)
}
