//! Parcels: announced, listed, looked at.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use locker_crypto::label_tag;
use locker_protocol::change::{Announcement, TemperatureRange};
use locker_protocol::pass::{Pass, Right};
use locker_protocol::{Change, Label, LockerId, ParcelId, RecipientId, Size};
use rusqlite::{Connection, Transaction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::orders::OrderView;
use super::{Page, Paging, code_key, number_within, text_within};
use crate::auth::User;
use crate::body::{Asked, AtPath, Json, created};
use crate::database::{signed, unsigned};
use crate::hub::{Keys, SharedHub};
use crate::labels::AskedLabel;
use crate::parcels::{self, COLUMNS, Origin, Parcel};
use crate::problem::{Kind, Problem};
use crate::recipients::{self, MAX_REFERENCE};
use crate::route::Route;
use crate::user_key::Scope;
use crate::{changes, codes};

/// The most parcels of one locker whose story goes on.
const MAX_LIVE: u32 = 10_000;
/// How long a parcel may wait, in seconds: a minute to a year.
pub(crate) const RETENTION_S: std::ops::RangeInclusive<u32> = 60..=366 * 24 * 60 * 60;
/// At what temperatures a parcel may be to be kept, in tenths of a degree Celsius.
const KEEP_TENTHS_C: std::ops::RangeInclusive<i16> = -400..=600;
/// How many of a parcel's changes are shown.
const MAX_CHANGES_SHOWN: u32 = 20;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/parcels", "announceParcel", announce)
            .about("parcels", "Announces a parcel; answers its code and its recipient's pass, once")
            .takes::<AnnounceRequest>()
            .answers::<AnnouncedView>(201, "It is on its way to the locker.")
            .answers::<AnnouncedView>(
                200,
                "It was announced just so before: here is its number, without code and pass.",
            ),
        Route::get("/v1/parcels", "listParcels", list)
            .about("parcels", "Lists parcels, in the order of their numbers")
            .query("locker", "Only at this locker.")
            .query("after", "Parcels after this number.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<ParcelView>>(200, "Parcels."),
        Route::get("/v1/parcels/{parcel}", "getParcel", get)
            .about("parcels", "Tells where a parcel is and how the locker answered what was asked for it")
            .answers::<ParcelView>(200, "The parcel."),
    ]
}

/// The smallest compartment that a parcel fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum SizeView {
    /// A door about 8 cm high.
    S,
    /// A door about 19 cm high.
    M,
    /// A door about 41 cm high.
    L,
}

impl From<SizeView> for Size {
    fn from(size: SizeView) -> Self {
        match size {
            SizeView::S => Self::S,
            SizeView::M => Self::M,
            SizeView::L => Self::L,
        }
    }
}

impl From<Size> for SizeView {
    fn from(size: Size) -> Self {
        match size {
            Size::S => Self::S,
            Size::M => Self::M,
            Size::L => Self::L,
        }
    }
}

/// A parcel that will come.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnnounceRequest {
    /// To which locker.
    pub(crate) locker: u32,
    /// Whose it is to deliver: to be named by an operator, a tenant's key speaks for its own.
    pub(crate) tenant: Option<u32>,
    /// What stands on it: 1 to 64 printable ASCII characters. A number of a known kind (S10, SSCC, UPS and others) is
    /// kept in the one way in which lockers read it, whatever its symbol.
    pub(crate) label: String,
    /// Your own word for the person who collects it: 1 to 200 characters. Only a keyed hash of it is kept.
    pub(crate) recipient: String,
    /// Its size.
    pub(crate) size: SizeView,
    /// How long it may wait, in seconds in which it can be collected: a minute to 366 days.
    pub(crate) retention_s: u32,
    /// Whether its recipient asked for a door that can be reached from a wheelchair.
    #[serde(default)]
    pub(crate) reachable: bool,
    /// The order that it is a part of, where that comes in several parcels: its recipient is told what is still to come.
    pub(crate) order: Option<OrderView>,
    /// The temperature that it must be kept at: the lowest and the highest, in tenths of a degree Celsius, -400 to 600. It goes only into a
    /// compartment that is kept within them, by its thermometer; where none is free, it stays in the van.
    pub(crate) keep_tenths_c: Option<[i16; 2]>,
}

