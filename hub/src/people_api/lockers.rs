//! Lockers: claimed, listed, looked into, and asked for small things.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use locker_crypto::enrol::claim_hash;
use locker_protocol::claim::Claim;
use locker_protocol::{Change, CompartmentId, LockerId};
use rusqlite::{Connection, OptionalExtension, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChangeSent, Page, Paging, code_key, sent, text_within};
use crate::auth::User;
use crate::body::{Asked, AtPath, Json, created};
use crate::changes;
use crate::database::{signed, unsigned};
use crate::facts::SupplyView;
use crate::hub::{Hub, SharedHub};
use crate::problem::Problem;
use crate::route::{Caller, Route};

/// A locker that was not heard of for so long is offline, in seconds: longer than its longest poll.
const OFFLINE_AFTER_S: u64 = 120;
const MAX_NAME: usize = 100;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/lockers", "claimLocker", claim)
            .about("lockers", "Takes the claim that a locker shows: the locker is this hub's from now on")
            .by(Caller::Operator)
            .takes::<ClaimRequest>()
            .answers::<LockerView>(201, "The locker; it enrols itself within seconds.")
            .answers::<LockerView>(200, "The claim was given before; this is its locker."),
        Route::get("/v1/lockers", "listLockers", list)
            .about("lockers", "Lists the lockers")
            .query("after", "Lockers after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<LockerView>>(200, "Lockers."),
        Route::get("/v1/lockers/{locker}", "getLocker", get)
            .about("lockers", "Tells how a locker is")
            .answers::<LockerView>(200, "The locker."),
        Route::get("/v1/lockers/{locker}/compartments", "listCompartments", compartments)
            .about("lockers", "Lists the compartments that the locker's events have named")
            .by(Caller::Operator)
            .answers::<Compartments>(200, "The compartments, by number."),
        Route::post("/v1/lockers/{locker}/compartments/{compartment}/service", "setService", service)
            .about("lockers", "Takes a compartment out of service, or back")
            .by(Caller::Operator)
            .takes::<ServiceRequest>()
            .answers::<ChangeSent>(202, "On its way to the locker."),
        Route::post("/v1/lockers/{locker}/refill-codes", "refillCodes", refill_codes)
            .about("lockers", "Lets people type codes again after too many wrong ones")
            .by(Caller::Operator)
            .answers::<ChangeSent>(202, "On its way to the locker."),
    ]
}

/// The claim that a locker shows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimRequest {
    /// The 26 characters, or what the QR code holds.
    claim: String,
    /// What people call the locker: 1 to 100 characters.
    name: String,
}

/// How a locker stands with the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LockerStanding {
    /// Its claim is known, it has not come yet.
    Claimed,
    /// It is enrolled, and its journal is one history with what the hub holds.
    InStep,
    /// Its journal contradicts what the hub holds of it; it will begin a new one.
    Forked,
}

/// A locker.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LockerView {
    /// Its number.
    locker: u32,
    /// What people call it.
    name: String,
    /// How it stands.
    standing: LockerStanding,
    /// When it was enrolled.
    enrolled_unix_s: Option<u64>,
    /// Its program's version.
    version: Option<String>,
    /// When it was last heard of.
    last_seen_unix_s: Option<u64>,
    /// Since when it is offline; none while it is online, or was never heard of.
    offline_since_unix_s: Option<u64>,
    /// Its journal.
    journal: Option<String>,
    /// How many entries of that journal the hub holds.
    held: u64,
    /// How many changes it has not answered.
    changes_waiting: u64,
    /// How many of its entries were set aside.
    set_aside: u64,
    /// What it runs on; none where it has never said that this changed.
    power: Option<PowerView>,
    /// When somebody last shook it, or opened what only staff open; none where no sensor has said so.
    tampered: Option<TamperedView>,
    /// Its thermometers that are out of their range, or say nothing: what lies there may have spoilt.
    out_of_range: Vec<OutOfRangeView>,
}

