//! Files are sent and saved; how far they are is shown while they move.

use std::path::Path;
use std::time::Duration;

use clap::Subcommand;
use heliograph_rpc::{Caller, RpcError};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::annotate::reached;
use crate::message_arguments::About;
use crate::output::{tame, text};
use crate::profile::Profile;

/// How often is looked how far a file is, whatever is told meanwhile.
const LOOK: Duration = Duration::from_millis(200);
/// So soon is not looked again.
const LEAST: Duration = Duration::from_millis(50);
/// So long without a byte moved, and a command that holds the profile itself ends.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Subcommand)]
pub(crate) enum FileVerb {
    /// Send a file of up to 2 GiB.
    #[command(after_help = "Examples:
  heliograph file send c_2zk6… report.pdf
  heliograph file send c_2zk6… report.pdf --caption 'The second draft.'
  heliograph file send c_2zk6… beach.jpg --original

A picture (JPEG, PNG, WebP, GIF) goes without what it tells of place, time and device, and otherwise
unchanged; with --original as it is. The others hear of it when all of it is on the board. A command that is stopped on the way has lost
nothing: the file goes on the next time the profile is open. Do not change the file meanwhile.")]
    Send {
        /// Id of the conversation.
        conversation: String,
        /// The file.
        path: String,
        /// What to say with it.
        #[arg(long, default_value = "")]
        caption: String,
        /// Send a picture as it is, with the place, time and device that it may tell of.
        #[arg(long)]
        original: bool,
        /// Id of the message that it answers.
        #[arg(long, value_name = "MESSAGE")]
        reply: Option<String>,
    },
    /// Save the file of a message.
    #[command(after_help = "Examples:
  heliograph file save c_2zk6… m_h4ql… report.pdf
  heliograph file save c_2zk6… m_h4ql… ~/Downloads

In a folder it gets the name that its sender gave it. Nothing is written over. A command that is
stopped on the way goes on where it was when it is given again.")]
    Save {
        #[command(flatten)]
        about: About,
        /// Where to: a new file, or a folder.
        path: String,
    },
    /// List the files on their way, and those that came in or failed.
    #[command(after_help = "Example:
  heliograph file list")]
    List,
    /// Stop a file on its way for a while.
    #[command(after_help = "Example:
  heliograph file pause c_2zk6… m_h4ql…")]
    Pause(About),
    /// Let a file go on that was paused or that failed.
    #[command(after_help = "Example:
  heliograph file resume c_2zk6… m_h4ql…")]
    Resume(About),
    /// Give a file on its way up; one that was being sent goes with its message.
    #[command(after_help = "Example:
  heliograph file cancel c_2zk6… m_h4ql…")]
    Cancel(About),
}

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    verb: FileVerb,
) -> Result<(), RpcError> {
    match verb {
        FileVerb::Send {
            conversation,
            path,
            caption,
            original,
            reply,
        } => {
            let path = whole(&path)?;
            let asked = json!({
                "conversation": conversation, "path": path, "caption": caption, "original": original,
                "in_reply_to": reply,
            });
            let sent = caller.call("file.send", asked).await?;
            sent_off(profile, caller, sent).await
        }
        FileVerb::Save { about, path } => {
            profile.freshen(caller).await?;
            let asked = json!({
                "conversation": about.conversation, "message": about.message, "path": whole(&path)?,
            });
            let saved = caller.call("file.save", asked).await?;
            match watch(profile, caller, &saved["message"]).await? {
                End::Waits => Ok(()),
                End::Gone => Err(cancelled("A half file is not kept.")),
                End::Done => profile.output.either(&saved, || tame(text(&saved, "path"))),
            }
        }
        FileVerb::List => list(profile, caller).await,
        FileVerb::Pause(about) => change(profile, caller, ("file.pause", &about, Some(true))).await,
        FileVerb::Resume(about) => {
            let before = find(caller, &json!(about.message)).await?;
            change(profile, caller, ("file.pause", &about, Some(false))).await?;
            let asked = json!({"message": about.message, "state": "pending"});
            match watch(profile, caller, &asked["message"]).await? {
                End::Gone if before.is_some_and(|one| one["direction"] == "in") => {
                    Err(cancelled("A half file is not kept."))
                }
                // One that goes out is in the list no more when it is sent.
                End::Gone => {
                    let known = caller.call("message.wait", asked).await;
                    known.map(drop).map_err(not_sent)
                }
                End::Done | End::Waits => Ok(()),
            }
        }
        FileVerb::Cancel(about) => change(profile, caller, ("file.cancel", &about, None)).await,
    }
}

/// Waits until what was given to be sent is on the board, and says how it stands.
pub(crate) async fn sent_off(
    profile: &Profile,
    caller: &Caller,
    mut sent: Value,
) -> Result<(), RpcError> {
    watch(profile, caller, &sent["message"]).await?;
    sent["state"] = reached(profile, caller, &sent).await.map_err(not_sent)?;
    profile.output.either(&sent, || {
        format!("{} {}", text(&sent, "message"), text(&sent, "state"))
    })
}

/// The message of a file that was cancelled before it was out went with it.
fn not_sent(refusal: RpcError) -> RpcError {
    match &*refusal.kind {
        "unknown-message" => cancelled("It was not sent."),
        _ => refusal,
    }
}

/// The path from the root on: the profile may be open in a process that stands elsewhere.
pub(crate) fn whole(path: &str) -> Result<String, RpcError> {
    let absolute = std::path::absolute(Path::new(path));
    let told = absolute
        .ok()
        .and_then(|path| path.to_str().map(str::to_owned));
    told.ok_or_else(|| {
        RpcError::user(
            "bad-path",
            "The path cannot be used.".to_owned(),
            "Nothing was done.",
            "Give the name of a file, in UTF-8.",
        )
    })
}

