//! A message as a person sees it, with what was said about it. Reads only.

use heliograph_conversation::content::{Content, Kind};
use heliograph_store::{AnnotationRow, MemberRow, MessageRow, View};

use super::Engine;
use super::detail::{kind, state};
use super::errors::EngineError;
use super::mention;
use super::queries::{person, sender};
use super::standing::{first_text, reactions};
use super::timeline;
use crate::{
    ContactInfo, ConversationId, FileInfo, Look, MessageId, MessageInfo, PreviewInfo, QuoteInfo,
    ReactionInfo, Refusal, VersionInfo, VoiceInfo,
};

/// Most reactions shown with a message.
const REACTIONS_SHOWN: usize = 200;

impl Engine {
    /// Every text a message had that is kept, the first one first.
    ///
    /// # Errors
    /// An unknown conversation or message, or one whose texts are gone.
    pub fn history(
        &self,
        (id, message): (ConversationId, MessageId),
    ) -> Result<Vec<VersionInfo>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let message = view
                .message(row.id, &message.0)?
                .filter(|message| !message.fate.hidden)
                .ok_or_else(Refusal::no_message)?;
            if message.fate.deleted {
                return Err(Refusal::unchanged(
                    "message-deleted",
                    "This message was deleted for everyone; its texts are gone.",
                    "There is nothing to do.",
                )
                .into());
            }
            let first = first_text(&message).map(|text| VersionInfo {
                id: MessageId(message.id),
                at_ms: message.at_ms,
                text,
                state: state::word(message.state),
            });
            let edits = view.annotations(row.id, &message.id)?;
            let by = message.person;
            let edits = edits
                .into_iter()
                .filter(|row| row.kind == kind::EDIT && row.person == by);
            let edits = edits.map(|row| VersionInfo {
                id: MessageId(row.id),
                at_ms: row.at_ms,
                text: row.body,
                state: state::word(row.state),
            });
            Ok(first.into_iter().chain(edits).collect())
        })
    }
}

/// The message that another answers, if it is here and still says something.
fn quote(
    view: &View<'_>,
    message: &MessageRow,
    members: &[MemberRow],
) -> Result<Option<QuoteInfo>, EngineError> {
    let Some(id) = message.in_reply_to else {
        return Ok(None);
    };
    let quoted = view.message(message.conversation, &id)?;
    let quoted = quoted.filter(|quoted| !quoted.fate.hidden && !quoted.fate.deleted);
    Ok(quoted.map(|quoted| QuoteInfo {
        from: sender(quoted.mine, &quoted.person, members),
        // Whole: what hides words in it may begin before where it is cut, and end after.
        text: quoted.text.unwrap_or_default(),
    }))
}

/// What stands with a message beside its text.
#[derive(Default)]
struct Beside {
    forwarded: Option<String>,
    preview: Option<PreviewInfo>,
    contact: Option<ContactInfo>,
    file: Option<FileInfo>,
    caption: Option<String>,
}

fn beside(row: &MessageRow) -> Beside {
    let mut out = Beside::default();
    if row.fate.deleted || !kind::MESSAGES.contains(&row.kind) {
        return out;
    }
    match Content::decode(&row.content).map(|said| said.kind) {
        Ok(Kind::Text { more, .. }) => {
            out.forwarded = more.forwarded;
            // An edited text may not show the address any more.
            let preview = more.preview.filter(|shown| {
                let text = row.text.as_deref().unwrap_or_default();
                shown.check(text).is_ok()
            });
            out.preview = preview.map(|shown| PreviewInfo {
                address: shown.address,
                title: shown.title,
                text: shown.text,
                picture: shown.picture,
            });
        }
        Ok(Kind::File {
            file,
            caption,
            more,
            ..
        }) => {
            out.forwarded = more.forwarded;
            out.caption = Some(caption);
            out.file = Some(FileInfo {
                name: file.name,
                media: file.media,
                size: file.size,
                picture: file.picture.map(|it| Look {
                    width: it.width,
                    height: it.height,
                    blur: it.blur,
                }),
                voice: file.voice.map(|it| VoiceInfo {
                    millis: it.millis,
                    waveform: it.waveform,
                }),
            });
        }
        Ok(Kind::Contact { card, name }) => out.contact = Some(ContactInfo { card, name }),
        _ => {}
    }
    out
}

/// How far the latest that this person said about a message has come, while that is not all the way.
fn change(rows: &[AnnotationRow]) -> Option<crate::MessageState> {
    let latest = rows.iter().filter(|row| row.mine).max_by_key(|row| row.seq);
    latest
        .filter(|row| row.state < state::SENT)
        .map(|row| state::word(row.state))
}

impl Engine {
    /// A message with all that is said about it.
    pub(super) fn shown(
        &self,
        view: &View<'_>,
        row: MessageRow,
        members: &[MemberRow],
    ) -> Result<MessageInfo, EngineError> {
        let rows = view.annotations(row.conversation, &row.id)?;
        let change = change(&rows);
        let reactions = reactions(rows).into_iter().take(REACTIONS_SHOWN);
        let reactions = reactions.map(|reaction| ReactionInfo {
            from: sender(reaction.mine, &reaction.person, members),
            person: person(&reaction.person),
            mine: reaction.mine,
            emoji: reaction.body,
        });
        let kind = match row.kind {
            kind::TEXT => "text",
            kind::CHANGE => "change",
            kind::CONTACT => "contact",
            kind::FILE => "file",
            _ => "unknown",
        };
        let mentions = mention::mentions(view, &row, members)?;
        let me = person(self.core.me.identity.get().person.bytes());
        let beside = beside(&row);
        Ok(MessageInfo {
            mentioned: mentions.iter().any(|named| named.person == me),
            mentions,
            pinned: row.fate.pinned,
            forwarded: beside.forwarded,
            preview: beside.preview,
            contact: beside.contact,
            file: beside.file,
            id: MessageId(row.id),
            from: sender(row.mine, &row.person, members),
            person: person(&row.person),
            at_ms: row.at_ms,
            kind: kind.to_owned(),
            in_reply_to: row.in_reply_to.map(MessageId),
            quote: quote(view, &row, members)?,
            reactions: if row.fate.deleted {
                Vec::new()
            } else {
                reactions.collect()
            },
            disappears_ms: row.life.due_ms,
            starred: view.is_starred(row.conversation, &row.id)?,
            edited: row.fate.edited,
            deleted: row.fate.deleted,
            change,
            state: state::word(row.state),
            mine: row.mine,
            text: match beside.caption {
                Some(caption) => caption,
                None => self.words(row)?.unwrap_or_default(),
            },
        })
    }

    /// What stands in a message's place for a person to read.
    pub(super) fn words(&self, row: MessageRow) -> Result<Option<String>, EngineError> {
        if row.kind == kind::CHANGE {
            let me = self.core.me.identity.get().person;
            return Ok(Some(timeline::words(&row.content, &me)?));
        }
        Ok(row.text)
    }
}
