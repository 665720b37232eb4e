//! Sending: one text, or a stream of lines. Whatever is refused is kept in a draft.

pub(crate) mod draft;
mod input;
mod progress;
mod stream;
mod wanted;

use std::io::{BufRead, IsTerminal, Read};
use std::time::Duration;

use heliograph_rpc::{Caller, RpcError, TEXT_MAX};
use serde_json::{Value, json};

use crate::arguments::State;
use crate::output::{tame, text};
use crate::profile::{Profile, milliseconds, offline};

pub(crate) use wanted::Send;

/// Patience when the person asked to wait, and when nobody did.
const ASKED: Duration = Duration::from_secs(60);
const UNASKED: Duration = Duration::from_secs(10);

pub(crate) async fn run(profile: &Profile, wanted: Send) -> Result<(), RpcError> {
    let text = wanted.text.as_deref().unwrap_or("-");
    if wanted.lines && text != "-" {
        return Err(RpcError::unchanged(
            "lines-from-standard-input",
            "With --lines the messages come from standard input.",
            "Leave the text out, or write `-` in its place.",
        ));
    }
    if wanted.lines {
        let done = Box::pin(stream::run(profile, &wanted)).await;
        return done.map_err(accepted_all_the_same);
    }
    let preview = wanted.preview.told()?;
    // Read and judged before the profile is opened: a refused text costs no passphrase.
    let body = if text == "-" {
        let body = tokio::task::spawn_blocking({
            let home = profile.home().to_owned();
            move || whole(&home, std::io::stdin().lock())
        });
        body.await.map_err(RpcError::bug)??
    } else {
        judge(profile, text.to_owned())?
    };
    let caller = match profile.caller().await {
        Err(refusal) if text == "-" => {
            return Err(draft::kept_after(profile.home(), refusal, &body));
        }
        other => other?,
    };
    let done = Box::pin(one(profile, &caller, (&wanted, &body, preview))).await;
    caller.close().await;
    done.map_err(accepted_all_the_same)
}

/// Nobody reads what is printed, which changes nothing about what was sent.
fn accepted_all_the_same(mut refusal: RpcError) -> RpcError {
    if refusal.kind == "output-closed" {
        "What was accepted until then is kept and goes out.".clone_into(&mut refusal.kept);
        "Do not send it again: look with `heliograph read` what is there."
            .clone_into(&mut refusal.todo);
    }
    refusal
}

fn judge(profile: &Profile, text: String) -> Result<String, RpcError> {
    if text.trim().is_empty() {
        return Err(empty());
    }
    if text.len() > TEXT_MAX {
        let kept = draft::keep(profile.home(), text.as_bytes(), std::io::empty())?;
        return Err(too_long(
            &format!("The message has {} bytes", text.len()),
            &kept,
        ));
    }
    Ok(text)
}

/// Standard input as one message.
fn whole(home: &std::path::Path, input: impl BufRead) -> Result<String, RpcError> {
    let body = typed(home, input)?;
    if body.trim().is_empty() {
        return Err(empty());
    }
    Ok(body)
}

/// Standard input as one text; one line end at its end belongs to the file, not the text. What cannot be one is kept in a file.
pub(crate) fn typed(home: &std::path::Path, mut input: impl BufRead) -> Result<String, RpcError> {
    let unreadable = |error: std::io::Error| RpcError::file(std::path::Path::new("-"), &error);
    let mut bytes = Vec::new();
    let most = TEXT_MAX as u64 + 3;
    input
        .by_ref()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let body = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    if body.len() > TEXT_MAX {
        let kept = draft::keep(home, &bytes, input)?;
        return Err(too_long(
            "Standard input has more bytes than a message",
            &kept,
        ));
    }
    if input::is_cut(std::io::stdin().is_terminal(), body) {
        let kept = draft::keep(home, &bytes, input)?;
        return Err(cut(&kept));
    }
    match String::from_utf8(body.to_vec()) {
        Ok(text) => Ok(text),
        Err(error) => {
            let line = 1 + body
                .iter()
                .take(error.utf8_error().valid_up_to())
                .filter(|byte| **byte == b'\n')
                .count();
            let kept = draft::keep(home, &bytes, input)?;
            Err(not_text(line, &kept))
        }
    }
}

