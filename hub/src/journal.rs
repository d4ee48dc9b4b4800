//! The journals of the lockers as the hub holds them: each entry once, in order, chained; what contradicts is kept beside.

use locker_crypto::entry_hash;
use locker_protocol::seal::from_bytes;
use locker_protocol::uplink::{Batch, EntryBytes, Hello, Standing};
use locker_protocol::{Entry, Hash, JournalId, LockerId};
use rusqlite::{OptionalExtension, Transaction};

use crate::books::{BookError, Page};
use crate::database::{DatabaseError, signed, unsigned};
use crate::problem::Problem;

/// How many contradicting entries are kept of one locker. A fork is seen by the first.
const MAX_FORKED: u32 = 1_000;
/// How many entries that make no sense are kept in the report of one locker; the oldest give way. The entries
/// themselves stay in the journal.
const MAX_SET_ASIDE: u32 = 1_000;
/// Numbers beyond this are not a journal's.
const MAX_SEQ: u64 = 1 << 60;

/// How far a journal is held.
struct HeldJournal {
    held: u64,
    head_hash: Hash,
    forked: bool,
}

fn find(
    transaction: &Transaction<'_>,
    locker: LockerId,
    journal: JournalId,
) -> rusqlite::Result<Option<HeldJournal>> {
    transaction
        .prepare_cached("SELECT held, head_hash, forked FROM journals WHERE locker = ?1 AND journal = ?2")?
        .query_row((locker.0, &journal.0[..]), |row| {
            Ok(HeldJournal { held: unsigned(row.get(0)?), head_hash: Hash(row.get(1)?), forked: row.get(2)? })
        })
        .optional()
}

fn hash_at(
    transaction: &Transaction<'_>,
    locker: LockerId,
    journal: JournalId,
    seq: u64,
) -> rusqlite::Result<Option<Hash>> {
    if seq == 0 {
        return Ok(Some(Hash([0; Hash::LENGTH])));
    }
    transaction
        .prepare_cached("SELECT hash FROM entries WHERE locker = ?1 AND journal = ?2 AND seq = ?3")?
        .query_row((locker.0, &journal.0[..], signed(seq)), |row| row.get(0).map(Hash))
        .optional()
}

/// How the hub sees the journal of a hello, and how far it holds it. A journal that was never seen becomes the locker's
/// current one; those before are kept as they are.
pub(crate) fn meet(
    transaction: &Transaction<'_>,
    hello: &Hello,
    now_unix_s: u64,
) -> Result<(u64, Standing), Problem> {
    if hello.head > MAX_SEQ {
        return Err(Problem::invalid(format!("no journal has more than {MAX_SEQ} entries")));
    }
    let locker = hello.locker;
    let Some(known) = find(transaction, locker, hello.journal)? else {
        begin(transaction, locker, hello.journal, now_unix_s)?;
        transaction
            .prepare_cached("UPDATE lockers SET journal = ?2 WHERE id = ?1")?
            .execute((locker.0, &hello.journal.0[..]))?;
        log::info!("locker {locker} begins journal {}", hello.journal);
        return Ok((0, Standing::InStep));
    };
    if known.forked || !is_current(transaction, locker, hello.journal)? {
        return Ok((known.held, Standing::Forked));
    }
    // A journal that ends before what the hub holds of it has lost its end: what it writes next would contradict.
    let contradicts = hello.head < known.held
        || (hello.head == known.held && hello.head != 0 && hello.head_hash != known.head_hash);
    if contradicts {
        mark_forked(transaction, locker, hello.journal)?;
        return Ok((known.held, Standing::Forked));
    }
    Ok((known.held, Standing::InStep))
}

