//! The house rules, as code that says why. `cargo run -p xtask -- check` applies them; it changes nothing.

pub mod breach;
pub mod claims;
pub mod imports;
pub mod sans_io;
pub mod sizes;
pub mod tree;
pub mod words;

use std::path::Path;

use breach::Breach;

/// Why the rules could not be applied at all.
#[derive(Debug)]
pub enum Unreadable {
    /// A file or directory.
    Tree(std::io::Error),
    /// The workspace, as cargo sees it.
    Workspace(cargo_metadata::Error),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tree(error) => write!(out, "a file of the house cannot be read: {error}"),
            Self::Workspace(error) => write!(out, "cargo cannot read the workspace: {error}"),
        }
    }
}

/// Applies every rule to the house at `root`; breaches come in order of place.
///
/// # Errors
/// When the house cannot be read.
pub fn check(root: &Path) -> Result<Vec<Breach>, Unreadable> {
    let sources = tree::read(root).map_err(Unreadable::Tree)?;
    let house = imports::read(root).map_err(Unreadable::Workspace)?;
    let mut breaches = imports::check(&house);
    breaches.extend(sizes::check(&sources));
    breaches.extend(sans_io::check(&sources));
    breaches.extend(words::check(&sources));
    breaches.extend(claims::check(&sources));
    breaches.sort();
    Ok(breaches)
}
