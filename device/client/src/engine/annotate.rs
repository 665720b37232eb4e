//! What people say about messages: reactions, other texts, deletions (docs/protocol/content.md).
//!
//! They are no messages themselves: no place in the list, no receipt, nothing unread.

use heliograph_conversation::content::{Content, Kind, is_reaction};
use heliograph_store::{AnnotationRow, ConversationRow, MessageRow, Order, Step, View};
use heliograph_trust::Identity;

use super::Engine;
use super::compose::not_a_text;
use super::core::Core;
use super::detail::{Detail, State, kind, state};
use super::errors::EngineError;
use super::live::Live;
use super::write::{check_state, check_text};
use super::{mention, standing};
use crate::{Changed, ConversationId, MessageId, Refusal};

/// Most things of one person that are kept for messages that are not here.
const WAITING_MAX: u32 = 256;
/// What the row of a pin says; one that takes it off says nothing.
pub(super) const PINNED: &str = "pinned";

/// The kind of row, the message it is about, and its body; `None` for what is a message itself.
pub(super) fn about(said: &Kind) -> Option<(i64, [u8; 16], &str)> {
    match said {
        Kind::Reaction { in_reply_to, emoji } => Some((kind::REACTION, *in_reply_to, emoji)),
        Kind::Edit { replaces, text, .. } => Some((kind::EDIT, *replaces, text)),
        Kind::Pin {
            in_reply_to,
            pinned,
        } => Some((kind::PIN, *in_reply_to, if *pinned { PINNED } else { "" })),
        Kind::Deletion { replaces } => Some((kind::DELETION, *replaces, "")),
        Kind::Text { .. }
        | Kind::Contact { .. }
        | Kind::File { .. }
        | Kind::Receipt { .. }
        | Kind::Leave
        | Kind::Typing
        | Kind::CardWanted
        | Kind::CardGiven { .. }
        | Kind::Unknown => None,
    }
}

fn not_yours() -> Refusal {
    Refusal::unchanged(
        "not-your-message",
        "Only whoever wrote a message can change it or delete it for everyone.",
        "To see it no more on this device, delete it without `--for-everyone`.",
    )
}

/// A message is edited as long as the group lets it be.
fn check_window(edits_s: u32, age_ms: i64) -> Result<(), Refusal> {
    if edits_s == 0 || age_ms <= i64::from(edits_s) * 1_000 {
        return Ok(());
    }
    Err(Refusal::unchanged(
        "too-late-to-edit",
        "In this group a message can be edited for a while only, and that is over.",
        "Answer it with what you want to say instead; or delete it for everyone.",
    ))
}

/// The oldest message that something said in this epoch may change, Unix milliseconds, by what whoever said it claims:
/// so all members judge alike.
fn oldest(live: &Live, (code, at_ms): (i64, i64)) -> Option<i64> {
    let window = Some(live.detail.edits_s).filter(|seconds| *seconds > 0 && code == kind::EDIT);
    window.map(|seconds| at_ms.saturating_sub(i64::from(seconds) * 1_000))
}

/// A message that something can be said about.
pub(super) fn sayable(
    tx: &View<'_>,
    row: &ConversationRow,
    id: &MessageId,
) -> Result<MessageRow, EngineError> {
    let message = tx
        .message(row.id, &id.0)?
        // What happened to a group was made here; nobody else has it as a message.
        .filter(|message| !message.fate.hidden && message.kind != kind::CHANGE)
        .ok_or_else(Refusal::no_message)?;
    if message.fate.deleted {
        return Err(Refusal::unchanged(
            "message-deleted",
            "This message was deleted for everyone; nothing more can be done with it.",
            "Write a new one.",
        )
        .into());
    }
    if message.state == state::UNSENT {
        return Err(Refusal::unchanged(
            "message-unsent",
            "This message was never sent, so nobody else has it.",
            "To see it no more, delete it without `--for-everyone`.",
        )
        .into());
    }
    Ok(message)
}

/// What a person said about a message that is not here joins what waits, and that is bounded.
fn bound(
    tx: &Step<'_>,
    conversation: i64,
    (person, target): (&[u8; 32], &[u8; 16]),
) -> Result<(), EngineError> {
    let here = tx.message(conversation, target)?;
    if here.is_some_and(|message| message.order.is_some()) {
        return Ok(());
    }
    Ok(tx.bound_annotations(conversation, (person, WAITING_MAX))?)
}

impl Engine {
    /// Says in one sign what this person has to say to a message; an empty one takes it back.
    ///
    /// # Errors
    /// An unknown or deleted message, a sign out of bounds, or a conversation that is closed.
    pub fn react(
        &mut self,
        now_ms: i64,
        (id, message): (ConversationId, MessageId),
        emoji: &str,
    ) -> Result<MessageId, Refusal> {
        let is_word = emoji.is_ascii() && !emoji.is_empty();
        if is_word || !is_reaction(emoji) {
            return Err(Refusal::unchanged(
                "bad-reaction",
                "A reaction is one emoji: at most 64 bytes, no white space, no word.",
                "Give one emoji, for example `heliograph react CONVERSATION MESSAGE 👍`.",
            ));
        }
        let (in_reply_to, emoji) = (message.0, emoji.to_owned());
        self.annotate(now_ms, id, Kind::Reaction { in_reply_to, emoji })
    }

    /// Puts another text in the place of a message's; the earlier ones stay in its history.
    ///
    /// # Errors
    /// A message of somebody else, an unknown or deleted one, a text out of bounds, or a
    /// conversation that is closed.
    pub fn edit(
        &mut self,
        now_ms: i64,
        (id, message): (ConversationId, MessageId),
        text: &str,
    ) -> Result<MessageId, Refusal> {
        check_text(text)?;
        let (replaces, text) = (message.0, text.to_owned());
        let said = Kind::Edit {
            replaces,
            text,
            mentions: Vec::new(),
        };
        self.annotate(now_ms, id, said)
    }

