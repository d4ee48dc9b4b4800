//! The changes of each locker: numbered without gaps within a generation, handed out after a cursor, answered by events.

use locker_protocol::change::{Announcement, CaseAnswer, Change, Numbered, ReturnAnnouncement};
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::uplink::{Hello, MAX_CHANGES, Standing};
use locker_protocol::{LockerId, ParcelId, Refusal};
use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::database::{signed, unsigned};
use crate::parcels;
use crate::problem::{Kind, Problem};
use crate::words::word;
use crate::{sessions, staff};

/// How many unanswered changes a locker may have.
const MAX_WAITING: u64 = 10_000;
/// The highest number that a cursor can have: far beyond what any locker reaches, and a generation can follow it.
const MAX_NUMBER: u64 = 1 << 60;

/// Where a locker's changes stand.
struct Standings {
    generation: u64,
    base: u64,
    newest: u64,
    delivered: u64,
    cursor: u64,
    /// The locker answered another change than was given here under its number.
    mixed_up: bool,
}

fn standings(connection: &Connection, locker: LockerId) -> rusqlite::Result<Standings> {
    connection
        .prepare_cached(
            "SELECT generation, base, newest, delivered, cursor, mixed_up FROM lockers WHERE id = ?1",
        )?
        .query_row([locker.0], |row| {
            Ok(Standings {
                generation: unsigned(row.get(0)?),
                base: unsigned(row.get(1)?),
                newest: unsigned(row.get(2)?),
                delivered: unsigned(row.get(3)?),
                cursor: unsigned(row.get(4)?),
                mixed_up: row.get(5)?,
            })
        })
}

/// Gives a change the locker's next number. Once the transaction is committed, the locker's bell has to ring.
pub(crate) fn enqueue(
    transaction: &Transaction<'_>,
    locker: LockerId,
    change: &Change,
    now_unix_s: u64,
) -> Result<u64, Problem> {
    let at = standings(transaction, locker)?;
    if at.newest.saturating_sub(at.cursor.max(at.base)) >= MAX_WAITING {
        return Err(Problem::new(Kind::Full, format!("{MAX_WAITING} changes wait for this locker already")));
    }
    append(transaction, locker, at.generation, at.newest + 1, change, now_unix_s)?;
    Ok(at.newest + 1)
}

fn append(
    transaction: &Transaction<'_>,
    locker: LockerId,
    generation: u64,
    number: u64,
    change: &Change,
    now_unix_s: u64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO changes (locker, generation, number, kind, change, parcel, created_unix_s)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            locker.0,
            signed(generation),
            signed(number),
            kind_of(change),
            to_bytes(change),
            parcel_of(change).map(|parcel| signed(parcel.0)),
            signed(now_unix_s),
        ))?;
    transaction
        .prepare_cached("UPDATE lockers SET newest = ?2 WHERE id = ?1")?
        .execute((locker.0, signed(number)))?;
    Ok(())
}

