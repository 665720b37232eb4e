//! Groups: made by one person, changed by commits (docs/protocol/delivery.md, Commits).

use heliograph_conversation::{Conversation, Credentialed, Subject};
use heliograph_store::{ConversationRow, Step};
use heliograph_trust::DisplayName;

use super::Engine;
use super::core::Core;
use super::detail::{Detail, State, state};
use super::errors::EngineError;
use crate::{ConversationId, EpochInfo, MessageId, Refusal};

impl Engine {
    /// Makes a group with this device alone in it.
    ///
    /// # Errors
    /// A title that cannot be shown.
    pub fn create_group(&mut self, now_ms: i64, title: &str) -> Result<ConversationId, Refusal> {
        self.command(now_ms, |core, tx| {
            let title = DisplayName::parse(title).map_err(|error| {
                let happened = format!("This cannot be a title: {error}.");
                Refusal::unchanged("bad-title", &happened, "Choose another title.")
            })?;
            let row = ConversationRow {
                id: 0,
                public: core.random(),
                group: core.random(),
                lane: core.lane.0,
                state: State::Open.code(),
                title: title.to_string(),
                created_ms: core.now,
                detail: Detail {
                    grouped: true,
                    group: true,
                    last_commit_ms: core.now,
                    ..Detail::default()
                }
                .bytes()?,
            };
            let who = Credentialed {
                device: &core.me.device,
                chain: &core.me.chain,
            };
            let subject = Subject::Group { title };
            let about = (&row.group, &subject);
            let group = Conversation::create(&core.crypto, &tx.mls(), who, about)
                .map_err(EngineError::bug)?;
            let id = tx.insert_conversation(&row)?;
            let id = ConversationRow { id, ..row };
            let public = ConversationId(id.public);
            core.begin(tx, id, group)?;
            core.out.changes.push(crate::Changed::Conversation(public));
            Ok(public)
        })
    }

    /// Has a person removed from a group, with all their devices.
    ///
    /// # Errors
    /// No open group, or nobody in it by this id.
    pub fn remove_person(
        &mut self,
        now_ms: i64,
        (id, person): (ConversationId, &str),
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = Core::open_group(tx, id)?;
            let others = core.other_people(tx, &row)?;
            let found = others.iter().find(|(other, _)| other.to_string() == person);
            let Some((found, _)) = found else {
                return Err(Refusal::unchanged(
                    "unknown-person",
                    "There is no such person in this conversation.",
                    "Look who is in it: `heliograph conversations`.",
                )
                .into());
            };
            core.with_live(tx, row.id, |core, tx, live| {
                live.detail.removes.push(*found.bytes());
                live.detail.wants_commit = true;
                live.save_row(tx)?;
                core.drive_when_in_step(tx, live)
            })
        })
    }

    /// Replaces this device's keys in a conversation.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn refresh(&mut self, now_ms: i64, id: ConversationId) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            core.with_live(tx, row.id, |core, tx, live| {
                if live.state()? != State::Open {
                    return Ok(());
                }
                live.detail.wants_commit = true;
                live.save_row(tx)?;
                core.drive_when_in_step(tx, live)
            })
        })
    }

    /// Messages that count, in board order, each with the tick in which it does.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn counted(&self, id: ConversationId) -> Result<Vec<(MessageId, u64)>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let rows = view.page(row.id, None, u32::MAX)?;
            let counted = rows.into_iter().filter_map(|message| {
                let order = message.order.filter(|_| message.state != state::UNSENT)?;
                Some((MessageId(message.id), order.tick))
            });
            Ok(counted.collect())
        })
    }

    /// The epoch that a conversation is in; `None` if this device cannot follow it.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn epoch(&mut self, now_ms: i64, id: ConversationId) -> Result<Option<EpochInfo>, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let mut info = None;
            core.with_live(tx, row.id, |_, _, live| {
                if !matches!(live.state()?, State::Open | State::Request) {
                    return Ok(());
                }
                let devices = live
                    .members
                    .iter()
                    .map(|member| member.identity.get().device);
                info = Some(EpochInfo {
                    number: live.group.epoch(),
                    since_tick: live.detail.epoch_tick,
                    authenticator: live.group.authenticator(),
                    devices: devices.map(|device| device.to_string()).collect(),
                });
                Ok(())
            })?;
            Ok(info)
        })
    }
}

impl Core {
    /// A group that this device may change.
    pub(super) fn open_group(
        tx: &Step<'_>,
        id: ConversationId,
    ) -> Result<ConversationRow, EngineError> {
        let row = tx
            .conversation_by_public(&id.0)?
            .ok_or_else(Refusal::no_conversation)?;
        if !Detail::of(&row)?.group {
            return Err(Refusal::unchanged(
                "not-a-group",
                "This conversation is between two people, and stays so.",
                "Make a group for more people.",
            )
            .into());
        }
        if State::of(&row)? != State::Open {
            return Err(Refusal::unchanged(
                "conversation-closed",
                "This group is not open on this device.",
                "Accept the request first, or ask to be added again.",
            )
            .into());
        }
        Ok(row)
    }
}
