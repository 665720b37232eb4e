//! One of the two people: a profile of their own, served like any other.

use std::path::{Path, PathBuf};
use std::time::Duration;

use heliograph_rpc::{Caller, Events, Passphrase, RpcError, create_profile, generate, write_new};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::daemon::Beside;
use crate::output::{tame, text};

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Friend {
    pub(super) name: &'static str,
    pub(super) home: PathBuf,
    pub(super) passphrase_file: PathBuf,
    pub(super) caller: Caller,
    beside: Beside,
}

/// Somebody who knocks.
pub(super) struct Request {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) level: String,
}

impl Friend {
    pub(super) async fn make(
        place: &Path,
        name: &'static str,
        board: &str,
    ) -> Result<Self, RpcError> {
        let home = place.join(name.to_lowercase());
        let passphrase_file = place.join(format!("{}.passphrase", name.to_lowercase()));
        write_new(&passphrase_file, generate()?.as_bytes())
            .map_err(|error| RpcError::file(&passphrase_file, &error))?;
        let passphrase = || Passphrase::read(&passphrase_file);
        create_profile(&home, name, board, passphrase).await?;
        let caller = Box::pin(Caller::open(&home, passphrase)).await?;
        let Caller::Here(door) = &caller else {
            return Err(RpcError::bug(
                "somebody else opened a profile made just now",
            ));
        };
        door.call(
            "setting.set",
            json!({"name": "receipts", "value": "prompt"}),
        )
        .await?;
        let beside = Beside::start(&home, door)?;
        Ok(Self {
            name,
            home,
            passphrase_file,
            caller,
            beside,
        })
    }

    pub(super) async fn card(&self) -> Result<String, RpcError> {
        let made = self
            .caller
            .call("card.create", json!({"once": true}))
            .await?;
        if made["published"] != true {
            return Err(late("The card was not published"));
        }
        Ok(text(&made, "card").to_owned())
    }

    pub(super) async fn add(&self, card: &str) -> Result<String, RpcError> {
        let added = self
            .caller
            .call("contact.add", json!({"card": card}))
            .await?;
        Ok(text(&added, "conversation").to_owned())
    }

    /// Waits for somebody to knock.
    pub(super) async fn request(&self) -> Result<Request, RpcError> {
        let found = self.until("No request came", "request.list", json!({}), |page| {
            let item = page["items"].get(0)?;
            Some(Request {
                id: text(item, "id").to_owned(),
                name: tame(text(item, "name")),
                level: text(item, "level").to_owned(),
            })
        });
        found.await
    }

    pub(super) async fn accept(&self, id: &str) -> Result<(), RpcError> {
        self.caller
            .call("request.accept", json!({"id": id}))
            .await
            .map(drop)
    }

    pub(super) async fn say(&self, conversation: &str, body: &str) -> Result<(), RpcError> {
        let asked = json!({"conversation": conversation, "texts": [body]});
        self.caller.call("message.send", asked).await.map(drop)
    }

    /// Waits until a message of these words has come, and gives it as it came.
    pub(super) async fn hear(&self, conversation: &str, body: &str) -> Result<String, RpcError> {
        let asked = json!({"conversation": conversation});
        let found = self.until("A message did not arrive", "message.list", asked, |page| {
            let mut items = page["items"].as_array()?.iter();
            let message = items.find(|m| m["mine"] == false && text(m, "text") == body)?;
            Some(tame(text(message, "text")))
        });
        found.await
    }

    async fn until<T>(
        &self,
        what: &str,
        method: &str,
        asked: Value,
        find: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, RpcError> {
        let deadline = Instant::now() + PATIENCE;
        let mut events: Events = self.caller.events().await?;
        loop {
            if let Some(found) = find(&self.caller.call(method, asked.clone()).await?) {
                return Ok(found);
            }
            if timeout_at(deadline, events.next()).await.is_err() {
                return Err(late(what));
            }
        }
    }

    pub(super) async fn close(self) {
        self.beside.end().await;
        self.caller.close().await;
    }
}

fn late(what: &str) -> RpcError {
    RpcError {
        fault: heliograph_rpc::Fault::Server,
        ..RpcError::unchanged(
            "timeout",
            format!("{what} within {} seconds.", PATIENCE.as_secs()),
            "Try again; if it happens again, report it.",
        )
    }
}
