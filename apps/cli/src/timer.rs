//! How long messages stay.

use clap::Args;
use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::profile::Profile;

/// Units of a time, the largest first: letter, seconds, word.
const UNITS: [(char, u64, &str); 5] = [
    ('w', 7 * 86_400, "week"),
    ('d', 86_400, "day"),
    ('h', 3_600, "hour"),
    ('m', 60, "minute"),
    ('s', 1, "second"),
];

#[derive(Args)]
pub(crate) struct Timer {
    /// Id of the conversation.
    conversation: String,
    /// How long messages stay once they are read: `30s` to `4w`, or `off`; without it, what holds now is printed.
    #[arg(value_parser = seconds)]
    time: Option<u64>,
}

/// A time as it is typed, in seconds; `off` is none.
pub(crate) fn seconds(typed: &str) -> Result<u64, String> {
    if typed == "off" {
        return Ok(0);
    }
    let unit = UNITS.iter().find(|(letter, _, _)| typed.ends_with(*letter));
    let time = unit.and_then(|(letter, unit, _)| {
        let number: u64 = typed.strip_suffix(*letter)?.parse().ok()?;
        number.checked_mul(*unit).filter(|seconds| *seconds > 0)
    });
    time.ok_or_else(|| "write a time like 30s, 5m, 1h, 1d, 1w or 4w, or `off`".to_owned())
}

/// A time in words, in the largest unit that fits it whole.
pub(crate) fn words(seconds: u64) -> String {
    let whole = UNITS
        .iter()
        .find(|(_, unit, _)| seconds.is_multiple_of(*unit));
    let (_, unit, word) = whole.copied().unwrap_or(('s', 1, "second"));
    match seconds / unit {
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    }
}

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    wanted: &Timer,
) -> Result<(), RpcError> {
    let of = json!({"conversation": wanted.conversation});
    let answer = match wanted.time {
        None => caller.call("timer.get", of).await?,
        Some(seconds) => {
            let asked = json!({"conversation": wanted.conversation, "seconds": seconds});
            caller.call("timer.set", asked).await?
        }
    };
    profile.output.either(&answer, || shown(&answer))
}

fn shown(answer: &Value) -> String {
    let holds = match answer["seconds"].as_u64() {
        None => "Messages stay.".to_owned(),
        Some(seconds) => format!("Messages disappear {} after they are read.", words(seconds)),
    };
    if answer["agreed"] == true {
        return holds;
    }
    format!("{holds} The others do not know yet; it holds as soon as the board has it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_typed_short_and_read_in_words() {
        for (typed, wanted, word) in [
            ("30s", 30, "30 seconds"),
            ("5m", 300, "5 minutes"),
            ("1h", 3_600, "1 hour"),
            ("36h", 129_600, "36 hours"),
            ("1d", 86_400, "1 day"),
            ("4w", 2_419_200, "4 weeks"),
        ] {
            assert_eq!(seconds(typed), Ok(wanted));
            assert_eq!(words(wanted), word);
        }
        assert_eq!(seconds("off"), Ok(0));
        for typed in [
            "",
            "h",
            "0s",
            "1",
            "-1h",
            "1 h",
            "1y",
            "99999999999999999999w",
            "9999999999999999w",
        ] {
            assert!(seconds(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn what_is_not_agreed_on_yet_says_so() {
        assert_eq!(
            shown(&json!({"seconds": null, "agreed": true})),
            "Messages stay."
        );
        let wished = shown(&json!({"seconds": 3_600, "agreed": false}));
        assert!(wished.starts_with("Messages disappear 1 hour after they are read. The others"));
    }
}
