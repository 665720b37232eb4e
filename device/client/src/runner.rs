//! The rim: a thread that owns the engine, a clock, and a link that reconnects.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use heliograph_wire::ServerUnit;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot};
use zeroize::Zeroizing;

use crate::engine::{Engine, Input};
use crate::link::{LinkEvent, run_link};
use crate::{Event, Refusal};

/// Mails that may wait for the engine; beyond that the link stops reading.
const MAILBOX: usize = 256;
/// Things the board said that are handed on at once.
const AT_ONCE: usize = 16;
/// Events that a slow listener may fall behind.
const EVENTS: usize = 4_096;
/// So much quiet and the engine rests.
const QUIET: Duration = Duration::from_millis(250);
/// The engine is woken at least this often.
const LONGEST_NAP: Duration = Duration::from_secs(30);

type Question = Box<dyn FnOnce(&mut Engine, i64) + Send>;

enum Mail {
    Ask(Question),
    Link(LinkEvent),
    Stop(oneshot::Sender<()>),
}

impl From<LinkEvent> for Mail {
    fn from(event: LinkEvent) -> Self {
        Self::Link(event)
    }
}

/// Owner of the engine's thread and the link's task.
pub(crate) struct Runner {
    mail: mpsc::Sender<Mail>,
    events: broadcast::Sender<Event>,
    link: tokio::task::JoinHandle<()>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// Unix milliseconds; the only clock of the device.
fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_millis()).ok())
        .unwrap_or(0)
}

fn seed() -> Result<Zeroizing<[u8; 32]>, Refusal> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(Refusal::bug)?;
    Ok(seed)
}

impl Runner {
    pub(crate) async fn start(home: PathBuf, key: Zeroizing<[u8; 32]>) -> Result<Self, Refusal> {
        let seed = seed()?;
        let engine =
            tokio::task::spawn_blocking(move || Engine::open(&home, &key, &seed, now_ms()))
                .await
                .map_err(Refusal::bug)??;
        let board = engine.board().clone();
        let (mail, inbox) = mpsc::channel(MAILBOX);
        let (events, _) = broadcast::channel(EVENTS);
        let link = tokio::spawn(run_link(board, mail.clone()));
        let (handle, out) = (Handle::current(), events.clone());
        let thread = std::thread::Builder::new()
            .name("heliograph-engine".into())
            .spawn(move || Desk::new(engine, out).run(&handle, inbox))
            .map_err(Refusal::bug)?;
        Ok(Self {
            mail,
            events,
            link,
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Engine, i64) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let mail = Mail::Ask(Box::new(move |engine, now| {
            // The asker may have gone; then nobody needs the answer.
            drop(reply.send(question(engine, now)));
        }));
        let gone = || Refusal::bug("the engine has stopped");
        self.mail.send(mail).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        self.link.abort();
        if self.mail.send(Mail::Stop(done)).await.is_ok() {
            // An error means that the thread ended first, which is what is wanted.
            drop(stopped.await);
        }
        let thread = self.thread.lock().ok().and_then(|mut held| held.take());
        if let Some(thread) = thread {
            // A thread that used the database's cryptography must be gone before the process ends:
            // its own clearing up and the library's would run into each other. One that panicked
            // has said so.
            drop(tokio::task::spawn_blocking(move || thread.join()).await);
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.link.abort();
    }
}

/// What the board said and whatever else of it is here already; other mail ends that, and is the `next`.
fn more_units(
    first: ServerUnit,
    inbox: &mut mpsc::Receiver<Mail>,
    next: &mut Option<Mail>,
) -> Vec<ServerUnit> {
    let mut units = vec![first];
    while units.len() < AT_ONCE {
        match inbox.try_recv() {
            Ok(Mail::Link(LinkEvent::Unit(unit))) => units.push(*unit),
            Ok(other) => {
                *next = Some(other);
                break;
            }
            Err(_) => break,
        }
    }
    units
}

/// What the engine's thread holds.
struct Desk {
    engine: Engine,
    events: broadcast::Sender<Event>,
    seq: u64,
    wire: Option<mpsc::UnboundedSender<Vec<u8>>>,
}

impl Desk {
    fn new(engine: Engine, events: broadcast::Sender<Event>) -> Self {
        Self {
            engine,
            events,
            seq: 0,
            wire: None,
        }
    }

    fn run(mut self, handle: &Handle, mut inbox: mpsc::Receiver<Mail>) {
        let mut next = None;
        loop {
            let (nap, rests) = self.nap();
            let mail = match next.take() {
                Some(mail) => Ok(Some(mail)),
                None => handle.block_on(async { tokio::time::timeout(nap, inbox.recv()).await }),
            };
            let now = now_ms();
            match mail {
                Err(_) if rests => self.engine.rest(),
                Err(_) => self.engine.input(now, Input::Wake),
                Ok(None) => break,
                Ok(Some(Mail::Ask(question))) => {
                    // What is due is done before anybody sees it undone.
                    if self.engine.next_wake().is_some_and(|at| at <= now) {
                        self.engine.input(now, Input::Wake);
                    }
                    question(&mut self.engine, now);
                }
                Ok(Some(Mail::Link(LinkEvent::Unit(first)))) => {
                    let units = more_units(*first, &mut inbox, &mut next);
                    self.engine.input(now, Input::Units(units));
                }
                Ok(Some(Mail::Link(event))) => self.link(now, event),
                Ok(Some(Mail::Stop(done))) => {
                    self.engine.close();
                    drop(self.engine);
                    // Whoever waited may have gone.
                    done.send(()).unwrap_or(());
                    return;
                }
            }
            self.transmit();
        }
        self.engine.close();
    }

    /// How long to wait for mail, and whether what follows is a rest.
    fn nap(&self) -> (Duration, bool) {
        let until_wake = |at: i64| {
            let wait = u64::try_from(at.saturating_sub(now_ms())).unwrap_or(0);
            Duration::from_millis(wait).min(LONGEST_NAP)
        };
        let nap = self.engine.next_wake().map_or(LONGEST_NAP, until_wake);
        if self.engine.is_restless() && nap > QUIET {
            return (QUIET, true);
        }
        (nap, false)
    }

    fn link(&mut self, now: i64, event: LinkEvent) {
        match event {
            LinkEvent::Online(wire) => {
                self.wire = Some(wire);
                self.engine.input(now, Input::Online);
            }
            LinkEvent::Offline(why) => {
                self.wire = None;
                self.engine.input(now, Input::Offline(why));
            }
            LinkEvent::Unit(unit) => self.engine.input(now, Input::Units(vec![*unit])),
        }
    }

    /// After the commit: frames to the link, hints to the listeners.
    fn transmit(&mut self) {
        let output = self.engine.output();
        for request in &output.requests {
            let sent = self.wire.as_ref().and_then(|wire| {
                let frame = heliograph_wire::client_frame(request).ok()?;
                wire.send(frame).ok()
            });
            if sent.is_none() {
                // The link is gone; the engine repeats what is unanswered when it returns.
                self.wire = None;
            }
        }
        if output.hang_up {
            self.wire = None;
        }
        for what in output.changes {
            self.seq += 1;
            let event = Event {
                seq: self.seq,
                what,
            };
            // No listener is not an error.
            drop(self.events.send(event));
        }
    }
}
