//! Everything this program can say about itself while it runs: a closed set of events.
//!
//! No event carries an address, a label, a token or anything about one request, at any level, and
//! libraries are not heard at all. An event is about the server, never about a client: even
//! single ticks and connections are left to the counters, which have no times.

use heliograph_board::{BoardError, Expired};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, filter::Targets};

use crate::config::Level;

const TARGET: &str = "heliographd";

/// The events. Their names are the values of `event` in the log.
#[derive(Clone)]
pub enum Event<'a> {
    /// The configuration in force, secrets left out.
    Configuration(&'a str),
    /// New keys were made: the first start.
    KeysCreated,
    /// Clients may connect.
    Listening,
    /// Counters may be read.
    MetricsListening,
    /// The hourly forgetting.
    Expired(Expired),
    /// The hourly forgetting did not work; it is tried again in an hour.
    ExpiryFailed(&'a BoardError),
    /// No tick could be made durable; the lane has stopped.
    TickFailed(&'a BoardError),
    /// The board can store nothing any more; restart the server when the disk is well.
    BoardFailed(&'a BoardError),
    /// The system accepts no connection at present; said once until it does again.
    AcceptFailed(std::io::ErrorKind),
    /// The system gives too few open files for as many connections as the configuration allows.
    FewerConnections {
        /// By the configuration.
        wanted: usize,
        /// As fit.
        room: usize,
    },
    /// No more connections fit; said at most once until there is room again.
    Full,
    /// No new requests are taken; open ones are finished.
    Stopping,
    /// All is on the disk.
    Stopped,
}

impl Event<'_> {
    /// Writes the event.
    pub fn log(&self) {
        match self {
            Self::Configuration(toml) => {
                tracing::info!(target: TARGET, event = "configuration", toml);
            }
            Self::KeysCreated => tracing::info!(target: TARGET, event = "keys-created"),
            Self::Listening => tracing::info!(target: TARGET, event = "listening"),
            Self::MetricsListening => tracing::info!(target: TARGET, event = "metrics-listening"),
            Self::Expired(Expired {
                cells,
                ticks,
                bytes,
            }) => {
                tracing::debug!(target: TARGET, event = "expired", cells, ticks, bytes);
            }
            Self::ExpiryFailed(error) => {
                tracing::error!(target: TARGET, event = "expiry-failed", %error);
            }
            Self::TickFailed(error) => {
                tracing::error!(target: TARGET, event = "tick-failed", %error);
            }
            Self::BoardFailed(error) => {
                tracing::error!(target: TARGET, event = "board-failed", %error);
            }
            Self::AcceptFailed(kind) => {
                tracing::warn!(target: TARGET, event = "accept-failed", %kind);
            }
            Self::FewerConnections { wanted, room } => {
                tracing::warn!(target: TARGET, event = "fewer-connections", wanted, room);
            }
            Self::Full => tracing::warn!(target: TARGET, event = "connections-full"),
            Self::Stopping => tracing::info!(target: TARGET, event = "stopping"),
            Self::Stopped => tracing::info!(target: TARGET, event = "stopped"),
        }
    }
}

impl Level {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// A subscriber that writes the events of `level` as JSON lines, and nothing of any library.
pub fn subscriber<W>(level: Level, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let only_ours = Targets::new().with_target(TARGET, level.filter());
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(lines.with_filter(only_ours))
}
