//! What phones do: read a code from a screen, and hear of news.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// The text of the one QR code in a picture.
pub fn read_qr(png: &[u8]) -> String {
    let picture = image::load_from_memory(png).unwrap().into_luma8();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
        picture.width() as usize,
        picture.height() as usize,
        |x, y| picture.get_pixel(x as u32, y as u32).0[0],
    );
    let grids = prepared.detect_grids();
    let [code] = &grids[..] else { panic!("{} codes on the screen", grids.len()) };
    code.decode().unwrap().1
}

/// Where the hub's messages arrive: the kind of each, in the order in which they came.
#[derive(Clone, Default)]
pub struct News(Arc<Mutex<Vec<String>>>);

impl News {
    /// Listens on a port of this machine: the address for the hub.
    pub fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/news", listener.local_addr().unwrap());
        let news = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                news.take(stream);
            }
        });
        url
    }

    pub fn kinds(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn take(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            // A connection that breaks off is tried again by the hub.
            let Ok(1..) = reader.read_line(&mut line) else { return };
            let line = line.trim().to_lowercase();
            if let Some(found) = line.strip_prefix("content-length:") {
                length = found.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let message: Value = serde_json::from_slice(&body).unwrap();
        self.0.lock().unwrap().push(message["kind"].as_str().unwrap().to_owned());
        let _ =
            reader.get_mut().write_all(b"HTTP/1.1 204 -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}
