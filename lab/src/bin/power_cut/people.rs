//! The clients' side: a device that speaks and one that listens, each a process of its own, and what
//! their databases hold after a cut.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use heliograph_client::{ConversationId, DATABASE, Device, MessageInfo, MessageState};
use heliograph_lab::{Person, key};
use heliograph_store::{Store, StoreKey};

/// Patience of a person; reached only when something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// Said first: the profile is open and has caught up with the server.
const READY: &str = "ready";

/// A profile on the disk, and its side of the conversation.
pub(crate) struct Profile {
    pub(crate) home: PathBuf,
    pub(crate) side: ConversationId,
}

/// What the processes said before a cut: texts, and how often.
#[derive(Default)]
pub(crate) struct Words {
    /// Written down, said the speaker's device.
    pub(crate) kept: BTreeMap<String, usize>,
    /// Acknowledged by the server, said the speaker's device.
    pub(crate) stored: BTreeMap<String, usize>,
    /// Shown by the listener's device.
    pub(crate) shown: BTreeMap<String, usize>,
}

impl Words {
    /// Takes over what a process has said.
    pub(crate) fn add(&mut self, lines: &[String]) {
        for line in lines {
            let (list, text) = match line.split_once(' ') {
                Some(("kept", text)) => (&mut self.kept, text),
                Some(("stored", text)) => (&mut self.stored, text),
                Some(("shown", text)) => (&mut self.shown, text),
                _ => continue,
            };
            *list.entry(text.to_owned()).or_default() += 1;
        }
    }
}

fn say(what: &str, text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what} {text}").unwrap();
    out.flush().unwrap();
}

async fn catch_up(person: &Person) {
    // Should it not catch up, the messages will show it.
    drop(person.device.sync(false, PATIENCE).await);
    say(READY, "");
}

/// Says one to three texts at a time until the process is killed, and what has become of each.
pub(crate) async fn speak(home: &Path, side: &ConversationId, round: &str) {
    let person = Person::open(home).await;
    catch_up(&person).await;
    for turn in 0.. {
        let texts = (0..=turn % 3).map(|n| format!("{round}.{turn}.{n}"));
        let texts: Vec<String> = texts.collect();
        let ids = person.device.send(side, texts.clone()).await.unwrap();
        for text in &texts {
            say("kept", text);
        }
        for (id, text) in ids.iter().zip(&texts) {
            let far = person.device.wait(id, MessageState::Stored, PATIENCE);
            far.await.unwrap();
            say("stored", text);
        }
    }
}

/// Shows every message of the conversation, from its first, as it comes, until the process is killed.
pub(crate) async fn listen(home: &Path, side: &ConversationId) {
    let person = Person::open(home).await;
    let mut events = person.device.events();
    catch_up(&person).await;
    let mut last = None;
    loop {
        let page = person.device.messages(side, last, 1_000).await.unwrap();
        for message in &page.items {
            say("shown", &message.text);
            last = Some(message.id);
        }
        if page.next.is_none() {
            // A hint that was lost is followed by another.
            drop(events.recv().await);
        }
    }
}

/// All messages of a profile, read with no server there; and whether its database is whole.
pub(crate) async fn look(profile: &Profile) -> Result<Vec<MessageInfo>, String> {
    let messages = read(profile, false).await?;
    let store = Store::open(&profile.home.join(DATABASE), &StoreKey::new([7; 32]));
    let whole = store.and_then(|store| store.check_whole());
    whole.map_err(|error| format!("{}: {error}", profile.home.display()))?;
    Ok(messages)
}

/// All messages of a profile, after catching up with the server if `first_sync` says so.
pub(crate) async fn read(profile: &Profile, first_sync: bool) -> Result<Vec<MessageInfo>, String> {
    let device = Device::open(&profile.home, &key()).await;
    let device = device.map_err(|refusal| refusal.happened)?;
    let read = all(&device, profile, first_sync).await;
    device.close().await;
    read
}

async fn all(
    device: &Device,
    profile: &Profile,
    first_sync: bool,
) -> Result<Vec<MessageInfo>, String> {
    let happened = |refusal: heliograph_client::Refusal| refusal.happened;
    if first_sync {
        device.sync(true, PATIENCE).await.map_err(happened)?;
    }
    let (mut all, mut since) = (Vec::new(), None);
    loop {
        let page = device.messages(&profile.side, since, 1_000).await;
        let page = page.map_err(happened)?;
        all.extend(page.items);
        match page.next {
            None => return Ok(all),
            next => since = next,
        }
    }
}
