//! A person answers a request.

use heliograph_conversation::Conversation;
use heliograph_store::{ConversationRow, Step};

use super::Engine;
use super::core::Core;
use super::detail::{Detail, State, ack, kind, purpose};
use super::errors::EngineError;
use crate::{Changed, ConversationId, Fault, Refusal};

/// Messages of others, the newest, whose receipts are owed at once when a request is accepted.
const BACKLOG: u32 = 1_000;

fn no_request() -> Refusal {
    Refusal::new(
        "unknown-request",
        Fault::User,
        "There is no open request with this id.",
        "Nothing was changed.",
        "List open requests with `heliograph requests`.",
    )
}

fn request(tx: &Step<'_>, id: ConversationId) -> Result<ConversationRow, EngineError> {
    let row = tx.conversation_by_public(&id.0)?;
    match row {
        Some(row) if State::of(&row)? == State::Request => Ok(row),
        _ => Err(no_request().into()),
    }
}

impl Engine {
    /// Opens a request. This device's first act in it is a commit that replaces the leaf key its key
    /// package carried; messages wait for that.
    ///
    /// # Errors
    /// An id that is no open request.
    pub fn accept(&mut self, now_ms: i64, id: ConversationId) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = request(tx, id)?;
            core.open_request(tx, row.id)
        })
    }

    /// Turns a request away: its group and messages are deleted here, and nothing is sent.
    ///
    /// # Errors
    /// An id that is no open request.
    pub fn decline(&mut self, now_ms: i64, id: ConversationId) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = request(tx, id)?;
            core.drop_conversation(tx, &row)?;
            core.out.changes.push(Changed::Requests);
            Ok(())
        })
    }
}

impl Core {
    pub(super) fn open_request(&mut self, tx: &Step<'_>, id: i64) -> Result<(), EngineError> {
        self.with_live(tx, id, |core, tx, live| {
            live.row.state = State::Open.code();
            live.detail.wants_commit = true;
            live.detail.gate = true;
            live.save_row(tx)?;
            for (message, device) in tx.newest_of_others(live.row.id, (kind::CHANGE, BACKLOG))? {
                core.owe_receipt(tx, live, (&message, &device, ack::DELIVERED))?;
            }
            core.give_owed_cards(tx, live)?;
            core.changed(live);
            if core.feed.in_step() {
                core.drive_commit(tx, live)?;
            }
            Ok(())
        })?;
        self.out.changes.push(Changed::Requests);
        self.recall_returns(tx)
    }

    pub(super) fn drop_conversation(
        &mut self,
        tx: &Step<'_>,
        row: &ConversationRow,
    ) -> Result<(), EngineError> {
        self.live.remove(&row.id);
        self.watch_conversation(row.id, Vec::new());
        if let Some(mut group) =
            Conversation::load(&tx.mls(), &row.group).map_err(EngineError::bug)?
        {
            group.delete(&tx.mls()).map_err(EngineError::bug)?;
        }
        for contact in tx.contacts_of(row.id)? {
            // Their numbers may be given again.
            tx.remove_cells_out(purpose::HELLO_BODY, contact.id)?;
            tx.remove_cells_out(purpose::HELLO_HEAD, contact.id)?;
        }
        tx.remove_conversation(row.id)?;
        // Its name alone stays: the same Welcome must not knock again.
        let stone = ConversationRow {
            id: 0,
            public: self.random(),
            title: String::new(),
            state: State::Declined.code(),
            detail: Detail::default().bytes()?,
            ..row.clone()
        };
        tx.insert_conversation(&stone)?;
        Ok(())
    }
}
