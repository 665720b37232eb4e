//! Takes connections as long as there is room, and leads each through handshake and upgrade.
//!
//! The peer's address is dropped where the system hands it over.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use heliograph_board::Board;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::ahead::ReadAhead;
use crate::log::Event;
use crate::metrics::Count;
use crate::session::{self, Shared};
use crate::stop::Stop;
use crate::upgrade::{Upgrade, upgrade};

/// How long the handshake may take, and the upgrade again.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause when the system has no more sockets.
const PAUSE: Duration = Duration::from_millis(100);
/// How long connections may take to end at shutdown before they are cut off.
const FAREWELL: Duration = Duration::from_secs(15);

/// Accepts until `stop` says so; returns when all connections have ended.
pub(crate) async fn run<B: Board>(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    shared: Arc<Shared<B>>,
    mut stop: Stop,
) {
    let room = Arc::new(Semaphore::new(shared.limits.connections));
    let mut connections = JoinSet::new();
    let (mut full, mut failing) = (false, false);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    failing = false;
                    stream
                }
                // Somebody gave up before their turn.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => {
                    shared.counters.one(Count::AcceptsFailed);
                    if !std::mem::replace(&mut failing, true) {
                        Event::AcceptFailed(error.kind()).log();
                    }
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = stop.wanted() => break,
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            shared.counters.one(Count::ConnectionsFull);
            if !full {
                Event::Full.log();
            }
            full = true;
            continue;
        };
        full = false;
        let (acceptor, shared, stop) = (acceptor.clone(), Arc::clone(&shared), stop.clone());
        connections.spawn(async move {
            let _open = shared.counters.during(Count::ConnectionsOpen);
            serve(stream, acceptor, shared, stop).await;
            drop(place);
        });
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    // Whatever is left is aborted with the set.
    drop(tokio::time::timeout(FAREWELL, rest).await);
}

/// One connection from its first byte to its last. Each phase is boxed, so that an idle connection
/// does not carry the room of the handshake.
async fn serve<B: Board>(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    shared: Arc<Shared<B>>,
    mut stop: Stop,
) {
    // Without it small frames would only wait longer.
    drop(stream.set_nodelay(true));
    let counters = Arc::clone(&shared.counters);
    let open = Box::pin(async {
        let handshake =
            tokio::time::timeout(PATIENCE, Box::pin(acceptor.accept(ReadAhead::new(stream))));
        let Ok(Ok(mut stream)) = handshake.await else {
            counters.one(Count::HandshakesFailed);
            return None;
        };
        // Writes are bounded and flushed one by one; a limit here would cut records at odd places.
        stream.get_mut().1.set_buffer_limit(None);
        match tokio::time::timeout(PATIENCE, upgrade(&mut stream)).await {
            Ok(Ok(Upgrade::Frames(first))) => Some((stream, first)),
            _ => {
                counters.one(Count::UpgradesRefused);
                None
            }
        }
    });
    let opened = tokio::select! {
        opened = open => opened,
        () = stop.wanted() => None,
    };
    if let Some((stream, first)) = opened {
        Box::pin(session::run(stream, first, shared, stop)).await;
    }
}
