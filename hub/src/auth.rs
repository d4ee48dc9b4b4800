//! Who asks: a user by a key, or a locker's sync by a token.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use locker_protocol::{LockerId, Nonce, TenantId};
use rusqlite::OptionalExtension;

use crate::database::{DatabaseError, signed};
use crate::hub::SharedHub;
use crate::problem::{Kind, Problem};
use crate::user_key::{self, Scope};

/// Keys and tokens are shorter.
const MAX_BEARER_CHARS: usize = 200;

/// A user of the hub, by a valid key.
pub(crate) struct User {
    pub(crate) scope: Scope,
}

impl User {
    /// Only operators go on.
    pub(crate) fn operator(&self) -> Result<(), Problem> {
        match self.scope {
            Scope::Operator => Ok(()),
            Scope::Tenant(_) => Err(Problem::new(Kind::Forbidden, "only an operator's key may do that")),
        }
    }

    /// For which tenant something is asked: a tenant's key speaks for its own, an operator names one.
    pub(crate) fn tenant(&self, named: Option<u32>) -> Result<TenantId, Problem> {
        match (self.scope, named) {
            (Scope::Tenant(own), None) => Ok(own),
            (Scope::Tenant(own), Some(named)) if own.0 == named => Ok(own),
            (Scope::Tenant(_), Some(_)) => {
                Err(Problem::new(Kind::Forbidden, "this key speaks for another tenant"))
            }
            (Scope::Operator, Some(named)) => Ok(TenantId(named)),
            (Scope::Operator, None) => Err(Problem::invalid("an operator has to name the `tenant`")),
        }
    }
}

impl FromRequestParts<SharedHub> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &SharedHub) -> Result<Self, Problem> {
        let key = bearer(parts)?;
        let scope = hub.database.read(move |connection| user_key::find(connection, &key)).await?;
        let scope = scope.ok_or_else(|| Problem::new(Kind::Unauthorized, "the key is unknown or revoked"))?;
        Ok(Self { scope })
    }
}

/// A locker's sync, by a valid token, and the session that it opened.
pub(crate) struct Session {
    pub(crate) locker: LockerId,
    pub(crate) hub_nonce: Nonce,
}

impl FromRequestParts<SharedHub> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &SharedHub) -> Result<Self, Problem> {
        let token = user_key::hash(&bearer(parts)?);
        let now_unix_s = hub.now();
        let found: Option<(u32, [u8; Nonce::LENGTH])> = hub
            .database
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT locker, nonce FROM tokens WHERE hash = ?1 AND expires_unix_s > ?2",
                    )?
                    .query_row((&token[..], signed(now_unix_s)), |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
                    .map_err(DatabaseError::from)
            })
            .await?;
        let (locker, nonce) =
            found.ok_or_else(|| Problem::new(Kind::Unauthorized, "the token is unknown or has expired"))?;
        let locker = LockerId(locker);
        hub.seen.mark(locker, now_unix_s);
        Ok(Self { locker, hub_nonce: Nonce(nonce) })
    }
}

fn bearer(parts: &Parts) -> Result<String, Problem> {
    let unauthorized = || Problem::new(Kind::Unauthorized, "expected `Authorization: Bearer ...`");
    let value = parts.headers.get(AUTHORIZATION).ok_or_else(unauthorized)?;
    let (scheme, secret) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") || secret.len() > MAX_BEARER_CHARS {
        return Err(unauthorized());
    }
    Ok(secret.trim().to_owned())
}
