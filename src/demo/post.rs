//! Where the hub's webhooks arrive: the carrier's own server, which passes the messages on to phones.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

use super::error::DemoError;

/// More messages are not kept: the oldest go.
const MOST_KEPT: usize = 1_000;

/// What has arrived.
#[derive(Clone)]
pub struct Post {
    shared: Arc<Shared>,
    address: SocketAddr,
}

#[derive(Default)]
struct Shared {
    /// With the id that is the same with every try, the newest last.
    messages: Mutex<VecDeque<(String, Value)>>,
    arrived: Condvar,
    listeners: Mutex<Vec<SyncSender<Message>>>,
}

/// What the hub tells of a parcel.
#[derive(Clone, Debug)]
pub struct Message {
    /// What happened: `parcel.inside`.
    pub kind: String,
    /// The hub's number of the parcel.
    pub parcel: String,
}

impl Post {
    /// Listens on a port of this machine that is free.
    ///
    /// # Errors
    /// No port or no thread.
    pub fn open() -> Result<Self, DemoError> {
        let doing = || DemoError::io("opening the carrier's server");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(doing())?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(doing())?;
        let address = listener.local_addr().map_err(doing())?;
        let shared = Arc::new(Shared::default());
        let router = Router::new().route("/", post(take)).with_state(Arc::clone(&shared));
        std::thread::Builder::new()
            .name("carrier's server".to_owned())
            .spawn(move || {
                if let Err(error) = runtime.block_on(async { axum::serve(listener, router).await }) {
                    log::error!("the carrier's server: {error}");
                }
            })
            .map_err(doing())?;
        Ok(Self { shared, address })
    }

    /// What to tell the hub.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What arrives from now on. A listener that lets more than `holds` messages pile up loses messages.
    pub fn listen(&self, holds: usize) -> Receiver<Message> {
        let (sender, receiver) = sync_channel(holds);
        self.shared.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    /// Waits for a message of this kind about this parcel.
    pub fn wait(&self, kind: &str, parcel: &str, within: Duration) -> bool {
        let is_here = |messages: &VecDeque<(String, Value)>| {
            messages.iter().any(|(_, message)| message["kind"] == kind && message["parcel"] == parcel)
        };
        let messages = self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let (messages, _) = self
            .shared
            .arrived
            .wait_timeout_while(messages, within, |messages| !is_here(messages))
            .unwrap_or_else(PoisonError::into_inner);
        is_here(&messages)
    }
}

async fn take(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    let Ok(message) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let Some(id) = message["id"].as_str().map(str::to_owned) else { return StatusCode::BAD_REQUEST };
    let mut messages = shared.messages.lock().unwrap_or_else(PoisonError::into_inner);
    if messages.iter().any(|(known, _)| *known == id) {
        return StatusCode::OK;
    }
    if messages.len() >= MOST_KEPT {
        messages.pop_front();
    }
    if let (Some(kind), Some(parcel)) = (message["kind"].as_str(), message["parcel"].as_str()) {
        let told = Message { kind: kind.to_owned(), parcel: parcel.to_owned() };
        let mut listeners = shared.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| {
            !matches!(listener.try_send(told.clone()), Err(TrySendError::Disconnected(_)))
        });
    }
    messages.push_back((id, message));
    shared.arrived.notify_all();
    StatusCode::OK
}
