//! What the server says about itself carries nothing of its clients, at the chattiest level.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD, HEXLOWER};
use heliograph_wire::*;
use heliographd::{Level, Server, StoreKind, log};
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Kept {
    /// The events without their times, whose digits might repeat a port by chance.
    fn events(&self) -> String {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines()
            .map(|line| {
                let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
                event.as_object_mut().unwrap().remove("timestamp");
                format!("{event}\n")
            })
            .collect()
    }
}

/// Everything by which this cell could be known.
fn names_of(cell: &Put) -> Vec<String> {
    let key = erase_key(&cell.label);
    let tag = cell.label.tag();
    let bytes = [&cell.label.0[..], &tag.0, &cell.erase_hash.0, key.bytes()];
    bytes.iter().flat_map(|bytes| prints(bytes)).collect()
}

/// Every way in which somebody might print these bytes.
fn prints(bytes: &[u8]) -> Vec<String> {
    let list = format!("{bytes:?}");
    vec![
        HEXLOWER.encode(bytes),
        BASE32_NOPAD.encode(bytes).to_lowercase(),
        BASE64.encode(bytes).to_lowercase(),
        BASE64URL_NOPAD.encode(bytes).to_lowercase(),
        list.trim_matches(['[', ']']).to_owned(),
        list.trim_matches(['[', ']']).replace(' ', ""),
    ]
}

async fn scrape(at: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// A busy session from its own loopback address; returns the client's port.
async fn busy(link: &link::BoardLink, from: Ipv4Addr, cells: &[Put]) -> u16 {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let tcp = socket.connect(link.address.parse().unwrap()).await.unwrap();
    let port = tcp.local_addr().unwrap().port();
    let mut client = Client::over(tcp, link).await;
    client.follow().await;
    for cell in cells {
        client.ask(Op::Put(cell.clone())).await;
        client.ask(Op::Put(cell.clone())).await;
        client.tick().await;
        client.ask(get(cell)).await;
        client.ask(erase(cell, 1)).await;
        client.ask(erase(cell, 2)).await;
        client.ask(get(cell)).await;
    }
    let hour = u32::try_from(
        std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_secs()
            / 3_600,
    );
    client.span(hour.unwrap()).await;
    client.ask(Op::Follow(LaneId(7))).await;
    let mut garbage = client_frame(&Request {
        id: 1,
        op: Some(Op::Put(cells[0].clone())),
    })
    .unwrap();
    garbage[0] = 0;
    client.raw(&garbage).await;
    assert!(client.unit().await.is_none());
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_log_nor_counters_nor_disk_names_a_client_or_a_label() {
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber = log::subscriber(Level::Trace, move || writer.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), StoreKind::Fjall);
    config.metrics = Some("127.0.0.1:0".parse().unwrap());
    let server = Server::new(config.clone()).start().await.unwrap();
    let metrics = server.metrics().unwrap();
    let link = server.board_link().clone();
    let (mut forbidden, mut addresses) = (Vec::new(), Vec::new());
    for round in 0..4_u64 {
        let from = Ipv4Addr::new(127, 0, 0, 50 + u8::try_from(round).unwrap());
        let cells: Vec<Put> = (round * 10..round * 10 + 10).map(put).collect();
        let port = busy(&link, from, &cells).await;
        addresses.push((from, port));
        forbidden.extend(cells.iter().flat_map(names_of));
    }
    // What is not TLS, and not a board's client, is no reason to say more.
    let mut stranger = TcpStream::connect(server.address()).await.unwrap();
    stranger.write_all(b"hello?\r\n\r\n").await.unwrap();
    stranger.shutdown().await.unwrap();
    drop(stranger.read_to_end(&mut Vec::new()).await);
    let counters = scrape(metrics).await;
    server.expire().await;
    server.shutdown().await;

    let events = kept.events();
    for event in ["listening", "expired", "stopped"] {
        assert!(events.contains(&format!("\"{event}\"")), "{events}");
    }
    for (counter, value) in [
        ("puts_stored", 40),
        ("puts_same", 40),
        ("erases_done", 40),
        ("frames_refused", 4),
        ("handshakes_failed", 1),
    ] {
        let line = format!("\nheliograph_{counter}_total {value}\n");
        assert!(counters.contains(&line), "{counters}");
    }
    let said = format!("{events}{counters}").to_lowercase();
    for needle in &forbidden {
        assert!(
            !said.contains(needle),
            "a label, tag, hash or key was printed"
        );
    }
    let mut disk = Vec::new();
    read_all(&config.data, &mut disk);
    for (address, port) in addresses {
        assert!(
            !said.contains(&address.to_string()),
            "an address was printed"
        );
        assert!(!events.contains(&port.to_string()), "a port was printed");
        let text = address.to_string().into_bytes();
        assert!(!disk.windows(text.len()).any(|window| window == text));
    }
}

fn read_all(path: &std::path::Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, into);
        } else {
            into.extend(std::fs::read(path).unwrap());
        }
    }
}

#[tokio::test]
async fn counters_answer_only_where_they_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), StoreKind::Memory);
    config.metrics = Some("127.0.0.1:0".parse().unwrap());
    let server = Server::new(config).start().await.unwrap();
    let at = server.metrics().unwrap();
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 404 "));
    assert!(
        scrape(at)
            .await
            .contains("\nheliograph_connections_open 0\n")
    );
    server.shutdown().await;
    assert!(TcpStream::connect(at).await.is_err());
}
