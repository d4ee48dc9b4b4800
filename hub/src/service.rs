//! A running hub, from its options to its end.

use std::net::SocketAddr;
use std::sync::Arc;

use locker_crypto::RandomError;
use ring::hmac;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use crate::bells::Bells;
use crate::database::{Database, DatabaseError};
use crate::hub::{Hub, Keys, SecretError, SharedHub, secret};
use crate::nonce::Nonces;
use crate::options::HubOptions;
use crate::pace::Pace;
use crate::proxies::Proxies;
use crate::seen::{self, Seen};
use crate::signing::{self, SigningKeyError};
use crate::{delivery, housekeeping, routes, server};

/// Why a hub did not start.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no signing key.
    #[error("the signing key: {0}")]
    SigningKey(#[from] SigningKeyError),
    /// A secret in the database is damaged.
    #[error("the secret {name} in the database has not 32 bytes")]
    DamagedSecret {
        /// Which.
        name: &'static str,
    },
    /// There are no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

impl From<SecretError> for HubError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Database(error) => Self::Database(error),
            SecretError::Random(error) => Self::Random(error),
            SecretError::Damaged { name } => Self::DamagedSecret { name },
        }
    }
}

/// Serves until `shutdown` is ready, then finishes the requests in hand and closes the database.
///
/// # Errors
/// When it cannot start. Once it listens, nothing ends it but `shutdown`.
pub async fn serve(mut options: HubOptions, shutdown: impl Future<Output = ()>) -> Result<(), HubError> {
    let signing = signing::load_or_create(&options.database)?;
    let database = Database::open(&options.database)?;
    let (nonce_key, reference_key) = database
        .write(|transaction| {
            Ok::<_, SecretError>((secret(transaction, "nonces")?, secret(transaction, "references")?))
        })
        .await?;
    let (stop, stopping) = watch::channel(false);
    let hub: SharedHub = Arc::new(Hub {
        database,
        keys: Arc::new(Keys { signing, references: hmac::Key::new(hmac::HMAC_SHA256, &reference_key) }),
        now_unix_s: Arc::clone(&options.now_unix_s),
        nonces: Nonces::new(&nonce_key),
        keep_s: options.keep_s,
        webhooks: options.webhooks,
        bells: Bells::default(),
        seen: Seen::default(),
        pace: Pace::default(),
        messages_queued: Notify::new(),
        stopping,
    });
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|source| HubError::Listen { address: options.listen, source })?;
    let address =
        listener.local_addr().map_err(|source| HubError::Listen { address: options.listen, source })?;
    log::info!("the hub listens on {address}");
    if let Some(bound) = options.bound.take() {
        // Whoever asked may have gone; the hub serves all the same.
        let _ = bound.send(address);
    }
    let seen_writer = tokio::spawn(write_seen(Arc::clone(&hub)));
    let deliveries = tokio::spawn(delivery::run(Arc::clone(&hub)));
    let housekeeping = tokio::spawn(housekeeping::run(Arc::clone(&hub)));
    let stopped = async {
        shutdown.await;
        // Long polls end now, so that the last requests are short ones.
        let _ = stop.send(true);
    };
    let proxies = Proxies::new(&options.trusted_proxies);
    server::run(listener, routes::router(&hub), options.max_connections, proxies, stopped).await;
    for (name, task) in [("deliveries", deliveries), ("housekeeping", housekeeping), ("seen", seen_writer)] {
        if let Err(error) = task.await {
            log::error!("the task {name}: {error}");
        }
    }
    log::info!("the hub stopped");
    Ok(())
}

/// Writes now and then when lockers were seen, and once more at the end.
async fn write_seen(hub: SharedHub) {
    let mut stopping = hub.stopping.clone();
    loop {
        let ends = tokio::select! {
            () = tokio::time::sleep(seen::WRITE_EVERY) => false,
            _ = stopping.changed() => true,
        };
        if let Err(error) = hub.seen.write(&hub.database).await {
            log::warn!("when lockers were seen could not be written: {error}");
        }
        if ends {
            return;
        }
    }
}
