//! What the stage's thread hears, all through one channel, so that it sleeps until something happens.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread::sleep;
use std::time::Duration;

use locker_hw::emulate::WireEvent;
use locker_street::Thing;
use locker_ui::glass::{Client, GlassError};

use super::super::error::DemoError;
use super::super::post::Message;
use super::super::screen::facts;
use super::super::shown::{Shown, asks_to_check};
use super::super::stage::Stage;

/// Frames and messages that wait for their turn.
const MOST_WAITING: usize = 1_024;
/// How long one look at the screen lasts where nothing changes.
const LOOKS_FOR: Duration = Duration::from_secs(10);
/// A kiosk that is dark is looked for so often.
const LOOKS_AGAIN: Duration = Duration::from_millis(200);

/// Something happened.
pub enum Happening {
    /// Somebody clicked.
    Clicked(Thing),
    /// A frame passed on a wire.
    Frame(WireEvent),
    /// The hub told of a parcel.
    Told(Message),
    /// The kiosk's screen shows something else; and whether it is an open door that is only to be seen empty.
    Seen(Shown, bool),
    /// The window was closed.
    Closed,
}

/// Starts to listen and to look.
///
/// # Errors
/// No threads.
pub fn listen(stage: &Stage<'_>, tell: &SyncSender<Happening>) -> Result<(), DemoError> {
    forward("street: wires", stage.world.listen(MOST_WAITING), tell, Happening::Frame)?;
    forward("street: phones", stage.post.listen(MOST_WAITING), tell, Happening::Told)?;
    let (tell, glass) = (tell.clone(), stage.folder.glass());
    spawn("street: eyes", move || look(&glass, &tell))
}

fn forward<T: Send + 'static>(
    name: &str,
    from: Receiver<T>,
    tell: &SyncSender<Happening>,
    as_happening: impl Fn(T) -> Happening + Send + 'static,
) -> Result<(), DemoError> {
    let tell = tell.clone();
    spawn(name, move || {
        for happening in from.into_iter().map(as_happening) {
            if tell.send(happening).is_err() {
                return;
            }
        }
    })
}

/// Somebody who looks at the kiosk's screen as long as there is anybody to tell.
fn look(glass: &Path, tell: &SyncSender<Happening>) {
    loop {
        // A dark kiosk has no glass; whatever went wrong with it is seen by whoever looks after the process.
        let _ = Client::connect(glass).and_then(|client| watch(client, tell));
        if tell.send(Happening::Seen(Shown::Dark, false)).is_err() {
            return;
        }
        sleep(LOOKS_AGAIN);
    }
}

fn watch(mut client: Client, tell: &SyncSender<Happening>) -> Result<(), GlassError> {
    let mut seen = client.seen()?;
    let mut before = None;
    loop {
        let facts = facts(&seen);
        let read = (Shown::read(&facts), asks_to_check(&facts));
        if before.as_ref() != Some(&read) {
            before = Some(read.clone());
            if tell.send(Happening::Seen(read.0, read.1)).is_err() {
                return Ok(());
            }
        }
        seen = client.seen_since(seen.revision, LOOKS_FOR)?;
    }
}

fn spawn(name: &str, act: impl FnOnce() + Send + 'static) -> Result<(), DemoError> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(act).map(drop).map_err(DemoError::io("starting a thread"))
}