/// What a locker runs on.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PowerView {
    /// On what.
    supply: SupplyView,
    /// Since when, as far as the locker knew.
    since_unix_s: u64,
}

/// That somebody shook a locker, or opened what only staff open.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TamperedView {
    /// The sensor that said so, by its name in the locker's profile.
    sensor: String,
    /// When, as far as the locker knew.
    at_unix_s: u64,
}

/// A thermometer that is out of its range.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OutOfRangeView {
    /// Its name in the locker's profile.
    sensor: String,
    /// What it said when it left its range, in tenths of a degree Celsius; none where it said nothing.
    tenths_c: Option<i16>,
    /// Since when, as far as the locker knew.
    since_unix_s: u64,
    /// The compartments that it is in; none where it is in the cabinet.
    compartments: Vec<u16>,
}

const COLUMNS: &str = "id, name, enrolled_unix_s, version, last_seen_unix_s, lockers.journal,
    COALESCE((SELECT held FROM journals WHERE journals.locker = lockers.id AND journals.journal = lockers.journal), 0),
    COALESCE((SELECT forked FROM journals WHERE journals.locker = lockers.id AND journals.journal = lockers.journal), 0),
    (SELECT COUNT(*) FROM changes WHERE changes.locker = lockers.id AND changes.generation = lockers.generation
        AND number > lockers.cursor AND answer IS NULL),
    (SELECT COUNT(*) FROM set_aside WHERE set_aside.locker = lockers.id),
    supply, supply_unix_s, tampered, tampered_unix_s";

impl LockerView {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let enrolled_unix_s = row.get::<_, Option<i64>>(2)?.map(unsigned);
        let forked: bool = row.get(7)?;
        Ok(Self {
            locker: row.get(0)?,
            name: row.get(1)?,
            standing: match (enrolled_unix_s, forked) {
                (None, _) => LockerStanding::Claimed,
                (Some(_), false) => LockerStanding::InStep,
                (Some(_), true) => LockerStanding::Forked,
            },
            enrolled_unix_s,
            version: row.get(3)?,
            last_seen_unix_s: row.get::<_, Option<i64>>(4)?.map(unsigned),
            offline_since_unix_s: None,
            journal: row.get::<_, Option<Vec<u8>>>(5)?.map(|journal| HEXLOWER.encode(&journal)),
            held: unsigned(row.get(6)?),
            changes_waiting: unsigned(row.get(8)?),
            set_aside: unsigned(row.get(9)?),
            power: match (row.get::<_, Option<String>>(10)?, row.get(11)?) {
                (Some(supply), Some(since)) => crate::words::variant(&supply)
                    .map(|supply| PowerView { supply, since_unix_s: unsigned(since) }),
                _ => None,
            },
            tampered: match (row.get(12)?, row.get(13)?) {
                (Some(sensor), Some(at)) => Some(TamperedView { sensor, at_unix_s: unsigned(at) }),
                _ => None,
            },
            out_of_range: Vec::new(),
        })
    }

    /// Adds which of its thermometers are out of their range.
    fn measured(mut self, connection: &Connection) -> rusqlite::Result<Self> {
        let mut select = connection.prepare_cached(
            "SELECT sensor, tenths_c, since_unix_s FROM out_of_range WHERE locker = ?1 ORDER BY sensor",
        )?;
        let rows = select.query_map([self.locker], |row| {
            Ok(OutOfRangeView {
                sensor: row.get(0)?,
                tenths_c: row.get(1)?,
                since_unix_s: unsigned(row.get(2)?),
                compartments: Vec::new(),
            })
        })?;
        self.out_of_range = rows.collect::<Result<_, _>>()?;
        for thermometer in &mut self.out_of_range {
            let mut select = connection.prepare_cached(
                "SELECT compartment FROM out_of_range_compartments WHERE locker = ?1 AND sensor = ?2
                 ORDER BY compartment",
            )?;
            let rows = select.query_map((self.locker, &thermometer.sensor), |row| row.get(0))?;
            thermometer.compartments = rows.collect::<Result<_, _>>()?;
        }
        Ok(self)
    }

    /// Adds what is known of when it was last heard of.
    fn seen(mut self, hub: &Hub) -> Self {
        self.last_seen_unix_s = hub.seen.unwritten(LockerId(self.locker)).or(self.last_seen_unix_s);
        self.offline_since_unix_s =
            self.last_seen_unix_s.filter(|seen| hub.now().saturating_sub(*seen) > OFFLINE_AFTER_S);
        self
    }
}

