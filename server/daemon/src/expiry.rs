//! Forgets, every hour, what is due.

use std::sync::Arc;
use std::time::Duration;

use heliograph_board::Board;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::log::Event;
use crate::metrics::{Count, Counters};

const EVERY: Duration = Duration::from_secs(3_600);

/// A wish to forget now; answered when it is done.
pub(crate) type Now = oneshot::Sender<()>;

/// Forgets at once, then hourly and whenever asked, until nobody can ask any more.
pub(crate) async fn run<B: Board>(
    board: Arc<B>,
    clock: Clock,
    counters: Arc<Counters>,
    mut asked: mpsc::Receiver<Now>,
) {
    let mut hourly = tokio::time::interval(EVERY);
    loop {
        let answer = tokio::select! {
            _ = hourly.tick() => None,
            wish = asked.recv() => match wish {
                None => return,
                wish => wish,
            },
        };
        match board.expire(clock.hour()).await {
            Ok(expired) => {
                counters.add(Count::CellsExpired, expired.cells);
                Event::Expired(expired).log();
            }
            Err(error) => {
                counters.one(Count::BoardFailures);
                Event::ExpiryFailed(&error).log();
            }
        }
        if let Some(answer) = answer {
            // Whoever asked may have gone away.
            let _ = answer.send(());
        }
    }
}
