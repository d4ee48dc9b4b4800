//! One connection to the hub, for one request after another.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;

/// Fewer than a source address has ports for.
const CONNECTIONS_AN_ADDRESS: u32 = 20_000;
/// No answer that is asked for here is longer.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
const CBOR: &str = "application/cbor";
const JSON: &str = "application/json";

/// What ends a locker's turn.
pub type Failure = Box<dyn Error + Send + Sync>;

pub struct Connection {
    requests: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    /// The connection of the `index`th locker.
    pub async fn open(hub: SocketAddr, index: u32) -> Result<Self, Failure> {
        let last = u8::try_from(1 + index / CONNECTIONS_AN_ADDRESS)?;
        let socket = TcpSocket::new_v4()?;
        socket.bind((IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0).into())?;
        let stream = socket.connect(hub).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with the requests' sender or with the hub; whoever asks then hears of it.
        tokio::spawn(connection);
        Ok(Self { requests, host: hub.to_string() })
    }

    pub async fn get(&mut self, token: Option<&str>, path: &str) -> Result<Bytes, Failure> {
        self.ask(Method::GET, token, path, CBOR, Vec::new()).await
    }

    pub async fn post_cbor(
        &mut self,
        token: Option<&str>,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Bytes, Failure> {
        self.ask(Method::POST, token, path, CBOR, body).await
    }

    pub async fn post_json(
        &mut self,
        key: &str,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<Bytes, Failure> {
        self.ask(Method::POST, Some(key), path, JSON, body.to_string().into()).await
    }

    async fn ask(
        &mut self,
        method: Method,
        bearer: Option<&str>,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Bytes, Failure> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.host);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, media_type);
        }
        if let Some(bearer) = bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
        }
        self.requests.ready().await?;
        let answer = self.requests.send_request(request.body(Full::from(body))?).await?;
        let status = answer.status();
        let bytes = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await?.to_bytes();
        match status {
            StatusCode::OK | StatusCode::CREATED => Ok(bytes),
            _ => Err(format!("{path}: {status} {}", String::from_utf8_lossy(&bytes)).into()),
        }
    }
}
