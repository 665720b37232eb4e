//! What a person sees. Reads only.

use std::cmp::Reverse;

use heliograph_store::{AlarmRow, ConversationRow, MemberRow, MessageRow, StoreError, View};
use heliograph_trust::PersonId;

use super::Engine;
use super::alarms::words;
use super::core::Core;
use super::detail::{Detail, State, kind, state};
use super::errors::EngineError;
use super::verify::level;
use super::{asks, keeping};
use crate::{
    Alarm, ConversationId, ConversationInfo, MemberInfo, MessageId, MessageInfo, MessageState,
    Page, Refusal, RequestInfo, Status, Synced,
};

/// States in which what waits can still leave.
const TALKING: [i64; 2] = [State::Open.code(), State::Inviting.code()];

/// Reads some messages of a conversation, from one of them on.
type ReadPage = fn(&View<'_>, i64, Option<&[u8; 16]>, u32) -> Result<Vec<MessageRow>, StoreError>;

/// What people said and has not counted yet.
fn waiting(view: &View<'_>) -> Result<u64, EngineError> {
    waiting_of(view, &kind::OF_PEOPLE)
}

fn waiting_of(view: &View<'_>, kinds: &[i64]) -> Result<u64, EngineError> {
    kinds
        .iter()
        .try_fold(0, |sum, kind| Ok(sum + view.outbox_count(*kind, TALKING)?))
}

pub(super) fn person(bytes: &[u8; 32]) -> String {
    PersonId::from_bytes(*bytes).to_string()
}

fn alarm(row: &AlarmRow) -> Alarm {
    let (happened, todo) = words(&row.kind);
    Alarm {
        kind: row.kind.clone(),
        happened: happened.to_owned(),
        todo: todo.to_owned(),
        at_ms: row.at_ms,
    }
}

impl Engine {
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&View<'_>) -> Result<T, EngineError>,
    ) -> Result<T, Refusal> {
        self.store.view(read).map_err(EngineError::into_refusal)
    }

    /// The profile at a glance.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn status(&self) -> Result<Status, Refusal> {
        let core = &self.core;
        let me = core.me.identity.get();
        self.read(|view| {
            let mut alarms: Vec<Alarm> = view.alarms()?.iter().map(alarm).collect();
            if let Some(why) = &core.broken {
                let mut failed = alarm(&AlarmRow {
                    kind: "step-failed".into(),
                    detail: Vec::new(),
                    at_ms: core.now,
                });
                failed.happened = format!("{} ({why})", failed.happened);
                alarms.push(failed);
            }
            let mut requests = 0;
            for row in view.conversations()? {
                requests += u64::from(State::of(&row)? == State::Request);
            }
            Ok(Status {
                name: core.me.name.to_string(),
                person: me.person.to_string(),
                device: me.device.to_string(),
                board: core.board.encode(),
                link: core.link.clone(),
                position: core.feed.chain.number(),
                waiting: waiting(view)?,
                requests,
                alarms,
            })
        })
    }

    /// Strangers who knock.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn requests(&self) -> Result<Vec<RequestInfo>, Refusal> {
        self.read(|view| {
            let mut out = Vec::new();
            for row in view.conversations()? {
                if State::of(&row)? != State::Request {
                    continue;
                }
                let detail = Detail::of(&row)?;
                let Some(inviter) = detail.inviter else {
                    continue;
                };
                let inviter = PersonId::from_bytes(inviter);
                out.push(RequestInfo {
                    id: ConversationId(row.public),
                    name: detail.inviter_name,
                    level: level(view, &inviter)?.words().to_owned(),
                    person: inviter.to_string(),
                    at_ms: row.created_ms,
                    messages: view.unread(row.id)?,
                    group: detail.group.then(|| row.title.clone()),
                });
            }
            Ok(out)
        })
    }

    fn others(
        &self,
        view: &View<'_>,
        row: &ConversationRow,
    ) -> Result<Vec<MemberInfo>, EngineError> {
        let people = self.core.other_people(view, row)?;
        let shown = people.into_iter().map(|(person, name)| {
            Ok(MemberInfo {
                level: level(view, &person)?.words().to_owned(),
                person: person.to_string(),
                name,
            })
        });
        shown.collect()
    }

    /// All conversations but requests, as they are at the last input.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn conversations(&self) -> Result<Vec<ConversationInfo>, Refusal> {
        self.conversations_at(self.core.now)
    }

    /// All conversations but requests: pinned ones first, archived ones last, else newest activity first.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn conversations_at(&self, now_ms: i64) -> Result<Vec<ConversationInfo>, Refusal> {
        self.read(|view| {
            let mut out = Vec::new();
            for row in view.conversations()? {
                let state = State::of(&row)?;
                if matches!(state, State::Request | State::Declined) {
                    continue;
                }
                let last = view.last(row.id)?;
                let detail = Detail::of(&row)?;
                let me = self.core.me.identity.get().person.bytes();
                out.push(ConversationInfo {
                    id: ConversationId(row.public),
                    title: row.title.clone(),
                    members: self.others(view, &row)?,
                    unread: view.unread(row.id)?,
                    mentions: view.unread_naming(row.id, me)?,
                    asks: asks::waiting(view, row.id)?.len() as u64,
                    last_ms: last.as_ref().map(|message| message.at_ms),
                    last_text: last.map(|row| self.words(row)).transpose()?.flatten(),
                    group: detail.group,
                    timer_s: Some(detail.timer_s).filter(|seconds| *seconds > 0),
                    edit_window_s: Some(detail.edits_s).filter(|seconds| *seconds > 0),
                    state: state.word(&detail).to_owned(),
                    kept: keeping::at(now_ms, view.kept(row.id)?),
                });
            }
            out.sort_by_key(|info| {
                let kept = &info.kept;
                (!kept.pinned, kept.archived, Reverse(info.last_ms))
            });
            Ok(out)
        })
    }

    /// How far a message of one's own has come.
    ///
    /// # Errors
    /// An unknown message.
    pub fn message_state(&self, id: MessageId) -> Result<MessageState, Refusal> {
        self.read(|view| {
            let state = match view.message_by_id(&id.0)? {
                // Deleted here before it left, as by cancelling a file.
                Some(row)
                    if row.fate.hidden
                        && row.state == state::PENDING
                        && !view.is_in_outbox(&id.0)? =>
                {
                    return Err(Refusal::no_message().into());
                }
                Some(row) => row.state,
                None => {
                    let row = view.annotation_by_id(&id.0)?;
                    row.ok_or_else(Refusal::no_message)?.state
                }
            };
            Ok(state::word(state))
        })
    }

    /// How far a message of one's own has come, once that is at least `state`.
    ///
    /// # Errors
    /// An unknown message, or one that was given up and comes no further.
    pub fn reached(
        &self,
        id: MessageId,
        state: MessageState,
    ) -> Result<Option<MessageState>, Refusal> {
        match self.message_state(id)? {
            MessageState::Unsent => Err(Refusal::given_up()),
            now => Ok((now >= state).then_some(now)),
        }
    }

    /// Messages in board order, one's own pending ones last.
    ///
    /// # Errors
    /// An unknown conversation or message.
    pub fn messages(
        &self,
        id: ConversationId,
        since: Option<MessageId>,
        limit: u32,
    ) -> Result<Page<MessageInfo>, Refusal> {
        let (items, full) = self.page(id, (since, limit), |view, row, from, most| {
            view.page(row, from, most)
        })?;
        let next = items.last().filter(|_| full).map(|message| message.id);
        Ok(Page { items, next })
    }

    /// The last messages before one, or of all, in board order; `next` is where an older page ends.
    ///
    /// # Errors
    /// An unknown conversation or message.
    pub fn messages_before(
        &self,
        id: ConversationId,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Page<MessageInfo>, Refusal> {
        let (items, full) = self.page(id, (before, limit), |view, row, from, most| {
            view.page_back(row, from, most)
        })?;
        let next = items.first().filter(|_| full).map(|message| message.id);
        Ok(Page { items, next })
    }

    /// A page as `read` reads it, and whether there may be more.
    fn page(
        &self,
        id: ConversationId,
        (from, limit): (Option<MessageId>, u32),
        read: ReadPage,
    ) -> Result<(Vec<MessageInfo>, bool), Refusal> {
        let limit = limit.clamp(1, 1_000);
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            if let Some(from) = &from {
                view.message(row.id, &from.0)?
                    .ok_or_else(Refusal::no_message)?;
            }
            let members = view.members_ever(row.id)?;
            let rows = read(view, row.id, from.as_ref().map(|m| &m.0), limit)?;
            let full = rows.len() == limit as usize;
            let shown = rows
                .into_iter()
                .map(|message| self.shown(view, message, &members));
            Ok((shown.collect::<Result<_, EngineError>>()?, full))
        })
    }

    /// Whether the device has caught up (and, with `until_idle`, has nothing on its way out).
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn synced(&self, until_idle: bool) -> Result<Option<Synced>, Refusal> {
        if self.is_astray() == Some(true) {
            return Err(Refusal::astray());
        }
        if !self.core.feed.in_step() {
            return Ok(None);
        }
        self.read(|view| {
            let waiting = waiting(view)?;
            let busy = waiting > 0
                || waiting_of(view, &kind::OF_DEVICES)? > 0
                || !self.core.flights.is_idle()
                || view
                    .next_receipt_due()?
                    .is_some_and(|due| due <= self.core.now)
                || !view.contacts()?.is_empty()
                || self.commit_under_way(view)?;
            let done = Synced {
                position: self.core.feed.chain.number(),
                waiting,
            };
            Ok((!until_idle || !busy).then_some(done))
        })
    }

    fn commit_under_way(&self, view: &View<'_>) -> Result<bool, EngineError> {
        for row in view.conversations()? {
            if State::of(&row)? == State::Open
                && (view.pending_commit(row.id)?.is_some() || Detail::of(&row)?.gate)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Who wrote something, in words: by the name they go by, or went by last.
pub(super) fn sender(mine: bool, person: &[u8; 32], members: &[MemberRow]) -> String {
    if mine {
        return "me".to_owned();
    }
    let sender = members.iter().find(|member| member.person == *person);
    sender.map_or_else(|| "somebody who left".to_owned(), |m| m.name.clone())
}

impl Core {
    /// Everybody else in a conversation, each once, with the name they go by.
    pub(super) fn other_people(
        &self,
        view: &View<'_>,
        row: &ConversationRow,
    ) -> Result<Vec<(PersonId, String)>, EngineError> {
        let me = *self.me.identity.get().person.bytes();
        let mut members = view.members(row.id)?;
        members.retain(|member| member.person != me);
        members.sort_by_key(|member| member.person);
        members.dedup_by_key(|member| member.person);
        let named = |member: MemberRow| (PersonId::from_bytes(member.person), member.name);
        Ok(members.into_iter().map(named).collect())
    }
}
