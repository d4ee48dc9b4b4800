//! The entries of a journal that tell a case's story: of the visits that moved its parcels, and of the time around it.

use std::collections::BTreeMap;

use locker_protocol::seal::from_bytes;
use locker_protocol::{Entry, ParcelId};
use rusqlite::Connection;

use crate::cases::Case;
use crate::database::{signed, unsigned};

/// The most sentences of one story.
pub(crate) const MAX_SENTENCES: usize = 200;
/// How many entries before and after a case are looked at.
const BEFORE: u64 = 300;
const AFTER: u64 = 500;
/// How many entries before the one that moved a parcel its visit began, at most.
const OF_VISIT: u64 = 40;
/// How many visits are looked up of one parcel.
const MAX_VISITS: u32 = 10;

/// How many happenings around the doors are told of one story, the last ones.
const MAX_AROUND: u32 = 40;

/// The entries, in their order.
pub(crate) fn of(connection: &Connection, case: &Case, parcels: &[ParcelId]) -> rusqlite::Result<Vec<Entry>> {
    let Some(seq) = case.seq else { return Ok(Vec::new()) };
    let mut found = BTreeMap::new();
    for parcel in parcels {
        for moved in moved_at(connection, case, *parcel)? {
            read(connection, case, moved.saturating_sub(OF_VISIT), moved, &mut found)?;
        }
    }
    read(connection, case, seq.saturating_sub(BEFORE), seq.saturating_add(AFTER), &mut found)?;
    // What happened while the parcel lay there may be long before its case.
    if let Some(&first) = found.keys().next() {
        for around in happened_around(connection, case, first, seq)? {
            read(connection, case, around, around, &mut found)?;
        }
    }
    Ok(found.into_values().collect())
}

fn moved_at(connection: &Connection, case: &Case, parcel: ParcelId) -> rusqlite::Result<Vec<u64>> {
    let mut select = connection
        .prepare_cached("SELECT seq FROM moves WHERE parcel = ?1 AND journal = ?2 ORDER BY seq LIMIT ?3")?;
    let rows = select
        .query_map((signed(parcel.0), &case.journal[..], MAX_VISITS), |row| row.get(0).map(unsigned))?;
    rows.collect()
}

/// Where power, tampering and temperatures stand between two entries.
fn happened_around(
    connection: &Connection,
    case: &Case,
    first: u64,
    last: u64,
) -> rusqlite::Result<Vec<u64>> {
    let mut select = connection.prepare_cached(
        "SELECT seq FROM surroundings WHERE locker = ?1 AND journal = ?2 AND seq BETWEEN ?3 AND ?4
         ORDER BY seq DESC LIMIT ?5",
    )?;
    let rows = select
        .query_map((case.locker.0, &case.journal[..], signed(first), signed(last), MAX_AROUND), |row| {
            row.get(0).map(unsigned)
        })?;
    rows.collect()
}

fn read(
    connection: &Connection,
    case: &Case,
    first: u64,
    last: u64,
    found: &mut BTreeMap<u64, Entry>,
) -> rusqlite::Result<()> {
    let mut select = connection.prepare_cached(
        "SELECT bytes FROM entries WHERE locker = ?1 AND journal = ?2 AND seq BETWEEN ?3 AND ?4 ORDER BY seq",
    )?;
    let mut rows = select.query((case.locker.0, &case.journal[..], signed(first), signed(last)))?;
    while let Some(row) = rows.next()? {
        // What is not understood was set aside when it came.
        if let Ok(entry) = from_bytes::<Entry>(&row.get::<_, Vec<u8>>(0)?) {
            found.insert(entry.seq, entry);
        }
    }
    Ok(())
}