impl AnnounceRequest {
    /// The label, once everything that can be checked without the database was.
    pub(crate) fn check(&self) -> Result<AskedLabel, Problem> {
        text_within("recipient", &self.recipient, MAX_REFERENCE)?;
        number_within("retention_s", self.retention_s, RETENTION_S)?;
        self.order.as_ref().map_or(Ok(()), OrderView::check)?;
        self.keep()?;
        AskedLabel::of(&self.label)
    }

    fn keep(&self) -> Result<Option<TemperatureRange>, Problem> {
        match self.keep_tenths_c {
            Some([low, high])
                if low >= high || !KEEP_TENTHS_C.contains(&low) || !KEEP_TENTHS_C.contains(&high) =>
            {
                Err(Problem::invalid(format!(
                    "`keep_tenths_c` is the lowest and the highest temperature, in tenths of a degree Celsius from {} to {}",
                    KEEP_TENTHS_C.start(),
                    KEEP_TENTHS_C.end()
                )))
            }
            Some([low_tenths_c, high_tenths_c]) => Ok(Some(TemperatureRange { low_tenths_c, high_tenths_c })),
            None => Ok(None),
        }
    }
}

/// A parcel, announced.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AnnouncedView {
    /// Its number.
    parcel: String,
    /// The ten digits that open its door. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its recipient's pass, the text of a QR code. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<String>,
}

/// A parcel that was made ready to be known at a locker: what the locker is told, and its code's digits.
pub(crate) struct Ready {
    pub(crate) announcement: Announcement,
    pub(crate) code: String,
}

/// Numbers the parcel, its person and its code.
pub(crate) fn make_ready(
    transaction: &Transaction<'_>,
    keys: &Keys,
    request: &AnnounceRequest,
    tenant: locker_protocol::TenantId,
    label: Label,
    now_unix_s: u64,
) -> Result<Ready, Problem> {
    let locker = LockerId(request.locker);
    let key = code_key(transaction, locker)?;
    has_room(transaction, locker, now_unix_s)?;
    let recipient = recipients::recipient(transaction, &keys.references, tenant, &request.recipient)?;
    let (code, tag) = codes::draw(transaction, locker, &key)?;
    let announcement = Announcement {
        parcel: parcels::draw_id(transaction)?,
        tenant,
        label_tag: label_tag(&label),
        label,
        recipient,
        code: tag,
        size: request.size.into(),
        retention_s: request.retention_s,
        reachable: request.reachable,
        order: request.order.as_ref().map(|order| order.order(&keys.references, tenant)),
        keep: request.keep()?,
    };
    Ok(Ready { announcement, code: code.digits() })
}

/// Whether one more parcel may be on its way to a locker.
pub(crate) fn has_room(
    transaction: &Transaction<'_>,
    locker: LockerId,
    now_unix_s: u64,
) -> Result<(), Problem> {
    let live = parcels::count_live(transaction, locker, now_unix_s)?;
    if live >= MAX_LIVE {
        return Err(Problem::new(
            Kind::Full,
            format!("{MAX_LIVE} parcels are on their way to or in this locker"),
        ));
    }
    Ok(())
}

/// The pass of a recipient, for their parcels at a locker.
pub(crate) fn recipient_pass(keys: &Keys, locker: LockerId, recipient: RecipientId) -> String {
    let right = Right::Collect { recipient, label: None };
    Pass { locker, expires_unix_s: None, right }.to_text(&keys.signing)
}

