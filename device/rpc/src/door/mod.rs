//! The dispatcher: a method's name and its parameters in, a JSON value or a refusal out.
//!
//! It judges words, asks the device and shows the answer; it decides nothing.

mod annotate;
mod asks;
mod board;
mod events;
mod files;
mod finding;
mod groups;
mod keeping;
mod making;
mod opening;
mod passing;
mod people;
mod stars;
mod talk;
mod timer;

use std::sync::Arc;

use heliograph_client::{Device, ProfileLock};
use serde_json::{Value, json};

use crate::parameters::{self, GetSetting, Hello, SetSetting};
use crate::{RpcError, VERSION};

pub use events::Events;
pub(crate) use events::Source;
pub use files::PICTURES;
pub(crate) use making::UNFINISHED;
pub use making::create_profile;

fn unknown_method() -> RpcError {
    RpcError::unchanged(
        "unknown-method",
        "There is no method of this name.",
        "The methods are listed in docs/rpc.md and in the answer to rpc.hello.",
    )
}

/// An unlocked profile. Clones share it; the profile's lock is held until the last one is gone.
#[derive(Clone)]
pub struct Door {
    inside: Arc<Inside>,
}

struct Inside {
    device: Device,
    _lock: ProfileLock,
}

impl Door {
    fn device(&self) -> &Device {
        &self.inside.device
    }

    /// Answers one call. Methods and their fields are listed in `docs/rpc.md`.
    ///
    /// # Errors
    /// `unknown-method`, `bad-parameters`, or the device's refusal.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        match method {
            "rpc.hello" => hello(params),
            "profile.create" => Err(already_there()),
            "profile.status" => self.status(params).await,
            "card.create" => self.make_card(params).await,
            "contact.add" => self.add_contact(params).await,
            "contact.safety" => self.safety(params).await,
            "contact.confirm" => self.confirm(params).await,
            "contact.withdraw" => self.withdraw(params).await,
            "request.list" => self.requests(params).await,
            "request.accept" => self.accept(params).await,
            "request.decline" => self.decline(params).await,
            "conversation.list" => self.conversations(params).await,
            "group.create" => self.create_group(params).await,
            "group.add" => self.add_to_group(params).await,
            "group.remove" => self.remove_from_group(params).await,
            "group.change" => self.change_group(params).await,
            "group.leave" => self.leave_group(params).await,
            "group.members" => self.group_members(params).await,
            "group.picture" => self.group_picture(params).await,
            "group.link" => self.group_link(params).await,
            "group.unlink" => self.unlink_group(params).await,
            "group.join" => self.ask_to_join(params).await,
            "group.asks" => self.asks(params).await,
            "group.admit" => self.answer_ask(params, true).await,
            "group.turn_away" => self.answer_ask(params, false).await,
            "message.send" => self.send(params).await,
            "message.wait" => self.wait(params).await,
            "message.list" => self.messages(params).await,
            "message.mark_read" => self.mark_read(params).await,
            "message.reply" => self.reply(params).await,
            "message.react" => self.react(params).await,
            "message.edit" => self.edit(params).await,
            "message.delete" => self.delete(params).await,
            "message.history" => self.history(params).await,
            "message.search" => self.search(params).await,
            "message.pin" => self.pin(params).await,
            "message.pins" => self.pins(params).await,
            "message.forward" => self.forward(params).await,
            "conversation.typing" => self.typing(params).await,
            "contact.share" => self.share(params).await,
            of_files if files::is_one(of_files) => self.of_files(of_files, params).await,
            "message.star" => self.star(params).await,
            "message.starred" => self.starred(params).await,
            "person.block" => self.block(params).await,
            "person.blocked" => self.blocked(params).await,
            "conversation.delete" => self.delete_conversation(params).await,
            "conversation.set" => self.set_conversation(params).await,
            "draft.set" => self.set_draft(params).await,
            "draft.get" => self.draft(params).await,
            "draft.send" => self.send_draft(params).await,
            "timer.set" => self.set_timer(params).await,
            "timer.get" => self.timer(params).await,
            "sync.run" => self.sync(params).await,
            "board.follow" => self.follow_board(params).await,
            "setting.get" | "setting.set" => self.setting(method, params).await,
            _ => Err(unknown_method()),
        }
    }

    /// Hints about changes, from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::of(self.device().events())
    }

    /// Stops the device and leaves its database tidy. Other clones then answer with refusals.
    pub async fn close(self) {
        self.device().clone().close().await;
    }

    async fn setting(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let (name, value) = if method == "setting.get" {
            let asked: GetSetting = parameters::read(params)?;
            (asked.name, None)
        } else {
            let asked: SetSetting = parameters::read(params)?;
            (asked.name, Some(asked.value))
        };
        let value = self.device().setting(&name, value.as_deref()).await?;
        Ok(json!({"name": name, "value": value}))
    }
}

/// Every method, for `rpc.hello`. `event.subscribe` is a connection's, not the door's.
pub(crate) const METHODS: &[&str] = &[
    "rpc.hello",
    "profile.create",
    "profile.status",
    "card.create",
    "contact.add",
    "contact.safety",
    "contact.confirm",
    "contact.withdraw",
    "request.list",
    "request.accept",
    "request.decline",
    "conversation.list",
    "group.create",
    "group.add",
    "group.remove",
    "group.change",
    "group.leave",
    "group.members",
    "group.picture",
    "group.link",
    "group.unlink",
    "group.join",
    "group.asks",
    "group.admit",
    "group.turn_away",
    "message.send",
    "message.wait",
    "message.list",
    "message.mark_read",
    "message.reply",
    "message.react",
    "message.edit",
    "message.delete",
    "message.history",
    "message.search",
    "message.pin",
    "message.pins",
    "message.forward",
    "conversation.typing",
    "contact.share",
    "file.send",
    "file.save",
    "file.pause",
    "file.cancel",
    "file.list",
    "voice.send",
    "message.star",
    "message.starred",
    "person.block",
    "person.blocked",
    "conversation.delete",
    "conversation.set",
    "draft.set",
    "draft.get",
    "draft.send",
    "timer.set",
    "timer.get",
    "sync.run",
    "board.follow",
    "setting.get",
    "setting.set",
    "event.subscribe",
];

fn hello(params: Value) -> Result<Value, RpcError> {
    let asked: Hello = parameters::read(params)?;
    if asked.version != VERSION {
        return Err(RpcError::unchanged(
            "unsupported-version",
            format!("This door speaks version {VERSION} of the interface only."),
            format!(
                "Say rpc.hello with {{\"version\":{VERSION}}}, or update one of the two programs."
            ),
        ));
    }
    Ok(json!({
        "version": VERSION, "program": concat!("heliograph ", env!("CARGO_PKG_VERSION")),
        "methods": METHODS,
    }))
}

fn already_there() -> RpcError {
    RpcError::user(
        "profile-exists",
        "This door opens a profile that exists; it makes no other.",
        "The profile was left as it is.",
        "Make a profile in another home with `heliograph --home DIR init`.",
    )
}
