//! The HTTP server: accepts a bounded number of connections, closes idle ones, and ends in order.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::proxies::Proxies;

/// How long a connection may wait for a request, and a request's head may take to arrive.
const IDLE_TIME: Duration = Duration::from_secs(75);
/// How long requests may go on when the hub is stopping.
const LAST_REQUESTS_TIME: Duration = Duration::from_secs(5);
/// The wait after a failure to accept, so that running out of files does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The most bytes of a request's head, and the read buffer of a connection.
const HEAD_BYTES: usize = 16 * 1024;

/// From where a request came: the other end of its connection, or for whom a trusted proxy there asks.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Every connection that is accepted here has one.
        let unknown = Self(Ipv4Addr::UNSPECIFIED.into());
        Ok(parts.extensions.get().copied().unwrap_or(unknown))
    }
}

/// Serves until `shutdown`, then lets the requests in hand finish.
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
    proxies: Proxies,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(max_connections.clamp(1, Semaphore::MAX_PERMITS)));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE_TIME).max_buf_size(HEAD_BYTES);
    loop {
        let place = tokio::select! {
            () = &mut shutdown => break,
            place = Arc::clone(&places).acquire_owned() => match place {
                Ok(place) => place,
                // The semaphore is never closed.
                Err(_) => break,
            },
        };
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                log::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are small and awaited: nothing is won by collecting them.
        let _ = stream.set_nodelay(true);
        let routes = TowerToHyperService::new(router.clone());
        let proxies = proxies.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let asker = proxies.asker(peer.ip(), request.headers());
            request.extensions_mut().insert(Peer(asker));
            routes.call(request)
        });
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                log::debug!("a connection ended: {error}");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(LAST_REQUESTS_TIME, graceful.shutdown()).await.is_err() {
        log::warn!("some requests did not end within {} s of stopping", LAST_REQUESTS_TIME.as_secs());
    }
}
