//! The record of a real server: everything its feed shows to anybody who asks.

#![allow(
    clippy::unwrap_used,
    reason = "a listener who hears nothing is a failed test, reported by panicking"
)]

use heliograph_client::dial;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{
    Feed, FrameReader, LARGE_FRAME, LaneId, Op, Request, ServerUnit, client_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Overheard;

const HOUR_MS: i64 = 3_600_000;

/// All small cells that a board announced in the hour of `now` and the one before.
pub async fn listen(link: &str, now: i64) -> Vec<Overheard> {
    let mut stream = dial(&BoardLink::decode(link).unwrap()).await.unwrap();
    let this = u32::try_from(now / HOUR_MS).unwrap();
    for (hour, id) in [this - 1, this].into_iter().zip(1..) {
        let op = Some(Op::Span(LaneId(0), hour));
        let frame = client_frame(&Request { id, op }).unwrap();
        stream.write_all(&frame).await.unwrap();
    }
    stream.flush().await.unwrap();
    let (mut frames, mut heard, mut ended) = (FrameReader::new(), Vec::new(), 0);
    while ended < 2 {
        let buffer = frames.buffer();
        buffer.reserve(LARGE_FRAME);
        assert_ne!(stream.read_buf(buffer).await.unwrap(), 0);
        while let Some(unit) = frames.next::<ServerUnit>().unwrap() {
            match unit {
                ServerUnit::Answer(_) => ended += 1,
                ServerUnit::Feed(Feed::Part(_, part)) => {
                    heard.extend(part.items.into_iter().filter_map(|item| {
                        Some(Overheard {
                            tag: item.tag,
                            body: item.cell?.body,
                        })
                    }));
                }
                ServerUnit::Feed(Feed::Heartbeat(_)) => {}
            }
        }
    }
    heard
}