    /// Takes a message back for everyone: what it said goes here at once, and there when they hear.
    ///
    /// # Errors
    /// A message of somebody else, an unknown or deleted one, or a conversation that is closed.
    pub fn delete(
        &mut self,
        now_ms: i64,
        (id, message): (ConversationId, MessageId),
    ) -> Result<MessageId, Refusal> {
        let replaces = message.0;
        self.annotate(now_ms, id, Kind::Deletion { replaces })
    }

    /// Erases a message on this device only. Nothing is sent, and what others say about it later
    /// does not bring it back.
    ///
    /// # Errors
    /// An unknown message.
    pub fn hide(
        &mut self,
        now_ms: i64,
        (id, message): (ConversationId, MessageId),
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            tx.message(row.id, &message.0)?
                .filter(|message| !message.fate.hidden)
                .ok_or_else(Refusal::no_message)?;
            tx.erase_message(row.id, &message.0, false)?;
            standing::settle(tx, row.id, &message.0)?;
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
        })
    }

    pub(super) fn annotate(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        mut said: Kind,
    ) -> Result<MessageId, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            check_state(State::of(&row)?)?;
            if let Kind::Edit { text, mentions, .. } = &mut said {
                *mentions = core.named_in(tx, &row, text)?;
            }
            let (code, target, body) =
                about(&said).ok_or_else(|| EngineError::bug("this is about no message"))?;
            if code != kind::DELETION {
                core.check_reachable(tx, &row)?;
            }
            let message = sayable(tx, &row, &MessageId(target))?;
            let me = *core.me.identity.get().person.bytes();
            if !kind::OF_ANYBODY.contains(&code) && message.person != me {
                return Err(not_yours().into());
            }
            if code == kind::EDIT {
                if message.kind != kind::TEXT {
                    return Err(not_a_text().into());
                }
                check_window(
                    Detail::of(&row)?.edits_s,
                    now_ms.saturating_sub(message.at_ms),
                )?;
            }
            let sealed_by = match message.life.sealed_by {
                // It goes with its message, however long others stay that are written now.
                Some(_) => Some(tx.take_key()?),
                None => core.key_for(tx, row.id)?,
            };
            let made = core.enqueue(tx, row.id, (code, said.clone(), sealed_by))?;
            let me = core.me.identity.get();
            tx.insert_annotation(&AnnotationRow {
                seq: 0,
                conversation: row.id,
                id: made,
                target,
                device: *me.device.bytes(),
                person: *me.person.bytes(),
                mine: true,
                at_ms: core.now,
                kind: code,
                body: body.to_owned(),
                mentions: mention::kept(&said),
                state: state::PENDING,
                order: None,
                sealed_by,
                due_ms: None,
                oldest_ms: None,
            })?;
            standing::settle(tx, row.id, &target)?;
            core.out.changes.push(Changed::Conversation(id));
            core.with_live(tx, row.id, Core::pump)?;
            Ok(MessageId(made))
        })
    }
}

impl Core {
    /// Somebody else said something about a message, and it counts.
    pub(crate) fn annotated(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        (sender, content, order): (&Identity, &Content, Order),
    ) -> Result<(), EngineError> {
        let Some((code, target, body)) = about(&content.kind) else {
            return Ok(());
        };
        let (person, conversation) = (*sender.person.bytes(), live.row.id);
        let mut life = self.life_of(tx, live)?;
        if life.sealed_by.is_none() {
            // It goes with its message, as one's own does.
            let about = tx.message(conversation, &target)?;
            if about.is_some_and(|about| about.life.sealed_by.is_some()) {
                life.sealed_by = Some(tx.take_key()?);
            }
        }
        tx.insert_annotation(&AnnotationRow {
            seq: 0,
            conversation,
            id: sender.device.message_id(&content.id),
            target,
            device: *sender.device.bytes(),
            person,
            mine: false,
            at_ms: content.at,
            kind: code,
            body: body.to_owned(),
            mentions: mention::kept(&content.kind),
            state: state::RECEIVED,
            order: Some(order),
            sealed_by: life.sealed_by,
            due_ms: life.due_ms,
            oldest_ms: oldest(live, (code, content.at)),
        })?;
        self.counters.void_annotations += standing::settle(tx, conversation, &target)?;
        bound(tx, conversation, (&person, &target))?;
        self.changed(live);
        Ok(())
    }

    /// What one said about a message stands in the feed, whole.
    pub(crate) fn annotation_counted(
        tx: &Step<'_>,
        live: &Live,
        (id, order): (&[u8; 16], Order),
    ) -> Result<(), EngineError> {
        let conversation = live.row.id;
        tx.settle_annotation(conversation, id, (state::SENT, Some(order)))?;
        let Some(row) = tx.annotation_by_id(id)? else {
            return Ok(());
        };
        if let Some(oldest_ms) = oldest(live, (row.kind, row.at_ms)) {
            tx.bound_edit(id, oldest_ms)?;
        }
        standing::settle(tx, conversation, &row.target)?;
        bound(tx, conversation, (&row.person, &row.target))
    }

    /// What one still wanted to say about messages is not said any more, and does not stand.
    pub(crate) fn give_up_annotations(&self, tx: &Step<'_>, id: i64) -> Result<(), EngineError> {
        let targets = tx.annotated_meanwhile(id)?;
        tx.give_up_annotations(id, (state::UNSENT, self.feed.newest_place()))?;
        for target in targets {
            standing::settle(tx, id, &target)?;
        }
        Ok(())
    }
}
