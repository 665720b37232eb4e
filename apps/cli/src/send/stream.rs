//! `--lines`: batches go in as fast as the door takes them; states are waited for and printed in
//! order meanwhile. A line is printed only once its message is durable here.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use heliograph_rpc::{Caller, RpcError, TEXT_MAX};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::input::{End, Lines};
use super::progress::Progress;
use super::{Patience, Send, draft, not_text};
use crate::daemon::Beside;
use crate::output::{Output, text};
use crate::profile::Profile;

/// Batches read ahead of the door.
const AHEAD: usize = 2;
/// Messages that may be on their way between door and printer; then reading pauses.
const ON_THE_WAY: usize = 1_024;

/// What the reading thread says.
enum Said {
    Texts(Vec<String>),
    /// A refusal of the input; what was not sent is in the draft it names.
    Refused(RpcError),
}

pub(super) async fn run(profile: &Profile, wanted: &Send) -> Result<(), RpcError> {
    let caller = profile.caller().await?;
    let beside = match &caller {
        Caller::Here(door) => Some(Beside::start(profile.home(), door)?),
        Caller::There(_) => None,
    };
    let done = Box::pin(all(profile, &caller, wanted)).await;
    if let Some(beside) = beside {
        beside.end().await;
    }
    caller.close().await;
    done
}

async fn all(profile: &Profile, caller: &Caller, wanted: &Send) -> Result<(), RpcError> {
    let progress = match &wanted.progress {
        Some(file) => Progress::open(file, caller, &wanted.conversation).await?,
        None => Progress::none(&wanted.conversation, wanted.skip.unwrap_or_default()),
    };
    let (texts, heard) = mpsc::channel(AHEAD);
    let keeper = Keeper {
        home: profile.home().to_owned(),
        output: profile.output,
    };
    std::thread::spawn(move || read(&keeper, io::stdin(), &texts));
    let (ids, sent) = mpsc::channel(ON_THE_WAY);
    let feed = Feed {
        profile,
        caller,
        conversation: &wanted.conversation,
        progress,
        line: 0,
        ids,
    };
    let printer = print(profile, caller, (Patience::of(wanted), sent));
    let (fed, printed) = tokio::join!(Box::pin(feed.run(heard)), Box::pin(printer));
    fed.and(printed)
}

/// Keeps what cannot be sent, to the last byte of the input.
struct Keeper {
    home: PathBuf,
    output: Output,
}

impl Keeper {
    fn keep(&self, first: &[u8], rest: impl Read) -> Result<String, RpcError> {
        self.output
            .note("A message was refused; it and all input after it are being kept.");
        draft::keep(&self.home, first, rest)
    }
}

/// Reads standard input on a thread of its own, for reading blocks.
fn read(keeper: &Keeper, input: impl Read, texts: &mpsc::Sender<Said>) {
    let mut lines = Lines::new(input, io::stdin().is_terminal());
    loop {
        let (batch, end) = lines.next_batch();
        // If nobody listens any more the reason was told already.
        if !batch.texts.is_empty() && texts.blocking_send(Said::Texts(batch.texts)).is_err() {
            return;
        }
        let refusal = match end {
            None => continue,
            Some(End::Done) => return,
            Some(End::Failed(error)) => RpcError::file(Path::new("-"), &error),
            Some(End::Cut(bytes)) => keeper
                .keep(&bytes, &mut lines.input)
                .map_or_else(|error| error, |kept| super::cut(&kept)),
            Some(End::TooLong(line, bytes)) => keeper
                .keep(&bytes, &mut lines.input)
                .map_or_else(|error| error, |kept| too_long(line, &kept)),
            Some(End::NotText(line, bytes)) => keeper
                .keep(&bytes, &mut lines.input)
                .map_or_else(|error| error, |kept| not_text(line, &kept)),
        };
        drop(texts.blocking_send(Said::Refused(refusal)));
        return;
    }
}

fn too_long(line: usize, kept: &str) -> RpcError {
    RpcError::user(
        "message-too-long",
        format!("Line {line} has more than {TEXT_MAX} bytes, the most a message can have."),
        &format!("The lines before it were sent; it and all that follows were kept in {kept}."),
        "Shorten it or split it, and send that file.",
    )
}

/// What the reading thread still has to say, as bytes for a draft.
struct Remaining {
    heard: mpsc::Receiver<Said>,
    bytes: io::Cursor<Vec<u8>>,
}

impl Read for Remaining {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.bytes.read(into)?;
            if count > 0 {
                return Ok(count);
            }
            match self.heard.blocking_recv() {
                Some(Said::Texts(texts)) => self.bytes = io::Cursor::new(joined(&texts)),
                // What was refused by itself is in a draft of its own.
                Some(Said::Refused(_)) | None => return Ok(0),
            }
        }
    }
}

fn joined(texts: &[String]) -> Vec<u8> {
    let mut text = texts.join("\n");
    text.push('\n');
    text.into_bytes()
}

