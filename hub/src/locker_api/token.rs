//! The token of a session: for a sync that holds a transport key which the kiosk has certified.

use axum::extract::State;
use data_encoding::BASE64URL_NOPAD;
use locker_crypto::{VerifyingKey, random};
use locker_protocol::enrol::TransportCertificate;
use locker_protocol::seal::{from_bytes, to_bytes, unseal};
use locker_protocol::uplink::{TokenAnswer, TokenProof, TokenRequest};
use locker_protocol::{LockerId, Nonce, Verify};
use rusqlite::Transaction;

use super::{journal_key, problem_of};
use crate::body::Cbor;
use crate::database::signed;
use crate::hub::SharedHub;
use crate::nonce::use_up;
use crate::problem::{Kind, Problem};
use crate::user_key;

/// How long a token counts, in seconds.
const TOKEN_LIVES_S: u32 = 60 * 60;
/// How many tokens of one locker count at a time; the oldest give way.
const MAX_TOKENS: u32 = 4;
const TOKEN_BYTES: usize = 32;

pub(crate) async fn nonce(State(hub): State<SharedHub>) -> Result<Cbor, Problem> {
    Ok(Cbor(to_bytes(&hub.nonces.give(hub.now())?)))
}

pub(crate) async fn token(State(hub): State<SharedHub>, Cbor(bytes): Cbor) -> Result<Cbor, Problem> {
    let request: TokenRequest =
        from_bytes(&bytes).map_err(|error| Problem::invalid(format!("not a token request: {error}")))?;
    let TransportCertificate { locker, .. } =
        unseal(&request.certificate.0, &Unverified).map_err(problem_of)?;
    let forged = || Problem::new(Kind::Forged, "the certificate is not of an enrolled locker");
    let journal_key = journal_key(&hub, locker).await?.ok_or_else(forged)?;
    let certificate: TransportCertificate =
        unseal(&request.certificate.0, &journal_key).map_err(problem_of)?;
    let proof: TokenProof =
        unseal(&request.proof.0, &VerifyingKey(certificate.transport_key)).map_err(problem_of)?;
    if proof.locker != locker || certificate.locker != locker {
        return Err(forged());
    }
    let now_unix_s = hub.now();
    if !hub.nonces.is_fresh(&proof.hub_nonce, now_unix_s) {
        return Err(Problem::new(Kind::Stale, "the nonce is not of this hub, or too old: ask for another"));
    }
    let token = BASE64URL_NOPAD.encode(&random::<TOKEN_BYTES>()?);
    let session_nonce = Nonce(random()?);
    let token_hash = user_key::hash(&token);
    hub.database
        .write(move |transaction| {
            if !use_up(transaction, &proof.hub_nonce, now_unix_s)? {
                return Err(Problem::new(Kind::Stale, "the nonce was used before: ask for another"));
            }
            keep(transaction, locker, &token_hash, &session_nonce, now_unix_s)?;
            Ok(())
        })
        .await?;
    hub.seen.mark(locker, now_unix_s);
    Ok(Cbor(to_bytes(&TokenAnswer { token, lives_s: TOKEN_LIVES_S, hub_nonce: session_nonce })))
}

/// Takes every signature, to read which locker's key has to verify a certificate. Nothing else is done with what it
/// lets through.
struct Unverified;

impl Verify for Unverified {
    fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        true
    }
}

fn keep(
    transaction: &Transaction<'_>,
    locker: LockerId,
    token_hash: &[u8; 32],
    nonce: &Nonce,
    now_unix_s: u64,
) -> rusqlite::Result<()> {
    let expires_unix_s = now_unix_s.saturating_add(u64::from(TOKEN_LIVES_S));
    transaction
        .prepare_cached("INSERT INTO tokens (hash, locker, nonce, expires_unix_s) VALUES (?1, ?2, ?3, ?4)")?
        .execute((&token_hash[..], locker.0, &nonce.0[..], signed(expires_unix_s)))?;
    transaction
        .prepare_cached(
            "DELETE FROM tokens WHERE locker = ?1 AND (expires_unix_s <= ?2 OR rowid NOT IN
             (SELECT rowid FROM tokens WHERE locker = ?1 ORDER BY rowid DESC LIMIT ?3))",
        )?
        .execute((locker.0, signed(now_unix_s), MAX_TOKENS))?;
    Ok(())
}