/// The changes after a cursor, in order, as many as one answer holds; none when there are none.
pub(crate) fn after(
    connection: &Connection,
    locker: LockerId,
    cursor: u64,
) -> Result<Vec<Numbered>, Problem> {
    let at = standings(connection, locker)?;
    if cursor < at.base || cursor > at.newest {
        return Err(Problem::new(Kind::Stale, "this cursor is not of the hub's generation: say hello"));
    }
    let mut select = connection.prepare_cached(
        "SELECT number, change FROM changes
         WHERE locker = ?1 AND generation = ?2 AND number > ?3 ORDER BY number LIMIT ?4",
    )?;
    let most = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
    let rows = select.query_map((locker.0, signed(at.generation), signed(cursor), most), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    let mut changes = Vec::new();
    for row in rows {
        let (number, bytes) = row?;
        let change = from_bytes(&bytes).map_err(|_| Problem::corrupt("a change"))?;
        changes.push(Numbered { locker, number: unsigned(number), change });
    }
    Ok(changes)
}

/// Whether changes up to this number have left the hub before.
pub(crate) fn is_delivered(connection: &Connection, locker: LockerId, number: u64) -> rusqlite::Result<bool> {
    Ok(standings(connection, locker)?.delivered >= number)
}

/// Remembers, before they leave, that changes up to this number have left the hub: a cursor beyond it then comes from
/// a life of this hub that it does not remember.
pub(crate) fn deliver(transaction: &Transaction<'_>, locker: LockerId, number: u64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE lockers SET delivered = MAX(delivered, ?2) WHERE id = ?1")?
        .execute((locker.0, signed(number)))?;
    Ok(())
}

/// The generation of a locker's changes.
pub(crate) fn generation(connection: &Connection, locker: LockerId) -> rusqlite::Result<u64> {
    Ok(standings(connection, locker)?.generation)
}

/// How the hub sees a locker's cursor. One that it does not know begins a new generation: everything that may matter
/// to the locker is listed anew, under numbers that follow its cursor.
pub(crate) fn meet(
    transaction: &Transaction<'_>,
    hello: &Hello,
    now_unix_s: u64,
) -> Result<(u64, Standing), Problem> {
    if hello.cursor > MAX_NUMBER || hello.generation > MAX_NUMBER {
        return Err(Problem::invalid(format!("no cursor or generation is above {MAX_NUMBER}")));
    }
    let locker = hello.locker;
    let at = standings(transaction, locker)?;
    let unknown = hello.cursor > at.delivered
        || hello.cursor < at.base
        || hello.generation > at.generation
        || at.mixed_up;
    let generation = if unknown {
        let generation = at.generation.max(hello.generation) + 1;
        log::warn!(
            "locker {locker} stands at change {} of generation {}, which this hub does not know: listing anew",
            hello.cursor,
            hello.generation
        );
        list_anew(transaction, locker, &at, generation, hello.cursor, now_unix_s)?;
        generation
    } else {
        at.generation
    };
    transaction
        .prepare_cached("UPDATE lockers SET cursor = ?2 WHERE id = ?1")?
        .execute((locker.0, signed(hello.cursor)))?;
    // A locker that knows an earlier generation missed the answer that began this one.
    let standing = if unknown || (hello.generation != 0 && hello.generation != generation) {
        Standing::CursorUnknown
    } else {
        Standing::InStep
    };
    Ok((generation, standing))
}

fn list_anew(
    transaction: &Transaction<'_>,
    locker: LockerId,
    at: &Standings,
    generation: u64,
    cursor: u64,
    now_unix_s: u64,
) -> Result<(), Problem> {
    // What left the hub up to the cursor was handled, only its answer is still on the way: to repeat an extension
    // would extend twice. Where numbers were mixed up the cursor says nothing of this hub's changes, and to lose one is worse.
    let handled = if at.mixed_up { 0 } else { at.delivered.min(cursor) };
    let repeated = take_unanswered(transaction, locker, at.generation, handled)?;
    transaction
        .prepare_cached(
            "UPDATE lockers SET generation = ?2, base = ?3, newest = ?3, delivered = ?3, mixed_up = 0 WHERE id = ?1",
        )?
        .execute((locker.0, signed(generation), signed(cursor)))?;
    // Where the hub forgot, what it believes to be inside may have left long ago; where the locker forgot, the rights
    // of whoever's parcel is inside have to come back.
    let locker_forgot = cursor < at.base;
    let listing = parcels::announcements(transaction, locker, locker_forgot)?
        .into_iter()
        .chain(staff::working_at(transaction, locker)?.into_iter().map(|staff| Change::Staff { staff }))
        // What the listing says already needs no second change. A new code it does not say: a parcel has the code that
        // the locker took last.
        .chain(repeated.into_iter().filter(|change| {
            !matches!(change, Change::Announce { .. } | Change::AnnounceReturn { .. } | Change::Staff { .. })
        }));
    for (number, change) in (cursor + 1..).zip(listing) {
        append(transaction, locker, generation, number, &change, now_unix_s)?;
    }
    Ok(())
}

fn take_unanswered(
    transaction: &Transaction<'_>,
    locker: LockerId,
    generation: u64,
    after: u64,
) -> Result<Vec<Change>, Problem> {
    let which = (locker.0, signed(generation), signed(after));
    let mut select = transaction.prepare_cached(
        "SELECT change FROM changes
         WHERE locker = ?1 AND generation = ?2 AND number > ?3 AND answer IS NULL ORDER BY number",
    )?;
    let rows = select.query_map(which, |row| row.get::<_, Vec<u8>>(0))?;
    let taken = rows
        .map(|row| from_bytes(&row?).map_err(|_| Problem::corrupt("a change")))
        .collect::<Result<_, Problem>>()?;
    transaction
        .prepare_cached(
            "DELETE FROM changes WHERE locker = ?1 AND generation = ?2 AND number > ?3 AND answer IS NULL",
        )?
        .execute(which)?;
    Ok(taken)
}

/// Notes that the locker applied a change. A number that this hub does not know was given in a life that it does not
/// remember; that is no error.
///
/// So may be a number that it has given again since, while what it had given before was still on its way to the locker. A
/// cursor that stands beyond what this hub gave would tell; one that does not has to be asked for again, and everything
/// that was not answered is given anew.
pub(crate) fn applied(
    transaction: &Transaction<'_>,
    locker: LockerId,
    number: u64,
    change: &Change,
) -> rusqlite::Result<()> {
    let given: Option<(i64, Vec<u8>)> = transaction
        .prepare_cached(
            "SELECT generation, change FROM changes WHERE locker = ?1 AND number = ?2
             ORDER BY generation DESC LIMIT 1",
        )?
        .query_row((locker.0, signed(number)), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((generation, bytes)) = given else { return Ok(()) };
    if from_bytes::<Change>(&bytes).is_ok_and(|given| given == *change) {
        return answered(transaction, locker, number, None);
    }
    if unsigned(generation) == standings(transaction, locker)?.generation {
        log::warn!("locker {locker} applied another change {number} than this hub gave: listing anew");
        transaction.prepare_cached("UPDATE lockers SET mixed_up = 1 WHERE id = ?1")?.execute([locker.0])?;
        sessions::end(transaction, locker)?;
    }
    Ok(())
}

/// The change that was last given under a number, if it is one that this hub remembers.
pub(crate) fn given(
    connection: &Connection,
    locker: LockerId,
    number: u64,
) -> rusqlite::Result<Option<Change>> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT change FROM changes WHERE locker = ?1 AND number = ?2 ORDER BY generation DESC LIMIT 1",
        )?
        .query_row((locker.0, signed(number)), |row| row.get(0))
        .optional()?;
    Ok(bytes.and_then(|bytes| from_bytes(&bytes).ok()))
}

