//! What stands of a message after all that was said about it: a function of what counted, in board
//! order, and so the same for every member (docs/protocol/content.md, What stands).

use std::collections::HashMap;

use heliograph_conversation::content::{Content, Kind};
use heliograph_store::{AnnotationRow, MessageRow, Step};

use super::detail::{kind, state};
use super::errors::EngineError;
use super::mention;
use super::rule::Rule;
use super::rules::holds;

/// Most texts of a message that are kept beside the first one.
pub(crate) const EDITS_KEPT: usize = 20;

/// See the module's words.
#[derive(Default)]
pub(super) struct Standing {
    /// The author took it back.
    pub(super) deleted: bool,
    /// The newest text, if it is not the first one.
    pub(super) text: Option<String>,
    /// The people whom that text names.
    mentions: Vec<u8>,
    /// To be found at once.
    pinned: bool,
    /// Rows that mean nothing any more.
    gone: Vec<i64>,
    /// How many of them never meant anything: of somebody who may not, or too late.
    void: u64,
}

/// Whether something said about a message may be said by whoever said it, and was in time.
fn may(message: &MessageRow, row: &AnnotationRow) -> bool {
    let theirs = kind::OF_ANYBODY.contains(&row.kind)
        || row.person == message.person
        || !holds(Rule::AuthorsOnly);
    theirs && row.oldest_ms.is_none_or(|oldest| message.at_ms >= oldest)
}

/// `rows` are in board order, those without a place last.
pub(super) fn judge(message: &MessageRow, rows: &[AnnotationRow]) -> Standing {
    let mut standing = Standing::default();
    let mut counts: Vec<&AnnotationRow> = Vec::with_capacity(rows.len());
    for row in rows {
        if may(message, row) {
            counts.push(row);
        } else if message.order.is_some() {
            standing.gone.push(row.seq);
            standing.void += 1;
        }
    }
    let alive = |row: &&&AnnotationRow| row.state != state::UNSENT;
    standing.deleted = message.fate.deleted
        || counts
            .iter()
            .filter(alive)
            .any(|row| row.kind == kind::DELETION);
    if standing.deleted || message.fate.hidden {
        // One's own deletion stays, to tell how far it has come.
        let needless =
            |row: &&&AnnotationRow| message.fate.hidden || row.kind != kind::DELETION || !row.mine;
        let needless = counts.iter().filter(needless).map(|row| row.seq);
        standing.gone.extend(needless);
        return standing;
    }
    let edits = || counts.iter().filter(|row| row.kind == kind::EDIT);
    let newest = if holds(Rule::LatestCounts) {
        edits().rfind(alive)
    } else {
        edits().find(|row| row.state != state::UNSENT)
    };
    standing.text = newest.map(|row| row.body.clone());
    standing.mentions = newest.map(|row| row.mentions.clone()).unwrap_or_default();
    let placed: Vec<i64> = edits()
        .filter(|row| row.order.is_some())
        .map(|row| row.seq)
        .collect();
    let old = placed.len().saturating_sub(EDITS_KEPT);
    standing.gone.extend(placed.into_iter().take(old));
    let pins = || counts.iter().filter(|row| row.kind == kind::PIN);
    let pin = if holds(Rule::LatestCounts) {
        pins().rfind(alive)
    } else {
        pins().find(|row| row.state != state::UNSENT)
    };
    standing.pinned = pin.is_some_and(|row| !row.body.is_empty());
    let placed: Vec<i64> = pins()
        .filter(|row| row.order.is_some() && holds(Rule::LatestCounts))
        .map(|row| row.seq)
        .collect();
    let old = placed.len().saturating_sub(1);
    standing.gone.extend(placed.into_iter().take(old));
    let mut latest: HashMap<[u8; 32], i64> = HashMap::new();
    let reactions = counts
        .iter()
        .filter(|row| row.kind == kind::REACTION && row.order.is_some());
    for row in reactions.filter(|_| holds(Rule::LatestCounts)) {
        standing.gone.extend(latest.insert(row.person, row.seq));
    }
    standing
}

