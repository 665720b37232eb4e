//! The feed of a lane: the same for everyone, gapless, paced, and alive when nothing happens.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use ed25519_dalek::{Signature, VerifyingKey};
use heliograph_wire::*;
use heliographd::{Server, StoreKind};
use support::*;
use tokio::io::AsyncReadExt;

#[tokio::test(flavor = "multi_thread")]
async fn followers_see_the_same_chain_wherever_they_begin() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let link = server.board_link().clone();
    let total = 400;
    let mut first = Client::connect(&server).await;
    first.follow().await;
    let putter_link = link.clone();
    let putter = tokio::spawn(async move {
        let mut client = Client::to(&putter_link).await;
        for number in 0..total {
            assert_eq!(name(&client.ask(Op::Put(put(number))).await), "Stored");
        }
    });
    let mut seen = vec![first.tick().await];
    let mut second = Client::connect(&server).await;
    let head = second.follow().await;
    let count = |ticks: &[Tick]| ticks.iter().map(|t| t.items.len() as u64).sum::<u64>();
    while count(&seen) < total {
        seen.push(first.tick().await);
    }
    putter.await.unwrap();
    verify(&link, None, &seen);
    let from = seen
        .iter()
        .position(|tick| Some(tick.signed) == head)
        .unwrap()
        + 1;
    let mut late = Vec::new();
    for _ in from..seen.len() {
        late.push(second.tick().await);
    }
    verify(&link, head, &late);
    assert!(
        late.iter()
            .map(|t| t.signed)
            .eq(seen[from..].iter().map(|t| t.signed))
    );
    assert!(
        late.iter()
            .flat_map(Tick::tags)
            .eq(seen[from..].iter().flat_map(Tick::tags))
    );
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_put_after_another_was_stored_is_never_in_an_earlier_tick() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut clients = [
        Client::connect(&server).await,
        Client::connect(&server).await,
    ];
    let mut follower = Client::connect(&server).await;
    follower.follow().await;
    let begun = std::time::Instant::now();
    for number in 0..200 {
        clients.swap(0, 1);
        let stored = clients[0].ask(Op::Put(put(number))).await;
        assert_eq!(name(&stored), "Stored");
    }
    let order: Vec<Tag> = (0..200).map(|number| put(number).label.tag()).collect();
    let (mut last, mut seen, mut ticks) = (0, 0, 0);
    while seen < 200 {
        let tick = follower.tick().await;
        let mut places: Vec<usize> = tick
            .tags()
            .iter()
            .map(|tag| order.iter().position(|other| other == tag).unwrap())
            .collect();
        places.sort_unstable();
        assert_eq!(places[0], last);
        assert_eq!(places.len(), places[places.len() - 1] - places[0] + 1);
        last = places[places.len() - 1] + 1;
        seen += places.len();
        ticks += 1;
    }
    // At most one every 50 ms, and the first at once.
    assert!(ticks <= begun.elapsed().as_millis() / 50 + 1, "{ticks}");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_puts_are_announced_in_the_order_in_which_they_were_sent() {
    let dir = tempfile::tempdir().unwrap();
    let server = fjall(dir.path()).await;
    let mut client = Client::connect(&server).await;
    client.follow().await;
    let total = 1_200;
    let (mut order, mut frames) = (Vec::new(), Vec::new());
    for number in 0..total {
        order.push(put(number).label.tag());
        let op = Some(Op::Put(put(number)));
        frames.extend(client_frame(&Request { id: 7, op }).unwrap());
    }
    let mut other = Client::connect(&server).await;
    let writer = tokio::spawn(async move {
        other.raw(&frames).await;
        for _ in 0..total {
            assert_eq!(name(&other.answer(7).await), "Stored");
        }
    });
    let (mut next, mut ticks) = (0, Vec::new());
    while next < order.len() {
        let tick = client.tick().await;
        let mut expected = order[next..next + tick.items.len()].to_vec();
        expected.sort_unstable();
        assert!(tick.tags() == expected);
        next += tick.items.len();
        ticks.push(tick);
    }
    verify(server.board_link(), None, &ticks);
    writer.await.unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn an_idle_lane_says_every_three_seconds_that_nothing_is_newer() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut client = Client::connect(&server).await;
    client.follow().await;
    client.ask(Op::Put(put(1))).await;
    let tick = client.tick().await;
    let begun = std::time::Instant::now();
    for beat in 1..=2 {
        let Feed::Heartbeat(heartbeat) = client.feed().await else {
            panic!()
        };
        assert_eq!(heartbeat.tick, tick.signed);
        let key = VerifyingKey::from_bytes(&server.board_link().key).unwrap();
        let signature = Signature::from_bytes(&heartbeat.signature);
        let signed = tick.signed.head.heartbeat_bytes(heartbeat.hour);
        key.verify_strict(&signed, &signature).unwrap();
        let passed = begun.elapsed().as_millis();
        assert!((2_500 * beat..4_500 * beat).contains(&passed), "{passed}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_connection_follows_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = memory(dir.path()).await;
    let mut client = Client::connect(&server).await;
    client.follow().await;
    let again = client.ask(Op::Follow(LANE)).await;
    assert_eq!(name(&again), "Refused(Busy)");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_does_not_read_is_cut_off_and_harms_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), StoreKind::Memory);
    config.limits.stall_seconds = 1;
    let server = Server::new(config).start().await.unwrap();
    let mut asleep = Client::connect(&server).await;
    asleep.follow().await;
    let mut awake = Client::connect(&server).await;
    awake.follow().await;
    // More than the sockets' buffers hold.
    let (total, batch) = (12_000, 1_000);
    for start in (0..total as u64).step_by(batch) {
        for number in start..start + batch as u64 {
            awake.send(Op::Put(put(number))).await;
        }
        let mut seen = 0;
        while seen < batch {
            seen += awake.tick().await.items.len();
        }
    }
    // A wait for the server's patience, not for luck: it ends when the heartbeat comes.
    let Feed::Heartbeat(_) = awake.feed().await else {
        panic!()
    };
    let mut got = 0;
    let mut buffer = vec![0; 65_536];
    while let Ok(more @ 1..) = asleep.stream.read(&mut buffer).await {
        got += more;
    }
    assert!(got < total * SMALL_BODY, "it should have been cut off");
    server.shutdown().await;
}
