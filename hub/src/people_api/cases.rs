//! Cases: problems raised at doors, found by the number that somebody reads aloud, told in words, and answered.

use axum::extract::State;
use axum::response::Response;
use locker_protocol::change::CaseAnswer;
use locker_protocol::event::Problem as Trouble;
use locker_protocol::{CaseId, Change, CompartmentId, ParcelId};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parcels::RETENTION_S;
use super::{ChangeSent, Page, number_within, sent};
use crate::auth::User;
use crate::body::{Asked, AtPath, Json};
use crate::cases::{self, COLUMNS, Case, VISIBLE};
use crate::hub::SharedHub;
use crate::problem::Problem;
use crate::route::Route;
use crate::story::{self, About};
use crate::user_key::Scope;
use crate::words::variant;
use crate::{changes, evidence};

/// How many answers one case takes.
const MAX_ANSWERS: usize = 100;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/cases", "listCases", list)
            .about(
                "cases",
                "Lists cases in the order in which the hub heard of them: an operator all, a tenant those about its parcels",
            )
            .query("locker", "Only of this locker.")
            .query_text("number", "Only those that a locker shows by this number, such as 4K7-29.")
            .query("after", "Cases after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<CaseView>>(200, "Cases."),
        Route::get("/v1/cases/{case}", "getCase", get)
            .about("cases", "Tells the story of a case in words, and how it was answered")
            .answers::<CaseStory>(200, "The case."),
        Route::post("/v1/cases/{case}/answer", "answerCase", answer)
            .about("cases", "Answers a case; the locker decides, and what it made of the answer is seen at the case")
            .takes::<AnswerRequest>()
            .answers::<ChangeSent>(202, "On its way to the locker."),
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
    /// The same in a sentence.
    summary: String,
    /// At which door.
    compartment: u16,
    /// In which opening: its events are the evidence.
    opening: Option<u64>,
    /// The parcels that it is about, as far as they are yours to see.
    parcels: Vec<String>,
    /// When, as far as the locker knew.
    raised_unix_s: u64,
}

impl CaseView {
    fn of(connection: &Connection, scope: Scope, case: &Case) -> rusqlite::Result<Self> {
        let parcels = cases::parcels_of(connection, scope, case.id)?;
        let problem = variant::<Trouble>(&case.problem).map_or("a problem", story::problem_words);
        Ok(Self {
            case: case.id,
            shown: case.number.to_string(),
            locker: case.locker.0,
            problem: case.problem.clone(),
            summary: format!("Door {}: {problem}.", case.compartment),
            compartment: case.compartment,
            opening: case.opening,
            parcels: parcels.iter().map(|parcel| parcel.0.to_string()).collect(),
            raised_unix_s: case.raised_unix_s,
        })
    }
}

/// A sentence of a case's story.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Sentence {
    /// When, in seconds since 1970, as far as the locker knew.
    at_unix_s: u64,
    /// Whether the locker knew the time; otherwise it was then or later.
    exact: bool,
    /// What happened, in words.
    text: String,
    /// The number of its entry in the locker's journal.
    seq: u64,
}

/// How a case was answered.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AnswerView {
    /// `open_again`, `extend` or `staff_comes`.
    answer: String,
    /// For which parcel.
    parcel: Option<String>,
    /// How much longer it may wait, in seconds in which it can be collected.
    by_s: Option<u32>,
    /// Which tenant answered; none where an operator did.
    tenant: Option<u32>,
    /// When.
    at_unix_s: u64,
    /// `applied` or `refused` by the locker; none while it has not said.
    standing: Option<String>,
    /// Why it was refused.
    why: Option<String>,
}

/// A case and its story.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CaseStory {
    /// The case.
    #[serde(flatten)]
    case: CaseView,
    /// What happened at its door, in the order of time: at most 200 sentences.
    story: Vec<Sentence>,
    /// How it was answered.
    answers: Vec<AnswerView>,
}

/// Which cases are asked for.
#[derive(Debug, Deserialize)]
struct Which {
    locker: Option<u32>,
    number: Option<String>,
    after: Option<u64>,
    limit: Option<u32>,
}

async fn list(
    State(hub): State<SharedHub>,
    user: User,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<CaseView>>, Problem> {
    let paging = super::Paging { after: which.after, limit: which.limit };
    let limit = paging.limit();
    let shown = match &which.number {
        None => None,
        Some(text) => Some(CaseId::shown_remainder(text).ok_or_else(|| {
            Problem::invalid("a case's number has five characters, such as 4K7-29: digits from 2 to 9, and letters but no vowels")
        })?),
    };
    let items = hub
        .database
        .read(move |connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM cases WHERE id > :after AND (:locker IS NULL OR locker = :locker)
                 AND (:shown IS NULL OR number % {} = :shown) AND {VISIBLE} ORDER BY id LIMIT :limit",
                CaseId::SHOWN_APART
            ))?;
            let rows = select.query_map(
                rusqlite::named_params! {
                    ":after": paging.after().unwrap_or(0),
                    ":locker": which.locker,
                    ":shown": shown,
                    ":tenant": user.scope.tenant().map(|tenant| tenant.0),
                    ":limit": limit + 1,
                },
                Case::from_row,
            )?;
            let cases = rows.collect::<Result<Vec<_>, _>>()?;
            cases
                .iter()
                .map(|case| Ok(CaseView::of(connection, user.scope, case)?))
                .collect::<Result<Vec<_>, Problem>>()
        })
        .await?;
    Ok(Json(Page::of(items, limit, |case| case.case)))
}