async fn change(
    profile: &Profile,
    caller: &Caller,
    (method, about, paused): (&str, &About, Option<bool>),
) -> Result<(), RpcError> {
    let mut asked = json!({"conversation": about.conversation, "message": about.message});
    if let Some(paused) = paused {
        asked["paused"] = json!(paused);
    }
    let done = caller.call(method, asked).await?;
    profile
        .output
        .either(&done, || text(&done, "message").to_owned())
}

async fn find(caller: &Caller, message: &Value) -> Result<Option<Value>, RpcError> {
    let files = caller.call("file.list", json!({})).await?;
    let items = files["items"].as_array().into_iter().flatten();
    Ok(items
        .into_iter()
        .find(|one| one["message"] == *message)
        .cloned())
}

fn bar(transfer: &Value) -> ProgressBar {
    let bar = ProgressBar::new(transfer["size"].as_u64().unwrap_or(0));
    let style = ProgressStyle::with_template(
        "{bar:30} {bytes:>11} of {total_bytes}  {bytes_per_sec}  {eta} left",
    );
    // A template that is no template would be found by the first test.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How a file stands when it is not watched any more.
enum End {
    /// All of it is in its place.
    Done,
    /// It is among the files on their way no more: sent, or cancelled.
    Gone,
    /// It stays on its way.
    Waits,
}

/// Somebody took the file back meanwhile.
fn cancelled(kept: &str) -> RpcError {
    RpcError::user(
        "file-cancelled",
        "The file was cancelled while it was on its way.".to_owned(),
        kept,
        "Give the same command again if it is wanted after all.",
    )
}

/// Shows how far a file is until it is there.
async fn watch(profile: &Profile, caller: &Caller, message: &Value) -> Result<End, RpcError> {
    let (mut moved, mut since) = (0, Instant::now());
    let mut shown: Option<ProgressBar> = None;
    let mut events = caller.events().await?;
    let mut end = End::Gone;
    while let Some(transfer) = find(caller, message).await? {
        match text(&transfer, "stage") {
            "done" => {
                end = End::Done;
                break;
            }
            "failed" => return Err(failed(text(&transfer, "problem"))),
            "paused" => {
                let todo = "The file is paused. `heliograph file resume CONVERSATION MESSAGE` lets it go on.";
                profile.output.note(todo);
                return Ok(End::Waits);
            }
            _ => {}
        }
        let now = transfer["moved"].as_u64().unwrap_or(0);
        if now != moved || text(&transfer, "stage") == "checking" {
            (moved, since) = (now, Instant::now());
        }
        if !profile.output.json {
            shown
                .get_or_insert_with(|| bar(&transfer))
                .set_position(now);
        }
        if caller.is_here() && since.elapsed() > PATIENCE {
            profile.output.note(
                "The board gives no answer. The file goes on the next time the profile is open.",
            );
            return Ok(End::Waits);
        }
        tokio::time::sleep(LEAST).await;
        // Any hint will do; without one it is looked all the same.
        drop(tokio::time::timeout(LOOK, events.next()).await);
    }
    if let Some(bar) = shown {
        bar.finish_and_clear();
    }
    Ok(end)
}

/// Why a file stopped, in words.
fn failed(problem: &str) -> RpcError {
    let again = "Give the same command again, or cancel it with `heliograph file cancel`.";
    let (kind, happened, todo) = match problem {
        "file-changed" => (
            "file-changed",
            "The file was changed while it was being sent, so no more of it was sent.",
            "Cancel it, and send the file again as it is now.",
        ),
        "file-missing" => (
            "file-missing",
            "The file is not where it was.",
            "Put it back and `heliograph file resume` it, or cancel it.",
        ),
        "file-gone" => (
            "file-gone",
            "The board does not hold the file any more.",
            "Ask the sender to send it again, or send a copy that somebody saved.",
        ),
        "file-damaged" => (
            "file-damaged",
            "What came is not the file that its sender described; it was thrown away.",
            "Ask the sender to send it again.",
        ),
        "disk-full" => (
            "disk-full",
            "There is no more room on the disk. What came so far is kept.",
            "Make room and give the same command again.",
        ),
        "file-exists" => (
            "file-exists",
            "Something else stands in its place now; nothing was written over.",
            "Save it under another name.",
        ),
        _ => (
            "file-unusable",
            "The file cannot be read or written there.",
            again,
        ),
    };
    RpcError::user(kind, happened.to_owned(), "The message is kept.", todo)
}

async fn list(profile: &Profile, caller: &Caller) -> Result<(), RpcError> {
    let files = caller.call("file.list", json!({})).await?;
    for transfer in files["items"].as_array().into_iter().flatten() {
        profile.output.either(transfer, || line(transfer))?;
    }
    Ok(())
}

fn line(transfer: &Value) -> String {
    let (moved, size) = (&transfer["moved"], &transfer["size"]);
    let problem = match text(transfer, "problem") {
        "" => String::new(),
        problem => format!(" ({problem})"),
    };
    let passed_on = transfer["forwarded"] == true;
    format!(
        "{} {} {} {}{problem}  {moved} of {size} bytes  {}",
        text(transfer, "conversation"),
        text(transfer, "message"),
        text(transfer, "direction"),
        text(transfer, "stage"),
        match text(transfer, "path") {
            "" if passed_on => "(passed on)".to_owned(),
            "" => "(a voice note)".to_owned(),
            path => tame(path),
        },
    )
}
