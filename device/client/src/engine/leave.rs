//! Leaving a group: said like a message, so that it has its place; an admin's device then removes
//! whoever said it (docs/protocol/delivery.md, Roles).

use heliograph_conversation::GroupRules;
use heliograph_conversation::content::Kind;
use heliograph_store::{Order, Step};
use heliograph_trust::PersonId;
use rand_core::Rng;

use super::Engine;
use super::core::Core;
use super::detail::kind;
use super::errors::EngineError;
use super::freeze::LEFT;
use super::live::Live;
use super::wishes::rules;
use crate::{ConversationId, Refusal};

/// Which admin's device removes somebody is left to the lowest leaf; the others do it after this
/// long, and up to as long again, if nobody has.
const SECOND_MS: i64 = 10 * 60_000;

impl Engine {
    /// Leaves a group. What was said stays here; nothing more is read or sent.
    ///
    /// # Errors
    /// No open group, or one that would be left without an admin.
    pub fn leave(&mut self, now_ms: i64, id: ConversationId) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = Core::open_group(tx, id)?;
            core.with_live(tx, row.id, |core, tx, live| {
                let me = core.me.identity.get().person;
                if others(live, me).next().is_none() {
                    let order = Order::end_of(core.feed.newest_place());
                    return core.left(tx, live, order);
                }
                if rules(live)?.is_some_and(|rules| !may_go(live, &rules, &me)) {
                    return Err(last_admin().into());
                }
                live.detail.leaving = true;
                live.save_row(tx)?;
                core.enqueue(tx, live.row.id, (kind::LEAVE, Kind::Leave, None))?;
                core.pump(tx, live)
            })
        })
    }
}

fn last_admin() -> Refusal {
    Refusal::unchanged(
        "last-admin",
        "You are the only admin of this group; without you nobody could decide in it.",
        "Make somebody else an admin first: `heliograph group promote CONVERSATION PERSON`.",
    )
}

/// Everybody else in a group who has not left.
fn others(live: &Live, person: PersonId) -> impl Iterator<Item = PersonId> {
    let people = live
        .members
        .iter()
        .map(|member| member.identity.get().person);
    people.filter(move |who| *who != person && !live.detail.leavers.contains(who.bytes()))
}

/// Whether somebody can leave: the last admin cannot while others are there. It depends on the rules and on who left before
/// alone, and so comes out alike on every device at the place where the leaving counts.
fn may_go(live: &Live, rules: &GroupRules, person: &PersonId) -> bool {
    !rules.is_admin(person)
        || others(live, *person).next().is_none()
        || others(live, *person).any(|who| rules.is_admin(&who))
}

impl Core {
    /// One's own leaving counts: this device forgets the group's keys. Not if every other admin went first.
    pub(crate) fn left(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        order: Order,
    ) -> Result<(), EngineError> {
        let me = self.me.identity.get().person;
        if rules(live)?.is_some_and(|rules| !may_go(live, &rules, &me)) {
            return self.stays(tx, live);
        }
        self.note_left(tx, live, (&me, order))?;
        self.freeze(tx, live, LEFT)
    }

    /// This person wanted to leave, is the last admin by now, and is told.
    fn stays(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        live.detail.leaving = false;
        live.save_row(tx)?;
        self.changed(live);
        self.alarm(tx, "group-change-lost", &live.row.public)
    }

    /// Another member leaves: it is shown, and an admin's device has them removed.
    pub(crate) fn leaves(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (person, order): (&PersonId, Order),
    ) -> Result<(), EngineError> {
        let Some(rules) = rules(live)? else {
            return Ok(());
        };
        // The last admin's leaving comes to nothing, on their device as here.
        if live.detail.leavers.contains(person.bytes()) || !may_go(live, &rules, person) {
            return Ok(());
        }
        self.note_left(tx, live, (person, order))?;
        live.detail.leavers.push(*person.bytes());
        if self.is_admin(&rules) {
            let deciding = live.members.iter().filter(|member| {
                let who = member.identity.get().person;
                rules.is_admin(&who) && !live.detail.leavers.contains(who.bytes())
            });
            if deciding.map(|member| member.leaf).min() == Some(live.own_leaf) {
                live.detail.wants_commit = true;
            } else {
                let wait = SECOND_MS + i64::from(self.rng.next_u32()) % SECOND_MS;
                live.detail.heal_due_ms = live.detail.heal_due_ms.min(self.now + wait);
            }
        }
        live.save_row(tx)?;
        self.changed(live);
        Ok(())
    }
}
