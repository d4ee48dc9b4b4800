//! A running hub in a folder of its own, and a client that speaks to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use locker_hub::{HubError, HubOptions, Scope, WebhookOptions, create_user_key, serve};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// When every test begins, in seconds since 1970.
pub const BEGIN_UNIX_S: u64 = 1_790_000_000;

pub struct RunningHub {
    pub folder: TempDir,
    pub base: String,
    pub clock: Arc<AtomicU64>,
    pub client: Client,
    pub operator: String,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<Result<(), HubError>>>,
}

impl RunningHub {
    pub async fn start() -> Self {
        // The first caller of the process wins; the others find it done.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let mut hub = Self {
            folder,
            base: String::new(),
            clock: Arc::new(AtomicU64::new(BEGIN_UNIX_S)),
            client: Client::builder().no_proxy().build().unwrap(),
            operator: String::new(),
            stop: None,
            server: None,
        };
        hub.operator = create_user_key(&hub.database(), "test", Scope::Operator, BEGIN_UNIX_S).unwrap();
        hub.run().await;
        hub
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("hub.db")
    }

    /// Every byte that the hub has stored.
    pub fn stored(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    /// Starts serving the folder's database.
    pub async fn run(&mut self) {
        let clock = Arc::clone(&self.clock);
        let mut options = HubOptions::new(
            self.database(),
            "127.0.0.1:0".parse().unwrap(),
            Arc::new(move || clock.load(Ordering::SeqCst)),
        );
        let (bound, address) = oneshot::channel();
        options.bound = Some(bound);
        // The tests may ask as the proxy before the hub does.
        options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        options.webhooks =
            WebhookOptions { first_retry_s: 0, max_tries: 5, max_waiting: 100, allow_private: true };
        let (stop, stopped) = oneshot::channel();
        self.server = Some(tokio::spawn(serve(options, async {
            let _ = stopped.await;
        })));
        self.stop = Some(stop);
        self.base = format!("http://{}", address.await.unwrap());
    }

    /// Stops in order and waits for the end.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        self.server.take().unwrap().await.unwrap().unwrap();
        // Connections of the stopped server are of no more use.
        self.client = Client::builder().no_proxy().build().unwrap();
    }

    /// Puts a copy of the database away, and goes on.
    pub async fn back_up(&mut self) {
        self.stop().await;
        std::fs::copy(self.database(), self.folder.path().join("backup.db")).unwrap();
        self.run().await;
    }

    /// Goes on from the copy that was put away: what came after it is forgotten.
    pub async fn restore(&mut self) {
        self.stop().await;
        for name in ["hub.db-wal", "hub.db-shm"] {
            let _ = std::fs::remove_file(self.folder.path().join(name));
        }
        std::fs::copy(self.folder.path().join("backup.db"), self.database()).unwrap();
        self.run().await;
    }

    pub fn pass_s(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, key: &str, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).bearer_auth(key).send().await.unwrap()).await
    }

    pub async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).bearer_auth(key);
        let request = request.header("content-type", "application/json").body(body.to_string());
        Answer::of(request.send().await.unwrap()).await
    }

    pub async fn delete(&self, key: &str, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).bearer_auth(key).send().await.unwrap()).await
    }

    pub async fn post_cbor(&self, token: Option<&str>, path: &str, body: Vec<u8>) -> Answer {
        let mut request =
            self.request(Method::POST, path).header("content-type", "application/cbor").body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub fn tenant_key(&self, tenant: u32) -> String {
        let scope = Scope::Tenant(locker_protocol::TenantId(tenant));
        create_user_key(&self.database(), "tenant", scope, BEGIN_UNIX_S).unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let media_type = response
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        Self { status, media_type, bytes: response.bytes().await.unwrap().to_vec() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The JSON of an answer of this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks that this is a problem by RFC 9457 of this status and kind.
    pub fn expect_problem(&self, status: u16, kind: &str) {
        let body = self.expect(status);
        assert_eq!(self.media_type, "application/problem+json");
        assert_eq!(body["type"], format!("urn:problem-type:locker:{kind}"), "{body}");
        assert_eq!(body["status"], status);
    }

    /// The body of a CBOR answer.
    pub fn cbor(&self) -> &[u8] {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.bytes));
        assert_eq!(self.media_type, "application/cbor");
        &self.bytes
    }
}
