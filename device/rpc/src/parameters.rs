//! Named parameters of every method, read strictly: an unknown name is refused, not ignored.

use std::str::FromStr;
use std::time::Duration;

use heliograph_client::{ConversationId, MessageId, MessageState, NotAnId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::RpcError;

/// Longest wait one call may ask for.
const WITHIN_MAX: Duration = Duration::from_secs(3_600);

pub(crate) fn read<T: DeserializeOwned>(params: Value) -> Result<T, RpcError> {
    let params = if params.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        params
    };
    serde_json::from_value(params).map_err(|error| {
        RpcError::unchanged(
            "bad-parameters",
            format!("The parameters do not fit the method: {error}."),
            "Compare them with the method's entry in docs/rpc.md.",
        )
    })
}

pub(crate) fn id<T: FromStr<Err = NotAnId>>(text: &str) -> Result<T, RpcError> {
    text.parse().map_err(|error: NotAnId| {
        let mut what = error.to_string();
        if let Some(first) = what.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        RpcError::unchanged(
            "not-an-id",
            format!("{what}."),
            "Copy the id as `heliograph conversations`, `requests` or `read` prints it.",
        )
    })
}

/// An id that may be left out.
pub(crate) fn perhaps<T: FromStr<Err = NotAnId>>(
    text: Option<&str>,
) -> Result<Option<T>, RpcError> {
    text.map(id).transpose()
}

pub(crate) fn within(milliseconds: Option<u64>, otherwise: Duration) -> Duration {
    milliseconds
        .map_or(otherwise, Duration::from_millis)
        .min(WITHIN_MAX)
}

/// A state in the words of the interface.
pub(crate) fn state(text: &str) -> Result<MessageState, RpcError> {
    Ok(match text {
        "pending" => MessageState::Pending,
        "stored" => MessageState::Stored,
        "sent" => MessageState::Sent,
        "delivered" => MessageState::Delivered,
        "read" => MessageState::Read,
        _ => {
            return Err(RpcError::unchanged(
                "bad-parameters",
                "The parameters do not fit the method: this is not a state.",
                "Use pending, stored, sent, delivered or read.",
            ));
        }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hello {
    pub(crate) version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeCard {
    #[serde(default)]
    pub(crate) once: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddContact {
    pub(crate) card: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfRequest {
    pub(crate) id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfConversation {
    pub(crate) conversation: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    pub(crate) conversation: String,
    pub(crate) person: String,
    pub(crate) number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdraw {
    pub(crate) conversation: String,
    pub(crate) person: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    pub(crate) after: Option<String>,
    pub(crate) limit: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Send {
    pub(crate) conversation: String,
    pub(crate) texts: Vec<String>,
    pub(crate) preview: Option<Preview>,
}

/// What an address in the one text of a call leads to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    pub(crate) address: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) text: String,
    /// Base64.
    pub(crate) picture: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wait {
    pub(crate) message: String,
    pub(crate) state: String,
    pub(crate) within_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Messages {
    pub(crate) conversation: String,
    pub(crate) since: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) limit: Option<u32>,
}

/// What a caller says for the end of a conversation.
const END: &str = "end";

impl Messages {
    pub(crate) fn ids(&self) -> Result<(ConversationId, Option<MessageId>), RpcError> {
        let since = self.since.as_deref().map(id).transpose()?;
        Ok((id(&self.conversation)?, since))
    }

    /// Before which message; `Some(None)` is the end.
    pub(crate) fn before(&self) -> Result<Option<Option<MessageId>>, RpcError> {
        match self.before.as_deref() {
            None => Ok(None),
            Some(END) => Ok(Some(None)),
            Some(text) => id(text).map(|found| Some(Some(found))),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkRead {
    pub(crate) conversation: String,
    pub(crate) from: Option<String>,
    pub(crate) upto: Option<String>,
}

/// A message and its conversation.
pub(crate) fn about(
    conversation: &str,
    message: &str,
) -> Result<(ConversationId, MessageId), RpcError> {
    Ok((id(conversation)?, id(message)?))
}

/// A text about a message: its answer, or its new words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewrite {
    pub(crate) conversation: String,
    pub(crate) message: String,
    pub(crate) text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct React {
    pub(crate) conversation: String,
    pub(crate) message: String,
    pub(crate) emoji: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delete {
    pub(crate) conversation: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) for_everyone: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    pub(crate) conversation: String,
    pub(crate) message: String,
    pub(crate) since: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sync {
    #[serde(default)]
    pub(crate) until_idle: bool,
    pub(crate) within_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetSetting {
    pub(crate) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetSetting {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind<T: DeserializeOwned>(params: Value) -> String {
        read::<T>(params).err().unwrap().kind
    }

    #[test]
    fn a_missing_an_unknown_and_a_mistyped_parameter_are_refused() {
        assert_eq!(kind::<AddContact>(json!({})), "bad-parameters");
        assert_eq!(kind::<Nothing>(json!({"loud": true})), "bad-parameters");
        assert_eq!(kind::<MakeCard>(json!({"once": "yes"})), "bad-parameters");
        assert!(read::<Nothing>(Value::Null).is_ok());
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let message = MessageId([3; 16]).to_string();
        assert!(id::<MessageId>(&message).is_ok());
        assert_eq!(
            id::<ConversationId>(&message).unwrap_err().kind,
            "not-an-id"
        );
    }

    #[test]
    fn no_call_waits_longer_than_an_hour() {
        assert_eq!(within(Some(u64::MAX), Duration::ZERO), WITHIN_MAX);
        assert_eq!(within(None, Duration::from_secs(9)), Duration::from_secs(9));
    }
}
