//! The socket for sync. One sync at a time: a new one takes the place of the one before, which is most likely dead.

use std::fs;
use std::io;
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use locker_engine::Happening;
use locker_engine::link::{self, ToKiosk, ToSync};

use super::inbox::Inbox;

/// Messages that wait for a slow sync. Then it is cut off: it will come again.
const MAX_WAITING: usize = 64;
/// A sync that takes nothing for so long is cut off.
const WRITE_WITHIN: Duration = Duration::from_secs(5);

/// The controller's way to sync.
#[derive(Clone, Default)]
pub struct Link {
    current: Arc<Mutex<Option<Connection>>>,
}

struct Connection {
    stream: UnixStream,
    to_write: SyncSender<ToSync>,
}

/// Listens at `path`, which only this user and group may use.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(path: &Path, inbox: Inbox) -> io::Result<Link> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o660))?;
    let link = Link::default();
    let accepting = link.clone();
    thread::Builder::new().name("link".to_owned()).spawn(move || accepting.accept(&listener, &inbox))?;
    Ok(link)
}

impl Link {
    /// Says it to sync, if there is one. Never waits.
    pub fn say(&self, message: ToSync) {
        let mut current = self.current();
        let Some(connection) = current.as_ref() else { return };
        if connection.to_write.try_send(message).is_err() {
            log::warn!("sync does not take what the kiosk says: cut off");
            connection.close();
            *current = None;
        }
    }

    /// Cuts sync off, if there is one. It comes back and introduces itself.
    pub fn hang_up(&self) {
        if let Some(connection) = self.current().take() {
            connection.close();
        }
    }

    fn accept(&self, listener: &UnixListener, inbox: &Inbox) {
        for stream in listener.incoming() {
            let connected = stream.and_then(|stream| self.connect(stream, inbox));
            if let Err(error) = connected {
                log::warn!("sync could not connect: {error}");
                thread::sleep(Duration::from_millis(200));
            }
        }
    }

    fn connect(&self, stream: UnixStream, inbox: &Inbox) -> io::Result<()> {
        stream.set_write_timeout(Some(WRITE_WITHIN))?;
        let (to_write, waiting) = sync_channel(MAX_WAITING);
        let (reading, writing) = (stream.try_clone()?, stream.try_clone()?);
        if let Some(before) = self.current().replace(Connection { stream, to_write }) {
            before.close();
        }
        let inbox = inbox.clone();
        thread::Builder::new().name("link reads".to_owned()).spawn(move || read(reading, &inbox))?;
        thread::Builder::new().name("link writes".to_owned()).spawn(move || write(writing, &waiting))?;
        Ok(())
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Connection>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    fn close(&self) {
        if let Err(error) = self.stream.shutdown(Shutdown::Both) {
            log::debug!("closing sync's connection: {error}");
        }
    }
}

fn read(mut stream: UnixStream, inbox: &Inbox) {
    loop {
        match link::read::<ToKiosk>(&mut stream) {
            Ok(Some(message)) => {
                if matches!(message, ToKiosk::Ready { .. }) {
                    inbox.push_from_sync(Happening::SyncGone);
                }
                inbox.push_from_sync(Happening::Sync(message));
            }
            Ok(None) => break,
            Err(error) => {
                log::warn!("sync's connection: {error}");
                break;
            }
        }
    }
    if let Err(error) = stream.shutdown(Shutdown::Both) {
        log::debug!("closing sync's connection: {error}");
    }
}

fn write(mut stream: UnixStream, waiting: &Receiver<ToSync>) {
    while let Ok(message) = waiting.recv() {
        if let Err(error) = link::write(&mut stream, &message) {
            log::warn!("sync's connection: {error}");
            if let Err(error) = stream.shutdown(Shutdown::Both) {
                log::debug!("closing sync's connection: {error}");
            }
            return;
        }
    }
}