/// Notes that the locker refused a change. Which one that was, it does not say.
pub(crate) fn refused(
    transaction: &Transaction<'_>,
    locker: LockerId,
    number: u64,
    why: Refusal,
) -> rusqlite::Result<()> {
    answered(transaction, locker, number, Some(why))
}

fn answered(
    transaction: &Transaction<'_>,
    locker: LockerId,
    number: u64,
    refused: Option<Refusal>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE changes SET answer = ?3, why = ?4 WHERE locker = ?1 AND number = ?2
             AND generation = (SELECT MAX(generation) FROM changes WHERE locker = ?1 AND number = ?2)",
        )?
        .execute((
            locker.0,
            signed(number),
            if refused.is_some() { "refused" } else { "applied" },
            refused.map(|why| word(&why)),
        ))?;
    transaction
        .prepare_cached("UPDATE lockers SET cursor = MAX(cursor, MIN(?2, delivered)) WHERE id = ?1")?
        .execute((locker.0, signed(number)))?;
    Ok(())
}

/// The parcel that the change of this number announced, if it is one that this hub remembers.
pub(crate) fn announced_by(
    connection: &Connection,
    locker: LockerId,
    number: u64,
) -> rusqlite::Result<Option<ParcelId>> {
    let parcel: Option<Option<i64>> = connection
        .prepare_cached(
            "SELECT parcel FROM changes WHERE locker = ?1 AND number = ?2 AND kind IN ('announce', 'announce_return')
             ORDER BY generation DESC LIMIT 1",
        )?
        .query_row((locker.0, signed(number)), |row| row.get(0))
        .optional()?;
    Ok(parcel.flatten().map(unsigned).map(ParcelId))
}

fn parcel_of(change: &Change) -> Option<ParcelId> {
    match change {
        Change::Announce { announcement: Announcement { parcel, .. } }
        | Change::AnnounceReturn { announcement: ReturnAnnouncement { parcel, .. } }
        | Change::Cancel { parcel }
        | Change::Extend { parcel, .. }
        | Change::Recall { parcel }
        | Change::NewCode { parcel, .. }
        | Change::Match { parcel, .. } => Some(*parcel),
        Change::AnswerCase { answer, .. } => match answer {
            CaseAnswer::OpenAgain { parcel } | CaseAnswer::Extend { parcel, .. } => Some(*parcel),
            CaseAnswer::StaffComes => None,
        },
        Change::Staff { .. } | Change::RevokeStaff { .. } | Change::RefillCodes | Change::Service { .. } => {
            None
        }
    }
}

fn kind_of(change: &Change) -> &'static str {
    match change {
        Change::Announce { .. } => "announce",
        Change::AnnounceReturn { .. } => "announce_return",
        Change::Cancel { .. } => "cancel",
        Change::Extend { .. } => "extend",
        Change::Recall { .. } => "recall",
        Change::NewCode { .. } => "new_code",
        Change::Match { .. } => "match",
        Change::Staff { .. } => "staff",
        Change::RevokeStaff { .. } => "revoke_staff",
        Change::RefillCodes => "refill_codes",
        Change::Service { .. } => "service",
        Change::AnswerCase { .. } => "answer_case",
    }
}
