//! The same door in another process, called over its socket.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{broadcast, oneshot};

use crate::door::Source;
use crate::{Events, LINE_MAX, Reading, RpcError, Splitter, VERSION};

/// How long the other side may take to say hello.
const GREETING: Duration = Duration::from_secs(5);
/// Events that a slow listener may fall behind.
const EVENTS: usize = 1_024;
const READ_SIZE: usize = 16 * 1_024;

/// A connection to the process that holds the profile.
pub struct Remote {
    to: tokio::sync::Mutex<(OwnedWriteHalf, u64)>,
    shared: Arc<Shared>,
    reader: tokio::task::JoinHandle<()>,
}

type Answer = Result<Value, RpcError>;

struct Shared {
    /// `None` once the connection has ended.
    asked: Mutex<Option<HashMap<u64, oneshot::Sender<Answer>>>>,
    /// `None` once the connection has ended, so that listeners learn it.
    events: Mutex<Option<broadcast::Sender<Value>>>,
}

impl Remote {
    /// Connects and says hello.
    ///
    /// # Errors
    /// Nobody listens (`holder-gone`), or the other side speaks another version.
    pub async fn connect(socket: &Path) -> Result<Self, RpcError> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(|_| RpcError::holder_gone())?;
        let (from, to) = stream.into_split();
        let shared = Arc::new(Shared {
            asked: Mutex::new(Some(HashMap::new())),
            events: Mutex::new(Some(broadcast::channel(EVENTS).0)),
        });
        let reader = tokio::spawn(read(from, Arc::clone(&shared)));
        let remote = Self {
            to: tokio::sync::Mutex::new((to, 0)),
            shared,
            reader,
        };
        let hello = remote.call("rpc.hello", json!({"version": VERSION}));
        tokio::time::timeout(GREETING, hello)
            .await
            .map_err(|_| RpcError::holder_gone())??;
        Ok(remote)
    }

    /// Calls a method; see `docs/rpc.md`.
    ///
    /// # Errors
    /// The refusal of the other side, or `holder-gone`.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let (reply, answer) = oneshot::channel();
        {
            let mut to = self.to.lock().await;
            to.1 += 1;
            let id = to.1;
            let call = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
            let line = format!("{call}\n");
            if line.len() > LINE_MAX {
                return Err(RpcError::unchanged(
                    "line-too-long",
                    format!("A call is longer than {LINE_MAX} bytes."),
                    "Give less at once.",
                ));
            }
            self.shared.expect(id, reply)?;
            to.0.write_all(line.as_bytes())
                .await
                .map_err(|_| RpcError::holder_gone())?;
        }
        answer.await.map_err(|_| RpcError::holder_gone())?
    }

    /// Subscribes to hints about changes.
    ///
    /// # Errors
    /// `holder-gone`.
    pub async fn events(&self) -> Result<Events, RpcError> {
        let receiver = {
            let events = self
                .shared
                .events
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            events
                .as_ref()
                .ok_or_else(RpcError::holder_gone)?
                .subscribe()
        };
        self.call("event.subscribe", json!({})).await?;
        Ok(Events::from(Source::Socket(receiver)))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Shared {
    fn expect(&self, id: u64, reply: oneshot::Sender<Answer>) -> Result<(), RpcError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .as_mut()
            .ok_or_else(RpcError::holder_gone)?
            .insert(id, reply);
        Ok(())
    }

    fn take(&self, line: &[u8]) {
        let Ok(mut said) = serde_json::from_slice::<Value>(line) else {
            return;
        };
        let Some(id) = said["id"].as_u64() else {
            if said["method"] == "event" {
                let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
                // No listener is not an error.
                drop(
                    events
                        .as_ref()
                        .map(|events| events.send(said["params"].take())),
                );
            }
            return;
        };
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(reply) = asked.as_mut().and_then(|asked| asked.remove(&id)) else {
            return;
        };
        // The caller may have gone; then nobody needs the answer.
        drop(reply.send(judge(&mut said)));
    }

    /// Everybody who waits learns that nothing more will come.
    fn end(&self) {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

fn judge(said: &mut Value) -> Answer {
    match said.get_mut("error") {
        None => Ok(said["result"].take()),
        Some(error) => Err(serde_json::from_value(error["data"].take())
            .unwrap_or_else(|_| RpcError::bug("an answer of the other process cannot be read"))),
    }
}

async fn read(mut from: OwnedReadHalf, shared: Arc<Shared>) {
    let (mut splitter, mut buffer) = (Splitter::default(), vec![0; READ_SIZE]);
    loop {
        match splitter.next_line() {
            Reading::Line(line) => shared.take(&line),
            Reading::TooLong => break,
            Reading::More => match from.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) => splitter.push(buffer.get(..count).unwrap_or_default()),
            },
        }
    }
    shared.end();
}
