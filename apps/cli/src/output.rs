//! What is printed: words for people, one JSON object a line for scripts.

use std::io::{IsTerminal, Write};

use heliograph_rpc::RpcError;
use serde_json::Value;

/// How a word stands out on a terminal.
#[derive(Clone, Copy)]
pub(crate) enum Ink {
    Bold,
    Dim,
    Green,
    Red,
}

/// How to print.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    /// Scripts are to read this.
    pub(crate) json: bool,
    colour: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            json,
            colour: !json && !plain && std::io::stdout().is_terminal(),
        }
    }

    /// Prints an answer: the object itself, or the words for a person.
    pub(crate) fn either(
        self,
        value: &Value,
        words: impl FnOnce() -> String,
    ) -> Result<(), RpcError> {
        if self.json {
            self.line(&value.to_string())
        } else {
            self.line(&words())
        }
    }

    /// Prints a line and flushes it: whoever reads it may rely on what it says.
    pub(crate) fn line(self, line: &str) -> Result<(), RpcError> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")
            .and_then(|()| out.flush())
            .map_err(|error| {
                RpcError::user(
                    "output-closed",
                    format!("What was to be printed could not be written: {error}."),
                    "Everything done so far is kept.",
                    "Run the command again with an output that stays open.",
                )
            })
    }

    /// A remark beside the answer, on standard error.
    pub(crate) fn note(self, words: &str) {
        let line = if self.json {
            serde_json::json!({"note": words}).to_string()
        } else {
            words.to_owned()
        };
        // Nobody listens: then nobody misses it.
        drop(writeln!(std::io::stderr(), "{line}"));
    }

    /// Prints a refusal: an object, or what happened, what was kept and what to do.
    pub(crate) fn refusal(self, refusal: &RpcError) {
        let text = if self.json {
            serde_json::to_string(refusal).unwrap_or_default()
        } else {
            let words = [&refusal.happened, &refusal.kept, &refusal.todo];
            words.map(|sentence| tame(sentence)).join("\n")
        };
        drop(writeln!(std::io::stderr(), "{text}"));
    }

    /// Whether a terminal shows colours.
    pub(crate) fn has_colour(self) -> bool {
        self.colour
    }

    /// A line black on white, if a terminal shows it.
    pub(crate) fn paper(self, line: &str) -> String {
        if self.colour {
            format!("\x1b[30;107m{line}\x1b[0m")
        } else {
            line.to_owned()
        }
    }

    /// Colours a word if a terminal shows it.
    pub(crate) fn ink(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Green => "32",
            Ink::Red => "31",
        };
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A text field; empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Words of others as a terminal may show them: no control characters but line ends and tabs.
pub(crate) fn tame(text: &str) -> String {
    let harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    text.chars()
        .map(|c| if harmful(c) { '\u{fffd}' } else { c })
        .collect()
}

/// `2026-01-31T09:30:12.5Z` as `2026-01-31 09:30`.
pub(crate) fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_drive_the_terminal() {
        assert_eq!(tame("a\u{1b}[2Jb\n\tc\r"), "a\u{fffd}[2Jb\n\tc\u{fffd}");
    }

    #[test]
    fn times_are_shown_to_the_minute() {
        assert_eq!(minute("2026-01-31T09:30:12.5Z"), "2026-01-31 09:30");
        assert_eq!(minute(""), "");
    }
}
