//! Two runs side by side: what became slower.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Less than this is noise on a shared machine.
const NOISE: f64 = 0.10;

fn figures(path: &Path) -> BTreeMap<String, (f64, String, bool)> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter_map(|line: Value| {
            let name = line["figure"].as_str()?.to_owned();
            let unit = line["unit"].as_str()?.to_owned();
            Some((
                name,
                (line["value"].as_f64()?, unit, line["better"] == "more"),
            ))
        })
        .collect()
}

/// Compares what both runs measured, and says what became worse; false if anything did.
pub(crate) fn run(before: &Path, after: &Path) -> bool {
    let (before, after) = (figures(before), figures(after));
    let mut good = true;
    for (name, (new, unit, more)) in &after {
        let Some((old, _, _)) = before.get(name) else {
            println!("{name:<36} {new:>10} {unit}   new");
            continue;
        };
        let change = if *more { old / new } else { new / old } - 1.0;
        let word = if change > NOISE {
            good = false;
            "WORSE"
        } else if change < -NOISE {
            "better"
        } else {
            "the same"
        };
        println!("{name:<36} {old:>10} -> {new:>10} {unit:<4} {word}");
    }
    good
}
