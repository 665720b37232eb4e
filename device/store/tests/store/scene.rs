//! A profile's file in a directory of its own, and rows to put into it.

use std::path::{Path, PathBuf};

use heliograph_store::{
    ConversationRow, Fate, Life, MessageRow, Order, Step, Store, StoreError, StoreKey,
};
use tempfile::TempDir;

/// The key of every file here.
pub(crate) const KEY: [u8; 32] = [7; 32];

/// A directory with one database.
pub(crate) struct Home {
    directory: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("profile.db")
    }

    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.path(), &StoreKey::new(KEY))
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.path().join("profile.db-wal")
    }

    /// Database and log, as they lie on the disk.
    pub(crate) fn bytes(&self) -> (Vec<u8>, Vec<u8>) {
        let read = |path: &Path| std::fs::read(path).unwrap_or_default();
        (read(&self.path()), read(&self.log()))
    }
}

/// Writes in one step.
pub(crate) fn step<T>(
    store: &mut Store,
    change: impl FnOnce(&Step<'_>) -> Result<T, StoreError>,
) -> T {
    store.step(change).unwrap()
}

/// Value of a name.
pub(crate) fn meta(store: &Store, name: &str) -> Option<Vec<u8>> {
    let found = store.view(|view| view.meta(name)).unwrap();
    found.map(|value| value.to_vec())
}

/// A conversation; `n` tells it from others.
pub(crate) fn conversation(n: u8) -> ConversationRow {
    ConversationRow {
        id: 0,
        public: [n; 16],
        group: [n; 32],
        lane: 1,
        state: 0,
        title: "Lighthouse".into(),
        created_ms: 1_000,
        detail: vec![n],
    }
}

/// A message of another person.
pub(crate) fn message(conversation: i64, n: u8, order: Option<Order>) -> MessageRow {
    MessageRow {
        conversation,
        id: [n; 16],
        device: [1; 32],
        person: [2; 32],
        mine: false,
        at_ms: 5,
        received_ms: 6,
        kind: 0,
        text: Some("Ahoy".into()),
        content: vec![n],
        state: 0,
        order,
        read: false,
        in_reply_to: None,
        fate: Fate::default(),
        life: Life::default(),
    }
}

/// A store in memory with one conversation.
pub(crate) fn with_conversation() -> (Store, i64) {
    let mut store = Store::in_memory().unwrap();
    let id = step(&mut store, |tx| tx.insert_conversation(&conversation(1)));
    (store, id)
}
