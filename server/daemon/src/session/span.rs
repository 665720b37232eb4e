//! Sends everything announced in a span of hours, a bounded piece at a time.

use heliograph_board::{Board, BoardError};
use heliograph_wire::{Outcome, ServerUnit, parts_of_tick};

use super::Outgoing;
use super::answering::Desk;
use crate::lane::{Lane, join_frames};
use crate::metrics::Count;

/// Feed bytes fetched from the board at a time; a single tick may be larger.
const PAGE: usize = 1 << 20;

/// Streams the span's ticks under the number of the request; returns what ends it.
pub(super) async fn send<B: Board>(
    id: u32,
    lane: &Lane<B>,
    hour: u32,
    desk: &Desk<B>,
) -> Result<Outcome, BoardError> {
    // Closed only with the connection.
    let _turn = desk
        .spans
        .acquire()
        .await
        .map_err(|_| BoardError::Stopped)?;
    let span = lane.board.span(lane.id, hour).await?;
    let mut next = span.first;
    while next < span.end {
        let page = lane.board.ticks(lane.id, next, PAGE).await?;
        let Some(last) = page.last() else { break };
        let after = last.signed.head.number.saturating_add(1);
        let parts = page
            .iter()
            .filter(|record| record.signed.head.number < span.end)
            .flat_map(|record| parts_of_tick(id, record.signed, span.first_hour, &record.items));
        let pieces = join_frames(parts.map(ServerUnit::Feed))
            .map_err(|_| BoardError::Corrupt { what: "tick" })?;
        for piece in pieces {
            if desk.out.send(Outgoing::Frames(piece)).await.is_err() {
                return Err(BoardError::Stopped);
            }
        }
        next = after.max(next.saturating_add(1));
    }
    desk.shared.counters.one(Count::Spans);
    let now = desk.shared.clock.hour();
    Ok(Outcome::SpanEnd(span.first_hour, span.hours, now))
}
