//! How a hub is started.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

/// The wall clock, in seconds since 1970, UTC.
pub type NowUnixS = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How a hub is started.
pub struct HubOptions {
    /// Its SQLite file, created when there is none. `hub.key`, its signing key, lies beside it.
    pub database: PathBuf,
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The wall clock.
    pub now_unix_s: NowUnixS,
    /// Told the address once the hub listens.
    pub bound: Option<oneshot::Sender<SocketAddr>>,
    /// The most connections at a time, 1 or more. More wait to be accepted.
    pub max_connections: usize,
    /// How long journals, stories that are over and answered changes are kept, in seconds.
    pub keep_s: u64,
    /// How webhooks are told.
    pub webhooks: WebhookOptions,
    /// Reverse proxies before the hub: of a request that comes from one, the address is the one that it names in `Forwarded` or
    /// `X-Forwarded-For`. Nobody else is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// How webhooks are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookOptions {
    /// The wait before the second try, in seconds; it doubles with every further one, up to an hour.
    pub first_retry_s: u64,
    /// How often a message is tried before it is given up.
    pub max_tries: u32,
    /// How many messages may wait for one webhook.
    pub max_waiting: u32,
    /// Whether webhooks may lie in private networks and on the hub's own machine. Off, a tenant cannot make the hub
    /// talk to what only the hub can reach.
    pub allow_private: bool,
}

impl HubOptions {
    /// A hub with the usual limits.
    pub fn new(database: PathBuf, listen: SocketAddr, now_unix_s: NowUnixS) -> Self {
        Self {
            database,
            listen,
            now_unix_s,
            bound: None,
            max_connections: 16_384,
            keep_s: 400 * 24 * 60 * 60,
            webhooks: WebhookOptions::default(),
            trusted_proxies: Vec::new(),
        }
    }
}

impl Default for WebhookOptions {
    fn default() -> Self {
        Self { first_retry_s: 5, max_tries: 20, max_waiting: 10_000, allow_private: false }
    }
}
