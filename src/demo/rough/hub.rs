//! Something else answers at the hub's address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::super::error::DemoError;
use super::super::hub_client::text;
use super::super::screen::PATIENCE;
use super::super::stage::Stage;
use super::must;

/// So often sync is to have heard rubbish.
const OFTEN: u32 = 3;
/// Longer than sync ever waits between two questions to a hub that fails.
const SYNC_ASKS_AGAIN: Duration = Duration::from_secs(600);

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    rubbish(stage)?;
    another_key(stage)
}

/// The hub's address answers nonsense; the kiosk serves as without a network.
fn rubbish(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("The hub answers rubbish");
    let label = stage.announce("Finn", "M")?;
    stage.kill_hub()?;
    let fool = Fool::open(stage.hub_address)?;
    stage.says("demo", "something else listens at the hub's address, and answers rubbish");
    stage.courier_signs_in()?;
    stage.deposit(&label)?;
    stage.courier_leaves()?;
    // Whatever sync asks, it asks again later: its waits are by the clock, which we move.
    for _ in 0..OFTEN {
        let heard = fool.asked();
        stage.clock.skip(SYNC_ASKS_AGAIN)?;
        stage.wait_for("sync to ask again", PATIENCE, |_| Ok((fool.asked() > heard).then_some(())))?;
    }
    stage.collect_by_code(&label)?;
    stage.says("demo", format!("sync asked {} times, and believed nothing", fool.asked()));
    drop(fool);
    stage.clock.skip(SYNC_ASKS_AGAIN)?;
    stage.restart_hub()?;
    stage.wait_notified(&label)
}

/// A hub with all the right books, and another key: its word is nobody's word.
fn another_key(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("Another hub signs with another key");
    stage.kill_hub()?;
    let impostor = stage.start_impostor()?;
    let locker = stage.locker()?;
    let body = json!({ "role": "courier", "lockers": [locker] });
    let answer = stage.api.post(&stage.carrier, "/v1/staff", &body)?;
    let forged = text(&answer["passes"][0], "pass")?;
    stage.says("impostor", "makes a courier's badge, and sends it to the locker as a change");
    stage.go_home()?;
    stage.says("somebody", "shows the impostor's badge");
    stage.scan(
        &forged,
        |facts| facts.starts_with("We cannot check this code now"),
        "word that it is not believed",
    )?;
    let label = stage.people.next_label();
    let reference = stage.people.reference("Gil");
    let body = json!({ "locker": locker, "label": label, "recipient": reference, "size": "S", "retention_s": 86_400 });
    let answer = stage.api.post(&stage.carrier, "/v1/parcels", &body)?;
    let (parcel, code) = (text(&answer, "parcel")?, text(&answer, "code")?);
    let path = format!("/v1/lockers/{locker}");
    let last_seen = |stage: &Stage<'_>| {
        Ok::<_, DemoError>(stage.api.get(&stage.operator, &path)?["last_seen_unix_s"].as_u64())
    };
    let before = last_seen(stage)?;
    stage.clock.skip(SYNC_ASKS_AGAIN)?;
    stage.wait_for("sync to talk with the impostor", PATIENCE, |stage| {
        Ok((last_seen(stage)? > before).then_some(()))
    })?;
    stage.says("impostor", "has been asked by sync, and has answered");
    stage.types_code("somebody", &code)?;
    stage
        .screen
        .wait("word that the code is nobody's", |facts| facts.starts_with("That code does not match"))?;
    let view = stage.api.get(&stage.carrier, &format!("/v1/parcels/{parcel}"))?;
    must(view["known_there"] == false, "the locker took no word of the impostor")?;
    drop(impostor);
    stage.clock.skip(SYNC_ASKS_AGAIN)?;
    stage.restart_hub()?;
    let label = stage.announce("Hana", "S")?;
    stage.courier_signs_in()?;
    stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.wait_notified(&label)
}

/// A server that answers nonsense to everything.
struct Fool {
    asked: Arc<AtomicU32>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Fool {
    fn open(address: SocketAddr) -> Result<Self, DemoError> {
        let doing = || DemoError::io("listening at the hub's address");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(doing())?;
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(doing())?;
        let asked = Arc::new(AtomicU32::new(0));
        let router = Router::new().fallback(nonsense).with_state(Arc::clone(&asked));
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("a fool".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    // What is still being answered when the end comes is cut off.
                    tokio::select! {
                        served = async { axum::serve(listener, router).await } => {
                            if let Err(error) = served {
                                log::error!("the fool: {error}");
                            }
                        }
                        _ = ended => {}
                    }
                });
            })
            .map_err(doing())?;
        Ok(Self { asked, end: Some(end), thread: Some(thread) })
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Fool {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            // A fool that has ended by itself hears nothing.
            let _ = end.send(());
        }
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the fool had panicked");
        }
    }
}

/// Another kind of nonsense each time: an empty yes, bytes of no format, CBOR of another thing, more than anyone takes.
async fn nonsense(State(asked): State<Arc<AtomicU32>>) -> (StatusCode, Vec<u8>) {
    match asked.fetch_add(1, Ordering::SeqCst) % 5 {
        0 => (StatusCode::OK, Vec::new()),
        1 => (StatusCode::OK, (0..=255).cycle().take(4_096).collect()),
        2 => (StatusCode::OK, vec![0x9f; 64]),
        3 => (StatusCode::OK, vec![0x40; 4 * 1024 * 1024]),
        _ => (StatusCode::IM_A_TEAPOT, b"<html>".to_vec()),
    }
}
