//! The receipts that phones bring, each kept once.

use locker_protocol::receipt::{ReceiptError, Recorded};
use locker_protocol::seal::to_bytes;
use locker_protocol::{Receipt, Verify};
use ring::digest::{SHA256, digest};
use rusqlite::{OptionalExtension, Transaction};

use crate::books::{Page, way};
use crate::database::{signed, unsigned};
use crate::parcels::Taker;
use crate::problem::{Kind, Problem};

/// How many receipts of one locker may wait for its events.
const MAX_AHEAD: u32 = 10_000;

/// How a receipt stands to what its locker itself has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It tells of events that have not come yet: it counts until they do.
    Ahead,
    /// The locker's own events say the same.
    Held,
    /// The locker's own events do not say that.
    Contradicted,
}

impl Standing {
    const ALL: [Self; 3] = [Self::Ahead, Self::Held, Self::Contradicted];

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::Held => "held",
            Self::Contradicted => "contradicted",
        }
    }

    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.text() == text)
    }
}

/// What kind of receipt it is, in a word.
pub(crate) fn kind_of(what: &Recorded) -> &'static str {
    match what {
        Recorded::Sent { .. } => "sent",
        Recorded::Stop { .. } => "stop",
        Recorded::Collected { .. } | Recorded::Visit { .. } => "collected",
    }
}

/// Who took out what a receipt says was taken out.
fn taker_of(what: &Recorded) -> Taker {
    match what {
        Recorded::Sent { .. } | Recorded::Stop { .. } => Taker::Carrier,
        Recorded::Collected { .. } | Recorded::Visit { .. } => Taker::Recipient,
    }
}

/// Reads a receipt that this locker signed, with the hash by which it is known: of what it says, not of how that is written.
pub(crate) fn read(text: &str, journal_key: &dyn Verify) -> Result<(Receipt, [u8; 32]), ReceiptError> {
    let receipt = Receipt::from_text(text, journal_key)?;
    let mut hash = [0; 32];
    // A SHA-256 digest has 32 bytes.
    hash.copy_from_slice(digest(&SHA256, &to_bytes(&receipt)).as_ref());
    Ok((receipt, hash))
}

/// Takes a receipt whose signature holds. The same one again changes nothing.
pub(crate) fn take(
    transaction: &Transaction<'_>,
    receipt: &Receipt,
    hash: &[u8; 32],
    max_waiting: u32,
    now_unix_s: u64,
) -> Result<Standing, Problem> {
    if let Some(standing) = known(transaction, hash)? {
        return Ok(standing);
    }
    let held = held(transaction, receipt)?;
    let page = Page {
        transaction,
        locker: receipt.locker,
        journal: receipt.journal,
        seq: receipt.seq,
        now_unix_s,
        max_waiting,
    };
    let id = keep(&page, receipt, hash)?;
    if receipt.seq <= held {
        let agrees = page.judge_receipt(id, receipt.seq)?;
        return Ok(if agrees { Standing::Held } else { Standing::Contradicted });
    }
    let taker = taker_of(&receipt.what);
    for moved in receipt.what.moves() {
        page.say(&moved, taker)?;
    }
    Ok(Standing::Ahead)
}

fn known(transaction: &Transaction<'_>, hash: &[u8; 32]) -> Result<Option<Standing>, Problem> {
    let standing: Option<String> = transaction
        .prepare_cached("SELECT standing FROM receipts WHERE hash = ?1")?
        .query_row([&hash[..]], |row| row.get(0))
        .optional()?;
    standing
        .map(|text| Standing::of(&text).ok_or_else(|| Problem::corrupt("a receipt's standing")))
        .transpose()
}

/// How far the hub holds the receipt's journal.
fn held(transaction: &Transaction<'_>, receipt: &Receipt) -> Result<u64, Problem> {
    let found: Option<(i64, bool)> = transaction
        .prepare_cached(
            "SELECT held, journals.journal IS lockers.journal AND NOT forked FROM journals
             JOIN lockers ON lockers.id = journals.locker WHERE locker = ?1 AND journals.journal = ?2",
        )?
        .query_row((receipt.locker.0, &receipt.journal.0[..]), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        // A journal of which the hub will hear, or whose locker never reached it.
        None => Ok(0),
        Some((held, true)) => Ok(unsigned(held)),
        Some((held, false)) if receipt.seq <= unsigned(held) => Ok(unsigned(held)),
        Some((_, false)) => Err(Problem::conflict(
            "the journal that this receipt is of was replaced: its locker speaks by another",
        )),
    }
}

fn keep(page: &Page<'_>, receipt: &Receipt, hash: &[u8; 32]) -> Result<i64, Problem> {
    let ahead: u32 = page
        .transaction
        .prepare_cached("SELECT COUNT(*) FROM receipts WHERE locker = ?1 AND standing = 'ahead'")?
        .query_row([receipt.locker.0], |row| row.get(0))?;
    if ahead >= MAX_AHEAD {
        return Err(Problem::new(
            Kind::Full,
            format!("{MAX_AHEAD} receipts wait for this locker's events already"),
        ));
    }
    page.transaction
        .prepare_cached(
            "INSERT INTO receipts (locker, journal, seq, hash, kind, unix_s, standing, received_unix_s)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'ahead', ?7)",
        )?
        .execute((
            receipt.locker.0,
            &receipt.journal.0[..],
            signed(receipt.seq),
            &hash[..],
            kind_of(&receipt.what),
            signed(receipt.unix_s),
            signed(page.now_unix_s),
        ))?;
    let id = page.transaction.last_insert_rowid();
    let mut insert = page.transaction.prepare_cached(
        "INSERT INTO receipt_moves (receipt, parcel, compartment, what) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for moved in receipt.what.moves() {
        insert.execute((id, signed(moved.parcel.0), moved.compartment.0, way(moved.what)))?;
    }
    Ok(id)
}

#[cfg(test)]
mod tests;
