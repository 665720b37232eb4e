//! Nothing is said before it is durable: not Stored, not a tick; and a board that fails says so.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use heliograph_wire::*;
use heliographd::{Running, Server, StoreKind};
use support::gate::{Gate, GatedBoard, Keeper};
use support::*;

async fn gated(dir: &std::path::Path) -> (Running, Keeper, Keeper) {
    let board = GatedBoard::new();
    let (puts, announces) = (board.puts.clone(), board.announces.clone());
    let server = Server::new(config(dir, StoreKind::Memory));
    (server.start_on(board).await.unwrap(), puts, announces)
}

#[tokio::test]
async fn stored_is_said_only_after_the_board_has_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (server, puts, _) = gated(dir.path()).await;
    puts.set(Gate::Shut);
    let mut client = Client::connect(&server).await;
    let id = client.send(Op::Put(put(1))).await;
    puts.came(1).await;
    assert_eq!(name(&client.ask(Op::Noop).await), "Nothing");
    assert_eq!(client.unread(), (0, 0));
    puts.set(Gate::Open);
    assert_eq!(name(&client.answer(id).await), "Stored");
    server.shutdown().await;
}

#[tokio::test]
async fn a_tick_is_seen_only_after_the_board_has_kept_it() {
    let dir = tempfile::tempdir().unwrap();
    let (server, _, announces) = gated(dir.path()).await;
    announces.set(Gate::Shut);
    let mut client = Client::connect(&server).await;
    client.follow().await;
    assert_eq!(name(&client.ask(Op::Put(put(1))).await), "Stored");
    announces.came(1).await;
    assert_eq!(name(&client.ask(get(&put(1))).await), "Absent");
    assert_eq!(client.unread(), (0, 0));
    let mut later = Client::connect(&server).await;
    assert_eq!(later.follow().await, None);
    announces.set(Gate::Open);
    let tick = client.tick().await;
    assert_eq!(later.tick().await.signed, tick.signed);
    verify(server.board_link(), None, &[tick]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_board_that_cannot_store_is_never_said_to_have_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (server, puts, _) = gated(dir.path()).await;
    let mut client = Client::connect(&server).await;
    puts.set(Gate::Broken);
    assert_eq!(name(&client.ask(Op::Put(put(1))).await), "Refused(Failed)");
    puts.set(Gate::Open);
    assert_eq!(name(&client.ask(Op::Put(put(1))).await), "Stored");
    server.shutdown().await;
}

#[tokio::test]
async fn a_tick_that_could_not_be_kept_is_never_seen() {
    let dir = tempfile::tempdir().unwrap();
    let (server, _, announces) = gated(dir.path()).await;
    announces.set(Gate::Broken);
    let mut client = Client::connect(&server).await;
    client.follow().await;
    assert_eq!(name(&client.ask(Op::Put(put(1))).await), "Stored");
    announces.came(1).await;
    assert_eq!(name(&client.ask(Op::Noop).await), "Nothing");
    assert_eq!(client.unread(), (0, 0));
    server.shutdown().await;
}

#[tokio::test]
async fn requests_that_are_open_at_shutdown_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let (server, puts, _) = gated(dir.path()).await;
    puts.set(Gate::Shut);
    let mut client = Client::connect(&server).await;
    let id = client.send(Op::Put(put(1))).await;
    puts.came(1).await;
    let address = server.address();
    let shutdown = tokio::spawn(server.shutdown());
    // New connections are refused once the wish is heard.
    while tokio::net::TcpStream::connect(address).await.is_ok() {}
    puts.set(Gate::Open);
    assert_eq!(name(&client.answer(id).await), "Stored");
    assert!(client.unit().await.is_none());
    shutdown.await.unwrap();
}
