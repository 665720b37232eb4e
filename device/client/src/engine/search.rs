//! Finding messages by their words. Reads only.

use std::collections::BTreeMap;

use heliograph_store::{Found, MemberRow, Sought, View};
use heliograph_trust::PersonId;

use super::Engine;
use super::core::Core;
use super::detail::{State, kind};
use super::errors::EngineError;
use super::queries::sender;
use crate::{ConversationId, FoundInfo, MessageId, Refusal, Search};

/// Most finds of one question.
const LIMIT_MAX: u32 = 1_000;

impl Engine {
    /// Messages with the words, newest first. Requests that are open or were declined are not looked into.
    ///
    /// # Errors
    /// An unknown conversation, or nobody of this name. No words are wrong.
    pub fn search(&self, search: &Search) -> Result<Vec<FoundInfo>, Refusal> {
        self.read(|view| {
            let conversation = match &search.conversation {
                None => None,
                Some(id) => {
                    let row = view.conversation_by_public(&id.0)?;
                    Some(row.ok_or_else(Refusal::no_conversation)?.id)
                }
            };
            let from = search.from.as_deref();
            let people = from.map(|from| self.core.people(view, from)).transpose()?;
            let found = view.search(&Sought {
                words: search.words.clone(),
                kind: search.has_file.then_some(kind::FILE),
                naming: search
                    .mentions_me
                    .then(|| *self.core.me.identity.get().person.bytes()),
                conversation,
                people,
                before_ms: search.before_ms,
                after_ms: search.after_ms,
                but_states: vec![State::Request.code(), State::Declined.code()],
                beyond: search.cursor,
                limit: search.limit.clamp(1, LIMIT_MAX),
            })?;
            shown(view, found)
        })
    }
}

impl Core {
    /// The people whom a word means: `me`, an id, or everybody who goes by that name, or did when they left.
    fn people(&self, view: &View<'_>, from: &str) -> Result<Vec<[u8; 32]>, EngineError> {
        if from == "me" {
            return Ok(vec![*self.me.identity.get().person.bytes()]);
        }
        let wanted = from.trim().to_lowercase();
        let mut people = Vec::new();
        for row in view.conversations()? {
            for member in view.members_ever(row.id)? {
                if member.name.to_lowercase() == wanted
                    || PersonId::from_bytes(member.person).to_string() == wanted
                {
                    people.push(member.person);
                }
            }
        }
        people.sort_unstable();
        people.dedup();
        if people.is_empty() {
            return Err(Refusal::unchanged(
                "unknown-person",
                "Nobody in your conversations is called so or has this id.",
                "Look at the names and ids in `heliograph conversations --json`, or say `me`.",
            )
            .into());
        }
        Ok(people)
    }
}

pub(super) fn shown(view: &View<'_>, found: Vec<Found>) -> Result<Vec<FoundInfo>, EngineError> {
    let mut rooms: BTreeMap<i64, (ConversationId, String, Vec<MemberRow>)> = BTreeMap::new();
    let mut out = Vec::with_capacity(found.len());
    for find in found {
        if !rooms.contains_key(&find.conversation) {
            let row = view.conversation(find.conversation)?;
            let row = row.ok_or_else(|| EngineError::bug("a message has no conversation"))?;
            let members = view.members_ever(row.id)?;
            rooms.insert(row.id, (ConversationId(row.public), row.title, members));
        }
        let Some((conversation, title, members)) = rooms.get(&find.conversation) else {
            continue;
        };
        out.push(FoundInfo {
            conversation: *conversation,
            title: title.clone(),
            id: MessageId(find.id),
            from: sender(find.mine, &find.person, members),
            person: PersonId::from_bytes(find.person).to_string(),
            at_ms: find.at_ms,
            snippet: find.snippet,
            cursor: find.seq,
        });
    }
    Ok(out)
}
