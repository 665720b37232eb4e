//! What a conversation is, fixed in its group context from the first epoch on.
//!
//! A conversation of two stays one of two: whoever is in it can rely on that without looking, since
//! every member refuses the same commits (docs/protocol/delivery.md, Kinds of conversation).

use std::collections::BTreeSet;

use heliograph_trust::PersonId;
use openmls::prelude::{
    CredentialType, Extension, ExtensionType, Extensions, GroupContext,
    RequiredCapabilitiesExtension, UnknownExtension,
};

use crate::{EditWindow, GroupError, GroupRules, Member, Timer, Void};

/// Group context extension that holds the subject; of the range for private use (RFC 9420, 17.3).
pub(crate) const EXTENSION: u16 = 0xF7A0;
/// Without a timer, with one, and with an edit window, with or without a timer.
const VERSION: u8 = 1;
const VERSION_TIMED: u8 = 2;
const VERSION_EDITS: u8 = 3;
const DIRECT: u8 = 1;
const GROUP: u8 = 2;

/// See the module's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Two people, for good, and how long what they say stays.
    Direct(Timer),
    /// Any number of people, who may change.
    Group(GroupRules),
}

impl Subject {
    /// How long what is said in it stays.
    #[must_use]
    pub fn timer(&self) -> Timer {
        match self {
            Self::Direct(timer) => *timer,
            Self::Group(rules) => rules.timer,
        }
    }

    fn edits(&self) -> EditWindow {
        match self {
            Self::Direct(_) => EditWindow::ALWAYS,
            Self::Group(rules) => rules.edits,
        }
    }

    /// `1 ‖ kind ‖ rules`, or with a timer `2 ‖ seconds (4) ‖ kind ‖ rules`, or with an edit window
    /// `3 ‖ seconds of the timer, 0 if it is off (4) ‖ seconds of the window (4) ‖ kind ‖ rules`.
    fn encode(&self) -> Vec<u8> {
        let (timer, edits) = (self.timer(), self.edits());
        let mut out = Vec::new();
        if edits != EditWindow::ALWAYS {
            out.push(VERSION_EDITS);
            out.extend(timer.seconds().to_be_bytes());
            out.extend(edits.seconds().to_be_bytes());
        } else if timer != Timer::OFF {
            out.push(VERSION_TIMED);
            out.extend(timer.encode());
        } else {
            out.push(VERSION);
        }
        match self {
            Self::Direct(_) => out.push(DIRECT),
            Self::Group(rules) => {
                out.push(GROUP);
                out.extend(rules.encode());
            }
        }
        out
    }

    fn decode(bytes: &[u8]) -> Result<Self, Void> {
        let (timer, edits, rest) = match bytes {
            [VERSION, rest @ ..] => (Timer::OFF, EditWindow::ALWAYS, rest),
            [VERSION_TIMED, a, b, c, d, rest @ ..] => {
                let timer = Timer::decode([*a, *b, *c, *d])?;
                (timer, EditWindow::ALWAYS, rest)
            }
            [VERSION_EDITS, a, b, c, d, e, f, g, h, rest @ ..] => {
                let timer = Timer::of(u32::from_be_bytes([*a, *b, *c, *d]));
                let edits = EditWindow::of(u32::from_be_bytes([*e, *f, *g, *h]));
                let edits = edits.filter(|edits| *edits != EditWindow::ALWAYS);
                (timer.ok_or(Void::Rules)?, edits.ok_or(Void::Rules)?, rest)
            }
            _ => return Err(Void::Rules),
        };
        match rest {
            [DIRECT] if edits == EditWindow::ALWAYS => Ok(Self::Direct(timer)),
            [GROUP, rules @ ..] => GroupRules::decode(rules, (timer, edits)).map(Self::Group),
            _ => Err(Void::Rules),
        }
    }

    /// The whole context of a group with this subject: this and nothing else.
    pub(crate) fn extensions(&self) -> Result<Extensions<GroupContext>, GroupError> {
        let required = RequiredCapabilitiesExtension::new(
            &[ExtensionType::Unknown(EXTENSION)],
            &[],
            &[CredentialType::X509],
        );
        Extensions::from_vec(vec![
            Extension::RequiredCapabilities(required),
            Extension::Unknown(EXTENSION, UnknownExtension(self.encode())),
        ])
        .map_err(GroupError::library)
    }

    /// Reads a context; anything but what [`Self::extensions`] makes is refused. Outside senders
    /// and the like would come in this way.
    pub(crate) fn of(context: &Extensions<GroupContext>) -> Result<Self, Void> {
        let held = context.unknown(EXTENSION).ok_or(Void::Rules)?;
        let subject = Self::decode(&held.0)?;
        let ours = subject.extensions().map_err(|_| Void::Rules)?;
        if *context == ours {
            Ok(subject)
        } else {
            Err(Void::Rules)
        }
    }
}

