//! The prompt: one keyboard, two people. What one says is shown as the other receives it.

use std::io::{BufRead, Write};

use heliograph_rpc::{Events, RpcError};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::friend::Friend;
use crate::output::{Ink, Output, tame, text};

type Seat<'a> = (&'a Friend, &'a String);

/// One of the two with what they have been shown.
struct Screen<'a> {
    friend: &'a Friend,
    conversation: &'a str,
    events: Events,
    since: Value,
}

pub(super) async fn run(output: Output, [anna, ben]: [Seat<'_>; 2]) -> Result<(), RpcError> {
    output.line(&format!(
        "\nWhat you type goes from Anna to Ben. /ben TEXT answers as Ben, /quit ends.\n\
         From another terminal: heliograph --home {} read {} --follow\n",
        ben.0.home.display(),
        ben.1,
    ))?;
    let mut screens = [Screen::of(anna).await?, Screen::of(ben).await?];
    let mut typed = keyboard();
    let mut who = 0;
    loop {
        prompt(output, screens.get(who))?;
        let [first, second] = &mut screens;
        let line = loop {
            // Only waits are raced; what was read is always shown.
            tokio::select! {
                line = typed.recv() => break line,
                hint = first.events.next() => alive(hint.as_ref())?,
                hint = second.events.next() => alive(hint.as_ref())?,
            }
            let mut news = first.read().await?;
            news.extend(second.read().await?);
            for line in &news {
                output.line(&format!("\r{}", output.ink(Ink::Green, line)))?;
            }
            if !news.is_empty() {
                prompt(output, [&*first, &*second].get(who).copied())?;
            }
        };
        match line.as_deref().map(str::trim) {
            None | Some("/quit") => return Ok(()),
            Some("/swap") => who = 1 - who,
            Some("") => {}
            Some(said) => match (order(said, who), &screens) {
                (None, _) => output.line("There is /anna TEXT, /ben TEXT, /swap and /quit.")?,
                (Some((0, said)), [screen, _]) | (Some((_, said)), [_, screen]) => {
                    if let Err(refusal) = screen.friend.say(screen.conversation, said).await {
                        output.refusal(&refusal);
                    }
                }
            },
        }
    }
}

fn alive(hint: Option<&Value>) -> Result<(), RpcError> {
    hint.map(drop).ok_or_else(RpcError::holder_gone)
}

fn prompt(output: Output, screen: Option<&Screen<'_>>) -> Result<(), RpcError> {
    let name = screen
        .map(|screen| screen.friend.name.to_lowercase())
        .unwrap_or_default();
    let mut out = std::io::stdout().lock();
    write!(out, "{} ", output.ink(Ink::Bold, &format!("{name}>")))
        .and_then(|()| out.flush())
        .map_err(|error| RpcError::file(std::path::Path::new("standard output"), &error))
}

/// Who says what: the one whose turn it is, unless the line names somebody.
fn order(line: &str, who: usize) -> Option<(usize, &str)> {
    match line
        .split_once(' ')
        .map(|(first, rest)| (first, rest.trim()))
    {
        Some(("/anna", said)) => Some((0, said)),
        Some(("/ben", said)) => Some((1, said)),
        _ if line.starts_with('/') => None,
        _ => Some((who, line)),
    }
}

/// Lines from the terminal; reading blocks, so it has a thread of its own.
fn keyboard() -> mpsc::Receiver<String> {
    let (typed, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if typed.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl<'a> Screen<'a> {
    async fn of((friend, conversation): Seat<'a>) -> Result<Self, RpcError> {
        let mut screen = Self {
            friend,
            conversation,
            events: friend.caller.events().await?,
            since: Value::Null,
        };
        // What was said before the prompt is on the screen already.
        screen.read().await?;
        Ok(screen)
    }

    /// What the other one has said since.
    async fn read(&mut self) -> Result<Vec<String>, RpcError> {
        let mut news = Vec::new();
        loop {
            let asked = json!({"conversation": self.conversation, "since": self.since});
            let page = self.friend.caller.call("message.list", asked).await?;
            for message in page["items"].as_array().into_iter().flatten() {
                if ["pending", "stored"].contains(&text(message, "state")) {
                    return Ok(news);
                }
                self.since = message["id"].clone();
                if message["mine"] == false {
                    let from = tame(text(message, "from"));
                    let body = tame(text(message, "text"));
                    news.push(format!("{} sees   {from}: {body}", self.friend.name));
                }
            }
            if page["next"].is_null() {
                return Ok(news);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_said_by_whose_turn_it_is_unless_the_line_names_somebody() {
        assert_eq!(order("hello", 0), Some((0, "hello")));
        assert_eq!(order("/ben  hello you", 0), Some((1, "hello you")));
        assert_eq!(order("/anna hello", 1), Some((0, "hello")));
        assert_eq!(order("/benign", 0), None);
    }
}
