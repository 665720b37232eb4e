//! Messages that are more than a text that was just typed: with a preview, or a card.

use heliograph_conversation::content::{Content, Kind, More, Pointer, Preview};
use heliograph_delivery::Card;
use heliograph_store::{ConversationRow, Fate, Life, MessageRow, OutboxRow, Step};
use heliograph_trust::DisplayName;

use super::Engine;
use super::contact::bad_card;
use super::core::Core;
use super::detail::{kind, state};
use super::errors::EngineError;
use super::write::check_text;
use super::{mention, standing};
use crate::{Changed, ConversationId, MessageId, PreviewInfo, Refusal};

/// What a message has as text for people, and what readers get.
pub(super) struct Said {
    /// Kind of row.
    pub(super) code: i64,
    /// What is found by a search.
    pub(super) text: String,
    /// What is sent.
    pub(super) kind: Kind,
}

/// A message of one's own, written down.
pub(super) struct Written {
    /// Its id.
    pub(super) id: [u8; 16],
    /// What is to be sent.
    pub(super) content: Vec<u8>,
    /// The key that seals it here.
    pub(super) sealed_by: Option<i64>,
}

impl Said {
    pub(super) fn text(text: &str, more: More) -> Self {
        Self {
            code: kind::TEXT,
            text: text.to_owned(),
            kind: Kind::Text {
                text: text.to_owned(),
                in_reply_to: None,
                more,
            },
        }
    }
}

pub(super) fn not_a_text() -> Refusal {
    Refusal::unchanged(
        "not-a-text",
        "Only a message with words can be changed.",
        "Write the words in a message of their own.",
    )
}

/// A card of somebody, as content names it; `None` if a reader could not use it as it stands.
pub(super) fn card_of(said: &Kind) -> Option<(Card, DisplayName)> {
    let Kind::Contact { card, name } = said else {
        return None;
    };
    Some((Card::decode(card).ok()?, DisplayName::exactly(name)?))
}

/// What a file is found by: what is said with it, and its name on a line of its own.
pub(super) fn file_words(file: &Pointer, caption: &str) -> String {
    if caption.is_empty() {
        return file.name.clone();
    }
    format!("{caption}\n{}", file.name)
}

/// How a message of somebody else is kept: kind of row, text, and what it answers.
pub(super) fn kept_as(said: Kind) -> (i64, Option<String>, Option<[u8; 16]>) {
    if let Some((_, name)) = card_of(&said) {
        return (kind::CONTACT, Some(name.to_string()), None);
    }
    match said {
        Kind::Text {
            text, in_reply_to, ..
        } => (kind::TEXT, Some(text), in_reply_to),
        Kind::File {
            file,
            caption,
            in_reply_to,
            ..
        } => (kind::FILE, Some(file_words(&file, &caption)), in_reply_to),
        // Of a later version, or a card that is none.
        _ => (kind::UNKNOWN, None, None),
    }
}

impl Engine {
    /// Writes a text down with what its address leads to, and sends it. Nothing is fetched here.
    ///
    /// # Errors
    /// `bad-preview`, or as of `send`.
    pub fn send_previewed(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        (text, shown): (&str, &PreviewInfo),
    ) -> Result<MessageId, Refusal> {
        check_text(text)?;
        let preview = Preview {
            address: shown.address.clone(),
            title: shown.title.clone(),
            text: shown.text.clone(),
            picture: shown.picture.clone(),
        };
        preview.check(text).map_err(|_| {
            Refusal::unchanged(
                "bad-preview",
                "A preview has an http or https address that stands in the text, a title of at most 300 bytes, \
                 a description of at most 1,000 and a picture of at most 8,000.",
                "Shorten the preview or leave it out.",
            )
        })?;
        self.say(now_ms, id, |core, tx, row| {
            let more = More {
                mentions: core.named_in(tx, row, text)?,
                preview: Some(preview),
                ..More::default()
            };
            Ok(Said::text(text, more))
        })
    }

