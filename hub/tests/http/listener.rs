//! A webhook's receiving end.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Answers each request with the next of its statuses, and 200 when there are no more.
pub struct Listener {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    came: Arc<Notify>,
}

impl Listener {
    pub async fn start(statuses: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let came = Arc::new(Notify::new());
        let statuses = Arc::new(Mutex::new(statuses.into_iter()));
        let (kept, rung) = (Arc::clone(&received), Arc::clone(&came));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, rung, statuses) = (Arc::clone(&kept), Arc::clone(&rung), Arc::clone(&statuses));
                tokio::spawn(async move {
                    let Some(request) = read(&mut stream).await else { return };
                    let status = statuses.lock().unwrap().next().unwrap_or(200);
                    let answer =
                        format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    kept.lock().unwrap().push(request);
                    rung.notify_waiters();
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { url, received, came }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until this many came.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        loop {
            let mut came = std::pin::pin!(self.came.notified());
            came.as_mut().enable();
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            came.await;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok()?;
        bytes.extend_from_slice(&part[..count]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            if count == 0 {
                return None;
            }
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok())
            .unwrap_or(0);
        if bytes.len() >= end + 4 + length {
            return Some(Received { head, body: bytes[end + 4..].to_vec() });
        }
        if count == 0 {
            return None;
        }
    }
}
