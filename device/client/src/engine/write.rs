//! A person writes, reads, and chooses.

use heliograph_conversation::content::TEXT_MAX;
use heliograph_store::{ConversationRow, Step};

use super::Engine;
use super::annotate::sayable;
use super::core::Core;
use super::detail::{Detail, State, ack};
use super::errors::EngineError;
use super::profile::RECEIPTS;
use super::typing::TYPING;
use crate::{ConversationId, Fault, MessageId, Refusal};

/// Most texts of one call.
const TEXTS_MAX: usize = 256;

pub(super) fn check_text(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(
            "empty-message",
            Fault::User,
            "A message needs at least one character.",
            "Nothing was sent.",
            "Write something and send again.",
        ));
    }
    if text.len() > TEXT_MAX {
        return Err(Refusal::new(
            "message-too-long",
            Fault::User,
            format!(
                "The message has {} bytes; a message can have at most {TEXT_MAX}.",
                text.len()
            ),
            "Nothing was sent; the text is still where you wrote it.",
            "Shorten it, or split it into several messages.",
        ));
    }
    Ok(())
}

pub(super) fn check_state(state: State) -> Result<(), Refusal> {
    let (happened, todo) = match state {
        State::Open | State::Inviting => return Ok(()),
        State::Request => (
            "This is a request that has not been accepted yet.",
            "Accept it first: `heliograph accept ID`.",
        ),
        State::Declined => ("This conversation was declined.", "Ask for a new card."),
        State::Failed => (
            "The first contact of this conversation could not be completed.",
            "Look at `heliograph status`, and ask the person for a new card.",
        ),
        State::Frozen => (
            "This conversation is frozen: this device cannot follow it any further.",
            "Look at `heliograph status`, and ask the person for a new card.",
        ),
    };
    Err(Refusal::new(
        "conversation-closed",
        Fault::User,
        happened,
        "Nothing was sent; the text is still where you wrote it.",
        todo,
    ))
}

pub(super) fn leaving(detail: &Detail) -> Refusal {
    Refusal::new(
        "conversation-closed",
        Fault::User,
        match detail.leaving {
            true => "You are leaving this group.",
            false => "You have left this group.",
        },
        "Nothing was sent; the text is still where you wrote it.",
        "Ask somebody in the group to add you again.",
    )
}

impl Core {
    /// A conversation in which this person can say something now.
    ///
    /// # Errors
    /// An unknown one, or one that is closed to them.
    pub(super) fn open_to_write(
        &self,
        tx: &Step<'_>,
        id: ConversationId,
    ) -> Result<ConversationRow, EngineError> {
        let row = tx
            .conversation_by_public(&id.0)?
            .ok_or_else(Refusal::no_conversation)?;
        let (state, detail) = (State::of(&row)?, Detail::of(&row)?);
        if detail.leaving || (state == State::Frozen && detail.has_left()) {
            return Err(leaving(&detail).into());
        }
        check_state(state)?;
        self.check_reachable(tx, &row)?;
        Ok(row)
    }
}

impl Engine {
    /// Writes texts down and starts to send them: one step for all, or none.
    ///
    /// # Errors
    /// See the kinds in `docs/rpc.md`; then nothing was written.
    pub fn send(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        texts: &[String],
    ) -> Result<Vec<MessageId>, Refusal> {
        if texts.len() > TEXTS_MAX {
            return Err(Refusal::new(
                "too-many-messages",
                Fault::User,
                format!("At most {TEXTS_MAX} messages can be given at once."),
                "Nothing was sent.",
                "Send them in several calls.",
            ));
        }
        texts.iter().try_for_each(|text| check_text(text))?;
        self.command(now_ms, |core, tx| {
            let row = core.open_to_write(tx, id)?;
            let mut ids = Vec::with_capacity(texts.len());
            for text in texts {
                let said = core.typed(tx, &row, (text, None))?;
                ids.push(MessageId(core.write_down(tx, row.id, said)?));
            }
            core.bring_back(tx, row.id)?;
            core.out
                .changes
                .push(crate::Changed::Conversation(ConversationId(row.public)));
            core.with_live(tx, row.id, Core::pump)?;
            Ok(ids)
        })
    }

    /// Writes a text down that answers a message, and starts to send it.
    ///
    /// # Errors
    /// An unknown or deleted message, a text out of bounds, or a conversation that is closed.
    pub fn reply(
        &mut self,
        now_ms: i64,
        (id, message): (ConversationId, MessageId),
        text: &str,
    ) -> Result<MessageId, Refusal> {
        check_text(text)?;
        self.say(now_ms, id, |core, tx, row| {
            sayable(tx, row, &message)?;
            core.typed(tx, row, (text, Some(message.0)))
        })
    }

    /// Marks as read, from one message and up to one, or all; a receipt follows in its time.
    ///
    /// # Errors
    /// An unknown conversation or message.
    pub fn mark_read(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        (from, upto): (Option<MessageId>, Option<MessageId>),
    ) -> Result<u64, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            for end in [from, upto].iter().flatten() {
                tx.message(row.id, &end.0)?
                    .ok_or_else(Refusal::no_message)?;
            }
            let ends = (from.as_ref().map(|m| &m.0), upto.as_ref().map(|m| &m.0));
            let read = tx.mark_read(row.id, ends, core.now)?;
            core.look_ahead(tx)?;
            core.looked(tx, row.id)?;
            let count = read.len() as u64;
            if State::of(&row)? == State::Open {
                core.with_live(tx, row.id, |core, tx, live| {
                    for (message, device) in &read {
                        core.owe_receipt(tx, live, (message, device, ack::READ))?;
                    }
                    Ok(())
                })?;
            }
            core.out
                .changes
                .push(crate::Changed::Conversation(ConversationId(row.public)));
            Ok(count)
        })
    }

    /// Reads or changes a setting.
    ///
    /// # Errors
    /// An unknown name or value.
    pub fn setting(&mut self, name: &str, value: Option<&str>) -> Result<String, Refusal> {
        let unknown = |what: &str| {
            Refusal::new(
                "unknown-setting",
                Fault::User,
                format!("{what} is not known."),
                "Nothing was changed.",
                "Known: receipts = delayed | prompt, typing = off | on.",
            )
        };
        let (key, values) = match name {
            "receipts" => (RECEIPTS, ["delayed", "prompt"]),
            "typing" => (TYPING, ["off", "on"]),
            _ => return Err(unknown("This setting")),
        };
        if let Some(value) = value {
            if !values.contains(&value) {
                return Err(unknown("This value"));
            }
            let now = self.core.now;
            self.command(now, |core, tx| {
                tx.set_meta(key, value.as_bytes())?;
                let [_, on] = values;
                let second = value == on;
                match key {
                    TYPING => core.typing = second,
                    _ => core.prompt_receipts = second,
                }
                Ok(())
            })?;
        }
        let second = match key {
            TYPING => self.core.typing,
            _ => self.core.prompt_receipts,
        };
        let [first_word, second_word] = values;
        let word = if second { second_word } else { first_word };
        Ok(word.to_owned())
    }
}