    /// Passes somebody's card on. Nobody is added by it: whoever gets it decides.
    ///
    /// # Errors
    /// A card or name that cannot be used, or a conversation that is closed.
    pub fn share(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        (card, name): (&str, &str),
    ) -> Result<MessageId, Refusal> {
        let card = Card::decode(card).map_err(bad_card)?.encode();
        let name = DisplayName::parse(name).map_err(|_| {
            Refusal::unchanged(
                "bad-name",
                "A card is passed on with a name, of at most 64 characters.",
                "Give the name that the others know the person by.",
            )
        })?;
        self.say(now_ms, id, |_, _, _| {
            let name = name.as_str().to_owned();
            Ok(Said {
                code: kind::CONTACT,
                text: name.clone(),
                kind: Kind::Contact { card, name },
            })
        })
    }

    /// Writes down what `make` makes of a conversation that is open, and sends it: one step.
    pub(super) fn say(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        make: impl FnOnce(&mut Core, &Step<'_>, &ConversationRow) -> Result<Said, EngineError>,
    ) -> Result<MessageId, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = core.open_to_write(tx, id)?;
            let said = make(core, tx, &row)?;
            core.say_there(tx, &row, said)
        })
    }
}

impl Core {
    /// Writes a message down in a conversation that is open, and sends it.
    pub(super) fn say_there(
        &mut self,
        tx: &Step<'_>,
        row: &ConversationRow,
        said: Said,
    ) -> Result<MessageId, EngineError> {
        let made = self.write_down(tx, row.id, said)?;
        self.bring_back(tx, row.id)?;
        let id = ConversationId(row.public);
        self.out.changes.push(Changed::Conversation(id));
        self.with_live(tx, row.id, Self::pump)?;
        Ok(MessageId(made))
    }

    /// A text that was typed, with the people whom it names.
    pub(super) fn typed(
        &self,
        tx: &Step<'_>,
        row: &ConversationRow,
        (text, answers): (&str, Option<[u8; 16]>),
    ) -> Result<Said, EngineError> {
        let more = More {
            mentions: self.named_in(tx, row, text)?,
            ..More::default()
        };
        let mut said = Said::text(text, more);
        if let Kind::Text { in_reply_to, .. } = &mut said.kind {
            *in_reply_to = answers;
        }
        Ok(said)
    }

    /// People of a conversation whom a text names.
    pub(super) fn named_in(
        &self,
        tx: &Step<'_>,
        row: &ConversationRow,
        text: &str,
    ) -> Result<Vec<[u8; 32]>, EngineError> {
        if !text.contains('@') {
            return Ok(Vec::new());
        }
        Ok(mention::named_in(text, &tx.members(row.id)?))
    }

    /// Writes a message of one's own down, for people and for sending.
    pub(super) fn write_down(
        &mut self,
        tx: &Step<'_>,
        conversation: i64,
        said: Said,
    ) -> Result<[u8; 16], EngineError> {
        let code = said.code;
        let written = self.put_among_messages(tx, conversation, said)?;
        tx.push_outbox(&OutboxRow {
            seq: 0,
            conversation,
            message: written.id,
            kind: code,
            content: written.content,
            outgoing: None,
            sealed_by: written.sealed_by,
        })?;
        standing::settle(tx, conversation, &written.id)?;
        Ok(written.id)
    }

    /// Writes a message of one's own down for people.
    pub(super) fn put_among_messages(
        &mut self,
        tx: &Step<'_>,
        conversation: i64,
        said: Said,
    ) -> Result<Written, EngineError> {
        let in_reply_to = match &said.kind {
            Kind::Text { in_reply_to, .. } | Kind::File { in_reply_to, .. } => *in_reply_to,
            _ => None,
        };
        let content = Content {
            id: self.random(),
            at: self.now,
            tick: self.feed.chain.head().map(|tick| tick.encode().to_vec()),
            kind: said.kind,
        };
        let bytes = content.encode().map_err(EngineError::bug)?;
        let sealed_by = self.key_for(tx, conversation)?;
        let me = self.me.identity.get();
        let id = me.device.message_id(&content.id);
        tx.insert_message(&MessageRow {
            conversation,
            id,
            device: *me.device.bytes(),
            person: *me.person.bytes(),
            mine: true,
            at_ms: self.now,
            received_ms: self.now,
            kind: said.code,
            text: Some(said.text),
            content: bytes.clone(),
            state: state::PENDING,
            order: None,
            read: true,
            in_reply_to,
            fate: Fate::default(),
            life: Life {
                sealed_by,
                ..Life::default()
            },
        })?;
        Ok(Written {
            id,
            content: bytes,
            sealed_by,
        })
    }
}
