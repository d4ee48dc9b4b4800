//! `locker sync`: the network, nothing else. Carries messages between the kiosk's socket and the hub; the state machine
//! that decides what and when is the engine's, here is what does it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use locker_engine::keys::KeyRingError;
use locker_engine::link::{self, ToSync};
use locker_engine::sync::{Answer, Ask, Input, Lane, Machine, Memory, Method, Output};
use locker_engine::{Random, RealDisk};
use reqwest::{Client, StatusCode, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::config::Config;

/// The kiosk's socket is tried again after this.
const CONNECT_AGAIN: Duration = Duration::from_millis(500);
/// No answer of the hub is longer, in bytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Inputs that wait for the machine: three lanes and the kiosk's messages.
const MAX_INPUTS: usize = 64;

/// Why sync did not start.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Its folder cannot be used.
    #[error(transparent)]
    Memory(#[from] KeyRingError),
    /// No HTTP client.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// No event loop.
    #[error("no event loop: {0}")]
    Runtime(#[from] std::io::Error),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] locker_engine::keys::RandomError),
}

/// Runs until the process is ended.
///
/// # Errors
/// What it cannot start without. A kiosk or hub that is missing is no such thing.
pub fn run(config: &Config, clock: Clock) -> Result<(), SyncError> {
    let memory = Memory::open(Arc::new(RealDisk), &config.sync_state)?;
    let random = Random::of_the_system();
    let key = memory.key(&random)?;
    let witness = memory.witness()?;
    let chance = u64::from_le_bytes(random.bytes()?);
    let machine = Machine::new(key, witness, chance);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = http_client()?;
    runtime.block_on(async {
        let hub = Hub { client, url: config.hub_url.clone() };
        Sync { machine, memory, clock, hub }.run(&config.socket).await;
    });
    Ok(())
}

fn http_client() -> Result<Client, reqwest::Error> {
    // Another default may have been installed in this process before; either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(reqwest::redirect::Policy::none()).build()
}

struct Sync<K> {
    machine: Machine<K>,
    memory: Memory,
    clock: Clock,
    hub: Hub,
}

#[derive(Clone)]
struct Hub {
    client: Client,
    url: Url,
}

/// What came in.
enum Arrival {
    Kiosk(ToSync),
    KioskGone,
    Hub(Lane, Answer),
}

impl<K: locker_engine::sync::Sign> Sync<K> {
    async fn run(mut self, socket: &Path) {
        loop {
            match UnixStream::connect(socket).await {
                Ok(stream) => self.talk(stream).await,
                Err(error) => log::debug!("the kiosk's socket: {error}"),
            }
            sleep(CONNECT_AGAIN).await;
        }
    }

    /// Until the kiosk goes away.
    async fn talk(&mut self, stream: UnixStream) {
        let (reading, mut writing) = stream.into_split();
        let (arrived, mut arrivals) = mpsc::channel(MAX_INPUTS);
        let reader = tokio::spawn(read(reading, arrived.clone()));
        log::info!("connected to the kiosk");
        let mut input = Input::Linked;
        loop {
            let outputs = self.machine.handle(self.clock.now_ms(), input);
            if let Err(error) = self.act(outputs, &mut writing, &arrived).await {
                log::warn!("the kiosk's socket: {error}");
                break;
            }
            let now_ms = self.clock.now_ms();
            let due = self
                .machine
                .next_trigger_ms()
                .map(|at_ms| Duration::from_millis(at_ms.saturating_sub(now_ms)));
            let wait = due.map(|due| self.clock.real_wait(due));
            let arrival = match wait {
                Some(wait) => tokio::time::timeout(wait, arrivals.recv()).await.ok(),
                None => Some(arrivals.recv().await),
            };
            input = match arrival {
                None => Input::Tick,
                Some(Some(Arrival::Kiosk(message))) => Input::Kiosk(message),
                Some(Some(Arrival::Hub(lane, answer))) => Input::Hub { lane, answer },
                Some(Some(Arrival::KioskGone) | None) => break,
            };
        }
        reader.abort();
        self.machine.handle(self.clock.now_ms(), Input::Unlinked);
        // Answers to what was asked in this talk find nobody: their lanes are free again.
        for lane in [Lane::Control, Lane::Up, Lane::Down] {
            self.machine.handle(self.clock.now_ms(), Input::Hub { lane, answer: Answer::Failed });
        }
        log::info!("the kiosk went away");
    }

    async fn act(
        &mut self,
        outputs: Vec<Output>,
        kiosk: &mut OwnedWriteHalf,
        arrived: &mpsc::Sender<Arrival>,
    ) -> std::io::Result<()> {
        for output in outputs {
            match output {
                Output::Kiosk(message) => kiosk.write_all(&link::framed(&message)?).await?,
                Output::Keep(witness) => {
                    if let Err(error) = self.memory.keep(&witness) {
                        // The batch goes all the same: the memory is a second line.
                        log::warn!("{error}");
                    }
                }
                Output::Ask { lane, ask } => {
                    let (hub, arrived) = (self.hub.clone(), arrived.clone());
                    tokio::spawn(async move {
                        let answer = hub.ask(ask).await;
                        // The talk may be over.
                        let _ = arrived.send(Arrival::Hub(lane, answer)).await;
                    });
                }
            }
        }
        Ok(())
    }
}

async fn read(mut from: OwnedReadHalf, arrived: mpsc::Sender<Arrival>) {
    loop {
        let arrival = match read_one(&mut from).await {
            Ok(message) => Arrival::Kiosk(message),
            Err(error) => {
                log::debug!("the kiosk's socket: {error}");
                Arrival::KioskGone
            }
        };
        let gone = matches!(arrival, Arrival::KioskGone);
        if arrived.send(arrival).await.is_err() || gone {
            return;
        }
    }
}

async fn read_one(from: &mut OwnedReadHalf) -> std::io::Result<ToSync> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let mut bytes = vec![0; link::checked(length)?];
    from.read_exact(&mut bytes).await?;
    link::understood(&bytes)
}

impl Hub {
    async fn ask(&self, ask: Ask) -> Answer {
        match self.try_ask(ask).await {
            Ok(answer) => answer,
            Err(error) => {
                // Without the address: it is the same for all, and in the configuration.
                log::debug!("the hub: {}", error.without_url());
                Answer::Failed
            }
        }
    }

    async fn try_ask(&self, ask: Ask) -> Result<Answer, reqwest::Error> {
        let Ok(url) = self.url.join(&ask.path) else { return Ok(Answer::Failed) };
        let request = match ask.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).header("content-type", "application/cbor").body(ask.body),
        };
        let request = request.timeout(Duration::from_millis(ask.within_ms));
        let request = match ask.bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let mut response = request.send().await?;
        let status = response.status();
        if !status.is_success() {
            log::debug!("the hub answered {status}");
            return Ok(match status {
                StatusCode::NOT_FOUND => Answer::NotFound,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Answer::NotAllowed,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Answer::Failed,
                status if status.is_client_error() => Answer::Refused(status.as_u16()),
                _ => Answer::Failed,
            });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                log::warn!("the hub's answer is longer than any should be");
                return Ok(Answer::Failed);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer::Ok(body))
    }
}
