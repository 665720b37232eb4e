//! Crates that judge and derive take time, chance and bytes as arguments; so a simulator can run the
//! whole device, and a test owns the clock. This reads their source for anything that reaches outside.

use crate::breach::Breach;
use crate::tree::Source;

/// Directories of the crates that must stay pure.
pub const PURE: [&str; 4] = [
    "wire/src",
    "device/trust/src",
    "device/conversation/src",
    "device/delivery/src",
];

const OUTSIDE: [(&str, &str); 10] = [
    (
        "tokio",
        "a pure crate has no tasks and no sockets; whoever calls it does",
    ),
    (
        "std::net",
        "a pure crate opens no socket; bytes come in as arguments",
    ),
    (
        "std::fs",
        "a pure crate opens no file; bytes come in as arguments",
    ),
    (
        "std::thread",
        "a pure crate starts nothing that outlives the call",
    ),
    (
        "SystemTime",
        "time is an argument, so that a test owns the clock",
    ),
    (
        "Instant::now",
        "time is an argument, so that a test owns the clock",
    ),
    (
        "thread_rng",
        "chance is an argument, so that a run can be repeated",
    ),
    (
        "OsRng",
        "chance is an argument, so that a run can be repeated",
    ),
    (
        "SysRng",
        "chance is an argument, so that a run can be repeated",
    ),
    (
        "getrandom",
        "chance is an argument, so that a run can be repeated",
    ),
];

/// Reads the pure crates' code; their tests may do as they like.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Breach> {
    sources
        .iter()
        .filter(|source| source.is_rust() && PURE.iter().any(|room| source.path.starts_with(room)))
        .flat_map(judge)
        .collect()
}

fn judge(source: &Source) -> Vec<Breach> {
    source
        .lines()
        // Tests stand at the end of a file.
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(number, line)| {
            OUTSIDE
                .into_iter()
                .filter(|(word, _)| line.contains(word))
                .map(move |(word, why)| {
                    Breach::at_line(
                        &source.path,
                        number,
                        format!("`{word}` in a pure crate"),
                        why,
                    )
                })
        })
        .collect()
}
