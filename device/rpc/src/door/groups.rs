//! Groups: made, changed, left.

use data_encoding::BASE64;
use heliograph_client::{ConversationId, Device, GroupChange, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use super::files::cleaner;
use crate::parameters::{self, OfConversation};
use crate::{RpcError, shown};

/// Most cards of one call.
const CARDS_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    title: String,
    #[serde(default)]
    cards: Vec<String>,
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    conversation: String,
    #[serde(default)]
    cards: Vec<String>,
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    conversation: String,
    person: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    conversation: String,
    title: Option<String>,
    description: Option<String>,
    picture: Option<String>,
    adding: Option<Adding>,
    edit_window: Option<u32>,
    #[serde(default)]
    promote: Vec<String>,
    #[serde(default)]
    demote: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Adding {
    Members,
    Admins,
}

fn few(cards: &[String], members: &[String]) -> Result<(), RpcError> {
    if cards.len() + members.len() <= CARDS_MAX {
        return Ok(());
    }
    Err(RpcError::unchanged(
        "bad-parameters",
        format!("One call takes at most {CARDS_MAX} people."),
        "Add the rest in further calls.",
    ))
}

impl Door {
    pub(super) async fn create_group(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Create = parameters::read(params)?;
        few(&asked.cards, &asked.members)?;
        let id = self.device().create_group(&asked.title).await?;
        let refused = self.bring(&id, (&asked.cards, &asked.members)).await;
        Ok(json!({"conversation": id.to_string(), "refused": refused}))
    }

    pub(super) async fn add_to_group(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Add = parameters::read(params)?;
        few(&asked.cards, &asked.members)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let refused = self.bring(&id, (&asked.cards, &asked.members)).await;
        Ok(json!({"conversation": id.to_string(), "refused": refused}))
    }

    /// One who cannot be added keeps nobody else out: those that were refused are named by their place.
    async fn bring(
        &self,
        id: &ConversationId,
        (cards, members): (&[String], &[String]),
    ) -> Vec<Value> {
        let mut refused = Vec::new();
        let mut note = |card: Option<usize>, member: Option<usize>, done: Result<(), Refusal>| {
            if let Err(refusal) = done.map_err(RpcError::from) {
                refused.push(json!({
                    "card": card, "member": member, "kind": refusal.kind, "happened": refusal.happened,
                    "todo": refusal.todo,
                }));
            }
        };
        for (at, card) in cards.iter().enumerate() {
            let done = self.device().bring(id, card.trim()).await;
            note(Some(at), None, done);
        }
        for (at, known) in members.iter().enumerate() {
            let done = self.device().bring_known(id, known.trim()).await;
            note(None, Some(at), done);
        }
        refused
    }

    pub(super) async fn remove_from_group(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Remove = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        self.device().remove_person(&id, &asked.person).await?;
        Ok(json!({"conversation": id.to_string()}))
    }

    pub(super) async fn change_group(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Change = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let promote = asked.promote.into_iter().map(|person| (person, true));
        let demote = asked.demote.into_iter().map(|person| (person, false));
        let picture = match asked.picture.as_deref() {
            None => None,
            Some("") => Some(Vec::new()),
            Some(path) => Some(Device::portrait(path.into(), cleaner()?).await?),
        };
        let change = GroupChange {
            title: asked.title,
            description: asked.description,
            picture,
            members_add: asked.adding.map(|adding| matches!(adding, Adding::Members)),
            edit_window_s: asked.edit_window,
            admins: promote.chain(demote).collect(),
        };
        self.device().change_group(&id, change).await?;
        Ok(json!({"conversation": id.to_string()}))
    }

    pub(super) async fn leave_group(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        self.device().leave(&id).await?;
        Ok(json!({"conversation": id.to_string()}))
    }

    pub(super) async fn group_picture(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let picture = self.device().group_picture(&id).await?;
        let picture = (!picture.is_empty()).then(|| BASE64.encode(&picture));
        Ok(json!({"conversation": id.to_string(), "picture": picture}))
    }

    pub(super) async fn group_members(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let members = self.device().group_members(&id).await?;
        let members: Vec<Value> = members.iter().map(shown::group_member).collect();
        let said = self.device().group_description(&id).await?;
        let said = (!said.is_empty()).then_some(said);
        let asked = self.device().asked_into(&id).await?;
        let asked: Vec<Value> = asked.iter().map(shown::ask_info).collect();
        let adding = self.device().members_add(&id).await?;
        let adding = adding.map(|members| if members { "members" } else { "admins" });
        Ok(json!({"members": members, "asked": asked, "description": said, "adding": adding}))
    }
}
