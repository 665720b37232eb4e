//! What is asked for in a group: read strictly, and only if something can come of it.

use std::collections::BTreeSet;

use heliograph_conversation::{EditWindow, GroupRules, Portrait};
use heliograph_trust::{Description, DisplayName, PersonId};

use crate::engine::errors::EngineError;
use crate::engine::wishes::Wishes;
use crate::{GroupChange, Refusal};

/// Adds what is asked for to what is wished already, under the rules among `people`.
pub(super) fn wish(
    wishes: &mut Wishes,
    change: &GroupChange,
    (rules, people): (&GroupRules, &BTreeSet<PersonId>),
) -> Result<(), EngineError> {
    if let Some(title) = &change.title {
        wishes.title(&parse_title(title)?);
    }
    if let Some(said) = &change.description {
        wishes.description(&parse_description(said)?);
    }
    if let Some(picture) = &change.picture {
        let picture = Portrait::new(picture.clone());
        wishes.picture(&picture.ok_or_else(bad_picture)?);
    }
    if let Some(members) = change.members_add {
        wishes.adding(members);
    }
    if let Some(seconds) = change.edit_window_s {
        wishes.edits(EditWindow::of(seconds).ok_or_else(bad_window)?);
    }
    for (person, is_one) in &change.admins {
        let found = people.iter().find(|known| known.to_string() == *person);
        wishes.admin(found.ok_or_else(no_such_person)?, *is_one);
    }
    Ok(check_wishes(&wishes.applied(rules, people), change)?)
}

pub(super) fn parse_title(title: &str) -> Result<DisplayName, Refusal> {
    DisplayName::parse(title).map_err(|error| {
        let happened = format!("This cannot be a title: {error}.");
        Refusal::unchanged("bad-title", &happened, "Choose another title.")
    })
}

fn parse_description(said: &str) -> Result<Description, Refusal> {
    Description::parse(said).map_err(|_| {
        Refusal::unchanged(
            "bad-description",
            "A description has at most 1,000 bytes.",
            "Shorten it, or say the rest in a message and pin it.",
        )
    })
}

fn bad_picture() -> Refusal {
    Refusal::unchanged(
        "bad-picture",
        "The picture of a group is a JPEG of at most 8,000 bytes.",
        "Choose another picture.",
    )
}

fn bad_window() -> Refusal {
    Refusal::unchanged(
        "bad-edit-window",
        "Messages can be edited for a minute to four weeks, or for good.",
        "Give a time like `15m`, `1d` or `4w`, or `off`.",
    )
}

pub(super) fn no_such_person() -> Refusal {
    Refusal::unchanged(
        "unknown-person",
        "There is no such person in this conversation.",
        "Look who is in it: `heliograph group members CONVERSATION`.",
    )
}

/// What was asked for must come of it: a group keeps an admin, and has only so many.
fn check_wishes(next: &GroupRules, change: &GroupChange) -> Result<(), Refusal> {
    let held = change.admins.iter().all(|(person, is_one)| {
        next.admins.iter().any(|admin| admin.to_string() == *person) == *is_one
    });
    if held {
        return Ok(());
    }
    Err(Refusal::unchanged(
        "last-admin",
        "A group has at least one admin, and at most 64.",
        "Make somebody else an admin first: `heliograph group promote CONVERSATION PERSON`.",
    ))
}
