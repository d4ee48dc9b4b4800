//! The hello: both sides say how far they have come.

use std::sync::Arc;

use axum::extract::State;
use locker_protocol::seal::seal;
use locker_protocol::uplink::{Hello, HelloAnswer, Standing};
use rusqlite::Transaction;

use super::{same_locker, unseal_of};
use crate::auth::Session;
use crate::body::Cbor;
use crate::books::short;
use crate::hub::SharedHub;
use crate::problem::{Kind, Problem};
use crate::{changes, journal, sessions};

pub(crate) async fn hello(
    State(hub): State<SharedHub>,
    session: Session,
    Cbor(bytes): Cbor,
) -> Result<Cbor, Problem> {
    let hello: Hello = unseal_of(&hub, &session, &bytes).await?;
    same_locker(&session, hello.locker)?;
    if hello.hub_nonce != session.hub_nonce {
        return Err(Problem::new(Kind::Stale, "the hello does not answer this session's nonce"));
    }
    let now_unix_s = hub.now();
    let keys = Arc::clone(&hub.keys);
    let locker = hello.locker;
    let answer = hub
        .database
        .write(move |transaction| {
            sessions::greet(transaction, locker, &hello.hub_nonce, &bytes, || {
                let answer = meet(transaction, &hello, now_unix_s)?;
                Ok(seal(&answer, &keys.signing))
            })
        })
        .await?;
    hub.bells.ring(locker);
    Ok(Cbor(answer))
}

fn meet(transaction: &Transaction<'_>, hello: &Hello, now_unix_s: u64) -> Result<HelloAnswer, Problem> {
    transaction
        .prepare_cached("UPDATE lockers SET version = ?2 WHERE id = ?1")?
        .execute((hello.locker.0, short(&hello.version)))?;
    let (held, journal_standing) = journal::meet(transaction, hello, now_unix_s)?;
    let (generation, standing) = match journal_standing {
        // The journal that follows says hello again, and hears of its cursor then.
        Standing::Forked => (changes::generation(transaction, hello.locker)?, Standing::Forked),
        Standing::InStep | Standing::CursorUnknown => changes::meet(transaction, hello, now_unix_s)?,
    };
    Ok(HelloAnswer {
        locker: hello.locker,
        kiosk_nonce: hello.kiosk_nonce,
        unix_s: now_unix_s,
        generation,
        held,
        standing,
    })
}
