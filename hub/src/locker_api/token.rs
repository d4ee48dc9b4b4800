//! The token of a session: for a sync that holds a transport key which the kiosk has certified.

use axum::extract::State;
use data_encoding::BASE64URL_NOPAD;
use locker_crypto::{VerifyingKey, random};
use locker_protocol::enrol::TransportCertificate;
use locker_protocol::seal::{from_bytes, to_bytes, unseal};
use locker_protocol::uplink::{TokenAnswer, TokenProof, TokenRequest};
use locker_protocol::{Nonce, Verify};

use super::{journal_key, problem_of};
use crate::body::Cbor;
use crate::hub::SharedHub;
use crate::nonce::use_up;
use crate::problem::{Kind, Problem};
use crate::{sessions, user_key};

/// How long a token counts, in seconds.
const TOKEN_LIVES_S: u32 = 60 * 60;
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
            let expires_unix_s = now_unix_s.saturating_add(u64::from(TOKEN_LIVES_S));
            sessions::open(transaction, locker, &token_hash, &session_nonce, expires_unix_s)?;
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
