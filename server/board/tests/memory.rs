//! The memory back end keeps the contract.

use std::sync::Arc;

use heliograph_board::conformance::{Fixture, LANE, OTHER_LANE};
use heliograph_board::memory::MemoryBoard;

/// Keeps the board alive, so that reopening finds what was there.
struct InMemory(Arc<MemoryBoard>);

impl Fixture for InMemory {
    type Board = MemoryBoard;

    fn open(&mut self) -> Arc<MemoryBoard> {
        Arc::clone(&self.0)
    }
}

fn fixture() -> InMemory {
    InMemory(Arc::new(MemoryBoard::new(&[LANE, OTHER_LANE])))
}

heliograph_board::conformance_suite!(fixture());
