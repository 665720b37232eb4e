//! Crates that judge and derive take time, chance and bytes as arguments; so a simulator can run the
//! whole device, and a test owns the clock. This reads their source for anything that reaches outside.

use crate::breach::Breach;
use crate::tree::Source;

/// Directories of the crates that must stay pure; those that come later are on the list already.
const PURE: [&str; 7] = [
    "wire",
    "device/trust",
    "device/policy",
    "device/conversation",
    "device/delivery",
    "device/media",
    "server/sfu",
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

// Put together here, so that this file can be read by its own rule.
const SLEEP: &str = concat!("sl", "eep(");

/// Reads the pure crates. What is outside is forbidden to their code, sleeping to their tests as well.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Breach> {
    sources
        .iter()
        .filter(|source| source.is_rust())
        .filter_map(|source| Some((source, room(source)?)))
        .flat_map(|(source, room)| {
            let mut breaches = sleeps(source);
            if source.path.starts_with(format!("{room}/src")) {
                breaches.extend(reaches(source));
            }
            breaches
        })
        .collect()
}

fn room(source: &Source) -> Option<&'static str> {
    PURE.into_iter().find(|room| source.path.starts_with(room))
}

fn sleeps(source: &Source) -> Vec<Breach> {
    source
        .lines()
        .filter(|(_, line)| line.contains(SLEEP))
        .map(|(number, _)| {
            Breach::at_line(
                &source.path,
                number,
                "a pure crate sleeps",
                "a test that sleeps is slow when it is right and wrong when the machine is slow; it owns the clock",
            )
        })
        .collect()
}

fn reaches(source: &Source) -> Vec<Breach> {
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
                    let what = format!("`{word}` in a pure crate");
                    Breach::at_line(&source.path, number, what, why)
                })
        })
        .collect()
}
