//! What operators and carriers say to the hub: HTTP, with a key.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::error::DemoError;

const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// A list longer than this many pages does not belong to a demo.
const MOST_PAGES: usize = 50;

/// A user of the hub's API.
pub struct HubClient {
    runtime: Runtime,
    client: Client,
    hub: SocketAddr,
}

/// A key of the hub, as it was shown once.
#[derive(Clone)]
pub struct Key(pub String);

impl HubClient {
    /// A client of the hub that listens there.
    ///
    /// # Errors
    /// No event loop, no HTTP client.
    pub fn new(hub: SocketAddr) -> Result<Self, DemoError> {
        // Another default may have been installed before; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(DemoError::io("making an event loop"))?;
        let client = Client::builder()
            .timeout(ANSWERS_WITHIN)
            .no_proxy()
            // The hub is killed now and then: no connection is to be taken for one that is still good.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| DemoError::Odd(format!("no HTTP client: {error}")))?;
        Ok(Self { runtime, client, hub })
    }

    /// Asks.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub fn get(&self, key: &Key, path: &str) -> Result<Value, DemoError> {
        self.ask(Method::GET, key, path, None)
    }

    /// Tells.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub fn post(&self, key: &Key, path: &str, body: &Value) -> Result<Value, DemoError> {
        self.ask(Method::POST, key, path, Some(body))
    }

    /// Removes.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub fn delete(&self, key: &Key, path: &str) -> Result<Value, DemoError> {
        self.ask(Method::DELETE, key, path, None)
    }

    /// All of a list that comes in pages; `path` may have a query already.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub fn list(&self, key: &Key, path: &str) -> Result<Vec<Value>, DemoError> {
        let mut items = Vec::new();
        let and = if path.contains('?') { '&' } else { '?' };
        let mut after = String::new();
        for _ in 0..MOST_PAGES {
            let page = self.get(key, &format!("{path}{and}limit=200{after}"))?;
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next"].as_u64() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(items),
            }
        }
        Err(DemoError::Hub { asked: format!("GET {path}"), why: "the list does not end".into() })
    }

    fn ask(&self, method: Method, key: &Key, path: &str, body: Option<&Value>) -> Result<Value, DemoError> {
        let asked = format!("{method} {path}");
        let failed = |why: String| DemoError::Hub { asked: asked.clone(), why };
        let away = |error: reqwest::Error| DemoError::HubAway { asked: asked.clone(), why: chain(&error) };
        let mut request =
            self.client.request(method, format!("http://{}{path}", self.hub)).bearer_auth(&key.0);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let answer = request.send().await.map_err(away)?;
            let status = answer.status();
            let bytes = answer.bytes().await.map_err(away)?;
            if !status.is_success() {
                return Err(failed(format!("{status}: {}", String::from_utf8_lossy(&bytes))));
            }
            if bytes.is_empty() {
                return Ok(Value::Null);
            }
            serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))
        })
    }
}

/// An error with its causes: reqwest's own text leaves them out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A text field of an answer.
///
/// # Errors
/// There is none.
pub fn text(answer: &Value, field: &str) -> Result<String, DemoError> {
    answer[field]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| DemoError::Odd(format!("the hub's answer has no text {field:?}")))
}

/// A number field of an answer.
///
/// # Errors
/// There is none.
pub fn number(answer: &Value, field: &str) -> Result<u64, DemoError> {
    answer[field].as_u64().ok_or_else(|| DemoError::Odd(format!("the hub's answer has no number {field:?}")))
}
