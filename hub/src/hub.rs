//! What every request of a running hub shares. Nothing here is truth: a second process on the same database would do
//! as well.

use std::sync::Arc;

use locker_crypto::SigningKey;
use locker_crypto::{RandomError, random};
use ring::hmac;
use rusqlite::{OptionalExtension, Transaction};
use tokio::sync::{Notify, watch};

use crate::bells::Bells;
use crate::database::{Database, DatabaseError};
use crate::nonce::Nonces;
use crate::options::{NowUnixS, WebhookOptions};
use crate::pace::Pace;
use crate::seen::Seen;

/// The shared parts.
pub(crate) struct Hub {
    pub(crate) database: Database,
    /// Shared with the work that the database's threads do: they must not hold the database itself.
    pub(crate) keys: Arc<Keys>,
    pub(crate) now_unix_s: NowUnixS,
    pub(crate) nonces: Nonces,
    /// How long what is over is kept, in seconds.
    pub(crate) keep_s: u64,
    /// How webhooks are told.
    pub(crate) webhooks: WebhookOptions,
    pub(crate) bells: Bells,
    pub(crate) seen: Seen,
    /// Of those who ask without a key.
    pub(crate) pace: Pace,
    /// Rung when messages to webhooks were queued.
    pub(crate) messages_queued: Notify,
    /// True once the hub is stopping: long polls end.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// The hub's own keys.
pub(crate) struct Keys {
    /// Signs what lockers are to believe.
    pub(crate) signing: SigningKey,
    /// Under which the words that tenants have for people are hashed.
    pub(crate) references: hmac::Key,
}

/// How requests share it.
pub(crate) type SharedHub = Arc<Hub>;

impl Hub {
    pub(crate) fn now(&self) -> u64 {
        (self.now_unix_s)()
    }
}

/// Why one of the hub's own secrets is missing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error("the secret {name} in the database has not 32 bytes")]
    Damaged { name: &'static str },
}

/// A secret of the hub's own, drawn when it is first asked for.
pub(crate) fn secret(transaction: &Transaction<'_>, name: &'static str) -> Result<[u8; 32], SecretError> {
    let found: Option<Vec<u8>> = transaction
        .query_row("SELECT bytes FROM secrets WHERE name = ?1", [name], |row| row.get(0))
        .optional()
        .map_err(DatabaseError::from)?;
    if let Some(bytes) = found {
        return bytes.try_into().map_err(|_| SecretError::Damaged { name });
    }
    let bytes: [u8; 32] = random()?;
    transaction
        .execute("INSERT INTO secrets (name, bytes) VALUES (?1, ?2)", (name, &bytes[..]))
        .map_err(DatabaseError::from)?;
    Ok(bytes)
}
