//! Words that put a decision off: tests that are skipped, notes to oneself, lints switched off without a reason.

use crate::breach::Breach;
use crate::tree::Source;

// Put together here, so that this file does not breach its own rule.
const NOTES: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];
const SKIPPED: &str = concat!("#[", "ignore");

/// Reads every file for such words.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Breach> {
    sources
        .iter()
        .flat_map(|source| notes(source).into_iter().chain(attributes(source)))
        .collect()
}

fn notes(source: &Source) -> Vec<Breach> {
    source
        .lines()
        .filter_map(|(number, line)| {
            let word = NOTES.into_iter().find(|word| line.contains(word))?;
            Some(Breach::at_line(
                &source.path,
                number,
                format!("`{word}`"),
                "a note to oneself is read by nobody; do it, or write it down as an issue",
            ))
        })
        .collect()
}

fn attributes(source: &Source) -> Vec<Breach> {
    if !source.is_rust() {
        return Vec::new();
    }
    let mut breaches = Vec::new();
    let lines: Vec<(usize, &str)> = source.lines().collect();
    for (at, (number, line)) in lines.iter().enumerate() {
        let line = line.trim_start();
        if line.starts_with(SKIPPED) {
            breaches.push(Breach::at_line(
                &source.path,
                *number,
                "a test that is skipped",
                "a skipped test is a claim nobody checks; mend it or remove it with its claim",
            ));
        }
        if !line.starts_with("#[") && !line.starts_with("#![") {
            continue;
        }
        let whole = attribute(lines.get(at..).unwrap_or_default());
        let silences = whole.contains("allow(") || whole.contains("expect(");
        if silences && !whole.contains("reason =") {
            breaches.push(Breach::at_line(
                &source.path,
                *number,
                "a lint is switched off without `reason = …`",
                "the next reader must be able to judge whether the exception still stands",
            ));
        }
    }
    breaches
}

/// The text of the attribute that starts at the first line: up to the bracket that closes it.
fn attribute(lines: &[(usize, &str)]) -> String {
    let mut whole = String::new();
    let mut depth = 0_usize;
    for (_, line) in lines {
        for letter in line.trim_start().chars() {
            whole.push(letter);
            match letter {
                '[' => depth += 1,
                ']' if depth == 1 => return whole,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        whole.push('\n');
    }
    whole
}
