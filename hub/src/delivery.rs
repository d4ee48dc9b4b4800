//! Delivers what was queued for webhooks: at least once each, under an id by which a repeated one is known, with growing
//! waits between tries and an end to them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use data_encoding::HEXLOWER;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use ring::hmac;
use rusqlite::{Connection, Transaction};
use tokio::task::JoinSet;

use crate::body::JSON;
use crate::database::{DatabaseError, signed, unsigned};
use crate::hub::{Hub, SharedHub};
use crate::options::WebhookOptions;

const MAX_URL: usize = 500;
/// How long one try may take.
const TRY_TIME: Duration = Duration::from_secs(10);
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How many messages are tried at a time, and of them for one webhook: a slow one does not hold up the others.
const AT_A_TIME: u32 = 32;
const AT_A_TIME_EACH: u32 = 4;
/// The longest wait between two tries, in seconds.
const MAX_RETRY_S: u64 = 60 * 60;
/// The longest wait before looking again, whatever the clock says.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// The wait after the database failed.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);
const SIGNATURE_HEADER: &str = "Locker-Signature";

/// An address that the hub may tell, or why not.
pub(crate) fn address_of(text: &str, allow_private: bool) -> Result<Url, String> {
    if text.len() > MAX_URL {
        return Err(format!("`url` has at most {MAX_URL} characters"));
    }
    let url = Url::parse(text).map_err(|error| format!("`url` is not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("`url` begins with http or https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("`url` holds no user name and no password: messages are signed instead".to_owned());
    }
    let host = url.host_str().ok_or("`url` names no machine")?;
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if !allow_private && literal.is_ok_and(|address| !is_public(address)) {
        return Err("`url` names a machine that is not on the public internet".to_owned());
    }
    Ok(url)
}

/// Whether an address is on the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// All but what the IANA registry of special IPv4 addresses (RFC 6890) keeps from being reached globally.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Global unicast (2000::/3) but for documentation, Teredo and its neighbours, and 6to4, which wraps IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    first & 0xe000 == 0x2000
        && first != 0x2002
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        && first != 0x3fff
}

