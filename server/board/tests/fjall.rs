//! The fjall back end keeps the contract, also across reopening.

use std::sync::Arc;

use heliograph_board::conformance::{Fixture, LANE, OTHER_LANE};
use heliograph_board::fjall::{FjallBoard, Settings};
use tempfile::TempDir;

struct OnDisk(TempDir);

impl Fixture for OnDisk {
    type Board = FjallBoard;

    fn open(&mut self) -> Arc<FjallBoard> {
        let settings = Settings::new(vec![LANE, OTHER_LANE]);
        Arc::new(FjallBoard::open(self.0.path(), &settings).unwrap())
    }
}

fn fixture() -> OnDisk {
    OnDisk(TempDir::new().unwrap())
}

heliograph_board::conformance_suite!(fixture());
