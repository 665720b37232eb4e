//! Counts of what was tried: passed, failed, and passed over with the reason. It decides nothing by itself.

use std::collections::BTreeMap;
use std::fmt;

/// What became of vectors of one kind.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// How many agreed.
    pub passed: usize,
    /// What was said about each that did not.
    pub failed: Vec<String>,
    /// How many were passed over, by reason.
    pub left: BTreeMap<String, usize>,
}

impl Tally {
    /// Counts a verdict; `name` is put before what is said about a failure.
    pub fn count(&mut self, name: &str, verdict: Result<(), String>) {
        match verdict {
            Ok(()) => self.passed += 1,
            Err(why) => self.failed.push(format!("{name}: {why}")),
        }
    }

    /// Counts some that are passed over.
    pub fn leave(&mut self, why: &str, how_many: usize) {
        *self.left.entry(why.to_owned()).or_default() += how_many;
    }

    /// How many were passed over, whatever the reason.
    #[must_use]
    pub fn left_over(&self) -> usize {
        self.left.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} passed, {} failed, {} not run",
            self.passed,
            self.failed.len(),
            self.left_over()
        )?;
        for (why, how_many) in &self.left {
            write!(out, "\n    {how_many} not run: {why}")?;
        }
        for why in self.failed.iter().take(10) {
            write!(out, "\n    FAILED {why}")?;
        }
        Ok(())
    }
}
