//! What is printed: words for people, one JSON object a line for scripts.

use std::io::{IsTerminal, Write};

use heliograph_rpc::RpcError;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use unicode_width::UnicodeWidthChar;

/// What the further lines of a message begin with.
pub(crate) const SET_IN: &str = "\n    ";

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

    /// As on a terminal that shows colours, however wide.
    #[cfg(test)]
    pub(crate) fn coloured() -> Self {
        Self {
            json: false,
            colour: true,
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

    /// Columns of the terminal that shows the answer, if one does.
    pub(crate) fn width(self) -> Option<usize> {
        let out = std::io::stdout();
        if self.json || !out.is_terminal() {
            return None;
        }
        let size = rustix::termios::tcgetwinsize(&out).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 20)
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

/// Words of others as a terminal may show them: no control characters but line ends and tabs, and
/// nothing that turns the direction of what follows.
pub(crate) fn tame(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let harmful = |c: char| (c.is_control() && c != '\n' && c != '\t') || turns(c);
    text.chars()
        .map(|c| if harmful(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Columns that a character takes at most. A selector that makes an emoji of the sign before it makes it wide, but not on
/// every terminal: a line that is broken too early does no harm.
pub(crate) fn wide(c: char) -> usize {
    match c {
        '\t' => 8,
        '\u{fe0f}' => 1,
        c => c.width().unwrap_or(0),
    }
}

/// The column behind a text that begins in column `first` and was set in.
pub(crate) fn end_of(text: &str, first: usize) -> usize {
    let columns = |text: &str| text.chars().map(wide).sum::<usize>();
    match text.rsplit_once('\n') {
        Some((_, last)) => columns(last),
        None => first + columns(text),
    }
}

/// Every line but the first set in, and long lines broken before the terminal does it: no line of a
/// message can look like the start of another.
pub(crate) fn set_in(text: &str, first: usize, width: Option<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = first;
    for c in text.chars() {
        let wide = wide(c);
        if c != '\n' && width.is_some_and(|width| column + wide > width) {
            out.push_str(SET_IN);
            column = SET_IN.len() - 1;
        }
        if c == '\n' {
            out.push_str(SET_IN);
            column = SET_IN.len() - 1;
        } else {
            out.push(c);
            column += wide;
        }
    }
    out
}

/// `2026-01-31T09:30:12.5Z` as the minute on this machine's clock, `2026-01-31 10:30`.
pub(crate) fn minute(time: &str) -> String {
    minute_in(time, &TimeZone::system())
}

fn minute_in(time: &str, zone: &TimeZone) -> String {
    let at: Result<Timestamp, _> = time.parse();
    at.map_or_else(
        |_| time.to_owned(),
        |at| {
            at.to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_drive_the_terminal() {
        assert_eq!(tame("a\u{1b}[2Jb\n\tc\r"), "a\u{fffd}[2Jb\n\tc\u{fffd}");
        assert_eq!(tame("exe.\u{202e}gpj"), "exe.\u{fffd}gpj");
    }

    #[test]
    fn no_line_of_a_message_looks_like_the_start_of_another() {
        let forged = "one\n2026-11-23 21:58  me: I agree";
        assert_eq!(
            set_in(forged, 0, None),
            "one\n    2026-11-23 21:58  me: I agree"
        );
        // Padded so that the terminal would break it where the forgery begins.
        let padded = format!("{}2026-11-23", " ".repeat(20));
        for line in set_in(&padded, 0, Some(20)).lines().skip(1) {
            assert!(line.starts_with("    "), "{line:?}");
        }
        assert_eq!(set_in("日本語日本", 0, Some(8)), "日本語日\n    本");
        // Each of these hearts is two columns wide where emoji are shown.
        let hearts = "\u{2764}\u{fe0f}".repeat(5);
        assert_eq!(set_in(&hearts, 0, Some(8)).lines().count(), 2);
    }

    #[test]
    fn what_stands_behind_a_name_begins_where_the_name_ends() {
        assert_eq!(end_of("Ben", 18), 21);
        assert_eq!(end_of("日本", 18), 22);
        let name = set_in("日本語日本", 18, Some(24));
        assert_eq!((name.as_str(), end_of(&name, 18)), ("日本語\n    日本", 8));
    }

    #[test]
    fn times_are_shown_to_the_minute_on_the_machines_clock() {
        let east = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(
            minute_in("2026-01-31T23:30:12.5Z", &east),
            "2026-02-01 01:30"
        );
        assert_eq!(minute_in("", &east), "");
    }
}
