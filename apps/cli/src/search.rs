//! Messages found by their words.

use clap::{Args, ValueEnum};
use heliograph_rpc::{Caller, RpcError};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::output::{Ink, Output, end_of, minute, set_in, tame, text};
use crate::profile::Profile;

/// Around what was found while lines are broken; `tame` leaves no such character in a text.
const MARKS: [char; 2] = ['\u{2}', '\u{3}'];
const PAGE: u64 = 200;

#[derive(Args)]
pub(crate) struct Search {
    /// Words that must all be in it, in any order; the last one may be only begun.
    #[arg(required_unless_present = "has")]
    query: Vec<String>,
    /// Only in this conversation.
    #[arg(long = "in", value_name = "CONVERSATION")]
    within: Option<String>,
    /// Only messages that have something.
    #[arg(long, value_enum)]
    has: Option<Has>,
    /// Only from this person: a name, an id, or `me`.
    #[arg(long, value_name = "PERSON")]
    from: Option<String>,
    /// Only from before this day or moment.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    before: Option<Timestamp>,
    /// Only from this day or moment on.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    after: Option<Timestamp>,
    /// At most as many.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
}

/// What a message may have to have.
#[derive(Clone, Copy, ValueEnum)]
enum Has {
    /// A file.
    File,
    /// Your name with `@`, written by somebody else.
    Mention,
}

impl Has {
    fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Mention => "mention",
        }
    }
}

/// A day, which begins at midnight on this machine's clock, or a moment in RFC 3339.
pub(crate) fn moment(typed: &str) -> Result<Timestamp, String> {
    if let Ok(at) = typed.parse::<Timestamp>() {
        return Ok(at);
    }
    let day: Result<Date, _> = typed.parse();
    day.and_then(|day| day.to_zoned(TimeZone::system()))
        .map(|at| at.timestamp())
        .map_err(|_| "write a day like 2026-01-31, or a moment like 2026-01-31T09:30:00Z".into())
}

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    wanted: &Search,
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let output = profile.output;
    let (mut left, mut cursor) = (wanted.limit, Value::Null);
    loop {
        let asked = json!({
            "query": wanted.query.join(" "), "has": wanted.has.map(Has::word), "conversation": wanted.within, "from": wanted.from,
            "before": wanted.before.map(|at| at.to_string()),
            "after": wanted.after.map(|at| at.to_string()),
            "limit": left.min(PAGE), "after_cursor": cursor,
        });
        let page = caller.call("message.search", asked).await?;
        for find in page["items"].as_array().into_iter().flatten() {
            output.either(find, || words(output, find))?;
            left = left.saturating_sub(1);
        }
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
        if left == 0 {
            output
                .note("There are more, older ones: ask for more with --limit, or say more words.");
            return Ok(());
        }
    }
    if left == wanted.limit && !output.json {
        output.note("Nothing was found.");
    }
    Ok(())
}

/// A find as a person reads it.
pub(crate) fn words(output: Output, find: &Value) -> String {
    let (at, width) = (minute(text(find, "at")), output.width());
    let first = end_of(&at, 0) + 2;
    let from = set_in(&tame(text(find, "from")), first, width);
    let first = end_of(&from, first) + 4;
    let title = set_in(&tame(text(find, "title")), first, width);
    let first = end_of(&title, first) + 2;
    let mut marked = String::new();
    for piece in find["snippet"].as_array().into_iter().flatten() {
        let words = tame(text(piece, "text"));
        if piece["hit"] == true {
            marked += &format!("{}{words}{}", MARKS[0], MARKS[1]);
        } else {
            marked += &words;
        }
    }
    let mut snippet = String::new();
    for (n, part) in set_in(&marked, first, width).split(MARKS).enumerate() {
        // Marks stand in pairs: every second part is a find.
        if n % 2 == 1 {
            snippet += &output.ink(Ink::Green, part);
        } else {
            snippet += part;
        }
    }
    let ids = format!("{}  {}", text(find, "conversation"), text(find, "id"));
    format!(
        "{}  {} in {}: {snippet}\n    {}",
        output.ink(Ink::Dim, &at),
        output.ink(Ink::Bold, &from),
        title,
        output.ink(Ink::Dim, &ids),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_find_cannot_drive_the_terminal_nor_look_like_two() {
        let find = json!({
            "at": "", "from": "Ben", "title": "Ben", "conversation": "c_1", "id": "m_1",
            "snippet": [
                {"text": "a\u{1b}[2J\n2026-11-23  me in Ben: ", "hit": false},
                {"text": "light\u{2}", "hit": true},
                {"text": "\u{3}house", "hit": false},
            ],
        });
        assert_eq!(
            words(Output::new(true), &find),
            "  Ben in Ben: a\u{fffd}[2J\n    2026-11-23  me in Ben: light\u{fffd}\u{fffd}house\n    c_1  m_1"
        );
    }

    #[test]
    fn a_day_and_a_moment_are_understood() {
        assert_eq!(
            moment("2026-01-31T10:30:00.5+01:00").unwrap().to_string(),
            "2026-01-31T09:30:00.5Z"
        );
        assert!(moment("2026-01-31").is_ok());
        assert!(moment("tomorrow").is_err());
    }
}
