//! One lane: who stores, who erases, who announces, and who hears of it.

mod feed;
mod ticker;

use std::sync::Arc;

use heliograph_board::{Board, CommitLimits, Committer};
use heliograph_wire::LaneId;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::StartError;
use crate::clock::Clock;
use crate::erasing::Eraser;
use crate::finding::Finder;
use crate::metrics::Counters;
use crate::signer::Signer;

pub(crate) use feed::{Feed, join_frames};

/// What sessions need of a lane.
pub(crate) struct Lane<B> {
    pub(crate) id: LaneId,
    pub(crate) board: Arc<B>,
    pub(crate) committer: Committer,
    pub(crate) eraser: Eraser,
    pub(crate) finder: Finder,
    pub(crate) feed: Arc<Feed>,
}

/// What every lane of a server shares.
pub(crate) struct Ground<B> {
    /// Told when the board can serve nothing any more.
    pub(crate) failed: Arc<watch::Sender<bool>>,
    pub(crate) board: Arc<B>,
    pub(crate) signer: Arc<Signer>,
    pub(crate) clock: Clock,
    pub(crate) counters: Arc<Counters>,
}

impl<B: Board> Lane<B> {
    /// Reads the lane's head and starts its tasks. The handle ends some time after the lane is
    /// dropped, when everything stored has been announced.
    pub(crate) async fn start(
        id: LaneId,
        ground: &Ground<B>,
    ) -> Result<(Self, JoinHandle<()>), StartError> {
        let board = Arc::clone(&ground.board);
        let head = board.head(id).await?;
        let feed = Arc::new(Feed::new(head));
        let (committer, _) = Committer::start(Arc::clone(&board), id, CommitLimits::default());
        let ticker = ticker::Ticker::new(id, ground, Arc::clone(&feed), head);
        let task = tokio::spawn(ticker.run(committer.stored()));
        let lane = Self {
            id,
            eraser: Eraser::start(Arc::clone(&board), id),
            finder: Finder::start(Arc::clone(&board), id),
            board,
            committer,
            feed,
        };
        Ok((lane, task))
    }
}