fn find(connection: &Connection, locker: u32) -> Result<LockerView, Problem> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM lockers WHERE id = ?1"))?
        .query_row([locker], LockerView::from_row)
        .optional()?
        .map(|view| view.measured(connection))
        .transpose()?
        .ok_or_else(|| Problem::not_found("locker"))
}

async fn claim(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<ClaimRequest>,
) -> Result<Response, Problem> {
    user.operator()?;
    text_within("name", &request.name, MAX_NAME)?;
    let claim = Claim::parse(request.claim.trim()).map_err(|error| Problem::invalid(error.to_string()))?;
    let now_unix_s = hub.now();
    let (is_new, view) = hub
        .database
        .write(move |transaction| {
            let hash = claim_hash(&claim);
            let known: Option<u32> = transaction
                .query_row("SELECT id FROM lockers WHERE claim_hash = ?1", [&hash.0[..]], |row| row.get(0))
                .optional()?;
            if let Some(locker) = known {
                // Given again, it counts from now again, until it is used.
                transaction.execute(
                    "UPDATE lockers SET claimed_unix_s = ?2 WHERE id = ?1 AND enrolled_unix_s IS NULL",
                    (locker, signed(now_unix_s)),
                )?;
                return Ok::<_, Problem>((false, find(transaction, locker)?));
            }
            transaction.execute(
                "INSERT INTO lockers (name, claim_hash, claim_secret, claimed_unix_s) VALUES (?1, ?2, ?3, ?4)",
                (&request.name, &hash.0[..], &claim.0[..], signed(now_unix_s)),
            )?;
            let locker = u32::try_from(transaction.last_insert_rowid())
                .map_err(|_| Problem::conflict("the hub has no numbers left for lockers"))?;
            Ok((true, find(transaction, locker)?))
        })
        .await?;
    let view = view.seen(&hub);
    Ok(if is_new { created(view) } else { Json(view).into_response() })
}

async fn list(
    State(hub): State<SharedHub>,
    _: User,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<LockerView>>, Problem> {
    let limit = paging.limit();
    let items = hub
        .database
        .read(move |connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM lockers WHERE id > ?1 ORDER BY id LIMIT ?2"
            ))?;
            let rows = select.query_map((paging.after().unwrap_or(0), limit + 1), LockerView::from_row)?;
            let items = rows.map(|view| view?.measured(connection));
            Ok::<_, Problem>(items.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    let items = items.into_iter().map(|view| view.seen(&hub)).collect();
    Ok(Json(Page::of(items, limit, |view| u64::from(view.locker))))
}

async fn get(
    State(hub): State<SharedHub>,
    _: User,
    AtPath(locker): AtPath<u32>,
) -> Result<Json<LockerView>, Problem> {
    let view = hub.database.read(move |connection| find(connection, locker)).await?;
    Ok(Json(view.seen(&hub)))
}

/// What is believed to be in a compartment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContentsView {
    /// Nothing.
    Empty,
    /// The parcels named, until the locker has settled that they left.
    Holds,
    /// Nobody knows; the parcels named may be inside.
    Unknown,
}

/// A compartment.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CompartmentView {
    /// The number on its door.
    compartment: u16,
    /// What is believed to be inside.
    contents: ContentsView,
    /// Which parcels.
    parcels: Vec<String>,
    /// Whether it may be used.
    in_service: bool,
    /// Why not.
    out_why: Option<String>,
}

