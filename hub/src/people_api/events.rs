//! What the lockers journaled, for people.

use axum::extract::State;
use data_encoding::HEXLOWER;
use locker_protocol::Entry;
use locker_protocol::seal::from_bytes;
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Page, Paging};
use crate::auth::User;
use crate::body::{Asked, AtPath, Json};
use crate::database::unsigned;
use crate::hub::SharedHub;
use crate::problem::Problem;
use crate::route::{Caller, Route};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/lockers/{locker}/events", "listEvents", list)
            .about("events", "Lists what a locker journaled, in the order in which the hub took it")
            .by(Caller::Operator)
            .query("after", "Events after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<EventView>>(200, "Events."),
        Route::get("/v1/lockers/{locker}/set-aside", "listSetAside", set_aside)
            .about("events", "Lists the entries that made no sense to the hub")
            .by(Caller::Operator)
            .query("after", "Those after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<SetAsideView>>(200, "Entries that were set aside."),
    ]
}

/// An event of a locker.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventView {
    /// Its place in this list.
    id: u64,
    /// The journal it is of.
    journal: String,
    /// Its number there.
    seq: u64,
    /// When it happened, as far as the locker knew.
    at_unix_s: Option<u64>,
    /// When the hub took it.
    received_unix_s: u64,
    /// What happened, by its `kind`; numbers of parcels and people are texts. None when it is not understood.
    event: Option<Value>,
}

async fn list(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(locker): AtPath<u32>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<EventView>>, Problem> {
    user.operator()?;
    let limit = paging.limit();
    let items = hub
        .database
        .read(move |connection| {
            require_locker(connection, locker)?;
            let mut select = connection.prepare_cached(
                "SELECT id, journal, seq, received_unix_s, bytes FROM entries
                 WHERE locker = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            )?;
            let rows = select.query_map((locker, paging.after().unwrap_or(0), limit + 1), |row| {
                let entry: Option<Entry> = from_bytes(&row.get::<_, Vec<u8>>(4)?).ok();
                Ok(EventView {
                    id: unsigned(row.get(0)?),
                    journal: HEXLOWER.encode(&row.get::<_, Vec<u8>>(1)?),
                    seq: unsigned(row.get(2)?),
                    at_unix_s: entry.as_ref().map(|entry| entry.at.unix_s),
                    received_unix_s: unsigned(row.get(3)?),
                    event: entry.and_then(|entry| serde_json::to_value(&entry.event).ok()).map(for_people),
                })
            })?;
            Ok::<_, Problem>(rows.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok(Json(Page::of(items, limit, |event| event.id)))
}

/// Leaves out the tags of codes, and writes numbers that need 64 bits as texts.
fn for_people(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(name, _)| !matches!(name.as_str(), "code" | "pin"))
                .map(|(name, value)| {
                    let value = match name.as_str() {
                        "parcel" | "recipient" | "label_tag" | "goes_in" | "comes_out" | "holds" => {
                            as_text(value)
                        }
                        _ => for_people(value),
                    };
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(for_people).collect()),
        other => other,
    }
}

fn as_text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => Value::Array(items.into_iter().map(as_text).collect()),
        other => other,
    }
}

/// An entry that made no sense to the hub.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SetAsideView {
    /// Its place in this list.
    id: u64,
    /// The journal it is of.
    journal: String,
    /// Its number there.
    seq: u64,
    /// Why it was set aside.
    why: String,
    /// When the hub took it.
    received_unix_s: u64,
}

async fn set_aside(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(locker): AtPath<u32>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<SetAsideView>>, Problem> {
    user.operator()?;
    let limit = paging.limit();
    let items = hub
        .database
        .read(move |connection| {
            require_locker(connection, locker)?;
            let mut select = connection.prepare_cached(
                "SELECT id, journal, seq, why, received_unix_s FROM set_aside
                 WHERE locker = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            )?;
            let rows = select.query_map((locker, paging.after().unwrap_or(0), limit + 1), |row| {
                Ok(SetAsideView {
                    id: unsigned(row.get(0)?),
                    journal: HEXLOWER.encode(&row.get::<_, Vec<u8>>(1)?),
                    seq: unsigned(row.get(2)?),
                    why: row.get(3)?,
                    received_unix_s: unsigned(row.get(4)?),
                })
            })?;
            Ok::<_, Problem>(rows.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok(Json(Page::of(items, limit, |item| item.id)))
}

pub(super) fn require_locker(connection: &Connection, locker: u32) -> Result<(), Problem> {
    let exists: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM lockers WHERE id = ?1)")?
        .query_row([locker], |row| row.get(0))?;
    if exists { Ok(()) } else { Err(Problem::not_found("locker")) }
}
