//! Groups: made by one person, changed by commits (docs/protocol/delivery.md, Commits).

use std::collections::BTreeSet;

use heliograph_conversation::{
    Adding, Conversation, Credentialed, EditWindow, GroupRules, Portrait, Subject, Timer,
};
use heliograph_store::{ConversationRow, Step};
use heliograph_trust::{Description, PersonId};

mod asked;

use self::asked::{no_such_person, parse_title};
use super::Engine;
use super::core::Core;
use super::detail::{Detail, State, kind, state};
use super::errors::EngineError;
use super::live::Live;
use super::verify::level;
use super::wishes::rules;
use crate::{ConversationId, EpochInfo, GroupChange, GroupMember, MessageId, Refusal};

impl Engine {
    /// Makes a group with this device alone in it.
    ///
    /// # Errors
    /// A title that cannot be shown.
    pub fn create_group(&mut self, now_ms: i64, title: &str) -> Result<ConversationId, Refusal> {
        self.command(now_ms, |core, tx| {
            let title = parse_title(title)?;
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
            let subject = Subject::Group(GroupRules {
                title,
                admins: BTreeSet::from([core.me.identity.get().person]),
                adding: Adding::Members,
                timer: Timer::OFF,
                description: Description::default(),
                picture: Portrait::default(),
                edits: EditWindow::ALWAYS,
            });
            let about = (&row.group, &subject);
            let group = Conversation::create(&core.crypto, &tx.mls(), who, about)
                .map_err(EngineError::bug)?;
            let id = tx.insert_conversation(&row)?;
            let id = ConversationRow { id, ..row };
            let public = ConversationId(id.public);
            let number = id.id;
            core.begin(tx, id, group)?;
            core.with_live(tx, number, |core, tx, live| core.note_founded(tx, live))?;
            core.out.changes.push(crate::Changed::Conversation(public));
            Ok(public)
        })
    }

    /// Has a person removed from a group, with all their devices; or waits no more for one whose device was asked for a
    /// card.
    ///
    /// # Errors
    /// No open group, nobody in it by this id, or this person is no admin of it.
    pub fn remove_person(
        &mut self,
        now_ms: i64,
        (id, person): (ConversationId, &str),
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = Core::open_group(tx, id)?;
            if core.ask_no_more(tx, row.id, person)? {
                return Ok(());
            }
            let others = core.other_people(tx, &row)?;
            let found = others.iter().find(|(other, _)| other.to_string() == person);
            let (found, _) = found.ok_or_else(no_such_person)?;
            core.with_live(tx, row.id, |core, tx, live| {
                core.check_admin(live)?;
                live.detail.removes.push(*found.bytes());
                live.detail.wants_commit = true;
                live.save_row(tx)?;
                core.drive_when_in_step(tx, live)
            })
        })
    }

    /// Has the rules of a group changed.
    ///
    /// # Errors
    /// No open group, a title that cannot be shown, nobody in it by an id, the last admin who would
    /// be none any more, or this person is no admin of it.
    pub fn change_group(
        &mut self,
        now_ms: i64,
        (id, change): (ConversationId, &GroupChange),
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = Core::open_group(tx, id)?;
            core.with_live(tx, row.id, |core, tx, live| {
                let rules = core.check_admin(live)?;
                let people: BTreeSet<PersonId> = live
                    .members
                    .iter()
                    .map(|member| member.identity.get().person)
                    .collect();
                asked::wish(&mut live.detail.wishes, change, (&rules, &people))?;
                live.detail.wants_commit = true;
                live.save_row(tx)?;
                core.drive_when_in_step(tx, live)
            })
        })
    }

    /// Everybody in a group, this person too, admins first.
    ///
    /// # Errors
    /// An unknown conversation, or one of two people.
    pub fn group_members(
        &mut self,
        now_ms: i64,
        id: ConversationId,
    ) -> Result<Vec<GroupMember>, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            if !Detail::of(&row)?.group {
                return Err(not_a_group().into());
            }
            let me = core.me.identity.get().person;
            let mut rules_now = None;
            core.with_live(tx, row.id, |_, _, live| {
                rules_now = rules(live)?;
                Ok(())
            })?;
            let detail = Detail::of(&row)?;
            let mut out: Vec<GroupMember> = Vec::new();
            for member in tx.members(row.id)? {
                let person = PersonId::from_bytes(member.person);
                let shown = person.to_string();
                if let Some(known) = out.iter_mut().find(|known| known.person == shown) {
                    known.devices += 1;
                    continue;
                }
                out.push(GroupMember {
                    level: level(tx, &person)?.words().to_owned(),
                    name: member.name,
                    admin: rules_now
                        .as_ref()
                        .is_some_and(|rules| rules.is_admin(&person)),
                    leaving: detail.leavers.contains(&member.person),
                    mine: person == me,
                    devices: 1,
                    person: shown,
                });
            }
            out.sort_by_key(|member| !member.admin);
            Ok(out)
        })
    }

    /// Whether everybody in a group may add people, or admins alone; `None` where this device cannot follow it.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn members_add(
        &mut self,
        now_ms: i64,
        id: ConversationId,
    ) -> Result<Option<bool>, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let mut adding = None;
            core.with_live(tx, row.id, |_, _, live| {
                adding = rules(live)?.map(|rules| rules.adding == Adding::Members);
                Ok(())
            })?;
            Ok(adding)
        })
    }

    /// What a group is for; empty if nobody says.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn description(&self, id: ConversationId) -> Result<String, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            Ok(Detail::of(&row)?.description)
        })
    }

    /// What a group looks like, a JPEG; empty if nobody says.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn group_picture(&self, id: ConversationId) -> Result<Vec<u8>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            Ok(view.group_picture(row.id)?.unwrap_or_default())
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
                let counts = message.state != state::UNSENT && message.kind != kind::CHANGE;
                let order = message.order.filter(|_| counts)?;
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

fn not_a_group() -> Refusal {
    Refusal::unchanged(
        "not-a-group",
        "This conversation is between two people, and stays so.",
        "Make a group for more people: `heliograph group create TITLE`.",
    )
}

impl Core {
    /// Whether this person may add people, by what this device knows now.
    pub(super) fn check_adding(
        &mut self,
        tx: &Step<'_>,
        row: &ConversationRow,
    ) -> Result<(), EngineError> {
        self.with_live(tx, row.id, |core, _, live| {
            let rules = rules(live)?;
            let open = rules.is_none_or(|rules| {
                rules.adding == Adding::Members || core.is_admin(&rules)
            });
            if open {
                return Ok(());
            }
            Err(Refusal::unchanged(
                "not-admin",
                "In this group only admins add people.",
                "Ask an admin to add them: `heliograph group members CONVERSATION` says who is one.",
            )
            .into())
        })
    }

    /// The rules of a group in which this person decides.
    pub(super) fn check_admin(&self, live: &Live) -> Result<GroupRules, EngineError> {
        let rules = rules(live)?.ok_or_else(not_a_group)?;
        if self.is_admin(&rules) {
            return Ok(rules);
        }
        Err(Refusal::unchanged(
            "not-admin",
            "Only an admin of this group can do this.",
            "Ask an admin: `heliograph group members CONVERSATION` says who is one.",
        )
        .into())
    }

    /// A group that this device may change.
    pub(super) fn open_group(
        tx: &Step<'_>,
        id: ConversationId,
    ) -> Result<ConversationRow, EngineError> {
        let row = tx
            .conversation_by_public(&id.0)?
            .ok_or_else(Refusal::no_conversation)?;
        if !Detail::of(&row)?.group {
            return Err(not_a_group().into());
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
