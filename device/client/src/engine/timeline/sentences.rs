//! Changes of a group as sentences.

use heliograph_trust::PersonId;

use super::{Named, Note};

/// A time in the largest units that fit it.
fn duration(seconds: u32) -> String {
    const UNITS: [(u32, &str); 5] = [
        (7 * 86_400, "week"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let whole = UNITS.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = *whole.unwrap_or(&(1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        n => format!("{n} {name}s"),
    }
}

impl Note {
    /// What became of title, rules and timer.
    fn settings(&self) -> Vec<String> {
        let mut did = Vec::new();
        if let Some(title) = &self.title {
            did.push(format!("called the group \u{201c}{title}\u{201d}"));
        }
        match self.members_add {
            Some(true) => did.push("let everybody add people".to_owned()),
            Some(false) => did.push("let only admins add people".to_owned()),
            None => {}
        }
        match self.description.as_deref() {
            Some("") => did.push("took the description away".to_owned()),
            Some(said) => did.push(format!("described the group: \u{201c}{said}\u{201d}")),
            None => {}
        }
        match self.picture {
            Some(true) => did.push("changed the picture".to_owned()),
            Some(false) => did.push("took the picture away".to_owned()),
            None => {}
        }
        match self.timer {
            Some(0) => did.push("let messages stay".to_owned()),
            Some(seconds) => did.push(format!(
                "set messages to disappear after {}",
                duration(seconds)
            )),
            None => {}
        }
        match self.edits {
            Some(0) => did.push("let messages be edited at any time".to_owned()),
            Some(seconds) => did.push(format!("let messages be edited for {}", duration(seconds))),
            None => {}
        }
        did
    }

    /// What it says, in words for a person.
    pub(crate) fn words(&self, me: &PersonId) -> String {
        let call = |named: &Named| match named.is(me) {
            true => "you".to_owned(),
            false => named.name.clone(),
        };
        let list = |people: &[Named]| {
            let names: Vec<String> = people.iter().map(call).collect();
            match names.split_last() {
                Some((last, [])) => last.clone(),
                Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
                None => String::new(),
            }
        };
        let who = self.by.as_ref().map_or("Somebody".to_owned(), |by| {
            if by.is(me) {
                "You".to_owned()
            } else {
                by.name.clone()
            }
        });
        let mut did = Vec::new();
        if self.founded {
            did.push("made the group".to_owned());
        }
        if self.left {
            did.push("left".to_owned());
        }
        for (verb, people) in [("added", &self.added), ("removed", &self.removed)] {
            if !people.is_empty() {
                did.push(format!("{verb} {}", list(people)));
            }
        }
        if !self.returned.is_empty() {
            did.push(format!("brought {} back", list(&self.returned)));
        }
        if !self.promoted.is_empty() {
            did.push(format!("made {} an admin", list(&self.promoted)));
        }
        if !self.demoted.is_empty() {
            did.push(format!(
                "took the role of an admin from {}",
                list(&self.demoted)
            ));
        }
        did.extend(self.settings());
        format!("{who} {}.", did.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(n: u8, name: &str) -> Named {
        Named {
            person: vec![n; 32],
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_change_reads_as_a_sentence_with_oneself_in_it() {
        let me = PersonId::from_bytes([1; 32]);
        let note = Note {
            added: vec![named(2, "Ben"), named(1, "Anna"), named(3, "Carl")],
            title: Some("Crew".to_owned()),
            ..Note::by(Some(named(4, "Dora")))
        };
        assert_eq!(
            note.words(&me),
            "Dora added Ben, you and Carl; called the group \u{201c}Crew\u{201d}."
        );
        let note = Note {
            left: true,
            ..Note::by(Some(named(1, "Anna")))
        };
        assert_eq!(note.words(&me), "You left.");
        for (seconds, words) in [
            (30, "set messages to disappear after 30 seconds"),
            (3_600, "set messages to disappear after 1 hour"),
            (28 * 86_400, "set messages to disappear after 4 weeks"),
            (90, "set messages to disappear after 90 seconds"),
            (0, "let messages stay"),
        ] {
            let note = Note {
                timer: Some(seconds),
                ..Note::by(Some(named(2, "Ben")))
            };
            assert_eq!(note.words(&me), format!("Ben {words}."));
        }
        assert!(Note::by(None).is_empty());
    }
}
