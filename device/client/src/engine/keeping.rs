//! How conversations are kept: on this device alone, nobody else learns of it.

use heliograph_store::{Keep, Kept, Step};

use super::Engine;
use super::core::Core;
use super::drafts::decode;
use super::errors::EngineError;
use crate::{Changed, ConversationId, DraftInfo, KeepAsked, KeptInfo, Refusal};

/// As it is at a moment: a time that has passed mutes nothing.
pub(super) fn at(now_ms: i64, kept: Kept) -> KeptInfo {
    KeptInfo {
        muted_until: Some(kept.muted_until).filter(|until| *until > now_ms),
        archived: kept.archived,
        pinned: kept.pinned,
        marked_unread: kept.marked_unread,
        deleted: kept.cleared,
        draft: kept.draft.map(|(text, at_ms)| DraftInfo {
            draft: decode((text, kept.draft_is_full)),
            at_ms,
        }),
    }
}

impl Engine {
    /// Changes how a conversation is kept; gives how it is kept now.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn keep(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        asked: KeepAsked,
    ) -> Result<KeptInfo, Refusal> {
        let changes = [
            asked.muted_until.map(Keep::MutedUntil),
            asked.archived.map(Keep::Archived),
            asked.pinned.map(Keep::Pinned),
            asked.marked_unread.map(Keep::MarkedUnread),
        ];
        self.set_kept(now_ms, id, &changes)?;
        self.kept(now_ms, id)
    }

    /// How a conversation is kept.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn kept(&self, now_ms: i64, id: ConversationId) -> Result<KeptInfo, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            Ok(at(now_ms, view.kept(row.id)?))
        })
    }

    fn set_kept(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        changes: &[Option<Keep<'_>>],
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            for change in changes.iter().flatten() {
                tx.keep(row.id, *change, now_ms)?;
            }
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
        })
    }
}

impl Core {
    /// Something was said: what was put away comes back, unless it is muted; what was deleted, always.
    pub(crate) fn bring_back(&self, tx: &Step<'_>, conversation: i64) -> Result<(), EngineError> {
        let kept = tx.kept(conversation)?;
        if kept.archived && kept.muted_until <= self.now {
            tx.keep(conversation, Keep::Archived(false), self.now)?;
        }
        if kept.cleared {
            tx.keep(conversation, Keep::Cleared(false), self.now)?;
        }
        Ok(())
    }

    /// The person has read on: a mark to look again has done its work.
    pub(crate) fn looked(&self, tx: &Step<'_>, conversation: i64) -> Result<(), EngineError> {
        if tx.kept(conversation)?.marked_unread {
            tx.keep(conversation, Keep::MarkedUnread(false), self.now)?;
        }
        Ok(())
    }
}
