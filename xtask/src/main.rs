//! `cargo run -p xtask -- check`: every breach of a house rule, or a word that there is none.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    let mut err = std::io::stderr().lock();
    let said = match wanted
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["check"] => match xtask::check(house()) {
            Ok(breaches) if breaches.is_empty() => {
                writeln!(out, "The house rules hold.").map(|()| ExitCode::SUCCESS)
            }
            Ok(breaches) => breaches
                .iter()
                .try_for_each(|breach| writeln!(out, "{breach}"))
                .and_then(|()| {
                    writeln!(
                        out,
                        "\n{} place(s) where a house rule does not hold.",
                        breaches.len()
                    )
                })
                .map(|()| ExitCode::FAILURE),
            Err(error) => writeln!(err, "xtask: {error}").map(|()| ExitCode::FAILURE),
        },
        _ => writeln!(err, "usage: cargo run -p xtask -- check").map(|()| ExitCode::from(2)),
    };
    said.unwrap_or(ExitCode::FAILURE)
}

/// The root of the house: the directory above this crate.
fn house() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
