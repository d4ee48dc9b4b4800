//! The keys of the hub's users: random, shown once, kept as a hash.

use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use locker_crypto::{RandomError, random};
use locker_protocol::TenantId;
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::database::{DatabaseError, in_transaction, open_for_writing, signed};

const RANDOM_BYTES: usize = 32;
/// Tells a key of this hub from other secrets, for those who search for leaked ones.
const PREFIX: &str = "lockerhub_";
/// The most characters of a key's name.
pub(crate) const MAX_NAME: usize = 100;

/// What a key may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Operator,
    /// The parcels and couriers of one tenant.
    Tenant(TenantId),
}

impl Scope {
    pub(crate) fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Operator => None,
            Self::Tenant(tenant) => Some(tenant),
        }
    }

    /// A tenant's where one is named, an operator's otherwise.
    pub fn of(tenant: Option<u32>) -> Self {
        tenant.map_or(Self::Operator, |tenant| Self::Tenant(TenantId(tenant)))
    }
}

/// Why no key was created.
#[derive(Debug, thiserror::Error)]
pub enum UserKeyError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No key could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Creates a key and the database with it where there is none. The hub may be running. The answer is the key, to be sent as
/// `Authorization: Bearer`; only its hash is kept.
///
/// # Errors
/// When the database cannot be opened or written, or there are no random bytes.
pub fn create_user_key(
    database: &Path,
    name: &str,
    scope: Scope,
    now_unix_s: u64,
) -> Result<String, UserKeyError> {
    let mut connection = open_for_writing(database)?;
    in_transaction(&mut connection, |transaction| Ok(insert(transaction, name, scope, now_unix_s)?.key))
}

/// A key that was just created.
pub(crate) struct NewKey {
    pub(crate) id: i64,
    pub(crate) key: String,
}

pub(crate) fn insert(
    transaction: &Transaction<'_>,
    name: &str,
    scope: Scope,
    now_unix_s: u64,
) -> Result<NewKey, UserKeyError> {
    let key = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&random::<RANDOM_BYTES>()?));
    transaction
        .execute(
            "INSERT INTO user_keys (name, tenant, hash, created_unix_s) VALUES (?1, ?2, ?3, ?4)",
            (name, scope.tenant().map(|tenant| tenant.0), &hash(&key)[..], signed(now_unix_s)),
        )
        .map_err(DatabaseError::from)?;
    Ok(NewKey { id: transaction.last_insert_rowid(), key })
}

/// What a presented key may act on; nothing when it is unknown or revoked.
pub(crate) fn find(connection: &Connection, key: &str) -> Result<Option<Scope>, DatabaseError> {
    let tenant = connection
        .prepare_cached("SELECT tenant FROM user_keys WHERE hash = ?1 AND revoked_unix_s IS NULL")?
        .query_row([&hash(key)[..]], |row| row.get::<_, Option<u32>>(0))
        .optional()?;
    Ok(tenant.map(Scope::of))
}

/// What is kept of a key or token. They are random and long, so that a plain hash cannot be searched backwards, and
/// looking it up by equality tells an attacker nothing of the key.
pub(crate) fn hash(key: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    // A SHA-256 digest has 32 bytes.
    bytes.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
    bytes
}
