//! Who may change what in a group, decided by every member alike from public state
//! (docs/protocol/delivery.md, Roles).
//!
//! Admins may change everything. Everybody may add people unless the group says otherwise, and may
//! bring in and take out devices of their own. Nobody else removes anybody or changes the rules.

use std::collections::BTreeSet;

use heliograph_trust::{Description, DisplayName, PersonId};

use crate::subject::people;
use crate::{EditWindow, Member, Portrait, Subject, Timer, Void};

/// Most admins of a group.
pub const ADMINS_MAX: usize = 64;

/// Who may add people to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adding {
    /// Everybody in it.
    Members,
    /// Admins alone.
    Admins,
}

/// What a group is called and who decides in it; part of the group context, so that all members
/// agree on it in every epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRules {
    /// What it is called.
    pub title: DisplayName,
    /// People who may change everything: 1 to 64, all of them members.
    pub admins: BTreeSet<PersonId>,
    /// Who may add people.
    pub adding: Adding,
    /// How long what is said stays.
    pub timer: Timer,
    /// What it is for.
    pub description: Description,
    /// What it looks like among others.
    pub picture: Portrait,
    /// For how long a message can be edited.
    pub edits: EditWindow,
}

impl GroupRules {
    /// `adding (1) ‖ u16 count ‖ admins, 32 bytes each in ascending order ‖ title`, and if there is a description,
    /// a line feed and it, and if there is a picture, a zero and it; timer and edit window stand before.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let adding = match self.adding {
            Adding::Members => 1,
            Adding::Admins => 2,
        };
        let count = u16::try_from(self.admins.len()).unwrap_or(u16::MAX);
        let mut out = vec![adding];
        out.extend(count.to_be_bytes());
        for admin in &self.admins {
            out.extend(admin.bytes());
        }
        out.extend(self.title.as_str().as_bytes());
        if self.description != Description::default() {
            out.push(b'\n');
            out.extend(self.description.as_str().as_bytes());
        }
        if self.picture != Portrait::default() {
            out.push(0);
            out.extend(self.picture.bytes());
        }
        out
    }

    /// Reads rules; what is not exactly as [`Self::encode`] writes it is refused.
    pub(crate) fn decode(bytes: &[u8], (timer, edits): (Timer, EditWindow)) -> Result<Self, Void> {
        let [adding, high, low, rest @ ..] = bytes else {
            return Err(Void::Rules);
        };
        let adding = match adding {
            1 => Adding::Members,
            2 => Adding::Admins,
            _ => return Err(Void::Rules),
        };
        let count = usize::from(u16::from_be_bytes([*high, *low]));
        let (keys, title) = rest.split_at_checked(32 * count).ok_or(Void::Rules)?;
        let keys = keys.as_chunks::<32>().0;
        if count == 0 || count > ADMINS_MAX || !keys.is_sorted_by(|a, b| a < b) {
            return Err(Void::Rules);
        }
        // Neither a title nor a description has a zero in it.
        let (title, picture) = match title.iter().position(|byte| *byte == 0) {
            None => (title, Portrait::default()),
            Some(at) => {
                let (title, picture) = title.split_at(at);
                let picture = picture.get(1..).filter(|bytes| !bytes.is_empty());
                let picture = picture.and_then(|bytes| Portrait::new(bytes.to_vec()));
                (title, picture.ok_or(Void::Rules)?)
            }
        };
        let title = std::str::from_utf8(title).map_err(|_| Void::Rules)?;
        let (title, description) = match title.split_once('\n') {
            None => (title, Description::default()),
            Some((_, "")) => return Err(Void::Rules),
            Some((title, said)) => (title, Description::exactly(said).ok_or(Void::Rules)?),
        };
        Ok(Self {
            title: DisplayName::exactly(title).ok_or(Void::Rules)?,
            admins: keys.iter().map(|key| PersonId::from_bytes(*key)).collect(),
            adding,
            timer,
            description,
            picture,
            edits,
        })
    }

    /// Whether a person decides in this group.
    #[must_use]
    pub fn is_admin(&self, person: &PersonId) -> bool {
        self.admins.contains(person)
    }
}

/// A change of a conversation, as public state shows it.
pub(crate) struct Step<'a> {
    /// Who makes it.
    pub(crate) by: PersonId,
    /// Everybody before it.
    pub(crate) members: &'a [Member],
    /// Leaves that go.
    pub(crate) removes: &'a [u32],
    /// People of the devices that come.
    pub(crate) joining: &'a BTreeSet<PersonId>,
}

impl Step<'_> {
    /// The people of the conversation after it.
    pub(crate) fn people_after(&self) -> BTreeSet<PersonId> {
        let staying = self
            .members
            .iter()
            .filter(|member| !self.removes.contains(&member.leaf))
            .map(|member| member.identity.get().person);
        staying.chain(self.joining.iter().copied()).collect()
    }

    /// Only devices of whoever makes it go.
    fn removes_own_only(&self) -> bool {
        let gone = self
            .members
            .iter()
            .filter(|member| self.removes.contains(&member.leaf));
        gone.into_iter()
            .all(|member| member.identity.get().person == self.by)
    }

    /// Judges it.
    ///
    /// # Errors
    /// [`Void::Rules`] for a conversation of two that would not stay so, or a group whose rules
    /// would not hold; [`Void::Role`] for what this person may not do.
    pub(crate) fn judge(&self, before: &Subject, after: &Subject) -> Result<(), Void> {
        let (rules, next) = match (before, after) {
            // Either of the two sets their timer.
            (Subject::Direct(_), Subject::Direct(_)) => {
                return if people(self.members) == self.people_after() {
                    Ok(())
                } else {
                    Err(Void::Rules)
                };
            }
            (Subject::Group(rules), Subject::Group(next)) => (rules, next),
            _ => return Err(Void::Rules),
        };
        let may_add =
            rules.adding == Adding::Members || self.joining.iter().all(|person| *person == self.by);
        let may = rules.is_admin(&self.by) || (rules == next && may_add && self.removes_own_only());
        if !may {
            return Err(Void::Role);
        }
        if !next.admins.is_subset(&self.people_after()) {
            return Err(Void::Rules);
        }
        Ok(())
    }
}
