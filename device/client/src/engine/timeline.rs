//! Changes of a group in its timeline: who did what, in the board's order.

mod sentences;

use std::collections::BTreeSet;

use heliograph_conversation::{Adding, GroupRules, Portrait, Timer};
use heliograph_store::{Fate, Life, MessageRow, Order, Step};
use heliograph_trust::{Identity, PersonId};
use serde::{Deserialize, Serialize};

use super::core::Core;
use super::detail::{kind, state};
use super::errors::{EngineError, from_cbor, to_cbor};
use super::live::Live;

/// A person as they were called then.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    #[serde(with = "serde_bytes")]
    person: Vec<u8>,
    name: String,
}

impl Named {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self {
            person: identity.person.bytes().to_vec(),
            name: identity.name.to_string(),
        }
    }

    fn is(&self, me: &PersonId) -> bool {
        self.person == me.bytes()
    }
}

/// What one commit, or one member who left, changed.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Note {
    by: Option<Named>,
    founded: bool,
    added: Vec<Named>,
    removed: Vec<Named>,
    /// Those whose device could not follow, and does again.
    #[serde(default)]
    returned: Vec<Named>,
    left: bool,
    title: Option<String>,
    promoted: Vec<Named>,
    demoted: Vec<Named>,
    members_add: Option<bool>,
    /// Seconds; 0 is none any more.
    #[serde(default)]
    timer: Option<u32>,
    /// For how long messages can be edited now, seconds; 0 is for good.
    #[serde(default)]
    edits: Option<u32>,
    /// What a group is for now; empty if nobody says any more.
    #[serde(default)]
    description: Option<String>,
    /// It looks otherwise now (true), or like nothing.
    #[serde(default)]
    picture: Option<bool>,
}

/// A conversation before a change.
pub(crate) struct Before {
    people: Vec<Named>,
    timer: Timer,
    rules: Option<GroupRules>,
    /// Those whom the change brings back.
    pub(crate) returned: Vec<PersonId>,
}

impl Before {
    pub(crate) fn of(live: &Live) -> Result<Self, EngineError> {
        Ok(Self {
            people: everybody(live),
            timer: live.group.subject().map_err(EngineError::bug)?.timer(),
            rules: super::wishes::rules(live)?,
            returned: Vec::new(),
        })
    }

    /// The name of whoever a person id belongs to.
    fn named(&self, person: &PersonId) -> Option<Named> {
        self.people.iter().find(|other| other.is(person)).cloned()
    }
}

fn everybody(live: &Live) -> Vec<Named> {
    let mut seen = BTreeSet::new();
    let members = live.members.iter().map(|member| member.identity.get());
    members
        .filter(|identity| seen.insert(identity.person))
        .map(Named::of)
        .collect()
}

impl Note {
    fn by(by: Option<Named>) -> Self {
        Self {
            by,
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        let people = [
            &self.added,
            &self.removed,
            &self.returned,
            &self.promoted,
            &self.demoted,
        ];
        people.iter().all(|list| list.is_empty())
            && !self.founded
            && !self.left
            && self.title.is_none()
            && self.members_add.is_none()
            && self.timer.is_none()
            && self.edits.is_none()
            && self.description.is_none()
            && self.picture.is_none()
    }
}

/// The words of a stored note.
pub(crate) fn words(content: &[u8], me: &PersonId) -> Result<String, EngineError> {
    Ok(from_cbor::<Note>(content)?.words(me))
}

impl Core {
    fn note(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        (note, order): (&Note, Order),
    ) -> Result<(), EngineError> {
        if note.is_empty() {
            return Ok(());
        }
        let me = self.me.identity.get();
        let by = note
            .by
            .as_ref()
            .and_then(|by| by.person.clone().try_into().ok());
        let mine = by.is_some_and(|by: [u8; 32]| by == *me.person.bytes());
        tx.insert_message(&MessageRow {
            conversation: live.row.id,
            id: self.random(),
            device: [0; 32],
            person: by.unwrap_or_default(),
            mine,
            at_ms: self.now,
            received_ms: self.now,
            kind: kind::CHANGE,
            text: None,
            content: to_cbor(note)?,
            state: if mine { state::SENT } else { state::RECEIVED },
            order: Some(order),
            read: true,
            in_reply_to: None,
            fate: Fate::default(),
            life: Life::default(),
        })?;
        Ok(())
    }

