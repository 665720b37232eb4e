//! Hints about changes, from a device in this process or from one behind a socket.

use heliograph_client::Event;
use serde_json::Value;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::shown;

/// A stream of `{seq, changed, …}`; a hint that was lost shows as `changed: all`.
pub struct Events {
    source: Source,
}

/// Where hints come from.
pub(crate) enum Source {
    Device(Receiver<Event>),
    Socket(Receiver<Value>),
}

impl Events {
    pub(crate) fn of(receiver: Receiver<Event>) -> Self {
        Self::from(Source::Device(receiver))
    }

    /// Waits for the next hint; `None` when the device has stopped.
    pub async fn next(&mut self) -> Option<Value> {
        let found = match &mut self.source {
            Source::Device(from) => from.recv().await.map(|event| shown::event(&event)),
            Source::Socket(from) => from.recv().await,
        };
        match found {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(_)) => Some(shown::events_lost()),
            Err(RecvError::Closed) => None,
        }
    }
}

impl From<Source> for Events {
    fn from(source: Source) -> Self {
        Self { source }
    }
}