/// The reactions to show: of each person the latest, unless it took the one before back.
pub(super) fn reactions(rows: Vec<AnnotationRow>) -> Vec<AnnotationRow> {
    let mut out: Vec<AnnotationRow> = Vec::new();
    for row in rows {
        if row.kind != kind::REACTION || row.state == state::UNSENT {
            continue;
        }
        match out.iter_mut().find(|known| known.person == row.person) {
            Some(known) if holds(Rule::LatestCounts) => *known = row,
            Some(_) => {}
            None => out.push(row),
        }
    }
    out.retain(|row| !row.body.is_empty());
    out
}

/// The text a message had at first; `None` if it has gone.
pub(super) fn first_text(message: &MessageRow) -> Option<String> {
    match Content::decode(&message.content).ok()?.kind {
        Kind::Text { text, .. } => Some(text),
        _ => None,
    }
}

/// The people whom a message named at first.
fn first_mentions(message: &MessageRow) -> Vec<u8> {
    let said = Content::decode(&message.content);
    said.map(|said| mention::kept(&said.kind))
        .unwrap_or_default()
}

/// Brings a message up to all that is said about it; gives how much of that was void. Does nothing
/// while the message is not here.
pub(super) fn settle(
    tx: &Step<'_>,
    conversation: i64,
    target: &[u8; 16],
) -> Result<u64, EngineError> {
    let Some(message) = tx.message(conversation, target)? else {
        return Ok(0);
    };
    let rows = tx.annotations(conversation, target)?;
    let standing = judge(&message, &rows);
    for seq in &standing.gone {
        tx.remove_annotation(*seq)?;
    }
    if message.fate.deleted || message.fate.hidden {
        return Ok(standing.void);
    }
    if standing.deleted {
        tx.erase_message(conversation, target, true)?;
    } else if message.kind == kind::TEXT {
        let edited = standing.text.is_some();
        let text = standing.text.or_else(|| first_text(&message));
        if (edited, &text) != (message.fate.edited, &message.text) {
            tx.set_text(conversation, target, (text.as_deref(), edited))?;
        }
        let mentions = match edited {
            true => standing.mentions,
            false => first_mentions(&message),
        };
        if edited || !mentions.is_empty() || message.fate.edited {
            tx.set_mentions(conversation, target, &mentions)?;
        }
    } else if message.kind == kind::FILE {
        let mentions = first_mentions(&message);
        if !mentions.is_empty() {
            tx.set_mentions(conversation, target, &mentions)?;
        }
    }
    if !standing.deleted && standing.pinned != message.fate.pinned {
        tx.set_pinned(conversation, target, standing.pinned)?;
    }
    Ok(standing.void)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use heliograph_store::{ConversationRow, Fate, Life, Order, Store, StoreError};
    use proptest::prelude::*;

    use super::*;

    const AUTHOR: u8 = 0;
    const TARGET: [u8; 16] = [99; 16];

    fn at(tick: usize) -> Option<Order> {
        let (tick, leaf, n) = (u64::try_from(tick).unwrap(), 0, 0);
        Some(Order { tick, leaf, n })
    }

    fn message(order: Option<Order>) -> MessageRow {
        let text = "first".to_owned();
        let kind = Kind::Text {
            text: text.clone(),
            in_reply_to: None,
            more: heliograph_conversation::content::More::default(),
        };
        let said = Content {
            id: [1; 16],
            at: 5,
            tick: None,
            kind,
        };
        MessageRow {
            conversation: 1,
            id: TARGET,
            device: [AUTHOR; 32],
            person: [AUTHOR; 32],
            mine: false,
            at_ms: 5,
            received_ms: 6,
            kind: kind::TEXT,
            text: Some(text),
            content: said.encode().unwrap(),
            state: state::RECEIVED,
            order,
            read: false,
            in_reply_to: None,
            fate: Fate::default(),
            life: Life::default(),
        }
    }

    fn annotation(tick: usize, (person, kind, word): (u8, i64, u8)) -> AnnotationRow {
        let body = match kind {
            kind::DELETION => String::new(),
            kind::REACTION => "👍".repeat(word.into()),
            kind::PIN if word % 2 == 0 => String::new(),
            _ => word.to_string(),
        };
        let mut id = [0; 16];
        id[..8].copy_from_slice(&tick.to_be_bytes());
        AnnotationRow {
            seq: 0,
            conversation: 1,
            id,
            target: TARGET,
            device: [person; 32],
            person: [person; 32],
            mine: false,
            at_ms: 5,
            kind,
            body,
            mentions: Vec::new(),
            state: state::RECEIVED,
            order: at(tick),
            sealed_by: None,
            due_ms: None,
            oldest_ms: (kind == kind::EDIT && word == 2).then_some(6),
        }
    }

    type Seen = (Option<String>, Fate, Vec<(u8, String)>, usize);

    /// What stands after everything came in the order of `coming`; number 0 is the message itself.
    fn after(said: &[(u8, i64, u8)], here: usize, coming: &[usize]) -> Seen {
        let mut store = Store::in_memory().unwrap();
        let rows = store.step(|tx| {
            let conversation = ConversationRow {
                id: 0,
                public: [1; 16],
                group: [1; 32],
                lane: 0,
                state: 3,
                title: "Crew".into(),
                created_ms: 1,
                detail: Vec::new(),
            };
            assert_eq!(tx.insert_conversation(&conversation)?, 1);
            for number in coming {
                match number.checked_sub(1) {
                    None => drop(tx.insert_message(&message(at(here)))?),
                    Some(index) => {
                        tx.insert_annotation(&annotation(*number * 2, said[index]))?;
                    }
                }
                settle(tx, 1, &TARGET).unwrap();
            }
            tx.annotations(1, &TARGET)
        });
        let rows: Result<Vec<AnnotationRow>, StoreError> = rows;
        let rows = rows.unwrap();
        let kept = rows.len();
        let message = store.view(|view| view.message(1, &TARGET)).unwrap();
        let message = message.unwrap();
        let mut shown: Vec<(u8, String)> = reactions(rows)
            .into_iter()
            .map(|row| (row.person[0], row.body))
            .collect();
        shown.sort();
        (message.text, message.fate, shown, kept)
    }

    fn anything() -> impl Strategy<Value = (u8, i64, u8)> {
        let kind = prop_oneof![
            6 => Just(kind::REACTION), 6 => Just(kind::EDIT), 4 => Just(kind::PIN), 1 => Just(kind::DELETION)
        ];
        (0..3_u8, kind, 0..4_u8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_stands_does_not_depend_on_the_order_of_coming(
            (said, here, coming) in proptest::collection::vec(anything(), 0..40).prop_flat_map(|said| {
                let numbers: Vec<usize> = (0..=said.len()).collect();
                let here = 0..said.len() * 2 + 2;
                (Just(said), here, Just(numbers).prop_shuffle())
            })
        ) {
            let in_order: Vec<usize> = (0..=said.len()).collect();
            prop_assert_eq!(after(&said, here, &in_order), after(&said, here, &coming));
        }
    }

    #[test]
    fn the_first_text_and_the_newest_edits_are_kept() {
        let said = vec![(AUTHOR, kind::EDIT, 3); EDITS_KEPT + 5];
        let coming: Vec<usize> = (0..=said.len()).collect();
        let (text, fate, _, kept) = after(&said, 1, &coming);
        assert_eq!((text.as_deref(), fate.edited), (Some("3"), true));
        assert_eq!(kept, EDITS_KEPT);
        assert_eq!(first_text(&message(None)).as_deref(), Some("first"));
    }

    #[test]
    fn what_was_given_up_does_not_stand() {
        let mut given_up = annotation(4, (AUTHOR, kind::EDIT, 7));
        given_up.state = state::UNSENT;
        let before = annotation(2, (AUTHOR, kind::EDIT, 1));
        let standing = judge(&message(at(1)), &[before, given_up]);
        assert_eq!(standing.text.as_deref(), Some("1"));
    }
}
