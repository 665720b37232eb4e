//! Rules that a planted fault can switch off, to see whether a suite notices. Compiled only with the
//! feature `planted-faults`; never part of a release.

use std::cell::Cell;

use super::rule::Rule;

thread_local! {
    static BROKEN: Cell<Option<Rule>> = const { Cell::new(None) };
}

/// From now on devices of this thread break one rule, or none.
pub fn break_rule(rule: Option<Rule>) {
    BROKEN.set(rule);
}

/// Whether a rule is broken here.
pub(crate) fn is_planted() -> bool {
    BROKEN.get().is_some()
}

/// Whether a rule holds.
pub(crate) fn holds(rule: Rule) -> bool {
    BROKEN.get() != Some(rule)
}
