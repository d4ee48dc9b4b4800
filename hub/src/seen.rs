//! When lockers were last heard of. Collected in memory and written now and then, so that a hundred thousand polling
//! lockers do not cost a hundred thousand transactions; a crash loses some seconds of it, and nothing else.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use locker_protocol::LockerId;

use crate::database::{Database, DatabaseError, signed};

/// How often it is written.
pub(crate) const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Who was heard of since the last writing, and when, in seconds since 1970.
#[derive(Default)]
pub(crate) struct Seen(Mutex<HashMap<LockerId, u64>>);

impl Seen {
    pub(crate) fn mark(&self, locker: LockerId, now_unix_s: u64) {
        self.seen().insert(locker, now_unix_s);
    }

    /// The last time that is not written yet, if any.
    pub(crate) fn unwritten(&self, locker: LockerId) -> Option<u64> {
        self.seen().get(&locker).copied()
    }

    /// Writes what was collected.
    pub(crate) async fn write(&self, database: &Database) -> Result<(), DatabaseError> {
        let collected = std::mem::take(&mut *self.seen());
        if collected.is_empty() {
            return Ok(());
        }
        database
            .write(move |transaction| {
                let mut update =
                    transaction.prepare_cached("UPDATE lockers SET last_seen_unix_s = ?2 WHERE id = ?1")?;
                for (locker, unix_s) in collected {
                    update.execute((locker.0, signed(unix_s)))?;
                }
                Ok(())
            })
            .await
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<LockerId, u64>> {
        // Nothing that can panic runs under this lock, so a poisoned map is whole too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
