//! Voice notes from a microphone, a file or a pipe.

mod microphone;
mod unnamed;

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use heliograph_rpc::{Caller, RpcError};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use self::microphone::Recording;
use self::unnamed::Unnamed;
use crate::file::{sent_off, whole};
use crate::profile::Profile;
use crate::timer::seconds;

/// How often the meter moves.
const LOOK: Duration = Duration::from_millis(100);
/// Longest recording.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Bars of the meter and of an outline, the lowest first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

#[derive(Subcommand)]
pub(crate) enum VoiceVerb {
    /// Record a voice note and send it.
    #[command(after_help = "Examples:
  heliograph voice record c_2zk6…
  heliograph voice record c_2zk6… --for 10s

Enter ends the recording and sends it; Ctrl-C throws it away. What is recorded is never a file on
the disk. A note lasts half an hour at most.")]
    Record {
        /// Id of the conversation.
        conversation: String,
        /// Record so long, and then send it without being asked.
        #[arg(long = "for", value_name = "TIME", value_parser = seconds)]
        time: Option<u64>,
        /// What to say with it.
        #[arg(long, default_value = "")]
        caption: String,
        /// Id of the message that it answers.
        #[arg(long, value_name = "MESSAGE")]
        reply: Option<String>,
    },
    /// Send a WAV file as a voice note.
    #[command(after_help = "Examples:
  heliograph voice send c_2zk6… report.wav
  arecord -f dat | heliograph voice send c_2zk6… -

The sound is sent as Opus, one channel, without whatever else the file tells. Other kinds of sound go
as they are with `heliograph file send`. `heliograph file list` shows notes on their way.")]
    Send {
        /// Id of the conversation.
        conversation: String,
        /// A WAV file of one channel or two; `-` reads it from standard input.
        path: String,
        /// What to say with it.
        #[arg(long, default_value = "")]
        caption: String,
        /// Id of the message that it answers.
        #[arg(long, value_name = "MESSAGE")]
        reply: Option<String>,
    },
}

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    verb: VoiceVerb,
) -> Result<(), RpcError> {
    match verb {
        VoiceVerb::Send {
            conversation,
            path,
            caption,
            reply,
        } => {
            let piped = (path == "-").then(Unnamed::piped).transpose()?;
            let path = match &piped {
                Some(file) => file.path(),
                None => whole(&path)?,
            };
            send(profile, caller, (&conversation, &path), (caption, reply)).await
        }
        VoiceVerb::Record {
            conversation,
            time,
            caption,
            reply,
        } => {
            // Nobody should speak into a conversation that is not there.
            let of = json!({"conversation": conversation});
            caller.call("draft.get", of).await?;
            let time = time.filter(|seconds| *seconds > 0);
            let file = record(profile, time.map(Duration::from_secs)).await?;
            send(
                profile,
                caller,
                (&conversation, &file.path()),
                (caption, reply),
            )
            .await
        }
    }
}

async fn send(
    profile: &Profile,
    caller: &Caller,
    (conversation, path): (&str, &str),
    (caption, reply): (String, Option<String>),
) -> Result<(), RpcError> {
    let asked = json!({
        "conversation": conversation, "path": path, "caption": caption, "in_reply_to": reply,
    });
    let sent = caller.call("voice.send", asked).await?;
    sent_off(profile, caller, sent).await
}

fn thrown_away() -> RpcError {
    RpcError::user(
        "voice-thrown-away",
        "The recording was thrown away.".to_owned(),
        "Nothing was sent.",
        "Record another one.",
    )
}

/// Records until a person says enough, or for a time.
async fn record(profile: &Profile, time: Option<Duration>) -> Result<Unnamed, RpcError> {
    let typed = std::io::stdin().is_terminal();
    if time.is_none() && !typed {
        return Err(RpcError::user(
            "no-terminal",
            "Nobody can press Enter here, so the recording would not end.".to_owned(),
            "Nothing was recorded.",
            "Say how long: `--for 10s`.",
        ));
    }
    let recording = Arc::new(Recording::default());
    let file = Unnamed::new()?;
    let working = {
        let recording = recording.clone();
        let longest = time.unwrap_or(LONGEST).min(LONGEST);
        tokio::task::spawn_blocking(move || recording.run(file, longest))
    };
    let meter = meter(profile, time.is_none());
    let (tell, mut enter) = tokio::sync::oneshot::channel();
    if time.is_none() {
        std::thread::spawn(move || {
            let mut line = String::new();
            // A terminal that is closed is no key pressed.
            if std::io::stdin()
                .read_line(&mut line)
                .is_ok_and(|read| read > 0)
            {
                tell.send(()).unwrap_or_default();
            }
        });
    }
    let mut asked = time.is_none();
    tokio::pin!(working);
    let done = loop {
        tokio::select! {
            done = &mut working => break done,
            _ = &mut enter, if asked => {
                asked = false;
                recording.stop();
            }
            _ = tokio::signal::ctrl_c() => {
                recording.stop();
                meter.finish_and_clear();
                return Err(thrown_away());
            }
            () = tokio::time::sleep(LOOK) => meter.set_message(shown(&recording)),
        }
    };
    meter.finish_and_clear();
    let file = done.map_err(RpcError::bug)??;
    if asked {
        // Half an hour is full, or the time that was given; whoever speaks freely says themselves that it goes.
        profile
            .output
            .note("Half an hour is full. Enter sends it, Ctrl-C throws it away.");
        tokio::select! {
            _ = &mut enter => {}
            _ = tokio::signal::ctrl_c() => return Err(thrown_away()),
        }
    }
    Ok(file)
}

fn meter(profile: &Profile, keys: bool) -> ProgressBar {
    if profile.output.json {
        return ProgressBar::hidden();
    }
    let keys = if keys {
        "   Enter sends it, Ctrl-C throws it away"
    } else {
        ""
    };
    let style = ProgressStyle::with_template("recording {msg}{prefix}");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_prefix(keys);
    bar
}

fn shown(recording: &Recording) -> String {
    let (millis, level) = recording.now();
    format!("{}  {}", length(millis), bar(level))
}

/// A height out of eight, for loudness of 0 to 255.
fn bar(level: u8) -> char {
    let at = usize::from(level) * BARS.len() / 256;
    BARS.get(at).copied().unwrap_or(' ')
}

/// A length as clocks show it.
pub(crate) fn length(millis: u64) -> String {
    let whole = millis.div_ceil(1_000);
    format!("{}:{:02}", whole / 60, whole % 60)
}

/// An outline in half as many bars as it has values: the louder of two.
pub(crate) fn outline(voice: &Value) -> Option<String> {
    let waveform = voice["waveform"].as_str()?;
    let bytes = data_encoding::BASE64.decode(waveform.as_bytes()).ok()?;
    let loudest = bytes.chunks(2).map(|two| two.iter().max().copied());
    Some(loudest.map(|level| bar(level.unwrap_or(0))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_shows_as_its_length_and_its_outline() {
        assert_eq!(length(1), "0:01");
        assert_eq!(length(59_999), "1:00");
        assert_eq!(length(754_000), "12:34");
        let voice = json!({"waveform": "AAD/gEAg"});
        assert_eq!(outline(&voice).as_deref(), Some("▁█▃"));
        assert_eq!(outline(&json!({"waveform": "?"})), None);
        assert_eq!(outline(&Value::Null), None);
    }
}
