//! Enrolment: a locker asks until a person has given its claim to the hub.

use axum::extract::State;
use locker_crypto::enrol::{EnrolError, answer};
use locker_protocol::claim::Claim;
use locker_protocol::enrol::EnrolRequest;
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{LockerId, PublicKey};
use ring::digest::{SHA256, digest};
use rusqlite::{OptionalExtension, Transaction};

use crate::body::Cbor;
use crate::database::{signed, unsigned};
use crate::hub::SharedHub;
use crate::problem::{Kind, Problem};

/// How long a claim waits for its locker, in seconds.
pub(crate) const CLAIM_LIVES_S: u64 = 24 * 60 * 60;

pub(crate) async fn enrol(State(hub): State<SharedHub>, Cbor(bytes): Cbor) -> Result<Cbor, Problem> {
    let request: EnrolRequest =
        from_bytes(&bytes).map_err(|error| Problem::invalid(format!("not an enrolment request: {error}")))?;
    let now_unix_s = hub.now();
    let hub_key = hub.keys.signing.public_key();
    let request_hash = digest(&SHA256, &bytes).as_ref().to_vec();
    // Most requests come from lockers that wait for a person: they cost no turn of the writer.
    let claim = request.claim;
    let is_claimed = hub
        .database
        .read(move |connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM lockers WHERE claim_hash = ?1)")?
                .query_row([&claim.0[..]], |row| row.get::<_, bool>(0))
                .map_err(Problem::from)
        })
        .await?;
    if !is_claimed {
        return Err(not_claimed());
    }
    hub.database
        .write(move |transaction| enrol_in(transaction, &request, request_hash, hub_key, now_unix_s))
        .await
        .map(Cbor)
}

fn not_claimed() -> Problem {
    Problem::new(Kind::NotFound, "nobody has given this claim to the hub yet")
}

/// What is kept of a claim: the locker, its secret until it is used, and what its request was answered.
type Kept = (u32, Option<[u8; Claim::LENGTH]>, i64, Option<Vec<u8>>, Option<Vec<u8>>);

fn enrol_in(
    transaction: &Transaction<'_>,
    request: &EnrolRequest,
    request_hash: Vec<u8>,
    hub_key: PublicKey,
    now_unix_s: u64,
) -> Result<Vec<u8>, Problem> {
    let kept: Option<Kept> = transaction
        .query_row(
            "SELECT id, claim_secret, claimed_unix_s, request_hash, answer FROM lockers WHERE claim_hash = ?1",
            [&request.claim.0[..]],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .optional()?;
    let (locker, secret, claimed_unix_s, answered, answer_bytes) = kept.ok_or_else(not_claimed)?;
    if let Some(answer_bytes) = answer_bytes {
        // The answer may have been lost on its way: the same request gets the same bytes. Any other is too late.
        return if answered.as_deref() == Some(&request_hash[..]) {
            Ok(answer_bytes)
        } else {
            Err(Problem::new(Kind::ClaimUsed, "the claim was used by another request; show a new one"))
        };
    }
    let secret = secret.ok_or_else(|| Problem::corrupt("a claim without secret"))?;
    if now_unix_s.saturating_sub(unsigned(claimed_unix_s)) > CLAIM_LIVES_S {
        return Err(not_claimed());
    }
    let (answer, code_key) =
        answer(&Claim(secret), request, LockerId(locker), hub_key).map_err(problem_of)?;
    let answer_bytes = to_bytes(&answer);
    transaction.execute(
        "UPDATE lockers SET claim_secret = NULL, enrolled_unix_s = ?2, request_hash = ?3, answer = ?4,
         journal_key = ?5, code_key = ?6 WHERE id = ?1",
        (
            locker,
            signed(now_unix_s),
            request_hash,
            &answer_bytes,
            &request.journal_key.0[..],
            &code_key.to_bytes()[..],
        ),
    )?;
    log::info!("locker {locker} is enrolled");
    Ok(answer_bytes)
}

fn problem_of(error: EnrolError) -> Problem {
    match error {
        EnrolError::Random(_) | EnrolError::NoKey => {
            log::error!("enrolment: {error}");
            Problem::new(Kind::Internal, "the hub has no random bytes")
        }
        EnrolError::OtherClaim { .. } | EnrolError::Forged | EnrolError::WeakKey | EnrolError::Spent => {
            Problem::new(Kind::Forged, error.to_string())
        }
    }
}
