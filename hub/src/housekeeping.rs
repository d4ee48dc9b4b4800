//! Forgets what is old: journals, stories that are over, and answered changes. In small steps, so that nobody waits long
//! for the one who writes.

use std::time::Duration;

use rusqlite::Transaction;

use crate::database::{DatabaseError, signed};
use crate::hub::{Hub, SharedHub};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// How many rows of a table one step may take.
const STEP: usize = 500;

/// What is old, a table each; the first parameter is the time before which, the second the most rows of one step.
const OLD: [&str; 9] = [
    "DELETE FROM entries WHERE id IN
     (SELECT id FROM (SELECT id, received_unix_s FROM entries ORDER BY id LIMIT ?2) WHERE received_unix_s < ?1)",
    "DELETE FROM forked_entries WHERE rowid IN
     (SELECT rowid FROM forked_entries WHERE received_unix_s < ?1 LIMIT ?2)",
    "DELETE FROM set_aside WHERE id IN (SELECT id FROM set_aside WHERE received_unix_s < ?1 LIMIT ?2)",
    "DELETE FROM cases WHERE id IN (SELECT id FROM cases WHERE received_unix_s < ?1 LIMIT ?2)",
    // What a compartment may still hold is not forgotten.
    "DELETE FROM parcels WHERE id IN
     (SELECT id FROM parcels WHERE changed_unix_s < ?1
      AND (state IN ('out', 'cancelled') OR (origin = 'deposit_pass' AND NOT known_there))
      AND id NOT IN (SELECT parcel FROM compartment_parcels)
      AND id NOT IN (SELECT parcel FROM receipt_places) LIMIT ?2)",
    "DELETE FROM receipts WHERE id IN
     (SELECT id FROM (SELECT id, received_unix_s FROM receipts ORDER BY id LIMIT ?2) WHERE received_unix_s < ?1)",
    "DELETE FROM moves WHERE id IN
     (SELECT id FROM (SELECT id, received_unix_s FROM moves ORDER BY id LIMIT ?2) WHERE received_unix_s < ?1)",
    "DELETE FROM surroundings WHERE id IN
     (SELECT id FROM (SELECT id, received_unix_s FROM surroundings ORDER BY id LIMIT ?2) WHERE received_unix_s < ?1)",
    // A locker that falls back before what is forgotten here is told everything anew.
    "DELETE FROM changes WHERE (locker, generation, number) IN
     (SELECT changes.locker, changes.generation, changes.number FROM changes
      JOIN lockers ON lockers.id = changes.locker
      WHERE changes.created_unix_s < ?1
      AND (changes.generation < lockers.generation OR changes.number <= lockers.base) LIMIT ?2)",
];

/// Moves each locker's base up to the last change that is old and handled, without leaving a gap.
const RAISE_BASES: &str = "UPDATE lockers SET base = MAX(base, MIN(cursor, newest, COALESCE(
         (SELECT MIN(number) - 1 FROM changes WHERE changes.locker = lockers.id
          AND changes.generation = lockers.generation AND number > lockers.base
          AND (created_unix_s >= ?1 OR answer IS NULL)),
         newest)))
     WHERE EXISTS (SELECT 1 FROM changes WHERE changes.locker = lockers.id
          AND changes.generation = lockers.generation AND number = lockers.base + 1 AND created_unix_s < ?1)";

/// Looks now and then, until the hub stops.
pub(crate) async fn run(hub: SharedHub) {
    let mut stopping = hub.stopping.clone();
    while !*stopping.borrow() {
        if let Err(error) = forget(&hub).await {
            log::warn!("what is old could not be forgotten: {error}");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stopping.changed() => return,
        }
    }
}

async fn forget(hub: &Hub) -> Result<(), DatabaseError> {
    let before_unix_s = hub.now().saturating_sub(hub.keep_s);
    let write = |statement: &'static str, limited: bool| {
        hub.database.write(move |transaction: &Transaction<'_>| {
            let mut statement = transaction.prepare_cached(statement)?;
            Ok::<_, DatabaseError>(if limited {
                statement.execute((signed(before_unix_s), STEP as i64))?
            } else {
                statement.execute([signed(before_unix_s)])?
            })
        })
    };
    write(RAISE_BASES, false).await?;
    for statement in OLD {
        while write(statement, true).await? == STEP && !*hub.stopping.borrow() {}
    }
    Ok(())
}