/// Names of machines, but only as public addresses.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| is_public(address.ip()))
                .collect();
            if found.is_empty() {
                return Err("the name leads to no machine on the public internet".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn client(options: WebhookOptions) -> Result<Client, reqwest::Error> {
    // Another part of the program may have chosen before: then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .timeout(TRY_TIME)
        .connect_timeout(CONNECT_TIME)
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("locker-hub/", env!("CARGO_PKG_VERSION")));
    if options.allow_private { builder.build() } else { builder.dns_resolver(PublicOnly).build() }
}

/// A message that is due.
struct Due {
    id: i64,
    webhook: i64,
    url: String,
    secret: Vec<u8>,
    body: String,
    tries: u32,
}

/// How a try ended.
struct Tried {
    id: i64,
    webhook: i64,
    /// How often it was tried before.
    tries: u32,
    delivered: bool,
}

/// Delivers until the hub stops.
pub(crate) async fn run(hub: SharedHub) {
    let client = match client(hub.webhooks) {
        Ok(client) => client,
        Err(error) => {
            log::error!("no webhook will be told anything, there is no HTTP client: {error}");
            return;
        }
    };
    let mut stopping = hub.stopping.clone();
    while !*stopping.borrow() {
        let pause = tokio::select! {
            round = round(&hub, &client) => round.unwrap_or_else(|error| {
                log::warn!("messages to webhooks: {error}");
                FAILURE_PAUSE
            }),
            // What was on its way is tried again after the next start.
            _ = stopping.changed() => return,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = hub.messages_queued.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Tries what is due. The answer is how long nothing will be.
async fn round(hub: &Hub, client: &Client) -> Result<Duration, DatabaseError> {
    let now_unix_s = hub.now();
    let due = hub.database.read(move |connection| due(connection, now_unix_s)).await?;
    if due.is_empty() {
        let next = hub.database.read(next_due).await?;
        let pause = next.map_or(MAX_PAUSE, |next| Duration::from_secs(next.saturating_sub(now_unix_s)));
        return Ok(pause.min(MAX_PAUSE));
    }
    let mut tries = JoinSet::new();
    for message in due {
        let client = client.clone();
        let allow_private = hub.webhooks.allow_private;
        tries.spawn(async move {
            let delivered = deliver(&client, &message, allow_private).await;
            Tried { id: message.id, webhook: message.webhook, tries: message.tries, delivered }
        });
    }
    let mut tried = Vec::new();
    while let Some(one) = tries.join_next().await {
        match one {
            Ok(one) => tried.push(one),
            Err(error) => log::error!("a try to tell a webhook: {error}"),
        }
    }
    let options = hub.webhooks;
    let now_unix_s = hub.now();
    hub.database.write(move |transaction| note(transaction, &tried, options, now_unix_s)).await?;
    Ok(Duration::ZERO)
}

async fn deliver(client: &Client, message: &Due, allow_private: bool) -> bool {
    let webhook = message.webhook;
    let url = match address_of(&message.url, allow_private) {
        Ok(url) => url,
        Err(why) => {
            log::info!("webhook {webhook}: {why}");
            return false;
        }
    };
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &message.secret), message.body.as_bytes());
    let sent = client
        .post(url)
        .header(CONTENT_TYPE, JSON)
        .header(SIGNATURE_HEADER, format!("sha256={}", HEXLOWER.encode(signature.as_ref())))
        .body(message.body.clone())
        .send()
        .await;
    match sent {
        Ok(answer) if answer.status().is_success() => true,
        Ok(answer) => {
            log::info!("webhook {webhook} answered {}", answer.status());
            false
        }
        Err(error) => {
            // Its address may hold a secret of its owner's.
            log::info!("webhook {webhook}: {}", error.without_url());
            false
        }
    }
}

fn due(connection: &Connection, now_unix_s: u64) -> Result<Vec<Due>, DatabaseError> {
    let mut select = connection.prepare_cached(
        "SELECT id, webhook, url, secret, body, tries FROM (
             SELECT deliveries.id, webhook, url, secret, body, tries, due_unix_s,
             ROW_NUMBER() OVER (PARTITION BY webhook ORDER BY due_unix_s, deliveries.id) AS place
             FROM deliveries JOIN webhooks ON webhooks.id = deliveries.webhook WHERE due_unix_s <= ?1
         ) WHERE place <= ?2 ORDER BY due_unix_s, id LIMIT ?3",
    )?;
    let rows = select.query_map((signed(now_unix_s), AT_A_TIME_EACH, AT_A_TIME), |row| {
        Ok(Due {
            id: row.get(0)?,
            webhook: row.get(1)?,
            url: row.get(2)?,
            secret: row.get(3)?,
            body: row.get(4)?,
            tries: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn next_due(connection: &Connection) -> Result<Option<u64>, DatabaseError> {
    let next: Option<i64> = connection
        .prepare_cached("SELECT MIN(due_unix_s) FROM deliveries")?
        .query_row([], |row| row.get(0))?;
    Ok(next.map(unsigned))
}

fn note(
    transaction: &Transaction<'_>,
    tried: &[Tried],
    options: WebhookOptions,
    now_unix_s: u64,
) -> Result<(), DatabaseError> {
    for message in tried {
        let tries = message.tries + 1;
        let given_up = !message.delivered && tries >= options.max_tries;
        if message.delivered || given_up {
            transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?.execute([message.id])?;
        } else {
            let due_unix_s = now_unix_s.saturating_add(retry_s(options.first_retry_s, tries));
            transaction
                .prepare_cached("UPDATE deliveries SET tries = ?2, due_unix_s = ?3 WHERE id = ?1")?
                .execute((message.id, tries, signed(due_unix_s)))?;
        }
        if given_up {
            log::warn!("webhook {}: a message is given up after {tries} tries", message.webhook);
            transaction
                .prepare_cached("UPDATE webhooks SET lost = lost + 1 WHERE id = ?1")?
                .execute([message.webhook])?;
        }
    }
    Ok(())
}

/// The wait after this many tries, in seconds.
fn retry_s(first_s: u64, tries: u32) -> u64 {
    let doublings = tries.saturating_sub(1).min(20);
    first_s.saturating_mul(1 << doublings).min(MAX_RETRY_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let waits: Vec<_> = [1, 2, 3, 10, 11, 1_000].map(|tries| retry_s(5, tries)).to_vec();
        assert_eq!(waits, [5, 10, 20, 2_560, 3_600, 3_600]);
    }

    #[test]
    fn only_machines_on_the_public_internet_are_told_unless_allowed() {
        for private in [
            "http://127.0.0.1/",
            "http://10.1.2.3/",
            "http://192.168.0.1:8080/",
            "http://172.16.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[fc00::1]/",
            "http://[fe80::1]/",
        ] {
            assert!(address_of(private, false).is_err(), "{private}");
            assert!(address_of(private, true).is_ok(), "{private}");
        }
        for public in ["https://example.org/hook", "http://93.184.215.14/", "https://[2606:2800:21f::1]/"] {
            assert!(address_of(public, false).is_ok(), "{public}");
        }
        for never in
            ["ftp://example.org/", "https://user:word@example.org/", "example.org", "file:///etc/passwd"]
        {
            assert!(address_of(never, true).is_err(), "{never}");
        }
    }
}