/// The people behind some members.
pub(crate) fn people(members: &[Member]) -> BTreeSet<PersonId> {
    members
        .iter()
        .map(|member| member.identity.get().person)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Adding, EDIT_MAX, EDIT_MIN, Portrait, TIMER_MAX, TIMER_MIN};
    use heliograph_trust::{Description, DisplayName};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_accepted_is_written_the_same_way(
            bytes in proptest::collection::vec(any::<u8>(), 0..140),
        ) {
            if let Ok(subject) = Subject::decode(&bytes) {
                prop_assert_eq!(subject.encode(), bytes);
            }
        }

        #[test]
        fn a_group_comes_back(
            title in "[a-zA-Zäöü]{1,40}",
            admins in proptest::collection::btree_set(any::<[u8; 32]>(), 1..5),
            adding in any::<bool>(),
            seconds in prop_oneof![Just(0), TIMER_MIN..=TIMER_MAX],
            edits in prop_oneof![Just(0), EDIT_MIN..=EDIT_MAX],
            said in "[a-zä\n ]{0,40}",
            rest in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..90)),
        ) {
            let picture = rest.map_or_else(Vec::new, |rest| [b"\xff\xd8\xff", rest.as_slice()].concat());
            let subject = Subject::Group(GroupRules {
                title: DisplayName::parse(&title).unwrap(),
                admins: admins.into_iter().map(PersonId::from_bytes).collect(),
                adding: if adding { Adding::Members } else { Adding::Admins },
                timer: Timer::of(seconds).unwrap(),
                description: Description::parse(&said).unwrap(),
                picture: Portrait::new(picture).unwrap(),
                edits: EditWindow::of(edits).unwrap(),
            });
            prop_assert_eq!(Subject::decode(&subject.encode()), Ok(subject));
        }
    }

    #[test]
    fn a_timer_out_of_bounds_or_written_in_two_ways_is_refused() {
        for seconds in [0, 1, TIMER_MIN - 1, TIMER_MAX + 1, u32::MAX] {
            let bytes = [
                &[VERSION_TIMED],
                seconds.to_be_bytes().as_slice(),
                &[DIRECT],
            ]
            .concat();
            assert_eq!(Subject::decode(&bytes), Err(Void::Rules), "{seconds}");
        }
        let bytes = [&[VERSION_TIMED], 30_u32.to_be_bytes().as_slice(), &[DIRECT]].concat();
        let timed = Subject::Direct(Timer::of(30).unwrap());
        assert_eq!(Subject::decode(&bytes), Ok(timed));
        assert_eq!(
            Subject::decode(&[VERSION, DIRECT]),
            Ok(Subject::Direct(Timer::OFF))
        );
    }

    #[test]
    fn an_edit_window_out_of_bounds_or_between_two_is_refused() {
        let rules = [&[1, 0, 1], [7; 32].as_slice(), b"Crew"].concat();
        let written = |timer: u32, edits: u32, rest: &[u8]| {
            let (timer, edits) = (timer.to_be_bytes(), edits.to_be_bytes());
            Subject::decode(&[&[VERSION_EDITS], &timer[..], &edits, rest].concat())
        };
        let group = [&[GROUP], rules.as_slice()].concat();
        assert!(written(0, EDIT_MIN, &group).is_ok());
        assert!(written(TIMER_MAX, EDIT_MAX, &group).is_ok());
        for (timer, edits) in [(0, 0), (0, EDIT_MIN - 1), (0, EDIT_MAX + 1), (1, EDIT_MIN)] {
            assert_eq!(written(timer, edits, &group), Err(Void::Rules));
        }
        assert_eq!(written(0, EDIT_MIN, &[DIRECT]), Err(Void::Rules));
    }

    #[test]
    fn titles_that_cannot_be_shown_are_refused() {
        for title in [
            "",
            "   ",
            "a\u{202e}b",
            "a\n",
            "a\n b",
            "a\nb\u{202e}c",
            &"x".repeat(65),
        ] {
            let admin = [&[0, 1], [7; 32].as_slice()].concat();
            let bytes = [&[VERSION, GROUP, 1], &*admin, title.as_bytes()].concat();
            assert_eq!(Subject::decode(&bytes), Err(Void::Rules));
        }
    }

    #[test]
    fn a_picture_that_is_none_or_too_large_is_refused() {
        let with = |picture: &[u8]| {
            let admin = [&[0, 1], [7; 32].as_slice()].concat();
            let bytes = [&[VERSION, GROUP, 1], &*admin, b"Crew\0", picture].concat();
            Subject::decode(&bytes)
        };
        let largest = [
            b"\xff\xd8\xff".as_slice(),
            &vec![0; crate::PORTRAIT_MAX - 3],
        ]
        .concat();
        assert!(with(&largest).is_ok());
        let more = [largest.as_slice(), &[0]].concat();
        for bad in [&b""[..], b"\x89PNG", b"\xff\xd8", &more] {
            assert_eq!(with(bad), Err(Void::Rules));
        }
    }

    #[test]
    fn admins_out_of_order_twice_or_none_are_refused() {
        for admins in [vec![], vec![[7; 32], [3; 32]], vec![[7; 32]; 2]] {
            let count = [0, u8::try_from(admins.len()).unwrap()];
            let bytes = [&[VERSION, GROUP, 1], &count[..], &admins.concat(), b"Crew"].concat();
            assert_eq!(Subject::decode(&bytes), Err(Void::Rules));
        }
    }
}
