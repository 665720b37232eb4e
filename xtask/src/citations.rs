//! A page that the code or another page names must exist, or the reader is sent nowhere.
//!
//! `docs/protocol/delivery.md` names a page; `docs/protocol/delivery.md, Commits; Healing` in a
//! comment of the code also names sections of it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::breach::Breach;
use crate::tree::Source;

const WHY: &str = "whoever follows a reference must arrive";

/// Looks up every page and section that is named anywhere.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Breach> {
    let pages: BTreeMap<&Path, &Source> = sources
        .iter()
        .filter(|source| source.path.extension().is_some_and(|end| end == "md"))
        .map(|source| (source.path.as_path(), source))
        .collect();
    sources
        .iter()
        // The rules' own tests name made-up pages.
        .filter(|source| !source.path.starts_with("xtask"))
        .flat_map(|source| judge(source, &pages))
        .collect()
}

fn judge(source: &Source, pages: &BTreeMap<&Path, &Source>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (number, line) in source.lines() {
        for (at, _) in line.match_indices("docs/") {
            let Some((page, rest)) = cited(line.get(at..).unwrap_or_default()) else {
                continue;
            };
            let mut missing = |what: String| {
                breaches.push(Breach::at_line(&source.path, number, what, WHY));
            };
            match pages.get(Path::new(page)) {
                None => missing(format!("names {page}, which does not exist")),
                Some(found) if source.is_rust() => sections(rest)
                    .filter(|section| !has(found, section))
                    .for_each(|section| missing(format!("{page} has no section \"{section}\""))),
                Some(_) => {}
            }
        }
    }
    breaches
}

/// A page's path at the start of the text, and what follows it.
fn cited(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && !"/-_.".contains(letter));
    let (page, rest) = text.split_at(end.unwrap_or(text.len()));
    // A sentence may end here: "docs/claims.md."
    let page = page.trim_end_matches('.');
    page.ends_with(".md").then_some((page, rest))
}

/// Sections named behind a page within brackets: `, Commits; Healing)`.
fn sections(rest: &str) -> impl Iterator<Item = &str> {
    let named = rest
        .strip_prefix(", ")
        .and_then(|rest| rest.split_once(')'))
        .map_or("", |(named, _)| named);
    named
        .split(';')
        .map(str::trim)
        .filter(|section| !section.is_empty())
}

fn has(page: &Source, section: &str) -> bool {
    page.lines()
        .any(|(_, line)| line.starts_with('#') && line.trim_start_matches('#').trim() == section)
}
