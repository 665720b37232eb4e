//! One board from its first cell to after a restart, seen from outside over TLS.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use heliograph_wire::*;
use heliographd::{Clock, Server, StoreKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::*;

async fn found(client: &mut Client, put: &Put) -> Found {
    match client.ask(get(put)).await {
        Outcome::Found(found) => *found,
        other => panic!("{}", name(&other)),
    }
}

#[tokio::test]
async fn cells_and_ticks_survive_a_restart_and_the_chain_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let server = fjall(dir.path()).await;
    let link = server.board_link().clone();
    let mut client = Client::connect(&server).await;
    assert_eq!(client.follow().await, None);
    let (small, large) = (put(1), sized_put(2, Class::Large));
    assert_eq!(name(&client.ask(Op::Put(small.clone())).await), "Stored");
    let first = client.tick().await;
    assert_eq!(name(&client.ask(Op::Put(large.clone())).await), "Stored");
    let second = client.tick().await;
    verify(&link, None, &[first.clone(), second.clone()]);
    let cell = first.items[0].cell.clone().unwrap();
    assert!(cell.body == small.body && cell.erase_hash == small.erase_hash);
    assert!(second.tags() == [large.label.tag()] && second.items[0].cell.is_none());
    drop(client);
    server.shutdown().await;

    let server = fjall(dir.path()).await;
    assert_eq!(server.board_link().key, link.key);
    assert_eq!(server.board_link().pin, link.pin);
    let mut client = Client::connect(&server).await;
    assert_eq!(client.follow().await, Some(second.signed));
    for cell in [&small, &large] {
        assert_eq!(name(&client.ask(Op::Put(cell.clone())).await), "Same");
        let found = found(&mut client, cell).await;
        assert!(found.body == cell.body);
        let leaf = leaf(
            &cell.label,
            found.keep,
            &found.erase_hash,
            &found.body.hash(),
        );
        let (place, head) = (&found.place, &found.place.tick.head);
        let at = (place.index as usize, head.items as usize);
        assert!(merkle::verify(&leaf, at.0, at.1, &place.path, &head.root));
    }
    assert_eq!(name(&client.ask(Op::Put(put(3))).await), "Stored");
    let third = client.tick().await;
    verify(&link, Some(second.signed), &[third]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_label_has_one_cell_and_an_erase_has_one_winner() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut client = Client::connect(&server).await;
    let cell = put(1);
    let other = Put {
        body: put(2).body,
        ..cell.clone()
    };
    let ask = async |client: &mut Client, op| name(&client.ask(op).await);
    client.follow().await;
    assert_eq!(ask(&mut client, get(&cell)).await, "Absent");
    assert_eq!(ask(&mut client, Op::Put(cell.clone())).await, "Stored");
    assert_eq!(ask(&mut client, Op::Put(cell.clone())).await, "Same");
    assert_eq!(ask(&mut client, Op::Put(other)).await, "Taken");
    client.tick().await;
    let Op::Erase(wrong) = erase(&cell, 1) else {
        panic!()
    };
    let wrong = Erase {
        key: EraseKey::new([9; 32]),
        ..wrong
    };
    assert_eq!(ask(&mut client, Op::Erase(wrong)).await, "Absent");
    assert_eq!(ask(&mut client, erase(&cell, 1)).await, "Erased");
    assert_eq!(ask(&mut client, erase(&cell, 1)).await, "Erased");
    assert_eq!(ask(&mut client, erase(&cell, 2)).await, "Absent");
    assert_eq!(ask(&mut client, get(&cell)).await, "Erased");
    assert_eq!(ask(&mut client, Op::Put(cell.clone())).await, "Same");
    assert_eq!(ask(&mut client, Op::Noop).await, "Nothing");
    let Outcome::Described(described) = client.ask(Op::Info).await else {
        panic!()
    };
    assert_eq!(described.versions, [WIRE_VERSION]);
    assert_eq!(described.lanes, [LANE]);
    assert!(!described.tokens);
    server.shutdown().await;
}

#[tokio::test]
async fn a_span_is_what_followers_saw_and_fades_with_the_clock() {
    let dir = tempfile::tempdir().unwrap();
    let hour = Arc::new(AtomicU64::new(20_000 * 24 + 7));
    let hand = Arc::clone(&hour);
    let clock = Clock::from_seconds(move || hand.load(Ordering::SeqCst) * 3_600);
    let server = Server::new(config(dir.path(), StoreKind::Memory))
        .with_clock(clock)
        .start()
        .await
        .unwrap();
    let mut client = Client::connect(&server).await;
    client.follow().await;
    let (mut seen, start) = (Vec::new(), 20_000 * 24 + 7);
    for number in 0..90 {
        client.send(Op::Put(put(number))).await;
    }
    while seen
        .iter()
        .map(|tick: &Tick| tick.items.len())
        .sum::<usize>()
        < 90
    {
        seen.push(client.tick().await);
    }
    verify(server.board_link(), None, &seen);
    let (ticks, end) = client.span(start).await;
    assert_eq!(end, (start, 1, start));
    assert!(
        ticks
            .iter()
            .map(|t| t.signed)
            .eq(seen.iter().map(|t| t.signed))
    );
    assert!(
        ticks
            .iter()
            .flat_map(Tick::tags)
            .eq(seen.iter().flat_map(Tick::tags))
    );
    assert!(ticks.iter().all(|tick| tick.hour == start));
    assert_eq!(client.span(start + 1).await.0.len(), 0);

    hour.fetch_add(35, Ordering::SeqCst);
    server.expire().await;
    let (ticks, end) = client.span(start).await;
    assert_eq!(end, (start - 1, 6, start + 35));
    assert_eq!(ticks.len(), seen.len());

    hour.fetch_add(17 * 24, Ordering::SeqCst);
    server.expire().await;
    assert_eq!(client.span(start).await.0.len(), 0);
    assert_eq!(name(&client.ask(get(&put(1))).await), "Absent");
    server.shutdown().await;
}
