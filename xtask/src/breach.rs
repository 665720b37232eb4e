//! A house rule that does not hold somewhere. It always says why the rule exists.

use std::fmt;
use std::path::{Path, PathBuf};

/// One place where a rule does not hold.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The file, relative to the root of the house.
    pub file: PathBuf,
    /// The line, counted from 1; `None` when the whole file is meant.
    pub line: Option<usize>,
    /// What does not hold.
    pub what: String,
    /// Why the rule exists.
    pub why: &'static str,
}

impl Breach {
    /// A breach by a whole file.
    #[must_use]
    pub fn of_file(file: &Path, what: impl Into<String>, why: &'static str) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            what: what.into(),
            why,
        }
    }

    /// A breach at a line, counted from 1.
    #[must_use]
    pub fn at_line(file: &Path, line: usize, what: impl Into<String>, why: &'static str) -> Self {
        Self {
            line: Some(line),
            ..Self::of_file(file, what, why)
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        write!(out, ": {}\n    because: {}", self.what, self.why)
    }
}
