//! One connection: `rpc.hello` first, then calls. Calls are done in the order they came, except
//! those that wait for the board, which are answered when they are done.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use crate::line::{self, Incoming, Reading, Splitter};
use crate::{Door, RpcError};

/// Calls of one connection that may wait at the same time; beyond that nothing more is read.
const WAITING_MAX: usize = 32;
/// Lines that may wait to be written before the sender of calls has to wait.
const ANSWERS: usize = 64;
const READ_SIZE: usize = 16 * 1_024;
/// How long the last answers may take to leave.
const FAREWELL: Duration = Duration::from_secs(2);
/// Calls that wait for the board.
const WAITERS: [&str; 8] = [
    "message.wait",
    "sync.run",
    "board.follow",
    "card.create",
    "contact.add",
    "group.link",
    "group.join",
    "timer.set",
];

/// Serves one connection until it ends or the sender of `ending` is dropped.
pub(super) async fn run(
    door: Door,
    (mut from, to): (
        impl AsyncRead + Unpin,
        impl AsyncWrite + Unpin + Send + 'static,
    ),
    mut ending: watch::Receiver<()>,
) {
    let (answers, outbox) = mpsc::channel(ANSWERS);
    let writer = tokio::spawn(write(to, outbox));
    let mut caller = CallerDesk {
        door,
        answers,
        waiting: JoinSet::new(),
        places: Arc::new(Semaphore::new(WAITING_MAX)),
        greeted: false,
        subscribed: false,
    };
    tokio::select! {
        () = caller.read(&mut from) => {}
        _ = ending.changed() => {}
    }
    caller.waiting.shutdown().await;
    drop(caller);
    // A listener that does not read its last answers is left behind.
    drop(tokio::time::timeout(FAREWELL, writer).await);
}

async fn write(mut to: impl AsyncWrite + Unpin, mut outbox: mpsc::Receiver<String>) {
    while let Some(line) = outbox.recv().await {
        let written = to.write_all(line.as_bytes()).await;
        if written.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

struct CallerDesk {
    door: Door,
    answers: mpsc::Sender<String>,
    waiting: JoinSet<()>,
    places: Arc<Semaphore>,
    greeted: bool,
    subscribed: bool,
}

impl CallerDesk {
    async fn read(&mut self, from: &mut (impl AsyncRead + Unpin)) {
        let (mut splitter, mut buffer) = (Splitter::default(), vec![0; READ_SIZE]);
        loop {
            match splitter.next_line() {
                Reading::Line(line) => self.line(&line).await,
                Reading::TooLong => {
                    return self.say(line::refusal(&Value::Null, &too_long())).await;
                }
                Reading::More => match from.read(&mut buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(count) => splitter.push(buffer.get(..count).unwrap_or_default()),
                },
            }
        }
    }

    /// An answer for somebody who has gone is no loss.
    async fn say(&self, line: String) {
        drop(self.answers.send(line).await);
    }

    async fn line(&mut self, line: &[u8]) {
        match line::judge(line) {
            Err(rejected) => self.say(line::refusal(&rejected.id, &rejected.error)).await,
            Ok(call) if !self.greeted && call.method != "rpc.hello" => {
                self.say(line::refusal(&call.id, &hello_first())).await;
            }
            Ok(call) if call.method == "event.subscribe" => self.subscribe(&call).await,
            Ok(call) if WAITERS.contains(&call.method.as_str()) => self.wait(call).await,
            Ok(call) => {
                let hello = call.method == "rpc.hello";
                let (said, well) = answer(&self.door, call).await;
                self.greeted |= hello && well;
                self.say(said).await;
            }
        }
    }

    async fn wait(&mut self, call: Incoming) {
        while self.waiting.try_join_next().is_some() {}
        let place = Arc::clone(&self.places).acquire_owned().await;
        let (door, answers) = (self.door.clone(), self.answers.clone());
        self.waiting.spawn(async move {
            let _place = place;
            let (said, _) = answer(&door, call).await;
            drop(answers.send(said).await);
        });
    }

    async fn subscribe(&mut self, call: &Incoming) {
        let listening = !std::mem::replace(&mut self.subscribed, true);
        let events = listening.then(|| self.door.events());
        self.say(line::answer(&call.id, &json!({"subscribed": true})))
            .await;
        let (Some(mut events), answers) = (events, self.answers.clone()) else {
            return;
        };
        self.waiting.spawn(async move {
            while let Some(event) = events.next().await {
                if answers.send(line::event(&event)).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// The line that answers a call, and whether it went well.
async fn answer(door: &Door, call: Incoming) -> (String, bool) {
    match Box::pin(door.call(&call.method, call.params)).await {
        Ok(result) => (line::answer(&call.id, &result), true),
        Err(error) => (line::refusal(&call.id, &error), false),
    }
}

fn too_long() -> RpcError {
    RpcError::unchanged(
        "line-too-long",
        format!("A line is longer than {} bytes.", line::LINE_MAX),
        "Connect again and send less at once.",
    )
}

fn hello_first() -> RpcError {
    RpcError::unchanged(
        "hello-first",
        "A connection starts with rpc.hello.",
        "Send rpc.hello with {\"version\":1}, then this call again.",
    )
}
