//! What a person wants changed in a conversation and the board has not judged yet.

use std::collections::BTreeSet;

use heliograph_conversation::{
    ADMINS_MAX, Adding, EditWindow, GroupRules, Portrait, Subject, Timer,
};
use heliograph_store::Step;
use heliograph_trust::{Description, DisplayName, PersonId};
use serde::{Deserialize, Serialize};

use super::core::Core;
use super::errors::EngineError;
use super::live::Live;

/// Changes of a group's rules, or of the timer between two people, that wait for a commit.
#[derive(Default, Clone, Serialize, Deserialize)]
pub(crate) struct Wishes {
    /// Another title.
    title: Option<String>,
    /// Whether everybody may add people.
    members_add: Option<bool>,
    /// People who are to be admins, or not any more.
    admins: Vec<([u8; 32], bool)>,
    /// Another timer, seconds; 0 is none.
    #[serde(default)]
    timer: Option<u32>,
    /// Another description; an empty one is none.
    #[serde(default)]
    description: Option<String>,
    /// Another picture; no bytes are none.
    #[serde(default)]
    picture: Option<serde_bytes::ByteBuf>,
    /// Another time for edits, seconds; 0 is none.
    #[serde(default)]
    edits: Option<u32>,
}

impl Wishes {
    pub(crate) fn is_empty(&self) -> bool {
        self.title.is_none()
            && self.members_add.is_none()
            && self.admins.is_empty()
            && self.timer.is_none()
            && self.description.is_none()
            && self.picture.is_none()
            && self.edits.is_none()
    }

    pub(crate) fn edits(&mut self, edits: EditWindow) {
        self.edits = Some(edits.seconds());
    }

    fn wished_edits(&self) -> Option<EditWindow> {
        self.edits.and_then(EditWindow::of)
    }

    pub(crate) fn picture(&mut self, picture: &Portrait) {
        self.picture = Some(serde_bytes::ByteBuf::from(picture.bytes()));
    }

    pub(crate) fn description(&mut self, description: &Description) {
        self.description = Some(description.as_str().to_owned());
    }

    pub(crate) fn timer(&mut self, timer: Timer) {
        self.timer = Some(timer.seconds());
    }

    /// The timer that is wished, if one is.
    pub(crate) fn wished_timer(&self) -> Option<Timer> {
        self.timer.and_then(Timer::of)
    }

    pub(crate) fn title(&mut self, title: &DisplayName) {
        self.title = Some(title.to_string());
    }

    pub(crate) fn adding(&mut self, members: bool) {
        self.members_add = Some(members);
    }

    pub(crate) fn admin(&mut self, person: &PersonId, is_one: bool) {
        self.admins.retain(|(other, _)| other != person.bytes());
        self.admins.push((*person.bytes(), is_one));
    }

    /// Whether everything is as wished.
    fn holds(&self, subject: &Subject) -> bool {
        let timer = self.wished_timer();
        if timer.is_some_and(|timer| timer != subject.timer()) {
            return false;
        }
        let Subject::Group(rules) = subject else {
            return true;
        };
        let title = self.title.as_deref();
        let said = self.description.as_deref();
        title.is_none_or(|title| title == rules.title.as_str())
            && said.is_none_or(|said| said == rules.description.as_str())
            && self
                .picture
                .as_ref()
                .is_none_or(|picture| picture.as_slice() == rules.picture.bytes())
            && self.wished_edits().is_none_or(|edits| edits == rules.edits)
            && self
                .members_add
                .is_none_or(|members| adding(members) == rules.adding)
            && self
                .admins
                .iter()
                .all(|(person, is_one)| rules.is_admin(&PersonId::from_bytes(*person)) == *is_one)
    }

    /// Everything as it is wished among `people`.
    pub(crate) fn wished(&self, subject: &Subject, people: &BTreeSet<PersonId>) -> Subject {
        match subject {
            Subject::Direct(timer) => Subject::Direct(self.wished_timer().unwrap_or(*timer)),
            Subject::Group(rules) => Subject::Group(self.applied(rules, people)),
        }
    }

