//! One of the two people of the demo: a profile of its own, held by this process.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use heliograph_rpc::{Door, Fault, Passphrase, RpcError, create_profile, generate, write_new};
use serde_json::{Value, json};

use crate::output::text;

/// How long one step between the two may take.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A person at their device.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) passphrase_file: PathBuf,
    door: Door,
    conversation: Value,
    seen: Value,
}

impl Person {
    /// Makes a passphrase file and a profile, and opens it.
    pub(super) async fn arrive(
        place: &Path,
        name: &'static str,
        board: &str,
    ) -> Result<Self, RpcError> {
        let home = place.join(name.to_ascii_lowercase());
        let passphrase_file = home.with_extension("pass");
        let passphrase = generate()?;
        write_new(&passphrase_file, format!("{}\n", *passphrase).as_bytes())
            .map_err(|error| RpcError::file(&passphrase_file, &error))?;
        let read = || Passphrase::read(&passphrase_file);
        create_profile(&home, name, board, read()?).await?;
        let door = Door::open(&home, Duration::ZERO, read).await?;
        let prompt = json!({"name": "receipts", "value": "prompt"});
        door.call("setting.set", prompt).await?;
        Ok(Self {
            name,
            passphrase_file,
            door,
            conversation: Value::Null,
            seen: Value::Null,
        })
    }

    pub(super) async fn leave(self) {
        self.door.close().await;
    }

    /// Makes a card for one person.
    pub(super) async fn card(&self) -> Result<String, RpcError> {
        let made = self.door.call("card.create", json!({"once": true})).await?;
        if made["published"] == true {
            Ok(text(&made, "card").to_owned())
        } else {
            Err(too_slow("The card was not published"))
        }
    }

    /// Writes to whoever made a card.
    pub(super) async fn add(&mut self, card: &str) -> Result<(), RpcError> {
        let added = self.door.call("contact.add", json!({"card": card})).await?;
        self.conversation = added["conversation"].clone();
        Ok(())
    }

    /// Waits for a request, accepts it, and gives the name on it.
    pub(super) async fn accept(&mut self) -> Result<String, RpcError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let page = self.door.call("request.list", json!({})).await?;
            if let Some(request) = page["items"].get(0) {
                let asked = json!({"id": request["id"]});
                let done = self.door.call("request.accept", asked).await?;
                self.conversation = done["conversation"].clone();
                return Ok(text(request, "name").to_owned());
            }
            if Instant::now() >= until {
                return Err(too_slow("The request did not arrive"));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Sends a text and gives the message's id.
    pub(super) async fn send(&self, words: &str) -> Result<Value, RpcError> {
        let asked = json!({"conversation": self.conversation, "texts": [words]});
        let sent = self.door.call("message.send", asked).await?;
        Ok(sent["messages"][0].clone())
    }

    /// Waits for news that a message of one's own has arrived; gives how far it came.
    pub(super) async fn delivered(&self, message: &Value) -> Result<Value, RpcError> {
        let within = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
        let asked = json!({"message": message, "state": "delivered", "within_ms": within});
        self.door.call("message.wait", asked).await
    }

    /// Waits until a message of the other person can be read here.
    pub(super) async fn read(&mut self, message: &Value) -> Result<Value, RpcError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let asked = json!({"conversation": self.conversation, "since": self.seen});
            let page = self.door.call("message.list", asked).await?;
            let items = page["items"].as_array();
            if let Some(found) = items.into_iter().flatten().find(|item| item["id"] == *message) {
                self.seen = message.clone();
                return Ok(found.clone());
            }
            if !page["next"].is_null() {
                self.seen = page["next"].clone();
                continue;
            }
            if Instant::now() >= until {
                return Err(too_slow("The message did not arrive"));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

fn too_slow(what: &str) -> RpcError {
    RpcError {
        fault: Fault::Server,
        ..RpcError::unchanged(
            "timeout",
            format!("{what} in the time given."),
            "Run the demo again; if it happens again, report it.",
        )
    }
}
