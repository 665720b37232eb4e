//! What a conversation is, fixed in its group context from the first epoch on.
//!
//! A conversation of two stays one of two: whoever is in it can rely on that without looking, since
//! every member refuses the same commits (docs/protocol/delivery.md, Kinds of conversation).

use std::collections::BTreeSet;

use heliograph_trust::{DisplayName, PersonId};
use openmls::prelude::{
    CredentialType, Extension, ExtensionType, Extensions, GroupContext,
    RequiredCapabilitiesExtension, UnknownExtension,
};

use crate::{GroupError, Member, Void};

/// Group context extension that holds the subject; of the range for private use (RFC 9420, 17.3).
pub(crate) const EXTENSION: u16 = 0xF7A0;
const VERSION: u8 = 1;
const DIRECT: u8 = 1;
const GROUP: u8 = 2;

/// See the module's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Two people, for good.
    Direct,
    /// Any number of people, who may change.
    Group {
        /// What it is called.
        title: DisplayName,
    },
}

impl Subject {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Direct => vec![VERSION, DIRECT],
            Self::Group { title } => [&[VERSION, GROUP], title.as_str().as_bytes()].concat(),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, Void> {
        match bytes {
            [VERSION, DIRECT] => Ok(Self::Direct),
            [VERSION, GROUP, title @ ..] => {
                let title = std::str::from_utf8(title).map_err(|_| Void::Rules)?;
                let title = DisplayName::exactly(title).ok_or(Void::Rules)?;
                Ok(Self::Group { title })
            }
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
        fn a_title_comes_back(title in "[a-zA-Zäöü]{1,40}") {
            let title = DisplayName::parse(&title).unwrap();
            let subject = Subject::Group { title };
            prop_assert_eq!(Subject::decode(&subject.encode()), Ok(subject));
        }
    }

    #[test]
    fn titles_that_cannot_be_shown_are_refused() {
        for title in ["", "   ", "a\u{202e}b", "a\nb", &"x".repeat(65)] {
            let bytes = [&[VERSION, GROUP], title.as_bytes()].concat();
            assert_eq!(Subject::decode(&bytes), Err(Void::Rules));
        }
    }
}
