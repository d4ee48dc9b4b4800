//! Cases: problems raised at doors.

use axum::extract::State;
use locker_protocol::CaseId;
use rusqlite::{OptionalExtension, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Page;
use crate::auth::User;
use crate::body::{Asked, AtPath, Json};
use crate::database::unsigned;
use crate::hub::SharedHub;
use crate::problem::Problem;
use crate::route::{Caller, Route};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/cases", "listCases", list)
            .about("cases", "Lists the cases in the order in which the hub heard of them")
            .by(Caller::Operator)
            .query("locker", "Only of this locker.")
            .query("after", "Cases after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<CaseView>>(200, "Cases."),
        Route::get("/v1/cases/{case}", "getCase", get)
            .about("cases", "Tells what is known of a case")
            .by(Caller::Operator)
            .answers::<CaseView>(200, "The case."),
    ]
}

/// A case.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CaseView {
    /// Its number at the hub.
    case: u64,
    /// As the locker shows it, to be read over the phone.
    shown: String,
    /// At which locker.
    locker: u32,
    /// What kind of problem.
    problem: String,
    /// At which door.
    compartment: u16,
    /// In which opening: its events are the evidence.
    opening: Option<u64>,
    /// When, as far as the locker knew.
    raised_unix_s: u64,
}

const COLUMNS: &str = "id, number, locker, problem, compartment, opening, raised_unix_s";

impl CaseView {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            case: unsigned(row.get(0)?),
            shown: CaseId(row.get(1)?).to_string(),
            locker: row.get(2)?,
            problem: row.get(3)?,
            compartment: row.get(4)?,
            opening: row.get::<_, Option<i64>>(5)?.map(unsigned),
            raised_unix_s: unsigned(row.get(6)?),
        })
    }
}

/// Which cases are asked for.
#[derive(Debug, Deserialize)]
struct Which {
    locker: Option<u32>,
    after: Option<u64>,
    limit: Option<u32>,
}

async fn list(
    State(hub): State<SharedHub>,
    user: User,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<CaseView>>, Problem> {
    user.operator()?;
    let paging = super::Paging { after: which.after, limit: which.limit };
    let limit = paging.limit();
    let items = hub
        .database
        .read(move |connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM cases WHERE id > ?1 AND (?2 IS NULL OR locker = ?2) ORDER BY id LIMIT ?3"
            ))?;
            let rows =
                select.query_map((paging.after().unwrap_or(0), which.locker, limit + 1), CaseView::from_row)?;
            Ok::<_, Problem>(rows.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok(Json(Page::of(items, limit, |case| case.case)))
}

async fn get(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(case): AtPath<u32>,
) -> Result<Json<CaseView>, Problem> {
    user.operator()?;
    hub.database
        .read(move |connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM cases WHERE id = ?1"))?
                .query_row([case], CaseView::from_row)
                .optional()?
                .ok_or_else(|| Problem::not_found("case"))
        })
        .await
        .map(Json)
}
