//! Announces what is stored: at most one tick every 50 ms, the first at once, and a heartbeat
//! while there is nothing to say.
//!
//! A tick is made durable before anybody sees it. Otherwise a crash would let another tick of the
//! same number follow, and two signed ticks of one number are proof of a fork.

use std::sync::Arc;
use std::time::Duration;

use heliograph_board::{Board, BoardError};
use heliograph_wire::{
    Feed as Unit, LaneId, SMALL_FRAME, ServerUnit, SignedTick, TICK_ITEMS_MAX, TickHash, TickHead,
    merkle, parts_of_tick, server_frame,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Feed, Ground, join_frames};
use crate::clock::Clock;
use crate::log::Event;
use crate::metrics::{Count, Counters};
use crate::signer::Signer;

/// Least time between two ticks.
const PACE: Duration = Duration::from_millis(50);
/// Time between heartbeats.
const PULSE: Duration = Duration::from_secs(3);

pub(super) struct Ticker<B> {
    lane: LaneId,
    board: Arc<B>,
    signer: Arc<Signer>,
    clock: Clock,
    counters: Arc<Counters>,
    feed: Arc<Feed>,
    failed: Arc<watch::Sender<bool>>,
    head: Option<SignedTick>,
    hour: u32,
}

impl<B: Board> Ticker<B> {
    pub(super) fn new(
        lane: LaneId,
        ground: &Ground<B>,
        feed: Arc<Feed>,
        head: Option<SignedTick>,
    ) -> Self {
        Self {
            lane,
            board: Arc::clone(&ground.board),
            signer: Arc::clone(&ground.signer),
            clock: ground.clock.clone(),
            counters: Arc::clone(&ground.counters),
            feed,
            failed: Arc::clone(&ground.failed),
            head,
            hour: 0,
        }
    }

    /// Runs until the committer has stopped and all is announced, or the board fails.
    pub(super) async fn run(mut self, mut stored: watch::Receiver<u64>) {
        let mut pulse = Instant::now() + PULSE;
        loop {
            let begun = Instant::now();
            stored.borrow_and_update();
            match self.tick().await {
                Ok(true) => {
                    pulse = Instant::now() + PULSE;
                    sleep_until(begun + PACE).await;
                    continue;
                }
                Ok(false) => {}
                Err(error) => {
                    self.counters.one(Count::BoardFailures);
                    Event::TickFailed(&error).log();
                    self.failed.send_replace(true);
                    return;
                }
            }
            tokio::select! {
                changed = stored.changed() => if changed.is_err() { return },
                () = sleep_until(pulse) => {
                    pulse += PULSE;
                    self.heartbeat();
                }
            }
        }
    }

    /// Announces the longest-waiting cells; says whether there were any.
    async fn tick(&mut self) -> Result<bool, BoardError> {
        let mut pending = self.board.pending(self.lane, TICK_ITEMS_MAX).await?;
        if pending.is_empty() {
            return Ok(false);
        }
        pending.sort_unstable_by_key(|cell| cell.label);
        let leaves: Vec<_> = pending.iter().map(|cell| cell.leaf).collect();
        let tick = self.signer.tick(TickHead {
            lane: self.lane,
            number: self.head.map_or(1, |head| head.head.number + 1),
            previous: self.head.map_or(TickHash([0; 32]), |head| head.hash()),
            root: merkle::root(&leaves),
            issuer: [0; 32],
            items: u32::try_from(pending.len()).unwrap_or(u32::MAX),
        });
        let labels = pending.iter().map(|cell| cell.label).collect();
        self.hour = self.hour.max(self.clock.hour());
        self.board
            .announce(self.lane, tick, labels, self.hour)
            .await?;
        self.head = Some(tick);
        self.publish(tick).await?;
        self.counters.one(Count::Ticks);
        self.counters.add(Count::Announced, pending.len() as u64);
        Ok(true)
    }

    /// Sends followers what a span will show to others: both come from the board.
    async fn publish(&self, tick: SignedTick) -> Result<(), BoardError> {
        let records = self.board.ticks(self.lane, tick.head.number, 1).await?;
        let parts = records
            .iter()
            .filter(|record| record.signed.head.number == tick.head.number)
            .flat_map(|record| parts_of_tick(0, record.signed, self.hour, &record.items));
        let pieces = join_frames(parts.map(ServerUnit::Feed))
            .map_err(|_| BoardError::Corrupt { what: "tick" })?;
        self.feed.publish(tick, pieces);
        Ok(())
    }

    fn heartbeat(&mut self) {
        let followers = self.feed.followers();
        let (Some(head), true) = (self.head, followers > 0) else {
            return;
        };
        self.hour = self.hour.max(self.clock.hour());
        let beat = Unit::Heartbeat(self.signer.heartbeat(head, self.hour));
        // A heartbeat always fits a small frame.
        if let Ok(frame) = server_frame(&ServerUnit::Feed(beat)) {
            debug_assert_eq!(frame.len(), SMALL_FRAME);
            self.feed.pulse(frame.into());
            self.counters.add(Count::Heartbeats, followers as u64);
        }
    }
}