/// A message on its way from the door to the printer.
struct Accepted {
    id: String,
    /// `None` for one that an earlier run told.
    line: Option<u64>,
    at: Instant,
}

struct Feed<'a> {
    profile: &'a Profile,
    caller: &'a Caller,
    conversation: &'a str,
    progress: Progress,
    /// Lines that are not empty, counted up to the last one told.
    line: u64,
    ids: mpsc::Sender<Accepted>,
}

impl Feed<'_> {
    async fn run(mut self, mut heard: mpsc::Receiver<Said>) -> Result<(), RpcError> {
        self.line = self.progress.accepted();
        if let Some(id) = self.progress.last_accepted() {
            // An earlier run may have been killed while it waited for this one.
            let at = Instant::now();
            drop(self.ids.send(Accepted { id, line: None, at }).await);
        }
        while let Some(said) = heard.recv().await {
            let mut texts = match said {
                Said::Refused(refusal) => return Err(refusal),
                Said::Texts(texts) => texts,
            };
            while let Some(first) = texts.first()
                && self.progress.pass_over(first)?
            {
                texts.remove(0);
            }
            self.recall(&mut texts).await?;
            if texts.is_empty() {
                continue;
            }
            match self.send(&texts).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(refusal) => return Err(self.keep(refusal, texts, heard).await),
            }
        }
        self.progress.end()
    }

    /// The refused lines and everything after them go to a draft. With a progress file that is
    /// not needed: the same input is given again.
    async fn keep(
        &self,
        mut refusal: RpcError,
        texts: Vec<String>,
        heard: mpsc::Receiver<Said>,
    ) -> RpcError {
        if self.progress.is_kept() {
            refusal.kept = "The lines before were sent; the progress file says which.".to_owned();
            return refusal;
        }
        let keeper = Keeper {
            home: self.profile.home().to_owned(),
            output: self.profile.output,
        };
        let rest = Remaining {
            heard,
            bytes: io::Cursor::new(Vec::new()),
        };
        let kept = tokio::task::spawn_blocking(move || keeper.keep(&joined(&texts), rest)).await;
        let sure = if draft::may_be_sent(&refusal) {
            " (whether the first of them were sent is not known)"
        } else {
            ""
        };
        refusal.kept = match kept {
            Ok(Ok(kept)) => {
                format!("The lines printed were sent; those after them were kept in {kept}{sure}.")
            }
            _ => format!("The lines printed were sent; the rest could not be kept{sure}."),
        };
        refusal
    }

    /// Lines that were accepted before a crash are told again under the ids they have.
    async fn recall(&mut self, texts: &mut Vec<String>) -> Result<(), RpcError> {
        while let Some(first) = texts.first() {
            let Some(id) = self.progress.recall(first)? else {
                return Ok(());
            };
            let said = texts.remove(0);
            self.progress.advance(&id, &[said])?;
            self.tell(id).await;
        }
        Ok(())
    }

    /// `false` when the printer has ended.
    async fn send(&mut self, texts: &[String]) -> Result<bool, RpcError> {
        let asked = json!({"conversation": self.conversation, "texts": texts});
        let sent = self.caller.call("message.send", asked).await?;
        let ids: Vec<String> = sent["messages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        if let Some(last) = ids.last() {
            self.progress.advance(last, texts)?;
        }
        for id in ids {
            if !self.tell(id).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn tell(&mut self, id: String) -> bool {
        self.line += 1;
        let (line, at) = (Some(self.line), Instant::now());
        self.ids.send(Accepted { id, line, at }).await.is_ok()
    }
}

/// Prints in order; a later message never waits for an earlier one to be sent, only to be printed.
/// When no wait was asked for, a line is printed at once and only the last message is waited for.
async fn print(
    profile: &Profile,
    caller: &Caller,
    (patience, mut sent): (Patience, mpsc::Receiver<Accepted>),
) -> Result<(), RpcError> {
    let (mut late, mut last) = (None, None);
    while let Some(accepted) = sent.recv().await {
        let message = Value::from(accepted.id);
        let mut state = "pending".to_owned();
        if patience.asked {
            let left = (accepted.at + patience.within).saturating_duration_since(Instant::now());
            let patience = Patience {
                within: if late.is_some() { Duration::ZERO } else { left },
                ..patience
            };
            let (reached, why) = patience.wait(caller, &message).await?;
            late = late.or(why);
            text(&reached, "state").clone_into(&mut state);
        }
        if let Some(line) = accepted.line {
            let shown = json!({"message": message, "state": state, "line": line});
            profile.output.either(&shown, || {
                format!("{line:>6}  {} {state}", text(&shown, "message"))
            })?;
        }
        last = Some(message);
    }
    if let (false, Some(message)) = (patience.asked, last) {
        (_, late) = patience.wait(caller, &message).await?;
    }
    late.map_or(Ok(()), |why| patience.tell(profile, why))
}
