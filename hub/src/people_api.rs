//! What people and their systems call.

pub(crate) mod cases;
pub(crate) mod deposit_passes;
pub(crate) mod events;
pub(crate) mod keys;
pub(crate) mod lockers;
mod orders;
pub(crate) mod parcel_changes;
pub(crate) mod parcels;
pub(crate) mod passes;
pub(crate) mod receipts;
pub(crate) mod recipients;
mod returns;
pub(crate) mod staff;
pub(crate) mod webhooks;

use axum::response::Response;
use locker_crypto::CodeKey;
use locker_protocol::LockerId;
use rusqlite::{Connection, OptionalExtension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::body::Json;
use crate::hub::Hub;
use crate::problem::Problem;
use crate::route::Route;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// Which part of a list is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Paging {
    /// What follows this one; from the beginning where there is none.
    after: Option<u64>,
    /// How many at most.
    limit: Option<u32>,
}

impl Paging {
    fn after(&self) -> Option<i64> {
        self.after.map(crate::database::signed)
    }

    fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
    }
}

/// Part of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page<T> {
    /// The part, in order.
    items: Vec<T>,
    /// What to give as `after` for what follows; none at the end.
    next: Option<u64>,
}

impl<T> Page<T> {
    /// Of rows that were read with one more than the limit: whether there is more is then known.
    fn of(mut items: Vec<T>, limit: u32, place: impl Fn(&T) -> u64) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(place) } else { None };
        Self { items, next }
    }
}

/// A change was sent on its way; how the locker answers it is seen later.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChangeSent {
    /// To which locker.
    locker: u32,
    /// Under which number.
    number: u64,
}

/// Rings for the change and answers that it is on its way.
fn sent(hub: &Hub, locker: LockerId, number: u64) -> Response {
    use axum::response::IntoResponse;
    hub.bells.ring(locker);
    (axum::http::StatusCode::ACCEPTED, Json(ChangeSent { locker: locker.0, number })).into_response()
}

/// The code key of an enrolled locker.
fn code_key(connection: &Connection, locker: LockerId) -> Result<CodeKey, Problem> {
    let key = connection
        .prepare_cached("SELECT code_key FROM lockers WHERE id = ?1")?
        .query_row([locker.0], |row| row.get::<_, Option<[u8; 32]>>(0))
        .optional()?
        .ok_or_else(|| Problem::not_found("locker"))?;
    key.map(CodeKey::from_bytes).ok_or_else(|| Problem::conflict("this locker is not enrolled yet"))
}

/// Text of a request, within limits and without control characters.
fn text_within(name: &str, text: &str, max: usize) -> Result<(), Problem> {
    let length = text.chars().count();
    if length == 0 || length > max || text.chars().any(char::is_control) {
        return Err(Problem::invalid(format!(
            "`{name}` has 1 to {max} characters, none of them a control character"
        )));
    }
    Ok(())
}

/// A number of a request, within limits.
fn number_within(name: &str, number: u32, range: std::ops::RangeInclusive<u32>) -> Result<(), Problem> {
    if range.contains(&number) {
        Ok(())
    } else {
        Err(Problem::invalid(format!("`{name}` is between {} and {}", range.start(), range.end())))
    }
}

/// The routes of this side.
pub(crate) fn routes() -> Vec<Route> {
    [
        lockers::routes(),
        events::routes(),
        cases::routes(),
        parcels::routes(),
        returns::routes(),
        parcel_changes::routes(),
        deposit_passes::routes(),
        passes::routes(),
        receipts::routes(),
        recipients::routes(),
        staff::routes(),
        webhooks::routes(),
        keys::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
