//! Journal entries on their way up.

use axum::extract::State;
use locker_protocol::seal::seal;
use locker_protocol::uplink::{Batch, Held};

use super::{same_locker, unseal_of};
use crate::auth::Session;
use crate::body::Cbor;
use crate::hub::SharedHub;
use crate::problem::{Kind, Problem};
use crate::{journal, sessions};

pub(crate) async fn events(
    State(hub): State<SharedHub>,
    session: Session,
    Cbor(bytes): Cbor,
) -> Result<Cbor, Problem> {
    let batch: Batch = unseal_of(&hub, &session, &bytes).await?;
    same_locker(&session, batch.locker)?;
    if batch.hub_nonce != session.hub_nonce {
        return Err(Problem::new(Kind::Stale, "the batch is not of this session"));
    }
    let now_unix_s = hub.now();
    let max_waiting = hub.webhooks.max_waiting;
    let (locker, journal_id, kiosk_nonce) = (batch.locker, batch.journal, batch.kiosk_nonce);
    let up_to = hub
        .database
        .write(move |transaction| {
            sessions::require_greeted(transaction, locker, &batch.hub_nonce)?;
            journal::take(transaction, &batch, max_waiting, now_unix_s)
        })
        .await?;
    hub.messages_queued.notify_one();
    Ok(Cbor(seal(&Held { locker, journal: journal_id, up_to, kiosk_nonce }, &hub.keys.signing)))
}
