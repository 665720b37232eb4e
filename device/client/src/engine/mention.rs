//! Who is named in a text: `@` and the whole name of one member (docs/protocol/content.md, Mentions).

use heliograph_conversation::content::{Kind, MENTIONS_MAX};
use heliograph_store::{MemberRow, MessageRow, View};

use super::errors::EngineError;
use super::queries::person;
use crate::MentionInfo;

/// People whom a text names, each once, in the order of their first mention. A name that two members
/// go by names nobody.
pub(super) fn named_in(text: &str, members: &[MemberRow]) -> Vec<[u8; 32]> {
    let mut out: Vec<[u8; 32]> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let begins = c == '@' && !before.is_alphanumeric();
        before = c;
        if !begins {
            continue;
        }
        let found = text.get(at + 1..).and_then(|rest| one(rest, members));
        if let Some(person) = found.filter(|person| !out.contains(person)) {
            out.push(person);
        }
        if out.len() == MENTIONS_MAX {
            break;
        }
    }
    out
}

/// The one member with whose name the words begin, the longest such name.
fn one(words: &str, members: &[MemberRow]) -> Option<[u8; 32]> {
    let stands = |member: &&MemberRow| {
        let rest = words.strip_prefix(member.name.as_str());
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let mut standing: Vec<&MemberRow> = members.iter().filter(stands).collect();
    let longest = standing.iter().map(|member| member.name.len()).max()?;
    standing.retain(|member| member.name.len() == longest);
    let first = standing.first()?.person;
    let alone = standing.iter().all(|member| member.person == first);
    alone.then_some(first)
}

/// What the rows keep of the people that content names.
pub(super) fn kept(said: &Kind) -> Vec<u8> {
    match said {
        Kind::Text { more, .. } | Kind::File { more, .. } => more.mentions.concat(),
        Kind::Edit { mentions, .. } => mentions.concat(),
        _ => Vec::new(),
    }
}

/// The people whom a message names, as it stands: of those that are given, who are or were members.
pub(super) fn mentions(
    view: &View<'_>,
    row: &MessageRow,
    members: &[MemberRow],
) -> Result<Vec<MentionInfo>, EngineError> {
    if row.text.as_ref().is_none_or(|text| !text.contains('@')) {
        return Ok(Vec::new());
    }
    let kept = view.mentions(row.conversation, &row.id)?;
    let (people, _) = kept.as_chunks::<32>();
    let shown = people.iter().filter_map(|named| {
        let member = members.iter().find(|member| member.person == *named)?;
        Some(MentionInfo {
            person: person(named),
            name: member.name.clone(),
        })
    });
    Ok(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u8, name: &str) -> MemberRow {
        MemberRow {
            conversation: 1,
            leaf: n.into(),
            person: [n; 32],
            device: [n; 32],
            name: name.to_owned(),
            level: 1,
        }
    }

    #[test]
    fn a_whole_name_of_one_member_is_a_mention_and_nothing_else_is() {
        let names = ["Anna", "Anna Lena", "Ben", "Ben", "王芳"];
        let members: Vec<MemberRow> = (1..).zip(names).map(|(n, name)| member(n, name)).collect();
        for (text, wanted) in [
            ("@Anna, come", vec![1]),
            ("@Anna Lena and @Anna", vec![2, 1]),
            ("@Anna @Anna", vec![1]),
            ("@Annabel", vec![]),
            ("mail anna@Anna", vec![]),
            ("@Ben", vec![]),
            ("你好 @王芳。", vec![5]),
            ("@", vec![]),
            ("@Nobody", vec![]),
        ] {
            let named: Vec<u8> = named_in(text, &members).iter().map(|id| id[0]).collect();
            assert_eq!(named, wanted, "{text}");
        }
    }
}
