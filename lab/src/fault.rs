//! Programs whose syncs lie or fail: the library that does it (lab/faults/sync.c), compiled.

#![allow(
    clippy::unwrap_used,
    reason = "a fault that cannot be planted is a failed test, reported by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles the library into `dir`; what it does is said by the environment of who loads it.
#[must_use]
pub fn sync_fault(dir: &Path) -> PathBuf {
    let library = dir.join("sync.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/faults/sync.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", source, "-ldl", "-o"])
        .arg(&library)
        .status();
    assert!(built.unwrap().success(), "{source} cannot be compiled");
    library
}