async fn one(
    profile: &Profile,
    caller: &Caller,
    (wanted, body, preview): (&Send, &str, Value),
) -> Result<(), RpcError> {
    let mut asked = json!({"conversation": wanted.conversation, "texts": [body]});
    if !preview.is_null() {
        asked["preview"] = preview;
    }
    let sent = match caller.call("message.send", asked).await {
        Ok(sent) => sent,
        Err(refusal) => return Err(draft::kept_after(profile.home(), refusal, body)),
    };
    let message = sent["messages"][0].clone();
    let (reached, failure) = Patience::of(wanted).wait(caller, &message).await?;
    profile.output.either(&reached, || {
        format!("{} {}", text(&reached, "message"), text(&reached, "state"))
    })?;
    failure.map_or(Ok(()), |why| Patience::of(wanted).tell(profile, why))
}

/// The timeout of a wait that ended early because there is no way to the board.
fn not_now(reason: &str) -> RpcError {
    RpcError::unchanged(
        "timeout",
        format!("The board is not reached: {}.", tame(reason)),
        "",
    )
}

/// How far to wait for a message, and how long.
#[derive(Clone, Copy)]
struct Patience {
    state: State,
    asked: bool,
    within: Duration,
}

impl Patience {
    fn of(wanted: &Send) -> Self {
        let asked = wanted.wait.is_some();
        let usual = if asked { ASKED } else { UNASKED };
        Self {
            state: wanted.wait.unwrap_or(State::Stored),
            asked,
            within: wanted.within.map_or(usual, Duration::from_secs),
        }
    }

    /// Waits, and gives how far the message has come; also why not further, if it is not far enough.
    async fn wait(
        self,
        caller: &Caller,
        message: &Value,
    ) -> Result<(Value, Option<RpcError>), RpcError> {
        let question = |state: State, within: Duration| {
            let asked = json!({
                "message": message, "state": state.word(), "within_ms": milliseconds(within),
            });
            caller.call("message.wait", asked)
        };
        let answer = async {
            tokio::select! {
                answer = question(self.state, self.within) => answer,
                // Nobody asked to wait: that there is no way to the board is answer enough.
                reason = offline(caller), if !self.asked => Err(not_now(&reason)),
            }
        };
        match answer.await {
            Ok(reached) => Ok((reached, None)),
            Err(why) if why.kind == "timeout" => Ok((
                question(State::Pending, Duration::from_secs(5)).await?,
                Some(why),
            )),
            Err(other) => Err(other),
        }
    }

    /// A wait that was asked for and failed is a failure; otherwise a remark is enough, for the
    /// message is safe here and goes out by itself.
    fn tell(self, profile: &Profile, mut why: RpcError) -> Result<(), RpcError> {
        if !self.asked {
            profile.output.note(&format!(
                "{} The message is kept here and goes out the next time the profile is open.",
                why.happened
            ));
            return Ok(());
        }
        why.happened = format!(
            "The message was not {} in the time given.",
            self.state.word()
        );
        why.kept = "It is kept here and goes on by itself while the profile is open.".to_owned();
        why.todo =
            "Do not send it again; `heliograph sync` or a daemon takes it further.".to_owned();
        Err(why)
    }
}

fn empty() -> RpcError {
    RpcError::user(
        "empty-message",
        "A message needs at least one character.",
        "Nothing was sent.",
        "Write something and send again.",
    )
}

fn too_long(what: &str, kept: &str) -> RpcError {
    RpcError::user(
        "message-too-long",
        format!("{what}; a message can have at most {TEXT_MAX} bytes."),
        &format!("The text was kept in {kept}."),
        "Shorten it or split it into several messages.",
    )
}

fn cut(kept: &str) -> RpcError {
    RpcError::user(
        "line-cut",
        "A line that was typed or pasted was longer than the terminal passes on; its end is missing.",
        &format!("Nothing was sent; what came through was kept in {kept}."),
        "Put the text into a file and give the same command with `- < FILE`.",
    )
}

fn not_text(line: usize, kept: &str) -> RpcError {
    RpcError::user(
        "not-utf-8",
        format!("Line {line} of standard input is not UTF-8 text."),
        &format!("The bytes were kept in {kept}."),
        "Convert the input, for example with `iconv -t UTF-8`, and send it again.",
    )
}
