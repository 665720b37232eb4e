//! A file is short, says at its door what it is for, and is not a drawer for everything else.
//! The sizes of functions are clippy's to judge (`clippy.toml`).

use crate::breach::Breach;
use crate::tree::Source;

/// More lines than this and a file has more than one thing to say.
pub const LINES_MAX: usize = 400;

const DRAWERS: [&str; 7] = [
    "utils", "util", "common", "helpers", "helper", "types", "manager",
];

/// Judges every Rust file.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Breach> {
    sources
        .iter()
        .filter(|source| source.is_rust())
        .flat_map(judge)
        .collect()
}

fn judge(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let lines = source.text.lines().count();
    if lines > LINES_MAX {
        breaches.push(Breach::of_file(
            &source.path,
            format!("{lines} lines, and {LINES_MAX} is the most"),
            "a long file is two concepts; split it by flow (send, receive, join), not by layer",
        ));
    }
    if !source.text.starts_with("//!") {
        breaches.push(Breach::of_file(
            &source.path,
            "does not open with `//!`",
            "whoever opens a file should read first what it is for and what it will not do",
        ));
    }
    if let Some(name) = drawer(source) {
        breaches.push(Breach::of_file(
            &source.path,
            format!("is called `{name}`"),
            "a thing without a room is a concept without a name; find the name",
        ));
    }
    breaches
}

/// The forbidden word in a path, if there is one: as a file, or as the directory of a module.
fn drawer(source: &Source) -> Option<&'static str> {
    let path = source.path.with_extension("");
    DRAWERS
        .into_iter()
        .find(|name| path.iter().any(|part| part == *name))
}
