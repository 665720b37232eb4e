//! The messages of a conversation, once or as they come.

use std::time::Duration;

use heliograph_rpc::{Caller, Events, RpcError, interrupted};
use serde_json::{Value, json};

use crate::arguments::Read;
use crate::daemon::Beside;
use crate::output::{Ink, Output, minute, set_in, tame, text};
use crate::profile::Profile;

const PAGE: u32 = 200;
/// A follower looks again this often even if no hint came.
const HEALING: Duration = Duration::from_secs(5);

pub(crate) async fn run(profile: &Profile, wanted: &Read) -> Result<(), RpcError> {
    let stop = interrupted()?;
    let caller = profile.caller().await?;
    let mut reader = Reader {
        caller: &caller,
        output: profile.output,
        wanted,
        since: wanted.since.clone().into(),
        unmarked: None,
    };
    let done = if wanted.follow {
        Box::pin(follow(profile, &mut reader, stop)).await
    } else {
        match profile.freshen(&caller).await {
            Ok(()) => reader.print().await,
            refused => refused,
        }
    };
    caller.close().await;
    done
}

/// Prints until interrupted. Whoever holds a profile for long serves it to other commands.
async fn follow(
    profile: &Profile,
    reader: &mut Reader<'_>,
    stop: impl Future<Output = ()>,
) -> Result<(), RpcError> {
    let beside = match reader.caller {
        Caller::Here(door) => Some(Beside::start(profile.home(), door)?),
        Caller::There(_) => None,
    };
    let mut events = reader.caller.events().await?;
    let done = tokio::select! {
        () = stop => Ok(()),
        ended = reader.keep_printing(&mut events) => ended,
    };
    if let Some(beside) = beside {
        beside.end().await;
    }
    done
}

struct Reader<'a> {
    caller: &'a Caller,
    output: Output,
    wanted: &'a Read,
    since: Value,
    unmarked: Option<Value>,
}

impl Reader<'_> {
    async fn keep_printing(&mut self, events: &mut Events) -> Result<(), RpcError> {
        loop {
            self.print().await?;
            if tokio::time::timeout(HEALING, self.hint(events)).await == Ok(false) {
                return Err(RpcError::holder_gone());
            }
        }
    }

    /// Waits for a hint that concerns this conversation; `false` when none will come any more.
    async fn hint(&self, events: &mut Events) -> bool {
        while let Some(event) = events.next().await {
            let other = event["changed"] == "conversation"
                && event["conversation"] != self.wanted.conversation.as_str();
            if !other {
                return true;
            }
        }
        false
    }

    /// Prints what is new. A follower prints in the board's order, which one's own messages enter
    /// only when the board counts them; so it stops before the first that is not counted yet.
    async fn print(&mut self) -> Result<(), RpcError> {
        loop {
            let asked = json!({
                "conversation": self.wanted.conversation, "since": self.since, "limit": PAGE,
            });
            let page = self.caller.call("message.list", asked).await?;
            for message in page["items"].as_array().into_iter().flatten() {
                if self.wanted.follow && ["pending", "stored"].contains(&text(message, "state")) {
                    return self.mark().await;
                }
                self.output
                    .either(message, || words(self.output, message))?;
                self.since = message["id"].clone();
                self.unmarked = Some(self.since.clone());
            }
            self.mark().await?;
            if page["next"].is_null() {
                return Ok(());
            }
        }
    }

    /// Marks what was printed, and nothing that came meanwhile.
    async fn mark(&mut self) -> Result<(), RpcError> {
        if let (true, Some(upto)) = (self.wanted.mark_read, self.unmarked.take()) {
            let asked = json!({"conversation": self.wanted.conversation, "upto": upto});
            self.caller.call("message.mark_read", asked).await?;
        }
        Ok(())
    }
}

/// A message as a person reads it.
pub(crate) fn words(output: Output, message: &Value) -> String {
    let (name, minute) = (tame(text(message, "from")), minute(text(message, "at")));
    let before = minute.chars().count() + name.chars().count() + 4;
    let from = output.ink(Ink::Bold, &name);
    let at = output.ink(Ink::Dim, &minute);
    let body = match text(message, "kind") {
        "change" => {
            let words = tame(text(message, "text"));
            return format!("{at}  {}", output.ink(Ink::Dim, &words));
        }
        "text" => set_in(&tame(text(message, "text")), before, output.width()),
        _ => output.ink(Ink::Dim, "(of a kind this version cannot show)"),
    };
    let state = match text(message, "state") {
        "received" => String::new(),
        state => output.ink(Ink::Dim, &format!("  ({state})")),
    };
    format!("{at}  {from}: {body}{state}")
}
