//! Changes on their way down: a long poll after the locker's cursor.

use std::pin::pin;
use std::time::Duration;

use axum::extract::State;
use locker_protocol::seal::{seal, to_bytes};
use locker_protocol::uplink::{Changes, SealedBytes};
use locker_protocol::{LockerId, Numbered};
use serde::Deserialize;

use crate::auth::Session;
use crate::body::{Asked, Cbor};
use crate::changes;
use crate::hub::{Hub, SharedHub};
use crate::problem::Problem;

/// The longest wait, in seconds. It is below what proxies allow an idle answer.
pub(crate) const MAX_WAIT_S: u64 = 55;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct After {
    /// Changes after this number.
    after: u64,
    /// How long to wait when there are none.
    #[serde(default)]
    wait_s: u64,
}

pub(crate) async fn changes(
    State(hub): State<SharedHub>,
    session: Session,
    Asked(asked): Asked<After>,
) -> Result<Cbor, Problem> {
    let locker = session.locker;
    let mut stopping = hub.stopping.clone();
    let listener = hub.bells.listen(locker);
    let mut waited = pin!(tokio::time::sleep(Duration::from_secs(asked.wait_s.min(MAX_WAIT_S))));
    loop {
        let mut bell = pin!(listener.bell().notified());
        // Before looking: a change that is committed after the look rings this bell.
        bell.as_mut().enable();
        let found = take(&hub, locker, asked.after).await?;
        if !found.is_empty() || *stopping.borrow() {
            return Ok(answer(&hub, &found));
        }
        tokio::select! {
            () = &mut waited => return Ok(answer(&hub, &[])),
            () = bell => {}
            // The sender lives as long as the server, so this is the hub stopping either way.
            _ = stopping.changed() => return Ok(answer(&hub, &[])),
        }
    }
}

async fn take(hub: &Hub, locker: LockerId, after: u64) -> Result<Vec<Numbered>, Problem> {
    let (found, is_delivered) = hub
        .database
        .read(move |connection| {
            let found = changes::after(connection, locker, after)?;
            let is_delivered = match found.last() {
                Some(last) => changes::is_delivered(connection, locker, last.number)?,
                None => true,
            };
            Ok::<_, Problem>((found, is_delivered))
        })
        .await?;
    if let (false, Some(last)) = (is_delivered, found.last()) {
        let number = last.number;
        hub.database
            .write(move |transaction| changes::deliver(transaction, locker, number).map_err(Problem::from))
            .await?;
    }
    Ok(found)
}

fn answer(hub: &Hub, found: &[Numbered]) -> Cbor {
    let changes = found.iter().map(|numbered| SealedBytes(seal(numbered, &hub.keys.signing))).collect();
    Cbor(to_bytes(&Changes { changes }))
}
