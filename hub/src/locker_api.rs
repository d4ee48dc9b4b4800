//! What the sync process of a locker calls. Bodies are CBOR; what grants or proves anything in them is signed, by the
//! kiosk's journal key upwards and by the hub's key downwards, and only carried by sync.

pub(crate) mod changes;
pub(crate) mod enrol;
pub(crate) mod events;
pub(crate) mod hello;
pub(crate) mod token;

use locker_crypto::VerifyingKey;
use locker_protocol::seal::{SealError, Sealed, unseal};
use locker_protocol::{LockerId, PublicKey};
use rusqlite::OptionalExtension;

use crate::auth::Session;
use crate::hub::Hub;
use crate::problem::{Kind, Problem};
use crate::route::{Caller, Route};

/// The key that signs a locker's journal; nothing for one that is not enrolled.
pub(crate) async fn journal_key(hub: &Hub, locker: LockerId) -> Result<Option<VerifyingKey>, Problem> {
    hub.database
        .read(move |connection| {
            let key = connection
                .prepare_cached("SELECT journal_key FROM lockers WHERE id = ?1")?
                .query_row([locker.0], |row| row.get::<_, Option<[u8; PublicKey::LENGTH]>>(0))
                .optional()?;
            Ok(key.flatten().map(|key| VerifyingKey(PublicKey(key))))
        })
        .await
}

/// What this session's locker signed.
async fn unseal_of<T: Sealed>(hub: &Hub, session: &Session, bytes: &[u8]) -> Result<T, Problem> {
    let key = journal_key(hub, session.locker).await?.ok_or_else(|| Problem::not_found("enrolled locker"))?;
    unseal(bytes, &key).map_err(problem_of)
}

fn problem_of(error: SealError) -> Problem {
    let kind = match error {
        SealError::Forged => Kind::Forged,
        SealError::TooLong { .. } => Kind::TooLarge,
        SealError::NotSealed => Kind::BadRequest,
        SealError::NotUnderstood { .. } => Kind::Invalid,
    };
    Problem::new(kind, error.to_string())
}

/// A message has to be of the locker whose token carries it.
fn same_locker(session: &Session, named: LockerId) -> Result<(), Problem> {
    if session.locker == named {
        Ok(())
    } else {
        Err(Problem::new(Kind::Forbidden, "the token is another locker's"))
    }
}

/// The routes of this side.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/locker/v1/enrol", "enrol", enrol::enrol)
            .about("for lockers", "Enrols the locker whose claim a person gave to the hub; 404 until then")
            .by(Caller::Anyone)
            .takes_cbor("An `EnrolRequest`.")
            .answers_cbor("An `EnrolAnswer`; the same bytes for the same request."),
        Route::get("/locker/v1/nonce", "getNonce", token::nonce)
            .about("for lockers", "Gives a nonce for a token request")
            .by(Caller::Anyone)
            .answers_cbor("A `Nonce`: a byte string of 16, good for a minute."),
        Route::post("/locker/v1/token", "getToken", token::token)
            .about(
                "for lockers",
                "Gives a token to a sync that the kiosk has certified; the session before ends",
            )
            .by(Caller::Anyone)
            .takes_cbor("A `TokenRequest`.")
            .answers_cbor("A `TokenAnswer`."),
        Route::post("/locker/v1/hello", "hello", hello::hello)
            .about("for lockers", "Begins a session, once: both sides say how far they have come")
            .by(Caller::Locker)
            .takes_cbor("A sealed `Hello`.")
            .answers_cbor("A sealed `HelloAnswer`."),
        Route::get("/locker/v1/changes", "getChanges", changes::changes)
            .about("for lockers", "Gives the changes after a number; waits for one where there are none")
            .by(Caller::Locker)
            .query_required("after", "Changes after this number.")
            .query("wait_s", "How long to wait, in seconds: 0 to 55, otherwise 0.")
            .answers_cbor("`Changes`: each a sealed `Numbered`; none when none came in time."),
        Route::post("/locker/v1/events", "putEvents", events::events)
            .about("for lockers", "Takes journal entries; what was taken before does no harm")
            .by(Caller::Locker)
            .takes_cbor("A sealed `Batch`.")
            .answers_cbor("A sealed `Held`."),
    ]
}