    fn start_of(&self, tick: u64) -> Order {
        Order::start_of(self.feed.place(tick))
    }

    /// This person made the group.
    pub(crate) fn note_founded(&mut self, tx: &Step<'_>, live: &Live) -> Result<(), EngineError> {
        let note = Note {
            founded: true,
            ..Note::by(Some(Named::of(self.me.identity.get())))
        };
        let order = Order::start_of(self.feed.newest_place());
        self.note(tx, live, (&note, order))
    }

    /// Somebody added this person.
    pub(crate) fn note_joined(&mut self, tx: &Step<'_>, live: &Live) -> Result<(), EngineError> {
        let me = vec![Named::of(self.me.identity.get())];
        self.note_joined_as(tx, live, |note| note.added = me)
    }

    fn note_joined_as(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        how: impl FnOnce(&mut Note),
    ) -> Result<(), EngineError> {
        let inviter = live.detail.inviter.map(PersonId::from_bytes);
        let by = inviter.and_then(|inviter| {
            let mut there = everybody(live).into_iter();
            there.find(|named| named.is(&inviter))
        });
        let mut note = Note::by(by);
        how(&mut note);
        let order = self.start_of(live.detail.epoch_tick);
        self.note(tx, live, (&note, order))
    }

    /// Somebody brought this device back.
    pub(crate) fn note_own_return(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
    ) -> Result<(), EngineError> {
        let me = vec![Named::of(self.me.identity.get())];
        self.note_joined_as(tx, live, |note| note.returned = me)
    }

    /// Somebody left, this person or another.
    pub(crate) fn note_left(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        (person, order): (&PersonId, Order),
    ) -> Result<(), EngineError> {
        let note = Note {
            left: true,
            ..Note::by(Before::of(live)?.named(person))
        };
        self.note(tx, live, (&note, order))
    }

    /// Somebody removed this person.
    pub(crate) fn note_removed(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        (by, tick): (&PersonId, u64),
    ) -> Result<(), EngineError> {
        let note = Note {
            removed: vec![Named::of(self.me.identity.get())],
            ..Note::by(Before::of(live)?.named(by))
        };
        self.note(tx, live, (&note, self.start_of(tick)))
    }

    /// A commit was applied: what it changed that people see.
    pub(crate) fn note_change(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        (by, before, tick): (&PersonId, &Before, u64),
    ) -> Result<(), EngineError> {
        let after = Before::of(live)?;
        let changed = (before.timer != after.timer).then(|| after.timer.seconds());
        let back = before.returned.iter().filter_map(|who| after.named(who));
        let timer = Note {
            timer: changed,
            returned: back.collect(),
            ..Note::by(before.named(by))
        };
        let (Some(old), Some(new)) = (&before.rules, &after.rules) else {
            return self.note(tx, live, (&timer, self.start_of(tick)));
        };
        let gone = |[from, other]: [&[Named]; 2]| -> Vec<Named> {
            let missing = from.iter().filter(|named| !other.contains(named));
            missing.cloned().collect()
        };
        let mut removed = gone([&before.people, &after.people]);
        // Whoever left has been told of already.
        removed.retain(|named| {
            !live
                .detail
                .leavers
                .iter()
                .any(|left| *left == *named.person)
        });
        let here = |person: &PersonId| after.named(person);
        let note = Note {
            added: gone([&after.people, &before.people]),
            removed,
            title: (old.title != new.title).then(|| new.title.to_string()),
            description: (old.description != new.description)
                .then(|| new.description.as_str().to_owned()),
            picture: (old.picture != new.picture).then(|| new.picture != Portrait::default()),
            promoted: new
                .admins
                .difference(&old.admins)
                .filter_map(here)
                .collect(),
            demoted: old
                .admins
                .difference(&new.admins)
                .filter_map(here)
                .collect(),
            edits: (old.edits != new.edits).then(|| new.edits.seconds()),
            members_add: (old.adding != new.adding).then_some(new.adding == Adding::Members),
            ..timer
        };
        self.note(tx, live, (&note, self.start_of(tick)))
    }
}
