//! Which board the configuration asks for, with a fault planted if asked. Never part of a release.

use heliograph_board::BoardError;
use heliograph_board::fjall::FjallBoard;
use heliograph_board::memory::MemoryBoard;
use heliograph_board::planted::AcknowledgesEarly;

use crate::server::{Prepared, Running};
use crate::{StartError, StoreKind};

/// The fault to plant.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Fault {
    /// Plants a fault that the kill loop must notice.
    #[arg(long, hide = true, value_enum)]
    planted_fault: Option<Planted>,
}

/// The faults there are.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Planted {
    /// Answers Stored before the cell reached the operating system.
    AcknowledgeEarly,
}

/// Opens the board and serves it.
pub(crate) async fn start(prepared: Prepared, fault: Fault) -> Result<Running, StartError> {
    let lanes = prepared.lanes();
    match (prepared.kind(), fault.planted_fault) {
        (StoreKind::Memory, _) => prepared.serve(MemoryBoard::new(&lanes)).await,
        (StoreKind::Fjall, None) => {
            let board = open(&prepared).await?;
            prepared.serve(board).await
        }
        (StoreKind::Fjall, Some(Planted::AcknowledgeEarly)) => {
            let board = AcknowledgesEarly::new(open(&prepared).await?);
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
