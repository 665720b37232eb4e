//! `cargo run -p xtask -- check`: every house rule, and each place where one does not hold.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use xtask::Judged;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let said = match wanted.as_slice() {
        [word] if word == "check" => match xtask::check(house()) {
            Ok(judged) => report(&judged, &mut io::stdout().lock()),
            Err(error) => writeln!(io::stderr(), "xtask: {error}").map(|()| ExitCode::FAILURE),
        },
        _ => {
            writeln!(io::stderr(), "usage: cargo run -p xtask -- check").map(|()| ExitCode::from(2))
        }
    };
    said.unwrap_or(ExitCode::FAILURE)
}

fn report(judged: &[Judged], out: &mut impl Write) -> io::Result<ExitCode> {
    for Judged { rule, breaches } in judged {
        let mark = if breaches.is_empty() {
            "holds"
        } else {
            "FAILS"
        };
        writeln!(out, "{mark}  {rule}")?;
        for breach in breaches {
            writeln!(out, "  {breach}")?;
        }
    }
    let broken: usize = judged.iter().map(|one| one.breaches.len()).sum();
    if broken == 0 {
        writeln!(out, "The house rules hold.")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "House rules do not hold in {broken} place(s).")?;
    Ok(ExitCode::FAILURE)
}

/// The root of the house: the directory above this crate.
fn house() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
