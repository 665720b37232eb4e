//! A wire tap: passes bytes on unchanged and writes down the lengths of the TLS records it sees.

#![allow(
    clippy::unwrap_used,
    reason = "a tap that cannot listen is a failed test, reported by panicking"
)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Application data, RFC 8446 section 5.1.
const APPLICATION_DATA: u8 = 23;
const HEADER: usize = 5;

/// Lengths of records from clients, as a watcher of the wire sees them.
pub struct Tap {
    /// Address that clients connect to.
    pub address: String,
    listener: TcpListener,
    lengths: Arc<Mutex<Vec<(u8, usize)>>>,
}

impl Tap {
    /// Listens; nothing passes before [`Tap::forward`].
    #[must_use]
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            address: listener.local_addr().unwrap().to_string(),
            listener,
            lengths: Arc::default(),
        }
    }

    /// Passes every connection on to `target` from now on.
    pub fn forward(&self, target: &str) {
        let (listener, target) = (self.listener.try_clone().unwrap(), target.to_owned());
        let lengths = Arc::clone(&self.lengths);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&target) else {
                    continue;
                };
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let lengths = Arc::clone(&lengths);
                std::thread::spawn(move || pass(from, to, Some(&lengths)));
                std::thread::spawn(move || pass(server, client, None));
            }
        });
    }

    /// Lengths of the clients' application records since the last call, in order. The last record of
    /// every handshake (Finished) travels as application data too and is dropped by its length.
    #[must_use]
    pub fn take(&self) -> Vec<usize> {
        let mut lengths = self.lengths.lock().unwrap();
        std::mem::take(&mut *lengths)
            .into_iter()
            .filter(|(kind, length)| *kind == APPLICATION_DATA && *length > 200)
            .map(|(_, length)| length)
            .collect()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, lengths: Option<&Mutex<Vec<(u8, usize)>>>) {
    let (mut buffer, mut pending) = (vec![0; 65_536], Vec::new());
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
        let Some(lengths) = lengths else { continue };
        pending.extend_from_slice(&buffer[..count]);
        while pending.len() >= HEADER {
            let length = usize::from(pending[3]) << 8 | usize::from(pending[4]);
            if pending.len() < HEADER + length {
                break;
            }
            lengths.lock().unwrap().push((pending[0], length));
            pending.drain(..HEADER + length);
        }
    }
    // The other direction may have closed it first.
    drop(to.shutdown(Shutdown::Both));
}
