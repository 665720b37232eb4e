//! Whatever a stranger sends: no panic, no hint, nothing stored, and everybody else goes on.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use heliograph_wire::*;
use heliographd::{Running, Server, StoreKind};
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends `bytes` on a fresh connection; the connection must end without another word.
async fn is_cut_off(server: &Running, bytes: &[u8]) {
    let mut client = Client::connect(server).await;
    client.raw(bytes).await;
    assert!(client.unit().await.is_none());
}

#[tokio::test]
async fn garbage_and_oversize_frames_end_the_connection_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut bystander = Client::connect(&server).await;
    let good = client_frame(&Request {
        id: 1,
        op: Some(Op::Put(put(1))),
    })
    .unwrap();
    is_cut_off(&server, &[0xff; 3_000]).await;
    is_cut_off(&server, b"GET / HTTP/1.1\r\n\r\n").await;
    let mut oversize = good.clone();
    oversize[1] = 0xff;
    is_cut_off(&server, &oversize).await;
    let mut padded = good.clone();
    *padded.last_mut().unwrap() = 1;
    is_cut_off(&server, &padded).await;
    let mut spoiled = good.clone();
    spoiled[4..200].fill(0xff);
    is_cut_off(&server, &spoiled).await;
    let mut short_label = good;
    short_label[10] = 31;
    is_cut_off(&server, &short_label).await;
    assert_eq!(name(&bystander.ask(Op::Put(put(1))).await), "Stored");
    server.shutdown().await;
}

#[tokio::test]
async fn a_frame_in_two_halves_is_one_frame_and_half_a_frame_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut client = Client::connect(&server).await;
    let op = Some(Op::Put(put(1)));
    let frame = client_frame(&Request { id: 5, op }).unwrap();
    for piece in frame.chunks(700) {
        client.raw(piece).await;
    }
    assert_eq!(name(&client.answer(5).await), "Stored");
    let op = Some(Op::Put(put(2)));
    let frame = client_frame(&Request { id: 6, op }).unwrap();
    client.raw(&frame[..frame.len() - 1]).await;
    client.stream.shutdown().await.unwrap();
    assert!(client.unit().await.is_none());
    let mut client = Client::connect(&server).await;
    assert_eq!(name(&client.ask(Op::Put(put(2))).await), "Stored");
    server.shutdown().await;
}

#[tokio::test]
async fn what_this_version_or_board_does_not_have_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut client = Client::connect(&server).await;
    let mut frame = client_frame(&Request { id: 9, op: None }).unwrap();
    let length = frame[3];
    frame[3] = length + 2;
    frame[4 + usize::from(length)] = (15 << 3) | 2;
    client.raw(&frame).await;
    assert_eq!(name(&client.answer(9).await), "Refused(Unsupported)");
    let elsewhere = Put {
        lane: LaneId(1),
        ..put(1)
    };
    for op in [
        get(&elsewhere),
        erase(&elsewhere, 1),
        Op::Put(elsewhere),
        Op::Follow(LaneId(1)),
        Op::Span(LaneId(u32::MAX), 1),
    ] {
        assert_eq!(name(&client.ask(op).await), "Refused(NoLane)");
    }
    assert_eq!(client.follow().await, None);
    server.shutdown().await;
}

#[tokio::test]
async fn whoever_does_not_ask_for_the_board_learns_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let link = server.board_link();
    for request in [
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /board HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        let mut stream = handshake(link, usual_tls(link)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(
            answer,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let mut plain = TcpStream::connect(server.address()).await.unwrap();
    plain
        .write_all(b"GET /board HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // A TLS alert and the end, or a reset.
    drop(plain.read_to_end(&mut answer).await);
    assert!(answer.len() < 16);
    let mut client = Client::connect(&server).await;
    assert_eq!(name(&client.ask(Op::Noop).await), "Nothing");
    server.shutdown().await;
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_the_next_place_is_free_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), StoreKind::Memory);
    config.limits.connections = 1;
    let server = Server::new(config).start().await.unwrap();
    let mut only = Client::connect(&server).await;
    let link = server.board_link();
    assert!(handshake(link, usual_tls(link)).await.is_err());
    assert_eq!(name(&only.ask(Op::Noop).await), "Nothing");
    only.stream.shutdown().await.unwrap();
    assert!(only.unit().await.is_none());
    while handshake(link, usual_tls(link)).await.is_err() {}
    server.shutdown().await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed_but_a_follower_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), StoreKind::Memory);
    config.limits.idle_seconds = 1;
    let server = Server::new(config).start().await.unwrap();
    let mut follower = Client::connect(&server).await;
    follower.follow().await;
    let mut idle = Client::connect(&server).await;
    assert!(idle.unit().await.is_none());
    assert_eq!(name(&follower.ask(Op::Noop).await), "Nothing");
    server.shutdown().await;
}