    /// The rules as they are wished among `people`. A group is never left without an admin.
    pub(crate) fn applied(&self, rules: &GroupRules, people: &BTreeSet<PersonId>) -> GroupRules {
        let mut next = rules.clone();
        if let Some(title) = self.title.as_deref().and_then(DisplayName::exactly) {
            next.title = title;
        }
        if let Some(members) = self.members_add {
            next.adding = adding(members);
        }
        if let Some(timer) = self.wished_timer() {
            next.timer = timer;
        }
        if let Some(edits) = self.wished_edits() {
            next.edits = edits;
        }
        if let Some(said) = self.description.as_deref().and_then(Description::exactly) {
            next.description = said;
        }
        let picture = self.picture.as_ref().map(|picture| picture.to_vec());
        if let Some(picture) = picture.and_then(Portrait::new) {
            next.picture = picture;
        }
        next.admins.retain(|admin| people.contains(admin));
        let before = next.admins.clone();
        for (person, is_one) in &self.admins {
            let person = PersonId::from_bytes(*person);
            if *is_one && people.contains(&person) && next.admins.len() < ADMINS_MAX {
                next.admins.insert(person);
            } else if !is_one {
                next.admins.remove(&person);
            }
        }
        if next.admins.is_empty() {
            next.admins = before;
        }
        next
    }
}

pub(crate) const fn adding(members: bool) -> Adding {
    if members {
        Adding::Members
    } else {
        Adding::Admins
    }
}

/// The rules of a group; `None` for a conversation of two.
pub(crate) fn rules(live: &Live) -> Result<Option<GroupRules>, EngineError> {
    match live.group.subject().map_err(EngineError::bug)? {
        Subject::Direct(_) => Ok(None),
        Subject::Group(rules) => Ok(Some(rules)),
    }
}

impl Core {
    pub(crate) fn is_admin(&self, rules: &GroupRules) -> bool {
        rules.is_admin(&self.me.identity.get().person)
    }

    /// A new epoch began: what holds by now is wished no more, and whoever is no admin any more is
    /// told what came to nothing.
    pub(crate) fn settle_wishes(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
    ) -> Result<(), EngineError> {
        let subject = live.group.subject().map_err(EngineError::bug)?;
        if live.detail.wishes.holds(&subject) {
            live.detail.wishes = Wishes::default();
        }
        let Subject::Group(rules) = &subject else {
            return Ok(());
        };
        let people: BTreeSet<PersonId> = live
            .members
            .iter()
            .map(|member| member.identity.get().person)
            .collect();
        let here = |person: &[u8; 32]| people.contains(&PersonId::from_bytes(*person));
        live.row.title = rules.title.to_string();
        live.detail.removes.retain(here);
        live.detail.leavers.retain(here);
        let now_ms = self.now;
        let asked = &mut live.detail.cards_asked;
        asked.retain(|one| one.is_wanted(&people, now_ms));
        let wants = !live.detail.removes.is_empty() || !live.detail.wishes.is_empty();
        let vain = !live.detail.wishes.is_empty()
            && live.detail.wishes.wished(&subject, &people) == subject;
        if vain || (wants && !self.is_admin(rules)) {
            live.detail.removes.clear();
            live.detail.wishes = Wishes::default();
            self.alarm(tx, "group-change-lost", &live.row.public)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u8) -> PersonId {
        PersonId::from_bytes([n; 32])
    }

    #[test]
    fn a_wish_never_leaves_a_group_without_an_admin() {
        let rules = GroupRules {
            title: DisplayName::parse("Crew").unwrap(),
            admins: BTreeSet::from([person(1), person(2)]),
            adding: Adding::Members,
            timer: Timer::OFF,
            description: Description::default(),
            picture: Portrait::default(),
            edits: EditWindow::ALWAYS,
        };
        let people = BTreeSet::from([person(1), person(2), person(3)]);
        let mut wishes = Wishes::default();
        wishes.admin(&person(2), false);
        assert!(!wishes.applied(&rules, &people).is_admin(&person(2)));
        wishes.admin(&person(1), false);
        assert_eq!(wishes.applied(&rules, &people), rules);
        wishes.admin(&person(3), true);
        let next = wishes.applied(&rules, &people);
        assert_eq!(next.admins, BTreeSet::from([person(3)]));
        // Somebody who is not in the group cannot decide in it.
        wishes.admin(&person(4), true);
        assert_eq!(wishes.applied(&rules, &people).admins, next.admins);
    }
}
