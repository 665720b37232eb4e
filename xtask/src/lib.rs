//! The house rules, as code that says why. `cargo run -p xtask -- check` applies them; it changes nothing.

pub mod breach;
pub mod citations;
pub mod claims;
pub mod imports;
pub mod sans_io;
pub mod sizes;
pub mod tree;
pub mod words;

use std::path::Path;

use breach::Breach;
use imports::House;
use tree::Source;

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

/// A rule and the places where it does not hold.
#[derive(Debug)]
pub struct Judged {
    /// What the rule asks, in a line.
    pub rule: &'static str,
    /// In order of place; empty when it holds.
    pub breaches: Vec<Breach>,
}

type Rule = (&'static str, fn(&House, &[Source]) -> Vec<Breach>);

const RULES: [Rule; 6] = [
    (
        "imports: every crate uses only what its row of the table allows, and no device code is in the server",
        |house, _| imports::check(house),
    ),
    (
        "sizes: a file has at most 400 lines, opens with what it is for, and is no drawer for everything",
        |_, sources| sizes::check(sources),
    ),
    (
        "purity: crates that judge and derive open nothing and read no clock or dice; their tests do not sleep",
        |_, sources| sans_io::check(sources),
    ),
    (
        "words: no skipped test, no note to oneself, no lint switched off without a reason",
        |_, sources| words::check(sources),
    ),
    (
        "claims: every promise has a number and a test, and every number cited is a promise",
        |_, sources| claims::check(sources),
    ),
    (
        "citations: every page of docs/ that is named, and the section of it, exists",
        |_, sources| citations::check(sources),
    ),
];

/// Applies every rule to the house at `root`.
///
/// # Errors
/// When the house cannot be read.
pub fn check(root: &Path) -> Result<Vec<Judged>, Unreadable> {
    let sources = tree::read(root).map_err(Unreadable::Tree)?;
    let house = imports::read(root).map_err(Unreadable::Workspace)?;
    let judged = RULES.into_iter().map(|(rule, apply)| {
        let mut breaches = apply(&house, &sources);
        breaches.sort();
        Judged { rule, breaches }
    });
    Ok(judged.collect())
}
