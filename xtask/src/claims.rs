//! A promise about security is a claim with a number and a test, or it is not made (`docs/claims.md`).
//!
//! A claim is a row `| C-nn | what is promised | tests |`; a test is written as `path/to/file.rs::function`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::breach::Breach;
use crate::tree::Source;

const LIST: &str = "docs/claims.md";
const UNTESTED: &str = "a claim nobody tests is an advertisement";

/// Holds the list of claims against the tests of the house, and every citation against the list.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Breach> {
    let by_path: BTreeMap<&Path, &Source> = sources
        .iter()
        .map(|source| (source.path.as_path(), source))
        .collect();
    let Some(list) = by_path.get(Path::new(LIST)) else {
        return vec![Breach::of_file(Path::new(LIST), "is missing", UNTESTED)];
    };
    let mut breaches = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for (number, line) in list.lines() {
        let Some(id) = claimed(line) else { continue };
        if known.contains(&id) {
            breaches.push(Breach::at_line(
                &list.path,
                number,
                format!("{id} stands twice"),
                "a number means one thing",
            ));
        }
        known.push(id);
        let tests: Vec<&str> = tests_named(line).collect();
        if tests.is_empty() {
            breaches.push(Breach::at_line(
                &list.path,
                number,
                format!("{id} names no test"),
                UNTESTED,
            ));
        }
        for test in tests {
            if !exists(test, &by_path) {
                let what = format!("{id} names the test `{test}`, which does not exist");
                breaches.push(Breach::at_line(&list.path, number, what, UNTESTED));
            }
        }
    }
    breaches.extend(
        sources
            .iter()
            .filter(|source| source.path != list.path)
            .flat_map(|source| strays(source, &known)),
    );
    breaches
}

/// The id of a row of the list.
fn claimed(line: &str) -> Option<&str> {
    let cell = line.strip_prefix('|')?.split('|').next()?.trim();
    is_id(cell).then_some(cell)
}

fn is_id(word: &str) -> bool {
    word.strip_prefix("C-").is_some_and(|digits| {
        digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn tests_named(line: &str) -> impl Iterator<Item = &str> {
    // Every second piece between backticks is quoted.
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| quoted.contains(".rs::"))
}

fn exists(test: &str, by_path: &BTreeMap<&Path, &Source>) -> bool {
    let Some((path, name)) = test.split_once("::") else {
        return false;
    };
    let name = name.rsplit("::").next().unwrap_or(name);
    let Some(source) = by_path.get(Path::new(path)) else {
        return false;
    };
    let lines: Vec<&str> = source.text.lines().collect();
    let heading = format!("fn {name}(");
    let generic = format!("fn {name}<");
    lines.iter().enumerate().any(|(at, line)| {
        (line.contains(&heading) || line.contains(&generic))
            && (is_promise(source, line, name, by_path)
                || marked(lines.get(..at).unwrap_or_default()))
    })
}

/// A promise of a conformance suite is a public function that the suite's macro, in `mod.rs` beside
/// it, makes a test of for every back end.
fn is_promise(source: &Source, line: &str, name: &str, by_path: &BTreeMap<&Path, &Source>) -> bool {
    let suite = source.path.with_file_name("mod.rs");
    let listed = |suite: &&Source| {
        suite
            .lines()
            .any(|(_, line)| line.trim() == format!("{name},"))
    };
    source.path.iter().any(|part| part == "conformance")
        && line.starts_with("pub ")
        && by_path.get(suite.as_path()).is_some_and(listed)
}

/// Whether the lines above a function, as far as they belong to it, mark it as a test.
fn marked(above: &[&str]) -> bool {
    above
        .iter()
        .rev()
        .map(|line| line.trim())
        .take_while(|line| !line.is_empty() && !line.ends_with('{') && *line != "}")
        .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

/// Ids cited somewhere that the list does not have.
fn strays(source: &Source, known: &[&str]) -> Vec<Breach> {
    // The rules' own tests cite made-up claims.
    if source.path.starts_with("xtask") {
        return Vec::new();
    }
    source
        .lines()
        .flat_map(|(number, line)| {
            line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
                .filter(|word| is_id(word) && !known.contains(word))
                .map(move |word| {
                    let what = format!("cites {word}, which is not in {LIST}");
                    Breach::at_line(&source.path, number, what, "a citation must lead somewhere")
                })
        })
        .collect()
}