async fn announce(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<AnnounceRequest>,
) -> Result<Response, Problem> {
    let tenant = user.tenant(request.tenant)?;
    let label = request.check()?;
    let now_unix_s = hub.now();
    let locker = LockerId(request.locker);
    let keys = Arc::clone(&hub.keys);
    let announced = hub
        .database
        .write(move |transaction| {
            if let Some(known) = parcels::find_live(transaction, locker, tenant, &label, now_unix_s)? {
                let recipient =
                    recipients::recipient(transaction, &keys.references, tenant, &request.recipient)?;
                let order = request.order.as_ref().map(|order| order.order(&keys.references, tenant));
                let same = known.origin == Origin::Announced
                    && known.order == order
                    && known.recipient == Some(recipient)
                    && known.size == request.size.into()
                    && known.reachable == request.reachable
                    && known.keep == request.keep()?;
                return if same {
                    Ok(AnnouncedView { parcel: known.id.0.to_string(), code: None, pass: None })
                } else {
                    Err(Problem::conflict(format!(
                        "parcel {} with this label is known at this locker with other particulars",
                        known.id.0
                    )))
                };
            }
            let ready = make_ready(transaction, &keys, &request, tenant, label.label, now_unix_s)?;
            let (parcel, recipient) = (ready.announcement.parcel, ready.announcement.recipient);
            parcels::insert(
                transaction,
                &Parcel::expected(&ready.announcement, locker, Origin::Announced, now_unix_s),
            )?;
            let change = Change::Announce { announcement: ready.announcement };
            changes::enqueue(transaction, locker, &change, now_unix_s)?;
            Ok(AnnouncedView {
                parcel: parcel.0.to_string(),
                code: Some(ready.code),
                pass: Some(recipient_pass(&keys, locker, recipient)),
            })
        })
        .await?;
    hub.bells.ring(locker);
    Ok(if announced.code.is_some() { created(announced) } else { Json(announced).into_response() })
}

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlaceView {
    /// To come.
    Expected,
    /// In its compartment.
    Inside,
    /// In its compartment or not: nobody knows, and all rights are kept.
    Doubtful,
    /// Taken out.
    Out,
    /// It will not come.
    Cancelled,
}

/// How the hub came to know of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OriginView {
    /// It was announced.
    Announced,
    /// A deposit pass was made for it.
    DepositPass,
    /// A courier brought it unannounced.
    Unannounced,
    /// A person sends it from the locker.
    Return,
}

/// What was asked of the locker for a parcel, and how it answered.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChangeView {
    /// Its number among the locker's changes.
    number: u64,
    /// What was asked: `announce`, `announce_return`, `cancel`, `extend`, `recall`, `new_code` or `match`.
    kind: String,
    /// `applied` or `refused`; none while the locker has not answered.
    answer: Option<String>,
    /// Why it was refused.
    why: Option<String>,
}

/// A parcel.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ParcelView {
    /// Its number.
    parcel: String,
    /// At which locker.
    locker: u32,
    /// Whose it is to deliver, or to take away.
    tenant: u32,
    /// How the hub came to know of it.
    origin: OriginView,
    /// What stands on it.
    label: String,
    /// Its size; of an unannounced one, the compartment's; none where its sender chooses.
    size: Option<SizeView>,
    /// Where it is.
    state: PlaceView,
    /// In which compartment.
    compartment: Option<u16>,
    /// Who took it out: `recipient`, `carrier` or `staff`.
    out_to: Option<String>,
    /// Whether it has waited for as long as it may. It stays collectable.
    expired: bool,
    /// Whether a courier is to take it out again.
    recalled: bool,
    /// Whether it is for somebody. An unannounced one is not until it was matched.
    has_recipient: bool,
    /// Whether the locker has said that it knows of it.
    known_there: bool,
    /// Whether its place is known from a receipt that a phone brought: the locker's own word has not come yet.
    by_receipt: bool,
    /// Why a courier brought it last and took it away again: `no_room`, `does_not_fit`, `doors_silent`, or `not_kept` where no
    /// compartment that keeps its temperature was free. None once it is inside.
    left_over: Option<String>,
    /// The temperature that it must be kept at: the lowest and the highest, in tenths of a degree Celsius.
    keep_tenths_c: Option<[i16; 2]>,
    /// Since when the thermometer of its compartment was out of its range, the first time that it lay there or may have, as far as the
    /// locker knew; none if it never did. It stays when the thermometer is back.
    out_of_range_unix_s: Option<u64>,
    /// How long it may wait, in seconds in which it can be collected.
    retention_s: Option<u32>,
    /// When the hub heard of it.
    created_unix_s: u64,
    /// When it last changed.
    changed_unix_s: u64,
    /// What was last asked of the locker for it, newest first: at most 20, and only for one parcel at a time.
    changes: Vec<ChangeView>,
}

