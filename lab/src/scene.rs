//! A server and people who use it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scene that cannot be set up is a failed test, reported by panicking"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use heliograph_client::{ConversationId, Device, MessageId, MessageInfo, MessageState, ProfileKey};
use heliographd::{Config, Running, Server, StoreKind};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Patience of every wait in a story; reached only when something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory with a server in it.
pub struct Scene {
    dir: TempDir,
    server: Option<Running>,
    address: String,
}

/// A profile that is open.
pub struct Person {
    /// Its home.
    pub home: PathBuf,
    /// Its device.
    pub device: Device,
}

/// The database key of every profile in a scene.
#[must_use]
pub fn key() -> ProfileKey {
    ProfileKey::new(Zeroizing::new([7; 32]))
}

fn config(dir: &Path, listen: &str) -> Config {
    Config {
        data: dir.join("board"),
        listen: listen.parse().unwrap(),
        store: StoreKind::Fjall,
        ..Config::default()
    }
}

impl Scene {
    /// Starts a server over the durable store on a port of its own.
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::new(config(dir.path(), "127.0.0.1:0"))
            .start()
            .await
            .unwrap();
        let address = server.address().to_string();
        Self {
            dir,
            server: Some(server),
            address,
        }
    }

    /// Board link of the server.
    #[must_use]
    pub fn board(&self) -> String {
        self.server.as_ref().unwrap().board_link().encode()
    }

    /// The scene's directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Stops the server; its data stays.
    pub async fn stop(&mut self) {
        self.server.take().unwrap().shutdown().await;
    }

    /// Starts it again at the same address.
    pub async fn resume(&mut self) {
        let server = Server::new(config(self.dir.path(), &self.address)).start();
        self.server = Some(server.await.unwrap());
    }

    /// Makes a profile with prompt receipts and opens it.
    pub async fn person(&self, name: &str) -> Person {
        let home = self.dir.path().join(name);
        std::fs::create_dir(&home).unwrap();
        Device::create(&home, &key(), name, &self.board())
            .await
            .unwrap();
        let person = Person::open(&home).await;
        person
            .device
            .setting("receipts", Some("prompt"))
            .await
            .unwrap();
        person
    }
}

impl Person {
    /// Opens a profile that exists.
    pub async fn open(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            device: Device::open(home, &key()).await.unwrap(),
        }
    }

    /// Closes and opens again.
    pub async fn restart(self) -> Self {
        let home = self.home.clone();
        self.device.close().await;
        Self::open(&home).await
    }

    /// Sends one text; gives its id once it is written down.
    pub async fn say(&self, to: &ConversationId, text: &str) -> MessageId {
        self.device.send(to, vec![text.to_owned()]).await.unwrap()[0]
    }

    /// Waits until a message of one's own has come as far as `state`.
    pub async fn wait(&self, message: &MessageId, state: MessageState) {
        self.device.wait(message, state, PATIENCE).await.unwrap();
    }

    /// Waits until `done` holds of a conversation's messages; gives them.
    pub async fn until(
        &self,
        of: &ConversationId,
        done: impl Fn(&[MessageInfo]) -> bool,
    ) -> Vec<MessageInfo> {
        let mut events = self.device.events();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let seen = self.messages(of).await;
            if done(&seen) {
                return seen;
            }
            let next = tokio::time::timeout_at(deadline, events.recv()).await;
            assert!(
                next.is_ok(),
                "waited in vain; {} messages are there",
                seen.len()
            );
        }
    }

    /// All messages of a conversation, page by page.
    pub async fn messages(&self, of: &ConversationId) -> Vec<MessageInfo> {
        let (mut all, mut since) = (Vec::new(), None);
        loop {
            let page = self.device.messages(of, since, 1_000).await.unwrap();
            all.extend(page.items);
            match page.next {
                None => return all,
                next => since = next,
            }
        }
    }

    /// Waits for the first request.
    pub async fn request(&self) -> ConversationId {
        let mut events = self.device.events();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(request) = self.device.requests().await.unwrap().first() {
                return request.id;
            }
            let next = tokio::time::timeout_at(deadline, events.recv()).await;
            assert!(next.is_ok(), "no request came");
        }
    }
}

/// `anna` gives a card, `ben` uses it, `anna` accepts; gives the conversation on each side.
pub async fn befriend(anna: &Person, ben: &Person) -> (ConversationId, ConversationId) {
    let card = anna.device.card(false).await.unwrap();
    assert!(card.published);
    let ben_side = ben.device.add(&card.link).await.unwrap().conversation;
    let anna_side = anna.request().await;
    anna.device.accept(&anna_side).await.unwrap();
    (anna_side, ben_side)
}
