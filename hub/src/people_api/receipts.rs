//! Receipts: what a locker without a network says, carried to the hub by any phone.

use axum::extract::State;
use data_encoding::HEXLOWER;
use locker_crypto::VerifyingKey;
use locker_protocol::receipt::{MAX_RECEIPT_CHARS, ReceiptError};
use locker_protocol::{LockerId, PublicKey, Receipt};
use rusqlite::{Connection, OptionalExtension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Page, Paging};
use crate::auth::User;
use crate::body::{Asked, AtPath, Json};
use crate::database::unsigned;
use crate::hub::SharedHub;
use crate::problem::{Kind, Problem};
use crate::receipts::{self, Standing};
use crate::route::{Caller, Route};
use crate::server::Peer;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/receipts", "bringReceipt", bring)
            .about(
                "receipts",
                "Takes a locker's receipt from whoever scanned it: what it says counts until the locker's own events come",
            )
            .by(Caller::Anyone)
            .takes::<BroughtReceipt>()
            .answers::<TakenReceipt>(200, "It was taken, now or before."),
        Route::get("/v1/lockers/{locker}/receipts", "listReceipts", list)
            .about("receipts", "Lists the receipts of a locker, in the order in which they were brought")
            .by(Caller::Operator)
            .query("after", "Receipts after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<ReceiptView>>(200, "Receipts."),
    ]
}

/// A receipt that somebody scanned.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BroughtReceipt {
    /// The text of the QR code that the locker showed: at most 1050 characters, blanks among them.
    receipt: String,
}

/// How a receipt stands to what its locker itself has sent.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StandingView {
    /// It tells of what the locker has not sent yet, and counts until then.
    Ahead,
    /// The locker's own events say the same.
    Held,
    /// The locker's own events do not say that.
    Contradicted,
}

impl From<Standing> for StandingView {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Ahead => Self::Ahead,
            Standing::Held => Self::Held,
            Standing::Contradicted => Self::Contradicted,
        }
    }
}

/// A receipt, taken. It tells nothing that whoever brought it did not have.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TakenReceipt {
    /// Of which locker.
    locker: u32,
    /// The number that the locker showed with it.
    number: String,
    /// How it stands.
    standing: StandingView,
}

async fn bring(
    State(hub): State<SharedHub>,
    Peer(address): Peer,
    Json(brought): Json<BroughtReceipt>,
) -> Result<Json<TakenReceipt>, Problem> {
    let now_unix_s = hub.now();
    if !hub.pace.allows(address, now_unix_s) {
        return Err(Problem::new(Kind::TooMany, "receipts come too fast from this address"));
    }
    let text = brought.receipt;
    if text.len() > MAX_RECEIPT_CHARS {
        return Err(Problem::new(
            Kind::TooLarge,
            format!("a receipt has at most {MAX_RECEIPT_CHARS} characters"),
        ));
    }
    let locker = Receipt::claimed_locker(&text).ok_or_else(|| Problem::invalid("this is no receipt"))?;
    let key = hub.database.read(move |connection| journal_key(connection, locker)).await?;
    let (receipt, hash) = receipts::read(&text, &VerifyingKey(key)).map_err(|error| match error {
        ReceiptError::Forged => {
            Problem::new(Kind::Forged, "the locker did not sign this, or it was altered since")
        }
        ReceiptError::NotAReceipt | ReceiptError::NotUnderstood => Problem::invalid(error.to_string()),
    })?;
    let number = receipt.number();
    let max_waiting = hub.webhooks.max_waiting;
    let standing = hub
        .database
        .write(move |transaction| receipts::take(transaction, &receipt, &hash, max_waiting, now_unix_s))
        .await?;
    hub.messages_queued.notify_one();
    if standing == Standing::Contradicted {
        return Err(Problem::conflict("the locker's own journal does not say what this receipt says"));
    }
    Ok(Json(TakenReceipt { locker: locker.0, number, standing: standing.into() }))
}

/// The key of the locker that a receipt claims to be of: pinned at its enrolment.
fn journal_key(connection: &Connection, locker: LockerId) -> Result<PublicKey, Problem> {
    connection
        .prepare_cached("SELECT journal_key FROM lockers WHERE id = ?1")?
        .query_row([locker.0], |row| row.get::<_, Option<[u8; PublicKey::LENGTH]>>(0))
        .optional()?
        .flatten()
        .map(PublicKey)
        .ok_or_else(|| Problem::not_found("locker"))
}

/// A receipt that was brought.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReceiptView {
    /// Its place in this list.
    id: u64,
    /// The number that the locker showed with it.
    number: String,
    /// The journal it is of.
    journal: String,
    /// The number there of the last event that it tells of.
    seq: u64,
    /// What it is about: `stop` of a courier, `collected` by a recipient, `sent` by a person.
    kind: String,
    /// How it stands.
    standing: StandingView,
    /// When it was made, as far as the locker knew.
    unix_s: u64,
    /// When it was brought.
    received_unix_s: u64,
}

async fn list(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(locker): AtPath<u32>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<ReceiptView>>, Problem> {
    user.operator()?;
    let limit = paging.limit();
    let items = hub
        .database
        .read(move |connection| {
            super::events::require_locker(connection, locker)?;
            let mut select = connection.prepare_cached(
                "SELECT id, journal, seq, kind, standing, unix_s, received_unix_s FROM receipts
                 WHERE locker = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            )?;
            let mut rows = select.query((locker, paging.after().unwrap_or(0), limit + 1))?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                let standing = Standing::of(&row.get::<_, String>(4)?);
                let seq = unsigned(row.get(2)?);
                items.push(ReceiptView {
                    id: unsigned(row.get(0)?),
                    number: Receipt::number_of(seq),
                    journal: HEXLOWER.encode(&row.get::<_, Vec<u8>>(1)?),
                    seq,
                    kind: row.get(3)?,
                    standing: standing.ok_or_else(|| Problem::corrupt("a receipt's standing"))?.into(),
                    unix_s: unsigned(row.get(5)?),
                    received_unix_s: unsigned(row.get(6)?),
                });
            }
            Ok::<_, Problem>(items)
        })
        .await?;
    Ok(Json(Page::of(items, limit, |receipt| receipt.id)))
}