/// The compartments of a locker.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Compartments {
    /// By number; one that no event has named yet is not here.
    items: Vec<CompartmentView>,
}

async fn compartments(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(locker): AtPath<u32>,
) -> Result<Json<Compartments>, Problem> {
    user.operator()?;
    let items = hub
        .database
        .read(move |connection| {
            find(connection, locker)?;
            let mut select = connection.prepare_cached(
                "SELECT compartment, contents, in_service, out_why FROM compartments
                 WHERE locker = ?1 ORDER BY compartment",
            )?;
            let mut items: Vec<CompartmentView> = Vec::new();
            let mut rows = select.query([locker])?;
            while let Some(row) = rows.next()? {
                let contents: String = row.get(1)?;
                items.push(CompartmentView {
                    compartment: row.get(0)?,
                    contents: crate::words::variant(&contents).ok_or_else(|| Problem::corrupt("contents"))?,
                    parcels: Vec::new(),
                    in_service: row.get(2)?,
                    out_why: row.get(3)?,
                });
            }
            let mut select = connection
                .prepare_cached("SELECT compartment, parcel FROM compartment_parcels WHERE locker = ?1")?;
            let mut rows = select.query([locker])?;
            while let Some(row) = rows.next()? {
                let number: u16 = row.get(0)?;
                if let Ok(place) = items.binary_search_by_key(&number, |item| item.compartment) {
                    items[place].parcels.push(unsigned(row.get(1)?).to_string());
                }
            }
            add_what_receipts_say(connection, locker, &mut items)?;
            Ok::<_, Problem>(items)
        })
        .await?;
    Ok(Json(Compartments { items }))
}

/// Adds the parcels that are inside by receipts that are ahead of the locker's events.
fn add_what_receipts_say(
    connection: &Connection,
    locker: u32,
    items: &mut Vec<CompartmentView>,
) -> rusqlite::Result<()> {
    let mut select = connection.prepare_cached(
        "SELECT compartment, id FROM parcels_now WHERE locker = ?1 AND by_receipt AND state = 'inside'",
    )?;
    let mut rows = select.query([locker])?;
    while let Some(row) = rows.next()? {
        let (compartment, parcel) = (row.get(0)?, unsigned(row.get(1)?).to_string());
        let place = match items.binary_search_by_key(&compartment, |item| item.compartment) {
            Ok(place) => place,
            Err(place) => {
                let contents = ContentsView::Holds;
                let parcels = Vec::new();
                items.insert(
                    place,
                    CompartmentView { compartment, contents, parcels, in_service: true, out_why: None },
                );
                place
            }
        };
        let item = &mut items[place];
        if !item.parcels.contains(&parcel) {
            item.parcels.push(parcel);
        }
        if item.contents == ContentsView::Empty {
            item.contents = ContentsView::Holds;
        }
    }
    Ok(())
}

/// Whether a compartment may be used.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceRequest {
    /// Whether it may be used.
    in_service: bool,
}

async fn service(
    State(hub): State<SharedHub>,
    user: User,
    AtPath((locker, compartment)): AtPath<(u32, u16)>,
    Json(request): Json<ServiceRequest>,
) -> Result<Response, Problem> {
    user.operator()?;
    let change = Change::Service { compartment: CompartmentId(compartment), in_service: request.in_service };
    send(&hub, LockerId(locker), change).await
}

async fn refill_codes(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(locker): AtPath<u32>,
) -> Result<Response, Problem> {
    user.operator()?;
    send(&hub, LockerId(locker), Change::RefillCodes).await
}

async fn send(hub: &Hub, locker: LockerId, change: Change) -> Result<Response, Problem> {
    let now_unix_s = hub.now();
    let number = hub
        .database
        .write(move |transaction| {
            code_key(transaction, locker)?;
            changes::enqueue(transaction, locker, &change, now_unix_s)
        })
        .await?;
    Ok(sent(hub, locker, number))
}
