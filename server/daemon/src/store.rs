//! Which board the configuration asks for.

use heliograph_board::BoardError;
use heliograph_board::fjall::FjallBoard;
use heliograph_board::memory::MemoryBoard;

use crate::server::{Prepared, Running};
use crate::{StartError, StoreKind};

/// A server without planted faults has none to choose from.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Fault {}

/// Opens the board and serves it.
pub(crate) async fn start(prepared: Prepared, _: Fault) -> Result<Running, StartError> {
    let lanes = prepared.lanes();
    match prepared.kind() {
        StoreKind::Memory => prepared.serve(MemoryBoard::new(&lanes)).await,
        StoreKind::Fjall => {
            let board = open(&prepared).await?;
            prepared.serve(board).await
        }
    }
}

async fn open(prepared: &Prepared) -> Result<FjallBoard, StartError> {
    let settings = prepared.settings();
    let directory = prepared.cells();
    let opened = tokio::task::spawn_blocking(move || FjallBoard::open(&directory, &settings));
    Ok(opened.await.map_err(|_| BoardError::Stopped)??)
}