fn visible(connection: &Connection, scope: Scope, case: u64) -> Result<Case, Problem> {
    cases::visible(connection, scope, case)?.ok_or_else(|| Problem::not_found("case"))
}

async fn get(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(case): AtPath<u32>,
) -> Result<Json<CaseStory>, Problem> {
    hub.database
        .read(move |connection| {
            let case = visible(connection, user.scope, u64::from(case))?;
            let parcels = cases::parcels_of(connection, user.scope, case.id)?;
            let about = About {
                compartment: CompartmentId(case.compartment),
                parcels: &parcels,
                tenant: user.scope.tenant(),
            };
            let entries = evidence::of(connection, &case, &parcels)?;
            let story = story::tell(&entries, &about)
                .into_iter()
                .take(evidence::MAX_SENTENCES)
                .map(|line| Sentence {
                    at_unix_s: line.unix_s,
                    exact: line.is_exact,
                    text: line.text,
                    seq: line.seq,
                })
                .collect();
            let answers = cases::answers_of(connection, user.scope, case.id)?;
            Ok::<_, Problem>(CaseStory {
                case: CaseView::of(connection, user.scope, &case)?,
                story,
                answers: answers.iter().map(AnswerView::from).collect(),
            })
        })
        .await
        .map(Json)
}

impl From<&cases::Given> for AnswerView {
    fn from(given: &cases::Given) -> Self {
        let (answer, by_s) = match given.answer {
            CaseAnswer::OpenAgain { .. } => ("open_again", None),
            CaseAnswer::Extend { by_s, .. } => ("extend", Some(by_s)),
            CaseAnswer::StaffComes => ("staff_comes", None),
        };
        Self {
            answer: answer.to_owned(),
            parcel: cases::parcel_of(given.answer).map(|parcel| parcel.0.to_string()),
            by_s,
            tenant: given.tenant.map(|tenant| tenant.0),
            at_unix_s: given.given_unix_s,
            standing: given.standing.clone(),
            why: given.why.clone(),
        }
    }
}

/// What is done about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerKind {
    /// The parcel may still be inside: its recipient may open the door once more, by their code or pass, standing there.
    OpenAgain,
    /// The parcel may wait longer.
    Extend,
    /// Staff come and look. Only operators say so.
    StaffComes,
}

/// An answer to a case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRequest {
    /// What is done.
    answer: AnswerKind,
    /// For which parcel of the case, to open again and to extend.
    #[schemars(regex(pattern = "^[0-9]{1,20}$"))]
    parcel: Option<String>,
    /// How much longer it may wait, to extend: a minute to 366 days, in seconds in which it can be collected.
    by_s: Option<u32>,
}

impl AnswerRequest {
    fn answer(&self) -> Result<CaseAnswer, Problem> {
        let needs = |name: &str| Problem::invalid(format!("this answer needs a `{name}`"));
        let parcel = self
            .parcel
            .as_deref()
            .map(|text| {
                text.parse().map(ParcelId).map_err(|_| Problem::invalid("`parcel` is a number, as text"))
            })
            .transpose()?;
        match (self.answer, parcel, self.by_s) {
            (AnswerKind::OpenAgain, Some(parcel), None) => Ok(CaseAnswer::OpenAgain { parcel }),
            (AnswerKind::Extend, Some(parcel), Some(by_s)) => {
                number_within("by_s", by_s, RETENTION_S)?;
                Ok(CaseAnswer::Extend { parcel, by_s })
            }
            (AnswerKind::StaffComes, None, None) => Ok(CaseAnswer::StaffComes),
            (AnswerKind::OpenAgain | AnswerKind::Extend, None, _) => Err(needs("parcel")),
            (AnswerKind::Extend, Some(_), None) => Err(needs("by_s")),
            (AnswerKind::OpenAgain | AnswerKind::StaffComes, ..) => {
                Err(Problem::invalid("this answer takes nothing more"))
            }
        }
    }
}

async fn answer(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(case): AtPath<u32>,
    Json(request): Json<AnswerRequest>,
) -> Result<Response, Problem> {
    let answer = request.answer()?;
    if answer == CaseAnswer::StaffComes {
        user.operator()?;
    }
    let now_unix_s = hub.now();
    let (locker, number) = hub
        .database
        .write(move |transaction| {
            let case = visible(transaction, user.scope, u64::from(case))?;
            let parcels = cases::parcels_of(transaction, user.scope, case.id)?;
            if cases::parcel_of(answer).is_some_and(|parcel| !parcels.contains(&parcel)) {
                return Err(Problem::not_found("parcel in this case"));
            }
            if cases::answers_of(transaction, Scope::Operator, case.id)?.len() >= MAX_ANSWERS {
                return Err(Problem::conflict(format!("this case was answered {MAX_ANSWERS} times")));
            }
            cases::give(transaction, case.id, answer, user.scope, now_unix_s)?;
            let change = Change::AnswerCase { case: case.number, answer };
            let number = changes::enqueue(transaction, case.locker, &change, now_unix_s)?;
            Ok((case.locker, number))
        })
        .await?;
    Ok(sent(&hub, locker, number))
}
