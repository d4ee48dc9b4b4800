//! The network's cable between the locker and the hub, which can be cut: connections end, and no new one reaches anybody.

use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::error::DemoError;

/// Connections at once; one more waits in vain, as behind a full router.
const MOST_CONNECTIONS: usize = 32;
/// A hub on this machine answers within this time or not at all.
const CONNECTS_WITHIN: Duration = Duration::from_secs(2);

/// The cable.
pub struct Cable {
    address: SocketAddr,
    shared: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    next: u64,
    /// Both ends of each connection.
    live: BTreeMap<u64, [TcpStream; 2]>,
}

impl Cable {
    /// Lays a cable to the hub.
    ///
    /// # Errors
    /// No port or no thread.
    pub fn lay(hub: SocketAddr) -> Result<Self, DemoError> {
        let doing = || DemoError::io("laying the network's cable");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(doing())?;
        let address = listener.local_addr().map_err(doing())?;
        let shared = Arc::<Mutex<State>>::default();
        let state = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("cable".to_owned())
            .spawn(move || {
                for near in listener.incoming() {
                    if let Err(error) = near.and_then(|near| carry(near, hub, &state)) {
                        log::debug!("the cable: {error}");
                    }
                }
            })
            .map_err(doing())?;
        Ok(Self { address, shared })
    }

    /// What the locker takes for the hub.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts it, or mends it.
    pub fn cut(&self, is_cut: bool) {
        let mut state = lock(&self.shared);
        state.is_cut = is_cut;
        if is_cut {
            state.live.values().flatten().for_each(end);
        }
    }

    /// Whether it is cut.
    pub fn is_cut(&self) -> bool {
        lock(&self.shared).is_cut
    }
}

/// Joins a connection to one to the hub, with a thread for each direction.
fn carry(near: TcpStream, hub: SocketAddr, shared: &Arc<Mutex<State>>) -> io::Result<()> {
    if lock(shared).is_cut {
        return near.shutdown(Shutdown::Both);
    }
    let far = TcpStream::connect_timeout(&hub, CONNECTS_WITHIN)?;
    // As without a cable in between: what is small goes at once.
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (up, down) = ((near.try_clone()?, far.try_clone()?), (far.try_clone()?, near.try_clone()?));
    let id = {
        let mut state = lock(shared);
        if state.is_cut || state.live.len() >= MOST_CONNECTIONS {
            return near.shutdown(Shutdown::Both);
        }
        state.next += 1;
        let id = state.next;
        state.live.insert(id, [near, far]);
        id
    };
    let downwards = copy(down)?;
    let state = Arc::clone(shared);
    std::thread::Builder::new().name("cable up".to_owned()).spawn(move || {
        pass(up);
        if downwards.join().is_err() {
            log::error!("the cable had panicked");
        }
        lock(&state).live.remove(&id);
    })?;
    Ok(())
}

fn copy(ends: (TcpStream, TcpStream)) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("cable down".to_owned()).spawn(move || pass(ends))
}

/// Passes on what comes, and its end.
fn pass((mut from, mut to): (TcpStream, TcpStream)) {
    // How a connection ended matters to its two ends, not to the cable.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

fn end(stream: &TcpStream) {
    // It may have ended a moment ago by itself.
    let _ = stream.shutdown(Shutdown::Both);
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn hub() -> (TcpListener, Cable) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let cable = Cable::lay(listener.local_addr().unwrap()).unwrap();
        (listener, cable)
    }

    #[test]
    fn a_cable_carries_both_ways_until_it_is_cut_and_again_once_it_is_mended() {
        let (hub, cable) = hub();
        for _ in 0..2 {
            let mut locker = TcpStream::connect(cable.address()).unwrap();
            let (mut served, _) = hub.accept().unwrap();
            locker.write_all(b"up").unwrap();
            let mut heard = [0; 2];
            served.read_exact(&mut heard).unwrap();
            assert_eq!(&heard, b"up");
            served.write_all(b"dn").unwrap();
            locker.read_exact(&mut heard).unwrap();
            assert_eq!(&heard, b"dn");
            cable.cut(true);
            assert_eq!(locker.read(&mut heard).unwrap_or(0), 0, "the connection ends");
            let mut cut_off = TcpStream::connect(cable.address()).unwrap();
            assert_eq!(cut_off.read(&mut heard).unwrap_or(0), 0, "nobody answers a new one");
            cable.cut(false);
        }
    }
}
