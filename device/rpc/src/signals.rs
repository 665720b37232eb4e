//! The wish of the system or the person that this process ends.

use tokio::signal::unix::{SignalKind, signal};

use crate::RpcError;

/// Starts to listen for SIGINT, SIGTERM and SIGHUP (the terminal is gone); the future ends at the
/// first of them.
///
/// # Errors
/// The system refuses to deliver signals.
pub fn interrupted() -> Result<impl Future<Output = ()> + Send + 'static, RpcError> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(RpcError::bug)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(RpcError::bug)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(RpcError::bug)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}
