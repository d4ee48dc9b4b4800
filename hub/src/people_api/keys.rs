//! The keys of the hub's users.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Page, Paging, text_within};
use crate::auth::User;
use crate::body::{Asked, AtPath, Json, created};
use crate::database::{signed, unsigned};
use crate::hub::SharedHub;
use crate::problem::{Kind, Problem};
use crate::route::{Caller, Route};
use crate::user_key::{self, MAX_NAME, Scope, UserKeyError};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/keys", "makeKey", make)
            .about("keys", "Makes a key for a user of the hub")
            .by(Caller::Operator)
            .takes::<KeyRequest>()
            .answers::<KeyMade>(201, "The key. Shown this once."),
        Route::get("/v1/keys", "listKeys", list)
            .about("keys", "Lists the keys, without the keys themselves")
            .by(Caller::Operator)
            .query("after", "Keys after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<KeyView>>(200, "Keys."),
        Route::delete("/v1/keys/{key}", "revokeKey", revoke)
            .about("keys", "Revokes a key")
            .by(Caller::Operator)
            .answers_nothing("It counts no more."),
    ]
}

/// A key that is to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRequest {
    /// What for: 1 to 100 characters.
    name: String,
    /// The one tenant for which it speaks; without one it is an operator's and acts on everything.
    tenant: Option<u32>,
}

/// A key, made.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct KeyMade {
    /// Its number.
    id: u64,
    /// To send as `Authorization: Bearer`. Shown this once.
    key: String,
}

/// A key.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct KeyView {
    /// Its number.
    id: u64,
    /// What for.
    name: String,
    /// The tenant for which it speaks; none for an operator's.
    tenant: Option<u32>,
    /// When it was made.
    created_unix_s: u64,
    /// When it was revoked.
    revoked_unix_s: Option<u64>,
}

async fn make(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<KeyRequest>,
) -> Result<Response, Problem> {
    user.operator()?;
    text_within("name", &request.name, MAX_NAME)?;
    let now_unix_s = hub.now();
    let made = hub
        .database
        .write(move |transaction| {
            user_key::insert(transaction, &request.name, Scope::of(request.tenant), now_unix_s)
                .map_err(problem_of)
        })
        .await?;
    Ok(created(KeyMade { id: unsigned(made.id), key: made.key }))
}

fn problem_of(error: UserKeyError) -> Problem {
    match error {
        UserKeyError::Database(error) => error.into(),
        UserKeyError::Random(error) => error.into(),
    }
}

async fn list(
    State(hub): State<SharedHub>,
    user: User,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<KeyView>>, Problem> {
    user.operator()?;
    let limit = paging.limit();
    let items = hub
        .database
        .read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, name, tenant, created_unix_s, revoked_unix_s FROM user_keys
                 WHERE id > ?1 ORDER BY id LIMIT ?2",
            )?;
            let rows = select.query_map((paging.after().unwrap_or(0), limit + 1), |row| {
                Ok(KeyView {
                    id: unsigned(row.get(0)?),
                    name: row.get(1)?,
                    tenant: row.get(2)?,
                    created_unix_s: unsigned(row.get(3)?),
                    revoked_unix_s: row.get::<_, Option<i64>>(4)?.map(unsigned),
                })
            })?;
            Ok::<_, Problem>(rows.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok(Json(Page::of(items, limit, |key| key.id)))
}

async fn revoke(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(key): AtPath<u32>,
) -> Result<StatusCode, Problem> {
    user.operator()?;
    let now_unix_s = hub.now();
    hub.database
        .write(move |transaction| {
            let others: u32 = transaction.query_row(
                "SELECT COUNT(*) FROM user_keys WHERE tenant IS NULL AND revoked_unix_s IS NULL AND id <> ?1",
                [key],
                |row| row.get(0),
            )?;
            if others == 0 {
                return Err(Problem::new(Kind::Conflict, "no operator's key would be left"));
            }
            let known = transaction.execute(
                "UPDATE user_keys SET revoked_unix_s = COALESCE(revoked_unix_s, ?2) WHERE id = ?1",
                (key, signed(now_unix_s)),
            )?;
            if known == 0 { Err(Problem::not_found("key")) } else { Ok(()) }
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
