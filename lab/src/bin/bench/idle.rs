//! Memory of a connection that only listens.

use std::time::Duration;

use heliograph_client::dial;
use heliograph_lab::Board;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{LaneId, Op, Request, client_frame};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::figure::Figure;
use crate::machine::{cpu_seconds, resident_kib};
use crate::put::fill;

const CONNECTIONS: u32 = 10_000;
/// Handshakes under way at once.
const AT_ONCE: usize = 32;

pub(crate) fn memory() -> Figure {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let server = Board::start(&dir.path().join("board"), &[]);
        let link = BoardLink::decode(&server.link).unwrap();
        // A lane with a first tick has heartbeats: listening is not all silence.
        fill(&server, 1, 0).await;
        let before = resident_kib(server.pid());
        let door = std::sync::Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
        let mut waiting = Vec::new();
        for _ in 0..CONNECTIONS {
            let (link, door) = (link.clone(), std::sync::Arc::clone(&door));
            waiting.push(tokio::spawn(async move {
                let _turn = door.acquire_owned().await.unwrap();
                let mut stream = dial(&link).await.unwrap();
                let op = Some(Op::Follow(LaneId(0)));
                let frame = client_frame(&Request { id: 1, op }).unwrap();
                stream.write_all(&frame).await.unwrap();
                stream.flush().await.unwrap();
                stream
            }));
        }
        let mut open = Vec::new();
        for stream in waiting {
            open.push(stream.await.unwrap());
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        let cpu = cpu_seconds(server.pid());
        tokio::time::sleep(Duration::from_secs(10)).await;
        let idle_cpu = (cpu_seconds(server.pid()) - cpu) / 10.0;
        let after = resident_kib(server.pid());
        let each = (after - before) / f64::from(CONNECTIONS);
        drop(open);
        Figure::at_most(
            "an idle connection that follows",
            ("KiB", each, 20.0),
            json!({
                "connections": CONNECTIONS, "server_kib_before": before, "server_kib_after": after,
                "server_cores_while_idle": idle_cpu,
            }),
        )
    })
}
