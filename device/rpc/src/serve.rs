//! The door on a Unix socket: mode 0600 in a directory of mode 0700, several connections at once.

mod connection;
mod websocket;

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::{Door, RpcError, socket};

pub(crate) use websocket::FILE as WEBSOCKET;
pub use websocket::WebSocket;

/// Connections served at once; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 64;
/// A pause after the system refused a connection, lest the loop spin.
const BREATH: Duration = Duration::from_millis(100);

/// A listening socket; its name is removed when this is dropped.
pub struct Served {
    listener: UnixListener,
    path: PathBuf,
}

/// Serves one connection over a pair of streams, such as standard input and output, until the input
/// ends or `stop`.
pub async fn serve_streams(
    door: Door,
    streams: (
        impl AsyncRead + Unpin,
        impl AsyncWrite + Unpin + Send + 'static,
    ),
    stop: impl Future<Output = ()>,
) {
    let (ending, told) = watch::channel(());
    let served = connection::run(door, streams, told);
    let stopped = async {
        stop.await;
        drop(ending);
        // The connection ends by itself now, with its last answers.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = served => {}
        () = stopped => {}
    }
}

/// Starts to listen for the profile in `home`, whose lock the caller's [`Door`] holds.
///
/// # Errors
/// The socket cannot be made.
pub fn serve(home: &Path) -> Result<Served, RpcError> {
    let path = socket::path(home)?;
    let listener = listen(&path).map_err(|error| RpcError::file(&path, &error))?;
    Ok(Served { listener, path })
}

/// Whoever holds the profile's lock may clear a name that a killed process left behind.
fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path)?,
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

impl Served {
    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Serves until `stop`; then answers what is being answered and closes every connection. The
    /// door stays open: closing it is its owner's business.
    pub async fn run(self, door: Door, stop: impl Future<Output = ()> + Send) {
        let (ending, told) = watch::channel(());
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let accept = async {
            loop {
                let (place, stream) = self.next(&places).await;
                let (door, told) = (door.clone(), told.clone());
                connections.spawn(async move {
                    let _place = place;
                    Box::pin(connection::run(door, stream.into_split(), told)).await;
                });
                while connections.try_join_next().is_some() {}
            }
        };
        tokio::select! {
            () = stop => {}
            () = accept => {}
        }
        drop(ending);
        while connections.join_next().await.is_some() {}
    }

    async fn next(
        &self,
        places: &Arc<Semaphore>,
    ) -> (Option<tokio::sync::OwnedSemaphorePermit>, UnixStream) {
        // The semaphore is never closed, so a place always comes.
        let place = Arc::clone(places).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => return (place, stream),
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Nothing depends on it: the next holder of the lock clears a name left behind.
        drop(std::fs::remove_file(&self.path));
    }
}