fn begin(
    transaction: &Transaction<'_>,
    locker: LockerId,
    journal: JournalId,
    now_unix_s: u64,
) -> rusqlite::Result<HeldJournal> {
    let head_hash = Hash([0; Hash::LENGTH]);
    transaction
        .prepare_cached(
            "INSERT INTO journals (locker, journal, head_hash, begun_unix_s) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((locker.0, &journal.0[..], &head_hash.0[..], signed(now_unix_s)))?;
    Ok(HeldJournal { held: 0, head_hash, forked: false })
}

fn is_current(transaction: &Transaction<'_>, locker: LockerId, journal: JournalId) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT journal IS ?2 FROM lockers WHERE id = ?1")?
        .query_row((locker.0, &journal.0[..]), |row| row.get(0))
}

fn mark_forked(transaction: &Transaction<'_>, locker: LockerId, journal: JournalId) -> rusqlite::Result<()> {
    log::warn!("locker {locker}: journal {journal} contradicts what is held of it");
    transaction
        .prepare_cached("UPDATE journals SET forked = 1 WHERE locker = ?1 AND journal = ?2")?
        .execute((locker.0, &journal.0[..]))?;
    Ok(())
}

/// Takes the entries of a verified batch that are new, in order, and answers how far the journal is held now. What was
/// held before is compared, what leaves a gap is left to come again.
pub(crate) fn take(
    transaction: &Transaction<'_>,
    batch: &Batch,
    max_waiting: u32,
    now_unix_s: u64,
) -> Result<u64, Problem> {
    let (locker, journal) = (batch.locker, batch.journal);
    let last = batch.first.checked_add(batch.entries.len() as u64);
    if batch.first == 0 || last.is_none_or(|last| last > MAX_SEQ) {
        return Err(Problem::invalid("entries are numbered from 1"));
    }
    let hashes: Vec<Hash> = batch.entries.iter().map(|entry| entry_hash(&entry.0)).collect();
    if hashes.last().is_some_and(|last| *last != batch.last_hash) {
        return Err(Problem::invalid("`last_hash` is not the hash of the last entry"));
    }
    let known = match find(transaction, locker, journal)? {
        Some(known) => known,
        // A journal that was damaged and replaced before it ever said hello; its entries come before its successor's.
        None => begin(transaction, locker, journal, now_unix_s)?,
    };
    // Once forked, nothing can follow; beyond what follows, there is a gap.
    if known.forked || batch.first > known.held + 1 || batch.entries.is_empty() {
        return Ok(known.held);
    }
    let before = if batch.first == known.held + 1 {
        Some(known.head_hash)
    } else {
        hash_at(transaction, locker, journal, batch.first - 1)?
    };
    let mut fork = before.is_some_and(|held| held != batch.before);
    for ((seq, entry), hash) in (batch.first..).zip(&batch.entries).zip(&hashes) {
        if seq > known.held {
            break;
        }
        fork |= hash_at(transaction, locker, journal, seq)?.is_some_and(|held| held != *hash);
        if fork {
            keep_forked(transaction, batch, seq, entry, hash, now_unix_s)?;
        }
    }
    if fork {
        for ((seq, entry), hash) in (batch.first..).zip(&batch.entries).zip(&hashes) {
            if seq > known.held {
                keep_forked(transaction, batch, seq, entry, hash, now_unix_s)?;
            }
        }
        mark_forked(transaction, locker, journal)?;
        return Ok(known.held);
    }
    let page = Page { transaction, locker, journal, seq: known.held, now_unix_s, max_waiting };
    // Of a journal that was replaced the rest is kept, but its successor has begun from a state of its own.
    let is_current = is_current(transaction, locker, journal)?;
    let (mut held, mut head_hash) = (known.held, known.head_hash);
    for ((seq, entry), hash) in (batch.first..).zip(&batch.entries).zip(&hashes) {
        if seq <= known.held {
            continue;
        }
        hold(transaction, batch, seq, entry, hash, now_unix_s)?;
        if let Err(why) = read(entry, &page.at(seq), &head_hash, is_current)? {
            set_aside(&page, seq, &why)?;
        }
        (held, head_hash) = (seq, *hash);
    }
    transaction
        .prepare_cached("UPDATE journals SET held = ?3, head_hash = ?4 WHERE locker = ?1 AND journal = ?2")?
        .execute((locker.0, &journal.0[..], signed(held), &head_hash.0[..]))?;
    if is_current {
        page.at(held).overtake_receipts()?;
    }
    Ok(held)
}

fn hold(
    transaction: &Transaction<'_>,
    batch: &Batch,
    seq: u64,
    entry: &EntryBytes,
    hash: &Hash,
    now_unix_s: u64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO entries (locker, journal, seq, hash, bytes, received_unix_s)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            batch.locker.0,
            &batch.journal.0[..],
            signed(seq),
            &hash.0[..],
            &entry.0,
            signed(now_unix_s),
        ))?;
    Ok(())
}

/// Reads an entry into the books. The inner error says why it makes no sense; then nothing was written for it.
fn read(
    bytes: &EntryBytes,
    page: &Page<'_>,
    before: &Hash,
    is_current: bool,
) -> Result<Result<(), String>, Problem> {
    let entry: Entry = match from_bytes(&bytes.0) {
        Ok(entry) => entry,
        Err(error) => return Ok(Err(format!("it is not understood: {error}"))),
    };
    if entry.journal != page.journal || entry.seq != page.seq {
        return Ok(Err(format!("it calls itself entry {} of journal {}", entry.seq, entry.journal)));
    }
    if entry.before != *before {
        return Ok(Err("it does not continue the entry before".to_owned()));
    }
    if !is_current {
        return Ok(Err("its journal was replaced before it came".to_owned()));
    }
    page.note_answer(&entry.event)?;
    page.transaction.execute_batch("SAVEPOINT entry")?;
    match page.apply(&entry) {
        Ok(()) => {
            page.transaction.execute_batch("RELEASE entry")?;
            Ok(Ok(()))
        }
        Err(BookError::Senseless(why)) => {
            page.transaction.execute_batch("ROLLBACK TO entry; RELEASE entry")?;
            Ok(Err(why))
        }
        Err(failed) => Err(failed.into()),
    }
}

fn set_aside(page: &Page<'_>, seq: u64, why: &str) -> rusqlite::Result<()> {
    log::warn!("locker {}: entry {seq} of journal {} is set aside: {why}", page.locker, page.journal);
    page.transaction
        .prepare_cached(
            "INSERT INTO set_aside (locker, journal, seq, why, received_unix_s) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((page.locker.0, &page.journal.0[..], signed(seq), why, signed(page.now_unix_s)))?;
    page.transaction
        .prepare_cached(
            "DELETE FROM set_aside WHERE locker = ?1 AND id <=
             (SELECT id FROM set_aside WHERE locker = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute((page.locker.0, MAX_SET_ASIDE))?;
    Ok(())
}

fn keep_forked(
    transaction: &Transaction<'_>,
    batch: &Batch,
    seq: u64,
    entry: &EntryBytes,
    hash: &Hash,
    now_unix_s: u64,
) -> Result<(), DatabaseError> {
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO forked_entries (locker, journal, seq, hash, bytes, received_unix_s)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE (SELECT COUNT(*) FROM forked_entries WHERE locker = ?1) < ?7",
        )?
        .execute((
            batch.locker.0,
            &batch.journal.0[..],
            signed(seq),
            &hash.0[..],
            &entry.0,
            signed(now_unix_s),
            MAX_FORKED,
        ))?;
    Ok(())
}
