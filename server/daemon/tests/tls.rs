//! What the connection looks like from outside: TLS 1.3, hybrid, no tickets, records of one length.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use heliograph_wire::link::Pin;
use heliograph_wire::*;
use heliographd::{Server, StoreKind};
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::{NamedGroup, ProtocolVersion, version};
use support::*;

fn classical(pin: Pin) -> rustls::ClientConfig {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519];
    tls(pin, provider, &[&version::TLS13])
}

#[tokio::test]
async fn the_hybrid_exchange_is_negotiated_and_nothing_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(name(&client.ask(Op::Noop).await), "Nothing");
    let (_, tls) = client.stream.get_ref();
    let group = tls.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
    assert_eq!(tls.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(tls.alpn_protocol(), Some(b"http/1.1".as_slice()));
    assert_eq!(tls.tls13_tickets_received(), 0);
    server.shutdown().await;
}

#[tokio::test]
async fn a_client_that_prefers_another_group_is_led_to_the_hybrid_one() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519, kx_group::X25519MLKEM768];
    let config = tls(server.board_link().pin, provider, &[&version::TLS13]);
    let stream = handshake(server.board_link(), config).await.unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
    server.shutdown().await;
}

#[tokio::test]
async fn clients_without_the_hybrid_group_are_refused_unless_the_operator_says_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let link = server.board_link().clone();
    assert!(handshake(&link, classical(link.pin)).await.is_err());
    server.shutdown().await;

    let mut config = config(dir.path(), StoreKind::Memory);
    config.tls.require_hybrid = false;
    let server = Server::new(config).start().await.unwrap();
    let link = server.board_link();
    let stream = handshake(link, classical(link.pin)).await.unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519);
    let stream = handshake(link, usual_tls(link)).await.unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
    server.shutdown().await;
}

#[tokio::test]
async fn an_older_version_of_tls_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let link = server.board_link();
    let provider = aws_lc_rs::default_provider();
    let old = tls(link.pin, provider, &[&version::TLS12]);
    assert!(handshake(link, old).await.is_err());
    server.shutdown().await;
}

#[tokio::test]
async fn two_servers_differ_in_their_keys_and_in_nothing_else_of_their_certificates() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let server = memory(dir.path()).await;
        let link = server.board_link();
        let stream = handshake(link, usual_tls(link)).await.unwrap();
        let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).unwrap();
        let names = format!("{} {}", parsed.subject(), parsed.issuer());
        let dates = format!("{:?}", parsed.validity());
        assert!(!names.to_lowercase().contains("helio") && !names.contains("rcgen"));
        let key = parsed.public_key().raw.to_vec();
        seen.push((names, dates, parsed.extensions().len(), key));
    }
    let [first, second] = seen.try_into().unwrap();
    assert_eq!(
        (&first.0, &first.1, first.2),
        (&second.0, &second.1, second.2)
    );
    assert_ne!(first.3, second.3);
}

#[tokio::test]
async fn on_the_wire_every_record_has_one_length_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut client = Client::connect(&server).await;
    let seen = client.stream.get_ref().0.seen.clone();
    // What came before belongs to the handshake.
    let (before_server, before_client) = (1, 1);
    let from_server = seen.server_records().len() - before_server;
    let from_client = seen.client_records().len() - before_client;
    client.follow().await;
    let (small, large) = (put(1), sized_put(2, Class::Large));
    for op in [
        Op::Put(small.clone()),
        Op::Put(large.clone()),
        Op::Put(small.clone()),
        Op::Noop,
        Op::Info,
        Op::Span(LANE, 1),
    ] {
        client.ask(op).await;
    }
    while client.ask(get(&large)).await.found().is_none() {}
    for op in [get(&small), get(&put(9)), erase(&small, 1), get(&small)] {
        client.ask(op).await;
    }
    let ids: Vec<u32> = {
        let mut ids = Vec::new();
        for number in 100..200 {
            ids.push(client.send(Op::Put(put(number))).await);
        }
        ids
    };
    for id in ids {
        client.answer(id).await;
    }
    let mut announced = 0;
    while announced < 102 {
        announced += client.tick().await.items.len();
    }
    // A frame's plaintext, one byte of content type and the tag of 16.
    let record = SMALL_FRAME + 17;
    let records = seen.server_records().split_off(from_server);
    assert!(records.len() > 100 && records.iter().all(|length| *length == record));
    let records = seen.client_records().split_off(from_client);
    assert!(records.len() > 100 && records.iter().all(|length| *length == record));
    server.shutdown().await;
}

trait FoundOnly {
    fn found(self) -> Option<Box<Found>>;
}

impl FoundOnly for Outcome {
    fn found(self) -> Option<Box<Found>> {
        match self {
            Self::Found(found) => Some(found),
            _ => None,
        }
    }
}
