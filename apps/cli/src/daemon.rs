//! The profile kept in step for a long time, with its door on a socket for other commands, or on
//! standard input and output for one program.

use heliograph_rpc::{Door, RpcError, WebSocket, interrupted, serve, serve_streams};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::profile::Profile;

pub(crate) async fn run(profile: &Profile, port: Option<u16>) -> Result<(), RpcError> {
    let stop = interrupted()?;
    let door = profile.door().await?;
    let done = Box::pin(serving(profile, &door, (port, stop))).await;
    door.close().await;
    done
}

async fn serving(
    profile: &Profile,
    door: &Door,
    (port, stop): (Option<u16>, impl Future<Output = ()> + Send),
) -> Result<(), RpcError> {
    let served = serve(profile.home())?;
    let web = match port {
        Some(port) => Some(WebSocket::listen(profile.home(), port).await?),
        None => None,
    };
    let socket = served.path().display().to_string();
    let url = web.as_ref().map(WebSocket::url);
    let file = web.as_ref().map(|web| web.file().display().to_string());
    let ready = json!({"ready": true, "socket": socket, "websocket": url, "token_file": file});
    profile.output.either(&ready, || match (url, file) {
        (Some(url), Some(file)) => {
            format!("Serving this profile on {socket}\nand on {url}; the token is in {file}")
        }
        _ => format!("Serving this profile on {socket}"),
    })?;
    let (end, ended) = oneshot::channel::<()>();
    let here = door.clone();
    let beside = web.map(|web| {
        tokio::spawn(async move { Box::pin(web.run(here, async { drop(ended.await) })).await })
    });
    Box::pin(served.run(door.clone(), stop)).await;
    drop(end);
    if let Some(beside) = beside {
        drop(beside.await);
    }
    Ok(())
}

/// The profile's door on standard input and output, for a program that started this one; other
/// commands are answered on the socket meanwhile.
pub(crate) async fn streams(profile: &Profile) -> Result<(), RpcError> {
    let stop = interrupted()?;
    let door = profile.door().await?;
    let beside = match Beside::start(profile.home(), &door) {
        Ok(beside) => beside,
        Err(refusal) => {
            door.close().await;
            return Err(refusal);
        }
    };
    let streams = (tokio::io::stdin(), tokio::io::stdout());
    Box::pin(serve_streams(door.clone(), streams, stop)).await;
    beside.end().await;
    door.close().await;
    Ok(())
}

/// A door that is served beside something else this process does.
pub(crate) struct Beside {
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

impl Beside {
    /// Starts to serve.
    pub(crate) fn start(home: &std::path::Path, door: &Door) -> Result<Self, RpcError> {
        let served = serve(home)?;
        let (stop, stopped) = oneshot::channel();
        let door = door.clone();
        let done = tokio::spawn(async move {
            // The stop is as good as a dropped sender: both mean the end.
            Box::pin(served.run(door, async { drop(stopped.await) })).await;
        });
        Ok(Self { stop, done })
    }

    /// Ends it in good order.
    pub(crate) async fn end(self) {
        drop(self.stop);
        drop(self.done.await);
    }
}