impl From<Parcel> for ParcelView {
    fn from(parcel: Parcel) -> Self {
        Self {
            parcel: parcel.id.0.to_string(),
            locker: parcel.locker.0,
            tenant: parcel.tenant.0,
            origin: match parcel.origin {
                Origin::Announced => OriginView::Announced,
                Origin::DepositPass => OriginView::DepositPass,
                Origin::Unannounced => OriginView::Unannounced,
                Origin::Return => OriginView::Return,
            },
            label: parcel.label.as_str().to_owned(),
            size: parcel.known_size().map(Into::into),
            state: match parcel.state {
                parcels::State::Expected => PlaceView::Expected,
                parcels::State::Inside => PlaceView::Inside,
                parcels::State::Doubtful => PlaceView::Doubtful,
                parcels::State::Out => PlaceView::Out,
                parcels::State::Cancelled => PlaceView::Cancelled,
            },
            compartment: parcel.compartment,
            out_to: parcel.out_to,
            expired: parcel.expired,
            recalled: parcel.recalled,
            has_recipient: parcel.recipient.is_some(),
            known_there: parcel.known_there,
            by_receipt: parcel.by_receipt,
            left_over: parcel.left_over,
            out_of_range_unix_s: parcel.out_of_range_unix_s,
            keep_tenths_c: parcel.keep.map(|keep| [keep.low_tenths_c, keep.high_tenths_c]),
            retention_s: parcel.retention_s,
            created_unix_s: parcel.created_unix_s,
            changed_unix_s: parcel.changed_unix_s,
            changes: Vec::new(),
        }
    }
}

/// A parcel that this user may see. To a tenant, those of others do not exist.
pub(crate) fn visible(connection: &Connection, scope: Scope, parcel: ParcelId) -> Result<Parcel, Problem> {
    parcels::find(connection, parcel)?
        .filter(|parcel| scope.tenant().is_none_or(|tenant| tenant == parcel.tenant))
        .ok_or_else(|| Problem::not_found("parcel"))
}

async fn get(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(parcel): AtPath<u64>,
) -> Result<Json<ParcelView>, Problem> {
    let view = hub
        .database
        .read(move |connection| {
            let mut view = ParcelView::from(visible(connection, user.scope, ParcelId(parcel))?);
            view.changes = changes_of(connection, ParcelId(parcel))?;
            Ok::<_, Problem>(view)
        })
        .await?;
    Ok(Json(view))
}

fn changes_of(connection: &Connection, parcel: ParcelId) -> rusqlite::Result<Vec<ChangeView>> {
    let mut select = connection.prepare_cached(
        "SELECT number, kind, answer, why FROM changes WHERE parcel = ?1
         ORDER BY generation DESC, number DESC LIMIT ?2",
    )?;
    let rows = select.query_map((signed(parcel.0), MAX_CHANGES_SHOWN), |row| {
        Ok(ChangeView {
            number: unsigned(row.get(0)?),
            kind: row.get(1)?,
            answer: row.get(2)?,
            why: row.get(3)?,
        })
    })?;
    rows.collect()
}

/// Which parcels are asked for.
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
) -> Result<Json<Page<ParcelView>>, Problem> {
    let paging = Paging { after: which.after, limit: which.limit };
    let limit = paging.limit();
    let tenant = user.scope.tenant().map(|tenant| tenant.0);
    let items = hub
        .database
        .read(move |connection| {
            // Numbers that a locker made have the top bit, so that they are negative here and come first.
            let mut select = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM parcels_now WHERE id > ?1 AND (?2 IS NULL OR tenant = ?2)
                 AND (?3 IS NULL OR locker = ?3) ORDER BY id LIMIT ?4"
            ))?;
            let after = paging.after().unwrap_or(i64::MIN);
            let rows = select.query_map((after, tenant, which.locker, limit + 1), Parcel::from_row)?;
            Ok::<_, Problem>(rows.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    let page = Page::of(items, limit, |parcel| parcel.id.0);
    Ok(Json(Page { items: page.items.into_iter().map(ParcelView::from).collect(), next: page.next }))
}
